//! A text of any size, piece by piece: lines, or parts of lines that are too long to be kept.

use std::borrow::Cow;

use super::{Document, Encoding, NAME};
use crate::{Result, Source, SourceExt, phrase};

/// Bytes of the beginning by which the encoding of a large text is told.
const OPENING: u64 = 1 << 20;
/// Bytes read at once, and of the longest piece.
const ROOM: usize = 1 << 18;

/// A piece of a text.
#[derive(Debug)]
pub struct Piece<'a> {
    /// Offset of its first byte in the file.
    pub offset: u64,
    /// Its characters, with the end of the line.
    pub text: Cow<'a, str>,
    /// Whether its bytes are exactly these characters: nothing is damaged, or written in a longer way.
    pub exact: bool,
    encoding: Encoding,
}

impl Piece<'_> {
    /// Tells where bytes of the text are in the file, asked in rising order, where the piece is exact.
    pub fn offsets(&self) -> impl FnMut(usize) -> u64 + '_ {
        let (mut at, mut offset) = (0, self.offset);
        move |next| {
            if self.encoding == Encoding::Utf8 {
                return self.offset + next as u64;
            }
            let passed = self.text.get(at..next).unwrap_or_default();
            offset += self.encoding.encode(passed).map_or(0, |bytes| bytes.len()) as u64;
            at = next;
            offset
        }
    }
}

/// The beginning of a text, by which its encoding is told. All of it, unless it is long.
///
/// # Errors
/// I/O, bytes that are no text.
pub fn opening(source: &dyn Source) -> Result<Document> {
    let mut bytes = source.bytes(NAME, 0..source.len().min(OPENING), OPENING, phrase!("the document", "文档"))?;
    if (bytes.len() as u64) < source.len() {
        // A character that is cut in half must not speak against the encoding: a line end is whole in all of them, with the
        // zeros of wide ones behind it.
        let line = bytes.iter().rposition(|b| *b == b'\n').map_or(bytes.len(), |at| at + 1);
        let zeros = bytes.get(line..).unwrap_or_default().iter().take_while(|b| **b == 0).count();
        bytes.truncate(line + zeros.min(3));
        if line == bytes.len() && bytes.last() != Some(&b'\n') {
            let cut = bytes.iter().rposition(u8::is_ascii).map_or(0, |at| at + 1);
            bytes.truncate(if cut == 0 { bytes.len() / 12 * 12 } else { cut });
        }
    }
    Document::parse(bytes)
}

/// Tells each piece of a text behind its byte-order mark.
///
/// # Errors
/// I/O, and those of `each`.
pub fn each_piece<E: From<crate::Error>>(
    source: &dyn Source,
    encoding: Encoding,
    bom: usize,
    mut each: impl FnMut(&Piece<'_>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    read(source, bom, |bytes, mut offset, last| {
        let mut rest = bytes;
        // Most texts are UTF-8 without damage, of which all lines are looked at at once.
        let ends = memchr::memrchr(b'\n', bytes).filter(|_| encoding == Encoding::Utf8).map_or(0, |end| end + 1);
        if let Some((lines, behind)) = bytes.split_at_checked(ends)
            && let Cow::Borrowed(lines) = encoding.decode(lines)
        {
            for line in lines.split_inclusive('\n') {
                each(&Piece { offset, text: Cow::Borrowed(line), exact: true, encoding })?;
                offset += line.len() as u64;
            }
            rest = behind;
        }
        while let Some(length) = length(rest, encoding, last) {
            let (bytes, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            let text = encoding.decode(bytes);
            let exact = match encoding {
                Encoding::Utf8 => text.len() == length && matches!(text, Cow::Borrowed(_)),
                other => other.encode(&text).is_some_and(|own| own == bytes),
            };
            each(&Piece { offset, text, exact, encoding })?;
            offset += length as u64;
            rest = behind;
        }
        Ok(bytes.len() - rest.len())
    })
}

/// Tells the characters of a text behind its byte-order mark, many lines at once.
///
/// # Errors
/// I/O.
pub fn each_block(source: &dyn Source, encoding: Encoding, bom: usize, mut each: impl FnMut(&str)) -> Result<()> {
    read(source, bom, |bytes, _, last| {
        let length = if last { bytes.len() } else { whole(bytes, encoding) };
        each(&encoding.decode(bytes.get(..length).unwrap_or(bytes)));
        Ok(length)
    })
}

/// Reads a text from behind its byte-order mark to its end. `take` gets bytes, where they are in the file, and whether they
/// are the last ones; those that it does not take, and says so, come again with more behind them.
fn read<E: From<crate::Error>>(
    source: &dyn Source,
    bom: usize,
    mut take: impl FnMut(&[u8], u64, bool) -> std::result::Result<usize, E>,
) -> std::result::Result<(), E> {
    let (mut kept, mut offset) = (Vec::new(), bom as u64);
    loop {
        let from = offset + kept.len() as u64;
        let room = (ROOM as u64).min(source.len().saturating_sub(from));
        kept.extend(source.bytes(NAME, from..from + room, ROOM as u64, phrase!("the document", "文档"))?);
        let last = from + room == source.len();
        let taken = take(&kept, offset, last)?;
        if last {
            return Ok(());
        }
        kept.drain(..taken);
        offset += taken as u64;
    }
}

