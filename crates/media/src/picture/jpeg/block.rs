//! What one scan says of one block, taken from bits and put into bits (T.81 F.1.2, F.2.2, G.1.2, G.2).

use super::bits::{BitReader, BitWriter};
use super::coding::Kind;
use super::huffman::{Table, extend, value_bits};

/// Symbol of a run of sixteen zeros.
pub(super) const ZEROS: u8 = 0xf0;
/// Blocks that end at once, at most, in one run (T.81 G.1.2.2).
const LONGEST_RUN: u32 = 0x7fff;

/// What a scan says of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saying {
    /// The first coefficient: its bits but for those that later scans say; in `DcMore`, one bit.
    pub(super) dc: i16,
    /// Coefficients that the scan makes something else than zero, as bits, the first as the lowest.
    pub(super) new: u64,
    /// The same as values, where they are new.
    pub(super) values: [i16; 64],
    /// `AcMore`: coefficients that were something else than zero before, and those of them that get a one.
    pub(super) old: u64,
    pub(super) ones: u64,
}

impl Saying {
    pub(super) const NOTHING: Self = Self { dc: 0, new: 0, values: [0; 64], old: 0, ones: 0 };

    /// What a scan says of a block with these coefficients.
    pub(super) fn of(block: &[i16; 64], kind: Kind, band: (u8, u8), low: u32) -> Self {
        let mut out = Self::NOTHING;
        out.dc = block[0] >> low;
        if kind == Kind::DcMore {
            out.dc &= 1;
        }
        for (k, value) in block.iter().enumerate().take(usize::from(band.1) + 1).skip(usize::from(band.0).max(1)) {
            let size = value.unsigned_abs() >> low;
            let bit = 1 << k;
            if size > 1 && kind == Kind::AcMore {
                out.old |= bit;
                out.ones |= if size & 1 == 1 { bit } else { 0 };
            } else if size > 0 {
                out.new |= bit;
                if let Some(to) = out.values.get_mut(k) {
                    *to = if *value < 0 { 0i16.wrapping_sub_unsigned(size) } else { size.cast_signed() };
                }
            }
        }
        out
    }

    /// Puts it into the coefficients of the block, as far as earlier scans made them.
    pub(super) fn apply(&self, block: &mut [i16; 64], kind: Kind, low: u32) {
        match kind {
            Kind::Sequential | Kind::DcFirst => block[0] = self.dc << low,
            Kind::DcMore => block[0] |= self.dc << low,
            Kind::AcFirst | Kind::AcMore => {}
        }
        for k in ones(self.new) {
            if let (Some(to), Some(value)) = (block.get_mut(k), self.values.get(k)) {
                *to = value << low;
            }
        }
        for k in ones(self.ones) {
            if let Some(to) = block.get_mut(k) {
                let one = if *to < 0 { -1i16 } else { 1 };
                *to = to.wrapping_add(one << low);
            }
        }
    }
}

/// The places of ones.
fn ones(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let next = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (next < 64).then_some(next as usize)
    })
}

/// Coefficients of a band.
pub(super) fn within(band: (u8, u8)) -> u64 {
    u64::MAX << band.0.min(63) & u64::MAX >> (63 - band.1.min(63))
}

/// Reads the difference of the first coefficient from the block before.
#[inline(always)]
pub(super) fn read_dc(bits: &mut BitReader, table: &Table) -> Option<i16> {
    bits.refill();
    let size = table.decode(bits)?;
    if size > 15 {
        return None;
    }
    Some(extend(bits.take(size.into()), size.into()) as i16)
}

/// Reads the other coefficients of a sequential scan.
#[inline(always)]
pub(super) fn read_ac(bits: &mut BitReader, table: &Table, out: &mut Saying) -> Option<()> {
    out.new = 0;
    let mut k = 1;
    while k < 64 {
        bits.refill();
        let symbol = table.decode(bits)?;
        let size = u32::from(symbol & 15);
        k += usize::from(symbol >> 4);
        if size == 0 {
            if symbol != ZEROS {
                break;
            }
        } else {
            // A run past the end is passed over, as decoders do.
            let value = extend(bits.take(size), size) as i16;
            if let Some(to) = out.values.get_mut(k) {
                *to = value;
                out.new |= 1 << k;
            }
        }
        k += 1;
    }
    Some(())
}

