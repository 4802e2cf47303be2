//! A whole stream decoded and coded anew. Blocks of Vorbis are as long as an encoder likes, so the new ones are others, behind headers
//! of their own; the comments, the number of the stream and its positions stay, and every sample comes when it came.

use std::ops::Range;

use biaoshi_container::ogg::{self, Frame, NO_PACKET, NUMBERS, Numbers};
use biaoshi_container::{Bytes, Limits, Patch, Source, SourceExt, Spool, phrase};

use super::open;
use super::stream::Stream;
use crate::Result;
use crate::samples::{Codec, Coding, Differences, Encoder};
use crate::sound::anew::{Stretch, encode, most, other, read};
use crate::sound::pages::{NAME, Pages, lost, packets, refused};

/// The flag of a stream's first page.
const FIRST: u8 = 2;

/// The change that adds to every sample that is played.
///
/// # Errors
/// I/O, limits; [`crate::Error::Unable`] for damage, and what the encoder says.
pub(in crate::sound) fn anew(
    source: &dyn Source,
    differences: &mut dyn Differences,
    encoder: &dyn Encoder,
    limits: &Limits,
) -> Result<Patch> {
    let stream = Stream::read(source, limits)?;
    let [identification, comments, _] = headers(source, limits)?;
    let content = stream.sound..stream.course.last.end();
    let rate = stream.setup.rate;
    let decoded = decoded(source, &stream, limits)?;
    // What lies before the first position is decoded, and not played (Annex A.2).
    let hidden = stream.first.hidden;
    let frames = decoded.saturating_sub(hidden);
    let mut sound = open(source, limits)?;
    let channels = sound.channels();
    let mean = (content.end - content.start).saturating_mul(8 * u64::from(rate)) / frames.max(1);
    let coding = Coding {
        codec: Codec::Vorbis,
        rate,
        channels,
        bitrate: nominal(&identification).unwrap_or_else(|| u32::try_from(mean).unwrap_or(u32::MAX)),
        constant: false,
        most: most(frames, channels),
    };
    let stretch = Stretch {
        played: hidden..u64::MAX,
        later: -i64::try_from(hidden).unwrap_or(i64::MAX),
        decoded: Some(decoded),
        frames,
        scale: 1.0,
    };
    let coded = encode(sound.as_mut(), differences, encoder, &coding, &stretch)?;
    let numbers = stream.course.last.numbers();
    let new = read(coded, &mut |coded| {
        let made = Stream::read(coded, &Limits::default()).map_err(|_| other())?;
        let is_same = (made.setup.rate, made.start, made.end) == (rate, 0, frames);
        let [identification, _, setup] = headers(coded, &Limits::default()).map_err(|_| other())?;
        // Behind seven bytes of name and four of the version.
        if !is_same || identification.get(11).copied().map(usize::from) != Some(channels) {
            return Err(other());
        }
        rewritten(coded, made.sound, [&identification, &comments, &setup], Numbers { granule: stream.start, ..numbers })
    })?;
    let mut patch = Patch::new();
    patch.replace(0..content.end, new);
    Ok(patch)
}

/// Sample frames that decoders give, by the lengths of the blocks.
///
/// # Errors
/// I/O, limits; [`crate::Error::Unable`] for damage, and for a stream with holes.
fn decoded(source: &dyn Source, stream: &Stream, limits: &Limits) -> Result<u64> {
    let (mut frames, mut before): (u64, Option<Vec<u8>>) = (0, None);
    packets(source, Pages::new(source, stream.sound, limits), &mut |packet| {
        let head = packet.get(..2).unwrap_or(packet).to_vec();
        frames += stream.setup.frames(before.as_deref(), std::slice::from_ref(&head))?;
        before = Some(head);
        Ok(())
    })?;
    let frames = frames.saturating_sub(stream.last.hidden);
    // Encoders are off by a part of a block at times, as ffmpeg is; what is missing beyond that are packets.
    let stated = stream.end.saturating_sub(stream.start).saturating_add(stream.first.hidden);
    if frames.abs_diff(stated) < stream.setup.size(true) { Ok(frames) } else { Err(lost()) }
}

/// The bitrate that the encoder aimed at, in bits a second, where the header tells it.
fn nominal(identification: &[u8]) -> Option<u32> {
    let bytes = identification.get(20..24).and_then(|bytes| bytes.try_into().ok())?;
    u32::try_from(i32::from_le_bytes(bytes)).ok().filter(|bitrate| *bitrate > 0)
}

/// The three headers of a stream: identification, comments, setup.
fn headers(source: &dyn Source, limits: &Limits) -> Result<[Vec<u8>; 3]> {
    let mut pages = Pages::new(source, 0, limits);
    let what = phrase!("a header", "头部");
    let body: Range<u64> = pages.first()?.body();
    let first = source.bytes(NAME, body, limits.part, what).map_err(refused)?;
    let [comments, setup] = pages.headers([b"\x03vorbis", b"\x05vorbis"])?;
    let [comments, setup] = [comments, setup].map(|packet| packet.bytes(NAME, 0..packet.len(), limits.part, what));
    Ok([first, comments.map_err(refused)?, setup.map_err(refused)?])
}

/// Pages of these headers, and those of sound from a place on, in a stream and from a position on that `numbers` tell.
fn rewritten(coded: &dyn Source, sound: u64, headers: [&[u8]; 3], numbers: Numbers) -> Result<Bytes> {
    let Numbers { serial, granule: start, .. } = numbers;
    let [identification, comments, setup] = headers.map(<[u8]>::to_vec);
    let first = Numbers { flags: FIRST, granule: 0, serial, sequence: 0 };
    let mut out = Spool::new();
    out.push(&ogg::whole(&first, &[identification]).ok_or_else(other)?)?;
    let second = ogg::pages(&[comments, setup], Frame { serial, sequence: 1, pages: 1, last: false });
    second.iter().try_for_each(|page| out.push(page))?;
    let mut sequence = second.len() as u32 + 1;
    for page in Pages::new(coded, sound, &Limits::default()) {
        let page = page?;
        let mut bytes =
            coded.bytes(NAME, page.start..page.end(), u64::MAX, phrase!("a page", "页")).map_err(refused)?;
        let old = page.numbers();
        let granule = if old.granule == NO_PACKET { NO_PACKET } else { old.granule.saturating_add(start) };
        let new = page.changed(Numbers { granule, serial, sequence, ..old });
        let place = bytes.get_mut(NUMBERS.start as usize..NUMBERS.end as usize).ok_or_else(other)?;
        place.copy_from_slice(&new);
        out.push(&bytes)?;
        sequence = sequence.wrapping_add(1);
    }
    Ok(out.finish()?)
}
