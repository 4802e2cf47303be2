//! A change of samples as steps of quantised coefficients.
//!
//! A file's coefficients are whole multiples of its quantisation steps already. So rounding original plus change drops
//! each change of under half a step, and of a faint pattern in the flat blocks of a coarse file that is nearly all; in
//! others the power comes out as it happens. But the power that a pattern may have can be spent on purpose. Moving a coefficient by one step q adds q^2 to the power and |d| q to the
//! correlation with the wanted change d, and the n-th step in the same direction adds (2n - 1) q^2 and |d| q. The most
//! correlation for a power therefore takes all steps with |d| / q over (2n - 1) times some bound: it is `round(f d / q)`
//! for one factor f, over 1 in coarse files. The factor is the one with which the power comes out as it was wanted.
//!
//! A step of a block's mean counts half, and one of its slopes a little less than others: they are what the eye knows
//! blocks by, and a detector, which looks at details, gains least from them.
//!
//! What the eye forgives differs from block to block, and the wanted change says how much. So each class of blocks of
//! like variance has a factor of its own and keeps its share of the power.
#![allow(clippy::indexing_slicing, reason = "places in a block, 8 by 8, which no file says")]

use libjpeg_turbo_rs::{ComponentCoefficients, JpegCoefficients};

use super::blocks::{Block, ZIGZAG, forward};

/// Classes of blocks, by variance; equal parts of the picture.
const CLASSES: usize = 8;
/// Bins for |d| / q below [`LARGEST`].
const BINS: usize = 2048;
const LARGEST: f32 = 8.0;
/// The highest factor: in a file so coarse that it would be higher, few large steps would show more than many small ones.
const HIGHEST: f32 = 4.0;
/// Power a block that comes with rounding to pixels once more: the wanted change counts one such rounding, but this file
/// and the changed one are both rounded when they are shown.
const ROUNDING: f64 = 64.0 / 12.0;
/// What the correlation of a coefficient is worth. Measured on 24 pictures at quality 50: the mark of all of them is found
/// again, against 23 with equal worths.
static WORTH: [[f32; 8]; 8] = {
    let mut table = [[1.0; 8]; 8];
    table[0][0] = 0.5;
    (table[0][1], table[1][0]) = (0.8, 0.8);
    table
};
/// Block rows that the factors are found from, at least.
const SAMPLED: usize = 64;

/// Adds to the samples of a component what `row` gives for each row of the `width` x `height` picture.
pub(super) fn add(
    picture: &mut JpegCoefficients,
    component: usize,
    (width, height): (usize, usize),
    row: &mut dyn FnMut(usize, &mut Vec<f32>),
) {
    let Some(c) = picture.components.get_mut(component) else { return };
    let Some(table) = picture.quant_tables.get(usize::from(c.quant_table_index)) else { return };
    let table = table.map(|q| f32::from(q.max(1)));
    let columns = c.blocks_x.min(width.div_ceil(8));
    let mut bands = Bands { width, columns, last: height.saturating_sub(1), row };
    let rows = c.blocks_y.min(height.div_ceil(8));
    let variance = variances(c, &table, columns, rows);
    let limits = quantiles(variance.clone());
    let class = |n: usize| variance.get(n).map_or(0, |v| limits.iter().filter(|l| *v > **l).count());
    let mut budgets = [const { Budget::new() }; CLASSES];
    for y in (0..rows).step_by((rows / SAMPLED).max(1)) {
        bands.read(y, |x, delta| {
            if let Some(budget) = budgets.get_mut(class(y * columns + x)) {
                budget.want(&table, delta);
            }
        });
    }
    let factors = budgets.map(|b| b.factor());
    for y in 0..rows {
        let blocks_x = c.blocks_x;
        bands.read(y, |x, delta| {
            let factor = factors.get(class(y * columns + x)).copied().unwrap_or(1.0);
            if let Some(block) = c.blocks.get_mut(y * blocks_x + x) {
                step(block, &table, delta, factor);
            }
        });
    }
}