/// Reads what the first scan of a band says. `run` counts the blocks that still end at once.
#[inline(always)]
pub(super) fn read_band(
    bits: &mut BitReader,
    table: &Table,
    band: (u8, u8),
    run: &mut u32,
    out: &mut Saying,
) -> Option<()> {
    out.new = 0;
    if *run > 0 {
        *run -= 1;
        return Some(());
    }
    let mut k = u32::from(band.0);
    while k <= band.1.into() {
        bits.refill();
        let symbol = table.decode(bits)?;
        let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 && symbol != ZEROS {
            *run = (1 << zeros | bits.take(zeros)) - 1;
            break;
        }
        k += zeros;
        if k > band.1.into() {
            return None;
        }
        if size > 0 {
            let value = extend(bits.take(size), size) as i16;
            *out.values.get_mut(k as usize)? = value;
            out.new |= 1 << k;
        }
        k += 1;
    }
    Some(())
}

/// Reads what a later scan of a band says, where the coefficients of `out.old` are something else than zero.
#[inline(always)]
pub(super) fn read_more(
    bits: &mut BitReader,
    table: &Table,
    band: (u8, u8),
    run: &mut u32,
    out: &mut Saying,
) -> Option<()> {
    (out.new, out.ones) = (0, 0);
    // What the scan has still to speak of.
    let mut left = within(band);
    while *run == 0 && left != 0 {
        bits.refill();
        let symbol = table.decode(bits)?;
        let (zeros, size) = (u32::from(symbol >> 4), symbol & 15);
        let value = match size {
            0 if symbol != ZEROS => {
                *run = 1 << zeros | bits.take(zeros);
                break;
            }
            0 => 0,
            1 => extend(bits.take(1), 1) as i16,
            _ => return None,
        };
        // Behind as many zeros is the coefficient that the symbol means; those on the way get their bits.
        let free = left & !out.old;
        let target = nth_one(free, zeros);
        let passed = left & if target < 64 { (1 << target) - 1 } else { u64::MAX };
        correct(bits, passed & out.old, out);
        left = if target < 63 { left & u64::MAX << (target + 1) } else { 0 };
        if value != 0 {
            *out.values.get_mut(target as usize)? = value;
            out.new |= 1 << target;
        }
    }
    if *run > 0 {
        correct(bits, left & out.old, out);
        *run -= 1;
    }
    Some(())
}

/// Reads a bit for each of these coefficients.
#[inline(always)]
fn correct(bits: &mut BitReader, mut places: u64, out: &mut Saying) {
    while places != 0 {
        let part = places.count_ones().min(16);
        bits.refill();
        let mut values = bits.take(part) << (32 - part);
        for _ in 0..part {
            let place = places & places.wrapping_neg();
            if values >> 31 == 1 {
                out.ones |= place;
            }
            values <<= 1;
            places ^= place;
        }
    }
}

/// The place of a one, `n` others before it; 64 where there are not as many.
#[inline(always)]
pub(super) fn nth_one(mut mask: u64, n: u32) -> u32 {
    for _ in 0..n {
        mask &= mask.wrapping_sub(1);
    }
    mask.trailing_zeros()
}

/// A code table in use, and the symbols that it had no code for.
pub(super) struct Coder<'a> {
    pub(super) table: &'a Table,
    /// Symbols whose code is not that of the old table.
    changed: [bool; 256],
    pub(super) is_any_changed: bool,
    pub(super) missing: [bool; 256],
}

impl<'a> Coder<'a> {
    /// Writes with one table what another one was written with.
    pub(super) fn new(table: &'a Table, old: &Table) -> Self {
        let symbol = |n: usize| u8::try_from(n).unwrap_or(0);
        let before = |n: usize| old.code(symbol(n));
        let changed: [bool; 256] = std::array::from_fn(|n| before(n).is_some() && before(n) != table.code(symbol(n)));
        Self { table, changed, is_any_changed: changed.contains(&true), missing: [false; 256] }
    }

    /// Whether a symbol has another code than in the old table.
    pub(super) fn is_changed(&self, symbol: u8) -> bool {
        self.changed.get(usize::from(symbol)).is_some_and(|changed| *changed)
    }

    /// Writes the code of a symbol.
    pub(super) fn symbol(&mut self, out: &mut BitWriter, symbol: u8) {
        self.put(out, symbol, (0, 0));
    }

