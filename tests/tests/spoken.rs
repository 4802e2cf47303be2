//! Somebody's recording as the label of sounds (GB 45438-2025 clause 5.3): ffmpeg and sox hear it in front of and behind a content
//! that is the same to the bit, at its level; a second run finds it.

use std::path::Path;
use std::process::Command;

use biaoshi_tests::{PRODUCER, Run, TempDir, fixtures, run, scratch};
use serde_json::{Value, json};

/// Syllables of changing pitch and colour: what a codec and a correlation make of it is what they make of speech.
const VOICE: &str = "aevalsrc=0.25*(sin(2*PI*(170*t+4*sin(5*t)+9*sin(2.3*t*t)))+0.7*sin(2*PI*(2*170*t+8*sin(5*t)+18*sin(2.3*t*t)))\
    +0.5*sin(2*PI*(5*170*t+20*sin(5*t)+45*sin(2.3*t*t)))+0.3*sin(2*PI*(9*170*t+36*sin(5*t)+81*sin(2.3*t*t))))*(0.55+0.45*sin(22*t+3*sin(4*t))):s=22050:d=1.3";
/// Seconds of it.
const LASTS: f64 = 1.3;
/// Seconds of silence at the edge of the file, and towards the content.
const EDGE: f64 = 0.3;
const SEAM: f64 = 0.5;

fn ffmpeg(folder: &Path, args: &[&str]) {
    let run = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(args).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "{args:?}: {}", String::from_utf8_lossy(&run.stderr));
}

/// Changing tones with some noise, for the labels to be told from.
fn content(folder: &Path, name: &str, gain: f64, channels: u32, rate: u32, seconds: f64) {
    let sound =
        format!("aevalsrc={gain}*(0.6*sin(300*2*PI*t*(1+t/4))*sin(3*t)+0.4*(random(0)-0.5)):s={rate}:d={seconds}");
    ffmpeg(folder, &["-f", "lavfi", "-i", &sound, "-ac", &channels.to_string(), name]);
}

/// A folder with the recording `voice.wav`.
fn folder() -> TempDir {
    let folder = scratch();
    ffmpeg(folder.path(), &["-f", "lavfi", "-i", VOICE, "voice.wav"]);
    folder
}

fn labelled(folder: &Path, input: &str, output: &str, more: &[&str]) -> Run {
    let args = ["label", input, "-o", output, "--json", "--producer", PRODUCER, "--id", "x"];
    run(folder, &[&args, more].concat())
}

/// The report of a file that was labelled.
fn done(folder: &Path, input: &str, output: &str, more: &[&str]) -> Value {
    let run = labelled(folder, input, output, more);
    assert_eq!(run.code(), 0, "{input}: {}{}", run.out(), run.err());
    run.json().remove(0)
}

fn verified(folder: &Path, name: &str, recording: &str) -> Value {
    let args = ["verify", name, "--json", "--layers", "explicit", "--allow-unlabelled", "--audio-mark", recording];
    run(folder, &args).json().remove(0)
}

/// Where labels are heard that are this recording.
fn heard(report: &Value) -> Vec<(f64, f64)> {
    let all = report["explicit"].as_array().unwrap_or_else(|| panic!("{report}")).iter();
    let at = |e: &Value, key: &str| e["where"][key].as_f64().unwrap();
    all.filter(|e| e["method"] == "recording").map(|e| (at(e, "start"), at(e, "end"))).collect()
}

/// Samples as a decoder gives them, one of 32 bits after the other; `None` where it knows no such file.
fn decoded(program: &str, args: &[&str]) -> Option<Vec<i32>> {
    let run = Command::new(program).args(args).output().unwrap();
    let samples = run.stdout.chunks_exact(4).map(|b| i32::from_le_bytes(b.try_into().unwrap())).collect();
    run.status.success().then_some(samples)
}

fn by_ffmpeg(path: &Path) -> Option<Vec<i32>> {
    decoded("ffmpeg", &["-v", "error", "-i", path.to_str().unwrap(), "-map", "0:a:0", "-f", "s32le", "-"])
}

