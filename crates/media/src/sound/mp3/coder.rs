//! A label as frames of Layer III: long blocks, scale factors of 0, one gain for all lines of a granule, one Huffman table for
//! all pairs of lines (ISO/IEC 11172-3 2.4.1.7 and 2.4.2.7).
//!
//! The frames are computed, not made beforehand: rates, modes, bitrates and check sums are those of the file, and two tones and
//! silence need no encoder in general. No masking has to be reckoned with, as the gain is as fine as a frame has room for.

use biaoshi_container::mpeg::Header;

use super::huffman::{ESCAPE, LINBITS, TABLES, Table};
use super::hybrid::{LINES, granules};
use crate::sound::bits::Bits;

/// `global_gain` at which a value of 1 is a line of 1 (2.4.3.4.7.1).
const UNITY: f64 = 210.0;
/// Steps of the gain that halve a line.
const HALVING: f64 = 4.0;
/// Steps under the largest line of a label, from the finest, with noise at -60 dB, to the coarsest, in which tones are hardly
/// tones any more.
const FINEST: u8 = 48;
const COARSEST: u8 = 12;
/// Most bits of a granule that `part2_3_length` can count.
const MOST_BITS: u32 = 4095;
/// `mode_extension` of two channels that are coded as their middle and their difference.
const MIDDLE: u8 = 2;

/// What the frames of a label are to be like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coder {
    /// A header of the content, with the lowest bitrate that frames may have.
    pub(super) header: Header,
    /// Whether they all have to have it.
    pub(super) constant: bool,
    /// Whether frames of the content are padded, so that this bitrate is met.
    pub(super) padded: bool,
}

impl Coder {
    /// Frames that are decoded as these samples of each channel; `None` where the bitrate has no room for them. The last
    /// one may be longer than the samples. They need no bytes of frames before them.
    pub(super) fn frames(&self, samples: &[f32]) -> Option<Vec<u8>> {
        let (size, each) = (self.header.samples() as usize, self.header.granules() as usize);
        let mut lines = granules(samples, samples.len().div_ceil(size) * each);
        if self.header.joint() {
            // The middle is the sum by the root of 2 (2.4.3.4.9.2).
            lines.iter_mut().flatten().for_each(|line| *line *= std::f64::consts::SQRT_2);
        }
        let peak = lines.iter().flatten().fold(0f64, |peak, line| peak.max(line.abs()));
        let (mut out, mut slots) = (Vec::new(), Slots::new(self));
        for part in lines.chunks(each) {
            out.extend(self.frame(part, peak, slots.pad())?);
        }
        Some(out)
    }

    /// One frame: with the finest step that there is room for, in the lowest bitrate that has it.
    fn frame(&self, lines: &[[f64; LINES]], peak: f64, padded: bool) -> Option<Vec<u8>> {
        let extension = if self.header.joint() { MIDDLE } else { 0 };
        let more = self.header.bitrates().filter(|k| *k > self.header.kilobits && !self.constant);
        let bitrates = std::iter::once(self.header.kilobits).chain(more);
        let headers: Vec<Header> = bitrates.filter_map(|k| self.header.with(k, padded, extension)).collect();
        (COARSEST..=FINEST).rev().find_map(|steps| {
            let gain = UNITY + (HALVING * peak.max(f64::MIN_POSITIVE).log2()).ceil() - f64::from(steps);
            let coded: Vec<Granule> = lines.iter().map(|lines| Granule::new(lines, gain.clamp(0.0, 255.0))).collect();
            headers.iter().find_map(|header| write(header, &coded))
        })
    }
}

/// Which frames get a byte more, so that a constant bitrate is met (2.4.3.1).
struct Slots {
    /// What a frame lacks of a byte, in parts of `whole`.
    missing: u64,
    whole: u64,
    owed: u64,
}

impl Slots {
    fn new(coder: &Coder) -> Self {
        let (header, whole) = (&coder.header, u64::from(coder.header.rate));
        let bytes = u64::from(header.samples()) / 8 * u64::from(header.kilobits) * 1000;
        Self { missing: if coder.padded && coder.constant { bytes % whole } else { 0 }, whole, owed: 0 }
    }

    fn pad(&mut self) -> bool {
        self.owed += self.missing;
        let pads = self.owed >= self.whole;
        self.owed -= if pads { self.whole } else { 0 };
        pads
    }
}

/// The coded lines of a granule of one channel.
#[derive(Debug, Default)]
struct Granule {
    /// Pairs of lines that are coded; behind them are zeros.
    pairs: u32,
    gain: u8,
    table: u8,
    /// Huffman codes and signs: the bits, and how many.
    codes: Vec<(u64, u32)>,
}

