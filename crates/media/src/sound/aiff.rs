//! AIFF and AIFC: the rhythm is inserted in `SSND` before or after the content; sizes, the number of frames and markers move
//! with it, the content's samples stay (Audio Interchange File Format 1.3; AIFF-C, draft of 1991).

mod layout;

use biaoshi_container::{Limits, Patch, Said, Source};
use biaoshi_explicit::audio::Position;

use super::decoder::{self, Container, Trim};
use super::listen::{self, Levelled};
use super::stored::Stored;
use crate::{Content, Drawn, Explicit, Found, Media, Outcome, Result, Samples, Sound};
use layout::{Shape, Wave};

const NAME: &str = "AIFF";

/// Samples of a compression that is not written.
static CODING: Said = Said {
    code: "aiff.samples",
    en: "AIFF-C compression `{}` with {} bits is neither PCM, floating point nor G.711",
    zh: "AIFF-C 压缩类型 `{}`({} 位)不是 PCM、浮点或 G.711",
};

/// With the label the file would be larger than its 32-bit sizes can say.
static SIZE_FIELD: Said = Said {
    code: "aiff.size",
    en: "with the label the AIFF would outgrow its 32-bit sizes",
    zh: "加入标识后 AIFF 会超出 32 位长度字段",
};

pub(crate) static MEDIA: Media = Media {
    format: "aiff",
    explicit: Some(Explicit {
        apply: |source, options, limits| mark(source, options.position, limits),
        find: |source, _, limits| Ok(find(source, limits)?.into_iter().collect()),
        cost: |_, _| 1 << 20,
    }),
    content: Content::Samples(Samples { open, cost: |_, _| 1 << 20 }),
    says: &[&CODING, &SIZE_FIELD],
};

/// Opens the sound: stored samples by code of our own, coded ones by that of others.
///
/// # Errors
/// I/O, damage, limits; codings that nobody knows.
fn open<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    match Wave::read(source, limits)? {
        Shape::Known(wave) => Ok(Box::new(Stored::new(source, wave.layout))),
        Shape::Skip(_) => decoder::open(Container::Aiff, source, 0, Trim::default(), limits),
    }
}

/// Inserts the rhythm where it is missing, 6 LU quieter than the clip.
///
/// # Errors
/// I/O, damage, limits.
fn mark(source: &dyn Source, position: Position, limits: &Limits) -> Result<Outcome> {
    let wave = match Wave::read(source, limits)? {
        Shape::Known(wave) => wave,
        Shape::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    let sound = &mut Stored::new(source, wave.layout.clone());
    let sides = listen::sides(sound)?;
    let missing = sides.missing(position);
    if let Some(found) = sides.found().filter(|_| missing.is_none()) {
        return Ok(Outcome::Already(found));
    }
    let Levelled { rhythm, notes } = match listen::rhythm(sound)? {
        Ok(levelled) => levelled,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let mut patch = Patch::new();
    let frames = rhythm.frames() as u64;
    let shift = if missing.before { frames } else { 0 };
    let added = shift + if missing.behind { frames } else { 0 };
    if !wave.grow(source, added, shift, limits, &mut patch)? {
        return Ok(Outcome::Skip(SIZE_FIELD.message()));
    }
    let coded = |side| wave.layout.coding.encode(&rhythm.samples(side), wave.layout.channels);
    if missing.before {
        patch.insert(wave.layout.data.start, coded(true));
    }
    if missing.behind {
        patch.insert(wave.layout.data.end, coded(false));
    }
    let found = missing.put((wave.layout.frames() + shift) as f64 / f64::from(wave.layout.rate));
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
