//! The samples of a label as lines of long blocks: analysis filter bank, MDCT, alias reduction (ISO/IEC 11172-3 Annex C,
//! figures C.4 and C.6; 2.4.3.4 from the side of the decoder).

use std::f64::consts::PI;

/// Lines of a granule, and samples of it.
pub(super) const LINES: usize = 576;
/// Subbands, and lines of each.
const BANDS: usize = 32;
const SLOTS: usize = 18;
/// Taps of the window.
const TAPS: usize = 512;
/// Samples by which both filter banks together are late.
const DELAY: usize = TAPS - BANDS + 1;

/// Lines of `count` granules, full scale 1, which are decoded as `samples`, the first one at the start of the first granule. What
/// sounds in the first granule or in the last two would need granules around them.
pub(super) fn granules(samples: &[f32], count: usize) -> Vec<[f64; LINES]> {
    let bank = Bank::new();
    let slots: Vec<[f64; BANDS]> = (0..(count + 1) * SLOTS).map(|slot| bank.analyse(samples, slot)).collect();
    let blocks = (0..count).map(|n| slots.get(n * SLOTS..(n + 2) * SLOTS).unwrap_or_default());
    blocks.map(|block| bank.transform(block)).collect()
}

/// The tables of both transforms.
struct Bank {
    window: Vec<f64>,
    /// Cosines of the filter bank, a band after the other.
    phases: Vec<[f64; 2 * BANDS]>,
    /// Cosines of the MDCT with its window, a line after the other.
    blocks: Vec<[f64; 2 * SLOTS]>,
}

impl Bank {
    fn new() -> Self {
        let half = |n: usize| f64::from(WINDOW.get(n).copied().unwrap_or(0)) / f64::from(1u32 << 16) / BANDS as f64;
        // The second half mirrors the first, with the other sign but at each 64th tap.
        let mirrored = |n: usize| if (TAPS - n).is_multiple_of(64) { half(TAPS - n) } else { -half(TAPS - n) };
        let window = (0..TAPS).map(|n| if n <= TAPS / 2 { half(n) } else { mirrored(n) }).collect();
        let phase = |band: usize, n: usize| ((2 * band + 1) as f64 * (n as f64 - 16.0) * PI / 64.0).cos();
        let line = |line: usize, n: usize| {
            let window = ((n as f64 + 0.5) * PI / 36.0).sin();
            let angle = (2 * n + 1 + SLOTS) as f64 * (2 * line + 1) as f64 * PI / 72.0;
            window * angle.cos() * 2.0 / SLOTS as f64
        };
        Self {
            window,
            phases: (0..BANDS).map(|band| std::array::from_fn(|n| phase(band, n))).collect(),
            blocks: (0..SLOTS).map(|k| std::array::from_fn(|n| line(k, n))).collect(),
        }
    }

    /// The subbands at one slot of 32 samples; the odd ones are mirrored in frequency, as the MDCT wants them.
    fn analyse(&self, samples: &[f32], slot: usize) -> [f64; BANDS] {
        let newest = (slot + 1) * BANDS - 1 + DELAY;
        let sample = |n: usize| newest.checked_sub(n).and_then(|at| samples.get(at)).map_or(0.0, |s| f64::from(*s));
        let folded: [f64; 2 * BANDS] = std::array::from_fn(|n| {
            let taps = self.window.iter().enumerate().skip(n).step_by(2 * BANDS);
            taps.map(|(tap, weight)| weight * sample(tap)).sum()
        });
        if folded.iter().all(|f| *f == 0.0) {
            return [0.0; BANDS];
        }
        let mut bands = [0.0; BANDS];
        for (n, (band, phases)) in bands.iter_mut().zip(&self.phases).enumerate() {
            let sum: f64 = folded.iter().zip(phases).map(|(f, p)| f * p).sum();
            *band = if n % 2 == 1 && slot % 2 == 1 { -sum } else { sum };
        }
        bands
    }

    /// The lines of a block of two granules.
    fn transform(&self, block: &[[f64; BANDS]]) -> [f64; LINES] {
        let mut lines = [0.0; LINES];
        for (band, part) in lines.chunks_exact_mut(SLOTS).enumerate() {
            for (line, cosines) in part.iter_mut().zip(&self.blocks) {
                *line = block.iter().zip(cosines).filter_map(|(slot, c)| Some(slot.get(band)? * c)).sum();
            }
        }
        reduce_aliases(&mut lines);
        lines
    }
}

/// The butterflies across the edges of subbands (Table B.9), the other way round than in a decoder.
fn reduce_aliases(lines: &mut [f64; LINES]) {
    const WEIGHTS: [f64; 8] = [-0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037];
    for edge in (SLOTS..LINES).step_by(SLOTS) {
        let (below, above) = lines.split_at_mut(edge);
        for ((low, high), weight) in below.iter_mut().rev().zip(above).zip(WEIGHTS) {
            let length = (1.0 + weight * weight).sqrt();
            let (cs, ca) = (1.0 / length, weight / length);
            (*low, *high) = (*low * cs + *high * ca, *high * cs - *low * ca);
        }
    }
}

/// The window of both filter banks (Table B.3), its first half, as 2^16 times what a decoder multiplies by.
#[rustfmt::skip]
static WINDOW: [i32; TAPS / 2 + 1] = [
    0, -1, -1, -1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -4, -4, -5, -5, -6, -7, -7, -8, -9, -10, -11, -13, -14, -16,
    -17, -19, -21, -24, -26, -29, -31, -35, -38, -41, -45, -49, -53, -58, -63, -68, -73, -79, -85, -91, -97, -104,
    -111, -117, -125, -132, -139, -147, -154, -161, -169, -176, -183, -190, -196, -202, -208, 213, 218, 222, 225, 227,
    228, 228, 227, 224, 221, 215, 208, 200, 189, 177, 163, 146, 127, 106, 83, 57, 29, -2, -36, -72, -111, -153, -197,
    -244, -294, -347, -401, -459, -519, -581, -645, -711, -779, -848, -919, -991, -1064, -1137, -1210, -1283, -1356,
    -1428, -1498, -1567, -1634, -1698, -1759, -1817, -1870, -1919, -1962, -2001, -2032, -2057, -2075, -2085, -2087,
    -2080, -2063, 2037, 2000, 1952, 1893, 1822, 1739, 1644, 1535, 1414, 1280, 1131, 970, 794, 605, 402, 185, -45,
    -288, -545, -814, -1095, -1388, -1692, -2006, -2330, -2663, -3004, -3351, -3705, -4063, -4425, -4788, -5153,
    -5517, -5879, -6237, -6589, -6935, -7271, -7597, -7910, -8209, -8491, -8755, -8998, -9219, -9416, -9585, -9727,
    -9838, -9916, -9959, -9966, -9935, -9863, -9750, -9592, -9389, -9139, -8840, -8492, -8092, -7640, -7134, 6574,
    5959, 5288, 4561, 3776, 2935, 2037, 1082, 70, -998, -2122, -3300, -4533, -5818, -7154, -8540, -9975, -11455,
    -12980, -14548, -16155, -17799, -19478, -21189, -22929, -24694, -26482, -28289, -30112, -31947, -33791, -35640,
    -37489, -39336, -41176, -43006, -44821, -46617, -48390, -50137, -51853, -53534, -55178, -56778, -58333, -59838,
    -61289, -62684, -64019, -65290, -66494, -67629, -68692, -69679, -70590, -71420, -72169, -72835, -73415, -73908,
    -74313, -74630, -74856, -74992, 75038,];
