//! AAC in ADTS frames. The label is an ID3v2 frame TXXX with the description `AIGC`, as for MP3 (audio guide).

use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt, phrase};
use biaoshi_label::Label;

use crate::content::Part;
use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::Found;
use crate::id3::{self, Carrier, TagLayout};
use crate::tail::{self, Tail};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "aac",
    media_type: "audio/aac",
    extensions: &["aac", "adts"],
    kind: Kind::Audio,
    status: Status::Convention,
    placement: TAGS.txxx,
    clause: "TC260-PG-202510A names ID3v2 for MP3; raw AAC carries the same tags",
    touches: "a TXXX frame first in the ID3v2 tag before the sound; a tag of version 2.4 is made where there is none, with title, artist and the like from the tags behind the sound",
    families: &["ape", "id3"],
    sniff,
    read,
    pointers: None,
    content: Some(content),
};

const NAME: &str = "ADTS";
const TAGS: Carrier = Carrier {
    name: NAME,
    txxx: "aac/ID3v2/TXXX",
    other: "aac/ID3v2",
    geob: "aac/ID3v2/GEOB",
    ape: "aac/APE",
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
    frame_length(source.array(NAME, at, phrase!("a frame header", "帧头")).ok()?)
}

/// Whether three frames stand here, or as many as there are.
fn sound(source: &dyn Source, start: u64) -> bool {
    let mut at = start;
    (0..3).all(|n| match frame(source, at) {
        Some(length) => {
            at += length;
            true
        }
        None => n > 0 && at == source.len(),
    })
}

fn sniff(head: &Head<'_>) -> Confidence {
    let Some(at) = id3::behind(head, &["aac", "adts"], sound) else { return Confidence::No };
    let Some(length) = frame(head.source, at) else { return Confidence::No };
    let next = at + length;
    if frame(head.source, next).is_some() || next == head.source.len() {
        return if at > 0 { Confidence::Magic } else { Confidence::Likely };
    }
    // Cut off, or with a foreign tag behind one frame.
    if head.extension == "aac" || at > 0 { Confidence::Likely } else { Confidence::No }
}

/// The frames, from behind the tags at the front to before those at the end.
fn content(source: &dyn Source, _: &Limits) -> Result<Vec<Part>> {
    let start = biaoshi_container::id3::front(source, sound, &mut |_| Ok(()))?;
    Ok(vec![Part::new(*b"ADTS", start..tail::start(source, start)?)])
}

struct Layout {
    tags: Vec<TagLayout>,
    tail: Tail,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut tags = Vec::new();
    let at = id3::front(source, &TAGS, sound, limits, found, &mut tags)?;
    if frame(source, at).is_none() {
        return Err(Error::invalid(NAME, at, phrase!("no frame where the sound should begin", "应为音频起始处没有帧")));
    }
    let tail = tail::read(source, at, &TAGS, limits, found)?;
    Ok(Box::new(Layout { tags, tail }))
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let mut patch = id3::plan(&self.tags, &self.tail.basics, &TAGS, source, label, limits)?;
        self.tail.plan(&TAGS, source, limits, &mut patch)?;
        Ok(patch)
    }
}
