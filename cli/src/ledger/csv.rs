//! Lines of a ledger as a table.

use serde_json::Value;

use crate::reports::cell_text;

/// The columns, in order; those of lists and objects are made of theirs.
const COLUMNS: [&str; 30] = [
    "sequence",
    "time",
    "prev",
    "action",
    "path",
    "output",
    "source",
    "sha256_before",
    "sha256_after",
    "layers",
    "level",
    "producer",
    "produce_id",
    "propagator",
    "propagate_id",
    "payload",
    "watermarks",
    "verdict",
    "declared",
    "reasons",
    "error",
    "notice",
    "replaced",
    "reason",
    "recipient",
    "agreement",
    "explicit",
    "policy",
    "bytes",
    "version",
];

/// The first line.
pub(super) fn heading() -> String {
    record(COLUMNS.map(str::to_owned).iter())
}

/// A line.
pub(super) fn row(line: &[u8]) -> String {
    let line: Value = serde_json::from_slice(line).unwrap_or_default();
    record(COLUMNS.iter().map(|name| cell_text(&cell(&line[*name]))))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(all) if all.iter().all(Value::is_string) => all.iter().map(cell).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

/// A record without the end of its line.
fn record(cells: impl Iterator<Item = impl AsRef<[u8]>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Memory takes everything.
    let _ = writer.write_record(cells);
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned()
}
