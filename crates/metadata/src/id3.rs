//! ID3v2 tags as a place for labels (audio guide: a frame TXXX with the description `AIGC`), for every format that has
//! them: in front of the sound, or in a chunk.

use std::ops::Range;

use biaoshi_container::id3::{self, Frame, Tag};
use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt};
use biaoshi_label::{Dialect, Label, Reading, read as read_label};

use crate::found::{Found, Offer, Slot};

/// Padding of a new tag: room for the next edit, and exiftool 12 takes a frame that ends the tag for damaged.
const PADDING: usize = 128;
/// Most tags that may stand one behind the other.
const MAX_TAGS: usize = 16;

/// How the tags of one format are called, and what a label in them is there.
#[derive(Debug)]
pub(crate) struct Carrier {
    /// The format, as people write it.
    pub(crate) name: &'static str,
    /// Placement of a user-defined text.
    pub(crate) txxx: &'static str,
    /// Placement of other frames.
    pub(crate) other: &'static str,
    /// Placement of enclosed objects.
    pub(crate) geob: &'static str,
    /// What is different about a label in these tags; empty where they are the prescribed place.
    pub(crate) dialects: &'static [Dialect],
    /// Whether a tag that grows keeps an even length: it is the whole of a chunk, and sox takes the byte that pads an odd
    /// chunk for the next one.
    pub(crate) even: bool,
}

/// What a writer needs to know about one tag.
pub(crate) struct TagLayout {
    tag: Tag,
    /// Where frames start.
    front: u64,
    /// Where padding starts.
    padding: u64,
    checksum: bool,
    /// Frames that hold labels, in file offsets.
    labels: Vec<Range<u64>>,
}

/// The tags in front of the sound, into `out` as they are read; returns where they end.
///
/// # Errors
/// I/O, damage, too many tags.
pub(crate) fn front(
    source: &dyn Source,
    carrier: &Carrier,
    limits: &Limits,
    found: &mut Found,
    out: &mut Vec<TagLayout>,
) -> Result<u64> {
    let mut at = 0;
    while let Some(tag) = id3::tag(source, at)? {
        if out.len() >= MAX_TAGS {
            let what = format!("more than {MAX_TAGS} ID3 tags stand one behind the other");
            return Err(Error::invalid(carrier.name, tag.start, what));
        }
        at = tag.end();
        out.push(read(source, tag, carrier, !out.is_empty(), limits, found)?);
    }
    Ok(at)
}

/// Offset behind the tags in front of the sound, when the bytes there are wanted for sniffing.
pub(crate) fn behind(source: &dyn Source) -> Option<u64> {
    let mut at = 0;
    for _ in 0..MAX_TAGS {
        match id3::tag(source, at) {
            Ok(Some(tag)) => at = tag.end(),
            Ok(None) => return Some(at),
            Err(_) => return None,
        }
    }
    None
}

/// Reads one tag; `second` when another one stands before it.
///
/// # Errors
/// I/O, damage.
pub(crate) fn read(
    source: &dyn Source,
    tag: Tag,
    carrier: &Carrier,
    second: bool,
    limits: &Limits,
    found: &mut Found,
) -> Result<TagLayout> {
    let body = tag.body();
    // ID3v2.3 unsynchronises the tag as a whole: frames are found in the restored bytes, edits go to the raw ones.
    let restored = if tag.unsynchronised() && tag.version < 4 {
        Some(source.bytes(carrier.name, body.clone(), limits.part, "the tag")?)
    } else {
        None
    };
    let Some(raw) = restored else {
        let (front, checksum) = id3::frames_start(source, &tag, &body)?;
        let frames = id3::frames(source, tag.version, front..body.end, limits)?;
        let padding = frames.last().map_or(front, |f| f.range.end);
        let labels = labels(source, &tag, &frames, (carrier, second), |n| n, limits, found)?;
        return Ok(TagLayout { tag, front, padding, checksum, labels });
    };
    let data = id3::resynchronise(&raw);
    let inner = 0..data.len() as u64;
    let (front, checksum) = id3::frames_start(&data, &tag, &inner)?;
    let frames = id3::frames(&data, tag.version, front..inner.end, limits)?;
    let place = |n: u64| body.start + id3::raw_offset(&raw, n);
    let padding = place(frames.last().map_or(front, |f| f.range.end));
    let labels = labels(&data, &tag, &frames, (carrier, second), place, limits, found)?;
    Ok(TagLayout { tag, front: place(front), padding, checksum, labels })
}

