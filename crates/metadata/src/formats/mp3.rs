//! MP3. The label is an ID3v2 frame TXXX with the description `AIGC` (audio guide).

use std::ops::Range;

use biaoshi_container::id3::{self, Frame, Tag};
use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt};
use biaoshi_label::{Dialect, Label, Reading, read as read_label};

use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "mp3",
    media_type: "audio/mpeg",
    extensions: &["mp3"],
    kind: Kind::Audio,
    status: Status::Standard,
    placement: TXXX,
    clause: "TC260-PG-202510A",
    sniff,
    read,
};

const NAME: &str = "MP3";
const TXXX: &str = "mp3/ID3v2/TXXX";
/// Padding of a new tag: room for the next edit, and exiftool 12 takes a frame that ends the tag for damaged.
const PADDING: usize = 128;
/// Most tags that may stand one behind the other.
const MAX_TAGS: usize = 16;

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
    if let Ok(Some(tag)) = id3::tag(head.source, 0) {
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

/// What a writer needs to know about one tag.
struct TagLayout {
    tag: Tag,
    /// Where frames start.
    front: u64,
    /// Where padding starts.
    padding: u64,
    checksum: bool,
    /// Frames that hold labels, in file offsets.
    labels: Vec<Range<u64>>,
}

#[derive(Default)]
struct Layout {
    tags: Vec<TagLayout>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut layout = Layout::default();
    let mut at = 0;
    while let Some(tag) = id3::tag(source, at)? {
        if layout.tags.len() >= MAX_TAGS {
            return Err(Error::invalid(NAME, at, format!("more than {MAX_TAGS} ID3 tags stand one behind the other")));
        }
        at = tag.end();
        let second = !layout.tags.is_empty();
        layout.tags.push(read_tag(source, tag, second, limits, found)?);
    }
    if source.len() < at + 4 {
        return Err(Error::truncated(NAME, at, "the tags; no audio follows"));
    }
    Ok(Box::new(layout))
}

fn read_tag(source: &dyn Source, tag: Tag, second: bool, limits: &Limits, found: &mut Found) -> Result<TagLayout> {
    let body = tag.body();
    // ID3v2.3 unsynchronises the tag as a whole: frames are found in the restored bytes, edits go to the raw ones.
    let restored = if tag.unsynchronised() && tag.version < 4 {
        Some(source.bytes(NAME, body.clone(), limits.part, "the tag")?)
    } else {
        None
    };
    let Some(raw) = restored else {
        let (front, checksum) = id3::frames_start(source, &tag, &body)?;
        let frames = id3::frames(source, tag.version, front..body.end, limits)?;
        let padding = frames.last().map_or(front, |f| f.range.end);
        let labels = labels(source, &tag, &frames, second, |n| n, limits, found)?;
        return Ok(TagLayout { tag, front, padding, checksum, labels });
    };
    let data = id3::resynchronise(&raw);
    let inner = 0..data.len() as u64;
    let (front, checksum) = id3::frames_start(&data, &tag, &inner)?;
    let frames = id3::frames(&data, tag.version, front..inner.end, limits)?;
    let place = |n: u64| body.start + id3::raw_offset(&raw, n);
    let padding = place(frames.last().map_or(front, |f| f.range.end));
    let labels = labels(&data, &tag, &frames, second, place, limits, found)?;
    Ok(TagLayout { tag, front: place(front), padding, checksum, labels })
}

/// Reads the frames that may hold a label; returns those that do.
fn labels(
    source: &dyn Source,
    tag: &Tag,
    frames: &[Frame],
    second: bool,
    place: impl Fn(u64) -> u64,
    limits: &Limits,
    found: &mut Found,
) -> Result<Vec<Range<u64>>> {
    let mut out = Vec::new();
    for frame in frames {
        let user = matches!(&frame.id, b"TXXX" | b"TXX\0");
        if !user && !matches!(&frame.id, b"COMM" | b"COM\0" | b"TIT3" | b"TENC" | b"TSSE" | b"GEOB") {
            continue;
        }
        let bytes = source.bytes(NAME, frame.body.clone(), limits.part, "a frame")?;
        let Some(data) = id3::frame_data(tag.version, frame.flags, &bytes, limits) else {
            found.pass_over("mp3/ID3v2", format!("frame {}: encrypted or damaged", String::from_utf8_lossy(&frame.id)));
            continue;
        };
        if &frame.id == b"GEOB" {
            if data.windows(18).any(|w| w == b"application/x-c2pa") {
                found.c2pa("mp3/ID3v2/GEOB", &data);
            }
            continue;
        }
        let text = if matches!(&frame.id, b"COMM" | b"COM\0") { comment(&data) } else { id3::user_text(&data) };
        let Some((description, value)) = text else { continue };
        let mut dialects = Vec::new();
        if !user || !description.eq_ignore_ascii_case("AIGC") {
            dialects.push(Dialect::Id3OtherFrame);
        } else if description != "AIGC" {
            dialects.push(Dialect::SlotCase);
        }
        if second {
            dialects.push(Dialect::Id3Trailing);
        }
        let value = if user || !value.is_empty() { value } else { description };
        // Finding the place of a frame in an unsynchronised tag costs a scan: only labels are worth it, and not more
        // of them than are kept.
        if found.records.len() > limits.records
            || (dialects.contains(&Dialect::Id3OtherFrame) && read_label(&value) == Reading::Nothing)
        {
            continue;
        }
        let span = place(frame.range.start)..place(frame.range.end);
        let placement = if user { TXXX } else { "mp3/ID3v2" };
        let slot = Slot { placement: placement.into(), span: span.clone(), wrapped: false, dialects: &dialects };
        let own = !dialects.contains(&Dialect::Id3OtherFrame);
        let offer = if own { found.offer_named(slot, &value, limits) } else { found.offer(slot, &value, limits) };
        if offer == Offer::Label {
            out.push(span);
        }
    }
    Ok(out)
}

/// A comment frame: encoding, language, description, NUL, text.
fn comment(data: &[u8]) -> Option<(String, String)> {
    let mut body = vec![*data.first()?];
    body.extend(data.get(4..)?);
    id3::user_text(&body)
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let mut patch = Patch::new();
        let json = label.to_json();
        let too_long = || Error::unsupported(NAME, "a tag of more than 256 MiB");
        for (index, layout) in self.tags.iter().enumerate() {
            let TagLayout { tag, .. } = layout;
            let frame = if index == 0 {
                id3::encode_user_text(tag.version, "AIGC", &json).ok_or_else(too_long)?
            } else {
                Vec::new()
            };
            let frame = if tag.unsynchronised() && tag.version < 4 { id3::unsynchronise(&frame) } else { frame };
            if frame.is_empty() && layout.labels.is_empty() {
                continue;
            }
            if layout.checksum {
                return Err(Error::unsupported(NAME, "an ID3v2 extended header with a checksum"));
            }
            layout.edit(source, frame, &mut patch)?;
        }
        if self.tags.is_empty() {
            let frame = id3::encode_user_text(4, "AIGC", &json).ok_or_else(too_long)?;
            let size = u32::try_from(frame.len() + PADDING).ok().and_then(id3::to_syncsafe).ok_or_else(too_long)?;
            let mut tag = b"ID3\x04\0\0".to_vec();
            tag.extend(size);
            tag.extend(frame);
            tag.extend([0; PADDING]);
            patch.insert(0, tag);
        }
        Ok(patch)
    }
}

