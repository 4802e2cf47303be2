//! What is seen and heard of a file made of boxes: what its tracks say, and the media that they lead to.

use std::ops::Range;

use biaoshi_container::isobmff::{self, Box as IsoBox, Budget};
use biaoshi_container::{Limits, Result, Source};

use super::pointers;
use crate::content::{Part, extend};

/// Boxes inside tracks and fragments come on top of those that a reader counts.
const BOXES_A_PART: usize = 16;

/// Boxes that hold boxes on the way to what a track says.
const PARENTS: [[u8; 4]; 9] =
    [*b"moov", *b"trak", *b"mdia", *b"minf", *b"stbl", *b"edts", *b"mvex", *b"moof", *b"traf"];
/// Metadata, room, and tables of absolute offsets, which writing a label moves.
const LEFT_OUT: [[u8; 4]; 13] = [
    *b"udta", *b"meta", *b"uuid", *b"free", *b"skip", *b"wide", *b"stco", *b"co64", *b"saio", *b"tfhd", *b"sidx",
    *b"mfra", *b"mdat",
];

/// Lists the parts: the boxes of the movie, level by level, then the chunks of all tracks in their order, wherever they lie;
/// in a file of fragments all media.
pub(in crate::formats) fn parts(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let boxes = limits.parts.saturating_mul(BOXES_A_PART);
    let mut walk = Walk { source, budget: Budget::new(&Limits { parts: boxes, ..*limits }), parts: Vec::new() };
    let top = isobmff::boxes(source, 0..isobmff::end_of_list(source, 0..source.len(), limits)?, &mut walk.budget)?;
    let fragments = top.iter().any(|b| b.kind == *b"moof");
    for part in &top {
        match &part.kind {
            b"mdat" if fragments => walk.parts.push(Part::new(part.kind, part.body())),
            b"moov" | b"moof" | b"ftyp" => walk.enter(part)?,
            _ => {}
        }
    }
    let mut parts = walk.parts;
    pointers::walk(source, limits, &mut |pointer| {
        if pointer.kind == "chunk" {
            let end = pointer.offset.saturating_add(pointer.length).min(source.len());
            extend(&mut parts, *b"chnk", pointer.offset.min(end)..end);
        }
    })?;
    Ok(parts)
}

struct Walk<'a> {
    source: &'a dyn Source,
    budget: Budget,
    parts: Vec<Part>,
}

impl Walk<'_> {
    fn enter(&mut self, part: &IsoBox) -> Result<()> {
        if LEFT_OUT.contains(&part.kind) {
            return Ok(());
        }
        if !PARENTS.contains(&part.kind) {
            self.parts.push(Part::new(part.kind, part.body()));
            return Ok(());
        }
        self.parts.push(Part::mark(part.kind, part.start));
        for child in self.children(part.body())? {
            self.enter(&child)?;
        }
        self.parts.push(Part::mark(*b"/end", part.start));
        Ok(())
    }

    /// The boxes of a parent, up to padding that is none.
    fn children(&mut self, range: Range<u64>) -> Result<Vec<IsoBox>> {
        let (mut at, mut out) = (range.start, Vec::new());
        while at + 8 <= range.end {
            self.budget.take()?;
            let Ok(found) = isobmff::read(self.source, at, range.end) else { break };
            at = found.end;
            out.push(found);
        }
        Ok(out)
    }
}
