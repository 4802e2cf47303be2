//! The rhythm 短长 短短 before or after sound (GB 45438-2025 clause 5.3): short long, gap, short short — Morse A I. Instead
//! of it, [`Prompt`] is somebody's spoken label.
//!
//! The standard fixes the order and nothing else. Unit, pitch and level are this project's convention: units of 120 ms
//! in Morse ratios, a fifth of 880 and 1320 Hz that every codec carries, and a level that follows the clip.

mod clip;
mod decimate;
mod listen;
mod resample;
mod spot;

pub use clip::{Clip, LASTING, Prompt};
pub use listen::{Faults, Heard, Listener, Tier, find_rhythm};
pub use spot::{Edge, Spotted, Thinned};

use std::f64::consts::PI;

use crate::Error;

/// Seconds of one unit: a short tone, or the gap inside a letter.
pub const UNIT: f64 = 0.12;
/// The seven intervals in units, tones and gaps by turns.
const INTERVALS: [u32; 7] = [1, 1, 3, 3, 1, 1, 1];
/// Seconds of the rhythm itself.
pub const LENGTH: f64 = 11.0 * UNIT;
/// Seconds of silence on the side of the file's edge.
pub const EDGE: f64 = 0.3;
/// Seconds of silence between label and content.
pub const SEAM: f64 = 0.5;
/// Pitches in Hz.
pub const PITCHES: [f64; 2] = [880.0, 1320.0];
/// Seconds of each raised-cosine fade.
const FADE: f64 = 0.008;
/// Loudness assumed for clips that are silent, in LUFS.
const SILENT: f64 = -23.0;
/// The tone is this much under the clip, in LU.
const UNDER: f64 = 6.0;
/// Bounds of the tone's loudness in LUFS.
const BOUNDS: (f64, f64) = (-30.0, -14.0);
/// Sample rates that carry both pitches and for which loudness is defined.
pub const RATES: std::ops::RangeInclusive<u32> = 4000..=768_000;
/// Most channels.
const CHANNELS: u32 = 64;

/// Loudness of a label in LUFS, for a clip of this one.
fn tone(loudness: Option<f64>) -> f64 {
    let clip = loudness.filter(|l| l.is_finite()).unwrap_or(SILENT);
    (clip - UNDER).clamp(BOUNDS.0, BOUNDS.1)
}

/// The rhythm for one sample rate and level.
#[derive(Debug, Clone)]
pub struct Rhythm {
    rate: u32,
    amplitude: f64,
}

impl Rhythm {
    /// A rhythm 6 LU under the clip's integrated `loudness` (in LUFS; `None` for silence), within -30 and -14 LUFS.
    /// Its peak stays under -8 dBFS.
    ///
    /// # Errors
    /// [`Error::Sound`] for sample rates outside 4-768 kHz, no channel, or more than 64.
    pub fn new(rate: u32, channels: u32, loudness: Option<f64>) -> Result<Self, Error> {
        if !RATES.contains(&rate) || channels == 0 || channels > CHANNELS {
            return Err(Error::Sound { rate, channels });
        }
        // Loudness adds the power of all channels (ITU-R BS.1770), K-weighting is 0.7 dB round 1 kHz, which its
        // constant takes back; two sines of one amplitude have an RMS of that amplitude.
        let amplitude = (10f64.powf(tone(loudness) / 10.0) / f64::from(channels)).sqrt();
        Ok(Self { rate, amplitude })
    }

    /// Frames of the label with its silences: an even number, so that chunks keep their parity.
    pub fn frames(&self) -> usize {
        self.at(EDGE + LENGTH + SEAM).next_multiple_of(2)
    }

    /// One channel of the label; all channels are to be the same. `before` says on which side the content is: behind
    /// the label, or in front of it.
    pub fn samples(&self, before: bool) -> Vec<f32> {
        let mut out = vec![0.0; self.frames()];
        let mut time = if before { EDGE } else { SEAM };
        for (n, units) in INTERVALS.into_iter().enumerate() {
            let end = time + UNIT * f64::from(units);
            if n % 2 == 0 {
                let (from, to) = (self.at(time), self.at(end));
                let tone = out.get_mut(from..to).unwrap_or_default();
                self.fill(tone);
            }
            time = end;
        }
        out
    }

    /// Seconds as frames.
    fn at(&self, seconds: f64) -> usize {
        (seconds * f64::from(self.rate)).round() as usize
    }

    fn fill(&self, tone: &mut [f32]) {
        let (rate, count) = (f64::from(self.rate), tone.len());
        let fade = FADE * rate;
        for (n, sample) in tone.iter_mut().enumerate() {
            let edge = n.min(count - 1 - n) as f64;
            let gain = if edge < fade { 0.5 - 0.5 * (PI * edge / fade).cos() } else { 1.0 };
            let sum: f64 = PITCHES.iter().map(|f| (2.0 * PI * f * n as f64 / rate).sin()).sum();
            *sample = (self.amplitude * gain * sum) as f32;
        }
    }
}

/// Integrated loudness of a clip, measured as it streams by (EBU R128).
pub struct Meter(ebur128::EbuR128);

impl Meter {
    /// Starts a measurement.
    ///
    /// # Errors
    /// [`Error::Sound`], as for [`Rhythm::new`].
    pub fn new(rate: u32, channels: u32) -> Result<Self, Error> {
        let error = Error::Sound { rate, channels };
        if !RATES.contains(&rate) || channels > CHANNELS {
            return Err(error);
        }
        // The histogram keeps memory flat for any length.
        let mode = ebur128::Mode::I | ebur128::Mode::HISTOGRAM;
        ebur128::EbuR128::new(channels, rate, mode).map(Self).map_err(|_| error)
    }

    /// Adds whole frames of interleaved samples, full scale ±1.
    pub fn add(&mut self, interleaved: &[f32]) {
        // The only error is a number of samples that is no multiple of the channels; then nothing is added.
        let _ = self.0.add_frames_f32(interleaved);
    }

    /// LUFS of what was added; `None` for silence and for clips under 400 ms.
    pub fn integrated(&self) -> Option<f64> {
        self.0.loudness_global().ok().filter(|l| l.is_finite())
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod voice;
