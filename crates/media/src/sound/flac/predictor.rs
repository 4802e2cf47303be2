//! Linear prediction (RFC 9639 section 9.2.6): each sample from the eight before it, with weights from the autocorrelation of the frame.

/// Samples that a prediction looks at.
pub(super) const ORDER: usize = 8;
/// Bits of a weight.
const PRECISION: u32 = 13;
/// Most places that weights have behind the point.
const PLACES: i32 = 15;

/// Weights, the one of the sample right before first, times 2 to the power of `places`.
pub(super) struct Predictor {
    weights: [i64; ORDER],
    places: u32,
}

impl Predictor {
    /// The best one for a frame; `None` where it is too short, or nothing in it follows from what is before.
    pub(super) fn of(samples: &[i32]) -> Option<Self> {
        if samples.len() < 8 * ORDER {
            return None;
        }
        let weights = weights(&autocorrelation(samples))?;
        let largest = weights.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
        // The largest weight takes all bits but the sign's.
        let mut places = PRECISION as i32 - 1;
        let mut scaled = largest;
        while scaled >= 1.0 {
            (scaled, places) = (scaled / 2.0, places - 1);
        }
        while scaled < 0.5 && places < PLACES {
            (scaled, places) = (scaled * 2.0, places + 1);
        }
        let places = u32::try_from(places).ok()?;
        let (mut rest, most) = (0.0, (1_i64 << (PRECISION - 1)) - 1);
        let weights = weights.map(|w| {
            // What one weight is rounded by goes into the next.
            let exact = w * f64::from(1u32 << places) + rest;
            let rounded = exact.round().clamp(-(most as f64) - 1.0, most as f64);
            rest = exact - rounded;
            rounded as i64
        });
        Some(Self { weights, places })
    }

    /// What is left of each sample, of the first [`ORDER`] all; `None` if it does not fit the 32 bits that decoders give it
    /// (section 9.2.7.3).
    pub(super) fn residual(&self, samples: &[i32]) -> Option<Vec<i64>> {
        let mut residual: Vec<i64> = samples.iter().map(|s| i64::from(*s)).collect();
        for (window, left) in samples.windows(ORDER + 1).zip(residual.iter_mut().skip(ORDER)) {
            let before = window.iter().rev().skip(1).zip(&self.weights);
            let sum: i64 = before.map(|(s, w)| i64::from(*s) * w).sum();
            *left -= sum >> self.places;
            if i32::try_from(*left).is_err() || *left == i64::from(i32::MIN) {
                return None;
            }
        }
        Some(residual)
    }

    /// The numbers that a subframe holds of it, and the bits of each.
    pub(super) fn parameters(&self) -> Vec<(u64, u32)> {
        let weights = self.weights.iter().map(|w| (*w as u64, PRECISION));
        [(u64::from(PRECISION) - 1, 4), (u64::from(self.places), 5)].into_iter().chain(weights).collect()
    }
}

/// Of the samples under a window that falls off to both ends, for shifts of none to [`ORDER`].
fn autocorrelation(samples: &[i32]) -> [f64; ORDER + 1] {
    let middle = (samples.len() - 1) as f64 / 2.0;
    let windowed: Vec<f64> = samples
        .iter()
        .enumerate()
        .map(|(n, s)| {
            let t = (n as f64 - middle) / (middle + 1.0);
            f64::from(*s) * (1.0 - t * t)
        })
        .collect();
    std::array::from_fn(|shift| windowed.iter().zip(windowed.iter().skip(shift)).map(|(a, b)| a * b).sum())
}

/// Levinson's and Durbin's recursion; `None` for silence.
fn weights(autocorrelation: &[f64; ORDER + 1]) -> Option<[f64; ORDER]> {
    let [mut error, shifted @ ..] = *autocorrelation;
    let mut weights = [0.0; ORDER];
    for (order, right) in shifted.into_iter().enumerate() {
        if error <= 0.0 {
            return None;
        }
        let known = weights.iter().take(order).zip(shifted.iter().take(order).rev());
        let reflection = (right - known.map(|(w, r)| w * r).sum::<f64>()) / error;
        let before = weights;
        let mirrored = before.iter().take(order).rev();
        weights.iter_mut().zip(mirrored).for_each(|(w, m)| *w -= reflection * m);
        if let Some(last) = weights.get_mut(order) {
            *last = reflection;
        }
        error *= 1.0 - reflection * reflection;
    }
    weights.iter().all(|w| w.is_finite()).then_some(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sum of tones follows from what is before it.
    #[test]
    fn tones_leave_little() {
        let samples: Vec<i32> = (0..4096)
            .map(|n| (9000.0 * (f64::from(n) * 0.07).sin() + 7000.0 * (f64::from(n) * 0.31).sin()) as i32)
            .collect();
        let residual = Predictor::of(&samples).unwrap().residual(&samples).unwrap();
        let left = residual.iter().skip(ORDER).map(|r| r.unsigned_abs()).sum::<u64>() / 4088;
        assert!(left < 20, "{left}");
        assert!(Predictor::of(&[0; 4096]).is_none());
        assert!(Predictor::of(&samples[..20]).is_none());
    }
}
