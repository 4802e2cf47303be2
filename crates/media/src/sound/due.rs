//! What every writer of sound asks first: is the label there, where is it missing, what is to stand there, and how loud.

use biaoshi_container::{Message, Patch, Said};
use biaoshi_explicit::audio::{Prompt, Rhythm};

use super::listen;
use super::sides::Missing;
use crate::samples::Sound;
use crate::{Drawn, ExplicitOptions, Found, Outcome, Place, Result, Tones};

/// A spoken label was put in: its seconds.
static PROMPT: Said = Said { code: "sound.prompt", en: "the spoken label lasts {} s", zh: "语音标识长 {} 秒" };

/// A spoken label was wanted, and the frames that are written of this coding carry tones.
static TONES: Said = Said {
    code: "sound.prompt-rhythm",
    en: "the rhythm stands for the spoken label, which cannot be put into sound of this coding",
    zh: "此编码的声音无法写入语音标识,已改用节奏标识",
};

/// The same where nothing may stand for it.
pub static CODED: Said = Said {
    code: "sound.prompt-coded",
    en: "a spoken label cannot be put into sound of this coding, and the rhythm was not to stand for it",
    zh: "此编码的声音无法写入语音标识,且未允许改用节奏标识",
};

/// What is said of labels, whatever the format.
pub(crate) static SAYS: &[&Said] = &[&PROMPT, &TONES, &CODED];

/// What a writer can put into a sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carries {
    /// Any samples.
    Anything,
    /// Tones and silence: it codes frames, and knows nothing of ears.
    Tones,
}

/// A sound, as far as it decides about its label.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) rate: u32,
    pub(super) channels: u32,
    pub(super) seconds: f64,
    /// In LUFS; `None` for silence.
    pub(super) loudness: Option<f64>,
}

/// The label that a sound is to get, at the level that it asks for, and the sides that lack it.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) missing: Missing,
    /// What is to be said of it.
    pub(super) notes: Vec<Message>,
    label: Label,
    /// Seconds of the label on one side.
    lasts: f64,
    /// Seconds of the content.
    content: f64,
}

#[derive(Debug)]
enum Label {
    Rhythm(Rhythm),
    Prompt(Prompt),
}

/// Listens to a sound that was not read yet: the label that is due, or what its file comes to without one, as it has the label
/// or can have none.
///
/// # Errors
/// I/O, limits.
pub(super) fn due(
    sound: &mut dyn Sound,
    options: &ExplicitOptions,
    carries: Carries,
) -> Result<std::result::Result<Due, Outcome>> {
    let sides = listen::sides(sound, options)?;
    let missing = match sides.settle(options.position) {
        Ok(missing) => missing,
        Err(found) => return Ok(Err(Outcome::Already(found))),
    };
    let (loudness, notes) = match listen::loudness(sound)? {
        Ok(measured) => measured,
        Err(reason) => return Ok(Err(Outcome::Skip(reason))),
    };
    let (rate, channels) = (sound.rate(), sound.channels() as u32);
    let heard = Heard { rate, channels, seconds: sides.seconds, loudness };
    let due = Due::new(missing, &heard, options, carries);
    Ok(due.map(|due| Due { notes: [notes, due.notes].concat(), ..due }).map_err(Outcome::Skip))
}

impl Due {
    /// The label for the sides that lack one; the reason where this sound can have none.
    pub(super) fn new(
        missing: Missing,
        heard: &Heard,
        options: &ExplicitOptions,
        carries: Carries,
    ) -> std::result::Result<Self, Message> {
        let Heard { rate, channels, loudness, .. } = *heard;
        let rhythm = || Rhythm::new(rate, channels, loudness).map(Label::Rhythm).map_err(|e| e.message());
        let (label, notes) = match (&options.prompt, carries) {
            (Some(clip), Carries::Anything) => {
                let prompt = Prompt::new(clip, rate, channels, loudness).map_err(|e| e.message())?;
                let note = PROMPT.with([format!("{:.2}", prompt.seconds()).into()]);
                (Label::Prompt(prompt), vec![note])
            }
            (Some(_), Carries::Tones) if options.strict => return Err(CODED.message()),
            (Some(_), Carries::Tones) => (rhythm()?, vec![TONES.message()]),
            (None, _) => (rhythm()?, Vec::new()),
        };
        let lasts = label.frames() as f64 / f64::from(rate);
        Ok(Self { missing, notes, label, lasts, content: heard.seconds })
    }

    /// Sample frames of the label on one side, with its silences.
    pub(super) fn frames(&self) -> u64 {
        self.label.frames() as u64
    }

    /// What goes in front of the content, as one channel that all channels repeat; nothing where nothing is missing.
    pub(super) fn before(&self) -> Vec<f32> {
        if self.missing.before { self.label.samples(true) } else { Vec::new() }
    }

    /// The same for what goes behind it.
    pub(super) fn behind(&self) -> Vec<f32> {
        if self.missing.behind { self.label.samples(false) } else { Vec::new() }
    }

    /// The label that a patch puts in; `content` is where the content ends then, in seconds.
    pub(super) fn drawn(self, patch: Patch, content: f64) -> Drawn {
        let starts = self.missing.starts(content);
        let place = match &self.label {
            Label::Rhythm(_) => Place::Sound(starts.map(Tones::written).collect()),
            Label::Prompt(prompt) => Place::Prompt(starts.map(|start| start..start + prompt.seconds()).collect()),
        };
        let sides = u8::from(self.missing.before) + u8::from(self.missing.behind);
        let labels = self.lasts * f64::from(sides);
        let outlasts = (self.content < labels).then_some((labels, self.content));
        let found = Found { place, score: 1.0 };
        Drawn { patch, found, notes: self.notes, outlasts, damage: None, confirm: None }
    }
}

impl Label {
    fn frames(&self) -> usize {
        match self {
            Self::Rhythm(rhythm) => rhythm.frames(),
            Self::Prompt(prompt) => prompt.frames(),
        }
    }

    fn samples(&self, before: bool) -> Vec<f32> {
        match self {
            Self::Rhythm(rhythm) => rhythm.samples(before),
            Self::Prompt(prompt) => prompt.samples(before),
        }
    }
}
