//! The rhythm of an audible label (GB 45438-2025 clause 5.3), ours and that of others, heard by `verify` in files that other
//! programs made.

use std::path::Path;
use std::process::Command;

use biaoshi_tests::{PRODUCER, TempDir, fixtures, root, run, samples, scratch};
use serde_json::{Value, json};

fn ffmpeg(folder: &Path, args: &[&str]) {
    let run = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(args).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "{args:?}: {}", String::from_utf8_lossy(&run.stderr));
}

/// Reports of files of which all that is heard and seen was asked for.
fn heard(folder: &Path, names: &[&str]) -> Vec<Value> {
    let args = ["verify", "--json", "--allow-unlabelled", "--layers", "metadata,traces,explicit"];
    run(folder, &[&args, names].concat()).json()
}

fn codes(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect()
}

/// Changing tones that no label is made of, from ffmpeg.
fn content(folder: &Path, name: &str) {
    let sound = "aevalsrc=0.3*sin(300*2*PI*t*(1+t/4))*sin(3*t)|0.2*sin(500*2*PI*t*(1+t/4)):s=44100:d=6";
    ffmpeg(folder, &["-f", "lavfi", "-i", sound, name]);
}

/// A WAV with both labels, and what becomes of it elsewhere without the label in its metadata.
fn spread() -> (TempDir, Vec<&'static str>) {
    let folder = scratch();
    content(folder.path(), "a.wav");
    let args = ["label", "a.wav", "-o", "labelled.wav", "--layers", "metadata,explicit", "--producer", PRODUCER];
    assert_eq!(run(folder.path(), &args).code(), 0);
    let ways: [(&str, &[&str]); 7] = [
        ("64.mp3", &["-c:a", "libmp3lame", "-b:a", "64k"]),
        ("24.opus", &["-c:a", "libopus", "-b:a", "24k"]),
        ("64.aac", &["-c:a", "aac", "-b:a", "64k"]),
        ("64.m4a", &["-c:a", "aac", "-b:a", "64k"]),
        ("telephone.wav", &["-ac", "1", "-ar", "8000", "-c:a", "pcm_mulaw"]),
        ("sound.mka", &["-c:a", "libvorbis", "-b:a", "64k"]),
        ("sound.flac", &["-c:a", "flac"]),
    ];
    for (name, coding) in ways {
        let plain = ["-i", "labelled.wav", "-map_metadata", "-1", "-fflags", "+bitexact"];
        ffmpeg(folder.path(), &[&plain, coding, &[name]].concat());
    }
    (folder, ways.iter().map(|(name, _)| *name).collect())
}

#[test]
fn a_label_that_lost_its_metadata_elsewhere_is_heard_where_it_stands() {
    let (folder, names) = spread();
    for (name, report) in names.iter().zip(heard(folder.path(), &names)) {
        assert_eq!((&report["verdict"], &report["labels"]), (&json!("suspected"), &json!([])), "{name}: {report}");
        let explicit = report["explicit"].as_array().unwrap();
        assert_eq!(explicit.len(), 1, "{name}: {report}");
        let at = &explicit[0]["where"];
        let near = |key: &str, wanted: f64, slack: f64| (at[key].as_f64().unwrap() - wanted).abs() <= slack;
        assert!(near("start", 0.3, 0.06) && near("end", 1.62, 0.06) && near("unit", 0.12, 0.011), "{name}: {at}");
        let pitches: Vec<f64> = at["pitches"].as_array().unwrap().iter().map(|hz| hz.as_f64().unwrap()).collect();
        assert!(pitches.len() == 2 && (pitches[0] - 880.0).abs() < 9.0 && (pitches[1] - 1320.0).abs() < 14.0, "{at}");
        assert_eq!((&at["own"], &explicit[0]["method"]), (&json!(true), &json!("rhythm")), "{name}");
        let reason = &report["reasons"][0];
        assert_eq!(reason["code"], "explicit.found", "{name}");
        assert!(reason["message"].as_str().unwrap().contains("短长 短短 at 0.3"), "{name}: {reason}");
        assert!(!codes(&report).iter().any(|code| code.starts_with("rhythm.")), "{name}: {report}");
    }
}

