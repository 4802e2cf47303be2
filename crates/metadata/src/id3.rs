//! ID3v2 tags as a place for labels (audio guide: a frame TXXX with the description `AIGC`), for every format that has
//! them: in front of the sound, or in a chunk.

use std::ops::Range;

use biaoshi_container::id3::{self, Frame, Frames, Sound, Tag};
use biaoshi_container::inflate::Spent;
use biaoshi_container::{Error, Limits, Patch, Patched, Result, Source, SourceExt, phrase, said};
use biaoshi_label::{Dialect, Label, Reading, read as read_label};

use crate::basics::{self, Basics};
use crate::c2pa;
use crate::format::Head;
use crate::found::{Found, Offer, Slot};

/// Padding of a new tag: room for the next edit, and exiftool 12 takes a frame that ends the tag for damaged.
const PADDING: usize = 128;
/// So many zeros at the front of a file stand for nothing: what follows them is looked at.
const ZEROS: usize = 16;

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
    /// Placement of the items of an APE tag behind the sound; empty where there is none.
    pub(crate) ape: &'static str,
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
    /// Number of frames.
    frames: usize,
    /// Whether nothing but padding follows them.
    whole: bool,
    /// Frames that hold labels, in file offsets.
    labels: Vec<Range<u64>>,
    /// Other frames whose sizes are stated plainly: where, and the size.
    plain: Vec<(u64, u32)>,
}

/// The tags in front of the sound, into `out` as they are read; returns where they end.
///
/// # Errors
/// I/O, damage, too many tags.
pub(crate) fn front(
    source: &dyn Source,
    carrier: &Carrier,
    sound: Sound,
    limits: &Limits,
    found: &mut Found,
    out: &mut Vec<TagLayout>,
) -> Result<u64> {
    id3::front(source, sound, &mut |tag| {
        // Players look for a tag at the front only.
        let second = !out.is_empty() || tag.start > 0;
        out.push(read(source, tag, carrier, second, limits, found)?);
        Ok(())
    })
}

/// Where the sound begins, when the bytes there are wanted for sniffing: behind tags, zeros, and in a file with one of the
/// `extensions` behind rubbish. 0 where nothing hints at these.
pub(crate) fn behind(head: &Head<'_>, extensions: &[&str], sound: Sound) -> Option<u64> {
    let zeros = head.bytes.iter().take(ZEROS).take_while(|b| **b == 0).count() == ZEROS;
    if zeros || head.bytes.starts_with(b"ID3") || extensions.contains(&head.extension) {
        id3::front(head.source, sound, &mut |_| Ok(())).ok()
    } else {
        Some(0)
    }
}

/// Reads one tag; `second` when it is not the one at the front.
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
    let opened = Opened::new(source, tag, carrier, limits)?;
    let list = &opened.frames.list;
    let mut layout = TagLayout {
        tag,
        front: opened.place(opened.front),
        padding: opened.place(list.last().map_or(opened.front, |f| f.range.end)),
        checksum: opened.checksum,
        frames: list.len(),
        whole: opened.frames.whole,
        labels: Vec::new(),
        plain: Vec::new(),
    };
    for frame in list {
        if may_hold_label(&frame.id) && opened.label(source, frame, second, limits, found)? {
            layout.labels.push(opened.place(frame.range.start)..opened.place(frame.range.end));
        } else if let (true, Ok(size)) = (frame.plain, u32::try_from(frame.body.end - frame.body.start)) {
            layout.plain.push((frame.range.start + 4, size));
        }
    }
    Ok(layout)
}

/// Whether a frame is looked at: for a label, a manifest, or a trace.
fn may_hold_label(id: &[u8; 4]) -> bool {
    matches!(id, b"TXXX" | b"TXX\0" | b"COMM" | b"COM\0" | b"TIT3" | b"TENC" | b"TSSE" | b"GEOB" | b"GEO\0" | b"WOAS")
}

/// What traces call a frame that has no name of its own.
fn called(id: &[u8; 4]) -> &'static str {
    match id {
        b"TENC" | b"TSSE" => "encoder",
        _ => "comment",
    }
}