fn by_sox(path: &Path) -> Option<Vec<i32>> {
    decoded("sox", &["-D", path.to_str().unwrap(), "-t", "s32", "-L", "-"])
}

/// Rate and channels, as ffprobe has them.
fn form(path: &Path) -> (f64, usize) {
    let args =
        ["-v", "error", "-select_streams", "a:0", "-show_entries", "stream=sample_rate,channels", "-of", "csv=p=0"];
    let run = Command::new("ffprobe").args(args).arg(path).output().unwrap();
    let line = String::from_utf8(run.stdout).unwrap();
    let mut numbers = line.trim().split(',').map(|n| n.parse::<f64>().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap() as usize)
}

/// Files whose samples are stored as they are: the fixtures, and Apple Lossless from ffmpeg.
fn lossless(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for fixture in fixtures().iter().filter(|f| ["wav", "aiff", "flac"].contains(&f.format.name)) {
        std::fs::write(folder.join(&fixture.name), &fixture.bytes).unwrap();
        names.push(fixture.name.clone());
    }
    for (name, args) in [("alac.m4a", &["-ac", "1"][..]), ("alac-stereo.m4a", &["-sample_fmt", "s32p"])] {
        content(folder, "made.wav", 0.5, 2, 44_100, 3.0);
        ffmpeg(folder, &[&["-i", "made.wav"], args, &["-c:a", "alac", name]].concat());
        names.push(name.into());
    }
    names
}

#[test]
fn every_lossless_fixture_takes_the_recording_and_keeps_its_samples() {
    let folder = folder();
    let folder = folder.path();
    let names = lossless(folder);
    assert!(names.len() >= 18, "{names:?}");
    let mut by_two = 0;
    for name in names {
        // Of each kind all places, of its variants both at once.
        let places = [("both", 2), ("start", 1), ("end", 1)];
        let count = if name.contains('-') && !name.contains("adpcm") { 1 } else { 3 };
        for (position, sides) in places.into_iter().take(count) {
            let out = format!("{position}-{name}");
            let options = ["--audio-mark", "voice.wav", "--position", position];
            let report = done(folder, &name, &out, &options);
            assert_eq!(report["layers"], json!(["metadata", "explicit"]), "{out}: {report}");
            assert!(report["notes"].to_string().contains("the spoken label lasts 1.30 s"), "{out}: {report}");
            let (rate, channels) = form(&folder.join(&name));
            for (decode, second) in [(by_ffmpeg as fn(&Path) -> _, 0), (by_sox, 1)] {
                let Some(before): Option<Vec<i32>> = decode(&folder.join(&name)) else { continue };
                let after = decode(&folder.join(&out)).unwrap();
                let added = (after.len() - before.len()) / channels;
                // Whole frames of FLAC are filled up with silence in front of the content only.
                let behind = (((EDGE + LASTS + SEAM) * rate).round() as usize).next_multiple_of(2);
                let label = if sides == 2 && name.starts_with("flac") { added - behind } else { added / sides };
                let seconds = label as f64 / rate;
                // Blocks of ADPCM and frames of FLAC are whole, and may be long.
                assert!(
                    (EDGE + LASTS + SEAM..EDGE + LASTS + SEAM + 1.1).contains(&(seconds + 1e-3)),
                    "{out}: {seconds} s"
                );
                let from = if position == "end" { 0 } else { label * channels };
                assert!(after[from..from + before.len()] == before, "{out}: the content is not what it was");
                by_two += second;
            }
            let report = verified(folder, &out, "voice.wav");
            let lasts = by_ffmpeg(&folder.join(&out)).unwrap().len() as f64 / channels as f64 / rate;
            let starts = [EDGE, lasts - EDGE - LASTS];
            let wanted = match position {
                "start" => &starts[..1],
                "end" => &starts[1..],
                _ => &starts[..],
            };
            let found = heard(&report);
            assert_eq!(found.len(), wanted.len(), "{out}: {report}");
            for ((start, end), wanted) in found.iter().zip(wanted) {
                assert!(
                    (start - wanted).abs() < 0.06 && (end - start - LASTS).abs() < 0.005,
                    "{out}: {found:?} {wanted}"
                );
            }
            let again = done(folder, &out, "again", &options);
            assert_eq!(again["action"], "unchanged", "{out}: {again}");
            let bytes = |name: &str| std::fs::read(folder.join(name)).unwrap();
            assert!(bytes(&out) == bytes("again"), "{out}");
            std::fs::remove_file(folder.join("again")).unwrap();
        }
    }
    assert!(by_two > 20, "sox heard {by_two}");
}

