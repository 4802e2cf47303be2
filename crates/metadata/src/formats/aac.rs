//! AAC in ADTS frames. The label is an ID3v2 frame TXXX with the description `AIGC`, as for MP3 (audio guide).

use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt};
use biaoshi_label::Label;

use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::Found;
use crate::id3::{self, Carrier, TagLayout};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "aac",
    media_type: "audio/aac",
    extensions: &["aac", "adts"],
    kind: Kind::Audio,
    status: Status::Convention,
    placement: TAGS.txxx,
    clause: "TC260-PG-202510A names ID3v2 for MP3; raw AAC carries the same tags",
    touches: "a TXXX frame first in the ID3v2 tag before the sound; a tag of version 2.4 is made where there is none",
    families: &["id3"],
    sniff,
    read,
    pointers: None,
};

const NAME: &str = "ADTS";
const TAGS: Carrier = Carrier {
    name: NAME,
    txxx: "aac/ID3v2/TXXX",
    other: "aac/ID3v2",
    geob: "aac/ID3v2/GEOB",
    dialects: &[],
    even: false,
};

/// Length of the frame (ISO/IEC 13818-7 6.2) whose header this is, in bytes; `None` for anything else.
fn frame_length(header: [u8; 6]) -> Option<u64> {
    let [0xff, b, c, d, e, f] = header else { return None };
    // Sync word, layer 0, and one of the thirteen sample rates.
    if b & 0xf6 != 0xf0 || c >> 2 & 15 > 12 {
        return None;
    }
    let length = u64::from(d & 3) << 11 | u64::from(e) << 3 | u64::from(f >> 5);
    (length > 7).then_some(length)
}

/// The length of the frame at `at`, if there is one.
fn frame(source: &dyn Source, at: u64) -> Option<u64> {
    frame_length(source.array(NAME, at, "a frame header").ok()?)
}

fn sniff(head: &Head<'_>) -> Confidence {
    let Some(at) = id3::behind(head.source) else { return Confidence::No };
    let Some(length) = frame(head.source, at) else { return Confidence::No };
    let next = at + length;
    if frame(head.source, next).is_some() || next == head.source.len() {
        return if at > 0 { Confidence::Magic } else { Confidence::Likely };
    }
    // Cut off, or with a foreign tag behind one frame.
    if head.extension == "aac" || at > 0 { Confidence::Likely } else { Confidence::No }
}

struct Layout(Vec<TagLayout>);

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut tags = Vec::new();
    let at = id3::front(source, &TAGS, limits, found, &mut tags)?;
    if frame(source, at).is_none() {
        return Err(Error::invalid(NAME, at, "no frame where the sound should begin"));
    }
    Ok(Box::new(Layout(tags)))
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        id3::plan(&self.0, &TAGS, source, label)
    }
}
