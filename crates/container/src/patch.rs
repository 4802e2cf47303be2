//! What changes in a file, as edits over it; all other bytes stay.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::ops::Range;

use crate::source::read_full;
use crate::{Bytes, Extent, Source};

/// "Replace these bytes with those": an empty range inserts, empty bytes remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Bytes of the original that go.
    pub range: Range<u64>,
    /// Bytes that come.
    pub bytes: Bytes,
}

/// An ordered list of edits; everything outside them stays byte for byte, by construction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    edits: Vec<Edit>,
    overlapping: bool,
}

impl Patch {
    /// A patch that changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the whole of a source of `len` bytes.
    pub fn whole(len: u64, bytes: Vec<u8>) -> Self {
        Self { edits: vec![Edit { range: 0..len, bytes: bytes.into() }], overlapping: false }
    }

    /// Adds an edit in its place; among edits at one offset the earlier added comes first. One that overlaps another
    /// is a fault of the carrier, and makes the patch unsound.
    pub fn replace(&mut self, range: Range<u64>, bytes: impl Into<Bytes>) -> &mut Self {
        let bytes = bytes.into();
        if range.is_empty() && bytes.is_empty() {
            return self;
        }
        let at = self.edits.partition_point(|e| e.range.start <= range.start);
        let before = at.checked_sub(1).and_then(|i| self.edits.get(i));
        self.overlapping |= before.is_some_and(|e| e.range.end > range.start);
        self.overlapping |= self.edits.get(at).is_some_and(|e| range.end > e.range.start);
        self.edits.insert(at, Edit { range, bytes });
        self
    }

    /// Whether no two edits overlap; an unsound patch must not be applied.
    pub fn is_sound(&self) -> bool {
        !self.overlapping
    }

    /// Inserts before the byte at `offset`.
    pub fn insert(&mut self, offset: u64, bytes: impl Into<Bytes>) -> &mut Self {
        self.replace(offset..offset, bytes)
    }

    /// Removes a range.
    pub fn remove(&mut self, range: Range<u64>) -> &mut Self {
        self.replace(range, Vec::new())
    }

    /// The edits, by offset.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Whether an edit changes bytes of `range`, or puts some between them.
    pub fn touches(&self, range: Range<u64>) -> bool {
        let behind = self.edits.partition_point(|e| e.range.end <= range.start);
        self.edits.get(behind).is_some_and(|e| e.range.start < range.end)
    }

    /// How far the byte that was at `offset` moves (edits that end at or before it count).
    pub fn shift(&self, offset: u64) -> i64 {
        self.edits.iter().take_while(|e| e.range.end <= offset).map(growth).sum()
    }

    /// [`Patch::shift`] for many offsets.
    pub fn shifts(&self) -> Shifts {
        Shifts::new(self.edits.iter().map(|e| (e.range.end, growth(e))))
    }

    /// How much longer the whole becomes.
    pub fn growth(&self) -> i64 {
        self.edits.iter().map(growth).sum()
    }
}

/// How far bytes move, by their offset: made once, asked often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shifts {
    /// Offsets from which on bytes move by so much in all, ascending.
    steps: Vec<(u64, i64)>,
}

impl Shifts {
    /// From offsets, ascending, and by how much more what lies there or behind moves.
    pub fn new(steps: impl Iterator<Item = (u64, i64)>) -> Self {
        let mut total = 0i64;
        let steps = steps.map(|(at, growth)| {
            total = total.saturating_add(growth);
            (at, total)
        });
        Self { steps: steps.collect() }
    }

    /// Whether any of the first `len` bytes moves.
    pub fn moves(&self, len: u64) -> bool {
        self.steps.iter().any(|(at, total)| *at < len && *total != 0)
    }

    /// How far the byte that was at `offset` moves.
    pub fn at(&self, offset: u64) -> i64 {
        let behind = self.steps.partition_point(|(at, _)| *at <= offset);
        behind.checked_sub(1).and_then(|i| self.steps.get(i)).map_or(0, |(_, total)| *total)
    }
}

