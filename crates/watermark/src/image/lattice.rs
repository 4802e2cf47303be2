//! Finding the tile's lattice without knowing scale or angle: the mark is periodic, so the picture resembles itself one
//! tile further on. (Autocorrelation of a periodic mark: Kutter 1998, Deguillaume et al. 1999.)

use super::fft::Fft2;
use super::plane::Plane;
use super::residual::residual;

/// Largest plane that is searched, in samples.
pub(crate) const AREA: usize = 360_000;
/// Shortest period looked for, in samples.
const SHORTEST: f32 = 36.0;
/// Peaks that are paired.
const PEAKS: usize = 64;
/// Vectors that are paired with a peak beside the other peaks.
const PARTNERS: usize = 4;
/// What a point of a lattice counts at most, in deviations.
const HIGHEST: f32 = 5.0;
/// Pairs of peaks that are refined and judged by all of their lattice.
const CANDIDATES: usize = 300;
/// Frequencies along the axes that are left out, in cycles over the padded plane.
const AXIS: usize = 5;

/// Base vectors of a lattice in samples, and how strong it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lattice {
    pub(crate) score: f32,
    pub(crate) u: (f64, f64),
    pub(crate) v: (f64, f64),
}

impl Lattice {
    /// Whether two lattices have the same base vectors, in any order and direction.
    fn is_same(&self, other: &Self) -> bool {
        let along = |p: (f64, f64), q: (f64, f64)| (p.0 - q.0).abs() < 1.0 && (p.1 - q.1).abs() < 1.0;
        let near = |p, q: (f64, f64)| along(p, q) || along(p, (-q.0, -q.1));
        near(self.u, other.u) && near(self.v, other.v) || near(self.u, other.v) && near(self.v, other.u)
    }
}

