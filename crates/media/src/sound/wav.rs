//! WAV: the rhythm is inserted in `data` before or after the content; sizes, cue points and loops move with it, the
//! content's samples stay (Multimedia Programming Interface 1.0; RF64: EBU Tech 3306).

mod layout;
mod samples;

use std::ops::Range;

use biaoshi_container::{Limits, Patch, Said, Source, SourceExt, phrase};
use biaoshi_explicit::audio::{Heard, LENGTH, Meter, Position, RATES, Rhythm, find_rhythm};
use biaoshi_explicit::{self as explicit};

use crate::{Content, Drawn, Error, Explicit, Found, Media, Outcome, Place, Result};
use layout::{Shape, Wave};

const NAME: &str = "WAV";

/// Samples that are not linear PCM or floating point: format tag, bits of a sample.
static NOT_PCM: Said = Said {
    code: "wav.samples",
    en: "WAV format 0x{} with {} bits is neither linear PCM nor floating point",
    zh: "WAV 格式 0x{}({} 位)不是线性 PCM 或浮点",
};

/// With the label the file would be larger than its 32-bit sizes can say.
static SIZE_FIELD: Said = Said {
    code: "wav.size",
    en: "with the label the WAV would outgrow its 32-bit sizes",
    zh: "加入标识后 WAV 会超出 32 位长度字段",
};

/// A broadcast time reference counts from the start of the file, which is the label now.
static TIME_REFERENCE: Said = Said {
    code: "wav.time-reference",
    en: "the bext time reference counts from the label now",
    zh: "bext 的时间参考现从标识开始计算",
};

pub(crate) static MEDIA: Media = Media {
    format: "wav",
    explicit: Some(Explicit {
        apply: |source, options, limits| mark(source, options.position, limits),
        find: |source, _, limits| Ok(find(source, limits)?.into_iter().collect()),
        cost: |_, _| 1 << 20,
    }),
    content: Content::None,
    says: &[&NOT_PCM, &SIZE_FIELD, &TIME_REFERENCE],
};

/// Bytes that are looked at in one go.
const STEP: u64 = 64 << 10;
/// Seconds at either end in which our own rhythm is looked for: it with its silences, and too little for two of them.
pub(super) const REACH: f64 = 2.2;

