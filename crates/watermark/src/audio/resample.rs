//! Another sample rate: windowed sinc, streaming, without delay.

use wide::f32x4;

/// Most phases that are stored; a rate that needs more takes the nearest below, which is off by under 1/2048 sample.
const PHASES: u64 = 1024;
/// Width of the transition from pass to stop, in Hz.
const TRANSITION: f64 = 1100.0;
/// What is kept of what lies above, in dB below it, and Kaiser's beta for that.
const STOP: f64 = 50.0;
const BETA: f64 = 4.55;

/// Turns samples of one rate into samples of another. Sample `n` of the output lies at the time `n / to`.
pub(crate) struct Resampler {
    from: u64,
    to: u64,
    /// Taps on either side of a place.
    half: usize,
    phases: u64,
    table: Vec<f32>,
    /// Samples not yet passed; the first has this index in the input, which begins with `half` zeros.
    kept: Vec<f32>,
    first: u64,
    /// Number of the next sample of the output, and its place in the input: a whole sample, and a part in units of 1/`to`.
    next: u64,
    at: u64,
    part: u64,
    seen: u64,
}

impl Resampler {
    /// From and to rates in Hz; what lies above `cutoff` Hz is taken out.
    pub(crate) fn new(from: u32, to: u32, cutoff: f64) -> Self {
        let common = gcd(from.into(), to.into());
        let (from, to) = (u64::from(from) / common, u64::from(to) / common);
        let rate = (from * common) as f64;
        // A filter cannot pass what either rate cannot hold.
        let cutoff = cutoff.min(0.48 * rate).min(0.48 * (to * common) as f64);
        let half = (((STOP - 8.0) / (2.285 * std::f64::consts::TAU * TRANSITION / rate) / 2.0).ceil() as usize)
            .next_multiple_of(LANES / 2)
            .max(8);
        let phases = to.min(PHASES);
        let mut table = Vec::with_capacity(phases as usize * 2 * half);
        let low = 2.0 * (cutoff + TRANSITION / 2.0) / rate;
        for phase in 0..phases {
            let start = table.len();
            for tap in 0..2 * half {
                let t = (tap as f64 - half as f64 + 1.0) - phase as f64 / phases as f64;
                table.push((low * sinc(low * t) * kaiser(t / half as f64)) as f32);
            }
            // Every phase passes a constant as it is.
            let sum: f32 = table[start..].iter().sum();
            table[start..].iter_mut().for_each(|v| *v /= sum);
        }
        Self { from, to, half, phases, table, kept: vec![0.0; half], first: 0, next: 0, at: 0, part: 0, seen: 0 }
    }

    /// Takes samples and appends those that can be told from them.
    pub(crate) fn push(&mut self, input: &[f32], out: &mut Vec<f32>) {
        self.kept.extend_from_slice(input);
        self.seen += input.len() as u64;
        self.run(u64::MAX, out);
    }

    /// Appends the rest, as if silence followed: so many samples as the input is long.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) {
        self.kept.resize(self.kept.len() + 2 * self.half, 0.0);
        self.run((self.seen * self.to).div_ceil(self.from), out);
    }

    fn run(&mut self, end: u64, out: &mut Vec<f32>) {
        let taps = 2 * self.half;
        let (whole, rest) = (self.from / self.to, self.from % self.to);
        while self.next < end {
            // In `kept` as it was from the start, the taps of input sample `i` begin at `i + 1`.
            let start = (self.at + 1 - self.first) as usize;
            let Some(near) = self.kept.get(start..start + taps) else { break };
            let phase = if self.phases == self.to { self.part } else { self.part * self.phases / self.to };
            let phase = phase as usize * taps;
            out.push(dot(near, &self.table[phase..phase + taps]));
            self.next += 1;
            self.at += whole;
            self.part += rest;
            if self.part >= self.to {
                self.part -= self.to;
                self.at += 1;
            }
        }
        let used = self.at.saturating_sub(self.first) as usize;
        if used > 8192 {
            let used = used.min(self.kept.len());
            self.kept.drain(..used);
            self.first += used as u64;
        }
    }
}

/// Sums of so many taps at once, which keep the adders of a core busy.
const LANES: usize = 16;

/// A sum in lanes, of which the taps are a multiple, so that it is the same on every machine and still fast.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [f32x4::ZERO; LANES / 4];
    for (x, y) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.as_chunks().0.iter().zip(y.as_chunks().0)) {
            *sum += f32x4::new(*x) * f32x4::new(*y);
        }
    }
    let [a, b, c, d] = sums;
    ((a + b) + (c + d)).to_array().iter().sum()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
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