/// The frames of a tag, over bytes without unsynchronisation of the whole.
struct Opened<'c> {
    tag: Tag,
    carrier: &'c Carrier,
    /// The body as it stands in the file, and without unsynchronisation: that of ID3v2.3 lies over the whole tag. Frames are
    /// found in the restored bytes, edits go to the raw ones.
    restored: Option<(Vec<u8>, Vec<u8>)>,
    front: u64,
    checksum: bool,
    frames: Frames,
}

impl<'c> Opened<'c> {
    fn new(source: &dyn Source, tag: Tag, carrier: &'c Carrier, limits: &Limits) -> Result<Self> {
        let body = tag.body();
        if !tag.unsynchronised() || tag.version > 3 {
            let (front, checksum) = id3::frames_start(source, &tag, &body)?;
            let frames = id3::frames(source, tag.version, front..body.end, limits)?;
            return Ok(Self { tag, carrier, restored: None, front, checksum, frames });
        }
        let raw = source.bytes(carrier.name, body, limits.part, phrase!("the tag", "标签"))?;
        let data = id3::resynchronise(&raw);
        let inner = 0..data.len() as u64;
        let (front, checksum) = id3::frames_start(&data, &tag, &inner)?;
        let frames = id3::frames(&data, tag.version, front..inner.end, limits)?;
        Ok(Self { tag, carrier, restored: Some((raw, data)), front, checksum, frames })
    }

    /// Offset in the file. In an unsynchronised tag this costs a scan.
    fn place(&self, at: u64) -> u64 {
        self.restored.as_ref().map_or(at, |(raw, _)| self.tag.body().start + id3::raw_offset(raw, at))
    }

    /// The bytes of a frame as they are meant; `None` for an encrypted or damaged one.
    fn data(&self, source: &dyn Source, frame: &Frame, limits: &Limits, spent: &Spent) -> Result<Option<Vec<u8>>> {
        let body = frame.body.clone();
        let bytes = match &self.restored {
            Some((_, data)) => data.bytes(self.carrier.name, body, limits.part, phrase!("a frame", "帧"))?,
            None => source.bytes(self.carrier.name, body, limits.part, phrase!("a frame", "帧"))?,
        };
        // The flag of an ID3v2.4 tag says that all its frames are unsynchronised (section 3.1); not all of them repeat it.
        let unsynchronised = if self.tag.version == 4 && self.tag.unsynchronised() { 2 } else { 0 };
        Ok(id3::frame_data(self.tag.version, frame.flags | unsynchronised, &bytes, limits, spent))
    }

    /// Whether a frame is a label; one that is, and a manifest, is noted.
    fn label(
        &self,
        source: &dyn Source,
        frame: &Frame,
        second: bool,
        limits: &Limits,
        found: &mut Found,
    ) -> Result<bool> {
        let Some(data) = self.data(source, frame, limits, &found.inflated)? else {
            let what = said!(
                "frame {}: encrypted or damaged",
                "帧 {}(加密或有误)",
                String::from_utf8_lossy(&frame.id).into_owned()
            );
            found.pass_over(self.carrier.other, what);
            return Ok(false);
        };
        if matches!(&frame.id, b"GEOB" | b"GEO\0") {
            if c2pa::is_store(data.get(1..).unwrap_or_default()) {
                found.c2pa(self.carrier.geob, &data);
            }
            return Ok(false);
        }
        if &frame.id == b"WOAS" {
            found.look(self.carrier.other, "WOAS", String::from_utf8_lossy(&data).trim_end_matches('\0'));
            return Ok(false);
        }
        let user = matches!(&frame.id, b"TXXX" | b"TXX\0");
        let text = if matches!(&frame.id, b"COMM" | b"COM\0") { comment(&data) } else { id3::user_text(&data) };
        let Some((description, value)) = text else { return Ok(false) };
        let mut dialects = self.carrier.dialects.to_vec();
        let own = user && description.eq_ignore_ascii_case("AIGC");
        if !own {
            dialects.push(Dialect::Id3OtherFrame);
        } else if description != "AIGC" {
            dialects.push(Dialect::SlotCase);
        }
        if second {
            dialects.push(Dialect::Id3Trailing);
        }
        let (name, value) = if user || !value.is_empty() { (description, value) } else { (String::new(), description) };
        // Finding the place of a frame in an unsynchronised tag costs a scan: only labels are worth it, and not more of
        // them than are kept.
        if found.records.len() > limits.records || (!own && read_label(&value) == Reading::Nothing) {
            let (placement, name) =
                if user { (self.carrier.txxx, &*name) } else { (self.carrier.other, called(&frame.id)) };
            found.look(placement, name, &value);
            return Ok(false);
        }
        let span = self.place(frame.range.start)..self.place(frame.range.end);
        let placement = if user { self.carrier.txxx } else { self.carrier.other };
        let slot = Slot { placement: placement.into(), span, wrapped: false, dialects: &dialects };
        Ok(found.offer_as(own, slot, &value, limits) == Offer::Label)
    }
}

