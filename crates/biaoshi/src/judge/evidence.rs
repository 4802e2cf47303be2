//! All that is known of one file, before anybody judges it.

use biaoshi_container::{Message, said};
use biaoshi_media::{self as media, Place};
use biaoshi_metadata::{Found, Kind};
use biaoshi_security::Check;
use biaoshi_watermark::Payload;
use biaoshi_watermark::image::{Content, Point};

use crate::provenance::{Agreement, Provider};

/// What was found in one file, and what others say of it.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Labels, traces, damage, and what a change would break. A caller that wants no traces leaves them out.
    pub found: Found,
    /// What the security fields of the labels are worth, those of the producer and of the propagator, in the order of the labels.
    pub signatures: Vec<[Option<Check>; 2]>,
    /// The kind of content; `None` where the format is not known.
    pub kind: Option<Kind>,
    /// Visible, audible or readable labels.
    pub explicit: Looked<Explicit>,
    /// Seconds of the sound, where it was listened to.
    pub seconds: Option<f64>,
    /// What is like a label and no evidence: rhythms of the second tier.
    pub alike: Vec<Explicit>,
    /// Watermarks.
    pub watermarks: Looked<Watermark>,
    /// Invisible characters of a text that are no mark of these keys.
    pub hidden: Option<Message>,
    /// The uploader says that the content is AI-generated.
    pub declared: bool,
    /// The ProduceID that somebody's database has for the file.
    pub expected_id: Option<String>,
}

/// What came of looking for a layer that has to be decoded.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Looked<T> {
    /// Nobody asked for it.
    #[default]
    Unasked,
    /// Nobody could look: why.
    Unable(Message),
    /// All that was found.
    Found(Vec<T>),
}

impl<T> Looked<T> {
    /// What was found; nothing where nobody looked.
    pub fn found(&self) -> &[T] {
        match self {
            Self::Found(all) => all,
            Self::Unasked | Self::Unable(_) => &[],
        }
    }

    /// What was found; `None` where nobody looked.
    pub fn into_found(self) -> Option<Vec<T>> {
        match self {
            Self::Found(all) => Some(all),
            Self::Unasked | Self::Unable(_) => None,
        }
    }
}

/// A visible, audible or readable label.
#[derive(Debug, Clone, PartialEq)]
pub struct Explicit {
    /// `image`, `audio` or `text`.
    pub medium: &'static str,
    /// Its words, or the rhythm.
    pub text: String,
    /// Where it is.
    pub place: Place,
    /// How it was found.
    pub method: &'static str,
    /// How surely, 0-1.
    pub confidence: f32,
}

impl From<media::Found> for Explicit {
    fn from(found: media::Found) -> Self {
        let (medium, text, method) = match &found.place {
            Place::Picture { words, .. } => ("image", words.clone(), "template"),
            Place::Sound(_) => ("audio", "短长 短短".into(), "rhythm"),
            Place::Prompt(_) => ("audio", "语音标识".into(), "recording"),
            Place::Text { words, .. } => ("text", words.clone(), "line"),
        };
        Self { medium, text, place: found.place, method, confidence: found.score }
    }
}

impl Explicit {
    /// Its words, and of a sound when they are heard.
    pub fn told(&self) -> Message {
        let starts: Vec<f64> = match &self.place {
            Place::Sound(all) => all.iter().map(|tones| tones.start).collect(),
            Place::Prompt(all) => all.iter().map(|at| at.start).collect(),
            Place::Text { part: Some(part), .. } => {
                return said!("{} ({})", "{}({})", &self.text, part.told());
            }
            Place::Picture { .. } | Place::Text { .. } => return said!("{}", "{}", &self.text),
        };
        let starts: Vec<String> = starts.iter().map(|start| format!("{start:.2}")).collect();
        said!("{} at {} s", "{}(第 {} 秒)", &self.text, starts.join(", "))
    }
}

/// A watermark that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Watermark {
    /// What it says.
    pub payload: Payload,
    /// Height of the correlation peak in standard deviations.
    pub score: f32,
    /// Bound on the probability that unmarked content passes for marked.
    pub false_positive: f64,
    /// Names the key that found it; see [`crate::keys::id`].
    pub key_id: String,
    /// Where it was seen, and what was done to the content since it was marked.
    pub place: MarkPlace,
    /// Whether it belongs to a label of the file.
    pub agrees: Agreement,
    /// The providers that a registry has for its tag; `None` when nobody looked.
    pub providers: Option<Vec<Provider>>,
}

/// Where a watermark was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MarkPlace {
    /// In a picture.
    Picture {
        /// Corners of the marked region in pixels, in order.
        quad: [Point; 4],
        /// Whether the picture is the one that was marked.
        content: Content,
    },
    /// In a sound.
    Sound {
        /// Where it was seen first, in seconds.
        start: f64,
        /// Where it was seen last, in seconds.
        end: f64,
        /// Tempo as a multiple of what it was.
        tempo: f64,
        /// Frequencies as a multiple of what they were: the same as the tempo where the speed was changed.
        pitch: f64,
    },
    /// In a text.
    Text {
        /// Characters before it.
        offset: u64,
        /// Characters from its first to its last shard.
        length: u64,
        /// Its whole shards.
        shards: u64,
        /// Damaged shards in the text.
        damaged: u64,
    },
}

impl MarkPlace {
    /// The medium, by its name in JSON.
    pub fn medium(&self) -> &'static str {
        match self {
            Self::Picture { .. } => "image",
            Self::Sound { .. } => "audio",
            Self::Text { .. } => "text",
        }
    }

    /// Whether the content is the one that was marked; `None` where marks do not tell.
    pub fn content(&self) -> Option<Content> {
        match self {
            Self::Picture { content, .. } => Some(*content),
            Self::Sound { .. } | Self::Text { .. } => None,
        }
    }
}
