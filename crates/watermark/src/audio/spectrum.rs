//! Short-time spectra: frames of 16 ms every 4 ms, windowed by the root of a raised cosine on both ways.

use super::fft::Fft;
use super::{FRAME, HOP};

/// Bins of a frame.
pub(super) const BINS: usize = FRAME / 2 + 1;
/// Numbers of a spectrum: the real parts of all bins, then the imaginary ones.
pub(super) const SPECTRUM: usize = 2 * BINS;

/// Forward and inverse transforms of frames.
pub(super) struct Stft {
    fft: Fft,
    window: Vec<f32>,
}

impl Stft {
    pub(super) fn new() -> Self {
        let turn = |n: usize| std::f64::consts::TAU * n as f64 / FRAME as f64;
        let window = (0..FRAME).map(|n| libm::sqrt(0.5 - 0.5 * libm::cos(turn(n))) as f32).collect();
        Self { fft: Fft::new(FRAME), window }
    }

    /// The spectra of two real frames of [`FRAME`] samples at the price of one: real and imaginary part of one transform.
    pub(super) fn pair(&mut self, frames: [&[f32]; 2], out: [&mut [f32]; 2]) {
        windowed(&mut self.fft.re, &self.window, frames[0]);
        windowed(&mut self.fft.im, &self.window, frames[1]);
        self.fft.forward();
        let [first, second] = out;
        let (first, second) = (first.split_at_mut(BINS), second.split_at_mut(BINS));
        part(&self.fft.re, &self.fft.im, [first.0, first.1, second.0, second.1]);
    }

    /// Appends the powers of so many frames, two at a time: rows of [`BINS`].
    pub(super) fn powers(&mut self, samples: &[f32], frames: usize, out: &mut Vec<f32>) {
        let mut spectra = [[0.0; SPECTRUM]; 2];
        for frame in (0..frames).step_by(2) {
            let part = |n: usize| &samples[(frame + n) * HOP..(frame + n) * HOP + FRAME];
            let [a, b] = &mut spectra;
            self.pair([part(0), part(1)], [a, b]);
            let start = out.len();
            out.resize(start + 2 * BINS, 0.0);
            out[start..].chunks_exact_mut(BINS).zip(&spectra).for_each(|(out, spectrum)| powers(spectrum, out));
        }
    }

    /// Adds two frames back, windowed again and scaled so that overlapping frames sum to what they came from.
    pub(super) fn back(&mut self, spectra: [&[f32]; 2], out: [&mut [f32]; 2]) {
        let [(a_re, a_im), (b_re, b_im)] = spectra.map(|spectrum| spectrum.split_at(BINS));
        let (re, re_above) = self.fft.re.split_at_mut(BINS);
        let (im, im_above) = self.fft.im.split_at_mut(BINS);
        re.iter_mut().zip(a_re).zip(b_im).for_each(|((out, a), b)| *out = a - b);
        im.iter_mut().zip(a_im).zip(b_re).for_each(|((out, a), b)| *out = a + b);
        let inner = 1..FRAME / 2;
        let mirrored = |out: &mut [f32], a: &[f32], b: &[f32], sign: f32| {
            let inside = a[inner.clone()].iter().zip(&b[inner.clone()]).rev();
            out.iter_mut().zip(inside).for_each(|(out, (a, b))| *out = a + sign * b);
        };
        mirrored(re_above, a_re, b_im, 1.0);
        mirrored(im_above, b_re, a_im, -1.0);
        self.fft.inverse();
        // Squared windows overlap to 2 at four hops a frame.
        let scale = 1.0 / (FRAME as f32 * (FRAME / HOP) as f32 / 2.0);
        for (out, part) in out.into_iter().zip([&self.fft.re, &self.fft.im]) {
            let samples = part.iter().zip(&self.window);
            out.iter_mut().zip(samples).for_each(|(out, (sample, w))| *out += sample * w * scale);
        }
    }
}

/// Frames with a window over them.
pub(super) fn windowed(out: &mut [f32], window: &[f32], frame: &[f32]) {
    out.iter_mut().zip(window).zip(frame).for_each(|((out, w), sample)| *out = w * sample);
}

/// Parts the spectra of two real frames that were transformed as one: real and imaginary parts of the first, then of the second.
pub(super) fn part(re: &[f32], im: &[f32], [a_re, a_im, b_re, b_im]: [&mut [f32]; 4]) {
    let (half, last) = (re.len() / 2, re.len() - 1);
    for at in [0, half] {
        (a_re[at], a_im[at], b_re[at], b_im[at]) = (re[at], 0.0, im[at], 0.0);
    }
    // Half of a bin, and half of what lies at the same frequency below 0.
    let mix = |out: &mut [f32], z: &[f32], above: f32, below: f32| {
        let inner = z[1..half].iter().zip(z[half + 1..=last].iter().rev());
        out[1..half].iter_mut().zip(inner).for_each(|(out, (a, b))| *out = above * a + below * b);
    };
    mix(a_re, re, 0.5, 0.5);
    mix(a_im, im, 0.5, -0.5);
    mix(b_re, im, 0.5, 0.5);
    mix(b_im, re, -0.5, 0.5);
}

/// The power of each bin of a spectrum.
pub(super) fn powers(spectrum: &[f32], out: &mut [f32]) {
    let (re, im) = spectrum.split_at(BINS);
    out.iter_mut().zip(re.iter().zip(im)).for_each(|(out, (re, im))| *out = re * re + im * im);
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
            let mut spectra = [vec![0.0; SPECTRUM], vec![0.0; SPECTRUM]];
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
