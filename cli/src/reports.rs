//! `--report FILE`: the same results in files, by extension. A row of CSV is made from the line of JSON, so that the two
//! cannot say different things, and a line that a journal kept is as good as a new one.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use biaoshi::report::clean;
use serde_json::Value;

use crate::args::Reports;
use crate::exit::Stop;

/// The columns of a verb in CSV, and how they follow from its JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    names: &'static [&'static str],
    cells: fn(&Value) -> Vec<String>,
}

/// Those of `verify`.
pub(crate) const VERIFY: Columns = Columns {
    names: &[
        "path",
        "bytes",
        "format",
        "verdict",
        "level",
        "producer",
        "produce_id",
        "findings",
        "error",
        "watermarks",
    ],
    cells: |report| {
        let first = |key: &str| text(&report["labels"][0]["fields"][key]);
        let worth = |f: &&Value| f["severity"] != "info";
        vec![
            text(&report["path"]),
            report["bytes"].to_string(),
            text(&report["format"]),
            text(&report["verdict"]),
            text(&report["level"]),
            first("ContentProducer"),
            first("ProduceID"),
            joined(&report["findings"], "; ", |all| all.iter().filter(worth).map(finding).collect()),
            text(&report["error"]["message"]),
            joined(&report["watermarks"], "; ", |all| all.iter().map(mark).collect()),
        ]
    },
};

/// Those of `label`.
pub(crate) const LABEL: Columns = Columns {
    names: &["path", "output", "format", "action", "layers", "producer", "produce_id", "skipped", "error"],
    cells: |report| {
        let skip = |s: &Value| format!("{}: {}", text(&s["layer"]), text(&s["reason"]));
        vec![
            text(&report["path"]),
            text(&report["output"]),
            text(&report["format"]),
            text(&report["action"]),
            joined(&report["layers"], "+", |all| all.iter().map(text).collect()),
            text(&report["fields"]["ContentProducer"]),
            text(&report["fields"]["ProduceID"]),
            joined(&report["skipped"], "; ", |all| all.iter().map(skip).collect()),
            text(&report["error"]["message"]),
        ]
    },
};

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn joined(value: &Value, between: &str, each: impl FnOnce(&[Value]) -> Vec<String>) -> String {
    value.as_array().map_or_else(String::new, |all| each(all).join(between))
}

/// As the lines below a row of `verify`.
fn finding(finding: &Value) -> String {
    let of = |key: &str, before: &str, after: &str| match finding[key].as_str() {
        Some(value) if !value.is_empty() => format!(" {before}{value}{after}"),
        _ => String::new(),
    };
    let head = format!("{} {}:", text(&finding["severity"]), text(&finding["code"]));
    [head, of("message", "", ""), of("placement", "[", "]"), of("clause", "(", ")")].concat()
}

/// A payload, and whether it is that of a label.
fn mark(mark: &Value) -> String {
    format!("{} {}", text(&mark["payload"]), text(&mark["agrees"]))
}

/// The report files of a run.
pub(crate) struct Files {
    files: Vec<Report>,
    columns: Columns,
}

struct Report {
    path: PathBuf,
    format: Format,
    error: Option<io::Error>,
}

enum Format {
    JsonLines(BufWriter<File>),
    Csv(Box<csv::Writer<File>>),
}

impl Files {
    /// Creates the files. A name with another extension, or one that cannot be created, is a wrong command line.
    pub(crate) fn create(reports: &Reports, columns: Columns) -> Result<Self, Stop> {
        // Extensions first: a wrong command line makes no file.
        let kinds = reports.files.iter().map(|path| is_csv(path)).collect::<Result<Vec<_>, _>>()?;
        let file = |(path, csv): (&PathBuf, bool)| match create(path, csv, columns.names) {
            Ok(format) => Ok(Report { path: path.clone(), format, error: None }),
            Err(e) => {
                let path = path.display();
                Err(Stop::usage(format!("--report {path}: {e}"), format!("--report {path}:{e}")))
            }
        };
        Ok(Self { files: reports.files.iter().zip(kinds).map(file).collect::<Result<_, _>>()?, columns })
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// One file, as its line of JSON. It is in the file at once: a process that dies takes no line along.
    pub(crate) fn write(&mut self, json: &str) {
        let mut row = None;
        for file in self.files.iter_mut().filter(|f| f.error.is_none()) {
            let written = match &mut file.format {
                Format::JsonLines(lines) => writeln!(lines, "{json}").and_then(|()| lines.flush()),
                Format::Csv(rows) => {
                    let cells = || (self.columns.cells)(&serde_json::from_str(json).unwrap_or_default());
                    let row = row.get_or_insert_with(cells);
                    let written = rows.write_record(row.iter().map(|cell| cell_text(cell)));
                    written.map_err(Into::into).and_then(|()| rows.flush())
                }
            };
            file.error = written.err();
        }
    }

    /// Writes out what is buffered; a line for each file that is not whole.
    pub(crate) fn finish(&mut self) -> Vec<String> {
        let finish = |file: &mut Report| {
            let flushed = match &mut file.format {
                Format::JsonLines(lines) => lines.flush(),
                Format::Csv(rows) => rows.flush(),
            };
            let error = file.error.take().or(flushed.err())?;
            Some(format!("--report {}: {error}", file.path.display()))
        };
        self.files.iter_mut().filter_map(finish).collect()
    }
}

/// Whether a report is CSV (or else JSON Lines).
fn is_csv(path: &Path) -> Result<bool, Stop> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("csv") => Ok(true),
        Some("jsonl") => Ok(false),
        _ => Err(Stop::usage(
            format!("--report {}: the extension must be .jsonl or .csv", path.display()),
            format!("--report {}:扩展名应为 .jsonl 或 .csv", path.display()),
        )),
    }
}

fn create(path: &Path, csv: bool, columns: &[&str]) -> io::Result<Format> {
    let mut file = File::create(path)?;
    if !csv {
        return Ok(Format::JsonLines(BufWriter::new(file)));
    }
    // Without the mark, spreadsheet programs take UTF-8 for the local code page.
    file.write_all("\u{feff}".as_bytes())?;
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(columns)?;
    Ok(Format::Csv(Box::new(writer)))
}

/// A cell that no spreadsheet takes for a formula, and no terminal for a command.
fn cell_text(cell: &str) -> String {
    let cell = clean(cell);
    if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell }
}
