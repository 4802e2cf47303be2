//! Coded sound with a rhythm of its own frames: ffmpeg hears the content as before, as long as it was, and mutagen and
//! ffprobe see how long the whole is.

use std::path::{Path, PathBuf};
use std::process::Command;

use biaoshi::media::{self, ExplicitOptions, Outcome, Place, Position};
use biaoshi_container::{Patched, to_vec};
use biaoshi_tests::{Limits, TempDir, scratch};

/// A file that ffmpeg makes of 2.5 seconds of sweeping sound.
fn made(folder: &TempDir, name: &str, args: &[&str]) -> PathBuf {
    let path = folder.path().join(name);
    let sound = "aevalsrc=0.3*sin(440*2*PI*t*(1+t))*sin(3*t)|0.2*sin(700*2*PI*t*(1+t)):s=44100:d=2.5";
    let run =
        Command::new("ffmpeg").args(["-v", "error", "-y", "-f", "lavfi", "-i", sound]).args(args).arg(&path).output();
    let run = run.unwrap();
    assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    path
}

/// What ffmpeg hears, interleaved, and what it says meanwhile.
fn heard(path: &Path) -> (Vec<f32>, String) {
    let run = Command::new("ffmpeg")
        .args(["-v", "warning", "-i"])
        .arg(path)
        .args(["-map", "0:a", "-f", "f32le", "-"])
        .output();
    let run = run.unwrap();
    let samples = run.stdout.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    (samples, String::from_utf8_lossy(&run.stderr).into_owned())
}

/// Chapters and duration in seconds, as ffprobe sees them.
fn seen(path: &Path) -> (f64, Vec<(f64, f64)>) {
    let args = ["-v", "error", "-of", "json", "-show_format", "-show_chapters"];
    let run = Command::new("ffprobe").args(args).arg(path).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let number = |v: &serde_json::Value| v.as_str().unwrap().parse::<f64>().unwrap();
    let chapters =
        json["chapters"].as_array().unwrap().iter().map(|c| (number(&c["start_time"]), number(&c["end_time"])));
    (number(&json["format"]["duration"]), chapters.collect())
}