/// Reads the frames that may hold a label; returns those that do.
fn labels(
    source: &dyn Source,
    tag: &Tag,
    frames: &[Frame],
    (carrier, second): (&Carrier, bool),
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
        let bytes = source.bytes(carrier.name, frame.body.clone(), limits.part, "a frame")?;
        let Some(data) = id3::frame_data(tag.version, frame.flags, &bytes, limits, &found.inflated) else {
            found.pass_over(
                carrier.other,
                format!("frame {}: encrypted or damaged", String::from_utf8_lossy(&frame.id)),
            );
            continue;
        };
        if &frame.id == b"GEOB" {
            if data.windows(18).any(|w| w == b"application/x-c2pa") {
                found.c2pa(carrier.geob, &data);
            }
            continue;
        }
        let text = if matches!(&frame.id, b"COMM" | b"COM\0") { comment(&data) } else { id3::user_text(&data) };
        let Some((description, value)) = text else { continue };
        let mut dialects = carrier.dialects.to_vec();
        if !user || !description.eq_ignore_ascii_case("AIGC") {
            dialects.push(Dialect::Id3OtherFrame);
        } else if description != "AIGC" {
            dialects.push(Dialect::SlotCase);
        }
        if second {
            dialects.push(Dialect::Id3Trailing);
        }
        let value = if user || !value.is_empty() { value } else { description };
        // Finding the place of a frame in an unsynchronised tag costs a scan: only labels are worth it, and not more of
        // them than are kept.
        let own = !dialects.contains(&Dialect::Id3OtherFrame);
        if found.records.len() > limits.records || (!own && read_label(&value) == Reading::Nothing) {
            continue;
        }
        let span = place(frame.range.start)..place(frame.range.end);
        let placement = if user { carrier.txxx } else { carrier.other };
        let slot = Slot { placement: placement.into(), span: span.clone(), wrapped: false, dialects: &dialects };
        let offer = found.offer_as(own, slot, &value, limits);
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

/// A new tag with one label, `multiple` bytes long or a multiple of that.
///
/// # Errors
/// A label that is too long for a tag.
pub(crate) fn fresh(carrier: &Carrier, label: &Label, multiple: usize) -> Result<Vec<u8>> {
    let too_long = || Error::unsupported(carrier.name, "a tag of more than 256 MiB");
    let frame = id3::encode_user_text(4, "AIGC", &label.to_json()).ok_or_else(too_long)?;
    let padding = (frame.len() + PADDING).next_multiple_of(multiple) - frame.len();
    let size = u32::try_from(frame.len() + padding).ok().and_then(id3::to_syncsafe).ok_or_else(too_long)?;
    let mut tag = b"ID3\x04\0\0".to_vec();
    tag.extend(size);
    tag.extend(frame);
    tag.resize(tag.len() + padding, 0);
    Ok(tag)
}

/// Puts the label into the first of the tags in front of the sound, or into a new one, and takes all others out.
///
/// # Errors
/// A tag that cannot be changed.
pub(crate) fn plan(tags: &[TagLayout], carrier: &Carrier, source: &dyn Source, label: &Label) -> Result<Patch> {
    let mut patch = Patch::new();
    for (index, tag) in tags.iter().enumerate() {
        tag.plan(carrier, source, (index == 0).then_some(label), &mut patch)?;
    }
    if tags.is_empty() {
        patch.insert(0, fresh(carrier, label, 1)?);
    }
    Ok(patch)
}

impl TagLayout {
    /// Takes the labels out of this tag, and with a `label` puts that one in.
    ///
    /// # Errors
    /// A tag that cannot be changed.
    pub(crate) fn plan(
        &self,
        carrier: &Carrier,
        source: &dyn Source,
        label: Option<&Label>,
        patch: &mut Patch,
    ) -> Result<()> {
        let frame = match label {
            Some(label) => id3::encode_user_text(self.tag.version, "AIGC", &label.to_json())
                .ok_or_else(|| Error::unsupported(carrier.name, "a tag of more than 256 MiB"))?,
            None => Vec::new(),
        };
        let whole = self.tag.unsynchronised() && self.tag.version < 4;
        let frame = if whole { id3::unsynchronise(&frame) } else { frame };
        if frame.is_empty() && self.labels.is_empty() {
            return Ok(());
        }
        if self.checksum {
            return Err(Error::unsupported(carrier.name, "an ID3v2 extended header with a checksum"));
        }
        self.edit(carrier, source, frame, patch)
    }

    /// Puts `frame` first, takes the old labels out, and pays from the padding so that the audio need not move.
    fn edit(&self, carrier: &Carrier, source: &dyn Source, frame: Vec<u8>, patch: &mut Patch) -> Result<()> {
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
                Err(Error::unsupported(carrier.name, "shortening a tag with a footer"))
            } else {
                Ok(())
            };
        }
        let growth = added - removed;
        let padded = source.array::<1>(carrier.name, self.padding, "padding").is_ok_and(|b| b == [0]);
        if growth <= room && padded {
            patch.remove(self.tag.body().end - growth..self.tag.body().end);
            return Ok(());
        }
        let odd = carrier.even && !self.tag.footer() && (u64::from(self.tag.size) + growth) % 2 == 1;
        if odd {
            patch.insert(self.tag.body().end, [0]);
        }
        let size = u32::try_from(u64::from(self.tag.size) + growth + u64::from(odd)).ok().and_then(id3::to_syncsafe);
        let size = size.ok_or_else(|| Error::unsupported(carrier.name, "a tag of more than 256 MiB"))?;
        patch.replace(self.tag.start + 6..self.tag.start + 10, size);
        if self.tag.footer() {
            patch.replace(self.tag.end() - 4..self.tag.end(), size);
        }
        Ok(())
    }
}
