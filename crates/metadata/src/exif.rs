//! Labels in EXIF: UserComment (image guide Annex B) and the other tags that services use.

use std::ops::Range;

use biaoshi_container::Limits;
use biaoshi_container::exif::{IMAGE_DESCRIPTION, SOFTWARE, Tiff, USER_COMMENT};
use biaoshi_label::Dialect;

use crate::found::{Found, Offer, Slot};
use crate::trace;

/// Artist, copyright and Windows comment, which services use too.
pub(crate) const ARTIST: u16 = 0x013b;
pub(crate) const XP_COMMENT: u16 = 0x9c9c;

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
        found.pass_over(placement, "EXIF without a TIFF header");
        return Vec::new();
    };
    let mut labels = Vec::new();
    for (in_exif_ifd, entry) in tiff.entries() {
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
    match found.offer(slot, &text, limits) {
        Offer::Label => return Some(range),
        Offer::Vendor => return None,
        Offer::Nothing => {}
    }
    let name = match tag.tag {
        SOFTWARE => "Software",
        ARTIST => "Artist",
        IMAGE_DESCRIPTION => "Description",
        USER_COMMENT => "parameters",
        _ => return None,
    };
    trace::look(found, placement, name, &text);
    None
}

/// The text of a tag, where it stands in the value, and what is unusual about its character code.
fn text(tag: &Tag<'_>) -> Option<(Range<usize>, String, Option<Dialect>)> {
    if !matches!(tag.kind, 1 | 2 | 7) {
        return None;
    }
    let value = tag.value;
    if tag.tag == XP_COMMENT {
        return Some((0..value.len(), utf16(value, false), None));
    }
    let (skip, wide, dialect) = match value {
        [b'A', b'S', b'C', b'I', b'I', 0, 0, 0, ..] => (8, false, None),
        [b'U', b'N', b'I', b'C', b'O', b'D', b'E', 0, ..] => (8, true, None),
        [0, 0, 0, 0, 0, 0, 0, 0, ..] => (8, false, Some(Dialect::ExifEncoding)),
        _ if value.starts_with(b"charset=Undefined ") => (18, false, Some(Dialect::ExifEncoding)),
        _ if value.starts_with(b"charset=Ascii ") => (14, false, Some(Dialect::ExifEncoding)),
        _ => (0, false, (tag.tag == USER_COMMENT).then_some(Dialect::ExifEncoding)),
    };
    let body = value.get(skip..)?;
    let text = if wide {
        utf16(body, guess_big_endian(body, tag.big_endian))
    } else {
        String::from_utf8_lossy(body).into_owned()
    };
    Some((skip..value.len(), text, dialect))
}

/// The byte order of a UNICODE comment is that of the block, but many writers use the other: an ASCII brace decides.
fn guess_big_endian(text: &[u8], block: bool) -> bool {
    match text {
        [0xfe, 0xff, ..] | [0, b'{', ..] => true,
        [0xff, 0xfe, ..] | [b'{', 0, ..] => false,
        _ => block,
    }
}

fn utf16(bytes: &[u8], big_endian: bool) -> String {
    let from = if big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
    let units = bytes.chunks_exact(2).filter_map(|p| p.try_into().ok().map(from));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
