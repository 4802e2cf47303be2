//! What a layer of content gives back: where the label is, what else changed, why there is none.

use std::fmt;
use std::ops::Range;

use biaoshi_container::{self as container, Limits, Message, Patch, Source, said};
use biaoshi_explicit::audio::{EDGE, Faults, Heard, LENGTH, PITCHES, SEAM, Tier, UNIT};
use biaoshi_explicit::image::Rect;
use biaoshi_explicit::{self as explicit};

/// Result of a layer.
pub type Result<T> = std::result::Result<T, Error>;

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// The label is in the patched file.
    Drawn(Drawn),
    /// The file already shows our label with these words: nothing to do.
    Already(Found),
    /// This file cannot take the layer.
    Skip(Message),
}

/// A label put into a file.
#[derive(Debug)]
pub struct Drawn {
    /// The change, over the source that was given.
    pub patch: Patch,
    /// Where the label is, in the patched file.
    pub found: Found,
    /// What else had to change.
    pub notes: Vec<Message>,
    /// Seconds of the label and of the content that it outlasts.
    pub outlasts: Option<(f64, f64)>,
    /// What of the content was found missing or broken, and did not keep the label out.
    pub damage: Option<Message>,
    /// How to see the label in the patched file without decoding the rest; where there is none, it is looked for.
    pub confirm: Option<Box<dyn Confirm>>,
}

/// Sees a label that was just drawn.
pub trait Confirm: fmt::Debug {
    /// Decodes the place of the label in the patched file, and says whether it is found there.
    ///
    /// # Errors
    /// I/O, damage, limits.
    fn shows(&self, source: &dyn Source, limits: &Limits) -> Result<bool>;
}

/// A label in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Where it is.
    pub place: Place,
    /// How surely: correlation with the drawing or the rhythm, 0-1; 1 for one just made.
    pub score: f32,
}

impl Found {
    /// Whether it is a label for certain: what has the order of the tones and nothing else is none.
    pub fn is_label(&self) -> bool {
        match &self.place {
            Place::Sound(all) => all.iter().any(|tones| tones.tier == Tier::First),
            Place::Prompt(_) | Place::Picture { .. } | Place::Text { .. } => true,
        }
    }

    /// The same so many seconds earlier in a sound.
    pub(crate) fn earlier(self, by: f64) -> Self {
        let place = match self.place {
            Place::Sound(all) => {
                let earlier = |tones: Tones| Tones { start: tones.start - by, end: tones.end - by, ..tones };
                Place::Sound(all.into_iter().map(earlier).collect())
            }
            Place::Prompt(all) => Place::Prompt(all.into_iter().map(|at| at.start - by..at.end - by).collect()),
            other => other,
        };
        Self { place, ..self }
    }
}

/// Where a label is.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// In a picture.
    Picture {
        /// The label with its plate, in stored pixels.
        rect: Rect,
        /// Columns and rows of the picture, in stored pixels.
        picture: (u32, u32),
        /// Ink height of the smallest glyph over the short side (clause 5.2: at least 0.05).
        height_ratio: f32,
        /// What it says.
        words: String,
    },
    /// In sound: rhythms.
    Sound(Vec<Tones>),
    /// In sound: a spoken label, from where to where in seconds.
    Prompt(Vec<Range<f64>>),
    /// In a text, in characters.
    Text {
        /// Which part of a document; `None` where it has no parts.
        part: Option<Part>,
        /// First character, from the start of the text or of the part.
        offset: usize,
        /// Number of characters.
        length: usize,
        /// What it says.
        words: String,
    },
}

/// A part of a document, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A page as it is printed.
    Page(u32),
    /// A slide of a presentation.
    Slide(u32),
    /// A sheet of a table.
    Sheet(u32),
    /// A file of a book, in reading order.
    Item(u32),
}

impl Part {
    /// Its kind and number.
    pub fn told(self) -> Message {
        match self {
            Self::Page(n) => said!("page {}", "第 {} 页", n),
            Self::Slide(n) => said!("slide {}", "第 {} 张幻灯片", n),
            Self::Sheet(n) => said!("sheet {}", "第 {} 个工作表", n),
            Self::Item(n) => said!("chapter {}", "第 {} 章", n),
        }
    }
}

impl Place {
    /// Seconds that labels in a sound take of it: those of this program with the silences that came with them.
    pub fn seconds(&self) -> f64 {
        let ours = |from: f64, to: f64| to - from + EDGE + SEAM;
        match self {
            Self::Sound(all) => all.iter().map(|t| if t.own { ours(t.start, t.end) } else { t.end - t.start }).sum(),
            Self::Prompt(all) => all.iter().map(|at| ours(at.start, at.end)).sum(),
            Self::Picture { .. } | Self::Text { .. } => 0.0,
        }
    }
}

/// A rhythm in a sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Tones {
    /// Where its first tone begins, in seconds from the start of the sound; 0 where that was cut off.
    pub start: f64,
    /// Where its last tone ends.
    pub end: f64,
    /// Seconds of a unit: a short tone.
    pub unit: f64,
    /// Pitches in Hz, none for noise.
    pub pitches: Vec<f64>,
    /// Whether it is of the form that this program writes.
    pub own: bool,
    /// How sure it is that it is a label.
    pub tier: Tier,
    /// What is wrong with it.
    pub faults: Faults,
}

impl Tones {
    /// Our rhythm, as it is written at `start`.
    pub(crate) fn written(start: f64) -> Self {
        let (end, pitches) = (start + LENGTH, PITCHES.to_vec());
        Self { start, end, unit: UNIT, pitches, own: true, tier: Tier::First, faults: Faults::default() }
    }
}

impl From<Heard> for Tones {
    fn from(heard: Heard) -> Self {
        let Heard { start, end, unit, pitches, ours: own, tier, faults, .. } = heard;
        Self { start: start.max(0.0), end, unit, pitches, own, tier, faults }
    }
}

/// Why a layer failed.
#[derive(Debug)]
pub enum Error {
    /// The bytes of the file.
    Container(container::Error),
    /// The words asked for.
    Explicit(explicit::Error),
    /// A form of the format in which nobody can look for a label: why.
    Unable(Message),
}

impl From<container::Error> for Error {
    fn from(error: container::Error) -> Self {
        Self::Container(error)
    }
}

impl Error {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::Container(e) => e.message(),
            Self::Explicit(e) => e.message(),
            Self::Unable(why) => why.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Container(e) => Some(e),
            Self::Explicit(e) => Some(e),
            Self::Unable(_) => None,
        }
    }
}
