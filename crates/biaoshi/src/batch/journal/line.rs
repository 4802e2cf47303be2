//! The lines of a journal.

use std::borrow::Cow;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::batch::FAILED;
use crate::job::Stamp;
use crate::paths::to_text;

/// What every version of a journal begins with, but for the number.
const FAMILY: &str = "biaoshi.journal/";

pub(super) const SCHEMA: &str = "biaoshi.journal/2";

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) schema: String,
    /// SHA-256 of the command.
    pub(super) command: String,
    /// A part of the names of temporary files.
    pub(super) mark: String,
}

impl Header {
    /// Whether it is the first line of a journal that another version of the program wrote.
    pub(super) fn is_old(&self) -> bool {
        self.schema.starts_with(FAMILY) && self.schema != SCHEMA
    }

    /// Whether a line that was cut off may have become a header.
    pub(super) fn may_begin(line: &[u8]) -> bool {
        let start = format!("{{\"schema\":\"{SCHEMA}\"");
        let length = line.len().min(start.len());
        line.get(..length) == start.as_bytes().get(..length)
    }
}

/// An input on which work begins.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin<'a> {
    pub(super) begin: Cow<'a, str>,
    /// Whether its output is not there yet, or an earlier run's.
    pub(super) fresh: bool,
    /// SHA-256 of the input, where it is needed when the input is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<Cow<'a, str>>,
}

/// A finished file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// The input, as [`Entry::key`] writes it.
    pub path: String,
    /// Its number in the batch, from 0.
    pub index: u64,
    /// The exit code that this file alone would give.
    pub exit: u8,
    /// Whether the output was not there before the work began.
    pub fresh: bool,
    /// The original whose label it got, when it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What of its row decides about the result, 16 hexadecimal digits.
    pub row: String,
    /// SHA-256 of the input, where it is needed when the input is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The input when it was read.
    pub input: Option<Stamp>,
    /// The output when it was written.
    pub output: Option<Stamp>,
    /// When the result was made, as RFC 3339 has it; empty in journals that do not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub time: String,
    /// The line of `--json`.
    pub report: Box<RawValue>,
}

impl Entry {
    /// How a path stands in the journal.
    pub fn key(path: &Path) -> String {
        to_text(path).into_owned()
    }
}

/// An original, as it was before the work on a file that got its label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Where it is, as [`Entry::key`] writes it.
    path: String,
    /// Nothing where it is not there.
    stamp: Option<Stamp>,
}

impl Source {
    /// The original as it is now.
    pub(in crate::batch) fn of(path: &Path) -> Self {
        Self { path: Entry::key(path), stamp: Stamp::of(path).ok() }
    }
}

/// What is looked at when a journal is opened: the rest of a line is passed over.
#[derive(Deserialize)]
pub(super) struct Seen<'a> {
    #[serde(borrow)]
    pub(super) begin: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) path: Option<Cow<'a, str>>,
    pub(super) exit: Option<u8>,
    #[serde(borrow)]
    pub(super) row: Option<Cow<'a, str>>,
}

impl Seen<'_> {
    /// The row of a file that is finished and will not be tried again; 0 where there is none.
    pub(super) fn finished(&self) -> u64 {
        let well = self.exit.is_some_and(|exit| exit != FAILED);
        self.row.as_deref().filter(|_| well).map_or(0, number)
    }
}

/// The number that a digest is; never 0.
pub(super) fn number(digest: &str) -> u64 {
    u64::from_str_radix(digest, 16).unwrap_or_default().max(1)
}

/// One line, without its end. (These types always have JSON.)
pub(super) fn json(line: &impl Serialize) -> String {
    serde_json::to_string(line).unwrap_or_default()
}
