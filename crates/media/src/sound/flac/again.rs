//! A whole stream coded again, with something added to its samples: frames keep their lengths, seek points their samples.

use biaoshi_container::flac::{FrameHeader, LONGEST, SEEKTABLE};
use biaoshi_container::{Bytes, Limits, Message, Patch, Source, SourceExt, Spool, phrase, said};
use claxon::Block;
use md5::{Digest, Md5};

use super::coder::Shape;
use super::layout::moved_points;
use super::stream::Stream;
use super::{NAME, scale, stored};
use crate::reason::DECODER;
use crate::samples::Differences;
use crate::sound::marked::Marked;
use crate::{Error, Result};

/// The change that adds to every sample.
///
/// # Errors
/// I/O, damage, limits; [`Error::Unable`] for frames that cannot be decoded.
pub(super) fn add(source: &dyn Source, differences: &mut dyn Differences, limits: &Limits) -> Result<Patch> {
    let stream = Stream::open(source, limits)?.map_err(Error::Unable)?;
    let mut head = [0; LONGEST];
    let got = source.read_at(stream.first, &mut head)?;
    let Some(header) = FrameHeader::parse(head.get(..got).unwrap_or_default()) else {
        return Err(unable(said!("a stream without frames", "流中没有帧")));
    };
    let mut coder = Coder::new(&stream, header);
    let mut interleaved = Vec::new();
    let unit = scale(stream.info.bits);
    let walked = stream.walk(source, limits, &mut |block: &Block| {
        let channels: Vec<Vec<i32>> = (0..block.channels()).map(|n| block.channel(n).to_vec()).collect();
        interleaved.clear();
        for at in 0..block.duration() as usize {
            interleaved.extend(channels.iter().filter_map(|c| c.get(at)).map(|s| *s as f32 * unit));
        }
        coder.marked.push(channels);
        differences.pass(&interleaved, &mut coder.marked.told);
        coder.code();
    })?;
    let frames = walked.map_err(Error::Unable)?;
    differences.rest(&mut coder.marked.told);
    coder.code();
    let Some(last) = frames.last() else {
        return Err(unable(said!("a stream without frames", "流中没有帧")));
    };
    let mut patch = Patch::new();
    patch.replace(stream.first..last.span.end, coder.finish()?);
    for block in stream.blocks.iter().filter(|b| b.kind == SEEKTABLE) {
        let table = source.bytes(NAME, block.data.clone(), limits.part, phrase!("the seek table", "SEEKTABLE 块"))?;
        patch.replace(block.data.clone(), moved_points(&table, &stream, &frames, &coder.starts, 0, None));
    }
    let mut info = stream.info.clone();
    if info.frame.0 > 0 && info.frame.1 > 0 {
        info.frame = coder.bounds;
    }
    if info.md5 != [0; 16] {
        info.md5 = coder.md5.finalize().into();
    }
    let info = info
        .encode()
        .ok_or_else(|| unable(said!("larger frames than STREAMINFO can count", "帧长超出 STREAMINFO 的计数范围")))?;
    patch.replace(stream.info_at.start..stream.info_at.start + 34, info);
    Ok(patch)
}

fn unable(why: Message) -> Error {
    Error::Unable(DECODER.with([why.into()]))
}

/// Codes frames as soon as all that is added to them is told.
struct Coder {
    shape: Shape,
    marked: Marked,
    out: Spool,
    /// What went wrong with it.
    failed: Option<std::io::Error>,
    /// Where each frame is now, from the first one on.
    starts: Vec<u64>,
    /// Least and most bytes of a frame.
    bounds: (u32, u32),
    number: u64,
    md5: Md5,
}

impl Coder {
    fn new(stream: &Stream, header: FrameHeader) -> Self {
        let number = header.number;
        Self {
            shape: Shape { header, bits: stream.info.bits.into() },
            marked: Marked::new(stream.info.bits.into()),
            out: Spool::new(),
            failed: None,
            starts: vec![0],
            bounds: (u32::MAX, 0),
            number,
            md5: Md5::new(),
        }
    }

    fn code(&mut self) {
        while let Some(frame) = self.marked.next() {
            let samples: Vec<&[i32]> = frame.iter().map(Vec::as_slice).collect();
            self.md5.update(stored(&samples, self.shape.bits));
            let coded = self.shape.frame(&samples, self.number);
            self.number += if self.shape.header.variable { samples.first().map_or(0, |c| c.len()) as u64 } else { 1 };
            let size = coded.len() as u32;
            self.bounds = (self.bounds.0.min(size), self.bounds.1.max(size));
            if self.failed.is_none() {
                self.failed = self.out.push(&coded).err();
            }
            self.starts.push(self.starts.last().copied().unwrap_or(0) + u64::from(size));
        }
    }

    /// The coded frames.
    fn finish(&mut self) -> Result<Bytes> {
        match self.failed.take() {
            Some(failed) => Err(failed.into()),
            None => Ok(std::mem::take(&mut self.out).finish()?),
        }
    }
}
