//! `--if-possible`: layers that are tried and refuse nothing; and the payload that was written.

use std::path::Path;

use biaoshi_tests::picture::textured;
use biaoshi_tests::{OTHER, PRODUCER, Run, TempDir, fixture, run, scratch};
use serde_json::{Value, json};

/// A picture that can carry a mark, one that is too small, a sound.
fn files() -> TempDir {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    textured(&folder.path().join("in/large.png"), (400, 300), png::ColorType::Grayscale);
    textured(&folder.path().join("in/small.png"), (80, 60), png::ColorType::Grayscale);
    std::fs::write(folder.path().join("in/m4a.m4a"), fixture("m4a.m4a")).unwrap();
    folder
}

fn label(folder: &Path, more: &[&str]) -> Run {
    run(folder, &[&["label", "--producer", PRODUCER, "--json"][..], more].concat())
}

fn all(reports: &[Value], key: &str) -> Value {
    reports.iter().map(|r| r[key].clone()).collect()
}

#[test]
fn what_is_tried_is_written_or_skipped() {
    let folder = files();
    let refused = label(folder.path(), &["in", "--out", "a", "--layers", "metadata,watermark"]);
    assert_eq!((refused.code(), all(&refused.json(), "action")), (3, json!(["labelled", "refused", "refused"])));
    let tried = label(folder.path(), &["in", "--out", "b", "--if-possible", "watermark"]);
    let reports = tried.json();
    assert_eq!(
        (tried.code(), all(&reports, "action")),
        (0, json!(["labelled", "labelled", "labelled"])),
        "{}",
        tried.out()
    );
    let three = json!(["metadata", "explicit", "watermark"]);
    assert_eq!((&reports[0]["layers"], &reports[1]["layers"]), (&three, &json!(["metadata", "explicit"])));
    let codes = |r: &Value| r["skipped"].as_array().unwrap().iter().map(|s| s["code"].clone()).collect::<Vec<_>>();
    assert_eq!(codes(&reports[1]), ["sound.lossy"]);
    assert_eq!(codes(&reports[2]).pop(), Some(json!("watermark.small")));
    // Beside named layers; and for carry.
    let named =
        label(folder.path(), &["in", "--out", "c", "--layers", "metadata", "--if-possible", "watermark,explicit"]);
    assert_eq!((named.code(), &named.json()[0]["layers"]), (0, &three));
    let carry = ["carry", "b/large.png", "in", "--out", "d", "--if-possible", "explicit", "--json"];
    let carried = run(folder.path(), &carry);
    assert_eq!(
        (carried.code(), all(&carried.json(), "action")),
        (0, json!(["labelled", "labelled", "labelled"])),
        "{}",
        carried.out()
    );
    assert_eq!(carried.json()[1]["layers"], json!(["metadata", "explicit"]));
}

#[test]
fn a_layer_is_named_once() {
    let folder = files();
    for lang in ["en", "zh"] {
        let args = ["in", "--out", "a", "--layers", "metadata,watermark", "--if-possible", "watermark", "--lang", lang];
        let wrong = label(folder.path(), &args);
        assert!(wrong.code() == 2 && wrong.err().contains("--if-possible"), "{}", wrong.err());
    }
    // What a row names must be written.
    std::fs::write(folder.path().join("m.csv"), "path,layers\nin/small.png,metadata+watermark\nin/m4a.m4a,metadata\n")
        .unwrap();
    let rows = label(folder.path(), &["--manifest", "m.csv", "--out", "a", "--if-possible", "watermark"]);
    assert_eq!(all(&rows.json(), "action"), json!(["refused", "labelled"]));
    assert_eq!(rows.json()[1]["skipped"][0]["layer"], "watermark");
}

#[test]
fn the_payload_is_told() {
    let folder = files();
    let told = label(folder.path(), &["in", "--out", "a", "--if-possible", "watermark", "--report", "r.csv"]);
    let reports = told.json();
    let mark = &reports[0]["watermark"];
    let seen = run(folder.path(), &["verify", "a/large.png", "--layers", "watermark", "--json"]).json();
    let of_verify = &seen[0]["watermarks"][0];
    assert_eq!((&mark["payload"], &mark["key_id"]), (&of_verify["payload"], &of_verify["key_id"]));
    assert!(reports[1]["watermark"].is_null() && reports[2]["watermark"].is_null());
    let table = std::fs::read_to_string(folder.path().join("r.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let column = rows[0].iter().position(|name| *name == "payload").unwrap();
    assert_eq!(Some(rows[1][column]), mark["payload"].as_str(), "{table}");
    // One that is there already is told too.
    let again = label(folder.path(), &["a/large.png", "--in-place", "--if-possible", "watermark"]);
    assert_eq!((&again.json()[0]["action"], &again.json()[0]["watermark"]), (&json!("unchanged"), mark));
}

#[test]
fn another_mark_or_label_stops_only_what_must_be_written() {
    let folder = files();
    let path = folder.path();
    label(path, &["in/large.png", "-o", "marked.png", "--layers", "watermark", "--id", "one"]);
    for (more, code) in [(&["--layers", "metadata,watermark"][..], 3), (&["--if-possible", "watermark"], 0)] {
        let told = label(path, &[&["marked.png", "-o", &format!("x{code}.png"), "--id", "two"][..], more].concat());
        assert_eq!(told.code(), code, "{}", told.out());
        if code == 0 {
            assert_eq!(told.json()[0]["skipped"][0]["code"], "watermark.other");
            assert!(told.json()[0]["watermark"].is_null());
        }
    }
    label(path, &["in/small.png", "-o", "own.png", "--layers", "metadata"]);
    let foreign = ["label", "own.png", "-o", "f.png", "--producer", OTHER, "--json", "--layers", "explicit"];
    let told = run(path, &[&foreign[..], &["--if-possible", "metadata,watermark"]].concat());
    let report = &told.json()[0];
    assert_eq!(
        (told.code(), &report["layers"], &report["fields"]),
        (0, &json!(["explicit"]), &Value::Null),
        "{report}"
    );
    assert_eq!(report["skipped"].as_array().unwrap().len(), 2, "{report}");
    assert_eq!(
        (&report["skipped"][0]["layer"], &report["skipped"][0]["code"]),
        (&json!("metadata"), &json!("refused"))
    );
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'/>";
    std::fs::write(path.join("a.svg"), svg).unwrap();
    assert_eq!(label(path, &["a.svg", "-o", "b.svg", "--if-possible", "watermark"]).code(), 0);
}
