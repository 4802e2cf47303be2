//! WAV: the label is inserted in `data` before or after the content; sizes, cue points and loops move with it, the
//! content's samples stay (Multimedia Programming Interface 1.0; RF64: EBU Tech 3306).

mod adpcm;
mod layout;

use biaoshi_container::{Limits, Patch, Said, Source};

use super::decoder::{self, Container, Trim};
use super::due::{Carries, due};
use super::listen;
use super::stored::{self, Layout, Stored};
use crate::reason::LOSSY;
use crate::{Content, Differences, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Result, Samples, Sound};
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
        apply: mark,
        find: |source, options, limits| Ok(find(source, options, limits)?.into_iter().collect()),
        cost: |_, _| 1 << 20,
    }),
    content: Content::Samples(Samples { open, add: Some(add), anew: None, cost: |_, _| 1 << 20 }),
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
    /// Where the samples are, if they are stored one by one.
    fn stored(&self) -> Option<Layout> {
        let (rate, channels, data) = (self.format.rate, self.format.channels, self.data.clone());
        match self.coding {
            Coded::Stored(coding) => Some(Layout { name: NAME, coding, rate, channels, data }),
            Coded::Blocks(_) => None,
        }
    }

    fn sound<'a>(&self, source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
        match self.stored() {
            Some(layout) => Ok(Box::new(Stored::new(source, layout))),
            None => foreign(source, limits),
        }
    }
}

/// Adds to the samples, which have to be stored one by one.
///
/// # Errors
/// I/O, damage, limits; codings that lose.
fn add(source: &dyn Source, differences: &mut dyn Differences, limits: &Limits) -> Result<Patch> {
    match Wave::read(source, limits)? {
        Shape::Known(wave) => match wave.stored() {
            Some(layout) => stored::add(source, &layout, differences),
            None => Err(Error::Unable(LOSSY.with(["ADPCM".into()]))),
        },
        Shape::Skip(reason) => Err(Error::Unable(reason)),
    }
}

/// Inserts the label where it is missing. Clips are measured first, so that it is 6 LU quieter than they are.
///
/// # Errors
/// I/O, damage, limits.
fn mark(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let wave = match Wave::read(source, limits)? {
        Shape::Known(wave) => wave,
        Shape::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    let mut due = match due(wave.sound(source, limits)?.as_mut(), options, Carries::Anything)? {
        Ok(due) => due,
        Err(settled) => return Ok(settled),
    };
    let mut patch = Patch::new();
    // Whole blocks, filled up with silence towards the content: at the edge of a file a label is not looked for so far inside.
    let frames = due.frames().next_multiple_of(wave.per_block());
    let silence = frames - due.frames();
    let shift = if due.missing.before { frames } else { 0 };
    let added = shift + if due.missing.behind { frames } else { 0 };
    let Some(grown) = wave.grow(source, added, shift, limits, &mut patch)? else {
        return Ok(Outcome::Skip(SIZE_FIELD.message()));
    };
    due.notes.extend(grown);
    if due.missing.before {
        patch.insert(wave.data.start, wave.encode(&due.before()));
    }
    if due.missing.behind {
        patch.insert(wave.data.end, wave.encode(&[vec![0.0; silence as usize], due.behind()].concat()));
    }
    let content = (wave.frames() + shift + silence) as f64 / f64::from(wave.format.rate);
    Ok(Outcome::Drawn(due.drawn(patch, content)))
}

/// Looks for our label at the start and at the end.
///
/// # Errors
/// I/O, damage, limits; codings that nobody knows.
fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Option<Found>> {
    Ok(listen::sides(open(source, limits)?.as_mut(), options)?.found())
}

#[cfg(test)]
mod tests;
