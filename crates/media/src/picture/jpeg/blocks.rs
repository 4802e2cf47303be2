//! Samples of a region of one component, out of its coefficients and back (T.81 Annex A.3).
#![allow(clippy::indexing_slicing, reason = "places in a block, 8 by 8, which no file says")]

use std::cell::RefCell;
use std::collections::HashMap;

use biaoshi_explicit::image::{Blend, Rect};
use libjpeg_turbo_rs::JpegCoefficients;

/// What the samples of a component mean, and so what the label does to them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ink {
    /// More is lighter: gray, Y, R, G, B, and Adobe's inverted K.
    Light,
    /// More is darker: K.
    Dark,
    /// Goes to one value wherever the label is: 128 for Cb and Cr; no ink for C, M and Y.
    Constant(u8),
}

impl Ink {
    const NEUTRAL: Self = Self::Constant(128);
    pub(super) const GRAY: [Self; 1] = [Self::Light];
    pub(super) const RGB: [Self; 3] = [Self::Light; 3];
    pub(super) const YCC: [Self; 3] = [Self::Light, Self::NEUTRAL, Self::NEUTRAL];
    /// Without Adobe's segment, 255 is full ink.
    pub(super) const CMYK: [Self; 4] = [Self::Constant(0), Self::Constant(0), Self::Constant(0), Self::Dark];
    /// With it, 0 is full ink.
    pub(super) const INVERTED_CMYK: [Self; 4] =
        [Self::Constant(255), Self::Constant(255), Self::Constant(255), Self::Light];
    /// Y, Cb and Cr are of the inks C, M, Y as red, green, blue: no ink is Y 0. K is inverted.
    pub(super) const YCCK: [Self; 4] = [Self::Constant(0), Self::NEUTRAL, Self::NEUTRAL, Self::Light];

    /// What is added to a sample under the label.
    fn added(self, alpha: f32, light: f32) -> f32 {
        match self {
            Self::Light => light,
            Self::Dark => alpha * 255.0 - light,
            Self::Constant(value) => alpha * f32::from(value),
        }
    }

    /// A sample as luma.
    pub(super) fn luma(self, sample: u8) -> u8 {
        if self == Self::Dark { 255 - sample } else { sample }
    }
}

/// Quantised coefficients of blocks, in zigzag order.
pub(super) trait Coefficients {
    /// Those of the block of a component at a column and row of blocks, where there is one.
    fn block(&self, component: usize, place: (usize, usize)) -> Option<&[i16; 64]>;
    /// The same, to be changed.
    fn block_mut(&mut self, component: usize, place: (usize, usize)) -> Option<&mut [i16; 64]>;
    /// The steps of a component's coefficients, row-major.
    fn steps(&self, component: usize) -> Option<&[u16; 64]>;
}

impl Coefficients for JpegCoefficients {
    fn block(&self, component: usize, (x, y): (usize, usize)) -> Option<&[i16; 64]> {
        let c = self.components.get(component)?;
        c.blocks.get(y * c.blocks_x + x).filter(|_| x < c.blocks_x)
    }

    fn block_mut(&mut self, component: usize, (x, y): (usize, usize)) -> Option<&mut [i16; 64]> {
        let c = self.components.get_mut(component)?;
        c.blocks.get_mut(y * c.blocks_x + x).filter(|_| x < c.blocks_x)
    }

    fn steps(&self, component: usize) -> Option<&[u16; 64]> {
        self.quant_tables.get(usize::from(self.components.get(component)?.quant_table_index))
    }
}

/// Whether the decoder's arrays are as large as they say, and tables are there for `count` components.
pub(super) fn sound(picture: &JpegCoefficients, count: usize) -> bool {
    picture.components.len() == count
        && picture.components.iter().all(|c| {
            Some(c.blocks.len()) == c.blocks_x.checked_mul(c.blocks_y)
                && picture.quant_tables.get(usize::from(c.quant_table_index)).is_some()
        })
}

