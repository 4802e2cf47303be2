//! Tags behind the sound as places where labels are found: APE items and the frames of ID3v2 tags with a footer. They are
//! moved to the prescribed place.

use biaoshi_container::ape::{self, Item};
use biaoshi_container::trailer::{Trailer, trailers};
use biaoshi_container::{Kind, Limits, Patch, Result, Source, SourceExt, phrase};
use biaoshi_label::Dialect;

use crate::basics::Basics;
use crate::found::{Found, Offer, Slot};
use crate::id3::{self, Carrier, TagLayout};

/// What a writer needs to know.
#[derive(Default)]
pub(crate) struct Tail {
    /// APE tags, each with its items that hold labels.
    ape: Vec<(ape::Tag, Vec<Item>)>,
    id3: Vec<TagLayout>,
    /// What the tags say of the sound: those of APE first, since they are not cut at 30 bytes.
    pub(crate) basics: Basics,
}

/// Reads the tags behind a sound that begins at `sound`.
///
/// # Errors
/// I/O, a limit.
pub(crate) fn read(
    source: &dyn Source,
    sound: u64,
    carrier: &Carrier,
    limits: &Limits,
    found: &mut Found,
) -> Result<Tail> {
    let mut tail = Tail::default();
    let (tags, damage) = trailers(source, sound)?;
    // In the order of the file.
    for tag in tags.iter().rev() {
        match tag {
            Trailer::Ape(tag) => tail.ape(source, tag, carrier, limits, found)?,
            Trailer::Id3v2(tag) => match id3::read(source, *tag, carrier, true, limits, found) {
                Err(damage) if damage.kind() == Kind::Malformed => found.pass_over(carrier.other, damage.message()),
                read => tail.id3.push(read?),
            },
            Trailer::Id3v1(_) | Trailer::Lyrics => {}
        }
    }
    match damage {
        // Tags that were not read would come into sight when others go.
        Some(limit) if limit.kind() == Kind::Limit => return Err(limit),
        Some(damage) => found.pass_over(carrier.ape, damage.message()),
        None => {}
    }
    for tag in tags {
        if let Trailer::Id3v1(tag) = tag {
            tail.basics.id3v1(&tag);
        }
    }
    Ok(tail)
}

/// Where the tags behind a sound begin; the end of the file where there are none.
///
/// # Errors
/// I/O, damage, a limit.
pub(crate) fn start(source: &dyn Source, sound: u64) -> Result<u64> {
    let (start, damage) = biaoshi_container::trailer::start(source, sound)?;
    damage.map_or(Ok(start), Err)
}

impl Tail {
    fn ape(
        &mut self,
        source: &dyn Source,
        tag: &ape::Tag,
        carrier: &Carrier,
        limits: &Limits,
        found: &mut Found,
    ) -> Result<()> {
        let (items, damage) = tag.items(source, limits);
        let mut labels = Vec::new();
        for item in items.into_iter().filter(|item| !item.binary) {
            if self.item(source, &item, carrier, limits, found)? {
                labels.push(item);
            }
        }
        match damage {
            // Items that were not read would come into sight when others go.
            Some(limit) if limit.kind() == Kind::Limit => return Err(limit),
            Some(damage) => found.pass_over(carrier.ape, damage.message()),
            None => {}
        }
        self.ape.push((tag.clone(), labels));
        Ok(())
    }

    /// Whether an item is a label; one that is, and a trace, is noted.
    fn item(
        &mut self,
        source: &dyn Source,
        item: &Item,
        carrier: &Carrier,
        limits: &Limits,
        found: &mut Found,
    ) -> Result<bool> {
        // What is longer than a label may be is not read to its end.
        let end = item.value.end.min(item.value.start.saturating_add(limits.label as u64 + 64));
        let bytes = source.bytes(
            carrier.name,
            item.value.start..end,
            limits.part,
            phrase!("an item of the APE tag", "APE 标签的条目"),
        )?;
        let text = String::from_utf8_lossy(&bytes);
        let mut dialects = vec![Dialect::ApeTag];
        let ours = item.key.eq_ignore_ascii_case("AIGC");
        if ours && item.key != "AIGC" {
            dialects.push(Dialect::SlotCase);
        }
        let slot =
            Slot { placement: carrier.ape.into(), span: item.value.clone(), wrapped: false, dialects: &dialects };
        let offer = found.offer_as(ours, slot, &text, limits);
        if offer == Offer::Nothing {
            self.basics.item(&item.key, &text);
            found.look(carrier.ape, &item.key, &text);
        }
        Ok(offer == Offer::Label)
    }

    /// Takes the labels out.
    ///
    /// # Errors
    /// A tag that cannot be changed.
    pub(crate) fn plan(
        &self,
        carrier: &Carrier,
        source: &dyn Source,
        limits: &Limits,
        patch: &mut Patch,
    ) -> Result<()> {
        for (tag, labels) in self.ape.iter().filter(|(_, labels)| !labels.is_empty()) {
            tag.remove(labels, patch)?;
        }
        for tag in &self.id3 {
            tag.plan(carrier, source, None, limits, patch)?;
        }
        Ok(())
    }
}
