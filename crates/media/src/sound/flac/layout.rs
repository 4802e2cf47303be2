//! What changes when frames come in: the frames behind them, STREAMINFO, seek points and tracks.

use std::ops::Range;

use biaoshi_container::flac::{CUESHEET, FrameHeader, SEEKTABLE, crc16};
use biaoshi_container::{Limits, Message, Patch, Source, SourceExt, phrase, said};
use claxon::Block;
use md5::{Digest, Md5};

use super::coder::Shape;
use super::stream::{Frame, Stream};
use super::{NAME, bytes, hash_label};
use crate::Result;
use crate::reason::DECODER;

/// Bytes of a seek point, and the sample number of one that is not used.
const POINT: usize = 18;
const UNUSED: u64 = u64::MAX;
/// Where a cue sheet says that it is of a compact disc, and where its tracks begin.
const DISC: usize = 136;
const TRACKS: usize = 396;

/// The label, one channel that all channels repeat.
pub(super) struct Label {
    /// Whole frames of it.
    pub(super) before: Vec<i32>,
    pub(super) behind: Vec<i32>,
    /// The last frame of the content, channel by channel.
    pub(super) tail: Vec<Vec<i32>>,
    /// The sum of the content, which goes on behind it.
    pub(super) md5: Md5,
    /// The content as the sum has it, where it is kept.
    pub(super) content: Option<Vec<u8>>,
}

impl Label {
    /// Samples of a channel that come in.
    fn added(&self) -> u64 {
        (self.before.len() + self.behind.len()) as u64
    }
}

/// Lists the edits; a reason where the stream cannot take them.
pub(super) fn plan(
    source: &dyn Source,
    stream: &Stream,
    frames: &[Frame],
    label: &Label,
    limits: &Limits,
    patch: &mut Patch,
) -> Result<std::result::Result<(), Message>> {
    let refuse = |why: Message| Ok(Err(DECODER.with([why.into()])));
    if let Err(why) = takes(stream, frames, label) {
        return refuse(why);
    }
    let cues = stream.blocks.iter().filter(|b| b.kind == CUESHEET);
    for block in cues {
        let sheet = source.bytes(NAME, block.data.clone(), limits.part, phrase!("the cue sheet", "CUESHEET 块"))?;
        if sheet.get(DISC).is_none_or(|flags| flags & 0x80 != 0) {
            return refuse(said!("a cue sheet with the positions of a compact disc", "CUESHEET 记录的是光盘位置"));
        }
        let moved = moved_tracks(sheet, label);
        patch.replace(block.data.clone(), moved);
    }
    let size = stream.block(frames);
    let mut writer =
        Writer { stream, size, frames, patch, sizes: Vec::with_capacity(frames.len()), starts: Vec::new() };
    writer.before(label);
    writer.content(source, label, limits)?;
    let filled = writer.behind(label);
    let (sizes, starts) = (writer.sizes, writer.starts);
    for block in stream.blocks.iter().filter(|b| b.kind == SEEKTABLE) {
        let table = source.bytes(NAME, block.data.clone(), limits.part, phrase!("the seek table", "SEEKTABLE 块"))?;
        let moved = moved_points(&table, stream, frames, &starts, label.before.len() as u64, filled);
        patch.replace(block.data.clone(), moved);
    }
    let mut info = stream.info.clone();
    if info.total > 0 {
        info.total = info.total.saturating_add(label.added());
    }
    if info.frame.0 > 0 && info.frame.1 > 0 {
        let bounds = (sizes.iter().min(), sizes.iter().max());
        info.frame = (bounds.0.copied().unwrap_or(0), bounds.1.copied().unwrap_or(0));
    }
    if info.md5 != [0; 16] {
        info.md5 = sum(source, stream, label, limits)?;
    }
    let Some(info) = info.encode() else {
        return refuse(said!(
            "more samples or larger frames than STREAMINFO can count",
            "采样数或帧长超出 STREAMINFO 的计数范围"
        ));
    };
    patch.replace(stream.info_at.start..stream.info_at.start + 34, info);
    Ok(Ok(()))
}

