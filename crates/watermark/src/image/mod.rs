//! The image watermark: a keyed periodic tile added to the lightness of a picture.
//!
//! One tile carries the whole word. It repeats over the picture with a period that depends on the picture's size alone,
//! so that a crop keeps the period and any part of about one tile is enough. Two layers of chips share the tile: fine
//! ones, of which a crop holds many, and coarse ones of twice the size, which survive thumbnails and hard codecs. About
//! a fifth of the chips are known to the key and give the position; the others carry the code bits.

mod content;
mod detect;
mod embed;
mod fft;
mod fold;
mod geometry;
mod informed;
mod lattice;
mod page;
mod plane;
mod refine;
mod region;
mod residual;
mod strength;
mod sync;
#[cfg(test)]
mod tests;
mod tile;
mod visibility;

pub use content::Content;
pub use detect::{Detection, Detector, Mark as Found};
pub use embed::{Embedder, Mark, Scratch};
pub use plane::Plane;
pub use region::Point;
pub use strength::Strength;

/// Words looked at for a picture and key at most; the bound on wrong payloads counts on it.
pub(crate) const TRIALS: usize = 4096;
/// Shortest side that is marked or searched, in pixels.
pub const SMALLEST: usize = 64;

/// Amplitudes of the fine and the coarse layer: 70 and 30 % of a power of 2.
const SHARES: (f32, f32) = (1.183_216, 0.774_597);

/// Periods of the tile are powers of the square root of two, in pixels: the rung of a period is twice its binary
/// logarithm.
fn period(rung: i32) -> f32 {
    let whole = 2_f32.powi(rung.div_euclid(2));
    if rung.rem_euclid(2) == 0 { whole } else { whole * std::f32::consts::SQRT_2 }
}

/// The rung whose period is nearest to the shorter side over 3.75, and no chip smaller than a pixel. Pictures with a side
/// of under 640 pixels get larger tiles, up to 170 pixels or the side over 3.2: what is made of them later has few pixels.
fn rung(width: usize, height: usize) -> i32 {
    let short = width.min(height) as f32;
    let wanted = (short / 3.2).min(170.0).max(short / 3.75);
    // A rung ends half a rung above itself.
    let above = 2_f32.sqrt().sqrt();
    (12..40).find(|&r| period(r) * above >= wanted).unwrap_or(40)
}

/// The tile's place in a picture with this content hash, in chips: it differs from picture to picture, so that averaging
/// marked pictures does not show the tile.
fn phase(key: &crate::Key, hash: u16) -> (f32, f32) {
    let mut stream = key.stream(&format!("image/1/phase/{hash}"));
    (stream.below(6400) as f32 / 100.0, stream.below(6400) as f32 / 100.0)
}

/// Code bits as chips carry them: 0 is +1, 1 is -1.
fn signs(code: Vec<bool>) -> Vec<f32> {
    code.into_iter().map(|b| if b { -1.0 } else { 1.0 }).collect()
}
