//! TIFF, BigTIFF and DNG. The label is XMP in tag 700 of the first directory (image guide); EXIF is read.
//!
//! Offsets in a TIFF are absolute and may hide in private data, so writing moves nothing: what grows goes to the end.

mod content;
mod pointers;
mod read;
mod write;

use biaoshi_container::Said;
use std::ops::Range;

use biaoshi_container::tiff::{Directory, Entry, Form};

use crate::format::{Confidence, Format, Kind, Status};
use crate::xmp::Packet;

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "tiff",
    media_type: "image/tiff",
    extensions: &["tif", "tiff", "dng", "btf"],
    kind: Kind::Image,
    status: Status::Standard,
    placement: XMP,
    clause: "TC260-PG-20259A",
    touches: "the XMP packet in its place or at the end, with the first directory when it needs an entry; nothing moves, labels elsewhere are blanked",
    families: &["tiff", "xmp", "exif"],
    sniff: |head| match head.get(0..4) {
        b"II\x2a\0" | b"MM\0\x2a" | b"II\x2b\0" | b"MM\0\x2b" => Confidence::Magic,
        _ => Confidence::No,
    },
    read: read::read,
    pointers: Some(pointers::walk),
    content: Some(content::parts),
};

const NAME: &str = "TIFF";
const XMP: &str = "tiff/IFD0/XMP";
/// The tag of XMP (ISO 16684-1, XMP part 3).
const XMP_TAG: u16 = 700;

/// What a writer needs to know.
struct Layout {
    form: Form,
    main: Directory,
    /// The packets of the first directory, then those of later pages that hold labels.
    packets: Vec<(Entry, Packet)>,
    /// How many of them are of the first directory.
    in_main: usize,
    /// Label texts in EXIF tags, with what overwrites them.
    blanked: Vec<Range<u64>>,
    /// A kind of file that only looks like TIFF.
    foreign: Option<&'static Said>,
}
