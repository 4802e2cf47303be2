//! HEIC, HEIF and AVIF. The label is XMP in an item of type `mime` that describes the primary item (image guide; for
//! AVIF our convention). Pictures, tiles, gain maps and sequences are never touched.

mod content;
mod place;
mod read;
mod write;

#[cfg(test)]
mod tests;

use crate::format::{Confidence, Format, Head, Kind, Status};
use crate::formats::boxes;

const NAME: &str = "HEIF";
const XMP: &str = "heif/meta/XMP";
const EXIF: &str = "heif/meta/Exif/UserComment";

/// HEVC and other pictures in HEIF.
pub(crate) static HEIC: Format = Format {
    name: "heic",
    media_type: "image/heic",
    extensions: &["heic", "heif", "hif", "heics", "heifs"],
    kind: Kind::Image,
    status: Status::Standard,
    placement: XMP,
    clause: "TC260-PG-20259A",
    touches: "the XMP item, its entries in iinf, iloc and iref, and the offsets of what moves; label items and uuid boxes elsewhere are cut out, an EXIF comment is blanked",
    families: &["heif", "xmp", "exif"],
    sniff: |head| if family(head) == Some(Family::Heic) { Confidence::Magic } else { Confidence::No },
    read: read::read,
    pointers: Some(boxes::pointers::walk),
    content: Some(content::parts),
};

/// AV1 pictures.
pub(crate) static AVIF: Format = Format {
    name: "avif",
    media_type: "image/avif",
    extensions: &["avif", "avifs"],
    status: Status::Convention,
    clause: "TC260-PG-20259A names HEIC only",
    sniff: |head| if family(head) == Some(Family::Avif) { Confidence::Magic } else { Confidence::No },
    ..HEIC
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Family {
    Heic,
    Avif,
}

/// Which pictures the brands of `ftyp` announce. A general major brand (`mif1`) leaves it to the compatible ones.
pub(in crate::formats) fn family(head: &Head<'_>) -> Option<Family> {
    if head.get(4..8) != b"ftyp" {
        return None;
    }
    let size = head.bytes.first_chunk().map_or(0, |b| u32::from_be_bytes(*b));
    let end = usize::try_from(size).unwrap_or(usize::MAX).min(head.bytes.len());
    let of = |brand: &[u8]| match brand {
        b"avif" | b"avis" => Some(Family::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => Some(Family::Heic),
        _ => None,
    };
    match head.get(8..12) {
        b"mif1" | b"mif2" | b"msf1" | b"miaf" => {
            let compatible = head.get(16..end.max(16)).chunks_exact(4);
            Some(compatible.into_iter().find_map(of).unwrap_or(Family::Heic))
        }
        major => of(major),
    }
}
