//! Finding labels: tag 700 of every page, the texts of the first directory and of its Exif IFD.

use biaoshi_container::exif::EXIF_IFD;
use biaoshi_container::tiff::{Directory, Entry, Form};
use biaoshi_container::{Limits, Result, Said, Source, SourceExt, phrase};
use biaoshi_label::Dialect;

use super::{Layout, NAME, XMP, XMP_TAG};
use crate::exif::{self, LOST_TEXT, TEXTS, Tag};
use crate::format::Writer;
use crate::found::Found;
use crate::xmp::{Packet, Place};

/// The tag of a manifest store (C2PA 2.1, embedding into TIFF).
const C2PA: u16 = 0xcd41;
/// Where the strips or tiles of a picture are, and their sizes.
const PARTS: [(u16, u16); 2] = [(273, 279), (324, 325)];

pub(super) fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let (form, first) = Form::read(source)?;
    let (directories, damage) = form.chain(source, first, limits);
    let mut pages = directories.into_iter();
    // The chain holds at least the first directory, or the damage that hides it.
    let (main, damage) = match (pages.next(), damage) {
        (Some(main), damage) => (main, damage),
        (None, Some(damage)) => return Err(damage),
        (None, None) => {
            return Err(biaoshi_container::Error::truncated(NAME, first, phrase!("the first directory", "首个目录")));
        }
    };
    let foreign = foreign(source)?;
    let mut layout = Layout { form, main, packets: Vec::new(), in_main: 0, blanked: Vec::new(), foreign };
    layout.main_directory(source, limits, found)?;
    layout.in_main = layout.packets.len();
    for page in pages {
        lost_packet(&page, "tiff/later page/XMP", found);
        layout.picture(source, &page, found)?;
        if let Some(entry) = page.entries.iter().find(|e| e.tag == C2PA) {
            manifest(source, entry, "tiff/later page/C2PA", limits, found)?;
        }
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

/// A packet that an entry names and that is not in the file.
fn lost_packet(directory: &Directory, placement: &'static str, found: &mut Found) {
    if directory.cut.iter().chain(&directory.lost).any(|tag| *tag == XMP_TAG) {
        found.damaged(placement, phrase!("an XMP packet that runs past the end of the file", "XMP 包超出文件末尾"));
    }
}

/// Raw files of cameras that begin like TIFF and have fixed places behind the header.
fn foreign(source: &dyn Source) -> Result<Option<&'static Said>> {
    let mut head = [0; 10];
    let got = source.read_at(0, &mut head).map_err(|e| biaoshi_container::Error::io(NAME, e))?;
    Ok((got == 10 && head.ends_with(b"CR"))
        .then_some(phrase!("writing into CR2 (a raw file of a camera)", "写入 CR2(相机原始文件)")))
}

fn packet(
    source: &dyn Source,
    entry: &Entry,
    placement: &'static str,
    dialects: &'static [Dialect],
    limits: &Limits,
    found: &mut Found,
) -> Result<Packet> {
    let bytes = source.bytes(NAME, entry.value.clone(), limits.part, phrase!("the XMP of a page", "页的 XMP"))?;
    let place = Place { placement, offset: Some(entry.value.start), part: entry.value.clone(), dialects };
    Ok(Packet::read(&bytes, &place, limits, found))
}

fn manifest(
    source: &dyn Source,
    entry: &Entry,
    placement: &'static str,
    limits: &Limits,
    found: &mut Found,
) -> Result<()> {
    let manifest = source.bytes(NAME, entry.value.clone(), limits.part, phrase!("the C2PA manifest", "C2PA 清单"))?;
    found.c2pa(placement, &manifest);
    Ok(())
}

