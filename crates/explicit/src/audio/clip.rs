//! A spoken label (GB 45438-2025 clause 5.3) out of somebody's own recording: at the rate of a sound and at the level that
//! it asks for, with the silences of the rhythm around it.
//!
//! Clause 5.3 has it spoken at normal speed, which nobody can tell of a sound without its text. What is checked is that it can
//! be heard and lasts as long as such words may: our convention.

use std::f64::consts::PI;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use super::resample::resample;
use super::spot::{Edge, LATE, Outline, Spotted};
use super::{CHANNELS, EDGE, FADE, RATES, SEAM, tone};
use crate::{Error, Unfit};

/// Seconds that a recording may last.
pub const LASTING: RangeInclusive<f64> = 0.5..=10.0;
/// Most of a true peak, in dB of full scale: what codecs and converters add stays below it (EBU R 128 has -1).
const PEAK: f64 = -3.0;
/// Rates of which the recording is kept.
const KEPT: usize = 4;

/// A recording that stands for a label, one channel of it. What it is at other rates is kept.
pub struct Clip {
    rate: u32,
    samples: Vec<f32>,
    takes: Mutex<Vec<Arc<Take>>>,
}

/// A recording at one rate.
struct Take {
    rate: u32,
    samples: Vec<f32>,
    /// In LUFS.
    loudness: f64,
    /// Its true peak.
    peak: f64,
    /// What it is known by.
    outline: Outline,
}

impl Clip {
    /// A recording of so many samples a second, full scale ±1.
    ///
    /// # Errors
    /// [`Error::Sound`] for rates outside 4-768 kHz; [`Error::Clip`] where nothing can be heard, and where it is too short or too long.
    pub fn new(rate: u32, mono: Vec<f32>) -> Result<Self, Error> {
        if !RATES.contains(&rate) {
            return Err(Error::Sound { rate, channels: 1 });
        }
        let seconds = mono.len() as f64 / f64::from(rate);
        if !LASTING.contains(&seconds) {
            return Err(Error::Clip(if seconds < *LASTING.start() { Unfit::Short } else { Unfit::Long }));
        }
        let mut samples = mono;
        fade(&mut samples, rate);
        let clip = Self { rate, samples, takes: Mutex::default() };
        clip.at(rate).map_err(|_| Error::Clip(Unfit::Silent))?;
        Ok(clip)
    }

    /// Seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }

    /// Seconds at either end of a sound in which it is looked for.
    pub fn reach(&self) -> f64 {
        EDGE + LATE + self.seconds() + SEAM
    }

    /// Bytes of memory that looking for it takes, about: four transforms of what is within reach, at 20 kHz at most.
    pub fn cost(&self) -> u64 {
        ((self.reach() * 20_000.0) as u64).next_power_of_two() * 64
    }

    /// The recording as a label in the first or the last seconds of a sound of this rate, [thinned](super::Thinned).
    pub fn find(&self, edge: Edge, thinned: &[f32], rate: u32) -> Option<Spotted> {
        self.at(rate).ok()?.outline.find(edge, thinned)
    }

    /// The recording at a rate.
    ///
    /// # Errors
    /// [`Error::Faint`] where nothing of it can be heard at this rate.
    fn at(&self, rate: u32) -> Result<Arc<Take>, Error> {
        let takes = || self.takes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(take) = takes().iter().find(|take| take.rate == rate) {
            return Ok(take.clone());
        }
        let take = Arc::new(Take::new(rate, resample(&self.samples, self.rate, rate))?);
        let mut takes = takes();
        if takes.len() >= KEPT {
            takes.remove(0);
        }
        takes.push(take.clone());
        Ok(take)
    }

    /// A number that another recording hardly has (FNV-1a).
    fn sum(&self) -> u64 {
        let add = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        self.samples.iter().flat_map(|s| s.to_bits().to_le_bytes()).fold(0xcbf2_9ce4_8422_2325, add)
    }
}

