use super::*;
use crate::audio::Meter;
use crate::audio::voice::speech;
use proptest::prelude::*;

fn loudness(samples: &[f32], rate: u32, channels: usize) -> f64 {
    let mut meter = Meter::new(rate, channels as u32).unwrap();
    meter.add(&samples.iter().flat_map(|s| vec![*s; channels]).collect::<Vec<_>>());
    meter.integrated().unwrap()
}

/// A clip whose peaks are not what limits its level.
fn even(rate: u32) -> Clip {
    let tone = |n: usize| 0.3 * (2.0 * PI * 500.0 * n as f64 / f64::from(rate)).sin() as f32;
    Clip::new(rate, (0..rate as usize * 2).map(tone).collect()).unwrap()
}

#[test]
fn the_level_follows_the_content_as_that_of_the_rhythm_does() {
    let clip = even(22_050);
    for rate in [8000, 22_050, 44_100, 48_000] {
        for channels in [1, 2] {
            for (content, expected) in [(Some(-20.0), -26.0), (None, -29.0), (Some(-60.0), -30.0), (Some(-3.0), -14.0)]
            {
                let prompt = Prompt::new(&clip, rate, channels, content).unwrap();
                let silence = (0.3 * f64::from(rate)) as usize;
                let spoken = &prompt.samples(true)[silence..silence + 2 * rate as usize];
                let level = loudness(spoken, rate, channels as usize);
                assert!((level - expected).abs() < 0.3, "{rate} Hz, {channels}: {level} LUFS, expected {expected}");
            }
        }
    }
}

#[test]
fn no_true_peak_is_over_three_decibels_under_full_scale() {
    // A click every tenth of a second: little loudness, high peaks.
    let clicks = (0..96_000).map(|n| if n % 4800 == 2400 { 0.9 } else { 0.0 }).collect();
    let clip = Clip::new(48_000, clicks).unwrap();
    for rate in [8000, 44_100, 48_000] {
        let samples = Prompt::new(&clip, rate, 1, Some(-5.0)).unwrap().samples(true);
        let mut meter = ebur128::EbuR128::new(1, rate, ebur128::Mode::TRUE_PEAK).unwrap();
        meter.add_frames_f32(&samples).unwrap();
        let peak = 20.0 * meter.true_peak(0).unwrap().log10();
        assert!((-3.2..=-2.95).contains(&peak), "{rate}: {peak} dBTP");
    }
}

#[test]
fn silences_are_those_of_the_rhythm() {
    let clip = Clip::new(16_000, speech(16_000, 1.25)).unwrap();
    let prompt = Prompt::new(&clip, 48_000, 1, None).unwrap();
    assert_eq!(prompt.frames(), 98_400);
    assert!((prompt.seconds() - 1.25).abs() < 1e-9);
    for (before, from) in [(true, 0.3), (false, 0.5)] {
        let samples = prompt.samples(before);
        assert_eq!(samples.len(), prompt.frames());
        let at = |s: f64| (s * 48_000.0).round() as usize;
        assert!(samples[..at(from)].iter().chain(&samples[at(from + 1.25)..]).all(|s| *s == 0.0));
        assert!(samples[at(from)..at(from + 1.25)].iter().any(|s| s.abs() > 0.05));
    }
    assert_eq!(Prompt::new(&clip, 11_025, 1, None).unwrap().frames() % 2, 0);
}

#[test]
fn recordings_that_say_nothing_are_refused() {
    let of = |seconds: f64, level: f32| {
        let samples = speech(16_000, seconds).iter().map(|s| s * level).collect();
        Clip::new(16_000, samples).map(|_| ()).unwrap_err()
    };
    assert_eq!(of(0.49, 1.0), Error::Clip(Unfit::Short));
    assert_eq!(of(10.01, 1.0), Error::Clip(Unfit::Long));
    assert_eq!(of(1.0, 0.0), Error::Clip(Unfit::Silent));
    assert_eq!(of(1.0, 1e-5), Error::Clip(Unfit::Silent));
    assert!(Clip::new(16_000, speech(16_000, 0.5)).is_ok() && Clip::new(16_000, speech(16_000, 10.0)).is_ok());
    assert_eq!(Clip::new(3999, vec![0.5; 3999]).map(|_| ()), Err(Error::Sound { rate: 3999, channels: 1 }));
    // Nothing of a whistle is left at half its pitch.
    let whistle = (0..48_000).map(|n| (2.0 * PI * 9000.0 * f64::from(n) / 48_000.0).sin() as f32).collect();
    let whistle = Clip::new(48_000, whistle).unwrap();
    assert_eq!(Prompt::new(&whistle, 8000, 1, None).map(|_| ()), Err(Error::Faint { rate: 8000 }));
}

#[test]
fn another_recording_has_another_name() {
    let name = |samples| format!("{:?}", Clip::new(16_000, samples).unwrap());
    let (a, mut b) = (speech(16_000, 1.0), speech(16_000, 1.0));
    assert_eq!(name(a.clone()), name(b.clone()));
    b[8000] += 1e-6;
    assert_ne!(name(a), name(b));
}

proptest! {
    #[test]
    fn any_samples(samples in prop::collection::vec(any::<f32>(), 2000..9000), rate in 4000u32..20_000, at in 4000u32..50_000) {
        let prompt = Clip::new(rate, samples).and_then(|clip| Prompt::new(&clip, at, 2, None));
        prop_assert!(prompt.map_or(true, |prompt| prompt.samples(true).len() == prompt.frames()));
    }
}
