//! Places where our own rhythm may be: the levels on its two pitches follow it.
//!
//! Runs of on and off need a clear sound. Ours is known to the millisecond, so that it is heard through noise, echo and
//! other sound, by the correlation of its whole length.

use std::ops::Range;

use super::super::INTERVALS;
use super::levels::{DB, FLOOR, Levels, OWN};
use super::runs::Shape;

/// Lengths of a unit in frames that are tried: 120 ms, up to 11 % faster and slower, in steps of 3 %.
const UNITS: [f64; 8] = [21.6, 22.3, 23.0, 23.7, 24.4, 25.1, 25.9, 26.7];
/// Units of silence before and behind that count with it.
const ROUND: f64 = 2.0;
/// Least correlation on a pitch, and on both together.
const LEAST: f64 = 0.35;
const LEAST_SUM: f64 = 1.0;
/// Least that the long tone is louder than the gap behind it.
const LEAST_STEP: i32 = DB;

/// A half of a unit in a tone is faint where it is this much quieter than most, and one in a gap filled where it is so close.
const FAINT: i32 = 6 * DB;
const FILLED: i32 = 3 * DB;
/// Most halves of gaps that are, on both pitches. Of tones none is faint.
const MOST_FILLED: usize = 1;

/// A place, with the correlation there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    pub(super) at: i64,
    /// Frames of a unit.
    pub(super) unit: f64,
    /// Mean of the correlations on both pitches.
    pub(super) score: f64,
}

/// The best fit that begins at frame `at`.
pub(super) fn fit(levels: &Levels, at: i64) -> Option<Fit> {
    let fits = UNITS.into_iter().filter_map(|unit| of_unit(levels, at, unit));
    fits.max_by(|a, b| a.score.total_cmp(&b.score))
}

/// The best fit close to one.
pub(super) fn refined(levels: &Levels, fit: Fit) -> Fit {
    let places = (fit.at - 3..=fit.at + 3).flat_map(|at| (-4..=4).map(move |n| (at, fit.unit + 0.15 * f64::from(n))));
    let fits = places.filter_map(|(at, unit)| of_unit(levels, at, unit));
    fits.chain([fit]).max_by(|a, b| a.score.total_cmp(&b.score)).unwrap_or(fit)
}

fn of_unit(levels: &Levels, at: i64, unit: f64) -> Option<Fit> {
    let place = |units: f64| at + (units * unit + 0.5) as i64;
    // The cheapest rule first: most places fail here.
    for lane in OWN {
        let long = levels.mean(place(2.0), place(5.0), lane);
        if long < FLOOR + 6 * DB || long < levels.mean(place(5.0), place(8.0), lane) + LEAST_STEP {
            return None;
        }
    }
    let shape = shape(at, unit);
    let around = at - (ROUND * unit) as i64..place(11.0 + ROUND);
    let mut score = 0.0;
    for own in 0..OWN.len() {
        let r = correlation(levels, &shape, &around, own);
        if r < LEAST {
            return None;
        }
        score += r;
    }
    (score >= LEAST_SUM).then_some(Fit { at, unit, score: score / 2.0 })
}

/// Pearson's coefficient of the levels with 1 in tones and 0 elsewhere.
fn correlation(levels: &Levels, shape: &Shape, around: &Range<i64>, own: usize) -> f64 {
    let Some(lane) = OWN.get(own).copied() else { return 0.0 };
    let above = |r: &Range<i64>| f64::from(levels.total(r.start, r.end, lane)) - f64::from(FLOOR) * count(r);
    let tones = shape.tones();
    let (all, n) = (above(around), count(around));
    let on: f64 = tones.iter().map(above).sum();
    let n_on: f64 = tones.iter().map(count).sum();
    let mean = all / n;
    let variance = f64::from(levels.squares(around.start, around.end, own)) / n - mean * mean;
    let step = on / n_on - (all - on) / (n - n_on);
    step * (n_on * (n - n_on)).sqrt() / n / variance.max(1.0).sqrt()
}

fn count(r: &Range<i64>) -> f64 {
    (r.end - r.start) as f64
}

/// Whether the tones are on for all of their length, and what is between and around them is off. Other sound may fill a gap
/// and an echo may hush a tone, but hardly on both pitches alike: a chord of them in another rhythm does not pass.
pub(super) fn is_clear(levels: &Levels, shape: &Shape) -> bool {
    let tones = OWN.map(|lane| {
        let mut on: Vec<i32> = halves(shape, true).filter_map(|h| half(levels, &h, lane)).collect();
        on.sort_unstable();
        on.get(on.len() / 2).copied().unwrap_or(FLOOR)
    });
    // By how much a half differs from the tones, on both lanes.
    let differs = |on: bool, test: fn(i32) -> bool| {
        let alike = |h: &Range<i64>| {
            OWN.into_iter().zip(tones).all(|(lane, tone)| half(levels, h, lane).is_some_and(|level| test(level - tone)))
        };
        halves(shape, on).filter(alike).count()
    };
    differs(true, |d| d < -FAINT) == 0 && differs(false, |d| d.abs() < FILLED) <= MOST_FILLED
}

/// All halves of units that lie in tones, or else between them and a unit or two around.
fn halves(shape: &Shape, on: bool) -> impl Iterator<Item = Range<i64>> {
    let (start, unit) = (shape.start(), shape.unit());
    let edge = move |halves: i64| start + (halves as f64 * unit / 2.0 + 0.5) as i64;
    let tones = [0..2, 4..10, 16..18, 20..22];
    let wanted = move |n: &i64| tones.iter().any(|t| t.contains(n)) == on;
    (-2..26).filter(wanted).map(move |n| edge(n) + 1..edge(n + 1) - 1)
}

/// The mean level of a half; `None` outside of the sound.
fn half(levels: &Levels, frames: &Range<i64>, lane: usize) -> Option<i32> {
    let inside = frames.start >= 0 && frames.end <= levels.count();
    inside.then(|| levels.mean(frames.start, frames.end, lane))
}

/// The edges of our rhythm.
pub(super) fn shape(at: i64, unit: f64) -> Shape {
    let mut edges = [at; 8];
    let mut units = 0;
    for (edge, n) in edges.iter_mut().skip(1).zip(INTERVALS) {
        units += n;
        *edge = at + (f64::from(units) * unit + 0.5) as i64;
    }
    Shape { edges, lane: OWN[0], level: 0 }
}
