//! Prediction from neighbours (RFC 9649 3.5.1): of each tile the mode that leaves least.

use std::ops::Range;

use super::less;

/// Side of a tile, as a power of two.
pub(super) const TILE_BITS: u32 = 4;
const TILE: usize = 1 << TILE_BITS;
/// The modes that are tried. Others gain little.
const MODES: [u32; 7] = [1, 2, 5, 7, 10, 11, 12];
/// The pixels by which modes are compared are one in four: every second one of every second row.
const SAMPLE: usize = 2;

/// A picture as differences.
pub(super) struct Predicted {
    /// For each tile its mode, in green.
    pub(super) modes: Vec<u32>,
    pub(super) differences: Vec<u32>,
}

/// Neighbours of a pixel.
#[derive(Clone, Copy)]
struct Around {
    left: u32,
    top: u32,
    top_right: u32,
    top_left: u32,
}

/// Predicts every pixel.
pub(super) fn predict(pixels: &[u32], width: usize) -> Predicted {
    let width = width.max(1);
    let height = pixels.len() / width;
    let mut modes = Vec::new();
    for top in (0..height).step_by(TILE) {
        let down = top.max(1)..(top + TILE).min(height);
        modes.extend((0..width).step_by(TILE).map(|left| {
            let across = left.max(1)..(left + TILE).min(width);
            MODES.into_iter().min_by_key(|mode| cost(pixels, width, &across, &down, *mode)).unwrap_or(1)
        }));
    }
    let tiles = width.div_ceil(TILE);
    let difference = |n: usize| {
        // The first row and the first column have modes of their own.
        let mode = match (n % width, n / width) {
            (0, 0) => 0,
            (_, 0) => 1,
            (0, _) => 2,
            (x, y) => modes.get(y / TILE * tiles + x / TILE).copied().unwrap_or(1),
        };
        difference(pixels, n, width, mode)
    };
    let differences = (0..pixels.len()).map(difference).collect();
    Predicted { modes: modes.iter().map(|mode| 0xff00_0000 | mode << 8).collect(), differences }
}

/// How much the differences of a tile are likely to cost.
fn cost(pixels: &[u32], width: usize, across: &Range<usize>, down: &Range<usize>, mode: u32) -> u32 {
    let mut sum = 0;
    for y in down.clone().step_by(SAMPLE) {
        for x in across.clone().step_by(SAMPLE) {
            let channels = difference(pixels, y * width + x, width, mode).to_be_bytes();
            sum += channels.map(|d| u32::from(d.cast_signed().unsigned_abs())).iter().sum::<u32>();
        }
    }
    sum
}

fn difference(pixels: &[u32], n: usize, width: usize, mode: u32) -> u32 {
    let at = |back: usize| n.checked_sub(back).and_then(|n| pixels.get(n)).copied().unwrap_or(0);
    // Behind the last pixel of the row above is the first one of this row.
    let around = Around { left: at(1), top: at(width), top_right: at(width - 1), top_left: at(width + 1) };
    less(at(0), predicted(around, mode))
}

fn predicted(Around { left, top, top_right, top_left }: Around, mode: u32) -> u32 {
    match mode {
        0 => 0xff00_0000,
        1 => left,
        2 => top,
        5 => mean(mean(left, top_right), top),
        7 => mean(left, top),
        10 => mean(mean(left, top_left), mean(top, top_right)),
        // The neighbour that lies nearer to left + top - top left.
        11 if apart(top, top_left) < apart(left, top_left) => left,
        11 => top,
        _ => {
            let (l, t, c) = (left.to_be_bytes(), top.to_be_bytes(), top_left.to_be_bytes());
            let channels = l.into_iter().zip(t).zip(c);
            let clamped = channels.map(|((l, t), c)| (i32::from(l) + i32::from(t) - i32::from(c)).clamp(0, 255) as u32);
            clamped.fold(0, |sum, channel| sum << 8 | channel)
        }
    }
}

/// The mean of each channel, rounded down.
fn mean(a: u32, b: u32) -> u32 {
    (((a ^ b) & 0xfefe_fefe) >> 1) + (a & b)
}

/// How far two colors are apart, in all channels together.
fn apart(a: u32, b: u32) -> u32 {
    a.to_be_bytes().into_iter().zip(b.to_be_bytes()).map(|(a, b)| u32::from(a.abs_diff(b))).sum()
}
