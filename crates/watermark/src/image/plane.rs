//! A plane of samples, and scaling it.

/// Samples of one channel in rows from the top left, without padding between rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` samples, lightness from 0 to 255.
    pub data: Vec<f32>,
}

impl Plane {
    /// A plane of zeros.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![0.0; width * height] }
    }

    /// The rows.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.data.chunks_exact(self.width.max(1))
    }

    /// A row; empty past the end.
    pub fn row(&self, y: usize) -> &[f32] {
        self.data.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    /// A part, cut off at the edges.
    pub(crate) fn part(&self, x: usize, y: usize, width: usize, height: usize) -> Self {
        let width = width.min(self.width.saturating_sub(x));
        let rows = self.rows().skip(y).take(height).filter_map(|row| row.get(x..x + width));
        let data: Vec<f32> = rows.flatten().copied().collect();
        Self { width, height: data.len() / width.max(1), data }
    }

    /// Another size over the same picture: cubic convolution (Catmull-Rom), widened when shrinking so that nothing
    /// aliases.
    pub(crate) fn resize(&self, width: usize, height: usize) -> Self {
        let scale = |from: usize, to: usize| from as f32 / to.max(1) as f32;
        self.sample(width, height, scale(self.width, width), scale(self.height, height))
    }

    /// `width` x `height` samples that lie `sx` and `sy` pixels apart, the first pixel's corner being the first sample's
    /// corner. Samples outside repeat the edge.
    pub(crate) fn sample(&self, width: usize, height: usize, sx: f32, sy: f32) -> Self {
        let mut narrow = Self::new(self.width, height);
        let rows = Taps::new(self.height, height, sy);
        for (y, out) in narrow.data.chunks_exact_mut(self.width.max(1)).enumerate() {
            for (row, weight) in rows.of(y) {
                for (o, &v) in out.iter_mut().zip(self.row(row)) {
                    *o += weight * v;
                }
            }
        }
        let mut result = Self::new(width, height);
        let columns = Taps::new(self.width, width, sx);
        for (out, row) in result.data.chunks_exact_mut(width.max(1)).zip(narrow.rows()) {
            for (x, o) in out.iter_mut().enumerate() {
                *o = columns.dot(x, row);
            }
        }
        result
    }

    /// The sample nearest to a place, the first one's corner being (0, 0).
    pub(crate) fn nearest(&self, x: f64, y: f64) -> f32 {
        let place = |v: f64, n: usize| (v.max(0.0) as usize).min(n - 1);
        self.row(place(y, self.height))[place(x, self.width)]
    }

    /// Gaussian blur, edges repeated.
    pub(crate) fn blur(&self, sigma: f32) -> Self {
        let kernel = gaussian(sigma);
        let radius = kernel.len() / 2;
        let mut across = Self::new(self.width, self.height);
        let mut padded = vec![0.0; self.width + 2 * radius];
        for (out, row) in across.data.chunks_exact_mut(self.width.max(1)).zip(self.rows()) {
            let (Some(&first), Some(&last)) = (row.first(), row.last()) else { break };
            padded[..radius].fill(first);
            padded[radius..radius + row.len()].copy_from_slice(row);
            padded[radius + row.len()..].fill(last);
            for (i, &k) in kernel.iter().enumerate() {
                for (o, &v) in out.iter_mut().zip(&padded[i..]) {
                    *o += k * v;
                }
            }
        }
        let mut result = Self::new(self.width, self.height);
        for (y, out) in result.data.chunks_exact_mut(self.width.max(1)).enumerate() {
            for (i, &k) in kernel.iter().enumerate() {
                let from = (y + i).saturating_sub(radius).min(self.height - 1);
                for (o, &v) in out.iter_mut().zip(across.row(from)) {
                    *o += k * v;
                }
            }
        }
        result
    }
}

/// A normalised Gaussian, three sigma to each side.
fn gaussian(sigma: f32) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil() as i32;
    let raw: Vec<f32> = (-radius..=radius).map(|i| libm::expf(-0.5 * (i as f32 / sigma).powi(2))).collect();
    let sum: f32 = raw.iter().sum();
    raw.into_iter().map(|v| v / sum).collect()
}

/// Which input samples make an output sample, along one axis.
struct Taps {
    /// First input sample of each output sample; may lie before the start.
    first: Vec<i32>,
    weights: Vec<f32>,
    count: usize,
    last: i32,
}

impl Taps {
    fn new(from: usize, to: usize, step: f32) -> Self {
        let wide = step.max(1.0);
        // A multiple of four, for the lanes of the products.
        let count = ((4.0 * wide).ceil() as usize + 1).next_multiple_of(4);
        let mut first = Vec::with_capacity(to);
        let mut weights = Vec::with_capacity(to * count);
        for i in 0..to {
            let centre = (i as f32 + 0.5) * step - 0.5;
            let start = (centre - 2.0 * wide).ceil();
            let row: Vec<f32> = (0..count).map(|j| cubic((start + j as f32 - centre) / wide)).collect();
            let sum: f32 = row.iter().sum();
            weights.extend(row.into_iter().map(|w| w / sum));
            first.push(start as i32);
        }
        Self { first, weights, count, last: from as i32 - 1 }
    }

    fn weights(&self, i: usize) -> &[f32] {
        &self.weights[i * self.count..(i + 1) * self.count]
    }

    fn of(&self, i: usize) -> impl Iterator<Item = (usize, f32)> {
        let first = self.first[i];
        let place = move |j: usize| (first + j as i32).clamp(0, self.last) as usize;
        self.weights(i).iter().enumerate().filter(|&(_, &w)| w != 0.0).map(move |(j, &w)| (place(j), w))
    }

    fn dot(&self, i: usize, row: &[f32]) -> f32 {
        let first = self.first[i];
        let inside = usize::try_from(first).ok().and_then(|f| row.get(f..f + self.count));
        match inside {
            Some(part) => dot(part, self.weights(i)),
            None => self.of(i).map(|(x, w)| row[x] * w).sum(),
        }
    }
}

/// The sum of products, in four lanes, which a compiler may not make of one.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, b) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    let mut lanes = [0.0_f32; 4];
    for (x, y) in a.zip(b) {
        for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += x * y;
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
}

/// Catmull-Rom.
pub(crate) fn cubic(x: f32) -> f32 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}
