//! What a PNG's chunks say, read before anything is inflated.

use biaoshi_container::exif::Tiff;
use biaoshi_container::png::{self as grammar, Chunk};
use biaoshi_container::{Cursor, Error, Limits, Result, Said, Source, phrase};
use biaoshi_explicit::image::{Canvas, Channels, Depth, Layout, Rect};

use super::NAME;
use crate::picture::animation::{Blend, Costs, Dispose, Frame};
use crate::work;

/// What drawing on an animation takes: measured, 16 bytes of memory and 5 steps a pixel of three samples.
const ANIMATION: Costs = Costs { pixel: 20, byte: 1, steps: 5 };

/// What a sample stands for (table 11.1 of the PNG specification).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Color {
    Gray,
    Rgb,
    Palette,
    GrayAlpha,
    Rgba,
}

/// The chunks that matter, checked.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bits: u8,
    pub(super) color: Color,
    pub(super) interlaced: bool,
    pub(super) orientation: u8,
    pub(super) ihdr: Chunk,
    pub(super) plte: Option<Chunk>,
    pub(super) trns: Option<Chunk>,
    pub(super) idat: Vec<Chunk>,
    /// Palette entries.
    pub(super) palette: Vec<[u8; 3]>,
    /// Data of tRNS.
    pub(super) transparency: Vec<u8>,
    /// The frames of an animation.
    pub(super) parts: Vec<Part>,
}

/// A frame of an animation (PNG 3rd edition 11.3.6).
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) frame: Frame,
    /// Its fcTL.
    pub(super) control: Chunk,
    /// Its IDAT or fdAT.
    pub(super) data: Vec<Chunk>,
}

impl Header {
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Self> {
        let mut header: Option<Self> = None;
        let mut animated = false;
        for chunk in grammar::chunks(source, limits)? {
            let chunk = chunk?;
            let Some(h) = &mut header else {
                header = Some(Self::start(source, chunk, limits)?);
                continue;
            };
            match &chunk.kind {
                b"acTL" => animated |= h.idat.is_empty(),
                b"fcTL" if animated => h.read_control(source, chunk, limits)?,
                b"fdAT" if animated => match h.parts.last_mut() {
                    Some(part) if chunk.length >= 4 => part.data.push(chunk),
                    _ => {
                        return Err(Error::invalid(
                            NAME,
                            chunk.start,
                            phrase!("fdAT without its frame or number", "fdAT 缺少所属的帧或序号"),
                        ));
                    }
                },
                b"IHDR" => return Err(Error::invalid(NAME, chunk.start, phrase!("a second IHDR", "有第二个 IHDR"))),
                b"PLTE" => h.read_palette(source, chunk, limits)?,
                b"tRNS" => {
                    h.transparency = chunk.read(source, limits)?.0;
                    h.trns = Some(chunk);
                }
                b"eXIf" => {
                    let data = chunk.read(source, limits)?.0;
                    h.orientation = Tiff::new(&data).map_or(1, |tiff| tiff.orientation());
                }
                b"IDAT" => {
                    h.idat.push(chunk);
                    if let Some(part) = h.parts.last_mut() {
                        part.data.push(chunk);
                    }
                }
                _ => {}
            }
        }
        let header = header
            .filter(|h| !h.idat.is_empty())
            .ok_or_else(|| Error::invalid(NAME, 8, phrase!("no IDAT", "没有 IDAT")))?;
        if header.color == Color::Palette && header.palette.is_empty() {
            return Err(Error::invalid(
                NAME,
                header.ihdr.start,
                phrase!("no PLTE for palette pixels", "调色板像素缺少 PLTE"),
            ));
        }
        header.check_parts(source, limits)?;
        Ok(header)
    }

    fn read_control(&mut self, source: &dyn Source, chunk: Chunk, limits: &Limits) -> Result<()> {
        let broken = || Error::invalid(NAME, chunk.start, phrase!("fcTL is damaged", "fcTL 有误"));
        if chunk.length != 26 {
            return Err(broken());
        }
        let data = chunk.read(source, limits)?.0;
        let mut c = Cursor::at(&data, 4);
        let mut number = || c.u32_be().ok_or_else(broken);
        let (width, height, x, y) = (number()?, number()?, number()?, number()?);
        let dispose = match data.get(24) {
            Some(0) => Dispose::Keep,
            Some(1) => Dispose::Background,
            Some(2) => Dispose::Previous,
            _ => return Err(broken()),
        };
        let blend = match data.get(25) {
            Some(0) => Blend::Source,
            Some(1) => Blend::Over,
            _ => return Err(broken()),
        };
        let frame = Frame { rect: Rect { x, y, width, height }, dispose, blend };
        self.parts.push(Part { frame, control: chunk, data: Vec::new() });
        Ok(())
    }

