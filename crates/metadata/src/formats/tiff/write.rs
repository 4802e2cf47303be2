//! Writing: in place where it fits, else at the end of the file, with the entry or the whole first directory pointing there.

use std::ops::Range;

use biaoshi_container::tiff::{Entry, UNDEFINED};
use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt, phrase};
use biaoshi_label::Label;

use super::{Layout, NAME, XMP_TAG};
use crate::format::Writer;
use crate::xmp::{self, Packet};

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        if let Some(what) = self.foreign {
            return Err(Error::unsupported(NAME, what));
        }
        let mut edits = Edits::default();
        for (entry, packet) in self.packets.iter().skip(1).chain(self.packets.first().filter(|_| self.in_main == 0)) {
            if packet.has_label() {
                // A packet without its label is shorter: blanks keep its place.
                edits.push(
                    entry.value.clone(),
                    xmp::padded(&packet.with(None)?, length(&entry.value)).ok_or_else(unfit)?,
                );
            }
        }
        match self.packets.first().filter(|_| self.in_main > 0) {
            Some((entry, packet)) => self.replace(source, entry, packet, label, &mut edits)?,
            None => self.add(source, xmp::fresh(label).as_bytes(), &mut edits)?,
        }
        for range in &self.blanked {
            edits.push(range.clone(), blank(source, range, limits)?);
        }
        edits.patch()
    }
}

impl Layout {
    /// A packet that is there already.
    fn replace(
        &self,
        source: &dyn Source,
        entry: &Entry,
        packet: &Packet,
        label: &Label,
        edits: &mut Edits,
    ) -> Result<()> {
        let new = packet.with(Some(label))?;
        if let Some(bytes) = xmp::padded(&new, length(&entry.value)).filter(|_| !entry.inline()) {
            edits.push(entry.value.clone(), bytes);
            return self.point(entry, entry.value.start, length(&entry.value), edits);
        }
        let count = new.len() as u64;
        if entry.value.end == source.len() && !entry.inline() {
            edits.push(entry.value.clone(), new);
            return self.point(entry, entry.value.start, count, edits);
        }
        if packet.has_label() {
            // The old place stays in the file; the label must not.
            edits.push(entry.value.clone(), vec![b' '; usize::try_from(length(&entry.value)).map_err(|_| unfit())?]);
        }
        let gap = source.len() % 2;
        let mut bytes = vec![0; usize::from(gap == 1)];
        bytes.extend(new);
        edits.push(source.len()..source.len(), bytes);
        self.point(entry, source.len() + gap, count, edits)
    }

    /// Makes the entry of a packet say where it is and that it is of type UNDEFINED.
    fn point(&self, entry: &Entry, offset: u64, count: u64, edits: &mut Edits) -> Result<()> {
        let bytes = self.form.entry(XMP_TAG, UNDEFINED, count, offset).ok_or_else(too_large)?;
        edits.push(entry.start..entry.start + self.form.entry_size(), bytes);
        Ok(())
    }

    /// The first directory once more, at the end of the file, with an entry for the packet that follows it.
    fn add(&self, source: &dyn Source, packet: &[u8], edits: &mut Edits) -> Result<()> {
        let form = self.form;
        let width = usize::try_from(form.entry_size()).map_err(|_| unfit())?;
        let number = |entry: &[u8]| form.number(entry.get(..2).unwrap_or_default());
        // An entry of the same tag is one that could not be read: its value is not in the file.
        let entries = self.main.raw.chunks_exact(width).filter(|e| number(e) != u64::from(XMP_TAG));
        let entries: Vec<&[u8]> = entries.collect();
        let align = if form.big { 8 } else { 2 };
        let start = source.len().next_multiple_of(align);
        let size = form.count_size() + (entries.len() as u64 + 1) * form.entry_size() + form.offset_size();
        let ours = form.entry(XMP_TAG, UNDEFINED, packet.len() as u64, start + size).ok_or_else(too_large)?;
        // Entries stand in ascending order (TIFF 6.0, section 2).
        let at = entries.iter().position(|e| number(e) > u64::from(XMP_TAG)).unwrap_or(entries.len());
        let (before, after) = entries.split_at_checked(at).unwrap_or((&entries, &[]));
        let mut bytes = vec![0; usize::try_from(start - source.len()).map_err(|_| unfit())?];
        let count = form.bytes(entries.len() as u64 + 1, form.count_size());
        bytes.extend(count.ok_or_else(|| {
            Error::unsupported(NAME, phrase!("a directory with 65 535 entries", "已有 65535 个目录项的目录"))
        })?);
        bytes.extend(before.concat());
        bytes.extend(ours);
        bytes.extend(after.concat());
        bytes.extend(form.bytes(self.main.next, form.offset_size()).ok_or_else(too_large)?);
        bytes.extend(packet);
        edits.push(source.len()..source.len(), bytes);
        let first = form.bytes(start, form.offset_size()).ok_or_else(too_large)?;
        edits.push(form.first_offset_at()..form.first_offset_at() + form.offset_size(), first);
        Ok(())
    }
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

fn unfit() -> Error {
    Error::unsupported(NAME, phrase!("a packet that does not fit its place", "放不进原位置的包"))
}

fn length(range: &Range<u64>) -> u64 {
    range.end - range.start
}

/// Blanks for a label text; the NUL that ends an ASCII value stays.
fn blank(source: &dyn Source, range: &Range<u64>, limits: &Limits) -> Result<Vec<u8>> {
    let mut bytes = source.bytes(NAME, range.clone(), limits.part, phrase!("a tag", "标签"))?;
    let text = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    if let Some(text) = bytes.get_mut(..text) {
        text.fill(0);
    }
    Ok(bytes)
}

/// Edits whose places come from the file, so that they may overlap there.
#[derive(Default)]
struct Edits(Vec<(Range<u64>, Vec<u8>)>);

impl Edits {
    fn push(&mut self, range: Range<u64>, bytes: Vec<u8>) {
        self.0.push((range, bytes));
    }

    fn patch(mut self) -> Result<Patch> {
        self.0.sort_by_key(|(range, _)| (range.start, range.end));
        let mut patch = Patch::new();
        let mut end = 0;
        for (range, bytes) in self.0 {
            if range.start < end {
                return Err(Error::invalid(NAME, range.start, phrase!("two structures overlap", "两个结构重叠")));
            }
            end = range.end;
            patch.replace(range, bytes);
        }
        Ok(patch)
    }
}
