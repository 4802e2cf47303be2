//! The columns of CSV reports, and how they follow from the JSON of a result.

use biaoshi::judge::Verdict;
use biaoshi::label::Level;
use biaoshi::report::{Lang, notice};
use serde_json::Value;

use super::cell_text;
use super::line::{Line, VERSION};
use crate::args::Form;

/// The columns of a verb in CSV. A new one comes last: scripts count columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    names: &'static [&'static str],
    /// The forms in which the verb has reports.
    pub(super) forms: &'static [Form],
    cells: fn(&Line<'_>, Lang) -> Vec<String>,
}

impl Columns {
    /// The heading line. `kept`: the columns of a manifest that come back.
    pub(super) fn names(&self, kept: &[String]) -> Vec<String> {
        let kept = kept.iter().map(|name| cell_text(&format!("row.{name}")));
        self.names.iter().map(|name| (*name).to_owned()).chain(kept).collect()
    }

    /// The cells of one result.
    pub(super) fn row(&self, line: &Line<'_>, kept: &[String], lang: Lang) -> Vec<String> {
        let kept = kept.iter().map(|name| text(&line.report()["row"][name]));
        (self.cells)(line, lang).into_iter().chain(kept).collect()
    }
}

/// Those of `verify`.
pub(crate) const VERIFY: Columns = Columns {
    forms: &Form::ALL,
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
        "explicit",
        "traces",
        "notice",
        "propagator",
        "propagate_id",
        "declared",
        "reasons",
        "sha256",
        "time",
        "version",
    ],
    cells: |line, lang| {
        let report = line.report();
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
            joined(&report["explicit"], "; ", |all| all.iter().map(visible).collect()),
            joined(&report["traces"], "; ", |all| all.iter().map(trace).collect()),
            text(&report["notice"][key(lang)]),
            first("ContentPropagator"),
            first("PropagateID"),
            report["declared"].as_bool().map_or_else(String::new, |declared| declared.to_string()),
            joined(&report["reasons"], "; ", |all| all.iter().map(reason).collect()),
            text(&report["sha256"]),
            line.time().to_owned(),
            VERSION.to_owned(),
        ]
    },
};

/// Those of `label`.
pub(crate) const LABEL: Columns = Columns {
    forms: &Form::ALL,
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
        "level",
        "notice",
        "propagator",
        "propagate_id",
        "sha256",
        "time",
        "version",
    ],
    cells: |line, lang| {
        let report = line.report();
        let skip = |s: &Value| format!("{}: {}", text(&s["layer"]), text(&s["reason"]));
        let fields = &report["fields"];
        vec![
            text(&report["path"]),
            text(&report["output"]),
            text(&report["format"]),
            text(&report["action"]),
            joined(&report["layers"], "+", |all| all.iter().map(text).collect()),
            text(&fields["ContentProducer"]),
            text(&fields["ProduceID"]),
            joined(&report["skipped"], "; ", |all| all.iter().map(skip).collect()),
            text(&report["error"]["message"]),
            text(&report["watermark"]["payload"]),
            text(&report["reason"]),
            text(&fields["Label"]),
            of_level(&fields["Label"], lang).unwrap_or_default().to_owned(),
            text(&fields["ContentPropagator"]),
            text(&fields["PropagateID"]),
            text(&report["sha256"]),
            line.time().to_owned(),
            VERSION.to_owned(),
        ]
    },
};

/// Those of `propagate`.
pub(crate) const PROPAGATE: Columns = Columns {
    forms: &Form::ALL,
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
        "sha256",
        "time",
        "version",
    ],
    cells: |line, _| {
        let report = line.report();
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
            text(&report["sha256"]),
            line.time().to_owned(),
            VERSION.to_owned(),
        ]
    },
};

/// Those of `diff`.
pub(crate) const DIFF: Columns = Columns {
    forms: &[Form::Csv, Form::JsonLines],
    names: &[
        "before",
        "after",
        "lost",
        "broken",
        "changed",
        "added",
        "kept",
        "marks",
        "unchecked",
        "errors",
        "time",
        "version",
    ],
    cells: |line, _| {
        let report = line.report();
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
            line.time().to_owned(),
            VERSION.to_owned(),
        ]
    },
};

/// The member of an object with both languages.
pub(super) fn key(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "en",
        Lang::Zh => "zh",
    }
}

/// A text, or nothing.
pub(super) fn text(value: &Value) -> String {
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

/// Why a verdict is as it is.
fn reason(reason: &Value) -> String {
    format!("{}: {}", text(&reason["code"]), text(&reason["message"]))
}

/// A payload, and whether it is that of a label.
fn mark(mark: &Value) -> String {
    format!("{} {}", text(&mark["payload"]), text(&mark["agrees"]))
}

/// A visible, audible or readable label: what it is in, and its words.
fn visible(found: &Value) -> String {
    format!("{} {}", text(&found["medium"]), text(&found["text"]))
}

/// A trace: what it is, what it says, and how much that counts.
pub(super) fn trace(trace: &Value) -> String {
    format!("{} {} ({})", text(&trace["kind"]), text(&trace["detail"]), text(&trace["strength"]))
}

/// The notice that belongs to a label of this value (clause 5.6, Measures Art. 6).
pub(super) fn of_level(value: &Value, lang: Lang) -> Option<&'static str> {
    let level = [Level::Confirmed, Level::Possible, Level::Suspected].into_iter().find(|l| value == l.digit())?;
    notice(Verdict::from(level), lang)
}
