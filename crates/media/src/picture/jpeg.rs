//! JPEG: the blocks under the label are decoded, blended and quantised again with the file's own tables; every other
//! coefficient, every application segment and everything behind the picture stays (ITU-T T.81).
//!
//! The bits of a scan are walked over once ([`walk`]), and the label is put between them ([`splice`]). A file that is not as
//! the standard has it is decoded and coded anew by a library, which also says what is wrong with a damaged one.

mod bits;
mod block;
mod blocks;
mod coding;
mod frame;
mod huffman;
mod kept;
mod proof;
mod scanned;
mod skip;
mod splice;
mod steps;
mod walk;
mod whole;

use std::panic::{AssertUnwindSafe, catch_unwind};

use biaoshi_container::jpeg::{self as grammar, Segment};
use biaoshi_container::{Error as Damage, Limits, Message, Patch, Said, Source, SourceExt, phrase, said};
use biaoshi_explicit::image::{Corner, Stamp, find_blend, glance};
use libjpeg_turbo_rs::{JpegCoefficients, JpegError, read_coefficients};
use libjpeg_turbo_rs::{write_coefficients_optimized, write_coefficients_progressive};

use super::Stamped;
use crate::picture::INKS;
use crate::pixels::Pixels;
use crate::reason::DECODER;
use crate::{Content, Drawn, Error, Explicit, Found, Media, Outcome, Result};
use blocks::{Coefficients, Luma, Plane};
use frame::{Frame, Shape};
use scanned::Scanned;
use whole::{cost, lightness, open};

const NAME: &str = "JPEG";

/// A coding process without baseline or progressive Huffman coding (T.81 table B.1); `{}` is the second byte of the marker.
static PROCESS: Said = Said {
    code: "jpeg.process",
    en: "JPEG process 0x{} is neither baseline nor progressive Huffman coding",
    zh: "JPEG 编码方式 0x{} 不是基线或渐进式霍夫曼编码",
};

/// Samples of more than 8 bits.
static PRECISION: Said = Said {
    code: "jpeg.precision",
    en: "JPEG samples of {} bits; 8 are supported",
    zh: "JPEG 采样为 {} 位,仅支持 8 位",
};

/// A number of components or a subsampling without a known meaning.
static COMPONENTS: Said = Said {
    code: "jpeg.components",
    en: "a number of JPEG components or a subsampling that is not supported",
    zh: "JPEG 的分量数或子采样方式不支持",
};

/// Tables that change between scans, or a height that comes after them.
static SCANS: Said = Said {
    code: "jpeg.scans",
    en: "JPEG scans with their own quantisation tables or a late height",
    zh: "JPEG 在扫描之间更换量化表或补写高度",
};

/// A note: the file was cut off at its end and is whole now, with what was left of it.
static ENDED: Said = Said {
    code: "jpeg.ended",
    en: "the JPEG has the end-of-image marker that it had not",
    zh: "JPEG 缺少的图像结束标记已补上",
};

pub(crate) static MEDIA: Media = Media {
    format: "jpeg",
    explicit: Some(Explicit {
        apply: |source, options, limits| draw(source, options.on_picture(), options.corner, limits),
        find: |source, options, limits| Ok(find(source, options.on_picture(), limits)?.into_iter().collect()),
        cost: cost_of_drawing,
    }),
    content: Content::Pixels(Pixels { open: Some(open), lightness, cost }),
    says: &[&PROCESS, &PRECISION, &COMPONENTS, &SCANS, &ENDED, &INKS],
};

