//! Looking for explicit labels in all of a file, whoever put them there.

use biaoshi_container::{Limits, Source};

use crate::sound::hear;
use crate::{Content, Explicit, ExplicitOptions, Found, Media, Result, Samples};

/// What came of looking.
pub struct Looked {
    /// Labels, and what is like one.
    pub found: Vec<Found>,
    /// Seconds of a sound.
    pub seconds: Option<f64>,
}

/// How explicit labels are looked for in the files of one format.
pub enum Look {
    /// As the writer of the format finds them again.
    Again(&'static Explicit),
    /// By listening to the whole sound.
    Hear(&'static Samples),
}

impl Media {
    /// How explicit labels are looked for; `None` where nobody can. A sound needs no writer for that: it is listened to from
    /// its start to its end, for rhythms of all makers.
    pub fn look(&'static self) -> Option<Look> {
        match &self.content {
            Content::Samples(samples) => Some(Look::Hear(samples)),
            Content::None | Content::Pixels(_) | Content::Words(_) => self.explicit.as_ref().map(Look::Again),
        }
    }
}

impl Look {
    /// Bytes of memory that it takes, about.
    pub fn cost(&self, source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> u64 {
        match self {
            Self::Again(explicit) => (explicit.cost)(source, limits),
            Self::Hear(samples) => (samples.cost)(source, limits).saturating_add(hear::COST + options.cost()),
        }
    }

    /// Finds labels, and what in sounds is only like one: see [`Found::is_label`]; of a sound also how long it is.
    ///
    /// # Errors
    /// I/O, damage, limits; [`crate::Error::Unable`] where the file has a form in which nobody can look for one.
    pub fn find(&self, source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Looked> {
        match self {
            Self::Again(explicit) => Ok(Looked { found: (explicit.find)(source, options, limits)?, seconds: None }),
            Self::Hear(samples) => {
                let mut sound = (samples.open)(source, limits)?;
                let heard = hear::hear(sound.as_mut(), options.prompt.as_ref())?;
                Ok(Looked { found: heard.found, seconds: Some(heard.seconds) })
            }
        }
    }
}
