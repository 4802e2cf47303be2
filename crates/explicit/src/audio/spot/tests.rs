use super::*;
use crate::audio::voice::{speech, voice};
use crate::audio::{Clip, Prompt};

/// The first or the last seconds of a sound, thinned.
fn find(clip: &Clip, edge: Edge, sound: &[f32], rate: u32) -> Option<Spotted> {
    let reach = ((clip.reach() * f64::from(rate)) as usize).min(sound.len());
    let part = if edge == Edge::Start { &sound[..reach] } else { &sound[sound.len() - reach..] };
    let mut out = Vec::new();
    Thinned::new(rate).add(part, &mut out);
    clip.find(edge, &out, rate)
}

fn clip(seconds: f64) -> Clip {
    Clip::new(16_000, speech(16_000, seconds)).unwrap()
}

#[test]
fn a_label_is_found_at_its_edge_and_at_no_other() {
    for seconds in [0.5, 1.3, 4.0] {
        let clip = clip(seconds);
        for rate in [4000, 8000, 22_050, 44_100, 48_000, 96_000] {
            let content = voice(rate, 8.0, 77);
            let prompt = Prompt::new(&clip, rate, 1, Some(-30.0)).unwrap();
            let front = [prompt.samples(true), content.clone()].concat();
            let found = find(&clip, Edge::Start, &front, rate).unwrap();
            assert!(
                (found.start - 0.3).abs() < 0.002 && (found.end - 0.3 - seconds).abs() < 0.002,
                "{rate}: {found:?}"
            );
            assert!(found.score > 0.85, "{seconds} s, {rate} Hz: {found:?}");
            assert_eq!(find(&clip, Edge::End, &front, rate), None, "{rate}");
            let back = [content.clone(), prompt.samples(false)].concat();
            let found = find(&clip, Edge::End, &back, rate).unwrap();
            assert!(found.score > 0.85, "{seconds} s, {rate} Hz: {found:?}");
            assert_eq!(find(&clip, Edge::Start, &back, rate), None, "{rate}");
            assert_eq!(find(&clip, Edge::Start, &content, rate), None, "{rate}");
        }
    }
}

#[test]
fn a_recording_without_the_silence_of_a_label_is_content() {
    let clip = clip(1.0);
    let words = speech(16_000, 1.0);
    assert_eq!(find(&clip, Edge::Start, &[words.clone(), voice(16_000, 4.0, 5)].concat(), 16_000), None);
    assert_eq!(find(&clip, Edge::Start, &words, 16_000), None);
    let noise = voice(16_000, 1.0, 9);
    let apart = [words, vec![0.0; 8000], noise].concat();
    assert!(find(&clip, Edge::Start, &apart, 16_000).is_some());
}

#[test]
fn noise_and_level_do_not_hide_it_and_other_voices_are_none() {
    let rate = 16_000;
    let clip = clip(1.0);
    let prompt = Prompt::new(&clip, rate, 1, None).unwrap();
    let noise = |n: usize| ((n as f64 * 12.9898).sin() * 43_758.545).fract() as f32;
    for gain in [0.01, 1.0, 4.0] {
        let sound =
            prompt.samples(true).iter().enumerate().map(|(n, s)| gain * (s + 0.002 * noise(n))).collect::<Vec<_>>();
        let sound = [sound, voice(rate, 3.0, 3).iter().map(|s| s * gain).collect()].concat();
        assert!(find(&clip, Edge::Start, &sound, rate).is_some_and(|f| f.score > 0.8), "{gain}");
    }
    let mut highest = 0f64;
    for seed in 2..60 {
        let sound = [vec![0.0; 4800], voice(rate, 1.0, seed), vec![0.0; 8000], voice(rate, 2.0, seed + 100)].concat();
        assert_eq!(find(&clip, Edge::Start, &sound, rate), None, "{seed}");
        let mut thinned = Vec::new();
        Thinned::new(rate).add(&sound, &mut thinned);
        highest = highest.max(Outline::new(&speech(rate, 1.0), rate).best(&thinned, 0..=12_800).unwrap().1);
    }
    assert!(highest < 0.45, "{highest}");
}

#[test]
fn silence_and_what_is_no_number_give_nothing() {
    let clip = clip(1.0);
    assert_eq!(clip.find(Edge::Start, &[], 16_000), None);
    assert_eq!(clip.find(Edge::Start, &vec![0.0; 60_000], 16_000), None);
    assert_eq!(clip.find(Edge::End, &vec![f32::NAN; 60_000], 16_000), None);
    assert_eq!(clip.find(Edge::End, &vec![1.0; 60_000], 16_000), None);
}
