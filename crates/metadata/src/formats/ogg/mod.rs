//! Ogg. The label is a comment `AIGC=` in the comment header of the first stream of sound (audio guide names Vorbis and
//! Opus); players take the comments of a Theora stream beside it, mostly the picture of a cover, for those of a film.
//!
//! Streams that lie side by side, and those of later links of a chain, are all read; one label is for the whole file
//! (clause 6.1 c), so it is written into that stream and taken out of the others.

mod content;
mod read;
mod write;

use biaoshi_container::{Limits, Result, Source, ogg};

use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::Found;

/// Any Ogg whose sound is not Opus.
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
    sniff: |head| sniff(head, |magic| magic != OPUS_HEAD),
    read: |source, limits, found| {
        read_as(source, Placements { label: "ogg/comments/AIGC", other: "ogg/comments" }, limits, found)
    },
    pointers: None,
    content: Some(content::parts),
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
    sniff: |head| sniff(head, |magic| magic == OPUS_HEAD),
    read: |source, limits, found| {
        read_as(source, Placements { label: "opus/OpusTags/AIGC", other: "opus/OpusTags" }, limits, found)
    },
    pointers: None,
    content: Some(content::parts),
};

const NAME: &str = "Ogg";

/// What the places of comments are called.
#[derive(Clone, Copy)]
struct Placements {
    /// Of the prescribed one.
    label: &'static str,
    /// Of others.
    other: &'static str,
}

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
    /// Whether it is sound.
    sound: bool,
}

impl Codec {
    /// The codec whose first packet begins so.
    fn of(packet: &[u8]) -> Option<&'static Self> {
        CODECS.iter().find(|codec| packet.starts_with(codec.magic))
    }
}

/// How comments are framed in their packet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// By nothing.
    Plain,
    /// By a bit behind them, without which decoders refuse the stream and readers drop the last comment (Vorbis I section 5.2.1).
    Bit,
    /// Zeros behind them are padding, unless their first bit is set (RFC 7845 section 5.2).
    Padded,
    /// By the header of a FLAC block in front, with a length of three bytes (RFC 9639 section 10.1).
    Block,
}

const OPUS_HEAD: &[u8] = b"OpusHead";

static CODECS: [Codec; 5] = [
    Codec { magic: b"\x01vorbis", prefix: b"\x03vorbis", headers: 2, framing: Framing::Bit, sound: true },
    Codec { magic: OPUS_HEAD, prefix: b"OpusTags", headers: 1, framing: Framing::Padded, sound: true },
    Codec { magic: b"\x80theora", prefix: b"\x81theora", headers: 2, framing: Framing::Plain, sound: false },
    Codec { magic: b"Speex   ", prefix: b"", headers: 1, framing: Framing::Plain, sound: true },
    Codec { magic: b"\x7fFLAC", prefix: b"", headers: 1, framing: Framing::Block, sound: true },
];

/// Most streams that lie side by side.
const STREAMS: usize = 64;

/// Whether it is Ogg, and the first packet of its sound begins with what is wanted; that is empty where there is no sound.
fn sniff(head: &Head<'_>, wanted: fn(&[u8]) -> bool) -> Confidence {
    let mut at = 0;
    let pages = std::iter::from_fn(|| {
        let page = ogg::header(&head.bytes, at).ok().flatten().filter(ogg::Page::first)?;
        at = page.end();
        Some(page)
    });
    let packet = |page: ogg::Page| head.bytes.get(usize::try_from(page.body().start).ok()?..);
    let sound = pages.take(STREAMS).filter_map(packet).filter_map(Codec::of).find(|codec| codec.sound);
    match head.bytes.starts_with(b"OggS\0") && wanted(sound.map_or(b"", |codec| codec.magic)) {
        true => Confidence::Magic,
        false => Confidence::No,
    }
}

fn read_as(source: &dyn Source, placements: Placements, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    Ok(Box::new(read::chain(source, placements, limits, found)?))
}
