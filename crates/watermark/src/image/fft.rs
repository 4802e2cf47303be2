//! Two-dimensional Fourier transforms of small squares and of whole planes.

use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlannerScalar};

/// Forward and inverse transforms of `rows` x `columns`. The scalar planner gives the same bits on every machine.
pub(crate) struct Fft2 {
    rows: usize,
    columns: usize,
    forward: [Arc<dyn Fft<f32>>; 2],
    inverse: [Arc<dyn Fft<f32>>; 2],
}

impl Fft2 {
    pub(crate) fn new(rows: usize, columns: usize) -> Self {
        let mut planner = FftPlannerScalar::new();
        let forward = [planner.plan_fft_forward(columns), planner.plan_fft_forward(rows)];
        let inverse = [planner.plan_fft_inverse(columns), planner.plan_fft_inverse(rows)];
        Self { rows, columns, forward, inverse }
    }

    /// The spectrum of real values, transposed (columns outside).
    pub(crate) fn forward(&self, values: &[f32]) -> Vec<Complex32> {
        let mut data: Vec<Complex32> = values.iter().map(|&v| Complex32::new(v, 0.0)).collect();
        self.forward[0].process(&mut data);
        let mut data = transpose(&data, self.rows, self.columns);
        self.forward[1].process(&mut data);
        data
    }

    /// Back from a transposed spectrum, not normalised.
    pub(crate) fn inverse(&self, mut spectrum: Vec<Complex32>) -> Vec<Complex32> {
        self.inverse[1].process(&mut spectrum);
        let mut data = transpose(&spectrum, self.columns, self.rows);
        self.inverse[0].process(&mut data);
        data
    }
}

fn transpose(data: &[Complex32], rows: usize, columns: usize) -> Vec<Complex32> {
    const BLOCK: usize = 16;
    let mut out = vec![Complex32::default(); data.len()];
    for y0 in (0..rows).step_by(BLOCK) {
        for x0 in (0..columns).step_by(BLOCK) {
            for y in y0..(y0 + BLOCK).min(rows) {
                for x in x0..(x0 + BLOCK).min(columns) {
                    out[x * rows + y] = data[y * columns + x];
                }
            }
        }
    }
    out
}
