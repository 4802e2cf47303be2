//! Finding labels: the walk over the boxes of the file and over the items of its `meta` box; only XMP and EXIF are read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use biaoshi_container::heif::{self, IN_FILE, IN_IDAT, Infos, Item, Locations, Reference};
use biaoshi_container::isobmff::{self, Box as IsoBox, Budget, boxes};
use biaoshi_container::{Error, Limits, Result, Source, SourceExt, inflate, phrase, said};
use biaoshi_label::Dialect;

use super::{EXIF, NAME, XMP};
use crate::exif;
use crate::format::Writer;
use crate::formats::boxes::{C2PA_UUID, Edit, XMP_UUID};
use crate::found::Found;
use crate::xmp::{Packet, Place};

pub(super) const RDF: &str = "application/rdf+xml";

/// The items of the file: the boxes of `meta`, and what they say.
pub(super) struct Items {
    pub(super) meta: IsoBox,
    pub(super) iinf: IsoBox,
    pub(super) iloc: IsoBox,
    pub(super) iref: Option<IsoBox>,
    pub(super) idat: Option<IsoBox>,
    /// The picture that stands for the file.
    pub(super) primary: Option<u32>,
    pub(super) infos: Infos,
    pub(super) locations: Locations,
    /// Whether ids in `iref` have 32 bits.
    pub(super) wide: bool,
    pub(super) references: Vec<Reference>,
    /// Ids of groups, which share their numbers with items.
    pub(super) groups: Vec<u32>,
}

/// An XMP item.
pub(super) struct Xmp {
    pub(super) id: u32,
    /// Whether it describes the primary item, or nothing in particular.
    pub(super) of_primary: bool,
    /// Whether it says what it describes.
    pub(super) linked: bool,
    pub(super) compressed: bool,
    /// `None` where its bytes cannot be had.
    pub(super) packet: Option<Packet>,
}

/// What a writer needs to know.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) top: Vec<IsoBox>,
    pub(super) moov: Option<IsoBox>,
    pub(super) traks: Vec<IsoBox>,
    pub(super) items: Option<Items>,
    pub(super) xmp: Vec<Xmp>,
    /// Old labels in boxes of their own.
    pub(super) old: Vec<Edit>,
    /// Whether a label stands in a packet that cannot be changed.
    pub(super) fixed: bool,
    /// Label texts inside EXIF.
    pub(super) blanked: Vec<Range<u64>>,
}

pub(super) fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let budget = Budget::new(limits);
    let mut reader = Reader { source, limits, found, layout: Layout::default(), budget, left: limits.part };
    let mut at = 0;
    // Box by box, so that what stands before a damaged one counts.
    while at + 8 <= source.len() {
        reader.budget.take()?;
        let top = isobmff::read(source, at, source.len())?;
        at = top.end;
        reader.layout.top.push(top);
        reader.top(&top)?;
    }
    if reader.layout.items.is_none() && reader.layout.moov.is_none() {
        return Err(Error::truncated(
            NAME,
            source.len(),
            phrase!("the file; there are no picture items", "出现图像条目之前"),
        ));
    }
    Ok(Box::new(reader.layout))
}

struct Reader<'a> {
    source: &'a dyn Source,
    limits: &'a Limits,
    found: &'a mut Found,
    layout: Layout,
    budget: Budget,
    /// Bytes of items that may still be read: several may name the same ones.
    left: u64,
}

