//! Samples that are stored one by one: in and out of numbers, whatever their width, order of bytes or curve.

use std::ops::Range;
use std::sync::LazyLock;

use biaoshi_container::{Message, Patch, Source, SourceExt, Spool, phrase};

use super::due::{Carries, due};
use crate::reason::LOSSY;
use crate::samples::{Block, Differences, Sound};
use crate::{Error, ExplicitOptions, Outcome, Result};

/// Bytes that are looked at in one go.
const STEP: u64 = 64 << 10;

/// What the bits of a sample mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Two's complement.
    Signed,
    /// Silence is in the middle.
    Unsigned,
    /// IEEE 754.
    Float,
    /// G.711 mu-law, in eight bits.
    MuLaw,
    /// G.711 A-law, in eight bits.
    ALaw,
}

/// How one sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coding {
    pub(super) kind: Kind,
    /// Bytes of a sample: 1 to 4, or 8 of a float.
    pub(super) bytes: usize,
    /// The highest byte first.
    pub(super) big: bool,
}

impl Coding {
    /// Appends stored samples as numbers of full scale ±1.
    pub(super) fn decode(self, bytes: &[u8], out: &mut Vec<f32>) {
        out.extend(bytes.chunks_exact(self.bytes.max(1)).map(|stored| match (self.kind, stored) {
            (Kind::MuLaw, [a]) => level(&MU_LAW, *a),
            (Kind::ALaw, [a]) => level(&A_LAW, *a),
            (Kind::Float, [a, b, c, d]) => finite(f32::from_bits(self.word([*a, *b, *c, *d]))),
            (Kind::Float, [.., _, _, _, _]) => finite(f64::from_bits(self.long(stored)) as f32),
            (Kind::Unsigned, _) => (self.long(stored) as f64 / self.half() - 1.0) as f32,
            _ => {
                let unused = 64 - 8 * self.bytes as u32;
                (((self.long(stored) << unused) as i64 >> unused) as f64 / self.half()) as f32
            }
        }));
    }

    /// Samples of one channel, stored the same in all channels.
    pub(super) fn encode(self, mono: &[f32], channels: u16) -> Vec<u8> {
        let mut out = Vec::with_capacity(mono.len() * usize::from(channels) * self.bytes);
        for sample in mono {
            let value = f64::from(*sample);
            let scaled = (value * self.half()).round().clamp(-self.half(), self.half() - 1.0) as i64;
            let stored = match (self.kind, self.bytes) {
                (Kind::MuLaw, _) => nearest(&MU_LAW, *sample).into(),
                (Kind::ALaw, _) => nearest(&A_LAW, *sample).into(),
                (Kind::Float, 8) => value.to_bits(),
                (Kind::Float, _) => sample.to_bits().into(),
                (Kind::Unsigned, _) => (scaled + self.half() as i64) as u64,
                (Kind::Signed, _) => scaled as u64,
            };
            let little = stored.to_le_bytes();
            let mut bytes = little.into_iter().take(self.bytes).collect::<Vec<_>>();
            if self.big {
                bytes.reverse();
            }
            (0..channels).for_each(|_| out.extend_from_slice(&bytes));
        }
        out
    }

    /// One stored sample with something added to it, which is rounded to what the width can tell apart.
    fn added(self, stored: &mut [u8], difference: f32) {
        if difference == 0.0 {
            return;
        }
        let (long, step) = (self.long(stored), (f64::from(difference) * self.half()).round() as i64);
        let (least, most) = (-(self.half() as i64), self.half() as i64 - 1);
        let new = match (self.kind, self.bytes) {
            (Kind::Float, 8) => (f64::from_bits(long) + f64::from(difference)).to_bits(),
            (Kind::Float, _) => (f32::from_bits(long as u32) + difference).to_bits().into(),
            (Kind::Unsigned, _) => ((long as i64 + least + step).clamp(least, most) - least) as u64,
            _ => {
                let unused = 64 - 8 * self.bytes as u32;
                (((long << unused) as i64 >> unused) + step).clamp(least, most) as u64
            }
        };
        let little = new.to_le_bytes();
        for (at, byte) in little.iter().take(stored.len()).enumerate() {
            let at = if self.big { stored.len() - 1 - at } else { at };
            if let Some(stored) = stored.get_mut(at) {
                *stored = *byte;
            }
        }
    }

    /// Half of what the width can tell apart: full scale.
    fn half(self) -> f64 {
        (1u64 << (8 * self.bytes as u32 - 1)) as f64
    }

