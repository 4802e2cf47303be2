//! ID3v2 tags (id3.org: ID3v2.2, 2.3, 2.4) as lists of frames over the bytes of the file.

use std::ops::Range;

use crate::inflate::{self, Spent};
use crate::{Cursor, Error, Limits, Result, Source, SourceExt};

const NAME: &str = "ID3v2";

/// The header of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// Major version: 2, 3 or 4.
    pub version: u8,
    /// Header flags.
    pub flags: u8,
    /// Offset of `ID3`.
    pub start: u64,
    /// Bytes of everything between header and footer.
    pub size: u32,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Identifier; those of ID3v2.2 have three letters and a NUL.
    pub id: [u8; 4],
    /// Header and body, in the coordinates of the parsed source.
    pub range: Range<u64>,
    /// The body.
    pub body: Range<u64>,
    /// Format flags (second flag byte).
    pub flags: u8,
}

impl Tag {
    /// Whether the whole tag is unsynchronised (for ID3v2.4 a hint: there each frame says so itself).
    pub fn unsynchronised(&self) -> bool {
        self.flags & 0x80 != 0
    }

    /// Whether an extended header follows.
    pub fn extended(&self) -> bool {
        self.version > 2 && self.flags & 0x40 != 0
    }

    /// Whether a copy of the header ends the tag.
    pub fn footer(&self) -> bool {
        self.version == 4 && self.flags & 0x10 != 0
    }

    /// Everything between header and footer.
    pub fn body(&self) -> Range<u64> {
        self.start + 10..self.start + 10 + u64::from(self.size)
    }

    /// Offset behind the tag.
    pub fn end(&self) -> u64 {
        self.body().end + if self.footer() { 10 } else { 0 }
    }
}

/// Seven bits a byte; `None` when a top bit is set.
pub fn syncsafe(bytes: [u8; 4]) -> Option<u32> {
    bytes.iter().try_fold(0, |sum, b| (b & 0x80 == 0).then_some(sum << 7 | u32::from(*b)))
}

/// The bytes of a syncsafe number; `None` from 2^28.
pub fn to_syncsafe(value: u32) -> Option<[u8; 4]> {
    let part = |shift: u32| u8::try_from(value >> shift & 0x7f).unwrap_or(0);
    (value < 1 << 28).then(|| [part(21), part(14), part(7), part(0)])
}

/// The tag at `start`, if there is one of a known version.
///
/// # Errors
/// I/O, or a tag that runs past the end of the file.
pub fn tag(source: &dyn Source, start: u64) -> Result<Option<Tag>> {
    if start + 10 > source.len() {
        return Ok(None);
    }
    let [b'I', b'D', b'3', version, _, flags, size @ ..] = source.array::<10>(NAME, start, "the tag header")? else {
        return Ok(None);
    };
    let Some(size) = syncsafe(size).filter(|_| matches!(version, 2..=4)) else { return Ok(None) };
    let tag = Tag { version, flags, start, size };
    if tag.end() > source.len() {
        return Err(Error::past_end(NAME, start, "the tag", size.into()));
    }
    Ok(Some(tag))
}

/// Where the frames start: behind the extended header. Also whether that header holds a checksum.
///
/// # Errors
/// I/O, or an extended header that runs past the tag.
pub fn frames_start(source: &dyn Source, tag: &Tag, body: &Range<u64>) -> Result<(u64, bool)> {
    if !tag.extended() {
        return Ok((body.start, false));
    }
    let head = source.array::<6>(NAME, body.start, "the extended header")?;
    let [a, b, c, d, flags, more] = head;
    let size = [a, b, c, d];
    let (length, checksum) = match tag.version {
        // ID3v2.3: the size leaves itself out; ID3v2.4: it is syncsafe and counts itself.
        3 => (u64::from(u32::from_be_bytes(size)) + 4, flags & 0x80 != 0),
        _ => (u64::from(syncsafe(size).unwrap_or(u32::MAX)), more & 0x20 != 0),
    };
    let start = body.start + length;
    if start > body.end || length < 6 {
        return Err(Error::past_end(NAME, body.start, "the extended header", length));
    }
    Ok((start, checksum))
}

