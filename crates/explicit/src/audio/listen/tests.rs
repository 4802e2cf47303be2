use super::*;
use crate::audio::Rhythm;
use proptest::prelude::*;
use std::f64::consts::PI;

const RATE: u32 = 16_000;

/// Reproducible noise, ±`peak`.
fn noise(len: usize, peak: f32) -> Vec<f32> {
    let mut state = 7u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 8) as f32 / 8_388_608.0 - 1.0) * peak
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn silence(seconds: f64) -> Vec<f32> {
    vec![0.0; (seconds * f64::from(RATE)) as usize]
}

/// Tones and gaps by turns, in units, with edges of 5 ms.
fn beeps(hz: f64, unit: f64, units: &[f64]) -> Vec<f32> {
    let mut out = Vec::new();
    for (n, units) in units.iter().enumerate() {
        let count = (unit * units * f64::from(RATE)) as usize;
        let fade = (0.005 * f64::from(RATE)) as usize;
        out.extend((0..count).map(|at| {
            let gain = (at.min(count - at) as f32 / fade as f32).min(1.0);
            if n % 2 == 0 { 0.2 * gain * (2.0 * PI * hz * at as f64 / f64::from(RATE)).sin() as f32 } else { 0.0 }
        }));
    }
    out
}

const AI: [f64; 7] = [1.0, 1.0, 3.0, 3.0, 1.0, 1.0, 1.0];
const L: [f64; 7] = [1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0];

fn listen(samples: &[f32]) -> Vec<Heard> {
    let mut listener = Listener::new(RATE, 1).unwrap();
    listener.add(samples);
    listener.finish()
}

/// Two seconds of silence, some sound, and two seconds of silence.
fn alone(sound: &[f32]) -> Vec<Heard> {
    listen(&[&silence(2.0), sound, &silence(2.0)].concat())
}

fn own(rate: u32) -> Vec<f32> {
    Rhythm::new(rate, 1, Some(-20.0)).unwrap().samples(true)
}

#[test]
fn ours_is_told_with_time_unit_and_pitches() {
    let sound = [noise(3 * RATE as usize, 0.1), own(RATE), noise(3 * RATE as usize, 0.1)].concat();
    let heard = listen(&sound);
    let [h] = heard.as_slice() else { panic!("{heard:?}") };
    assert!((h.start - 3.3).abs() < 0.011 && (h.end - 4.62).abs() < 0.011, "{h:?}");
    assert!(h.ours && h.tier == Tier::First && h.faults == Faults::default(), "{h:?}");
    assert!((h.unit - 0.12).abs() < 0.005 && h.score > 0.95, "{h:?}");
    assert!((h.pitches[0] - 880.0).abs() < 4.0 && (h.pitches[1] - 1320.0).abs() < 4.0, "{h:?}");
    assert!((h.level + 26.0).abs() < 1.5, "{h:?}");
}

#[test]
fn ours_is_heard_at_every_rate() {
    for rate in [4000, 8000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000, 768_000] {
        let mut listener = Listener::new(rate, 1).unwrap();
        listener.add(&own(rate));
        let heard = listener.finish();
        assert!(heard.len() == 1 && heard[0].ours && (heard[0].start - 0.3).abs() < 0.011, "{rate} {heard:?}");
    }
}

#[test]
fn ours_is_heard_through_noise_and_at_other_speeds() {
    let whole = own(RATE);
    let noisy: Vec<f32> = whole.iter().zip(noise(whole.len(), 0.1)).map(|(a, b)| a + b).collect();
    let heard = listen(&noisy);
    assert!(heard.len() == 1 && heard[0].ours && heard[0].faults.covered, "{heard:?}");
    for percent in [-8, -5, 5, 8] {
        // Played by a clock that is wrong.
        let mut listener = Listener::new((RATE as i32 * (100 + percent) / 100) as u32, 1).unwrap();
        listener.add(&whole);
        let heard = listener.finish();
        assert!(heard.len() == 1 && heard[0].ours && heard[0].tier == Tier::First, "{percent} {heard:?}");
    }
}

#[test]
fn foreign_rhythms_are_of_the_first_tier() {
    for (hz, unit, units) in [
        (800.0, 0.1, AI),
        (800.0, 0.12, AI),
        (250.0, 0.2, AI),
        (3500.0, 0.08, AI),
        (600.0, 0.15, [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 1.0]),
        (1000.0, 0.09, [1.0, 1.0, 4.0, 7.0, 1.0, 1.0, 1.0]),
    ] {
        let heard = alone(&beeps(hz, unit, &units));
        let [h] = heard.as_slice() else { panic!("{hz} {unit} {heard:?}") };
        assert!(h.tier == Tier::First && !h.ours && h.faults == Faults::default(), "{h:?}");
        assert!((h.start - 2.0).abs() < 0.011 && (h.unit / unit - 1.0).abs() < 0.08, "{h:?}");
        assert!((h.pitches[0] / hz - 1.0).abs() < 0.01, "{h:?}");
    }
}

#[test]
fn morse_l_is_a_fault_of_its_own() {
    let heard = alone(&beeps(800.0, 0.12, &L));
    assert!(heard.len() == 1 && heard[0].tier == Tier::First && heard[0].faults.no_gap, "{heard:?}");
    // With other sound at its side it is a figure like many.
    let heard = listen(&[noise(RATE as usize, 0.3), beeps(800.0, 0.12, &L), noise(RATE as usize, 0.3)].concat());
    assert!(heard.iter().all(|h| h.tier == Tier::Second), "{heard:?}");
}