fn growth(edit: &Edit) -> i64 {
    let removed = edit.range.end.saturating_sub(edit.range.start);
    i64::try_from(edit.bytes.len()).unwrap_or(i64::MAX) - i64::try_from(removed).unwrap_or(i64::MAX)
}

/// A source seen through a patch, itself a [`Source`]: patches stack, and the read-back runs on it before a byte is written.
pub struct Patched<'a> {
    base: &'a dyn Source,
    /// What it is made of, in order, each with its offset in the patched view.
    pieces: Vec<(u64, Origin<'a>)>,
    len: u64,
}

/// Where bytes of a [`Patched`] view come from.
#[derive(Debug, Clone)]
pub enum Origin<'a> {
    /// From the base: these of its bytes.
    Base(Range<u64>),
    /// From the patch.
    New(&'a [u8]),
    /// From the patch, which has them in a file.
    Spooled {
        /// The file.
        file: &'a File,
        /// Its bytes.
        range: Range<u64>,
    },
}

impl<'a> Origin<'a> {
    /// How many bytes.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> u64 {
        match self {
            Self::Base(range) => range.end - range.start,
            Self::New(bytes) => bytes.len() as u64,
            Self::Spooled { range, .. } => range.end - range.start,
        }
    }

    /// Some of them, counted from the first; what lies behind the last is left out.
    pub fn part(&self, part: Range<u64>) -> Self {
        let within = |range: &Range<u64>| {
            let place = |n: u64| range.start.saturating_add(n).min(range.end);
            place(part.start.min(part.end))..place(part.end)
        };
        match self {
            Self::Base(range) => Self::Base(within(range)),
            Self::New(bytes) => {
                let slice = |n: u64| usize::try_from(n).unwrap_or(bytes.len()).min(bytes.len());
                Self::New(bytes.get(slice(part.start.min(part.end))..slice(part.end)).unwrap_or_default())
            }
            Self::Spooled { file, range } => Self::Spooled { file, range: within(range) },
        }
    }

    /// The bytes themselves; fewer where a source ends before them.
    ///
    /// # Errors
    /// I/O.
    pub fn bytes(&self, base: &dyn Source) -> io::Result<Cow<'a, [u8]>> {
        if let Self::New(bytes) = self {
            return Ok(Cow::Borrowed(bytes));
        }
        let mut bytes = vec![0; usize::try_from(self.len()).unwrap_or(0)];
        let got = self.read(base, &mut bytes)?;
        bytes.truncate(got);
        Ok(Cow::Owned(bytes))
    }

    fn read(&self, base: &dyn Source, target: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Base(range) => base.read_at(range.start, target),
            Self::New(bytes) => bytes.read_at(0, target),
            Self::Spooled { file, range } => read_full(file, range.start, target),
        }
    }
}

impl<'a> Patched<'a> {
    /// Looks at `base` through `patch`.
    pub fn new(base: &'a dyn Source, patch: &'a Patch) -> Self {
        let mut pieces = Vec::with_capacity(patch.edits.len() * 2 + 1);
        let (mut at, mut len) = (0, 0);
        let mut push = |piece: Origin<'a>| {
            if piece.len() > 0 {
                let size = piece.len();
                pieces.push((len, piece));
                len += size;
            }
        };
        for edit in &patch.edits {
            if edit.range.start > at {
                push(Origin::Base(at..edit.range.start));
            }
            push(match &edit.bytes {
                Bytes::Kept(bytes) => Origin::New(bytes),
                Bytes::Spooled(file, len) => Origin::Spooled { file, range: 0..*len },
            });
            at = edit.range.end.max(at);
        }
        if base.len() > at {
            push(Origin::Base(at..base.len()));
        }
        Self { base, pieces, len }
    }

    /// Where the bytes of `range` come from, in order; what lies behind the end of the view comes from nowhere.
    pub fn origins(&self, range: Range<u64>) -> impl Iterator<Item = Origin<'a>> + '_ {
        let first = self.pieces.partition_point(|(start, _)| *start <= range.start).saturating_sub(1);
        self.pieces.iter().skip(first).take_while(move |(start, _)| *start < range.end).map(move |(start, piece)| {
            let from = range.start.saturating_sub(*start);
            let to = piece.len().min(range.end - start);
            piece.part(from.min(to)..to)
        })
    }
}