/// The frames of `range` up to the padding. Damage ends the list without an error: players do the same.
///
/// # Errors
/// I/O, more frames than [`Limits::parts`].
pub fn frames(source: &dyn Source, version: u8, range: Range<u64>, limits: &Limits) -> Result<Vec<Frame>> {
    let mut out = Vec::new();
    let mut at = range.start;
    while let Some(frame) = frame(source, version, at..range.end)? {
        if out.len() >= limits.parts {
            return Err(Error::limit(NAME, "the number of frames", limits.parts as u64, "--limit-parts"));
        }
        at = frame.range.end;
        out.push(frame);
    }
    Ok(out)
}

fn frame(source: &dyn Source, version: u8, range: Range<u64>) -> Result<Option<Frame>> {
    let header: u64 = if version == 2 { 6 } else { 10 };
    if range.start + header > range.end {
        return Ok(None);
    }
    let mut head = [0; 10];
    source.read_at(range.start, &mut head).map_err(|e| Error::io(NAME, e))?;
    let (id, size, flags) = match (version, head) {
        (2, [a, b, c, x, y, z, ..]) => ([a, b, c, 0], u32::from_be_bytes([0, x, y, z]), 0),
        (_, [a, b, c, d, w, x, y, z, _, flags]) => {
            let size = [w, x, y, z];
            let plain = u32::from_be_bytes(size);
            let size = match version {
                3 => plain,
                // Some writers forget that ID3v2.4 sizes are syncsafe: believe whichever leads to a frame.
                _ => match syncsafe(size) {
                    Some(n)
                        if n == plain
                            || lands(source, &range, header, n)?
                            || !lands(source, &range, header, plain)? =>
                    {
                        n
                    }
                    _ => plain,
                },
            };
            ([a, b, c, d], size, flags)
        }
    };
    let letters = if version == 2 { 3 } else { 4 };
    let named = id.iter().take(letters).all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let body = range.start + header..range.start + header + u64::from(size);
    if !named || body.end > range.end {
        return Ok(None);
    }
    Ok(Some(Frame { id, range: range.start..body.end, body, flags }))
}

/// Whether a frame of this size is followed by another frame, by padding or by the end of the tag.
fn lands(source: &dyn Source, range: &Range<u64>, header: u64, size: u32) -> Result<bool> {
    let next = range.start + header + u64::from(size);
    if next + 4 > range.end {
        return Ok(next <= range.end);
    }
    let id = source.array::<4>(NAME, next, "a frame")?;
    Ok(id == [0; 4] || id.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
}

/// Takes out the zero bytes that unsynchronisation put behind each 0xFF (ID3v2.3 section 5).
pub fn resynchronise(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut last = 0;
    for &b in data {
        if !(last == 0xff && b == 0) {
            out.push(b);
        }
        last = b;
    }
    out
}

/// The reverse of [`resynchronise`].
pub fn unsynchronise(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    for (i, &b) in data.iter().enumerate() {
        out.push(b);
        let next = data.get(i + 1).copied();
        if b == 0xff && next.is_none_or(|n| n == 0 || n >= 0xe0) {
            out.push(0);
        }
    }
    out
}

/// Offset in `raw` of the byte that [`resynchronise`] puts at `n`.
pub fn raw_offset(raw: &[u8], n: u64) -> u64 {
    let (mut at, mut last, mut seen) = (0, 0, 0);
    for &b in raw {
        if !(last == 0xff && b == 0) {
            if seen == n {
                break;
            }
            seen += 1;
        }
        last = b;
        at += 1;
    }
    at
}

/// Description and value of a user-defined text frame (`TXXX`, `TXX`): encoding byte, description, NUL, value.
pub fn user_text(body: &[u8]) -> Option<(String, String)> {
    let mut parts = strings(body)?.into_iter();
    Some((parts.next()?, parts.next().unwrap_or_default()))
}

/// The strings of a text frame, split at its NULs.
pub fn strings(body: &[u8]) -> Option<Vec<String>> {
    let (&encoding, text) = body.split_first()?;
    let decoded = match encoding {
        0 => text.iter().map(|b| char::from(*b)).collect(),
        1 => encoding_rs::UTF_16LE.decode(text).0.into_owned(),
        2 => encoding_rs::UTF_16BE.decode(text).0.into_owned(),
        _ => match std::str::from_utf8(text) {
            Ok(t) => t.to_owned(),
            Err(_) => encoding_rs::GB18030.decode(text).0.into_owned(),
        },
    };
    Some(decoded.split('\0').map(|s| s.trim_start_matches('\u{feff}').to_owned()).collect())
}

/// A user-defined text frame for a tag of `version`; `None` when it is too long for the format.
pub fn encode_user_text(version: u8, description: &str, value: &str) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    match version {
        4 => {
            body.push(3);
            body.extend(description.bytes().chain([0]).chain(value.bytes()));
        }
        // ID3v2.2 and 2.3 know Latin-1 and UTF-16 with a byte-order mark.
        _ if value.is_ascii() => {
            body.push(0);
            body.extend(description.bytes().chain([0]).chain(value.bytes()));
        }
        _ => {
            body.push(1);
            for (n, text) in [description, value].into_iter().enumerate() {
                if n > 0 {
                    body.extend([0, 0]);
                }
                body.extend([0xff, 0xfe]);
                body.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            }
        }
    }
    let size = u32::try_from(body.len()).ok()?;
    let mut out = Vec::with_capacity(body.len() + 10);
    match version {
        2 => {
            out.extend(b"TXX");
            out.extend(size.to_be_bytes().get(1..)?.iter().copied());
            (size < 1 << 24).then_some(())?;
        }
        3 => {
            out.extend(b"TXXX");
            out.extend(size.to_be_bytes());
            out.extend([0, 0]);
        }
        _ => {
            out.extend(b"TXXX");
            out.extend(to_syncsafe(size)?);
            out.extend([0, 0]);
        }
    }
    out.extend(body);
    Some(out)
}

