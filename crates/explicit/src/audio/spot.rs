//! Finds a recording at an edge of a sound, where it was put as a label, at any level and after most codecs: by the correlation of
//! its samples in the band in which speech is strongest, and by the silence between label and content.

use rustfft::FftPlannerScalar;
use rustfft::num_complex::Complex64;

use super::decimate::Decimator;
use super::{EDGE, SEAM};

/// The band in Hz: what lies below is hum, and what lies above codecs change first.
const BAND: (f64, f64) = (150.0, 2000.0);
/// Seconds more than the label's silence at the edge after which it may begin: codecs and editors add silence.
pub(super) const LATE: f64 = 0.5;
/// Least correlation. After codecs down to MP3 of 32 and Opus of 12 kbit/s it is over 0.87; of 27,000 pairs of other sounds, many of
/// one voice, all are under 0.57 but what a loop of music repeats.
const LEAST: f64 = 0.7;
/// Where in the silence towards the content it is listened, in seconds from the recording: away from what codecs smear.
const QUIET: (f64, f64) = (0.1, SEAM - 0.1);
/// How much quieter than the recording that has to be, as a ratio of powers: 15 dB, as codecs of speech put noise there.
const UNDER: f64 = 0.03;
/// Share of the power of a few seconds under which a part of them is silent: 70 dB.
const SILENT: f64 = 1e-7;

/// A recording that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spotted {
    /// Where it begins, in seconds from the start of what was listened to.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// Correlation with it, 0-1.
    pub score: f64,
}

/// One channel of a sound at 10 to 20 kHz, which is enough to find a recording in it.
#[derive(Debug)]
pub struct Thinned {
    decimator: Decimator,
    rate: u32,
}

impl Thinned {
    /// A sound of so many samples a second.
    pub fn new(rate: u32) -> Self {
        Self { decimator: Decimator::new(rate), rate }
    }

    /// Appends to `out` what the next samples give.
    pub fn add(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.decimator.add(samples, out);
    }

    /// Samples a second of what comes out.
    pub fn rate(&self) -> f64 {
        slow(self.rate, &self.decimator)
    }
}

fn slow(rate: u32, decimator: &Decimator) -> f64 {
    f64::from(rate) / decimator.factor() as f64
}

/// What a recording is known by.
pub(super) struct Outline {
    /// The recording, thinned.
    samples: Vec<f32>,
    rate: f64,
}

/// At which edge of a sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The first seconds.
    Start,
    /// The last ones.
    End,
}

impl Outline {
    pub(super) fn new(samples: &[f32], rate: u32) -> Self {
        let mut decimator = Decimator::new(rate);
        let mut out = Vec::new();
        decimator.add(samples, &mut out);
        decimator.finish(&mut out);
        Self { samples: out, rate: slow(rate, &decimator) }
    }

    /// The recording in the first or the last seconds of a sound, which is thinned as it is.
    pub(super) fn find(&self, edge: Edge, sound: &[f32]) -> Option<Spotted> {
        let at = |seconds: f64| (seconds * self.rate) as usize;
        let last = sound.len().checked_sub(self.samples.len())?;
        let late = at(EDGE + LATE);
        let places = match edge {
            Edge::Start => 0..=late.min(last),
            Edge::End => last.saturating_sub(late)..=last,
        };
        let (place, score) = self.best(sound, places).filter(|(_, score)| *score >= LEAST)?;
        let behind = place + self.samples.len();
        let quiet = match edge {
            Edge::Start => behind + at(QUIET.0)..behind + at(QUIET.1),
            Edge::End => place.checked_sub(at(QUIET.1))?..place.checked_sub(at(QUIET.0))?,
        };
        let power = |part: &[f32]| part.iter().map(|s| f64::from(s * s)).sum::<f64>() / part.len().max(1) as f64;
        let is_label = power(sound.get(quiet)?) < UNDER * power(sound.get(place..behind)?);
        let seconds = |n: usize| n as f64 / self.rate;
        is_label.then(|| Spotted { start: seconds(place), end: seconds(behind), score: score.min(1.0) })
    }

    /// The place at which the recording fits best, and how well.
    fn best(&self, sound: &[f32], places: std::ops::RangeInclusive<usize>) -> Option<(usize, f64)> {
        // What comes round again does so behind the last place.
        let size = sound.len().next_power_of_two();
        let mut planner = FftPlannerScalar::new();
        let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
        let spectrum = |samples: &[f32]| {
            let mut bins: Vec<_> = samples.iter().map(|s| Complex64::from(f64::from(*s))).collect();
            bins.resize(size, Complex64::default());
            forward.process(&mut bins);
            self.filter(&mut bins);
            bins
        };
        let (mut heard, outline) = (spectrum(sound), spectrum(&self.samples));
        let own: f64 = outline.iter().map(Complex64::norm_sqr).sum::<f64>() / size as f64;
        let mut fits: Vec<_> = heard.iter().zip(&outline).map(|(h, o)| h * o.conj()).collect();
        inverse.process(&mut fits);
        inverse.process(&mut heard);
        // Sums of squares up to each sample, in the scale of a transform that nobody divided by its size.
        let mut sum = 0.0;
        let sums: Vec<f64> = std::iter::once(0.0)
            .chain(heard.iter().map(|s| {
                sum += s.re * s.re / size as f64;
                sum
            }))
            .collect();
        let fit = |place: usize| {
            let power = sums.get(place + self.samples.len())? - sums.get(place)?;
            let scale = libm::sqrt(power * own * size as f64);
            // What is so much quieter than the rest is silence, and no more than what the transform rounds.
            (power > SILENT * sum).then(|| (place, fits.get(place).map_or(0.0, |f| f.re) / scale))
        };
        places.filter_map(fit).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Leaves the band, and in it makes high frequencies as strong as low ones are in speech.
    fn filter(&self, bins: &mut [Complex64]) {
        let size = bins.len();
        for (n, bin) in bins.iter_mut().enumerate() {
            let hz = n.min(size - n) as f64 * self.rate / size as f64;
            *bin *= if (BAND.0..=BAND.1).contains(&hz) { hz } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests;