/// Whether the frames of a stream can go on counting over a label; else the reason.
fn takes(stream: &Stream, frames: &[Frame], label: &Label) -> std::result::Result<(), Message> {
    let Some((last, others)) = frames.split_last() else {
        return Err(said!("a stream without frames", "流中没有帧"));
    };
    let size = stream.block(frames);
    let variable = last.header.variable;
    let longest = last.header.size as usize;
    if !variable && (longest > size || others.iter().any(|f| f.header.size as usize != size)) {
        return Err(said!("frames of different sizes in a stream of fixed size", "固定块长的流中帧长不一"));
    }
    let several = |kind| stream.blocks.iter().filter(|b| b.kind == kind).count() > 1;
    if several(SEEKTABLE) || several(CUESHEET) {
        return Err(said!("more than one seek table or cue sheet", "有多个 SEEKTABLE 或 CUESHEET"));
    }
    // Numbers of samples have 36 bits, of frames 31 (section 9.1.5); a frame of the label is at least a sample long.
    let most = if variable { 1 << 36 } else { 1 << 31 };
    if last.header.number.saturating_add(label.added() + longest as u64) >= most {
        return Err(said!("numbers of frames that leave no room for more", "帧编号已无余量"));
    }
    Ok(())
}

/// The MD5 sum of the whole.
fn sum(source: &dyn Source, stream: &Stream, label: &Label, limits: &Limits) -> Result<[u8; 16]> {
    let (channels, bits) = (stream.info.channels, u32::from(stream.info.bits));
    let mut md5 = if label.before.is_empty() { label.md5.clone() } else { Md5::new() };
    hash_label(&mut md5, &label.before, channels, bits);
    match &label.content {
        _ if label.before.is_empty() => {}
        Some(content) => md5.update(content),
        // The frames were sound a moment ago.
        None => {
            let _ = stream.walk(source, limits, &mut |block: &Block| md5.update(bytes(block, bits)))?;
        }
    }
    hash_label(&mut md5, &label.behind, channels, bits);
    Ok(md5.finalize().into())
}

/// Writes frames one after the other.
struct Writer<'a> {
    stream: &'a Stream,
    size: usize,
    frames: &'a [Frame],
    patch: &'a mut Patch,
    /// Bytes of each frame.
    sizes: Vec<u32>,
    /// Where each frame of the content is now, from the first frame on.
    starts: Vec<u64>,
}

impl Writer<'_> {
    fn shape(&self) -> Option<Shape> {
        let header = self.frames.first()?.header.clone();
        Some(Shape { header, bits: self.stream.info.bits.into() })
    }

    /// Codes samples from a number on; the number counts frames or samples.
    fn code(&mut self, channels: &[&[i32]], mut number: u64) -> Vec<u8> {
        let (Some(shape), Some(first)) = (self.shape(), channels.first()) else { return Vec::new() };
        let mut out = Vec::new();
        for from in (0..first.len()).step_by(self.size) {
            let part: Vec<&[i32]> =
                channels.iter().filter_map(|c| c.get(from..(from + self.size).min(c.len()))).collect();
            let frame = shape.frame(&part, number);
            self.sizes.push(frame.len() as u32);
            number += self.step(part.first().map_or(0, |p| p.len()));
            out.extend(frame);
        }
        out
    }

    /// How far the number moves over a frame.
    fn step(&self, size: usize) -> u64 {
        let variable = self.frames.first().is_some_and(|f| f.header.variable);
        if variable { size as u64 } else { 1 }
    }

    fn repeated<'s>(&self, mono: &'s [i32]) -> Vec<&'s [i32]> {
        vec![mono; usize::from(self.stream.info.channels)]
    }

    fn before(&mut self, label: &Label) {
        let number = self.frames.first().map_or(0, |f| f.header.number);
        let coded = self.code(&self.repeated(&label.before), number);
        self.starts.push(coded.len() as u64);
        self.patch.insert(self.stream.first, coded);
    }

    /// The frames of the content, with new numbers where a label stands in front of them.
    fn content(&mut self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<()> {
        let shift = match label.before.len() {
            0 => 0,
            samples if self.step(self.size) > 1 => samples as u64,
            samples => (samples / self.size) as u64,
        };
        for frame in self.frames {
            let old = (frame.span.end - frame.span.start) as u32;
            let mut size = old;
            if shift > 0 {
                let bytes = source.bytes(NAME, frame.span.clone(), limits.part, phrase!("a frame", "帧"))?;
                let header = FrameHeader { number: frame.header.number + shift, ..frame.header.clone() };
                let (head, length) = (header.encode(), frame.header.length);
                let body = bytes.get(length..bytes.len().saturating_sub(2)).unwrap_or_default();
                let check = crc16(&[&head, body].concat()).to_be_bytes();
                size = old - length as u32 + head.len() as u32;
                self.patch.replace(frame.span.start..frame.span.start + length as u64, head);
                self.patch.replace(frame.span.end - 2..frame.span.end, check);
            }
            self.sizes.push(size);
            let start = self.starts.last().copied().unwrap_or(0);
            self.starts.push(start + u64::from(size));
        }
        Ok(())
    }

    /// The label behind the content. A last frame that is shorter than the others is coded anew, filled up with the
    /// label: then its new number of samples.
    fn behind(&mut self, label: &Label) -> Option<u16> {
        let (Some(last), false) = (self.frames.last(), label.behind.is_empty()) else { return None };
        let samples = last.header.size as usize;
        let short = if last.header.variable {
            samples < usize::from(self.stream.info.block.0.max(16))
        } else {
            samples < self.size
        };
        let shift = match label.before.len() {
            n if last.header.variable => n as u64,
            n => (n / self.size) as u64,
        };
        let number = last.header.number + shift;
        if !short {
            let coded = self.code(&self.repeated(&label.behind), number + self.step(samples));
            self.patch.insert(last.span.end, coded);
            return None;
        }
        let joined: Vec<Vec<i32>> =
            label.tail.iter().map(|channel| [channel.as_slice(), &label.behind].concat()).collect();
        self.sizes.pop();
        let coded = self.code(&joined.iter().map(Vec::as_slice).collect::<Vec<_>>(), number);
        replace_tail(self.patch, last.span.clone(), coded);
        u16::try_from(self.size.min(samples + label.behind.len())).ok()
    }
}

