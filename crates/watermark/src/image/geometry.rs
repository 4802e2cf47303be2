//! Maps from the samples of a tile-aligned plane to the pixels of a picture.

use super::plane::{Plane, cubic};

/// A point and where it goes.
pub(crate) type Pair = ((f64, f64), (f64, f64));

/// A projective map of the plane, from (x, y) to pixels. Positions are of corners: the first sample's middle is
/// (0.5, 0.5).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Map(pub(crate) [f64; 9]);

impl Map {
    /// `step` pixels a sample.
    pub(crate) fn scale(step: f64) -> Self {
        Self([step, 0.0, 0.0, 0.0, step, 0.0, 0.0, 0.0, 1.0])
    }

    /// The map that takes (1, 0) to `u` and (0, 1) to `v`.
    pub(crate) fn base(u: (f64, f64), v: (f64, f64)) -> Self {
        Self([u.0, v.0, 0.0, u.1, v.1, 0.0, 0.0, 0.0, 1.0])
    }

    /// First `inner`, then this map.
    pub(crate) fn after(&self, inner: &Self) -> Self {
        let (a, b) = (&self.0, &inner.0);
        Self(std::array::from_fn(|i| (0..3).map(|k| a[i / 3 * 3 + k] * b[k * 3 + i % 3]).sum()))
    }

    pub(crate) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let m = &self.0;
        let w = m[6] * x + m[7] * y + m[8];
        ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
    }

    /// The inverse, up to the common factor that projective maps have. `None` where it is flat.
    pub(crate) fn inverse(&self) -> Option<Self> {
        let m = &self.0;
        let minor = |a: usize, b: usize, c: usize, d: usize| m[a] * m[d] - m[b] * m[c];
        let adjoint = [
            minor(4, 5, 7, 8),
            -minor(1, 2, 7, 8),
            minor(1, 2, 4, 5),
            -minor(3, 5, 6, 8),
            minor(0, 2, 6, 8),
            -minor(0, 2, 3, 5),
            minor(3, 4, 6, 7),
            -minor(0, 1, 6, 7),
            minor(0, 1, 3, 4),
        ];
        let determinant = m[0] * adjoint[0] + m[1] * adjoint[3] + m[2] * adjoint[6];
        (determinant.abs() > 1e-12).then(|| Self(adjoint.map(|v| v / determinant)))
    }

    /// The map through four pairs of points (from, to).
    pub(crate) fn through(pairs: &[Pair; 4]) -> Option<Self> {
        let mut rows = Vec::with_capacity(8);
        for &((x, y), (u, v)) in pairs {
            rows.push([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u]);
            rows.push([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v]);
        }
        // Gauss-Jordan with pivoting.
        for i in 0..8 {
            let pivot = (i..8).max_by(|&a, &b| rows[a][i].abs().total_cmp(&rows[b][i].abs()))?;
            rows.swap(i, pivot);
            let lead = rows[i];
            if lead[i].abs() < 1e-9 {
                return None;
            }
            for (j, row) in rows.iter_mut().enumerate() {
                if j != i {
                    let factor = row[i] / lead[i];
                    row.iter_mut().zip(lead).for_each(|(r, l)| *r -= factor * l);
                }
            }
        }
        Some(Self(std::array::from_fn(|i| if i == 8 { 1.0 } else { rows[i][8] / rows[i][i] })))
    }

    /// Pixels a sample, about.
    pub(crate) fn step(&self) -> f64 {
        let m = &self.0;
        (m[0] * m[4] - m[1] * m[3]).abs().sqrt()
    }
}

/// A picture seen through a map: the plane, and which of its samples lie inside the picture.
pub(crate) struct View {
    pub(crate) plane: Plane,
    pub(crate) inside: Vec<bool>,
    /// From samples of the plane to pixels.
    pub(crate) map: Map,
    /// Width and height of the picture in pixels.
    pub(crate) size: (f64, f64),
}

