use super::*;
use proptest::prelude::*;

fn rhythm(rate: u32) -> Vec<f32> {
    Rhythm::new(rate, 1, Some(-20.0)).unwrap().samples(true)
}

/// Reproducible noise, ±`peak`.
fn noise(len: usize, peak: f32) -> Vec<f32> {
    let mut state = 7u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 8) as f32 / 8_388_608.0 - 1.0) * peak
    };
    std::iter::repeat_with(next).take(len).collect()
}

#[test]
fn intervals_are_short_long_gap_short_short() {
    let samples = rhythm(48_000);
    assert_eq!(samples.len(), 101_760);
    let on = |from: f64, to: f64| {
        let part = &samples[(from * 48_000.0) as usize..(to * 48_000.0) as usize];
        (part.iter().map(|s| s * s).sum::<f32>() / part.len() as f32).sqrt()
    };
    // RMS inside the tones is the level: 6 dB under -20 LUFS.
    for (from, to) in [(0.3, 0.42), (0.54, 0.9), (1.26, 1.38), (1.5, 1.62)] {
        let rms = 20.0 * on(from + 0.01, to - 0.01).log10();
        assert!((rms + 26.0).abs() < 0.1, "{rms}");
    }
    for (from, to) in [(0.0, 0.3), (0.42, 0.54), (0.9, 1.26), (1.38, 1.5), (1.62, 2.12)] {
        assert_eq!(on(from + 0.0001, to - 0.0001), 0.0);
    }
}

#[test]
fn level_follows_the_clip_within_bounds() {
    let peak = |loudness, channels| {
        let r = Rhythm::new(16_000, channels, loudness).unwrap();
        r.samples(true).iter().fold(0f32, |m, s| m.max(s.abs()))
    };
    let db = |x: f32| 20.0 * x.log10();
    assert!(db(peak(Some(0.0), 1)) <= -7.9);
    assert!(peak(Some(-8.0), 1) == peak(Some(0.0), 1) && peak(Some(-24.0), 1) == peak(Some(-70.0), 1));
    assert!(peak(None, 1) == peak(Some(-23.0), 1) && peak(Some(f64::NEG_INFINITY), 1) == peak(None, 1));
    // Two channels have the same loudness together.
    assert!((db(peak(None, 1)) - db(peak(None, 2)) - 3.0).abs() < 0.02);
    assert!(Rhythm::new(2000, 1, None).is_err() && Rhythm::new(16_000, 0, None).is_err());
}

#[test]
fn the_meter_agrees_with_the_level() {
    let mut meter = Meter::new(48_000, 2).unwrap();
    let r = Rhythm { rate: 48_000, amplitude: (10f64.powf(-2.0) / 2.0).sqrt() };
    let mut tone = vec![0.0; 96_000];
    r.fill(&mut tone);
    let stereo: Vec<f32> = tone.iter().flat_map(|s| [*s, *s]).collect();
    meter.add(&stereo);
    let loudness = meter.integrated().unwrap();
    assert!((loudness + 20.0).abs() < 0.5, "{loudness}");
    assert_eq!(Meter::new(48_000, 1).unwrap().integrated(), None);
}

#[test]
fn our_rhythm_is_heard_at_every_rate_and_side() {
    for rate in [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000] {
        let r = Rhythm::new(rate, 1, None).unwrap();
        let mut start = r.samples(true);
        start.extend(noise(rate as usize, 0.5));
        let heard = find_rhythm(&start, rate).unwrap();
        assert!((heard.start - 0.3).abs() <= 0.011 && heard.score > 0.95, "{rate} {heard:?}");
        let mut end = noise(rate as usize, 0.5);
        end.extend(r.samples(false));
        let heard = find_rhythm(&end, rate).unwrap();
        assert!((heard.start - 1.5).abs() <= 0.011, "{rate} {heard:?}");
    }
}

#[test]
fn other_rhythms_are_not_heard() {
    let rate = 16_000;
    let r = Rhythm::new(rate, 1, None).unwrap();
    let whole = r.samples(true);
    let second = &whole[(0.9 * 16_000.0) as usize..];
    // Without the gap between the letters it is Morse L.
    let mut morse_l = whole[..(1.02 * 16_000.0) as usize].to_vec();
    morse_l.extend(&second[(0.36 * 16_000.0) as usize..]);
    assert_eq!(find_rhythm(&morse_l, rate), None);
    // A steady tone, noise, silence, and the rhythm under other sound.
    let mut steady = vec![0.0; 48_000];
    r.fill(&mut steady);
    assert_eq!(find_rhythm(&steady, rate), None);
    assert_eq!(find_rhythm(&noise(48_000, 0.3), rate), None);
    assert_eq!(find_rhythm(&[0.0; 48_000], rate), None);
    let covered: Vec<f32> = whole.iter().zip(noise(whole.len(), 0.1)).map(|(a, b)| a + b).collect();
    assert_eq!(find_rhythm(&covered, rate), None);
}

proptest! {
    #[test]
    fn any_samples(samples in prop::collection::vec(any::<f32>(), 0..20_000), rate in 0u32..50_000) {
        let _ = find_rhythm(&samples, rate);
    }
}
