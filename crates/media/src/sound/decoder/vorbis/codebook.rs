//! Codebooks of Vorbis: codes of Huffman, and vectors that stand behind them (Vorbis I, section 3).

use super::bits::{Bits, width};

/// Pattern at the start of a codebook.
pub(super) const PATTERN: u32 = 0x56_4342;
/// Most entries of all codebooks together, and most numbers in their tables. libvorbis' own encoder stays below a hundredth.
pub(super) const MOST: u64 = 4 << 20;

/// A codebook as it is written down.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sound) struct Codebook {
    /// Numbers of a vector, or for classes how many a code word tells.
    pub(in crate::sound) dimensions: usize,
    /// Bits of the code word of each entry; 0 for one that is not used.
    pub(in crate::sound) lengths: Vec<u8>,
    lookup: Option<Lookup>,
}

/// What vectors are computed from (section 3.2.1).
#[derive(Debug, Clone, PartialEq)]
struct Lookup {
    least: f64,
    step: f64,
    /// Whether each number of a vector counts from the one before.
    sequence: bool,
    /// Of a lattice, the numbers are those of each dimension; else there is one for each number of each vector.
    lattice: bool,
    numbers: Vec<u16>,
}

impl Codebook {
    /// The codebook that begins here, of which the size is taken from what is `left`; `None` where it breaks off, is none or has
    /// no room.
    pub(in crate::sound) fn read(bits: &mut Bits<'_>, left: &mut u64) -> Option<Self> {
        (bits.take(24)? == PATTERN).then_some(())?;
        let (dimensions, entries) = (bits.take(16)?, bits.take(24)?);
        let table = u64::from(dimensions) * u64::from(entries);
        *left = left.checked_sub(table.max(entries.into()))?;
        let lengths = lengths(bits, entries)?;
        let lookup = match bits.take(4)? {
            0 => None,
            kind => Some(Lookup::read(bits, kind == 1, if kind == 1 { root(entries, dimensions) } else { table })?),
        };
        Some(Self { dimensions: usize::try_from(dimensions).ok()?, lengths, lookup })
    }

    /// The code word of each entry, its first bit the highest one; `None` where there are more than fit in a tree.
    pub(in crate::sound) fn words(&self) -> Option<Vec<u32>> {
        // The lowest free place of each length, as a number of 32 bits ("available" in libvorbis).
        let mut free = [None; 33];
        let mut first = true;
        let word = |length: &u8| {
            let length = usize::from(*length);
            if length == 0 {
                return Some(0);
            }
            if std::mem::take(&mut first) {
                // The first word is all zeros: of each shorter length, the place beside it is free.
                free.iter_mut().enumerate().skip(1).take(length).for_each(|(n, place)| *place = Some(1u32 << (32 - n)));
                return Some(0);
            }
            let taken = (1..=length).rev().find(|n| free.get(*n).is_some_and(Option::is_some))?;
            let word = free.get_mut(taken)?.take()?;
            for n in taken + 1..=length {
                *free.get_mut(n)? = Some(word + (1u32 << (32 - n)));
            }
            Some(word >> (32 - length))
        };
        self.lengths.iter().map(word).collect()
    }

    /// The vectors of all entries, one behind the other; `None` where there are none.
    pub(in crate::sound) fn vectors(&self) -> Option<Vec<f64>> {
        let lookup = self.lookup.as_ref()?;
        let mut out = Vec::with_capacity(self.lengths.len() * self.dimensions);
        for entry in 0..self.lengths.len() {
            let (mut last, mut rest) = (0.0, entry);
            for n in 0..self.dimensions {
                let at = if lookup.lattice {
                    let count = lookup.numbers.len().max(1);
                    let at = rest % count;
                    rest /= count;
                    at
                } else {
                    entry * self.dimensions + n
                };
                let number = f64::from(*lookup.numbers.get(at)?) * lookup.step + lookup.least + last;
                if lookup.sequence {
                    last = number;
                }
                out.push(number);
            }
        }
        Some(out)
    }
}

impl Lookup {
    fn read(bits: &mut Bits<'_>, lattice: bool, count: u64) -> Option<Self> {
        let (least, step) = (float(bits.take(32)?), float(bits.take(32)?));
        let width = bits.take(4)? + 1;
        let sequence = bits.flag()?;
        let mut numbers = Vec::new();
        for _ in 0..count {
            numbers.push(u16::try_from(bits.take(width)?).ok()?);
        }
        Some(Self { least, step, sequence, lattice, numbers })
    }
}

