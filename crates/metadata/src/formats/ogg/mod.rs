//! Ogg. The label is a comment `AIGC=` in the comment header of the first stream (audio guide names Vorbis and Opus).
//!
//! Streams that lie side by side, and those of later links of a chain, are all read; one label is for the whole file
//! (clause 6.1 c), so it is written into the first stream and taken out of the others.

mod read;
mod write;

use biaoshi_container::{Limits, Result, Source};

use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::Found;

/// Any Ogg but Opus.
pub(crate) static OGG: Format = Format {
    name: "ogg",
    media_type: "audio/ogg",
    extensions: &["ogg", "oga", "ogv", "spx"],
    kind: Kind::Audio,
    status: Status::Standard,
    placement: "ogg/comments/AIGC",
    clause: "TC260-PG-202510A",
    touches: "the comment packet, with the numbers and checksums of its pages",
    families: &["vorbis"],
    sniff: |head| sniff(head, false),
    read: |source, limits, found| read_as(source, ("ogg/comments/AIGC", "ogg/comments"), limits, found),
    pointers: None,
};

/// Opus in Ogg (RFC 7845).
pub(crate) static OPUS: Format = Format {
    name: "opus",
    media_type: "audio/ogg; codecs=opus",
    extensions: &["opus", "ogg"],
    kind: Kind::Audio,
    status: Status::Standard,
    placement: "opus/OpusTags/AIGC",
    clause: "TC260-PG-202510A",
    touches: "the comment packet, with the numbers and checksums of its pages",
    families: &["vorbis"],
    sniff: |head| sniff(head, true),
    read: |source, limits, found| read_as(source, ("opus/OpusTags/AIGC", "opus/OpusTags"), limits, found),
    pointers: None,
};

const NAME: &str = "Ogg";

/// What is known of the comment header of a codec.
struct Codec {
    /// What its first packet begins with.
    magic: &'static [u8],
    /// What stands before the comments in the second packet.
    prefix: &'static [u8],
    /// Header packets behind the first.
    headers: usize,
    /// How the comments are framed.
    framing: Framing,
}

/// How comments are framed in their packet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// By nothing, or a bit behind them that stays.
    Plain,
    /// Zeros behind them are padding, unless their first bit is set (RFC 7845 section 5.2).
    Padded,
    /// By the header of a FLAC block in front, with a length of three bytes (RFC 9639 section 10.1).
    Block,
}

static CODECS: [Codec; 5] = [
    Codec { magic: b"\x01vorbis", prefix: b"\x03vorbis", headers: 2, framing: Framing::Plain },
    Codec { magic: b"OpusHead", prefix: b"OpusTags", headers: 1, framing: Framing::Padded },
    Codec { magic: b"\x80theora", prefix: b"\x81theora", headers: 2, framing: Framing::Plain },
    Codec { magic: b"Speex   ", prefix: b"", headers: 1, framing: Framing::Plain },
    Codec { magic: b"\x7fFLAC", prefix: b"", headers: 1, framing: Framing::Block },
];

fn sniff(head: &Head<'_>, opus: bool) -> Confidence {
    let segments = usize::from(head.bytes.get(26).copied().unwrap_or(0));
    let first = head.bytes.get(27 + segments..).unwrap_or_default();
    match head.bytes.starts_with(b"OggS\0") && opus == first.starts_with(b"OpusHead") {
        true => Confidence::Magic,
        false => Confidence::No,
    }
}

fn read_as(
    source: &dyn Source,
    placements: (&'static str, &'static str),
    limits: &Limits,
    found: &mut Found,
) -> Result<Box<dyn Writer>> {
    Ok(Box::new(read::chain(source, placements, limits, found)?))
}