#[test]
fn a_rhythm_of_others_is_a_label_too() {
    let folder = scratch();
    // Morse A I of 100 ms at 800 Hz, four seconds into six of silence and noise.
    let on = [(0, 1), (2, 5), (8, 9), (10, 11)];
    let tones: Vec<String> = on
        .iter()
        .map(|(a, b)| format!("between(t,{},{})", 4.0 + 0.1 * f64::from(*a), 4.0 + 0.1 * f64::from(*b) - 1e-6))
        .collect();
    let sound = format!(
        "aevalsrc='0.25*sin(800*2*PI*t)*({})+0.15*(random(0)-0.5)*(lt(t,3)+gt(t,6.2))':s=32000:d=9",
        tones.join("+")
    );
    ffmpeg(folder.path(), &["-f", "lavfi", "-i", &sound, "-c:a", "libvorbis", "other.ogg"]);
    let report = heard(folder.path(), &["other.ogg"]).remove(0);
    assert_eq!(report["verdict"], "suspected", "{report}");
    let at = &report["explicit"][0]["where"];
    assert!((at["start"].as_f64().unwrap() - 4.0).abs() < 0.05, "{at}");
    assert!((at["unit"].as_f64().unwrap() - 0.1).abs() < 0.01 && at["own"] == false, "{at}");
    assert!((at["pitches"][0].as_f64().unwrap() - 800.0).abs() < 8.0, "{at}");
}

#[test]
fn sound_without_a_label_has_none() {
    let clean: Vec<String> = fixtures().iter().map(|f| f.path.to_str().unwrap().to_owned()).collect();
    let real = samples("audio").into_iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let real = real.map(|entry| entry.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e != "md"));
    let names: Vec<String> = clean.into_iter().chain(real.map(|p| p.to_str().unwrap().to_owned())).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let reports = heard(&root(), &names);
    assert_eq!(reports.len(), names.len());
    let mut listened = 0;
    for report in &reports {
        let heard = report["explicit"].as_array().into_iter().flatten().filter(|e| e["medium"] == "audio");
        assert_eq!(heard.count(), 0, "{report}");
        listened +=
            usize::from(report["explicit"].is_array() && report["media_type"].as_str().unwrap().starts_with("audio/"));
    }
    assert!(listened >= 20, "{listened}");
}

#[test]
fn a_film_without_sound_or_without_a_rhythm_is_no_film_without_a_label() {
    let folder = scratch();
    let picture = ["-f", "lavfi", "-i", "color=c=gray:s=64x48:d=2:r=5"];
    ffmpeg(folder.path(), &[&picture[..], &["silent.mp4"]].concat());
    let noise = ["-f", "lavfi", "-i", "anoisesrc=d=2:a=0.1", "-shortest", "noise.mp4"];
    ffmpeg(folder.path(), &[&picture[..], &noise].concat());
    let labelled = ["silent.mp4", "noise.mp4"].map(|name| {
        let out = format!("labelled-{name}");
        let args = ["label", name, "-o", &out, "--layers", "metadata", "--producer", PRODUCER];
        assert_eq!(run(folder.path(), &args).code(), 0);
        out
    });
    let reports = heard(folder.path(), &[&labelled[0], &labelled[1]]);
    for report in &reports {
        assert_eq!((&report["explicit"], codes(report)), (&Value::Null, vec!["explicit.unchecked"]), "{report}");
        assert_eq!((&report["verdict"], &report["error"]), (&json!("confirmed"), &Value::Null));
    }
    assert!(reports[0]["findings"][0]["message"].as_str().unwrap().contains("no sound"), "{}", reports[0]);
}

#[test]
fn a_rhythm_over_the_content_is_told() {
    let folder = scratch();
    let noise = "anoisesrc=c=pink:a=0.3:r=32000:d=8:seed=1";
    ffmpeg(folder.path(), &["-f", "lavfi", "-i", noise, "a.wav"]);
    let labelled = root().join("fixtures/labelled/wav.wav");
    let mix = "[1]aresample=32000,atrim=0:2,volume=0.5,adelay=3000:all=1[b];[0][b]amix=inputs=2:normalize=0";
    let inputs = ["-i", "a.wav", "-i", labelled.to_str().unwrap(), "-filter_complex", mix, "-ac", "1", "mixed.wav"];
    ffmpeg(folder.path(), &inputs);
    let report = heard(folder.path(), &["mixed.wav"]).remove(0);
    assert_eq!(report["verdict"], "suspected", "{report}");
    assert!(codes(&report).contains(&"rhythm.covered"), "{report}");
    let strict = run(folder.path(), &["verify", "mixed.wav", "--json", "--allow-unlabelled", "--require", "explicit"]);
    let told = strict.json().remove(0);
    let covered = told["findings"].as_array().unwrap().iter().find(|f| f["code"] == "rhythm.covered").unwrap();
    assert_eq!((strict.code(), &covered["severity"]), (1, &json!("error")));
}
