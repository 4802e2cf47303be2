//! Finding the known chips in a fold: orientation and position.

use rustfft::num_complex::Complex32;

use super::fft::Fft2;
use super::fold::{COARSE, FINE, Fold};
use super::tile::{Layer, Surface, Tile};

/// Frequencies to each side over which power is averaged.
const AROUND: usize = 5;
/// Bands of frequencies in which the mark may be left or lost.
const BANDS: usize = 10;
/// Where the last band ends, in cycles a sample: chips have next to nothing above.
const HIGHEST: f32 = 0.36;

/// One of the eight turns and mirrors of a square.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Orientation(u8);

impl Orientation {
    /// As it is.
    pub(crate) const UPRIGHT: Self = Self(0);

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..8).map(Self)
    }

    /// Whether rows and columns are exchanged, and which of the two axes then run backwards.
    pub(crate) fn parts(self) -> (bool, bool, bool) {
        (self.0 & 4 != 0, self.0 & 1 != 0, self.0 & 2 != 0)
    }

    /// Where sample (`x`, `y`) of the oriented square of side `n` comes from.
    fn source(self, x: usize, y: usize, n: usize) -> (usize, usize) {
        let (transposed, flip_x, flip_y) = self.parts();
        let (x, y) = if transposed { (y, x) } else { (x, y) };
        let flip = |v: usize, flip: bool| if flip { n - 1 - v } else { v };
        (flip(x, flip_x), flip(y, flip_y))
    }

    /// The oriented square.
    pub(crate) fn apply(self, square: &[f32], n: usize) -> Vec<f32> {
        let at = |i: usize| {
            let (x, y) = self.source(i % n, i / n, n);
            square[y * n + x]
        };
        (0..n * n).map(at).collect()
    }

    /// The square of which this is the oriented one.
    pub(crate) fn undo(self, square: &[f32], n: usize) -> Vec<f32> {
        let mut out = vec![0.0; n * n];
        for (i, &v) in square.iter().enumerate() {
            let (x, y) = self.source(i % n, i / n, n);
            out[y * n + x] = v;
        }
        out
    }
}

/// A place where the known chips seem to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit {
    /// Height of the peak in standard deviations of the correlation.
    pub(crate) score: f32,
    pub(crate) orientation: Orientation,
    /// The tile's corner, (x, y) in samples of the fine fold.
    pub(crate) shift: (f32, f32),
}

/// Correlates the folds of one size with the known chips of one layer.
pub(crate) struct Correlator {
    n: usize,
    fft: Fft2,
    /// Conjugated spectra of the pattern in the eight orientations.
    patterns: Vec<Vec<Complex32>>,
    /// Conjugated spectrum of one chip.
    chip: Vec<Complex32>,
}

impl Correlator {
    fn new(side: usize, pattern: &[f32], n: usize) -> Self {
        let fft = Fft2::new(n, n);
        let conjugate = |values: &[f32]| -> Vec<Complex32> { fft.forward(values).iter().map(|c| c.conj()).collect() };
        let square = Surface::new(side, pattern).render(n);
        let patterns = Orientation::all().map(|o| conjugate(&o.apply(&square, n))).collect();
        let mut one = vec![0.0; side * side];
        one[0] = 1.0;
        let chip = conjugate(&Surface::new(side, &one).render(n));
        Self { n, fft, patterns, chip }
    }

    /// Correlations with the pattern in all orientations, each divided by its root mean square.
    fn surfaces(&self, fold: &[f32]) -> Vec<Vec<f32>> {
        let mut spectrum = self.fft.forward(fold);
        whiten(&mut spectrum, self.n, 0.3);
        let mut surfaces = Vec::with_capacity(8);
        // Both correlations are real, so two share one complex transform.
        for pair in self.patterns.chunks_exact(2) {
            let (a, b) = (&pair[0], &pair[1]);
            let product = spectrum.iter().zip(a.iter().zip(b));
            let packed = product.map(|(s, (a, b))| s * (a + Complex32::i() * b)).collect();
            let both = self.fft.inverse(packed);
            surfaces.push(normalise(both.iter().map(|c| c.re).collect()));
            surfaces.push(normalise(both.iter().map(|c| c.im).collect()));
        }
        surfaces
    }

