//! Finding labels: a walk over the children of the segment. Where the SeekHead and the Cues tell what lies behind the
//! clusters, the walk jumps there; otherwise it steps from cluster to cluster.

use std::collections::BTreeSet;

use biaoshi_container::ebml::{self, Budget, Element};
use biaoshi_container::{Error, Limits, Result, Source, SourceExt};

use super::{NAME, id, index, tags};
use crate::format::Writer;
use crate::found::Found;
use crate::trace;

/// Largest Cues that are read to find the last cluster, in bytes.
const CUES: u64 = 1 << 20;

/// What a writer needs to know.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) segment: Option<Element>,
    pub(super) segments: usize,
    /// The children of the segment that were seen, by offset; clusters that were jumped over are missing.
    pub(super) children: Vec<Element>,
    /// The Tags and what to take out of them.
    pub(super) tags: Vec<tags::Tags>,
}

impl Layout {
    /// The first cluster.
    pub(super) fn first_cluster(&self) -> Option<u64> {
        self.children.iter().find(|e| e.id == id::CLUSTER).map(|e| e.start)
    }
}

pub(super) fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let layout = Layout::default();
    let mut reader =
        Reader { source, limits, found, layout, budget: Budget::new(limits), blocks: Budget::blocks(limits) };
    let mut at = 0;
    while at < source.len() {
        reader.budget.take()?;
        let top = match ebml::read(source, at, u64::MAX) {
            Ok(top) => top,
            // What stands behind the last segment is nobody's.
            Err(_) if reader.layout.segments > 0 => break,
            Err(e) => return Err(e),
        };
        if top.id != id::SEGMENT {
            if top.end > source.len() {
                let what = format!("element {:X}", top.id);
                return Err(Error::past_end(NAME, at, what, top.end.saturating_sub(top.body)));
            }
            at = top.end;
            continue;
        }
        let segment = Element { end: top.end.min(source.len()), ..top };
        at = reader.segment(segment)?;
        if !top.unknown && top.end > source.len() {
            return Err(Error::past_end(NAME, top.start, "the Segment", top.end - top.body));
        }
    }
    if reader.layout.segments == 0 {
        return Err(Error::truncated(NAME, source.len(), "the file; there is no Segment"));
    }
    reader.layout.children.sort_by_key(|e| e.start);
    Ok(Box::new(reader.layout))
}

struct Reader<'a> {
    source: &'a dyn Source,
    limits: &'a Limits,
    found: &'a mut Found,
    layout: Layout,
    budget: Budget,
    blocks: Budget,
}

