//! One channel of any rate, made small: a low-pass filter and every n-th sample of what it gives.

use std::f64::consts::PI;

/// Rate that the sound has at least afterwards, in Hz, where it had it before: both sides of 4 kHz stay clear.
const LEAST: u32 = 10_000;
/// Taps of the filter for each sample that is left out.
const TAPS: usize = 10;
/// Where the filter has fallen by half, as a share of the new rate.
const CUT: f64 = 0.45;
/// Partial sums of a product, so that several are under way at once. Their order is fixed, and so is the result.
const SUMS: usize = 8;

/// A low-pass filter that keeps every `factor`-th sample. The n-th sample out belongs to the time of the
/// `factor * n`-th in, however the sound is cut into blocks.
#[derive(Debug)]
pub(super) struct Decimator {
    factor: usize,
    taps: Vec<f32>,
    /// Samples that the next sums need.
    kept: Vec<f32>,
    /// Where the next sum begins in `kept`.
    next: usize,
}

impl Decimator {
    pub(super) fn new(rate: u32) -> Self {
        let factor = (rate / LEAST).max(1) as usize;
        let taps = if factor == 1 { vec![1.0] } else { low_pass(factor) };
        let kept = vec![0.0; taps.len() / 2];
        Self { factor, taps, kept, next: 0 }
    }

    /// Samples in for each one out.
    pub(super) fn factor(&self) -> usize {
        self.factor
    }

    /// Takes samples, and appends what they give to `out`.
    pub(super) fn add(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        if self.factor == 1 {
            return out.extend_from_slice(samples);
        }
        self.kept.extend_from_slice(samples);
        while let Some(part) = self.kept.get(self.next..self.next + self.taps.len()) {
            out.push(product(part, &self.taps));
            self.next += self.factor;
        }
        let done = self.next.min(self.kept.len());
        self.kept.drain(..done);
        self.next -= done;
    }

    /// Appends what the last samples give, as if silence came behind them.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) {
        let silence = vec![0.0; self.taps.len() / 2];
        self.add(&silence, out);
    }
}

fn low_pass(factor: usize) -> Vec<f32> {
    // A multiple of the partial sums; the last tap stays 0, so that the filter has a middle.
    let count = (factor * TAPS).next_multiple_of(SUMS);
    let middle = (count / 2) as f64;
    let cut = CUT / factor as f64;
    let tap = |n: usize| {
        let x = n as f64 - middle;
        let sinc = if x == 0.0 { 2.0 * cut } else { libm::sin(2.0 * PI * cut * x) / (PI * x) };
        // Blackman's window.
        let turn = PI * x / middle;
        sinc * (0.42 + 0.5 * libm::cos(turn) + 0.08 * libm::cos(2.0 * turn))
    };
    let taps: Vec<f64> = (0..count).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|t| (t / sum) as f32).collect()
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; SUMS];
    for (a, b) in a.chunks_exact(SUMS).zip(b.chunks_exact(SUMS)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}
