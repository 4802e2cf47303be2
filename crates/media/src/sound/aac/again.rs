//! A whole stream decoded and coded anew: as many frames as before, each with the samples of the old one of its number.

use biaoshi_container::{Bytes, Limits, Patch, Source, SourceExt, Spool, phrase};

use super::adts::{Frame, HEADER, Stream};
use super::coder::{Coder, FRAME};
use super::{NAME, open};
use crate::reason::DECODER;
use crate::samples::{Codec, Coding, Differences, Encoder};
use crate::sound::anew::{Sizes, Stretch, encode, most, other, read};
use crate::{Error, Result};

/// Samples by which what is coded is late, once it is decoded: the overlap of the first frame with nothing.
const LATE: i64 = FRAME as i64;
/// Most bytes of a frame, as its header counts.
const LONGEST: u64 = 1 << 13;

/// The change that adds to every sample.
///
/// # Errors
/// I/O, limits; [`Error::Unable`] for streams that no frames can be coded for, damage, and what the encoder says.
pub(super) fn anew(
    source: &dyn Source,
    differences: &mut dyn Differences,
    encoder: &dyn Encoder,
    limits: &Limits,
) -> Result<Patch> {
    let stream = Stream::read(source, limits)?.map_err(Error::Unable)?;
    if !stream.whole {
        let why = phrase!("damage among the frames", "帧之间有损坏");
        return Err(Error::Unable(DECODER.with([why.into()])));
    }
    let mut sound = open(source, limits)?;
    let (mut sizes, mut at) = (Sizes::default(), stream.content.start);
    while let Some(frame) = Frame::read(source, at)?.filter(|_| at < stream.content.end) {
        sizes.add((frame.length - HEADER) as usize);
        at += frame.length;
    }
    let coding = coding(&stream.coder, sound.channels(), &sizes);
    let coded = encode(sound.as_mut(), differences, encoder, &coding, &whole(stream.blocks))?;
    let mut out = Spool::new();
    blocks(coded, &stream.coder, stream.blocks, &mut |block| {
        let frame = stream.frames(&[block.to_vec()]).ok_or_else(other)?;
        Ok(out.push(&frame)?)
    })?;
    let mut patch = Patch::new();
    patch.replace(stream.content.clone(), out.finish()?);
    Ok(patch)
}

/// What an encoder is asked for in the place of frames of these sizes.
pub(in crate::sound) fn coding(coder: &Coder, channels: usize, sizes: &Sizes) -> Coding {
    let samples = sizes.count().saturating_mul(FRAME as u64);
    Coding {
        codec: Codec::Aac,
        rate: coder.rate,
        channels,
        bitrate: sizes.bitrate(FRAME as u64, coder.rate),
        constant: false,
        most: most(samples, channels),
    }
}

/// All of so many frames.
pub(in crate::sound) fn whole(frames: u64) -> Stretch {
    let frames = frames.saturating_mul(FRAME as u64);
    Stretch { played: 0..u64::MAX, later: -LATE, decoded: Some(frames), frames, scale: 1.0 }
}

/// The first raw data blocks of a stream of ADTS: as many as there were.
///
/// # Errors
/// I/O, those of `tell`; [`Error::Unable`] where there are fewer, or they are of another kind.
pub(in crate::sound) fn blocks(
    coded: Bytes,
    coder: &Coder,
    count: u64,
    tell: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    read(coded, &mut |coded| {
        let mut at = 0;
        for _ in 0..count {
            let frame = Frame::read(coded, at)?.filter(|frame| frame.is_of(coder));
            let Some(frame) = frame else { return Err(other()) };
            let bytes = coded.bytes(NAME, at + HEADER..at + frame.length, LONGEST, phrase!("a frame", "帧"))?;
            tell(&bytes)?;
            at += frame.length;
        }
        Ok(())
    })
}
