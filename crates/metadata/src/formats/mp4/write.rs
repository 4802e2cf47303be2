//! Writing: sizes of every box around an edit, and the chunk offsets of the samples behind it. Samples never move
//! against each other; fast start stays fast start; a `free` box behind `moov` pays first.

use std::collections::BTreeMap;
use std::ops::Range;

use biaoshi_container::isobmff::{self, Box as IsoBox, Budget, boxes};
use biaoshi_container::{Cursor, Error, Limits, Patch, Result, Source, SourceExt};
use biaoshi_label::Label;

use super::read::{Edit, Layout, NAME, Path};
use crate::format::Writer;

/// The chunk offsets of one track.
struct Offsets {
    /// `moov` to `stbl`.
    path: Path,
    table: IsoBox,
    wide: bool,
    values: Vec<u64>,
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let moov = self.moov.ok_or_else(|| Error::truncated(NAME, 0, "the file"))?;
        if self.compressed {
            return Err(Error::unsupported(NAME, "a compressed movie header (cmov)"));
        }
        let mut edits = self.insertion(source, label, &moov, limits)?;
        for old in &self.old {
            edits.push(Edit { path: old.path.clone(), range: old.range.clone(), bytes: old.bytes.clone() });
        }
        let free = self.free_behind(&moov, &edits);
        let mut moving = patch_of(&edits, free)?;
        if self.top.iter().any(|b| moving.shift(b.start) != 0) {
            edits.extend(self.shift(source, &moov, &moving, limits)?);
            moving = patch_of(&edits, free)?;
        }
        for (range, bytes) in resized(&edits)? {
            moving.replace(range, bytes);
        }
        Ok(moving)
    }
}

/// The edits as a patch, with the `free` box paying for what grows before it. What is inserted at the end of a box comes
/// before the size field of the next box, so sizes are added last.
fn patch_of(edits: &[Edit], free: Option<IsoBox>) -> Result<Patch> {
    let mut patch = Patch::new();
    for edit in edits {
        patch.replace(edit.range.clone(), edit.bytes.clone());
    }
    if let Some(free) = free {
        let growth = patch.shift(free.start);
        shrink(&free, growth, &mut patch)?;
    }
    Ok(patch)
}

fn growth(edit: &Edit) -> i64 {
    let removed = i64::try_from(edit.range.end - edit.range.start).unwrap_or(i64::MAX);
    i64::try_from(edit.bytes.len()).unwrap_or(i64::MAX) - removed
}

/// The new size field of every box that an edit lies in.
fn resized(edits: &[Edit]) -> Result<Vec<(Range<u64>, Vec<u8>)>> {
    let mut boxes: BTreeMap<u64, (IsoBox, i64)> = BTreeMap::new();
    for edit in edits {
        for parent in &edit.path {
            boxes.entry(parent.start).or_insert((*parent, 0)).1 += growth(edit);
        }
    }
    boxes.into_values().filter(|(_, g)| *g != 0).map(|(b, g)| b.resized(g)).collect()
}

impl Layout {
    /// Puts the label into the deepest box of its path that exists.
    fn insertion(&self, source: &dyn Source, label: &Label, moov: &IsoBox, limits: &Limits) -> Result<Vec<Edit>> {
        let json = label.to_json();
        let insert = |path: Path, at: u64, bytes: Vec<u8>| Edit { path, range: at..at, bytes };
        let Some(udta) = self.udta else {
            let udta = isobmff::encode(*b"udta", &meta(&json));
            return Ok(vec![insert(vec![*moov], end_of_children(source, moov, limits)?, udta)]);
        };
        let Some(mdta) = &self.mdta else {
            return Ok(vec![insert(vec![*moov, udta], end_of_list(source, &udta)?, meta(&json))]);
        };
        let with = |child: IsoBox| mdta.path.iter().copied().chain([child]).collect::<Path>();
        let index = match mdta.names.iter().position(|n| n == "AIGC") {
            Some(at) => at + 1,
            None => mdta.names.len() + 1,
        };
        let index = u32::try_from(index).map_err(|_| Error::unsupported(NAME, "that many keys"))?;
        let end = end_of_children(source, &mdta.ilst, limits)?;
        let mut edits = vec![insert(with(mdta.ilst), end, item(index, &json))];
        if usize::try_from(index) == Ok(mdta.names.len() + 1) {
            let count = mdta.keys.body().start + 4;
            edits.push(Edit { path: with(mdta.keys), range: count..count + 4, bytes: index.to_be_bytes().to_vec() });
            edits.push(insert(with(mdta.keys), mdta.keys.end, key()));
        }
        Ok(edits)
    }

