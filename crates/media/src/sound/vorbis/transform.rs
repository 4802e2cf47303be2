//! The samples of a label as lines of blocks: the window of Vorbis (Vorbis I, section 4.3.1) and the MDCT (section 1.3.2, from the
//! side of the coder).

use std::f64::consts::PI;

/// The MDCT of blocks of one size between blocks of the same size.
pub(super) struct Transform {
    window: Vec<f64>,
    /// Cosines of a turn, in steps in which all angles are whole numbers.
    turn: Vec<f64>,
}

impl Transform {
    pub(super) fn new(size: usize) -> Self {
        let slope = |n: usize| libm::sin(PI / size as f64 * (n as f64 + 0.5));
        let steps = 4 * size;
        Self {
            window: (0..size).map(|n| libm::sin(PI / 2.0 * slope(n) * slope(n))).collect(),
            turn: (0..steps).map(|n| libm::cos(2.0 * PI * n as f64 / steps as f64)).collect(),
        }
    }

    /// The lowest lines of the block whose middle is at a sample; outside of the samples is silence.
    pub(super) fn lines(&self, samples: &[f32], middle: i64, count: usize) -> Vec<f64> {
        let size = self.window.len();
        let from = middle - size as i64 / 2;
        let sample = |n: usize| usize::try_from(from + n as i64).ok().and_then(|at| samples.get(at));
        let weighted = |(n, weight): (usize, &f64)| sample(n).map_or(0.0, |s| f64::from(*s) * weight);
        let block: Vec<f64> = self.window.iter().enumerate().map(weighted).collect();
        if block.iter().all(|s| *s == 0.0) {
            return vec![0.0; count];
        }
        let line = |k: usize| {
            let angle = |n: usize| (2 * n + 1 + size / 2) * (2 * k + 1) % self.turn.len();
            let product = |(n, s): (usize, &f64)| self.turn.get(angle(n)).map_or(0.0, |c| s * c);
            4.0 / size as f64 * block.iter().enumerate().map(product).sum::<f64>()
        };
        (0..count).map(line).collect()
    }
}
