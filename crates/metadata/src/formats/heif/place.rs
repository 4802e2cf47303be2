//! Where items lie, before and after a change: which bytes may be replaced where they are, and how `iloc` follows.

use std::collections::BTreeMap;
use std::ops::Range;

use biaoshi_container::heif::{Extent, IN_FILE, Item, Locations};
use biaoshi_container::isobmff::Box as IsoBox;
use biaoshi_container::{Error, Result, Shifts, said};

use super::NAME;
use super::read::{Items, Layout};
use crate::formats::boxes::Path;

/// What a change does to items, besides moving them.
#[derive(Default)]
pub(super) struct Changes {
    /// New lengths of items that stay where they are.
    pub(super) lengths: BTreeMap<u32, u64>,
    /// Items in the new box: the place of their bytes in it.
    pub(super) moved: BTreeMap<u32, Range<u64>>,
}

impl Layout {
    /// The boxes around bytes that hold nothing but the data of items; `None` where they hold structure.
    pub(super) fn room(&self, items: &Items, range: &Range<u64>) -> Option<Path> {
        let inside = |b: &IsoBox| b.body().start <= range.start && range.end <= b.end;
        if let Some(idat) = items.idat.filter(inside) {
            return Some(vec![items.meta, idat]);
        }
        self.top.iter().find(|b| b.kind == *b"mdat" && inside(b)).map(|b| vec![*b])
    }
}

impl Items {
    /// Whether no other item has bytes in a range.
    pub(super) fn alone(&self, id: u32, range: &Range<u64>, len: u64) -> bool {
        let others = self.locations.items.iter().filter(|i| i.id != id);
        let mut ranges = others.flat_map(|i| self.ranges(i, len).unwrap_or_default());
        !ranges.any(|r| r.start < range.end && range.start < r.end)
    }

    /// The table of places after everything has moved by `moving`; the new box with items has its bytes at `data`.
    ///
    /// # Errors
    /// Places that cannot be.
    pub(super) fn moved(&self, table: &Locations, changes: &Changes, moving: &Shifts, data: u64) -> Result<Locations> {
        let mut out = table.clone();
        let Locations { widths, items, .. } = &mut out;
        for item in items {
            let place =
                |range: &Range<u64>| Extent { index: 0, offset: data + range.start, length: range.end - range.start };
            if let Some(range) = changes.moved.get(&item.id) {
                *item = Item { id: item.id, method: IN_FILE, reference: 0, base: 0, extents: vec![place(range)] };
            } else {
                item.shift(&|at| at.checked_add_signed(moving.at(at))).ok_or_else(|| {
                    Error::invalid(NAME, self.iloc.start, said!("item {} cannot be moved", "条目 {} 无法移动", item.id))
                })?;
            }
            if let (Some(length), Some(extent)) = (changes.lengths.get(&item.id), item.extents.first_mut()) {
                extent.length = *length;
            }
            item.settle(*widths);
        }
        Ok(out)
    }
}
