//! Is our own rhythm in this stretch of sound?

use std::f64::consts::PI;

use super::{INTERVALS, PITCHES, RATES, UNIT};

/// Frames a second: one every 10 ms.
const FRAMES: u32 = 100;
/// Frames of one unit.
const FRAMES_OF_UNIT: usize = 12;
/// Frames of the whole rhythm.
const WHOLE: usize = 11 * FRAMES_OF_UNIT;
/// Frames of silence that must surround it, as far as the stretch reaches.
const ROUND: usize = 20;
/// A tone frame holds at least this share of the mean power of all tone frames.
const LEAST_TONE: f64 = 0.4;
/// A silent frame holds at most this share: 12 dB less.
const MOST_SILENCE: f64 = 0.06;
/// Least share of a tone frame's power that lies on the two pitches.
const LEAST_PURITY: f64 = 0.6;
/// Most times that one pitch is stronger than the other, in power.
const MOST_IMBALANCE: f64 = 6.0;
/// Quietest tone that is looked at: mean square at -60 dBFS.
const FLOOR: f64 = 1e-6;

/// The rhythm, heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// Where its first tone begins, in seconds from the start of the stretch (give or take 5 ms).
    pub start: f64,
    /// Where its last tone ends.
    pub end: f64,
    /// Correlation of the tone's envelope with the rhythm, 0-1.
    pub score: f64,
}

/// Power of 10 ms of sound.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// On each of the two pitches.
    pitches: [f64; 2],
    /// Altogether.
    all: f64,
}

/// Looks for our rhythm in one channel: the two pitches in the seven intervals, silence between and around. Foreign
/// timings and pitches are not found. A few seconds at the edge of a file are enough to look at.
pub fn find_rhythm(samples: &[f32], rate: u32) -> Option<Heard> {
    if !RATES.contains(&rate) {
        return None;
    }
    let frames = frames(samples, rate);
    let last = frames.len().checked_sub(WHOLE)?;
    let heard = (0..=last).filter_map(|at| Some((at, score(&frames, at)?)));
    let (at, score) = heard.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let start = at as f64 / f64::from(FRAMES);
    Some(Heard { start, end: start + 11.0 * UNIT, score })
}

fn frames(samples: &[f32], rate: u32) -> Vec<Frame> {
    let bound = |n: usize| (n as u64 * u64::from(rate) / u64::from(FRAMES)) as usize;
    let count = (samples.len() as u64 * u64::from(FRAMES) / u64::from(rate)) as usize;
    let cuts = (0..count).filter_map(|n| samples.get(bound(n)..bound(n + 1)));
    cuts.map(|cut| Frame {
        pitches: PITCHES.map(|pitch| goertzel(cut, pitch / f64::from(rate))),
        all: cut.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / cut.len().max(1) as f64,
    })
    .collect()
}

/// Mean square of the part of `samples` at one frequency (in cycles a sample).
fn goertzel(samples: &[f32], frequency: f64) -> f64 {
    let factor = 2.0 * (2.0 * PI * frequency).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        (last, before) = (f64::from(*sample) + factor * last - before, last);
    }
    let power = last * last + before * before - factor * last * before;
    2.0 * power / (samples.len().max(1) as f64).powi(2)
}

/// How well the frames from `at` on fit the rhythm; `None` when an interval breaks its rule.
fn score(frames: &[Frame], at: usize) -> Option<f64> {
    let part = frames.get(at..at + WHOLE)?;
    // The cheapest rule first: most places fail here.
    if part.get(FRAMES_OF_UNIT / 2)?.pitches.iter().sum::<f64>() < FLOOR {
        return None;
    }
    let (mut tones, mut silences) = (Vec::with_capacity(WHOLE), Vec::with_capacity(WHOLE + 2 * ROUND));
    let mut from = 0;
    for (n, units) in INTERVALS.into_iter().enumerate() {
        let to = from + FRAMES_OF_UNIT * units as usize;
        // The first and last frame of an interval may lie on its edge.
        let inside = part.get(from + 1..to - 1)?;
        if n % 2 == 0 { &mut tones } else { &mut silences }.extend_from_slice(inside);
        from = to;
    }
    silences.extend_from_slice(frames.get(at.saturating_sub(ROUND)..at.saturating_sub(1))?);
    let behind = at + WHOLE + 1;
    silences.extend_from_slice(frames.get(behind..(behind + ROUND).min(frames.len())).unwrap_or_default());

    let power = |f: &Frame| f.pitches.iter().sum::<f64>();
    let mean = tones.iter().map(power).sum::<f64>() / tones.len().max(1) as f64;
    let balanced = |[a, b]: [f64; 2]| a <= b * MOST_IMBALANCE && b <= a * MOST_IMBALANCE;
    let is_tone = |f: &Frame| power(f) >= mean * LEAST_TONE && power(f) >= f.all * LEAST_PURITY && balanced(f.pitches);
    let right = mean >= FLOOR && tones.iter().all(is_tone) && silences.iter().all(|f| f.all <= mean * MOST_SILENCE);
    right.then(|| correlation(tones.iter().map(power), silences.iter().map(power)))
}

/// Pearson's coefficient of amplitudes with 1 for tones and 0 for silences.
fn correlation(tones: impl Iterator<Item = f64>, silences: impl Iterator<Item = f64>) -> f64 {
    let points: Vec<(f64, f64)> = tones.map(|p| (p.sqrt(), 1.0)).chain(silences.map(|p| (p.sqrt(), 0.0))).collect();
    let n = points.len().max(1) as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let sum = |f: &dyn Fn(f64, f64) -> f64| points.iter().map(|p| f(p.0 - x, p.1 - y)).sum::<f64>();
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt().max(f64::MIN_POSITIVE)
}
