//! What is seen and heard of Matroska: what the segment says of its tracks, and the blocks.

use biaoshi_container::ebml::{self, Budget, Element};
use biaoshi_container::{Limits, Result, Source};

use super::extent::{end_of, is_level_one};
use super::id;
use crate::content::{Part, extend};

/// Position and size of a cluster count bytes of the file, which a label moves.
const POSITIONS: [u32; 2] = [id::POSITION, 0xab];

/// Lists the parts. Blocks that lie together are one.
pub(super) fn parts(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let mut walk = Walk { source, budget: Budget::blocks(limits), parts: Vec::new() };
    let mut at = 0;
    while at < source.len() {
        let Ok(top) = ebml::read(source, at, u64::MAX) else { break };
        let top = Element { end: top.end.min(source.len()), ..top };
        at = if top.id == id::SEGMENT { walk.segment(&top)? } else { top.end };
    }
    Ok(walk.parts)
}

struct Walk<'a> {
    source: &'a dyn Source,
    budget: Budget,
    parts: Vec<Part>,
}

impl Walk<'_> {
    /// Where the segment ends.
    fn segment(&mut self, segment: &Element) -> Result<u64> {
        self.parts.push(Part::mark(*b"segm", segment.start));
        let mut at = segment.body;
        while at < segment.end {
            self.budget.take()?;
            let child = ebml::read(self.source, at, segment.end)?;
            if matches!(child.id, id::EBML | id::SEGMENT) {
                break;
            }
            let end =
                if child.unknown { end_of(self.source, &child, is_level_one, &mut self.budget)? } else { child.end };
            match child.id {
                id::TRACKS | id::CHAPTERS | id::ATTACHMENTS => {
                    self.parts.push(Part::new(child.id.to_be_bytes(), child.body..end));
                }
                id::CLUSTER => self.cluster(child.body, end)?,
                _ => {}
            }
            at = end;
        }
        Ok(at)
    }

    fn cluster(&mut self, mut at: u64, end: u64) -> Result<()> {
        self.parts.push(Part::mark(*b"clus", at));
        while at < end {
            self.budget.take()?;
            let child = ebml::read(self.source, at, end)?;
            if !POSITIONS.contains(&child.id) && !matches!(child.id, ebml::VOID | ebml::CRC32) {
                extend(&mut self.parts, *b"blck", child.range());
            }
            at = child.end;
        }
        Ok(())
    }
}
