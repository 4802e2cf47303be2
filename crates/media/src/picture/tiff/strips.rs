//! Strips and tiles: compression, prediction, byte order.

use std::io::{Read, Write};

use biaoshi_container::{Error, Limits, Result, Source, phrase};
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use weezl::{BitOrder, LzwStatus};

use super::NAME;
use super::layout::{Compression, Layout};
use crate::picture::coded;
use crate::work;

/// Bytes that LZW gives at a time.
const STEP: usize = 64 << 10;

/// The samples of the picture: interleaved, rows from the top, the higher byte first, 0 black.
pub(super) fn decode(source: &dyn Source, layout: &Layout, limits: &Limits) -> Result<Vec<u8>> {
    // Padding is decoded too.
    let steps = (0..layout.places.len()).map(|n| Part::new(layout, n).size() as u64).sum();
    work::check(NAME, source, steps, limits)?;
    let mut out = Vec::new();
    let size = layout.image.pixel() * layout.image.width as usize * layout.image.height as usize;
    for (n, place) in layout.places.iter().enumerate() {
        let data = coded(NAME, source, place.clone(), limits)?;
        let part = Part::new(layout, n);
        let broken =
            || Error::invalid(NAME, place.start, phrase!("the strip is damaged or too short", "条带有误或过短"));
        let mut samples = inflate(&data, layout.compression, part.size()).ok_or_else(broken)?;
        swap(layout, &mut samples);
        if layout.predictor {
            part.lines(&mut samples).for_each(|line| part.sum(line));
        }
        // Only what is really there takes up memory.
        if out.is_empty() {
            out.resize(size, 0);
        }
        part.put(&samples, &mut out);
    }
    if layout.inverted {
        out.iter_mut().for_each(|b| *b = !*b);
    }
    Ok(out)
}

/// A strip or tile of these samples, coded.
pub(super) fn encode(layout: &Layout, chunk: usize, picture: &[u8]) -> Option<Vec<u8>> {
    let part = Part::new(layout, chunk);
    let mut samples = part.take(picture);
    if layout.inverted {
        samples.iter_mut().for_each(|b| *b = !*b);
    }
    if layout.predictor {
        part.lines(&mut samples).for_each(|line| part.differ(line));
    }
    swap(layout, &mut samples);
    deflate(&samples, layout.compression)
}

/// Between the file's byte order and the higher byte first.
fn swap(layout: &Layout, samples: &mut [u8]) {
    if layout.bytes() == 2 && !layout.form.big_endian {
        samples.as_chunks_mut::<2>().0.iter_mut().for_each(|pair| pair.reverse());
    }
}

/// Exactly `size` bytes; `None` where there are fewer.
fn inflate(data: &[u8], compression: Compression, size: usize) -> Option<Vec<u8>> {
    match compression {
        Compression::None => data.get(..size).map(<[u8]>::to_vec),
        Compression::Deflate => {
            let mut out = Vec::new();
            ZlibDecoder::new(data).take(size as u64).read_to_end(&mut out).ok()?;
            (out.len() == size).then_some(out)
        }
        Compression::Lzw => {
            let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8);
            let (mut out, mut rest) = (Vec::new(), data);
            while out.len() < size {
                let start = out.len();
                out.resize(start + STEP.min(size - start), 0);
                let result = decoder.decode_bytes(rest, out.get_mut(start..)?);
                out.truncate(start + result.consumed_out);
                rest = rest.get(result.consumed_in..)?;
                match result.status.ok()? {
                    LzwStatus::Ok if result.consumed_out > 0 || result.consumed_in > 0 => {}
                    LzwStatus::Done if out.len() == size => break,
                    _ => return None,
                }
            }
            Some(out)
        }
    }
}

fn deflate(samples: &[u8], compression: Compression) -> Option<Vec<u8>> {
    match compression {
        Compression::None => Some(samples.to_vec()),
        Compression::Deflate => {
            let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(samples).ok()?;
            encoder.finish().ok()
        }
        Compression::Lzw => weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(samples).ok(),
    }
}

/// Where the samples of a strip or tile go.
struct Part<'a> {
    layout: &'a Layout,
    /// First column and row, and how many of each lie in the picture.
    x: usize,
    y: usize,
    columns: usize,
    rows: usize,
    /// First byte of a pixel, and how many.
    first: usize,
    pixel: usize,
    /// Bytes of a row, and rows, padding included.
    line: usize,
    height: usize,
}