    /// The `free` box right behind `moov`, when it can pay for what grows before it and stay a box.
    fn free_behind(&self, moov: &IsoBox, edits: &[Edit]) -> Option<IsoBox> {
        let next = self.top.iter().find(|b| b.start == moov.end)?;
        let growth: i64 = edits.iter().filter(|e| e.range.end <= next.start).map(growth).sum();
        let size = i64::try_from(next.end - next.start).ok()?;
        let pays = matches!(&next.kind, b"free" | b"skip") && next.header == 8 && size - growth >= 8;
        pays.then_some(*next)
    }

    /// The edits that keep chunk offsets true when boxes move: each follows the byte that it points at.
    fn shift(&self, source: &dyn Source, moov: &IsoBox, moving: &Patch, limits: &Limits) -> Result<Vec<Edit>> {
        let counts = |b: &&IsoBox| matches!(&b.kind, b"moof" | b"mfra" | b"sidx" | b"mdat");
        let fragmented = self.fragmented || self.top.iter().any(|b| matches!(&b.kind, b"moof" | b"mfra" | b"sidx"));
        if fragmented && self.top.iter().filter(counts).any(|b| moving.shift(b.start) != 0) {
            return Err(Error::unsupported(NAME, "writing into a fragmented file without room behind moov"));
        }
        self.refuse_item_offsets(source)?;
        let mut tables = Vec::new();
        let mut budget = Budget::new(limits);
        for trak in &self.traks {
            tables.extend(offsets(source, vec![*moov, *trak], &mut budget, limits)?);
        }
        // A table that overflows becomes co64, which moves everything behind it once more.
        let mut widened = vec![false; tables.len()];
        loop {
            let extra = |value: u64| -> i64 {
                let before = tables.iter().zip(&widened).filter(|(t, w)| **w && t.table.start < value);
                before.map(|(t, _)| i64::try_from(4 * t.values.len()).unwrap_or(i64::MAX)).sum()
            };
            let moved = |value: u64| value.checked_add_signed(moving.shift(value) + extra(value));
            let over =
                |t: &Offsets| !t.wide && t.values.iter().any(|v| moved(*v).is_none_or(|n| n > u64::from(u32::MAX)));
            let now: Vec<_> = tables.iter().zip(&widened).map(|(t, w)| *w || over(t)).collect();
            if now == widened {
                let edits = tables.iter().zip(&widened).map(|(t, w)| table_edits(t, *w, moved));
                return edits.collect::<Result<Vec<_>>>().map(|e| e.into_iter().flatten().collect());
            }
            widened = now;
        }
    }

    /// A picture item in an `iloc` has absolute offsets too.
    fn refuse_item_offsets(&self, source: &dyn Source) -> Result<()> {
        for meta in self.top.iter().filter(|b| &b.kind == b"meta") {
            let inside = meta.body().start.saturating_add(4).min(meta.end)..meta.end;
            let children = boxes(source, inside, &mut Budget::new(&Limits::default())).unwrap_or_default();
            if children.iter().any(|c| &c.kind == b"iloc") {
                return Err(Error::unsupported(NAME, "writing into a movie with picture items (iloc)"));
            }
        }
        Ok(())
    }
}