/// A comment frame: encoding, language, description, NUL, text.
fn comment(data: &[u8]) -> Option<(String, String)> {
    let mut body = vec![*data.first()?];
    body.extend(data.get(4..)?);
    id3::user_text(&body)
}

/// A new tag with one label and the texts that players show, `multiple` bytes long or a multiple of that.
///
/// # Errors
/// A label that is too long for a tag.
pub(crate) fn fresh(carrier: &Carrier, label: &Label, basics: &Basics, multiple: usize) -> Result<Vec<u8>> {
    let mut frames = id3::encode_user_text(4, "AIGC", &label.to_json()).ok_or_else(|| too_long(carrier))?;
    frames.extend(basics.frames());
    let padding = (frames.len() + PADDING).next_multiple_of(multiple) - frames.len();
    let size = u32::try_from(frames.len() + padding).ok().and_then(id3::to_syncsafe);
    let mut tag = b"ID3\x04\0\0".to_vec();
    tag.extend(size.ok_or_else(|| too_long(carrier))?);
    tag.extend(frames);
    tag.resize(tag.len() + padding, 0);
    Ok(tag)
}

fn too_long(carrier: &Carrier) -> Error {
    Error::unsupported(carrier.name, phrase!("a tag of more than 256 MiB", "超过 256 MiB 的标签"))
}

/// Puts the label into the tag at the front, or into a new one, and takes all others out. A new one carries over what the
/// tags behind it say, and else what `others` do.
///
/// # Errors
/// A tag that cannot be changed.
pub(crate) fn plan(
    tags: &[TagLayout],
    others: &Basics,
    carrier: &Carrier,
    source: &dyn Source,
    label: &Label,
    limits: &Limits,
) -> Result<Patch> {
    let mut patch = Patch::new();
    let there = tags.first().is_some_and(|tag| tag.tag.start == 0);
    if !there {
        let basics = tags.first().map(|tag| tag.basics(source, carrier, limits)).transpose()?;
        patch.insert(0, fresh(carrier, label, basics.as_ref().unwrap_or(others), 1)?);
    }
    for (index, tag) in tags.iter().enumerate() {
        tag.plan(carrier, source, (there && index == 0).then_some(label), limits, &mut patch)?;
    }
    Ok(patch)
}

impl TagLayout {
    /// What the tag says of the sound.
    ///
    /// # Errors
    /// I/O, a limit.
    pub(crate) fn basics(&self, source: &dyn Source, carrier: &Carrier, limits: &Limits) -> Result<Basics> {
        let opened = Opened::new(source, self.tag, carrier, limits)?;
        let (mut basics, spent) = (Basics::default(), Spent::default());
        for frame in opened.frames.list.iter().filter(|f| basics::is_frame(&f.id)) {
            let Some(data) = opened.data(source, frame, limits, &spent)? else { continue };
            let text = match &frame.id {
                // One with a description is a program's own.
                b"COMM" | b"COM\0" => comment(&data).filter(|(what, _)| what.is_empty()).map(|(_, text)| text),
                _ => id3::strings(&data).and_then(|texts| texts.into_iter().next()),
            };
            basics.frame(&frame.id, &text.unwrap_or_default());
        }
        Ok(basics)
    }

