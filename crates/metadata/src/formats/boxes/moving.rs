//! Offsets that follow what they point at when boxes move: chunks and encryption data of tracks, items, base offsets of
//! fragments, segment and random access indexes (ISO/IEC 14496-12 8.7.5, 8.7.9, 8.11.3, 8.8.7, 8.16.3, 8.8.10). A structure
//! whose offsets are not known to be right afterwards refuses the file.

use std::ops::Range;

use biaoshi_container::heif::Locations;
use biaoshi_container::isobmff::{Box as IsoBox, Budget, boxes};
use biaoshi_container::{Cursor, Error, Limits, Result, Shifts, Source, SourceExt, phrase, said};

use super::{Edit, Path};

const NAME: &str = "MP4";
/// A 32-bit offset becomes a 64-bit one: what its table grows by an entry.
const WIDER: usize = 4;
/// `tfhd` states an absolute base offset.
const BASE_DATA_OFFSET: u8 = 0x01;

/// The parts of a file that hold offsets.
pub(in crate::formats) struct Movie<'a> {
    pub(in crate::formats) top: &'a [IsoBox],
    pub(in crate::formats) moov: Option<IsoBox>,
    pub(in crate::formats) traks: &'a [IsoBox],
    /// A `meta` box whose items its writer moves by itself.
    pub(in crate::formats) own: Option<IsoBox>,
}

/// A table of offsets of one track.
struct Offsets {
    /// `moov` to `stbl`.
    path: Path,
    table: IsoBox,
    /// Where the numbers begin.
    start: u64,
    wide: bool,
    /// What says that numbers have 64 bits, and how.
    widening: (Range<u64>, &'static [u8]),
    values: Vec<u64>,
}

impl Movie<'_> {
    /// The edits that keep every offset true when the file moves by `moving`.
    pub(in crate::formats) fn follow(
        &self,
        source: &dyn Source,
        moving: &Shifts,
        limits: &Limits,
    ) -> Result<Vec<Edit>> {
        let mut budget = Budget::new(limits);
        let mut tables = Vec::new();
        for (moov, trak) in self.moov.iter().flat_map(|moov| self.traks.iter().map(move |trak| (moov, trak))) {
            tables.extend(offsets(source, vec![*moov, *trak], &mut budget, limits)?);
        }
        let extra = widen(&tables, moving);
        let moved = |at: u64| at.checked_add_signed(moving.at(at) + extra.at(at));
        let mut edits = Vec::new();
        for table in &tables {
            edits.extend(table.edits(&moved)?);
        }
        for (path, iloc) in self.item_tables(source, &mut budget)? {
            edits.extend(items(source, path, &iloc, &moved, limits)?);
        }
        let indexes = Indexes { source, moved: &moved, limits };
        for (index, top) in self.top.iter().enumerate() {
            match &top.kind {
                b"moof" => {
                    self.fragment_stays_whole(index, &moved)?;
                    indexes.fragment(top, &mut budget, &mut edits)?;
                }
                b"sidx" => indexes.segments(top, &mut edits)?,
                b"mfra" => indexes.random_access(top, &mut budget, &mut edits)?,
                _ => {}
            }
        }
        Ok(edits)
    }

    /// The `iloc` boxes of the file, of the movie and of its tracks, each with its path.
    fn item_tables(&self, source: &dyn Source, budget: &mut Budget) -> Result<Vec<(Path, IsoBox)>> {
        let mut metas: Vec<Path> = self.top.iter().filter(|b| b.kind == *b"meta").map(|meta| vec![*meta]).collect();
        metas.retain(|path| path.last() != self.own.as_ref());
        let movie = self.moov.iter().map(|moov| vec![*moov]);
        let tracks = self.moov.iter().flat_map(|moov| self.traks.iter().map(|trak| vec![*moov, *trak]));
        for parent in movie.chain(tracks) {
            let below = |path: &Path, child: &IsoBox| path.iter().copied().chain([*child]).collect::<Path>();
            for child in children(source, &parent, budget)? {
                match &child.kind {
                    b"meta" => metas.push(below(&parent, &child)),
                    b"udta" => {
                        let udta = below(&parent, &child);
                        let inside = children(source, &udta, budget).unwrap_or_default();
                        metas.extend(inside.iter().filter(|c| c.kind == *b"meta").map(|meta| below(&udta, meta)));
                    }
                    _ => {}
                }
            }
        }
        let mut tables = Vec::new();
        for path in metas {
            let Some(meta) = path.last() else { continue };
            let inside = meta.body().start.saturating_add(4).min(meta.end)..meta.end;
            let found = boxes(source, inside, budget).unwrap_or_default().into_iter().find(|c| c.kind == *b"iloc");
            tables.extend(found.map(|iloc| (path, iloc)));
        }
        Ok(tables)
    }

