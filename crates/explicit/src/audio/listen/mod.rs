//! Finds the rhythm 短长 短短 (GB 45438-2025 clause 5.3) anywhere in a sound, ours and that of others.
//!
//! ```text
//! samples -> decimate (10-20 kHz) -> levels (35 lanes, 200 a second) -> runs: on and off, on every lane   -> check -> Heard
//!                                                                    -> own: correlation with our rhythm
//! ```
//!
//! The standard fixes the order of the tones and nothing else. So everything is found that has the order; and since short,
//! long, short, short is a figure of drums as well, only what can hardly be anything else is of the first tier.

mod check;
mod levels;
mod own;
mod ring;
mod runs;
mod spectrum;

use check::Sound;
use levels::{ALL, DB, FLOOR, FRAMES, Levels, NARROW};
use own::Fit;
use ring::Ring;
use runs::Shape;
use spectrum::Analyser;

use super::decimate::Decimator;
use super::{CHANNELS, RATES};
use crate::Error;

/// Frames behind a place that have to be there before it is looked at: the longest rhythm and what is around it.
const AHEAD: i64 = 1750;
/// Frames before the sound in which a rhythm may begin whose rest is in it.
const BEFORE: i64 = 170;
/// Seconds of samples that are kept.
const KEPT: f64 = 13.0;
/// Samples that are mixed down at a time.
const BLOCK: usize = 4096;
/// Most rhythms that are told, of each tier.
const MOST: usize = 1000;
/// Frames in which shapes on several lanes are of one sound.
const TOGETHER: i64 = 6;
/// Frames in which two fits are of one rhythm.
const NEAR: i64 = 60;
/// Most places that are checked in a second, with what that costs; a sound with more has no rhythm.
const CHECKS: u32 = 8;
/// How much quieter than the content a label is too quiet, in dB.
const QUIET: f64 = 20.0;

/// How sure it is that a rhythm is a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The order of the tones is there; so it is in music.
    Second,
    /// Tones of one pitch and sharp edges, alone, with the gap between the letters or silence around: made to be a label.
    First,
}

/// What is wrong with a rhythm as a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// Other sound lies under it: its gaps are not 6 dB quieter than its tones.
    pub covered: bool,
    /// It is 20 dB quieter than the content, or more.
    pub quiet: bool,
    /// It begins or ends with the file: a part of it may be cut off.
    pub cut: bool,
    /// The gap between the letters is missing: it reads as Morse L.
    pub no_gap: bool,
}

/// A rhythm that was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Where its first tone begins, in seconds from the start of the sound (give or take 5 ms).
    pub start: f64,
    /// Where its last tone ends.
    pub end: f64,
    /// Seconds of a unit: a short tone.
    pub unit: f64,
    /// Pitches in Hz: both of ours, one of others, none for noise.
    pub pitches: Vec<f64>,
    /// Whether it is the one that [`Rhythm`](super::Rhythm) makes.
    pub ours: bool,
    /// How sure it is.
    pub tier: Tier,
    /// How well the levels follow the rhythm, 0-1.
    pub score: f64,
    /// Level of its tones, as mean square in dB of full scale.
    pub level: f64,
    /// What is wrong with it.
    pub faults: Faults,
}

/// Our own rhythm in one channel, whole and with no other sound under it; the clearest of several. A few seconds at the edge of
/// a file are enough to tell whether the label is there already.
pub fn find_rhythm(samples: &[f32], rate: u32) -> Option<Heard> {
    let mut listener = Listener::new(rate, 1).ok()?;
    listener.add(samples);
    let right = |h: &Heard| h.ours && h.tier == Tier::First && !h.faults.covered && !h.faults.cut;
    listener.finish().into_iter().filter(right).max_by(|a, b| a.score.total_cmp(&b.score))
}

/// Hears rhythms as a sound streams by. Memory does not grow with its length.
pub struct Listener {
    channels: usize,
    /// Sum and number of the samples of a frame that is not whole yet.
    part: (f32, usize),
    mono: Vec<f32>,
    decimator: Decimator,
    decimated: Vec<f32>,
    sound: Sound,
    /// The frame that is looked at next.
    next: i64,
    lanes: Vec<usize>,
    narrow: Option<Shape>,
    wide: Option<Shape>,
    own: Option<Fit>,
    /// Checks in this second.
    checks: u32,
    heard: Vec<Heard>,
    /// How many frames have each level on the lane of everything, in dB above the floor.
    loudness: [u64; 128],
}

