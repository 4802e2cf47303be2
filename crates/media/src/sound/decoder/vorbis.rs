//! How much memory the codebooks of a Vorbis stream ask for (Vorbis I, section 3.2.1): a few bytes can ask for terabytes,
//! which no process survives, so they are read before the decoder sees them.

pub(in crate::sound) mod bits;
pub(in crate::sound) mod codebook;

use bits::Bits;
use codebook::{Codebook, MOST};

/// Bytes of the identification header (section 4.2.2).
const IDENTIFICATION: usize = 30;
/// What the setup header begins with: its type, and the name of the codec.
pub(in crate::sound) const SETUP: &[u8] = b"\x05vorbis";

/// Whether the tables of all codebooks fit. `headers` is the identification and the setup header, one behind the other.
pub(super) fn is_modest(headers: &[u8]) -> bool {
    let setup = headers.get(IDENTIFICATION..).and_then(|rest| rest.strip_prefix(SETUP));
    setup.and_then(|body| codebooks(&mut Bits::new(body))).is_some()
}

/// All codebooks; `None` where they break off or have no room together.
pub(in crate::sound) fn codebooks(bits: &mut Bits<'_>) -> Option<Vec<Codebook>> {
    let mut left = MOST;
    (0..=bits.take(8)?).map(|_| Codebook::read(bits, &mut left)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers with one codebook of so many dimensions and entries, ordered, without a table.
    fn headers(dimensions: u32, entries: u32) -> Vec<u8> {
        let mut bits = Vec::new();
        let mut put = |value: u32, count: u32| (0..count).for_each(|n| bits.push(value >> n & 1));
        put(0, 8);
        put(codebook::PATTERN, 24);
        put(dimensions, 16);
        put(entries, 24);
        put(1, 1);
        put(0, 5);
        put(entries, bits::width(entries));
        put(0, 4);
        let body: Vec<u8> =
            bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |sum, bit| sum << 1 | *bit as u8)).collect();
        [&[0; IDENTIFICATION], SETUP, &body].concat()
    }

    #[test]
    fn codebooks_that_ask_for_gigabytes_are_refused() {
        assert!(is_modest(&headers(8, 6561)));
        for (dimensions, entries) in [(65_535, 1 << 23), (2, 3 << 20), (0, 0xff_ffff)] {
            assert!(!is_modest(&headers(dimensions, entries)), "{dimensions} {entries}");
        }
        assert!(!is_modest(&[]) && !is_modest(&headers(8, 6561)[..45]));
    }
}