    /// Samples are found relative to their `moof`: both must move alike.
    fn fragment_stays_whole(&self, index: usize, moved: &dyn Fn(u64) -> Option<u64>) -> Result<()> {
        let distance = |b: &IsoBox| moved(b.start).map(|to| to.wrapping_sub(b.start));
        let mut parts = self.top.iter().skip(index);
        let Some(first) = parts.next() else { return Ok(()) };
        let torn =
            parts.take_while(|b| b.kind != *b"moof").any(|b| b.kind == *b"mdat" && distance(b) != distance(first));
        if torn {
            Err(Error::unsupported(
                NAME,
                phrase!("a change between a fragment and its samples", "改动分段与其采样之间的数据"),
            ))
        } else {
            Ok(())
        }
    }
}

/// Which tables become `co64`, as how far that moves what lies behind them: a table that overflows moves everything
/// behind it once more.
fn widen(tables: &[Offsets], moving: &Shifts) -> Shifts {
    let mut widened: Vec<bool> = tables.iter().map(|_| false).collect();
    loop {
        let grown = tables.iter().zip(&widened).filter(|(_, w)| **w);
        let extra =
            Shifts::new(grown.map(|(t, _)| (t.table.end, i64::try_from(WIDER * t.values.len()).unwrap_or(i64::MAX))));
        let over = |t: &Offsets| !t.wide && t.overflows(&|at| at.checked_add_signed(moving.at(at) + extra.at(at)));
        let now: Vec<_> = tables.iter().zip(&widened).map(|(t, w)| *w || over(t)).collect();
        if now == widened {
            return extra;
        }
        widened = now;
    }
}

impl Offsets {
    fn overflows(&self, moved: &dyn Fn(u64) -> Option<u64>) -> bool {
        self.values.iter().any(|v| moved(*v).is_none_or(|n| n > u64::from(u32::MAX)))
    }

    fn edits(&self, moved: &dyn Fn(u64) -> Option<u64>) -> Result<Vec<Edit>> {
        if self.values.iter().all(|v| moved(*v) == Some(*v)) {
            return Ok(Vec::new());
        }
        let widen = !self.wide && self.overflows(moved);
        let mut bytes = Vec::with_capacity(self.values.len() * 8);
        for value in &self.values {
            let value = moved(*value).ok_or_else(|| {
                Error::invalid(NAME, self.table.start, phrase!("an offset that cannot be moved", "偏移无法移动"))
            })?;
            match u32::try_from(value) {
                Ok(narrow) if !self.wide && !widen => bytes.extend(narrow.to_be_bytes()),
                _ => bytes.extend(value.to_be_bytes()),
            }
        }
        let width = if self.wide { 8 } else { 4 };
        let range = self.start..self.start + width * self.values.len() as u64;
        let path: Path = self.path.iter().copied().chain([self.table]).collect();
        let mut edits = Vec::new();
        if widen {
            let (range, bytes) = self.widening.clone();
            edits.push(Edit { path: path.clone(), range, bytes: bytes.to_vec() });
        }
        edits.push(Edit { path, range, bytes });
        Ok(edits)
    }
}

/// The children of the last box of a path.
fn children(source: &dyn Source, path: &Path, budget: &mut Budget) -> Result<Vec<IsoBox>> {
    path.last().map_or(Ok(Vec::new()), |parent| boxes(source, parent.body(), budget))
}

/// The tables of offsets below a track.
fn offsets(source: &dyn Source, path: Path, budget: &mut Budget, limits: &Limits) -> Result<Vec<Offsets>> {
    let mut found = Vec::new();
    for child in children(source, &path, budget)? {
        let below: Path = path.iter().copied().chain([child]).collect();
        match &child.kind {
            b"mdia" | b"minf" | b"stbl" if path.len() < 6 => found.extend(offsets(source, below, budget, limits)?),
            b"stco" | b"co64" | b"saio" => {
                let data = source.bytes(NAME, child.body(), limits.part, phrase!("a table of offsets", "偏移表"))?;
                let table = table(&child, &data, &path);
                found.push(table.ok_or_else(|| {
                    Error::past_end(NAME, child.start, said!("{}", "{} 盒", child.name()), data.len() as u64)
                })?);
            }
            _ => {}
        }
    }
    Ok(found)
}

