//! The absolute offsets that a file states. Whoever writes moves them; the read-back lists them once more, by walkers that
//! share no code with what moved them, and compares where they lead.

use biaoshi_container::{Limits, Result, Source};

/// Lists every absolute offset of a file. What is damaged is left out, in a file and in its patched view alike.
pub type Walk = fn(&dyn Source, &Limits, &mut dyn FnMut(Pointer)) -> Result<()>;

/// One absolute offset, and what is known of the bytes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointer {
    /// What states it, such as `stco`.
    pub kind: &'static str,
    /// Which of its kind, where they have numbers: an item, a tag.
    pub number: u32,
    /// Where it leads.
    pub offset: u64,
    /// How many bytes there belong together; one where that is not known.
    pub length: u64,
    /// Whether a label may be blanked among these bytes; others must stay as they are.
    pub text: bool,
}

impl Pointer {
    /// An offset of bytes that stay as they are.
    pub(crate) fn new(kind: &'static str, offset: u64, length: u64) -> Self {
        Self { kind, number: 0, offset, length, text: false }
    }
}