    fn word(self, bytes: [u8; 4]) -> u32 {
        if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    fn long(self, stored: &[u8]) -> u64 {
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        if self.big { stored.iter().fold(0, add) } else { stored.iter().rev().fold(0, add) }
    }
}

/// Damaged floating-point files hold values that would spoil every sum.
fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample } else { 0.0 }
}

/// The levels of 256 codes (G.711, as the reference code of G.191 expands them to 16 bits).
type Law = [f32; 256];

static MU_LAW: LazyLock<Law> = LazyLock::new(|| {
    std::array::from_fn(|code| {
        let bits = !(code as u8);
        let size = (((i32::from(bits & 15) << 3) + 0x84) << (bits >> 4 & 7)) - 0x84;
        (if bits & 0x80 == 0 { size } else { -size }) as f32 / 32_768.0
    })
});

static A_LAW: LazyLock<Law> = LazyLock::new(|| {
    std::array::from_fn(|code| {
        let bits = code as u8 ^ 0x55;
        let (segment, step) = (bits >> 4 & 7, i32::from(bits & 15) << 4);
        let size = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
        (if bits & 0x80 == 0 { -size } else { size }) as f32 / 32_768.0
    })
});

fn level(law: &Law, code: u8) -> f32 {
    law.get(usize::from(code)).copied().unwrap_or_default()
}

/// The code whose level is closest.
fn nearest(law: &Law, sample: f32) -> u8 {
    (0..=255).min_by(|a, b| (level(law, *a) - sample).abs().total_cmp(&(level(law, *b) - sample).abs())).unwrap_or(0)
}

/// Where stored samples are, and how.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The format, for errors.
    pub(super) name: &'static str,
    pub(super) coding: Coding,
    pub(super) rate: u32,
    pub(super) channels: u16,
    /// Whole frames.
    pub(super) data: Range<u64>,
}

impl Layout {
    /// Bytes of a frame.
    pub(super) fn block(&self) -> u64 {
        self.coding.bytes as u64 * u64::from(self.channels)
    }

    /// Frames.
    pub(super) fn frames(&self) -> u64 {
        (self.data.end - self.data.start) / self.block().max(1)
    }
}

/// Adds to a change what counts the samples of a file, or says why it cannot: given how many frames come in, in all and in front.
type Grow<'g> = dyn FnMut(u64, u64, &mut Patch) -> Result<std::result::Result<(), Message>> + 'g;

/// Inserts the label where it is missing, 6 LU quieter than the clip.
///
/// # Errors
/// I/O, those of `grow`.
pub(super) fn mark(
    source: &dyn Source,
    layout: &Layout,
    options: &ExplicitOptions,
    grow: &mut Grow<'_>,
) -> Result<Outcome> {
    let due = match due(&mut Stored::new(source, layout.clone()), options, Carries::Anything)? {
        Ok(due) => due,
        Err(settled) => return Ok(settled),
    };
    let mut patch = Patch::new();
    let frames = due.frames();
    let shift = if due.missing.before { frames } else { 0 };
    let added = shift + if due.missing.behind { frames } else { 0 };
    if let Err(reason) = grow(added, shift, &mut patch)? {
        return Ok(Outcome::Skip(reason));
    }
    let coded = |mono: &[f32]| layout.coding.encode(mono, layout.channels);
    if due.missing.before {
        patch.insert(layout.data.start, coded(&due.before()));
    }
    if due.missing.behind {
        patch.insert(layout.data.end, coded(&due.behind()));
    }
    let content = (layout.frames() + shift) as f64 / f64::from(layout.rate);
    Ok(Outcome::Drawn(due.drawn(patch, content)))
}

/// The change that adds to every sample.
///
/// # Errors
/// I/O; [`Error::Unable`] for companded samples.
pub(super) fn add(source: &dyn Source, layout: &Layout, differences: &mut dyn Differences) -> Result<Patch> {
    let (coding, data) = (layout.coding, layout.data.clone());
    if matches!(coding.kind, Kind::MuLaw | Kind::ALaw) {
        return Err(Error::Unable(LOSSY.with([layout.name.into()])));
    }
    // What is not told yet of what was read, and what is.
    let (mut waiting, mut spool) = (Vec::new(), Spool::new());
    let (mut samples, mut told) = (Vec::new(), Vec::new());
    let failed = |e| biaoshi_container::Error::io(layout.name, e);
    let mut at = data.start;
    while at < data.end {
        let step = (STEP / layout.block()).max(1) * layout.block();
        let end = data.end.min(at + step);
        let piece = source.bytes(layout.name, at..end, step, phrase!("samples", "采样"))?;
        samples.clear();
        coding.decode(&piece, &mut samples);
        waiting.extend_from_slice(&piece);
        differences.pass(&samples, &mut told);
        spool.push(apply(coding, &mut waiting, &told)).map_err(failed)?;
        waiting.drain(..told.len() * coding.bytes);
        told.clear();
        at = end;
    }
    differences.rest(&mut told);
    apply(coding, &mut waiting, &told);
    spool.push(&waiting).map_err(failed)?;
    let mut patch = Patch::new();
    patch.replace(data, spool.finish().map_err(failed)?);
    Ok(patch)
}

