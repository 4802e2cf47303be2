//! What a row of the table is: the layers of one format, and how they are to be made.

use biaoshi_container::{Limits, Said, Source};
use biaoshi_explicit::audio::Position;
use biaoshi_explicit::image::Corner;
use biaoshi_explicit::{self as explicit, words};

use crate::{Error, Found, Outcome, Pixels, Result, Samples};

/// The content of one format. A row stands in the format's own file.
pub struct Media {
    /// Name of the format's row in `FORMATS` of `biaoshi-metadata`, which this crate does not know.
    pub format: &'static str,
    /// The layer that people see, hear or read; `None` where there is none yet.
    pub explicit: Option<Explicit>,
    /// What a watermark can lie in.
    pub content: Content,
    /// The reasons and notes that stand beside this format's code.
    pub says: &'static [&'static Said],
}

/// The explicit layer of one format.
pub struct Explicit {
    /// Puts the label in, unless it is there.
    pub apply: fn(&dyn Source, &ExplicitOptions, &Limits) -> Result<Outcome>,
    /// Finds labels; [`Error::Unable`] where the file has a form in which nobody can look for one.
    pub find: fn(&dyn Source, &ExplicitOptions, &Limits) -> Result<Vec<Found>>,
    /// Bytes of memory that one of the above takes, about.
    pub cost: fn(&dyn Source, &Limits) -> u64,
}

/// What of a file a watermark can lie in.
pub enum Content {
    /// Nothing that is decoded.
    None,
    /// The lightness of a picture.
    Pixels(Pixels),
    /// The samples of a sound.
    Samples(Samples),
}

/// How the explicit label looks and where it sits.
#[derive(Debug, Clone)]
pub struct ExplicitOptions {
    /// The words on pictures.
    pub words: String,
    /// The corner of pictures.
    pub corner: Corner,
    /// Before or after the sound or the text.
    pub position: Position,
}

impl Default for ExplicitOptions {
    fn default() -> Self {
        Self { words: "AI生成".into(), corner: Corner::default(), position: Position::default() }
    }
}

/// Checks the words of a label before any file is opened.
///
/// # Errors
/// Words that do not conform (clause 5.1).
pub fn check_words(words: &str) -> Result<()> {
    if words::conform(words) { Ok(()) } else { Err(Error::Explicit(explicit::Error::Words)) }
}
