//! A result in the form in which it is told.

use std::time::SystemTime;

use biaoshi::batch::Kept;
use biaoshi::job::Stamp;
use biaoshi::ledger::Entry;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::args::{Common, Paths, Reports};
use crate::exit::Exit;
use crate::out::Tone;

/// One file's result as its outlets need it. It is made where the work is done, on a thread or in a child process. `C` is what
/// the last lines count of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told<C> {
    /// The line of `--json`; `null` where no outlet takes it.
    pub(crate) json: Box<RawValue>,
    /// Lines for people, and for the log; empty where neither gets them.
    pub(crate) rows: Vec<String>,
    /// The colour of the first word.
    pub(crate) tone: Tone,
    /// The exit code that this file alone would give.
    pub(crate) exit: Exit,
    /// What the last lines count.
    pub(crate) counted: C,
    /// When it was made, as RFC 3339 has it.
    pub(crate) time: String,
    /// Size of the input.
    pub(crate) bytes: u64,
    /// Whether the output of the task was written.
    pub(crate) wrote: bool,
    /// What the ledger is told, where there is one.
    pub(crate) record: Option<Box<Entry>>,
    /// The input as it was read, for the journal.
    pub(crate) input: Option<Stamp>,
    /// The output as it was written, for the journal.
    pub(crate) written: Option<Stamp>,
}

/// The time in UTC, to the second.
pub(crate) fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

/// Whether the line of JSON goes anywhere: to standard output, a report file, a journal.
pub(crate) fn wants_json(common: &Common, reports: &Reports, paths: &Paths) -> bool {
    common.json || !reports.files.is_empty() || paths.resume.is_some()
}

/// JSON that a report made, where it is wanted.
pub(crate) fn raw(wanted: bool, json: impl FnOnce() -> String) -> Box<RawValue> {
    if wanted { RawValue::from_string(json()).unwrap_or_default() } else { RawValue::NULL.to_owned() }
}

impl<C> Kept for Told<C> {
    fn json(&self) -> Box<RawValue> {
        self.json.clone()
    }

    fn exit(&self) -> u8 {
        self.exit.code()
    }

    fn time(&self) -> &str {
        &self.time
    }

    fn input(&self) -> Option<Stamp> {
        self.input
    }

    fn written(&self) -> Option<Stamp> {
        self.written
    }

    fn wrote(&self) -> bool {
        self.wrote
    }
}
