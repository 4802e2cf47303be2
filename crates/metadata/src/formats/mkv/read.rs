//! Finding labels: a walk over the children of the segment. Where the SeekHead and the Cues tell what lies behind the
//! clusters, the walk jumps there; otherwise it steps from cluster to cluster.

use std::collections::BTreeSet;
use std::mem;

use biaoshi_container::ebml::{self, Budget, Element};
use biaoshi_container::{Error, Limits, Result, Source, SourceExt, phrase, said};

use super::extent::{end_of, is_level_one};
use super::{NAME, id, index, tags};
use crate::format::Writer;
use crate::found::Found;

/// Largest Cues that are read to find the last cluster, in bytes.
const CUES: u64 = 1 << 20;

/// What a writer needs to know.
#[derive(Default)]
pub(super) struct Layout {
    /// The first segment: players show what stands there.
    pub(super) segment: Option<Element>,
    /// Its children that were seen, by offset; clusters that were jumped over are missing.
    pub(super) children: Vec<Element>,
    /// Its Tags and what to take out of them.
    pub(super) tags: Vec<tags::Tags>,
    /// The other segments, from which labels go.
    pub(super) strays: Vec<Stray>,
}

/// What a later segment holds of labels.
pub(super) struct Stray {
    pub(super) tags: Vec<tags::Tags>,
    /// Its check sum.
    pub(super) crc: Option<Element>,
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
            Err(_) if reader.layout.segment.is_some() => break,
            Err(e) => return Err(e),
        };
        if top.id != id::SEGMENT {
            if top.end > source.len() {
                let what = said!("element {}", "元素 {}", format!("{:X}", top.id));
                return Err(Error::past_end(NAME, at, what, top.end.saturating_sub(top.body)));
            }
            at = top.end;
            continue;
        }
        let segment = Element { end: top.end.min(source.len()), ..top };
        at = reader.segment(segment)?;
        if !top.unknown && top.end > source.len() {
            return Err(Error::past_end(NAME, top.start, phrase!("the Segment", "Segment"), top.end - top.body));
        }
    }
    if reader.layout.segment.is_none() {
        return Err(Error::truncated(
            NAME,
            source.len(),
            phrase!("the file; there is no Segment", "出现 Segment 之前"),
        ));
    }
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
        let earlier =
            self.layout.segment.map(|_| (mem::take(&mut self.layout.children), mem::take(&mut self.layout.tags)));
        let end = self.children(&mut segment);
        match earlier {
            None => {
                self.layout.segment = Some(segment);
                self.layout.children.sort_by_key(|e| e.start);
                self.layout.tags.sort_by_key(|t| t.element.start);
            }
            Some((children, tags)) => {
                let children = mem::replace(&mut self.layout.children, children);
                let crc = children.iter().find(|c| c.id == ebml::CRC32).copied();
                let tags = mem::replace(&mut self.layout.tags, tags);
                self.layout.strays.push(Stray { tags, crc });
            }
        }
        end
    }

    fn children(&mut self, segment: &mut Element) -> Result<u64> {
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
                if let Some(tail) = self.tail(segment, &child)?.filter(|tail| *tail > child.start) {
                    at = tail;
                    continue;
                }
                self.layout.children.pop();
            }
            at = self.child(&child)?;
        }
        Ok(segment.end)
    }

    /// Reads a child of the segment; where it ends.
    fn child(&mut self, child: &Element) -> Result<u64> {
        let mut child = *child;
        if child.unknown {
            // Only a cluster may have none, but where the next element starts can be seen.
            if !is_level_one(child.id) {
                return Err(Error::invalid(
                    NAME,
                    child.start,
                    phrase!("an element of unknown size that may have none", "此元素的长度不可未知"),
                ));
            }
            child.end = end_of(self.source, &child, is_level_one, &mut self.blocks)?;
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
            self.found.pass_over("mkv/Segment/Info", phrase!("Info with a lying length", "长度有误的 Info"));
            return Ok(());
        };
        for child in children.iter().filter(|c| c.id == id::WRITING_APP && c.end - c.body < 4096) {
            let text =
                self.source.bytes(NAME, child.contents(), 4096, phrase!("the writing application", "写入程序名"))?;
            self.found.look("mkv/Segment/Info", "Software", &String::from_utf8_lossy(&text));
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
                    self.astray(kind);
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

    /// The SeekHead points at something else: where it means Tags, they are lost with what they say.
    fn astray(&mut self, kind: u32) {
        let (place, what) =
            ("mkv/Segment/SeekHead", phrase!("a SeekHead that points at something else", "SeekHead 指向其他元素"));
        if kind == id::TAGS {
            self.found.damaged(place, what);
        } else {
            self.found.pass_over(place, what);
        }
    }

    /// The element at an offset, when it is what the index says.
    fn at(&self, at: u64, segment: &Element, kind: u32) -> Option<Element> {
        ebml::read(self.source, at, segment.end).ok().filter(|e| e.id == kind && (!e.unknown || kind == id::CLUSTER))
    }
}
