//! Other people's tools judge what we write: exiftool, ffprobe, ffmpeg, Pillow, mutagen, PyYAML, pngcheck. A tool that
//! is missing is a failure; `tests/run` installs them.

use std::path::Path;
use std::process::Command;

use biaoshi_label::{Label, Level};
use biaoshi_tests::{OTHER, PRODUCER, fixtures, root, run, scratch};

/// Labels the fixtures and writes the list that the judge reads.
fn labelled(folder: &Path, layers: &str, only: &[&str]) -> String {
    let clean = root().join("fixtures/clean");
    let args = [
        "label",
        clean.to_str().unwrap(),
        "--out",
        "out",
        "--producer",
        PRODUCER,
        "--id",
        "{stem}",
        "-q",
        "--layers",
        layers,
    ];
    let run = run(folder, &args);
    let mut list = String::new();
    for fixture in fixtures() {
        let out = folder.join("out").join(&fixture.name);
        let stem = fixture.name.rsplit_once('.').unwrap().0;
        if only.is_empty() && layers == "metadata" {
            assert!(out.is_file(), "{}: {}", fixture.name, run.err());
        }
        if out.is_file() && (only.is_empty() || only.contains(&fixture.format.name)) {
            let json = Label::new(Level::Confirmed, PRODUCER, stem, false).unwrap().to_json();
            list.push_str(&format!("{}\t{}\t{json}\n", fixture.path.display(), out.display()));
        }
    }
    let path = folder.join("list.tsv");
    std::fs::write(&path, list).unwrap();
    path.to_str().unwrap().to_owned()
}

fn judge(args: &[&str]) {
    let script = root().join("tests/judges/judge.py");
    let run = Command::new("python3").arg(script).args(args).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{text}");
    println!("{text}");
}

/// The label of the metadata, and what a platform writes over it. In one list, as each file costs every judge a start.
#[test]
fn labels_in_metadata_are_seen_by_everyone_and_nothing_else_changes() {
    let folder = scratch();
    let list = labelled(folder.path(), "metadata", &[]);
    judge(&["--opens", "--list", &list]);
    let both = std::fs::read_to_string(&list).unwrap() + &spread(folder.path());
    std::fs::write(&list, both).unwrap();
    judge(&["--list", &list]);
    judge(&["--same-media", "--list", &list]);
}

/// Has a platform write over the labels in `out`; the lines for the judge.
fn spread(folder: &Path) -> String {
    let args = ["propagate", "out", "--out", "spread", "--propagator", OTHER, "--propagate-id", "{stem}-p", "-q"];
    let done = run(folder, &args);
    assert_eq!(done.code(), 0, "{}", done.err());
    let mut list = String::new();
    for fixture in fixtures() {
        let stem = fixture.name.rsplit_once('.').unwrap().0;
        let elements = (OTHER, &*format!("{stem}-p"));
        let json = Label::with_propagator(Level::Confirmed, (PRODUCER, stem), elements, false).unwrap().to_json();
        let spread = folder.join("spread").join(&fixture.name);
        list.push_str(&format!("{}\t{}\t{json}\n", fixture.path.display(), spread.display()));
    }
    list
}

#[test]
fn the_visible_label_is_where_and_as_large_as_clause_5_2_demands() {
    let folder = scratch();
    let list = labelled(folder.path(), "metadata,explicit", &["png", "jpeg", "gif", "webp"]);
    for animation in ["png-partial.png", "gif-partial.gif", "gif-sticker.gif", "gif-full.gif", "webp-partial.webp"] {
        assert!(std::fs::read_to_string(&list).unwrap().contains(animation), "{animation}");
    }
    judge(&["--explicit", "--orientation-aware", "--list", &list]);
}