impl Layout {
    fn main_directory(&mut self, source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<()> {
        let main = self.main.clone();
        let entries = &main.entries;
        lost_packet(&main, XMP, found);
        self.lost_texts(&main, found);
        self.picture(source, &main, found)?;
        self.texts(source, entries, false, limits, found)?;
        for entry in entries {
            match entry.tag {
                XMP_TAG => {
                    let packet = packet(source, entry, XMP, &[], limits, found)?;
                    self.packets.push((entry.clone(), packet));
                }
                C2PA => manifest(source, entry, "tiff/IFD0/C2PA", limits, found)?,
                _ => {}
            }
        }
        if let Some(directory) = self.exif_directory(source, entries, limits, found) {
            self.lost_texts(&directory, found);
            self.texts(source, &directory.entries, true, limits, found)?;
        }
        Ok(())
    }

    /// Texts that are not in the file. What a writer appends would become the rest of one that the end of the file cuts
    /// off, and a label in it whole.
    fn lost_texts(&mut self, directory: &Directory, found: &mut Found) {
        let texts = |tags: &[u16]| tags.iter().any(|tag| TEXTS.contains(tag));
        if texts(&directory.cut) || texts(&directory.lost) {
            found.damaged("tiff/EXIF", LOST_TEXT);
        }
        if texts(&directory.cut) {
            self.foreign.get_or_insert(phrase!(
                "writing into a TIFF with a text that runs past its end",
                "写入有文本超出文件末尾的 TIFF"
            ));
        }
    }

    /// A picture whose last strip or tile is not all there: the file was cut off, and what stood there is not known.
    fn picture(&mut self, source: &dyn Source, directory: &Directory, found: &mut Found) -> Result<()> {
        for (offsets, sizes) in PARTS {
            let last = |tag: u16| -> Result<Option<u64>> {
                let Some(entry) = directory.entries.iter().find(|e| e.tag == tag) else { return Ok(None) };
                let width = if entry.kind == 3 {
                    2
                } else if entry.kind == 4 {
                    4
                } else {
                    8
                };
                let value = entry.value.end.saturating_sub(width).max(entry.value.start)..entry.value.end;
                Ok(Some(self.form.number(&source.bytes(
                    NAME,
                    value,
                    8,
                    phrase!("the place of a strip", "条带的位置"),
                )?)))
            };
            let lost = directory.cut.iter().chain(&directory.lost).any(|tag| [offsets, sizes].contains(tag));
            if lost {
                // What a writer appends would become a part of the table.
                self.foreign.get_or_insert(phrase!(
                    "writing into a TIFF with a table of strips that runs past its end",
                    "写入条带表超出文件末尾的 TIFF"
                ));
            }
            let end = last(offsets)?.zip(last(sizes)?).map_or(0, |(at, size)| at.saturating_add(size));
            if lost || end > source.len() {
                found.pass_over(
                    "tiff/picture",
                    phrase!("the end of the picture, which lies past the end of the file,", "超出文件末尾的图像尾部"),
                );
            }
        }
        Ok(())
    }

    fn exif_directory(
        &self,
        source: &dyn Source,
        entries: &[Entry],
        limits: &Limits,
        found: &mut Found,
    ) -> Option<Directory> {
        let pointer = entries.iter().find(|e| e.tag == EXIF_IFD)?;
        let at =
            self.form.number(&source.bytes(NAME, pointer.value.clone(), 8, phrase!("the Exif IFD", "Exif IFD")).ok()?);
        if at == self.main.start {
            return None;
        }
        let directory = self.form.directory(source, at, limits);
        if let Err(damage) = &directory {
            found.damaged("tiff/Exif IFD", damage.message());
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
            let value = source.bytes(NAME, entry.value.start..end, limits.part, phrase!("a tag", "标签"))?;
            let (kind, big_endian, offset) = (entry.kind, self.form.big_endian, entry.value.start);
            let tag = Tag { tag: entry.tag, kind, in_exif_ifd, big_endian, value: &value, offset };
            if let Some(range) = exif::read_tag(&tag, "tiff/EXIF", limits, found) {
                self.blanked.push(offset + range.start as u64..entry.value.end);
            }
        }
        Ok(())
    }
}
