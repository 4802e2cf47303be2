//! What an MP4 says of its AAC (ISO/IEC 14496-3, 1.6.2.1; the descriptors of ISO/IEC 14496-1, 7.2.6).

use biaoshi_container::{Message, phrase};

use super::FILM;
use super::film::Film;
use super::insert::Frames;
use super::tree::word;
use crate::sound::aac::coder::{Coder, FRAME};
use crate::sound::aac::{DOUBTFUL, FORM, RATE, is_short, tables};

/// Object type of Low Complexity.
const LC: u32 = 2;
/// Object type of what makes HE-AAC of it.
const HIGH_EFFICIENCY: u32 = 5;
/// What begins the note that a stream is the core of another one.
const SYNC: u32 = 0x2b7;

/// The coder for the frames of a track, of which the first begins with these bytes; the reason where none are written. `None` for
/// another coding.
pub(super) fn of(film: &Film, head: [u8; 4]) -> Option<Result<Coder, Message>> {
    let description = film.table(b"stsd");
    if description.get(12..16) != Some(b"mp4a") {
        return None;
    }
    let config = config(description);
    Some(
        config
            .ok_or_else(|| {
                FILM.with([
                    phrase!("its description of AAC (`esds`) cannot be read", "无法读取其 AAC 描述(`esds`)").into()
                ])
            })
            .and_then(|config| parse(config, head)),
    )
}

/// Samples of one channel, the same in all channels, as frames.
pub(super) fn encode(coder: Coder, mono: &[f32]) -> Frames {
    Frames { coded: coder.frames(mono), ticks: FRAME as u32, whole: true }
}

/// The bytes of the configuration: the descriptor with tag 5 in the one with tag 4 in `esds`.
fn config(description: &[u8]) -> Option<&[u8]> {
    let at = description.windows(4).position(|w| w == b"esds")?;
    let size = word(description, at.checked_sub(4)?)? as usize;
    let body = description.get(at + 8..at + size.checked_sub(4)?)?;
    // ES_Descriptor: a number of two bytes, and flags of what follows.
    let (_, stream) = descriptor(body, 3)?;
    let flags = *stream.get(2)?;
    let skipped = 3 + if flags & 0x80 > 0 { 2 } else { 0 } + if flags & 0x20 > 0 { 2 } else { 0 };
    // DecoderConfigDescriptor: the kind of object, 0x40 for MPEG-4 audio, and twelve bytes more.
    let (_, decoder) = descriptor(stream.get(skipped..)?, 4)?;
    (decoder.first() == Some(&0x40)).then_some(())?;
    Some(descriptor(decoder.get(13..)?, 5)?.1)
}

/// The descriptor with a tag at the start of some bytes: what is behind it, and its own bytes.
fn descriptor(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, mut rest) = bytes.split_first()?;
    let mut length = 0usize;
    for _ in 0..4 {
        let (byte, behind) = rest.split_first()?;
        (length, rest) = (length << 7 | usize::from(byte & 0x7f), behind);
        if byte & 0x80 == 0 {
            break;
        }
    }
    (*found == tag && length <= rest.len()).then(|| {
        let (own, behind) = rest.split_at(length);
        (behind, own)
    })
}

fn parse(config: &[u8], head: [u8; 4]) -> Result<Coder, Message> {
    let bits =
        config.iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)) << (8 * (8 - config.len().min(8)));
    let take = |at: u32, count: u32| (bits << at >> (64 - count)) as u32;
    let (object, index, channels) = (take(0, 5), take(5, 4), take(9, 4));
    let rate = tables::rate(index);
    if object != LC {
        return Err(FORM.with([object.into()]));
    }
    // Frames of 960 samples, a core of another stream, an extension: nobody writes those for files.
    if take(13, 3) != 0 || !(1..=7).contains(&channels) {
        return Err(FORM.with([format!("{object}/{channels}").into()]));
    }
    // What follows says whether the stream is the core of HE-AAC; where nothing does, low rates may be one.
    let told = config.len() > 4 && take(16, 11) == SYNC;
    let core = if told { take(27, 5) != HIGH_EFFICIENCY || take(32, 1) == 1 } else { rate <= DOUBTFUL };
    if core || tables::bands(rate).is_none() {
        return Err(RATE.with([rate.into()]));
    }
    Ok(Coder { rate, channels: channels as u8, short: is_short(head) })
}