/// Integrated loudness in LUFS and true peak in dBFS of a part of a file (ffmpeg's EBU R 128).
fn loudness(path: &Path, from: f64, to: f64) -> (f64, f64) {
    let filter = format!("atrim={from}:{to},ebur128=peak=true");
    let run =
        Command::new("ffmpeg").args(["-nostats", "-i"]).arg(path).args(["-af", &filter, "-f", "null", "-"]).output();
    let told = String::from_utf8(run.unwrap().stderr).unwrap();
    let summary = &told[told.rfind("Summary:").unwrap()..];
    let number = |name: &str| {
        let rest = &summary[summary.find(name).unwrap() + name.len()..];
        rest.split_whitespace().next().unwrap().parse::<f64>().unwrap()
    };
    (number("I:"), number("Peak:"))
}

#[test]
fn it_is_six_lu_under_the_content_at_every_rate() {
    let folder = folder();
    let folder = folder.path();
    for (gain, channels, rate) in [
        (0.9, 1, 44_100),
        (0.9, 2, 48_000),
        (0.25, 2, 44_100),
        (0.02, 1, 8000),
        (0.4, 1, 8000),
        (0.4, 2, 96_000),
        (1.0, 6, 48_000),
    ] {
        content(folder, "a.wav", gain, channels, rate, 6.0);
        let (clean, _) = loudness(&folder.join("a.wav"), 0.0, 6.0);
        done(folder, "a.wav", "b.wav", &["--overwrite", "--audio-mark", "voice.wav"]);
        let (level, peak) = loudness(&folder.join("b.wav"), EDGE, EDGE + LASTS);
        // Of six channels the rear ones count more, and the one of low frequencies does not.
        let wanted = (clean - 6.0).clamp(-30.0, -14.0);
        assert!((level - wanted).abs() < 1.5, "{gain} x {channels} at {rate}: {level} LUFS, wanted {wanted}");
        assert!(peak <= -2.9, "{gain} x {channels} at {rate}: {peak} dBTP");
    }
}

#[test]
fn a_recording_of_any_format_will_do_and_is_found_in_what_others_make_of_the_file() {
    let folder = folder();
    let folder = folder.path();
    content(folder, "a.wav", 0.6, 2, 44_100, 5.0);
    let codings: [(&str, &[&str]); 6] = [
        ("v.mp3", &["-b:a", "64k"]),
        ("v.m4a", &["-c:a", "aac"]),
        ("v.opus", &["-c:a", "libopus", "-b:a", "32k"]),
        ("v.ogg", &["-c:a", "libvorbis"]),
        ("v.flac", &["-ac", "2", "-ar", "96000"]),
        ("v.aiff", &["-ar", "8000"]),
    ];
    for (recording, coding) in codings {
        ffmpeg(folder, &[&["-i", "voice.wav"], coding, &[recording]].concat());
        done(folder, "a.wav", "b.wav", &["--overwrite", "--audio-mark", recording, "--position", "both"]);
        assert_eq!(heard(&verified(folder, "b.wav", recording)).len(), 2, "{recording}");
        // The coded recording is still the recording.
        assert_eq!(heard(&verified(folder, "b.wav", "voice.wav")).len(), 2, "{recording}");
    }
    done(folder, "a.wav", "b.wav", &["--overwrite", "--audio-mark", "voice.wav", "--position", "both"]);
    let ways: [(&str, &[&str]); 7] = [
        ("64.mp3", &["-b:a", "64k"]),
        ("32.mp3", &["-b:a", "32k", "-ar", "22050", "-ac", "1"]),
        ("24.opus", &["-c:a", "libopus", "-b:a", "24k"]),
        ("48.m4a", &["-c:a", "aac", "-b:a", "48k"]),
        ("telephone.wav", &["-ac", "1", "-ar", "8000", "-c:a", "pcm_mulaw"]),
        ("quiet.wav", &["-filter:a", "volume=-20dB"]),
        ("loud.wav", &["-filter:a", "volume=9dB"]),
    ];
    for (name, coding) in ways {
        ffmpeg(folder, &[&["-i", "b.wav", "-map_metadata", "-1"], coding, &[name]].concat());
        let report = verified(folder, name, "voice.wav");
        let found = heard(&report);
        assert!(found.len() == 2 && (found[0].0 - EDGE).abs() < 0.06, "{name}: {report}");
        assert_eq!(report["reasons"][0]["code"], "explicit.found", "{name}: {report}");
        // What is not asked for with the recording is not known.
        let alone = run(folder, &["verify", name, "--json", "--layers", "explicit", "--allow-unlabelled"]);
        assert_eq!(alone.json()[0]["explicit"], json!([]), "{name}");
        // A writer finds it too, whatever it could write itself.
        let again = done(folder, name, &format!("again-{name}"), &["--audio-mark", "voice.wav", "--position", "both"]);
        assert_eq!(heard(&verified(folder, &format!("again-{name}"), "voice.wav")).len(), 2, "{name}: {again}");
        assert!(!again["notes"].to_string().contains("label"), "{name}: {again}");
    }
}