/// JPEGs of every kind that Pillow writes, and the fixtures: what is not under the label is decoded as before.
#[test]
fn pixels_away_from_the_label_are_the_same() {
    let folder = scratch();
    let clean = folder.path().join("clean");
    std::fs::create_dir(&clean).unwrap();
    let script = root().join("tests/judges/jpegs.py");
    assert!(Command::new("python3").arg(script).arg(&clean).status().unwrap().success());
    for fixture in fixtures().into_iter().filter(|f| f.format.name == "jpeg") {
        std::fs::copy(&fixture.path, clean.join(&fixture.name)).unwrap();
    }
    let mut list = String::new();
    for corner in ["bottom-right", "top-left"] {
        let args =
            ["label", "clean", "--out", corner, "--corner", corner, "--producer", PRODUCER, "--layers", "explicit"];
        let done = run(folder.path(), &[&args[..], &["-q"]].concat());
        assert_eq!(done.code(), 0, "{}", done.err());
        for report in run(folder.path(), &["verify", corner, "--layers", "explicit", "--json"]).json() {
            let (path, at) = (report["path"].as_str().unwrap(), &report["explicit"][0]["where"]["box"]);
            let name = Path::new(path).file_name().unwrap().to_str().unwrap();
            let numbers: Vec<String> =
                at.as_array().unwrap_or_else(|| panic!("{report}")).iter().map(ToString::to_string).collect();
            list.push_str(&format!("clean/{name}\t{corner}/{name}\t{}\n", numbers.join(",")));
        }
        let again = run(
            folder.path(),
            &["label", corner, "--in-place", "--producer", PRODUCER, "--layers", "explicit", "--json"],
        );
        assert!(again.json().iter().all(|r| r["action"] == "unchanged"), "{}", again.out());
    }
    assert!(list.lines().count() > 180);
    std::fs::write(folder.path().join("list.tsv"), list).unwrap();
    let script = root().join("tests/judges/judge.py");
    let done = Command::new("python3")
        .arg(script)
        .args(["--outside", "--list", "list.tsv"])
        .current_dir(folder.path())
        .output();
    let done = done.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}");
}

#[test]
fn the_rhythm_is_heard_before_the_untouched_content() {
    let folder = scratch();
    let list =
        labelled(folder.path(), "metadata,explicit", &["wav", "flac", "aiff", "caf", "mp3", "m4a", "opus", "ogg"]);
    let all = std::fs::read_to_string(&list).unwrap();
    assert!(all.contains("mp3-unsync.mp3"));
    // A chain of streams takes none.
    let taken: String = all.split_inclusive('\n').filter(|line| !line.contains("ogg-chained.ogg")).collect();
    std::fs::write(&list, taken).unwrap();
    judge(&["--rhythm", "--list", &list]);
}

/// The sounds with their rhythm play in a browser, from the start, and it knows their length.
#[test]
fn labelled_sounds_play_in_a_browser() {
    let folder = scratch();
    let list = labelled(folder.path(), "metadata,explicit", &["wav", "flac", "mp3", "aac", "m4a", "opus", "ogg"]);
    let list = std::fs::read_to_string(&list).unwrap();
    // It plays the first stream of a chain alone, no ADPCM and no Apple Lossless.
    let other = ["ogg-chained", "wav-adpcm", "m4a-alac"];
    let names =
        list.lines().filter_map(|line| line.split('\t').nth(1)).filter(|name| !other.iter().any(|o| name.contains(o)));
    let names: Vec<_> = names.collect();
    assert!(names.len() > 20, "{names:?}");
    let played = Command::new("python3").arg(root().join("tests/judges/plays.py")).args(names).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&played.stdout), String::from_utf8_lossy(&played.stderr));
    assert!(played.status.success(), "{said}");
}

/// Codings of telephone systems, and those of AIFF-C, as ffmpeg writes them.
#[test]
fn every_coding_of_samples_takes_the_rhythm() {
    let folder = scratch();
    let clean = folder.path().join("clean");
    std::fs::create_dir(&clean).unwrap();
    let wav = ["pcm_mulaw", "pcm_alaw", "adpcm_ima_wav", "adpcm_ms", "pcm_f64le", "pcm_u8"];
    let aiff = ["pcm_s8", "pcm_s16le", "pcm_s24be", "pcm_f32be", "pcm_f64be", "pcm_mulaw", "pcm_alaw"];
    let codings = wav.map(|c| (c, "wav")).into_iter().chain(aiff.map(|c| (c, "aif")));
    let mut list = String::new();
    for (coding, extension) in codings {
        for (rate, channels) in [("8000", "1"), ("44100", "2")] {
            let name = format!("{coding}-{rate}.{extension}");
            let sound = "aevalsrc=0.3*sin(440*2*PI*t*(1+t))*sin(3*t):d=2.5";
            let made = Command::new("ffmpeg")
                .args(["-v", "error", "-f", "lavfi", "-i", sound, "-ar", rate, "-ac", channels, "-c:a", coding])
                .arg(clean.join(&name))
                .status();
            assert!(made.unwrap().success(), "{name}");
            let path = |part: &str| folder.path().join(part).join(&name).display().to_string();
            list.push_str(&format!("{}\t{}\t{{}}\n", path("clean"), path("out")));
        }
    }
    let args = ["label", "clean", "--out", "out", "--producer", PRODUCER, "-q", "--layers", "metadata,explicit"];
    let run = run(folder.path(), &args);
    assert_eq!(run.code(), 0, "{}", run.err());
    let path = folder.path().join("list.tsv");
    std::fs::write(&path, list).unwrap();
    judge(&["--rhythm", "--list", path.to_str().unwrap()]);
}

