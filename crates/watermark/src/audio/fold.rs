//! Maps folded by the period, and the best shift of a pattern in what results, over all shifts at once.
//!
//! What is folded, transformed and correlated is a sum, so that windows which overlap share the parts they consist of.

use super::PERIOD;
use super::fft::Fft;
use super::sync::{Place, Sync};
use super::tiles::Map;

/// Sums taken at once, so that they are the same on every machine and still fast.
const LANES: usize = 8;

/// The transforms that all keys share.
pub(super) struct Folder {
    fft: Fft,
}

/// Slots of a map: where the first one begins, as a fraction of rows, and how many rows each has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub(super) first: f64,
    pub(super) step: f64,
}

/// A part of a map, folded by the period.
#[derive(Default)]
pub(super) struct Folded {
    /// Pairs of bands, of which one is the real and one the imaginary part of a transform.
    pairs: usize,
    /// Sums of tiles: a row of bands for each slot of the period.
    sums: Vec<f32>,
    /// Transforms of each pair: real parts, then imaginary ones.
    spectra: Vec<f32>,
}

impl Folder {
    pub(super) fn new() -> Self {
        Self { fft: Fft::new(PERIOD) }
    }

    /// Folds the slots of a grid that begin in some rows, and transforms what results. `pairs` of bands are taken.
    pub(super) fn fold(&mut self, map: &Map, grid: Grid, rows: (usize, usize), pairs: usize, out: &mut Folded) {
        let width = 2 * pairs;
        out.pairs = pairs;
        out.sums.clear();
        out.sums.resize(PERIOD * width, 0.0);
        let mut slot = ((rows.0 as f64 - grid.first) / grid.step).ceil().max(0.0) as usize;
        loop {
            let row = (grid.first + slot as f64 * grid.step) as usize;
            if row >= rows.1 {
                break;
            }
            let sums = &mut out.sums[slot % PERIOD * width..][..width];
            sums.iter_mut().zip(map.row(row)).for_each(|(sum, tile)| *sum += tile);
            slot += 1;
        }
        out.spectra.clear();
        for pair in 0..pairs {
            let cells = self.fft.re.iter_mut().zip(&mut self.fft.im).zip(out.sums.chunks_exact(width));
            cells.for_each(|((re, im), row)| (*re, *im) = (row[2 * pair], row[2 * pair + 1]));
            self.fft.forward();
            out.spectra.extend(&self.fft.re);
            out.spectra.extend(&self.fft.im);
        }
    }

    /// The correlation of a key's pattern with what was folded, for each shift.
    pub(super) fn correlate(&mut self, sync: &Sync, folded: &Folded) -> [f32; PERIOD] {
        self.fft.re.fill(0.0);
        self.fft.im.fill(0.0);
        let rows = folded.spectra.chunks_exact(2 * PERIOD).zip(sync.spectra.chunks_exact(2 * PERIOD));
        for (data, known) in rows {
            let (data, known) = (data.split_at(PERIOD), known.split_at(PERIOD));
            for (at, (re, im)) in self.fft.re.iter_mut().zip(&mut self.fft.im).enumerate() {
                // Times the conjugate.
                let (d, k) = ((data.0[at], data.1[at]), (known.0[at], known.1[at]));
                *re += d.0 * k.0 + d.1 * k.1;
                *im += d.1 * k.0 - d.0 * k.1;
            }
        }
        self.fft.inverse();
        std::array::from_fn(|shift| self.fft.re[shift])
    }

    /// The best place of a key's pattern in some rows of a map, by all of its bands.
    pub(super) fn place(&mut self, sync: &Sync, map: &Map, grid: Grid, rows: (usize, usize)) -> Place {
        let mut folded = Folded::default();
        self.fold(map, grid, rows, map.bands.div_ceil(2), &mut folded);
        let shifts = self.correlate(sync, &folded);
        best(sync, grid, &shifts, folded.square(&folded), folded.pairs)
    }
}

impl Folded {
    /// The product of two parts, tile by tile, in sum.
    pub(super) fn square(&self, other: &Self) -> f32 {
        let mut lanes = [0.0_f32; LANES];
        for (a, b) in self.sums.chunks_exact(LANES).zip(other.sums.chunks_exact(LANES)) {
            for lane in 0..LANES {
                lanes[lane] += a[lane] * b[lane];
            }
        }
        lanes.iter().sum()
    }
}

/// The best place by the correlation for each shift, in slots, and the square of what was folded.
pub(super) fn best(sync: &Sync, grid: Grid, shifts: &[f32; PERIOD], square: f32, pairs: usize) -> Place {
    let deviation = (square / (pairs * PERIOD * 2) as f32 * sync.count(pairs)).sqrt() * PERIOD as f32 + 1e-12;
    let mut best = (0, f32::NEG_INFINITY);
    for (shift, value) in shifts.iter().enumerate() {
        if *value > best.1 {
            best = (shift, *value);
        }
    }
    Place { origin: grid.first + best.0 as f64 * grid.step, step: grid.step, score: best.1 / deviation }
}
