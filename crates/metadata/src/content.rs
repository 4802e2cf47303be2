//! What of a file is its content: the bytes that a signature can bind a label to.
//!
//! A format that has such bytes lists them ([`crate::Format::content`]): all that people see, hear or read, and nothing that
//! writing a label or its propagation fields changes. So the list is the same, and leads to the same bytes, in every
//! labelled version of a file; that of a file without a label may differ (a writer may have to announce the label elsewhere).

use std::ops::Range;

use biaoshi_container::{Limits, Result, Source};

/// Lists the parts of a content, in an order that writing a label keeps.
pub type Content = fn(&dyn Source, &Limits) -> Result<Vec<Part>>;

/// The kind of what goes on with the part before it: a packet may lie on several pages, and be cut elsewhere when the label grows.
pub const CONTINUED: [u8; 4] = [0; 4];

/// A part of a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is, in the format's own words where they have four letters; [`CONTINUED`] for more bytes of the part before.
    pub kind: [u8; 4],
    /// Its bytes.
    pub range: Range<u64>,
}

impl Part {
    /// A part of that kind.
    pub(crate) fn new(kind: [u8; 4], range: Range<u64>) -> Self {
        Self { kind, range }
    }

    /// Where parts begin or end that lie inside one another.
    pub(crate) fn mark(kind: [u8; 4], at: u64) -> Self {
        Self { kind, range: at..at }
    }
}

/// Adds a part, to the last one where it goes on with it.
pub(crate) fn extend(parts: &mut Vec<Part>, kind: [u8; 4], range: Range<u64>) {
    match parts.last_mut() {
        Some(last) if last.kind == kind && last.range.end == range.start => last.range.end = range.end,
        _ => parts.push(Part::new(kind, range)),
    }
}
