//! EBML elements (RFC 8794) as Matroska and WebM use them (RFC 9559): ids, sizes, unknown sizes, Void and CRC-32.

use std::ops::Range;

use crate::{Error, Limits, Result, Source, phrase, said};

const NAME: &str = "EBML";

/// Empty room.
pub const VOID: u32 = 0xec;
/// Check sum of the other children of its parent; always the first child.
pub const CRC32: u32 = 0xbf;

/// One element: id, size, contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// The id with its length marker, as the documents write it.
    pub id: u32,
    /// Offset of the id.
    pub start: u64,
    /// Offset of the size field.
    pub size_at: u64,
    /// Offset of the contents.
    pub body: u64,
    /// Offset behind the element; for an unknown size the end of its parent.
    pub end: u64,
    /// Whether the size says "unknown" (live streams): then the first element that cannot be a child ends it.
    pub unknown: bool,
}

impl Element {
    /// The contents.
    pub fn contents(&self) -> Range<u64> {
        self.body..self.end
    }

    /// The whole element.
    pub fn range(&self) -> Range<u64> {
        self.start..self.end
    }
}

/// Counts elements over a whole file.
#[derive(Debug)]
pub struct Budget {
    left: usize,
    limit: usize,
}

impl Budget {
    /// As many elements as [`Limits::parts`].
    pub fn new(limits: &Limits) -> Self {
        Self { left: limits.parts, limit: limits.parts }
    }

    /// As many blocks as a long live recording has: sixteen times [`Limits::parts`].
    pub fn blocks(limits: &Limits) -> Self {
        let limit = limits.parts.saturating_mul(16);
        Self { left: limit, limit }
    }

    /// Counts one element.
    ///
    /// # Errors
    /// When it is one too many.
    pub fn take(&mut self) -> Result<()> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            Error::limit(NAME, phrase!("the number of elements", "元素数"), self.limit as u64, "--limit-parts")
        })?;
        Ok(())
    }
}

/// The element at `at`, inside a parent that ends at `end`.
///
/// # Errors
/// I/O, an id or size that is none, an element that runs past its parent.
pub fn read(source: &dyn Source, at: u64, end: u64) -> Result<Element> {
    let mut head = [0; 12];
    let got = source.read_at(at, &mut head).map_err(|e| Error::io(NAME, e))?;
    let room = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX).min(got);
    let head = head.get(..room).unwrap_or_default();
    let cut = || Error::truncated(NAME, at, phrase!("an element header", "元素头"));
    let first = *head.first().ok_or_else(cut)?;
    let width = first.leading_zeros() as usize + 1;
    if width > 4 {
        return Err(Error::invalid(NAME, at, phrase!("an element id of more than four bytes", "元素 ID 超过四字节")));
    }
    let id = head.get(..width).ok_or_else(cut)?.iter().fold(0, |n, b| n << 8 | u32::from(*b));
    let rest = head.get(width..).unwrap_or_default();
    let mark = *rest.first().ok_or_else(cut)?;
    let length = mark.leading_zeros() as usize + 1;
    if length > 8 {
        return Err(Error::invalid(
            NAME,
            at,
            phrase!("an element size of more than eight bytes", "元素的长度字段超过八字节"),
        ));
    }
    let size = rest.get(..length).ok_or_else(cut)?.iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
    let most = ones(length);
    let size = size & most;
    let (size_at, body) = (at + width as u64, at + (width + length) as u64);
    if size == most {
        return Ok(Element { id, start: at, size_at, body, end, unknown: true });
    }
    match body.checked_add(size).filter(|e| *e <= end) {
        Some(end) => Ok(Element { id, start: at, size_at, body, end, unknown: false }),
        None => Err(Error::past_end(NAME, at, said!("element {}", "元素 {}", format!("{id:X}")), size)),
    }
}

/// The elements inside `parent`.
///
/// # Errors
/// As [`read`], and too many elements.
pub fn children(source: &dyn Source, parent: Range<u64>, budget: &mut Budget) -> Result<Vec<Element>> {
    let mut out = Vec::new();
    let mut at = parent.start;
    while at < parent.end {
        budget.take()?;
        let found = read(source, at, parent.end)?;
        at = found.end;
        out.push(found);
    }
    Ok(out)
}

/// An unsigned number of at most eight bytes; `None` for more.
pub fn uint(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
}

