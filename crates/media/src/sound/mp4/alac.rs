//! Frames of Apple Lossless that hold their samples as they are (the reference code's escape), so that nothing has to be
//! predicted.

use super::film::Film;
use super::insert::Frames;
use crate::sound::bits::Bits;

/// Bits of an element's kind: one channel, two channels, the end.
const SINGLE: u64 = 0;
const PAIR: u64 = 1;
const END: u64 = 7;

/// What the decoder is told (`ALACSpecificConfig`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alac {
    /// Sample frames of a coded frame.
    frame: u32,
    bits: u8,
    channels: u8,
}

impl Alac {
    /// The coding of a track; `None` for another one, or a form that is not written.
    pub(super) fn of(film: &Film) -> Option<Self> {
        let description = film.table(b"stsd");
        if description.get(12..16) != Some(b"alac") {
            return None;
        }
        let at = cookie(description)?;
        let byte = |n: usize| description.get(at + n).copied();
        let frame = super::tree::word(description, at)?;
        let (bits, channels) = (byte(5)?, byte(9)?);
        let known = (16..=16_384).contains(&frame) && matches!(bits, 16 | 20 | 24 | 32) && matches!(channels, 1 | 2);
        known.then_some(Self { frame, bits, channels })
    }

    /// Samples of one channel, the same in all channels, as whole frames; silence fills up the last one.
    pub(super) fn encode(self, mono: &[f32]) -> Frames {
        let full = f64::from(1u32 << (self.bits - 1).min(31));
        let sample = |s: &f32| (f64::from(*s) * full).round().clamp(-full, full - 1.0) as i32;
        let coded = mono.chunks(self.frame as usize).map(|part| {
            let mut bits = Bits::default();
            bits.push(if self.channels == 2 { PAIR } else { SINGLE }, 3);
            // Instance, twelve bits that are not used, no size of its own, no bytes apart, samples as they are.
            bits.push(0, 4);
            bits.push(0, 12);
            bits.push(1, 4);
            for n in 0..self.frame as usize {
                let value = part.get(n).map_or(0, sample);
                (0..self.channels).for_each(|_| bits.push(u64::from(value as u32), self.bits.into()));
            }
            bits.push(END, 3);
            bits.aligned()
        });
        Frames { coded: coded.collect(), ticks: self.frame, whole: false }
    }
}

/// Where the decoder's configuration begins in a description: in a box `alac` within it, of which QuickTime files have
/// another one around.
fn cookie(description: &[u8]) -> Option<usize> {
    let rest = description.get(16..)?;
    let at = rest.windows(4).rposition(|w| w == b"alac")?;
    Some(16 + at + 8)
}

/// Raises the largest frame that a description states, as whole frames are larger than any coded one.
pub(super) fn allow(description: &mut [u8], size: u32) {
    let Some(at) = cookie(description).map(|at| at + 12) else { return };
    let old = super::tree::word(description, at).unwrap_or(0);
    if old > 0 {
        super::tree::put_word(description, at, old.max(size));
    }
}