/// Replaces the last frame, edits of its header and check sum included.
fn replace_tail(patch: &mut Patch, span: Range<u64>, coded: Vec<u8>) {
    let mut rest = Patch::new();
    for edit in
        patch.edits().iter().filter(|e| e.range.start < span.start || e.range.end > span.end || e.range.is_empty())
    {
        rest.replace(edit.range.clone(), edit.bytes.clone());
    }
    rest.replace(span, coded);
    *patch = rest;
}

/// A seek table whose points lead to the same samples; `filled` is the new length of the content's last frame.
pub(super) fn moved_points(
    table: &[u8],
    stream: &Stream,
    frames: &[Frame],
    starts: &[u64],
    shift: u64,
    filled: Option<u16>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(table.len());
    for point in table.chunks(POINT) {
        let (Some(sample), Some(offset), Some(rest)) =
            (point.first_chunk().map(|b| u64::from_be_bytes(*b)), number_at(point, 8), point.get(16..))
        else {
            out.extend_from_slice(point);
            continue;
        };
        let frame = frames.partition_point(|f| f.span.start - stream.first < offset);
        match starts.get(frame).filter(|_| sample != UNUSED && frame < frames.len()) {
            Some(start) => {
                out.extend((sample.saturating_add(shift)).to_be_bytes());
                out.extend(start.to_be_bytes());
                match filled.filter(|_| frame + 1 == frames.len()) {
                    Some(count) => out.extend(count.to_be_bytes()),
                    None => out.extend_from_slice(rest),
                }
            }
            None => out.extend_from_slice(point),
        }
    }
    out
}

fn number_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_be_bytes(*b))
}

/// A cue sheet whose tracks begin at the same samples; the last one is where the sound ends (section 8.7).
fn moved_tracks(mut sheet: Vec<u8>, label: &Label) -> Vec<u8> {
    let count = sheet.get(TRACKS - 1).copied().unwrap_or(0);
    let mut at = TRACKS;
    for n in 1..=count {
        let behind = if n == count { label.behind.len() as u64 } else { 0 };
        let (Some(offset), Some(indices)) = (number_at(&sheet, at), sheet.get(at + 35).copied()) else { break };
        let moved = offset.saturating_add(label.before.len() as u64 + behind);
        if let Some(slot) = sheet.get_mut(at..at + 8) {
            slot.copy_from_slice(&moved.to_be_bytes());
        }
        at += 36 + 12 * usize::from(indices);
    }
    sheet
}
