//! Labels and traces in EXIF: UserComment (image guide Annex B) and the other tags that services use.

use std::ops::Range;

use biaoshi_container::exif::{IMAGE_DESCRIPTION, MAKE, MODEL, SOFTWARE, Tiff, USER_COMMENT};
use biaoshi_container::{Limits, Said, phrase};
use biaoshi_label::{Dialect, may_be_label};

use crate::found::{Found, Offer, Slot};

/// Artist, copyright and Windows comment, which services use too.
const ARTIST: u16 = 0x013b;
const COPYRIGHT: u16 = 0x8298;
const XP_COMMENT: u16 = 0x9c9c;

/// The tags whose text may be a label.
pub(crate) const TEXTS: [u16; 6] = [IMAGE_DESCRIPTION, SOFTWARE, ARTIST, COPYRIGHT, USER_COMMENT, XP_COMMENT];
/// The tags in which programs say what they are, or what they were told.
const NAMED: [(u16, &str); 7] = [
    (MAKE, "Make"),
    (MODEL, "Model"),
    (IMAGE_DESCRIPTION, "ImageDescription"),
    (SOFTWARE, "Software"),
    (ARTIST, "Artist"),
    (USER_COMMENT, "UserComment"),
    (XP_COMMENT, "XPComment"),
];
/// What is said of such a text that is not there.
pub(crate) const LOST_TEXT: &Said = phrase!("a text that runs past the end", "文本超出末尾");

/// A tag and its value, wherever it stands.
pub(crate) struct Tag<'a> {
    /// Tag number.
    pub(crate) tag: u16,
    /// Field type.
    pub(crate) kind: u16,
    /// Whether it is from the Exif IFD, where UserComment belongs.
    pub(crate) in_exif_ifd: bool,
    /// Whether numbers in the block are big-endian.
    pub(crate) big_endian: bool,
    /// The bytes of the value.
    pub(crate) value: &'a [u8],
    /// Offset of the value in the file.
    pub(crate) offset: u64,
}

/// Reads a TIFF block that starts at `offset` of the file. Returns the ranges (in the block) of the label texts, which
/// a writer overwrites with NUL: that moves nothing, is empty in every character code, and EXIF 2.32 defines a blank
/// UserComment as an undefined one.
pub(crate) fn read(
    block: &[u8],
    offset: u64,
    placement: &'static str,
    limits: &Limits,
    found: &mut Found,
) -> Vec<Range<usize>> {
    let Some(tiff) = Tiff::new(block) else {
        found.pass_over(placement, phrase!("EXIF without a TIFF header", "没有 TIFF 头的 EXIF"));
        return Vec::new();
    };
    let entries = tiff.entries();
    if entries.cut {
        found.damaged(placement, phrase!("a directory of EXIF that runs past the end", "EXIF 目录超出末尾"));
    }
    if entries.lost.iter().any(|tag| TEXTS.contains(tag)) {
        found.damaged(placement, LOST_TEXT);
    }
    let mut labels = Vec::new();
    for (in_exif_ifd, entry) in entries.all {
        let Some(value) = block.get(entry.value.clone()) else { continue };
        let (tag, kind, big_endian) = (entry.tag, entry.kind, tiff.big_endian());
        let at = offset + entry.value.start as u64;
        let tag = Tag { tag, kind, in_exif_ifd, big_endian, value, offset: at };
        if let Some(range) = read_tag(&tag, placement, limits, found) {
            let range = entry.value.start + range.start..entry.value.start + range.end;
            // Two entries may share one value.
            if !labels.iter().any(|r: &Range<usize>| r.start < range.end && range.start < r.end) {
                labels.push(range);
            }
        }
    }
    labels
}