/// Puts the rhythm in, and writes the file beside the other one.
fn labelled(path: &Path, format: &str, position: Position) -> (PathBuf, Vec<f64>) {
    let bytes = std::fs::read(path).unwrap();
    let (layer, limits) = (media::explicit(format).unwrap(), Limits::default());
    let options = ExplicitOptions { position, ..ExplicitOptions::default() };
    let outcome = (layer.apply)(&bytes, &options, &limits).unwrap();
    let drawn = match outcome {
        Outcome::Drawn(drawn) => drawn,
        Outcome::Skip(reason) => panic!("{}: {reason}", path.display()),
        Outcome::Already(_) => panic!("{}: there already", path.display()),
    };
    let out = to_vec(&Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap();
    let again = (layer.apply)(&out, &options, &limits).unwrap();
    assert!(matches!(again, Outcome::Already(_)), "{} {position:?}", path.display());
    let found = (layer.find)(&out, &options, &limits).unwrap();
    let Place::Sound(places) = &found[0].place else { panic!() };
    let Place::Sound(put) = &drawn.found.place else { panic!() };
    assert_eq!(places.len(), put.len(), "{}", path.display());
    assert!(
        places.iter().zip(put).all(|(a, b)| (a.start - b.start).abs() < 0.02),
        "{}: {places:?} {put:?}",
        path.display()
    );
    let written = path.with_file_name(format!("{position:?}-{}", path.file_name().unwrap().to_str().unwrap()));
    std::fs::write(&written, out).unwrap();
    (written, put.iter().map(|tones| tones.start).collect())
}

const POSITIONS: [Position; 3] = [Position::Start, Position::End, Position::Both];

#[test]
fn lossless_frames_in_mp4_stay_to_the_bit() {
    let folder = scratch();
    let titles = folder.path().join("chapters.txt");
    let text = ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=one\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2500\ntitle=two\n";
    std::fs::write(&titles, text).unwrap();
    let chapters = ["-i", titles.to_str().unwrap(), "-map_metadata", "1", "-map_chapters", "1", "-map", "0:a"];
    let fast = ["-movflags", "+faststart"];
    let kinds: [(&str, &[&str]); 4] = [
        ("mono.m4a", &["-ac", "1"]),
        ("deep.m4a", &["-sample_fmt", "s32p"]),
        ("fast.m4a", &fast),
        ("chapters.m4a", &chapters),
    ];
    for (name, args) in kinds {
        let clean = made(&folder, name, &[args, &["-c:a", "alac"]].concat());
        let (before, _) = heard(&clean);
        let (lasts, parts) = seen(&clean);
        for position in POSITIONS {
            let (path, _) = labelled(&clean, "m4a", position);
            let (after, said) = heard(&path);
            assert_eq!(said, "", "{}", path.display());
            let channels = if name == "mono.m4a" { 1 } else { 2 };
            let extra = after.len() - before.len();
            let from =
                if position == Position::End { 0 } else { extra / if position == Position::Both { 2 } else { 1 } };
            assert!(after[from..].starts_with(&before), "{}", path.display());
            let (now, moved) = seen(&path);
            let label = extra as f64 / channels as f64 / 44_100.0;
            assert!((now - lasts - label).abs() < 0.01, "{}: {now} {lasts} {label}", path.display());
            let shift = from as f64 / channels as f64 / 44_100.0;
            for (n, (old, new)) in parts.iter().zip(&moved).enumerate() {
                let start = if n == 0 { 0.0 } else { old.0 + shift };
                assert!((new.0 - start).abs() < 0.01, "{}: {parts:?} {moved:?}", path.display());
            }
            assert_eq!(parts.len(), moved.len());
        }
    }
}

/// How far the second sound is from the first, in decibels of full scale, at the sample that differs most.
fn worst(one: &[f32], other: &[f32]) -> f64 {
    let most = one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
    20.0 * f64::from(most + 1e-9).log10()
}

/// How loud the tones of a label are, and how quiet its gaps, in decibels.
fn tones(label: &[f32], channels: usize, rate: f64, start: f64) -> (f64, f64) {
    let rms = |from: f64, to: f64| {
        let part: Vec<f32> = label
            .chunks(channels)
            .map(|f| f[0])
            .skip((from * rate) as usize)
            .take(((to - from) * rate) as usize)
            .collect();
        10.0 * (part.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / part.len() as f64 + 1e-20).log10()
    };
    let at = |unit: f64| start + 0.12 * unit;
    let tones = [(0.2, 0.8), (2.2, 4.8), (8.2, 8.8), (10.2, 10.8)].map(|(a, b)| rms(at(a), at(b)));
    let gaps = [(1.3, 1.7), (5.3, 7.7), (9.3, 9.7)].map(|(a, b)| rms(at(a), at(b)));
    let spread = tones.iter().fold(f64::MIN, |m, t| m.max(*t)) - tones.iter().fold(f64::MAX, |m, t| m.min(*t));
    assert!(spread < 1.0, "{tones:?}");
    (tones[1], gaps.iter().fold(f64::MIN, |m, g| m.max(*g)))
}

#[test]
fn coded_frames_of_aac_stay_to_the_bit() {
    let folder = scratch();
    let kinds: [(&str, &[&str]); 8] = [
        ("mono.aac", &["-ac", "1", "-b:a", "64k"]),
        ("stereo.aac", &["-b:a", "128k"]),
        ("low.aac", &["-ar", "32000", "-b:a", "48k"]),
        ("high.aac", &["-ar", "96000", "-b:a", "192k"]),
        ("mono.m4a", &["-ac", "1", "-b:a", "64k"]),
        ("stereo.m4a", &["-b:a", "128k", "-movflags", "+faststart"]),
        ("slow.m4a", &["-ar", "16000", "-b:a", "32k"]),
        ("film.mov", &["-b:a", "96k"]),
    ];
    for (name, args) in kinds {
        let clean = made(&folder, name, &[args, &["-c:a", "aac"]].concat());
        let format = name.split('.').next_back().unwrap();
        let (before, said_before) = heard(&clean);
        let (rate, channels) = match name.split('.').next().unwrap() {
            "mono" => (44_100.0, 1),
            "low" => (32_000.0, 2),
            "slow" => (16_000.0, 2),
            "high" => (96_000.0, 2),
            _ => (44_100.0, 2),
        };
        for position in POSITIONS {
            let (path, places) = labelled(&clean, format, position);
            let (after, said) = heard(&path);
            assert_eq!(said.lines().count(), said_before.lines().count(), "{}: {said}", path.display());
            let extra = after.len() - before.len();
            assert_eq!(extra % (1024 * channels), 0, "{}", path.display());
            let labels = if position == Position::Both { 2 } else { 1 };
            let from = if position == Position::End { 0 } else { extra / labels };
            // The last frame of the content is followed by something now: decoders give it whole.
            let part = before.len().min(after.len() - from) - 2048 * channels;
            let apart = worst(&after[from..from + part], &before[..part]);
            assert!(apart < -120.0, "{}: {apart:.1} dB", path.display());
            for start in &places {
                let (tone, gap) = tones(&after, channels, rate, *start);
                assert!(tone - gap > 35.0 && (-45.0..-15.0).contains(&tone), "{}: {tone} {gap}", path.display());
            }
        }
    }
}
