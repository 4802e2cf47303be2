//! What is told about a file: one type a verb, and the writers that turn it into JSON or into lines for people.

mod json;
mod late;
mod notice;
mod places;
mod propagate;
mod text;

use std::path::{Path, PathBuf};

use biaoshi_label::{Code, Fields, Finding, Record};
use biaoshi_metadata::{Format, Trace};
use biaoshi_security::Check;
use biaoshi_watermark::Payload;

use crate::judge::{Evidence, Judgement, Policy, judge};
use crate::plan::Layer;
use crate::stamp::Stamp;
use crate::{Error, Refusal};

pub use crate::judge::{Explicit, MarkPlace, Watermark};
pub use biaoshi_container::{Lang, Message, said, trouble};
pub use json::content;
pub(crate) use json::{ErrorJson, error_json};
pub use late::with_finding;
pub use notice::{notice, notice_html, tag};
pub use places::{mark_counts, mark_place};
pub(crate) use text::shown;
pub use text::{clause, finding_line, pad, severity};

/// Columns of a table that come back in reports: name, and value as it stood.
pub type Cells = Vec<(String, Option<String>)>;

/// What `verify` says about one file.
#[derive(Debug)]
pub struct Report {
    /// The path as it was given.
    pub path: PathBuf,
    /// Size in bytes, 0 where it is not known.
    pub bytes: u64,
    /// What the bytes are.
    pub format: Option<&'static Format>,
    /// The labels, one a placement, in file order.
    pub labels: Vec<Record>,
    /// What their security fields are worth, those of the producer and of the propagator.
    pub signatures: Vec<[Option<Check>; 2]>,
    /// The visible or audible labels; `None` when nobody looked.
    pub explicit: Option<Vec<Explicit>>,
    /// The watermarks; `None` when nobody looked.
    pub watermarks: Option<Vec<Watermark>>,
    /// Other signs; `None` when nobody looked.
    pub traces: Option<Vec<Trace>>,
    /// Whether its uploader says that it is AI-generated.
    pub declared: bool,
    /// Verdict, reasons and findings.
    pub judgement: Judgement,
    /// Why the file could not be read (to its end).
    pub error: Option<Error>,
    /// The ProduceID that a manifest has for it.
    pub expected_id: Option<String>,
    /// SHA-256 of the file; `None` where nobody asked.
    pub sha256: Option<String>,
    /// What a manifest says of it beside.
    pub row: Cells,
    /// The input as it was when it was opened. It is in no report: a journal keeps it.
    pub input: Option<Stamp>,
}

impl Report {
    /// The report of a file that could not be looked at: nothing is known of it but what its uploader says.
    pub fn failed(path: &Path, declared: bool, error: Error) -> Self {
        Self { error: Some(error), ..Self::unread(path, declared) }
    }

    /// The report of a file at which nobody looked yet.
    pub(crate) fn unread(path: &Path, declared: bool) -> Self {
        Self {
            path: path.to_owned(),
            bytes: 0,
            format: None,
            labels: Vec::new(),
            signatures: Vec::new(),
            explicit: None,
            watermarks: None,
            traces: None,
            declared,
            judgement: judge(&Evidence { declared, ..Evidence::default() }, &Policy::default()),
            error: None,
            expected_id: None,
            sha256: None,
            row: Vec::new(),
            input: None,
        }
    }
}

