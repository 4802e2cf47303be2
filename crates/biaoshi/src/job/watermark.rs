//! The watermark alone, in one file.

use std::path::Path;

use biaoshi_container::{Error as Damage, Limits, Message, Patch, Patched, Source};
use biaoshi_media::{Read, pixels};
use biaoshi_metadata::{Format, Head, sniff};
use biaoshi_watermark::Payload;
use biaoshi_watermark::image::{Detection, Effort};

use super::marking::{Marked, Marker, Means, Wanted, mark};
use super::write::{Target, replace};
use super::{Input, Opened};
use crate::plan::{Layer, Permits};
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

impl WatermarkOptions {
    fn means(&self) -> Means<'_> {
        Means { limits: &self.limits, permits: &self.permits }
    }
}

/// Writes a copy of a picture with a payload in its pixels; says what else had to change. The mark is found in the output
/// before the output exists. A picture that carries this payload is copied as it is.
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
) -> Result<Vec<Message>> {
    let opened = Opened::open(input, &options.limits)?;
    let source = &opened.window;
    let wanted = Wanted { payload, marker, effort: Effort::Fast };
    let (patch, notes) = match mark(source, format(input, source)?, &wanted, options.means())? {
        Marked::New { patch, notes, .. } => (patch, notes),
        Marked::Already(there) if there == payload => (Patch::new(), Vec::new()),
        Marked::Already(other) => return Err(Refusal::OtherMark(other).into()),
        Marked::Skip(skip) => return Err(refused(skip)),
    };
    let view = Patched::new(source, &patch);
    let file = std::fs::File::open(&input.path)?;
    let target = Target { overwrite: options.overwrite, ..Target::new(output) };
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
    let format = format(input, source)?;
    let row = pixels(format.name).ok_or_else(|| refused(Layer::Watermark.missing(format.name)))?;
    let _permit = options.permits.take((row.cost)(source, &options.limits));
    match (row.lightness)(source, &options.limits)? {
        Read::Plane(plane) => Ok(marker.detector().detect(&plane, effort)),
        Read::Skip(reason) => Err(Damage::unsupported("watermark", reason).into()),
    }
}

fn format(input: &Input, source: &dyn Source) -> Result<&'static Format> {
    sniff(&Head::new(source, &input.extension())?).ok_or(Error::UnknownFormat)
}

fn refused(why: Message) -> Error {
    Refusal::Layer(Layer::Watermark, why).into()
}