#[test]
fn noise_without_a_pitch_is_of_the_second_tier() {
    let mask = beeps(0.0, 0.12, &AI).len();
    let mut sound = noise(mask, 0.3);
    let mut at = 0.0;
    for (n, units) in AI.iter().enumerate() {
        let next = at + units * 0.12 * f64::from(RATE);
        if n % 2 == 1 {
            sound[at as usize..next as usize].fill(0.0);
        }
        at = next;
    }
    let heard = alone(&sound);
    assert!(heard.len() == 1 && heard[0].tier == Tier::Second && heard[0].pitches.is_empty(), "{heard:?}");
}

#[test]
fn morse_and_loops_are_not_of_the_first_tier() {
    // "AI" inside a word: R A I N.
    let word = [1.0, 1.0, 3.0, 1.0, 1.0, 3.0, 1.0, 1.0, 3.0, 3.0, 1.0, 1.0, 1.0, 3.0, 3.0, 1.0, 1.0];
    let heard = alone(&beeps(700.0, 0.1, &word));
    assert!(heard.iter().all(|h| h.tier == Tier::Second), "{heard:?}");
    // The figure again and again.
    let bar = [beeps(700.0, 0.12, &AI), silence(2.0)].concat();
    assert!(alone(&bar.repeat(4)).iter().all(|h| h.tier == Tier::Second));
    // Another letter, a steady tone, noise, silence.
    let other = [3.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0];
    for sound in [beeps(700.0, 0.1, &other), beeps(700.0, 3.0, &[1.0]), noise(RATE as usize, 0.3), Vec::new()] {
        assert_eq!(alone(&sound), []);
    }
}

#[test]
fn tones_of_different_pitch_or_soft_edges_are_no_label() {
    let [a, b] = [600.0, 700.0].map(|hz| beeps(hz, 0.12, &AI));
    let half = a.len() / 2;
    let mixed = [&a[..half], &b[half..]].concat();
    assert!(alone(&mixed).iter().all(|h| h.tier == Tier::Second));
}

#[test]
fn what_is_cut_or_quiet_says_so() {
    let whole = own(RATE);
    let at = |seconds: f64| (seconds * f64::from(RATE)) as usize;
    let heard = listen(&[&whole[at(0.37)..], &noise(2 * RATE as usize, 0.1)].concat());
    assert!(heard.len() == 1 && heard[0].ours && heard[0].faults.cut, "{heard:?}");
    let heard = listen(&[&noise(2 * RATE as usize, 0.1), &silence(0.5), &whole[at(0.3)..at(1.55)]].concat());
    assert!(heard.len() == 1 && heard[0].ours && heard[0].faults.cut, "{heard:?}");
    let faint: Vec<f32> = beeps(800.0, 0.12, &AI).iter().map(|s| s * 0.05).collect();
    let heard = listen(&[noise(5 * RATE as usize, 0.5), silence(2.0), faint, silence(2.0)].concat());
    assert!(heard.len() == 1 && heard[0].faults.quiet, "{heard:?}");
}

#[test]
fn channels_are_mixed_and_blocks_may_be_of_any_length() {
    let mono = [noise(RATE as usize, 0.1), own(RATE), beeps(500.0, 0.1, &AI), silence(1.5)].concat();
    let stereo: Vec<f32> = mono.iter().flat_map(|s| [*s, *s]).collect();
    let heard = listen(&mono);
    assert!(heard.len() == 2, "{heard:?}");
    for size in [1, 7, 1000, 5001, stereo.len()] {
        let mut listener = Listener::new(RATE, 2).unwrap();
        stereo.chunks(size).for_each(|block| listener.add(block));
        assert_eq!(listener.finish(), heard, "{size}");
    }
    assert!(Listener::new(RATE, 0).is_err() && Listener::new(RATE, 65).is_err() && Listener::new(3999, 1).is_err());
}

#[test]
fn what_is_no_number_is_silence() {
    let mut sound = own(RATE);
    let heard = listen(&sound);
    for sample in sound.iter_mut().take(2000).step_by(3) {
        *sample = f32::NAN;
    }
    sound.extend([f32::INFINITY, f32::NEG_INFINITY, f32::NAN]);
    assert_eq!(listen(&sound).first().map(|h| h.start), heard.first().map(|h| h.start));
    assert_eq!(listen(&[f32::MAX; 20_000]), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_samples(samples in prop::collection::vec(any::<f32>(), 0..20_000), rate in 0u32..50_000, channels in 0u32..4) {
        if let Ok(mut listener) = Listener::new(rate, channels) {
            listener.add(&samples);
            listener.finish();
        }
    }

    #[test]
    fn any_turns_of_on_and_off(turns in prop::collection::vec((0.01f64..0.5, 100.0f64..4000.0), 1..30)) {
        let sound: Vec<f32> = turns.iter().enumerate().flat_map(|(n, (length, hz))| {
            if n % 2 == 0 { beeps(*hz, *length, &[1.0]) } else { silence(*length) }
        }).collect();
        for h in listen(&sound) {
            prop_assert!(h.start < h.end && (0.0..=1.0).contains(&h.score));
        }
    }
}
