//! Pitches in a stretch of sound.

use std::f64::consts::PI;
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlannerScalar};

use super::ring::Ring;

/// Points of the transform.
const SIZE: usize = 4096;
/// Most samples of a stretch that are looked at: those in its middle.
const MOST: i64 = 2048;
/// Half of the width of a pure tone in the spectrum, in reciprocals of the stretch's length (Hann's window).
const LOBE: f64 = 2.0;
/// How far on either side of a peak its ground is looked at, in Hz.
const GROUND: f64 = 300.0;

/// Makes spectra.
pub(super) struct Analyser {
    fft: Arc<dyn Fft<f32>>,
    buffer: Vec<Complex32>,
    scratch: Vec<Complex32>,
    /// Samples a second.
    rate: f64,
}

/// The power on each frequency of a stretch of sound.
pub(super) struct Spectrum {
    /// Power by bin; the bins of a sine add up to its mean square.
    powers: Vec<f32>,
    /// Hz from one bin to the next.
    step: f64,
    /// Half of a tone's width in Hz.
    lobe: f64,
}

/// A pure tone, or what comes closest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peak {
    /// Its pitch in Hz.
    pub(super) hz: f64,
    /// Its mean square.
    pub(super) power: f64,
    /// How far it stands out of what is around it, in dB.
    pub(super) above: f64,
}

impl Analyser {
    pub(super) fn new(rate: f64) -> Self {
        let fft = FftPlannerScalar::new().plan_fft_forward(SIZE);
        let scratch = vec![Complex32::default(); fft.get_inplace_scratch_len()];
        Self { fft, buffer: vec![Complex32::default(); SIZE], scratch, rate }
    }

    /// Of the samples from `from` up to `to`; `None` where they are too few.
    pub(super) fn spectrum(&mut self, samples: &Ring<f32>, from: i64, to: i64) -> Option<Spectrum> {
        let length = (to - from).min(MOST);
        let first = from + (to - from - length) / 2;
        if length < 64 {
            return None;
        }
        self.buffer.fill(Complex32::default());
        let mut energy = 0.0;
        for (n, slot) in (0..length).zip(&mut self.buffer) {
            let hann = 0.5 - 0.5 * libm::cos(2.0 * PI * (n as f64 + 0.5) / length as f64);
            energy += hann * hann;
            slot.re = samples.get(first + n).copied().unwrap_or_default() * hann as f32;
        }
        self.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
        let scale = (2.0 / (energy * SIZE as f64)) as f32;
        let powers = self.buffer.iter().take(SIZE / 2).map(|z| (z.re * z.re + z.im * z.im) * scale).collect();
        Some(Spectrum { powers, step: self.rate / SIZE as f64, lobe: LOBE * self.rate / length as f64 })
    }
}

impl Spectrum {
    /// The strongest pitch from `from` to `to` Hz.
    pub(super) fn peak(&self, from: f64, to: f64) -> Option<Peak> {
        let (first, last) = (self.bin(from).max(1), self.bin(to) + 1);
        let part = self.powers.get(first..last.min(self.powers.len()))?;
        let best = first + part.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?.0;
        // The top of a parabola through three logarithms.
        let log = |n: usize| libm::log(f64::from(self.powers.get(n).copied().unwrap_or_default()) + 1e-20);
        let (left, middle, right) = (log(best - 1), log(best), log(best + 1));
        let bend = left - 2.0 * middle + right;
        let shift = if bend < 0.0 { (0.5 * (left - right) / bend).clamp(-1.0, 1.0) } else { 0.0 };
        Some(self.at((best as f64 + shift) * self.step))
    }

    /// The power at a frequency, without what is beside it, in dB.
    pub(super) fn decibels(&self, hz: f64) -> f64 {
        10.0 * libm::log10(f64::from(self.powers.get(self.bin(hz)).copied().unwrap_or_default()) + 1e-12)
    }

    /// What is on one frequency.
    pub(super) fn at(&self, hz: f64) -> Peak {
        let sum = |from: f64, to: f64| -> (f64, usize) {
            let part = self.powers.get(self.bin(from)..self.bin(to) + 1).unwrap_or_default();
            (part.iter().map(|p| f64::from(*p)).sum(), part.len().max(1))
        };
        let (power, count) = sum(hz - self.lobe, hz + self.lobe);
        let ground = |from: f64, to: f64| self.powers.get(self.bin(from)..self.bin(to)).unwrap_or_default();
        let below = ground(hz - self.lobe - GROUND, hz - self.lobe);
        let above = ground(hz + self.lobe, hz + self.lobe + GROUND);
        let mut around: Vec<f32> = below.iter().chain(above).copied().collect();
        around.sort_by(f32::total_cmp);
        // The median: other tones are no ground.
        let ground = around.get(around.len() / 2).map_or(0.0, |p| f64::from(*p));
        let above = 10.0 * libm::log10((power / count as f64 + 1e-20) / (ground + 1e-20));
        Peak { hz, power, above }
    }

    fn bin(&self, hz: f64) -> usize {
        (hz.max(0.0) / self.step + 0.5) as usize
    }
}
