//! How strong the mark may be, block by block.

use super::plane::Plane;
use super::strength::Strength;

/// Side of the blocks in which visibility is judged, in pixels.
pub(crate) const BLOCK: usize = 8;

/// Highest amplitude: a plain picture with a few textured blocks would get all of its power there.
const HIGHEST: f32 = 12.0;

/// Variance under which a block is next to plain.
const PLAIN: f32 = 2.0;

/// Statistics of a block.
struct Block {
    variance: f32,
    /// Amplitude that texture allows, up to a factor.
    texture: f32,
    /// Share of an amplitude that fits: darkness shows marks, black and white cut them off.
    room: f32,
}

/// Mean squares: of the whole picture, and of the flattest quarter of its blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Power {
    pub(crate) all: f64,
    pub(crate) flat: f64,
}

impl Power {
    /// The error power that a strength allows.
    pub(crate) fn allowed(strength: Strength) -> Self {
        let power = |db: f32| 255.0 * 255.0 / libm::exp10(f64::from(db) / 10.0);
        Self { all: power(strength.overall), flat: power(strength.flat) }
    }

    /// What to ask for next time when asking for `self` gave `got` and `wanted` was wanted.
    pub(crate) fn corrected(self, wanted: Self, got: Self) -> Self {
        let ratio = |wanted: f64, got: f64| (wanted / got.max(1e-9)).clamp(0.5, 2.0);
        Self { all: self.all * ratio(wanted.all, got.all), flat: self.flat * ratio(wanted.flat, got.flat) }
    }
}

/// What the eye sees of a mark in each block of a picture.
pub(crate) struct Visibility {
    columns: usize,
    rows: usize,
    blocks: Vec<Block>,
    /// Variance of the least flat block of the flattest quarter.
    limit: f32,
}

impl Visibility {
    pub(crate) fn new(plane: &Plane) -> Self {
        let (columns, rows) = (plane.width.div_ceil(BLOCK), plane.height.div_ceil(BLOCK));
        let at = |i: usize| block(plane, i % columns * BLOCK, i / columns * BLOCK);
        let blocks: Vec<Block> = (0..columns * rows).map(at).collect();
        let mut order: Vec<f32> = blocks.iter().map(|b| b.variance).collect();
        let quarter = order.len() / 4;
        let (_, &mut limit, _) = order.select_nth_unstable_by(quarter, f32::total_cmp);
        Self { columns, rows, blocks, limit }
    }

    /// Whether a block belongs to the flattest quarter.
    pub(crate) fn is_flat(&self, column: usize, row: usize) -> bool {
        self.blocks.get(row * self.columns + column).is_some_and(|b| b.variance <= self.limit)
    }

    /// How plain the picture is, from 0 to 1: where there is nothing else to look at, marks are seen sooner.
    pub(crate) fn plainness(&self) -> f32 {
        let plain = self.blocks.iter().filter(|b| b.variance < PLAIN).count();
        let share = plain as f32 / self.blocks.len().max(1) as f32;
        ((share - 0.2) / 0.4).clamp(0.0, 1.0)
    }

    /// Amplitude of each block. Its square is `room^2 (f^2 + t^2 texture^2)`, where f and t give the flattest quarter of
    /// the blocks and the whole picture the power asked for; the first part is at most `ceiling`. (Where the flattest
    /// blocks are black or white, they have little room and f is large: other blocks must not get that much.)
    pub(crate) fn amplitude(&self, power: Power, ceiling: f64) -> Plane {
        let mean = |of: &dyn Fn(&Block) -> f32, flat: bool| {
            let chosen = self.blocks.iter().filter(|b| !flat || b.variance <= self.limit);
            let (sum, n) = chosen.fold((0.0_f64, 0), |(s, n), b| (s + f64::from(of(b)), n + 1));
            (sum / f64::from(n.max(1))).max(1e-9)
        };
        let texture = |b: &Block| (b.room * b.texture).powi(2);
        let even = |b: &Block, f2: f32| (b.room * b.room * f2).min(ceiling as f32);
        // flat = f2 * room_flat + t2 * texture_flat; all = even_all + t2 * texture_all
        let (r0, t0, t1) = (mean(&|b| b.room * b.room, true), mean(&texture, true), mean(&texture, false));
        let ratio = mean(&|b| even(b, (power.flat / r0) as f32), false) / power.flat;
        let t2 = (power.all - power.flat * ratio) / (t1 - t0 * ratio).max(1e-9);
        let t2 = t2.clamp(0.0, power.flat / t0);
        let f2 = ((power.flat - t2 * t0) / r0).max(0.0);
        let amplitude = |b: &Block| (even(b, f2 as f32) + t2 as f32 * texture(b)).sqrt();
        let raw: Vec<f32> = self.blocks.iter().map(|b| amplitude(b).min(HIGHEST)).collect();
        let mut result = Plane::new(self.columns, self.rows);
        for (i, a) in result.data.iter_mut().enumerate() {
            *a = raw[i].min(self.around(&raw, i % self.columns, i / self.columns));
        }
        result
    }

    /// The mean of a block and its neighbours: a strong block beside weak ones would show as a halo.
    fn around(&self, values: &[f32], x: usize, y: usize) -> f32 {
        let (mut sum, mut n) = (0.0, 0.0);
        for y in y.saturating_sub(1)..=(y + 1).min(self.rows - 1) {
            for x in x.saturating_sub(1)..=(x + 1).min(self.columns - 1) {
                sum += values[y * self.columns + x];
                n += 1.0;
            }
        }
        sum / n
    }
}

fn block(plane: &Plane, x: usize, y: usize) -> Block {
    const CELL: usize = BLOCK / 2;
    let (mut sum, mut squares, mut count) = (0.0_f32, 0.0_f32, 0.0_f32);
    let mut cells = [(0.0_f32, 0.0_f32, 0.0_f32); 4];
    for dy in 0..BLOCK {
        let row = plane.row(y + dy);
        let Some(part) = row.get(x..row.len().min(x + BLOCK)) else { continue };
        for (dx, &v) in part.iter().enumerate() {
            let cell = &mut cells[dy / CELL * 2 + dx / CELL];
            cell.0 += v;
            cell.1 += v * v;
            cell.2 += 1.0;
        }
    }
    let mut root = 0.0;
    let mut full = 0.0;
    for (s, q, n) in cells {
        if n > 0.0 {
            root += (q / n - (s / n) * (s / n)).max(0.0).sqrt().sqrt();
            full += 1.0;
            sum += s;
            squares += q;
            count += n;
        }
    }
    let mean = sum / count.max(1.0);
    // The mean of roots is drawn to the quiet side: beside an edge the eye sees more than on it.
    let sd = (root / f32::max(full, 1.0)).powi(2);
    let root = sd.min(40.0).sqrt();
    Block {
        variance: (squares / count.max(1.0) - mean * mean).max(0.0),
        texture: root * root.sqrt(),
        room: (0.6 + 0.4 * (mean / 128.0).min(1.0)) * (mean.min(255.0 - mean) / 6.0).clamp(0.15, 1.0),
    }
}
