//! Going over coefficients without looking at them.

use super::bits::BitReader;
use super::huffman::Table;

/// Bits that one look-up decides on.
const LOOKUP: u32 = 12;
/// What a symbol moves on by, at most, if it does not end the block.
const STEP: u32 = 16;
/// Moves behind every block.
const END: u32 = 64;

/// For the next bits: how many of them, values included, whole symbols take, and how many coefficients these are.
pub(super) struct Skips {
    /// One symbol.
    one: Box<[u16; 1 << LOOKUP]>,
    /// As many as the bits hold; those but the last move on by [`STEP`] at most.
    more: Box<[u16; 1 << LOOKUP]>,
}

impl Skips {
    pub(super) fn new(table: &Table) -> Self {
        let mut skips = Self { one: Box::new([0; 1 << LOOKUP]), more: Box::new([0; 1 << LOOKUP]) };
        for (bits, (one, more)) in (0u32..).zip(skips.one.iter_mut().zip(skips.more.iter_mut())) {
            let (mut length, mut steps) = (0, 0);
            while length < LOOKUP && steps <= STEP {
                let left = bits << length & ((1 << LOOKUP) - 1);
                // What follows the bits is not known: a code has to lie in them, its value does not.
                let Some((code, symbol)) = table.long(left << (16 - LOOKUP)) else { break };
                if length + code > LOOKUP {
                    break;
                }
                let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
                length += code + size;
                steps += if size == 0 && zeros < 15 { END } else { zeros + 1 };
                *more = (steps << 8 | length) as u16;
                if *one == 0 {
                    *one = *more;
                }
            }
        }
        skips
    }

    /// Goes over the coefficients of a block behind the first; `None` where the bits are no code.
    #[inline(always)]
    pub(super) fn skip(&self, bits: &mut BitReader, table: &Table) -> Option<()> {
        let mut k = 1;
        while k < END - STEP {
            k += go(bits, &self.more, table)?;
        }
        while k < END {
            k += go(bits, &self.one, table)?;
        }
        Some(())
    }
}

#[inline(always)]
fn go(bits: &mut BitReader, skips: &[u16; 1 << LOOKUP], table: &Table) -> Option<u32> {
    bits.refill();
    let entry = u32::from(skips.get(bits.peek(LOOKUP) as usize).copied().unwrap_or(0));
    if entry == 0 {
        return long(bits, table);
    }
    bits.skip(entry & 0xff);
    Some(entry >> 8)
}

#[cold]
#[inline(never)]
fn long(bits: &mut BitReader, table: &Table) -> Option<u32> {
    let symbol = table.decode(bits)?;
    let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    bits.skip(size);
    Some(if size == 0 && zeros < 15 { END } else { zeros + 1 })
}
