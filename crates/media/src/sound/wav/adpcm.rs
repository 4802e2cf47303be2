//! Blocks of four-bit samples, as telephone systems and games store speech: IMA's and Microsoft's ADPCM (Multimedia Data
//! Standards Update 3.0, 1994). Each block stands for itself, so blocks of a label leave those of the content alone.

use biaoshi_container::{Cursor, riff::WaveFormat};

/// Format tags.
const MICROSOFT: u16 = 2;
const IMA: u16 = 0x11;
/// Steps of IMA's quantiser, and how a code moves along them.
const STEPS: [i32; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
    118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
    1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
    6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794,
    32767,
];
const MOVES: [i32; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];
/// How a code of Microsoft's scales the step, over 256.
const SCALES: [i32; 16] = [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];
/// The smallest step of Microsoft's.
const LEAST: i32 = 16;
/// Steps that a block of Microsoft's is tried to begin with.
const BEGINNINGS: [i32; 8] = [16, 40, 100, 250, 600, 1500, 4000, 10_000];

/// The blocks of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Adpcm {
    kind: Kind,
    channels: usize,
    /// Bytes of a block.
    block: usize,
    /// Samples of each channel in it.
    per_block: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Ima,
    /// With the pairs of coefficients that the file lists.
    Microsoft(Vec<(i32, i32)>),
}

impl Adpcm {
    /// The blocks that a `fmt ` chunk describes; `None` where they are of another kind, or do not add up.
    pub(super) fn parse(format: &WaveFormat, chunk: &[u8]) -> Option<Self> {
        let mut rest = Cursor::at(chunk, 18);
        let per_block = usize::from(rest.u16_le()?);
        let (channels, block) = (usize::from(format.channels), usize::from(format.block));
        let (kind, header, first) = match format.tag {
            IMA => (Kind::Ima, 4, 1),
            MICROSOFT => {
                let count = rest.u16_le()?;
                let pair = |_| Some((i32::from(rest.u16_le()? as i16), i32::from(rest.u16_le()? as i16)));
                let pairs: Vec<_> = (0..count.min(32)).map_while(pair).collect();
                (Kind::Microsoft(pairs), 7, 2)
            }
            _ => return None,
        };
        let body = block.checked_sub(header * channels)?;
        // IMA interleaves eight samples of a channel at a time.
        let whole = kind != Kind::Ima || body % (4 * channels) == 0;
        let fits = format.bits == 4 && whole && (1..=2).contains(&channels) && per_block == first + body * 2 / channels;
        let listed = !matches!(&kind, Kind::Microsoft(pairs) if pairs.is_empty());
        (fits && listed && body > 0).then_some(Self { kind, channels, block, per_block })
    }

    /// Samples of each channel in a block.
    pub(super) fn per_block(&self) -> u64 {
        self.per_block as u64
    }

    /// Samples of one channel, the same in all channels, as whole blocks; silence fills up the last one.
    pub(super) fn encode(&self, mono: &[f32]) -> Vec<u8> {
        let samples: Vec<i32> = mono.iter().map(|s| (f64::from(*s) * 32_768.0).round() as i32).collect();
        let blocks = samples.chunks(self.per_block).map(|part| {
            let mut part = part.to_vec();
            part.resize(self.per_block, 0);
            part
        });
        match &self.kind {
            Kind::Ima => blocks.flat_map(|part| self.ima(&part)).collect(),
            Kind::Microsoft(pairs) => blocks.flat_map(|part| self.microsoft(&part, pairs)).collect(),
        }
    }

