//! A layer that cannot be made costs the file nothing but that layer: damage, limits of work, and how both are told.

use std::path::Path;
use std::process::Command;

use biaoshi_tests::hostile::hostile;
use biaoshi_tests::scaling::scales;
use biaoshi_tests::{PRODUCER, command, root, run, scratch, tree};
use serde_json::{Value, json};

fn label(folder: &Path, args: &[&str], code: i32) -> Vec<Value> {
    let run = run(folder, &[&["label", "--json", "--producer", PRODUCER], args].concat());
    assert_eq!(run.code(), code, "{args:?}: {}{}", run.err(), run.out());
    run.json()
}

/// A photo cut in the middle of its scan, and one without the marker at its end.
fn damaged(folder: &Path) {
    let whole = std::fs::read(root().join("fixtures/clean/jpeg.jpg")).unwrap();
    std::fs::write(folder.join("cut.jpg"), &whole[..whole.len() * 3 / 4]).unwrap();
    std::fs::write(folder.join("open.jpg"), &whole[..whole.len() - 2]).unwrap();
    std::fs::write(folder.join("sound.jpg"), whole).unwrap();
}

fn codes(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect()
}

#[test]
fn damage_costs_the_layer_and_not_the_file() {
    let folder = scratch();
    damaged(folder.path());
    let reports = label(folder.path(), &["cut.jpg", "open.jpg", "sound.jpg", "--out", "out"], 0);
    let [cut, open, sound] = reports.as_slice() else { panic!("{reports:?}") };
    assert_eq!((&cut["action"], &cut["layers"]), (&json!("labelled"), &json!(["metadata"])));
    assert_eq!(cut["skipped"][0]["layer"], "explicit");
    assert!(cut["skipped"][0]["reason"].as_str().unwrap().starts_with("JPEG: "), "{cut}");
    assert_eq!(codes(cut), ["file.damaged"]);
    // Viewers do not need the end of the picture.
    assert_eq!((&open["layers"], codes(open)), (&json!(["metadata", "explicit"]), vec!["file.damaged"]));
    assert_eq!((&sound["layers"], codes(sound)), (&json!(["metadata", "explicit"]), vec![]));
    let pillow = "from PIL import Image; Image.open('out/open.jpg').load()";
    let shown = Command::new("python3").args(["-c", pillow]).current_dir(folder.path()).output().unwrap();
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
}

#[test]
fn a_named_layer_and_strict_are_told_by_the_exit_code() {
    let folder = scratch();
    damaged(folder.path());
    let named = label(folder.path(), &["cut.jpg", "-o", "x.jpg", "--layers", "metadata,explicit"], 3);
    assert_eq!((&named[0]["action"], &named[0]["error"]["kind"]), (&json!("failed"), &json!("malformed")));
    assert!(!folder.path().join("x.jpg").exists());
    let strict = label(folder.path(), &["cut.jpg", "open.jpg", "sound.jpg", "--out", "out", "--strict"], 3);
    assert!(strict.iter().all(|r| r["action"] == "labelled"), "{strict:?}");
    assert_eq!(tree(&folder.path().join("out")).len(), 3);
    label(folder.path(), &["sound.jpg", "-o", "y.jpg", "--strict"], 0);
    for (lang, line) in [
        ("en", "3 labelled (metadata 3, explicit 2), 0 unchanged, 0 refused, 0 failed, 2 damaged"),
        ("zh", "已标识 3(元数据 3,显式 2),未改动 0,已拒绝 0,失败 0;已标识的文件中有 2 个已损坏"),
    ] {
        let args = ["label", "cut.jpg", "open.jpg", "sound.jpg", "--out", lang, "--producer", PRODUCER, "--lang", lang];
        let people = run(folder.path(), &args);
        assert!(people.code() == 0 && people.out().lines().any(|l| l == line), "{}{}", people.out(), people.err());
    }
    // What an earlier run found is counted again.
    let resumed = ["label", "cut.jpg", "open.jpg", "--out", "r", "--producer", PRODUCER, "--resume", "j"];
    for _ in 0..2 {
        let people = run(folder.path(), &resumed);
        assert!(people.out().contains("0 failed, 2 damaged"), "{}{}", people.out(), people.err());
    }
}

#[test]
fn standard_output_carries_the_file_and_the_exit_code_its_damage() {
    let folder = scratch();
    damaged(folder.path());
    for (strict, code) in [(&[][..], 0), (&["--strict"][..], 3)] {
        let mut child = command(folder.path());
        child.args(["label", "-", "--producer", PRODUCER]).args(strict);
        let done = child.stdin(std::fs::File::open(folder.path().join("open.jpg")).unwrap()).output().unwrap();
        assert_eq!(done.status.code(), Some(code));
        assert!(done.stdout.ends_with(b"\xff\xd9"));
        assert!(String::from_utf8_lossy(&done.stderr).contains("the file is damaged"));
    }
}