    /// Writes a symbol and the bits that go with it.
    #[inline(always)]
    fn put(&mut self, out: &mut BitWriter, symbol: u8, (bits, n): (u32, u32)) {
        match self.table.code(symbol) {
            Some((code, length)) => out.put(code << n | bits, length + n),
            None => {
                if let Some(flag) = self.missing.get_mut(usize::from(symbol)) {
                    *flag = true;
                }
            }
        }
    }

    /// Writes the difference of the first coefficient from the block before; one of 16 bits has no symbol.
    pub(super) fn dc(&mut self, out: &mut BitWriter, difference: i16) -> Option<()> {
        let (size, bits) = value_bits(difference.into());
        self.put(out, u8::try_from(size).ok().filter(|size| *size < 16)?, (bits, size));
        Some(())
    }

    /// Writes new coefficients from place `k` on, each behind the zeros before it. `between` is given the old ones that were
    /// passed with each symbol. Says which place comes next.
    #[inline(always)]
    fn values(
        &mut self,
        out: &mut BitWriter,
        saying: &Saying,
        mut k: u32,
        mut between: impl FnMut(&mut BitWriter, u64),
    ) -> u32 {
        let mut new = saying.new;
        while new != 0 {
            let next = new.trailing_zeros();
            let mut zeros = (!saying.old & places(k, next)).count_ones();
            while zeros > 15 {
                let behind = nth_one(!saying.old & places(k, 64), 15) + 1;
                self.put(out, ZEROS, (0, 0));
                between(out, saying.old & places(k, behind));
                (k, zeros) = (behind, zeros - 16);
            }
            let value = saying.values.get(next as usize).copied().unwrap_or(0);
            let (size, bits) = value_bits(value.into());
            self.put(out, (zeros << 4 | size) as u8, (bits, size));
            between(out, saying.old & places(k, next));
            k = next + 1;
            new &= new - 1;
        }
        k
    }

    /// Writes the other coefficients of a sequential scan.
    pub(super) fn ac(&mut self, out: &mut BitWriter, saying: &Saying) {
        if self.values(out, saying, 1, |_, _| ()) < 64 {
            self.put(out, 0, (0, 0));
        }
    }

    /// Writes what a scan says of a band. `ending` holds the blocks that end at once and are not written yet.
    pub(super) fn band(&mut self, out: &mut BitWriter, saying: &Saying, band: (u8, u8), ending: &mut Ending) {
        let Saying { old, ones, new, .. } = *saying;
        if new != 0 {
            self.end(out, ending);
        }
        let first = band.0.into();
        let k = self.values(out, saying, first, |out, passed| put_ones(passed, ones, |bits, n| out.put(bits, n)));
        let rest = places(k, 64) & within(band);
        if rest != 0 {
            ending.run += 1;
            put_ones(old & rest, ones, |bits, n| ending.bits.push((bits, n)));
            if ending.run == LONGEST_RUN {
                self.end(out, ending);
            }
        }
    }

    /// Writes the run of blocks that end at once.
    pub(super) fn end(&mut self, out: &mut BitWriter, ending: &mut Ending) {
        if ending.run > 0 {
            let n = ending.run.ilog2();
            self.put(out, (n << 4) as u8, (ending.run - (1 << n), n));
            ending.run = 0;
            ending.bits.drain(..).for_each(|(bits, n)| out.put(bits, n));
        }
    }
}

/// Blocks that end at once, and the bits for the coefficients in them.
#[derive(Debug, Default)]
pub(super) struct Ending {
    pub(super) run: u32,
    bits: Vec<(u32, u32)>,
}

/// The places from `first` on, up to and without `end`.
#[inline(always)]
fn places(first: u32, end: u32) -> u64 {
    let below = |n: u32| if n < 64 { (1 << n) - 1 } else { u64::MAX };
    below(end) & !below(first)
}

/// Gives the bit of each of these places, in parts.
#[inline(always)]
fn put_ones(mut places: u64, ones: u64, mut put: impl FnMut(u32, u32)) {
    while places != 0 {
        let (mut bits, mut n) = (0, 0);
        while places != 0 && n < 16 {
            let place = places & places.wrapping_neg();
            bits = bits << 1 | u32::from(ones & place != 0);
            n += 1;
            places ^= place;
        }
        put(bits, n);
    }
}
