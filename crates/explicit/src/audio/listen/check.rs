//! Is a shape on a lane the rhythm? What the samples say of its tones, and what is around it.

use std::ops::Range;

use super::levels::{ALL, DB, FRAMES, Levels, NARROW};
use super::own::{self, Fit};
use super::ring::Ring;
use super::runs::Shape;
use super::spectrum::{Analyser, Peak, Spectrum};
use super::{Faults, Heard, Tier};
use crate::audio::{PITCHES, UNIT};

/// Most that the pitch of one tone may be off from the others.
const SAME_PITCH: f64 = 0.02;
/// Least that a pitch stands out of its surroundings, in dB.
const TONAL: f64 = 9.0;
/// Where pitches are looked for on the lane of everything, in Hz.
const EVERYWHERE: (f64, f64) = (150.0, 4500.0);
/// Most times that one of our pitches is stronger than the other, in dB.
const IMBALANCE: f64 = 14.0;
/// Our unit in seconds, with changes of speed by a tenth.
const OUR_UNIT: Range<f64> = UNIT * 0.88..UNIT * 1.13;
/// Our pitches, with changes by a tone and a half.
const OUR_PITCH: Range<f64> = 0.92..1.09;
/// How sharp an edge is: so many quarters of a decibel within so many frames on either side.
const SHARP: i32 = 8 * DB;
const EDGE: i64 = 4;
/// Most that a tone fades from its begin to its end.
const FADES: i32 = 5 * DB;
/// Most times that one short tone or inner gap is as long as another, for the first tier.
const REGULAR: f64 = 1.35;
/// Units around a rhythm in which no other tone of its pitch may sound, for the first tier.
const ALONE: f64 = 10.0;
/// And the longest tone of a rhythm.
const LONGEST: f64 = 4.0;
/// Units around ours: the silence that it is written with, and the gap between letters at least.
const OWN_ALONE: f64 = 4.0;
/// Units of near silence on both sides.
const SILENCE: f64 = 2.0;
/// How much quieter near silence is than the tones.
const NEAR_SILENCE: i32 = 20 * DB;
/// Least units of the gap between the letters; less, and it reads as Morse L.
const LETTER_GAP: f64 = 1.7;
/// Gaps that are not quieter than the tones by this much have other sound in them.
const COVERED: i32 = 6 * DB;

/// Least that each of our pitches stands out in each tone of a place that follows our rhythm, in dB.
const OWN_TONAL: f64 = 10.0;
/// Least that half of these are louder than the gaps there, in dB.
const OWN_CONTRAST: f64 = 2.5;
/// Frames of a tone that are left of it at the edge of the file, at least, to look at.
const LEAST_PART: i64 = 12;
/// Frames that the place of an edge may be off.
const SLIGHT: i64 = 3;

/// All that checks look at.
pub(super) struct Sound {
    pub(super) levels: Levels,
    pub(super) samples: Ring<f32>,
    pub(super) analyser: Analyser,
    /// Samples of the sound as it came, a second, and how many became one.
    pub(super) rate: u32,
    pub(super) factor: u64,
    /// Whether the sound ends where the levels end.
    pub(super) ended: bool,
}

/// The pitches of four tones.
#[derive(Debug)]
struct Tones {
    /// The strongest, in all of them.
    hz: f64,
    /// The other one of ours.
    partner: Option<f64>,
}

impl Sound {
    /// The number of the sample in the middle of a frame.
    pub(super) fn sample(&self, frame: i64) -> i64 {
        let n = u64::try_from(frame).unwrap_or_default() * u64::from(self.rate) / (u64::from(FRAMES) * self.factor);
        n as i64
    }

    fn spectrum(&mut self, frames: &Range<i64>) -> Option<Spectrum> {
        let (from, to) = (self.sample(frames.start + 2), self.sample(frames.end - 2));
        self.analyser.spectrum(&self.samples, from, to)
    }

    /// What a shape is.
    pub(super) fn check(&mut self, shape: &Shape) -> Option<Heard> {
        let tones = self.tones(shape);
        if tones.is_none() && shape.lane != ALL {
            return None;
        }
        let ours = tones.as_ref().is_some_and(|t| t.partner.is_some()) && is_ours(shape);
        let first = match &tones {
            Some(tones) if ours => self.is_alone(shape, tones.hz, OWN_ALONE),
            Some(tones) => self.is_first(shape, tones.hz),
            None => false,
        };
        let ours = ours && first;
        if !first && !self.is_second(shape, tones.is_some()) {
            return None;
        }
        let pitches = match tones {
            Some(Tones { hz, partner: Some(other) }) if ours => vec![hz.min(other), hz.max(other)],
            Some(Tones { hz, .. }) => vec![hz],
            None => Vec::new(),
        };
        let score = self.score(shape);
        Some(self.heard(shape, pitches, ours, first, score))
    }

