//! The frames of an ADTS stream, header by header (ISO/IEC 14496-3, 1.A.2).

use std::ops::Range;

use biaoshi_container::{Error, Limits, Message, Result, Source, SourceExt, id3, phrase, trailer};

use super::coder::Coder;
use super::{CHANGES, FORM, NAME, RATE, begins, tables};
use crate::reason::DECODER;

/// Bytes of a header without a check sum.
pub(super) const HEADER: u64 = 7;
/// Rates up to this one, in Hz, are those of the core of HE-AAC, which ADTS does not tell apart.
pub(in crate::sound) const DOUBTFUL: u32 = 24_000;
/// What `adts_buffer_fullness` says where the bitrate varies.
const VARIES: u16 = 0x7ff;
/// Bits of the fixed part that have to be the same in all frames: all but `private_bit`, `original` and `home`.
const FIXED: u32 = 0xffff_fdc0;

/// A stream that can be worked on.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) coder: Coder,
    /// The fixed part of the first header, at the top of its four bytes.
    fixed: u32,
    /// From the first frame to behind the last whole one.
    pub(super) content: Range<u64>,
    /// Raw data blocks of the content.
    pub(super) blocks: u64,
    /// Whether nothing but tags stands behind it.
    pub(super) whole: bool,
}

impl Stream {
    /// Walks the file; the reason where it cannot take a label.
    ///
    /// # Errors
    /// I/O, limits, no frame where the sound should begin.
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<std::result::Result<Self, Message>> {
        let start = id3::front(source, begins, &mut |_| Ok(()))?;
        let Some(first) = Frame::read(source, start)? else {
            let what = phrase!("no frame where the sound should begin", "应为音频起始处没有帧");
            return Err(Error::invalid(NAME, start, what));
        };
        let coder = match first.coder(source, start) {
            Ok(coder) => coder,
            Err(reason) => return Ok(Err(reason)),
        };
        let (end, _) = trailer::start(source, start)?;
        let (mut at, mut blocks) = (start, 0);
        while let Some(frame) = Frame::read(source, at)?.filter(|frame| at + frame.length <= end) {
            if frame.fixed & FIXED != first.fixed & FIXED {
                return Ok(Err(CHANGES.message()));
            }
            at += frame.length;
            blocks += frame.blocks;
            if blocks * 1024 / u64::from(coder.rate) > limits.seconds {
                let what = phrase!("the length of the sound in seconds", "音频时长(秒)");
                return Err(Error::limit(NAME, what, limits.seconds, "--limit-seconds"));
            }
        }
        Ok(Ok(Self { coder, fixed: first.fixed, content: start..at, blocks, whole: at == end }))
    }

    /// Raw data blocks as frames of this stream; `None` where one is too long.
    pub(super) fn frames(&self, blocks: &[Vec<u8>]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        for block in blocks {
            let length = u32::try_from(block.len() as u64 + HEADER).ok().filter(|n| *n < 1 << 13)?;
            // Behind the fixed part, which ends in the middle of a byte: no copyright bits, the length, the fullness, one block.
            let [a, b, c, d] = (self.fixed & !0xf | length >> 11).to_be_bytes();
            let rest = (length & 0x7ff) << 13 | u32::from(VARIES) << 2;
            let [_, e, f, g] = rest.to_be_bytes();
            out.extend([a, b, c, d, e, f, g]);
            out.extend_from_slice(block);
        }
        Some(out)
    }
}

/// What one header says.
pub(super) struct Frame {
    /// Its first four bytes.
    fixed: u32,
    pub(super) length: u64,
    blocks: u64,
}

impl Frame {
    /// The frame at `at`; `None` where there is none, or only a part of its header.
    pub(super) fn read(source: &dyn Source, at: u64) -> Result<Option<Self>> {
        let mut bytes = [0; HEADER as usize];
        let got = source.read_at(at, &mut bytes).map_err(|e| Error::io(NAME, e))?;
        let [a, b, c, d, e, f, g] = bytes;
        let length = u64::from(d & 3) << 11 | u64::from(e) << 3 | u64::from(f >> 5);
        let frame = Self { fixed: u32::from_be_bytes([a, b, c, d]), length, blocks: u64::from(g & 3) + 1 };
        let is = got == bytes.len() && a == 0xff && b & 0xf6 == 0xf0 && length > HEADER;
        Ok(is.then_some(frame))
    }

    /// Whether it is one block of LC, of this rate and so many channels, without a check sum.
    pub(super) fn is_of(&self, coder: &Coder) -> bool {
        let (profile, index, channels) = (self.fixed >> 14 & 3, self.fixed >> 10 & 15, self.fixed >> 6 & 7);
        let is_kind = (profile, tables::rate(index), channels) == (1, coder.rate, coder.channels.into());
        is_kind && !self.has_check() && self.blocks == 1
    }

    fn has_check(&self) -> bool {
        self.fixed >> 16 & 1 == 0
    }

    /// What frames of a label have to be like; the reason where none are written.
    fn coder(&self, source: &dyn Source, at: u64) -> std::result::Result<Coder, Message> {
        let (profile, index, channels) = (self.fixed >> 14 & 3, self.fixed >> 10 & 15, self.fixed >> 6 & 7);
        let rate = tables::rate(index);
        // Profiles are object types less 1: LC is 2.
        if profile != 1 {
            return Err(FORM.with([(profile + 1).into()]));
        }
        if self.has_check() {
            return Err(DECODER.with([phrase!("frames with a check sum", "带校验和的帧").into()]));
        }
        if channels == 0 {
            return Err(DECODER.with([phrase!("channels in an element of their own", "声道由独立元素描述").into()]));
        }
        if rate <= DOUBTFUL {
            return Err(RATE.with([rate.into()]));
        }
        let head = source.array::<4>(NAME, at + HEADER, phrase!("a frame", "帧")).unwrap_or_default();
        Ok(Coder { rate, channels: channels as u8, short: is_short(head) })
    }
}

/// Whether a raw data block begins with short windows, or with what ends them: the label has to lead to that.
pub(in crate::sound) fn is_short(head: [u8; 4]) -> bool {
    let bits = u32::from_be_bytes(head);
    let take = |at: u32, count: u32| bits << at >> (32 - count);
    let window = match take(0, 3) {
        // Behind element and instance: a gain, or first whether both channels share a window.
        0 => take(16, 2),
        1 if take(7, 1) == 1 => take(9, 2),
        1 => take(17, 2),
        _ => 0,
    };
    window >= 2
}
