//! From powers to what a tile says: its loudness against that of the tiles around it.

use super::spectrum::BINS;
use super::{BANDS, FIRST, SLOT, WIDTH};

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
}

/// Whitened loudness of the tiles that begin at each frame: rows of `bands`.
pub(super) struct Map {
    pub(super) bands: usize,
    pub(super) values: Vec<f32>,
    /// How far each tile stands out of the floor: less than [`CLASSES`].
    classes: Vec<u8>,
}

impl Map {
    /// From rows of [`BINS`] powers, with the frequencies of the tiles multiplied by `scale`.
    pub(super) fn new(powers: &[f32], floors: &Floors, scale: f32, bands: usize) -> Self {
        Self::of_tiles(&powers_of_tiles(powers, scale, bands.min(BANDS)), floors, bands.min(BANDS))
    }

    /// The map of all bands of a sound as it is, and the floors for others of it.
    pub(super) fn plain(powers: &[f32]) -> (Self, Floors) {
        let sums = powers_of_tiles(powers, 1.0, BANDS);
        let floors = Floors::new(&sums);
        (Self::of_tiles(&sums, &floors, BANDS), floors)
    }

    fn of_tiles(sums: &[f32], floors: &Floors, bands: usize) -> Self {
        let mut values: Vec<f32> = sums.iter().map(|sum| 0.5 * ln(*sum)).collect();
        let mut scratch = Vec::new();
        for row in values.chunks_exact_mut(bands) {
            level(row, &mut scratch);
        }
        level_in_time(&mut values, bands);
        even(&mut values, bands);
        let classes = sums.chunks_exact(bands).flat_map(|sums| sums.iter().zip(&floors.0)).map(|(sum, floor)| {
            // A third of the binary logarithm of the square: steps of 1.5 in that of the ratio.
            let ratio = sum / floor;
            let class = ((ratio * ratio).to_bits() >> 23) as i32 - 127;
            (class / 3).clamp(0, CLASSES as i32 - 1) as u8
        });
        let classes = classes.collect();
        Self { bands, values, classes }
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

/// The power of each tile that begins at a row, and a little more than nothing.
fn powers_of_tiles(powers: &[f32], scale: f32, bands: usize) -> Vec<f32> {
    let rows = powers.len() / BINS;
    // Edges of tiles between bins: bin `k` reaches from `k - 0.5` to `k + 0.5`.
    let edges: Vec<(usize, f32)> = (0..=bands)
        .map(|band| {
            let at = ((FIRST + WIDTH * band) as f32 - 0.5) * scale + 0.5;
            let at = at.clamp(0.0, BINS as f32 - 1.0);
            (at as usize, at - (at as usize) as f32)
        })
        .collect();
    let mut bare = vec![0.0; rows * bands];
    for (powers, out) in powers.chunks_exact(BINS).zip(bare.chunks_exact_mut(bands)) {
        for (out, pair) in out.iter_mut().zip(edges.windows(2)) {
            let ((a, below), (b, above)) = (pair[0], pair[1]);
            let whole: f32 = powers[a..b].iter().sum();
            *out = whole - below * powers[a] + above * powers[b];
        }
    }
    let mut sums = vec![0.0_f32; bands];
    for at in 0..rows {
        // In place: a tile takes in the rows that follow, which are not changed yet.
        sums.fill(FLOOR);
        for row in bare[at * bands..].chunks_exact(bands).take(SLOT) {
            sums.iter_mut().zip(row).for_each(|(s, v)| *s += v.max(0.0));
        }
        bare[at * bands..(at + 1) * bands].iter_mut().zip(&sums).for_each(|(v, s)| *v = *s);
    }
    bare
}

/// Takes the mean of the tiles around each off a row.
fn level(row: &mut [f32], sums: &mut Vec<f32>) {
    let half = AROUND / 2;
    sums.clear();
    sums.push(0.0);
    for v in row.iter() {
        sums.push(sums[sums.len() - 1] + v);
    }
    let last = row.len() - 1;
    for (band, value) in row.iter_mut().enumerate() {
        let (from, to) = (band.saturating_sub(half), (band + half).min(last));
        *value -= (sums[to + 1] - sums[from]) / (to + 1 - from) as f32;
    }
}

/// Takes the mean of the tiles before and behind off each: what lasts would add up over the periods.
fn level_in_time(values: &mut [f32], bands: usize) {
    let source = values.to_vec();
    windows(&source, bands, SLOT * AROUND / 2, |at, sums, count| {
        for (v, s) in values[at * bands..(at + 1) * bands].iter_mut().zip(sums) {
            *v -= s / count;
        }
    });
}

/// Makes deviations equal near and far, and clips them.
fn even(values: &mut [f32], bands: usize) {
    let source: Vec<f32> = values.iter().map(|v| v.abs().min(3.0)).collect();
    let mut wide = vec![0.0; bands];
    windows(&source, bands, SLOT * AROUND / 2, |at, sums, count| {
        let half = NEAR / 2;
        for (band, wide) in wide.iter_mut().enumerate() {
            let near = &sums[band.saturating_sub(half)..(band + half + 1).min(bands)];
            *wide = near.iter().sum::<f32>() / (near.len() as f32 * count);
        }
        for (v, w) in values[at * bands..(at + 1) * bands].iter_mut().zip(&wide) {
            *v = (*v / (1.5 * w + 1e-3)).clamp(-CLIP, CLIP);
        }
    });
}

/// Calls `take` for each row with the sums over `half` rows before and behind it, and their number.
fn windows(source: &[f32], bands: usize, half: usize, mut take: impl FnMut(usize, &[f32], f32)) {
    let rows = source.len() / bands;
    let mut sums = vec![0.0_f64; bands];
    let mut narrow = vec![0.0_f32; bands];
    let row = |at: usize| &source[at * bands..(at + 1) * bands];
    for at in 0..half.min(rows) {
        sums.iter_mut().zip(row(at)).for_each(|(s, v)| *s += f64::from(*v));
    }
    for at in 0..rows {
        if at + half < rows {
            sums.iter_mut().zip(row(at + half)).for_each(|(s, v)| *s += f64::from(*v));
        }
        if at > half {
            sums.iter_mut().zip(row(at - half - 1)).for_each(|(s, v)| *s -= f64::from(*v));
        }
        let count = (at + half + 1).min(rows) - at.saturating_sub(half);
        narrow.iter_mut().zip(&sums).for_each(|(n, s)| *n = *s as f32);
        take(at, &narrow, count as f32);
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
    2.0 * t * (1.0 + s * (1.0 / 3.0 + s * (0.2 + s / 7.0))) + (exponent as f32 + 0.5) * std::f32::consts::LN_2
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
