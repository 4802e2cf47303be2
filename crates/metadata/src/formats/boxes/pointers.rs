//! The absolute offsets of a file made of boxes, for the read-back: chunks of tracks with their lengths, extents of items,
//! fragments, indexes (ISO/IEC 14496-12 8.7, 8.8, 8.11.3, 8.16.3). None of the code that moves them is used here.

use std::collections::BTreeMap;
use std::ops::Range;

use biaoshi_container::heif::Infos;
use biaoshi_container::isobmff::{self, Box as IsoBox, Budget};
use biaoshi_container::{Cursor, Limits, Result, Source, SourceExt, phrase};

use super::numbers::Numbers;
use crate::pointers::Pointer;

const NAME: &str = "MP4";
/// Bytes of a box header: an offset of a box leads to at least those.
const HEADER: u64 = 8;
/// Boxes inside tracks and fragments come on top of those that a reader counts.
const BOXES_A_PART: usize = 16;

/// Lists the offsets of a file.
pub(in crate::formats) fn walk(source: &dyn Source, limits: &Limits, out: &mut dyn FnMut(Pointer)) -> Result<()> {
    let parts = limits.parts.saturating_mul(BOXES_A_PART);
    let mut walk = Walk { source, limits, out, budget: Budget::new(&Limits { parts, ..*limits }), media: Vec::new() };
    let (mut at, mut moov) = (0, None);
    // Box by box, so that headers that lie together are read together.
    while let Some(part) = walk.next(at, source.len())? {
        at = part.end;
        match &part.kind {
            // Players take the first one.
            b"moov" => _ = moov.get_or_insert(part),
            b"mdat" => walk.media.push(part.range()),
            b"meta" => walk.items(&part)?,
            b"moof" => walk.fragment(&part)?,
            b"sidx" => walk.segments(&part),
            b"mfra" => walk.random_access(&part)?,
            _ => {}
        }
    }
    moov.map_or(Ok(()), |moov| walk.inside(&moov))
}

struct Walk<'a> {
    source: &'a dyn Source,
    limits: &'a Limits,
    out: &'a mut dyn FnMut(Pointer),
    budget: Budget,
    /// Where media lie: a chunk ends with the box that it begins in, whatever its sizes say.
    media: Vec<Range<u64>>,
}

