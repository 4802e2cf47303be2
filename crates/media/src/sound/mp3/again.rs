//! A whole stream decoded and coded anew: as many frames as before, each with the samples of the old one of its number, so that what
//! encoder and players leave out at the ends stays what it was.

use biaoshi_container::mpeg::{self, Piece};
use biaoshi_container::{Bytes, Limits, Patch, Source, Spool};

use super::info::{Facts, Info, crc16};
use super::layout::skipped;
use super::sound::open;
use super::stream::{Marks, Stream};
use crate::samples::{Codec, Coding, Differences, Encoder};
use crate::sound::anew::{Sizes, Stretch, encode, most, other, read};
use crate::{Error, Result};

/// Samples by which what LAME codes is late, once it is decoded: 576 of its own, 529 of the decoder.
const LATE: i64 = 576 + 529;

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
    let mut sound = open(source, limits)?;
    let (frames, channels) = (stream.frames * stream.size(), sound.channels());
    let mut sizes = Sizes::default();
    if !stream.constant {
        mpeg::walk(source, stream.content.clone(), &mut |piece| {
            if let Piece::Frame(_, _, frame) = piece {
                sizes.add(frame.len());
            }
            Ok(true)
        })?;
    }
    let coding = Coding {
        codec: Codec::Mp3,
        rate: stream.first.rate,
        channels,
        bitrate: match stream.constant {
            true => stream.first.kilobits.saturating_mul(1000),
            false => sizes.bitrate(stream.size(), stream.first.rate),
        },
        constant: stream.constant,
        most: most(frames, channels),
    };
    let stretch =
        Stretch { played: 0..u64::MAX, later: skipped(&stream) as i64 - LATE, decoded: None, frames, scale: 1.0 };
    let coded = encode(sound.as_mut(), differences, encoder, &coding, &stretch)?;
    let new = New::of(coded, &stream)?;
    let mut patch = Patch::new();
    if let Some(info) = &stream.info {
        patch.replace(info.at..info.at + info.len(), new.told_by(info, &stream));
    }
    patch.replace(stream.content.clone(), new.bytes);
    if let Some(cut) = &stream.cut {
        patch.replace(cut.at..cut.at + cut.bytes.len() as u64, cut.bytes.clone());
    }
    Ok(patch)
}

/// New frames.
struct New {
    bytes: Bytes,
    marks: Marks,
    /// The sum of all.
    music: u16,
}

impl New {
    /// The first of the coded frames: as many as there were.
    fn of(coded: Bytes, stream: &Stream) -> Result<Self> {
        let (mut out, mut marks, mut music, mut count, mut at) = (Spool::new(), Marks::default(), 0, 0, 0);
        let mut is_kind = true;
        read(coded, &mut |coded| {
            Ok(mpeg::walk(coded, 0..coded.len(), &mut |piece| {
                let Piece::Frame(_, header, frame) = piece else { return Ok(false) };
                is_kind &= header.continues(&stream.first) && header.channels() == stream.first.channels();
                marks.add(count, at);
                music = crc16(music, frame);
                out.push(frame).map_err(|e| biaoshi_container::Error::io(super::NAME, e))?;
                at += frame.len() as u64;
                count += 1;
                Ok(is_kind && count < stream.frames)
            })?)
        })?;
        if !is_kind || count < stream.frames {
            return Err(other());
        }
        Ok(Self { bytes: out.finish()?, marks, music })
    }

    /// The frame that tells about them.
    fn told_by(&self, info: &Info, stream: &Stream) -> Vec<u8> {
        let bytes = self.bytes.len();
        let place = |n: u64| info.len() + self.marks.place(n, stream.frames, bytes);
        let frames = stream.frames + u64::from(stream.cut.is_some());
        info.telling(&Facts { frames, bytes: info.len() + bytes, place: &place, music: self.music })
    }
}