    fn heard(&self, shape: &Shape, pitches: Vec<f64>, ours: bool, first: bool, score: f64) -> Heard {
        let seconds = |frames: f64| frames / f64::from(FRAMES);
        let mean = |r: &Range<i64>| self.levels.mean(r.start + 2, r.end - 2, ALL);
        let tones = shape.tones().iter().map(mean).sum::<i32>() / 4;
        let gaps = shape.gaps().iter().map(mean).sum::<i32>() / 3;
        Heard {
            start: seconds(shape.start() as f64),
            end: seconds(shape.end() as f64),
            unit: seconds(shape.unit()),
            pitches,
            ours,
            tier: if first { Tier::First } else { Tier::Second },
            score,
            level: f64::from(tones) / f64::from(DB),
            faults: Faults {
                covered: gaps > tones - COVERED,
                quiet: false,
                cut: self.is_cut(shape),
                no_gap: gap(shape) < LETTER_GAP,
            },
        }
    }

    /// Whether the edge of the file cuts off a part: a tone that touches it is shorter than the others.
    fn is_cut(&self, shape: &Shape) -> bool {
        let [first, _, _, _, second, _, third] = shape.intervals();
        let (start, end) = (shape.start(), shape.end() - self.levels.count());
        let short = |n: i64| n * 5 < second * 4;
        start < -SLIGHT || (start <= 1 && short(first)) || (self.ended && (end > SLIGHT || (end >= -2 && short(third))))
    }

    /// The pitch that all four tones have; `None` where they have none, or not the same.
    fn tones(&mut self, shape: &Shape) -> Option<Tones> {
        let [first, long, second, third] = shape.tones();
        let long = self.spectrum(&long)?;
        let others = [self.spectrum(&first)?, self.spectrum(&second)?, self.spectrum(&third)?];
        let (from, to) = if shape.lane < NARROW { super::levels::band(shape.lane) } else { EVERYWHERE };
        let main = long.peak(from - 60.0, to + 60.0).filter(|p| p.above >= TONAL)?;
        let same = |peak: &Peak| {
            others.iter().all(|s| {
                let there = s.peak(peak.hz * 0.94, peak.hz * 1.06);
                there.is_some_and(|t| t.above >= TONAL && (t.hz / peak.hz - 1.0).abs() <= SAME_PITCH)
            })
        };
        if !same(&main) {
            return None;
        }
        let partner =
            [PITCHES[1] / PITCHES[0], PITCHES[0] / PITCHES[1]].into_iter().zip(PITCHES).find_map(|(to, from)| {
                if !OUR_PITCH.contains(&(main.hz / from)) {
                    return None;
                }
                let other = long.peak(main.hz * to * 0.985, main.hz * to * 1.015)?;
                let balanced = (10.0 * libm::log10(other.power / main.power)).abs() <= IMBALANCE;
                (balanced && other.above >= TONAL && same(&other)).then_some(other.hz)
            });
        Some(Tones { hz: main.hz, partner })
    }

    /// Whether a shape is worth a line: what has no pitch is nearly always speech.
    fn is_second(&self, shape: &Shape, tonal: bool) -> bool {
        let (gap, sharp) = (gap(shape) >= LETTER_GAP, self.is_sharp(shape));
        is_regular(shape) && if tonal { gap || sharp } else { sharp && (gap || self.is_between_silence(shape)) }
    }

    fn is_first(&mut self, shape: &Shape, hz: f64) -> bool {
        is_regular(shape)
            && self.is_sharp(shape)
            && (gap(shape) >= LETTER_GAP || self.is_between_silence(shape))
            && self.is_alone(shape, hz, ALONE + LONGEST)
    }

    /// Whether all tones begin and end at once, and stay as loud as they begin.
    fn is_sharp(&self, shape: &Shape) -> bool {
        shape.tones().iter().all(|r| self.is_tone(r, shape.lane))
    }

    fn is_tone(&self, r: &Range<i64>, lane: usize) -> bool {
        let level = |n: i64| self.levels.level(n, lane);
        let begin = level(r.start + EDGE) - level(r.start - EDGE) >= SHARP;
        let end = level(r.end - EDGE) - level(r.end + EDGE) >= SHARP;
        begin && end && (level(r.start + EDGE) - level(r.end - EDGE)).abs() <= FADES
    }

    fn is_between_silence(&self, shape: &Shape) -> bool {
        let mean = |r: &Range<i64>| self.levels.mean(r.start + 2, r.end - 2, ALL);
        let tones = shape.tones().iter().map(mean).sum::<i32>() / 4;
        let far = (SILENCE * shape.unit()) as i64;
        [shape.start() - far..shape.start(), shape.end()..shape.end() + far]
            .iter()
            .all(|r| mean(r) <= tones - NEAR_SILENCE)
    }

    /// Whether no other tone of this pitch lies within some units: the gap between words of Morse is 7.
    fn is_alone(&mut self, shape: &Shape, hz: f64, units: f64) -> bool {
        let far = (units * shape.unit()) as i64;
        self.pulses(shape, shape.start() - far..shape.start() - 2, hz).is_empty()
            && self.pulses(shape, shape.end() + 2..shape.end() + far, hz).is_empty()
    }