/// Natural (row-major) position of each coefficient in zigzag order (T.81 figure A.6).
pub(super) const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// `cos(n pi / 16) / 2` for n = 0..=8; literals, so that every machine computes the same.
const COSINES: [f32; 9] =
    [0.5, 0.490_392_64, 0.461_939_77, 0.415_734_8, 0.353_553_38, 0.277_785_12, 0.191_341_71, 0.097_545_16, 0.0];

/// The orthonormal basis: `BASIS[u][x] = C(u) / 2 * cos((2x + 1) u pi / 16)`.
static BASIS: [[f32; 8]; 8] = basis();

const fn basis() -> [[f32; 8]; 8] {
    let mut table = [[COSINES[4]; 8]; 8];
    let mut u = 1;
    while u < 8 {
        let mut x = 0;
        while x < 8 {
            // Angle in steps of pi / 16, folded into the first quarter.
            let angle = ((2 * x + 1) * u) % 32;
            let angle = if angle > 16 { 32 - angle } else { angle };
            table[u][x] = if angle > 8 { -COSINES[16 - angle] } else { COSINES[angle] };
            x += 1;
        }
        u += 1;
    }
    table
}

/// One block as samples or coefficients, row-major.
pub(super) type Block = [[f32; 8]; 8];

fn transposed(block: &Block) -> Block {
    std::array::from_fn(|y| std::array::from_fn(|x| block[x][y]))
}

/// Every row times the basis.
fn rows_forward(block: &Block) -> Block {
    std::array::from_fn(|y| std::array::from_fn(|u| (0..8).map(|x| block[y][x] * BASIS[u][x]).sum()))
}

fn rows_inverse(block: &Block) -> Block {
    std::array::from_fn(|y| std::array::from_fn(|x| (0..8).map(|u| block[y][u] * BASIS[u][x]).sum()))
}

pub(super) fn forward(samples: &Block) -> Block {
    transposed(&rows_forward(&transposed(&rows_forward(samples))))
}

fn inverse(coefficients: &Block) -> Block {
    transposed(&rows_inverse(&transposed(&rows_inverse(coefficients))))
}

/// The blocks that cover a region of one component, as samples round 0-255 (not clamped).
pub(super) struct Plane {
    component: usize,
    /// First block column and row, and how many.
    first: (usize, usize),
    count: (usize, usize),
    blocks: Vec<Block>,
}

impl Plane {
    /// Decodes the blocks that cover `place`, as far as there are any.
    pub(super) fn decode(picture: &impl Coefficients, component: usize, place: Rect) -> Self {
        let first = (place.x as usize / 8, place.y as usize / 8);
        let last = ((place.x + place.width).div_ceil(8) as usize, (place.y + place.height).div_ceil(8) as usize);
        let count = (last.0 - first.0, last.1 - first.1);
        let at = |n: usize| (first.0 + n % count.0.max(1), first.1 + n / count.0.max(1));
        let blocks = (0..count.0 * count.1).map(|n| samples(picture, component, at(n))).collect();
        Self { component, first, count, blocks }
    }

    /// One sample of the component, 0-255; 0 outside of what was decoded.
    pub(super) fn sample(&self, x: u32, y: u32) -> u8 {
        let (bx, by) = (x as usize / 8, y as usize / 8);
        let index = || Some(by.checked_sub(self.first.1)? * self.count.0 + bx.checked_sub(self.first.0)?);
        let inside = bx < self.first.0 + self.count.0;
        let block = index().filter(|_| inside).and_then(|n| self.blocks.get(n));
        block.map_or(0, |b| to_byte(b[y as usize % 8][x as usize % 8]))
    }

    /// Blends the label in and puts the changed blocks back into `picture`.
    pub(super) fn blend(mut self, picture: &mut impl Coefficients, blend: &Blend, ink: Ink) {
        let place = blend.place;
        let mut touched = vec![false; self.blocks.len()];
        for (n, (alpha, light)) in blend.samples.iter().enumerate().filter(|(_, s)| s.0 > 0.0) {
            let x = place.x as usize + n % place.width as usize;
            let y = place.y as usize + n / place.width as usize;
            let index = (y / 8 - self.first.1) * self.count.0 + x / 8 - self.first.0;
            if let (Some(block), Some(flag)) = (self.blocks.get_mut(index), touched.get_mut(index)) {
                let sample = &mut block[y % 8][x % 8];
                *sample = sample.clamp(0.0, 255.0) * (1.0 - alpha) + ink.added(*alpha, *light);
                *flag = true;
            }
        }
        for (n, block) in self.blocks.iter().enumerate().filter(|(n, _)| touched.get(*n) == Some(&true)) {
            let at = (self.first.0 + n % self.count.0, self.first.1 + n / self.count.0);
            put(picture, self.component, at, block);
        }
    }
}

