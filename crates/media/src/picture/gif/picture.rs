//! The images of a GIF: where they go, their colors, their pixels.

use std::ops::Range;

use biaoshi_container::gif::{self as grammar, Block, Kind};
use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt, phrase};
use biaoshi_explicit::image::{Canvas, Rect};

use super::palette::Colors;
use super::{NAME, lzw};
use crate::picture::animation::{Blend, Dispose, Frame, Pixel};

/// The rows of an interlaced image: first row and step of each pass (GIF89a appendix E).
const PASSES: [(usize, usize); 4] = [(0, 8), (4, 8), (2, 4), (1, 2)];
/// Label of a graphic control extension, and of a plain text extension.
const CONTROL: u8 = 0xf9;
const PLAIN_TEXT: u8 = 0x01;
/// Bits of the packed field of an image descriptor.
const LOCAL: u8 = 0x80;
const INTERLACED: u8 = 0x40;

/// What is needed of a file. The sides are those of the logical screen, or of the first image where it goes beyond: browsers and
/// Pillow show all of it.
pub(super) struct Gif {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) images: Vec<Image>,
    global: Vec<[u8; 3]>,
    /// Whether the version knows extensions.
    extensions: bool,
}

/// One image.
pub(super) struct Image {
    pub(super) frame: Frame,
    pub(super) transparent: Option<u8>,
    local: Vec<[u8; 3]>,
    block: Block,
    /// The graphic control extension: where its packed field is, and that.
    control: Option<(u64, u8)>,
    flags: u8,
    bits: u8,
    /// Whether the file is GIF87a, which has no extensions.
    old: bool,
}

impl Gif {
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Self> {
        let (layout, damage) = grammar::read(source, limits)?;
        if let Some(damage) = damage {
            return Err(damage);
        }
        let [.., w0, w1, h0, h1, _, _, _] = source.array::<13>(NAME, 0, phrase!("the header", "文件头"))?;
        let (width, height) = (u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into());
        let global = colors(source, 13..layout.front)?;
        let mut gif = Self { width, height, images: Vec::new(), global, extensions: layout.extensions };
        let mut control = None;
        for block in &layout.blocks {
            match block.kind {
                Kind::Other(CONTROL) => control = Control::read(source, block)?,
                Kind::Other(PLAIN_TEXT) => control = None,
                Kind::Image => gif.image(source, block, control.take())?,
                _ => {}
            }
        }
        if let Some(Rect { x, y, width, height }) = gif.images.first().map(|i| i.frame.rect) {
            (gif.width, gif.height) = (gif.width.max(x + width), gif.height.max(y + height));
        } else {
            return Err(Error::invalid(NAME, 6, phrase!("no picture", "没有图像")));
        }
        super::check(&gif, source, gif.images.iter().map(|i| i.frame.rect), limits)?;
        Ok(gif)
    }

    fn image(&mut self, source: &dyn Source, block: &Block, control: Option<Control>) -> Result<()> {
        let start = block.range.start;
        let [_, x0, x1, y0, y1, w0, w1, h0, h1, flags] =
            source.array::<10>(NAME, start, phrase!("an image descriptor", "图像描述符"))?;
        let number = |low, high| u32::from(u16::from_le_bytes([low, high]));
        let rect = Rect { x: number(x0, x1), y: number(y0, y1), width: number(w0, w1), height: number(h0, h1) };
        let [bits] = source.array::<1>(NAME, block.data.start - 1, phrase!("an image", "图像"))?;
        let (dispose, transparent) = control.as_ref().map_or((Dispose::Keep, None), |c| (c.dispose(), c.transparent));
        // An image without pixels takes up time, and shows nothing.
        if rect.width == 0 || rect.height == 0 {
            return Ok(());
        }
        self.images.push(Image {
            frame: Frame { rect, dispose, blend: Blend::Over },
            transparent,
            local: colors(source, start + 10..block.data.start - 1)?,
            block: block.clone(),
            control: control.map(|c| (c.at, c.packed)),
            flags,
            bits,
            old: !self.extensions,
        });
        Ok(())
    }

    pub(super) fn canvas(&self) -> Canvas {
        Canvas::new(self.width, self.height, 1)
    }

    /// The colors of an image.
    pub(super) fn table<'a>(&'a self, image: &'a Image) -> &'a [[u8; 3]] {
        if image.flags & LOCAL == 0 { &self.global } else { &image.local }
    }