/// The strongest lattices of a plane with periods from `shortest` samples on, best first.
pub(crate) fn lattices(plane: &Plane, hard: bool, count: usize, shortest: f32) -> Vec<Lattice> {
    let map = Autocorrelation::new(plane, hard);
    let peaks = map.peaks(shortest.max(SHORTEST));
    let mut found = Vec::new();
    for (i, &p) in peaks.iter().enumerate() {
        for &q in peaks[i + 1..].iter().chain(&map.partners(p)) {
            let length = |v: (f32, f32)| (v.0 * v.0 + v.1 * v.1).sqrt();
            let (a, b) = (length(p), length(q));
            let skew = (p.0 * q.0 + p.1 * q.1).abs() / (a * b);
            if !(0.62..1.6).contains(&(a / b)) || skew > 0.35 {
                continue;
            }
            let points = [p, q, (p.0 + q.0, p.1 + q.1), (p.0 - q.0, p.1 - q.1)];
            let score = points.iter().map(|&(x, y)| map.value(x, y).clamp(-2.0, HIGHEST)).sum();
            let wide = |v: (f32, f32)| (f64::from(v.0), f64::from(v.1));
            found.push(Lattice { score, u: wide(p), v: wide(q) });
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(CANDIDATES);
    for lattice in &mut found {
        *lattice = map.refine(&map.refine(lattice));
        lattice.score = map.score(lattice);
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut chosen: Vec<Lattice> = Vec::new();
    for lattice in found {
        if !chosen.iter().any(|c| c.is_same(&lattice)) {
            chosen.push(lattice);
        }
        if chosen.len() == count {
            break;
        }
    }
    chosen
}

/// The whitened autocorrelation around lag zero, in standard deviations.
struct Autocorrelation {
    plane: Plane,
    /// Largest lags across and down.
    reach: (usize, usize),
}

impl Autocorrelation {
    fn new(plane: &Plane, hard: bool) -> Self {
        // Half as much again keeps lags up to half the picture free of wrapped ones.
        let (rows, columns) = (smooth(plane.height * 3 / 2), smooth(plane.width * 3 / 2));
        let fft = Fft2::new(rows, columns);
        let mut padded = vec![0.0; rows * columns];
        let rest = residual(plane, hard, 3.2);
        for (out, row) in padded.chunks_exact_mut(columns).zip(rest.rows()) {
            out[..row.len()].copy_from_slice(row);
        }
        let mut spectrum = fft.forward(&padded);
        whiten(&mut spectrum, rows, columns);
        let all = fft.inverse(spectrum);
        let reach = (plane.width * 4 / 5, plane.height * 4 / 5);
        let reach = (reach.0.min(columns / 2 - 1), reach.1.min(rows / 2 - 1));
        let (width, height) = (2 * reach.0 + 1, 2 * reach.1 + 1);
        let value = |i: usize| {
            let (x, y) = (i % width + columns - reach.0, i / width + rows - reach.1);
            all[y % rows * columns + x % columns].re
        };
        let data = (0..width * height).map(value).collect();
        let mut plane = Plane { width, height, data }.blur(0.6);
        let (mut power, mut count) = (0.0_f64, 0);
        for (i, v) in plane.data.iter().enumerate() {
            if (i % width).abs_diff(reach.0) > 20 || (i / width).abs_diff(reach.1) > 20 {
                power += f64::from(v * v);
                count += 1;
            }
        }
        let scale = 1.0 / (power / f64::from(count.max(1))).sqrt().max(1e-30);
        plane.data.iter_mut().for_each(|v| *v *= scale as f32);
        Self { plane, reach }
    }

    /// The value at a lag, linear between samples, zero outside.
    fn value(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x + self.reach.0 as f32, y + self.reach.1 as f32);
        let (left, top) = (x.floor(), y.floor());
        if left < 0.0 || top < 0.0 {
            return 0.0;
        }
        let (tx, ty) = (x - left, y - top);
        let row = |y: usize| {
            let row = self.plane.row(y);
            let at = |x: usize| row.get(x).copied().unwrap_or(0.0);
            at(left as usize) * (1.0 - tx) + at(left as usize + 1) * tx
        };
        row(top as usize) * (1.0 - ty) + row(top as usize + 1) * ty
    }

    /// The highest local maxima of one half plane (the other is its mirror image).
    fn peaks(&self, shortest: f32) -> Vec<(f32, f32)> {
        const AROUND: usize = 3;
        let (width, height) = (self.plane.width, self.plane.height);
        let mut peaks: Vec<(f32, (f32, f32))> = Vec::new();
        for y in AROUND..height / 2 + 1 {
            let row = self.plane.row(y);
            for (x, &v) in row.iter().enumerate().take(width.saturating_sub(AROUND)).skip(AROUND) {
                let lag = (x as f32 - self.reach.0 as f32, y as f32 - self.reach.1 as f32);
                if v < 2.5 || lag.0 * lag.0 + lag.1 * lag.1 < shortest * shortest || (lag.1 == 0.0 && lag.0 < 0.0) {
                    continue;
                }
                let highest = (y - AROUND..=y + AROUND)
                    .all(|y| self.plane.row(y).get(x - AROUND..=x + AROUND).is_none_or(|r| r.iter().all(|&o| o <= v)));
                if highest {
                    peaks.push((v, lag));
                }
            }
        }
        peaks.sort_by(|a, b| b.0.total_cmp(&a.0));
        peaks.truncate(PEAKS);
        peaks.into_iter().map(|p| p.1).collect()
    }

    /// The vectors near the one at right angles to `p` that make the best lattices with it, peaks or not: pictures have
    /// higher peaks of their own, and what is done to them keeps a square nearly square.
    fn partners(&self, p: (f32, f32)) -> Vec<(f32, f32)> {
        let reach = (0.22 * (p.0 * p.0 + p.1 * p.1).sqrt()).min(40.0) as i32;
        let mut best: Vec<(f32, (f32, f32))> = Vec::new();
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let q = ((-p.1).round() + dx as f32, p.0.round() + dy as f32);
                let points = [q, (p.0 + q.0, p.1 + q.1), (p.0 - q.0, p.1 - q.1), (2.0 * q.0, 2.0 * q.1)];
                let score = points.iter().map(|&(x, y)| self.nearest(x, y).clamp(-2.0, HIGHEST)).sum::<f32>();
                if best.last().is_some_and(|b| score <= b.0) && best.len() >= PARTNERS {
                    continue;
                }
                // Of neighbours the highest.
                let near = |v: (f32, f32)| (v.0 - q.0).abs() <= 2.0 && (v.1 - q.1).abs() <= 2.0;
                match best.iter_mut().find(|b| near(b.1)) {
                    Some(b) if b.0 >= score => continue,
                    Some(b) => *b = (score, q),
                    None => best.push((score, q)),
                }
                best.sort_by(|a, b| b.0.total_cmp(&a.0));
                best.truncate(PARTNERS);
            }
        }
        best.into_iter().map(|b| b.1).collect()
    }

    /// The value at the lag nearest to a place, zero outside.
    fn nearest(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x + self.reach.0 as f32 + 0.5, y + self.reach.1 as f32 + 0.5);
        if x < 0.0 || y < 0.0 {
            return 0.0;
        }
        self.plane.row(y as usize).get(x as usize).copied().unwrap_or(0.0)
    }

    /// The centre of the peak nearest to a lag, when there is one.
    fn centre(&self, x: f64, y: f64) -> Option<(f64, f64, f64)> {
        let (cx, cy) = (x.round() as i64, y.round() as i64);
        let value = |dx: i64, dy: i64| self.value((cx + dx) as f32, (cy + dy) as f32);
        let around = || (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (dx, dy)));
        let top = around().map(|(dx, dy)| value(dx, dy)).fold(0.0, f32::max);
        if top < 3.0 {
            return None;
        }
        let (mut sum, mut sx, mut sy) = (0.0, 0.0, 0.0);
        for (dx, dy) in around() {
            let w = f64::from((value(dx, dy) - 0.5 * top).max(0.0));
            sum += w;
            sx += w * dx as f64;
            sy += w * dy as f64;
        }
        Some((cx as f64 + sx / sum, cy as f64 + sy / sum, f64::from(top)))
    }

    /// How much more than chance the points of a lattice show, in standard deviations. A picture's own edges make single
    /// peaks, and those count for no more than the mark's.
    fn score(&self, lattice: &Lattice) -> f32 {
        let (u, v) = (lattice.u, lattice.v);
        let (mut sum, mut points) = (0.0, 0.0_f32);
        for (n, m) in (0..=2_i32).flat_map(|n| (-2..=2_i32).map(move |m| (n, m))) {
            let (m, n) = (f64::from(m), f64::from(n));
            let (x, y) = ((m * u.0 + n * v.0) as f32, (m * u.1 + n * v.1) as f32);
            let within = x.abs() < self.reach.0 as f32 - 1.0 && y.abs() < self.reach.1 as f32 - 1.0;
            if within && (n > 0.0 || m > 0.0) {
                sum += self.value(x, y).clamp(-2.0, HIGHEST);
                points += 1.0;
            }
        }
        sum / points.max(1.0).sqrt()
    }

    /// Least squares over the lattice points that show: far ones fix the base vectors best.
    fn refine(&self, lattice: &Lattice) -> Lattice {
        let (u, v) = (lattice.u, lattice.v);
        // Normal equations of [m n] [u v]^T = centre.
        let (mut mm, mut mn, mut nn) = (0.0, 0.0, 0.0);
        let mut right = [0.0; 4];
        let mut points = 0;
        for n in 0..=3_i32 {
            for m in -3..=3_i32 {
                if n == 0 && m <= 0 {
                    continue;
                }
                let (m, n) = (f64::from(m), f64::from(n));
                let (x, y) = (m * u.0 + n * v.0, m * u.1 + n * v.1);
                if x.abs() > self.reach.0 as f64 - 4.0 || y.abs() > self.reach.1 as f64 - 4.0 {
                    continue;
                }
                let Some((cx, cy, weight)) = self.centre(x, y) else { continue };
                points += 1;
                mm += weight * m * m;
                mn += weight * m * n;
                nn += weight * n * n;
                for (r, value) in right.iter_mut().zip([m * cx, n * cx, m * cy, n * cy]) {
                    *r += weight * value;
                }
            }
        }
        let determinant = mm * nn - mn * mn;
        if points < 3 || determinant.abs() < 1e-9 {
            return *lattice;
        }
        let solve = |a: f64, b: f64| ((nn * a - mn * b) / determinant, (mm * b - mn * a) / determinant);
        let (ux, vx) = solve(right[0], right[1]);
        let (uy, vy) = solve(right[2], right[3]);
        Lattice { score: lattice.score, u: (ux, uy), v: (vx, vy) }
    }
}

