//! WAV: the rhythm is inserted in `data` before or after the content; sizes, cue points and loops move with it, the
//! content's samples stay (Multimedia Programming Interface 1.0; RF64: EBU Tech 3306).

mod adpcm;
mod layout;

use biaoshi_container::{Limits, Patch, Said, Source};
use biaoshi_explicit::audio::Position;

use super::decoder::{self, Container, Trim};
use super::listen::{self, Levelled};
use super::stored::{Layout, Stored};
use crate::{Content, Drawn, Explicit, Found, Media, Outcome, Result, Samples, Sound};
use layout::{Coded, Shape, Wave};

const NAME: &str = "WAV";

/// Samples of a coding that is not written: format tag, bits of a sample.
static NOT_PCM: Said = Said {
    code: "wav.samples",
    en: "WAV format 0x{} with {} bits is neither PCM, floating point, G.711 nor a known ADPCM",
    zh: "WAV 格式 0x{}({} 位)不是 PCM、浮点、G.711 或已知的 ADPCM",
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
    content: Content::Samples(Samples { open, cost: |_, _| 1 << 20 }),
    says: &[&NOT_PCM, &SIZE_FIELD, &TIME_REFERENCE],
};

/// Opens the sound: stored samples by code of our own, coded ones by that of others.
///
/// # Errors
/// I/O, damage, limits; codings that nobody knows.
fn open<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    match Wave::read(source, limits)? {
        Shape::Known(wave) => wave.sound(source, limits),
        Shape::Skip(_) => foreign(source, limits),
    }
}

fn foreign<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    decoder::open(Container::Riff, source, 0, Trim::default(), limits)
}

impl Wave {
    fn sound<'a>(&self, source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
        let (rate, channels, data) = (self.format.rate, self.format.channels, self.data.clone());
        match self.coding {
            Coded::Stored(coding) => {
                Ok(Box::new(Stored::new(source, Layout { name: NAME, coding, rate, channels, data })))
            }
            Coded::Blocks(_) => foreign(source, limits),
        }
    }
}

/// Inserts the rhythm where it is missing. Clips are measured first, so that it is 6 LU quieter than they are.
///
/// # Errors
/// I/O, damage, limits.
fn mark(source: &dyn Source, position: Position, limits: &Limits) -> Result<Outcome> {
    let wave = match Wave::read(source, limits)? {
        Shape::Known(wave) => wave,
        Shape::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    let mut sound = wave.sound(source, limits)?;
    let sides = listen::sides(sound.as_mut())?;
    let missing = sides.missing(position);
    if let Some(found) = sides.found().filter(|_| missing.is_none()) {
        return Ok(Outcome::Already(found));
    }
    let Levelled { rhythm, mut notes } = match listen::rhythm(sound.as_mut())? {
        Ok(levelled) => levelled,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let mut patch = Patch::new();
    // Whole blocks, filled up with silence.
    let frames = (rhythm.frames() as u64).next_multiple_of(wave.per_block());
    let shift = if missing.before { frames } else { 0 };
    let added = shift + if missing.behind { frames } else { 0 };
    let Some(grown) = wave.grow(source, added, shift, limits, &mut patch)? else {
        return Ok(Outcome::Skip(SIZE_FIELD.message()));
    };
    notes.extend(grown);
    let coded = |side| wave.encode(&rhythm.samples(side));
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
/// I/O, damage, limits; codings that nobody knows.
fn find(source: &dyn Source, limits: &Limits) -> Result<Option<Found>> {
    Ok(listen::sides(open(source, limits)?.as_mut())?.found())
}

#[cfg(test)]
mod tests;
