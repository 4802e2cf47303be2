//! Pictures whose samples are indices: palettes, and gray of fewer than 8 bits, which is drawn in its own depth. A few
//! grays cannot be blended with the picture, so the plate is opaque here.

use biaoshi_container::Message;
use biaoshi_container::Patch;
use biaoshi_container::png::{Chunk, encode};
use biaoshi_explicit::image::{Layout, Stamp};

use super::PALETTE_EXTENDED;
use super::header::{Color, Header};

/// Grays that are added to a palette, as far as there is room.
const STEPS: [u8; 8] = [0, 255, 128, 192, 64, 224, 160, 32];

/// Most difference between red, green and blue of a color that passes for gray.
const TINT: u8 = 24;

/// BT.601 luma.
fn luma(color: [u8; 3]) -> u8 {
    let [r, g, b] = color.map(u32::from);
    ((r * 77 + g * 150 + b * 29 + 128) >> 8) as u8
}

/// Colors of the indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Palette {
    /// Red, green, blue, alpha.
    colors: Vec<[u8; 4]>,
}

/// A palette with the grays that the label needs.
#[derive(Debug)]
pub(super) struct Ramp {
    palette: Palette,
    /// For each gray the nearest one in the palette: gray and index.
    nearest: Vec<(u8, u8)>,
}

impl Palette {
    /// The palette of a picture with indices; `None` for other pictures.
    pub(super) fn of(header: &Header) -> Option<Self> {
        match (header.color, header.bits) {
            (Color::Palette, _) => {
                let alpha = |n: usize| header.transparency.get(n).copied().unwrap_or(255);
                let colors = header.palette.iter().enumerate().map(|(n, [r, g, b])| [*r, *g, *b, alpha(n)]);
                Some(Self { colors: colors.collect() })
            }
            (Color::Gray, bits @ (1 | 2 | 4)) => {
                let most = (1u16 << bits) - 1;
                let key = header.transparency.first_chunk().copied().map(u16::from_be_bytes);
                let color = |n: u16| {
                    let gray = (n * 255 / most) as u8;
                    [gray, gray, gray, if key == Some(n) { 0 } else { 255 }]
                };
                Some(Self { colors: (0..=most).map(color).collect() })
            }
            _ => None,
        }
    }

    /// Number of entries.
    pub(super) fn len(&self) -> usize {
        self.colors.len()
    }

    pub(super) fn color(&self, index: u8) -> [u8; 4] {
        self.colors.get(usize::from(index)).copied().unwrap_or([0, 0, 0, 255])
    }

    /// An index of a wholly transparent color.
    pub(super) fn hole(&self) -> Option<u8> {
        (0..=u8::MAX).zip(&self.colors).find(|(_, c)| c[3] == 0).map(|(n, _)| n)
    }

    /// Whether any color lets the ground shine through.
    pub(super) fn transparent(&self) -> bool {
        self.colors.iter().any(|c| c[3] < 255)
    }

    /// Luma of a pixel in rows of packed indices.
    pub(super) fn luma(&self, header: &Header, rows: &[u8], x: u32, y: u32) -> u8 {
        let [r, g, b, _] = self.color(get(header, rows, x, y));
        luma([r, g, b])
    }

    /// Adds grays up to `room` entries in all; `None` where black or white have no place.
    pub(super) fn with_ramp(&self, room: usize) -> Option<Ramp> {
        let mut palette = self.clone();
        for gray in STEPS {
            let color = [gray, gray, gray, 255];
            if !palette.colors.contains(&color) && palette.colors.len() < room {
                palette.colors.push(color);
            }
        }
        let gray = |[r, g, b, alpha]: &[u8; 4]| {
            let tint = *[r, g, b].into_iter().max()? - *[r, g, b].into_iter().min()?;
            (tint <= TINT && *alpha == 255).then_some(luma([*r, *g, *b]))
        };
        let grays: Vec<(u8, u8)> =
            (0..=u8::MAX).zip(&palette.colors).filter_map(|(n, c)| Some((gray(c)?, n))).collect();
        // Near black and near white of a full palette do as well: 9:1 at worst.
        let has = |f: fn(u8) -> bool| grays.iter().any(|(gray, _)| f(*gray));
        if !has(|g| g <= 40) || !has(|g| g >= 225) {
            return None;
        }
        let nearest = |gray: u8| grays.iter().copied().min_by_key(|(g, _)| g.abs_diff(gray)).unwrap_or_default();
        Some(Ramp { nearest: (0..=u8::MAX).map(nearest).collect(), palette })
    }
}

