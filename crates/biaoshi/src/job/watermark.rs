//! The watermark alone, in one file.

use std::path::Path;

use biaoshi_container::text::opening;
use biaoshi_container::{Error as Damage, Limits, Message, Patch, Patched, Source};
use biaoshi_media::{Content, row_of};
use biaoshi_metadata::{FORMATS, Format, Head, Kind, sniff};
use biaoshi_watermark::{Effort, Payload};

use super::marking::{Detected, Marked, Marker, Means, Wanted, look, mark};
use super::write::{Target, replace};
use super::{Input, Opened};
use crate::plan::{Layer, Permits};
use crate::{Error, Refusal, Result};

/// What embedding and detecting share.
#[derive(Debug, Default)]
pub struct WatermarkOptions {
    /// What one file may cost.
    pub limits: Limits,
    /// Memory for decoded content.
    pub permits: Permits,
    /// Replace an output that is there.
    pub overwrite: bool,
}

impl WatermarkOptions {
    fn means(&self) -> Means<'_> {
        Means { limits: &self.limits, permits: &self.permits }
    }
}

/// Writes a copy of a file with a payload in its pixels, samples or words; says what else had to change. The mark is found in the
/// output before the output exists. A file that carries this payload is copied as it is.
///
/// # Errors
/// I/O, damage, limits, formats without a row that writes, content that cannot carry a mark or carries another one; an
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
    let wanted = Wanted { payload, marker, effort: Effort::Fast, spare: &[] };
    let (patch, notes) =
        match mark(source, format(input, source, input.extension().is_empty())?, &wanted, options.means())? {
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

/// Looks for a mark in the content of a file.
///
/// # Errors
/// I/O, damage, limits, formats without a row.
pub fn detect_watermark(
    input: &Input,
    marker: &Marker,
    effort: Effort,
    options: &WatermarkOptions,
) -> Result<Detected> {
    let opened = Opened::open(input, &options.limits)?;
    let source = &opened.window;
    let format = format(input, source, true)?;
    if !has_content(format) {
        return Err(refused(Layer::Watermark.missing(format.name)));
    }
    look(source, format, marker.detectors(), effort, options.means())?
        .map_err(|reason| Damage::unsupported("watermark", reason).into())
}

/// The format whose content is meant. `any`: whether a text counts as plain whatever its name says, as it may where it is only
/// read, or has no name.
fn format(input: &Input, source: &dyn Source, any: bool) -> Result<&'static Format> {
    let known = sniff(&Head::new(source, &input.extension())?);
    let plain = any && known.is_none_or(|format| format.kind == Kind::Text && !has_content(format));
    if plain && opening(source).is_ok() {
        let txt = FORMATS.iter().find(|format| format.name == "txt").copied();
        return txt.ok_or(Error::UnknownFormat);
    }
    known.ok_or(Error::UnknownFormat)
}

/// Whether the content of a format is known.
fn has_content(format: &Format) -> bool {
    row_of(format.name).is_some_and(|row| !matches!(row.content, Content::None))
}

fn refused(why: Message) -> Error {
    Refusal::Layer(Layer::Watermark, why).into()
}
