//! Offsets that follow what they point at when boxes move: chunk offsets of tracks, base offsets of fragments, segment
//! and random access indexes (ISO/IEC 14496-12 8.7.5, 8.8.7, 8.16.3, 8.8.10). A structure whose offsets are not known
//! to be right afterwards refuses the file.

use biaoshi_container::isobmff::{Box as IsoBox, Budget, boxes};
use biaoshi_container::{Cursor, Error, Limits, Result, Shifts, Source, SourceExt};

use super::{Edit, Path};

const NAME: &str = "MP4";
/// A 32-bit offset becomes a 64-bit one: what its table grows by.
const WIDER: usize = 4;
/// `tfhd` states an absolute base offset.
const BASE_DATA_OFFSET: u8 = 0x01;

/// The parts of a file that hold offsets.
pub(in crate::formats) struct Movie<'a> {
    pub(in crate::formats) top: &'a [IsoBox],
    pub(in crate::formats) moov: Option<IsoBox>,
    pub(in crate::formats) traks: &'a [IsoBox],
}

/// The chunk offsets of one track.
struct Offsets {
    /// `moov` to `stbl`.
    path: Path,
    table: IsoBox,
    wide: bool,
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

    /// Samples are found relative to their `moof`: both must move alike.
    fn fragment_stays_whole(&self, index: usize, moved: &dyn Fn(u64) -> Option<u64>) -> Result<()> {
        let distance = |b: &IsoBox| moved(b.start).map(|to| to.wrapping_sub(b.start));
        let mut parts = self.top.iter().skip(index);
        let Some(first) = parts.next() else { return Ok(()) };
        let torn =
            parts.take_while(|b| b.kind != *b"moof").any(|b| b.kind == *b"mdat" && distance(b) != distance(first));
        if torn { Err(Error::unsupported(NAME, "a change between a fragment and its samples")) } else { Ok(()) }
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
        let widen = !self.wide && self.overflows(moved);
        let mut bytes = Vec::with_capacity(self.values.len() * 8);
        for value in &self.values {
            let value = moved(*value)
                .ok_or_else(|| Error::invalid(NAME, self.table.start, "a chunk offset that cannot be moved"))?;
            match u32::try_from(value) {
                Ok(narrow) if !self.wide && !widen => bytes.extend(narrow.to_be_bytes()),
                _ => bytes.extend(value.to_be_bytes()),
            }
        }
        let start = self.table.body().start + 8;
        let width = if self.wide { 8 } else { 4 };
        let range = start..start + width * self.values.len() as u64;
        let path: Path = self.path.iter().copied().chain([self.table]).collect();
        let mut edits = Vec::new();
        if widen {
            let kind = self.table.start + 4;
            edits.push(Edit { path: path.clone(), range: kind..kind + 4, bytes: b"co64".to_vec() });
        }
        edits.push(Edit { path, range, bytes });
        Ok(edits)
    }
}

/// The chunk offset tables below a track.
fn offsets(source: &dyn Source, path: Path, budget: &mut Budget, limits: &Limits) -> Result<Vec<Offsets>> {
    let mut found = Vec::new();
    let Some(parent) = path.last() else { return Ok(found) };
    for child in boxes(source, parent.body(), budget)? {
        let below: Path = path.iter().copied().chain([child]).collect();
        match &child.kind {
            b"mdia" | b"minf" | b"stbl" if path.len() < 6 => found.extend(offsets(source, below, budget, limits)?),
            b"saio" => return Err(Error::unsupported(NAME, "moving encrypted samples (saio)")),
            b"stco" | b"co64" => {
                let wide = &child.kind == b"co64";
                let data = source.bytes(NAME, child.body(), limits.part, "the chunk offsets")?;
                let values = table(&data, wide)
                    .ok_or_else(|| Error::past_end(NAME, child.start, "the chunk offsets", data.len() as u64))?;
                found.push(Offsets { path: path.clone(), table: child, wide, values });
            }
            _ => {}
        }
    }
    Ok(found)
}

fn table(data: &[u8], wide: bool) -> Option<Vec<u64>> {
    let mut c = Cursor::new(data);
    c.take(4)?;
    let count = usize::try_from(c.u32_be()?).ok()?;
    let entries = c.take(count.checked_mul(if wide { 8 } else { 4 })?)?;
    let mut c = Cursor::new(entries);
    (0..count).map(|_| number(&mut c, wide)).collect()
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
        self.source.bytes(NAME, part.body(), self.limits.part, "an index of fragments")
    }

    fn overwrite(&self, part: &IsoBox, at: usize, value: u64, wide: bool, edits: &mut Vec<Edit>) -> Result<()> {
        let bytes = match (wide, u32::try_from(value)) {
            (true, _) => value.to_be_bytes().to_vec(),
            (false, Ok(value)) => value.to_be_bytes().to_vec(),
            (false, Err(_)) => {
                return Err(Error::unsupported(NAME, format!("an offset of more than 4 GiB in {}", part.name())));
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
                let head = self.source.array::<8>(NAME, tfhd.body().start, "tfhd")?;
                let [_, _, _, flags, ..] = head;
                if flags & BASE_DATA_OFFSET == 0 {
                    continue;
                }
                let base = u64::from_be_bytes(self.source.array(NAME, tfhd.body().start + 8, "tfhd")?);
                let cannot = || Error::invalid(NAME, tfhd.start, "a base offset that cannot be moved");
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
        let cut = || Error::truncated(NAME, sidx.start, "sidx");
        let cannot = || Error::invalid(NAME, sidx.start, "a segment index that cannot be moved");
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
            let cut = || Error::truncated(NAME, tfra.start, "tfra");
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
                let cannot = || Error::invalid(NAME, tfra.start, "a fragment offset that cannot be moved");
                let new = (self.moved)(offset).ok_or_else(cannot)?;
                if new != offset {
                    self.overwrite(tfra, at, new, wide, edits)?;
                }
            }
        }
        Ok(())
    }
}
