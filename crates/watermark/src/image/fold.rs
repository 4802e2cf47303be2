//! Folding: all tiles of a picture laid on top of each other.

use super::plane::Plane;
use super::residual::residual;

/// Samples along a side of the folded fine layer, two a chip. The coarse layer has half of them.
pub(crate) const FINE: usize = 128;
/// Samples along a side of the folded coarse layer.
pub(crate) const COARSE: usize = 64;

/// Blur that is taken out of the fine layer's plane, in samples: 0.8 chips. Pictures have so much more power in low
/// frequencies that a steep filter is worth what it costs the mark.
const FINE_BLUR: f32 = 1.6;
/// The same for the coarse layer, whose band holds more of the picture.
const COARSE_BLUR: f32 = 1.3;

/// What is left of a picture in each layer's band, two samples a chip.
pub(crate) struct Layers {
    pub(crate) fine: Plane,
    pub(crate) coarse: Plane,
}

impl Layers {
    /// From a plane whose tiles have a period of `FINE` samples; the samples outside the picture are zero.
    pub(crate) fn new(plane: &Plane, inside: Option<&[bool]>, hard: bool) -> Self {
        let even = |n: usize| n.div_ceil(2);
        let half = plane.sample(even(plane.width), even(plane.height), 2.0, 2.0);
        let (mut fine, mut coarse) = (residual(plane, hard, FINE_BLUR), residual(&half, hard, COARSE_BLUR));
        if let Some(inside) = inside {
            mask(&mut fine, inside);
            let rows = inside.chunks_exact(plane.width).step_by(2);
            let inside: Vec<bool> = rows.flat_map(|row| row.iter().step_by(2)).copied().collect();
            mask(&mut coarse, &inside);
        }
        Self { fine, coarse }
    }

    /// Both layers from a plane of `COARSE` samples a tile: a look at a quarter of the price. The fine layer has one
    /// sample a chip, which shows it unless it lies between them.
    pub(crate) fn glance(plane: &Plane, inside: &[bool], hard: bool) -> Self {
        let layer = |blur: f32| {
            let mut layer = residual(plane, hard, blur);
            mask(&mut layer, inside);
            layer
        };
        Self { fine: layer(FINE_BLUR / 2.0), coarse: layer(COARSE_BLUR) }
    }

    /// Folds layers of [`Layers::new`].
    pub(crate) fn fold(&self) -> Fold {
        Fold { fine: fold(&self.fine, FINE), coarse: fold(&self.coarse, COARSE) }
    }

    /// Folds layers of [`Layers::new`], each window of half a tile by its weight (in rows).
    pub(crate) fn fold_weighted(&self, weights: &[f32]) -> Fold {
        let columns = self.fine.width.div_ceil(FINE / 2);
        let folded = |plane: &Plane, n: usize| {
            let mut plane = plane.clone();
            let width = plane.width.max(1);
            for (y, row) in plane.data.chunks_exact_mut(width).enumerate() {
                let weights = weights.get(y / (n / 2) * columns..).unwrap_or_default();
                for (part, w) in row.chunks_mut(n / 2).zip(weights) {
                    part.iter_mut().for_each(|v| *v *= w);
                }
            }
            fold(&plane, n)
        };
        Fold { fine: folded(&self.fine, FINE), coarse: folded(&self.coarse, COARSE) }
    }

    /// Folds layers of [`Layers::glance`].
    pub(crate) fn fold_glance(&self) -> Fold {
        Fold { fine: fold(&self.fine, COARSE), coarse: fold(&self.coarse, COARSE) }
    }
}

/// Sets the samples outside the picture to zero.
fn mask(plane: &mut Plane, inside: &[bool]) {
    for (v, &inside) in plane.data.iter_mut().zip(inside) {
        *v *= f32::from(u8::from(inside));
    }
}

/// Both layers of a picture, folded: all tiles on top of each other.
pub(crate) struct Fold {
    pub(crate) fine: Vec<f32>,
    pub(crate) coarse: Vec<f32>,
}

fn fold(plane: &Plane, n: usize) -> Vec<f32> {
    let mut sum = vec![0.0; n * n];
    for (y, row) in plane.rows().enumerate() {
        let out = &mut sum[y % n * n..(y % n + 1) * n];
        for part in row.chunks(n) {
            for (o, &v) in out.iter_mut().zip(part) {
                *o += v;
            }
        }
    }
    sum
}
