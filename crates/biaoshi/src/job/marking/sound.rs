//! Marks in the samples of sounds.

use biaoshi_container::{Message, Patched, Source};
use biaoshi_media::{Block, Differences, Samples};
use biaoshi_metadata::{Format, Kind};
use biaoshi_watermark::Effort;
use biaoshi_watermark::audio::{CHANNELS, Capacity, Marker, RATES, Search};

use super::{Detected, Detectors, Marked, Means, Seen, Wanted, unable};
use crate::Result;
use crate::judge::MarkPlace;
use crate::plan::{MARK_BESIDE, MARK_CODED, MARK_EMPTY, MARK_RATE, MARK_WEAK};

pub(super) fn mark(
    source: &dyn Source,
    format: &Format,
    row: &Samples,
    wanted: &Wanted<'_>,
    means: Means<'_>,
) -> Result<Marked> {
    let skip = |skip| Ok(Marked::Skip(skip));
    // A table of all frames, of formats that are coded again; what is not told yet; what a spool keeps.
    let _permit = means.permits.take((row.cost)(source, means.limits) + source.len() / 64 + (32 << 20));
    let (rate, channels) = match (row.open)(source, means.limits) {
        Ok(sound) => (sound.rate(), sound.channels()),
        Err(error) => return skip(unable(error)?),
    };
    let detectors = wanted.marker.detectors().sound();
    let marker = wanted.marker.sound().marker(rate, channels, wanted.payload);
    let (Some(marker), Some(search)) = (marker, detectors.search(rate, channels, wanted.effort)) else {
        return skip(out_of_range(rate, channels));
    };
    let spare = wanted.spare.iter().map(|(start, end)| (frame(*start, rate), frame(*end, rate))).collect();
    let mut pass = Pass { marker: Some(marker), search, channels, spare, told: 0, capacity: Capacity::Cannot };
    let changed = match (&wanted.marker.encoder, row.anew, row.add) {
        (Some(encoder), Some(anew), _) => anew(source, &mut pass, encoder, means.limits),
        (_, _, Some(add)) => add(source, &mut pass, means.limits),
        _ => return skip(MARK_CODED.with([format.name.into()])),
    };
    let patch = match changed {
        Ok(patch) => patch,
        Err(error) => return skip(unable(error)?),
    };
    if let Some(there) = pass.search.finish().marks.first() {
        return Ok(Marked::Already(there.payload));
    }
    let mut notes = match pass.capacity {
        Capacity::Carries(_) => Vec::new(),
        Capacity::Weakly(_) => vec![MARK_WEAK.message()],
        Capacity::Cannot => return skip(MARK_EMPTY.message()),
    };
    if format.kind == Kind::Video {
        notes.push(MARK_BESIDE.message());
    }
    let seen = listen(&Patched::new(source, &patch), row, wanted.marker.detectors(), Effort::Fast, means)?;
    match seen {
        Ok(seen) if seen.marks.iter().any(|mark| mark.payload == wanted.payload) => {
            Ok(Marked::New { patch, notes, damage: None })
        }
        _ => skip(MARK_EMPTY.message()),
    }
}

/// One pass over the samples: looks for a mark that is there, and makes one.
struct Pass<'a> {
    marker: Option<Marker>,
    search: Search<'a>,
    channels: usize,
    /// Frames of a label, from and to.
    spare: Vec<(u64, u64)>,
    /// Frames told so far.
    told: u64,
    capacity: Capacity,
}

impl Pass<'_> {
    /// Takes the mark off the label.
    fn spare(&mut self, new: &mut [f32]) {
        let frames = new.chunks_exact_mut(self.channels);
        for (frame, at) in frames.zip(self.told..) {
            if self.spare.iter().any(|(start, end)| (*start..*end).contains(&at)) {
                frame.fill(0.0);
            }
        }
        self.told += (new.len() / self.channels) as u64;
    }
}

impl Differences for Pass<'_> {
    fn pass(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.search.push(samples);
        let before = out.len();
        if let Some(marker) = &mut self.marker {
            marker.push(samples, out);
        }
        self.spare(out.get_mut(before..).unwrap_or_default());
    }

    fn rest(&mut self, out: &mut Vec<f32>) {
        let before = out.len();
        if let Some(marker) = self.marker.take() {
            self.capacity = marker.finish(out);
        }
        self.spare(out.get_mut(before..).unwrap_or_default());
    }
}

pub(super) fn look(
    source: &dyn Source,
    row: &Samples,
    detectors: &Detectors,
    effort: Effort,
    means: Means<'_>,
) -> Result<std::result::Result<Detected, Message>> {
    let _permit = means.permits.take((row.cost)(source, means.limits));
    listen(source, row, detectors, effort, means)
}

/// Decodes a sound and looks for marks; where rate or channels change, a new search begins.
fn listen(
    source: &dyn Source,
    row: &Samples,
    detectors: &Detectors,
    effort: Effort,
    means: Means<'_>,
) -> Result<std::result::Result<Detected, Message>> {
    let mut sound = match (row.open)(source, means.limits) {
        Ok(sound) => sound,
        Err(error) => return Ok(Err(unable(error)?)),
    };
    let detector = detectors.sound();
    let (mut rate, mut channels) = (sound.rate(), sound.channels());
    let Some(mut search) = detector.search(rate, channels, effort) else {
        return Ok(Err(out_of_range(rate, channels)));
    };
    let (mut block, mut detected) = (Block::default(), Detected::default());
    let (mut begun, mut frames) = (0.0, 0);
    while sound.next(&mut block)? {
        if (block.rate, block.channels) != (rate, channels) {
            let Some(next) = detector.search(block.rate, block.channels, effort) else { break };
            collect(std::mem::replace(&mut search, next), begun, &mut detected);
            begun += frames as f64 / f64::from(rate);
            (rate, channels, frames) = (block.rate, block.channels, 0);
        }
        search.push(&block.samples);
        frames += block.frames();
    }
    collect(search, begun, &mut detected);
    // The longest is the surest.
    let length = |seen: &Seen| match seen.place {
        MarkPlace::Sound { start, end, .. } => end - start,
        MarkPlace::Picture { .. } | MarkPlace::Text { .. } => 0.0,
    };
    detected.marks.sort_by(|a, b| length(b).total_cmp(&length(a)));
    Ok(Ok(detected))
}

/// Adds what a search found that began so many seconds into the sound.
fn collect(search: Search<'_>, begun: f64, detected: &mut Detected) {
    let detection = search.finish();
    detected.score = detected.score.max(detection.score);
    detected.false_positive += detection.false_positive;
    detected.marks.extend(detection.marks.into_iter().map(|mark| Seen {
        key: mark.key,
        payload: mark.payload,
        place: MarkPlace::Sound {
            start: begun + mark.start,
            end: begun + mark.end,
            tempo: mark.tempo,
            pitch: mark.pitch,
        },
    }));
}

fn frame(seconds: f64, rate: u32) -> u64 {
    (seconds.max(0.0) * f64::from(rate)).round() as u64
}

fn out_of_range(rate: u32, channels: usize) -> Message {
    MARK_RATE.with([
        rate.into(),
        (channels as u64).into(),
        (*RATES.start()).into(),
        (*RATES.end()).into(),
        (CHANNELS as u64).into(),
    ])
}