impl Source for Patched<'_> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let end = offset.saturating_add(buf.len() as u64).min(self.len);
        if offset >= end {
            return Ok(0);
        }
        let mut done = 0;
        for piece in self.origins(offset..end) {
            let size = usize::try_from(piece.len()).unwrap_or(0);
            let Some(target) = buf.get_mut(done..done + size) else { break };
            let got = piece.read(self.base, target)?;
            done += got;
            if got < size {
                break;
            }
        }
        Ok(done)
    }

    fn extents<'b>(&'b self, range: Range<u64>, out: &mut Vec<Extent<'b>>) {
        for piece in self.origins(range.start..range.end.min(self.len)) {
            match piece {
                Origin::Base(range) => self.base.extents(range, out),
                Origin::New(bytes) => out.push(Extent::Bytes(bytes)),
                Origin::Spooled { file, range } => out.push(Extent::File { file, range }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn apply(base: &[u8], patch: &Patch) -> Vec<u8> {
        let mut out = base.to_vec();
        for e in patch.edits().iter().rev() {
            let bytes = match &e.bytes {
                Bytes::Kept(bytes) => bytes.clone(),
                Bytes::Spooled(file, len) => {
                    Origin::Spooled { file, range: 0..*len }.bytes(&Vec::new()).unwrap().into_owned()
                }
            };
            out.splice(e.range.start as usize..e.range.end as usize, bytes);
        }
        out
    }

    /// Bytes in memory, or as many in a file.
    fn bytes(bytes: Vec<u8>, spooled: bool) -> Bytes {
        if !spooled {
            return bytes.into();
        }
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &bytes).unwrap();
        Bytes::Spooled(std::sync::Arc::new(file), bytes.len() as u64)
    }

    proptest! {
        /// The patched view equals a plain splice, for every window of it, also when patches stack.
        #[test]
        fn patched_view_equals_splice(base in prop::collection::vec(any::<u8>(), 0..60),
                                      cuts in prop::collection::vec((0u64..60, 0u64..9, prop::collection::vec(any::<u8>(), 0..9), any::<bool>()), 0..5),
                                      at in 0u64..90, n in 0usize..90) {
            let mut patch = Patch::new();
            let mut last = 0;
            let mut cuts = cuts; cuts.sort();
            for (start, len, new, spooled) in cuts {
                let end = (start + len).min(base.len() as u64);
                if start >= last && start <= end { patch.replace(start..end, bytes(new, spooled)); last = end; }
            }
            let expected = apply(&base, &patch);
            let view = Patched::new(&base, &patch);
            prop_assert_eq!(view.len(), expected.len() as u64);
            let mut buf = vec![0; n];
            let got = view.read_at(at, &mut buf).unwrap();
            let from = (at as usize).min(expected.len());
            prop_assert_eq!(&buf[..got], &expected[from..(from + n).min(expected.len())]);
            prop_assert_eq!(crate::to_vec(&view, u64::MAX).unwrap(), expected);
            prop_assert_eq!(view.len() as i64 - base.len() as i64, patch.growth());
            prop_assert_eq!(patch.shifts().at(at), patch.shift(at));
            let end = at + n as u64;
            let mut origins: Vec<u8> = Vec::new();
            for origin in view.origins(at..end) {
                match origin {
                    Origin::Base(range) => origins.extend(&base[range.start as usize..range.end as usize]),
                    other => origins.extend(other.bytes(&base).unwrap().iter()),
                }
            }
            prop_assert_eq!(origins, &buf[..got]);
            let touched = patch.edits().iter().any(|e| e.range.start < end && e.range.end > at);
            prop_assert_eq!(patch.touches(at..end), touched);
        }
    }
}