/// The lengths of code words, in one of three ways.
fn lengths(bits: &mut Bits<'_>, entries: u32) -> Option<Vec<u8>> {
    let mut lengths = Vec::new();
    if bits.flag()? {
        let mut length = bits.take(5)? + 1;
        let mut named = 0;
        while named < entries {
            let count = bits.take(width(entries - named))?;
            named = named.checked_add(count).filter(|named| *named <= entries)?;
            lengths.resize(usize::try_from(named).ok()?, u8::try_from(length).ok().filter(|n| *n <= 32)?);
            length += 1;
        }
    } else {
        let sparse = bits.flag()?;
        for _ in 0..entries {
            let used = !sparse || bits.flag()?;
            lengths.push(if used { u8::try_from(bits.take(5)? + 1).ok()? } else { 0 });
        }
    }
    Some(lengths)
}

/// A number with a fraction (section 9.2.2).
fn float(packed: u32) -> f64 {
    let size = f64::from(packed & 0x1f_ffff) * libm::exp2(f64::from(packed >> 21 & 0x3ff) - 788.0);
    if packed >> 31 == 1 { -size } else { size }
}

/// The greatest number of which the power `dimensions` is not above `entries` (section 9.2.3).
fn root(entries: u32, dimensions: u32) -> u64 {
    let fits = |n: u64| n.checked_pow(dimensions).is_some_and(|power| power <= entries.into());
    if dimensions == 0 {
        return 0;
    }
    // At most 4096 steps for two dimensions; for one, it is the number itself.
    if dimensions == 1 { entries.into() } else { (1..).take_while(|n| fits(*n)).last().unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(lengths: &[u8]) -> Codebook {
        Codebook { dimensions: 1, lengths: lengths.to_vec(), lookup: None }
    }

    #[test]
    fn roots_are_those_of_the_specification() {
        for (entries, dimensions, value) in [(6561, 8, 3), (6560, 8, 2), (9, 2, 3), (7, 1, 7), (1, 9, 1), (0, 3, 0)] {
            assert_eq!(root(entries, dimensions), value, "{entries} {dimensions}");
        }
    }

    #[test]
    fn words_are_those_of_the_specification() {
        // The example of section 3.2.1.
        let words = book(&[2, 4, 4, 4, 4, 2, 3, 3]).words().unwrap();
        assert_eq!(words, [0b00, 0b0100, 0b0101, 0b0110, 0b0111, 0b10, 0b110, 0b111]);
        assert_eq!(book(&[0, 1, 0]).words().unwrap(), [0, 0, 0]);
        assert_eq!(book(&[32, 1]).words().unwrap(), [0, 1]);
        assert!(book(&[1, 1, 1]).words().is_none());
    }

    #[test]
    fn numbers_are_those_of_the_specification() {
        // A mantissa of 21 bits, an exponent that counts from 788, a sign.
        assert_eq!((float(768 << 21 | 1 << 20), float(1 << 31 | 788 << 21 | 3)), (1.0, -3.0));
    }

    #[test]
    fn vectors_are_a_lattice_or_a_list() {
        let lookup = |lattice, sequence, numbers: &[u16]| Lookup {
            least: -1.0,
            step: 1.0,
            sequence,
            lattice,
            numbers: numbers.to_vec(),
        };
        let with = |lookup| Codebook { dimensions: 2, lengths: vec![2; 4], lookup: Some(lookup) };
        assert_eq!(with(lookup(true, false, &[0, 2])).vectors().unwrap(), [-1.0, -1.0, 1.0, -1.0, -1.0, 1.0, 1.0, 1.0]);
        assert_eq!(with(lookup(true, true, &[0, 2])).vectors().unwrap(), [-1.0, -2.0, 1.0, 0.0, -1.0, 0.0, 1.0, 2.0]);
        let list = [0, 1, 2, 3, 4, 5, 6, 7];
        assert_eq!(with(lookup(false, false, &list)).vectors().unwrap(), [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert!(with(lookup(false, false, &list[..7])).vectors().is_none());
    }
}