#[test]
fn another_recording_and_other_sound_are_no_label() {
    let folder = folder();
    let folder = folder.path();
    let other = VOICE.replace("170", "140").replace("2.3*t*t", "1.1*t*t").replace("22*t", "17*t");
    ffmpeg(folder, &["-f", "lavfi", "-i", &other, "other.wav"]);
    content(folder, "a.wav", 0.6, 1, 22_050, 5.0);
    done(folder, "a.wav", "b.wav", &["--audio-mark", "other.wav", "--position", "both"]);
    assert_eq!(heard(&verified(folder, "b.wav", "other.wav")).len(), 2);
    for name in ["a.wav", "b.wav", "voice.wav"] {
        // Also the recording itself, which is no label of anything.
        assert_eq!(heard(&verified(folder, name, "voice.wav")), [], "{name}");
    }
    for fixture in fixtures().iter().filter(|f| biaoshi::media::samples(f.format.name).is_some()) {
        let path = fixture.path.to_str().unwrap();
        let report = verified(folder, path, "voice.wav");
        assert!(report["explicit"].is_null() || heard(&report).is_empty(), "{path}: {report}");
    }
}

#[test]
fn coded_sound_gets_the_rhythm_unless_that_is_not_wanted() {
    let folder = folder();
    let folder = folder.path();
    content(folder, "a.wav", 0.6, 2, 44_100, 3.0);
    let codings: [(&str, &[&str]); 4] = [
        ("a.mp3", &["-b:a", "128k"]),
        ("a.aac", &["-c:a", "aac"]),
        ("a.m4a", &["-c:a", "aac"]),
        ("a.opus", &["-c:a", "libopus"]),
    ];
    for (name, coding) in codings {
        ffmpeg(folder, &[&["-i", "a.wav"], coding, &[name]].concat());
        let out = format!("out-{name}");
        let report = done(folder, name, &out, &["--audio-mark", "voice.wav"]);
        assert!(report["notes"].to_string().contains("the rhythm stands for the spoken label"), "{name}: {report}");
        let found = verified(folder, &out, "voice.wav");
        assert_eq!(found["explicit"][0]["method"], "rhythm", "{name}: {found}");
        let again = done(folder, &out, "again", &["--audio-mark", "voice.wav", "--overwrite"]);
        assert_eq!(again["action"], "unchanged", "{name}: {again}");
        let strict = labelled(folder, name, "strict", &["--audio-mark", "voice.wav", "--strict"]);
        let report = strict.json().remove(0);
        assert_eq!((strict.code(), &report["action"]), (3, &json!("refused")), "{name}: {report}");
        assert!(!folder.join("strict").exists() && report["error"]["message"].to_string().contains("spoken label"));
        // What is only possible refuses nothing.
        let options = ["--audio-mark", "voice.wav", "--strict", "--layers", "metadata", "--if-possible", "explicit"];
        let report = done(folder, name, "possible", &[&options[..], &["--overwrite"]].concat());
        assert_eq!(report["skipped"][0]["code"], "sound.prompt-coded", "{name}: {report}");
    }
    assert_eq!(labelled(folder, "a.wav", "b.wav", &["--audio-mark", "voice.wav", "--strict"]).code(), 0);
}