    /// Takes the labels out of this tag, and with a `label` puts that one in.
    ///
    /// # Errors
    /// A tag that cannot be changed.
    pub(crate) fn plan(
        &self,
        carrier: &Carrier,
        source: &dyn Source,
        label: Option<&Label>,
        limits: &Limits,
        patch: &mut Patch,
    ) -> Result<()> {
        if label.is_none() && self.labels.is_empty() {
            return Ok(());
        }
        if self.checksum {
            return Err(Error::unsupported(
                carrier.name,
                phrase!("an ID3v2 extended header with a checksum", "带校验和的 ID3v2 扩展头"),
            ));
        }
        // A tag has at least one frame; one with a footer has no padding that could stand for it (ID3v2.4 section 3.3).
        if label.is_none() && self.tag.footer() && self.labels.len() == self.frames {
            patch.remove(self.tag.start..self.tag.end());
            return Ok(());
        }
        let frame = match label {
            Some(label) => id3::encode_user_text(self.tag.version, "AIGC", &label.to_json()),
            None => Some(Vec::new()),
        };
        let frame = frame.ok_or_else(|| too_long(carrier))?;
        let whole = self.tag.unsynchronised() && self.tag.version < 4;
        let frame = if whole { id3::unsynchronise(&frame) } else { frame };
        let mut edits = Patch::new();
        self.edit(carrier, frame, &mut edits)?;
        self.check(carrier, source, &edits, self.frames - self.labels.len() + usize::from(label.is_some()), limits)?;
        for edit in edits.edits() {
            patch.replace(edit.range.clone(), edit.bytes.clone());
        }
        Ok(())
    }

    /// Puts `frame` first, takes the old labels out, states all sizes as ID3v2.4 prescribes, since no reader understands
    /// two ways in one tag, and pays from the padding so that the audio need not move.
    fn edit(&self, carrier: &Carrier, frame: Vec<u8>, patch: &mut Patch) -> Result<()> {
        let removed: u64 = self.labels.iter().map(|r| r.end - r.start).sum();
        let added = frame.len() as u64;
        patch.insert(self.front, frame);
        for range in &self.labels {
            patch.remove(range.clone());
        }
        for (at, size) in &self.plain {
            patch.replace(*at..at + 4, id3::to_syncsafe(*size).ok_or_else(|| too_long(carrier))?);
        }
        let end = self.tag.body().end;
        if !self.tag.footer() {
            if let Some(left) = removed.checked_sub(added) {
                patch.insert(self.padding, vec![0; usize::try_from(left).unwrap_or(0)]);
                return Ok(());
            }
            if self.whole && added - removed <= end.saturating_sub(self.padding) {
                patch.remove(end - (added - removed)..end);
                return Ok(());
            }
        }
        let size = (u64::from(self.tag.size) + added).saturating_sub(removed);
        let odd = carrier.even && !self.tag.footer() && size % 2 == 1;
        if odd {
            patch.insert(end, [0]);
        }
        let size = u32::try_from(size + u64::from(odd)).ok().and_then(id3::to_syncsafe);
        let size = size.ok_or_else(|| too_long(carrier))?;
        patch.replace(self.tag.start + 6..self.tag.start + 10, size);
        if self.tag.footer() {
            patch.replace(self.tag.end() - 4..self.tag.end(), size);
        }
        Ok(())
    }

    /// Whether the frames that are left are seen as such. Behind rubbish a crafted tag may look otherwise than before.
    fn check(&self, carrier: &Carrier, source: &dyn Source, edits: &Patch, left: usize, limits: &Limits) -> Result<()> {
        if self.whole || (self.tag.version < 4 && self.tag.unsynchronised()) {
            return Ok(());
        }
        let view = Patched::new(source, edits);
        let end = id3::tag(&view, self.tag.start)?.map_or(0, |tag| tag.body().end);
        let list = id3::frames(&view, self.tag.version, self.front..end, limits)?.list;
        match list.len() == left && !list.iter().any(|frame| frame.plain) {
            true => Ok(()),
            false => Err(Error::unsupported(
                carrier.name,
                phrase!("an ID3v2 tag with rubbish that can be read as frames", "含可被读作帧的无效数据的 ID3v2 标签"),
            )),
        }
    }
}
