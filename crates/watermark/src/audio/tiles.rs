//! From powers to what a tile says: its loudness against that of the tiles around it.

use super::spectrum::BINS;
use super::{BANDS, FIRST, LOW, SLOT, WIDTH};

/// Tiles, in frequency and time, whose mean is taken off.
const AROUND: usize = 9;
/// Tiles in frequency over which deviations are made equal.
const NEAR: usize = 5;
/// What is larger counts as this, in deviations.
const CLIP: f32 = 2.5;
/// Power below which nothing is told apart: 16-bit noise in a frame.
const FLOOR: f32 = 1e-7;

/// Share of the rows of a band that are no louder than its floor.
const QUIET: usize = 10;
/// How far tiles stand out of the floor, in so many classes of 4.5 dB each.
pub(super) const CLASSES: usize = 7;

/// The power that the tiles of each band seldom fall under: noise, or what the sound itself always has. How
/// much a tile tells of a mark goes with how far it stands out.
pub(super) struct Floors([f32; BANDS]);

impl Floors {
    /// From the powers of the tiles of all bands.
    fn new(sums: &[f32]) -> Self {
        let rows = sums.len() / BANDS;
        let mut values = Vec::with_capacity(rows / SLOT + 1);
        Self(std::array::from_fn(|band| {
            values.clear();
            values.extend(sums.iter().skip(band).step_by(BANDS * SLOT));
            let at = values.len() / QUIET;
            if values.is_empty() { FLOOR } else { *values.select_nth_unstable_by(at, f32::total_cmp).1 }
        }))
    }

    /// How far tiles of all bands stand out.
    fn classes(&self, sums: &[f32]) -> Vec<u8> {
        let tiles = sums.chunks_exact(BANDS).flat_map(|sums| sums.iter().zip(&self.0));
        let class = |(sum, floor): (&f32, &f32)| {
            // A third of the binary logarithm of the square: steps of 1.5 in that of the ratio.
            let ratio = sum / floor;
            let class = ((ratio * ratio).to_bits() >> 23) as i32 - 127;
            (class / 3).clamp(0, CLASSES as i32 - 1) as u8
        };
        tiles.map(class).collect()
    }
}

/// Whitened loudness of the tiles that begin at each frame: rows of `bands`.
pub(super) struct Map {
    pub(super) bands: usize,
    pub(super) values: Vec<f32>,
    /// How far each tile stands out of the floor: less than [`CLASSES`]; none of the low band alone.
    classes: Vec<u8>,
}

impl Map {
    /// From rows of [`BINS`] powers, with the frequencies of the tiles multiplied by `scale`.
    pub(super) fn new(powers: &[f32], floors: &Floors, scale: f32) -> Self {
        let sums = powers_of_tiles(powers, scale, BANDS);
        Self { classes: floors.classes(&sums), ..Self::of_tiles(&sums, BANDS) }
    }

    /// The map of all bands of a sound as it is, and the floors for others of it.
    pub(super) fn plain(powers: &[f32]) -> (Self, Floors) {
        let sums = powers_of_tiles(powers, 1.0, BANDS);
        let floors = Floors::new(&sums);
        (Self { classes: floors.classes(&sums), ..Self::of_tiles(&sums, BANDS) }, floors)
    }

    /// The map of the low band alone, without classes.
    pub(super) fn low(powers: &[f32], scale: f32) -> Self {
        Self::of_tiles(&powers_of_tiles(powers, scale, LOW), LOW)
    }

    fn of_tiles(sums: &[f32], bands: usize) -> Self {
        let mut values: Vec<f32> = sums.iter().map(|sum| 0.5 * ln(*sum)).collect();
        let around = Near::new(bands, AROUND / 2);
        let mut means = vec![0.0; bands];
        for row in values.chunks_exact_mut(bands) {
            around.means(row, &mut means);
            row.iter_mut().zip(&means).for_each(|(value, mean)| *value -= mean);
        }
        level_in_time(&mut values, bands);
        even(&mut values, bands);
        Self { bands, values, classes: Vec::new() }
    }

    /// Rows.
    pub(super) fn rows(&self) -> usize {
        self.values.len() / self.bands
    }

    pub(super) fn row(&self, at: usize) -> &[f32] {
        &self.values[at * self.bands..(at + 1) * self.bands]
    }

    /// How far the tiles of a row stand out of the floor.
    pub(super) fn classes(&self, at: usize) -> &[u8] {
        &self.classes[at * self.bands..(at + 1) * self.bands]
    }
}

/// Bins that a tile reaches into at most, whatever its frequencies are multiplied by.
const REACH: usize = WIDTH + 2;

