//! What a line says: schema `biaoshi.ledger/1` (docs/schemas/ledger.json).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::day::Day;
use crate::hash::Hash;

/// The end of a chain: what has to be kept elsewhere, so that a cut end can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of the last line; 0 where there is none.
    pub sequence: u64,
    /// Its hash, over the line with its end; [`Hash::NONE`] where there is none.
    pub hash: Hash,
}

impl Head {
    /// That of a ledger without a line.
    pub const NONE: Self = Self { sequence: 0, hash: Hash::NONE };

    /// Whether its number is the next one.
    pub(crate) fn is_next(self, before: Self) -> bool {
        self.sequence == before.sequence.saturating_add(1)
    }

    /// The end that this line is; `None`: it is no line of ours.
    pub(crate) fn of(line: &[u8]) -> Option<Self> {
        Some(Self { sequence: Link::of(line)?.sequence, hash: Hash::of(line) })
    }
}

/// The longest line, in bytes, with its end: one more is damage, and none is written.
pub const LONGEST: u64 = 64 << 20;

/// The schema that each line names.
pub const SCHEMA: &str = "biaoshi.ledger/1";

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A label was written.
    Labelled,
    /// The file carried the label already.
    Unchanged,
    /// The label of an original was written.
    Carried,
    /// The propagation elements were written.
    Propagated,
    /// Another label was replaced.
    Replaced,
    /// A file was judged.
    Verified,
    /// A file without an explicit label was delivered (Measures Art. 9).
    DeliveredUnlabelled,
    /// A line that a crash had cut off was removed.
    Repaired,
    /// Days were removed whose time was over.
    Retention,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Labelled,
        Self::Unchanged,
        Self::Carried,
        Self::Propagated,
        Self::Replaced,
        Self::Verified,
        Self::DeliveredUnlabelled,
        Self::Repaired,
        Self::Retention,
    ];

    /// The name in lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Labelled => "labelled",
            Self::Unchanged => "unchanged",
            Self::Carried => "carried",
            Self::Propagated => "propagated",
            Self::Replaced => "replaced",
            Self::Verified => "verified",
            Self::DeliveredUnlabelled => "delivered-unlabelled",
            Self::Repaired => "repaired",
            Self::Retention => "retention",
        }
    }
}

/// What somebody did, as the ledger is told. What does not apply stays empty, and is not in the line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was done.
    pub action: Action,
    /// The file, as it was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its bytes in Base64, where it is no UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<String>,
    /// Where the result is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Its bytes in Base64, where it is no UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_bytes: Option<String>,
    /// The original whose label was carried over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The content before the work; of a repair, what was cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256_before: Option<Hash>,
    /// The content after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256_after: Option<Hash>,
    /// The layers that the file carries now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// Label, the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// ContentProducer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<String>,
    /// ProduceID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub produce_id: Option<String>,
    /// ContentPropagator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propagator: Option<String>,
    /// PropagateID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propagate_id: Option<String>,
    /// The payload that belongs to the label, 16 hexadecimal digits, whether or not a watermark was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// The payloads of watermarks that are in the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watermarks: Vec<String>,
    /// The verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// Whether the uploader declared the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<bool>,
    /// What led to the verdict: codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Why the file could not be read to its end: a kind of error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the public is to be told, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notice: BTreeMap<String, String>,
    /// The labels that were replaced, whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Replaced>,
    /// Why (Measures Art. 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// To whom a file without an explicit label was delivered (Measures Art. 9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// The agreement by which the recipient has the duty to label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    /// Whether explicit labels were looked for in what was delivered without: `absent` or `unchecked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explicit: Option<String>,
    /// The policy by which it was done: a SHA-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Hash>,
    /// Of a repair: how many bytes were cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Of a retention: all that was ever removed from this ledger.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stubs: Vec<Stub>,
    /// The version of the program.
    #[serde(default)]
    pub version: String,
}

