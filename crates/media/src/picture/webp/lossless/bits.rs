//! Bits and prefix codes (RFC 9649 3.7.2).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Longest code of a symbol, and of a code length.
const LONGEST: u8 = 15;
const LONGEST_OF_LENGTHS: u8 = 7;
/// The order in which the lengths of the codes of lengths are written.
const ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Bits, the lowest of a byte first.
#[derive(Debug, Default)]
pub(super) struct Bits {
    out: Vec<u8>,
    value: u64,
    count: u32,
}

impl Bits {
    /// Puts the lowest `count` bits of a value, 32 at most.
    pub(super) fn put(&mut self, value: u32, count: u32) {
        self.value |= u64::from(value) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.out.push(self.value as u8);
            self.value >>= 8;
            self.count -= 8;
        }
    }

    /// The bytes, the last one filled up.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.put(0, (8 - self.count) % 8);
        self.out
    }
}

/// A prefix code: for each symbol its length and its bits, the first in the lowest place.
#[derive(Debug)]
pub(super) struct Code {
    words: Vec<(u8, u16)>,
}

impl Code {
    /// The code for symbols that are that frequent.
    pub(super) fn new(counts: &[u32]) -> Self {
        Self::limited(counts, LONGEST)
    }

    fn limited(counts: &[u32], longest: u8) -> Self {
        let mut floor = 1;
        let mut lengths = lengths(counts, floor);
        // Rare symbols are made less rare until no code is too long.
        while lengths.iter().any(|l| *l > longest) {
            floor *= 2;
            lengths = self::lengths(counts, floor);
        }
        // Canonical: shorter codes first, then lower symbols.
        let mut order: Vec<(u8, usize)> = lengths.iter().copied().zip(0..).filter(|(length, _)| *length > 0).collect();
        order.sort_unstable();
        let mut words = vec![(0, 0); counts.len()];
        let (mut next, mut before) = (0u16, 0);
        for (length, symbol) in order {
            next <<= length - before;
            before = length;
            if let Some(word) = words.get_mut(symbol) {
                *word = (length, next.reverse_bits() >> (16 - u32::from(length)));
            }
            next = next.wrapping_add(1);
        }
        Self { words }
    }

    /// Bits of all symbols together.
    pub(super) fn size(&self, counts: &[u32]) -> u64 {
        self.words.iter().zip(counts).map(|((length, _), count)| u64::from(*length) * u64::from(*count)).sum()
    }

    /// Puts a symbol.
    pub(super) fn put(&self, symbol: usize, bits: &mut Bits) {
        let (length, word) = self.words.get(symbol).copied().unwrap_or_default();
        bits.put(word.into(), length.into());
    }

    /// Puts the code itself; a symbol that is the only one takes no bits from then on.
    pub(super) fn describe(&mut self, bits: &mut Bits) {
        let used: Vec<usize> = (0..).zip(&self.words).filter(|(_, (l, _))| *l > 0).map(|(s, _)| s).collect();
        match *used.as_slice() {
            [] => bits.put(0b0001, 4),
            [only] if only < 256 => {
                bits.put(0b101, 3);
                bits.put(only as u32, 8);
                self.words.fill((0, 0));
            }
            [first, second] if second < 256 => {
                bits.put(0b111, 3);
                bits.put(first as u32, 8);
                bits.put(second as u32, 8);
            }
            _ => self.describe_lengths(bits),
        }
    }

    fn describe_lengths(&self, bits: &mut Bits) {
        let lengths: Vec<u8> = self.words.iter().map(|(length, _)| *length).collect();
        let runs = runs(&lengths);
        let mut counts = [0; 19];
        for (symbol, _, _) in &runs {
            if let Some(count) = counts.get_mut(*symbol) {
                *count += 1;
            }
        }
        let code = Self::limited(&counts, LONGEST_OF_LENGTHS);
        let length = |symbol: &usize| code.words.get(*symbol).map_or(0, |(length, _)| *length);
        let written = ORDER.iter().rposition(|s| length(s) > 0).map_or(4, |last| (last + 1).max(4));
        bits.put(0, 1);
        bits.put(written as u32 - 4, 4);
        for symbol in ORDER.iter().take(written) {
            bits.put(length(symbol).into(), 3);
        }
        // Lengths for the whole alphabet follow.
        bits.put(0, 1);
        for (symbol, extra, count) in runs {
            code.put(symbol, bits);
            bits.put(extra, count);
        }
    }
}

/// Code lengths (Huffman) with every used symbol at least `floor` frequent; one for a symbol that is the only one.
fn lengths(counts: &[u32], floor: u32) -> Vec<u8> {
    let mut out = vec![0; counts.len()];
    let used: Vec<(usize, u32)> = (0..).zip(counts.iter().copied()).filter(|(_, c)| *c > 0).collect();
    let mut heap: BinaryHeap<_> =
        used.iter().zip(0..).map(|((_, c), node)| Reverse((u64::from((*c).max(floor)), node))).collect();
    let mut parents = vec![0; used.len()];
    while let (Some(Reverse((a, left))), Some(Reverse((b, right)))) = (heap.pop(), heap.pop()) {
        let node = parents.len();
        for child in [left, right] {
            if let Some(parent) = parents.get_mut::<usize>(child) {
                *parent = node;
            }
        }
        parents.push(node);
        heap.push(Reverse((a + b, node)));
    }
    let mut depths = vec![0u8; parents.len()];
    for node in (0..parents.len().saturating_sub(1)).rev() {
        let above = parents.get(node).and_then(|p| depths.get(*p)).copied().unwrap_or(0);
        if let Some(depth) = depths.get_mut(node) {
            *depth = above.saturating_add(1);
        }
    }
    for ((symbol, _), depth) in used.iter().zip(&depths) {
        if let Some(length) = out.get_mut(*symbol) {
            *length = (*depth).max(1);
        }
    }
    out
}

/// Code lengths as symbols: a length, or 17 or 18 for many zeros; and more bits, and how many.
fn runs(lengths: &[u8]) -> Vec<(usize, u32, u32)> {
    let mut out = Vec::new();
    for run in lengths.chunk_by(|a, b| a == b) {
        let (value, mut left) = (run.first().copied().unwrap_or(0), run.len());
        if value > 0 {
            out.push((value.into(), 0, 0));
            left -= 1;
        }
        while left >= 3 {
            let (symbol, least, most, bits) = match value {
                0 if left < 11 => (17, 3, 10, 3),
                0 => (18, 11, 138, 7),
                // The length before, again.
                _ => (16, 3, 6, 2),
            };
            let taken = left.min(most);
            out.push((symbol, (taken - least) as u32, bits));
            left -= taken;
        }
        out.extend(std::iter::repeat_n((value.into(), 0, 0), left));
    }
    out
}
