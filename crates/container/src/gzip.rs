//! gzip files of one member (RFC 1952).

use crate::inflate::{self, Spent};
use crate::{Error, Limits, Result, phrase};

const NAME: &str = "gzip";

/// The bytes that every gzip file begins with: its mark, and deflate.
pub const MAGIC: &[u8] = b"\x1f\x8b\x08";

/// Check sum and length.
const TRAILER: usize = 8;

/// A member, inflated.
#[derive(Debug)]
pub struct Gzip {
    /// Bytes of the header.
    pub head: usize,
    /// What the member holds.
    pub data: Vec<u8>,
    /// Whether the trailer fits, and nothing follows it: no further member.
    pub sound: bool,
}

/// Inflates a file.
///
/// # Errors
/// A header or stream that is damaged, or more than [`Limits::inflated`] bytes.
pub fn read(bytes: &[u8], limits: &Limits, spent: &Spent) -> Result<Gzip> {
    let head = header(bytes).ok_or_else(|| Error::truncated(NAME, 0, phrase!("the header", "文件头")))?;
    let body = bytes.get(head..).unwrap_or_default();
    let (data, taken) = inflate::counted(NAME, head as u64, body, limits, spent)?;
    let behind = usize::try_from(taken).ok().and_then(|taken| body.get(taken..));
    let sound = behind == Some(trailer(&data).as_slice());
    Ok(Gzip { head, data, sound })
}

/// The first bytes of what a file holds, at most `most` of them, of its own first bytes.
pub fn start(bytes: &[u8], most: usize) -> Vec<u8> {
    let body = header(bytes).and_then(|head| bytes.get(head..)).unwrap_or_default();
    inflate::start(body, most)
}

/// What follows the header of a file that holds `data`: the same data gives the same bytes.
pub fn body(data: &[u8]) -> Vec<u8> {
    [inflate::pack(data).as_slice(), &trailer(data)].concat()
}

fn trailer(data: &[u8]) -> [u8; TRAILER] {
    // The length counts modulo 2^32 (section 2.3.1).
    let length = (data.len() as u64 & u64::from(u32::MAX)) << 32;
    (length | u64::from(crc32fast::hash(data))).to_le_bytes()
}

/// The length of the header (section 2.3).
fn header(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.strip_prefix(MAGIC)?.first()?;
    let mut at = 10;
    if flags & 4 != 0 {
        let length = bytes.get(at..)?.first_chunk::<2>()?;
        at += 2 + usize::from(u16::from_le_bytes(*length));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            at += memchr::memchr(0, bytes.get(at..)?)? + 1;
        }
    }
    at += if flags & 2 != 0 { 2 } else { 0 };
    (at <= bytes.len()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(flags: u8, fields: &[u8], data: &[u8]) -> Vec<u8> {
        [MAGIC, &[flags, 0, 0, 0, 0, 0, 3], fields, &body(data)].concat()
    }

    #[test]
    fn headers_of_every_kind() {
        for (flags, fields) in [(0, &b""[..]), (8, b"a.svg\0"), (4, b"\x02\0ab"), (31, b"\x01\0an\0c\0\x12\x34")] {
            let bytes = file(flags, fields, b"words");
            let read = read(&bytes, &Limits::default(), &Spent::default()).unwrap();
            assert_eq!((read.head, read.data.as_slice(), read.sound), (10 + fields.len(), &b"words"[..], true));
            assert_eq!(start(&bytes, 3), b"wor");
        }
        let two = [file(0, b"", b"a"), file(0, b"", b"bc")].concat();
        assert!(!read(&two, &Limits::default(), &Spent::default()).unwrap().sound);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(tail in prop::collection::vec(any::<u8>(), 0..60)) {
            let bytes = [MAGIC, &tail].concat();
            let _ = (read(&bytes, &Limits::default(), &Spent::default()), start(&bytes, 10));
        }
    }
}
