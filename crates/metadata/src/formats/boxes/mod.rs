//! Edits inside ISO boxes, for the formats that are made of them: sizes of every box around an edit, a `free` box that
//! pays for what grows before it, (in [`moving`]) the offsets that follow what moves, and (in [`pointers`]) the proof that
//! they did.

pub(super) mod content;
pub(super) mod moving;
mod numbers;
pub(super) mod pointers;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use biaoshi_container::isobmff::Box as IsoBox;
use biaoshi_container::{Patch, Result};

/// `uuid` boxes that hold XMP (Adobe) and a C2PA manifest.
pub(super) const XMP_UUID: [u8; 16] = *b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac";
pub(super) const C2PA_UUID: [u8; 16] = *b"\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81";

/// A box that is part of the path to an edit, outermost first.
pub(super) type Path = Vec<IsoBox>;

/// Bytes that come in place of others, inside the boxes of a path.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    pub(super) path: Path,
    pub(super) range: Range<u64>,
    pub(super) bytes: Vec<u8>,
}

impl Edit {
    /// How much longer the boxes around it become.
    pub(super) fn growth(&self) -> i64 {
        let removed = i64::try_from(self.range.end - self.range.start).unwrap_or(i64::MAX);
        i64::try_from(self.bytes.len()).unwrap_or(i64::MAX) - removed
    }
}

/// The edits as a patch, with the `free` box paying for what grows before it. What is inserted at the end of a box comes
/// before what is replaced at the start of the next one; sizes are added last.
pub(super) fn patch_of(edits: &[Edit], free: Option<IsoBox>) -> Result<Patch> {
    let mut patch = Patch::new();
    for inserted in [true, false] {
        for edit in edits.iter().filter(|e| e.range.is_empty() == inserted) {
            patch.replace(edit.range.clone(), edit.bytes.clone());
        }
    }
    if let Some(free) = free {
        let growth = patch.shift(free.start);
        shrink(&free, growth, &mut patch)?;
    }
    Ok(patch)
}

/// Adds the new size field of every box that an edit lies in; one without a size gets one.
pub(super) fn resize(patch: &mut Patch, edits: &[Edit]) -> Result<()> {
    let mut boxes: BTreeMap<u64, (IsoBox, i64)> = BTreeMap::new();
    for edit in edits {
        for parent in &edit.path {
            boxes.entry(parent.start).or_insert((*parent, 0)).1 += edit.growth();
        }
    }
    for (parent, growth) in boxes.into_values().filter(|(parent, growth)| *growth != 0 || parent.open) {
        let (range, bytes) = parent.resized(growth)?;
        patch.replace(range, bytes);
    }
    Ok(())
}

/// The `free` box right behind `before`, when it can pay for what grows before it and stay a box.
pub(super) fn free_behind(top: &[IsoBox], before: &IsoBox, edits: &[Edit]) -> Option<IsoBox> {
    let next = top.iter().find(|b| b.start == before.end)?;
    let growth: i64 = edits.iter().filter(|e| e.range.end <= next.start).map(Edit::growth).sum();
    let size = i64::try_from(next.end - next.start).ok()?;
    let pays = matches!(&next.kind, b"free" | b"skip") && next.header == 8 && size - growth >= 8;
    pays.then_some(*next)
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
