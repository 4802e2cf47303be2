//! Drawing on interleaved samples.

use super::Stamp;
use crate::Error;

/// What one pixel is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// Gray.
    Gray,
    /// Gray and alpha.
    GrayAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
}

/// What one sample is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// One byte.
    Eight,
    /// Two bytes, the higher first, as PNG and network byte order have it.
    Sixteen,
}

/// How a picture's pixels lie in memory: interleaved, row after row, no padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// What one pixel is made of.
    pub channels: Channels,
    /// What one sample is made of.
    pub depth: Depth,
}

impl Channels {
    /// Color samples, without alpha.
    fn colors(self) -> usize {
        if matches!(self, Self::Gray | Self::GrayAlpha) { 1 } else { 3 }
    }

    fn alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }
}

impl Layout {
    /// Bytes of one pixel.
    pub fn pixel(&self) -> usize {
        let bytes = if self.depth == Depth::Eight { 1 } else { 2 };
        (self.channels.colors() + usize::from(self.channels.alpha())) * bytes
    }

    /// Byte offset of a pixel, if it lies inside.
    fn offset(&self, x: u32, y: u32) -> Option<usize> {
        let index = (y as usize).checked_mul(self.width as usize)?.checked_add(x as usize)?;
        (x < self.width && y < self.height).then_some(index.checked_mul(self.pixel())?)
    }

    /// Whether a picture of this layout has `len` bytes and holds the stamp.
    pub(super) fn holds(&self, len: usize, stamp: &Stamp) -> bool {
        let place = stamp.place();
        let whole = (self.width as usize).checked_mul(self.height as usize).and_then(|n| n.checked_mul(self.pixel()));
        whole == Some(len) && place.x + place.width <= self.width && place.y + place.height <= self.height
    }

    /// What one pixel looks like, as 8-bit luma (BT.601 weights); alpha is not looked at. 0 outside of the picture.
    pub fn luma(&self, data: &[u8], x: u32, y: u32) -> u8 {
        let pixel = self.offset(x, y).and_then(|at| data.get(at..at + self.pixel())).unwrap_or_default();
        let step = if self.depth == Depth::Eight { 1 } else { 2 };
        let color = |n: usize| u32::from(pixel.get(n * step).copied().unwrap_or(0));
        match self.channels.colors() {
            1 => color(0) as u8,
            _ => ((color(0) * 77 + color(1) * 150 + color(2) * 29 + 128) >> 8) as u8,
        }
    }
}

/// Draws a label over the picture (Porter-Duff over), in the picture's own depth. Where the picture is transparent the
/// label is opaque, with a black ground under it. Samples outside [`Stamp::place`] are not touched.
///
/// # Errors
/// [`Error::Pixels`] when `data` has another length than the layout says, or the stamp is for a larger picture.
pub fn draw(layout: &Layout, data: &mut [u8], stamp: &Stamp) -> Result<(), Error> {
    draw_over(layout, data, stamp, &[])
}

/// As [`draw`], on a picture that is itself laid over another. `shown` has one value for each pixel of the place, row
/// by row; where it is true the picture below shows the label already, so that only colors change and alpha stays:
/// then both together look as if the label were over both. Missing values count as false.
///
/// # Errors
/// As [`draw`].
pub fn draw_over(layout: &Layout, data: &mut [u8], stamp: &Stamp, shown: &[bool]) -> Result<(), Error> {
    if !layout.holds(data.len(), stamp) {
        return Err(Error::Pixels);
    }
    let place = stamp.place();
    let size = layout.pixel();
    let mut shown = shown.iter().copied().chain(std::iter::repeat(false));
    for row in 0..place.height {
        let Some(start) = layout.offset(place.x, place.y + row) else { continue };
        let Some(line) = data.get_mut(start..start + place.width as usize * size) else { continue };
        // The pixel comes first: `zip` must not take a value of `shown` for a pixel that is not there.
        for ((pixel, (alpha, light)), shown) in line.chunks_exact_mut(size).zip(stamp.row(row)).zip(shown.by_ref()) {
            if alpha > 0 {
                over(pixel, layout, (alpha.into(), light.into()), shown);
            }
        }
    }
    Ok(())
}

/// One pixel; alpha and light are 0-255. With `shown` its alpha stays.
fn over(pixel: &mut [u8], layout: &Layout, (alpha, light): (u64, u64), shown: bool) {
    let step = if layout.depth == Depth::Eight { 1 } else { 2 };
    let max: u64 = if step == 1 { 255 } else { 65_535 };
    let opacity = match layout.channels.alpha() {
        true => read(pixel.get(layout.channels.colors() * step..)),
        false => max,
    };
    let samples = pixel.chunks_exact_mut(step);
    if opacity == max || shown {
        for sample in samples.take(layout.channels.colors()) {
            let value = (read(Some(sample)) * (255 - alpha) + light * max + 127) / 255;
            write(sample, value);
        }
        return;
    }
    // The ground under the plate is black and as opaque as the plate is complete: 153 is its alpha.
    let ground = (alpha * 255 / 153).min(255);
    let under = opacity * 255 + ground * (max - opacity);
    let total = (under * (255 - alpha) / 255 + alpha * max + 127) / 255;
    for (n, sample) in samples.enumerate() {
        let value = if n == layout.channels.colors() {
            total
        } else {
            let premultiplied = read(Some(sample)) * opacity / max * (255 - alpha) + light * max;
            (premultiplied * max / total.max(1) + 127) / 255
        };
        write(sample, value.min(max));
    }
}

fn read(sample: Option<&[u8]>) -> u64 {
    match sample {
        Some([high, low]) => u64::from(*high) << 8 | u64::from(*low),
        Some([value]) => u64::from(*value),
        _ => 0,
    }
}

fn write(sample: &mut [u8], value: u64) {
    match sample {
        [high, low] => [*high, *low] = [(value >> 8) as u8, value as u8],
        [byte] => *byte = value as u8,
        _ => {}
    }
}
