//! Huffman codes as a file defines them (T.81 Annex C), read, written, and made to say more than they did.

use super::bits::BitReader;

/// Bits that one look-up decides on; longer codes are rare.
const LOOKUP: u32 = 10;
/// The longest code.
const LONGEST: u32 = 16;

/// The number of codes of each length, 1-16, and what they stand for, by length (T.81 B.2.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Codes {
    pub(super) counts: [u8; 16],
    pub(super) symbols: Vec<u8>,
}

impl Codes {
    /// The length of each code, in order.
    fn lengths(&self) -> impl Iterator<Item = u32> + '_ {
        (1..).zip(self.counts).flat_map(|(length, count)| std::iter::repeat_n(length, count.into()))
    }

    /// How many codes of 16 bits are free, beside that of ones alone, which has to stay so (T.81 C.2).
    fn room(&self) -> i32 {
        (1 << LONGEST) - 1 - self.lengths().map(|length| 1 << (LONGEST - length)).sum::<i32>()
    }

    /// The same with codes of 16 bits for `missing`, and whether all others are as they were. Where there is no room below
    /// the prefix of ones, the rarest codes become longer: those of 15 bits first, each of which makes room for one more.
    /// `None` where that is not enough.
    pub(super) fn with(&self, missing: &[u8]) -> Option<(Self, bool)> {
        let mut out = self.clone();
        let mut room = self.room();
        let wanted = u8::try_from(missing.len()).ok()?;
        let kept = i32::from(wanted) <= room;
        let [shorter @ .., longest] = &mut out.counts;
        while room < wanted.into() {
            // The last symbol of a shorter length becomes the first of the longest: their order stays.
            let (n, count) = shorter.iter_mut().enumerate().rfind(|(_, count)| **count > 0)?;
            *count -= 1;
            *longest = longest.checked_add(1)?;
            room += (1 << (15 - n)) - 1;
        }
        *longest = longest.checked_add(wanted)?;
        out.symbols.extend(missing);
        (out.symbols.len() <= 256).then_some((out, kept))
    }
}

/// Codes, ready for use.
pub(super) struct Table {
    /// By the next bits: length and symbol of the code they begin with; 0 where it is longer, or none.
    lookup: [u16; 1 << LOOKUP],
    /// For each length from 0 on: the first 16 bits that belong to a longer code.
    limits: [u32; 17],
    /// For each length: what leads from a code to the place of its symbol.
    places: [i32; 17],
    symbols: Vec<u8>,
    /// For each symbol: code and length; length 0 where it has none.
    codes: [(u16, u8); 256],
}

impl Table {
    /// `None` where there are more codes than fit, or fewer symbols than codes.
    pub(super) fn new(codes: &Codes) -> Option<Self> {
        let mut table = Self {
            lookup: [0; 1 << LOOKUP],
            limits: [0; 17],
            places: [0; 17],
            symbols: codes.symbols.clone(),
            codes: [(0, 0); 256],
        };
        let (mut code, mut place) = (0u32, 0usize);
        let Self { lookup, limits, places, codes: known, .. } = &mut table;
        let lengths = (1..=LONGEST).zip(codes.counts).zip(limits.iter_mut().skip(1).zip(places.iter_mut().skip(1)));
        for ((length, count), (limit, first)) in lengths {
            code <<= 1;
            *first = i32::try_from(place).ok()? - i32::try_from(code).ok()?;
            for symbol in codes.symbols.get(place..place + usize::from(count))? {
                if let Some(entry @ (_, 0)) = known.get_mut(usize::from(*symbol)) {
                    *entry = (u16::try_from(code).ok()?, length as u8);
                }
                if length <= LOOKUP {
                    let at = (code << (LOOKUP - length)) as usize;
                    let entries = lookup.get_mut(at..at + (1 << (LOOKUP - length)))?;
                    entries.fill((length as u16) << 8 | u16::from(*symbol));
                }
                code += 1;
            }
            place += usize::from(count);
            *limit = code << (LONGEST - length);
            if code > 1 << length {
                return None;
            }
        }
        Some(table)
    }

    /// Takes a symbol from filled-in bits; `None` where they are no code.
    #[inline(always)]
    pub(super) fn decode(&self, bits: &mut BitReader) -> Option<u8> {
        let entry = self.lookup.get(bits.peek(LOOKUP) as usize).copied().unwrap_or(0);
        if entry != 0 {
            bits.skip(u32::from(entry >> 8));
            return Some(entry as u8);
        }
        let (length, symbol) = self.long(bits.peek(LONGEST))?;
        bits.skip(length);
        Some(symbol)
    }

