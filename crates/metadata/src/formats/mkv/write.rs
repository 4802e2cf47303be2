//! Writing: the label's Tags go where nothing has to move (their own place, or a Void); else they go before the first
//! cluster, where every reader sees them, and everything that points behind it is told. Where that cannot be done, they
//! go to the end of the segment, and the SeekHead is told.

use std::ops::Range;

use biaoshi_container::ebml::{self, Budget, Element};
use biaoshi_container::{Error, Limits, Patch, Result, Shifts, Source, SourceExt, phrase};
use biaoshi_label::Label;

use super::extent::{end_of, is_level_one};
use super::read::Layout;
use super::{NAME, id, index, tags};
use crate::format::Writer;

/// Bytes that stay free behind a SeekHead when a label takes the rest: its entry for the Tags needs up to 21.
const SEEK_ROOM: u64 = 64;
/// Rounds until all positions agree; each round can only make a position longer.
const ROUNDS: usize = 12;

/// Where the Tags with the label go.
struct Spot {
    /// Bytes that are replaced.
    range: Range<u64>,
    /// Empty room left in front of the Tags.
    lead: u64,
    /// The Tags, and the room behind them.
    bytes: Vec<u8>,
    /// Whether this is where Tags stood before.
    home: bool,
}

/// One plan in the making.
struct Plan<'a> {
    layout: &'a Layout,
    source: &'a dyn Source,
    limits: &'a Limits,
    segment: Element,
    /// Contents of the Tags, label included.
    body: Vec<u8>,
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let segment = self.segment.ok_or_else(|| Error::truncated(NAME, 0, phrase!("the file", "内容")))?;
        let mut all = self.tags.iter().chain(self.strays.iter().flat_map(|s| &s.tags));
        if let Some(bad) = all.find(|t| t.damaged) {
            return Err(Error::invalid(
                NAME,
                bad.element.start,
                phrase!("the Tags are damaged and cannot be changed", "Tags 有误,无法修改"),
            ));
        }
        let tag = tags::tag(&label.to_json());
        let body = match self.tags.first() {
            Some(home) => tags::contents(source, home, &tag, limits)?,
            None => tag,
        };
        let plan = Plan { layout: self, source, limits, segment, body };
        for spot in plan.spots() {
            if let Some(patch) = plan.still(&spot)? {
                return plan.finish(patch);
            }
        }
        let moving = plan.moving();
        if moving.is_err()
            && let Some(patch) = plan.end().map(|spot| plan.still(&spot)).transpose()?.flatten()
        {
            return plan.finish(patch);
        }
        plan.finish(moving?)
    }
}

/// An element and, behind it, the Void that makes it exactly `room` bytes long; `None` where it does not fit.
fn fit(kind: u32, body: &[u8], room: u64) -> Option<Vec<u8>> {
    (1..=8).find_map(|width| {
        let mut bytes = ebml::encode_wide(kind, body, width);
        bytes.extend(ebml::void(room.checked_sub(bytes.len() as u64)?)?);
        Some(bytes)
    })
}

