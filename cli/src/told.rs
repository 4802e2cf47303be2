//! A result in the form in which it is told.

use biaoshi::batch::Kept;
use biaoshi::job::Stamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::exit::Exit;
use crate::out::Tone;

/// One file's result as its outlets need it. It is made where the work is done, on a thread or in a child process.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// The line of `--json`.
    pub(crate) json: Box<RawValue>,
    /// Lines for people; empty with `--json`.
    pub(crate) rows: Vec<String>,
    /// The colour of the first word.
    pub(crate) tone: Tone,
    /// The exit code that this file alone would give.
    pub(crate) exit: Exit,
    /// What `label` did; empty for `verify`.
    pub(crate) action: String,
    /// Whether the file is damaged.
    pub(crate) damaged: bool,
    /// Size of the input.
    pub(crate) bytes: u64,
    /// Whether the output of the task was written.
    pub(crate) wrote: bool,
    /// The input as it was read, for the journal.
    pub(crate) input: Option<Stamp>,
    /// The output as it was written, for the journal.
    pub(crate) written: Option<Stamp>,
}

/// JSON that a report made.
pub(crate) fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).unwrap_or_default()
}

impl Kept for Told {
    fn json(&self) -> Box<RawValue> {
        self.json.clone()
    }

    fn exit(&self) -> u8 {
        self.exit.code()
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
