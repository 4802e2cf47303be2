//! Checked reading of numbers from a slice.

/// A position in a slice; every read is checked and moves forward.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

macro_rules! number {
    ($($name:ident $type:ty, $from:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        pub fn $name(&mut self) -> Option<$type> {
            Some(<$type>::$from(*self.array()?))
        }
    )*};
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning of `data`.
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    /// Starts at `at`; a position beyond the end reads nothing.
    pub fn at(data: &'a [u8], at: usize) -> Self {
        Self { data, at }
    }

    /// Offset of the next byte.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The bytes not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(n)?;
        let part = self.data.get(self.at..end)?;
        self.at = end;
        Some(part)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        self.take(N)?.first_chunk()
    }

    /// The next byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[b]| *b)
    }

    number! {
        u16_be u16, from_be_bytes, "A big-endian 16-bit number.";
        u16_le u16, from_le_bytes, "A little-endian 16-bit number.";
        u32_be u32, from_be_bytes, "A big-endian 32-bit number.";
        u32_le u32, from_le_bytes, "A little-endian 32-bit number.";
        u64_be u64, from_be_bytes, "A big-endian 64-bit number.";
    }
}