#[test]
fn what_the_other_layers_found_stands_beside_the_error() {
    let folder = scratch();
    damaged(folder.path());
    label(folder.path(), &["cut.jpg", "--in-place"], 0);
    let run = run(folder.path(), &["verify", "cut.jpg", "--json", "--layers", "metadata,traces,explicit,watermark"]);
    let report = &run.json()[0];
    assert_eq!((run.code(), &report["error"]["kind"]), (3, &json!("malformed")), "{report}");
    assert_eq!((&report["verdict"], report["labels"].as_array().unwrap().len()), (&json!("confirmed"), 1));
}

const SILENCE: &str = "bomb-1000-frames-of-silence.flac";

/// Small files that would take long to decode: each keeps its label in the metadata, and the option is named.
#[test]
fn bombs_lose_the_explicit_layer_by_a_limit_that_is_named() {
    let folder = scratch();
    let work = hostile().join("work");
    let path = |name: &str| work.join(name).to_str().unwrap().to_owned();
    // How much silence there is shows only while it is decoded.
    let silence = label(folder.path(), &[&path(SILENCE), "-o", "z.flac", "--limit-work", "10M"], 0);
    let others = ["--out", "out", "--exclude", SILENCE];
    let reports = [silence, label(folder.path(), &[&[&*path("")][..], &others].concat(), 0)].concat();
    let mut bombs = 0;
    for report in &reports {
        let path = report["path"].as_str().unwrap();
        if path.contains("good") {
            assert_eq!(report["layers"], json!(["metadata", "explicit"]), "{report}");
        } else if !path.ends_with(".tiff") {
            bombs += 1;
            let reason = report["skipped"][0]["reason"].as_str().unwrap_or_default();
            assert!(reason.contains("--limit-work") || reason.contains("--limit-decoded"), "{report}");
            assert_eq!((&report["layers"], codes(report)), (&json!(["metadata"]), vec![]), "{report}");
        }
    }
    assert!(bombs > 9, "{bombs}");
    let named =
        label(folder.path(), &[&path("bomb-300-frames.webp"), "-o", "x.webp", "--layers", "metadata,explicit"], 3);
    assert_eq!(named[0]["error"]["kind"], "limit", "{named:?}");
    // The watermark has a share of its own.
    let marked = label(folder.path(), &[&path("bomb-16000x16000.tiff"), "-o", "x.tiff", "--layers", "watermark"], 3);
    assert!(marked[0]["error"]["message"].as_str().unwrap().contains("--limit-work"), "{marked:?}");
    let tight = label(folder.path(), &[&path("few-frames-good.webp"), "-o", "y.webp", "--limit-work", "1M"], 0);
    assert!(tight[0]["skipped"][0]["reason"].as_str().unwrap().contains("--limit-work"), "{tight:?}");
}

#[test]
fn scans_take_time_in_proportion() {
    let whole = std::fs::read(root().join("fixtures/clean/jpeg-progressive.jpg")).unwrap();
    let scan = b"\xff\xda\0\x08\x01\x01\0\x01\x3f\x10\0";
    scales("scans.jpg", |n| [&whole[..whole.len() - 2], &scan.repeat(n), b"\xff\xd9"].concat());
    scales("markers.jpg", |n| [&whole[..whole.len() - 2], &b"\xff\xfe\0\x02".repeat(n), b"\xff\xd9"].concat());
}

/// Players show a sequence whose file has no picture items; the label has no place in it but beside it.
#[test]
fn a_sequence_without_items_goes_beside() {
    let folder = scratch();
    let mut bytes = std::fs::read(root().join("fixtures/clean/avif-sequence.avif")).unwrap();
    let at = bytes.windows(4).position(|w| w == b"meta").unwrap();
    bytes[at..at + 4].copy_from_slice(b"free");
    std::fs::write(folder.path().join("s.avif"), &bytes).unwrap();
    let refused = label(folder.path(), &["s.avif", "-o", "x.avif"], 3);
    let message = refused[0]["error"]["message"].as_str().unwrap();
    assert!(refused[0]["error"]["kind"] == "unsupported" && message.contains("--sidecar"), "{message}");
    let beside = label(folder.path(), &["s.avif", "-o", "x.avif", "--sidecar"], 0);
    assert_eq!((&beside[0]["action"], &beside[0]["layers"]), (&json!("labelled"), &json!(["metadata"])));
    assert_eq!(std::fs::read(folder.path().join("x.avif")).unwrap(), bytes);
    let report = &run(folder.path(), &["verify", "x.avif", "--json"]).json()[0];
    assert_eq!((&report["verdict"], &report["labels"][0]["carrier"]), (&json!("confirmed"), &json!("sidecar/AIGC")));
}
