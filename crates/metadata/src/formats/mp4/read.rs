//! Finding labels: a walk over box headers; only boxes that can hold a label are read.

use std::ops::Range;

use biaoshi_container::isobmff::{self, Box as IsoBox, Budget, boxes};
use biaoshi_container::{Cursor, Error, Limits, Result, Source, SourceExt, phrase, said};
use biaoshi_label::Dialect;

use super::PLACEMENT;
use crate::format::Writer;
use crate::formats::boxes::{C2PA_UUID, Edit, Path, XMP_UUID};
use crate::found::{Found, Offer, Slot};
use crate::xmp::{Packet, Place};

pub(super) const NAME: &str = "MP4";

/// A metadata box with handler `mdta`: keys and the items that belong to them.
#[derive(Debug, Clone)]
pub(super) struct Mdta {
    /// The boxes around, `meta` the last.
    pub(super) path: Path,
    pub(super) keys: IsoBox,
    pub(super) names: Vec<String>,
    pub(super) ilst: IsoBox,
}

/// What a writer needs to know.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) moov: Option<IsoBox>,
    pub(super) udta: Option<IsoBox>,
    /// The metadata in the prescribed place, where there is one.
    pub(super) mdta: Option<Mdta>,
    /// The metadata of a camera or a phone, in `moov/meta` (QuickTime file format, metadata).
    pub(super) camera: Option<Mdta>,
    /// Old labels: what to take out or to replace when one is written.
    pub(super) old: Vec<Edit>,
    /// Whether a label stands in a packet that cannot be changed.
    pub(super) fixed: bool,
    pub(super) top: Vec<IsoBox>,
    pub(super) traks: Vec<IsoBox>,
    pub(super) compressed: bool,
}