/// Divides the power spectrum by its surroundings: the mark has the same power everywhere, the picture has not.
fn whiten(spectrum: &mut [rustfft::num_complex::Complex32], rows: usize, columns: usize) {
    const AROUND: usize = 16;
    let power = Plane { width: rows, height: columns, data: spectrum.iter().map(|c| c.norm_sqr()).collect() };
    let coarse = power.resize(rows.div_ceil(AROUND), columns.div_ceil(AROUND)).blur(1.0);
    let around = coarse.resize(rows, columns);
    let frequency = |i: usize, n: usize| i.min(n - i) as f32 / n as f32;
    // Level and upright edges make peaks of their own, all from frequencies along the axes.
    let near_axis = |i: usize, n: usize| i.min(n - i) < AXIS;
    for (i, c) in spectrum.iter_mut().enumerate() {
        let (x, y) = (frequency(i / rows, columns), frequency(i % rows, rows));
        let f = (x * x + y * y).sqrt();
        let value = (power.data[i] / around.data[i].max(1e-9)).min(12.0) - 1.0;
        let band = (0.02..0.42).contains(&f) && !near_axis(i / rows, columns) && !near_axis(i % rows, rows);
        *c = if band { value.into() } else { 0.0.into() };
    }
}

/// The next number at or above `n` with the factors 2, 3 and 5 alone, and even.
fn smooth(n: usize) -> usize {
    let only = |mut v: usize| {
        for p in [2_usize, 3, 5] {
            while v.is_multiple_of(p) {
                v /= p;
            }
        }
        v == 1
    };
    (n.max(2)..).find(|&v| v.is_multiple_of(2) && only(v)).unwrap_or(n)
}
