//! Going over coefficients without looking at them.

use super::bits::BitReader;
use super::block::{ZEROS, nth_one, within};
use super::huffman::Table;

/// A symbol in the bits.
#[derive(Clone, Copy)]
pub(super) struct Between<'r, 'a> {
    /// The reader in front of it.
    pub(super) before: &'r BitReader<'a>,
    /// The reader behind it.
    pub(super) behind: &'r BitReader<'a>,
}

/// What is told on the way. Each time with the reader as it was before and behind a symbol.
pub(super) trait Follow<'a> {
    /// A first coefficient: of which component of the scan, by which table, what it was coded against, and its value.
    fn dc(
        &mut self,
        _component: usize,
        _table: usize,
        _between: Between<'_, 'a>,
        _predictor: i16,
        _value: i16,
    ) -> Option<()> {
        Some(())
    }

    /// A symbol that [`Skips`] was to tell of, or of a progressive scan; the bits of its value come behind.
    fn symbol(&mut self, _table: usize, _between: Between<'_, 'a>, _symbol: u8) {}

    /// A run of blocks that end at once, this one the first; it is longer than what is gone over, which is `left` blocks.
    fn cut(&mut self, _between: Between<'_, 'a>, _left: u32) {}
}

/// Nobody is told.
impl Follow<'_> for () {}

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
    /// Symbols that are to be `told` of are looked up one by one.
    pub(super) fn new(table: &Table, told: impl Fn(u8) -> bool) -> Self {
        let mut skips = Self { one: Box::new([0; 1 << LOOKUP]), more: Box::new([0; 1 << LOOKUP]) };
        for (bits, (one, more)) in (0u32..).zip(skips.one.iter_mut().zip(skips.more.iter_mut())) {
            let (mut length, mut steps) = (0, 0);
            while length < LOOKUP && steps <= STEP {
                let left = bits << length & ((1 << LOOKUP) - 1);
                // What follows the bits is not known: a code has to lie in them, its value does not.
                let Some((code, symbol)) = table.long(left << (16 - LOOKUP)) else { break };
                if length + code > LOOKUP || told(symbol) {
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

    /// Goes over the coefficients of a block behind the first; `None` where the bits are no code. `tell` gets the symbols
    /// that are not looked up here.
    #[inline(always)]
    pub(super) fn skip<'a>(
        &self,
        bits: &mut BitReader<'a>,
        table: &Table,
        mut tell: impl FnMut(Between<'_, 'a>, u8),
    ) -> Option<()> {
        let mut k = 1;
        while k < END - STEP {
            k += go(bits, &self.more, table, &mut tell)?;
        }
        while k < END {
            k += go(bits, &self.one, table, &mut tell)?;
        }
        Some(())
    }
}

#[inline(always)]
fn go<'a>(
    bits: &mut BitReader<'a>,
    skips: &[u16; 1 << LOOKUP],
    table: &Table,
    tell: &mut impl FnMut(Between<'_, 'a>, u8),
) -> Option<u32> {
    bits.refill();
    let entry = u32::from(skips.get(bits.peek(LOOKUP) as usize).copied().unwrap_or(0));
    if entry != 0 {
        bits.skip(entry & 0xff);
        return Some(entry >> 8);
    }
    let before = *bits;
    let symbol = table.decode(bits)?;
    tell(Between { before: &before, behind: bits }, symbol);
    let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    bits.skip(size);
    Some(if size == 0 && zeros < 15 { END } else { zeros + 1 })
}

/// A scan of a band of coefficients on its way over blocks.
pub(super) struct Band<'a> {
    pub(super) table: &'a Table,
    pub(super) index: usize,
    pub(super) band: (u8, u8),
    /// Blocks that are still to be gone over, with this one.
    pub(super) left: u32,
}

impl<'b> Band<'_> {
    /// Goes over a block in the first scan of a band, and says which coefficients are something else than zero.
    #[inline(always)]
    pub(super) fn first(&self, bits: &mut BitReader<'b>, run: &mut u32, follow: &mut impl Follow<'b>) -> Option<u64> {
        let (mut new, mut k, end) = (0, u32::from(self.band.0), u32::from(self.band.1));
        while k <= end {
            bits.refill();
            let before = *bits;
            let symbol = self.table.decode(bits)?;
            let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 && symbol != ZEROS {
                *run = self.run(bits, &before, symbol, follow) - 1;
                break;
            }
            follow.symbol(self.index, Between { before: &before, behind: bits }, symbol);
            bits.skip(size);
            k += zeros;
            new |= u64::from(size > 0).checked_shl(k)?;
            k += 1;
        }
        (k <= end + 1).then_some(new)
    }

    /// Goes over a block in a later scan; `old` are the coefficients that are something else than zero.
    #[inline(always)]
    pub(super) fn more(
        &self,
        bits: &mut BitReader<'b>,
        run: &mut u32,
        old: u64,
        follow: &mut impl Follow<'b>,
    ) -> Option<u64> {
        let (mut new, mut left) = (0, within(self.band));
        while *run == 0 && left != 0 {
            bits.refill();
            let before = *bits;
            let symbol = self.table.decode(bits)?;
            let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 && symbol != ZEROS {
                *run = self.run(bits, &before, symbol, follow);
                break;
            }
            follow.symbol(self.index, Between { before: &before, behind: bits }, symbol);
            let target = nth_one(left & !old, zeros);
            let behind = 1u64.checked_shl(target).map_or(0, |bit| bit.wrapping_neg());
            skip_many(bits, size + (left & !behind & old).count_ones());
            if size > 0 {
                new |= 1u64.checked_shl(target).filter(|_| size == 1)?;
            }
            left &= behind << 1;
        }
        if *run > 0 {
            skip_many(bits, (left & old).count_ones());
            *run -= 1;
        }
        Some(new)
    }

    /// Takes the length of a run of blocks that end at once.
    #[inline(always)]
    fn run(&self, bits: &mut BitReader<'b>, before: &BitReader<'b>, symbol: u8, follow: &mut impl Follow<'b>) -> u32 {
        let behind = *bits;
        let extra = u32::from(symbol >> 4);
        let run = 1 << extra | bits.take(extra);
        if run > self.left {
            follow.cut(Between { before, behind: bits }, self.left);
        } else {
            follow.symbol(self.index, Between { before, behind: &behind }, symbol);
        }
        run
    }
}

/// Goes over up to 64 bits.
#[inline(always)]
fn skip_many(bits: &mut BitReader, mut n: u32) {
    while n > 0 {
        bits.refill();
        let part = n.min(32);
        bits.skip(part);
        n -= part;
    }
}