/// Inserts the rhythm where it is missing. Clips are measured first, so that it is 6 LU quieter than they are.
///
/// # Errors
/// I/O, damage, limits.
fn mark(source: &dyn Source, position: Position, limits: &Limits) -> Result<Outcome> {
    let wave = match Wave::read(source, limits)? {
        Shape::Known(wave) => wave,
        Shape::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    let (start, end) = (heard(source, &wave, Side::Start)?, heard(source, &wave, Side::End)?);
    let wants = |side: Position| position == side || position == Position::Both;
    let before = wants(Position::Start) && start.is_none();
    let behind = wants(Position::End) && end.is_none();
    if let (false, false, Some(found)) = (before, behind, found(&[start, end])) {
        return Ok(Outcome::Already(found));
    }
    let rhythm = match rhythm(source, &wave) {
        Ok(rhythm) => rhythm,
        Err(Error::Explicit(e)) => return Ok(Outcome::Skip(e.message())),
        Err(e) => return Err(e),
    };
    let mut patch = Patch::new();
    let frames = rhythm.frames() as u64;
    let count = u64::from(before) + u64::from(behind);
    let Some(notes) = wave.grow(source, frames * count, if before { frames } else { 0 }, limits, &mut patch)? else {
        return Ok(Outcome::Skip(SIZE_FIELD.message()));
    };
    let coded = |side| samples::encode(&rhythm.samples(side), &wave.format);
    let mut places = Vec::new();
    let seconds = |frames: u64| frames as f64 / f64::from(wave.format.rate);
    if before {
        patch.insert(wave.data.start, coded(true));
        places.push(0.3..0.3 + LENGTH);
    }
    if behind {
        patch.insert(wave.data.end, coded(false));
        let content = seconds(wave.frames() + if before { frames } else { 0 });
        places.push(content + 0.5..content + 0.5 + LENGTH);
    }
    Ok(Outcome::Drawn(Drawn { patch, found: Found { place: Place::Sound(places), score: 1.0 }, notes, confirm: None }))
}

/// Looks for our rhythm at the start and at the end.
///
/// # Errors
/// I/O, damage, limits. A file that [`mark`] would skip has none.
fn find(source: &dyn Source, limits: &Limits) -> Result<Option<Found>> {
    let Shape::Known(wave) = Wave::read(source, limits)? else { return Ok(None) };
    Ok(found(&[heard(source, &wave, Side::Start)?, heard(source, &wave, Side::End)?]))
}

pub(super) fn found(heard: &[Option<Heard>]) -> Option<Found> {
    let mut places: Vec<Range<f64>> = Vec::new();
    // In a short file both ends are the same rhythm.
    for h in heard.iter().flatten() {
        if places.iter().all(|p| (p.start - h.start).abs() > LENGTH / 2.0) {
            places.push(h.start..h.end);
        }
    }
    let score = heard.iter().flatten().map(|h| h.score as f32).fold(1.0, f32::min);
    (!places.is_empty()).then_some(Found { place: Place::Sound(places), score })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Start,
    End,
}

/// Our rhythm at one end of the file: nothing but silence may lie between it and the edge.
fn heard(source: &dyn Source, wave: &Wave, side: Side) -> Result<Option<Heard>> {
    // A rate that no tone can have would make the reach gigabytes.
    if !RATES.contains(&wave.format.rate) {
        return Ok(None);
    }
    let reach = (REACH * f64::from(wave.format.rate)) as u64;
    let skipped = match side {
        Side::Start => 0,
        Side::End => wave.frames().saturating_sub(reach),
    };
    let count = wave.frames().min(reach) as usize;
    let mut mono = Vec::new();
    each_step(source, wave, skipped, |interleaved| {
        let frames = interleaved.chunks_exact(usize::from(wave.format.channels));
        mono.extend(frames.map(|f| f.iter().sum::<f32>() / f.len() as f32));
        mono.len() < count
    })?;
    mono.truncate(count);
    let offset = skipped as f64 / f64::from(wave.format.rate);
    let length = count as f64 / f64::from(wave.format.rate);
    let at_edge = |h: &Heard| match side {
        Side::Start => h.start < 0.5,
        Side::End => length - h.end < 0.5,
    };
    let heard = find_rhythm(&mono, wave.format.rate).filter(at_edge);
    Ok(heard.map(|h| Heard { start: h.start + offset, end: h.end + offset, ..h }))
}

/// The rhythm at the level that the whole clip asks for.
fn rhythm(source: &dyn Source, wave: &Wave) -> Result<Rhythm> {
    let (rate, channels) = (wave.format.rate, u32::from(wave.format.channels));
    let explicit = |e: explicit::Error| Error::Explicit(e);
    let mut meter = Meter::new(rate, channels).map_err(explicit)?;
    each_step(source, wave, 0, |interleaved| {
        meter.add(interleaved);
        true
    })?;
    Rhythm::new(rate, channels, meter.integrated()).map_err(explicit)
}

/// Streams the content from frame `skipped` on as interleaved samples, while `take` returns true.
fn each_step(source: &dyn Source, wave: &Wave, skipped: u64, mut take: impl FnMut(&[f32]) -> bool) -> Result<()> {
    let block = u64::from(wave.format.block);
    let step = (STEP / block).max(1) * block;
    let mut at = wave.data.start + skipped * block;
    let mut interleaved = Vec::new();
    while at < wave.data.end {
        let end = wave.data.end.min(at + step);
        let bytes = source.bytes(NAME, at..end, step, phrase!("samples", "采样"))?;
        interleaved.clear();
        samples::decode(&bytes, &wave.format, &mut interleaved);
        if !take(&interleaved) {
            break;
        }
        at = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
