//! The bits of a scan: entropy-coded data with a zero stuffed behind each 0xFF (T.81 B.1.1.5, F.1.2.3).

/// A place between two bits of stuffed data: the byte that holds the next bit, and how many of its bits lie before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Position {
    pub(super) byte: usize,
    pub(super) bit: u32,
}

/// Reads bits up to the next marker. Behind it come zeros without end, and [`BitReader::is_dry`] tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The next byte that is not in `buffer`.
    at: usize,
    /// The next bits, from the top. Below the `count`th may stand bits that come again.
    buffer: u64,
    count: u32,
    /// How many of the bits that were put into `buffer` are zeros behind the data.
    padding: u32,
    /// How many bits were put into `buffer`.
    loaded: u64,
}

/// Bits that are there after [`BitReader::refill`], at least: a code and the bits of its value.
pub(super) const FILLED: u32 = 32;

impl<'a> BitReader<'a> {
    /// Reads from a position on.
    pub(super) fn at(bytes: &'a [u8], position: Position) -> Self {
        let mut reader = Self { bytes, at: position.byte, buffer: 0, count: 0, padding: 0, loaded: 0 };
        reader.refill();
        reader.skip(position.bit.min(7));
        reader
    }

    /// Makes sure that [`FILLED`] bits are there.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if self.count >= FILLED {
            return;
        }
        let next = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<8>());
        match next.map(|bytes| u64::from_be_bytes(*bytes)) {
            Some(word) if !has_marker(word) => {
                self.buffer |= word >> self.count;
                let taken = (63 - self.count) / 8;
                self.at += taken as usize;
                self.count += 8 * taken;
                self.loaded += u64::from(8 * taken);
            }
            _ => self.refill_by_bytes(),
        }
    }

    #[cold]
    #[inline(never)]
    fn refill_by_bytes(&mut self) {
        while self.count <= 56 {
            let (byte, length) = match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                (Some(0xff), Some(0)) => (0xff, 2),
                (Some(0xff), _) | (None, _) => (0, 0),
                (Some(byte), _) => (*byte, 1),
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.at += length;
            self.count += 8;
            self.loaded += 8;
            if length == 0 {
                self.padding = self.padding.saturating_add(8);
            }
        }
    }

    /// The next `n` bits, 1 to [`FILLED`] of them, which stay.
    #[inline(always)]
    pub(super) fn peek(&self, n: u32) -> u32 {
        (self.buffer >> (64 - n)) as u32
    }

    /// Goes on by as many bits as were filled in.
    #[inline(always)]
    pub(super) fn skip(&mut self, n: u32) {
        self.buffer <<= n;
        self.count = self.count.wrapping_sub(n);
    }

    /// Takes `n` bits, 0 to 16 of those that were filled in.
    #[inline(always)]
    pub(super) fn take(&mut self, n: u32) -> u32 {
        let bits = (self.buffer >> 1 >> (63 - n)) as u32;
        self.skip(n);
        bits
    }

    /// How many bits were taken since the position that it began at.
    pub(super) fn taken(&self) -> u64 {
        self.loaded - u64::from(self.count)
    }

    /// Whether more bits were taken than there are.
    pub(super) fn is_dry(&self) -> bool {
        self.padding > self.count
    }

    /// Where the next bit is.
    pub(super) fn position(&self) -> Position {
        let mut unread = self.count.saturating_sub(self.padding);
        let bit = (8 - unread % 8) % 8;
        let mut byte = self.at;
        while unread > 0 {
            // A zero behind 0xFF is stuffed; one behind that is none, as a stuffed zero stands before it.
            let is_stuffed = self.bytes.get(byte.wrapping_sub(2)..byte) == Some(&[0xff, 0]);
            byte = byte.saturating_sub(if is_stuffed { 2 } else { 1 });
            unread = unread.saturating_sub(8);
        }
        Position { byte, bit }
    }

    /// The first byte behind the one that holds the last bit taken: where a marker is due (T.81 F.1.2.3).
    pub(super) fn aligned(&self) -> usize {
        let Position { byte, bit } = self.position();
        match (bit, self.bytes.get(byte)) {
            (0, _) => byte,
            (_, Some(0xff)) => byte + 2,
            _ => byte + 1,
        }
    }

    /// Goes behind the next marker, which has to be the restart of this number, 0-7; `None` where it is not.
    pub(super) fn restart(&mut self, number: u8) -> Option<()> {
        let from = self.aligned();
        let rest = self.bytes.get(from..)?;
        let mut pairs = memchr::memchr_iter(0xff, rest).filter_map(|n| Some((n, *rest.get(n + 1)?)));
        let (n, _) = pairs.find(|(_, second)| !matches!(second, 0 | 0xff)).filter(|(_, m)| *m == 0xd0 | number)?;
        *self = Self::at(self.bytes, Position { byte: from + n + 2, bit: 0 });
        Some(())
    }
}