    /// Every frame has data and lies on the canvas; one that is the default picture covers it.
    fn check_parts(&self, source: &dyn Source, limits: &Limits) -> Result<()> {
        let canvas = Rect { x: 0, y: 0, width: self.width, height: self.height };
        for part in &self.parts {
            let Rect { x, y, width, height } = part.frame.rect;
            let inside = u64::from(x) + u64::from(width) <= self.width.into()
                && u64::from(y) + u64::from(height) <= self.height.into();
            let default = part.data.first().is_some_and(|c| c.kind == *b"IDAT");
            let mixed = part.data.iter().any(|c| (c.kind == *b"IDAT") != default);
            let empty = part.data.is_empty() || width == 0 || height == 0;
            // The default picture is a frame with all of its chunks or with none.
            let torn = default && (part.frame.rect != canvas || part.data.len() != self.idat.len());
            if !inside || empty || mixed || torn {
                return Err(Error::invalid(
                    NAME,
                    part.control.start,
                    phrase!("a frame that is empty or off the canvas", "帧为空或超出画布"),
                ));
            }
        }
        if self.parts.is_empty() {
            return work::check(NAME, source, self.steps(), limits);
        }
        self.costs().check(NAME, source, (self.width, self.height), self.parts.iter().map(|p| p.frame.rect), limits)
    }

    /// What drawing on the animation takes: more where samples have 16 bits.
    fn costs(&self) -> Costs {
        let size = self.pixel() as u64;
        let Costs { pixel, byte, steps } = ANIMATION;
        Costs { pixel: pixel.max(4 * size), byte, steps: steps.max(2 * size) }
    }

    /// Memory that drawing takes, for a file of so many bytes.
    pub(super) fn cost(&self, length: u64) -> u64 {
        match self.parts.is_empty() {
            true => self.memory().saturating_add(length.saturating_mul(2)),
            false => self.costs().memory((self.width, self.height), self.parts.iter().map(|p| p.frame.rect), length),
        }
    }

    fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The work of a still picture: a step a byte of its scanlines, and some a pixel where all of them are taken out.
    fn steps(&self) -> u64 {
        let each = match self.color {
            Color::Palette => 8,
            _ if self.interlaced => 8,
            _ if self.bits < 8 => 2,
            _ => 0,
        };
        self.pixels().saturating_mul(each).saturating_add(self.size() as u64)
    }

    /// The memory of a still picture, as it was measured: its scanlines, and the rows under the label again; or all of it
    /// again, a palette perhaps as colors.
    fn memory(&self) -> u64 {
        let size = self.size() as u64;
        match self.color {
            Color::Palette => size.saturating_add(self.pixels().saturating_mul(6)),
            _ if self.interlaced => size.saturating_mul(2),
            _ => size.saturating_add(size / 3),
        }
    }

    /// The header of a frame as a picture of its own.
    pub(super) fn of_part(&self, part: &Part) -> Self {
        self.of_frame(part.frame.rect, &part.data)
    }

    /// The header of a picture of this size, with this data.
    pub(super) fn of_frame(&self, rect: Rect, data: &[Chunk]) -> Self {
        Self {
            width: rect.width,
            height: rect.height,
            idat: data.to_vec(),
            parts: Vec::new(),
            palette: self.palette.clone(),
            transparency: self.transparency.clone(),
            ..*self
        }
    }