/// Draws `words` in a corner of the picture as displayed.
///
/// # Errors
/// I/O, damage, limits; words that do not conform or have no glyphs.
fn draw(source: &dyn Source, words: &str, corner: Corner, limits: &Limits) -> Result<Outcome> {
    let frame = match Frame::read(source, limits)? {
        Shape::Known(frame) => frame,
        Shape::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    let stamp = match super::stamp(&frame.canvas, words, corner)? {
        Stamped::Stamp(stamp) => stamp,
        Stamped::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    if let Some(mut scanned) = Scanned::read(source, &frame, Some(&stamp), limits)? {
        match scanned.look(words) {
            Some(Some(found)) => return Ok(Outcome::Already(found)),
            Some(None) => match scanned.draw(source, &stamp, words)? {
                Some(Ok(drawn)) => return Ok(Outcome::Drawn(drawn)),
                Some(Err(reason)) => return Ok(Outcome::Skip(reason)),
                None => {}
            },
            None => {}
        }
    }
    draw_anew(source, &frame, &stamp, words, limits)
}

/// Looks for our label with `words`, in every corner.
///
/// # Errors
/// I/O, damage, limits; a file that [`draw`] would skip.
fn find(source: &dyn Source, words: &str, limits: &Limits) -> Result<Option<Found>> {
    let frame = match Frame::read(source, limits)? {
        Shape::Known(frame) => frame,
        Shape::Skip(reason) => return Err(Error::Unable(reason)),
    };
    if let Some(found) = Scanned::read(source, &frame, None, limits)?.and_then(|mut scanned| scanned.look(words)) {
        return Ok(found);
    }
    let bytes = frame.bytes(source, limits)?;
    match decode(&bytes, &frame)? {
        Decoded::Picture(picture) => Ok(look(&picture, &frame, words, |_, _| true)),
        Decoded::Skip(reason) => Err(Error::Unable(reason)),
    }
}

/// Draws by coding the whole picture anew.
fn draw_anew(source: &dyn Source, frame: &Frame, stamp: &Stamp, words: &str, limits: &Limits) -> Result<Outcome> {
    let bytes = frame.bytes(source, limits)?;
    let mut picture = match decode(&bytes, frame)? {
        Decoded::Picture(picture) => picture,
        Decoded::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    if let Some(found) = look(&picture, frame, words, |_, _| true) {
        return Ok(Outcome::Already(found));
    }
    if let Err(reason) = blend(&mut picture, frame, stamp) {
        return Ok(Outcome::Skip(reason));
    }
    let coded = match code(&picture, frame.progressive)? {
        Ok(coded) => coded,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let patch = replace(source, frame, coded, limits)?;
    let found = super::in_picture(stamp, words);
    Ok(Outcome::Drawn(Drawn {
        patch,
        found,
        notes: frame.notes(),
        outlasts: None,
        damage: frame.damage(),
        confirm: None,
    }))
}

/// Blends the label into every component.
fn blend(picture: &mut impl Coefficients, frame: &Frame, stamp: &Stamp) -> std::result::Result<(), Message> {
    for (index, ink) in (0..).zip(frame.inks) {
        let (across, down) = frame.subsampling(index).ok_or_else(|| COMPONENTS.message())?;
        let blend = stamp.blend(across, down);
        Plane::decode(picture, index, blend.place).blend(picture, &blend, *ink);
    }
    Ok(())
}

/// Looks for labels of which `is_there` says that the coefficients are; it is given the luma of pixels.
fn look(
    picture: &impl Coefficients,
    frame: &Frame,
    words: &str,
    mut is_there: impl FnMut(&Stamp, &dyn Fn(u32, u32) -> u8) -> bool,
) -> Option<Found> {
    let (index, ink) = frame.telling()?;
    let (across, down) = frame.subsampling(index)?;
    let seen = Luma::new(picture, index, ink);
    let luma = |x, y| seen.at(x / across, y / down);
    super::look(&frame.canvas, words, luma, |stamp: &Stamp| {
        if !is_there(stamp, &luma) || !glance(stamp, luma) {
            return None;
        }
        let blend = stamp.blend(across, down);
        let plane = Plane::decode(picture, index, blend.place);
        find_blend(&blend, |x, y| ink.luma(plane.sample(x, y)))
    })
}

enum Decoded {
    Picture(JpegCoefficients),
    Skip(Message),
}

fn decode(bytes: &[u8], frame: &Frame) -> Result<Decoded> {
    match guarded(frame.scan, || read_coefficients(bytes))? {
        Ok(picture) if blocks::sound(&picture, frame.inks.len()) => Ok(Decoded::Picture(picture)),
        Ok(_) => Ok(Decoded::Skip(COMPONENTS.message())),
        Err(reason) => Ok(Decoded::Skip(reason)),
    }
}

/// Codes the coefficients anew, as a file of its own.
fn code(picture: &JpegCoefficients, progressive: bool) -> Result<std::result::Result<Vec<u8>, Message>> {
    guarded(0, || match progressive {
        true => write_coefficients_progressive(picture, None),
        false => write_coefficients_optimized(picture),
    })
}

/// The coefficients, 16 bits each, and the file's bytes, twice: before and after.
fn cost_of_drawing(source: &dyn Source, limits: &Limits) -> u64 {
    let frame =
        grammar::segments(source, limits).ok().and_then(|s| s.into_iter().find(|s| matches!(s.marker, 0xc0..=0xc2)));
    let size = frame.and_then(|f| source.array::<5>(NAME, f.payload().start, phrase!("SOF", "SOF 段")).ok());
    let Some([_, a, b, c, d]) = size else { return 0 };
    let pixels = u64::from(u16::from_be_bytes([a, b])) * u64::from(u16::from_be_bytes([c, d]));
    pixels.saturating_mul(3 * 2).min(2 * limits.decoded).saturating_add(2 * source.len())
}

/// Runs a call of the JPEG crate: its panics and complaints about the bytes become errors, what it does not support
/// a reason to skip. `place` is where the scans begin.
fn guarded<T>(
    place: u64,
    call: impl FnOnce() -> libjpeg_turbo_rs::Result<T>,
) -> Result<std::result::Result<T, Message>> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(Ok(value)),
        Ok(Err(JpegError::Unsupported(feature))) => {
            let what = Message::pair(&*feature, format!("解码器原文:{feature}"));
            Ok(Err(DECODER.with([what.into()])))
        }
        Ok(Err(JpegError::UnexpectedEof)) => Err(Damage::truncated(NAME, place, phrase!("the picture", "图像")).into()),
        Ok(Err(error)) => {
            let what = Message::pair(error.to_string(), format!("图像无法解码(解码器原文:{error})"));
            Err(Damage::invalid(NAME, place, what).into())
        }
        Err(_) => Ok(Err(DECODER.with([said!("the JPEG decoder gave up", "JPEG 解码器中止").into()]))),
    }
}

/// The patch that puts the newly coded tables, frame and scans in the place of the old ones.
fn replace(source: &dyn Source, frame: &Frame, coded: Vec<u8>, limits: &Limits) -> Result<Patch> {
    let is_kept = |s: &&Segment| (grammar::APP0..=0xef).contains(&s.marker) || s.marker == grammar::COM;
    // The encoder's own APP0 or APP14 are not wanted: the file's stay.
    let tables = grammar::segments(&coded, limits)?.iter().find(|s| !is_kept(s)).map_or(0, |s| s.start);
    let mut scans = Vec::with_capacity(coded.len());
    for segment in &frame.between {
        scans.extend(source.bytes(
            NAME,
            segment.range(),
            limits.part,
            phrase!("a segment between scans", "扫描之间的段"),
        )?);
    }
    scans.extend(coded.get(usize::try_from(tables).unwrap_or(0)..).unwrap_or_default());
    let mut patch = Patch::new();
    // Bytes in front of a segment that belong to none go with it: they might become a marker with what follows then.
    let mut behind = frame.header.first().map_or(0, |first| first.start);
    for segment in frame.header.iter().filter(|s| s.marker != grammar::SOS) {
        let end = segment.range().end;
        if !is_kept(&segment) {
            patch.remove(behind..end);
        }
        behind = end;
    }
    patch.replace(frame.scan..frame.end, scans);
    fix_mpf(source, frame, &mut patch)?;
    Ok(patch)
}

/// Keeps the index of a file of several pictures true.
fn fix_mpf(source: &dyn Source, frame: &Frame, patch: &mut Patch) -> Result<()> {
    let is_mpf = |s: &&Segment| s.marker == grammar::APP2 && s.read(source).is_ok_and(|p| p.starts_with(grammar::MPF));
    if let Some(mpf) = frame.header.iter().find(is_mpf) {
        grammar::fix_mpf(source, mpf, patch)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