impl Ramp {
    /// What changed against the palette before.
    pub(super) fn note(&self, before: Option<&Palette>) -> Option<Message> {
        let entries = self.palette.colors.len() - before.map_or(0, |p| p.colors.len());
        (entries > 0).then_some(PALETTE_EXTENDED.with([entries.into()]))
    }

    /// Replaces PLTE where entries were added; tRNS may stay, since entries without alpha are opaque.
    pub(super) fn write(&self, before: Option<&Palette>, plte: Chunk, patch: &mut Patch) {
        if before != Some(&self.palette) {
            patch.replace(plte.range(), encode(*b"PLTE", &self.entries()));
        }
    }

    /// Data of PLTE.
    pub(super) fn entries(&self) -> Vec<u8> {
        self.palette.colors.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect()
    }

    fn nearest(&self, gray: u8) -> (u8, u8) {
        self.nearest.get(usize::from(gray)).copied().unwrap_or_default()
    }

    /// The label as it looks in these colors.
    pub(super) fn hard(&self, stamp: &Stamp) -> Stamp {
        stamp.hard(|gray| self.nearest(gray).0)
    }

    /// Draws on rows of packed indices; transparent pixels stay where `shown` is true of their number in the place.
    pub(super) fn draw(&self, header: &Header, rows: &mut [u8], stamp: &Stamp, shown: impl Fn(usize) -> bool) {
        let (place, hard) = (stamp.place(), self.hard(stamp));
        for row in 0..place.height {
            for (column, (_, light)) in (0..).zip(hard.row(row)).filter(|(_, (alpha, _))| *alpha > 0) {
                let hole = || self.palette.color(get(header, rows, place.x + column, place.y + row))[3] == 0;
                if shown((row * place.width + column) as usize) && hole() {
                    continue;
                }
                set(header, rows, place.x + column, place.y + row, self.nearest(light).1);
            }
        }
    }
}

/// Byte, shift and mask of an index in packed rows (leftmost pixel in the high bits, clause 7.2).
fn locate(header: &Header, x: u32, y: u32) -> (usize, u32, u8) {
    let bits = u32::from(header.bits.min(8));
    let bit = u64::from(x) * u64::from(bits);
    let byte = y as usize * header.line() + (bit / 8) as usize;
    (byte, 8 - bits - (bit % 8) as u32, (header.depth() - 1) as u8)
}

pub(super) fn get(header: &Header, rows: &[u8], x: u32, y: u32) -> u8 {
    let (byte, shift, mask) = locate(header, x, y);
    rows.get(byte).map_or(0, |b| (b >> shift) & mask)
}

pub(super) fn set(header: &Header, rows: &mut [u8], x: u32, y: u32, index: u8) {
    let (byte, shift, mask) = locate(header, x, y);
    if let Some(b) = rows.get_mut(byte) {
        *b = *b & !(mask << shift) | (index & mask) << shift;
    }
}

/// Calls `change` for every pixel that the stamp touches, with its number in the place.
pub(super) fn each_pixel(layout: &Layout, rows: &mut [u8], stamp: &Stamp, mut change: impl FnMut(usize, &mut [u8])) {
    let (place, size) = (stamp.place(), layout.pixel());
    for row in 0..place.height {
        let start = ((place.y + row) as usize * layout.width as usize + place.x as usize) * size;
        let Some(line) = rows.get_mut(start..start + place.width as usize * size) else { continue };
        let pixels = ((row * place.width) as usize..).zip(line.chunks_exact_mut(size)).zip(stamp.row(row));
        pixels.filter(|(_, (alpha, _))| *alpha > 0).for_each(|((n, pixel), _)| change(n, pixel));
    }
}
