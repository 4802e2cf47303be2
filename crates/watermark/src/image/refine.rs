//! Refining a map: where a place was found with a map that is nearly right, every part of the picture can say how far
//! off it is there. One correlation a window, then only sums.

use super::fold::{COARSE, FINE, Layers};
use super::geometry::{Map, View};
use super::plane::{Plane, dot};
use super::sync::{Hit, Sync};

/// A window's correlation with the known chips, for displacements of up to `reach` samples each way.
struct Window {
    /// The window's middle, -1 to 1 over the plane.
    x: f32,
    y: f32,
    /// The displacement in the middle of `values`.
    centre: (i32, i32),
    values: Vec<f32>,
}

/// How far the picture is from the map: constant, linear and projective terms, in samples at the plane's edge.
type Terms = [f32; 8];

/// The displacement at a place.
fn displacement(t: &Terms, x: f32, y: f32) -> (f32, f32) {
    let bend = t[6] * x + t[7] * y;
    (t[0] + t[1] * x + t[2] * y + bend * x, t[3] + t[4] * x + t[5] * y + bend * y)
}

/// A better map for a hit: first by the coarse layer, which tolerates more, then by the fine one. `None` when nothing
/// became better.
pub(crate) fn refine(sync: &Sync, view: &View, layers: &Layers, hit: &Hit) -> Option<Map> {
    let pattern = sync.patterns(hit.orientation);
    let half = (hit.shift.0 / 2.0, hit.shift.1 / 2.0);
    let rough = Windows::new(&layers.coarse, &pattern[1], COARSE, half, &[0.0; 8], 10);
    let terms = rough.climb(rough.start(), 1.0).map(|v| v * 2.0);
    let fine = Windows::new(&layers.fine, &pattern[0], FINE, hit.shift, &terms, 5);
    let terms = fine.climb(terms, 0.5);
    let (w, h) = (view.plane.width as f64, view.plane.height as f64);
    let corners = [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)].map(|(x, y): (f32, f32)| {
        let (dx, dy) = displacement(&terms, x, y);
        let (cx, cy) = ((f64::from(x) + 1.0) / 2.0 * w, (f64::from(y) + 1.0) / 2.0 * h);
        ((cx, cy), (cx + f64::from(dx), cy + f64::from(dy)))
    });
    Some(view.map.after(&Map::through(&corners)?))
}

/// All windows of a layer.
struct Windows {
    windows: Vec<Window>,
    reach: i32,
}

impl Windows {
    fn new(plane: &Plane, pattern: &[f32], n: usize, shift: (f32, f32), around: &Terms, reach: i32) -> Self {
        let side = n / 2;
        let double: Vec<f32> = pattern.chunks_exact(n).flat_map(|row| row.iter().chain(row)).copied().collect();
        let (sx, sy) = (shift.0.round() as i32, shift.1.round() as i32);
        let mut windows = Vec::new();
        for wy in (0..plane.height.saturating_sub(side / 2)).step_by(side) {
            for wx in (0..plane.width.saturating_sub(side / 2)).step_by(side) {
                let rows: Vec<&[f32]> = (wy..(wy + side).min(plane.height))
                    .filter_map(|y| plane.row(y).get(wx..(wx + side).min(plane.width)))
                    .collect();
                let middle = |w: usize, all: usize| 2.0 * (w + side / 2) as f32 / all as f32 - 1.0;
                let (x, y) = (middle(wx, plane.width), middle(wy, plane.height));
                let (cx, cy) = displacement(around, x, y);
                let centre = (cx.round() as i32, cy.round() as i32);
                let mut values = Vec::new();
                for dy in centre.1 - reach..=centre.1 + reach {
                    for dx in centre.0 - reach..=centre.0 + reach {
                        let x = (wx as i32 - sx - dx).rem_euclid(n as i32) as usize;
                        let mut sum = 0.0;
                        for (i, row) in rows.iter().enumerate() {
                            let y = ((wy + i) as i32 - sy - dy).rem_euclid(n as i32) as usize;
                            let known = &double[y * 2 * n + x..][..row.len()];
                            sum += dot(row, known);
                        }
                        values.push(sum);
                    }
                }
                windows.push(Window { x, y, centre, values });
            }
        }
        Self { windows, reach }
    }

    /// The correlation when all windows are displaced so.
    fn total(&self, terms: &Terms) -> f32 {
        self.windows
            .iter()
            .map(|w| {
                let (dx, dy) = displacement(terms, w.x, w.y);
                self.value(w, dx, dy)
            })
            .sum()
    }

    /// A window's value between whole displacements; nothing outside its reach.
    fn value(&self, window: &Window, dx: f32, dy: f32) -> f32 {
        let width = 2 * self.reach as usize + 1;
        let reach = self.reach as f32;
        let (x, y) = (dx - window.centre.0 as f32 + reach, dy - window.centre.1 as f32 + reach);
        if !(x >= 0.0 && y >= 0.0 && x < (width - 1) as f32 && y < (width - 1) as f32) {
            return 0.0;
        }
        let (left, top) = (x as usize, y as usize);
        let (tx, ty) = (x - left as f32, y - top as f32);
        let row = |y: usize| {
            let v = &window.values[y * width + left..];
            v[0] + (v[1] - v[0]) * tx
        };
        let (a, b) = (row(top), row(top + 1));
        a + (b - a) * ty
    }

    /// The best turn and size near none at all, since from far away climbing goes astray.
    fn start(&self) -> Terms {
        let steps = || (-6..=6).map(|i| i as f32 * 1.3);
        let terms = steps().flat_map(|turn| steps().map(move |size| [0.0, size, -turn, 0.0, turn, size, 0.0, 0.0]));
        terms.max_by(|a, b| self.total(a).total_cmp(&self.total(b))).unwrap_or([0.0; 8])
    }

    /// Coordinate ascent with falling steps.
    fn climb(&self, mut terms: Terms, first: f32) -> Terms {
        let mut best = self.total(&terms);
        let mut step = first * 2.0;
        while step > 0.06 {
            let mut moved = false;
            for i in 0..terms.len() {
                for d in [step, -step] {
                    let mut next = terms;
                    next[i] += d;
                    let total = self.total(&next);
                    if total > best {
                        (terms, best, moved) = (next, total, true);
                    }
                }
            }
            if !moved {
                step /= 2.0;
            }
        }
        terms
    }
}