impl Listener {
    /// # Errors
    /// [`Error::Sound`] for sample rates outside 4-768 kHz, no channel, or more than 64.
    pub fn new(rate: u32, channels: u32) -> Result<Self, Error> {
        if !RATES.contains(&rate) || channels == 0 || channels > CHANNELS {
            return Err(Error::Sound { rate, channels });
        }
        let decimator = Decimator::new(rate);
        let factor = decimator.factor() as u64;
        let slow = f64::from(rate) / factor as f64;
        let levels = Levels::new(slow);
        let sound = Sound {
            samples: Ring::new((KEPT * slow) as usize),
            analyser: Analyser::new(slow),
            levels,
            rate,
            factor,
            ended: false,
        };
        Ok(Self {
            channels: channels as usize,
            part: (0.0, 0),
            mono: Vec::with_capacity(BLOCK),
            decimator,
            decimated: Vec::new(),
            sound,
            next: -BEFORE,
            lanes: Vec::new(),
            narrow: None,
            wide: None,
            own: None,
            checks: 0,
            heard: Vec::new(),
            loudness: [0; 128],
        })
    }

    /// Takes interleaved samples, full scale ±1, in blocks of any length.
    pub fn add(&mut self, interleaved: &[f32]) {
        let mut rest = interleaved;
        while !rest.is_empty() {
            rest = self.mix(rest);
            let mut decimated = std::mem::take(&mut self.decimated);
            self.decimator.add(&self.mono, &mut decimated);
            self.take(&decimated);
            decimated.clear();
            self.decimated = decimated;
        }
    }

