//! Watermarks in the content of one file: put in and found again, or looked for with several keys. What is marked, pixels,
//! samples or words, is told by the format's row.

mod picture;
mod sound;
mod words;

use std::fmt;
use std::sync::OnceLock;

use biaoshi_container::{Limits, Message, Patch, Source, said};
use biaoshi_label::Record;
use biaoshi_media::{Content, row_of};
use biaoshi_metadata::Format;
use biaoshi_watermark::{Effort, Key, Payload, audio, image, text};

use crate::encoder::Ffmpeg;
use crate::judge::{Looked, MarkPlace, Watermark};
use crate::keys;
use crate::plan::{Layer, Permits};
use crate::provenance::{Agreement, ProviderTag, Registry};
use crate::{Error, Result};

/// A key for writing marks and reading them. What it takes is made ready when it is first needed, once for all threads.
pub struct Marker {
    key: Key,
    picture: OnceLock<image::Embedder>,
    sound: OnceLock<audio::Embedder>,
    style: Style,
    encoder: Option<Ffmpeg>,
    detectors: Detectors,
}

/// How marks in texts are made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// How close shards stand.
    pub density: text::Density,
    /// What they are made of.
    pub alphabet: text::Alphabet,
    /// The most that a mark may cost, in percent of the characters that are read.
    pub max_growth: Option<u32>,
}

impl Marker {
    /// Takes a key.
    pub fn new(key: Key) -> Self {
        Self::with_style(key, Style::default())
    }

    /// Takes a key, and how marks in texts are made.
    pub fn with_style(key: Key, style: Style) -> Self {
        let detectors = Detectors::new(vec![key.clone()]);
        Self { key, picture: OnceLock::new(), sound: OnceLock::new(), style, encoder: None, detectors }
    }

    /// Marks sound in codings that lose too: decoded, changed and coded anew by an encoder.
    pub fn with_encoder(self, encoder: Option<Ffmpeg>) -> Self {
        Self { encoder, ..self }
    }

    /// Names the key without telling it.
    pub fn key_id(&self) -> String {
        keys::id(&self.key)
    }

    /// What looks for the marks of this key.
    pub(super) fn detectors(&self) -> &Detectors {
        &self.detectors
    }

    fn picture(&self) -> &image::Embedder {
        self.picture.get_or_init(|| image::Embedder::new(&self.key))
    }

    fn words(&self) -> text::Embedder {
        text::Embedder::new(&self.key)
    }

    fn sound(&self) -> &audio::Embedder {
        self.sound.get_or_init(|| audio::Embedder::new(&self.key))
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
        // A resumed run has to make the same marks.
        f.debug_struct("Marker")
            .field("key", &self.key)
            .field("style", &self.style)
            .field("encoder", &self.encoder)
            .finish()
    }
}

/// Keys for reading marks, made ready for each medium when it is first met, once for all threads.
pub(super) struct Detectors {
    keys: Vec<Key>,
    picture: OnceLock<image::Detector>,
    sound: OnceLock<audio::Detector>,
    words: text::Detector,
}

impl Detectors {
    fn new(keys: Vec<Key>) -> Self {
        let words = text::Detector::new(&keys);
        Self { keys, picture: OnceLock::new(), sound: OnceLock::new(), words }
    }

    fn picture(&self) -> &image::Detector {
        self.picture.get_or_init(|| image::Detector::with_keys(&self.keys))
    }

    fn sound(&self) -> &audio::Detector {
        self.sound.get_or_init(|| audio::Detector::new(&self.keys))
    }
}

/// How watermarks are looked for, and who is behind them.
pub struct Search {
    detectors: Detectors,
    effort: Effort,
    registry: Option<Registry>,
}

impl Search {
    /// With these keys, so long, and with these providers by the tag in a payload.
    pub fn new(keys: Vec<Key>, effort: Effort, registry: Option<Registry>) -> Self {
        Self { detectors: Detectors::new(keys), effort, registry }
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("keys", &self.detectors.keys)
            .field("effort", &self.effort)
            .finish_non_exhaustive()
    }
}

/// What one file may cost.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) limits: &'a Limits,
    pub(super) permits: &'a Permits,
}

/// What came of marking a file.
pub(super) enum Marked {
    /// The mark is in the patched file, where it was found again.
    New {
        patch: Patch,
        /// What else had to change, or is to be known.
        notes: Vec<Message>,
        /// What of the content is missing or broken.
        damage: Option<Message>,
    },
    /// The content carries a mark of this key already.
    Already(Payload),
    /// This content cannot carry one.
    Skip(Message),
}

