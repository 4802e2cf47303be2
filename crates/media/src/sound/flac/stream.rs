//! The frames of a stream, decoded one after the other.

use std::io;
use std::ops::Range;

use biaoshi_container::flac::{self, FrameHeader, LONGEST, STREAMINFO, StreamInfo};
use biaoshi_container::{Limits, Message, Source, SourceExt, phrase, said};
use claxon::Block;
use claxon::frame::FrameReader;
use claxon::input::ReadBytes;

use super::NAME;
use crate::reason::DECODER;
use crate::work;
use crate::{Error, Result};

/// Most frames: so many of silence, and one for so many bytes. What is kept of a frame stays small beside the file.
const FRAMES: u64 = 100_000;
const BYTES: u64 = 512;
/// Most bytes of a frame, as STREAMINFO can count them.
const FRAME: u64 = 0xff_ffff;
/// Work of a sample: it is decoded twice, summed up twice, and listened to.
const STEPS: u64 = 4;
/// Bytes that are read in one go.
const STEP: u64 = 64 << 10;

/// A stream that can be worked on.
pub(super) struct Stream {
    pub(super) info: StreamInfo,
    /// The data of STREAMINFO.
    pub(super) info_at: Range<u64>,
    pub(super) blocks: Vec<flac::Block>,
    /// Offset of the first frame.
    pub(super) first: u64,
}

/// One frame of the content.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) span: Range<u64>,
    pub(super) header: FrameHeader,
}

impl Stream {
    /// Reads what stands in front of the frames.
    pub(super) fn open(source: &dyn Source, limits: &Limits) -> Result<std::result::Result<Self, Message>> {
        let start = flac::start(source)?;
        let (blocks, first) = flac::blocks(source, start, limits)?;
        let info_at = blocks.first().filter(|b| b.kind == STREAMINFO).map(|b| b.data.clone());
        let damaged = || {
            biaoshi_container::Error::invalid(
                NAME,
                start,
                phrase!("the first metadata block is not STREAMINFO", "首个元数据块不是 STREAMINFO"),
            )
        };
        let info_at = info_at.ok_or_else(damaged)?;
        let bytes = source.array::<34>(NAME, info_at.start, phrase!("STREAMINFO", "STREAMINFO 块"))?;
        let info = StreamInfo::parse(&bytes).ok_or_else(damaged)?;
        if !matches!(info.bits, 8 | 12 | 16 | 20 | 24) {
            return Ok(Err(DECODER.with([said!("FLAC samples of {} bits", "FLAC 采样为 {} 位", info.bits).into()])));
        }
        Ok(Ok(Self { info, info_at, blocks, first }))
    }

    /// Samples of a frame that may be followed by others.
    pub(super) fn block(&self, frames: &[Frame]) -> usize {
        let known = usize::from(self.info.block.1);
        let first = frames.first().map_or(4096, |f| f.header.size as usize);
        if known >= 16 { known } else { first.clamp(16, 65_535) }
    }

