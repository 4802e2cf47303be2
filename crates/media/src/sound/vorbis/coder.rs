//! The rhythm as Vorbis packets, coded with what the setup header of the stream has: its floors, books and kinds of blocks.

use biaoshi_container::{Message, phrase};

use super::bits::Packer;
use super::blocks::Blocks;
use super::books::Books;
use super::floor::Curve;
use super::setup::{Mapping, Setup};
use super::transform::Transform;
use super::uncoded;
use crate::Result;
use crate::sound::pages::Packet;

/// Highest frequency in Hz that is coded: beyond it the fades of the tones have nothing left.
const HIGHEST: f64 = 3000.0;
/// Blocks whose largest line is so much smaller than that of the tones are silent.
const NOTHING: f64 = 1e-4;
/// Heights of the largest line over the floor that are tried: powers of the root of two.
const HEIGHTS: i32 = 22;

/// Codes blocks with the setup of a stream.
pub(super) struct Coder<'a> {
    setup: &'a Setup,
    books: Books,
    /// The largest line over the floor.
    height: f64,
}

/// A block as it is coded.
struct Part<'a> {
    mode: usize,
    /// Whether the blocks before and behind it are long.
    around: [bool; 2],
    lines: &'a [f64],
}

impl<'a> Coder<'a> {
    /// # Errors
    /// [`crate::Error::Unable`] for books that are none.
    pub(super) fn new(setup: &'a Setup) -> Result<Self> {
        let books = Books::new(setup).ok_or_else(|| uncoded(broken()))?;
        Ok(Self { setup, books, height: 1.0 })
    }

    /// The packets of a label of which the samples are given.
    ///
    /// # Errors
    /// [`crate::Error::Unable`] where the setup lacks what is needed.
    pub(super) fn packets(&mut self, samples: &[f32], blocks: &Blocks) -> Result<Vec<Packet>> {
        let lines = self.lines(samples, blocks);
        let peaks: Vec<f64> = lines.iter().map(|l| l.iter().fold(0f64, |peak, line| peak.max(line.abs()))).collect();
        let (loudest, peak) = peaks.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default();
        let mut parts = Vec::with_capacity(lines.len());
        for (n, ((block, lines), own)) in blocks.blocks.iter().zip(&lines).zip(&peaks).enumerate() {
            let mode = self.setup.modes.iter().position(|m| m.long == block.long).ok_or_else(|| uncoded(no_mode()))?;
            let (around, silent) = (blocks.around(n), *own <= peak * NOTHING);
            // A block that sounds has the window of its own size on both sides.
            if !silent && around != [block.long; 2] {
                return Err(uncoded(too_coarse()));
            }
            parts.push(Part { mode, around, lines: if silent { &[] } else { lines } });
        }
        if let Some(part) = parts.get(loudest) {
            self.find_height(part)?;
        }
        let packets = parts.iter().zip(&blocks.blocks).map(|(part, block)| {
            let (data, _) = self.packet(part, self.height)?;
            Ok(Packet { data, frames: block.frames })
        });
        packets.collect()
    }

    /// The lines of all blocks.
    fn lines(&self, samples: &[f32], blocks: &Blocks) -> Vec<Vec<f64>> {
        let transforms = [false, true].map(|long| Transform::new(usize::try_from(self.setup.size(long)).unwrap_or(0)));
        let [short, long] = &transforms;
        let lines = blocks.blocks.iter().map(|block| {
            let size = self.setup.size(block.long) as f64;
            let count = (HIGHEST / f64::from(self.setup.rate) * size).min(size / 2.0) as usize;
            let transform = if block.long { long } else { short };
            transform.lines(samples, block.middle.cast_signed(), count)
        });
        lines.collect()
    }

    /// Finds out at which height over the floor a block is coded best.
    fn find_height(&mut self, block: &Part<'_>) -> Result<()> {
        let mut best = (f64::INFINITY, 1.0);
        for n in 0..HEIGHTS {
            let height = libm::exp2(f64::from(n) / 2.0);
            let (_, error) = self.packet(block, height)?;
            if error < best.0 {
                best = (error, height);
            }
        }
        self.height = best.1;
        Ok(())
    }

    /// A packet, and the error of its lines.
    fn packet(&mut self, block: &Part<'_>, height: f64) -> Result<(Vec<u8>, f64)> {
        let coded = self.coded(block, height);
        coded.ok_or_else(|| uncoded(if self.books.spend(1).is_none() { too_large() } else { broken() }))
    }

