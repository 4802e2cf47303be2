//! Labels in EXIF: UserComment (image guide Annex B) and the other tags that services use.

use std::ops::Range;

use biaoshi_container::Limits;
use biaoshi_container::exif::{Entry, IMAGE_DESCRIPTION, SOFTWARE, Tiff, USER_COMMENT};
use biaoshi_label::Dialect;

use crate::found::{Found, Offer, Slot};
use crate::trace;

/// Artist, copyright and Windows comment, which services use too.
const ARTIST: u16 = 0x013b;
const XP_COMMENT: u16 = 0x9c9c;

/// Reads a TIFF block that starts at `offset` of the file. Returns the ranges (in the block) of the label texts, which
/// a writer overwrites with blanks: that moves nothing, and EXIF 2.32 defines a blank UserComment as an undefined one.
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
        let Some((range, text, encoding)) = text(&tiff, block, &entry) else { continue };
        let mut dialects = Vec::new();
        if entry.tag != USER_COMMENT {
            dialects.push(Dialect::ExifOtherTag);
        } else if !in_exif_ifd {
            dialects.push(Dialect::ExifIfd0);
        }
        dialects.extend(encoding);
        let span = offset + range.start as u64..offset + range.end as u64;
        let slot = Slot { placement: placement.into(), span, wrapped: true, dialects: &dialects };
        match found.offer(slot, &text, limits) {
            Offer::Label => labels.push(range),
            Offer::Vendor => {}
            Offer::Nothing => {
                let name = match entry.tag {
                    SOFTWARE => "Software",
                    ARTIST => "Artist",
                    IMAGE_DESCRIPTION => "Description",
                    USER_COMMENT => "parameters",
                    _ => continue,
                };
                trace::look(found, placement, name, &text);
            }
        }
    }
    labels
}

/// The text of an entry, where it stands in the block, and what is unusual about its character code.
fn text(tiff: &Tiff<'_>, block: &[u8], entry: &Entry) -> Option<(Range<usize>, String, Option<Dialect>)> {
    if !matches!(entry.kind, 1 | 2 | 7) {
        return None;
    }
    let value = block.get(entry.value.clone())?;
    if entry.tag == XP_COMMENT {
        return Some((entry.value.clone(), utf16(value, false), None));
    }
    let (skip, wide, dialect) = match value {
        [b'A', b'S', b'C', b'I', b'I', 0, 0, 0, ..] => (8, false, None),
        [b'U', b'N', b'I', b'C', b'O', b'D', b'E', 0, ..] => (8, true, None),
        [0, 0, 0, 0, 0, 0, 0, 0, ..] => (8, false, Some(Dialect::ExifEncoding)),
        _ if value.starts_with(b"charset=Undefined ") => (18, false, Some(Dialect::ExifEncoding)),
        _ if value.starts_with(b"charset=Ascii ") => (14, false, Some(Dialect::ExifEncoding)),
        _ => (0, false, (entry.tag == USER_COMMENT).then_some(Dialect::ExifEncoding)),
    };
    let body = value.get(skip..)?;
    let text = if wide {
        utf16(body, guess_big_endian(body, tiff.big_endian()))
    } else {
        String::from_utf8_lossy(body).into_owned()
    };
    Some((entry.value.start + skip..entry.value.end, text, dialect))
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
