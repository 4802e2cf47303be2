//! Frames of Apple Lossless: those of a label hold their samples as they are (the reference code's escape), so that nothing
//! has to be predicted; content is coded again as it was.

mod coder;

use super::film::Film;
use super::insert::Frames;
use crate::sound::bits::Bits;
use coder::{END, Rice, head};

/// What the decoder is told (`ALACSpecificConfig`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alac {
    /// Sample frames of a coded frame.
    frame: u32,
    pub(super) bits: u8,
    pub(super) channels: u8,
    rice: Rice,
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
        let rice = Rice { speed: byte(6)?, start: byte(7)?, most: byte(8)?.clamp(1, 16) };
        let known = (16..=16_384).contains(&frame) && matches!(bits, 16 | 20 | 24 | 32) && matches!(channels, 1 | 2);
        known.then_some(Self { frame, bits, channels, rice })
    }

    /// Samples of one channel, the same in all channels, as whole frames; silence fills up the last one.
    pub(super) fn encode(self, mono: &[f32]) -> Frames {
        let full = f64::from(1u32 << (self.bits - 1).min(31));
        let sample = |s: &f32| (f64::from(*s) * full).round().clamp(-full, full - 1.0) as i32;
        let coded = mono.chunks(self.frame as usize).map(|part| {
            let mut samples: Vec<i32> = part.iter().map(sample).collect();
            samples.resize(self.frame as usize, 0);
            self.plain(&vec![samples.as_slice(); self.channels.into()])
        });
        Frames { coded: coded.collect(), ticks: self.frame, whole: false }
    }

    /// One frame of content, coded.
    pub(super) fn frame(self, channels: &[&[i32]]) -> Vec<u8> {
        let coded = coder::frame(channels, self.bits.into(), self.frame as usize, self.rice);
        coded.unwrap_or_else(|| self.plain(channels))
    }

    /// One frame, its samples as they are.
    fn plain(self, channels: &[&[i32]]) -> Vec<u8> {
        let (mut bits, length) = (Bits::default(), channels.first().map_or(0, |c| c.len()));
        head(&mut bits, channels.len(), (length != self.frame as usize).then_some(length), 0, true);
        for n in 0..length {
            let samples = channels.iter().filter_map(|c| c.get(n));
            samples.for_each(|sample| bits.push(u64::from(*sample as u32), self.bits.into()));
        }
        bits.push(END, 3);
        bits.aligned()
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
