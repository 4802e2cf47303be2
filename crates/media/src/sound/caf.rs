//! Core Audio Format: the label is inserted in `data` before or after the content; sizes, markers and regions move with it, the
//! content's samples stay (Apple, Core Audio Format Specification 1.0).

mod layout;

use biaoshi_container::{Limits, Patch, Said, Source};

use super::decoder::{self, Container, Trim};
use super::listen;
use super::stored::{self, Stored};
use crate::{Content, Differences, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Result, Samples, Sound};
use layout::{Shape, Wave};

const NAME: &str = "CAF";

/// Samples of a coding that is not written.
static CODING: Said = Said {
    code: "caf.samples",
    en: "CAF format `{}` with {} bits is neither PCM, floating point nor G.711",
    zh: "CAF 格式 `{}`({} 位)不是 PCM、浮点或 G.711",
};

pub(crate) static MEDIA: Media = Media {
    format: "caf",
    explicit: Some(Explicit {
        apply: mark,
        find: |source, options, limits| Ok(find(source, options, limits)?.into_iter().collect()),
        cost: |_, _| 1 << 20,
    }),
    content: Content::Samples(Samples { open, add: Some(add), anew: None, cost: |_, _| 1 << 20 }),
    says: &[&CODING],
};

/// Opens the sound: stored samples by code of our own, coded ones by that of others.
///
/// # Errors
/// I/O, damage, limits; codings that nobody knows.
fn open<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    match Wave::read(source, limits)? {
        Shape::Known(wave) => Ok(Box::new(Stored::new(source, wave.layout))),
        Shape::Skip(_) => decoder::open(Container::Caf, source, 0, Trim::default(), limits),
    }
}

/// Adds to the samples, which have to be stored one by one.
///
/// # Errors
/// I/O, damage, limits; codings that lose.
fn add(source: &dyn Source, differences: &mut dyn Differences, limits: &Limits) -> Result<Patch> {
    match Wave::read(source, limits)? {
        Shape::Known(wave) => {
            let mut patch = stored::add(source, &wave.layout, differences)?;
            wave.edited(source, &mut patch)?;
            Ok(patch)
        }
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
        wave.grow(source, added, before, limits, patch).map(Ok).map_err(Error::from)
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
