//! WebP. The label is XMP in a chunk `XMP ` (image guide), announced by a flag in VP8X (RFC 9649); EXIF is read.

use std::ops::Range;

use biaoshi_container::riff::{self, Chunk, Form};
use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt, phrase};
use biaoshi_label::{Dialect, Label};

use crate::content::Part;
use crate::exif;
use crate::format::{Confidence, Format, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};
use crate::trailer::{self, Trailer};
use crate::xmp::{self, Packet, Place};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "webp",
    media_type: "image/webp",
    extensions: &["webp"],
    kind: Kind::Image,
    status: Status::Standard,
    placement: XMP,
    clause: "TC260-PG-20259A",
    touches: "the XMP chunk, the flags of VP8X (made where it is missing) and the RIFF size; label chunks elsewhere are cut out, an EXIF comment is blanked",
    families: &["webp", "xmp", "exif", "trailer"],
    sniff: |head| match (head.get(0..4), head.get(8..12)) {
        (b"RIFF", b"WEBP") => Confidence::Magic,
        _ => Confidence::No,
    },
    read,
    pointers: None,
    content: Some(content),
};

const NAME: &str = "WebP";
const XMP: &str = "webp/XMP";
const EXIF: &str = "webp/EXIF/UserComment";
/// Flags of VP8X (RFC 9649 2.7.1).
const HAS_ICC: u8 = 0x20;
const HAS_ALPHA: u8 = 0x10;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
const HAS_ANIMATION: u8 = 0x02;

/// What a writer needs to know.
struct Layout {
    form: Form,
    chunks: Vec<Chunk>,
    packets: Vec<(Chunk, Packet)>,
    /// Chunks that hold nothing but a label.
    labels: Vec<Chunk>,
    /// Label texts inside EXIF.
    blanked: Vec<Range<u64>>,
    trailer: Option<Trailer>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let form = riff::form(source)?;
    let (chunks, damage) = riff::walk(source, form.body.clone(), &[], limits);
    if let Some(missing) = form.missing(source) {
        found.damaged("webp/RIFF", missing);
    }
    let mut layout =
        Layout { form, chunks, packets: Vec::new(), labels: Vec::new(), blanked: Vec::new(), trailer: None };
    for index in 0..layout.chunks.len() {
        if let Some(chunk) = layout.chunks.get(index).copied() {
            layout.chunk(source, &chunk, limits, found)?;
        }
    }
    match damage {
        Some(damage) => Err(damage),
        None if layout.last(is_picture).is_none() => {
            Err(Error::truncated(NAME, source.len(), phrase!("the header; no picture follows", "出现图像数据之前")))
        }
        None => {
            layout.trailer = trailer::read(source, layout.form.body.end, "webp/trailer/XMP", limits, found)?;
            Ok(Box::new(layout))
        }
    }
}

/// The canvas, and all chunks but metadata.
fn content(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let form = riff::form(source)?;
    let (chunks, damage) = riff::walk(source, form.body, &[], limits);
    if let Some(damage) = damage {
        return Err(damage);
    }
    let shown = chunks.into_iter().filter(|c| !matches!(&c.id, b"XMP " | b"EXIF" | b"C2PA" | b"AIGC" | b"aigc"));
    let part = |chunk: Chunk| match &chunk.id {
        // The flags in front say which metadata there are.
        b"VP8X" => Part::new(chunk.id, chunk.data().start.saturating_add(4).min(chunk.data().end)..chunk.data().end),
        _ => Part::new(chunk.id, chunk.data()),
    };
    Ok(shown.map(part).collect())
}

/// Whether a chunk is a part of the picture.
fn is_picture(id: [u8; 4]) -> bool {
    matches!(&id, b"VP8 " | b"VP8L" | b"ANMF")
}