impl TagLayout {
    /// Puts `frame` first, takes the old labels out, and pays from the padding so that the audio need not move.
    fn edit(&self, source: &dyn Source, frame: Vec<u8>, patch: &mut Patch) -> Result<()> {
        let removed: u64 = self.labels.iter().map(|r| r.end - r.start).sum();
        let added = frame.len() as u64;
        patch.insert(self.front, frame);
        for range in &self.labels {
            patch.remove(range.clone());
        }
        let room = self.tag.body().end.saturating_sub(self.padding);
        if removed > added {
            patch.insert(self.padding, vec![0; usize::try_from(removed - added).unwrap_or(0)]);
            return if self.tag.footer() {
                Err(Error::unsupported(NAME, "shortening a tag with a footer"))
            } else {
                Ok(())
            };
        }
        let growth = added - removed;
        let padded = source.array::<1>(NAME, self.padding, "padding").is_ok_and(|b| b == [0]);
        if growth <= room && padded {
            patch.remove(self.tag.body().end - growth..self.tag.body().end);
            return Ok(());
        }
        let size = u32::try_from(u64::from(self.tag.size) + growth).ok().and_then(id3::to_syncsafe);
        let size = size.ok_or_else(|| Error::unsupported(NAME, "a tag of more than 256 MiB"))?;
        patch.replace(self.tag.start + 6..self.tag.start + 10, size);
        if self.tag.footer() {
            patch.replace(self.tag.end() - 4..self.tag.end(), size);
        }
        Ok(())
    }
}