impl Reader<'_> {
    /// Reads the children of a segment; where it ends.
    fn segment(&mut self, mut segment: Element) -> Result<u64> {
        self.layout.segments += 1;
        let first = self.layout.segment.is_none();
        if first {
            self.layout.segment = Some(segment);
        }
        let (mut at, mut jumped) = (segment.body, false);
        while at < segment.end {
            self.budget.take()?;
            let child = ebml::read(self.source, at, segment.end)?;
            if matches!(child.id, id::EBML | id::SEGMENT) {
                // Only an unknown size can be ended by the next header.
                segment.end = at;
                break;
            }
            if child.id == id::CLUSTER && !jumped {
                jumped = true;
                self.layout.children.push(child);
                if let Some(tail) = self.tail(&segment, &child)?.filter(|tail| *tail > child.start) {
                    at = tail;
                    continue;
                }
                self.layout.children.pop();
            }
            at = self.child(&child)?;
        }
        if first {
            self.layout.segment = Some(segment);
        }
        Ok(segment.end)
    }

    /// Reads a child of the segment; where it ends.
    fn child(&mut self, child: &Element) -> Result<u64> {
        let mut child = *child;
        if child.unknown {
            if child.id != id::CLUSTER {
                return Err(Error::invalid(NAME, child.start, "an element of unknown size that may have none"));
            }
            child.end = cluster_end(self.source, &child, &mut self.blocks)?;
        }
        match child.id {
            id::TAGS => {
                let tags = tags::read(self.source, &child, self.limits, self.found, &mut self.budget)?;
                self.layout.tags.push(tags);
            }
            id::INFO => self.info(&child)?,
            _ => {}
        }
        self.layout.children.push(child);
        Ok(child.end)
    }

    fn info(&mut self, info: &Element) -> Result<()> {
        let Ok(children) = ebml::children(self.source, info.contents(), &mut self.budget) else {
            self.found.pass_over("mkv/Segment/Info", "Info with a lying length");
            return Ok(());
        };
        for child in children.iter().filter(|c| c.id == id::WRITING_APP && c.end - c.body < 4096) {
            let text = self.source.bytes(NAME, child.contents(), 4096, "the writing application")?;
            trace::look(self.found, "mkv/Segment/Info", "Software", &String::from_utf8_lossy(&text));
        }
        Ok(())
    }

    /// Where to go on behind the clusters, if the index of the file can be trusted; elements that it names before that
    /// place are read here.
    fn tail(&mut self, segment: &Element, cluster: &Element) -> Result<Option<u64>> {
        let mut targets = BTreeSet::new();
        let mut heads: Vec<_> = self.layout.children.iter().filter(|e| e.id == id::SEEK_HEAD).copied().collect();
        let mut cues = self.layout.children.iter().find(|e| e.id == id::CUES).copied();
        let mut seen = BTreeSet::new();
        while let Some(head) = heads.pop() {
            if !seen.insert(head.start) {
                continue;
            }
            for (kind, position) in index::entries(self.source, &head, self.limits, &mut self.budget)? {
                let at = segment.body.saturating_add(position);
                if at <= cluster.start {
                    continue;
                }
                let Some(target) = self.at(at, segment, kind) else {
                    self.found.pass_over("mkv/Segment/SeekHead", "a SeekHead that points at something else");
                    return Ok(None);
                };
                match kind {
                    id::SEEK_HEAD => heads.push(target),
                    id::CUES => cues = Some(target),
                    _ => {}
                }
                targets.insert(at);
            }
        }
        let last = match cues.filter(|c| c.end - c.body <= CUES) {
            Some(cues) => index::last_cluster(self.source, &cues, self.limits, &mut self.budget),
            None => None,
        };
        let last = last.map(|p| segment.body.saturating_add(p));
        let last = last.filter(|at| self.at(*at, segment, id::CLUSTER).is_some());
        let Some(tail) = last.or_else(|| targets.first().copied()) else { return Ok(None) };
        if !cluster.unknown && tail < cluster.end {
            return Ok(None);
        }
        // Elements never overlap: what points into another one is skipped.
        let mut free = cluster.body;
        for at in targets.range(..tail) {
            if let Ok(target) = ebml::read(self.source, *at, tail)
                && *at >= free
            {
                free = self.child(&target)?;
            }
        }
        Ok(Some(tail))
    }

    /// The element at an offset, when it is what the index says.
    fn at(&self, at: u64, segment: &Element, kind: u32) -> Option<Element> {
        ebml::read(self.source, at, segment.end).ok().filter(|e| e.id == kind && (!e.unknown || kind == id::CLUSTER))
    }
}

/// Where a cluster of unknown size ends: before the first element that is a child of the segment or a new file.
pub(super) fn cluster_end(source: &dyn Source, cluster: &Element, budget: &mut Budget) -> Result<u64> {
    let mut at = cluster.body;
    while at < cluster.end {
        budget.take()?;
        let child = ebml::read(source, at, cluster.end)?;
        if is_level_one(child.id) {
            return Ok(at);
        }
        if child.unknown {
            return Err(Error::invalid(NAME, at, "an element of unknown size that may have none"));
        }
        at = child.end;
    }
    Ok(at)
}

fn is_level_one(kind: u32) -> bool {
    matches!(
        kind,
        id::EBML
            | id::SEGMENT
            | id::SEEK_HEAD
            | id::INFO
            | id::TRACKS
            | id::CHAPTERS
            | id::ATTACHMENTS
            | id::CLUSTER
            | id::CUES
            | id::TAGS
    )
}