/// A table of chunks, or of what decrypting samples needs (`saio`): its version says how wide it is, and a flag that a
/// type stands in front of it.
fn table(found: &IsoBox, data: &[u8], path: &Path) -> Option<Offsets> {
    let mut c = Cursor::new(data);
    let [version, _, _, flags] = *c.array::<4>()?;
    let kind = found.start + 4;
    let (wide, widening): (bool, (Range<u64>, &[u8])) = match &found.kind {
        b"saio" => (version > 0, (found.body().start..found.body().start + 1, &[1])),
        kind_is => (kind_is == b"co64", (kind..kind + 4, b"co64")),
    };
    if found.kind == *b"saio" && flags & 1 == 1 {
        c.take(8)?;
    }
    let count = usize::try_from(c.u32_be()?).ok()?;
    let start = found.body().start + c.position() as u64;
    let entries = c.take(count.checked_mul(if wide { 8 } else { 4 })?)?;
    let mut c = Cursor::new(entries);
    let values = (0..count).map(|_| number(&mut c, wide)).collect::<Option<_>>()?;
    Some(Offsets { path: path.clone(), table: *found, start, wide, widening, values })
}

/// The places of items, moved; their fields stay as wide as they are.
fn items(
    source: &dyn Source,
    mut path: Path,
    iloc: &IsoBox,
    moved: &dyn Fn(u64) -> Option<u64>,
    limits: &Limits,
) -> Result<Option<Edit>> {
    let old = source.bytes(NAME, iloc.body(), limits.part, phrase!("iloc", "iloc 盒"))?;
    let mut table = Locations::read(&old, iloc.start, limits)?;
    for item in &mut table.items {
        item.shift(moved)
            .ok_or_else(|| Error::invalid(NAME, iloc.start, phrase!("an item that cannot be moved", "条目无法移动")))?;
        item.settle(table.widths);
    }
    let too_far = || Error::unsupported(NAME, phrase!("an item that moves beyond 4 GiB", "条目移到 4 GiB 之后"));
    let bytes = table.encode().ok_or_else(too_far)?;
    let end = iloc.body().start + bytes.len() as u64;
    path.push(*iloc);
    let moves = old.get(..bytes.len()).is_none_or(|same| same != bytes);
    Ok(moves.then(|| Edit { path, range: iloc.body().start..end.min(iloc.end), bytes }))
}

fn number(c: &mut Cursor<'_>, wide: bool) -> Option<u64> {
    if wide { c.u64_be() } else { c.u32_be().map(u64::from) }
}

/// Indexes of fragmented files; none of their boxes changes its length.
struct Indexes<'a> {
    source: &'a dyn Source,
    moved: &'a dyn Fn(u64) -> Option<u64>,
    limits: &'a Limits,
}

