//! Ogg: samples out of Vorbis and FLAC, and out of Opus for the file beside this one; the rhythm in Vorbis and in FLAC.

use biaoshi_container::{Limits, Patch, Said, Source, SourceExt, phrase};

use super::decoder::{self, Container, Trim};
use super::listen::sides;
use super::pages::{self, NAME};
use super::{flac, vorbis};
use crate::reason::LOSSY;
use crate::{
    Content, Differences, Encoder, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Result, Samples, Sound,
};

/// Something else than Vorbis or FLAC.
static CODING: Said = Said {
    code: "ogg.coding",
    en: "the sound in the Ogg file is neither Vorbis nor FLAC",
    zh: "Ogg 文件中的声音既不是 Vorbis 也不是 FLAC",
};

pub(crate) static MEDIA: Media = Media {
    format: "ogg",
    explicit: Some(Explicit {
        apply: |source, options, limits| match mark(source, options, limits) {
            Err(Error::Unable(reason)) => Ok(Outcome::Skip(reason)),
            other => other,
        },
        find: |source, options, limits| Ok(find(source, options, limits)?.into_iter().collect()),
        // Of FLAC, frames old and new are kept.
        cost: |source, _| source.len().saturating_mul(2).saturating_add(128 << 20),
    }),
    // Of FLAC, frames old and new are kept.
    content: Content::Samples(Samples {
        open,
        add: Some(add),
        anew: Some(anew),
        cost: |source, _| source.len().saturating_mul(2).saturating_add(64 << 20),
    }),
    says: &SAYS,
};

/// With the reasons of all streams in Ogg, Opus among them.
static SAYS: [&Said; 8] = {
    let ([a, b, c, d, e], [f, g]) = (pages::SAYS, vorbis::SAYS);
    [&CODING, a, b, c, d, e, f, g]
};

/// The sound of any of these codings.
///
/// # Errors
/// I/O, limits; [`Error::Unable`] for codings that are not known.
pub(super) fn open<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    decoder::open(Container::Ogg, source, 0, Trim::default(), limits)
}

/// Adds to the samples of FLAC.
///
/// # Errors
/// I/O, damage, limits; codings that lose.
fn add(source: &dyn Source, differences: &mut dyn Differences, limits: &Limits) -> Result<Patch> {
    match coding(source)? {
        Coding::Vorbis => Err(Error::Unable(LOSSY.with(["Vorbis".into()]))),
        Coding::Flac => flac::add_paged(source, differences, limits),
        Coding::Other => Err(Error::Unable(CODING.message())),
    }
}

/// The same in Vorbis too, by an encoder.
///
/// # Errors
/// Those of [`add`]; what the encoder says.
fn anew(
    source: &dyn Source,
    differences: &mut dyn Differences,
    encoder: &dyn Encoder,
    limits: &Limits,
) -> Result<Patch> {
    match coding(source)? {
        Coding::Vorbis => vorbis::anew(source, differences, encoder, limits),
        Coding::Flac | Coding::Other => add(source, differences, limits),
    }
}

/// What the first stream is.
enum Coding {
    Vorbis,
    Flac,
    Other,
}

fn coding(source: &dyn Source) -> Result<Coding> {
    // The first page has 28 bytes of header where it holds the first packet of a stream alone.
    let magic: [u8; 7] = source.array(NAME, 28, phrase!("the first packet", "首包")).map_err(pages::refused)?;
    Ok(match &magic {
        b"\x01vorbis" => Coding::Vorbis,
        // Behind the magic is the version of the mapping.
        [0x7f, b'F', b'L', b'A', b'C', 1, _] => Coding::Flac,
        _ => Coding::Other,
    })
}

/// Inserts the label where it is missing.
///
/// # Errors
/// I/O, limits; [`Error::Unable`] for a stream that cannot take it.
fn mark(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    match coding(source)? {
        Coding::Vorbis => vorbis::mark(source, options, limits),
        Coding::Flac => flac::mark_paged(source, options, limits),
        Coding::Other => Ok(Outcome::Skip(CODING.message())),
    }
}

/// Looks for our label at the start and at the end.
///
/// # Errors
/// I/O, damage, limits; no sound that can be decoded.
fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Option<Found>> {
    Ok(sides(open(source, limits)?.as_mut(), options)?.found())
}
