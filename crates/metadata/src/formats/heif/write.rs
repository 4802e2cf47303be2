//! Writing: an XMP item of the primary picture is replaced where it lies; without one, an item is added, its bytes in a
//! box right behind `meta`, so that whoever reads the front of a file sees them and trailers at its end stay there. A
//! `free` box behind `meta` pays first; otherwise all places in `iloc` and all chunk offsets of a sequence follow.

use std::collections::BTreeSet;
use std::ops::Range;

use biaoshi_container::heif::{self, IN_FILE, Item, Locations};
use biaoshi_container::isobmff::{self, Box as IsoBox};
use biaoshi_container::{Error, Limits, Patch, Result, Shifts, Source, phrase};
use biaoshi_label::Label;

use super::NAME;
use super::place::Changes;
use super::read::{Items, Layout, RDF};
use crate::format::Writer;
use crate::formats::boxes::moving::Movie;
use crate::formats::boxes::{Edit, Path, free_behind, patch_of, resize};
use crate::xmp;

/// Rounds until the fields of `iloc` are wide enough; each can only widen them.
const ROUNDS: usize = 8;

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let items = self.items.as_ref().ok_or_else(|| {
            Error::unsupported(
                NAME,
                phrase!(
                    "writing into a file without picture items (--sidecar puts the label beside it)",
                    "写入没有图像条目的文件(--sidecar 可写在文件旁)"
                ),
            )
        })?;
        if self.fixed {
            return Err(Error::unsupported(
                NAME,
                phrase!("taking a label out of a damaged XMP packet", "从有误的 XMP 包中取出标识"),
            ));
        }
        let table = items.locations.clone();
        let mut plan = Plan {
            layout: self,
            items,
            source,
            limits,
            edits: self.old.clone(),
            table,
            changes: Changes::default(),
            data: Vec::new(),
        };
        let home = self.xmp.iter().find(|x| x.of_primary);
        for xmp in &self.xmp {
            let own = home.is_some_and(|h| h.id == xmp.id);
            let Some(packet) = &xmp.packet else {
                if own {
                    return Err(Error::unsupported(
                        NAME,
                        phrase!("writing into an XMP item that cannot be read", "写入无法读取的 XMP 条目"),
                    ));
                }
                continue;
            };
            if !own && !packet.has_label() {
                continue;
            }
            if xmp.compressed {
                return Err(Error::unsupported(
                    NAME,
                    phrase!("writing into a compressed XMP item", "写入压缩的 XMP 条目"),
                ));
            }
            plan.replace(xmp.id, &packet.with(own.then_some(label))?)?;
        }
        match home {
            Some(home) if home.linked => {}
            Some(home) => plan.describe(home.id)?,
            None => plan.add(xmp::fresh(label).into_bytes())?,
        }
        plan.blank()?;
        plan.finish()
    }
}

/// One plan in the making.
struct Plan<'a> {
    layout: &'a Layout,
    items: &'a Items,
    source: &'a dyn Source,
    limits: &'a Limits,
    edits: Vec<Edit>,
    /// The places of all items, the new one included.
    table: Locations,
    changes: Changes,
    /// The bytes of items that have no place of their own.
    data: Vec<u8>,
}

