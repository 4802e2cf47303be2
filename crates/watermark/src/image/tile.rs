//! The tile: which chips are known, which carry which code bit, and its shape between the chips.

use crate::code::RATE;
use crate::key::Key;
use crate::payload::IMAGE;

/// Code bits of a word.
pub(crate) const CODE: usize = IMAGE.bits() * RATE;

/// One layer of square chips over the tile.
pub(crate) struct Layer {
    /// Chips along a side of the tile.
    pub(crate) side: usize,
    /// Signs of all chips, known to the key.
    pub(crate) signs: Vec<f32>,
    /// Chips of the synchronisation pattern: they do not depend on the word.
    pub(crate) sync: Vec<u32>,
    /// Chips that carry code bits; the i-th carries bit `i % CODE`.
    pub(crate) data: Vec<u32>,
}

impl Layer {
    fn new(key: &Key, purpose: &str, side: usize, sync: f32) -> Self {
        let mut stream = key.stream(purpose);
        let count = side * side;
        let mut order = stream.permutation(count as u32);
        let signs = (0..count).map(|_| stream.sign()).collect();
        let data = order.split_off((count as f32 * sync) as usize);
        Self { side, signs, sync: order, data }
    }

    /// Chips of the synchronisation pattern alone.
    pub(crate) fn pattern(&self) -> Vec<f32> {
        let mut chips = vec![0.0; self.signs.len()];
        for &i in &self.sync {
            chips[i as usize] = self.signs[i as usize];
        }
        chips
    }

    /// All chips, for code bits given as signed amplitudes (1 is the usual one).
    pub(crate) fn chips(&self, code: &[f32]) -> Vec<f32> {
        let mut chips = self.signs.clone();
        for (i, &at) in self.data.iter().enumerate() {
            chips[at as usize] *= code[i % CODE];
        }
        chips
    }

    /// Sums of the received chips for each code bit.
    pub(crate) fn soft(&self, received: &[f32]) -> Vec<f32> {
        let mut soft = vec![0.0; CODE];
        for (i, &at) in self.data.iter().enumerate() {
            soft[i % CODE] += received[at as usize] * self.signs[at as usize];
        }
        soft
    }
}

/// The layers of a key.
pub(crate) struct Tile {
    pub(crate) fine: Layer,
    pub(crate) coarse: Layer,
}

impl Tile {
    pub(crate) fn new(key: &Key) -> Self {
        Self { fine: Layer::new(key, "image/1/fine", 64, 0.2), coarse: Layer::new(key, "image/1/coarse", 32, 0.25) }
    }
}

/// Mean square of a surface through chips of +1 and -1: between chips it is flatter.
pub(crate) const POWER: f32 = 0.766;

/// A periodic surface through chips: a cubic B-spline that takes the chips' values at their centres.
pub(crate) struct Surface {
    side: usize,
    /// Spline coefficients, `side` rows.
    coefficients: Vec<f32>,
}

impl Surface {
    pub(crate) fn new(side: usize, chips: &[f32]) -> Self {
        let mut coefficients = chips.to_vec();
        coefficients.chunks_exact_mut(side).for_each(prefilter);
        let mut column = vec![0.0; side];
        for x in 0..side {
            for (y, v) in column.iter_mut().enumerate() {
                *v = coefficients[y * side + x];
            }
            prefilter(&mut column);
            for (y, &v) in column.iter().enumerate() {
                coefficients[y * side + x] = v;
            }
        }
        Self { side, coefficients }
    }

    /// Spline coefficients of the row at height `y` in chips, to be used with [`Steps`].
    pub(crate) fn row(&self, y: f32, out: &mut Vec<f32>) {
        let (first, weights) = knots(y, self.side);
        out.clear();
        out.resize(self.side + 3, 0.0);
        for (j, w) in weights.into_iter().enumerate() {
            let row = (first + j) % self.side * self.side;
            for (o, &c) in out.iter_mut().zip(&self.coefficients[row..row + self.side]) {
                *o += w * c;
            }
        }
        for i in 0..3 {
            out[self.side + i] = out[i];
        }
    }

