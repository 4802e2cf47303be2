//! What is left of a picture when the picture is taken out: the input of every correlation.

use super::plane::Plane;

/// Side of the cells in which activity is measured, in samples.
const CELL: usize = 4;
/// Deviations at which single samples are cut off: pictures have far more large values than the mark.
const LIMIT: f32 = 1.2;

/// Expected amplitude of the mark where the local standard deviation is `sd`, up to a factor. The embedder and the
/// detector share it: the detector's matched filter weighs with it.
pub(crate) fn amplitude(sd: f32) -> f32 {
    let root = sd.min(40.0).sqrt();
    2.0 + root * root.sqrt()
}

/// The high-pass part of a plane of two samples a chip, weighted as a matched filter: expected amplitude of the mark over
/// the variance of the picture and of codec noise, single samples limited. `hard` takes text and other hard edges out, for
/// pictures inside pages.
pub(crate) fn residual(plane: &Plane, hard: bool, sigma: f32) -> Plane {
    let smooth = plane.blur(sigma);
    let mut rest = Plane::new(plane.width, plane.height);
    for ((r, &v), &s) in rest.data.iter_mut().zip(&plane.data).zip(&smooth.data) {
        *r = v - s;
    }
    let power = power(&rest).blur(2.0);
    let sd = |p: f32| (p.max(0.0) + 4.0).sqrt();
    let limit: Vec<f32> = power.data.iter().map(|&p| sd(p).recip()).collect();
    let gain: Vec<f32> = power.data.iter().map(|&p| gain(sd(p), hard)).collect();
    let (mut limits, mut gains) = (Vec::new(), Vec::new());
    for (y, row) in rest.data.chunks_exact_mut(plane.width.max(1)).enumerate() {
        expand(&limit, power.width, y, &mut limits);
        expand(&gain, power.width, y, &mut gains);
        for (r, (l, g)) in row.iter_mut().zip(limits.iter().zip(&gains)) {
            *r = (*r * l).clamp(-LIMIT, LIMIT) * g;
        }
    }
    rest
}

/// Weight of a sample in units of its deviation.
fn gain(sd: f32, hard: bool) -> f32 {
    let gain = amplitude(sd) / sd;
    if hard { gain / (1.0 + (sd / 15.0) * (sd / 15.0)) } else { gain }
}

/// Row `y` of samples from the values of cells `columns` wide, straight between the cells' middles.
fn expand(cells: &[f32], columns: usize, y: usize, out: &mut Vec<f32>) {
    let rows = cells.len() / columns;
    let between = |i: usize, n: usize| {
        let at = ((i as f32 + 0.5) / CELL as f32 - 0.5).clamp(0.0, (n - 1) as f32);
        (at as usize, at.fract())
    };
    let (top, part) = between(y, rows);
    let row = |y: usize| &cells[y.min(rows - 1) * columns..][..columns];
    let line: Vec<f32> = row(top).iter().zip(row(top + 1)).map(|(a, b)| a + (b - a) * part).collect();
    out.clear();
    // Half a cell before the first middle, half a one behind the last.
    out.extend([line[0]; CELL / 2]);
    for pair in line.windows(2) {
        let slope = (pair[1] - pair[0]) / CELL as f32;
        out.extend((0..CELL).map(|i| pair[0] + slope * (i as f32 + 0.5)));
    }
    out.extend([line[columns - 1]; CELL / 2]);
}

/// Mean squares of cells.
fn power(rest: &Plane) -> Plane {
    let mut cells = Plane::new(rest.width.div_ceil(CELL), rest.height.div_ceil(CELL));
    let width = cells.width;
    for (y, out) in cells.data.chunks_exact_mut(width.max(1)).enumerate() {
        let mut rows = 0;
        for row in rest.rows().skip(y * CELL).take(CELL) {
            rows += 1;
            for (o, cell) in out.iter_mut().zip(row.chunks(CELL)) {
                *o += cell.iter().map(|v| v * v).sum::<f32>() / cell.len() as f32;
            }
        }
        out.iter_mut().for_each(|o| *o /= rows.max(1) as f32);
    }
    cells
}
