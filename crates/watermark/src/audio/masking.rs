//! What the ear does not hear: a spread threshold over half Barks, and how near an error comes to it.

use super::RATE;
use super::fft::Fft;
use super::spectrum::{BINS, part, windowed};

/// Half Barks up to 8 kHz.
pub(super) const HALVES: usize = 43;
/// Sound pressure level of full scale, in dB.
const FULL_SCALE: f64 = 92.0;

/// Masking thresholds for spectra of so many bins. After Zwicker's bands, Terhardt's slopes of 27 and 12 dB a Bark and his
/// threshold in quiet, as a simplified PEAQ noise-to-mask ratio takes them (ITU-R BS.1387).
pub(super) struct Masking {
    /// Half Bark of each bin.
    pub(super) half: Vec<usize>,
    /// Bins of each half Bark.
    bins: [usize; HALVES],
    /// Of each half Bark, the share of a masker's power that reaches each other, with the offset of noise as a masker.
    spread: Vec<[f32; HALVES]>,
    quiet: [f32; HALVES],
}

impl Masking {
    /// For `bins` bins up to half the rate, of frames whose window sums to `sum`.
    pub(super) fn new(bins: usize, sum: f64) -> Self {
        let hz = |bin: usize| f64::from(RATE) / 2.0 * bin as f64 / (bins - 1) as f64;
        let half: Vec<usize> = (0..bins).map(|bin| ((bark(hz(bin)) * 2.0) as usize).min(HALVES - 1)).collect();
        let decibels = |db: f64| libm::pow(10.0, db / 10.0);
        let spread = (0..HALVES)
            .map(|from| {
                std::array::from_fn(|to| {
                    let offset = -(0.5 * to as f64 / 2.0).max(3.0);
                    let barks = (to as f64 - from as f64) / 2.0;
                    let slope = if barks < 0.0 { 27.0 * barks } else { -12.0 * barks };
                    decibels(slope + offset) as f32
                })
            })
            .collect();
        let mut quiet = [1e-9_f32; HALVES];
        for (band, quiet) in quiet.iter_mut().enumerate() {
            let inside = (0..bins).filter(|&bin| half[bin] == band).map(|bin| in_quiet(hz(bin)) - FULL_SCALE);
            let least = inside.fold(f64::INFINITY, f64::min);
            if least.is_finite() {
                *quiet = (decibels(least) * (sum / 2.0) * (sum / 2.0)) as f32;
            }
        }
        let bins = std::array::from_fn(|band| half.iter().filter(|half| **half == band).count());
        Self { half, bins, spread, quiet }
    }

    /// Power of each half Bark.
    pub(super) fn bands(&self, powers: &[f32]) -> [f32; HALVES] {
        let mut out = [0.0; HALVES];
        let mut rest = powers;
        for (out, bins) in out.iter_mut().zip(&self.bins) {
            let (band, above) = rest.split_at(*bins);
            *out = band.iter().sum();
            rest = above;
        }
        out
    }

    /// Power that is masked in each half Bark.
    pub(super) fn threshold(&self, bands: &[f32; HALVES]) -> [f32; HALVES] {
        let mut out = self.quiet;
        for (band, spread) in bands.iter().zip(&self.spread) {
            out.iter_mut().zip(spread).for_each(|(out, share)| *out += share * band);
        }
        out
    }
}

fn bark(hz: f64) -> f64 {
    13.0 * libm::atan(0.000_76 * hz) + 3.5 * libm::atan((hz / 7500.0) * (hz / 7500.0))
}

/// The threshold in quiet, in dB of sound pressure.
fn in_quiet(hz: f64) -> f64 {
    let khz = hz.max(20.0) / 1000.0;
    let dip = 6.5 * libm::exp(-0.6 * (khz - 3.3) * (khz - 3.3));
    3.64 * libm::pow(khz, -0.8) - dip + 1e-3 * libm::pow(khz, 4.0)
}

/// Samples of a frame of the meter, and between two: 32 and 16 ms.
pub(super) const LONG: usize = 512;
pub(super) const STRIDE: usize = 256;

/// Measures an error against the threshold of what it is added to.
pub(super) struct Meter {
    masking: Masking,
    fft: Fft,
    window: Vec<f32>,
    /// Spectra of the sound and of the error: real parts, then imaginary ones.
    spectra: [[f32; LONG / 2 + 1]; 4],
}

impl Meter {
    pub(super) fn new() -> Self {
        let turn = |n: usize| std::f64::consts::TAU * n as f64 / LONG as f64;
        let window: Vec<f32> = (0..LONG).map(|n| (0.5 - 0.5 * libm::cos(turn(n))) as f32).collect();
        Self {
            masking: Masking::new(LONG / 2 + 1, LONG as f64 / 2.0),
            fft: Fft::new(LONG),
            window,
            spectra: [[0.0; LONG / 2 + 1]; 4],
        }
    }

    /// Power of the error over the threshold in each half Bark, of a frame of [`LONG`] samples; `None` in silence.
    pub(super) fn ratios(&mut self, samples: &[f32], error: &[f32]) -> Option<[f32; HALVES]> {
        windowed(&mut self.fft.re, &self.window, samples);
        windowed(&mut self.fft.im, &self.window, error);
        self.fft.forward();
        part(&self.fft.re, &self.fft.im, self.spectra.each_mut().map(|part| &mut part[..]));
        let [re, im, error_re, error_im] = &mut self.spectra;
        for (re, im) in [(re, im), (error_re, error_im)] {
            re.iter_mut().zip(im).for_each(|(re, im)| *re = *re * *re + *im * *im);
        }
        let host = self.masking.bands(&self.spectra[0]);
        let noise = self.masking.bands(&self.spectra[2]);
        let full = (LONG as f32 / 4.0) * (LONG as f32 / 4.0);
        if host.iter().sum::<f32>() < 1e-7 * full {
            return None;
        }
        let threshold = self.masking.threshold(&host);
        Some(std::array::from_fn(|half| noise[half] / threshold[half]))
    }
}

/// Masking for the frames of the short-time spectra.
pub(super) fn of_frames() -> Masking {
    // The root of a raised cosine has a mean of 2 / pi.
    Masking::new(BINS, super::FRAME as f64 * std::f64::consts::FRAC_2_PI)
}
