//! WAV: the rhythm is inserted in `data` before or after the content; sizes, cue points and loops move with it, the
//! content's samples stay (Multimedia Programming Interface 1.0; RF64: EBU Tech 3306).

mod layout;
mod samples;

use biaoshi_container::{Limits, Patch, Said, Source, SourceExt, phrase};
use biaoshi_explicit::audio::{Meter, Position, RATES, Rhythm};
use biaoshi_explicit::{self as explicit};

use super::sides::{REACH, Sides, at_end, at_start};
use crate::{Content, Drawn, Error, Explicit, Found, Media, Outcome, Result};
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

/// Inserts the rhythm where it is missing. Clips are measured first, so that it is 6 LU quieter than they are.
///
/// # Errors
/// I/O, damage, limits.
fn mark(source: &dyn Source, position: Position, limits: &Limits) -> Result<Outcome> {
    let wave = match Wave::read(source, limits)? {
        Shape::Known(wave) => wave,
        Shape::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    let sides = sides(source, &wave)?;
    let missing = sides.missing(position);
    if let Some(found) = sides.found().filter(|_| missing.is_none()) {
        return Ok(Outcome::Already(found));
    }
    let rhythm = match rhythm(source, &wave) {
        Ok(rhythm) => rhythm,
        Err(Error::Explicit(e)) => return Ok(Outcome::Skip(e.message())),
        Err(e) => return Err(e),
    };
    let mut patch = Patch::new();
    let frames = rhythm.frames() as u64;
    let shift = if missing.before { frames } else { 0 };
    let added = shift + if missing.behind { frames } else { 0 };
    let Some(notes) = wave.grow(source, added, shift, limits, &mut patch)? else {
        return Ok(Outcome::Skip(SIZE_FIELD.message()));
    };
    let coded = |side| samples::encode(&rhythm.samples(side), &wave.format);
    if missing.before {
        patch.insert(wave.data.start, coded(true));
    }
    if missing.behind {
        patch.insert(wave.data.end, coded(false));
    }
    let found = missing.put((wave.frames() + shift) as f64 / f64::from(wave.format.rate));
    Ok(Outcome::Drawn(Drawn { patch, found, notes, damage: None, confirm: None }))
}

/// Looks for our rhythm at the start and at the end.
///
/// # Errors
/// I/O, damage, limits; a file that [`mark`] would skip.
fn find(source: &dyn Source, limits: &Limits) -> Result<Option<Found>> {
    match Wave::read(source, limits)? {
        Shape::Known(wave) => Ok(sides(source, &wave)?.found()),
        Shape::Skip(reason) => Err(Error::Unable(reason)),
    }
}

/// Our own rhythm at the ends of the file.
fn sides(source: &dyn Source, wave: &Wave) -> Result<Sides> {
    let rate = wave.format.rate;
    // A rate that no tone can have would make the reach gigabytes.
    if !RATES.contains(&rate) {
        return Ok(Sides::default());
    }
    let reach = wave.frames().min((REACH * f64::from(rate)) as u64);
    let start = at_start(&mono(source, wave, 0, reach)?, rate);
    let end = at_end(&mono(source, wave, wave.frames() - reach, reach)?, rate, wave.frames());
    Ok(Sides { start, end })
}

/// `count` frames from frame `first` on, as one channel.
fn mono(source: &dyn Source, wave: &Wave, first: u64, count: u64) -> Result<Vec<f32>> {
    let mut mono = Vec::new();
    each_step(source, wave, first, |interleaved| {
        let frames = interleaved.chunks_exact(usize::from(wave.format.channels));
        mono.extend(frames.map(|f| f.iter().sum::<f32>() / f.len() as f32));
        (mono.len() as u64) < count
    })?;
    mono.truncate(count as usize);
    Ok(mono)
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
