//! A sound at another sample rate: band-limited interpolation by a windowed sinc, whose values stand in a table
//! (J. O. Smith, "Digital Audio Resampling"). The same bits on every machine.

use std::f64::consts::PI;
use std::sync::LazyLock;

/// Zeros of the sinc on either side of its middle.
const ZEROS: usize = 32;
/// Values in the table from one zero to the next; what is between them is read off a line, 100 dB and more below the sound.
const STEPS: usize = 512;
/// Where the filter has fallen by half, as a share of half the lower rate: it lets everything pass up to 0.82 of that and is
/// 90 dB down at all of it.
const CUT: f64 = 0.91;
/// Kaiser's parameter for these 90 dB.
const BETA: f64 = 9.0;

/// One half of the filter, from its middle.
static FILTER: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let value = |n: usize| {
        let x = n as f64 / STEPS as f64;
        let sinc = if n == 0 { 1.0 } else { libm::sin(PI * x) / (PI * x) };
        let edge = (1.0 - (x / ZEROS as f64).powi(2)).max(0.0);
        sinc * bessel(BETA * libm::sqrt(edge)) / bessel(BETA)
    };
    (0..=ZEROS * STEPS + 1).map(value).collect()
});

/// The modified Bessel function of order zero, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..64 {
        term *= (x / 2.0 / f64::from(n)).powi(2);
        sum += term;
    }
    sum
}

/// One channel of `from` samples a second as one of `to`, neither of them 0; as long, to half a sample. In front of it and behind
/// it is silence.
pub(super) fn resample(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    if from == to {
        return samples.to_vec();
    }
    let (from, to) = (u64::from(from.max(1)), u64::from(to.max(1)));
    // Zeros of the filter for each sample in.
    let scale = CUT * (to as f64 / from as f64).min(1.0);
    let reach = ZEROS as f64 / scale;
    let count = (samples.len() as u64 * to + from / 2) / from;
    let at = |n: u64| {
        // Whole numbers and fractions apart, so that the place is as exact at the end as at the start.
        let (whole, part) = (n * from / to, (n * from % to) as f64 / to as f64);
        let first = whole.saturating_sub(reach as u64);
        let taps = samples.get(first as usize..).unwrap_or_default().iter();
        let last = whole.saturating_add(reach as u64 + 1) - first;
        let sum: f64 = taps
            .take(last as usize + 1)
            .enumerate()
            .map(|(k, sample)| f64::from(*sample) * filter(scale * (k as f64 - (whole - first) as f64 - part)))
            .sum();
        (sum * scale) as f32
    };
    (0..count).map(at).collect()
}

/// The filter so many zeros from its middle.
fn filter(zeros: f64) -> f64 {
    let place = zeros.abs() * STEPS as f64;
    let (n, part) = (place as usize, place - place.trunc());
    match FILTER.get(n..n + 2) {
        Some([a, b]) => a + (b - a) * part,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sine(hz: f64, rate: u32, count: usize) -> Vec<f32> {
        (0..count).map(|n| (2.0 * PI * hz * n as f64 / f64::from(rate)).sin() as f32).collect()
    }

    /// The largest difference away from the edges, in dB.
    fn error(a: &[f32], b: &[f32], rate: u32) -> f32 {
        let skip = rate as usize / 20;
        let middle = |x: &[f32]| x[skip..x.len() - skip].to_vec();
        let worst = middle(a).iter().zip(middle(b)).map(|(a, b)| (a - b).abs()).fold(1e-9, f32::max);
        20.0 * worst.log10()
    }

    #[test]
    fn tones_keep_place_and_level_at_every_pair_of_rates() {
        for (from, to) in
            [(44_100, 48_000), (48_000, 44_100), (48_000, 8000), (8000, 48_000), (16_000, 22_050), (11_025, 96_000)]
        {
            let half = f64::from(from.min(to)) / 2.0;
            for share in [0.05, 0.4, 0.8] {
                let hz = half * share;
                let out = resample(&sine(hz, from, from as usize / 2), from, to);
                let error = error(&out, &sine(hz, to, out.len()), to);
                assert!(error < -80.0, "{from} -> {to}, {hz} Hz: {error} dB");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_is_gone() {
        for (from, to, hz) in [(48_000, 16_000, 8500.0), (44_100, 8000, 4100.0), (96_000, 44_100, 30_000.0)] {
            let out = resample(&sine(hz, from, from as usize / 2), from, to);
            let error = error(&out, &vec![0.0; out.len()], to);
            assert!(error < -80.0, "{from} -> {to}, {hz} Hz: {error} dB");
        }
    }

    proptest! {
        #[test]
        fn length_follows_the_ratio_and_nothing_overshoots(
            samples in prop::collection::vec(-1f32..=1.0, 0..500),
            from in 4000u32..=768_000,
            to in 4000u32..=768_000,
        ) {
            let out = resample(&samples, from, to);
            let exact = samples.len() as f64 * f64::from(to) / f64::from(from);
            prop_assert!((out.len() as f64 - exact).abs() <= 0.5);
            // The filter's values add up to less than four.
            prop_assert!(out.iter().all(|s| s.abs() < 4.0));
        }

        #[test]
        fn a_constant_stays_one(level in -1f32..1.0, from in 4000u32..=96_000, to in 4000u32..=96_000) {
            let out = resample(&vec![level; from as usize / 10], from, to);
            let middle = &out[out.len() / 3..out.len() * 2 / 3];
            prop_assert!(middle.iter().all(|s| (s - level).abs() < 1e-3), "{middle:?}");
        }
    }
}