    /// The stretches of a lane that sound like the tones of a shape.
    fn pulses(&mut self, shape: &Shape, frames: Range<i64>, hz: f64) -> Vec<Range<i64>> {
        let unit = shape.unit();
        let runs = super::runs::loud(&self.levels, shape.lane, shape.level, frames);
        let lengths = unit * 0.5..unit * 5.0;
        let runs = runs.into_iter().filter(|r| lengths.contains(&((r.end - r.start) as f64)));
        let runs: Vec<_> = runs.filter(|r| self.is_tone(r, shape.lane)).collect();
        runs.into_iter()
            .filter(|r| {
                let peak = self.spectrum(r).and_then(|s| s.peak(hz * 0.94, hz * 1.06));
                peak.is_some_and(|p| p.above >= TONAL && (p.hz / hz - 1.0).abs() <= SAME_PITCH)
            })
            .collect()
    }

    /// The share of frames that are as the shape says: loud in tones, quiet in gaps.
    fn score(&self, shape: &Shape) -> f64 {
        let (mut right, mut all) = (0u32, 0u32);
        let edge = shape.level - 6 * DB;
        let mut count = |frames: &Range<i64>, loud: bool| {
            for n in frames.start + 2..frames.end - 2 {
                all += 1;
                right += u32::from((self.levels.level(n, shape.lane) >= edge) == loud);
            }
        };
        shape.tones().iter().for_each(|r| count(r, true));
        shape.gaps().iter().for_each(|r| count(r, false));
        f64::from(right) / f64::from(all.max(1))
    }

    /// Whether a place that follows our rhythm has our pitches.
    pub(super) fn check_own(&mut self, fit: Fit) -> Option<Heard> {
        let fit = own::refined(&self.levels, fit);
        let shape = own::shape(fit.at, fit.unit);
        let whole = self.levels.count();
        let inside = |all: &[Range<i64>]| -> Vec<Range<i64>> {
            let cut = all.iter().map(|r| r.start.max(0)..r.end.min(whole));
            cut.filter(|r| r.end - r.start >= LEAST_PART).collect()
        };
        // A label that the edge of the file cuts off keeps its long tone and two short ones at least.
        let tones: Vec<Spectrum> = inside(&shape.tones()).iter().filter_map(|r| self.spectrum(r)).collect();
        let gaps: Vec<Spectrum> = inside(&shape.gaps()).iter().filter_map(|r| self.spectrum(r)).collect();
        if tones.len() < 3 {
            return None;
        }
        // How far both pitches are moved: where all tones are strongest together.
        let strength = |scale: f64| -> f64 { tones.iter().flat_map(|s| PITCHES.map(|p| s.decibels(p * scale))).sum() };
        let scales = (-32..=32).map(|n| 1.0 + 0.0025 * f64::from(n));
        let scale = scales.max_by(|a, b| strength(*a).total_cmp(&strength(*b)))?;
        let ground =
            |pitch: f64| gaps.iter().map(|s| s.at(pitch).power).sum::<f64>() / gaps.len().max(1) as f64 + 1e-12;
        let mut contrasts = Vec::new();
        for pitch in PITCHES.map(|p| p * scale) {
            let ground = ground(pitch);
            for peak in tones.iter().map(|s| s.at(pitch)) {
                if peak.above < OWN_TONAL {
                    return None;
                }
                contrasts.push(10.0 * libm::log10(peak.power / ground + 1e-12));
            }
        }
        if !own::is_clear(&self.levels, &shape) {
            return None;
        }
        contrasts.sort_by(f64::total_cmp);
        let median = contrasts.get(contrasts.len() / 2)?;
        (*median >= OWN_CONTRAST)
            .then(|| self.heard(&shape, PITCHES.map(|p| p * scale).to_vec(), true, true, fit.score))
    }
}

fn is_ours(shape: &Shape) -> bool {
    let [_, _, long, gap, ..] = shape.intervals();
    let ratio = |n: i64| n as f64 / shape.unit();
    OUR_UNIT.contains(&(shape.unit() / f64::from(FRAMES)))
        && (2.5..3.5).contains(&ratio(long))
        && (2.4..3.6).contains(&ratio(gap))
}

/// Units of the gap between the letters.
fn gap(shape: &Shape) -> f64 {
    shape.intervals()[3] as f64 / shape.unit()
}

/// Whether what should be of one length is.
fn is_regular(shape: &Shape) -> bool {
    let [a, b, _, _, c, d, e] = shape.intervals();
    let alike = |all: &[i64]| {
        let most = all.iter().max().map_or(0.0, |n| *n as f64 - 1.0);
        let least = all.iter().min().map_or(0.0, |n| *n as f64 + 1.0);
        most <= least * REGULAR
    };
    alike(&[a, c, e]) && alike(&[b, d])
}
