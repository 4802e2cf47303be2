//! TIFF files (TIFF 6.0; BigTIFF as libtiff writes it): directories by position, values left where they are.

use std::collections::HashSet;
use std::ops::Range;

use crate::{Error, Limits, Result, Source, SourceExt, phrase};

const NAME: &str = "TIFF";
/// Type UNDEFINED: bytes without a meaning to TIFF.
pub const UNDEFINED: u16 = 7;
/// Entries of all directories together are limited to this many times [`Limits::parts`]: directories may overlap.
const ENTRIES_A_PART: usize = 8;

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Whether the first byte of a number is its highest.
    pub big_endian: bool,
    /// Whether offsets have 64 bits (BigTIFF).
    pub big: bool,
}

/// One directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Offset of the count of entries.
    pub start: u64,
    /// The entries as bytes, without count and next offset.
    pub raw: Vec<u8>,
    /// The entries in file order; those whose value is not inside the file are left out.
    pub entries: Vec<Entry>,
    /// Tags of the entries left out whose value begins inside the file: more bytes at its end would complete them.
    pub cut: Vec<u16>,
    /// Tags of the others left out.
    pub lost: Vec<u16>,
    /// Offset of the next directory, 0 for none.
    pub next: u64,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Offset of the entry itself.
    pub start: u64,
    /// Tag number.
    pub tag: u16,
    /// Field type.
    pub kind: u16,
    /// Where the value stands, inside the entry or elsewhere.
    pub value: Range<u64>,
}

impl Entry {
    /// Whether the value stands inside the entry.
    pub fn inline(&self) -> bool {
        self.value.start >= self.start && self.value.start < self.start + 20
    }
}

impl Form {
    /// Reads the header; also returns the offset of the first directory.
    ///
    /// # Errors
    /// I/O, or a header that is no TIFF's.
    pub fn read(source: &dyn Source) -> Result<(Self, u64)> {
        let head = source.array::<8>(NAME, 0, phrase!("the header", "文件头"))?;
        let (big_endian, big) = match head {
            [b'I', b'I', 42, 0, ..] => (false, false),
            [b'M', b'M', 0, 42, ..] => (true, false),
            [b'I', b'I', 43, 0, 8, 0, 0, 0] => (false, true),
            [b'M', b'M', 0, 43, 0, 8, 0, 0] => (true, true),
            _ => return Err(Error::invalid(NAME, 0, phrase!("the header is not TIFF's", "文件头不是 TIFF 的"))),
        };
        let form = Self { big_endian, big };
        let at = form.first_offset_at();
        let first = source.bytes(NAME, at..at + form.offset_size(), 8, phrase!("the header", "文件头"))?;
        Ok((form, form.number(&first)))
    }

    /// Where the header has the offset of the first directory.
    pub fn first_offset_at(self) -> u64 {
        if self.big { 8 } else { 4 }
    }

    /// Bytes of an offset: 4 or 8.
    pub fn offset_size(self) -> u64 {
        if self.big { 8 } else { 4 }
    }

    /// Bytes of an entry: 12 or 20.
    pub fn entry_size(self) -> u64 {
        if self.big { 20 } else { 12 }
    }

    /// Bytes of the count in front of the entries: 2 or 8.
    pub fn count_size(self) -> u64 {
        if self.big { 8 } else { 2 }
    }

    /// Up to eight bytes as a number.
    pub fn number(self, bytes: &[u8]) -> u64 {
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        if self.big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    }

    /// A number as `size` bytes, at most eight; `None` when it does not fit.
    pub fn bytes(self, number: u64, size: u64) -> Option<Vec<u8>> {
        let size = usize::try_from(size.min(8)).ok()?;
        let (high, low) = number.to_be_bytes().split_at_checked(8 - size).map(|(h, l)| (h.to_vec(), l.to_vec()))?;
        let mut out = high.iter().all(|b| *b == 0).then_some(low)?;
        if !self.big_endian {
            out.reverse();
        }
        Some(out)
    }

    /// An entry whose value of `count` bytes stands at `offset`; `None` when a number does not fit.
    pub fn entry(self, tag: u16, kind: u16, count: u64, offset: u64) -> Option<Vec<u8>> {
        let size = self.offset_size();
        let parts = [(u64::from(tag), 2), (u64::from(kind), 2), (count, size), (offset, size)];
        let parts: Option<Vec<Vec<u8>>> = parts.into_iter().map(|(n, size)| self.bytes(n, size)).collect();
        parts.map(|p| p.concat())
    }