/// Dequantises one block and turns it into samples; mid-gray where there is none.
pub(super) fn samples(picture: &impl Coefficients, component: usize, place: (usize, usize)) -> Block {
    let mut block = [[0.0; 8]; 8];
    if let (Some(coefficients), Some(steps)) = (picture.block(component, place), picture.steps(component)) {
        for (value, natural) in coefficients.iter().zip(ZIGZAG) {
            block[natural / 8][natural % 8] = f32::from(*value) * f32::from(steps[natural]);
        }
    }
    inverse(&block).map(|row| row.map(|v| v + 128.0))
}

/// Quantises samples and stores them as the coefficients of one block.
fn put(picture: &mut impl Coefficients, component: usize, place: (usize, usize), samples: &Block) {
    let Some(steps) = picture.steps(component).copied() else { return };
    let Some(stored) = picture.block_mut(component, place) else { return };
    let values = forward(&samples.map(|row| row.map(|v| v - 128.0)));
    for (value, natural) in stored.iter_mut().zip(ZIGZAG) {
        // Baseline Huffman coding has 11 bits for DC and 10 for AC (T.81 tables F.1 and F.2).
        let step = f32::from(steps[natural].max(1));
        *value = (values[natural / 8][natural % 8] / step).round().clamp(-1023.0, 1023.0) as i16;
    }
}

/// One block as samples of 8 bits, row by row.
type Samples = [[u8; 8]; 8];

/// The luma of single samples, of blocks that are decoded when they are asked for.
pub(super) struct Luma<'a, C> {
    pub(super) picture: &'a C,
    pub(super) component: usize,
    pub(super) ink: Ink,
    decoded: RefCell<HashMap<(u32, u32), Samples>>,
}

impl<'a, C: Coefficients> Luma<'a, C> {
    pub(super) fn new(picture: &'a C, component: usize, ink: Ink) -> Self {
        Self { picture, component, ink, decoded: RefCell::default() }
    }

    /// The luma of one sample of the component.
    pub(super) fn at(&self, x: u32, y: u32) -> u8 {
        let place = (x / 8, y / 8);
        let decode = || {
            let block = samples(self.picture, self.component, (place.0 as usize, place.1 as usize));
            block.map(|row| row.map(|v| self.ink.luma(to_byte(v))))
        };
        self.decoded.borrow_mut().entry(place).or_insert_with(decode)[y as usize % 8][x as usize % 8]
    }
}

/// A sample, rounded.
fn to_byte(sample: f32) -> u8 {
    // A conversion is one instruction where rounding is a call.
    (sample.clamp(0.0, 255.0) + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basis_is_orthonormal() {
        for (u, a) in BASIS.iter().enumerate() {
            for (v, b) in BASIS.iter().enumerate() {
                let dot: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                assert!((dot - f32::from(u8::from(u == v))).abs() < 1e-6, "{u} {v} {dot}");
            }
        }
        // Against the definition.
        let expected = 0.5 * (7.0f64 * 3.0 * std::f64::consts::PI / 16.0).cos();
        assert!((f64::from(BASIS[3][3]) - expected).abs() < 1e-6);
    }

    #[test]
    fn there_and_back() {
        let block: Block = std::array::from_fn(|y| std::array::from_fn(|x| ((x * 37 + y * 91) % 256) as f32));
        let back = inverse(&forward(&block));
        assert!(block.iter().flatten().zip(back.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-3));
        assert!((forward(&[[100.0; 8]; 8])[0][0] - 800.0).abs() < 1e-3);
    }
}
