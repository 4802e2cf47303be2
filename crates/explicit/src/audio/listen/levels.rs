//! How loud it is on each lane of the spectrum, every 5 ms.
//!
//! Levels are whole quarters of a decibel. Sums of them are exact, so that nothing drifts in a sound of any length, and
//! what is found does not depend on the machine.

use std::f64::consts::PI;
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlannerScalar};

use super::ring::Ring;

/// Frames a second.
pub(super) const FRAMES: u32 = 200;
/// Seconds of sound in a frame.
const WINDOW: f64 = 0.0212;
/// Narrow lanes, next to each other.
pub(super) const NARROW: usize = 32;
/// Where the first narrow lane begins, in Hz.
const LOWEST: f64 = 200.0;
/// Width of a narrow lane in Hz: the width of a tone in a frame.
const WIDTH: f64 = 128.0;
/// The lanes of our own two pitches, 6 % to either side.
pub(super) const OWN: [usize; 2] = [NARROW, NARROW + 1];
const OWN_HZ: [(f64, f64); 2] = [(820.0, 945.0), (1235.0, 1405.0)];
/// The lane that holds everything, for noises without a pitch.
pub(super) const ALL: usize = NARROW + 2;
const ALL_HZ: (f64, f64) = (100.0, 5000.0);
/// All lanes, and one to make the number even for the processor.
pub(super) const LANES: usize = 36;
/// Quarters of a decibel in one.
pub(super) const DB: i32 = 4;
/// The lowest level that is told: less is silence.
pub(super) const FLOOR: i32 = -72 * DB;
/// Frames that are kept.
const KEPT: usize = 4096;

/// One frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Level of each lane, in quarters of a decibel; a sine at full scale is at -3 dB.
    pub(super) level: [i32; LANES],
    /// The sum of the levels of all frames before this one. It wraps round; differences do not mind.
    pub(super) sum: [i32; LANES],
    /// The same for the squares of the levels above [`FLOOR`], on our own lanes.
    pub(super) square: [i32; 2],
}

impl Default for Row {
    fn default() -> Self {
        Self { level: [FLOOR; LANES], sum: [0; LANES], square: [0; 2] }
    }
}

