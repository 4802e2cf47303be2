//! Numbers of one width, one after the other, read as they are asked for.

use std::ops::Range;

use biaoshi_container::{Source, SourceExt, phrase};

/// Bytes that are fetched at a time.
const STEP: u64 = 1 << 16;

/// Big-endian numbers of a table, up to its end.
pub(super) struct Numbers<'a> {
    source: &'a dyn Source,
    rest: Range<u64>,
    width: usize,
    buffer: Vec<u8>,
    /// How much of the buffer is done.
    at: usize,
}

impl<'a> Numbers<'a> {
    /// All numbers of `width` bytes in a range.
    pub(super) fn new(source: &'a dyn Source, range: Range<u64>, width: usize) -> Self {
        Self { source, rest: range, width, buffer: Vec::new(), at: 0 }
    }

    /// As many numbers as the 32-bit count at the start of the range says, but none behind its end.
    pub(super) fn counted(source: &'a dyn Source, range: Range<u64>, width: usize) -> Self {
        let count = source.array("MP4", range.start, phrase!("a table", "表")).map_or(0, u32::from_be_bytes);
        let start = range.start.saturating_add(4).min(range.end);
        let end = start.saturating_add(u64::from(count).saturating_mul(width as u64)).min(range.end);
        Self::new(source, start..end, width)
    }

    fn fill(&mut self) -> Option<()> {
        let step = STEP - STEP % self.width as u64;
        let end = self.rest.start.saturating_add(step).min(self.rest.end);
        self.buffer = self.source.bytes("MP4", self.rest.start..end, STEP, phrase!("a table", "表")).ok()?;
        (self.rest.start, self.at) = (end, 0);
        Some(())
    }
}

impl Iterator for Numbers<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if self.at == self.buffer.len() {
            self.fill()?;
        }
        let number = self.buffer.get(self.at..self.at + self.width)?;
        self.at += self.width;
        Some(number.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }
}