pub(super) fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut reader = Reader { source, limits, found, layout: Layout::default(), budget: Budget::new(limits) };
    let mut at = 0;
    // Box by box, so that what stands before a damaged one counts.
    while at + 8 <= source.len() {
        let top = isobmff::read(source, at, source.len())?;
        at = top.end;
        reader.top(&top)?;
    }
    if reader.layout.moov.is_none() {
        return Err(Error::truncated(
            NAME,
            source.len(),
            phrase!("the file; there is no box moov", "出现 moov 盒之前"),
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
}

impl Reader<'_> {
    fn top(&mut self, top: &IsoBox) -> Result<()> {
        self.layout.top.push(*top);
        match &top.kind {
            b"moov" if self.layout.moov.is_none() => {
                self.layout.moov = Some(*top);
                self.moov(top)?;
            }
            b"uuid" => self.uuid(top, vec![])?,
            b"meta" => self.meta(top, vec![], false)?,
            _ => {}
        }
        if self.layout.top.len() > self.limits.parts {
            return Err(Error::limit(
                NAME,
                phrase!("the number of boxes", "盒数"),
                self.limits.parts as u64,
                "--limit-parts",
            ));
        }
        Ok(())
    }

    fn children(&mut self, parent: &IsoBox) -> Result<Vec<IsoBox>> {
        boxes(self.source, parent.body(), &mut self.budget)
    }

    fn moov(&mut self, moov: &IsoBox) -> Result<()> {
        for child in self.children(moov)? {
            match &child.kind {
                b"trak" => {
                    self.layout.traks.push(child);
                    for part in self.children(&child)?.iter().filter(|part| part.kind == *b"uuid") {
                        self.uuid(part, vec![*moov, child])?;
                    }
                }
                b"udta" => {
                    self.layout.udta.get_or_insert(child);
                    self.udta(&child, vec![*moov])?;
                }
                b"meta" => self.meta(&child, vec![*moov], false)?,
                b"uuid" => self.uuid(&child, vec![*moov])?,
                b"cmov" => self.layout.compressed = true,
                _ => {}
            }
        }
        Ok(())
    }

    fn udta(&mut self, udta: &IsoBox, mut path: Path) -> Result<()> {
        path.push(*udta);
        // Old writers end the list with a lone zero, others leave rubbish: neither hides the boxes before it.
        let mut at = udta.body().start;
        while at + 8 <= udta.end {
            if self.source.array::<4>(NAME, at, phrase!("udta", "udta 盒"))? == [0; 4] {
                break;
            }
            self.budget.take()?;
            let child = match isobmff::read(self.source, at, udta.end) {
                Ok(child) => child,
                Err(damage) => {
                    self.found.pass_over("mp4/moov/udta", damage.message());
                    break;
                }
            };
            at = child.end;
            match &child.kind {
                b"meta" => self.meta(&child, path.clone(), true)?,
                b"XMP_" => self.xmp(child.body(), &child, &path, "mp4/moov/udta/XMP_")?,
                b"uuid" => self.uuid(&child, path.clone())?,
                kind if kind.eq_ignore_ascii_case(b"AIGC") => self.udta_box(&child, &path)?,
                kind if called(kind).is_some() => self.udta_text(&child)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A text of QuickTime: its length, its language, and the text. It can be a trace.
    fn udta_text(&mut self, found: &IsoBox) -> Result<()> {
        let body = found.body();
        let bytes = self.bytes(body.start..body.end.min(body.start + self.limits.label as u64))?;
        let text = String::from_utf8_lossy(bytes.get(4..).unwrap_or_default());
        self.found.look("mp4/moov/udta", called(&found.kind).unwrap_or_default(), &text);
        Ok(())
    }

    /// `udta/AIGC`: the text itself, perhaps behind a QuickTime length and language or a full-box header.
    fn udta_box(&mut self, found: &IsoBox, path: &Path) -> Result<()> {
        let data = self.bytes(found.body())?;
        let text = String::from_utf8_lossy(&data).into_owned();
        let body = text.find('{').map_or("", |at| text.get(at..).unwrap_or_default()).to_owned();
        let slot = Slot {
            placement: "mp4/moov/udta/AIGC".into(),
            span: found.body(),
            wrapped: false,
            dialects: &[Dialect::MovUdta],
        };
        if self.found.offer(slot, &body, self.limits) == Offer::Label {
            self.remove(path, found.range());
        }
        Ok(())
    }

    fn uuid(&mut self, found: &IsoBox, path: Path) -> Result<()> {
        let body = found.body();
        if body.end - body.start < 16 {
            return Ok(());
        }
        match self.source.array::<16>(NAME, body.start, phrase!("a uuid", "uuid 盒"))? {
            XMP_UUID => self.xmp(body.start + 16..body.end, found, &path, "mp4/uuid/XMP")?,
            C2PA_UUID => {
                let manifest = self.bytes(body.start + 16..body.end.min(body.start + 16 + self.limits.part))?;
                self.found.c2pa("mp4/uuid/C2PA", &manifest);
            }
            _ => {}
        }
        Ok(())
    }

    fn xmp(&mut self, range: Range<u64>, around: &IsoBox, path: &Path, placement: &'static str) -> Result<()> {
        let bytes = self.bytes(range.clone())?;
        let place = Place { placement, offset: Some(range.start), part: range.clone(), dialects: &[Dialect::MovXmp] };
        let packet = Packet::read(&bytes, &place, self.limits, self.found);
        if packet.has_label() {
            let mut path = path.clone();
            path.push(*around);
            match packet.with(None) {
                Ok(bytes) => self.layout.old.push(Edit { path, range, bytes }),
                Err(_) => self.layout.fixed = true,
            }
        }
        Ok(())
    }

    /// A metadata box: `keys` and `ilst` in any of their forms.
    fn meta(&mut self, meta: &IsoBox, mut path: Path, in_udta: bool) -> Result<()> {
        let body = meta.body();
        let mut dialects = Vec::new();
        let full = self
            .source
            .array::<8>(NAME, body.start, phrase!("meta", "meta 盒"))
            .ok()
            .is_some_and(|b| !matches!(b, [_, _, _, _, b'h', b'd', b'l', b'r']));
        if !full || !in_udta {
            dialects.push(Dialect::MovMeta);
        }
        let inside = if full { body.start.saturating_add(4).min(body.end)..body.end } else { body };
        let children = match boxes(self.source, inside, &mut self.budget) {
            Ok(children) => children,
            Err(damage) => {
                self.found.damaged("mp4/meta", damage.message());
                return Ok(());
            }
        };
        path.push(*meta);
        let child = |kind: &[u8; 4]| children.iter().find(|c| c.kind == *kind).copied();
        let handler = match child(b"hdlr") {
            Some(hdlr) => {
                self.source.array::<4>(NAME, hdlr.body().start + 8, phrase!("hdlr", "hdlr 盒")).unwrap_or_default()
            }
            None => [0; 4],
        };
        if handler != *b"mdta" {
            dialects.push(Dialect::MovMeta);
        }
        let (names, whole) = match child(b"keys") {
            Some(keys) => self.names(&keys)?,
            None => (Vec::new(), false),
        };
        let Some(ilst) = child(b"ilst") else { return Ok(()) };
        // A key that is added to a damaged list would be another one than its number says.
        if let (Some(keys), true, b"mdta") = (child(b"keys"), whole, &handler) {
            let mdta = || Mdta { path: path.clone(), keys, names: names.clone(), ilst };
            match path.as_slice() {
                [_, _, _] if full && in_udta => _ = self.layout.mdta.get_or_insert_with(mdta),
                [moov, _] if moov.kind == *b"moov" => _ = self.layout.camera.get_or_insert_with(mdta),
                _ => {}
            }
        }
        path.push(ilst);
        self.items(&ilst, &names, &path, &dialects)
    }

    /// The keys, and whether they are as many as the box counts and fill it.
    fn names(&mut self, keys: &IsoBox) -> Result<(Vec<String>, bool)> {
        let data = self.bytes(keys.body())?;
        let mut c = Cursor::new(&data);
        let mut names = Vec::new();
        let count = c.take(4).and_then(|_| c.u32_be()).unwrap_or(0);
        for _ in 0..count {
            let Some(size) = c.u32_be().and_then(|n| usize::try_from(n).ok()) else { break };
            let Some(entry) = size.checked_sub(4).and_then(|n| c.take(n)) else { break };
            // A longer name is not ours, and is compared with for every item.
            let name = entry.get(4..).unwrap_or_default();
            names.push(String::from_utf8_lossy(name.get(..64).unwrap_or(name)).into_owned());
            if names.len() > self.limits.parts {
                break;
            }
        }
        let complete = u32::try_from(names.len()) == Ok(count);
        if !complete {
            self.found.damaged("mp4/meta/keys", said!("{} of {} keys", "读到 {} 个键,应有 {} 个", names.len(), count));
        }
        let whole = complete && c.rest().is_empty();
        Ok((names, whole))
    }

    fn items(&mut self, ilst: &IsoBox, names: &[String], path: &Path, dialects: &[Dialect]) -> Result<()> {
        let items = match self.children(ilst) {
            Ok(items) => items,
            Err(damage) => {
                self.found.damaged("mp4/meta/ilst", damage.message());
                // What is added behind the damage would not be read either.
                self.layout.mdta.take_if(|m| m.ilst == *ilst);
                return Ok(());
            }
        };
        for item in items {
            let mut dialects = dialects.to_vec();
            let index = usize::try_from(u32::from_be_bytes(item.kind)).unwrap_or(usize::MAX);
            let key = index.checked_sub(1).and_then(|i| names.get(i));
            let name = match key {
                Some(name) => name.clone(),
                None if item.kind == *b"----" => {
                    dialects.push(Dialect::MovFreeform);
                    "AIGC".into()
                }
                None => {
                    dialects.push(Dialect::MovMeta);
                    item.name()
                }
            };
            let slot = name.rsplit(['.', ':']).next().unwrap_or_default();
            let ours = slot.eq_ignore_ascii_case("AIGC");
            if !ours && !matches!(&item.kind, b"\xa9cmt" | b"desc" | b"\xa9des" | b"ldes" | b"\xa9too") && key.is_none()
            {
                continue;
            }
            if name != "AIGC" {
                dialects.push(if ours { Dialect::SlotCase } else { Dialect::MovMeta });
            }
            let name = called(&item.kind).unwrap_or(slot);
            self.item(&item, name, path, &dialects)?;
        }
        Ok(())
    }

    fn item(&mut self, item: &IsoBox, name: &str, path: &Path, dialects: &[Dialect]) -> Result<()> {
        let children = match self.children(item) {
            Ok(children) => children,
            Err(damage) => {
                self.found.damaged("mp4/meta/ilst", damage.message());
                return Ok(());
            }
        };
        let Some(data) = children.iter().find(|c| c.kind == *b"data") else { return Ok(()) };
        let value = data.body().start.saturating_add(8).min(data.end)..data.end;
        // Cover pictures and the like are no label.
        if value.end - value.start > self.limits.part.min(16 << 20) {
            return Ok(());
        }
        let bytes = self.bytes(value.clone())?;
        let text = String::from_utf8_lossy(&bytes);
        let slot = Slot { placement: PLACEMENT.into(), span: value, wrapped: false, dialects };
        let named = !dialects.contains(&Dialect::MovMeta) || dialects.contains(&Dialect::SlotCase);
        let offer = self.found.offer_as(named, slot, &text, self.limits);
        match offer {
            Offer::Label => self.remove(path, item.range()),
            Offer::Vendor => {}
            Offer::Nothing => self.found.look("mp4/meta/ilst", name, &text),
        }
        Ok(())
    }

    fn remove(&mut self, path: &Path, range: Range<u64>) {
        self.layout.old.push(Edit { path: path.clone(), range, bytes: Vec::new() });
    }

    fn bytes(&self, range: Range<u64>) -> Result<Vec<u8>> {
        self.source.bytes(NAME, range, self.limits.part, phrase!("a metadata box", "元数据盒"))
    }
}

/// What traces call a text of iTunes or QuickTime.
fn called(kind: &[u8; 4]) -> Option<&'static str> {
    match kind {
        b"\xa9cmt" => Some("comment"),
        b"\xa9too" | b"\xa9enc" => Some("encoder"),
        b"\xa9swr" => Some("Software"),
        b"desc" | b"\xa9des" | b"ldes" => Some("Description"),
        _ => None,
    }
}
