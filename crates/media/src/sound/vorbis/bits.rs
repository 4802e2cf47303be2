//! Bits in the order of Vorbis, to be written: the lowest of a byte first (Vorbis I, section 2).

/// A packet in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Packer {
    bytes: Vec<u8>,
    /// Bits of the last byte that are taken; 0 for all.
    taken: u32,
}

impl Packer {
    /// Appends the low `count` bits of a number, the lowest first.
    pub(super) fn push(&mut self, value: u32, count: u32) {
        (0..count).for_each(|n| self.bit(value >> n & 1 == 1));
    }

    /// Appends a code word of `length` bits, its first bit the highest one (section 3.2.1).
    pub(super) fn word(&mut self, word: u32, length: u8) {
        (0..length).rev().for_each(|n| self.bit(word >> n & 1 == 1));
    }

    /// The bytes, the last one filled up with zeros.
    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn bit(&mut self, bit: bool) {
        if self.taken == 0 {
            self.bytes.push(0);
        }
        if let (true, Some(last)) = (bit, self.bytes.last_mut()) {
            *last |= 1 << self.taken;
        }
        self.taken = (self.taken + 1) % 8;
    }
}