impl View {
    /// The whole picture through `map`, moved by whole tiles of `tile` samples so that the first sample is at or above
    /// and left of the picture. `None` when the plane would have over `most` samples, or next to none.
    pub(crate) fn new(picture: &Plane, map: &Map, tile: usize, most: usize) -> Option<Self> {
        let back = map.inverse()?;
        let (w, h) = (picture.width as f64, picture.height as f64);
        let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)].map(|(x, y)| back.apply(x, y));
        let low = |of: fn(&(f64, f64)) -> f64| corners.iter().map(of).fold(f64::INFINITY, f64::min);
        let high = |of: fn(&(f64, f64)) -> f64| corners.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        let tile_f = tile as f64;
        let origin = |v: f64| (v / tile_f).floor() * tile_f;
        let (x0, y0) = (origin(low(|c| c.0)), origin(low(|c| c.1)));
        let (width, height) = ((high(|c| c.0) - x0).ceil(), (high(|c| c.1) - y0).ceil());
        let area = width * height;
        if area.is_nan() || area > most as f64 || width < tile_f / 4.0 || height < tile_f / 4.0 {
            return None;
        }
        let map = map.after(&Map([1.0, 0.0, x0, 0.0, 1.0, y0, 0.0, 0.0, 1.0]));
        let (width, height) = (width as usize, height as usize);
        let (plane, inside) = warp(picture, &map, width, height);
        Some(Self { plane, inside, map, size: (w, h) })
    }
}

/// Whether samples lie in rows and columns of the picture, as far apart both ways.
fn is_scale(m: &Map) -> bool {
    let m = &m.0;
    m[0] == m[4] && [m[1], m[2], m[3], m[5], m[6], m[7]].iter().all(|&v| v == 0.0)
}

/// Samples a picture through a map. The picture is shrunk first when samples lie over a pixel apart.
fn warp(picture: &Plane, map: &Map, width: usize, height: usize) -> (Plane, Vec<bool>) {
    let step = map.step();
    if is_scale(map) {
        let plane = picture.sample(width, height, step as f32, step as f32);
        let within = |n: usize, all: usize| ((all as f64 / step).ceil() as usize).min(n);
        let (columns, rows) = (within(width, picture.width), within(height, picture.height));
        let inside = (0..width * height).map(|i| i % width < columns && i / width < rows).collect();
        return (plane, inside);
    }
    let shrunk;
    let (source, map) = if step > 1.2 {
        let size = |n: usize| ((n as f64 / step).round() as usize).max(4);
        shrunk = picture.resize(size(picture.width), size(picture.height));
        let sx = shrunk.width as f64 / picture.width as f64;
        let sy = shrunk.height as f64 / picture.height as f64;
        (&shrunk, Map([sx, 0.0, 0.0, 0.0, sy, 0.0, 0.0, 0.0, 1.0]).after(map))
    } else {
        (picture, *map)
    };
    let mut plane = Plane::new(width, height);
    let mut inside = vec![false; width * height];
    let (w, h) = (source.width as f64, source.height as f64);
    let weights = Weights::new();
    let rows = plane.data.chunks_exact_mut(width).zip(inside.chunks_exact_mut(width));
    for (y, (out, inside)) in rows.enumerate() {
        for (x, (out, inside)) in out.iter_mut().zip(inside).enumerate() {
            let (px, py) = map.apply(x as f64 + 0.5, y as f64 + 0.5);
            if px >= 0.0 && py >= 0.0 && px <= w && py <= h {
                *inside = true;
                *out = weights.at(source, px as f32 + 0.5, py as f32 + 0.5);
            } else {
                *out = source.nearest(px, py);
            }
        }
    }
    (plane, inside)
}

/// Weights of the four samples around a place, for 256 places between two samples.
struct Weights(Vec<[f32; 4]>);

impl Weights {
    fn new() -> Self {
        let at = |i: u16| {
            let t = f32::from(i) / 256.0;
            [cubic(t + 1.0), cubic(t), cubic(1.0 - t), cubic(2.0 - t)]
        };
        Self((0..=256).map(at).collect())
    }

    /// The plane at (`x`, `y`), where the middle of its first sample is (1, 1), by cubic convolution; the edge is repeated.
    fn at(&self, plane: &Plane, x: f32, y: f32) -> f32 {
        let (left, top) = (x as usize, y as usize);
        let phase = |v: f32, whole: usize| &self.0[((v - whole as f32) * 256.0 + 0.5) as usize & 0x1ff];
        let (across, down) = (phase(x, left), phase(y, top));
        let mut sum = 0.0;
        for (dy, wy) in down.iter().enumerate() {
            // Rows and columns count from two before the first.
            let row = plane.row((top + dy).saturating_sub(2).min(plane.height - 1));
            let inner = left.checked_sub(2).and_then(|l| row.get(l..l + 4));
            sum += wy
                * match inner {
                    Some(part) => part[0] * across[0] + part[1] * across[1] + part[2] * across[2] + part[3] * across[3],
                    None => {
                        let place = |dx: usize| row[(left + dx).saturating_sub(2).min(plane.width - 1)];
                        across.iter().enumerate().map(|(dx, w)| place(dx) * w).sum()
                    }
                };
        }
        sum
    }
}