    fn coded(&mut self, block: &Part<'_>, height: f64) -> Option<(Vec<u8>, f64)> {
        let setup = self.setup;
        let mode = setup.modes.get(block.mode)?;
        let mapping = setup.mappings.get(mode.mapping)?;
        let mut out = Packer::default();
        out.push(0, 1);
        out.push(u32::try_from(block.mode).ok()?, setup.mode_bits());
        if mode.long {
            block.around.iter().for_each(|long| out.push(u32::from(*long), 1));
        }
        let peak = block.lines.iter().fold(0f64, |peak, line| peak.max(line.abs()));
        let lines = usize::try_from(setup.size(mode.long) / 2).ok()?;
        let mut curves: Vec<Option<Vec<f64>>> = Vec::with_capacity(setup.channels);
        for (channel, submap) in mapping.channels.iter().enumerate() {
            let sounds = !block.lines.is_empty() && setup.sounds(channel);
            if !sounds {
                out.push(0, 1);
                curves.push(None);
                continue;
            }
            let floor = setup.floors.get(mapping.submaps.get(*submap)?.0)?.as_ref()?;
            let curve: Curve = floor.flat(peak / height, &mut self.books)?;
            floor.write(&curve, &self.books, &mut out);
            curves.push(Some(floor.amplitudes(&curve, lines)));
        }
        let mut values: Vec<Vec<f32>> = curves.iter().map(|curve| over(curve.as_deref(), block.lines, lines)).collect();
        self.residues(mapping, &curves, &mut values, &mut out)?;
        let error = curves.iter().zip(&values).map(|(curve, values)| {
            let heights = curve.iter().flatten().zip(values).map(|(c, v)| c * f64::from(*v));
            let wanted = block.lines.iter().copied().chain(std::iter::repeat(0.0));
            heights.zip(wanted).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
        });
        Some((out.bytes(), error.sum()))
    }

    /// Appends what lies over the floors, and replaces it by what decoders make of it.
    fn residues(
        &mut self,
        mapping: &Mapping,
        curves: &[Option<Vec<f64>>],
        values: &mut [Vec<f32>],
        out: &mut Packer,
    ) -> Option<()> {
        let mut used: Vec<bool> = curves.iter().map(Option::is_some).collect();
        // Of a couple both are coded, or none (section 4.3.3).
        for (a, b) in &mapping.couples {
            let either = *used.get(*a)? || *used.get(*b)?;
            *used.get_mut(*a)? = either;
            *used.get_mut(*b)? = either;
        }
        for couple in &mapping.couples {
            coupled(values, *couple, couple_of)?;
        }
        for (n, (_, residue)) in mapping.submaps.iter().enumerate() {
            let members: Vec<usize> =
                mapping.channels.iter().enumerate().filter(|(_, submap)| **submap == n).map(|(c, _)| c).collect();
            let mut part: Vec<Vec<f32>> = members.iter().filter_map(|c| values.get(*c).cloned()).collect();
            let used: Vec<bool> = members.iter().filter_map(|c| used.get(*c).copied()).collect();
            self.setup.residues.get(*residue)?.write(&mut part, &used, &mut self.books, out)?;
            for (channel, part) in members.iter().zip(part) {
                *values.get_mut(*channel)? = part;
            }
        }
        for couple in mapping.couples.iter().rev() {
            coupled(values, *couple, uncouple)?;
        }
        Some(())
    }
}

impl Setup {
    /// Whether a channel sounds: that of low frequencies carries no label (section 4.3.9 has the order of channels).
    fn sounds(&self, channel: usize) -> bool {
        !(6..=8).contains(&self.channels) || channel + 1 < self.channels
    }

    /// How many channels may be silent, at most. The decoder at hand undoes chains of couples from the wrong end, which leaves any but
    /// one of them silent.
    pub(super) fn silent(&self) -> usize {
        let chained = self.mappings.iter().any(|mapping| {
            let members = || mapping.couples.iter().flat_map(|(a, b)| [a, b]);
            members().enumerate().any(|(n, channel)| members().take(n).any(|other| other == channel))
        });
        if chained { self.channels - 1 } else { (0..self.channels).filter(|n| !self.sounds(*n)).count() }
    }
}

/// Lines relative to a curve.
fn over(curve: Option<&[f64]>, lines: &[f64], count: usize) -> Vec<f32> {
    let mut out: Vec<f32> = curve.unwrap_or_default().iter().zip(lines).map(|(c, line)| (line / c) as f32).collect();
    out.resize(count, 0.0);
    out
}

/// Replaces the values of two channels by a function of both.
fn coupled(values: &mut [Vec<f32>], (a, b): (usize, usize), change: fn((f32, f32)) -> (f32, f32)) -> Option<()> {
    let mut other = std::mem::take(values.get_mut(b)?);
    values.get_mut(a)?.iter_mut().zip(&mut other).for_each(|(a, b)| (*a, *b) = change((*a, *b)));
    *values.get_mut(b)? = other;
    Some(())
}

/// Magnitude and angle of two values: what [`uncouple`] undoes.
fn couple_of((a, b): (f32, f32)) -> (f32, f32) {
    let magnitude = if a.abs() > b.abs() { a } else { b };
    (magnitude, if magnitude > 0.0 { a - b } else { b - a })
}

/// Two values of magnitude and angle (section 4.3.5).
fn uncouple((magnitude, angle): (f32, f32)) -> (f32, f32) {
    let other = if (magnitude > 0.0) == (angle > 0.0) { magnitude - angle } else { magnitude + angle };
    if angle > 0.0 { (magnitude, other) } else { (other, magnitude) }
}

pub(super) fn too_coarse() -> Message {
    phrase!("its codebooks are too coarse for two tones", "其码本过于粗糙,无法表示两个音").message()
}

fn too_large() -> Message {
    phrase!("its codebooks are too large to be searched", "其码本过大,无法检索").message()
}

fn broken() -> Message {
    phrase!("its setup lacks what tones need", "其设置缺少表示音所需的内容").message()
}

fn no_mode() -> Message {
    phrase!("it has no blocks of this length", "没有此长度的块").message()
}