impl Entry {
    /// An entry that says no more than its action.
    pub fn new(action: Action) -> Self {
        Self {
            action,
            path: None,
            path_bytes: None,
            output: None,
            output_bytes: None,
            source: None,
            sha256_before: None,
            sha256_after: None,
            layers: Vec::new(),
            level: None,
            producer: None,
            produce_id: None,
            propagator: None,
            propagate_id: None,
            payload: None,
            watermarks: Vec::new(),
            verdict: None,
            declared: None,
            reasons: Vec::new(),
            error: None,
            notice: BTreeMap::new(),
            replaced: Vec::new(),
            reason: None,
            recipient: None,
            agreement: None,
            explicit: None,
            policy: None,
            bytes: None,
            stubs: Vec::new(),
            version: String::new(),
        }
    }
}

/// A label that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Where it stood.
    pub placement: String,
    /// Its fields; `None` for those that it lacked.
    pub fields: BTreeMap<String, Option<String>>,
    /// Its text as it stood.
    pub raw: String,
}

/// What is left of days that retention removed: enough to go on with the chain behind them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stub {
    /// The first day.
    pub from: Day,
    /// The last one; between the two no line is left.
    pub to: Day,
    /// The number of the first line.
    pub first: u64,
    /// The number of the last one.
    pub last: u64,
    /// The hash of the line before the first one.
    pub prev: Hash,
    /// The hash of the last line.
    pub head: Hash,
}

/// A whole line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// [`SCHEMA`].
    pub schema: String,
    /// Its number in the ledger, from 1.
    pub sequence: u64,
    /// When it was written: RFC 3339 in UTC.
    pub time: String,
    /// SHA-256 over the line before with its line end; of the first line [`Hash::NONE`].
    pub prev: Hash,
    /// What it says.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What makes a line one of the chain; the rest of it is passed over.
#[derive(Debug, Deserialize)]
pub(crate) struct Link<'a> {
    #[serde(borrow)]
    schema: Cow<'a, str>,
    pub(crate) sequence: u64,
    #[serde(borrow)]
    pub(crate) time: Cow<'a, str>,
    pub(crate) prev: Hash,
    pub(crate) action: Action,
}

impl<'a> Link<'a> {
    /// That of a line; none where it is no line of ours.
    pub(crate) fn of(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(line).ok().filter(|link| link.schema == SCHEMA && link.day().is_some())
    }

    /// Whether it is the line behind this end.
    pub(crate) fn follows(&self, before: Head) -> bool {
        self.prev == before.hash && self.sequence == before.sequence.saturating_add(1)
    }

    /// The day of its time.
    pub(crate) fn day(&self) -> Option<Day> {
        humantime::parse_rfc3339(&self.time).ok().map(Day::of)
    }
}

/// What a line can be found by.
#[derive(Debug, Deserialize)]
pub(crate) struct Keys<'a> {
    pub(crate) sequence: u64,
    #[serde(borrow, default)]
    produce_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    payload: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    watermarks: Vec<Cow<'a, str>>,
    #[serde(default)]
    sha256_before: Option<Hash>,
    #[serde(default)]
    sha256_after: Option<Hash>,
}

impl<'a> Keys<'a> {
    /// Those of a line; none where it is no line of ours.
    pub(crate) fn of(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    pub(crate) fn produce_id(&self) -> Option<&str> {
        self.produce_id.as_deref()
    }

    /// The payloads: that of its label, and those of watermarks.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = u64> + '_ {
        self.payload.iter().chain(&self.watermarks).filter_map(|text| u64::from_str_radix(text, 16).ok())
    }

    /// The content tags: those of its payloads, and that of its ProduceID.
    pub(crate) fn tags(&self) -> impl Iterator<Item = u64> + '_ {
        self.payloads().map(|payload| payload & TAG).chain(self.produce_id().map(content_tag))
    }

    /// The contents.
    pub(crate) fn contents(&self) -> impl Iterator<Item = Hash> + '_ {
        self.sha256_before.into_iter().chain(self.sha256_after)
    }
}

/// The bits of a payload that are its content tag (docs/watermark-image.md).
pub(crate) const TAG: u64 = (1 << 40) - 1;

/// The content tag of a ProduceID: the first 40 bits of its SHA-256.
pub(crate) fn content_tag(produce_id: &str) -> u64 {
    Hash::of(produce_id.as_bytes()).head() >> 24
}