/// The power of each tile that begins at a row, and a little more than nothing.
fn powers_of_tiles(powers: &[f32], scale: f32, bands: usize) -> Vec<f32> {
    let rows = powers.len() / BINS;
    let shares: Vec<(usize, [f32; REACH])> = (0..bands).map(|band| shares(band, scale)).collect();
    let mut bare = vec![0.0; rows * bands];
    for (powers, out) in powers.chunks_exact(BINS).zip(bare.chunks_exact_mut(bands)) {
        for (out, (first, shares)) in out.iter_mut().zip(&shares) {
            *out = powers[*first..first + REACH].iter().zip(shares).map(|(power, share)| power * share).sum();
        }
    }
    let mut sums = vec![0.0_f32; bands];
    for at in 0..rows {
        // In place: a tile takes in the rows that follow, which are not changed yet.
        sums.fill(FLOOR);
        for row in bare[at * bands..].chunks_exact(bands).take(SLOT) {
            sums.iter_mut().zip(row).for_each(|(sum, power)| *sum += power);
        }
        bare[at * bands..(at + 1) * bands].copy_from_slice(&sums);
    }
    bare
}

/// The first bin that a tile may reach into, and how much of that and of the next ones belongs to it.
fn shares(band: usize, scale: f32) -> (usize, [f32; REACH]) {
    // Bin `k` reaches from `k - 0.5` to `k + 0.5`, here from `k` to `k + 1`.
    let edge = |band: usize| ((FIRST + WIDTH * band) as f32 - 0.5) * scale + 0.5;
    let (from, to) = (edge(band), edge(band + 1).min(BINS as f32 - 1.0));
    let first = (from as usize).min(BINS - REACH);
    let share = |n: usize| {
        let bin = (first + n) as f32;
        (to.min(bin + 1.0) - from.max(bin)).max(0.0)
    };
    (first, std::array::from_fn(share))
}

/// Means over the tiles around each of a row.
struct Near {
    half: usize,
    /// One over how many there are.
    shares: Vec<f32>,
}

impl Near {
    fn new(bands: usize, half: usize) -> Self {
        let count = |band: usize| (band + half + 1).min(bands) - band.saturating_sub(half);
        Self { half, shares: (0..bands).map(|band| 1.0 / count(band) as f32).collect() }
    }

    fn means(&self, row: &[f32], out: &mut [f32]) {
        out.copy_from_slice(row);
        for away in 1..=self.half {
            out.iter_mut().zip(&row[away..]).for_each(|(sum, above)| *sum += above);
            out[away..].iter_mut().zip(row).for_each(|(sum, below)| *sum += below);
        }
        out.iter_mut().zip(&self.shares).for_each(|(sum, share)| *sum *= share);
    }
}

/// Takes the mean of the tiles before and behind off each: what lasts would add up over the periods.
fn level_in_time(values: &mut [f32], bands: usize) {
    let source = values.to_vec();
    windows(&source, bands, SLOT * AROUND / 2, |at, sums, share| {
        for (v, s) in values[at * bands..(at + 1) * bands].iter_mut().zip(sums) {
            *v -= s * share;
        }
    });
}

/// Makes deviations equal near and far, and clips them.
fn even(values: &mut [f32], bands: usize) {
    let source: Vec<f32> = values.iter().map(|v| v.abs().min(3.0)).collect();
    let (near, mut wide) = (Near::new(bands, NEAR / 2), vec![0.0; bands]);
    windows(&source, bands, SLOT * AROUND / 2, |at, sums, share| {
        near.means(sums, &mut wide);
        for (v, w) in values[at * bands..(at + 1) * bands].iter_mut().zip(&wide) {
            *v = (*v / (1.5 * share * w + 1e-3)).clamp(-CLIP, CLIP);
        }
    });
}

/// Calls `take` for each row with the sums over `half` rows before and behind it, and one over their number.
fn windows(source: &[f32], bands: usize, half: usize, mut take: impl FnMut(usize, &[f32], f32)) {
    let rows = source.len() / bands;
    let mut sums = vec![0.0_f32; bands];
    let row = |at: usize| &source[at * bands..(at + 1) * bands];
    for at in 0..half.min(rows) {
        sums.iter_mut().zip(row(at)).for_each(|(s, v)| *s += v);
    }
    for at in 0..rows {
        if at + half < rows {
            sums.iter_mut().zip(row(at + half)).for_each(|(s, v)| *s += v);
        }
        if at > half {
            sums.iter_mut().zip(row(at - half - 1)).for_each(|(s, v)| *s -= v);
        }
        let count = (at + half + 1).min(rows) - at.saturating_sub(half);
        take(at, &sums, 1.0 / count as f32);
    }
}

/// The natural logarithm to 1e-5, of a positive normal number: the same on every machine, and several times faster than
/// `libm`, for thousands of tiles a second.
fn ln(x: f32) -> f32 {
    let bits = x.to_bits();
    let exponent = (bits >> 23) as i32 - 127;
    let m = f32::from_bits(bits & 0x007f_ffff | 0x3f80_0000);
    // Artanh series around the middle of 1 to 2.
    let t = (m - std::f32::consts::SQRT_2) / (m + std::f32::consts::SQRT_2);
    let s = t * t;
    2.0 * t * (1.0 + s * (1.0 / 3.0 + s * (0.2 + s * (1.0 / 7.0)))) + (exponent as f32 + 0.5) * std::f32::consts::LN_2
}

#[cfg(test)]
mod tests {
    #[test]
    fn logarithms_are_near() {
        for k in 0..4000 {
            let x = libm::expf(k as f32 * 0.01 - 18.0);
            assert!((super::ln(x) - libm::logf(x)).abs() < 3e-5, "{x}");
        }
    }
}
