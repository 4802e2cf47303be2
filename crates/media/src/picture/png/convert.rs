//! Pictures that are coded anew: interlaced ones, palettes that have no room for black and white, and frames of
//! animations.

use std::io::Cursor;

use biaoshi_container::png::{self as grammar, encode};
use biaoshi_container::{Error, Limits, Message, Patch, Source, SourceExt, phrase};
use biaoshi_explicit::image::{Rect, Stamp};

use super::header::{Color, Header, Part};
use super::indexed::{Palette, Ramp, get, set};
use super::whole::damage;
use super::{DEINTERLACED, NAME, PALETTE_EXPANDED, draw_on, filter, idat, luma, seen};
use crate::picture::animation::Pixel;
use crate::picture::{coded, look};
use crate::{Found, Result};

/// A decoded picture.
pub(super) struct Picture {
    before: Header,
    /// What is written: not interlaced, and perhaps with other samples.
    header: Header,
    rows: Vec<u8>,
    palette: Option<Palette>,
    ramp: Option<Ramp>,
}

/// Decodes the whole picture, as it is stored but for the interlacing.
pub(super) fn decode(source: &dyn Source, before: Header, limits: &Limits) -> Result<Picture> {
    let bytes = coded(NAME, source, 0..source.len(), limits)?;
    decode_file(&bytes, before, limits)
}

/// Decodes a frame, as a file of its own.
pub(super) fn decode_part(source: &dyn Source, header: &Header, part: &Part, limits: &Limits) -> Result<Picture> {
    let before = header.of_part(part);
    let file = alone(source, &before, &[], limits)?;
    decode_file(&file, before, limits)
}

/// A picture in a file of its own, with `extra` chunks in front of its data.
pub(super) fn alone(source: &dyn Source, header: &Header, extra: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    for chunk in &header.idat {
        // The number in front of the data of fdAT.
        let skip = if chunk.kind == *b"IDAT" { 0 } else { 4 };
        let left = limits.decoded.saturating_sub(data.len() as u64);
        data.extend(source.bytes(
            NAME,
            chunk.data().start + skip..chunk.data().end,
            left,
            phrase!("a compressed frame", "压缩的帧"),
        )?);
    }
    let mut file = grammar::SIGNATURE.to_vec();
    file.extend(encode(*b"IHDR", &header.to_ihdr()));
    if header.color == Color::Palette {
        file.extend(encode(*b"PLTE", header.palette.as_flattened()));
    }
    file.extend_from_slice(extra);
    file.extend(encode(*b"IDAT", &data));
    file.extend(encode(*b"IEND", &[]));
    Ok(file)
}

fn decode_file(bytes: &[u8], before: Header, limits: &Limits) -> Result<Picture> {
    let place = before.idat.first().map_or(0, |c| c.start);
    let broken = |e: png::DecodingError| damage(place, &e);
    let bound = usize::try_from(limits.decoded).unwrap_or(usize::MAX);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: bound });
    decoder.set_transformations(png::Transformations::IDENTITY);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(broken)?;
    let header = Header { interlaced: false, ..before.clone() };
    let size = header.line() * header.height as usize;
    if reader.output_buffer_size() != Some(size) {
        return Err(
            Error::invalid(NAME, 0, phrase!("IHDR and the decoder disagree", "IHDR 与解码器的结果不一致")).into()
        );
    }
    let mut rows = vec![0; size];
    reader.next_frame(&mut rows).map_err(broken)?;
    let palette = Palette::of(&header);
    Ok(Picture { before, header, rows, palette, ramp: None })
}

impl Picture {
    pub(super) fn look(&self, words: &str) -> Option<Found> {
        let palette = self.palette.as_ref();
        let luma = |x, y| luma(&self.header, &self.rows, palette, x, y);
        look(&self.header.canvas(), words, luma, |stamp| seen(&self.header, &self.rows, stamp, palette))
    }

    /// Makes room for the label's colors: more bits, or RGB, where the palette demands it.
    pub(super) fn prepare(&mut self) -> Vec<Message> {
        let mut notes = Vec::new();
        if self.before.interlaced {
            notes.push(DEINTERLACED.message());
        }
        if let Some(palette) = self.palette.clone() {
            self.ramp = palette.with_ramp(self.header.depth());
            if self.ramp.is_none() && self.header.bits < 8 {
                // The least depth with room for black and white.
                let bits = if palette.len() + 2 <= 16 { 4 } else { 8 };
                self.widen(bits);
                self.ramp = palette.with_ramp(self.header.depth());
            }
            match &self.ramp {
                Some(ramp) => notes.extend(ramp.note(Some(&palette))),
                None => {
                    self.expand(&palette);
                    notes.push(PALETTE_EXPANDED.message());
                }
            }
        }
        notes
    }

    /// Draws the label.
    pub(super) fn draw(&mut self, stamp: &Stamp, shown: &[bool]) -> Result<()> {
        draw_on(&self.header, &mut self.rows, stamp, self.ramp.as_ref(), shown)
    }

