//! MP3. The label is an ID3v2 frame TXXX with the description `AIGC` (audio guide); an APE tag at the end is read.

use biaoshi_container::ape::{self, Item};
use biaoshi_container::{self as container, Error, Limits, Patch, Result, Source, SourceExt};
use biaoshi_label::{Dialect, Label};

use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};
use crate::id3::{self, Carrier, TagLayout};
use crate::trace;

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "mp3",
    media_type: "audio/mpeg",
    extensions: &["mp3"],
    kind: Kind::Audio,
    status: Status::Standard,
    placement: TAGS.txxx,
    clause: "TC260-PG-202510A",
    touches: "a TXXX frame first in the first ID3v2 tag, paid by its padding; a tag of version 2.4 is made where there is none",
    families: &["ape", "id3"],
    sniff,
    read,
    pointers: None,
};

const NAME: &str = "MP3";
const APE: &str = "mp3/APE";
const TAGS: Carrier = Carrier {
    name: NAME,
    txxx: "mp3/ID3v2/TXXX",
    other: "mp3/ID3v2",
    geob: "mp3/ID3v2/GEOB",
    dialects: &[],
    even: false,
};

/// Length of the MPEG audio frame (ISO/IEC 11172-3 2.4.1.3) whose header this is, in bytes; `None` for anything else.
fn frame_length(header: [u8; 4]) -> Option<u64> {
    const BITRATES: [[u64; 15]; 5] = [
        [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let [sync, b, c, _] = header;
    if sync != 0xff || b & 0xe0 != 0xe0 {
        return None;
    }
    let (version, layer) = (b >> 3 & 3, b >> 1 & 3);
    let (table, samples) = match (version, layer) {
        (1, _) | (_, 0) => return None,
        (3, 3) => (0, 384),
        (3, 2) => (1, 1152),
        (3, _) => (2, 1152),
        (_, 3) => (3, 384),
        (_, 2) => (4, 1152),
        (_, _) => (4, 576),
    };
    let kilobits = BITRATES.get(table)?.get(usize::from(c >> 4)).copied().filter(|k| *k > 0)?;
    let rate = [44_100, 48_000, 32_000].get(usize::from(c >> 2 & 3)).copied()?;
    let rate = rate
        >> match version {
            3 => 0,
            2 => 1,
            _ => 2,
        };
    let padding = u64::from(c >> 1 & 1);
    Some(if layer == 3 {
        (12 * kilobits * 1000 / rate + padding) * 4
    } else {
        samples / 8 * kilobits * 1000 / rate + padding
    })
}

fn sniff(head: &Head<'_>) -> Confidence {
    if let Ok(Some(tag)) = biaoshi_container::id3::tag(head.source, 0) {
        // FLAC, AAC and others carry ID3 tags too; behind one, anything that is not theirs is taken for MP3.
        let next = head.source.array::<4>(NAME, tag.end(), "");
        return match next {
            Ok(next) if frame_length(next).is_some() => Confidence::Magic,
            Ok(next) if &next == b"fLaC" || matches!(next, [0xff, b, ..] if b & 0xf6 == 0xf0) => Confidence::No,
            _ => Confidence::Likely,
        };
    }
    // A tag that runs past the end is a damaged MP3; `ID3 tags explained` is a text.
    if matches!(head.get(0..10), [b'I', b'D', b'3', 2..=4, 0..=0xfe, _, a, b, c, d] if (a | b | c | d) & 0x80 == 0) {
        return Confidence::Likely;
    }
    let Some(length) = head.bytes.first_chunk().and_then(|h| frame_length(*h)) else { return Confidence::No };
    match head.source.array::<4>(NAME, length, "") {
        Ok(next) if frame_length(next).is_some() => Confidence::Likely,
        Err(_) if head.extension == "mp3" => Confidence::Likely,
        _ => Confidence::No,
    }
}

struct Layout {
    tags: Vec<TagLayout>,
    /// The APE tag, and its items that hold labels.
    ape: Option<(ape::Tag, Vec<Item>)>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut tags = Vec::new();
    let at = id3::front(source, &TAGS, limits, found, &mut tags)?;
    if source.len() < at + 4 {
        return Err(Error::truncated(NAME, at, "the tags; no audio follows"));
    }
    let ape = match ape(source, at, limits, found) {
        Err(damage) if damage.kind() != container::Kind::Io => {
            found.pass_over(APE, damage.to_string());
            None
        }
        read => read?,
    };
    Ok(Box::new(Layout { tags, ape }))
}

/// The APE tag behind the sound, which begins at `sound`, and its items that hold labels.
fn ape(source: &dyn Source, sound: u64, limits: &Limits, found: &mut Found) -> Result<Option<(ape::Tag, Vec<Item>)>> {
    let Some(tag) = ape::tag(source)?.filter(|tag| tag.range.start >= sound) else { return Ok(None) };
    let (items, damage) = tag.items(source, limits);
    if let Some(damage) = damage {
        found.pass_over(APE, damage.to_string());
    }
    let mut labels = Vec::new();
    for item in items.into_iter().filter(|item| !item.binary) {
        // What is longer than a label may be is not read to its end.
        let end = item.value.end.min(item.value.start.saturating_add(limits.label as u64 + 64));
        let bytes = source.bytes(NAME, item.value.start..end, limits.part, "an item of the APE tag")?;
        let text = String::from_utf8_lossy(&bytes);
        let mut dialects = vec![Dialect::ApeTag];
        let ours = item.key.eq_ignore_ascii_case("AIGC");
        if ours && item.key != "AIGC" {
            dialects.push(Dialect::SlotCase);
        }
        let slot = Slot { placement: APE.into(), span: item.value.clone(), wrapped: false, dialects: &dialects };
        match found.offer_as(ours, slot, &text, limits) {
            Offer::Label => labels.push(item),
            Offer::Vendor => {}
            Offer::Nothing => trace::look(found, APE, &item.key, &text),
        }
    }
    Ok(Some((tag, labels)))
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let mut patch = id3::plan(&self.tags, &TAGS, source, label)?;
        if let Some((tag, labels)) = self.ape.as_ref().filter(|(_, labels)| !labels.is_empty()) {
            tag.remove(labels, &mut patch)?;
        }
        Ok(patch)
    }
}