impl Walk<'_> {
    /// The box at an offset, if it is whole.
    fn next(&mut self, at: u64, end: u64) -> Result<Option<IsoBox>> {
        if at.checked_add(HEADER).is_none_or(|header| header > end) {
            return Ok(None);
        }
        self.budget.take()?;
        Ok(isobmff::read(self.source, at, end).ok())
    }

    /// The boxes of a range, up to the first damaged one.
    fn boxes(&mut self, range: Range<u64>) -> Result<Vec<IsoBox>> {
        let (mut at, mut out) = (range.start, Vec::new());
        while let Some(found) = self.next(at, range.end)? {
            at = found.end;
            out.push(found);
        }
        Ok(out)
    }

    /// The bytes of a table; nothing where they cannot be had.
    fn bytes(&self, part: &IsoBox) -> Vec<u8> {
        self.source
            .bytes(NAME, part.body(), self.limits.part, phrase!("a table of offsets", "偏移表"))
            .unwrap_or_default()
    }

    /// The boxes between `moov` and the tables of its tracks.
    fn inside(&mut self, parent: &IsoBox) -> Result<()> {
        for child in self.boxes(parent.body())? {
            match (&parent.kind, &child.kind) {
                (b"moov", b"trak") | (b"trak", b"mdia") | (b"mdia", b"minf") | (b"moov" | b"trak", b"udta") => {
                    self.inside(&child)?;
                }
                (b"minf", b"stbl") => self.samples(&child)?,
                (b"moov" | b"trak" | b"udta", b"meta") => self.items(&child)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn samples(&mut self, stbl: &IsoBox) -> Result<()> {
        let tables = self.boxes(stbl.body())?;
        let child = |kind: &[u8; 4]| tables.iter().find(|c| c.kind == *kind);
        for table in &tables {
            let start = table.body().start;
            match &table.kind {
                b"stco" | b"co64" => {
                    let width = if table.kind == *b"co64" { 8 } else { 4 };
                    let sizes = Sizes::new(self.source, child(b"stsz").or(child(b"stz2")));
                    let mut lengths = Lengths { runs: child(b"stsc").map(|t| Runs::new(self.source, t)), sizes };
                    for offset in Numbers::counted(self.source, start + 4..table.end, width) {
                        let length = self.within_media(offset, lengths.next());
                        (self.out)(Pointer::new("chunk", offset, length));
                    }
                }
                b"saio" => {
                    let [version, _, _, flags] =
                        self.source.array(NAME, start, phrase!("saio", "saio 盒")).unwrap_or_default();
                    let start = start + 4 + u64::from(flags & 1) * 8;
                    let width = if version == 0 { 4 } else { 8 };
                    for offset in Numbers::counted(self.source, start..table.end, width) {
                        (self.out)(Pointer::new("saio", offset, 1));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn within_media(&self, offset: u64, length: u64) -> u64 {
        let behind = self.media.partition_point(|m| m.start <= offset);
        let around = behind.checked_sub(1).and_then(|i| self.media.get(i));
        let room = around.map_or(1, |m| m.end.saturating_sub(offset));
        length.min(room.max(1))
    }

    /// The extents of items. Those of XMP, where the label goes, may be anywhere.
    fn items(&mut self, meta: &IsoBox) -> Result<()> {
        let children = self.boxes(meta.body().start.saturating_add(4).min(meta.end)..meta.end)?;
        let child = |kind: &[u8; 4]| children.iter().find(|c| c.kind == *kind);
        let Some(iloc) = child(b"iloc") else { return Ok(()) };
        let infos = child(b"iinf").and_then(|b| Infos::read(self.source, b, self.limits, &mut self.budget).ok());
        let kinds: BTreeMap<u32, Kind> = infos.iter().flat_map(|i| &i.entries).map(|i| (i.id, Kind::of(i))).collect();
        let idat = child(b"idat").map(|b| b.body().start);
        let table = self.bytes(iloc);
        let mut c = Cursor::new(&table);
        self.extents(&mut c, &kinds, idat);
        Ok(())
    }

    /// Reads the body of an `iloc` as far as it is whole.
    fn extents(&mut self, c: &mut Cursor<'_>, kinds: &BTreeMap<u32, Kind>, idat: Option<u64>) -> Option<()> {
        let [version, ..] = *c.array::<4>()?;
        let [sizes, more] = *c.array::<2>()?;
        let index = if version == 0 { 0 } else { more & 15 };
        let long = version >= 2;
        let number = |c: &mut Cursor<'_>, width: u8| Some(wide(c.take(usize::from(width))?));
        let short = |c: &mut Cursor<'_>, long: bool| number(c, if long { 4 } else { 2 });
        for _ in 0..short(c, long)? {
            let id = u32::try_from(short(c, long)?).ok()?;
            let method = if version == 0 { 0 } else { short(c, false)? & 15 };
            let here = short(c, false)? == 0;
            let base = number(c, more >> 4)?;
            let kind = kinds.get(&id).copied().unwrap_or(Kind::Other);
            let start = match method {
                0 if here => Some(0),
                1 => idat,
                _ => None,
            };
            for _ in 0..short(c, false)? {
                number(c, index)?;
                let (offset, length) = (number(c, sizes >> 4)?, number(c, sizes & 15)?);
                let offset = start.and_then(|s| s.checked_add(base)?.checked_add(offset));
                if let (Some(offset), false) = (offset, kind == Kind::Xmp) {
                    let text = kind == Kind::Exif;
                    (self.out)(Pointer { kind: "item", number: id, offset, length: length.max(1), text });
                }
            }
        }
        Some(())
    }

    /// `moof`: a base that a track fragment may state, and where its runs of samples begin.
    fn fragment(&mut self, moof: &IsoBox) -> Result<()> {
        let trafs = self.boxes(moof.body())?.into_iter().filter(|b| b.kind == *b"traf");
        for (number, traf) in trafs.enumerate() {
            // Otherwise a later one counts from where the samples of the one before it end (8.8.7).
            let mut base = (number == 0).then_some(moof.start);
            for child in self.boxes(traf.body())? {
                let start = child.body().start;
                let [_, more, _, flags] =
                    self.source.array(NAME, start, phrase!("a fragment", "分段")).unwrap_or_default();
                match &child.kind {
                    b"tfhd" if flags & 1 != 0 => {
                        let Ok(stated) = self.source.array(NAME, start + 8, phrase!("tfhd", "tfhd 盒")) else { break };
                        base = Some(u64::from_be_bytes(stated));
                        base.into_iter().for_each(|at| (self.out)(Pointer::new("tfhd", at, 1)));
                    }
                    b"tfhd" if more & 2 != 0 => base = Some(moof.start),
                    b"trun" if flags & 1 != 0 => {
                        let Ok(stated) = self.source.array(NAME, start + 8, phrase!("trun", "trun 盒")) else { break };
                        let run = base.and_then(|b| b.checked_add_signed(i64::from(i32::from_be_bytes(stated))));
                        run.into_iter().for_each(|at| (self.out)(Pointer::new("trun", at, 1)));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// `sidx`: the start of every segment, and the end of the last one.
    fn segments(&mut self, sidx: &IsoBox) {
        let body = self.bytes(sidx);
        let version = body.first().copied().unwrap_or(0);
        let width = if version == 0 { 4 } else { 8 };
        let mut c = Cursor::at(&body, 12 + width);
        let Some(first) = c.take(width).map(wide) else { return };
        let count = c.take(4).map_or(0, |b| usize::try_from(wide(b) & 0xffff).unwrap_or(0));
        let mut segment = sidx.end.checked_add(first);
        for entry in c.rest().chunks_exact(12).take(count) {
            let Some(start) = segment else { return };
            (self.out)(Pointer::new("sidx", start, 1));
            let size = entry.first_chunk().map_or(0, |b| u32::from_be_bytes(*b)) & !(1 << 31);
            segment = start.checked_add(u64::from(size));
        }
        if let Some(end) = segment {
            (self.out)(Pointer::new("sidx", end, 1));
        }
    }

    /// `mfra`: fragments to begin at (`tfra`), and how far back the index itself begins (`mfro`).
    fn random_access(&mut self, mfra: &IsoBox) -> Result<()> {
        for part in self.boxes(mfra.body())? {
            let body = self.bytes(&part);
            let mut c = Cursor::at(&body, 4);
            match &part.kind {
                b"tfra" => {
                    let width = if body.first() == Some(&1) { 8 } else { 4 };
                    let sizes = c.take(8).and_then(|b| b.last()).copied().unwrap_or(0);
                    let numbers: usize = [4, 2, 0].iter().map(|bit| usize::from(sizes >> bit & 3) + 1).sum();
                    let count = c.u32_be().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
                    for entry in c.rest().chunks_exact(2 * width + numbers).take(count) {
                        let offset = wide(entry.get(width..2 * width).unwrap_or_default());
                        (self.out)(Pointer::new("tfra", offset, HEADER));
                    }
                }
                b"mfro" => {
                    let start = c.u32_be().and_then(|n| part.end.checked_sub(u64::from(n)));
                    start.into_iter().for_each(|at| (self.out)(Pointer::new("mfro", at, 1)));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What an item is, as far as labels go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Xmp,
    Exif,
    Other,
}

impl Kind {
    fn of(info: &biaoshi_container::heif::Info) -> Self {
        match &info.kind {
            _ if info.content_type.eq_ignore_ascii_case(b"application/rdf+xml") => Self::Xmp,
            b"Exif" => Self::Exif,
            _ => Self::Other,
        }
    }
}

/// Up to eight bytes as a number.
fn wide(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The lengths of the chunks of a track, one after the other; 1 from where the tables do not say.
struct Lengths<'a> {
    runs: Option<Runs<'a>>,
    sizes: Option<Sizes<'a>>,
}

impl Lengths<'_> {
    fn next(&mut self) -> u64 {
        let samples = self.runs.as_mut().and_then(Runs::next);
        let length = samples.and_then(|n| self.sizes.as_mut()?.sum(n));
        length.unwrap_or_else(|| {
            self.sizes = None;
            1
        })
    }
}

/// `stsc`: how many samples each chunk has.
struct Runs<'a> {
    entries: Numbers<'a>,
    chunk: u64,
    samples: u64,
    /// The first chunk of the next entry, and its samples.
    then: Option<(u64, u64)>,
}

impl<'a> Runs<'a> {
    fn new(source: &'a dyn Source, stsc: &IsoBox) -> Self {
        let start = stsc.body().start;
        // Three numbers an entry: the count of entries does not matter, the box ends with them.
        let mut entries = Numbers::new(source, start.saturating_add(8)..stsc.end, 4);
        let then = Self::entry(&mut entries);
        Self { entries, chunk: 0, samples: 0, then }
    }

    fn entry(entries: &mut Numbers<'a>) -> Option<(u64, u64)> {
        let (first, samples) = (entries.next()?, entries.next()?);
        entries.next().map(|_| (first, samples))
    }

    fn next(&mut self) -> Option<u64> {
        self.chunk += 1;
        if let Some((first, samples)) = self.then
            && first <= self.chunk
        {
            self.samples = samples;
            self.then = Self::entry(&mut self.entries);
        }
        (self.samples > 0).then_some(self.samples)
    }
}

/// `stsz`: one size for all samples, or one each.
enum Sizes<'a> {
    All(u64),
    Each(Numbers<'a>),
}

impl<'a> Sizes<'a> {
    fn new(source: &'a dyn Source, table: Option<&IsoBox>) -> Option<Self> {
        let table = table?;
        let start = table.body().start;
        let size = u32::from_be_bytes(source.array(NAME, start + 4, phrase!("stsz", "stsz 盒")).ok()?);
        match (&table.kind, size) {
            (b"stsz", 0) => Some(Self::Each(Numbers::counted(source, start + 8..table.end, 4))),
            // In old sound a sample of size 1 has any size (QuickTime file format, sound sample descriptions).
            (b"stsz", 1) => None,
            (b"stsz", size) => Some(Self::All(u64::from(size))),
            (b"stz2", 8 | 16) => Some(Self::Each(Numbers::counted(source, start + 8..table.end, size as usize / 8))),
            _ => None,
        }
    }

    fn sum(&mut self, samples: u64) -> Option<u64> {
        match self {
            Self::All(size) => size.checked_mul(samples),
            Self::Each(sizes) => (0..samples).try_fold(0u64, |sum, _| sum.checked_add(sizes.next()?)),
        }
    }
}
