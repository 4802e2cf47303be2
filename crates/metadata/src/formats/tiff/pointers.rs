//! The offsets of a TIFF, for the read-back: values, strips, tiles, free places and old JPEG streams of every page and of
//! the directories below it (TIFF 6.0 sections 8, 15, 22; TIFF Technical Note 1; EXIF 4.6.3).

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use biaoshi_container::exif::EXIF_IFD;
use biaoshi_container::tiff::{Directory, Form};
use biaoshi_container::{Limits, Result, Source, SourceExt, phrase};

use super::{NAME, XMP_TAG};
use crate::exif::TEXTS;
use crate::pointers::Pointer;

/// Tags with offsets, each with the tag of the lengths there.
const DATA: [(u16, Option<u16>); 7] = [
    (273, Some(279)), // strips
    (324, Some(325)), // tiles
    (288, Some(289)), // free places
    (513, Some(514)), // a JPEG stream
    (519, None),      // its tables
    (520, None),
    (521, None),
];
/// Tags with directories: SubIFDs, EXIF, GPS, interoperability.
const DIRECTORIES: [u16; 4] = [330, EXIF_IFD, 0x8825, 0xa005];
/// Offsets of all tags together are limited to this many times [`Limits::parts`].
const OFFSETS_A_PART: u64 = 8;

/// Lists the offsets of a file.
pub(super) fn walk(source: &dyn Source, limits: &Limits, out: &mut dyn FnMut(Pointer)) -> Result<()> {
    let Ok((form, first)) = Form::read(source) else { return Ok(()) };
    let (pages, _) = form.chain(source, first, limits);
    let left = (limits.parts as u64).saturating_mul(OFFSETS_A_PART);
    // A page that a directory of its own names is walked there too: writing may leave that one where it is.
    let mut walk = Walk { source, form, limits, out, seen: BTreeSet::new(), left };
    for (number, page) in pages.iter().enumerate() {
        if number > 0 {
            // Writing may move the first one.
            (walk.out)(Pointer::new("page", page.start, form.count_size()));
        }
        walk.directory(page);
    }
    Ok(())
}

struct Walk<'a> {
    source: &'a dyn Source,
    form: Form,
    limits: &'a Limits,
    out: &'a mut dyn FnMut(Pointer),
    seen: BTreeSet<u64>,
    left: u64,
}

impl Walk<'_> {
    fn directory(&mut self, directory: &Directory) {
        let entries: Vec<Entry> = self.entries(directory);
        let lengths: HashMap<u16, &Entry> = entries.iter().map(|e| (e.tag, e)).collect();
        let mut below = Vec::new();
        // The packet is where the label goes.
        for entry in entries.iter().filter(|e| e.tag != XMP_TAG) {
            let number = u32::from(entry.tag);
            if !entry.inline {
                let text = TEXTS.contains(&entry.tag);
                let (offset, length) = (entry.value.start, entry.value.end - entry.value.start);
                (self.out)(Pointer { kind: "value", number, offset, length, text });
            }
            if let Some((_, tag)) = DATA.iter().find(|(tag, _)| *tag == entry.tag) {
                let lengths = tag.and_then(|tag| lengths.get(&tag)).map(|e| self.numbers(e)).unwrap_or_default();
                for (index, offset) in self.numbers(entry).into_iter().enumerate() {
                    let length = lengths.get(index).copied().unwrap_or(1).max(1);
                    (self.out)(Pointer { number, ..Pointer::new("data", offset, length) });
                }
            } else if DIRECTORIES.contains(&entry.tag) {
                below.extend(self.numbers(entry));
            }
        }
        for start in below {
            (self.out)(Pointer::new("directory", start, self.form.count_size()));
            if self.seen.insert(start)
                && self.seen.len() <= self.limits.parts
                && let Ok(directory) = self.form.directory(self.source, start, self.limits)
            {
                self.directory(&directory);
            }
        }
    }

    /// All entries, those too whose value is not in the file.
    fn entries(&self, directory: &Directory) -> Vec<Entry> {
        let width = usize::try_from(self.form.entry_size()).unwrap_or(20);
        let starts = (directory.start + self.form.count_size()..).step_by(width);
        let raw = directory.raw.chunks_exact(width).zip(starts);
        raw.filter_map(|(raw, start)| Entry::read(self.form, raw, start)).collect()
    }

    /// The numbers of a value of type SHORT, LONG, IFD, LONG8 or IFD8.
    fn numbers(&mut self, entry: &Entry) -> Vec<u64> {
        if !matches!(entry.kind, 3 | 4 | 13 | 16 | 18) {
            return Vec::new();
        }
        let Some(left) = self.left.checked_sub((entry.value.end - entry.value.start) / entry.unit) else {
            return Vec::new();
        };
        self.left = left;
        let bytes = self
            .source
            .bytes(NAME, entry.value.clone(), self.limits.part, phrase!("offsets", "偏移"))
            .unwrap_or_default();
        let width = usize::try_from(entry.unit).unwrap_or(8);
        bytes.chunks_exact(width).map(|number| self.form.number(number)).collect()
    }
}

/// One entry of a directory.
struct Entry {
    tag: u16,
    kind: u64,
    /// Bytes of one of its numbers.
    unit: u64,
    value: Range<u64>,
    inline: bool,
}

impl Entry {
    fn read(form: Form, raw: &[u8], start: u64) -> Option<Self> {
        let size = usize::try_from(form.offset_size()).ok()?;
        let (tag, kind) = (form.number(raw.get(..2)?), form.number(raw.get(2..4)?));
        let (count, at) = (form.number(raw.get(4..4 + size)?), form.number(raw.get(4 + size..)?));
        let unit = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16..=18 => 8,
            _ => return None,
        };
        let length = count.checked_mul(unit)?;
        let inline = length <= form.offset_size();
        let at = if inline { start + 4 + form.offset_size() } else { at };
        Some(Self { tag: u16::try_from(tag).ok()?, kind, unit, value: at..at.checked_add(length)?, inline })
    }
}