impl Layout {
    fn chunk(&mut self, source: &dyn Source, chunk: &Chunk, limits: &Limits, found: &mut Found) -> Result<()> {
        match &chunk.id {
            b"XMP " => {
                let data = source.bytes(NAME, chunk.data(), limits.part, phrase!("the XMP chunk", "XMP 块"))?;
                let place =
                    Place { placement: XMP, offset: Some(chunk.data().start), part: chunk.data(), dialects: &[] };
                self.packets.push((*chunk, Packet::read(&data, &place, limits, found)));
            }
            b"EXIF" => {
                let data = source.bytes(NAME, chunk.data(), limits.part, phrase!("the EXIF chunk", "EXIF 块"))?;
                // Some writers copy the head of a JPEG segment with the block.
                let block = data.strip_prefix(b"Exif\0\0").unwrap_or(&data);
                let offset = chunk.data().end - block.len() as u64;
                let labels = exif::read(block, offset, EXIF, limits, found);
                self.blanked.extend(labels.iter().map(|r| offset + r.start as u64..offset + r.end as u64));
            }
            b"C2PA" => {
                let manifest = source.bytes(NAME, chunk.data(), limits.part, phrase!("the C2PA chunk", "C2PA 块"))?;
                found.c2pa("webp/C2PA", &manifest);
            }
            id if id.eq_ignore_ascii_case(b"AIGC") => {
                let data = source.bytes(NAME, chunk.data(), limits.part, phrase!("the AIGC chunk", "AIGC 块"))?;
                let text = String::from_utf8_lossy(&data);
                let dialects = &[Dialect::WebpChunk];
                let slot = Slot { placement: "webp/AIGC".into(), span: chunk.data(), wrapped: false, dialects };
                if found.offer_named(slot, text.trim_end_matches('\0'), limits) == Offer::Label {
                    self.labels.push(*chunk);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The last chunk of a kind.
    fn last(&self, is: fn([u8; 4]) -> bool) -> Option<&Chunk> {
        self.chunks.iter().rev().find(|c| is(c.id))
    }

    fn has(&self, id: [u8; 4]) -> bool {
        self.chunks.iter().any(|c| c.id == id)
    }

    /// The bytes of a chunk with its pad byte, where that is there.
    fn whole(&self, chunk: &Chunk) -> Range<u64> {
        chunk.start..chunk.range().end.min(self.form.body.end)
    }

    /// Sets the XMP flag; a simple file becomes an extended one, with the size and alpha that its picture declares.
    fn announce(&self, source: &dyn Source, patch: &mut Patch) -> Result<()> {
        if let Some(extended) = self.chunks.iter().find(|c| c.id == *b"VP8X") {
            if extended.length < 10 {
                return Err(Error::invalid(
                    NAME,
                    extended.start,
                    phrase!("chunk VP8X is shorter than ten bytes", "VP8X 块不足十字节"),
                ));
            }
            let at = extended.data().start;
            let [flags] = source.array::<1>(NAME, at, phrase!("VP8X", "VP8X 块"))?;
            if flags & HAS_XMP == 0 {
                patch.replace(at..at + 1, [flags | HAS_XMP]);
            }
            return Ok(());
        }
        let picture = self.chunks.iter().find(|c| matches!(&c.id, b"VP8 " | b"VP8L"));
        let picture = picture
            .ok_or_else(|| Error::invalid(NAME, 12, phrase!("an animation without chunk VP8X", "动画缺少 VP8X 块")))?;
        let (width, height, alpha) = size(source, picture)?;
        let mut flags = HAS_XMP;
        let parts = [(*b"ICCP", HAS_ICC), (*b"EXIF", HAS_EXIF), (*b"ANIM", HAS_ANIMATION), (*b"ALPH", HAS_ALPHA)];
        for (id, flag) in parts {
            flags |= if self.has(id) { flag } else { 0 };
        }
        flags |= if alpha { HAS_ALPHA } else { 0 };
        let [w0, w1, w2, _] = (width - 1).to_le_bytes();
        let [h0, h1, h2, _] = (height - 1).to_le_bytes();
        patch.insert(self.form.body.start, riff::encode(*b"VP8X", &[flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]));
        Ok(())
    }
}

/// Width, height (at least 1) and whether there is alpha, from the first bytes of a picture.
fn size(source: &dyn Source, picture: &Chunk) -> Result<(u32, u32, bool)> {
    let wrong = |what| Error::invalid(NAME, picture.start, what);
    if picture.length < 10 {
        return Err(wrong(phrase!("a picture without a header", "图像缺少头部")));
    }
    let head = source.array::<10>(NAME, picture.data().start, phrase!("the picture's header", "图像头"))?;
    if picture.id == *b"VP8L" {
        // Signature, 14 bits of width - 1, 14 bits of height - 1, one bit of alpha (RFC 9649 3.4).
        let [0x2f, a, b, c, d, ..] = head else {
            return Err(wrong(phrase!("VP8L without its signature", "VP8L 缺少签名")));
        };
        let bits = u32::from_le_bytes([a, b, c, d]);
        return Ok(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, bits >> 28 & 1 == 1));
    }
    // Frame tag, start code, 14 bits of width and of height, each below two bits of scale (RFC 6386 9.1).
    let [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = head else {
        return Err(wrong(phrase!("VP8 without its start code", "VP8 缺少起始码")));
    };
    let (width, height) = (u16::from_le_bytes([w0, w1]) & 0x3fff, u16::from_le_bytes([h0, h1]) & 0x3fff);
    if width == 0 || height == 0 {
        return Err(wrong(phrase!("a picture without width or height", "图像没有宽度或高度")));
    }
    Ok((width.into(), height.into(), false))
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let mut patch = Patch::new();
        self.announce(source, &mut patch)?;
        let packets: Vec<_> = self.packets.iter().map(|(chunk, packet)| (self.whole(chunk), packet)).collect();
        let chunk = |text: &[u8]| riff::encode(*b"XMP ", text);
        xmp::write(&mut patch, &packets, label, usize::MAX, &|_, text| Ok(chunk(text)))?;
        if packets.is_empty() {
            // Behind the picture and behind EXIF (RFC 9649 2.7).
            let before = self.last(|id| is_picture(id) || id == *b"EXIF");
            let before = before.ok_or_else(|| Error::truncated(NAME, 12, phrase!("the header", "文件头")))?;
            let end = self.whole(before).end;
            let mut bytes = if before.lacks_padding() { vec![0] } else { Vec::new() };
            bytes.extend(chunk(xmp::fresh(label).as_bytes()));
            patch.insert(end, bytes);
        }
        for chunk in &self.labels {
            patch.remove(self.whole(chunk));
        }
        for range in &self.blanked {
            let blanks = usize::try_from(range.end - range.start).unwrap_or(0);
            patch.replace(range.clone(), vec![0; blanks]);
        }
        if let Some(trailer) = &self.trailer {
            trailer.blank(source, &mut patch)?;
        }
        let size = i64::try_from(self.form.body.end - 8).ok().and_then(|s| u32::try_from(s + patch.growth()).ok());
        let size = size.ok_or_else(|| {
            Error::unsupported(NAME, phrase!("a RIFF file of more than 4 GiB", "超过 4 GiB 的 RIFF 文件"))
        })?;
        patch.replace(4..8, size.to_le_bytes());
        Ok(patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 5 x 3 with alpha, as VP8L declares it, becomes an extended file that says so.
    #[test]
    fn a_simple_file_becomes_an_extended_one() {
        let bits: u32 = 4 | 2 << 14 | 1 << 28;
        let picture = [[0x2f].as_slice(), &bits.to_le_bytes(), &[0; 6]].concat();
        let body = riff::encode(*b"VP8L", &picture);
        let bytes =
            [b"RIFF".as_slice(), &u32::try_from(body.len() + 4).unwrap().to_le_bytes(), b"WEBP", &body].concat();
        let (limits, mut found) = (Limits::default(), Found::default());
        let writer = read(&bytes, &limits, &mut found).unwrap();
        let label = Label::new(biaoshi_label::Level::Confirmed, "p", "i", false).unwrap();
        let patch = writer.plan(&bytes, &label, &limits).unwrap();
        let out = biaoshi_container::to_vec(&biaoshi_container::Patched::new(&bytes, &patch), u64::MAX).unwrap();
        assert_eq!(&out[12..30], b"VP8X\x0a\0\0\0\x14\0\0\0\x04\0\0\x02\0\0");
        assert_eq!(u32::from_le_bytes(out[4..8].try_into().unwrap()) as usize, out.len() - 8);
    }
}