    /// Length and symbol of the code that 16 bits begin with.
    pub(super) fn long(&self, bits: u32) -> Option<(u32, u8)> {
        let length =
            (1..=LONGEST).find(|length| self.limits.get(*length as usize).is_some_and(|limit| bits < *limit))?;
        let place = self.places.get(length as usize)? + (bits >> (LONGEST - length)) as i32;
        Some((length, *self.symbols.get(usize::try_from(place).ok()?)?))
    }

    /// The code of a symbol and its length.
    #[inline(always)]
    pub(super) fn code(&self, symbol: u8) -> Option<(u32, u32)> {
        let (code, length) = self.codes.get(usize::from(symbol)).copied().unwrap_or_default();
        (length > 0).then(|| (code.into(), length.into()))
    }
}

/// A value of so many bits, as they are coded (T.81 table F.1 and F.12, "EXTEND").
#[inline(always)]
pub(super) fn extend(bits: u32, size: u32) -> i32 {
    let value = bits.cast_signed();
    if size > 0 && value >> (size - 1) == 0 { value - (1 << size) + 1 } else { value }
}

/// The size of a value, and the bits that it is coded by.
#[inline(always)]
pub(super) fn value_bits(value: i32) -> (u32, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 { value - 1 } else { value };
    (size, bits.cast_unsigned() & ((1 << size) - 1))
}

#[cfg(test)]
mod tests {
    use super::super::bits::{BitWriter, Position};
    use super::*;
    use proptest::prelude::*;

    /// Codes with no more than what fits, from wanted numbers of each length.
    fn codes(wanted: &[u8], symbols: &[u8]) -> Codes {
        let mut codes = Codes { counts: [0; 16], symbols: Vec::new() };
        let mut room = (1 << 16) - 1u32;
        let mut symbols = symbols.iter();
        for (length, wanted) in (1..).zip(wanted) {
            for _ in 0..*wanted {
                let size = 1 << (16 - length);
                if let Some(symbol) = symbols.next().filter(|_| size <= room) {
                    room -= size;
                    codes.counts[length - 1] += 1;
                    codes.symbols.push(*symbol);
                }
            }
        }
        codes
    }

    fn check(codes: &Codes) -> Table {
        let table = Table::new(codes).unwrap();
        for symbol in &codes.symbols {
            let (code, length) = table.code(*symbol).unwrap();
            assert_ne!(code, (1 << length) - 1, "all ones");
            let mut writer = BitWriter::default();
            writer.put(code, length);
            let bytes = writer.finish();
            let mut reader = BitReader::at(&bytes, Position::default());
            assert_eq!(table.decode(&mut reader), Some(*symbol));
            assert_eq!(table.long(code << (LONGEST - length)), Some((length, *symbol)));
        }
        table
    }

    proptest! {
        #[test]
        fn codes_come_back_and_grow(wanted in prop::collection::vec(0u8..6, 16), order in Just((0..=255u8).collect::<Vec<_>>()).prop_shuffle(), more in 1usize..40) {
            let old = codes(&wanted, &order);
            let table = check(&old);
            let missing = &order[old.symbols.len()..][..more];
            if let Some((new, kept)) = old.with(missing) {
                let grown = check(&new);
                prop_assert!(missing.iter().all(|s| grown.code(*s).is_some()));
                let same = old.symbols.iter().all(|s| grown.code(*s) == table.code(*s));
                prop_assert_eq!(kept, same);
                let longer = old.symbols.iter().filter(|s| grown.code(**s).unwrap().1 != table.code(**s).unwrap().1);
                prop_assert!(longer.count() <= more);
            } else {
                prop_assert!(old.symbols.len() < 2);
            }
        }

        #[test]
        fn values_come_back(value in -32767i32..=32767) {
            let (size, bits) = value_bits(value);
            prop_assert_eq!(extend(bits, size), value);
        }
    }

    #[test]
    fn too_many_codes_are_refused() {
        let mut codes = Codes { counts: [0; 16], symbols: vec![0, 1, 2] };
        codes.counts[0] = 3;
        assert!(Table::new(&codes).is_none());
        codes.counts[0] = 2;
        assert!(Table::new(&codes).is_some(), "all ones are no reason to refuse a file");
        codes.counts = [9; 16];
        assert!(Table::new(&codes).is_none());
    }
}
