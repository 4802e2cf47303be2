//! Watermarks in the pixels of one picture: put in and found again, or looked for with several keys.

use std::fmt;
use std::sync::OnceLock;

use biaoshi_container::{Limits, Message, Patch, Patched, Source, phrase};
use biaoshi_label::Record;
use biaoshi_media::{Opened, Read, pixels};
use biaoshi_metadata::Format;
use biaoshi_watermark::image::{Detector, Effort, Embedder, SMALLEST, Scratch, Strength};
use biaoshi_watermark::{Key, Payload};

use crate::judge::{Looked, Watermark};
use crate::keys;
use crate::plan::{Layer, MARK_LOST, MARK_SMALL, Permits};
use crate::provenance::{Agreement, ProviderTag, Registry};
use crate::{Error, Result};

/// A key for writing marks and reading them. What it takes is made ready when it is first needed, once for all threads.
pub struct Marker {
    key: Key,
    embedder: OnceLock<Embedder>,
    detector: OnceLock<Detector>,
}

impl Marker {
    /// Takes a key.
    pub fn new(key: Key) -> Self {
        Self { key, embedder: OnceLock::new(), detector: OnceLock::new() }
    }

    /// Names the key without telling it.
    pub fn key_id(&self) -> String {
        keys::id(&self.key)
    }

    pub(super) fn embedder(&self) -> &Embedder {
        self.embedder.get_or_init(|| Embedder::new(&self.key))
    }

    pub(super) fn detector(&self) -> &Detector {
        self.detector.get_or_init(|| Detector::new(&self.key))
    }
}

impl Default for Marker {
    /// The published key.
    fn default() -> Self {
        Self::new(Key::PUBLISHED)
    }
}

impl fmt::Debug for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}

/// How watermarks are looked for, and who is behind them.
pub struct Search {
    keys: Vec<Key>,
    /// Made ready when it is first needed, once for all threads.
    detector: OnceLock<Detector>,
    effort: Effort,
    registry: Option<Registry>,
}

impl Search {
    /// With these keys, so long, and with these providers by the tag in a payload.
    pub fn new(keys: Vec<Key>, effort: Effort, registry: Option<Registry>) -> Self {
        Self { keys, detector: OnceLock::new(), effort, registry }
    }

    fn detector(&self) -> &Detector {
        self.detector.get_or_init(|| Detector::with_keys(&self.keys))
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search").field("keys", &self.keys).field("effort", &self.effort).finish_non_exhaustive()
    }
}

/// What one picture may cost.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) limits: &'a Limits,
    pub(super) permits: &'a Permits,
}

/// What came of marking a picture.
pub(super) enum Marked {
    /// The mark is in the patched file, where it was found again.
    New {
        patch: Patch,
        /// What else had to change.
        notes: Vec<Message>,
        /// What of the picture is missing or broken.
        damage: Option<Message>,
    },
    /// The picture carries a mark of this key already.
    Already(Payload),
    /// This picture cannot carry one.
    Skip(Message),
}

/// The mark that a picture is to carry.
pub(super) struct Wanted<'a> {
    pub(super) payload: Payload,
    pub(super) marker: &'a Marker,
    /// How hard to look whether it is there: in a scaled picture it is seen from [`Effort::Normal`] on.
    pub(super) effort: Effort,
}

/// Puts a mark into the pixels of a picture, unless there is one of its key.
pub(super) fn mark(
    source: &dyn Source,
    format: &'static Format,
    wanted: &Wanted<'_>,
    means: Means<'_>,
) -> Result<Marked> {
    let Wanted { payload, marker, effort } = *wanted;
    let skip = |skip| Ok(Marked::Skip(skip));
    let row = pixels(format.name).and_then(|row| Some((row, row.open?)));
    let Some((row, open)) = row else { return skip(Layer::Watermark.missing(format.name)) };
    let limits = means.limits;
    let _permit = means.permits.take((row.cost)(source, limits));
    let mut picture = match open(source, limits)? {
        Opened::Picture(picture) => picture,
        Opened::Skip(reason) => return skip(reason),
    };
    let lightness = picture.lightness();
    if let Some(mark) = marker.detector().detect(&lightness, effort).mark() {
        return Ok(Marked::Already(mark.payload));
    }
    let Some(mark) = marker.embedder().embed(&lightness, payload, Strength::default()) else {
        return skip(MARK_SMALL.with([SMALLEST.into()]));
    };
    drop(lightness);
    let mut scratch = Scratch::default();
    picture.add(&mut |y, delta| mark.row(y, &mut scratch, delta));
    let patch = picture.patch(source, limits)?;
    let (notes, damage) = (picture.notes(), picture.damage());
    // The output is decoded in the room that the input takes now.
    drop((picture, mark));
    if !patch.is_sound() {
        return Err(Error::ReadBack(phrase!("overlapping edits", "编辑重叠")));
    }
    let seen = match (row.lightness)(&Patched::new(source, &patch), limits)? {
        Read::Plane(plane) => marker.detector().detect(&plane, Effort::Fast).marks.pop(),
        Read::Skip(reason) => return skip(reason),
    };
    match seen {
        Some(seen) if seen.payload == payload => Ok(Marked::New { patch, notes, damage }),
        _ => skip(MARK_LOST.message()),
    }
}

/// Decodes a picture once and looks for marks with every key, unless its pixels are not known or not decoded. `records`: the
/// labels of the file.
pub(super) fn find(
    source: &dyn Source,
    format: &Format,
    search: &Search,
    means: Means<'_>,
    records: &[Record],
) -> Result<Looked<Watermark>> {
    let Some(row) = pixels(format.name) else { return Ok(Looked::Unable(Layer::Watermark.missing(format.name))) };
    let _permit = means.permits.take((row.cost)(source, means.limits));
    let plane = match (row.lightness)(source, means.limits)? {
        Read::Plane(plane) => plane,
        Read::Skip(reason) => return Ok(Looked::Unable(reason)),
    };
    let detection = search.detector().detect(&plane, search.effort);
    let mut marks = Vec::new();
    for mark in &detection.marks {
        let providers = search.registry.as_ref().map(|r| r.find(ProviderTag::of(mark.payload)).to_vec());
        let mark = Watermark {
            payload: mark.payload,
            score: detection.score,
            false_positive: detection.false_positive,
            key_id: search.keys.get(mark.key).map(keys::id).unwrap_or_default(),
            quad: mark.quad,
            content: mark.content,
            agrees: Agreement::new(mark.payload, records),
            providers,
        };
        marks.push(mark);
    }
    Ok(Looked::Found(marks))
}