/// Bytes of the next piece; `None` where more have to be read, or there are no more.
fn length(bytes: &[u8], encoding: Encoding, last: bool) -> Option<usize> {
    let unit = encoding.unit();
    let lead = if matches!(encoding, Encoding::Utf16Be | Encoding::Utf32Be) { unit - 1 } else { 0 };
    let is_end = |at: &usize| {
        let others = bytes.get(at - lead..at - lead + unit);
        (at - lead).is_multiple_of(unit) && others.is_some_and(|u| u.iter().filter(|b| **b != 0).count() == 1)
    };
    let ends = memchr::memchr_iter(b'\n', bytes).filter(|at| *at >= lead);
    let end = ends.filter(|at| unit == 1 || is_end(at)).map(|at| at - lead + unit).next();
    match end {
        Some(end) => Some(end),
        None if bytes.len() >= ROOM => Some(whole(bytes, encoding)),
        None => (last && !bytes.is_empty()).then_some(bytes.len()),
    }
}

/// Bytes of the whole characters at the start of so many, as far as they can be told apart from the end.
fn whole(bytes: &[u8], encoding: Encoding) -> usize {
    let cut = match encoding {
        Encoding::Utf8 => bytes.iter().rposition(|b| b & 0xc0 != 0x80).unwrap_or(0),
        Encoding::Gb18030 => characters(bytes),
        // Behind ASCII that is no second byte of a longer character.
        Encoding::Legacy(_) => bytes.iter().rposition(|b| *b < 0x30).map_or(0, |at| at + 1),
        wide => bytes.len() / wide.unit() * wide.unit() - begun(bytes, wide),
    };
    if cut == 0 { bytes.len() } else { cut }
}

/// Bytes of the whole characters of GB 18030, which are told one after the other: its second bytes look like first ones.
fn characters(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let length = match bytes.get(at..) {
            Some([..0x80, ..]) => 1,
            Some([_, b'0'..=b'9', ..]) => 4,
            Some([_, _, ..]) => 2,
            _ => return at,
        };
        if at + length > bytes.len() {
            return at;
        }
        at += length;
    }
}

/// Bytes of the first half of a character of two units at the end of UTF-16.
fn begun(bytes: &[u8], encoding: Encoding) -> usize {
    let last = bytes.chunks_exact(2).next_back().and_then(|unit| unit.first_chunk());
    let unit = match encoding {
        Encoding::Utf16Le => last.map(|unit| u16::from_le_bytes(*unit)),
        Encoding::Utf16Be => last.map(|unit| u16::from_be_bytes(*unit)),
        _ => None,
    };
    if unit.is_some_and(|unit| (0xd800..0xdc00).contains(&unit)) { 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every byte is in a piece, and offsets lead to the characters.
        #[test]
        fn pieces_cover_the_text(
            lines in prop::collection::vec("[a茶é𠀀 \r]{0,9}", 0..12),
            long in 0_usize..300_000,
            word in prop::sample::select(vec!["茶叶 ", "茶𠀀叶"]),
            encoding in prop::sample::select(vec![Encoding::Utf8, Encoding::Gb18030, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Utf32Be]),
        ) {
            let text = lines.join("\n") + &word.repeat(long / 3);
            let bytes = encoding.encode(&text).unwrap();
            let mut joined = String::new();
            each_piece::<crate::Error>(&bytes, encoding, 0, |piece| {
                assert!(piece.exact);
                let mut offsets = piece.offsets();
                for at in [0, piece.text.len()] {
                    let before = encoding.encode(&(joined.clone() + &piece.text[..at])).unwrap();
                    assert_eq!(offsets(at), before.len() as u64);
                }
                joined.push_str(&piece.text);
                Ok(())
            }).unwrap();
            prop_assert_eq!(&joined, &text);
            let mut joined = String::new();
            each_block(&bytes, encoding, 0, |block| joined.push_str(block)).unwrap();
            prop_assert_eq!(joined, text);
        }
    }

    #[test]
    fn a_long_text_is_known_by_its_beginning() {
        for (text, encoding) in [("茶", Encoding::Utf8), ("茶叶\n", Encoding::Utf8), ("ab茶", Encoding::Utf8)] {
            let bytes = text.repeat(700_000).into_bytes();
            assert_eq!(opening(&bytes).unwrap().encoding, encoding);
        }
        let wide = Encoding::Utf16Le.encode(&format!("\u{feff}{}", "茶叶\n".repeat(300_000))).unwrap();
        let opening = opening(&wide).unwrap();
        assert_eq!((opening.encoding, opening.bom), (Encoding::Utf16Le, 2));
        assert!(opening.encode("\u{2061}").is_ok());
    }

    #[test]
    fn damage_is_told() {
        let bytes = b"good \xe8\x8c\xb6\nbad \xff\n".to_vec();
        let mut exact = Vec::new();
        each_piece::<crate::Error>(&bytes, Encoding::Utf8, 0, |piece| {
            exact.push(piece.exact);
            Ok(())
        })
        .unwrap();
        assert_eq!(exact, [true, false]);
    }
}