    /// What the pixels of an image look like.
    pub(super) fn pixels(&self, image: &Image, source: &dyn Source, limits: &Limits) -> Result<Vec<Pixel>> {
        let table = self.table(image);
        let color = |index: u8| -> Pixel {
            match table.get(usize::from(index)) {
                _ if image.transparent == Some(index) => [0; 4],
                Some([r, g, b]) => [*r, *g, *b, 255],
                None => [0, 0, 0, 255],
            }
        };
        Ok(image.indices(source, limits)?.into_iter().map(color).collect())
    }
}

/// A graphic control extension.
struct Control {
    at: u64,
    packed: u8,
    transparent: Option<u8>,
}

impl Control {
    fn read(source: &dyn Source, block: &Block) -> Result<Option<Self>> {
        let at = block.data.start + 1;
        let [size, packed, _, _, index] =
            source.array::<5>(NAME, block.data.start, phrase!("a graphic control extension", "图形控制扩展块"))?;
        let transparent = (packed & 1 == 1).then_some(index);
        Ok((size >= 4).then_some(Self { at, packed, transparent }))
    }

    fn dispose(&self) -> Dispose {
        match self.packed >> 2 & 7 {
            2 => Dispose::Background,
            3 => Dispose::Previous,
            _ => Dispose::Keep,
        }
    }
}

fn colors(source: &dyn Source, range: Range<u64>) -> Result<Vec<[u8; 3]>> {
    Ok(source.bytes(NAME, range, 768, phrase!("a color table", "颜色表"))?.as_chunks::<3>().0.to_vec())
}

impl Image {
    /// The indices, row by row.
    pub(super) fn indices(&self, source: &dyn Source, limits: &Limits) -> Result<Vec<u8>> {
        let data = grammar::joined(source, &self.block, limits.decoded)?;
        let count = self.frame.rect.width as usize * self.frame.rect.height as usize;
        let broken = || {
            Error::invalid(
                NAME,
                self.block.data.start,
                phrase!("the picture data is damaged or cut off", "图像数据有误或被截断"),
            )
        };
        let coded = lzw::decode(&data, self.bits, count).ok_or_else(broken)?;
        if self.flags & INTERLACED == 0 {
            return Ok(coded);
        }
        let mut out = vec![0; count];
        for (row, line) in self.order(self.frame.rect.height).zip(coded.chunks_exact(self.line())) {
            if let Some(target) = out.get_mut(row * self.line()..(row + 1) * self.line()) {
                target.copy_from_slice(line);
            }
        }
        Ok(out)
    }

    fn line(&self) -> usize {
        self.frame.rect.width as usize
    }

    /// Whether pixels can be transparent at all: the index has to be one of the table's.
    pub(super) fn shines_through(&self, table: &[[u8; 3]]) -> bool {
        self.transparent.is_some_and(|t| usize::from(t) < table.len())
    }

    /// The rows in the order in which an interlaced image has them.
    fn order(&self, height: u32) -> impl Iterator<Item = usize> + use<> {
        PASSES.into_iter().flat_map(move |(first, step)| (first..height as usize).step_by(step))
    }

    /// Replaces the image; `None` when its indices cannot be coded.
    pub(super) fn write(&self, rect: Rect, colors: &Colors, indices: &[u8], patch: &mut Patch) -> Option<()> {
        let mut out = Vec::new();
        if colors.transparent != self.transparent {
            let index = colors.transparent?;
            match self.control {
                Some((at, packed)) => {
                    patch.replace(at..at + 1, [packed | 1]).replace(at + 3..at + 4, [index]);
                }
                None => out.extend([0x21, CONTROL, 4, 1, 0, 0, index, 0]),
            }
            if self.old && patch.edits().first().is_none_or(|e| e.range.start != 4) {
                // Extensions came with version 89a.
                patch.replace(4..5, *b"9");
            }
        }
        out.push(0x2c);
        for number in [rect.x, rect.y, rect.width, rect.height] {
            out.extend(u16::try_from(number).ok()?.to_le_bytes());
        }
        // What is said of the order of the colors is true no longer.
        let size = colors.bits() - 1;
        let flags = if colors.changed { LOCAL | self.flags & INTERLACED | size } else { self.flags };
        out.push(flags);
        if flags & LOCAL != 0 {
            out.extend(colors.bytes());
        }
        let bits = colors.bits().max(self.bits).max(2);
        out.push(bits);
        out.extend(if flags & INTERLACED == 0 {
            lzw::encode(indices, bits)?
        } else {
            let line = rect.width as usize;
            let rows = self.order(rect.height).map(|row| indices.get(row * line..(row + 1) * line).unwrap_or_default());
            lzw::encode(&rows.collect::<Vec<_>>().concat(), bits)?
        });
        patch.replace(self.block.range.clone(), out);
        Some(())
    }
}