/// Adds differences to the first stored samples; returns those that have theirs.
fn apply<'a>(coding: Coding, bytes: &'a mut [u8], differences: &[f32]) -> &'a [u8] {
    for (stored, difference) in bytes.chunks_exact_mut(coding.bytes).zip(differences) {
        coding.added(stored, *difference);
    }
    bytes.get(..differences.len() * coding.bytes).unwrap_or_default()
}

/// Stored samples, one stretch after the other.
pub(super) struct Stored<'a> {
    source: &'a dyn Source,
    layout: Layout,
    /// The byte that is read next.
    at: u64,
}

impl<'a> Stored<'a> {
    pub(super) fn new(source: &'a dyn Source, layout: Layout) -> Self {
        let at = layout.data.start;
        Self { source, layout, at }
    }
}

impl Sound for Stored<'_> {
    fn rate(&self) -> u32 {
        self.layout.rate
    }

    fn channels(&self) -> usize {
        self.layout.channels.into()
    }

    fn frames(&self) -> Option<u64> {
        Some(self.layout.frames())
    }

    fn next(&mut self, block: &mut Block) -> Result<bool> {
        let size = self.layout.block();
        let step = (STEP / size).max(1) * size;
        let end = self.layout.data.end.min(self.at + step);
        let bytes = self.source.bytes(self.layout.name, self.at..end, step, phrase!("samples", "采样"))?;
        (block.rate, block.channels) = (self.rate(), self.channels());
        block.samples.clear();
        self.layout.coding.decode(&bytes, &mut block.samples);
        self.at = end;
        Ok(!bytes.is_empty())
    }

    fn seek(&mut self, frame: u64) -> Result<u64> {
        let frame = frame.min(self.layout.frames());
        self.at = self.layout.data.start + frame * self.layout.block();
        Ok(frame)
    }

    fn damage(&self) -> Option<Message> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(coding: Coding, sample: f32) -> f32 {
        let mut out = Vec::new();
        coding.decode(&coding.encode(&[sample], 1), &mut out);
        out[0]
    }

    #[test]
    fn samples_come_back_as_exactly_as_their_width_allows() {
        let linear = [1, 2, 3, 4].map(|bytes| (Kind::Signed, bytes, 0.6 / (1u64 << (8 * bytes - 1)) as f32));
        let others = [(Kind::Unsigned, 1, 0.6 / 128.0), (Kind::Float, 4, 0.0), (Kind::Float, 8, 0.0)];
        for (kind, bytes, error) in linear.into_iter().chain(others) {
            for big in [false, true] {
                let coding = Coding { kind, bytes, big };
                for sample in [0.0, 0.5, -0.5, 0.123, -0.99] {
                    assert!((back(coding, sample) - sample).abs() <= error.max(1e-7), "{coding:?} {sample}");
                }
            }
        }
    }

    #[test]
    fn the_laws_are_those_of_the_recommendation() {
        // G.711 tables 1a and 2a, scaled to 16 bits: the first and last levels of either sign, and those next to silence.
        for (code, level) in [(0x80, 32_124), (0x00, -32_124), (0xff, 0), (0x7f, 0), (0xfe, 8), (0x7e, -8), (0xf0, 120)]
        {
            assert_eq!(MU_LAW[code] * 32_768.0, level as f32, "{code:x}");
        }
        for (code, level) in [(0xaa, 32_256), (0x2a, -32_256), (0xd5, 8), (0x55, -8), (0xd4, 24)] {
            assert_eq!(A_LAW[code] * 32_768.0, level as f32, "{code:x}");
        }
        for law in [&MU_LAW, &A_LAW] {
            assert!((0..=255).all(|code| law[usize::from(nearest(law, law[code]))] == law[code]));
        }
    }
}