/// The latest frames of a sound; before and behind it all is silent.
pub(super) struct Levels {
    rows: Ring<Row>,
    /// What the next row begins its sums with.
    sum: [i32; LANES],
    square: [i32; 2],
    fft: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    /// First and last bin of each lane.
    bins: Vec<(usize, usize)>,
    buffer: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl Levels {
    /// For samples at `rate` a second.
    pub(super) fn new(rate: f64) -> Self {
        let length = (rate * WINDOW) as usize;
        let size = length.next_power_of_two();
        let fft = FftPlannerScalar::new().plan_fft_forward(size);
        // Hann's window, scaled so that the power of a sine in its bins is the mean square of the sine.
        let hann = |n: usize| 0.5 - 0.5 * libm::cos(2.0 * PI * (n as f64 + 0.5) / length as f64);
        let energy: f64 = (0..length).map(|n| hann(n) * hann(n)).sum();
        let scale = (2.0 / (energy * size as f64)).sqrt();
        let window = (0..length).map(|n| (hann(n) * scale) as f32).collect();
        let bin = |hz: f64| ((hz * size as f64 / rate).ceil() as usize).clamp(1, size / 2);
        let narrow = (0..NARROW).map(|n| (LOWEST + WIDTH * n as f64, LOWEST + WIDTH * (n + 1) as f64));
        let lanes = narrow.chain(OWN_HZ).chain([ALL_HZ]);
        let bins = lanes.map(|(from, to)| (bin(from), bin(to))).collect();
        let scratch = vec![Complex32::default(); fft.get_inplace_scratch_len()];
        let buffer = vec![Complex32::default(); size];
        let (rows, sum, square) = (Ring::new(KEPT), [0; LANES], [0; 2]);
        Self { rows, sum, square, fft, window, bins, buffer, scratch }
    }

    /// Samples in a frame.
    pub(super) fn length(&self) -> usize {
        self.window.len()
    }

    /// How many frames there were so far.
    pub(super) fn count(&self) -> i64 {
        self.rows.count()
    }

    /// Adds two frames, of the samples that `sample` gives by frame (0, 1) and number.
    pub(super) fn add(&mut self, sample: impl Fn(usize, usize) -> f32) {
        // Two real transforms in one complex.
        self.buffer.fill(Complex32::default());
        for ((n, slot), w) in self.buffer.iter_mut().enumerate().zip(&self.window) {
            *slot = Complex32::new(sample(0, n) * w, sample(1, n) * w);
        }
        self.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
        let mut powers = [[0f32; LANES]; 2];
        let [first, second] = &mut powers;
        for (lane, (from, to)) in self.bins.iter().enumerate() {
            let bins = self.buffer.get(*from..*to).unwrap_or_default();
            let mirrored = self.buffer.iter().rev().skip(from - 1);
            let (mut one, mut two) = (0.0, 0.0);
            for (a, b) in bins.iter().zip(mirrored) {
                one += (a.re + b.re).powi(2) + (a.im - b.im).powi(2);
                two += (a.im + b.im).powi(2) + (a.re - b.re).powi(2);
            }
            if let (Some(f), Some(s)) = (first.get_mut(lane), second.get_mut(lane)) {
                (*f, *s) = (one / 4.0, two / 4.0);
            }
        }
        powers.iter().for_each(|p| self.push(p));
    }

    fn push(&mut self, powers: &[f32; LANES]) {
        let level = powers.map(quarters);
        self.rows.push(Row { level, sum: self.sum, square: self.square });
        for (sum, level) in self.sum.iter_mut().zip(level) {
            *sum = sum.wrapping_add(level);
        }
        for (square, lane) in self.square.iter_mut().zip(OWN) {
            let above = level.get(lane).map_or(0, |l| l - FLOOR);
            *square = square.wrapping_add(above * above);
        }
    }

    /// The frame of number `n`, if it is kept.
    pub(super) fn row(&self, n: i64) -> Option<&Row> {
        self.rows.get(n)
    }

    /// The level of a lane; [`FLOOR`] outside of the sound.
    pub(super) fn level(&self, n: i64, lane: usize) -> i32 {
        self.rows.get(n).and_then(|row| row.level.get(lane)).copied().unwrap_or(FLOOR)
    }

    /// The mean level of a lane from frame `from` up to `to`; of no frames, the level at `from`.
    pub(super) fn mean(&self, from: i64, to: i64, lane: usize) -> i32 {
        let count = i32::try_from(to - from).unwrap_or_default();
        if count <= 0 {
            return self.level(from, lane);
        }
        self.total(from, to, lane) / count
    }

    /// The sum of the levels of a lane.
    pub(super) fn total(&self, from: i64, to: i64, lane: usize) -> i32 {
        let outside = (0.min(to) - from.min(0)) + (to.max(self.count()) - from.max(self.count()));
        let before = |n: i64| self.before(n.clamp(0, self.count())).get(lane).copied().unwrap_or_default();
        before(to).wrapping_sub(before(from)).wrapping_add(FLOOR * i32::try_from(outside).unwrap_or_default())
    }

    /// The sum of the squares of the levels above [`FLOOR`] of one of our own lanes.
    pub(super) fn squares(&self, from: i64, to: i64, own: usize) -> i32 {
        let before = |n: i64| {
            let row = self.rows.get(n.max(0)).map_or(&self.square, |row| &row.square);
            row.get(own).copied().unwrap_or_default()
        };
        before(to).wrapping_sub(before(from))
    }

    fn before(&self, n: i64) -> &[i32; LANES] {
        self.rows.get(n).map_or(&self.sum, |row| &row.sum)
    }
}

/// A mean square in quarters of a decibel, not below [`FLOOR`].
fn quarters(power: f32) -> i32 {
    const OF_OCTAVE: f32 = 10.0 * DB as f32 * std::f32::consts::LOG10_2;
    // Plus the least power, so that nothing has no logarithm; it lies far below the floor.
    let level = libm::floorf(libm::log2f(power + 1e-12) * OF_OCTAVE);
    (level as i32).max(FLOOR)
}

/// Bounds of a narrow lane in Hz.
pub(super) fn band(lane: usize) -> (f64, f64) {
    let from = LOWEST + WIDTH * lane as f64;
    (from, from + WIDTH)
}
