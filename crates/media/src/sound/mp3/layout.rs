//! What changes when label frames come in: the frame that tells about the content, frames that need bytes from in front of it, times in the tags.

use biaoshi_container::{Limits, Message, Patch, Patched, Source, SourceExt, phrase};
use biaoshi_explicit::audio::{EDGE, LENGTH, SEAM};

use super::coder::Coder;
use super::info::{DECODER_DELAY, Facts, Info, crc16};
use super::stream::Stream;
use super::times::{self, Shift};
use super::{NAME, SILENCED, TIMES};
use crate::Result;
use crate::sound::due::Due;

/// Samples by which the tones may reach into frames that do not hold them: those of both filter banks, and the overlap of two granules.
const TAIL: u64 = 512 + 2 * 576;
/// Bytes that are read in one go.
const STEP: u64 = 256 << 10;

/// The rhythm in frames; empty where it is not wanted.
#[derive(Debug, Default)]
pub(super) struct Label {
    pub(super) before: Frames,
    pub(super) behind: Frames,
}

/// Frames of one side.
#[derive(Debug, Default)]
pub(super) struct Frames {
    pub(super) bytes: Vec<u8>,
    pub(super) count: u64,
}

impl Label {
    /// The frames for the sides that are missing; `None` where the bitrate has no room for them.
    pub(super) fn new(stream: &Stream, due: &Due) -> Option<Self> {
        let coder = Coder { header: stream.header(), constant: stream.constant, padded: stream.padded };
        let (rate, size) = (f64::from(stream.first.rate), stream.size());
        let frames = |samples: &[f32], count: u64| {
            let mut samples = samples.to_vec();
            samples.resize((count * size) as usize, 0.0);
            Some(Frames { bytes: coder.frames(&samples)?, count })
        };
        let mut label = Self::default();
        if due.missing.before {
            // Players leave out the delays at the start, which is the label's now: its silence is so much longer. The content brings
            // as much silence of its own.
            let skipped = skipped(stream);
            let samples = [vec![0.0; skipped as usize], due.before()].concat();
            let whole = ((EDGE + LENGTH + SEAM) * rate) as u64;
            let sounding = skipped + ((EDGE + LENGTH) * rate) as u64 + TAIL;
            label.before = frames(&samples, whole.max(sounding).div_ceil(size))?;
        }
        if due.missing.behind {
            // Padding at the end is left out in the same way.
            let samples = due.behind();
            let padding = stream.info.as_ref().and_then(Info::delays).map_or(0, |(_, padding)| padding);
            let whole = samples.len() as u64 + u64::from(padding.saturating_sub(DECODER_DELAY));
            label.behind = frames(&samples, whole.div_ceil(size))?;
        }
        Some(label)
    }
}

/// Samples at the start that players leave out.
pub(super) fn skipped(stream: &Stream) -> u64 {
    stream.info.as_ref().and_then(Info::delays).map_or(0, |(delay, _)| u64::from(delay + DECODER_DELAY))
}

/// Lists the edits, and says what else changed.
///
/// # Errors
/// I/O, limits.
pub(super) fn plan(
    source: &dyn Source,
    stream: &Stream,
    label: Label,
    limits: &Limits,
    patch: &mut Patch,
) -> Result<Vec<Message>> {
    let mut notes = Vec::new();
    let (before, behind) = (label.before.count, label.behind.count);
    let sizes = (label.before.bytes.len() as u64, label.behind.bytes.len() as u64);
    let milliseconds =
        |frames: u64| (frames * stream.size() * 1000 + u64::from(stream.first.rate) / 2) / u64::from(stream.first.rate);
    let shift = Shift {
        milliseconds: milliseconds(before),
        frames: before,
        bytes: sizes.0,
        longer: milliseconds(before + behind),
        samples: (before + behind) * stream.size(),
    };
    if let Some(kept) = times::shift(source, &stream.tags, &shift, limits, patch)? {
        notes.push(TIMES.with([kept]));
    }
    if before > 0 {
        patch.insert(stream.content.start, label.before.bytes);
        // Behind the label a decoder would take its bytes for those that are missing.
        for orphan in &stream.orphans {
            patch.replace(orphan.at..orphan.at + orphan.bytes.len() as u64, orphan.bytes.clone());
        }
        if !stream.orphans.is_empty() {
            notes.push(SILENCED.with([stream.orphans.len().into()]));
        }
    }
    if behind > 0 {
        patch.insert(stream.content.end, label.behind.bytes);
        if let Some(cut) = &stream.cut {
            patch.replace(cut.at..cut.at + cut.bytes.len() as u64, cut.bytes.clone());
        }
    }
    tell(source, stream, (before, behind), sizes, patch)?;
    Ok(notes)
}

/// Has the frame in front of the content tell what there is now: `frames` and `sizes` in bytes of the label on both sides.
fn tell(source: &dyn Source, stream: &Stream, frames: (u64, u64), sizes: (u64, u64), patch: &mut Patch) -> Result<()> {
    let Some(info) = &stream.info else { return Ok(()) };
    let content = stream.content.end - stream.content.start;
    let bytes = sizes.0 + content + sizes.1;
    let place = |n: u64| {
        let inside = n.saturating_sub(frames.0);
        let behind = match n {
            _ if n < frames.0 => sizes.0 * n / frames.0,
            _ if inside < stream.frames => sizes.0 + stream.place(inside),
            _ => sizes.0 + content + sizes.1 * (inside - stream.frames) / frames.1.max(1),
        };
        info.len() + behind
    };
    let music = if info.has_music() { sum(source, stream, bytes, patch)? } else { 0 };
    // A frame that is cut off is counted by whoever wrote the header.
    let frames = frames.0 + stream.frames + frames.1 + u64::from(stream.cut.is_some());
    let facts = Facts { frames, bytes: info.len() + bytes, place: &place, music };
    patch.replace(info.at..info.at + info.len(), info.telling(&facts));
    Ok(())
}

/// The check sum of label and content.
fn sum(source: &dyn Source, stream: &Stream, length: u64, patch: &Patch) -> Result<u16> {
    let view = Patched::new(source, patch);
    // Tags in front may have grown.
    let mut at = stream.content.start.saturating_add_signed(patch.shift(stream.content.start.saturating_sub(1)));
    let (end, mut sum) = (at + length, 0);
    while at < end {
        let next = end.min(at + STEP);
        sum = crc16(sum, &view.bytes(NAME, at..next, STEP, phrase!("frames", "帧"))?);
        at = next;
    }
    Ok(sum)
}
