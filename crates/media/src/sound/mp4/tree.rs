//! `moov` as a tree in memory: parents have children, all else is bytes, and what is not touched is written as it was.

use biaoshi_container::isobmff::{self, Budget};
use biaoshi_container::{Limits, Result, Source, SourceExt, phrase};

const NAME: &str = "MP4";
/// Boxes that are taken apart.
const PARENTS: [&[u8; 4]; 6] = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"];
/// Deepest of them: `moov/trak/mdia/minf/stbl`.
const DEPTH: usize = 5;

/// One box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) kind: [u8; 4],
    pub(super) body: Body,
}

/// What is in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    /// Anything.
    Bytes(Vec<u8>),
    /// Other boxes, and what follows them that is none (the zeros that end a list in QuickTime files).
    Boxes(Vec<Node>, Vec<u8>),
}

impl Node {
    /// The box at `range`, with all that is in it.
    ///
    /// # Errors
    /// I/O, damage, limits.
    pub(super) fn read(source: &dyn Source, at: &isobmff::Box, limits: &Limits) -> Result<Self> {
        let bytes = source.bytes(NAME, at.body(), limits.part, phrase!("the moov box", "moov 盒"))?;
        Self::parse(at.kind, bytes, 1, &mut Budget::new(limits))
    }

    fn parse(kind: [u8; 4], bytes: Vec<u8>, depth: usize, budget: &mut Budget) -> Result<Self> {
        if depth > DEPTH || !PARENTS.contains(&&kind) {
            return Ok(Self { kind, body: Body::Bytes(bytes) });
        }
        let list = isobmff::boxes(&bytes, 0..bytes.len() as u64, budget)?;
        let mut children = Vec::with_capacity(list.len());
        for found in &list {
            let body = bytes.get(found.body().start as usize..found.end as usize).unwrap_or_default();
            children.push(Self::parse(found.kind, body.to_vec(), depth + 1, budget)?);
        }
        let end = list.last().map_or(0, |last| last.end as usize);
        Ok(Self { kind, body: Body::Boxes(children, bytes.get(end..).unwrap_or_default().to_vec()) })
    }

    /// The children.
    pub(super) fn children(&self) -> &[Self] {
        match &self.body {
            Body::Boxes(children, _) => children,
            Body::Bytes(_) => &[],
        }
    }

    /// The children, to change them.
    pub(super) fn children_mut(&mut self) -> &mut [Self] {
        match &mut self.body {
            Body::Boxes(children, _) => children,
            Body::Bytes(_) => &mut [],
        }
    }

    /// The first box on a path of kinds below this one.
    pub(super) fn at(&self, path: &[&[u8; 4]]) -> Option<&Self> {
        let Some((kind, rest)) = path.split_first() else { return Some(self) };
        self.children().iter().find(|c| &c.kind == *kind)?.at(rest)
    }

    /// The same, to change it.
    pub(super) fn at_mut(&mut self, path: &[&[u8; 4]]) -> Option<&mut Self> {
        let Some((kind, rest)) = path.split_first() else { return Some(self) };
        self.children_mut().iter_mut().find(|c| &c.kind == *kind)?.at_mut(rest)
    }

    /// The bytes of a box that is no parent.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.body {
            Body::Bytes(bytes) => bytes,
            Body::Boxes(..) => &[],
        }
    }

    /// The bytes of a box on a path; none where there is no such box.
    pub(super) fn bytes_at(&self, path: &[&[u8; 4]]) -> &[u8] {
        self.at(path).map_or(&[], Self::bytes)
    }

    /// The bytes of a box on a path, to change them.
    pub(super) fn bytes_at_mut(&mut self, path: &[&[u8; 4]]) -> Option<&mut Vec<u8>> {
        match &mut self.at_mut(path)?.body {
            Body::Bytes(bytes) => Some(bytes),
            Body::Boxes(..) => None,
        }
    }

    /// The box as it is written.
    pub(super) fn encode(&self) -> Vec<u8> {
        match &self.body {
            Body::Bytes(bytes) => isobmff::encode(self.kind, bytes),
            Body::Boxes(children, tail) => {
                let mut inside: Vec<u8> = children.iter().flat_map(Self::encode).collect();
                inside.extend_from_slice(tail);
                isobmff::encode(self.kind, &inside)
            }
        }
    }
}

/// A big-endian number of 32 bits.
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes)
}

/// Writes one; nothing where there is no room.
pub(super) fn put_word(bytes: &mut [u8], at: usize, value: u32) {
    if let Some(place) = bytes.get_mut(at..at.saturating_add(4)) {
        place.copy_from_slice(&value.to_be_bytes());
    }
}

/// Adds to a number of 32 bits, or of 64 where `wide`; all ones stay ("unknown"). False where the sum has no room.
pub(super) fn add(bytes: &mut [u8], at: usize, wide: bool, more: u64) -> bool {
    let size = if wide { 8 } else { 4 };
    let Some(place) = bytes.get_mut(at..at.saturating_add(size)) else { return true };
    if place.iter().all(|b| *b == 0xff) {
        return true;
    }
    let old = place.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let Some(new) = old.checked_add(more).filter(|n| wide || *n < u64::from(u32::MAX)) else { return false };
    place.copy_from_slice(new.to_be_bytes().get(8 - size..).unwrap_or_default());
    true
}
