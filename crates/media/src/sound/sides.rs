//! The two sides of a sound: where labels are listened for, on which they are missing, and where they stand once they were put
//! in.

use std::sync::Arc;

use biaoshi_explicit::Position;
use biaoshi_explicit::audio::{Clip, EDGE, Edge, Heard, LENGTH, SEAM, Spotted, Thinned, find_rhythm};

use crate::{Found, Place, Tones};

/// Seconds at either end in which our own rhythm is looked for: it with its silences, and too little for two of them.
const REACH: f64 = 2.2;
/// Seconds between a rhythm and the edge of the sound, at most: nothing but silence may lie there.
const NEAR: f64 = 0.5;

/// What is heard at a side; times are seconds from the start of the sound.
#[derive(Debug)]
pub(super) enum Sign {
    Rhythm(Heard),
    Prompt(Spotted),
}

/// The labels that are heard at the sides.
#[derive(Debug, Default)]
pub(super) struct Sides {
    pub(super) start: Option<Sign>,
    pub(super) end: Option<Sign>,
    /// Seconds of the sound.
    pub(super) seconds: f64,
}

/// The sides that are to get a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) before: bool,
    pub(super) behind: bool,
}

impl Sign {
    fn start(&self) -> f64 {
        match self {
            Self::Rhythm(heard) => heard.start,
            Self::Prompt(spotted) => spotted.start,
        }
    }

    fn score(&self) -> f64 {
        match self {
            Self::Rhythm(heard) => heard.score,
            Self::Prompt(spotted) => spotted.score,
        }
    }
}

/// The rhythm at the start of a sound, of which `first` are the first samples, as one channel.
fn at_start(first: &[f32], rate: u32) -> Option<Heard> {
    find_rhythm(first, rate).filter(|h| h.start < NEAR)
}

/// The rhythm at the end of a sound of `count` samples, of which `last` are the last ones, as one channel.
fn at_end(last: &[f32], rate: u32, count: u64) -> Option<Heard> {
    let seconds = |samples: u64| samples as f64 / f64::from(rate);
    let length = last.len() as u64;
    let skipped = seconds(count.saturating_sub(length));
    let heard = find_rhythm(last, rate).filter(|h| seconds(length) - h.end < NEAR);
    heard.map(|h| Heard { start: h.start + skipped, end: h.end + skipped, ..h })
}

impl Sides {
    /// Our own label, if there is one: rhythms where there are any, else spoken labels.
    pub(super) fn found(&self) -> Option<Found> {
        let mut signs: Vec<&Sign> = Vec::new();
        // In a short file both ends are the same label.
        for sign in [&self.start, &self.end].into_iter().flatten() {
            if signs.iter().all(|s| (s.start() - sign.start()).abs() > LENGTH / 2.0) {
                signs.push(sign);
            }
        }
        let score = signs.iter().map(|s| s.score() as f32).fold(1.0, f32::min);
        let tones = |sign: &&Sign| if let Sign::Rhythm(heard) = sign { Some(heard.clone().into()) } else { None };
        let tones: Vec<Tones> = signs.iter().filter_map(tones).collect();
        let prompts = |sign: &&Sign| if let Sign::Prompt(s) = sign { Some(s.start..s.end) } else { None };
        let place = if tones.is_empty() {
            Place::Prompt(signs.iter().filter_map(prompts).collect())
        } else {
            Place::Sound(tones)
        };
        (!signs.is_empty()).then_some(Found { place, score })
    }

    /// The sides that are to get a label; what is there, where it is all that is wanted.
    pub(super) fn settle(&self, position: Position) -> Result<Missing, Found> {
        let missing = self.missing(position);
        self.found().filter(|_| missing.is_none()).map_or(Ok(missing), Err)
    }

    /// The sides that lack a label although `position` wants it there.
    pub(super) fn missing(&self, position: Position) -> Missing {
        Missing {
            before: position.is_before() && self.start.is_none(),
            behind: position.is_behind() && self.end.is_none(),
        }
    }
}

impl Missing {
    /// Whether no side is.
    fn is_none(self) -> bool {
        !self.before && !self.behind
    }

    /// Where the labels begin that are put in; `content` is where the content ends then, in seconds.
    pub(super) fn starts(self, content: f64) -> impl Iterator<Item = f64> {
        let before = self.before.then_some(EDGE);
        let behind = self.behind.then_some(content + SEAM);
        before.into_iter().chain(behind)
    }
}

/// The first and the last samples of one channel.
#[derive(Debug, Default)]
struct Ends {
    /// How many are wanted.
    reach: usize,
    /// All samples.
    count: u64,
    first: Vec<f32>,
    /// At least the last ones, at most twice as many.
    kept: Vec<f32>,
}

impl Ends {
    fn new(seconds: f64, rate: f64) -> Self {
        Self { reach: (seconds * rate) as usize, ..Self::default() }
    }

    fn add(&mut self, samples: &[f32]) {
        self.count += samples.len() as u64;
        self.first.extend(samples.iter().take(self.reach - self.first.len()));
        self.kept.extend(samples);
        if self.kept.len() >= 2 * self.reach {
            self.kept.drain(..self.kept.len() - self.reach);
        }
    }

    fn skip_to(&mut self, at: u64) {
        self.count = at;
        self.kept.clear();
    }

    fn last(&self) -> &[f32] {
        self.kept.get(self.kept.len().saturating_sub(self.reach)..).unwrap_or_default()
    }
}

/// The first and the last seconds of a sound, as one channel.
#[derive(Debug)]
pub(super) struct Edges {
    rate: u32,
    ends: Ends,
    spoken: Option<Spoken>,
    block: Vec<f32>,
}