/// Moves the coefficients of one block.
fn step(block: &mut [i16; 64], table: &[f32; 64], delta: &Block, factor: f32) {
    for (value, natural) in block.iter_mut().zip(ZIGZAG) {
        let wanted = delta[natural / 8][natural % 8] * WORTH[natural / 8][natural % 8];
        let steps = (factor * wanted / table[natural]).round();
        if steps != 0.0 {
            // Baseline Huffman coding has 11 bits for DC and 10 for AC (T.81 tables F.1 and F.2).
            *value = (f32::from(*value) + steps).clamp(-1023.0, 1023.0) as i16;
        }
    }
}

/// The change that is wanted, as coefficients of blocks, one row of blocks at a time.
struct Bands<'a> {
    width: usize,
    columns: usize,
    /// The last row of the picture.
    last: usize,
    row: &'a mut dyn FnMut(usize, &mut Vec<f32>),
}

impl Bands<'_> {
    /// Gives the blocks of one row. What lies outside of the picture repeats its edge.
    fn read(&mut self, y: usize, mut each: impl FnMut(usize, &Block)) {
        let mut blocks = vec![[[0.0; 8]; 8]; self.columns];
        let mut delta = Vec::new();
        for line in 0..8 {
            (self.row)((y * 8 + line).min(self.last), &mut delta);
            delta.truncate(self.width);
            let edge = delta.last().copied().unwrap_or(0.0);
            delta.resize(self.columns * 8, edge);
            for (block, part) in blocks.iter_mut().zip(delta.as_chunks::<8>().0) {
                block[line] = *part;
            }
        }
        for (x, block) in blocks.iter().enumerate() {
            each(x, &forward(block));
        }
    }
}

/// Variance of the blocks of the picture, row by row.
fn variances(c: &ComponentCoefficients, table: &[f32; 64], columns: usize, rows: usize) -> Vec<f32> {
    let power = |block: &[i16; 64]| {
        let terms = block.iter().zip(ZIGZAG).skip(1).map(|(v, natural)| (f32::from(*v) * table[natural]).powi(2));
        terms.sum::<f32>() / 64.0
    };
    let lines = c.blocks.chunks(c.blocks_x.max(1)).take(rows);
    lines.flat_map(|line| line.iter().take(columns).map(power)).collect()
}

/// What separates the classes.
fn quantiles(mut values: Vec<f32>) -> Vec<f32> {
    values.sort_unstable_by(f32::total_cmp);
    (1..CLASSES).filter_map(|i| values.get(i * values.len() / CLASSES).copied()).collect()
}

/// The power of a class of blocks.
struct Budget {
    wanted: f64,
    /// Sum of q^2 of the coefficients with a |d| / q of each bin.
    histogram: [f64; BINS],
    /// Power of those past the last bin, which rounding does not change.
    large: f64,
}

impl Budget {
    const fn new() -> Self {
        Self { wanted: 0.0, histogram: [0.0; BINS], large: 0.0 }
    }

    /// Takes in a block of the wanted change.
    fn want(&mut self, table: &[f32; 64], delta: &Block) {
        self.wanted -= ROUNDING;
        for ((d, worth), q) in delta.as_flattened().iter().zip(WORTH.as_flattened()).zip(table) {
            self.wanted += f64::from(d * d);
            let d = d * worth;
            let ratio = d.abs() / q;
            match self.histogram.get_mut((ratio * (BINS as f32 / LARGEST)) as usize) {
                Some(bin) => *bin += f64::from(q * q),
                None => self.large += f64::from(d * d),
            }
        }
    }

    /// The power of the steps with a factor.
    fn spent(&self, factor: f32) -> f64 {
        let middle = |n: usize| (n as f32 + 0.5) * (LARGEST / BINS as f32);
        let steps = |n: usize| f64::from((factor * middle(n)).round());
        let small: f64 = self.histogram.iter().enumerate().map(|(n, power)| power * steps(n) * steps(n)).sum();
        small + self.large * f64::from(factor * factor)
    }

    /// The factor that spends what is wanted.
    fn factor(&self) -> f32 {
        let (mut low, mut high) = (0.5, HIGHEST);
        for _ in 0..20 {
            let middle = (low + high) / 2.0;
            if self.spent(middle) > self.wanted { high = middle } else { low = middle }
        }
        low
    }
}
