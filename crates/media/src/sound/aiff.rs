//! AIFF and AIFC: the label is inserted in `SSND` before or after the content; sizes, the number of frames and markers move
//! with it, the content's samples stay (Audio Interchange File Format 1.3; AIFF-C, draft of 1991).

mod layout;

use biaoshi_container::{Limits, Patch, Said, Source};

use super::decoder::{self, Container, Trim};
use super::listen;
use super::stored::{self, Stored};
use crate::{Content, Differences, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Result, Samples, Sound};
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
        apply: mark,
        find: |source, options, limits| Ok(find(source, options, limits)?.into_iter().collect()),
        cost: |_, _| 1 << 20,
    }),
    content: Content::Samples(Samples { open, add: Some(add), anew: None, cost: |_, _| 1 << 20 }),
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

/// Adds to the samples, which have to be stored one by one.
///
/// # Errors
/// I/O, damage, limits; codings that lose.
fn add(source: &dyn Source, differences: &mut dyn Differences, limits: &Limits) -> Result<Patch> {
    match Wave::read(source, limits)? {
        Shape::Known(wave) => stored::add(source, &wave.layout, differences),
        Shape::Skip(reason) => Err(Error::Unable(reason)),
    }
}

/// Inserts the label where it is missing, 6 LU quieter than the clip.
///
/// # Errors
/// I/O, damage, limits.
fn mark(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let wave = match Wave::read(source, limits)? {
        Shape::Known(wave) => wave,
        Shape::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    stored::mark(source, &wave.layout, options, &mut |added, before, patch| {
        let fits = wave.grow(source, added, before, limits, patch)?;
        Ok(if fits { Ok(()) } else { Err(SIZE_FIELD.message()) })
    })
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