/// What `label` did with one file.
#[derive(Debug)]
pub struct LabelReport {
    /// The input as it was given.
    pub path: PathBuf,
    /// The original whose label it was to carry; `None` where it was to get one of its own.
    pub source: Option<PathBuf>,
    /// Where the labelled file is, when it was written.
    pub output: Option<PathBuf>,
    /// What the bytes are.
    pub format: Option<&'static Format>,
    /// The layers that the file carries now.
    pub layers: Vec<Layer>,
    /// The layers that it cannot carry, and why.
    pub skipped: Vec<Skipped>,
    /// What else changed.
    pub notes: Vec<Message>,
    /// What is wrong with the file itself: damage.
    pub findings: Vec<Finding>,
    /// The label that it carries now, in its metadata or as the payload of its watermark.
    pub fields: Option<Fields>,
    /// The watermark that it carries now, of the key that was asked for.
    pub mark: Option<Mark>,
    /// Size of the input in bytes.
    pub bytes_in: u64,
    /// Size of the output in bytes.
    pub bytes_out: u64,
    /// Whether nothing was to be written: what is said is what would have happened.
    pub dry_run: bool,
    /// Why a label was replaced, where one was and somebody said so.
    pub reason: Option<String>,
    /// The labels that were replaced, whole (Measures Art. 10).
    pub replaced: Vec<Record>,
    /// Of a platform's propagation: what was found before anything was written.
    pub judged: Option<Box<Report>>,
    /// Of a platform's propagation: the label that was there.
    pub old: Option<Fields>,
    /// Of a platform's propagation: why nothing was written, where that is no error.
    pub left: Option<Left>,
    /// Whether the label stands in a sidecar.
    pub beside: bool,
    /// Of a platform's propagation: how the output stands.
    pub outcome: Option<Outcome>,
    /// SHA-256 of the input; `None` where nobody asked.
    pub sha256_before: Option<String>,
    /// SHA-256 of the output; `None` where nobody asked.
    pub sha256: Option<String>,
    /// What a manifest says of it beside.
    pub row: Cells,
    /// How it ended.
    pub result: Result<Done, Error>,
    /// The input as it was when it was opened. Like `written` it is in no report: a journal keeps it.
    pub input: Option<Stamp>,
    /// The output as it was written.
    pub written: Option<Stamp>,
}

/// A layer that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Which one.
    pub layer: Layer,
    /// The code of the reason ([`crate::plan::reasons`]), or the kind of the error that a decoder gave.
    pub code: &'static str,
    /// Why.
    pub reason: Message,
}

/// A watermark that was written, or was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What it says.
    pub payload: Payload,
    /// Names its key; see [`crate::keys::id`].
    pub key_id: String,
}

/// How labelling ended when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The label was written.
    Labelled,
    /// The file already carried it.
    Unchanged,
    /// Its format is not known: it was copied as it is.
    Copied,
}

/// Why a platform wrote nothing into a file, where that is no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing was found, and nothing is to be said.
    Nothing,
    /// The label has the platform's elements already.
    Same,
    /// It is signed, and was to be left.
    Signed,
}

impl Left {
    /// The name in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Same => "unchanged",
            Self::Signed => "signed",
        }
    }
}

/// How a file stands behind a platform's propagation, as `verify` would say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it carries a label.
    pub labelled: bool,
    /// Whether no finding breaks a mandatory clause.
    pub conforming: bool,
    /// Whether it is not as the policy wants it.
    pub fails: bool,
}

impl LabelReport {
    /// The report of a file that nothing is known about yet, ending in `result`.
    pub fn new(path: &Path, result: Result<Done, Error>) -> Self {
        Self {
            path: path.to_owned(),
            source: None,
            output: None,
            format: None,
            layers: Vec::new(),
            skipped: Vec::new(),
            notes: Vec::new(),
            findings: Vec::new(),
            fields: None,
            mark: None,
            bytes_in: 0,
            bytes_out: 0,
            dry_run: false,
            reason: None,
            replaced: Vec::new(),
            judged: None,
            old: None,
            left: None,
            beside: false,
            outcome: None,
            sha256_before: None,
            sha256: None,
            row: Vec::new(),
            result,
            input: None,
            written: None,
        }
    }

    /// The action in JSON.
    pub fn action(&self) -> &'static str {
        match &self.result {
            Ok(Done::Labelled) => "labelled",
            Ok(Done::Unchanged) => "unchanged",
            Ok(Done::Copied) => "copied",
            Err(Error::Refused(_) | Error::UnknownFormat) => "refused",
            Err(Error::Source(_, error)) if matches!(**error, Error::Refused(_)) => "refused",
            Err(_) => "failed",
        }
    }

    /// Whether the file was labelled as far as it could be, and is damaged.
    pub fn damaged(&self) -> bool {
        self.result.is_ok() && self.findings.iter().any(|f| f.code == Code::Damaged)
    }

    /// Whether policy stopped it.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.result {
            Err(Error::Refused(r)) => Some(r),
            _ => None,
        }
    }
}

/// An error's message.
pub fn message(error: &Error, lang: Lang) -> String {
    clean(&error.message().tell(lang))
}

/// Text from a file made safe for a terminal: control, bidirectional and other invisible characters are escaped.
pub fn clean(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}