    /// The tile as `n` x `n` samples.
    pub(crate) fn render(&self, n: usize) -> Vec<f32> {
        self.shifted(n, (0.0, 0.0))
    }

    /// The tile as `n` x `n` samples from `origin` (in chips) on.
    pub(crate) fn shifted(&self, n: usize, origin: (f32, f32)) -> Vec<f32> {
        let step = self.side as f32 / n as f32;
        let steps = Steps::new(n, step, origin.0, self.side);
        let mut row = Vec::new();
        let mut out = Vec::with_capacity(n * n);
        for y in 0..n {
            self.row((y as f32 + 0.5) * step - 0.5 + origin.1, &mut row);
            out.extend((0..n).map(|x| steps.value(x, &row)));
        }
        out
    }
}

/// The four knots around `x` (in chips): the first of them, and their weights.
fn knots(x: f32, side: usize) -> (usize, [f32; 4]) {
    let whole = x.floor();
    let t = x - whole;
    let first = (whole as i64 - 1).rem_euclid(side as i64) as usize;
    let (a, b) = (1.0 - t, t);
    let weights = [
        a * a * a / 6.0,
        (4.0 - 6.0 * b * b + 3.0 * b * b * b) / 6.0,
        (4.0 - 6.0 * a * a + 3.0 * a * a * a) / 6.0,
        b * b * b / 6.0,
    ];
    (first, weights)
}

/// Where the pixels of a row lie between the chips.
pub(crate) struct Steps(Vec<(u32, [f32; 4])>);

impl Steps {
    /// `n` pixels of `step` chips each, the first one's corner at `origin` chips.
    pub(crate) fn new(n: usize, step: f32, origin: f32, side: usize) -> Self {
        let at = |x: usize| {
            let (first, weights) = knots((x as f32 + 0.5) * step - 0.5 + origin, side);
            (first as u32, weights)
        };
        Self((0..n).map(at).collect())
    }

    /// The surface at pixel `x` of a row of coefficients.
    pub(crate) fn value(&self, x: usize, row: &[f32]) -> f32 {
        let (first, w) = &self.0[x];
        let c = &row[*first as usize..*first as usize + 4];
        w[0] * c[0] + w[1] * c[1] + w[2] * c[2] + w[3] * c[3]
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Turns values at knots into coefficients of the periodic cubic B-spline through them (Unser 1999): a recursion in each
/// direction with the pole sqrt(3) - 2, started from the periodic sum.
fn prefilter(line: &mut [f32]) {
    let pole = 3_f32.sqrt() - 2.0;
    let n = line.len();
    // What a recursion over all periods before would have left; the pole's powers vanish within 24 chips.
    let mut value = (0..n.min(24)).rev().fold(0.0, |sum, i| sum * pole + line[n - 1 - i]);
    for v in line.iter_mut() {
        value = *v + pole * value;
        *v = value;
    }
    value = (0..n.min(24)).rev().fold(0.0, |sum, i| sum * pole + line[i]);
    for v in line.iter_mut().rev() {
        value = *v + pole * value;
        *v = value * -6.0 * pole;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surfaces_go_through_their_chips() {
        let tile = Tile::new(&Key::PUBLISHED);
        let chips = tile.fine.pattern();
        let again = Surface::new(64, &chips).render(64);
        for (a, b) in chips.iter().zip(&again) {
            assert!((a - b).abs() < 1e-3, "{a} {b}");
        }
    }

    #[test]
    fn surfaces_have_the_power_that_the_embedder_counts_on() {
        let tile = Tile::new(&Key::PUBLISHED);
        let surface = Surface::new(64, &tile.fine.signs).render(512);
        let power = surface.iter().map(|v| v * v).sum::<f32>() / surface.len() as f32;
        assert!((power - POWER).abs() < 0.02, "{power}");
    }

    #[test]
    fn every_chip_has_one_use() {
        for layer in [&Tile::new(&Key::PUBLISHED).fine, &Tile::new(&Key::PUBLISHED).coarse] {
            let mut used: Vec<u32> = layer.sync.iter().chain(&layer.data).copied().collect();
            used.sort_unstable();
            assert!(used.into_iter().eq(0..(layer.side * layer.side) as u32));
        }
    }
}
