//! GIF. The label is XMP in an application extension (image guide); comments and other application extensions are read.

use std::ops::Range;

use biaoshi_container::gif::{self, Block};
use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt, phrase};
use biaoshi_label::{Dialect, Label};

use crate::content::{Part, extend};
use crate::format::{Confidence, Format, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};
use crate::trailer::{self, Trailer};
use crate::xmp::{self, Packet, Place};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "gif",
    media_type: "image/gif",
    extensions: &["gif"],
    kind: Kind::Image,
    status: Status::Standard,
    placement: XMP,
    clause: "TC260-PG-20259A",
    touches: "the XMP application extension; GIF87a becomes GIF89a; labels in comments and other extensions are cut out",
    families: &["gif", "xmp", "trailer"],
    sniff: |head| match head.get(0..6) {
        b"GIF87a" | b"GIF89a" => Confidence::Magic,
        _ => Confidence::No,
    },
    read,
    pointers: None,
    content: Some(content),
};

const NAME: &str = "GIF";
const XMP: &str = "gif/XMP Data";

/// What a writer needs to know.
struct Layout {
    gif: gif::Layout,
    packets: Vec<(Range<u64>, Packet)>,
    /// Blocks that hold nothing but a label.
    labels: Vec<Range<u64>>,
    trailer: Option<Trailer>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let (gif, damage) = gif::read(source, limits)?;
    let mut layout = Layout { gif, packets: Vec::new(), labels: Vec::new(), trailer: None };
    for index in 0..layout.gif.blocks.len() {
        if let Some(block) = layout.gif.blocks.get(index).cloned() {
            layout.block(source, &block, limits, found)?;
        }
    }
    if let Some(damage) = damage {
        return Err(damage);
    }
    // Behind the last block stands the trailer, one byte.
    let end = layout.gif.blocks.last().map_or(layout.gif.front, |b| b.range.end) + 1;
    layout.trailer = trailer::read(source, end, "gif/trailer/XMP", limits, found)?;
    Ok(Box::new(layout))
}

/// The screen, its colours, all frames with their timing, loops and colour profile.
fn content(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let (gif, damage) = gif::read(source, limits)?;
    if let Some(damage) = damage {
        return Err(damage);
    }
    // The version in front changes with the first label.
    let mut parts = vec![Part::new(*b"head", 6..gif.front)];
    for block in gif.blocks {
        let shows = match block.kind {
            gif::Kind::Comment => false,
            gif::Kind::Application(id) => [*b"NETSCAPE2.0", *b"ANIMEXTS1.0", *b"ICCRGBG1012"].contains(&id),
            _ => true,
        };
        if shows {
            extend(&mut parts, *b"show", block.range);
        }
    }
    Ok(parts)
}

impl Layout {
    fn block(&mut self, source: &dyn Source, block: &Block, limits: &Limits, found: &mut Found) -> Result<()> {
        match block.kind {
            gif::Kind::Application(id) if id == *gif::XMP => self.xmp(source, block, limits, found),
            // The identifier of a manifest store (C2PA 2.1, embedding into GIF).
            gif::Kind::Application(id) if id.starts_with(b"C2PA_GIF") => {
                found.c2pa("gif/C2PA", &gif::joined(source, block, limits.part)?);
                Ok(())
            }
            // Loops and colour profiles; a profile may be large.
            gif::Kind::Application(id) if [*b"NETSCAPE2.0", *b"ANIMEXTS1.0", *b"ICCRGBG1012"].contains(&id) => Ok(()),
            gif::Kind::Application(_) => {
                self.text(source, block, "gif/application extension", &[Dialect::GifApplication], limits, found)
            }
            gif::Kind::Comment => self.text(source, block, "gif/comment", &[Dialect::GifComment], limits, found),
            _ => Ok(()),
        }
    }

    fn xmp(&mut self, source: &dyn Source, block: &Block, limits: &Limits, found: &mut Found) -> Result<()> {
        let (bytes, offset) = match gif::packet(source, block)? {
            Some(range) => (
                source.bytes(NAME, range.clone(), limits.part, phrase!("the XMP extension", "XMP 扩展块"))?,
                Some(range.start),
            ),
            // Without the trailer the packet is cut into sub-blocks like any other data.
            None => (gif::joined(source, block, limits.part)?, None),
        };
        let place = Place { placement: XMP, offset, part: block.data.clone(), dialects: &[] };
        self.packets.push((block.range.clone(), Packet::read(&bytes, &place, limits, found)));
        Ok(())
    }

    /// A block of text that may be a label.
    fn text(
        &mut self,
        source: &dyn Source,
        block: &Block,
        placement: &'static str,
        dialects: &'static [Dialect],
        limits: &Limits,
        found: &mut Found,
    ) -> Result<()> {
        // A label fits well below this; larger blocks are data of their own.
        if block.data.end - block.data.start > 4 * limits.label as u64 {
            return Ok(());
        }
        let raw = source.bytes(NAME, block.data.clone(), limits.part, phrase!("an extension", "扩展块"))?;
        if let Some(inside) = trailer::packet(&raw) {
            let start = block.data.start + inside.start as u64;
            let bytes = raw.get(inside).unwrap_or_default();
            let part = start..start + bytes.len() as u64;
            let place = Place { placement, offset: Some(start), part, dialects };
            if Packet::read(bytes, &place, limits, found).has_label() {
                self.labels.push(block.range.clone());
            }
            return Ok(());
        }
        let data = gif::joined(source, block, limits.part)?;
        let text = String::from_utf8_lossy(&data);
        let slot = Slot { placement: placement.into(), span: block.data.clone(), wrapped: true, dialects };
        match found.offer(slot, text.trim_end_matches('\0'), limits) {
            Offer::Label => self.labels.push(block.range.clone()),
            Offer::Vendor => {}
            Offer::Nothing => found.look(placement, "comment", &text),
        }
        Ok(())
    }

    /// Behind the application extensions at the front: browsers want the loop count right behind the colours.
    fn front(&self) -> u64 {
        let leading = self.gif.blocks.iter().take_while(|b| matches!(b.kind, gif::Kind::Application(_)));
        leading.last().map_or(self.gif.front, |b| b.range.end)
    }
}

fn extension(packet: &[u8]) -> Result<Vec<u8>> {
    gif::encode(packet).ok_or_else(|| Error::unsupported(NAME, phrase!("an XMP packet with a NUL", "含 NUL 的 XMP 包")))
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let mut patch = Patch::new();
        if !self.gif.extensions {
            // Extensions came with version 89a.
            patch.replace(4..5, *b"9");
        }
        let packets: Vec<_> = self.packets.iter().map(|(range, packet)| (range.clone(), packet)).collect();
        xmp::write(&mut patch, &packets, label, usize::MAX, &|_, text| extension(text))?;
        if packets.is_empty() {
            patch.insert(self.front(), extension(xmp::fresh(label).as_bytes())?);
        }
        if let Some(trailer) = &self.trailer {
            trailer.blank(source, &mut patch)?;
        }
        for range in &self.labels {
            patch.remove(range.clone());
        }
        Ok(patch)
    }
}