impl Indexes<'_> {
    fn body(&self, part: &IsoBox) -> Result<Vec<u8>> {
        self.source.bytes(NAME, part.body(), self.limits.part, phrase!("an index of fragments", "分段索引"))
    }

    fn overwrite(&self, part: &IsoBox, at: usize, value: u64, wide: bool, edits: &mut Vec<Edit>) -> Result<()> {
        let bytes = match (wide, u32::try_from(value)) {
            (true, _) => value.to_be_bytes().to_vec(),
            (false, Ok(value)) => value.to_be_bytes().to_vec(),
            (false, Err(_)) => {
                return Err(Error::unsupported(
                    NAME,
                    said!("an offset of more than 4 GiB in {}", "{} 中超过 4 GiB 的偏移", part.name()),
                ));
            }
        };
        let start = part.body().start + at as u64;
        edits.push(Edit { path: Vec::new(), range: start..start + bytes.len() as u64, bytes });
        Ok(())
    }

    /// `moof`: a track fragment may state the absolute offset that its samples count from. Other offsets in it are
    /// relative.
    fn fragment(&self, moof: &IsoBox, budget: &mut Budget, edits: &mut Vec<Edit>) -> Result<()> {
        for traf in boxes(self.source, moof.body(), budget)?.iter().filter(|b| b.kind == *b"traf") {
            for tfhd in boxes(self.source, traf.body(), budget)?.iter().filter(|b| b.kind == *b"tfhd") {
                let head = self.source.array::<8>(NAME, tfhd.body().start, phrase!("tfhd", "tfhd 盒"))?;
                let [_, _, _, flags, ..] = head;
                if flags & BASE_DATA_OFFSET == 0 {
                    continue;
                }
                let base =
                    u64::from_be_bytes(self.source.array(NAME, tfhd.body().start + 8, phrase!("tfhd", "tfhd 盒"))?);
                let cannot = || {
                    Error::invalid(NAME, tfhd.start, phrase!("a base offset that cannot be moved", "基准偏移无法移动"))
                };
                let new = (self.moved)(base).ok_or_else(cannot)?;
                if new != base {
                    self.overwrite(tfhd, 8, new, true, edits)?;
                }
            }
        }
        Ok(())
    }

    /// `sidx`: offsets count from its own end, and each reference has a size.
    fn segments(&self, sidx: &IsoBox, edits: &mut Vec<Edit>) -> Result<()> {
        let data = self.body(sidx)?;
        let cut = || Error::truncated(NAME, sidx.start, phrase!("sidx", "sidx 盒"));
        let cannot =
            || Error::invalid(NAME, sidx.start, phrase!("a segment index that cannot be moved", "段索引无法移动"));
        let mut c = Cursor::new(&data);
        let wide = c.u8().ok_or_else(cut)? != 0;
        c.take(3 + 8).ok_or_else(cut)?;
        number(&mut c, wide).ok_or_else(cut)?;
        let at = c.position();
        let first = number(&mut c, wide).ok_or_else(cut)?;
        let end = (self.moved)(sidx.start).and_then(|to| to.checked_add(sidx.end - sidx.start)).ok_or_else(cannot)?;
        let mut target = sidx.end.checked_add(first).ok_or_else(cannot)?;
        let new = (self.moved)(target).and_then(|to| to.checked_sub(end)).ok_or_else(cannot)?;
        if new != first {
            self.overwrite(sidx, at, new, wide, edits)?;
        }
        c.take(2).ok_or_else(cut)?;
        for _ in 0..c.array().map(|b| u16::from_be_bytes(*b)).ok_or_else(cut)? {
            let at = c.position();
            let word = c.u32_be().ok_or_else(cut)?;
            c.take(8).ok_or_else(cut)?;
            // The first bit says whether the reference is to another index.
            let (kind, size) = (word & 1 << 31, u64::from(word & !(1 << 31)));
            let next = target.checked_add(size).ok_or_else(cannot)?;
            let length = (self.moved)(next).zip((self.moved)(target)).and_then(|(to, from)| to.checked_sub(from));
            let length = length.and_then(|n| u32::try_from(n).ok()).filter(|n| n >> 31 == 0).ok_or_else(cannot)?;
            if u64::from(length) != size {
                self.overwrite(sidx, at, u64::from(kind | length), false, edits)?;
            }
            target = next;
        }
        Ok(())
    }

    /// `mfra`: a table for each track with the absolute offset of every fragment that playing can begin with.
    fn random_access(&self, mfra: &IsoBox, budget: &mut Budget, edits: &mut Vec<Edit>) -> Result<()> {
        for tfra in boxes(self.source, mfra.body(), budget)?.iter().filter(|b| b.kind == *b"tfra") {
            let data = self.body(tfra)?;
            let cut = || Error::truncated(NAME, tfra.start, phrase!("tfra", "tfra 盒"));
            let mut c = Cursor::new(&data);
            let wide = c.u8().ok_or_else(cut)? == 1;
            c.take(3 + 4 + 3).ok_or_else(cut)?;
            let sizes = c.u8().ok_or_else(cut)?;
            // Numbers of the track fragment, the run and the sample: one to four bytes each.
            let numbers = [4, 2, 0].iter().map(|bit| usize::from(sizes >> bit & 3) + 1).sum();
            for _ in 0..c.u32_be().ok_or_else(cut)? {
                number(&mut c, wide).ok_or_else(cut)?;
                let at = c.position();
                let offset = number(&mut c, wide).ok_or_else(cut)?;
                c.take(numbers).ok_or_else(cut)?;
                let cannot = || {
                    Error::invalid(
                        NAME,
                        tfra.start,
                        phrase!("a fragment offset that cannot be moved", "分段偏移无法移动"),
                    )
                };
                let new = (self.moved)(offset).ok_or_else(cannot)?;
                if new != offset {
                    self.overwrite(tfra, at, new, wide, edits)?;
                }
            }
        }
        Ok(())
    }
}
