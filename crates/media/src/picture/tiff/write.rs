//! Strips and tiles that were coded anew go where the old ones were, as far as there is room, and on at the end of the
//! file; nothing else moves, since offsets may hide in private data.

use std::collections::VecDeque;
use std::ops::Range;

use biaoshi_container::tiff::Entry;
use biaoshi_container::{Error, Limits, Patch, Result, Source, phrase};

use super::NAME;
use super::layout::{Layout, unit};
use super::strips;

/// Field types for offsets and counts of 4 and 8 bytes.
const LONG: u16 = 4;
const LONG8: u16 = 16;
/// Free places that are tried for a strip. Strips lie one behind the other, mostly, so that there is one place.
const NEAR: usize = 8;

/// The change that puts `samples` into the file.
pub(super) fn patch(source: &dyn Source, layout: &Layout, samples: &[u8], limits: &Limits) -> Result<Patch> {
    let free = free(source, layout, limits).into();
    let mut room = Room { free, full: Vec::new(), edits: Vec::new(), end: source.len(), tail: Vec::new() };
    let (mut offsets, mut counts) = (Vec::new(), Vec::new());
    for n in 0..layout.places.len() {
        let coded = strips::encode(layout, n, samples);
        let coded = coded
            .ok_or_else(|| Error::unsupported(NAME, phrase!("a strip that cannot be compressed", "无法压缩的条带")))?;
        counts.push(coded.len() as u64);
        offsets.push(room.place(coded));
    }
    // What the old strips held must not stay behind.
    for rest in std::mem::take(&mut room.full).into_iter().chain(std::mem::take(&mut room.free)) {
        let size = usize::try_from(rest.end - rest.start).map_err(|_| too_large())?;
        room.edits.push((rest.start, vec![0; size]));
    }
    let (offsets_entry, counts_entry) = &layout.entries;
    room.list(layout, offsets_entry, &offsets)?;
    room.list(layout, counts_entry, &counts)?;
    let mut patch = Patch::new();
    for (start, bytes) in room.edits {
        patch.replace(start..start + bytes.len() as u64, bytes);
    }
    patch.insert(source.len(), room.tail);
    if !patch.is_sound() {
        return Err(Error::invalid(NAME, 0, phrase!("two structures overlap", "两个结构重叠")));
    }
    Ok(patch)
}

fn too_large() -> Error {
    Error::unsupported(
        NAME,
        phrase!(
            "a TIFF file of more than 4 GiB (only BigTIFF has larger offsets)",
            "超过 4 GiB 的 TIFF 文件(只有 BigTIFF 的偏移更大)"
        ),
    )
}

/// Where the old strips are, unless something else is there too: then all that is new goes to the end.
fn free(source: &dyn Source, layout: &Layout, limits: &Limits) -> Vec<Range<u64>> {
    let Ok((form, first)) = biaoshi_container::tiff::Form::read(source) else { return Vec::new() };
    let (pages, _) = form.chain(source, first, limits);
    let Some(mut taken) = Layout::others(form, &pages, source, limits) else { return Vec::new() };
    taken.push(0..form.first_offset_at() + form.offset_size());
    for page in &pages {
        let size = form.count_size() + page.raw.len() as u64 + form.offset_size();
        taken.push(page.start..page.start.saturating_add(size));
        taken.extend(page.entries.iter().map(|e| e.value.clone()));
    }
    let (free, taken) = (union(layout.places.clone()), union(taken));
    // The first that ends behind the start is the only one that can overlap and begin before others do.
    let next = |f: &Range<u64>| taken.get(taken.partition_point(|t| t.end <= f.start));
    let met = |f: &Range<u64>| next(f).is_some_and(|t| t.start < f.end);
    if free.iter().any(met) { Vec::new() } else { free }
}

/// The same bytes as ranges in order that do not meet.
fn union(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|r| !r.is_empty());
    ranges.sort_by_key(|r| r.start);
    let mut out: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match out.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => out.push(range),
        }
    }
    out
}

/// Where bytes can go.
struct Room {
    free: VecDeque<Range<u64>>,
    /// What is left of places that are not tried any more.
    full: Vec<Range<u64>>,
    edits: Vec<(u64, Vec<u8>)>,
    /// Length of the file, and what comes behind it.
    end: u64,
    tail: Vec<u8>,
}

impl Room {
    /// Finds a place for bytes; gives the offset.
    fn place(&mut self, bytes: Vec<u8>) -> u64 {
        let size = bytes.len() as u64;
        if let Some(free) = self.free.iter_mut().take(NEAR).find(|f| f.end - f.start >= size) {
            let start = free.start;
            free.start += size;
            self.edits.push((start, bytes));
            return start;
        }
        self.full.extend(self.free.pop_front());
        self.append(&bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> u64 {
        // Values begin at even offsets (section 2).
        if !(self.end + self.tail.len() as u64).is_multiple_of(2) {
            self.tail.push(0);
        }
        let start = self.end + self.tail.len() as u64;
        self.tail.extend_from_slice(bytes);
        start
    }

    /// Writes a list of numbers where it was, or at the end with larger ones.
    fn list(&mut self, layout: &Layout, entry: &Entry, numbers: &[u64]) -> Result<()> {
        let form = layout.form;
        let coded = |size: u64| -> Option<Vec<u8>> {
            let parts: Option<Vec<_>> = numbers.iter().map(|n| form.bytes(*n, size)).collect();
            parts.map(|p| p.concat())
        };
        let length = entry.value.end - entry.value.start;
        let same = unit(entry.kind).and_then(|size| coded(size as u64)).filter(|b| b.len() as u64 == length);
        if let Some(bytes) = same {
            self.edits.push((entry.value.start, bytes));
            return Ok(());
        }
        let (kind, size) = if form.big { (LONG8, 8) } else { (LONG, 4) };
        let bytes = coded(size).ok_or_else(too_large)?;
        let value = match numbers {
            // One number stands in the entry itself.
            [one] => *one,
            _ => self.append(&bytes),
        };
        let new = form.entry(entry.tag, kind, numbers.len() as u64, value).ok_or_else(too_large)?;
        self.edits.push((entry.start, new));
        Ok(())
    }
}
