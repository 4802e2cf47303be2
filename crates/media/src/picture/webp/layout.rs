//! The chunks of a WebP (RFC 9649 2.5 - 2.7): where the pictures are, and how an animation lays them on its canvas.

use std::ops::Range;

use biaoshi_container::exif::Tiff;
use biaoshi_container::riff::{self, Chunk, Form};
use biaoshi_container::{Cursor, Error, Limits, Patch, Result, Source, SourceExt, phrase};

use super::{COSTS, Canvas, NAME, Rect};
use crate::picture::animation::{Blend, Dispose, Frame};

/// Flag of VP8X for alpha (RFC 9649 2.7.1).
const HAS_ALPHA: u8 = 0x10;
/// Bytes of an animation frame in front of its picture.
const FRAME: u64 = 16;

/// What is needed of a file.
pub(super) struct Layout {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) parts: Vec<Part>,
    form: Form,
    orientation: u8,
    /// The flags of VP8X and where they stand.
    flags: Option<(u64, u8)>,
}

/// One picture: that of a still, or a frame.
pub(super) struct Part {
    pub(super) frame: Frame,
    /// `ALPH`, for the alpha of a lossy picture.
    pub(super) alpha: Option<Chunk>,
    /// `VP8 ` or `VP8L`.
    pub(super) picture: Chunk,
    /// From the first of the two to the end of the second.
    range: Range<u64>,
    /// The chunk `ANMF` round it.
    outer: Option<Chunk>,
}

impl Part {
    pub(super) fn is_lossy(&self) -> bool {
        self.picture.id != *b"VP8L"
    }
}

impl Layout {
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Self> {
        let form = riff::form(source)?;
        let chunks = riff::chunks(source, form.body.clone(), &[], limits)?;
        let mut layout = Self { width: 0, height: 0, parts: Vec::new(), form, orientation: 1, flags: None };
        let end = layout.form.body.end;
        let animated = chunks.iter().any(|c| c.id == *b"ANMF");
        for chunk in &chunks {
            match &chunk.id {
                b"VP8X" => layout.extended(source, chunk)?,
                b"EXIF" => {
                    let data = source.bytes(NAME, chunk.data(), limits.part, phrase!("the EXIF chunk", "EXIF 块"))?;
                    let block = data.strip_prefix(b"Exif\0\0").unwrap_or(&data);
                    layout.orientation = Tiff::new(block).map_or(1, |tiff| tiff.orientation());
                }
                b"ANMF" => layout.parts.push(frame(source, chunk, limits)?),
                _ => {}
            }
        }
        if !animated {
            layout.parts.push(part(source, &chunks, end)?);
        }
        if let Some(still) = layout.parts.first().filter(|_| layout.flags.is_none()) {
            (layout.width, layout.height) = (still.frame.rect.width, still.frame.rect.height);
        }
        let canvas = layout.whole();
        if layout.parts.iter().any(|p| !canvas.holds(&p.frame.rect)) {
            return Err(Error::invalid(NAME, 12, phrase!("a picture outside of the canvas", "图像超出画布")));
        }
        let rects = layout.parts.iter().map(|p| p.frame.rect);
        COSTS.check(NAME, source, (layout.width, layout.height), rects, limits)?;
        Ok(layout)
    }

    fn extended(&mut self, source: &dyn Source, chunk: &Chunk) -> Result<()> {
        if chunk.length < 10 {
            return Err(Error::invalid(
                NAME,
                chunk.start,
                phrase!("chunk VP8X is shorter than ten bytes", "VP8X 块不足十字节"),
            ));
        }
        let [flags, _, _, _, w0, w1, w2, h0, h1, h2] =
            source.array::<10>(NAME, chunk.data().start, phrase!("VP8X", "VP8X 块"))?;
        self.flags = Some((chunk.data().start, flags));
        self.width = u32::from_le_bytes([w0, w1, w2, 0]) + 1;
        self.height = u32::from_le_bytes([h0, h1, h2, 0]) + 1;
        Ok(())
    }

    /// Whether the pictures are frames of an animation.
    pub(super) fn animated(&self) -> bool {
        self.parts.iter().any(|p| p.outer.is_some())
    }

    /// All of the canvas.
    pub(super) fn whole(&self) -> Rect {
        Rect { x: 0, y: 0, width: self.width, height: self.height }
    }

    pub(super) fn canvas(&self) -> Canvas {
        Canvas::new(self.width, self.height, self.orientation)
    }

