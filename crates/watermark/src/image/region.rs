//! Where in a picture the mark is.

use super::fold::{COARSE, FINE, Layers};
use super::geometry::View;
use super::plane::{Plane, dot};
use super::sync::{Hit, Orientation, Sync};
use super::tile::Surface;

/// Deviations that a window must have to be better in the region than outside: unmarked ones have 0, marked ones 3 to 9.
const NOTHING: f32 = 1.5;

/// A corner in pixels, (x, y).
pub type Point = (f32, f32);

/// The corners of the marked region in pixels of the view's picture, clockwise from the first sample's: the box of
/// windows of half a tile in which the whole pattern, known by now, shows most.
pub(crate) fn quad(sync: &Sync, view: &View, layers: &Layers, hit: &Hit, code: &[f32]) -> [Point; 4] {
    let square = |side: usize, chips: &[f32], n| hit.orientation.apply(&Surface::new(side, chips).render(n), n);
    let fine = square(64, &sync.tile.fine.chips(code), FINE);
    let coarse = square(32, &sync.tile.coarse.chips(code), COARSE);
    let (width, height) = (view.plane.width, view.plane.height);
    let side = FINE / 2;
    let columns = width.div_ceil(side);
    let mut scores = Vec::new();
    for y in (0..height).step_by(side) {
        for x in (0..width).step_by(side) {
            let a = window(&layers.fine, &fine, FINE, (x, y), hit.shift);
            let b = window(&layers.coarse, &coarse, COARSE, (x / 2, y / 2), (hit.shift.0 / 2.0, hit.shift.1 / 2.0));
            scores.push((a + b) * std::f32::consts::FRAC_1_SQRT_2 - NOTHING);
        }
    }
    let (left, top, right, bottom) = densest(&scores, columns);
    let (x0, y0) = (left * side, top * side);
    let (x1, y1) = ((right * side).min(width), (bottom * side).min(height));
    [(x0, y0), (x1, y0), (x1, y1), (x0, y1)].map(|(x, y)| {
        let (px, py) = view.map.apply(x as f64, y as f64);
        (px.clamp(0.0, view.size.0) as f32, py.clamp(0.0, view.size.1) as f32)
    })
}

/// Weights of the windows of half a tile, by how much of the known chips shows in each and around it: parts that lost
/// the mark, or never had it, only add noise. In rows, 1 for the mean.
pub(crate) fn weights(sync: &Sync, look: &Layers, hit: &Hit) -> Vec<f32> {
    let [fine, coarse] = sync.patterns(hit.orientation);
    let (width, height) = (look.fine.width, look.fine.height);
    let side = FINE / 2;
    let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
    let mut scores = Vec::with_capacity(columns * rows);
    for y in 0..rows {
        for x in 0..columns {
            let (x, y) = (x * side, y * side);
            let a = window(&look.fine, &fine, FINE, (x, y), hit.shift);
            let b = window(&look.coarse, &coarse, COARSE, (x / 2, y / 2), (hit.shift.0 / 2.0, hit.shift.1 / 2.0));
            scores.push(a + b);
        }
    }
    let around = |x: usize, y: usize| {
        let (mut sum, mut n) = (0.0, 0.0);
        for j in y.saturating_sub(1)..=(y + 1).min(rows - 1) {
            for i in x.saturating_sub(1)..=(x + 1).min(columns - 1) {
                let w = if (i, j) == (x, y) { 2.0 } else { 1.0 };
                sum += w * scores[j * columns + i];
                n += w;
            }
        }
        sum / n
    };
    let smooth: Vec<f32> = (0..columns * rows).map(|i| around(i % columns, i / columns)).collect();
    let mean = smooth.iter().sum::<f32>() / smooth.len().max(1) as f32;
    smooth.iter().map(|s| (s / mean.max(1e-6)).clamp(0.1, 3.0)).collect()
}

/// The box of cells with the largest sum: left, top, right, bottom, the last two behind it.
pub(crate) fn densest(cells: &[f32], columns: usize) -> (usize, usize, usize, usize) {
    let rows = cells.len() / columns;
    let (mut best, mut found) = (f32::NEG_INFINITY, (0, 0, columns, rows));
    for top in 0..rows {
        let mut sums = vec![0.0; columns];
        for bottom in top + 1..=rows {
            for (s, c) in sums.iter_mut().zip(&cells[(bottom - 1) * columns..]) {
                *s += c;
            }
            // The best run of columns (Kadane).
            let (mut run, mut left) = (0.0_f32, 0);
            for (x, s) in sums.iter().enumerate() {
                if run <= 0.0 {
                    (run, left) = (0.0, x);
                }
                run += s;
                if run > best {
                    (best, found) = (run, (left, top, x + 1, bottom));
                }
            }
        }
    }
    found
}

/// Correlation of a window of half a tile with the pattern, in standard deviations.
fn window(plane: &Plane, pattern: &[f32], n: usize, (x, y): (usize, usize), shift: (f32, f32)) -> f32 {
    let (mut sum, mut power) = (0.0, 0.0);
    let start = |v: usize, s: f32| (v as i32 - s.round() as i32).rem_euclid(n as i32) as usize;
    let (px, py) = (start(x, shift.0), start(y, shift.1));
    for i in 0..n / 2 {
        let row = plane.row(y + i);
        let Some(part) = row.get(x..row.len().min(x + n / 2)) else { continue };
        let known = &pattern[(py + i) % n * n..][..n];
        let (first, second) = part.split_at(part.len().min(n - px));
        sum += dot(first, &known[px..px + first.len()]) + dot(second, &known[..second.len()]);
        power += dot(part, part);
    }
    if power > 0.0 { sum / power.sqrt() } else { 0.0 }
}

/// Three corners of the picture as it was when it was marked: the first one, that of the first row's end, and that of the
/// last row's beginning. Each is a share of the picture's present width and height. And the first one's place in the tile,
/// in chips.
pub(crate) fn upright(view: &View, hit: &Hit) -> Option<([Point; 3], Point)> {
    let back = view.map.inverse()?;
    let (w, h) = view.size;
    let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)].map(|(x, y)| {
        let (u, v) = back.apply(x * w, y * h);
        let tile = hit.orientation.upright((u as f32 - hit.shift.0) / 2.0, (v as f32 - hit.shift.1) / 2.0);
        ((x as f32, y as f32), tile)
    });
    let most = |of: &dyn Fn(Point) -> f32| corners.iter().max_by(|a, b| of(a.1).total_cmp(&of(b.1)));
    let (first, right, below) = (most(&|t| -t.0 - t.1)?, most(&|t| t.0 - t.1)?, most(&|t| t.1 - t.0)?);
    Some(([first.0, right.0, below.0], first.1))
}

impl Orientation {
    /// Where a place of the oriented tile lies in the upright one, both continued over all tiles.
    fn upright(self, x: f32, y: f32) -> (f32, f32) {
        let (transposed, flip_x, flip_y) = self.parts();
        let (x, y) = if transposed { (y, x) } else { (x, y) };
        (if flip_x { -x } else { x }, if flip_y { -y } else { y })
    }
}