impl fmt::Debug for Clip {
    /// What tells it from others, not its samples.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clip({} Hz, {}, {:016x})", self.rate, self.samples.len(), self.sum())
    }
}

impl Take {
    fn new(rate: u32, samples: Vec<f32>) -> Result<Self, Error> {
        let mode = ebur128::Mode::I | ebur128::Mode::TRUE_PEAK;
        let error = Error::Sound { rate, channels: 1 };
        let mut meter = ebur128::EbuR128::new(1, rate, mode).map_err(|_| error.clone())?;
        meter.add_frames_f32(&samples).map_err(|_| error)?;
        let loudness = meter.loudness_global().ok().filter(|l| l.is_finite());
        let loudness = loudness.ok_or(Error::Faint { rate })?;
        let peak = meter.true_peak(0).unwrap_or(1.0);
        let outline = Outline::new(&samples, rate);
        Ok(Self { rate, samples, loudness, peak, outline })
    }

    /// Seconds.
    fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }
}

/// Lets a recording begin and end in silence, so that it does not click.
fn fade(samples: &mut [f32], rate: u32) {
    let length = (FADE * f64::from(rate)) as usize;
    let gain = |n: usize| (0.5 - 0.5 * libm::cos(PI * n as f64 / length.max(1) as f64)) as f32;
    samples.iter_mut().take(length).enumerate().for_each(|(n, sample)| *sample *= gain(n));
    samples.iter_mut().rev().take(length).enumerate().for_each(|(n, sample)| *sample *= gain(n));
}

/// A spoken label for one sample rate and level.
#[derive(Clone)]
pub struct Prompt {
    take: Arc<Take>,
    gain: f64,
}

impl Prompt {
    /// The recording as loud as the rhythm would be: 6 LU under the clip's integrated `loudness` (in LUFS; `None` for silence),
    /// within -30 and -14 LUFS; less where its true peak would be over -3 dBTP.
    ///
    /// # Errors
    /// [`Error::Sound`] for sample rates outside 4-768 kHz, no channel, or more than 64; [`Error::Faint`] where nothing of it is
    /// left at such a rate.
    pub fn new(clip: &Clip, rate: u32, channels: u32, loudness: Option<f64>) -> Result<Self, Error> {
        if !RATES.contains(&rate) || channels == 0 || channels > CHANNELS {
            return Err(Error::Sound { rate, channels });
        }
        let take = clip.at(rate)?;
        // Loudness adds the power of all channels (ITU-R BS.1770).
        let gain = power(tone(loudness) - take.loudness) / f64::from(channels).sqrt();
        let most = power(PEAK) / take.peak.max(f64::MIN_POSITIVE);
        Ok(Self { gain: gain.min(most), take })
    }

    /// Frames of the label with its silences: an even number, so that chunks keep their parity.
    pub fn frames(&self) -> usize {
        (self.at(EDGE) + self.take.samples.len() + self.at(SEAM)).next_multiple_of(2)
    }

    /// Seconds of the recording itself.
    pub fn seconds(&self) -> f64 {
        self.take.seconds()
    }

    /// One channel of the label; all channels are to be the same. `before` says on which side the content is: behind
    /// the label, or in front of it.
    pub fn samples(&self, before: bool) -> Vec<f32> {
        let mut out = vec![0.0; self.at(if before { EDGE } else { SEAM })];
        out.extend(self.take.samples.iter().map(|s| (f64::from(*s) * self.gain) as f32));
        out.resize(self.frames(), 0.0);
        out
    }

    /// Seconds as frames.
    fn at(&self, seconds: f64) -> usize {
        (seconds * f64::from(self.take.rate)).round() as usize
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prompt({} Hz, {:.2} s, gain {:.4})", self.take.rate, self.seconds(), self.gain)
    }
}

/// What an amplitude is multiplied with for so many dB.
fn power(db: f64) -> f64 {
    libm::pow(10.0, db / 20.0)
}

#[cfg(test)]
mod tests;
