//! A label as raw data blocks of AAC LC (ISO/IEC 14496-3, 4.4.2): long blocks, one scale for all bands, one codebook for all
//! lines, none of the tools.
//!
//! The blocks are computed, not made beforehand: rates and channels are those of the file, and two tones and silence need no
//! encoder in general.

use std::f64::consts::PI;

use super::tables::{ESCAPE, bands, pair};
use crate::sound::bits::Bits;

/// Samples of a frame, which are its lines, too.
pub(in crate::sound) const FRAME: usize = 1024;
/// Samples of a block: two frames.
const BLOCK: usize = 2 * FRAME;
/// Highest frequency in Hz that is coded: beyond it the fades of the tones have nothing left.
const HIGHEST: f64 = 4000.0;
/// Value of the largest line: the error is 60 dB under the tones then.
const LARGEST: f64 = 800.0;
/// Scale factor of 1 (4.6.2.3.3).
const UNITY: f64 = 100.0;
/// Full scale of the decoder (4.6.11.3: samples of 16 bits).
const FULL: f64 = 32_768.0;
/// Elements (table 4.71).
const SINGLE: u64 = 0;
const PAIR: u64 = 1;
const LOW: u64 = 3;
const END: u64 = 7;
/// Windows (table 4.109).
const ONLY_LONG: u64 = 0;
const LONG_START: u64 = 1;

/// What the frames of a label are to be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sound) struct Coder {
    /// Sample rate in Hz.
    pub(in crate::sound) rate: u32,
    /// Configuration of channels, 1 to 7 (table 1.19).
    pub(in crate::sound) channels: u8,
    /// Whether the content begins with short blocks, so that the label has to end with the slope that leads to them.
    pub(in crate::sound) short: bool,
}

impl Coder {
    /// Frames that are decoded as these samples of each channel, from the first one on; the low-frequency channel is silent. The
    /// first 1024 samples and the last 2048 have to be silent.
    pub(in crate::sound) fn frames(&self, samples: &[f32]) -> Vec<Vec<u8>> {
        let bands = bands(self.rate).unwrap_or_default();
        let used =
            bands.iter().filter(|line| f64::from(**line) * f64::from(self.rate) / (BLOCK as f64) < HIGHEST).count();
        let lines = usize::from(bands.get(used).copied().unwrap_or(0));
        let count = samples.len().div_ceil(FRAME);
        let transform = Transform::new();
        let blocks: Vec<Vec<f64>> = (0..count).map(|n| transform.lines(samples, n * FRAME, lines)).collect();
        let peak = blocks.iter().flatten().fold(0f64, |peak, line| peak.max(line.abs()));
        // A value is the line by the scale, to the power of 3/4; a step of the scale is a quarter of an octave.
        let scale = (4.0 * (peak / LARGEST.powf(4.0 / 3.0)).max(f64::MIN_POSITIVE).log2()).ceil();
        let gain = (UNITY + scale).clamp(0.0, 255.0);
        let coded = blocks.iter().enumerate().map(|(n, block)| {
            let values: Vec<i32> = block.iter().map(|line| quantised(*line, gain - UNITY)).collect();
            let silent = values.iter().all(|v| *v == 0);
            let last = n + 1 == count && self.short;
            let channel = Channel {
                gain: gain as u64,
                values: if silent { &[] } else { &values },
                bands: if silent { 0 } else { used as u64 },
            };
            self.frame(&channel, if last { LONG_START } else { ONLY_LONG })
        });
        coded.collect()
    }

    /// One raw data block: the elements of the configuration, all channels the same.
    fn frame(&self, channel: &Channel<'_>, window: u64) -> Vec<u8> {
        let elements: &[u64] = match self.channels {
            1 => &[SINGLE],
            2 => &[PAIR],
            3 => &[SINGLE, PAIR],
            4 => &[SINGLE, PAIR, SINGLE],
            5 => &[SINGLE, PAIR, PAIR],
            6 => &[SINGLE, PAIR, PAIR, LOW],
            _ => &[SINGLE, PAIR, PAIR, PAIR, LOW],
        };
        let mut bits = Bits::default();
        for (n, element) in elements.iter().enumerate() {
            let instance = elements.iter().take(n).filter(|e| *e == element).count() as u64;
            bits.push(*element, 3);
            bits.push(instance, 4);
            match *element {
                PAIR => {
                    // One window for both, no middle and difference.
                    bits.push(1, 1);
                    info(&mut bits, channel, window);
                    bits.push(0, 2);
                    channel.write(&mut bits, None);
                    channel.write(&mut bits, None);
                }
                LOW => Channel::SILENT.write(&mut bits, Some(ONLY_LONG)),
                _ => channel.write(&mut bits, Some(window)),
            }
        }
        bits.push(END, 3);
        bits.aligned()
    }
}

