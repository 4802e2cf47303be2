//! What a row of the table is: the layers of one format, and how they are to be made.

use std::sync::Arc;

use biaoshi_container::{Limits, Said, Source};
use biaoshi_explicit::Position;
use biaoshi_explicit::audio::Clip;
use biaoshi_explicit::image::Corner;
use biaoshi_explicit::text::Matcher;
use biaoshi_explicit::{self as explicit, words};

use crate::{Error, Found, Outcome, Pixels, Result, Samples, Words};

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
    /// What is between the words of a text.
    Words(Words),
}

/// How the explicit label looks and where it sits.
#[derive(Debug, Clone, Default)]
pub struct ExplicitOptions {
    /// The words asked for; without any, each format has its own.
    pub words: Option<String>,
    /// Whether texts and documents say it in English beside the Chinese words, which stay mandatory (clause 5.1).
    pub bilingual: bool,
    /// Whether texts and documents get the corner mark `AI` in place of a line, where their format has superscripts
    /// (clause 5.1 c).
    pub superscript: bool,
    /// The corner of pictures.
    pub corner: Corner,
    /// Where in the sound or the text.
    pub position: Position,
    /// Whether every page of a document shows it.
    pub every_page: bool,
    /// Where in a table.
    pub sheet: Sheet,
    /// Whether a document is changed although viewers tell of a change behind its signature then.
    pub break_signatures: bool,
    /// The recording that is the spoken label of sounds; without one they get the rhythm.
    pub prompt: Option<Arc<Clip>>,
    /// Whether a sound that cannot have the recording is to have nothing, where it would have the rhythm else.
    pub strict: bool,
}

/// Where the label of a table of several sheets stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sheet {
    /// In a text box on the first sheet that is shown: nothing moves, and programs read the same cells as before.
    #[default]
    TextBox,
    /// On a sheet of its own before the others.
    First,
}

impl ExplicitOptions {
    /// The words on a picture.
    pub(crate) fn on_picture(&self) -> &str {
        self.words.as_deref().unwrap_or(words::IMAGE)
    }

    /// The line in a text or document whose own words are `default`.
    pub(crate) fn line(&self, default: &str) -> String {
        let words = self.words.as_deref().unwrap_or(default);
        if self.bilingual { format!("{words}{}", words::ENGLISH) } else { words.into() }
    }

    /// What tells whether the line is there.
    pub(crate) fn matcher(&self, default: &str) -> Matcher {
        Matcher::new(&self.line(default))
    }

    /// Bytes of memory that a label of sounds takes beside what the format does, about.
    pub fn cost(&self) -> u64 {
        self.prompt.as_ref().map_or(0, |clip| clip.cost())
    }
}

#[cfg(test)]
impl ExplicitOptions {
    /// Those of a label at this place.
    pub(crate) fn at(position: Position) -> Self {
        Self { position, ..Self::default() }
    }
}

/// Checks the words of a label before any file is opened.
///
/// # Errors
/// Words that do not conform (clause 5.1), or more than one line.
pub fn check_words(words: &str) -> Result<()> {
    let one_line = !words.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
    if one_line && words::conform(words) { Ok(()) } else { Err(Error::Explicit(explicit::Error::Words)) }
}