impl Granule {
    fn new(lines: &[f64; LINES], gain: f64) -> Self {
        let step = ((gain - UNITY) / HALVING).exp2();
        // A line is the power 4/3 of its value: what lies between two of them is nearer to the lower one up to 0.5946.
        let value = |line: &f64| ((line.abs() / step).powf(0.75) + 0.4054) as usize;
        let mut values: Vec<(usize, bool)> = lines.iter().map(|line| (value(line), *line < 0.0)).collect();
        let coded = values.iter().rposition(|(value, _)| *value > 0).map_or(0, |last| last + 1).next_multiple_of(2);
        values.truncate(coded);
        let largest = values.iter().map(|v| v.0).max().unwrap_or(0);
        let choices = tables(largest).map(|(table, number, linbits)| (number, code(&values, table, linbits)));
        let (table, codes) = choices.min_by_key(|(_, codes)| length(codes)).filter(|_| coded > 0).unwrap_or_default();
        Self { pairs: coded as u32 / 2, gain: gain as u8, table, codes }
    }

    /// The side information (2.4.1.7), for a frame of so many granules.
    fn describe(&self, granules: u32, info: &mut Bits) {
        info.push(length(&self.codes).into(), 12);
        info.push(self.pairs.into(), 9);
        info.push(self.gain.into(), 8);
        // scalefac_compress: no bits for any of them. Then window_switching_flag.
        info.push(0, if granules == 2 { 4 } else { 9 });
        info.push(0, 1);
        // The three regions share a table, so that it does not matter where they end.
        (0..3).for_each(|_| info.push(self.table.into(), 5));
        info.push(0, 4 + 3);
        // preflag (MPEG-1 alone), scalefac_scale, count1table_select.
        info.push(0, if granules == 2 { 3 } else { 2 });
    }
}

/// Bits of some codes.
fn length(codes: &[(u64, u32)]) -> u32 {
    codes.iter().map(|code| code.1).sum()
}

/// The tables for values up to the largest one, with their number and the bits behind their codes.
fn tables(largest: usize) -> impl Iterator<Item = (&'static Table, u8, u32)> {
    let escaped = TABLES.last().into_iter().flat_map(move |table| {
        let linbits = LINBITS.iter().zip(table.number..).find(|(bits, _)| largest < ESCAPE + (1 << **bits));
        linbits.map(|(bits, number)| (table, number, *bits))
    });
    let plain = TABLES.iter().take(TABLES.len() - 1).map(|table| (table, table.number, 0));
    plain.filter(move |(table, ..)| largest < table.size).chain(escaped)
}

/// The codes of values with their signs, pair by pair: the code of both, then what it lacks of each, and its sign.
fn code(values: &[(usize, bool)], table: &Table, linbits: u32) -> Vec<(u64, u32)> {
    let short = |value: usize| if linbits > 0 { value.min(ESCAPE) } else { value };
    let mut codes = Vec::new();
    for pair in values.chunks_exact(2) {
        if let [(x, _), (y, _)] = *pair {
            codes.push(table.code(short(x), short(y)));
        }
        for &(value, negative) in pair {
            if linbits > 0 && value >= ESCAPE {
                codes.push(((value - ESCAPE) as u64, linbits));
            }
            if value > 0 {
                codes.push((negative.into(), 1));
            }
        }
    }
    codes
}

/// A frame of granules that all channels share, or that are the middle of both; `None` where it has no room.
fn write(header: &Header, granules: &[Granule]) -> Option<Vec<u8>> {
    let (size, side, channels) = (header.length() as usize, header.side(), header.channels());
    let copies = if header.joint() { 1 } else { channels };
    let bits: u32 = granules.iter().map(|granule| length(&granule.codes)).sum();
    let room = size.checked_sub(side.end)? as u32 * 8;
    if bits * copies > room || granules.iter().any(|granule| length(&granule.codes) > MOST_BITS) {
        return None;
    }
    // The difference of two equal channels is silence.
    let difference = &Granule::default();
    let each = |granule| (0..channels).map(move |channel| if channel < copies { granule } else { difference });
    let all: Vec<&Granule> = granules.iter().flat_map(each).collect();
    let mut info = Bits::default();
    // main_data_begin: nothing of frames in front. Then private_bits and scfsi.
    info.push(0, header.begin_bits());
    let others = match (header.granules(), channels) {
        (2, 1) => 5 + 4,
        (2, _) => 3 + 8,
        (_, channels) => channels,
    };
    info.push(0, others);
    all.iter().for_each(|granule| granule.describe(header.granules(), &mut info));
    let info = info.aligned();
    let mut bytes = header.bytes().to_vec();
    if header.protected() {
        bytes.extend(header.check(&info).to_be_bytes());
    }
    bytes.extend(info);
    let mut out = Bits::behind(bytes);
    all.iter().flat_map(|granule| &granule.codes).for_each(|(code, count)| out.push(*code, *count));
    let mut bytes = out.aligned();
    bytes.resize(size, 0);
    Some(bytes)
}