impl Plan<'_> {
    /// The places that may do without moving anything, best first.
    fn spots(&self) -> Vec<Spot> {
        let mut spots = Vec::new();
        let home = self.layout.tags.first().map(|t| t.element);
        if let Some(home) = &home {
            let end = self.void_behind(home.end);
            if let Some(bytes) = fit(id::TAGS, &self.body, end - home.start) {
                spots.push(Spot { range: home.start..end, lead: 0, bytes, home: true });
            } else if end == self.segment.end {
                let bytes = ebml::encode(id::TAGS, &self.body);
                spots.push(Spot { range: home.start..end, lead: 0, bytes, home: true });
            }
        }
        let first = self.layout.first_cluster().unwrap_or(self.segment.end);
        let bytes = ebml::encode(id::TAGS, &self.body);
        let mut before = None;
        for child in self.layout.children.iter().take_while(|c| c.start < first) {
            let needed = bytes.len() as u64 + if before == Some(id::SEEK_HEAD) { SEEK_ROOM } else { 0 };
            let lead = (child.end - child.start).checked_sub(bytes.len() as u64);
            if child.id == ebml::VOID
                && child.end - child.start >= needed
                && let Some(lead) = lead.filter(|n| *n != 1)
            {
                spots.push(Spot { range: child.range(), lead, bytes: bytes.clone(), home: false });
                break;
            }
            before = Some(child.id);
        }
        spots
    }

    /// The end of the segment: there only readers that follow a SeekHead see Tags.
    fn end(&self) -> Option<Spot> {
        let end = self.segment.end;
        let open = self.segment.unknown && end != self.source.len();
        let bytes = ebml::encode(id::TAGS, &self.body);
        let spot = Spot { range: end..end, lead: 0, bytes, home: false };
        (self.seek_heads().next().is_some() && !open).then_some(spot)
    }

    fn seek_heads(&self) -> impl Iterator<Item = &Element> {
        self.layout.children.iter().filter(|c| c.id == id::SEEK_HEAD)
    }

    /// The end of the run of Voids that starts at `at`.
    fn void_behind(&self, at: u64) -> u64 {
        let from = self.layout.children.partition_point(|c| c.start < at);
        let mut end = at;
        for child in self.layout.children.iter().skip(from) {
            if child.id != ebml::VOID || child.start != end {
                break;
            }
            end = child.end;
        }
        end
    }

    /// The patch for a spot, where nothing else moves.
    fn still(&self, spot: &Spot) -> Result<Option<Patch>> {
        let patch = self.round(spot, &Patch::new(), None)?;
        let at = spot.range.start;
        let shifts = patch.shifts();
        let moves = |c: &Element| c.start != at && shifts.at(c.start) != 0;
        let patch = self.round(spot, &patch, None)?;
        Ok((!self.layout.children.iter().any(moves)).then_some(patch))
    }

    /// The patch that moves what lies behind the Tags.
    fn moving(&self) -> Result<Patch> {
        let bytes = ebml::encode(id::TAGS, &self.body);
        let spot = match self.layout.tags.first() {
            Some(home) => Spot { range: home.element.range(), lead: 0, bytes, home: true },
            None => {
                let at = self.layout.first_cluster().unwrap_or(self.segment.end);
                Spot { range: at..at, lead: 0, bytes, home: false }
            }
        };
        let cues = self.layout.children.iter().find(|c| c.id == id::CUES).copied();
        let mut patch = Patch::new();
        for _ in 0..ROUNDS {
            let next = self.round(&spot, &patch, cues.as_ref())?;
            if next == patch {
                self.clusters(&mut patch)?;
                return Ok(patch);
            }
            patch = next;
        }
        Err(Error::unsupported(NAME, phrase!("an index whose positions do not settle", "位置无法确定的索引")))
    }

    /// All edits, with positions as they are after `last`.
    fn round(&self, spot: &Spot, last: &Patch, cues: Option<&Element>) -> Result<Patch> {
        let mut patch = Patch::new();
        let mut spot_range = spot.range.clone();
        let mut lead = spot.lead;
        for (number, tags) in self.layout.tags.iter().enumerate() {
            let element = tags.element;
            if number == 0 {
                if !spot.home {
                    patch.replace(element.range(), ebml::void(element.end - element.start).unwrap_or_default());
                }
            } else if !tags.labels.is_empty() {
                patch.replace(element.range(), self.cleared(tags)?);
            }
        }
        let shifts = last.shifts();
        let new = self.landing(spot, &shifts, !last.is_empty());
        let mut told = self.is_told()?;
        for head in self.seek_heads() {
            let body = self.seek_head(head, new, &shifts, !told)?;
            told = true;
            let mut end = self.void_behind(head.end);
            let shared = head.end == spot.range.start && spot.lead > 0;
            if shared {
                // The Void behind the SeekHead serves both.
                end = head.end + spot.lead;
            } else if end > spot.range.start && head.end <= spot.range.start {
                end = spot.range.start;
            }
            let old =
                self.source.bytes(NAME, head.contents(), self.limits.part, phrase!("the SeekHead", "SeekHead"))?;
            if body == old {
                continue;
            }
            let bytes = fit(id::SEEK_HEAD, &body, end - head.start);
            patch.replace(head.start..end, bytes.unwrap_or_else(|| ebml::encode(id::SEEK_HEAD, &body)));
            if shared {
                spot_range.start = end;
                lead = 0;
            }
        }
        let mut bytes = ebml::void(lead).unwrap_or_default();
        bytes.extend(&spot.bytes);
        patch.replace(spot_range, bytes);
        if let Some(cues) = cues {
            let moved = |position: u64| self.moved(position, &shifts);
            let body = index::cues(self.source, cues, self.limits, &mut Budget::new(self.limits), &moved)?;
            let width = usize::try_from(cues.body - cues.size_at).unwrap_or(1);
            patch.replace(cues.range(), ebml::encode_wide(id::CUES, &body, width));
        }
        Ok(patch)
    }

    /// Other Tags without their labels; nothing moves.
    fn cleared(&self, tags: &tags::Tags) -> Result<Vec<u8>> {
        let room = tags.element.end - tags.element.start;
        if tags.emptied {
            return Ok(ebml::void(room).unwrap_or_default());
        }
        let body = tags::contents(self.source, tags, &[], self.limits)?;
        let at = tags.element.start;
        fit(id::TAGS, &body, room).ok_or_else(|| {
            Error::invalid(NAME, at, phrase!("Tags that cannot do without their label", "Tags 去掉标识后无法成立"))
        })
    }

    /// The position in the segment where the Tags of a spot stand, as things have moved in the last round.
    fn landing(&self, spot: &Spot, shifts: &Shifts, again: bool) -> u64 {
        let start = spot.range.start;
        // An insertion counts as a shift of what stands at its own offset: that is itself.
        let own = if spot.range.is_empty() && again { spot.bytes.len() as u64 } else { 0 };
        let at = start.saturating_add_signed(shifts.at(start)).saturating_sub(own);
        (at + spot.lead).saturating_sub(self.segment.body)
    }

    fn place(&self, position: u64) -> u64 {
        self.segment.body.saturating_add(position)
    }

    fn moved(&self, position: u64, shifts: &Shifts) -> u64 {
        position.saturating_add_signed(shifts.at(self.place(position)))
    }

    /// Whether a SeekHead names the first Tags.
    fn is_told(&self) -> Result<bool> {
        let home = self.layout.tags.first().map(|t| t.element.start);
        for head in self.seek_heads() {
            let entries = index::entries(self.source, head, self.limits, &mut Budget::new(self.limits))?;
            if entries.iter().any(|(kind, at)| *kind == id::TAGS && Some(self.place(*at)) == home) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A SeekHead that knows where everything went, and with `tell` where the Tags are.
    fn seek_head(&self, head: &Element, tags: u64, shifts: &Shifts, tell: bool) -> Result<Vec<u8>> {
        let home = self.layout.tags.first().map(|t| t.element.start);
        // The Tags stand in file order.
        let gone = |at: u64| {
            let found = self.layout.tags.binary_search_by_key(&at, |t| t.element.start);
            found.ok().filter(|n| *n > 0).and_then(|n| self.layout.tags.get(n)).is_some_and(|t| t.emptied)
        };
        let moved = |kind: u32, position: u64| {
            let at = self.place(position);
            let new = if Some(at) == home { tags } else { self.moved(position, shifts) };
            (kind != id::TAGS || !gone(at)).then_some(new)
        };
        let more = tell.then_some((id::TAGS, tags));
        index::seek_head(self.source, head, self.limits, &moved, more)
    }

    /// The positions that clusters say of themselves, when they moved. A check sum over one becomes empty room.
    fn clusters(&self, patch: &mut Patch) -> Result<()> {
        let (mut budget, mut blocks) = (Budget::new(self.limits), Budget::blocks(self.limits));
        let (mut edits, shifts): (Vec<(Range<u64>, Vec<u8>)>, _) = (Vec::new(), patch.shifts());
        let mut at = self.segment.body;
        while at < self.segment.end {
            budget.take()?;
            let child = ebml::read(self.source, at, self.segment.end)?;
            at = match child.unknown {
                true => end_of(self.source, &child, is_level_one, &mut blocks)?,
                false => child.end,
            };
            if child.id == id::CLUSTER && shifts.at(child.start) != 0 {
                edits.extend(self.cluster(&child, &shifts, &mut blocks)?);
            }
        }
        for (range, bytes) in edits {
            patch.replace(range, bytes);
        }
        Ok(())
    }

    fn cluster(&self, cluster: &Element, shifts: &Shifts, budget: &mut Budget) -> Result<Vec<(Range<u64>, Vec<u8>)>> {
        let (mut edits, mut crc, mut at) = (Vec::new(), None, cluster.body);
        while at < cluster.end {
            budget.take()?;
            let child = ebml::read(self.source, at, cluster.end)?;
            at = child.end;
            match child.id {
                ebml::CRC32 => crc = Some(child),
                id::SIMPLE_BLOCK | id::BLOCK_GROUP => break,
                id::POSITION => {
                    let old = self.source.bytes(
                        NAME,
                        child.contents(),
                        8,
                        phrase!("a cluster's position", "Cluster 的位置"),
                    )?;
                    // Zero is what a live stream says.
                    let Some(value) = ebml::uint(&old).filter(|v| *v > 0) else { continue };
                    let new = ebml::uint_bytes(self.moved(value, shifts), old.len());
                    if new.len() == old.len() {
                        edits.push((child.contents(), new));
                    } else {
                        edits.push((child.range(), ebml::void(child.end - child.start).unwrap_or_default()));
                    }
                }
                _ => {}
            }
        }
        if let (Some(crc), false) = (crc, edits.is_empty()) {
            edits.push((crc.range(), ebml::void(crc.end - crc.start).unwrap_or_default()));
        }
        Ok(edits)
    }

    /// The size of the segment, its check sum, which becomes empty room, and the other segments.
    fn finish(&self, mut patch: Patch) -> Result<Patch> {
        let segment = &self.segment;
        for crc in self.layout.children.iter().filter(|c| c.id == ebml::CRC32) {
            patch.replace(crc.range(), ebml::void(crc.end - crc.start).unwrap_or_default());
        }
        if !segment.unknown && patch.growth() != 0 {
            let size = (segment.end - segment.body).saturating_add_signed(patch.growth());
            // Positions count from the contents, so that a wider size field moves none of them.
            let width = usize::try_from(segment.body - segment.size_at).unwrap_or(8);
            let bytes = (width..=8).find_map(|w| ebml::size_bytes(size, w));
            let bytes =
                bytes.ok_or_else(|| Error::unsupported(NAME, phrase!("a segment of that size", "该大小的 Segment")))?;
            patch.replace(segment.size_at..segment.body, bytes);
        }
        // Positions in another segment count from its own contents.
        for stray in &self.layout.strays {
            let labelled: Vec<_> = stray.tags.iter().filter(|t| !t.labels.is_empty()).collect();
            for tags in &labelled {
                patch.replace(tags.element.range(), self.cleared(tags)?);
            }
            if let Some(crc) = stray.crc.filter(|_| !labelled.is_empty()) {
                patch.replace(crc.range(), ebml::void(crc.end - crc.start).unwrap_or_default());
            }
        }
        Ok(patch)
    }
}