    /// Decodes every frame; a reason where one cannot be.
    pub(super) fn walk(
        &self,
        source: &dyn Source,
        limits: &Limits,
        visit: &mut dyn FnMut(&Block),
    ) -> Result<std::result::Result<Vec<Frame>, Message>> {
        let mut input = Input { source, at: self.first, buffer: Vec::new(), used: 0 };
        let (mut frames, mut buffer, mut count) = (Vec::new(), Vec::new(), 0u64);
        let stop = |why: Message| Ok(Err(DECODER.with([why.into()])));
        loop {
            let start = input.position();
            // What follows the last sample is no frame.
            if start >= source.len() || (self.info.total > 0 && count >= self.info.total) {
                return Ok(Ok(frames));
            }
            let mut head = [0; LONGEST];
            let got = source.read_at(start, &mut head)?;
            let Some(header) = FrameHeader::parse(head.get(..got).unwrap_or_default()) else {
                return stop(said!("no frame at offset {}", "偏移 {} 处没有帧", start));
            };
            let block = match FrameReader::new(&mut input).read_next_or_eof(buffer) {
                Ok(Some(block)) => block,
                Ok(None) => return stop(said!("no frame at offset {}", "偏移 {} 处没有帧", start)),
                Err(claxon::Error::IoError(e)) if e.kind() != io::ErrorKind::UnexpectedEof => return Err(e.into()),
                Err(e) => {
                    let what = Message::pair(e.to_string(), format!("帧无法解码(解码器原文:{e})"));
                    return stop(said!("{} at offset {}", "{}(偏移 {})", what, start));
                }
            };
            if let Err(reason) = self.fits(&header, &block, frames.first(), frames.len()) {
                return Ok(Err(reason));
            }
            if frames.len() as u64 > FRAMES + source.len() / BYTES || input.position() - start > FRAME {
                return stop(said!(
                    "too many frames or too large a frame at offset {}",
                    "偏移 {} 处帧过多或过大",
                    start
                ));
            }
            count += u64::from(block.duration());
            // Silence of an hour is a few kilobytes.
            work::check(NAME, source, count.saturating_mul(u64::from(block.channels()) * STEPS), limits)?;
            if count / u64::from(self.info.rate.max(1)) > limits.seconds {
                let what = phrase!("the length of the sound in seconds", "音频时长(秒)");
                let error = biaoshi_container::Error::limit(NAME, what, limits.seconds, "--limit-seconds");
                return Err(Error::Container(error));
            }
            visit(&block);
            buffer = block.into_buffer();
            frames.push(Frame { span: start..input.position(), header });
        }
    }

    /// Whether a frame is of one kind with the stream.
    fn fits(
        &self,
        header: &FrameHeader,
        block: &Block,
        first: Option<&Frame>,
        count: usize,
    ) -> std::result::Result<(), Message> {
        let [_, codes] = header.codes;
        let bits = [0, 8, 12, 0, 16, 20, 24, 0].get(usize::from(codes >> 1 & 7)).copied().unwrap_or(0);
        let same = block.channels() == u32::from(self.info.channels)
            && bits == self.info.bits
            && first.is_none_or(|f| f.header.variable == header.variable);
        let other = || said!("frame {} is of another kind than the stream", "第 {} 帧与流的参数不同", count);
        if same { Ok(()) } else { Err(DECODER.with([other().into()])) }
    }
}

/// A source as the decoder reads it, with its place.
struct Input<'a> {
    source: &'a dyn Source,
    /// Where the buffer begins.
    at: u64,
    buffer: Vec<u8>,
    used: usize,
}

impl Input<'_> {
    fn position(&self) -> u64 {
        self.at + self.used as u64
    }

    /// Bytes that were read and not used; empty at the end.
    fn ready(&mut self) -> io::Result<&[u8]> {
        if self.used >= self.buffer.len() {
            self.at = self.position();
            self.used = 0;
            let size = STEP.min(self.source.len().saturating_sub(self.at));
            self.buffer.resize(size as usize, 0);
            let got = self.source.read_at(self.at, &mut self.buffer)?;
            self.buffer.truncate(got);
        }
        Ok(self.buffer.get(self.used..).unwrap_or_default())
    }
}

impl ReadBytes for Input<'_> {
    fn read_u8(&mut self) -> io::Result<u8> {
        self.read_u8_or_eof()?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn read_u8_or_eof(&mut self) -> io::Result<Option<u8>> {
        let byte = self.ready()?.first().copied();
        self.used += usize::from(byte.is_some());
        Ok(byte)
    }

    fn read_into(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        for slot in buffer {
            *slot = self.read_u8()?;
        }
        Ok(())
    }

    fn skip(&mut self, amount: u32) -> io::Result<()> {
        for _ in 0..amount {
            self.read_u8()?;
        }
        Ok(())
    }
}
