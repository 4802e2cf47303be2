//! Embedding: the tile, scaled by what the eye does not see.

use super::content::{Hash, UPRIGHT};
use super::informed;
use super::plane::Plane;
use super::strength::Strength;
use super::sync::Sync;
use super::tile::{Layer, Steps, Surface, Tile};
use super::visibility::{BLOCK, Power, Visibility};
use super::{SHARES, SMALLEST, period, phase, rung, signs};
use crate::code;
use crate::key::Key;
use crate::payload::{IMAGE, Payload};

/// Times that the power is measured and corrected.
const CORRECTIONS: usize = 2;

/// Power of the mark in any block without texture, as a multiple of that in the flattest quarter.
const CEILING: f64 = 1.5;

/// Decibels that the flattest quarter of a plain picture gets above that of others.
const PLAINER: f32 = 0.6;

/// A mark for one picture: what to add to each pixel.
pub struct Mark {
    fine: (Surface, Steps),
    coarse: (Surface, Steps),
    /// Chips a pixel of the fine layer, and the tile's origin.
    step: f32,
    origin: (f32, f32),
    /// Makes the power of both layers 1.
    scale: f32,
    /// Of each block.
    amplitude: Plane,
}

/// A key made ready for marking any number of pictures.
pub struct Embedder {
    key: Key,
    sync: Sync,
}

impl Embedder {
    /// Prepares a key.
    pub fn new(key: &Key) -> Self {
        Self { key: key.clone(), sync: Sync::new(Tile::new(key)) }
    }

    /// Makes the mark of a picture from its lightness (0 to 255). `None` for a picture with a side under
    /// [`SMALLEST`] pixels.
    pub fn embed(&self, plane: &Plane, payload: Payload, strength: Strength) -> Option<Mark> {
        if plane.width.min(plane.height) < SMALLEST {
            return None;
        }
        let tile = &self.sync.tile;
        let hash = Hash::new(plane, UPRIGHT).bits();
        let code = signs(code::encode(&IMAGE.pack(&self.key, payload, hash)));
        let origin = phase(&self.key, hash);
        let step = 64.0 / period(rung(plane.width, plane.height));
        let visibility = Visibility::new(plane);
        let flat = strength.flat + PLAINER * visibility.plainness();
        let wanted = Power::allowed(Strength { flat, ..strength });
        let ceiling = CEILING * wanted.flat;
        let amplitude = visibility.amplitude(wanted, ceiling);
        let codes = informed::codes(&self.sync, plane, &amplitude, step, origin, &code);
        let layer = |layer: &Layer, code: &[f32]| {
            let scale = layer.side as f32 / 64.0;
            let steps = Steps::new(plane.width, step * scale, origin.0 * scale, layer.side);
            (Surface::new(layer.side, &layer.chips(code)), steps)
        };
        let (fine, coarse) = (layer(&tile.fine, &codes[0]), layer(&tile.coarse, &codes[1]));
        let scale = power(&fine.0, &coarse.0).sqrt().recip();
        let mut mark = Mark { fine, coarse, step, origin, scale, amplitude };
        // Rounding, clipping and the slopes between blocks change the power: measure it, and ask again.
        let mut asked = wanted;
        for _ in 0..CORRECTIONS {
            asked = asked.corrected(wanted, mark.power(plane, &visibility));
            mark.amplitude = visibility.amplitude(asked, ceiling);
        }
        Some(mark)
    }
}

/// Mean square of both layers together: where they carry opposite chips they weaken each other.
fn power(fine: &Surface, coarse: &Surface) -> f32 {
    const SAMPLES: usize = 256;
    let (fine, coarse) = (fine.render(SAMPLES), coarse.render(SAMPLES));
    let sum: f32 = fine.iter().zip(&coarse).map(|(f, c)| (SHARES.0 * f + SHARES.1 * c).powi(2)).sum();
    sum / (SAMPLES * SAMPLES) as f32
}

impl Mark {
    /// Writes into `out` what to add to the pixels of row `y`.
    pub fn row(&self, y: usize, scratch: &mut Scratch, out: &mut Vec<f32>) {
        out.clear();
        let at = (y as f32 + 0.5) * self.step;
        let height = |origin: f32, side: usize| (at + origin) * side as f32 / 64.0 - 0.5;
        self.fine.0.row(height(self.origin.1, 64), &mut scratch.fine);
        self.coarse.0.row(height(self.origin.1, 32), &mut scratch.coarse);
        self.amplitudes(y, &mut scratch.amplitude);
        for x in 0..self.fine.1.len() {
            let chip =
                SHARES.0 * self.fine.1.value(x, &scratch.fine) + SHARES.1 * self.coarse.1.value(x, &scratch.coarse);
            out.push(chip);
        }
        // Amplitudes are known in the middle of blocks, and straight between.
        let last = scratch.amplitude.len() - 1;
        for (x, o) in out.iter_mut().enumerate() {
            let at = ((x as f32 + 0.5) / BLOCK as f32 - 0.5).clamp(0.0, last as f32);
            let left = at as usize;
            let part = at - left as f32;
            let (a, b) = (scratch.amplitude[left], scratch.amplitude[(left + 1).min(last)]);
            *o *= self.scale * (a + (b - a) * part);
        }
    }

    /// The error power that the mark gives on a sample of the picture's block rows, rounding and clipping included.
    fn power(&self, plane: &Plane, visibility: &Visibility) -> Power {
        const EVERY: usize = 2;
        let (mut scratch, mut delta) = (Scratch::default(), Vec::new());
        let (mut all, mut flat) = ((0.0_f64, 0.0_f64), (0.0_f64, 0.0_f64));
        for block in (0..plane.height / BLOCK).step_by(EVERY) {
            for y in block * BLOCK..(block + 1) * BLOCK {
                self.row(y, &mut scratch, &mut delta);
                for (column, (row, delta)) in plane.row(y).chunks_exact(BLOCK).zip(delta.chunks(BLOCK)).enumerate() {
                    let error = |(v, d): (&f32, &f32)| ((v + d).clamp(0.0, 255.0) - v).powi(2) + 1.0 / 12.0;
                    let sum = f64::from(row.iter().zip(delta).map(error).sum::<f32>());
                    all = (all.0 + sum, all.1 + BLOCK as f64);
                    if visibility.is_flat(column, block) {
                        flat = (flat.0 + sum, flat.1 + BLOCK as f64);
                    }
                }
            }
        }
        Power { all: all.0 / all.1.max(1.0), flat: flat.0 / flat.1.max(1.0) }
    }

    fn amplitudes(&self, y: usize, out: &mut Vec<f32>) {
        let last = self.amplitude.height - 1;
        let at = ((y as f32 + 0.5) / BLOCK as f32 - 0.5).clamp(0.0, last as f32);
        let top = at as usize;
        let part = at - top as f32;
        let below = self.amplitude.row((top + 1).min(last));
        out.clear();
        out.extend(self.amplitude.row(top).iter().zip(below).map(|(a, b)| a + (b - a) * part));
    }
}

/// Buffers for [`Mark::row`].
#[derive(Default)]
pub struct Scratch {
    fine: Vec<f32>,
    coarse: Vec<f32>,
    amplitude: Vec<f32>,
}