    /// Reads the directory at `start`.
    ///
    /// # Errors
    /// I/O, a directory that is not inside the file, or more entries than [`Limits::parts`].
    pub fn directory(self, source: &dyn Source, start: u64, limits: &Limits) -> Result<Directory> {
        let what = phrase!("a directory", "目录");
        let body = start.checked_add(self.count_size()).ok_or_else(|| Error::past_end(NAME, start, what, start))?;
        let count = self.number(&source.bytes(NAME, start..body, 8, what)?);
        if count > limits.parts as u64 {
            return Err(Error::limit(
                NAME,
                phrase!("the number of entries", "目录项数"),
                limits.parts as u64,
                "--limit-parts",
            ));
        }
        let size = count * self.entry_size();
        let raw = source.bytes(NAME, body..body.saturating_add(size), limits.part, what)?;
        let end = body + size;
        let next = self.number(&source.bytes(NAME, end..end.saturating_add(self.offset_size()), 8, what)?);
        let width = usize::try_from(self.entry_size()).unwrap_or(20);
        let starts = (body..end).step_by(width);
        let all = raw.chunks_exact(width).zip(starts).filter_map(|(bytes, start)| self.parse(bytes, start));
        let (mut entries, mut cut, mut lost) = (Vec::new(), Vec::new(), Vec::new());
        for entry in all {
            if entry.value.end <= source.len() {
                entries.push(entry);
            } else if entry.value.start < source.len() {
                cut.push(entry.tag);
            } else {
                lost.push(entry.tag);
            }
        }
        Ok(Directory { start, raw, entries, cut, lost, next })
    }

    fn parse(self, bytes: &[u8], start: u64) -> Option<Entry> {
        let size = usize::try_from(self.offset_size()).ok()?;
        let (tag, kind) = (self.number(bytes.get(..2)?), self.number(bytes.get(2..4)?));
        let (count, value) = (self.number(bytes.get(4..4 + size)?), self.number(bytes.get(4 + size..)?));
        let unit = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16..=18 => 8,
            _ => return None,
        };
        let length = count.checked_mul(unit)?;
        let at = if length <= self.offset_size() { start + 4 + self.offset_size() } else { value };
        let value = at..at.checked_add(length)?;
        Some(Entry { start, tag: u16::try_from(tag).ok()?, kind: u16::try_from(kind).ok()?, value })
    }

    /// The directories of the main chain, and the damage that ended it.
    pub fn chain(self, source: &dyn Source, first: u64, limits: &Limits) -> (Vec<Directory>, Option<Error>) {
        let (mut out, mut seen) = (Vec::new(), HashSet::new());
        let (mut at, mut room) = (first, limits.parts.saturating_mul(ENTRIES_A_PART));
        while at != 0 || out.is_empty() {
            if !seen.insert(at) {
                return (
                    out,
                    Some(Error::invalid(NAME, at, phrase!("the chain of directories is a ring", "目录链成环"))),
                );
            }
            if out.len() >= limits.parts {
                let limit = Error::limit(
                    NAME,
                    phrase!("the number of directories", "目录数"),
                    limits.parts as u64,
                    "--limit-parts",
                );
                return (out, Some(limit));
            }
            let directory = match self.directory(source, at, limits) {
                Ok(directory) => directory,
                Err(damage) => return (out, Some(damage)),
            };
            let Some(rest) = room.checked_sub(directory.raw.len() / 12) else {
                let limit = Error::limit(
                    NAME,
                    phrase!("the number of entries", "目录项数"),
                    limits.parts as u64,
                    "--limit-parts",
                );
                return (out, Some(limit));
            };
            (at, room) = (directory.next, rest);
            out.push(directory);
        }
        (out, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form() -> impl Strategy<Value = Form> {
        (any::<bool>(), any::<bool>()).prop_map(|(big_endian, big)| Form { big_endian, big })
    }

    fn header(form: Form) -> Vec<u8> {
        let mut out = if form.big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        out.extend(form.bytes(if form.big { 43 } else { 42 }, 2).unwrap());
        if form.big {
            out.extend(form.bytes(8, 2).unwrap());
            out.extend([0, 0]);
        }
        out
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(form in form(), tail in prop::collection::vec(prop_oneof![Just(0), 0..32u8, any::<u8>()], 0..300)) {
            let bytes = [header(form), tail].concat();
            if let Ok((read, first)) = Form::read(&bytes) {
                prop_assert_eq!(read, form);
                let (directories, _) = form.chain(&bytes, first, &Limits::default());
                for entry in directories.iter().flat_map(|d| &d.entries) {
                    prop_assert!(entry.value.end <= bytes.len() as u64);
                }
            }
        }

        #[test]
        fn numbers_and_entries_are_read_as_written(form in form(), tag: u16, count in 9u64..40) {
            let mut bytes = header(form);
            let first = bytes.len() as u64 + form.offset_size();
            bytes.extend(form.bytes(first, form.offset_size()).unwrap());
            bytes.extend(form.bytes(1, form.count_size()).unwrap());
            bytes.extend(form.entry(tag, UNDEFINED, count, 2).unwrap());
            bytes.extend(form.bytes(0, form.offset_size()).unwrap());
            let (read, at) = Form::read(&bytes).unwrap();
            let (directories, damage) = read.chain(&bytes, at, &Limits::default());
            prop_assert!(directories.len() == 1 && (damage.is_none()));
            if 2 + count <= bytes.len() as u64 {
                prop_assert_eq!(&directories[0].entries, &[Entry { start: first + form.count_size(), tag, kind: UNDEFINED, value: 2..2 + count }]);
            }
        }
    }
}