    /// Puts the picture into a larger rectangle, transparent around; `None` where nothing is transparent in its samples.
    pub(super) fn widen_to(&mut self, own: Rect, rect: Rect) -> Option<()> {
        let old = Header { parts: Vec::new(), ..self.header.clone() };
        let new = Header { width: rect.width, height: rect.height, ..old.clone() };
        let (line, pixel) = (new.line(), new.pixel());
        let palette = Palette::of(&old);
        let hole = match (&palette, old.color) {
            (Some(palette), _) => vec![palette.hole()?],
            (None, Color::GrayAlpha | Color::Rgba) => vec![0; pixel],
            (None, _) => old.color_key()?,
        };
        let mut rows = hole.repeat(if palette.is_some() { 0 } else { new.width as usize * new.height as usize });
        rows.resize(line * new.height as usize, 0);
        let (left, top) = (own.x - rect.x, own.y - rect.y);
        if palette.is_some() {
            let index = hole.first().copied()?;
            (0..new.height).for_each(|y| (0..new.width).for_each(|x| set(&new, &mut rows, x, y, index)));
            for y in 0..old.height {
                for x in 0..old.width {
                    set(&new, &mut rows, x + left, y + top, get(&old, &self.rows, x, y));
                }
            }
        } else {
            for (y, source) in (top as usize..).zip(self.rows.chunks_exact(old.line().max(1))) {
                let start = y * line + left as usize * pixel;
                rows.get_mut(start..start + source.len())?.copy_from_slice(source);
            }
        }
        (self.header, self.rows) = (new, rows);
        Some(())
    }

    /// What the pixels look like, in eight bits.
    pub(super) fn rgba(&self) -> Vec<Pixel> {
        let header = &self.header;
        if let Some(palette) = &self.palette {
            let cells = (0..header.height).flat_map(|y| (0..header.width).map(move |x| (x, y)));
            return cells.map(|(x, y)| palette.color(get(header, &self.rows, x, y))).collect();
        }
        let step = usize::from(header.bits / 8).max(1);
        let key = header.color_key();
        let one = |pixel: &[u8]| -> Pixel {
            let sample = |n: usize| pixel.get(n * step).copied().unwrap_or(0);
            let alpha = if key.as_deref() == Some(pixel) { 0 } else { 255 };
            match header.color {
                Color::Gray | Color::Palette => [sample(0), sample(0), sample(0), alpha],
                Color::GrayAlpha => [sample(0), sample(0), sample(0), sample(1)],
                Color::Rgb => [sample(0), sample(1), sample(2), alpha],
                Color::Rgba => [sample(0), sample(1), sample(2), sample(3)],
            }
        };
        self.rows.chunks_exact(header.pixel()).map(one).collect()
    }

    /// Indices of more bits.
    fn widen(&mut self, bits: u8) {
        let old = self.header.clone();
        self.header.bits = bits;
        let mut rows = vec![0; self.header.line() * old.height as usize];
        for y in 0..old.height {
            for x in 0..old.width {
                set(&self.header, &mut rows, x, y, get(&old, &self.rows, x, y));
            }
        }
        self.rows = rows;
    }

    /// Red, green, blue, and alpha where the palette has any.
    fn expand(&mut self, palette: &Palette) {
        let count = if palette.transparent() { 4 } else { 3 };
        let colors = self.rows.iter().map(|index| palette.color(*index));
        self.rows = colors.flat_map(|c| c.into_iter().take(count)).collect();
        self.header.color = if count == 4 { Color::Rgba } else { Color::Rgb };
        self.header.bits = 8;
        // tRNS was of the palette.
        self.header.transparency.clear();
    }

    /// IHDR, PLTE and tRNS as they are now, which are of all frames.
    pub(super) fn write_header(&self, canvas: &Header, patch: &mut Patch) {
        let ihdr = Header { width: canvas.width, height: canvas.height, ..self.header.clone() }.to_ihdr();
        if ihdr != canvas.to_ihdr() {
            patch.replace(canvas.ihdr.range(), encode(*b"IHDR", &ihdr));
        }
        if let (Some(plte), Some(ramp)) = (self.before.plte, &self.ramp) {
            ramp.write(self.palette.as_ref(), plte, patch);
        }
        if self.before.color == Color::Palette && self.header.color != Color::Palette {
            // PLTE may stay as a suggestion (11.2.2), but tRNS and hIST would be of other pixels.
            for chunk in [self.before.plte, self.before.trns].into_iter().flatten() {
                patch.remove(chunk.range());
            }
        }
    }

    /// The picture as a zlib stream.
    pub(super) fn coded(&self) -> Vec<u8> {
        // Indices are few bytes, and gain by the highest level.
        let level = if self.ramp.is_some() { 9 } else { idat::LEVEL };
        idat::compress(&self.lines(), level).unwrap_or_default()
    }

    /// The data, in one IDAT.
    pub(super) fn write(&self, patch: &mut Patch) {
        let mut coded = Some(encode(*b"IDAT", &self.coded()));
        for chunk in &self.before.idat {
            patch.replace(chunk.range(), coded.take().unwrap_or_default());
        }
    }

    /// Filtered scanlines.
    fn lines(&self) -> Vec<u8> {
        let (line, pixel) = (self.header.line(), self.header.pixel());
        let mut raw = Vec::with_capacity(self.header.size());
        let mut above: &[u8] = &[];
        let mut target = vec![0; line];
        for row in self.rows.chunks_exact(line.max(1)) {
            let kind = match self.ramp {
                // Indices have no neighbours in value.
                Some(_) => {
                    target.copy_from_slice(row);
                    0
                }
                None => filter::choose(pixel, above, row, &mut target),
            };
            raw.push(kind);
            raw.extend_from_slice(&target);
            above = row;
        }
        raw
    }
}
