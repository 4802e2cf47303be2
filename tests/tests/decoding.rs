//! Samples out of every format, with ffmpeg as the judge.

use std::path::Path;
use std::process::Command;

use biaoshi::media::{self, Block, Error, Sound};
use biaoshi_tests::{Limits, fixtures, root};

/// Sample frames of the longest packet in the fixtures, by which ends may differ.
const LONGEST: usize = 1400;

/// All that a sound gives: channels, samples, whether something was broken.
fn heard(sound: &mut dyn Sound) -> (usize, Vec<f32>, bool) {
    let (mut block, mut all) = (Block::default(), Vec::new());
    while sound.next(&mut block).unwrap() {
        assert!(block.samples.len() % block.channels == 0 && block.samples.iter().all(|s| s.is_finite()));
        all.extend_from_slice(&block.samples);
    }
    (sound.channels(), all, sound.damage().is_some())
}

/// What ffmpeg makes of the first track of sound. Its own decoder of Opus is 20 dB from the one of the standard.
fn ffmpeg(path: &Path) -> Vec<f32> {
    let opus = path.extension().is_some_and(|e| e == "opus" || e == "webm");
    let run = Command::new("ffmpeg")
        .args(["-v", "error"])
        .args(if opus { &["-c:a", "libopus"][..] } else { &[] })
        .arg("-i")
        .arg(path)
        .args(["-map", "0:a:0", "-f", "f32le", "-"])
        .output()
        .unwrap();
    run.stdout.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

/// How far two sounds are apart: mean square of the difference over that of the second, in decibels.
fn apart(one: &[f32], other: &[f32]) -> f64 {
    let power = |samples: &mut dyn Iterator<Item = f32>| samples.map(|s| f64::from(s).powi(2)).sum::<f64>();
    let difference = power(&mut one.iter().zip(other).map(|(a, b)| a - b));
    10.0 * (difference / power(&mut other.iter().copied()).max(1e-9) + 1e-20).log10()
}

#[test]
fn every_sound_is_decoded_as_ffmpeg_does() {
    let limits = Limits::default();
    let mut judged = 0;
    for fixture in fixtures() {
        let Some(samples) = media::samples(fixture.format.name) else { continue };
        let path = root().join("fixtures/clean").join(&fixture.name);
        let judge = ffmpeg(&path);
        let mut sound = match (samples.open)(&fixture.bytes, &limits) {
            Ok(sound) => sound,
            Err(Error::Unable(why)) if judge.is_empty() => {
                println!("{}: {why}", fixture.name);
                continue;
            }
            Err(e) => panic!("{}: {e}", fixture.name),
        };
        let (channels, all, broken) = heard(sound.as_mut());
        assert!(!broken, "{}: {:?}", fixture.name, sound.damage());
        // The judge knows no end trim of edit lists, of Vorbis and of Matroska; of a chain it tells the first link in one piece.
        let (own, judged_by) = (all.len() / channels, judge.len() / channels);
        assert!(own.abs_diff(judged_by) <= LONGEST, "{}: {own} frames for {judged_by}", fixture.name);
        let part = if fixture.name.contains("chained") { all.len() / 3 } else { all.len() };
        let apart = apart(&all[..part], &judge);
        // Layer III, AAC, Vorbis and Opus fix no rounding; stored samples have one value each.
        let most = if matches!(fixture.format.name, "wav" | "aiff" | "flac") { -190.0 } else { -80.0 };
        assert!(apart < most, "{}: {apart:.1} dB", fixture.name);
        judged += 1;
    }
    assert!(judged > 30, "{judged}");
}

#[test]
fn places_lead_to_the_same_samples() {
    let limits = Limits::default();
    for fixture in fixtures() {
        let Some(samples) = media::samples(fixture.format.name) else { continue };
        let Ok(mut sound) = (samples.open)(&fixture.bytes, &limits) else { continue };
        let (channels, all, _) = heard(sound.as_mut());
        let target = (all.len() / channels / 2) as u64;
        let Ok(from) = sound.seek(target) else {
            println!("{}: no places", fixture.name);
            continue;
        };
        assert!(from.abs_diff(target) < 4096, "{}: {from} for {target}", fixture.name);
        let (_, rest, _) = heard(sound.as_mut());
        let expected = &all[from as usize * channels..];
        // In fragments and Matroska, whose times are milliseconds, a place is known only nearly, and the first packet of Vorbis
        // behind a jump gives nothing: there the ends are laid upon each other.
        let both = rest.len().min(expected.len());
        let (rest, expected) =
            match fixture.name.contains("fragments") || matches!(fixture.format.name, "ogg" | "mkv" | "webm") {
                true => (&rest[rest.len() - both..], &expected[expected.len() - both..]),
                false => (&rest[..both], &expected[..both]),
            };
        let apart = apart(&rest[both / 2..], &expected[both / 2..]);
        // Behind a jump a decoder needs some packets until it is itself again.
        assert!(apart < -25.0, "{}: {apart:.1} dB", fixture.name);
    }
}
