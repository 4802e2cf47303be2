//! Pictures that are coded anew: interlaced ones, and palettes that have no room for black and white.

use std::io::Cursor;

use biaoshi_container::png::encode;
use biaoshi_container::{Error, Limits, Patch, Source, SourceExt};
use biaoshi_explicit::image::Stamp;

use super::header::{Color, Header};
use super::indexed::{Palette, Ramp, get, set};
use super::{NAME, draw_on, filter, idat, seen};
use crate::codec::{Found, Note, Result, look};

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
    let bytes = source.bytes(NAME, 0..source.len(), limits.decoded, "the file")?;
    let broken = |e: png::DecodingError| Error::invalid(NAME, 0, e.to_string());
    let bound = usize::try_from(limits.decoded).unwrap_or(usize::MAX);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes.as_slice()), png::Limits { bytes: bound });
    decoder.set_transformations(png::Transformations::IDENTITY);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(broken)?;
    let header = Header { interlaced: false, ..before.clone() };
    let size = header.line() * header.height as usize;
    if reader.output_buffer_size() != Some(size) {
        return Err(Error::invalid(NAME, 0, "IHDR and the decoder disagree").into());
    }
    let mut rows = vec![0; size];
    reader.next_frame(&mut rows).map_err(broken)?;
    let palette = Palette::of(&header);
    Ok(Picture { before, header, rows, palette, ramp: None })
}

impl Picture {
    pub(super) fn look(&self, words: &str) -> Option<Found> {
        look(&self.header.canvas(), words, |stamp| seen(&self.header, &self.rows, stamp, self.palette.as_ref()))
    }

    /// Draws the label, in more bits or in RGB where the palette demands it.
    pub(super) fn draw(&mut self, stamp: &Stamp) -> Result<Vec<Note>> {
        let mut notes = Vec::new();
        if self.before.interlaced {
            notes.push(Note::Deinterlaced);
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
                    notes.push(Note::PaletteExpanded);
                }
            }
        }
        draw_on(&self.header, &mut self.rows, stamp, self.ramp.as_ref())?;
        Ok(notes)
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

    /// The patch: IHDR, PLTE, tRNS and IDAT as they are now.
    pub(super) fn write(&self, patch: &mut Patch) {
        patch.replace(self.before.ihdr.range(), encode(*b"IHDR", &self.header.to_ihdr()));
        if let (Some(plte), Some(ramp)) = (self.before.plte, &self.ramp) {
            ramp.write(self.palette.as_ref(), plte, patch);
        }
        if self.before.color == Color::Palette && self.header.color != Color::Palette {
            // PLTE may stay as a suggestion (11.2.2), but tRNS and hIST would be of other pixels.
            for chunk in [self.before.plte, self.before.trns].into_iter().flatten() {
                patch.remove(chunk.range());
            }
        }
        // Indices are few bytes, and gain by the highest level.
        let level = if self.ramp.is_some() { 9 } else { idat::LEVEL };
        let mut coded = Some(encode(*b"IDAT", &idat::compress(&self.lines(), level).unwrap_or_default()));
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
