//! The second table: which formats have a layer that people see, hear or read, and how it gets into them.

use biaoshi_container::{Limits, Source, SourceExt, jpeg};
use biaoshi_metadata::Format;

use super::ExplicitOptions;
use crate::codec::{self, Found, Outcome, Place};
use crate::report::Explicit;

/// The explicit layer of one format.
pub struct ExplicitLayer {
    /// Name of the format's row.
    pub format: &'static str,
    /// Puts the label in, unless it is there.
    pub apply: fn(&dyn Source, &ExplicitOptions, &Limits) -> codec::Result<Outcome>,
    /// Finds labels.
    pub find: fn(&dyn Source, &ExplicitOptions, &Limits) -> codec::Result<Vec<Explicit>>,
    /// Bytes of memory that one of the above takes, about.
    pub cost: fn(&dyn Source, &Limits) -> u64,
}

/// The formats that have a visible, audible or readable layer. A test ties the names to `FORMATS`.
pub static LAYERS: &[ExplicitLayer] = &[
    ExplicitLayer {
        format: "png",
        apply: |source, options, limits| codec::png::draw(source, &options.words, options.corner, limits),
        find: |source, options, limits| Ok(report(codec::png::find(source, &options.words, limits)?)),
        cost: codec::png::cost_of_drawing,
    },
    ExplicitLayer {
        format: "jpeg",
        apply: |source, options, limits| codec::jpeg::draw(source, &options.words, options.corner, limits),
        find: |source, options, limits| Ok(report(codec::jpeg::find(source, &options.words, limits)?)),
        cost: jpeg_cost,
    },
    ExplicitLayer {
        format: "webp",
        apply: |source, options, limits| codec::webp::draw(source, &options.words, options.corner, limits),
        find: |source, options, limits| Ok(report(codec::webp::find(source, &options.words, limits)?)),
        cost: codec::webp::cost,
    },
    ExplicitLayer {
        format: "gif",
        apply: |source, options, limits| codec::gif::draw(source, &options.words, options.corner, limits),
        find: |source, options, limits| Ok(report(codec::gif::find(source, &options.words, limits)?)),
        cost: codec::gif::cost,
    },
    ExplicitLayer {
        format: "wav",
        apply: |source, options, limits| codec::wav::mark(source, options.position, limits),
        find: |source, _, limits| Ok(report(codec::wav::find(source, limits)?)),
        cost: |_, _| 1 << 20,
    },
    ExplicitLayer {
        format: "flac",
        apply: |source, options, limits| codec::flac::mark(source, options.position, limits),
        find: |source, _, limits| Ok(report(codec::flac::find(source, limits)?)),
        // What is kept of a frame and its edits, and the last seconds.
        cost: |source, _| (source.len() / 2).saturating_add(64 << 20),
    },
    ExplicitLayer {
        format: "html",
        apply: |source, options, limits| codec::html::write(source, options.position, limits),
        find: |source, _, limits| Ok(report(codec::html::find(source, limits)?)),
        cost: |source, _| source.len().saturating_mul(8),
    },
    ExplicitLayer {
        format: "markdown",
        apply: |source, options, limits| codec::text::write(source, options.position, true, limits),
        find: |source, _, limits| Ok(report(codec::text::find(source, true, limits)?)),
        cost: |source, _| source.len().saturating_mul(8),
    },
    ExplicitLayer {
        format: "txt",
        apply: |source, options, limits| codec::text::write(source, options.position, false, limits),
        find: |source, _, limits| Ok(report(codec::text::find(source, false, limits)?)),
        cost: |source, _| source.len().saturating_mul(8),
    },
];

/// The explicit layer of a format, if it has one.
pub fn explicit_layer(format: &Format) -> Option<&'static ExplicitLayer> {
    LAYERS.iter().find(|l| l.format == format.name)
}

/// Found labels as a report has them.
fn report(found: impl IntoIterator<Item = Found>) -> Vec<Explicit> {
    let one = |found: Found| {
        let (medium, text, method) = match &found.place {
            Place::Picture { words, .. } => ("image", words.clone(), "template"),
            Place::Sound(_) => ("audio", "短长 短短".into(), "rhythm"),
            Place::Text { words, .. } => ("text", words.clone(), "line"),
        };
        Explicit { medium, text, place: found.place, method, confidence: found.score }
    };
    found.into_iter().map(one).collect()
}

/// The coefficients of a JPEG, 16 bits each, and its bytes, twice: before and after.
fn jpeg_cost(source: &dyn Source, limits: &Limits) -> u64 {
    let frame =
        jpeg::segments(source, limits).ok().and_then(|s| s.into_iter().find(|s| matches!(s.marker, 0xc0..=0xc2)));
    let size = frame.and_then(|f| source.array::<5>("JPEG", f.payload().start, "SOF").ok());
    let Some([_, a, b, c, d]) = size else { return 0 };
    let pixels = u64::from(u16::from_be_bytes([a, b])) * u64::from(u16::from_be_bytes([c, d]));
    pixels.saturating_mul(3 * 2).min(2 * limits.decoded).saturating_add(2 * source.len())
}
