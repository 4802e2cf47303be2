//! Scanline filters (PNG specification clause 9).

use std::ops::Range;

const NONE: u8 = 0;
const SUB: u8 = 1;
const UP: u8 = 2;
const AVERAGE: u8 = 3;
const PAETH: u8 = 4;

/// Decodes some rows of filtered scanlines (`line` bytes each behind a filter byte, `pixel` bytes a pixel).
///
/// Starts at the nearest row above that needs no other row. An unknown filter type counts as none.
pub(super) fn decode(raw: &[u8], line: usize, pixel: usize, rows: Range<usize>) -> Vec<u8> {
    let kind = |row: usize| raw.get(row * (line + 1)).copied().unwrap_or(NONE);
    let start = (0..=rows.start).rev().find(|r| !matches!(kind(*r), UP | AVERAGE | PAETH)).unwrap_or(0);
    let mut out = Vec::with_capacity(rows.len() * line);
    let (mut above, mut current) = (vec![0; line], vec![0; line]);
    for row in start..rows.end {
        let Some(filtered) = raw.get(row * (line + 1) + 1..(row + 1) * (line + 1)) else { break };
        current.copy_from_slice(filtered);
        undo(kind(row), pixel, &above, &mut current);
        if row >= rows.start {
            out.extend_from_slice(&current);
        }
        std::mem::swap(&mut above, &mut current);
    }
    out
}

/// Decodes one row; `above` is as long. A pixel of one size known to the compiler keeps its neighbours in registers.
pub(super) fn undo(kind: u8, pixel: usize, above: &[u8], row: &mut [u8]) {
    match (kind, pixel) {
        (UP, _) => row.iter_mut().zip(above).for_each(|(r, a)| *r = r.wrapping_add(*a)),
        (SUB | AVERAGE | PAETH, 2) => undo_pixels::<2>(kind, above, row),
        (SUB | AVERAGE | PAETH, 3) => undo_pixels::<3>(kind, above, row),
        (SUB | AVERAGE | PAETH, 4) => undo_pixels::<4>(kind, above, row),
        (SUB | AVERAGE | PAETH, 6) => undo_pixels::<6>(kind, above, row),
        (SUB | AVERAGE | PAETH, 8) => undo_pixels::<8>(kind, above, row),
        (SUB | AVERAGE | PAETH, _) => undo_pixels::<1>(kind, above, row),
        _ => {}
    }
}

fn undo_pixels<const N: usize>(kind: u8, above: &[u8], row: &mut [u8]) {
    match kind {
        SUB => undo_by::<N>(above, row, |left, _, _| left),
        AVERAGE => undo_by::<N>(above, row, |left, above, _| u8::midpoint(left, above)),
        _ => undo_by::<N>(above, row, paeth),
    }
}

/// `predict` takes what is left of a byte, above it, and left of that.
#[inline(always)]
fn undo_by<const N: usize>(above: &[u8], row: &mut [u8], predict: impl Fn(u8, u8, u8) -> u8) {
    let (mut left, mut corner) = ([0; N], [0; N]);
    for (pixel, up) in row.as_chunks_mut::<N>().0.iter_mut().zip(above.as_chunks::<N>().0) {
        for (((p, u), l), c) in pixel.iter_mut().zip(up).zip(&left).zip(&corner) {
            *p = p.wrapping_add(predict(*l, *u, *c));
        }
        (left, corner) = (*pixel, *up);
    }
}

/// Filters one row into `target`; `above` may be empty for the first row.
pub(super) fn apply(kind: u8, pixel: usize, above: &[u8], row: &[u8], target: &mut [u8]) {
    match kind {
        SUB => apply_by(pixel, above, row, target, |left, _, _| left),
        UP => apply_by(pixel, above, row, target, |_, above, _| above),
        AVERAGE => apply_by(pixel, above, row, target, |left, above, _| u8::midpoint(left, above)),
        PAETH => apply_by(pixel, above, row, target, paeth),
        _ => apply_by(pixel, above, row, target, |_, _, _| 0),
    }
}

/// `predict` takes what is left of a byte, above it, and left of that.
#[inline(always)]
fn apply_by(pixel: usize, above: &[u8], row: &[u8], target: &mut [u8], predict: impl Fn(u8, u8, u8) -> u8) {
    let zeros;
    let above = if above.is_empty() {
        zeros = vec![0; row.len()];
        &zeros
    } else {
        above
    };
    // The first pixel has nothing at its left.
    for ((t, value), up) in target.iter_mut().zip(row).zip(above).take(pixel) {
        *t = value.wrapping_sub(predict(0, *up, 0));
    }
    let (rest, values, ups) = (target.get_mut(pixel..), row.get(pixel..), above.get(pixel..));
    let values = values.unwrap_or_default().iter().zip(ups.unwrap_or_default());
    for (((t, (value, up)), left), corner) in rest.unwrap_or_default().iter_mut().zip(values).zip(row).zip(above) {
        *t = value.wrapping_sub(predict(*left, *up, *corner));
    }
}

/// The filter type whose result has the least sum of absolute values, which deflates best on photos.
pub(super) fn choose(pixel: usize, above: &[u8], row: &[u8], target: &mut [u8]) -> u8 {
    let mut best = (u64::MAX, NONE);
    for kind in [NONE, SUB, UP, AVERAGE, PAETH] {
        apply(kind, pixel, above, row, target);
        let sum = target.iter().map(|t| u64::from(t.cast_signed().unsigned_abs())).sum();
        best = best.min((sum, kind));
    }
    apply(best.1, pixel, above, row, target);
    best.1
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(above), i16::from(corner));
    let (pa, pb, pc) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
    // Without branches: noise mispredicts every third.
    let nearer = if pb <= pc { above } else { corner };
    if pa <= pb.min(pc) { left } else { nearer }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Filtering and decoding are inverse, for every filter, pixel size and window of rows.
        #[test]
        fn there_and_back(data in prop::collection::vec(any::<u8>(), 96), kinds in prop::collection::vec(0u8..6, 4),
                          pixel in prop::sample::select(vec![1usize, 2, 3, 4, 6, 8]), from in 0usize..4) {
            let mut raw = Vec::new();
            for (n, row) in data.chunks(24).enumerate() {
                let above = if n == 0 { &[][..] } else { &data[(n - 1) * 24..n * 24] };
                let mut target = vec![0; 24];
                apply(kinds[n], pixel, above, row, &mut target);
                raw.push(kinds[n]);
                raw.extend(target);
            }
            prop_assert_eq!(decode(&raw, 24, pixel, from..4), &data[from * 24..]);
        }
    }
}
