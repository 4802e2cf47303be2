//! From any rate to any other: a windowed sinc.

use wide::f32x4;

use super::{STOP, TRANSITION, kaiser, sinc};

/// Most phases that are stored; a rate that needs more takes the nearest below, which is off by under 1/2048 sample.
const PHASES: u64 = 1024;

/// Turns samples of one rate into samples of another by a filter for each place between two samples.
pub(super) struct Sinc {
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

impl Sinc {
    /// From and to rates in Hz; what lies above `cutoff` Hz is taken out.
    pub(super) fn new(from: u32, to: u32, cutoff: f64) -> Self {
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
    pub(super) fn push(&mut self, input: &[f32], out: &mut Vec<f32>) {
        self.kept.extend_from_slice(input);
        self.seen += input.len() as u64;
        self.run(u64::MAX, out);
    }

    /// Appends the rest, as if silence followed: so many samples as the input is long.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) {
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