/// A number in at least `width` bytes (1-8), more where it needs them.
pub fn uint_bytes(value: u64, width: usize) -> Vec<u8> {
    let needed = (64 - value.leading_zeros() as usize).div_ceil(8).max(1);
    let skip = 8 - needed.max(width.clamp(1, 8));
    value.to_be_bytes().get(skip..).unwrap_or_default().to_vec()
}

/// Most that a size field of `width` bytes (1-8) could hold; this value itself means "unknown".
fn ones(width: usize) -> u64 {
    (1u64 << (7 * width)) - 1
}

/// A size field of exactly `width` bytes; `None` where the size does not fit.
pub fn size_bytes(size: u64, width: usize) -> Option<Vec<u8>> {
    if !(1..=8).contains(&width) || size >= ones(width) {
        return None;
    }
    let marked = size | 1u64 << (7 * width);
    marked.to_be_bytes().get(8 - width..).map(<[u8]>::to_vec)
}

/// The bytes of an id.
pub fn id_bytes(id: u32) -> Vec<u8> {
    uint_bytes(u64::from(id), 1)
}

/// A whole element around `body`, its size field at least `width` bytes wide.
pub fn encode_wide(id: u32, body: &[u8], width: usize) -> Vec<u8> {
    let mut out = id_bytes(id);
    let size = body.len() as u64;
    out.extend((width.max(1)..=8).find_map(|w| size_bytes(size, w)).unwrap_or_default());
    out.extend(body);
    out
}

/// A whole element around `body`.
pub fn encode(id: u32, body: &[u8]) -> Vec<u8> {
    encode_wide(id, body, 1)
}

/// A Void element of exactly `length` bytes; `None` where there is none (one byte). Nothing for nothing.
pub fn void(length: u64) -> Option<Vec<u8>> {
    if length == 0 {
        return Some(Vec::new());
    }
    let length = usize::try_from(length).ok()?;
    let width = if length < 10 { 1 } else { 8 };
    let body = length.checked_sub(1 + width)?;
    Some(encode_wide(VOID, &vec![0; body], width))
}

/// `body`, with a CRC-32 element in front of it.
pub fn with_crc(body: &[u8]) -> Vec<u8> {
    // Stored in little-endian order, unlike everything else (RFC 8794 11.3.1).
    let mut out = encode(CRC32, &crc32fast::hash(body).to_le_bytes());
    out.extend(body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_and_ids() {
        assert_eq!(size_bytes(126, 1), Some(vec![0xfe]));
        assert_eq!(size_bytes(127, 1), None);
        assert_eq!(encode(0x1254_c367, b"ab"), b"\x12\x54\xc3\x67\x82ab");
        assert_eq!(void(1), None);
        assert_eq!(void(2), Some(vec![0xec, 0x80]));
        let live = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff\xec\x80".to_vec();
        let found = read(&live, 0, 14).unwrap();
        assert!(found.unknown && found.contents() == (12..14));
        assert!(read(&b"\xec\x85a".to_vec(), 0, 3).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), at in 0u64..70, end in 0u64..80) {
            let _ = read(&bytes, at, end);
            if let Ok(all) = children(&bytes, 0..bytes.len() as u64, &mut Budget::new(&Limits::default())) {
                prop_assert!(all.iter().all(|e| e.start < e.body && e.body <= e.end && e.end <= bytes.len() as u64));
            }
        }

        #[test]
        fn what_is_written_is_read(id in prop::sample::select(vec![VOID, 0x45a3, 0x2a_d7b1, 0x1254_c367]),
                                   body in prop::collection::vec(any::<u8>(), 0..300), width in 0usize..9, length in 2u64..5000) {
            let bytes = encode_wide(id, &body, width);
            let found = read(&bytes, 0, bytes.len() as u64).unwrap();
            prop_assert_eq!((found.id, found.unknown, found.end), (id, false, bytes.len() as u64));
            prop_assert_eq!(&bytes[found.body as usize..], &body[..]);
            let room = void(length).unwrap();
            prop_assert_eq!(room.len() as u64, length);
            prop_assert_eq!(read(&room, 0, length).unwrap().end, length);
        }

        #[test]
        fn numbers_keep_their_width(value: u64, width in 0usize..9) {
            let bytes = uint_bytes(value, width);
            prop_assert!(bytes.len() >= width.max(1));
            prop_assert_eq!(uint(&bytes), Some(value));
        }
    }
}