impl Plan<'_> {
    /// Gives an item other bytes: where they are, if it has that place to itself.
    fn replace(&mut self, id: u32, bytes: &[u8]) -> Result<()> {
        let item = self.items.locations.items.iter().find(|i| i.id == id);
        let ranges = item.map(|i| self.items.ranges(i, self.source.len())).transpose()?.unwrap_or_default();
        // exiftool sees no item in `idat`: that one goes into the file.
        if let ([range], Some(IN_FILE)) = (&ranges[..], item.map(|i| i.method))
            && let Some(path) = self.own_place(id, range)
        {
            let mut bytes = bytes.trim_ascii_end().to_vec();
            let room = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
            // Blanks behind a packet are padding, as XMP wants it.
            bytes.resize(bytes.len().max(room), b' ');
            if bytes.len() > room {
                self.changes.lengths.insert(id, bytes.len() as u64);
            }
            self.edits.push(Edit { path, range: range.clone(), bytes });
            return Ok(());
        }
        for range in ranges {
            // What nobody else uses goes.
            if let Some(path) = self.own_place(id, &range) {
                let blanks = usize::try_from(range.end - range.start).unwrap_or(0);
                self.edits.push(Edit { path, range, bytes: vec![0; blanks] });
            }
        }
        self.put(id, bytes);
        Ok(())
    }

    /// The boxes around the bytes of an item that nothing else uses.
    fn own_place(&self, id: u32, range: &Range<u64>) -> Option<Path> {
        let own = self.items.alone(id, range, self.source.len()) && !self.is_edited(range);
        own.then(|| self.layout.room(self.items, range)).flatten()
    }

    fn is_edited(&self, range: &Range<u64>) -> bool {
        self.edits.iter().any(|e| e.range.start < range.end && range.start < e.range.end)
    }

    fn put(&mut self, id: u32, bytes: &[u8]) {
        let start = self.data.len() as u64;
        self.data.extend(bytes);
        self.changes.moved.insert(id, start..self.data.len() as u64);
    }

    /// Adds an XMP item.
    fn add(&mut self, bytes: Vec<u8>) -> Result<()> {
        let Items { meta, iinf, infos, .. } = self.items;
        let id = self.new_id()?;
        let at = iinf.body().start + 4;
        let too_many = || Error::unsupported(NAME, phrase!("one more item", "再增加一个条目"));
        let count = infos.count.checked_add(1).ok_or_else(too_many)?;
        let count = match infos.version {
            0 => u16::try_from(count).map_err(|_| too_many())?.to_be_bytes().to_vec(),
            _ => count.to_be_bytes().to_vec(),
        };
        let path = vec![*meta, *iinf];
        let end = self.end_of(iinf, 4 + count.len() as u64)?;
        self.edits.push(Edit { path: path.clone(), range: at..at + count.len() as u64, bytes: count });
        self.edits.push(Edit { path, range: end..end, bytes: heif::mime_info(id, RDF) });
        self.table.items.push(Item { id, method: IN_FILE, reference: 0, base: 0, extents: Vec::new() });
        self.put(id, &bytes);
        self.describe(id)
    }

    /// Where one more child of a box goes; its list begins behind `head` bytes of version and count.
    fn end_of(&self, parent: &IsoBox, head: u64) -> Result<u64> {
        let body = parent.body();
        isobmff::end_of_list(self.source, body.start.saturating_add(head).min(body.end)..body.end, self.limits)
    }

    /// Says that an item describes the primary one.
    fn describe(&mut self, id: u32) -> Result<()> {
        let Items { meta, iref, primary, wide, .. } = self.items;
        let Some(primary) = *primary else { return Ok(()) };
        let wide = *wide || iref.is_none() && id.max(primary) > u32::from(u16::MAX);
        let described = heif::reference(*b"cdsc", id, primary, wide);
        let described = described.ok_or_else(|| {
            Error::unsupported(NAME, phrase!("a reference to an item of that number", "引用该编号的条目"))
        })?;
        let (path, at, bytes) = match iref {
            Some(iref) => (vec![*meta, *iref], self.end_of(iref, 4)?, described),
            None => (
                vec![*meta],
                self.end_of(meta, 4)?,
                isobmff::encode(*b"iref", &[&[u8::from(wide), 0, 0, 0], &described[..]].concat()),
            ),
        };
        self.edits.push(Edit { path, range: at..at, bytes });
        Ok(())
    }

    /// An id that nothing has: the next one, or a free one where ids are short.
    fn new_id(&self) -> Result<u32> {
        let Items { infos, locations, references, groups, primary, wide, iref, .. } = self.items;
        let mut taken: BTreeSet<u32> = infos.entries.iter().map(|i| i.id).collect();
        taken.extend(locations.items.iter().map(|i| i.id));
        taken.extend(references.iter().flat_map(|r| r.to.iter().copied().chain([r.from])));
        taken.extend(groups.iter().copied().chain(*primary));
        let short = locations.version < 2 || iref.is_some() && !wide;
        let most = if short { u32::from(u16::MAX) } else { u32::MAX };
        let next = taken.last().map_or(1, |last| last.saturating_add(1));
        let free = if next <= most { Some(next) } else { (1..=most).find(|id| !taken.contains(id)) };
        free.filter(|id| !taken.contains(id))
            .ok_or_else(|| Error::unsupported(NAME, phrase!("one more item", "再增加一个条目")))
    }

    /// Overwrites labels in EXIF.
    fn blank(&mut self) -> Result<()> {
        for range in &self.layout.blanked {
            let path = self.layout.room(self.items, range).filter(|_| !self.is_edited(range));
            let path = path.ok_or_else(|| {
                Error::unsupported(
                    NAME,
                    phrase!("a label in EXIF that lies between other structures", "EXIF 中位于其他结构之间的标识"),
                )
            })?;
            let blanks = usize::try_from(range.end - range.start).unwrap_or(0);
            self.edits.push(Edit { path, range: range.clone(), bytes: vec![0; blanks] });
        }
        Ok(())
    }

    /// All edits as a patch: `iloc` follows what moves, and moves things itself as its fields widen.
    fn finish(mut self) -> Result<Patch> {
        let Items { meta, iloc, .. } = self.items;
        let added = match self.data.is_empty() {
            true => Vec::new(),
            false => isobmff::encode(*b"mdat", &self.data),
        };
        let length = i64::try_from(added.len()).unwrap_or(i64::MAX);
        self.edits.push(Edit { path: Vec::new(), range: meta.end..meta.end, bytes: added });
        let movie =
            Movie { top: &self.layout.top, moov: self.layout.moov, traks: &self.layout.traks, own: Some(*meta) };
        let (mut moving, mut data) = (Shifts::default(), 0);
        for _ in 0..ROUNDS {
            let mut table = self.items.moved(&self.table, &self.changes, &moving, data)?;
            table.widths = table.fitting();
            self.table.widths = table.widths;
            let body =
                table.encode().ok_or_else(|| Error::unsupported(NAME, phrase!("one more item", "再增加一个条目")))?;
            let mut edits = self.edits.clone();
            edits.push(Edit { path: vec![*meta], range: iloc.range(), bytes: isobmff::encode(*b"iloc", &body) });
            let free = free_behind(&self.layout.top, meta, &edits);
            let mut patch = patch_of(&edits, free)?;
            let now = patch.shifts();
            // A growing item moves also what lies behind it in its own box.
            if now.moves(self.source.len()) {
                edits.extend(movie.follow(self.source, &now, self.limits)?);
                patch = patch_of(&edits, free)?;
            }
            let now = patch.shifts();
            let place = meta.end.saturating_add_signed(now.at(meta.end) - length) + 8;
            if now == moving && place == data {
                resize(&mut patch, &edits)?;
                return Ok(patch);
            }
            (moving, data) = (now, place);
        }
        Err(Error::unsupported(NAME, phrase!("a table of items that does not settle", "条目表的大小无法确定")))
    }
}
