//! Another sample rate: streaming, without delay.
//!
//! Marks lie far below half the usual rates, so that a filter for every place between two samples is dear there, and one that
//! halves or doubles a rate is cheap.

mod octave;
mod sinc;

use octave::{Doubler, Halver};
use sinc::Sinc;

/// Width of the transition from pass to stop, in Hz.
const TRANSITION: f64 = 1100.0;
/// What is kept of what lies above, in dB below it, and Kaiser's beta for that.
const STOP: f64 = 50.0;
const BETA: f64 = 4.55;

/// Turns samples of one rate into samples of another. Sample `n` of the output lies at the time `n / to`.
pub(crate) struct Resampler {
    from: u64,
    to: u64,
    halvers: Vec<Halver>,
    sinc: Sinc,
    doublers: Vec<Doubler>,
    /// Samples that came and went.
    seen: u64,
    told: u64,
    /// Between two steps.
    before: Vec<f32>,
    after: Vec<f32>,
}

impl Resampler {
    /// From and to rates in Hz; what lies above `cutoff` Hz is taken out.
    pub(crate) fn new(from: u32, to: u32, cutoff: f64) -> Self {
        let (mut low, mut high) = (from, to);
        let (mut halvers, mut doublers) = (Vec::new(), Vec::new());
        while low / 2 >= to && octave::fits(low, cutoff) {
            halvers.push(Halver::new());
            low /= 2;
        }
        while high / 2 >= from && octave::fits(high, cutoff) {
            doublers.push(Doubler::new());
            high /= 2;
        }
        Self {
            from: from.into(),
            to: to.into(),
            halvers,
            sinc: Sinc::new(low, high, cutoff),
            doublers,
            seen: 0,
            told: 0,
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    /// Takes samples and appends those that can be told from them.
    pub(crate) fn push(&mut self, input: &[f32], out: &mut Vec<f32>) {
        self.seen += input.len() as u64;
        self.pass(input, false, out);
    }

    /// Appends the rest, as if silence followed: so many samples as the input is long.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) {
        self.pass(&[], true, out);
    }

    fn pass(&mut self, input: &[f32], last: bool, out: &mut Vec<f32>) {
        self.before.clear();
        self.before.extend_from_slice(input);
        let mut step = |take: &mut dyn FnMut(&[f32], &mut Vec<f32>)| {
            self.after.clear();
            take(&self.before, &mut self.after);
            std::mem::swap(&mut self.before, &mut self.after);
        };
        for halver in &mut self.halvers {
            step(&mut |input, out| halver.push(input, last, out));
        }
        step(&mut |input, out| {
            self.sinc.push(input, out);
            if last {
                self.sinc.finish(out);
            }
        });
        for doubler in &mut self.doublers {
            step(&mut |input, out| doubler.push(input, last, out));
        }
        let all = (self.seen * self.to).div_ceil(self.from);
        let left = usize::try_from(all.saturating_sub(self.told)).unwrap_or(usize::MAX);
        self.before.truncate(left);
        self.told += self.before.len() as u64;
        out.append(&mut self.before);
    }
}

fn sinc(x: f64) -> f64 {
    let x = std::f64::consts::PI * x;
    if x.abs() < 1e-9 { 1.0 } else { libm::sin(x) / x }
}

/// Kaiser's window over -1 to 1.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { bessel(BETA * libm::sqrt(1.0 - x * x)) / bessel(BETA) }
}

/// The modified Bessel function of order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        term *= (x / 2.0 / f64::from(k)) * (x / 2.0 / f64::from(k));
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone comes back from another rate and back, in whatever pieces it is handed over.
    #[test]
    fn tones_pass_both_ways() {
        for rate in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 44_101] {
            let tone: Vec<f32> = (0..rate)
                .map(|n| libm::sin(f64::from(n) / f64::from(rate) * 1000.0 * std::f64::consts::TAU) as f32)
                .collect();
            let (mut down, mut up) = (Resampler::new(rate, 16_000, 7400.0), Resampler::new(16_000, rate, 7400.0));
            let (mut middle, mut out) = (Vec::new(), Vec::new());
            for piece in tone.chunks(997) {
                down.push(piece, &mut middle);
            }
            down.finish(&mut middle);
            assert_eq!(middle.len(), 16_000);
            up.push(&middle, &mut out);
            up.finish(&mut out);
            assert_eq!(out.len(), tone.len());
            let inner = tone.len() / 4..tone.len() * 3 / 4;
            let error = inner.map(|i| (out[i] - tone[i]).abs()).fold(0.0, f32::max);
            assert!(error < 0.01, "{rate}: {error}");
        }
    }
}