    /// Weighs frequencies by how much of the known chips is left in them: attacks take high ones away, or low ones.
    /// `spectrum` is whitened, of an upright fold with the tile's corner in its own.
    fn equalise(&self, spectrum: &mut [Complex32]) {
        let n = self.n;
        let frequency = |i: usize| i.min(n - i) as f32 / (HIGHEST * n as f32);
        let band = |i: usize| {
            let (x, y) = (frequency(i / n), frequency(i % n));
            (((x * x + y * y).sqrt() * BANDS as f32) as usize).min(BANDS - 1)
        };
        // Of each band: the known chips in it, their power, and the power and number of all values.
        let mut sums = [(0.0_f32, 0.0_f32, 0.0_f32, 0.0_f32); BANDS];
        for (i, (c, known)) in spectrum.iter().zip(&self.patterns[0]).enumerate() {
            let sum = &mut sums[band(i)];
            *sum = (sum.0 + (c * known).re, sum.1 + known.norm_sqr(), sum.2 + c.norm_sqr(), sum.3 + 1.0);
        }
        let share = |b: usize| sums[b].0 / sums[b].1.max(f32::MIN_POSITIVE);
        let response: [f32; BANDS] = std::array::from_fn(|b| {
            let smooth = share(b.saturating_sub(1)) + 2.0 * share(b) + share((b + 1).min(BANDS - 1));
            // Whitening divides by the power, so the power left is one over it.
            smooth * sums[b].3 / sums[b].2.max(f32::MIN_POSITIVE)
        });
        let top = response.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        for (i, c) in spectrum.iter_mut().enumerate() {
            *c *= (response[band(i)] / top).max(0.1);
        }
    }

    /// The values of the chips when the tile's corner is at `shift` samples.
    fn chips(&self, fold: &[f32], orientation: Orientation, shift: (f32, f32)) -> Vec<f32> {
        let n = self.n;
        let mut spectrum = self.fft.forward(fold);
        whiten(&mut spectrum, self.n, 0.05);
        let turn = |s: f32| -> Vec<Complex32> {
            let frequency = |i: usize| if i < n / 2 { i as f32 } else { i as f32 - n as f32 };
            let unit = |(sin, cos)| Complex32::new(cos, sin);
            (0..n).map(|i| unit(libm::sincosf(std::f32::consts::TAU * frequency(i) * s / n as f32))).collect()
        };
        let (across, down) = (turn(shift.0), turn(shift.1));
        for (column, x) in spectrum.chunks_exact_mut(n).zip(&across) {
            for (c, y) in column.iter_mut().zip(&down) {
                *c *= x * y;
            }
        }
        let aligned: Vec<f32> = self.fft.inverse(spectrum).iter().map(|c| c.re).collect();
        let mut spectrum = self.fft.forward(&orientation.undo(&aligned, n));
        self.equalise(&mut spectrum);
        for (c, k) in spectrum.iter_mut().zip(&self.chip) {
            *c *= k;
        }
        let matched = self.fft.inverse(spectrum);
        let rows = matched.chunks_exact(n).step_by(2);
        rows.flat_map(|row| row.iter().step_by(2).map(|c| c.re)).collect()
    }
}

/// Divides a spectrum by the power around each frequency: what folding leaves of a picture is far stronger in some
/// frequencies than in others. `least`, a share of the mean power, keeps empty frequencies from becoming noise.
fn whiten(spectrum: &mut [Complex32], n: usize, least: f32) {
    let power: Vec<f32> = spectrum.iter().map(|c| c.norm_sqr()).collect();
    let smooth = sums_around(&sums_around(&power, n), n);
    let mean = smooth.iter().sum::<f32>() / smooth.len().max(1) as f32;
    for (c, s) in spectrum.iter_mut().zip(&smooth) {
        *c *= mean / (s + least * mean).max(f32::MIN_POSITIVE);
    }
}

/// Sums of the values up to [`AROUND`] before and after each one in its row, periodic; transposed.
fn sums_around(values: &[f32], n: usize) -> Vec<f32> {
    let mut out = vec![0.0; n * n];
    let mut line = vec![0.0; n + 2 * AROUND];
    for (y, row) in values.chunks_exact(n).enumerate() {
        line[..AROUND].copy_from_slice(&row[n - AROUND..]);
        line[AROUND..n + AROUND].copy_from_slice(row);
        line[n + AROUND..].copy_from_slice(&row[..AROUND]);
        for (x, around) in line.windows(2 * AROUND + 1).enumerate() {
            out[x * n + y] = around.iter().sum();
        }
    }
    out
}

fn normalise(mut values: Vec<f32>) -> Vec<f32> {
    let power = values.iter().map(|v| v * v).sum::<f32>() / values.len().max(1) as f32;
    let scale = 1.0 / power.sqrt().max(f32::MIN_POSITIVE);
    values.iter_mut().for_each(|v| *v *= scale);
    values
}

/// The known chips of both layers of a key.
pub(crate) struct Sync {
    pub(crate) tile: Tile,
    fine: Correlator,
    coarse: Correlator,
    /// The fine layer at one sample a chip.
    glance: Correlator,
}

impl Sync {
    pub(crate) fn new(tile: Tile) -> Self {
        let fine = Correlator::new(tile.fine.side, &tile.fine.pattern(), FINE);
        let coarse = Correlator::new(tile.coarse.side, &tile.coarse.pattern(), COARSE);
        let glance = Correlator::new(tile.fine.side, &tile.fine.pattern(), COARSE);
        Self { tile, fine, coarse, glance }
    }

