//! The word that a watermark carries: payload, content hash, keyed check.

use crate::key::Key;

/// How the words of a medium are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    /// What the check is for: no word of one medium passes in another.
    purpose: &'static str,
    /// Bits of the content hash.
    pub(crate) hash: u32,
    /// Bits of the keyed check.
    pub(crate) check: u32,
}

/// Pictures. With at most [`crate::image::TRIALS`] words looked at for a picture and key, a wrong payload appears in one of
/// 2^44 / 4,096 = 4.3e9 pictures.
pub(crate) const IMAGE: Word = Word { purpose: "image/1/check", hash: 12, check: 44 };
/// Sounds. With at most 2^21 words looked at for an hour and key (`TRIALS` of its detector), a wrong payload appears once in
/// 2^52 / 2^21 = 2.1e9 hours.
pub(crate) const AUDIO: Word = Word { purpose: "audio/1/check", hash: 0, check: 52 };

/// Texts. With at most 4,096 words looked at for a text and key (`TRIALS` of its detector), a wrong payload appears in one of
/// 2^44 / 4,096 = 4.3e9 texts. 108 bits are nine words of twelve.
pub(crate) const TEXT: Word = Word { purpose: "text/1/check", hash: 0, check: 44 };

/// What a mark says: 64 bits. For labels the first 24 name the provider and the others the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Payload(pub u64);

impl std::fmt::Display for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl std::str::FromStr for Payload {
    type Err = std::num::ParseIntError;

    /// Reads 1 to 16 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

impl Word {
    /// Bits of a word.
    pub(crate) const fn bits(self) -> usize {
        (64 + self.hash + self.check) as usize
    }

    fn tag(self, key: &Key, payload: Payload, hash: u16) -> u64 {
        let mut message = [0; 10];
        message[..8].copy_from_slice(&payload.0.to_be_bytes());
        message[8..].copy_from_slice(&hash.to_be_bytes());
        key.tag(self.purpose, &message) >> (64 - self.check)
    }

    /// The word of a payload and a content hash (its low bits).
    pub(crate) fn pack(self, key: &Key, payload: Payload, hash: u16) -> Vec<bool> {
        let hash = hash & ((1 << self.hash) - 1);
        let bits = |value: u64, n: u32| (0..n).rev().map(move |i| value >> i & 1 == 1);
        let tag = self.tag(key, payload, hash);
        bits(payload.0, 64).chain(bits(u64::from(hash), self.hash)).chain(bits(tag, self.check)).collect()
    }

    /// Payload and content hash of a word whose check is right.
    pub(crate) fn unpack(self, key: &Key, word: &[bool]) -> Option<(Payload, u16)> {
        let number = |bits: &[bool]| bits.iter().fold(0_u64, |v, &b| v << 1 | u64::from(b));
        let (payload, rest) = word.split_at_checked(64)?;
        let (hash, tag) = rest.split_at_checked(self.hash as usize)?;
        let (payload, hash) = (Payload(number(payload)), number(hash) as u16);
        (number(tag) == self.tag(key, payload, hash)).then_some((payload, hash))
    }
}
