//! Short-time spectra: frames of 16 ms every 4 ms, windowed by the root of a raised cosine on both ways.

use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlannerScalar};

use super::{FRAME, HOP};

/// Bins of a frame.
pub(super) const BINS: usize = FRAME / 2 + 1;

/// Forward and inverse transforms of frames. The scalar planner gives the same bits on every machine.
pub(super) struct Stft {
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    scratch: Vec<Complex32>,
    data: Vec<Complex32>,
}

impl Stft {
    pub(super) fn new() -> Self {
        let mut planner = FftPlannerScalar::new();
        let (forward, inverse) = (planner.plan_fft_forward(FRAME), planner.plan_fft_inverse(FRAME));
        let scratch =
            vec![Complex32::default(); forward.get_inplace_scratch_len().max(inverse.get_inplace_scratch_len())];
        let turn = |n: usize| std::f64::consts::TAU * n as f64 / FRAME as f64;
        let window = (0..FRAME).map(|n| libm::sqrt(0.5 - 0.5 * libm::cos(turn(n))) as f32).collect();
        Self { forward, inverse, window, scratch, data: vec![Complex32::default(); FRAME] }
    }

    /// The spectra of two real frames of [`FRAME`] samples at the price of one: real and imaginary part of one transform.
    pub(super) fn pair(&mut self, frames: [&[f32]; 2], out: [&mut [Complex32]; 2]) {
        for (((d, w), a), b) in self.data.iter_mut().zip(&self.window).zip(frames[0]).zip(frames[1]) {
            *d = Complex32::new(a * w, b * w);
        }
        self.forward.process_with_scratch(&mut self.data, &mut self.scratch);
        let [first, second] = out;
        for k in 0..BINS {
            let (z, mirrored) = (self.data[k], self.data[(FRAME - k) % FRAME].conj());
            let (sum, difference) = ((z + mirrored) * 0.5, (z - mirrored) * 0.5);
            first[k] = sum;
            second[k] = Complex32::new(difference.im, -difference.re);
        }
    }

    /// Adds two frames back, windowed again and scaled so that overlapping frames sum to what they came from.
    pub(super) fn back(&mut self, spectra: [&[Complex32]; 2], out: [&mut [f32]; 2]) {
        for (k, (a, b)) in spectra[0].iter().zip(spectra[1]).enumerate().take(BINS) {
            self.data[k] = Complex32::new(a.re - b.im, a.im + b.re);
            if k > 0 && k < FRAME / 2 {
                self.data[FRAME - k] = Complex32::new(a.re + b.im, b.re - a.im);
            }
        }
        self.inverse.process_with_scratch(&mut self.data, &mut self.scratch);
        // Squared windows overlap to 2 at four hops a frame.
        let scale = 1.0 / (FRAME as f32 * (FRAME / HOP) as f32 / 2.0);
        let [first, second] = out;
        for (((d, w), a), b) in self.data.iter().zip(&self.window).zip(first).zip(second) {
            *a += d.re * w * scale;
            *b += d.im * w * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_overlap_to_what_they_came_from() {
        let samples: Vec<f32> = (0..2048).map(|n| ((n * n) % 317) as f32 / 317.0 - 0.5).collect();
        let other: Vec<f32> = (0..2048).map(|n| ((n * 7) % 101) as f32 / 101.0 - 0.5).collect();
        let mut stft = Stft::new();
        let mut out = [vec![0.0; 2048], vec![0.0; 2048]];
        for at in (0..=2048 - FRAME).step_by(HOP) {
            let mut spectra = [vec![Complex32::default(); BINS], vec![Complex32::default(); BINS]];
            let [a, b] = &mut spectra;
            stft.pair([&samples[at..at + FRAME], &other[at..at + FRAME]], [a, b]);
            let [x, y] = &mut out;
            stft.back([&spectra[0], &spectra[1]], [&mut x[at..at + FRAME], &mut y[at..at + FRAME]]);
        }
        for n in FRAME..2048 - FRAME {
            assert!((out[0][n] - samples[n]).abs() < 1e-5 && (out[1][n] - other[n]).abs() < 1e-5);
        }
    }
}
