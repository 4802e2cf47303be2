//! One result as reports take it.

use std::cell::OnceCell;
use std::io::{self, Write};

use serde_json::Value;

/// The version of the program. Lines that a journal kept are of the same: it belongs to the command of one version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The line of JSON of a result, and when the result was made. `--json` prints the line without the time, so that the same
/// files give the same output; reports are records, and have it.
pub(crate) struct Line<'a> {
    json: &'a str,
    time: &'a str,
    report: OnceCell<Value>,
}

impl<'a> Line<'a> {
    /// `time`: as RFC 3339 has it; empty where it is not known.
    pub(crate) fn new(json: &'a str, time: &'a str) -> Self {
        Self { json, time, report: OnceCell::new() }
    }

    /// What it says; taken apart once for all reports.
    pub(super) fn report(&self) -> &Value {
        self.report.get_or_init(|| serde_json::from_str(self.json).unwrap_or_default())
    }

    /// When it was made.
    pub(super) fn time(&self) -> &str {
        self.time
    }

    /// As a line of JSON with the time and the version.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let time = if self.time.is_empty() { Value::Null } else { self.time.into() };
        // It is an object of ours, never an empty one; the order of its members stays.
        let open = self.json.strip_suffix('}').unwrap_or(self.json);
        writeln!(out, "{open},\"time\":{time},\"version\":\"{VERSION}\"}}")
    }
}
