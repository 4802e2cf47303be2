//! The watermark alone, in one file.

use std::path::Path;

use biaoshi_container::{Error as Damage, Limits, Patched, Source, SourceExt};
use biaoshi_metadata::{Head, sniff};
use biaoshi_watermark::Payload;
use biaoshi_watermark::image::{Detection, Detector, Effort, Embedder, Scratch, Strength};

use super::write::{Target, replace};
use super::{Input, Opened};
use crate::codec::raster::Raster;
use crate::plan::Permits;
use crate::{Error, Result};

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

/// Writes a copy of a picture with a payload in its pixels. The mark is found in the output before the output exists.
///
/// # Errors
/// I/O, damage, limits, formats other than PNG, a picture that cannot carry a mark or carries another one; an output
/// that is there.
pub fn embed_watermark(
    input: &Input,
    output: &Path,
    payload: Payload,
    marker: &Marker,
    options: &WatermarkOptions,
) -> Result<()> {
    let opened = Opened::open(input, &options.limits)?;
    let source = &opened.window;
    let _permit = options.permits.take(cost(source, &options.limits));
    let mut raster = picture(input, source, &options.limits)?;
    let lightness = raster.lightness();
    let cannot = |why: &'static str| Error::from(Damage::unsupported("watermark", why));
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
            raster.add(|y, delta| mark.row(y, &mut scratch, delta));
        }
    }
    drop(lightness);
    let patch = raster.patch()?;
    drop(raster);
    let view = Patched::new(source, &patch);
    let seen = marker.detector.detect(&Raster::read(&view, &options.limits)?.lightness(), Effort::Fast);
    if seen.mark.is_none_or(|m| m.payload != payload) {
        return Err(cannot("a picture too small or too plain to carry a mark"));
    }
    let file = std::fs::File::open(&input.path)?;
    let target = Target { path: output, overwrite: options.overwrite, in_place: false, durable: false, mark: "" };
    replace(&view, &target, (&file, &opened.metadata), || opened.unchanged(&input.path)).map(drop)
}

/// Looks for a mark in the pixels of a picture.
///
/// # Errors
/// I/O, damage, limits, formats other than PNG.
pub fn detect_watermark(
    input: &Input,
    marker: &Marker,
    effort: Effort,
    options: &WatermarkOptions,
) -> Result<Detection> {
    let opened = Opened::open(input, &options.limits)?;
    let source = &opened.window;
    let _permit = options.permits.take(cost(source, &options.limits));
    let raster = picture(input, source, &options.limits)?;
    Ok(marker.detector.detect(&raster.lightness(), effort))
}

fn picture(input: &Input, source: &dyn Source, limits: &Limits) -> Result<Raster> {
    let extension = input.extension();
    match sniff(&Head::new(source, &extension)?) {
        Some(format) if format.name == "png" => Ok(Raster::read(source, limits)?),
        Some(_) => Err(Damage::unsupported("watermark", "pictures other than PNG").into()),
        None => Err(Error::UnknownFormat),
    }
}

/// Memory that a picture needs: its bytes, its samples and a plane, by the numbers in its header.
fn cost(source: &dyn Source, limits: &Limits) -> u64 {
    let side = |offset| source.array::<4>("PNG", offset, "the size").map_or(0, u32::from_be_bytes).min(limits.side);
    let pixels = u64::from(side(16)) * u64::from(side(20));
    source.len() + pixels.saturating_mul(16).min(limits.decoded.saturating_mul(2))
}