/// The seconds in which a spoken label is looked for.
#[derive(Debug)]
struct Spoken {
    clip: Arc<Clip>,
    thinned: Thinned,
    ends: Ends,
    block: Vec<f32>,
}

impl Edges {
    /// For sound of a rate that a rhythm can have, and a recording that may be a label of it.
    pub(super) fn new(rate: u32, prompt: Option<Arc<Clip>>) -> Self {
        let spoken = prompt.map(|clip| {
            let thinned = Thinned::new(rate);
            Spoken { ends: Ends::new(clip.reach(), thinned.rate()), clip, thinned, block: Vec::new() }
        });
        Self { rate, ends: Ends::new(REACH, rate.into()), spoken, block: Vec::new() }
    }

    /// Samples in which a label is looked for.
    pub(super) fn reach(&self) -> usize {
        let spoken = self.spoken.as_ref().map_or(0.0, |spoken| spoken.clip.reach());
        self.ends.reach.max((spoken * f64::from(self.rate)) as usize)
    }

    /// Samples so far.
    pub(super) fn count(&self) -> u64 {
        self.ends.count
    }

    /// Goes on at a later sample: what lies between is not heard.
    pub(super) fn skip_to(&mut self, at: u64) {
        self.ends.skip_to(at);
        if let Some(spoken) = &mut self.spoken {
            spoken.thinned = Thinned::new(self.rate);
            spoken.ends.skip_to((at as f64 / f64::from(self.rate) * spoken.thinned.rate()) as u64);
        }
    }

    /// Adds what comes next.
    pub(super) fn add(&mut self, samples: impl Iterator<Item = f32>) {
        self.block.clear();
        self.block.extend(samples);
        self.ends.add(&self.block);
        if let Some(Spoken { thinned, ends, block, .. }) = &mut self.spoken {
            block.clear();
            thinned.add(&self.block, block);
            ends.add(block);
        }
    }

    /// The labels that are heard at both ends.
    pub(super) fn sides(&self) -> Sides {
        let start = at_start(&self.ends.first, self.rate).map(Sign::Rhythm);
        let end = at_end(self.ends.last(), self.rate, self.count()).map(Sign::Rhythm);
        let spoken = |edge| self.spoken.as_ref().and_then(|spoken| spoken.find(edge, self.rate)).map(Sign::Prompt);
        Sides {
            start: start.or_else(|| spoken(Edge::Start)),
            end: end.or_else(|| spoken(Edge::End)),
            seconds: self.count() as f64 / f64::from(self.rate),
        }
    }

    /// The spoken labels that are heard at both ends.
    pub(super) fn prompts(&self) -> Vec<Spotted> {
        let spoken = || self.spoken.iter();
        [Edge::Start, Edge::End].into_iter().flat_map(|e| spoken().filter_map(move |s| s.find(e, self.rate))).collect()
    }
}

impl Spoken {
    fn find(&self, edge: Edge, rate: u32) -> Option<Spotted> {
        let samples = if edge == Edge::Start { &self.ends.first } else { self.ends.last() };
        let skipped = if edge == Edge::Start { 0 } else { self.ends.count.saturating_sub(samples.len() as u64) };
        let skipped = skipped as f64 / self.thinned.rate();
        let found = self.clip.find(edge, samples, rate)?;
        Some(Spotted { start: found.start + skipped, end: found.end + skipped, ..found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use biaoshi_explicit::audio::Rhythm;

    const RATE: u32 = 8000;

    #[test]
    fn what_is_put_in_is_heard_there_and_missing_no_more() {
        let rhythm = Rhythm::new(RATE, 1, None).unwrap();
        let content = vec![0.0; 4 * RATE as usize];
        for (position, before, behind) in
            [(Position::Start, true, false), (Position::End, false, true), (Position::Both, true, true)]
        {
            let missing = Sides::default().missing(position);
            assert_eq!(missing, Missing { before, behind });
            let front = if before { rhythm.samples(true) } else { Vec::new() };
            let back = if behind { rhythm.samples(false) } else { Vec::new() };
            let end = (front.len() + content.len()) as f64 / f64::from(RATE);
            let sound = [front.as_slice(), &content, &back].concat();
            let reach = (REACH * f64::from(RATE)) as usize;
            let sides = Sides {
                start: at_start(&sound[..reach], RATE).map(Sign::Rhythm),
                end: at_end(&sound[sound.len() - reach..], RATE, sound.len() as u64).map(Sign::Rhythm),
                seconds: end,
            };
            assert!(sides.missing(position).is_none(), "{position:?}");
            let Place::Sound(heard) = sides.found().unwrap().place else { panic!() };
            let put: Vec<f64> = missing.starts(end).collect();
            assert_eq!(heard.len(), put.len(), "{position:?}");
            assert!(heard.iter().zip(&put).all(|(h, p)| (h.start - p).abs() < 0.011), "{heard:?} {put:?}");
        }
    }

    #[test]
    fn one_rhythm_at_both_ends_is_one_label() {
        let sound = Rhythm::new(RATE, 1, None).unwrap().samples(true);
        let count = sound.len() as u64;
        let (start, end) = (at_start(&sound, RATE), at_end(&sound, RATE, count));
        let sides = Sides { start: start.map(Sign::Rhythm), end: end.map(Sign::Rhythm), seconds: 2.12 };
        let Place::Sound(heard) = sides.found().unwrap().place else { panic!() };
        assert_eq!(heard.len(), 1);
        assert!(Sides::default().found().is_none());
    }
}