    /// Mixes a block down, and gives what is left.
    fn mix<'a>(&mut self, samples: &'a [f32]) -> &'a [f32] {
        self.mono.clear();
        // What is no number is silence, and nothing is so loud that sums of it are none.
        let sane = |s: f32| if s.is_finite() { s.clamp(-16.0, 16.0) } else { 0.0 };
        let (block, rest) = samples.split_at(samples.len().min(BLOCK));
        if self.channels == 1 {
            self.mono.extend(block.iter().map(|s| sane(*s)));
            return rest;
        }
        let share = 1.0 / self.channels as f32;
        for sample in block {
            self.part.0 += sane(*sample);
            self.part.1 += 1;
            if self.part.1 == self.channels {
                self.mono.push(self.part.0 * share);
                self.part = (0.0, 0);
            }
        }
        rest
    }

    fn take(&mut self, samples: &[f32]) {
        for sample in samples {
            self.sound.samples.push(*sample);
            if self.sound.samples.count() >= self.frame(self.sound.levels.count() + 1).1 {
                self.add_frames();
            }
        }
    }

    /// First sample of a frame, and the one behind its last.
    fn frame(&self, n: i64) -> (i64, i64) {
        let length = self.sound.levels.length() as i64;
        let first = self.sound.sample(n) - length / 2;
        (first, first + length)
    }

    fn add_frames(&mut self) {
        let count = self.sound.levels.count();
        let first = [self.frame(count).0, self.frame(count + 1).0];
        let samples = &self.sound.samples;
        let sample = |frame: usize, n: usize| {
            let first = first.get(frame).copied().unwrap_or_default();
            samples.get(first + n as i64).copied().unwrap_or_default()
        };
        self.sound.levels.add(sample);
        for n in [count, count + 1] {
            let level = (self.sound.levels.level(n, ALL) - FLOOR) / DB;
            if let Some(slot) = usize::try_from(level).ok().and_then(|l| self.loudness.get_mut(l)) {
                *slot += 1;
            }
        }
        while self.next + AHEAD < self.sound.levels.count() {
            self.look();
        }
    }

    /// Looks whether a rhythm begins at the next frame.
    fn look(&mut self) {
        let at = self.next;
        self.next += 1;
        if at % i64::from(FRAMES) == 0 {
            self.checks = 0;
        }
        let mut lanes = std::mem::take(&mut self.lanes);
        runs::rises(&self.sound.levels, at, &mut lanes);
        for lane in &lanes {
            if let Some(shape) = runs::shape(&self.sound.levels, at, *lane) {
                let slot = if *lane < NARROW { &mut self.narrow } else { &mut self.wide };
                if slot.as_ref().is_none_or(|s| s.level < shape.level) {
                    *slot = Some(shape);
                }
            }
        }
        self.lanes = lanes;
        if at % 2 == 0
            && let Some(fit) = own::fit(&self.sound.levels, at)
            && self.own.is_none_or(|o| o.score < fit.score)
        {
            self.own = Some(fit);
        }
        self.settle(at);
    }

    /// Checks the shapes and fits whose time has come.
    fn settle(&mut self, at: i64) {
        let due = |start: Option<i64>, wait: i64| start.is_some_and(|s| s + wait <= at);
        if due(self.narrow.as_ref().map(Shape::start), TOGETHER)
            && let Some(shape) = self.narrow.take()
        {
            self.check(|sound| sound.check(&shape));
        }
        if due(self.wide.as_ref().map(Shape::start), TOGETHER + 1)
            && let Some(shape) = self.wide.take()
        {
            self.check(|sound| sound.check(&shape));
        }
        if due(self.own.as_ref().map(|o| o.at), NEAR)
            && let Some(fit) = self.own.take()
        {
            self.check(|sound| sound.check_own(fit));
        }
    }

    fn check(&mut self, check: impl FnOnce(&mut Sound) -> Option<Heard>) {
        self.checks += 1;
        if self.checks > CHECKS {
            return;
        }
        if let Some(heard) = check(&mut self.sound) {
            self.keep(heard);
        }
    }

    /// Keeps the best of those that overlap.
    fn keep(&mut self, heard: Heard) {
        let rank = |h: &Heard| (h.tier, h.ours, h.score);
        if let Some(last) = self.heard.iter_mut().rev().take(4).find(|h| h.start < heard.end && heard.start < h.end) {
            if rank(last) < rank(&heard) {
                *last = heard;
            }
            return;
        }
        let same = self.heard.iter().filter(|h| h.tier == heard.tier).count();
        if same < MOST {
            self.heard.push(heard);
        }
    }

    /// Ends the sound, and gives the rhythms in it, in order: at most 1,000 of each tier.
    pub fn finish(mut self) -> Vec<Heard> {
        let mut last = Vec::new();
        self.decimator.finish(&mut last);
        self.take(&last);
        // Frames whose middle is still in the sound.
        let end = self.sound.samples.count();
        while self.sound.sample(self.sound.levels.count()) < end {
            self.add_frames();
        }
        self.sound.ended = true;
        while self.next < self.sound.levels.count() + NEAR + TOGETHER {
            self.look();
        }
        let content = self.content();
        for heard in &mut self.heard {
            heard.faults.quiet = content.is_some_and(|c| heard.level < c - QUIET);
        }
        self.heard.sort_by(|a, b| a.start.total_cmp(&b.start));
        self.demote_loops();
        self.heard
    }

    /// What recurs at equal distances is a loop of music or an alarm. A label stands before, behind or amid the content.
    fn demote_loops(&mut self) {
        let is_again = |a: &Heard, b: &Heard| {
            let pitch = a.pitches.first().zip(b.pitches.first()).is_some_and(|(a, b)| (a / b - 1.0).abs() < 0.02);
            !a.ours && !b.ours && pitch && (a.unit - b.unit).abs() < 0.015
        };
        let mut loops = vec![false; self.heard.len()];
        for (n, three) in self.heard.windows(3).enumerate() {
            let [a, b, c] = three else { continue };
            let (one, two) = (b.start - a.start, c.start - b.start);
            if is_again(a, b) && is_again(b, c) && (one - two).abs() <= one * 0.03 {
                loops.iter_mut().skip(n).take(3).for_each(|l| *l = true);
            }
        }
        for (heard, _) in self.heard.iter_mut().zip(loops).filter(|(_, l)| *l) {
            heard.tier = Tier::Second;
        }
    }

    /// The mean level of the sound in dB of full scale, without its pauses, as EBU R128 leaves them out: what is 10 dB
    /// below the mean.
    fn content(&self) -> Option<f64> {
        let db = |n: usize| n as f64 + f64::from(FLOOR / DB);
        let mean = |from: f64| -> Option<f64> {
            let loud = self.loudness.iter().enumerate().filter(|(n, _)| *n > 0 && db(*n) >= from);
            let (sum, count) = loud
                .fold((0.0, 0u64), |(sum, count), (n, c)| (sum + *c as f64 * libm::pow(10.0, db(n) / 10.0), count + c));
            (count > 0).then(|| 10.0 * libm::log10(sum / count as f64))
        };
        mean(f64::NEG_INFINITY).and_then(|all| mean(all - 10.0))
    }
}

#[cfg(test)]
mod tests;
