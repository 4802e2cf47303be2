//! The label's pages, and what changes on the content's: flags, positions, numbers and check sums.

use biaoshi_container::ogg::{self, NO_PACKET, NUMBERS, Numbers};
use biaoshi_container::{Limits, Patch, Source, said};

use super::{Course, Pages, damaged};
use crate::Result;

/// The flag of a stream's last page.
const LAST: u8 = 4;
/// Most segments of a page.
const SEGMENTS: usize = 255;

/// A packet of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sound) struct Packet {
    pub(in crate::sound) data: Vec<u8>,
    /// Sample frames by which it moves the position.
    pub(in crate::sound) frames: u64,
}

/// The packets of the label on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sound) struct Label {
    pub(in crate::sound) before: Vec<Packet>,
    pub(in crate::sound) behind: Vec<Packet>,
    /// Position of the first of them all.
    pub(in crate::sound) start: u64,
    /// What is added to the positions of the content.
    pub(in crate::sound) shift: u64,
    /// Sample frames at the end of the content that are played now: only a last page may hold more than its position says.
    pub(in crate::sound) trimmed: u64,
    /// Position at the end of the label behind: its last packet may hold more.
    pub(in crate::sound) end: u64,
    /// Sample frames of a page: a second.
    pub(in crate::sound) page: u64,
}

impl Label {
    /// Adds to `patch` what the label changes in a stream of which the sound begins at `at`.
    ///
    /// # Errors
    /// I/O, limits; [`crate::Error::Unable`] for damage.
    pub(in crate::sound) fn plan(
        &self,
        source: &dyn Source,
        at: u64,
        course: &Course,
        limits: &Limits,
        patch: &mut Patch,
    ) -> Result<()> {
        let (last, behind) = (&course.last, !self.behind.is_empty());
        let first = Numbers { flags: 0, granule: self.start, serial: last.serial, sequence: 0 };
        let mut moved = 0u32;
        for (n, page) in Pages::new(source, at, limits).enumerate() {
            let page = page?;
            let mut numbers = page.numbers();
            if n == 0 && !self.before.is_empty() {
                let start = Numbers { sequence: numbers.sequence, ..first };
                let (pages, count) = paged(&self.before, self.page, start, None)?;
                patch.insert(page.start, pages);
                moved = count;
            }
            numbers.sequence = numbers.sequence.wrapping_add(moved);
            if page.granule != NO_PACKET {
                numbers.granule += self.shift;
            }
            if behind {
                numbers.flags &= !LAST;
                if page.start == course.latest.page {
                    numbers.granule += self.trimmed;
                }
            }
            if numbers != page.numbers() {
                patch.replace(page.start + NUMBERS.start..page.start + NUMBERS.end, page.changed(numbers));
            }
        }
        if behind {
            let sequence = last.sequence.wrapping_add(moved).wrapping_add(1);
            let granule = course.latest.position + self.shift + self.trimmed;
            let start = Numbers { sequence, granule, ..first };
            patch.insert(last.end(), paged(&self.behind, self.page, start, last.last().then_some(self.end))?.0);
        }
        Ok(())
    }
}

/// Pages of packets that follow the position and have the number that are given, each of at most so many sample frames, and how
/// many pages these are; they end the stream where its last position is given.
///
/// # Errors
/// [`crate::Error::Unable`] for a packet that no page can hold.
pub(in crate::sound) fn paged(
    packets: &[Packet],
    most: u64,
    mut next: Numbers,
    ends: Option<u64>,
) -> Result<(Vec<u8>, u32)> {
    let (mut out, mut count, mut rest) = (Vec::new(), 0, packets);
    while !rest.is_empty() {
        let (mut frames, mut segments) = (0, 0);
        let fits = |packet: &&Packet| {
            frames += packet.frames;
            segments += packet.data.len() / 255 + 1;
            frames <= most && segments <= SEGMENTS
        };
        // One that is longer than a page has a page of its own.
        let (page, after) = rest.split_at(rest.iter().take_while(fits).count().max(1).min(rest.len()));
        next.granule += page.iter().map(|p| p.frames).sum::<u64>();
        if let Some(end) = ends.filter(|_| after.is_empty()) {
            (next.flags, next.granule) = (LAST, end);
        }
        let data: Vec<Vec<u8>> = page.iter().map(|p| p.data.clone()).collect();
        let too_large = || damaged(said!("packets too large for a page", "包过大,放不进一页"));
        out.extend(ogg::whole(&next, &data).ok_or_else(too_large)?);
        next.sequence = next.sequence.wrapping_add(1);
        (count, rest) = (count + 1, after);
    }
    Ok((out, count))
}
