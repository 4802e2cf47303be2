//! Finding labels: tag 700 of every page, the texts of the first directory and of its Exif IFD.

use biaoshi_container::exif::{EXIF_IFD, IMAGE_DESCRIPTION, SOFTWARE, USER_COMMENT};
use biaoshi_container::tiff::{Directory, Entry, Form};
use biaoshi_container::{Limits, Result, Source, SourceExt};
use biaoshi_label::Dialect;

use super::{Layout, NAME, XMP, XMP_TAG};
use crate::exif::{self, ARTIST, Tag, XP_COMMENT};
use crate::format::Writer;
use crate::found::Found;
use crate::xmp::{Packet, Place};

/// The tag of a manifest store (C2PA 2.1, embedding into TIFF).
const C2PA: u16 = 0xcd41;
const TEXTS: [u16; 6] = [IMAGE_DESCRIPTION, SOFTWARE, ARTIST, COPYRIGHT, USER_COMMENT, XP_COMMENT];
const COPYRIGHT: u16 = 0x8298;

pub(super) fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let (form, first) = Form::read(source)?;
    let (directories, damage) = form.chain(source, first, limits);
    let mut pages = directories.into_iter();
    // The chain holds at least the first directory, or the damage that hides it.
    let (main, damage) = match (pages.next(), damage) {
        (Some(main), damage) => (main, damage),
        (None, Some(damage)) => return Err(damage),
        (None, None) => return Err(biaoshi_container::Error::truncated(NAME, first, "the first directory")),
    };
    let foreign = foreign(source)?;
    let mut layout = Layout { form, main, packets: Vec::new(), in_main: 0, blanked: Vec::new(), foreign };
    layout.main_directory(source, limits, found)?;
    layout.in_main = layout.packets.len();
    for page in pages {
        for entry in page.entries.iter().filter(|e| e.tag == XMP_TAG) {
            let dialects = &[Dialect::TiffOtherPage];
            let packet = packet(source, entry, "tiff/later page/XMP", dialects, limits, found)?;
            if packet.has_label() {
                layout.packets.push((entry.clone(), packet));
            }
        }
    }
    damage.map_or(Ok(Box::new(layout)), Err)
}

/// Raw files of cameras that begin like TIFF and have fixed places behind the header.
fn foreign(source: &dyn Source) -> Result<Option<&'static str>> {
    let mut head = [0; 10];
    let got = source.read_at(0, &mut head).map_err(|e| biaoshi_container::Error::io(NAME, e))?;
    Ok((got == 10 && head.ends_with(b"CR")).then_some("writing into CR2 (a raw file of a camera)"))
}

fn packet(
    source: &dyn Source,
    entry: &Entry,
    placement: &'static str,
    dialects: &'static [Dialect],
    limits: &Limits,
    found: &mut Found,
) -> Result<Packet> {
    let bytes = source.bytes(NAME, entry.value.clone(), limits.part, "the XMP of a page")?;
    let place = Place { placement, offset: Some(entry.value.start), part: entry.value.clone(), dialects };
    Ok(Packet::read(&bytes, &place, limits, found))
}

impl Layout {
    fn main_directory(&mut self, source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<()> {
        let entries = self.main.entries.clone();
        self.cut(&self.main.cut.clone(), found);
        self.texts(source, &entries, false, limits, found)?;
        for entry in &entries {
            match entry.tag {
                XMP_TAG => {
                    let packet = packet(source, entry, XMP, &[], limits, found)?;
                    self.packets.push((entry.clone(), packet));
                }
                C2PA => {
                    let manifest = source.bytes(NAME, entry.value.clone(), limits.part, "the C2PA manifest")?;
                    found.c2pa("tiff/IFD0/C2PA", &manifest);
                }
                _ => {}
            }
        }
        if let Some(directory) = self.exif_directory(source, &entries, limits, found) {
            self.cut(&directory.cut, found);
            self.texts(source, &directory.entries, true, limits, found)?;
        }
        Ok(())
    }

    /// Texts that the end of the file cuts off. What a writer appends would become their rest, and a label in them whole.
    fn cut(&mut self, tags: &[u16], found: &mut Found) {
        if tags.iter().any(|tag| TEXTS.contains(tag)) {
            found.pass_over("tiff/EXIF", "a text that runs past the end of the file");
            self.foreign.get_or_insert("writing into a TIFF with a text that runs past its end");
        }
    }

    fn exif_directory(
        &self,
        source: &dyn Source,
        entries: &[Entry],
        limits: &Limits,
        found: &mut Found,
    ) -> Option<Directory> {
        let pointer = entries.iter().find(|e| e.tag == EXIF_IFD)?;
        let at = self.form.number(&source.bytes(NAME, pointer.value.clone(), 8, "the Exif IFD").ok()?);
        if at == self.main.start {
            return None;
        }
        let directory = self.form.directory(source, at, limits);
        if let Err(damage) = &directory {
            found.pass_over("tiff/Exif IFD", damage.to_string());
        }
        directory.ok()
    }

    /// The tags that may hold a label as text.
    fn texts(
        &mut self,
        source: &dyn Source,
        entries: &[Entry],
        in_exif_ifd: bool,
        limits: &Limits,
        found: &mut Found,
    ) -> Result<()> {
        for entry in entries.iter().filter(|e| TEXTS.contains(&e.tag)) {
            // What is longer than a label may be is not read to its end.
            let end = entry.value.end.min(entry.value.start + limits.label as u64 + 64);
            let value = source.bytes(NAME, entry.value.start..end, limits.part, "a tag")?;
            let (kind, big_endian, offset) = (entry.kind, self.form.big_endian, entry.value.start);
            let tag = Tag { tag: entry.tag, kind, in_exif_ifd, big_endian, value: &value, offset };
            if let Some(range) = exif::read_tag(&tag, "tiff/EXIF", limits, found) {
                self.blanked.push(offset + range.start as u64..entry.value.end);
            }
        }
        Ok(())
    }
}
