//! The word that a watermark carries: payload, content hash, keyed check.

use crate::key::Key;

/// Bits of a word.
pub(crate) const WORD: usize = 120;
/// Bits of the content hash in a word.
pub(crate) const HASH: u32 = 12;
/// Bits of the keyed check. With at most [`crate::image::TRIALS`] words looked at for a picture and key, a wrong payload
/// appears in one of 2^44 / 4,096 = 4.3e9 pictures.
pub(crate) const CHECK: u32 = 44;

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

fn check(key: &Key, payload: Payload, hash: u16) -> u64 {
    let mut message = [0; 10];
    message[..8].copy_from_slice(&payload.0.to_be_bytes());
    message[8..].copy_from_slice(&hash.to_be_bytes());
    key.tag("image/1/check", &message) >> (64 - CHECK)
}

/// The word of a payload and a content hash (its low 12 bits).
pub(crate) fn pack(key: &Key, payload: Payload, hash: u16) -> Vec<bool> {
    let hash = hash & ((1 << HASH) - 1);
    let bits = |value: u64, n: u32| (0..n).rev().map(move |i| value >> i & 1 == 1);
    bits(payload.0, 64).chain(bits(u64::from(hash), HASH)).chain(bits(check(key, payload, hash), CHECK)).collect()
}

/// Payload and content hash of a word whose check is right.
pub(crate) fn unpack(key: &Key, word: &[bool]) -> Option<(Payload, u16)> {
    let number = |bits: &[bool]| bits.iter().fold(0_u64, |v, &b| v << 1 | u64::from(b));
    let (payload, rest) = word.split_at_checked(64)?;
    let (hash, tag) = rest.split_at_checked(HASH as usize)?;
    let (payload, hash) = (Payload(number(payload)), number(hash) as u16);
    (number(tag) == check(key, payload, hash)).then_some((payload, hash))
}