/// The bytes of a frame as they are meant: grouping, length indicator, unsynchronisation and compression undone.
/// `None` for an encrypted or damaged frame. `spent` is that of the file.
pub fn frame_data(version: u8, flags: u8, data: &[u8], limits: &Limits, spent: &Spent) -> Option<Vec<u8>> {
    let mut c = Cursor::new(data);
    let (compressed, encrypted, unsync) = match version {
        3 => (flags & 0x80 != 0, flags & 0x40 != 0, false),
        4 => (flags & 0x08 != 0, flags & 0x04 != 0, flags & 0x02 != 0),
        _ => (false, false, false),
    };
    if encrypted {
        return None;
    }
    if version == 3 && compressed {
        c.take(4)?;
    }
    if (version == 3 && flags & 0x20 != 0) || (version == 4 && flags & 0x40 != 0) {
        c.take(1)?;
    }
    if version == 4 && flags & 0x01 != 0 {
        c.take(4)?;
    }
    let data = if unsync { resynchronise(c.rest()) } else { c.rest().to_vec() };
    if compressed { inflate::zlib(NAME, 0, &data, limits, spent).ok() } else { Some(data) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn unsynchronisation_round_trips(data in prop::collection::vec(prop_oneof![Just(0xffu8), Just(0u8), Just(0xe0u8), any::<u8>()], 0..50)) {
            let raw = unsynchronise(&data);
            prop_assert!(raw.windows(2).all(|w| !(w[0] == 0xff && w[1] >= 0xe0)));
            prop_assert_eq!(&resynchronise(&raw), &data);
            for n in 0..data.len() {
                prop_assert_eq!(raw[usize::try_from(raw_offset(&raw, n as u64)).unwrap()], data[n]);
            }
        }

        #[test]
        fn user_text_round_trips(version in 2u8..5, value in "[a-z\u{4e00}-\u{4e20}]{0,40}") {
            let bytes = encode_user_text(version, "AIGC", &value).unwrap();
            let found = frames(&bytes, version, 0..bytes.len() as u64, &Limits::default()).unwrap();
            prop_assert_eq!(found.len(), 1);
            let body = &bytes[usize::try_from(found[0].body.start).unwrap()..];
            prop_assert_eq!(user_text(body), Some(("AIGC".to_owned(), value)));
        }

        #[test]
        fn any_bytes_are_read_without_panic(data in prop::collection::vec(any::<u8>(), 0..200), version in 2u8..5) {
            let _ = frames(&data, version, 0..data.len() as u64, &Limits::default());
            let _ = strings(&data);
            let _ = frame_data(version, 0xff, &data, &Limits::default(), &Spent::default());
        }
    }
}
