//! M4A, MP4, MOV: the first track of sound, as its edit list has it. In a file of nothing but sound the label is put before
//! or behind it as coded frames of its own; those of the content stay.

mod aac;
mod again;
mod alac;
mod chunks;
mod film;
mod insert;
mod tree;
mod trim;

use biaoshi_container::{Limits, Message, Patch, Said, Source, SourceExt, phrase};

use super::aac::coder::Coder;
use super::decoder::{self, Container};
use super::due::{Carries, due};
use super::listen;
use crate::{Content, Drawn, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Result, Samples, Sound};
use alac::Alac;
use film::Film;
use insert::Frames;

/// A coding of which no frames are written.
static CODING: Said = Said {
    code: "mp4.coding",
    en: "no frames of the coding `{}` are written; label the sound before it is coded",
    zh: "不支持写入 `{}` 编码的音频帧;请在编码之前加标识",
};

/// A file into which no frames can be put: why.
static FILM: Said =
    Said { code: "mp4.film", en: "no frames can be put into the file: {}", zh: "无法向该文件写入音频帧:{}" };

pub(crate) static M4A: Media =
    Media { format: "m4a", explicit: EXPLICIT, content: Content::Samples(AGAIN), says: &[&CODING, &FILM] };
pub(crate) static MP4: Media = Media { format: "mp4", explicit: EXPLICIT, content: SOUND, says: &[] };
pub(crate) static MOV: Media = Media { format: "mov", explicit: EXPLICIT, content: SOUND, says: &[] };

const EXPLICIT: Option<Explicit> = Some(Explicit {
    apply: mark,
    find: |source, options, limits| Ok(find(source, options, limits)?.into_iter().collect()),
    // `moov` is there three times.
    cost: |source, _| (16 << 20) + source.len() / 16,
});

/// Sound that lies in MP4 and MOV has lost something, nearly always, and needs an encoder to be coded again. The tables of all samples
/// are kept, some twenty bytes each: a twentieth of a sound of that many.
const LOSSY: Samples =
    Samples { open, add: None, anew: Some(again::anew), cost: |source, _| (16 << 20) + source.len() / 16 };
const SOUND: Content = Content::Samples(LOSSY);
/// Apple Lossless needs none.
const AGAIN: Samples = Samples { add: Some(again::add), ..LOSSY };

/// Opens the sound.
///
/// # Errors
/// I/O, damage, limits; a file without sound.
fn open<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    let trim = trim::read(source, limits)?;
    decoder::open(Container::Iso, source, 0, trim, limits)
}

/// Puts the label in where it is missing, 6 LU quieter than the clip.
///
/// # Errors
/// I/O, damage, limits.
fn mark(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let mut film = match Film::read(source, limits)? {
        Ok(film) => film,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    if let Some(reason) = film.accompanied() {
        return Ok(Outcome::Skip(reason));
    }
    let coding = match Coding::of(source, &film) {
        Ok(coding) => coding,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let mut sound = match open(source, limits) {
        Ok(sound) => sound,
        Err(Error::Unable(reason)) => return Ok(Outcome::Skip(reason)),
        Err(error) => return Err(error),
    };
    let due = match due(sound.as_mut(), options, coding.carries())? {
        Ok(due) => due,
        Err(settled) => return Ok(settled),
    };
    let rate = sound.rate();
    if rate != film.scale() {
        let why = phrase!("a time scale that is not the sample rate", "时间刻度与采样率不符");
        return Ok(Outcome::Skip(FILM.with([why.into()])));
    }
    let coded = |mono: Vec<f32>| if mono.is_empty() { Frames::default() } else { coding.encode(&mono) };
    let (before, behind) = (coded(due.before()), coded(due.behind()));
    let (content, left_out) = film.content(before.lasts() + u64::from(insert::filled(&film, &behind)));
    let mut patch = Patch::new();
    coding.allow(&mut film, [&before, &behind]);
    match insert::insert(&film, &before, &behind, &mut patch) {
        Ok(()) => {
            let drawn = due.drawn(patch, content);
            Ok(Outcome::Drawn(Drawn { found: drawn.found.earlier(left_out), ..drawn }))
        }
        Err(reason) => Ok(Outcome::Skip(reason)),
    }
}

/// A coding of which frames are written.
enum Coding {
    Aac(Coder),
    Alac(Alac),
}

impl Coding {
    /// The coding of a track; the reason where no frames are written.
    fn of(source: &dyn Source, film: &Film) -> std::result::Result<Self, Message> {
        let head = source.array::<4>("MP4", film.first(), phrase!("a frame", "帧")).unwrap_or_default();
        if let Some(coder) = aac::of(film, head) {
            return coder.map(Self::Aac);
        }
        let name = film.table(b"stsd").get(12..16).unwrap_or_default();
        let other = || CODING.with([String::from_utf8_lossy(name).escape_default().to_string().into()]);
        Alac::of(film).map(Self::Alac).ok_or_else(other)
    }

    /// What frames are written of.
    fn carries(&self) -> Carries {
        match self {
            Self::Aac(_) => Carries::Tones,
            Self::Alac(_) => Carries::Anything,
        }
    }

    fn encode(&self, mono: &[f32]) -> Frames {
        match self {
            Self::Aac(coder) => aac::encode(*coder, mono),
            Self::Alac(alac) => alac.encode(mono),
        }
    }

    /// Changes the description of the track so that it allows the new frames.
    fn allow(&self, film: &mut Film, frames: [&Frames; 2]) {
        let largest = frames.iter().flat_map(|f| &f.coded).map(Vec::len).max().unwrap_or(0);
        if let (Self::Alac(_), Some(description)) = (self, film.table_mut(b"stsd")) {
            alac::allow(description, largest as u32);
        }
    }
}

/// Looks for our label at the start and at the end.
///
/// # Errors
/// I/O, damage, limits; a file without sound.
fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Option<Found>> {
    Ok(listen::sides(open(source, limits)?.as_mut(), options)?.found())
}

#[cfg(test)]
mod tests;