    fn start(source: &dyn Source, chunk: Chunk, limits: &Limits) -> Result<Self> {
        let broken = |why: &'static Said| Error::invalid(NAME, chunk.start, why);
        let data = if chunk.kind == *b"IHDR" { chunk.read(source, limits)?.0 } else { Vec::new() };
        let [a, b, c, d, e, f, g, h, bits, color, 0, 0, interlace @ (0 | 1)] = data.as_slice() else {
            return Err(broken(phrase!("IHDR is missing or damaged", "IHDR 缺失或有误")));
        };
        let color = match (color, bits) {
            (0, 1 | 2 | 4 | 8 | 16) => Color::Gray,
            (2, 8 | 16) => Color::Rgb,
            (3, 1 | 2 | 4 | 8) => Color::Palette,
            (4, 8 | 16) => Color::GrayAlpha,
            (6, 8 | 16) => Color::Rgba,
            _ => return Err(broken(phrase!("a color type and depth that do not go together", "颜色类型与位深不匹配"))),
        };
        let (width, height) = (u32::from_be_bytes([*a, *b, *c, *d]), u32::from_be_bytes([*e, *f, *g, *h]));
        if width == 0 || height == 0 {
            return Err(broken(phrase!("a picture without pixels", "图像没有像素")));
        }
        if width > limits.side || height > limits.side {
            return Err(Error::limit(
                NAME,
                phrase!("the side of the picture", "图像的边长"),
                limits.side.into(),
                "--limit-side",
            ));
        }
        let header = Self {
            width,
            height,
            bits: *bits,
            color,
            interlaced: *interlace == 1,
            orientation: 1,
            ihdr: chunk,
            plte: None,
            trns: None,
            idat: Vec::new(),
            palette: Vec::new(),
            transparency: Vec::new(),
            parts: Vec::new(),
        };
        let most = limits.decoded_of(source.len());
        if header.memory() > most {
            return Err(Error::limit(NAME, phrase!("the decoded picture", "解码后的图像"), most, "--limit-decoded"));
        }
        Ok(header)
    }

    fn read_palette(&mut self, source: &dyn Source, chunk: Chunk, limits: &Limits) -> Result<()> {
        if self.color == Color::Palette {
            let data = chunk.read(source, limits)?.0;
            self.palette = data.as_chunks::<3>().0.to_vec();
            if self.palette.len() > 256 {
                return Err(Error::invalid(
                    NAME,
                    chunk.start,
                    phrase!("more than 256 palette entries", "调色板超过 256 项"),
                ));
            }
            self.plte = Some(chunk);
        }
        Ok(())
    }

    pub(super) fn canvas(&self) -> Canvas {
        Canvas::new(self.width, self.height, self.orientation)
    }

    /// Samples of one pixel.
    fn samples(&self) -> usize {
        match self.color {
            Color::Gray | Color::Palette => 1,
            Color::GrayAlpha => 2,
            Color::Rgb => 3,
            Color::Rgba => 4,
        }
    }

    /// Bytes of one row, without the filter byte.
    pub(super) fn line(&self) -> usize {
        (self.width as usize * self.samples() * usize::from(self.bits)).div_ceil(8)
    }

    /// Bytes of one pixel for the filters: at least 1 (clause 9.2).
    pub(super) fn pixel(&self) -> usize {
        (self.samples() * usize::from(self.bits) / 8).max(1)
    }

    /// Bytes of all rows with their filter bytes. Sides are under 2^32 and pixels under 2^4 bytes.
    pub(super) fn size(&self) -> usize {
        (self.line() + 1).saturating_mul(self.height as usize)
    }

    /// Palette entries that the depth has room for.
    pub(super) fn depth(&self) -> usize {
        1 << self.bits.min(8)
    }

    /// The layout of `len` bytes of whole rows; `None` for packed or palette samples.
    pub(super) fn layout(&self, len: usize) -> Option<Layout> {
        let channels = match self.color {
            Color::Gray => Channels::Gray,
            Color::GrayAlpha => Channels::GrayAlpha,
            Color::Rgb => Channels::Rgb,
            Color::Rgba => Channels::Rgba,
            Color::Palette => return None,
        };
        let depth = match self.bits {
            8 => Depth::Eight,
            16 => Depth::Sixteen,
            _ => return None,
        };
        let height = u32::try_from(len / self.line().max(1)).ok()?;
        Some(Layout { width: self.width, height, channels, depth })
    }

    /// The color that tRNS makes transparent, as the bytes of one pixel.
    pub(super) fn color_key(&self) -> Option<Vec<u8>> {
        let colors = match self.color {
            Color::Gray => 1,
            Color::Rgb => 3,
            _ => return None,
        };
        let samples = self.transparency.get(..colors * 2)?;
        Some(if self.bits == 16 { samples.to_vec() } else { samples.iter().skip(1).step_by(2).copied().collect() })
    }

    /// Data of an IHDR chunk for this header.
    pub(super) fn to_ihdr(&self) -> Vec<u8> {
        let color = match self.color {
            Color::Gray => 0,
            Color::Rgb => 2,
            Color::Palette => 3,
            Color::GrayAlpha => 4,
            Color::Rgba => 6,
        };
        let mut data = self.width.to_be_bytes().to_vec();
        data.extend(self.height.to_be_bytes());
        data.extend([self.bits, color, 0, 0, u8::from(self.interlaced)]);
        data
    }
}
