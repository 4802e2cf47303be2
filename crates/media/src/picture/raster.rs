//! Interleaved samples, as lossless pictures have them.

use biaoshi_explicit::image::{Channels, Depth, Layout};
use biaoshi_watermark::image::Plane;

/// Samples of 8 or 16 bits in memory.
pub(super) struct Raster {
    pub(super) layout: Layout,
    /// Rows from the top, without padding.
    pub(super) samples: Vec<u8>,
}

impl Raster {
    /// Bytes of one sample.
    fn bytes(&self) -> usize {
        if self.layout.depth == Depth::Sixteen { 2 } else { 1 }
    }

    pub(super) fn has_alpha(&self) -> bool {
        matches!(self.layout.channels, Channels::GrayAlpha | Channels::Rgba)
    }

    /// Lightness of every pixel, 0 to 255 (BT.601 luma of the stored values).
    pub(super) fn lightness(&self) -> Plane {
        let (width, height) = (self.layout.width as usize, self.layout.height as usize);
        let mut data = Vec::with_capacity(width * height);
        luma(&self.layout, &self.samples, &mut data);
        data.resize(width * height, 0.0);
        Plane { width, height, data }
    }

    /// Adds to the lightness of every row what `row` gives for it, by the same step in all colors, which leaves the hue
    /// alone. Transparent pixels stay.
    pub(super) fn add(&mut self, row: &mut dyn FnMut(usize, &mut Vec<f32>)) {
        let (bytes, pixel, alpha) = (self.bytes(), self.layout.pixel(), self.has_alpha());
        let mut delta = Vec::new();
        let line = self.layout.width as usize * pixel;
        for (y, line) in self.samples.chunks_exact_mut(line.max(1)).enumerate() {
            row(y, &mut delta);
            for (pixel, d) in line.chunks_exact_mut(pixel).zip(&delta) {
                let colors = if alpha { pixel.len() - bytes } else { pixel.len() };
                let (colors, opacity) = pixel.split_at_mut(colors);
                if alpha && opacity.iter().all(|&b| b == 0) {
                    continue;
                }
                for sample in colors.chunks_exact_mut(bytes) {
                    match sample {
                        [v] => *v = (f32::from(*v) + d).round().clamp(0.0, 255.0) as u8,
                        [high, low] => {
                            let v = f32::from(u16::from_be_bytes([*high, *low])) + d * 257.0;
                            [*high, *low] = (v.round().clamp(0.0, 65_535.0) as u16).to_be_bytes();
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// Appends the lightness of whole pixels.
pub(super) fn luma(layout: &Layout, samples: &[u8], out: &mut Vec<f32>) {
    let color = |r: f32, g: f32, b: f32| 0.299 * r + 0.587 * g + 0.114 * b;
    let byte = |v: u8| f32::from(v);
    let word = |high: u8, low: u8| f32::from(u16::from_be_bytes([high, low])) / 257.0;
    match (layout.channels, layout.depth) {
        (Channels::Gray, Depth::Eight) => out.extend(samples.iter().map(|&v| byte(v))),
        (Channels::GrayAlpha, Depth::Eight) => out.extend(samples.as_chunks().0.iter().map(|&[v, _]| byte(v))),
        (Channels::Rgb, Depth::Eight) => {
            out.extend(samples.as_chunks().0.iter().map(|&[r, g, b]| color(byte(r), byte(g), byte(b))));
        }
        (Channels::Rgba, Depth::Eight) => {
            out.extend(samples.as_chunks().0.iter().map(|&[r, g, b, _]| color(byte(r), byte(g), byte(b))));
        }
        (Channels::Gray, Depth::Sixteen) => out.extend(samples.as_chunks().0.iter().map(|&[h, l]| word(h, l))),
        (Channels::GrayAlpha, Depth::Sixteen) => {
            out.extend(samples.as_chunks().0.iter().map(|&[h, l, _, _]| word(h, l)));
        }
        (Channels::Rgb, Depth::Sixteen) => {
            let pixels = samples.as_chunks().0.iter();
            out.extend(pixels.map(|&[a, b, c, d, e, f]| color(word(a, b), word(c, d), word(e, f))));
        }
        (Channels::Rgba, Depth::Sixteen) => {
            let pixels = samples.as_chunks().0.iter();
            out.extend(pixels.map(|&[a, b, c, d, e, f, _, _]| color(word(a, b), word(c, d), word(e, f))));
        }
    }
}