/// The mark that a file is to carry.
pub(super) struct Wanted<'a> {
    pub(super) payload: Payload,
    pub(super) marker: &'a Marker,
    /// How hard to look whether it is there: what was scaled or sped up shows it from [`Effort::Normal`] on.
    pub(super) effort: Effort,
    /// Seconds of a sound that are not content, but its label.
    pub(super) spare: &'a [(f64, f64)],
}

/// Puts a mark into the content of a file, unless there is one of its key.
pub(super) fn mark(
    source: &dyn Source,
    format: &'static Format,
    wanted: &Wanted<'_>,
    means: Means<'_>,
) -> Result<Marked> {
    match row_of(format.name).map(|row| &row.content) {
        Some(Content::Pixels(row)) => picture::mark(source, format, row, wanted, means),
        Some(Content::Samples(row)) => sound::mark(source, format, row, wanted, means),
        Some(Content::Words(row)) => words::mark(source, format, row, wanted, means),
        Some(Content::None) | None => Ok(Marked::Skip(Layer::Watermark.missing(format.name))),
    }
}

/// Marks that were found in one file.
#[derive(Debug, Clone, Default)]
pub struct Detected {
    /// The marks behind whose payloads the check is right; the surest first.
    pub marks: Vec<Seen>,
    /// Height of the highest correlation peak seen, in standard deviations. Not a proof.
    pub score: f32,
    /// Bound on the probability that unmarked content passes for marked.
    pub false_positive: f64,
    /// Invisible characters of a text that are no mark of these keys.
    pub hidden: Option<Hidden>,
}

/// Invisible characters in a text that are no mark of the keys that were tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hidden {
    /// Whole shards of other keys, or of marks that cannot be read.
    pub unread: u64,
    /// What others left.
    pub foreign: text::Foreign,
}

/// A mark that was found.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which of the keys found it.
    pub key: usize,
    /// What it says.
    pub payload: Payload,
    /// Where it was seen.
    pub place: MarkPlace,
}

/// Decodes a file once and looks for marks, unless its content is not known or not decoded.
pub(super) fn look(
    source: &dyn Source,
    format: &Format,
    detectors: &Detectors,
    effort: Effort,
    means: Means<'_>,
) -> Result<std::result::Result<Detected, Message>> {
    match row_of(format.name).map(|row| &row.content) {
        Some(Content::Pixels(row)) => picture::look(source, row, detectors, effort, means),
        Some(Content::Samples(row)) => sound::look(source, row, detectors, effort, means),
        Some(Content::Words(row)) => words::look(source, row, detectors, means),
        Some(Content::None) | None => Ok(Err(Layer::Watermark.missing(format.name))),
    }
}

/// Looks for marks with every key, and in texts for what else nobody sees. `records`: the labels of the file.
pub(super) fn find(
    source: &dyn Source,
    format: &Format,
    search: &Search,
    means: Means<'_>,
    records: &[Record],
) -> Result<(Looked<Watermark>, Option<Message>)> {
    let detected = match look(source, format, &search.detectors, search.effort, means)? {
        Ok(detected) => detected,
        Err(reason) => return Ok((Looked::Unable(reason), None)),
    };
    let mark = |seen: Seen| Watermark {
        payload: seen.payload,
        score: detected.score,
        false_positive: detected.false_positive,
        key_id: search.detectors.keys.get(seen.key).map(keys::id).unwrap_or_default(),
        place: seen.place,
        agrees: Agreement::new(seen.payload, records),
        providers: search.registry.as_ref().map(|r| r.find(ProviderTag::of(seen.payload)).to_vec()),
    };
    let hidden = detected.hidden.map(Hidden::message);
    Ok((Looked::Found(detected.marks.into_iter().map(mark).collect()), hidden))
}

/// A reason for which a file cannot be marked, or an error.
fn unable(error: biaoshi_media::Error) -> Result<Message> {
    match error {
        biaoshi_media::Error::Unable(reason) => Ok(reason),
        other => Err(Error::from(other)),
    }
}

impl Hidden {
    /// What there is.
    pub fn message(self) -> Message {
        let text::Foreign { zero_width, tags, selectors } = self.foreign;
        said!(
            "{} whole shards, {} runs of zero-width characters, {} of tag characters, {} of variation selectors (as of C2PA)",
            "{} 个完整分片、{} 段零宽字符、{} 段标签字符、{} 段变体选择符(如 C2PA 所用)",
            self.unread,
            zero_width,
            tags,
            selectors
        )
    }
}
