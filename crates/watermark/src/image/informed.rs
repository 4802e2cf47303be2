//! Informed embedding: the embedder knows the picture, so it can take out of the code bits what the picture itself
//! says in them (improved spread spectrum, Malvar and Florencio 2003).

use super::SHARES;
use super::fold::{FINE, Layers};
use super::plane::Plane;
use super::sync::{Orientation, Sync};
use super::tile::{POWER, Surface};

/// Rounds: the detector's weights depend on the mark, so the answer is measured again.
const ROUNDS: usize = 2;
/// Noise that attacks add to a code bit, as a share of its amplitude.
const ATTACK: f32 = 0.35;

/// Signed amplitudes of the code bits of the fine and the coarse layer, of mean square 1, that let the detector see bits
/// as equal as the power allows.
pub(crate) fn codes(
    sync: &Sync,
    plane: &Plane,
    amplitude: &Plane,
    step: f32,
    origin: (f32, f32),
    code: &[f32],
) -> [Vec<f32>; 2] {
    let mut codes = [code.to_vec(), code.to_vec()];
    let pixels = 64.0 / step / FINE as f32;
    let size = |n: usize| (n as f32 / pixels).round() as usize;
    let host = plane.sample(size(plane.width), size(plane.height), pixels, pixels);
    let shift = (-2.0 * origin.0, -2.0 * origin.1);
    let margins = |plane: &Plane| -> [Vec<f32>; 2] {
        let chips = sync.chips(&Layers::new(plane, None, false).fold(), Orientation::UPRIGHT, shift);
        let layers = [&sync.tile.fine, &sync.tile.coarse];
        std::array::from_fn(|i| layers[i].soft(&chips[i]).iter().zip(code).map(|(s, c)| s * c).collect())
    };
    let before = margins(&host);
    let ratio = pixels / 8.0;
    let amplitude = amplitude.sample(host.width, host.height, ratio, ratio);
    // Both layers together have a power of 2, a little flattened between the chips.
    let scale = (2.0 * POWER).sqrt().recip();
    let mut hosts = before;
    for _ in 0..ROUNDS {
        let tiles = [(&sync.tile.fine, &codes[0]), (&sync.tile.coarse, &codes[1])]
            .map(|(layer, code)| Shifted::new(&Surface::new(layer.side, &layer.chips(code)), layer.side, origin));
        let mut marked = host.clone();
        for (y, (row, amplitudes)) in marked.data.chunks_exact_mut(host.width).zip(amplitude.rows()).enumerate() {
            let lines = [tiles[0].row(y), tiles[1].row(y)];
            for (x, (v, a)) in row.iter_mut().zip(amplitudes).enumerate() {
                *v += a * scale * (SHARES.0 * lines[0][x % FINE] + SHARES.1 * lines[1][x % FINE]);
            }
        }
        let after = margins(&marked);
        for i in 0..2 {
            let gains: Vec<f32> = codes[i].iter().zip(code).map(|(g, c)| g * c).collect();
            // What a unit of gain does, by least squares over the bits; the rest is the picture's.
            let (mut product, mut square) = (0.0, 0.0);
            for ((a, h), g) in after[i].iter().zip(&hosts[i]).zip(&gains) {
                product += (a - h) * g;
                square += g * g;
            }
            let response = product / square;
            let rest: Vec<f32> = after[i].iter().zip(&gains).map(|(a, g)| a - g * response).collect();
            let gains = best(&rest, response);
            codes[i] = gains.iter().zip(code).map(|(g, c)| g * c).collect();
            hosts[i] = rest;
        }
    }
    codes
}

/// The gains that give the best ratio of mean to deviation, attacks included.
fn best(host: &[f32], response: f32) -> Vec<f32> {
    if response.is_nan() || response <= 0.0 {
        return vec![1.0; host.len()];
    }
    let n = host.len() as f32;
    let mut top = (0.0, vec![1.0; host.len()]);
    for tenth in 0..=10 {
        let cancel = tenth as f32 / 10.0;
        let mut gains: Vec<f32> = host.iter().map(|h| (1.0 - cancel * h / response).clamp(-0.5, 3.0)).collect();
        let power = gains.iter().map(|g| g * g).sum::<f32>() / n;
        gains.iter_mut().for_each(|g| *g /= power.sqrt());
        let margins = || gains.iter().zip(host).map(|(g, h)| g * response + h);
        let mean = margins().sum::<f32>() / n;
        let variance = margins().map(|m| (m - mean) * (m - mean)).sum::<f32>() / n;
        let score = mean.max(0.0) / (variance + (ATTACK * response).powi(2)).sqrt();
        if score > top.0 {
            top = (score, gains);
        }
    }
    top.1
}

/// One period of a layer as samples, shifted to the tile's origin.
struct Shifted(Vec<f32>);

impl Shifted {
    fn new(surface: &Surface, side: usize, origin: (f32, f32)) -> Self {
        let scale = side as f32 / 64.0;
        Self(surface.shifted(FINE, (origin.0 * scale, origin.1 * scale)))
    }

    fn row(&self, y: usize) -> &[f32] {
        &self.0[y % FINE * FINE..(y % FINE + 1) * FINE]
    }
}