    /// The `count` highest places, by the fine layer, the coarse layer, or both together.
    pub(crate) fn search(&self, fold: &Fold, count: usize) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        let surfaces = self.fine.surfaces(&fold.fine).into_iter().zip(self.coarse.surfaces(&fold.coarse));
        for (orientation, (fine, coarse)) in Orientation::all().zip(surfaces) {
            let coarse = double(&coarse);
            let both: Vec<f32> =
                fine.iter().zip(&coarse).map(|(f, c)| (f + c) * std::f32::consts::FRAC_1_SQRT_2).collect();
            for surface in [&both, &fine, &coarse] {
                let (shift, score) = peak(surface);
                hits.push(Hit { score, orientation, shift });
            }
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits.dedup_by(|a, b| {
            let near = |p: f32, q: f32| (p - q).abs() < 1.5;
            a.orientation == b.orientation && near(a.shift.0, b.shift.0) && near(a.shift.1, b.shift.1)
        });
        hits.truncate(count);
        hits
    }

    /// The highest score in a fold of [`Layers::fold_glance`](super::fold::Layers::fold_glance).
    pub(crate) fn glance(&self, fold: &Fold) -> f32 {
        let surfaces = self.glance.surfaces(&fold.fine).into_iter().zip(self.coarse.surfaces(&fold.coarse));
        let both = |(fine, coarse): (Vec<f32>, Vec<f32>)| {
            let both = fine.iter().zip(&coarse).map(|(f, c)| (0.8 * f + 0.6 * c).max(*f).max(*c));
            both.fold(0.0, f32::max)
        };
        surfaces.map(both).fold(0.0, f32::max)
    }

    /// The known chips of both layers as samples, in an orientation.
    pub(crate) fn patterns(&self, orientation: Orientation) -> [Vec<f32>; 2] {
        let square = |layer: &Layer, n| orientation.apply(&Surface::new(layer.side, &layer.pattern()).render(n), n);
        [square(&self.tile.fine, FINE), square(&self.tile.coarse, COARSE)]
    }

    /// The received chips of both layers, fine and coarse, at a place.
    pub(crate) fn chips(&self, fold: &Fold, orientation: Orientation, (x, y): (f32, f32)) -> [Vec<f32>; 2] {
        let fine = self.fine.chips(&fold.fine, orientation, (x, y));
        [fine, self.coarse.chips(&fold.coarse, orientation, (x / 2.0, y / 2.0))]
    }

    /// Soft code bits at a place. Each layer counts by its signal over its noise, as its known chips show them.
    pub(crate) fn soft(&self, fold: &Fold, hit: &Hit) -> Vec<f32> {
        let [fine, coarse] = self.chips(fold, hit.orientation, hit.shift);
        let mut soft = vec![0.0; super::tile::CODE];
        for (layer, chips) in [(&self.tile.fine, fine), (&self.tile.coarse, coarse)] {
            let known = layer.sync.iter().map(|&i| chips[i as usize] * layer.signs[i as usize]);
            let mean = known.sum::<f32>() / layer.sync.len() as f32;
            let power = chips.iter().map(|v| v * v).sum::<f32>() / chips.len() as f32;
            let weight = mean.max(0.0) / power.max(f32::MIN_POSITIVE);
            for (s, v) in soft.iter_mut().zip(layer.soft(&chips)) {
                *s += weight * v;
            }
        }
        soft
    }
}

/// The highest point, refined by a parabola through its neighbours: (x, y) and height.
fn peak(surface: &[f32]) -> ((f32, f32), f32) {
    let n = FINE;
    let (at, &top) = surface.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap_or((0, &0.0));
    let (x, y) = (at % n, at / n);
    let value = |x: usize, y: usize| surface[y % n * n + x % n];
    let refine = |before: f32, after: f32| {
        let bend = 2.0 * top - before - after;
        if bend > 0.0 { (0.5 * (after - before) / bend).clamp(-0.5, 0.5) } else { 0.0 }
    };
    let dx = refine(value(x + n - 1, y), value(x + 1, y));
    let dy = refine(value(x, y + n - 1), value(x, y + 1));
    ((x as f32 + dx, y as f32 + dy), top)
}

/// A periodic surface at twice the samples, linear in between.
fn double(surface: &[f32]) -> Vec<f32> {
    let n = COARSE;
    let mut out = Vec::with_capacity(4 * n * n);
    for y in 0..2 * n {
        let (above, below) = (y / 2, (y / 2 + y % 2) % n);
        let row = |x: usize| 0.5 * (surface[above * n + x % n] + surface[below * n + x % n]);
        for x in 0..n {
            let (a, b) = (row(x), row(x + 1));
            out.push(a);
            out.push(0.5 * (a + b));
        }
    }
    out
}
