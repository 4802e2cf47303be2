//! `--report`: the same results in files and streams. A row of CSV is made from the line of JSON, so that the two
//! cannot say different things, and a line that a journal kept is as good as a new one.

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};

use biaoshi::report::{Message, clean, said, trouble};
use serde_json::Value;

use crate::args::{Common, Reports};
use crate::args::{Destination, Form, Outlet};
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
        "expected_id",
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
            text(&report["expected_id"]),
        ]
    },
};

/// Those of `label`.
pub(crate) const LABEL: Columns = Columns {
    names: &[
        "path",
        "output",
        "format",
        "action",
        "layers",
        "producer",
        "produce_id",
        "skipped",
        "error",
        "payload",
        "reason",
    ],
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
            text(&report["watermark"]["payload"]),
            text(&report["reason"]),
        ]
    },
};

/// Those of `propagate`.
pub(crate) const PROPAGATE: Columns = Columns {
    names: &[
        "path",
        "output",
        "format",
        "action",
        "written",
        "reason",
        "verdict",
        "reasons",
        "notice_zh",
        "notice_en",
        "label",
        "producer",
        "produce_id",
        "old_propagator",
        "old_propagate_id",
        "propagator",
        "propagate_id",
        "payload",
        "declared",
        "error",
    ],
    cells: |report| {
        let field = |of: &str, key: &str| text(&report[of][key]);
        // What was not written stays as it was.
        let now = if report["new"].is_object() { "new" } else { "old" };
        vec![
            text(&report["path"]),
            text(&report["output"]),
            text(&report["format"]),
            text(&report["action"]),
            report["written"].to_string(),
            text(&report["reason"]),
            text(&report["verdict"]),
            joined(&report["reasons"], "; ", |all| all.iter().map(|reason| text(&reason["code"])).collect()),
            text(&report["notice"]["zh"]),
            text(&report["notice"]["en"]),
            field(now, "Label"),
            field(now, "ContentProducer"),
            field(now, "ProduceID"),
            field("old", "ContentPropagator"),
            field("old", "PropagateID"),
            field(now, "ContentPropagator"),
            field(now, "PropagateID"),
            joined(&report["watermarks"], "; ", |all| all.iter().map(|mark| text(&mark["payload"])).collect()),
            report["declared"].to_string(),
            text(&report["error"]["message"]),
        ]
    },
};