/// Whether one of the eight bytes is 0xFF.
#[inline(always)]
fn has_marker(word: u64) -> bool {
    let inverted = !word;
    inverted.wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 != 0
}

/// Writes bits as entropy-coded data.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    out: Vec<u8>,
    /// The last bits, at the bottom.
    buffer: u64,
    count: u32,
}

impl BitWriter {
    /// Goes on behind the first `bit` bits of a byte.
    pub(super) fn behind(byte: u8, bit: u32) -> Self {
        let bit = bit.min(7);
        Self { out: Vec::new(), buffer: u64::from(byte) >> (8 - bit), count: bit }
    }

    /// Adds `n` bits, up to 32, of which `bits` has no others.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u32, n: u32) {
        self.buffer = self.buffer << n | u64::from(bits);
        self.count += n;
        if self.count >= 32 {
            self.count -= 32;
            let word = (self.buffer >> self.count) as u32;
            if has_marker(u64::from(word)) {
                word.to_be_bytes().iter().for_each(|b| self.byte(*b));
            } else {
                self.out.extend_from_slice(&word.to_be_bytes());
            }
        }
    }

    /// Adds the bits up to a later place of the same reader, which goes there.
    pub(super) fn copy(&mut self, from: &mut BitReader, to: &BitReader) {
        let mut left = to.taken().saturating_sub(from.taken());
        while left > 0 {
            let n = left.min(FILLED.into()) as u32;
            from.refill();
            self.put(from.peek(n), n);
            from.skip(n);
            left -= u64::from(n);
        }
    }

    fn byte(&mut self, byte: u8) {
        self.out.push(byte);
        if byte == 0xff {
            self.out.push(0);
        }
    }

    /// Where the next bit goes.
    pub(super) fn position(&mut self) -> Position {
        while self.count >= 8 {
            self.count -= 8;
            self.byte((self.buffer >> self.count) as u8);
        }
        Position { byte: self.out.len(), bit: self.count }
    }

    /// Fills the last byte with ones (T.81 F.1.2.3).
    pub(super) fn align(&mut self) {
        let Position { bit, .. } = self.position();
        if bit > 0 {
            self.put(0xff >> bit, 8 - bit);
            self.position();
        }
    }

    /// Puts a restart marker behind the bits.
    pub(super) fn restart(&mut self, number: u8) {
        self.align();
        self.out.extend([0xff, 0xd0 | number & 7]);
    }

    /// Whole bytes; the last one is filled with ones.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.align();
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What is written is read, from every position, and no marker comes of it.
        #[test]
        fn bits_come_back(runs in prop::collection::vec((0u32..=16, prop_oneof![any::<u16>(), Just(0xffff), Just(0)]), 1..200), bit in 0u32..8) {
            let first = 0b1011_0110u8;
            let mut writer = BitWriter::behind(first, bit);
            let mut positions = Vec::new();
            let runs: Vec<_> = runs.into_iter().map(|(n, v)| (n, u32::from(v) & ((1 << n) - 1))).collect();
            for (n, (length, bits)) in runs.iter().enumerate() {
                if n % 3 == 0 {
                    positions.push((n, writer.position()));
                }
                writer.put(*bits, *length);
            }
            let bytes = writer.finish();
            prop_assert!(bytes.iter().enumerate().all(|(n, b)| *b != 0xff || bytes.get(n + 1) == Some(&0)));
            prop_assert_eq!(bytes.first().map_or(0, |b| b.checked_shr(8 - bit).unwrap_or(0)), first.checked_shr(8 - bit).unwrap_or(0));
            for (n, position) in positions {
                let mut reader = BitReader::at(&bytes, position);
                prop_assert_eq!(reader.position(), position);
                for (length, bits) in &runs[n..] {
                    reader.refill();
                    prop_assert_eq!(reader.take(*length), *bits);
                    prop_assert!(!reader.is_dry());
                }
                prop_assert_eq!(reader.aligned(), bytes.len());
                reader.refill();
                reader.take(8);
                prop_assert!(reader.is_dry());
            }
        }
    }

    #[test]
    fn restarts_are_found_behind_what_is_left() {
        let bytes = b"\x12\xff\0\x34\xff\xff\xd3\x56";
        let mut reader = BitReader::at(bytes, Position::default());
        reader.take(9);
        assert_eq!(reader.position(), Position { byte: 1, bit: 1 });
        assert_eq!(reader.aligned(), 3);
        assert_eq!({ reader }.restart(2), None);
        reader.restart(3).unwrap();
        assert_eq!(reader.take(8), 0x56);
        assert!(!reader.is_dry());
    }
}
