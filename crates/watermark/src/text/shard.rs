//! Shards as characters: an index of four bits and a symbol of twelve.

use super::{SHARDS, WORD, field};
use crate::key::Key;
use crate::payload::{Payload, TEXT};

/// The first of the four invisible operators, each of which is two bits.
const OPERATOR: u32 = 0x2061;
/// Operators of a shard.
pub(super) const OPERATORS: usize = 8;
/// A joiner is a bit.
const ZERO: char = '\u{200c}';
const ONE: char = '\u{200d}';
/// Joiners of a shard: the last one is U+200C, since U+200D forbids a line break behind it and joins emoji.
pub(super) const JOINERS: usize = 17;

/// Whether a character is one of those that marks are made of.
pub fn is_mark(c: char) -> bool {
    operator(c).is_some() || joiner(c).is_some()
}

/// The parts of a text between the characters that marks are made of.
pub fn without_marks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let bytes = text.as_bytes();
        let found = memchr::memchr_iter(0xe2, bytes).find(|at| bytes.get(*at..).is_some_and(begins_with_mark));
        let (part, behind) = text.split_at_checked(found.unwrap_or(text.len()))?;
        let marks = behind.as_bytes().chunks_exact(3).take_while(|unit| begins_with_mark(unit)).count();
        rest = found.and_then(|_| behind.get(3 * marks..));
        Some(part)
    })
}

/// Whether bytes of UTF-8 begin with a character that marks are made of; each of them has three.
fn begins_with_mark(bytes: &[u8]) -> bool {
    matches!(bytes, [0xe2, 0x81, 0xa1..=0xa4, ..] | [0xe2, 0x80, 0x8c | 0x8d, ..])
}

/// The two bits of an operator.
pub(super) fn operator(c: char) -> Option<u8> {
    u32::from(c).checked_sub(OPERATOR).filter(|bits| *bits < 4).map(|bits| bits as u8)
}

/// The bit of a joiner.
pub(super) fn joiner(c: char) -> Option<u8> {
    match c {
        ZERO => Some(0),
        ONE => Some(1),
        _ => None,
    }
}

/// A symbol and which of the sixteen it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    pub(super) index: u8,
    pub(super) symbol: u16,
}

impl Shard {
    fn bits(self) -> u16 {
        u16::from(self.index) << 12 | self.symbol
    }

    fn of(bits: u16) -> Self {
        Self { index: (bits >> 12) as u8, symbol: bits & 0xfff }
    }

    /// In operators.
    pub(super) fn operators(self) -> String {
        let bits = self.bits();
        (0..OPERATORS).rev().filter_map(|n| char::from_u32(OPERATOR + u32::from(bits >> (2 * n) & 3))).collect()
    }

    /// In joiners.
    pub(super) fn joiners(self) -> String {
        let bits = self.bits();
        let bit = |n: u32| if bits >> n & 1 == 1 { ONE } else { ZERO };
        (0..16).rev().map(bit).chain([ZERO]).collect()
    }

    /// The shards of a run of operators, by their bits; `None` where it does not consist of whole ones.
    pub(super) fn of_operators(run: &[u8]) -> Option<impl Iterator<Item = Self> + '_> {
        let whole = run.len().is_multiple_of(OPERATORS);
        let shard = |bits: &[u8]| Self::of(bits.iter().fold(0, |all, two| all << 2 | u16::from(*two)));
        whole.then(|| run.chunks_exact(OPERATORS).map(shard))
    }

    /// The shards of a run of joiners.
    pub(super) fn of_joiners(run: &[u8]) -> Option<impl Iterator<Item = Self> + '_> {
        let closed = |bits: &[u8]| bits.last() == Some(&0);
        let whole = run.len().is_multiple_of(JOINERS) && run.chunks_exact(JOINERS).all(closed);
        let shard =
            |bits: &[u8]| Self::of(bits.iter().take(JOINERS - 1).fold(0, |all, bit| all << 1 | u16::from(*bit)));
        whole.then(|| run.chunks_exact(JOINERS).map(shard))
    }
}

/// What the symbols of a word are hidden with, so that nothing of a payload shows without the key.
fn veil(key: &Key) -> [u16; WORD] {
    let mut stream = key.stream("text/1/veil");
    std::array::from_fn(|_| stream.below(1 << 12) as u16)
}

/// The symbols of all shards of a payload.
pub(super) fn symbols(key: &Key, payload: Payload) -> [u16; SHARDS] {
    let bits = TEXT.pack(key, payload, 0);
    let symbol = |n: usize| bits.iter().skip(n * 12).take(12).fold(0, |all, &bit| all << 1 | u16::from(bit));
    let veil = veil(key);
    field::encode(&std::array::from_fn(|n| symbol(n) ^ veil[n]))
}

/// The payload of symbols whose check is right.
pub(super) fn payload(key: &Key, symbols: &[u16; SHARDS]) -> Option<Payload> {
    let plain = symbols.iter().zip(veil(key)).map(|(symbol, veil)| symbol ^ veil);
    let bits: Vec<bool> = plain.flat_map(|symbol| (0..12).rev().map(move |n| symbol >> n & 1 == 1)).collect();
    TEXT.unpack(key, &bits).map(|(payload, _)| payload)
}