/// `ics_info`: the window, its sine shape, the bands, no prediction.
fn info(bits: &mut Bits, channel: &Channel<'_>, window: u64) {
    bits.push(0, 1);
    bits.push(window, 2);
    bits.push(0, 1);
    bits.push(channel.bands, 6);
    bits.push(0, 1);
}

/// The lines of a channel.
struct Channel<'a> {
    gain: u64,
    values: &'a [i32],
    bands: u64,
}

impl Channel<'_> {
    const SILENT: Self = Self { gain: UNITY as u64, values: &[], bands: 0 };

    /// `individual_channel_stream`, with the window where the channel has one of its own.
    fn write(&self, bits: &mut Bits, window: Option<u64>) {
        bits.push(self.gain, 8);
        if let Some(window) = window {
            info(bits, self, window);
        }
        // One section of codebook 11; 31 says that its length goes on.
        if self.bands > 0 {
            bits.push(11, 4);
            let mut left = self.bands;
            while left >= 31 {
                bits.push(31, 5);
                left -= 31;
            }
            bits.push(left, 5);
        }
        // Each scale is the one before it, of which the code is one bit.
        bits.zeros(self.bands);
        // No pulses, no noise shaping, no gain control.
        bits.push(0, 3);
        for two in self.values.chunks(2) {
            let sizes = |n: usize| two.get(n).map_or(0, |v: &i32| v.unsigned_abs());
            let (code, length) = pair(sizes(0), sizes(1));
            bits.push(code.into(), length);
            two.iter().filter(|v| **v != 0).for_each(|v| bits.push(u64::from(*v < 0), 1));
            two.iter().map(|v| v.unsigned_abs()).filter(|size| *size >= ESCAPE).for_each(|size| escape(bits, size));
        }
    }
}

/// A size from 16 on: as many ones as its bits are more than five, a zero, and the bits behind the first one (4.6.3.3).
fn escape(bits: &mut Bits, size: u32) {
    let width = size.ilog2();
    bits.push((1 << (width - 3)) - 2, width - 3);
    bits.push(u64::from(size), width);
}

/// A line as the value from which a decoder makes it, by the power of 4/3 and the scale (4.6.1.3, 4.6.2.3.3).
fn quantised(line: f64, scale: f64) -> i32 {
    let size = (line.abs() * (-scale / 4.0).exp2()).powf(0.75) + 0.4054;
    let size = size.min(8191.0) as i32;
    if line < 0.0 { -size } else { size }
}

/// The MDCT of a sine window (4.6.11).
struct Transform {
    window: Vec<f64>,
    /// Cosines of a turn, in steps in which all angles are whole numbers.
    turn: Vec<f64>,
}

impl Transform {
    fn new() -> Self {
        let steps = 4 * BLOCK;
        Self {
            window: (0..BLOCK).map(|n| libm::sin(PI / BLOCK as f64 * (n as f64 + 0.5))).collect(),
            turn: (0..steps).map(|n| libm::cos(2.0 * PI * n as f64 / steps as f64)).collect(),
        }
    }

    /// The lowest lines of the block that begins at a sample.
    fn lines(&self, samples: &[f32], from: usize, count: usize) -> Vec<f64> {
        let block: Vec<f64> = (0..BLOCK)
            .zip(&self.window)
            .map(|(n, weight)| samples.get(from + n).map_or(0.0, |s| f64::from(*s) * FULL * weight))
            .collect();
        if block.iter().all(|s| *s == 0.0) {
            return vec![0.0; count];
        }
        let line = |k: usize| {
            let angle = |n: usize| (2 * n + 1 + FRAME) * (2 * k + 1) % self.turn.len();
            let product = |(n, s): (usize, &f64)| self.turn.get(angle(n)).map_or(0.0, |c| s * c);
            2.0 * block.iter().enumerate().map(product).sum::<f64>()
        };
        (0..count).map(line).collect()
    }
}
