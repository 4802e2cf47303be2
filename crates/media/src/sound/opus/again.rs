//! A whole stream decoded and coded anew: as many packets as before, each with the samples of the old one of its number, on new
//! pages. What players leave out at the ends stays what it was.

use biaoshi_container::ogg::{self, Numbers};
use biaoshi_container::{Bytes, Limits, Patch, Source, Spool, phrase};
use opus_pure::packet;

use super::stream::{Head, Stream, told};
use super::{RATE, open};
use crate::reason::DECODER;
use crate::samples::{Codec, Coding, Differences, Encoder};
use crate::sound::anew::{Sizes, Stretch, encode, most, other, read};
use crate::sound::pages::{self, Packet, Pages, damaged, lost, no_sound, paged, refused};
use crate::{Error, Result};

/// Sample frames by which what libopus codes is late, once it is decoded: 2.5 ms, and 4 ms in which its two codings meet. Packets
/// under 10 ms have but one coding.
fn late(packet: u64) -> u16 {
    if packet < 480 { 120 } else { 312 }
}

/// Bits a second of each channel that it codes.
const BITRATES: [u32; 2] = [6_000, 256_000];

/// The change that adds to every sample that is played.
///
/// # Errors
/// I/O, limits; [`Error::Unable`] for streams that no packets can be coded for, damage, and what the encoder says.
pub(super) fn anew(
    source: &dyn Source,
    differences: &mut dyn Differences,
    encoder: &dyn Encoder,
    limits: &Limits,
) -> Result<Patch> {
    let stream = Stream::read(source, limits)?;
    let packets = Packets::of(source, Pages::new(source, stream.sound, limits))?;
    let frames = packets.sizes.count().saturating_mul(packets.each);
    // Positions that count otherwise tell of holes, which new pages would close.
    if stream.start.checked_add(frames) != stream.end.checked_add(stream.trimmed) {
        return Err(lost());
    }
    let channels = usize::from(stream.head.channels);
    let bitrate = packets.sizes.bitrate(packets.each, RATE);
    let [least, greatest] = BITRATES.map(|bitrate| bitrate * u32::from(stream.head.channels));
    let coding = Coding {
        codec: Codec::Opus { frames: packets.each },
        rate: RATE,
        channels,
        bitrate: bitrate.clamp(least, greatest),
        constant: false,
        most: most(frames, channels),
    };
    let stretch = Stretch {
        played: 0..u64::MAX,
        later: i64::from(stream.head.skipped) - i64::from(late(packets.each)),
        decoded: Some(stream.played()),
        frames,
        // The header's gain is applied once more to what is decoded of the new packets.
        scale: libm::powf(10.0, -f32::from(stream.head.gain) / (20.0 * 256.0)),
    };
    let mut sound = open(source, limits)?;
    let coded = encode(sound.as_mut(), differences, encoder, &coding, &stretch)?;
    let first = ogg::page(source, stream.sound).map_err(refused)?.ok_or_else(|| damaged(no_sound()))?;
    let numbers = Numbers { flags: 0, granule: stream.start, ..first.numbers() };
    let ends = stream.course.last.last().then_some(stream.end);
    let new = on_pages(coded, &packets, &stream.head, numbers, ends)?;
    let mut patch = Patch::new();
    patch.replace(stream.sound..stream.course.last.end(), new);
    Ok(patch)
}

/// The packets of a stream.
struct Packets {
    /// Sample frames of each.
    each: u64,
    sizes: Sizes,
}

impl Packets {
    fn of(source: &dyn Source, pages: Pages<'_>) -> Result<Self> {
        let mut packets = Self { each: 0, sizes: Sizes::default() };
        pages::packets(source, pages, &mut |data| {
            let frames = packet::samples_48k(data).map_err(|e| damaged(told(&e)))? as u64;
            if packets.sizes.count() > 0 && frames != packets.each {
                let why = phrase!("packets of several lengths", "包的时长不一");
                return Err(Error::Unable(DECODER.with([why.into()])));
            }
            packets.each = frames;
            packets.sizes.add(data.len());
            Ok(())
        })?;
        Ok(packets)
    }
}

/// The first of the coded packets, as many as there were, on pages of a second that follow these numbers.
fn on_pages(coded: Bytes, old: &Packets, head: &Head, mut next: Numbers, ends: Option<u64>) -> Result<Bytes> {
    let (all, mut count) = (old.sizes.count(), 0);
    let (mut out, mut waiting) = (Spool::new(), Vec::new());
    read(coded, &mut |coded| {
        let mut pages = Pages::new(coded, 0, &Limits::default());
        let first = pages.first().map_err(|_| other())?;
        let made = Head::read(coded, &first).map_err(|_| other())?;
        pages.headers([b"OpusTags"]).map_err(|_| other())?;
        if (made.channels, made.skipped) != (head.channels, late(old.each)) {
            return Err(other());
        }
        pages::packets(coded, pages, &mut |data| {
            if count == all {
                return Ok(());
            }
            if packet::samples_48k(data).ok().is_none_or(|frames| frames as u64 != old.each) {
                return Err(other());
            }
            count += 1;
            waiting.push(Packet { data: data.to_vec(), frames: old.each });
            let is_last = count == all;
            if is_last || waiting.len() as u64 * old.each >= u64::from(RATE) {
                let (bytes, pages) = paged(&waiting, RATE.into(), next, ends.filter(|_| is_last))?;
                out.push(&bytes)?;
                next.sequence = next.sequence.wrapping_add(pages);
                next.granule += waiting.len() as u64 * old.each;
                waiting.clear();
            }
            Ok(())
        })
    })?;
    if count == all { Ok(out.finish()?) } else { Err(other()) }
}
