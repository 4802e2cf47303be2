//! Half and twice a rate: a filter of which every second coefficient is 0, at few operations a sample.

use wide::f32x4;

use super::{TRANSITION, kaiser, sinc};

/// Coefficients on either side that are not 0.
const SIDE: usize = 8;
/// Samples that a filter needs for one.
const SPAN: usize = 2 * SIDE;
/// Width of the transition, as a share of the higher rate: 50 dB of Kaiser's window over so many coefficients.
const WIDTH: f64 = 42.0 / (2.285 * std::f64::consts::TAU * (4 * SIDE - 2) as f64);
const LANES: usize = 4;

/// Whether half of a rate in Hz is another, and the filter keeps what is passed apart from what would fall on it.
pub(super) fn fits(rate: u32, cutoff: f64) -> bool {
    let rate = f64::from(rate);
    rate % 2.0 == 0.0 && rate / 2.0 - 2.0 * (cutoff + TRANSITION) >= WIDTH * rate
}

/// Coefficients 1, 3, 5 … samples away, which sum to a quarter: the middle one is a half.
fn coefficients() -> [f32x4; SIDE] {
    let away = |n: usize| (2 * n + 1) as f64;
    let values: [f64; SIDE] = std::array::from_fn(|n| sinc(away(n) / 2.0) * kaiser(away(n) / SPAN as f64));
    let sum: f64 = values.iter().sum();
    values.map(|value| f32x4::splat((0.25 * value / sum) as f32))
}

/// For each place, so many from the first one on, the sum over the samples on both sides of it: `SPAN` samples from there on.
fn sums(samples: &[f32], coefficients: &[f32x4; SIDE], count: usize, mut tell: impl FnMut(usize, f32x4)) {
    for at in (0..count).step_by(LANES) {
        let Some(near) = samples[at..].first_chunk::<{ SPAN + LANES - 1 }>() else { return };
        let four = |at: usize| f32x4::new(std::array::from_fn(|lane| near[at + lane]));
        let mut sum = f32x4::ZERO;
        for (n, coefficient) in coefficients.iter().enumerate() {
            sum += (four(SIDE - 1 - n) + four(SIDE + n)) * *coefficient;
        }
        tell(at, sum);
    }
}

/// So many places as can be told from so many samples: whole fours.
fn places(samples: usize) -> usize {
    samples.saturating_sub(SPAN - 1) / LANES * LANES
}

/// Half as many samples.
pub(super) struct Halver {
    coefficients: [f32x4; SIDE],
    /// Samples of even and odd numbers; the odd ones begin before the first with silence.
    even: Vec<f32>,
    odd: Vec<f32>,
    /// Whether the next one is odd.
    is_odd: bool,
}

impl Halver {
    pub(super) fn new() -> Self {
        Self { coefficients: coefficients(), even: Vec::new(), odd: vec![0.0; SIDE], is_odd: false }
    }

    /// Takes samples, of which silence follows the `last` ones, and appends those that can be told.
    pub(super) fn push(&mut self, mut input: &[f32], last: bool, out: &mut Vec<f32>) {
        if let (true, [first, rest @ ..]) = (self.is_odd, input) {
            self.odd.push(*first);
            self.is_odd = false;
            input = rest;
        }
        let (pairs, rest) = input.as_chunks::<2>();
        self.even.extend(pairs.iter().map(|pair| pair[0]));
        self.odd.extend(pairs.iter().map(|pair| pair[1]));
        self.is_odd |= !rest.is_empty();
        self.even.extend(rest);
        let left = self.even.len();
        if last {
            self.even.resize(left + LANES, 0.0);
            self.odd.resize(left + SPAN + LANES, 0.0);
        }
        let count = places(self.odd.len()).min(self.even.len() / LANES * LANES);
        let start = out.len();
        out.resize(start + count, 0.0);
        sums(&self.odd, &self.coefficients, count, |at, sum| {
            let middle = self.even[at..at + LANES].iter().zip(sum.to_array());
            out[start + at..].iter_mut().zip(middle).for_each(|(out, (even, sum))| *out = 0.5 * even + sum);
        });
        self.even.drain(..count);
        self.odd.drain(..count);
        if last {
            out.truncate(start + left);
        }
    }
}

/// Twice as many samples.
pub(super) struct Doubler {
    coefficients: [f32x4; SIDE],
    /// Samples, before the first of which there is silence.
    kept: Vec<f32>,
}

impl Doubler {
    pub(super) fn new() -> Self {
        let double = |value| value * f32x4::splat(2.0);
        Self { coefficients: coefficients().map(double), kept: vec![0.0; SIDE - 1] }
    }

    /// Takes samples, of which silence follows the `last` ones, and appends those that can be told.
    pub(super) fn push(&mut self, input: &[f32], last: bool, out: &mut Vec<f32>) {
        self.kept.extend_from_slice(input);
        let left = self.kept.len() - (SIDE - 1);
        if last {
            self.kept.resize(self.kept.len() + SIDE + LANES, 0.0);
        }
        let count = places(self.kept.len());
        let start = out.len();
        out.resize(start + 2 * count, 0.0);
        sums(&self.kept, &self.coefficients, count, |at, sum| {
            let pairs = self.kept[at + SIDE - 1..].iter().zip(sum.to_array());
            let outs = out[start + 2 * at..].as_chunks_mut::<2>().0.iter_mut();
            outs.zip(pairs).for_each(|(out, (sample, between))| *out = [*sample, between]);
        });
        self.kept.drain(..count);
        if last {
            out.truncate(start + 2 * left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half and twice the rate, in pieces of any size, give what all of it at once gives, as many samples as there should be.
    #[test]
    fn pieces_do_not_matter() {
        let samples: Vec<f32> = (0..1001).map(|n| libm::sinf(n as f32 * 0.05)).collect();
        let run = |size: usize| {
            let (mut halver, mut doubler) = (Halver::new(), Doubler::new());
            let (mut half, mut double) = (Vec::new(), Vec::new());
            for piece in samples.chunks(size) {
                halver.push(piece, false, &mut half);
                doubler.push(piece, false, &mut double);
            }
            halver.push(&[], true, &mut half);
            doubler.push(&[], true, &mut double);
            (half, double)
        };
        let (half, double) = run(1001);
        assert_eq!((half.len(), double.len()), (501, 2002));
        for size in [1, 2, 7, 100] {
            assert_eq!(run(size), (half.clone(), double.clone()), "{size}");
        }
        for n in 40..460 {
            assert!((half[n] - samples[2 * n]).abs() < 0.005);
            assert!((double[2 * n + 1] - libm::sinf((n as f32 + 0.5) * 0.05)).abs() < 0.005);
        }
    }
}