impl Reader<'_> {
    fn top(&mut self, top: &IsoBox) -> Result<()> {
        match &top.kind {
            b"meta" if self.layout.items.is_none() => self.meta(top)?,
            b"moov" if self.layout.moov.is_none() => {
                self.layout.moov = Some(*top);
                let children = boxes(self.source, top.body(), &mut self.budget)?;
                for part in &children {
                    self.manifest(part)?;
                }
                self.layout.traks = children.into_iter().filter(|c| c.kind == *b"trak").collect();
            }
            b"uuid" if top.end - top.body().start >= 16 => self.uuid(top)?,
            b"jumb" => self.c2pa("heif/jumb/C2PA", top.body())?,
            _ => {}
        }
        Ok(())
    }

    fn c2pa(&mut self, placement: &'static str, range: Range<u64>) -> Result<()> {
        let range = range.start..range.end.min(range.start.saturating_add(self.limits.part));
        let manifest = self.source.bytes(NAME, range, self.limits.part, phrase!("a C2PA manifest", "C2PA 清单"))?;
        self.found.c2pa(placement, &manifest);
        Ok(())
    }

    /// A manifest in a box that is not at the top, where it should stand.
    fn manifest(&mut self, part: &IsoBox) -> Result<()> {
        let body = part.body();
        let named = part.kind == *b"uuid" && body.end.saturating_sub(body.start) >= 16;
        match named && self.source.array::<16>(NAME, body.start, phrase!("a uuid", "uuid 盒"))? == C2PA_UUID {
            true => self.c2pa("heif/uuid/C2PA", body.start + 16..body.end),
            false => Ok(()),
        }
    }

    fn uuid(&mut self, top: &IsoBox) -> Result<()> {
        let start = top.body().start;
        let range = start + 16..top.end;
        match self.source.array::<16>(NAME, start, phrase!("a uuid", "uuid 盒"))? {
            C2PA_UUID => self.c2pa("heif/uuid/C2PA", range),
            XMP_UUID => {
                let bytes = self.source.bytes(NAME, range.clone(), self.limits.part, phrase!("XMP", "XMP"))?;
                let place = Place {
                    placement: "heif/uuid/XMP",
                    offset: Some(range.start),
                    part: range.clone(),
                    dialects: &[Dialect::HeifUuid],
                };
                let packet = Packet::read(&bytes, &place, self.limits, self.found);
                if packet.has_label() {
                    match packet.with(None) {
                        Ok(bytes) => self.layout.old.push(Edit { path: vec![*top], range, bytes }),
                        Err(_) => self.layout.fixed = true,
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn meta(&mut self, meta: &IsoBox) -> Result<()> {
        let (source, limits) = (self.source, self.limits);
        let inside = meta.body().start.saturating_add(4).min(meta.end)..meta.end;
        let children = boxes(source, inside, &mut self.budget)?;
        let child = |kind: &[u8; 4]| children.iter().find(|c| c.kind == *kind).copied();
        let (Some(iinf), Some(iloc)) = (child(b"iinf"), child(b"iloc")) else { return Ok(()) };
        let infos = Infos::read(source, &iinf, limits, &mut self.budget)?;
        let bytes = source.bytes(NAME, iloc.body(), limits.part, phrase!("iloc", "iloc 盒"))?;
        let locations = Locations::read(&bytes, iloc.start, limits)?;
        let iref = child(b"iref");
        let (wide, references) = match &iref {
            Some(iref) => heif::references(source, iref, limits, &mut self.budget)?,
            None => (false, Vec::new()),
        };
        let primary = child(b"pitm").and_then(|pitm| primary(source, &pitm));
        let mut groups = Vec::new();
        if let Some(grpl) = child(b"grpl") {
            for group in boxes(source, grpl.body(), &mut self.budget)? {
                groups.extend(
                    source.array(NAME, group.body().start + 4, phrase!("a group", "分组")).map(u32::from_be_bytes),
                );
            }
        }
        let idat = child(b"idat");
        let items = Items { meta: *meta, iinf, iloc, iref, idat, primary, infos, locations, wide, references, groups };
        self.items(&items)?;
        self.layout.items = Some(items);
        Ok(())
    }

    /// Reads the items that can hold a label.
    fn items(&mut self, items: &Items) -> Result<()> {
        // The first entry of an id counts.
        let places: BTreeMap<u32, &Item> = items.locations.items.iter().rev().map(|i| (i.id, i)).collect();
        let (mut own, mut linked) = (BTreeSet::new(), BTreeSet::new());
        for described in items.references.iter().filter(|r| r.kind == *b"cdsc") {
            linked.insert(described.from);
            if items.primary.is_some_and(|p| described.to.contains(&p)) {
                own.insert(described.from);
            }
        }
        let mut read = BTreeSet::new();
        for info in &items.infos.entries {
            let is_xmp = info.content_type.eq_ignore_ascii_case(RDF.as_bytes());
            if !is_xmp && info.kind != *b"Exif" || read.contains(&info.id) {
                continue;
            }
            if read.len() == self.limits.records {
                self.found.pass_over(XMP, phrase!("more metadata items than can be read", "超出可读数量的元数据条目"));
                break;
            }
            read.insert(info.id);
            let bytes = match places.get(&info.id) {
                Some(item) if !info.protected => self.bytes(items, item),
                Some(_) => Err(Error::unsupported(NAME, phrase!("an encrypted item", "加密的条目"))),
                None => Err(Error::invalid(
                    NAME,
                    items.iloc.start,
                    said!("item {} has no place", "条目 {} 没有位置", info.id),
                )),
            };
            let bytes = match bytes {
                Ok(bytes) => Some(bytes),
                Err(damage) => {
                    self.found.damaged(if is_xmp { XMP } else { EXIF }, damage.message());
                    None
                }
            };
            if is_xmp {
                let linked = linked.contains(&info.id);
                let of_primary = own.contains(&info.id) || !linked;
                let packet = bytes.and_then(|(bytes, ranges)| self.xmp(&bytes, &ranges, &info.encoding, of_primary));
                let compressed = !info.encoding.is_empty();
                self.layout.xmp.push(Xmp { id: info.id, of_primary, linked, compressed, packet });
            } else if let Some((bytes, ranges)) = bytes {
                self.exif(&bytes, &ranges);
            }
        }
        Ok(())
    }

    /// The bytes of an item, and where they are.
    fn bytes(&mut self, items: &Items, item: &Item) -> Result<(Vec<u8>, Vec<Range<u64>>)> {
        let ranges = items.ranges(item, self.source.len())?;
        let mut bytes = Vec::new();
        for range in &ranges {
            let part = self.source.bytes(NAME, range.clone(), self.left, phrase!("a metadata item", "元数据条目"))?;
            self.left -= part.len() as u64;
            bytes.extend(part);
        }
        Ok((bytes, ranges))
    }

    fn xmp(&mut self, bytes: &[u8], ranges: &[Range<u64>], encoding: &[u8], of_primary: bool) -> Option<Packet> {
        let part = ranges.first()?.start..ranges.last()?.end;
        let inflated;
        let text = match encoding {
            b"" => bytes,
            _ => {
                let (limits, spent) = (self.limits, &self.found.inflated);
                let plain = inflate::zlib(NAME, part.start, bytes, limits, spent)
                    .or_else(|_| inflate::raw(NAME, part.start, bytes, limits, spent));
                match plain {
                    Ok(plain) => inflated = plain,
                    Err(damage) => {
                        self.found.damaged(XMP, damage.message());
                        return None;
                    }
                }
                &inflated
            }
        };
        let offset = (ranges.len() == 1 && encoding.is_empty()).then_some(part.start);
        let dialects: &[Dialect] = if of_primary { &[] } else { &[Dialect::HeifItem] };
        // Runs of one item may lie in any order.
        let part = part.start..part.end.max(part.start);
        Some(Packet::read(text, &Place { placement: XMP, offset, part, dialects }, self.limits, self.found))
    }

    /// An `Exif` item: how far the TIFF header is away, then the block (ISO/IEC 23008-12 A.2.1).
    fn exif(&mut self, bytes: &[u8], ranges: &[Range<u64>]) {
        let is_tiff = |b: &[u8]| b.starts_with(b"II*\0") || b.starts_with(b"MM\0*");
        let stated = bytes.first_chunk().and_then(|b| usize::try_from(u32::from_be_bytes(*b)).ok());
        let stated = stated.and_then(|n| n.checked_add(4)).filter(|at| bytes.get(*at..).is_some_and(is_tiff));
        // Some writers state it wrongly, or not at all.
        let start = stated.or_else(|| (0..32.min(bytes.len())).find(|at| bytes.get(*at..).is_some_and(is_tiff)));
        let block = bytes.get(start.unwrap_or(bytes.len())..).unwrap_or_default();
        let skipped = (bytes.len() - block.len()) as u64;
        let first = ranges.first().map_or(0, |r| r.start);
        for label in exif::read(block, first + skipped, EXIF, self.limits, self.found) {
            let range = skipped + label.start as u64..skipped + label.end as u64;
            self.layout.blanked.extend(located(ranges, &range));
        }
    }
}

fn primary(source: &dyn Source, pitm: &IsoBox) -> Option<u32> {
    let at = pitm.body().start;
    let [version, ..] = source.array::<4>(NAME, at, phrase!("pitm", "pitm 盒")).ok()?;
    match version {
        0 => source.array(NAME, at + 4, phrase!("pitm", "pitm 盒")).ok().map(|b| u32::from(u16::from_be_bytes(b))),
        _ => source.array(NAME, at + 4, phrase!("pitm", "pitm 盒")).ok().map(u32::from_be_bytes),
    }
}

/// Where the bytes `wanted` of an item that lies in `ranges` are in the file.
fn located(ranges: &[Range<u64>], wanted: &Range<u64>) -> Vec<Range<u64>> {
    let (mut out, mut at) = (Vec::new(), 0);
    for range in ranges {
        let length = range.end - range.start;
        let (from, to) = (wanted.start.max(at), wanted.end.min(at + length));
        if from < to {
            out.push(range.start + (from - at)..range.start + (to - at));
        }
        at += length;
    }
    out
}

impl Items {
    /// Where the bytes of an item are in a file of `len` bytes.
    ///
    /// # Errors
    /// An item in another file or made of other items, places outside the file.
    pub(super) fn ranges(&self, item: &Item, len: u64) -> Result<Vec<Range<u64>>> {
        let room = match (item.method, item.reference, &self.idat) {
            (IN_FILE, 0, _) => 0..len,
            (IN_IDAT, _, Some(idat)) => idat.body(),
            _ => {
                return Err(Error::unsupported(
                    NAME,
                    said!("an item with construction method {}", "构造方法为 {} 的条目", item.method),
                ));
            }
        };
        let place = |offset: u64, length: u64| {
            let start = room.start.checked_add(item.base)?.checked_add(offset)?;
            let end = if length == 0 { room.end } else { start.checked_add(length)? };
            (start <= end && end <= room.end).then_some(start..end)
        };
        let places = item.extents.iter().map(|e| {
            place(e.offset, e.length)
                .ok_or_else(|| Error::past_end(NAME, self.iloc.start, said!("item {}", "条目 {}", item.id), e.length))
        });
        places.collect()
    }
}