/// Reads one tag. Returns the range (in the value) of the text when it is a label.
pub(crate) fn read_tag(
    tag: &Tag<'_>,
    placement: &'static str,
    limits: &Limits,
    found: &mut Found,
) -> Option<Range<usize>> {
    let (range, text, encoding) = text(tag)?;
    let mut dialects = Vec::new();
    if tag.tag != USER_COMMENT {
        dialects.push(Dialect::ExifOtherTag);
    } else if !tag.in_exif_ifd {
        dialects.push(Dialect::ExifIfd0);
    }
    dialects.extend(encoding);
    let span = tag.offset + range.start as u64..tag.offset + range.end as u64;
    let slot = Slot { placement: placement.into(), span, wrapped: true, dialects: &dialects };
    let labelled = TEXTS.contains(&tag.tag) || may_be_label(text.as_bytes());
    match if labelled { found.offer(slot, &text, limits) } else { Offer::Nothing } {
        Offer::Label => return Some(range),
        Offer::Vendor => return None,
        Offer::Nothing => {}
    }
    if let Some((_, name)) = NAMED.iter().find(|(number, _)| *number == tag.tag) {
        // A placement ends with the tag where a label belongs.
        let place = || match placement.strip_suffix("UserComment") {
            Some(path) => format!("{path}{name}"),
            None => placement.to_owned(),
        };
        found.look_at(&place, name, text.trim_end_matches('\0'));
    }
    None
}

/// The text of a tag, where it stands in the value, and what is unusual about its character code.
fn text(tag: &Tag<'_>) -> Option<(Range<usize>, String, Option<Dialect>)> {
    if !matches!(tag.kind, 1 | 2 | 7) {
        return None;
    }
    let (skip, code) = match tag.tag {
        USER_COMMENT => character_code(tag.value),
        XP_COMMENT => (0, Some(Coded::Wide)),
        _ => (0, Some(Coded::Narrow)),
    };
    let body = tag.value.get(skip..)?;
    let wide = match &code {
        // XPComment has an order of its own.
        Some(Coded::Wide) => byte_order(body, true).or_else(|| {
            let narrow =
                std::str::from_utf8(body).is_ok_and(|t| !t.chars().any(|c| c.is_control() && !c.is_whitespace()));
            (!narrow).then_some(tag.big_endian && tag.tag == USER_COMMENT)
        }),
        _ => byte_order(body, false),
    };
    let text = match wide {
        Some(big_endian) => utf16(body, big_endian),
        // The notes of a camera's maker are kilobytes of anything, and no text.
        None if !is_text(tag.tag) && !may_be_label(body) => return None,
        None => String::from_utf8_lossy(body).into_owned(),
    };
    let usual = match code {
        Some(Coded::Wide) => wide.is_some(),
        Some(Coded::Narrow) => wide.is_none() && (body.is_ascii() || tag.tag != USER_COMMENT),
        None => false,
    };
    Some((skip..tag.value.len(), text, (!usual).then_some(Dialect::ExifEncoding)))
}

/// Whether a tag is read as text, whatever it begins with.
fn is_text(tag: u16) -> bool {
    TEXTS.contains(&tag) || matches!(tag, MAKE | MODEL)
}

/// How a character code says that its text is stored.
enum Coded {
    /// ASCII.
    Narrow,
    /// UTF-16.
    Wide,
}

/// The character code in front of a UserComment (EXIF 2.32, 4.6.5): its length, and what it says; `None` where it says
/// nothing, or something (JIS) in which a label is ASCII all the same.
fn character_code(value: &[u8]) -> (usize, Option<Coded>) {
    let Some(code) = value.first_chunk::<8>() else { return (0, None) };
    match code.to_ascii_uppercase().as_slice() {
        b"ASCII\0\0\0" | b"ASCII   " => (8, Some(Coded::Narrow)),
        b"UNICODE\0" | b"UNICODE " => (8, Some(Coded::Wide)),
        b"JIS\0\0\0\0\0" | b"JIS     " | b"\0\0\0\0\0\0\0\0" => (8, None),
        // The name of the code in words, as exiv2 takes it: `charset=Undefined `.
        b"CHARSET=" => (value.iter().take(40).position(|b| *b == b' ').map_or(0, |at| at + 1), None),
        _ => (0, None),
    }
}

