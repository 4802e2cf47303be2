//! Where the characters of a decoded text are in the file.

use encoding_rs::Encoding;

use super::big_endian;

/// One pass over text and bytes: positions are asked for in order.
pub(super) struct Map<'a> {
    text: &'a str,
    less: Counter<'a>,
    greater: Counter<'a>,
    /// Where the last `>` before the position ends in the text and in the file; at first, the start of both.
    behind: (usize, usize),
    unit: usize,
}

impl<'a> Map<'a> {
    pub(super) fn new(text: &'a str, bytes: &'a [u8], encoding: &'static Encoding, bom: usize) -> Self {
        let big_endian = big_endian(encoding);
        let counter = |byte| Counter { text: text.as_bytes(), bytes, byte, big_endian, counted: 0, at: bom };
        let unit = if big_endian.is_some() { 2 } else { 1 };
        Self { text, less: counter(b'<'), greater: counter(b'>'), behind: (0, bom), unit }
    }

    pub(super) fn find(&mut self, at: usize) -> Option<usize> {
        if let Some(behind) = self.greater.last_before(at, self.unit) {
            self.behind = behind;
        }
        let between = self.text.get(self.behind.0..at)?;
        if between.is_ascii() {
            return Some(self.behind.1 + between.len() * self.unit);
        }
        self.less.at(at, self.unit)
    }
}

/// Follows one character through text and bytes.
struct Counter<'a> {
    text: &'a [u8],
    bytes: &'a [u8],
    byte: u8,
    big_endian: Option<bool>,
    /// How far the text was counted.
    counted: usize,
    /// Where the next one is looked for in the bytes.
    at: usize,
}

impl Counter<'_> {
    /// The end of the last one before `at`, in the text and in the bytes, if there are any since the last question.
    fn last_before(&mut self, at: usize, unit: usize) -> Option<(usize, usize)> {
        let part = self.text.get(self.counted..at)?;
        let last = self.counted + memchr::memrchr(self.byte, part)? + 1;
        for _ in memchr::memchr_iter(self.byte, part) {
            self.at = self.next()? + unit;
        }
        self.counted = at;
        Some((last, self.at))
    }

    /// The place in the bytes of the one that stands at `at` in the text.
    fn at(&mut self, at: usize, unit: usize) -> Option<usize> {
        self.last_before(at, unit);
        (self.text.get(at) == Some(&self.byte)).then(|| self.next()).flatten()
    }

    fn next(&self) -> Option<usize> {
        let mut at = self.at;
        loop {
            let found = at + memchr::memchr(self.byte, self.bytes.get(at..)?)?;
            let Some(big) = self.big_endian else { return Some(found) };
            // In UTF-16 the byte counts in its half of a pair, with a zero in the other; the mark is one pair.
            let start = found & !1;
            let pair: [u8; 2] = *self.bytes.get(start..)?.first_chunk()?;
            if pair == if big { [0, self.byte] } else { [self.byte, 0] } {
                return Some(start);
            }
            at = found + 1;
        }
    }
}
