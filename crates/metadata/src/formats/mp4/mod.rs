//! MP4, M4A and QuickTime. The label is the key `AIGC` of the metadata in `moov/udta/meta` (video and audio guides).

mod read;
#[cfg(test)]
mod tests;
mod write;

use crate::format::{Confidence, Format, Head, Kind, Status};
use crate::formats::boxes;

const PLACEMENT: &str = "mp4/moov/udta/meta/AIGC";

/// MPEG-4 video.
pub(crate) static MP4: Format = Format {
    name: "mp4",
    media_type: "video/mp4",
    extensions: &["mp4", "m4v", "3gp", "3g2", "f4v", "mov", "m4a"],
    kind: Kind::Video,
    status: Status::Standard,
    placement: PLACEMENT,
    clause: "TC260-PG-20257A",
    touches: "the item in `meta`, and the sizes of the boxes around it; a free box behind `moov` pays, else the offsets of the samples move along",
    families: &["mov"],
    sniff: |head| sniff(head, Family::Mp4),
    read: read::read,
    pointers: Some(boxes::pointers::walk),
    content: Some(boxes::content::parts),
};

/// MPEG-4 audio.
pub(crate) static M4A: Format = Format {
    name: "m4a",
    media_type: "audio/mp4",
    extensions: &["m4a", "m4b", "mp4"],
    kind: Kind::Audio,
    clause: "TC260-PG-202510A",
    sniff: |head| sniff(head, Family::M4a),
    ..MP4
};

/// QuickTime.
pub(crate) static MOV: Format = Format {
    name: "mov",
    media_type: "video/quicktime",
    extensions: &["mov", "qt", "mp4", "m4v"],
    sniff: |head| sniff(head, Family::Mov),
    ..MP4
};

#[derive(PartialEq)]
enum Family {
    Mp4,
    M4a,
    Mov,
}

/// Decides by the brands of `ftyp`; pictures (HEIF, AVIF) share the container but not the row.
fn sniff(head: &Head<'_>, wanted: Family) -> Confidence {
    let family = match head.get(4..8) {
        b"ftyp" if super::heif::family(head).is_some() => return Confidence::No,
        b"ftyp" => match head.get(8..12) {
            b"M4A " | b"M4B " | b"M4P " => Family::M4a,
            b"qt  " => Family::Mov,
            b"jxl " | b"crx " | b"jp2 " => return Confidence::No,
            _ => Family::Mp4,
        },
        // Files from before `ftyp` begin with any of these.
        b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot" if plausible(head) => Family::Mov,
        _ => return Confidence::No,
    };
    if family == wanted { Confidence::Magic } else { Confidence::No }
}

/// Whether the first box can have the size that it states: `The free encyclopedia` is a text.
fn plausible(head: &Head<'_>) -> bool {
    let size = head.bytes.first_chunk().map_or(0, |b| u64::from(u32::from_be_bytes(*b)));
    matches!(size, 0 | 1) || (8..=head.source.len()).contains(&size)
}