    /// Puts a coded picture in the place of one that was there, with a rectangle of its own.
    pub(super) fn replace(&self, part: &Part, rect: Rect, coded: &[u8], alpha: bool, patch: &mut Patch) -> Result<()> {
        patch.replace(part.range.clone(), coded);
        if let (Some((at, flags)), true) = (self.flags, alpha)
            && flags & HAS_ALPHA == 0
            && patch.edits().first().is_none_or(|e| e.range.start != at)
        {
            patch.replace(at..at + 1, [flags | HAS_ALPHA]);
        }
        let Some(outer) = part.outer else { return Ok(()) };
        let length = outer.length + coded.len() as u64 - (part.range.end - part.range.start);
        let length = u32::try_from(length)
            .map_err(|_| Error::unsupported(NAME, phrase!("a frame of more than 4 GiB", "超过 4 GiB 的帧")))?;
        patch.replace(outer.start + 4..outer.start + 8, length.to_le_bytes());
        if rect != part.frame.rect {
            let numbers = [rect.x / 2, rect.y / 2, rect.width - 1, rect.height - 1];
            let bytes = numbers.into_iter().flat_map(|n| n.to_le_bytes().into_iter().take(3)).collect::<Vec<_>>();
            patch.replace(outer.data().start..outer.data().start + 12, bytes);
        }
        Ok(())
    }

    /// Corrects the size of the form.
    pub(super) fn resize(&self, patch: &mut Patch) -> Result<()> {
        let size = i64::try_from(self.form.body.end - 8).ok().and_then(|s| u32::try_from(s + patch.growth()).ok());
        let size = size.ok_or_else(|| {
            Error::unsupported(NAME, phrase!("a RIFF file of more than 4 GiB", "超过 4 GiB 的 RIFF 文件"))
        })?;
        patch.replace(4..8, size.to_le_bytes());
        Ok(())
    }
}

/// A frame of an animation.
fn frame(source: &dyn Source, chunk: &Chunk, limits: &Limits) -> Result<Part> {
    let broken = |what| Error::invalid(NAME, chunk.start, what);
    if chunk.length < FRAME {
        return Err(broken(phrase!("a frame without its header", "帧缺少帧头")));
    }
    let head = source.array::<16>(NAME, chunk.data().start, phrase!("a frame", "帧"))?;
    let mut cursor = Cursor::new(&head);
    let mut number = || cursor.array::<3>().map_or(0, |[a, b, c]| u32::from_le_bytes([*a, *b, *c, 0]));
    let (x, y, width, height) = (number() * 2, number() * 2, number() + 1, number() + 1);
    let rect = Rect { x, y, width, height };
    let [.., flags] = head;
    let inner = chunk.data().start + FRAME..chunk.data().end;
    let end = inner.end;
    let mut part = part(source, &riff::chunks(source, inner, &[], limits)?, end)?;
    if (part.frame.rect.width, part.frame.rect.height) != (width, height) {
        return Err(broken(phrase!("a frame whose picture has another size", "帧与其图像的尺寸不同")));
    }
    let dispose = if flags & 1 == 1 { Dispose::Background } else { Dispose::Keep };
    let blend = if flags & 2 == 2 { Blend::Source } else { Blend::Over };
    part.frame = Frame { rect, dispose, blend };
    part.outer = Some(*chunk);
    Ok(part)
}

/// The picture among some chunks.
fn part(source: &dyn Source, chunks: &[Chunk], end: u64) -> Result<Part> {
    let picture = chunks.iter().find(|c| matches!(&c.id, b"VP8 " | b"VP8L"));
    let picture = *picture.ok_or_else(|| Error::invalid(NAME, 12, phrase!("no picture", "没有图像")))?;
    let before = |c: &&Chunk| c.id == *b"ALPH" && c.start < picture.start && picture.id == *b"VP8 ";
    let alpha = chunks.iter().find(before).copied();
    let (width, height) = size(source, &picture)?;
    let rect = Rect { x: 0, y: 0, width, height };
    let start = alpha.map_or(picture.start, |a| a.start);
    let range = start..picture.range().end.min(end);
    Ok(Part { frame: Frame { rect, dispose: Dispose::Keep, blend: Blend::Source }, alpha, picture, range, outer: None })
}

/// Width and height, from the first bytes of a picture.
fn size(source: &dyn Source, picture: &Chunk) -> Result<(u32, u32)> {
    let wrong = |what| Error::invalid(NAME, picture.start, what);
    if picture.length < 10 {
        return Err(wrong(phrase!("a picture without a header", "图像缺少头部")));
    }
    let head = source.array::<10>(NAME, picture.data().start, phrase!("the picture's header", "图像头"))?;
    if picture.id == *b"VP8L" {
        // Signature, 14 bits of width - 1, 14 bits of height - 1 (RFC 9649 3.4).
        let [0x2f, a, b, c, d, ..] = head else {
            return Err(wrong(phrase!("VP8L without its signature", "VP8L 缺少签名")));
        };
        let bits = u32::from_le_bytes([a, b, c, d]);
        return Ok(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1));
    }
    // Frame tag, start code, 14 bits of width and of height, each below two bits of scale (RFC 6386 9.1).
    let [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = head else {
        return Err(wrong(phrase!("VP8 without its start code", "VP8 缺少起始码")));
    };
    let (width, height) = (u16::from_le_bytes([w0, w1]) & 0x3fff, u16::from_le_bytes([h0, h1]) & 0x3fff);
    if width == 0 || height == 0 {
        return Err(wrong(phrase!("a picture without width or height", "图像没有宽度或高度")));
    }
    Ok((width.into(), height.into()))
}
