//! The label's pages, and what changes on the content's: flags, positions, numbers and check sums.

use biaoshi_container::ogg::{self, NO_PACKET, NUMBERS, Numbers};
use biaoshi_container::{Limits, Patch, Source, said};

use super::coder::PACKET;
use super::stream::{Pages, Stream, damaged};
use crate::Result;

/// Packets of a page: a second of sound (RFC 7845 section 6).
const PACKETS: usize = 50;
/// The flag of a stream's last page.
const LAST: u8 = 4;

/// The packets of the label on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) before: Vec<Vec<u8>>,
    pub(super) behind: Vec<Vec<u8>>,
    /// Sample frames by which either makes the sound longer.
    pub(super) frames: u64,
}

impl Label {
    /// Sample frames by which the content moves.
    pub(super) fn shift(&self) -> u64 {
        if self.before.is_empty() { 0 } else { self.frames }
    }
}

/// Adds to `patch` what a label changes.
///
/// # Errors
/// I/O, limits; [`crate::Error::Unable`] for damage.
pub(super) fn plan(
    source: &dyn Source,
    stream: &Stream,
    label: &Label,
    limits: &Limits,
    patch: &mut Patch,
) -> Result<()> {
    let shift = label.shift();
    let moved = label.before.len().div_ceil(PACKETS) as u32;
    let behind = !label.behind.is_empty();
    for (n, page) in Pages::new(source, stream.sound, limits).enumerate() {
        let page = page?;
        let mut numbers = page.numbers();
        if n == 0 {
            let start = Numbers { flags: 0, granule: stream.start, ..numbers };
            patch.insert(page.start, pages(&label.before, start, None)?);
        }
        numbers.sequence = numbers.sequence.wrapping_add(moved);
        if page.granule != NO_PACKET {
            numbers.granule += shift;
        }
        if behind {
            // Only a last page may hold more than its position says (RFC 7845 section 4.4): all of it is played now.
            numbers.flags &= !LAST;
            if page.start == stream.positioned {
                numbers.granule += stream.trimmed;
            }
        }
        if numbers != page.numbers() {
            patch.replace(page.start + NUMBERS.start..page.start + NUMBERS.end, page.changed(numbers));
        }
    }
    if behind {
        let last = &stream.last;
        let sequence = last.sequence.wrapping_add(moved).wrapping_add(1);
        let granule = stream.end + stream.trimmed + shift;
        let start = Numbers { flags: 0, granule, serial: last.serial, sequence };
        let end = last.last().then_some(stream.end + shift + label.frames);
        patch.insert(last.end(), pages(&label.behind, start, end)?);
    }
    Ok(())
}

/// Sample frames of packets of the label.
fn frames(packets: &[Vec<u8>]) -> u64 {
    (packets.len() * PACKET) as u64
}

/// Pages of packets that follow the position and have the number that are given; they end the stream where its last position is
/// given.
fn pages(packets: &[Vec<u8>], mut next: Numbers, end: Option<u64>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let count = packets.len().div_ceil(PACKETS);
    for (n, part) in packets.chunks(PACKETS).enumerate() {
        next.granule += frames(part);
        if let Some(end) = end.filter(|_| n + 1 == count) {
            (next.flags, next.granule) = (LAST, end);
        }
        let too_large = || damaged(said!("packets too large for a page", "包过大,放不进一页"));
        out.extend(ogg::whole(&next, part).ok_or_else(too_large)?);
        next.sequence = next.sequence.wrapping_add(1);
    }
    Ok(out)
}
