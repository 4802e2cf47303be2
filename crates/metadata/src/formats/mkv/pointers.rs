//! The positions in a film, for the read-back: what the SeekHeads and the Cues of each segment lead to. The entry for the
//! Tags is left out: those are what a label changes.

use std::collections::BTreeSet;

use biaoshi_container::ebml::{self, Budget, Element};
use biaoshi_container::{Limits, Result, Source, SourceExt, phrase};

use super::extent::{end_of, is_level_one};
use super::{NAME, id};
use crate::pointers::Pointer;

/// A position leads to an element: to its id, at least.
const ID: u64 = 4;

/// Lists them segment by segment.
pub(super) fn walk(source: &dyn Source, limits: &Limits, out: &mut dyn FnMut(Pointer)) -> Result<()> {
    let mut walk = Walk { source, limits, out, budget: Budget::blocks(limits) };
    let mut at = 0;
    while let Ok(top) = ebml::read(source, at, u64::MAX) {
        walk.budget.take()?;
        let end = top.end.min(source.len());
        if top.id == id::SEGMENT {
            walk.segment(&Element { end, ..top })?;
        }
        at = end;
    }
    Ok(())
}

struct Walk<'a> {
    source: &'a dyn Source,
    limits: &'a Limits,
    out: &'a mut dyn FnMut(Pointer),
    budget: Budget,
}

impl Walk<'_> {
    fn segment(&mut self, segment: &Element) -> Result<()> {
        let (mut at, mut heads, mut cues) = (segment.body, Vec::new(), Vec::new());
        while let Ok(child) = ebml::read(self.source, at, segment.end) {
            self.budget.take()?;
            match child.id {
                id::SEEK_HEAD => heads.push(child),
                id::CUES => cues.push(child),
                // Behind the first cluster the SeekHead tells the rest.
                id::CLUSTER if !heads.is_empty() => break,
                _ => {}
            }
            at = child.end;
            if child.unknown {
                let Ok(end) = end_of(self.source, &child, is_level_one, &mut self.budget) else { break };
                at = end;
            }
        }
        let mut seen: BTreeSet<u64> = heads.iter().chain(&cues).map(|e| e.start).collect();
        let mut next = heads.into_iter();
        let mut far = Vec::new();
        while let Some(head) = next.next().or_else(|| far.pop()) {
            for (kind, position) in self.entries(&head)? {
                let at = segment.body.saturating_add(position);
                if kind != u64::from(id::TAGS) {
                    (self.out)(Pointer::new("SeekHead", at, ID));
                }
                let Ok(target) = ebml::read(self.source, at, segment.end) else { continue };
                match target.id {
                    id::SEEK_HEAD if seen.insert(at) => far.push(target),
                    id::CUES if seen.insert(at) => cues.push(target),
                    _ => {}
                }
            }
        }
        for cues in cues {
            self.cues(segment, &cues)?;
        }
        Ok(())
    }

    /// Ids and positions of a SeekHead.
    fn entries(&mut self, head: &Element) -> Result<Vec<(u64, u64)>> {
        let (bytes, mut out) = (self.bytes(head), Vec::new());
        for seek in self.inside(&bytes, 0..bytes.len() as u64)? {
            let (mut kind, mut position) = (None, None);
            for part in self.inside(&bytes, seek.contents())? {
                match (seek.id, part.id) {
                    (id::SEEK, id::SEEK_ID) => kind = number(&bytes, &part),
                    (id::SEEK, id::SEEK_POSITION) => position = number(&bytes, &part),
                    _ => {}
                }
            }
            out.extend(kind.zip(position));
        }
        Ok(out)
    }

    fn cues(&mut self, segment: &Element, cues: &Element) -> Result<()> {
        let bytes = self.bytes(cues);
        for point in self.inside(&bytes, 0..bytes.len() as u64)? {
            for track in self.inside(&bytes, point.contents())? {
                if (point.id, track.id) != (id::CUE_POINT, id::CUE_TRACK_POSITIONS) {
                    continue;
                }
                for part in self.inside(&bytes, track.contents())? {
                    if part.id == id::CUE_CLUSTER_POSITION
                        && let Some(position) = number(&bytes, &part)
                    {
                        (self.out)(Pointer::new("Cues", segment.body.saturating_add(position), ID));
                    }
                }
            }
        }
        Ok(())
    }

    /// The contents of an index; nothing where they cannot be had.
    fn bytes(&self, element: &Element) -> Vec<u8> {
        self.source.bytes(NAME, element.contents(), self.limits.part, phrase!("an index", "索引")).unwrap_or_default()
    }

    /// The elements inside a range, up to the first damaged one.
    fn inside(&mut self, bytes: &dyn Source, range: std::ops::Range<u64>) -> Result<Vec<Element>> {
        let (mut at, mut out) = (range.start, Vec::new());
        while at < range.end {
            self.budget.take()?;
            let Ok(found) = ebml::read(bytes, at, range.end) else { break };
            at = found.end;
            out.push(found);
        }
        Ok(out)
    }
}

fn number(bytes: &dyn Source, element: &Element) -> Option<u64> {
    bytes.bytes(NAME, element.contents(), 8, phrase!("a number", "数字")).ok().and_then(|n| ebml::uint(&n))
}