/// Those of `diff`.
pub(crate) const DIFF: Columns = Columns {
    names: &["before", "after", "lost", "broken", "changed", "added", "kept", "marks", "unchecked", "errors"],
    cells: |report| {
        let of = |status: &str| {
            let all = report["marks"].as_array().map_or(&[][..], Vec::as_slice);
            all.iter().filter(|mark| mark["status"] == status).count().to_string()
        };
        let mark = |m: &Value| format!("{} {} {}", text(&m["status"]), text(&m["kind"]), text(&m["name"]));
        let error = |e: &Value| format!("{}: {}", text(&e["file"]), text(&e["message"]));
        vec![
            text(&report["before"]),
            text(&report["after"]),
            of("lost"),
            of("broken"),
            of("changed"),
            of("added"),
            of("kept"),
            joined(&report["marks"], "; ", |all| all.iter().map(mark).collect()),
            joined(&report["unchecked"], "; ", |all| all.iter().map(text).collect()),
            joined(&report["errors"], "; ", |all| all.iter().map(error).collect()),
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

/// The reports of a run.
pub(crate) struct Files {
    files: Vec<Report>,
    columns: Columns,
    /// The columns of a manifest that come back, in `row` of the JSON.
    kept: Vec<String>,
}

struct Report {
    destination: Destination,
    format: Format,
    error: Option<io::Error>,
}

type Writer = BufWriter<Box<dyn Write>>;

/// A report that has the place of an earlier one.
fn twice(reports: &[Destination]) -> Option<&Destination> {
    let mut seen = HashSet::new();
    reports.iter().find(|report| !seen.insert(report.to_string()))
}

enum Format {
    JsonLines(Writer),
    Csv(Box<csv::Writer<Writer>>),
}

impl Files {
    /// Opens the reports. One that cannot be opened is a wrong command line; so are two on standard output, or one beside what
    /// `--json` writes there.
    pub(crate) fn create(reports: &Reports, columns: Columns, kept: &[String], common: &Common) -> Result<Self, Stop> {
        let on_stdout = reports.files.iter().filter(|r| r.outlet == Outlet::Stdout).count();
        if on_stdout + usize::from(common.json) > 1 {
            return Err(Stop::usage(
                "--report -: standard output takes one report, and none beside --json",
                "--report -:标准输出只能写一份报告,且不能与 --json 同用",
            ));
        }
        if let Some(twice) = twice(&reports.files) {
            return Err(Stop::usage(
                format!("--report {twice} is given twice; a file takes one report"),
                format!("--report {twice} 重复;一个文件只能写一份报告"),
            ));
        }
        let further = kept.iter().map(|name| cell_text(&format!("row.{name}")));
        let names: Vec<String> = columns.names.iter().map(|name| (*name).to_owned()).chain(further).collect();
        let file = |destination: &Destination| match create(destination, &names) {
            Ok(format) => Ok(Report { destination: destination.clone(), format, error: None }),
            Err(e) if e.kind() == io::ErrorKind::NotFound && matches!(destination.outlet, Outlet::Descriptor(_)) => {
                Err(Stop::usage(
                    format!(
                        "--report {destination}: this descriptor is not open; in a shell, N>FILE behind the command opens it"
                    ),
                    format!("--report {destination}:该描述符未打开;可在命令后用 N>文件 打开"),
                ))
            }
            Err(e) => {
                Err(Stop::Usage(said!("--report {}: {}", "--report {}:{}", destination.to_string(), trouble(&e))))
            }
        };
        let files = reports.files.iter().map(file).collect::<Result<_, _>>()?;
        Ok(Self { files, columns, kept: kept.to_vec() })
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether nobody takes any of them any more.
    pub(crate) fn are_closed(&self) -> bool {
        let closed = |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe;
        self.files.iter().all(|file| file.error.as_ref().is_some_and(closed))
    }

    /// One file, as its line of JSON. It is in the file at once: a process that dies takes no line along.
    pub(crate) fn write(&mut self, json: &str) {
        let mut row = None;
        for file in self.files.iter_mut().filter(|f| f.error.is_none()) {
            let written = match &mut file.format {
                Format::JsonLines(lines) => writeln!(lines, "{json}").and_then(|()| lines.flush()),
                Format::Csv(rows) => {
                    let cells = || {
                        let report: Value = serde_json::from_str(json).unwrap_or_default();
                        let kept = self.kept.iter().map(|name| text(&report["row"][name]));
                        (self.columns.cells)(&report).into_iter().chain(kept).collect::<Vec<_>>()
                    };
                    let row = row.get_or_insert_with(cells);
                    let written = rows.write_record(row.iter().map(|cell| cell_text(cell)));
                    written.map_err(Into::into).and_then(|()| rows.flush())
                }
            };
            file.error = written.err();
        }
    }

    /// Writes out what is buffered; a line for each report that is not whole. A reader that closed its pipe has seen enough.
    pub(crate) fn finish(&mut self) -> Vec<Message> {
        let finish = |file: &mut Report| {
            let flushed = match &mut file.format {
                Format::JsonLines(lines) => lines.flush(),
                Format::Csv(rows) => rows.flush(),
            };
            let error = file.error.take().or(flushed.err()).filter(|e| e.kind() != io::ErrorKind::BrokenPipe)?;
            Some(said!("--report {}: {}", "--report {}:{}", file.destination.to_string(), trouble(&error)))
        };
        self.files.iter_mut().filter_map(finish).collect()
    }
}

fn create(destination: &Destination, columns: &[String]) -> io::Result<Format> {
    let mut writer = BufWriter::new(destination.open()?);
    if destination.form == Form::JsonLines {
        return Ok(Format::JsonLines(writer));
    }
    // Without the mark, spreadsheet programs take UTF-8 for the local code page; the programs behind a pipe take it for text.
    if matches!(destination.outlet, Outlet::File(_)) {
        writer.write_all("\u{feff}".as_bytes())?;
    }
    let mut writer = csv::Writer::from_writer(writer);
    writer.write_record(columns)?;
    writer.flush()?;
    Ok(Format::Csv(Box::new(writer)))
}

/// A cell that no spreadsheet takes for a formula, and no terminal for a command.
pub(crate) fn cell_text(cell: &str) -> String {
    let cell = clean(cell);
    if cell != "-" && cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell }
}
