//! The watermark alone, in one file.

use std::path::Path;

use biaoshi_container::{Error as Damage, Limits, Patched, Source};
use biaoshi_metadata::{Head, sniff};
use biaoshi_watermark::Payload;
use biaoshi_watermark::image::{Detection, Detector, Effort, Embedder, Plane, Scratch, Strength};

use super::write::{Target, replace};
use super::{Input, Opened};
use crate::codec::picture::{self, Pixels, Read, pixels};
use crate::codec::{Note, Reason};
use crate::plan::Permits;
use crate::{Error, Refusal, Result};

/// What embedding and detecting share.
#[derive(Debug, Default)]
pub struct WatermarkOptions {
    /// What one file may cost.
    pub limits: Limits,
    /// Memory for decoded pictures.
    pub permits: Permits,
    /// Replace an output that is there.
    pub overwrite: bool,
}

/// A key made ready for writing marks and reading them.
pub struct Marker {
    embedder: Embedder,
    detector: Detector,
}

impl Marker {
    /// Prepares a key.
    pub fn new(key: &biaoshi_watermark::Key) -> Self {
        Self { embedder: Embedder::new(key), detector: Detector::new(key) }
    }
}

/// Writes a copy of a picture with a payload in its pixels; says what else had to change. The mark is found in the output
/// before the output exists.
///
/// # Errors
/// I/O, damage, limits, formats without a row that writes, a picture that cannot carry a mark or carries another one; an
/// output that is there.
pub fn embed_watermark(
    input: &Input,
    output: &Path,
    payload: Payload,
    marker: &Marker,
    options: &WatermarkOptions,
) -> Result<Vec<Note>> {
    let opened = Opened::open(input, &options.limits)?;
    let source = &opened.window;
    let row = row(input, source)?;
    let open = row.open.ok_or_else(|| cannot("a picture of this format, which is only searched"))?;
    let _permit = options.permits.take((row.cost)(source, &options.limits));
    let mut picture = match open(source, &options.limits)? {
        picture::Opened::Picture(picture) => picture,
        picture::Opened::Skip(reason) => return Err(skipped(&reason)),
    };
    let lightness = picture.lightness();
    match marker.detector.detect(&lightness, Effort::Fast).mark {
        // Never two on top of each other.
        Some(mark) if mark.payload != payload => {
            return Err(cannot("a picture that carries another payload of this key"));
        }
        Some(_) => {}
        None => {
            let mark = marker.embedder.embed(&lightness, payload, Strength::default());
            let mark = mark.ok_or_else(|| cannot("a picture with a side under 64 pixels"))?;
            let mut scratch = Scratch::default();
            picture.add(&mut |y, delta| mark.row(y, &mut scratch, delta));
        }
    }
    drop(lightness);
    let patch = picture.patch(source, &options.limits)?;
    let notes = picture.notes();
    drop(picture);
    let view = Patched::new(source, &patch);
    let seen = marker.detector.detect(&lightness_of(row, &view, &options.limits)?, Effort::Fast);
    if seen.mark.is_none_or(|m| m.payload != payload) {
        return Err(cannot("a picture too small or too plain to carry a mark"));
    }
    let file = std::fs::File::open(&input.path)?;
    let target = Target { path: output, overwrite: options.overwrite, in_place: false, durable: false, mark: "" };
    replace(&view, &target, (&file, &opened.metadata), || opened.unchanged(&input.path))?;
    Ok(notes)
}

/// Looks for a mark in the pixels of a picture.
///
/// # Errors
/// I/O, damage, limits, formats without a row.
pub fn detect_watermark(
    input: &Input,
    marker: &Marker,
    effort: Effort,
    options: &WatermarkOptions,
) -> Result<Detection> {
    let opened = Opened::open(input, &options.limits)?;
    let source = &opened.window;
    let row = row(input, source)?;
    let _permit = options.permits.take((row.cost)(source, &options.limits));
    Ok(marker.detector.detect(&lightness_of(row, source, &options.limits)?, effort))
}

fn row(input: &Input, source: &dyn Source) -> Result<&'static Pixels> {
    let extension = input.extension();
    let format = sniff(&Head::new(source, &extension)?).ok_or(Error::UnknownFormat)?;
    pixels(format).ok_or_else(|| cannot("this format"))
}

fn lightness_of(row: &Pixels, source: &dyn Source, limits: &Limits) -> Result<Plane> {
    match (row.lightness)(source, limits)? {
        Read::Plane(plane) => Ok(plane),
        Read::Skip(reason) => Err(skipped(&reason)),
    }
}

fn cannot(why: &'static str) -> Error {
    Damage::unsupported("watermark", why).into()
}

fn skipped(reason: &Reason) -> Error {
    Refusal::Layer("watermark".into(), reason.to_string()).into()
}