/// MP3s of every kind that LAME writes, and some that were cut out of longer ones.
#[test]
fn mp3s_of_every_kind_begin_with_the_rhythm() {
    every_kind_begins_with_the_rhythm("mp3s.py", 25);
}

/// Opus in all modes and lengths of frames, as opusenc and ffmpeg write it, and parts of streams.
#[test]
fn opus_of_every_kind_begins_with_the_rhythm() {
    every_kind_begins_with_the_rhythm("opuses.py", 20);
}

/// Vorbis of three coders at all qualities, parts of streams, and FLAC of two coders.
#[test]
fn ogg_of_every_kind_begins_with_the_rhythm() {
    every_kind_begins_with_the_rhythm("oggs.py", 50);
}

/// Labels what a script writes, more than `least` files, and has it judged.
fn every_kind_begins_with_the_rhythm(script: &str, least: usize) {
    let folder = scratch();
    let clean = folder.path().join("clean");
    std::fs::create_dir(&clean).unwrap();
    let made = Command::new("python3").arg(root().join("tests/judges").join(script)).arg(&clean).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let args = ["label", "clean", "--out", "out", "--producer", PRODUCER, "--layers", "metadata,explicit", "-q"];
    let done = run(folder.path(), &args);
    assert_eq!(done.code(), 0, "{}", done.err());
    let mut list = String::new();
    for entry in std::fs::read_dir(&clean).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = |part: &str| folder.path().join(part).join(&name).display().to_string();
        list.push_str(&format!("{}\t{}\t{{}}\n", path("clean"), path("out")));
    }
    assert!(list.lines().count() > least, "{list}");
    let path = folder.path().join("list.tsv");
    std::fs::write(&path, list).unwrap();
    judge(&["--rhythm", "--list", path.to_str().unwrap()]);
}

#[test]
fn the_paragraph_is_what_a_browser_shows_first() {
    let folder = scratch();
    let list = labelled(folder.path(), "metadata,explicit", &["html"]);
    judge(&["--page", "--list", &list]);
}

/// Boxes in any order, several `mdat`, gaps between: samples and items keep their bytes when a label grows among them.
#[test]
fn pictures_laid_out_in_any_order_keep_their_frames() {
    let folder = scratch();
    let clean = folder.path().join("clean");
    std::fs::create_dir(&clean).unwrap();
    let names = fixtures().into_iter().filter(|f| matches!(f.format.name, "heic" | "avif"));
    let names = names.filter(|f| !f.name.contains("idat")).map(|f| f.path);
    let made = Command::new("python3").arg(root().join("tests/judges/layouts.py")).arg(&clean).args(names).output();
    let made = made.unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let args = ["label", "clean", "--out", "out", "--producer", PRODUCER, "--id", "name", "-q", "--layers", "metadata"];
    let run = run(folder.path(), &args);
    assert_eq!(run.code(), 0, "{}", run.err());
    let mut list = String::new();
    for entry in std::fs::read_dir(&clean).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = |part: &str| folder.path().join(part).join(&name).display().to_string();
        list.push_str(&format!("{}\t{}\t{{}}\n", path("clean"), path("out")));
    }
    let path = folder.path().join("list.tsv");
    std::fs::write(&path, list).unwrap();
    judge(&["--same-media", "--list", path.to_str().unwrap()]);
}
