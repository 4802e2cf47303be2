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

fn undo(kind: u8, pixel: usize, above: &[u8], row: &mut [u8]) {
    match kind {
        UP => row.iter_mut().zip(above).for_each(|(r, a)| *r = r.wrapping_add(*a)),
        SUB | AVERAGE | PAETH => {
            // Two rings of the last pixel: left, and above it.
            let (mut left, mut corner) = ([0u8; 8], [0u8; 8]);
            for (chunk, up) in row.chunks_mut(pixel).zip(above.chunks(pixel)) {
                for (((r, a), l), c) in chunk.iter_mut().zip(up).zip(&mut left).zip(&mut corner) {
                    *r = r.wrapping_add(predict(kind, *l, *a, *c));
                    (*l, *c) = (*r, *a);
                }
            }
        }
        _ => {}
    }
}

/// Filters one row into `target`; `above` may be empty for the first row.
pub(super) fn apply(kind: u8, pixel: usize, above: &[u8], row: &[u8], target: &mut [u8]) {
    let at = |line: &[u8], n: Option<usize>| n.and_then(|n| line.get(n)).copied().unwrap_or(0);
    for (n, (t, value)) in target.iter_mut().zip(row).enumerate() {
        let left = n.checked_sub(pixel);
        *t = value.wrapping_sub(predict(kind, at(row, left), at(above, Some(n)), at(above, left)));
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

fn predict(kind: u8, left: u8, above: u8, corner: u8) -> u8 {
    match kind {
        SUB => left,
        UP => above,
        AVERAGE => u16::midpoint(left.into(), above.into()) as u8,
        PAETH => paeth(left, above, corner),
        _ => 0,
    }
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(above), i16::from(corner));
    let (pa, pb, pc) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
    if pa <= pb && pa <= pc {
        left
    } else if pb <= pc {
        above
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Filtering and decoding are inverse, for every filter, pixel size and window of rows.
        #[test]
        fn there_and_back(data in prop::collection::vec(any::<u8>(), 48), kinds in prop::collection::vec(0u8..6, 4),
                          pixel in prop::sample::select(vec![1usize, 2, 3, 4, 6, 8]), from in 0usize..4) {
            let mut raw = Vec::new();
            for (n, row) in data.chunks(12).enumerate() {
                let above = if n == 0 { &[][..] } else { &data[(n - 1) * 12..n * 12] };
                let mut target = vec![0; 12];
                apply(kinds[n], pixel, above, row, &mut target);
                raw.push(kinds[n]);
                raw.extend(target);
            }
            prop_assert_eq!(decode(&raw, 12, pixel, from..4), &data[from * 12..]);
        }
    }
}