/// Offset behind the last child of a box: a few bytes that are no box may follow, and would hide what stands behind them.
fn end_of_children(source: &dyn Source, parent: &IsoBox, limits: &Limits) -> Result<u64> {
    let children = boxes(source, parent.body(), &mut Budget::new(limits))?;
    Ok(children.last().map_or(parent.body().start, |child| child.end))
}

/// Where a new child of `udta` goes: before the terminating zero that QuickTime writes.
fn end_of_list(source: &dyn Source, udta: &IsoBox) -> Result<u64> {
    let mut at = udta.body().start;
    while at + 8 <= udta.end {
        if source.array::<4>(NAME, at, "udta")? == [0; 4] {
            return Ok(at);
        }
        at = isobmff::read(source, at, udta.end)?.end;
    }
    Ok(at)
}

/// Shrinks (or grows) a free box so that what follows stays where it is.
fn shrink(free: &IsoBox, growth: i64, patch: &mut Patch) -> Result<()> {
    let (range, size) = free.resized(-growth)?;
    patch.replace(range, size);
    let at = free.start + 8;
    match u64::try_from(growth) {
        Ok(n) => patch.remove(at..at + n),
        Err(_) => patch.insert(at, vec![0; usize::try_from(growth.unsigned_abs()).unwrap_or(0)]),
    };
    Ok(())
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
    (0..count).map(|_| if wide { c.u64_be() } else { c.u32_be().map(u64::from) }).collect()
}

fn table_edits(offsets: &Offsets, widen: bool, moved: impl Fn(u64) -> Option<u64>) -> Result<Vec<Edit>> {
    let wide = offsets.wide || widen;
    let mut bytes = Vec::with_capacity(offsets.values.len() * 8);
    for value in &offsets.values {
        let overflow = || Error::invalid(NAME, offsets.table.start, "a chunk offset that cannot be moved");
        let value = moved(*value).ok_or_else(overflow)?;
        if wide {
            bytes.extend(value.to_be_bytes());
        } else {
            bytes.extend(u32::try_from(value).map_err(|_| overflow())?.to_be_bytes());
        }
    }
    let start = offsets.table.body().start + 8;
    let width = if offsets.wide { 8 } else { 4 };
    let range = start..start + width * offsets.values.len() as u64;
    let mut path = offsets.path.clone();
    path.push(offsets.table);
    let mut edits = vec![Edit { path: path.clone(), range, bytes }];
    if widen {
        let kind = offsets.table.start + 4;
        edits.push(Edit { path, range: kind..kind + 4, bytes: b"co64".to_vec() });
    }
    Ok(edits)
}

/// A metadata box with one key (ISO/IEC 14496-12 8.11, QuickTime metadata keys).
fn meta(json: &str) -> Vec<u8> {
    let mut hdlr = vec![0; 8];
    hdlr.extend(b"mdta");
    hdlr.extend([0; 13]);
    let mut keys = vec![0, 0, 0, 0, 0, 0, 0, 1];
    keys.extend(key());
    let mut body = vec![0; 4];
    body.extend(isobmff::encode(*b"hdlr", &hdlr));
    body.extend(isobmff::encode(*b"keys", &keys));
    body.extend(isobmff::encode(*b"ilst", &item(1, json)));
    isobmff::encode(*b"meta", &body)
}

/// One entry of `keys`.
fn key() -> Vec<u8> {
    isobmff::encode(*b"mdta", b"AIGC")
}

/// One item of `ilst`: data type 1 (UTF-8), locale 0.
fn item(index: u32, json: &str) -> Vec<u8> {
    let mut data = vec![0, 0, 0, 1, 0, 0, 0, 0];
    data.extend(json.as_bytes());
    isobmff::encode(index.to_be_bytes(), &isobmff::encode(*b"data", &data))
}