impl<'a> Part<'a> {
    fn new(layout: &'a Layout, chunk: usize) -> Self {
        let (plane, x, y) = layout.position(chunk);
        let (width, height) = (layout.chunk.0 as usize, layout.chunk.1 as usize);
        let columns = width.min((layout.image.width as usize).saturating_sub(x));
        let rows = height.min((layout.image.height as usize).saturating_sub(y));
        let pixel = if layout.planar { layout.bytes() } else { layout.image.pixel() };
        let first = if layout.planar { plane * layout.bytes() } else { 0 };
        let height = if layout.tiled { height } else { rows };
        Self { layout, x, y, columns, rows, first, pixel, line: width * pixel, height }
    }

    fn size(&self) -> usize {
        self.line * self.height
    }

    fn lines<'b>(&self, samples: &'b mut [u8]) -> impl Iterator<Item = &'b mut [u8]> + use<'b> {
        samples.chunks_exact_mut(self.line.max(1))
    }

    /// Undoes differences.
    fn sum(&self, line: &mut [u8]) {
        for n in self.pixel..line.len() {
            self.predict(line, n, |value, left| value.wrapping_add(left));
        }
    }

    /// Makes differences.
    fn differ(&self, line: &mut [u8]) {
        for n in (self.pixel..line.len()).rev() {
            self.predict(line, n, |value, left| value.wrapping_sub(left));
        }
    }

    /// Changes the sample that begins at byte `n` by its left neighbour; nothing where none begins.
    fn predict(&self, line: &mut [u8], n: usize, change: impl Fn(u16, u16) -> u16) {
        let word = |line: &[u8], n: usize| match line.get(n..n + 2) {
            Some([high, low]) => u16::from_be_bytes([*high, *low]),
            _ => 0,
        };
        if self.layout.bytes() == 1 {
            let left = line.get(n - self.pixel).copied().unwrap_or(0);
            if let Some(value) = line.get_mut(n) {
                // The low byte of a wrapped sum does not know of the high one.
                *value = change((*value).into(), left.into()) as u8;
            }
        } else if n.is_multiple_of(2) {
            let value = change(word(line, n), word(line, n - self.pixel));
            if let Some(target) = line.get_mut(n..n + 2) {
                target.copy_from_slice(&value.to_be_bytes());
            }
        }
    }

    /// Bytes of the picture at which the rows begin.
    fn starts(&self) -> impl Iterator<Item = usize> + use<> {
        let pixel = self.layout.image.pixel();
        let line = self.layout.image.width as usize * pixel;
        let (y, start) = (self.y, self.x * pixel + self.first);
        (0..self.rows).map(move |row| (y + row) * line + start)
    }

    /// Puts samples into the picture.
    fn put(&self, samples: &[u8], picture: &mut [u8]) {
        let whole = self.layout.image.pixel();
        for (start, line) in self.starts().zip(samples.chunks_exact(self.line.max(1))) {
            let pixels = picture.get_mut(start..).unwrap_or_default().chunks_mut(whole).take(self.columns);
            for (to, from) in pixels.zip(line.chunks_exact(self.pixel)) {
                if let Some(to) = to.get_mut(..self.pixel) {
                    to.copy_from_slice(from);
                }
            }
        }
    }

    /// Takes samples out of the picture. Padding repeats the edge, which costs fewest bytes.
    fn take(&self, picture: &[u8]) -> Vec<u8> {
        let whole = self.layout.image.pixel();
        let mut out = Vec::with_capacity(self.size());
        for start in self.starts() {
            let from = out.len();
            let pixels = picture.get(start..).unwrap_or_default().chunks(whole).take(self.columns);
            pixels.for_each(|p| out.extend_from_slice(p.get(..self.pixel).unwrap_or_default()));
            let edge = out.get(out.len().saturating_sub(self.pixel)..).unwrap_or_default().to_vec();
            while out.len() < from + self.line && !edge.is_empty() {
                out.extend_from_slice(&edge);
            }
        }
        let last = out.get(out.len().saturating_sub(self.line)..).unwrap_or_default().to_vec();
        while out.len() < self.size() && !last.is_empty() {
            out.extend_from_slice(&last);
        }
        out
    }
}