    fn ima(&self, part: &[i32]) -> Vec<u8> {
        let (first, rest) = part.split_first().map_or((0, part), |(f, r)| (*f, r));
        let tries = (0..STEPS.len() as i32).step_by(8).map(|index| (index, ima_codes(first, index, rest)));
        let (index, codes, _) =
            tries.map(|(index, (codes, error))| (index, codes, error)).min_by_key(|t| t.2).unwrap_or_default();
        let mut out = Vec::with_capacity(self.block);
        let [low, high] = (first.clamp(-32_768, 32_767) as i16).to_le_bytes();
        (0..self.channels).for_each(|_| out.extend([low, high, index as u8, 0]));
        for eight in codes.chunks(8) {
            let bytes: Vec<u8> = eight.chunks(2).map(|c| c.iter().rev().fold(0, |sum, code| sum << 4 | code)).collect();
            (0..self.channels).for_each(|_| out.extend_from_slice(&bytes));
        }
        out
    }

    fn microsoft(&self, part: &[i32], pairs: &[(i32, i32)]) -> Vec<u8> {
        let tries = pairs
            .iter()
            .enumerate()
            .flat_map(|(n, pair)| BEGINNINGS.map(|step| (n, step, microsoft_codes(part, *pair, step))));
        let best = tries.min_by_key(|(_, _, (_, error))| *error);
        let Some((pair, step, (codes, _))) = best else { return Vec::new() };
        let mut out = Vec::with_capacity(self.block);
        let word =
            |out: &mut Vec<u8>, value: i32| (0..self.channels).for_each(|_| out.extend((value as i16).to_le_bytes()));
        out.extend(std::iter::repeat_n(pair as u8, self.channels));
        word(&mut out, step);
        let at = |n: usize| part.get(n).copied().unwrap_or(0).clamp(-32_768, 32_767);
        word(&mut out, at(1));
        word(&mut out, at(0));
        let nibbles: Vec<u8> = codes.iter().flat_map(|code| std::iter::repeat_n(*code, self.channels)).collect();
        out.extend(nibbles.chunks(2).map(|c| c.iter().fold(0, |sum, code| sum << 4 | code)));
        out
    }
}

/// IMA's codes for samples that follow `first`, and the sum of their squared errors.
fn ima_codes(first: i32, mut index: i32, rest: &[i32]) -> (Vec<u8>, i64) {
    let (mut last, mut error) = (first, 0i64);
    let codes = rest.iter().map(|sample| {
        let step = STEPS.get(index.clamp(0, 88) as usize).copied().unwrap_or(7);
        let difference = sample - last;
        let size = ((difference.abs() * 4) / step).min(7);
        let change = (step >> 3)
            + if size & 4 > 0 { step } else { 0 }
            + if size & 2 > 0 { step >> 1 } else { 0 }
            + if size & 1 > 0 { step >> 2 } else { 0 };
        last = (last + if difference < 0 { -change } else { change }).clamp(-32_768, 32_767);
        index = (index + MOVES.get(size as usize).copied().unwrap_or(0)).clamp(0, 88);
        error += i64::from(sample - last).pow(2);
        size as u8 | if difference < 0 { 8 } else { 0 }
    });
    let codes = codes.collect();
    (codes, error)
}

/// Microsoft's codes for the samples behind the first two, and the sum of their squared errors.
fn microsoft_codes(part: &[i32], (one, two): (i32, i32), mut step: i32) -> (Vec<u8>, i64) {
    let at = |n: usize| part.get(n).copied().unwrap_or(0);
    let (mut before, mut last, mut error) = (at(0), at(1), 0i64);
    let codes = part.iter().skip(2).map(|sample| {
        let expected = (last.wrapping_mul(one).wrapping_add(before.wrapping_mul(two))) >> 8;
        let code = ((f64::from(sample - expected) / f64::from(step)).round() as i32).clamp(-8, 7);
        (before, last) = (last, expected.saturating_add(code * step).clamp(-32_768, 32_767));
        let scale = SCALES.get(code as usize & 15).copied().unwrap_or(230);
        step = (step.saturating_mul(scale) >> 8).clamp(LEAST, i32::MAX / 768);
        error += i64::from(sample - last).pow(2);
        code as u8 & 15
    });
    let codes = codes.collect();
    (codes, error)
}