#[test]
fn what_cannot_be_a_label_is_one_line_and_nothing_is_done() {
    let folder = folder();
    let folder = folder.path();
    content(folder, "a.wav", 0.6, 2, 44_100, 3.0);
    ffmpeg(folder, &["-i", "voice.wav", "-t", "0.4", "short.wav"]);
    content(folder, "long.wav", 0.6, 1, 22_050, 10.2);
    ffmpeg(folder, &["-i", "voice.wav", "-filter:a", "volume=0", "silent.wav"]);
    std::fs::write(folder.join("words.txt"), "本音频由AI生成").unwrap();
    std::fs::write(folder.join("junk.bin"), [7; 999]).unwrap();
    std::fs::write(folder.join("empty.wav"), "").unwrap();
    for (recording, en, zh) in [
        ("none.wav", "No such file", "没有"),
        ("empty.wav", "the file is empty", "文件为空"),
        ("words.txt", "holds no sound that is decoded", "没有可解码的声音"),
        ("junk.bin", "the format is not known", "无法识别的格式"),
        ("short.wav", "the clip is shorter than half a second", "片段短于 0.5 秒"),
        ("long.wav", "the clip is longer than ten seconds", "片段长于 10 秒"),
        ("silent.wav", "the clip is silent", "片段无声"),
        (".", "not a regular file", "不是普通文件"),
    ] {
        let english = labelled(folder, "a.wav", "b.wav", &["--audio-mark", recording]);
        assert_eq!((english.code(), english.err().lines().count()), (2, 1), "{recording}: {}", english.err());
        assert!(english.err().contains(en) && english.err().contains("--audio-mark"), "{recording}: {}", english.err());
        assert!(!folder.join("b.wav").exists() && english.out().is_empty(), "{recording}");
        let chinese =
            run(folder, &["verify", "a.wav", "--audio-mark", recording, "--layers", "explicit", "--lang", "zh"]);
        assert!(chinese.code() == 2 && chinese.err().contains(zh), "{recording}: {}", chinese.err());
    }
    let report = done(folder, "a.wav", "b.wav", &["--audio-mark", "rhythm"]);
    assert!(!report["notes"].to_string().contains("spoken"), "{report}");
    assert_eq!(verified(folder, "b.wav", "voice.wav")["explicit"][0]["method"], "rhythm");
}

#[test]
fn a_label_that_outlasts_its_content_is_told() {
    let folder = folder();
    let folder = folder.path();
    let has = |report: &Value| {
        report["findings"].as_array().unwrap().iter().any(|f| f["code"] == "explicit.longer-than-content")
    };
    // Seconds of content, label, whether it is longer: 2.1 s of the recording, 2.12 s of the rhythm, twice that on both sides.
    for (seconds, position, recording, longer) in [
        (1.9, "start", "voice.wav", true),
        (2.3, "start", "voice.wav", false),
        (1.9, "end", "rhythm", true),
        (2.3, "end", "rhythm", false),
        (2.3, "both", "voice.wav", true),
        (4.5, "both", "rhythm", false),
    ] {
        content(folder, "a.wav", 0.6, 1, 44_100, seconds);
        let options = ["--audio-mark", recording, "--position", position, "--overwrite"];
        let report = done(folder, "a.wav", "b.wav", &options);
        assert_eq!(has(&report), longer, "{seconds} {position} {recording}: {report}");
        let report = verified(folder, "b.wav", recording);
        assert_eq!(has(&report), longer, "{seconds} {position} {recording}: {report}");
        assert_eq!(report["conforming"], true);
    }
    let told = run(folder, &["explain", "explicit.longer-than-content"]);
    assert!(
        told.code() == 0 && told.out().contains("the explicit label lasts longer than the content"),
        "{}",
        told.out()
    );
}
