//! Bits as Vorbis has them: the lowest of a byte first (Vorbis I, section 2).

/// A reader of bits.
#[derive(Debug, Clone)]
pub(in crate::sound) struct Bits<'a> {
    bytes: &'a [u8],
    at: u64,
}

impl<'a> Bits<'a> {
    pub(in crate::sound) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next bits as a number, at most 32; `None` where they end before.
    pub(in crate::sound) fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for n in 0..count {
            let byte = *self.bytes.get(usize::try_from(self.at / 8).ok()?)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << n;
            self.at += 1;
        }
        Some(value)
    }

    /// The next bit.
    pub(in crate::sound) fn flag(&mut self) -> Option<bool> {
        Some(self.take(1)? == 1)
    }
}

/// Bits that the numbers up to one need ("ilog", section 9.2.1).
pub(in crate::sound) fn width(number: u32) -> u32 {
    u32::BITS - number.leading_zeros()
}
