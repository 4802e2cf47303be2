//! Bits one behind the other, the high ones first, as FLAC and MPEG audio have them.

/// A writer of bits.
#[derive(Debug, Clone, Default)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    /// Bits that are no byte yet.
    rest: u64,
    count: u32,
}

impl Bits {
    /// Goes on behind whole bytes.
    pub(super) fn behind(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// Appends the low `count` bits of a number, at most 33.
    pub(super) fn push(&mut self, value: u64, count: u32) {
        self.rest = self.rest << count | value & ((1 << count) - 1);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            self.bytes.push((self.rest >> self.count) as u8);
        }
    }

    /// Appends zeros, which may be many.
    pub(super) fn zeros(&mut self, mut count: u64) {
        while count > 0 {
            let step = count.min(32);
            self.push(0, step as u32);
            count -= step;
        }
    }

    /// The bytes, the last one filled up with zeros.
    pub(super) fn aligned(mut self) -> Vec<u8> {
        let missing = (8 - self.count % 8) % 8;
        self.push(0, missing);
        self.bytes
    }
}