/// Bytes at the front of a text that tell its byte order.
const SAMPLE: usize = 1024;

/// Whether a text in UTF-16 is big-endian: by its mark, else by the zeros in the places of one of the two bytes; where
/// UTF-16 was not `announced`, by very many of them. `None` where nothing speaks for UTF-16.
fn byte_order(text: &[u8], announced: bool) -> Option<bool> {
    match text {
        [0xfe, 0xff, ..] => return Some(true),
        [0xff, 0xfe, ..] => return Some(false),
        _ => {}
    }
    // Padding says nothing.
    let end = text.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    let sample = text.get(..end.min(SAMPLE)).unwrap_or_default();
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let least = if announced { 0 } else { sample.len() / 4 };
    (first.abs_diff(second) > least).then_some(first > second)
}

fn utf16(bytes: &[u8], big_endian: bool) -> String {
    let from = if big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
    let units = bytes.chunks_exact(2).filter_map(|p| p.try_into().ok().map(from));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: &str = r#"{"AIGC":{"Label":"1","ContentProducer":"p","ProduceID":"i"}}"#;

    fn wide(text: &str, big_endian: bool) -> Vec<u8> {
        let bytes = |u: u16| if big_endian { u.to_be_bytes() } else { u.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn comment(big_endian: bool, code: &[u8], body: &[u8]) -> (Range<usize>, String, Option<Dialect>) {
        let value = [code, body].concat();
        let tag = Tag { tag: USER_COMMENT, kind: 7, in_exif_ifd: true, big_endian, value: &value, offset: 0 };
        text(&tag).unwrap()
    }

    /// Whatever the block's byte order, and whatever stands in front of the brace.
    #[test]
    fn unicode_comments_in_either_order() {
        for before in ["", " ", "AIGC", "AIGC: ", "\u{feff}", "生成的图片 "] {
            let words = format!("{before}{LABEL}");
            for (block, text) in [(false, false), (false, true), (true, false), (true, true)] {
                let padded = [wide(&words, text), vec![0; 60]].concat();
                for body in [wide(&words, text), padded] {
                    let (range, read, dialect) = comment(block, b"UNICODE\0", &body);
                    assert_eq!((range.start, read.trim_end_matches('\0'), dialect), (8, &*words, None));
                }
                // Text without a zero: the order of the block, as EXIF says.
                assert_eq!(comment(block, b"UNICODE\0", &wide("生成", block)).1, "生成");
            }
            let (_, read, dialect) = comment(true, b"Unicode\0", words.as_bytes());
            assert_eq!((&*read, dialect), (&*words, Some(Dialect::ExifEncoding)));
        }
    }

    #[test]
    fn other_character_codes() {
        let chinese = format!("生成 {LABEL}");
        for (code, body, unusual) in [
            (&b"ASCII\0\0\0"[..], LABEL.as_bytes().to_vec(), false),
            (b"ASCII   ", LABEL.as_bytes().to_vec(), false),
            (b"ASCII\0\0\0", chinese.as_bytes().to_vec(), true),
            (b"ASCII\0\0\0", wide(&chinese, true), true),
            (b"JIS\0\0\0\0\0", LABEL.as_bytes().to_vec(), true),
            (&[0; 8], wide(LABEL, false), true),
            (b"charset=Undefined ", LABEL.as_bytes().to_vec(), true),
            (b"charset=Ascii ", LABEL.as_bytes().to_vec(), true),
            (b"", LABEL.as_bytes().to_vec(), true),
            (b"", wide(LABEL, true), true),
        ] {
            let (range, read, dialect) = comment(false, code, &body);
            assert_eq!((range.start, dialect.is_some()), (code.len(), unusual), "{code:?}");
            assert!(read.ends_with(LABEL), "{code:?} {read}");
        }
        // A few NULs in a narrow text are padding, not UTF-16.
        assert_eq!(comment(true, b"ASCII\0\0\0", b"text\0\0x\0y").1, "text\0\0x\0y");
    }
}
