//! `carry` and `diff`: what becomes of a label when a file is made into others.

use std::path::Path;

use biaoshi_tests::{OTHER, PRODUCER, Run, TempDir, fixtures, root, run, scratch};
use serde_json::{Value, json};

/// A folder with clean fixtures, and `original.png`, which is labelled.
fn with(names: &[&str]) -> TempDir {
    let folder = scratch();
    for fixture in fixtures().iter().filter(|f| names.contains(&f.name.as_str())) {
        std::fs::copy(&fixture.path, folder.path().join(&fixture.name)).unwrap();
    }
    std::fs::copy(root().join("fixtures/labelled/png.png"), folder.path().join("original.png")).unwrap();
    folder
}

fn carry(folder: &Path, args: &[&str]) -> Run {
    run(folder, &[&["carry", "original.png", "--json"], args].concat())
}

fn first_label(folder: &Path, name: &str) -> Value {
    run(folder, &["verify", "--json", name]).json().remove(0)["labels"][0]["fields"].clone()
}

#[test]
fn the_label_of_one_file_goes_into_every_format() {
    let folder = with(&[]);
    let clean = root().join("fixtures/clean");
    let run = carry(folder.path(), &[clean.to_str().unwrap(), "--out", "out"]);
    assert_eq!((run.code(), run.err()), (0, String::new()));
    let fields = first_label(folder.path(), "original.png");
    assert_eq!(run.json().len(), fixtures().len());
    for report in run.json() {
        assert_eq!(
            (&report["action"], &report["source"], &report["layers"]),
            (&"labelled".into(), &"original.png".into(), &json!(["metadata"])),
            "{report}"
        );
        assert_eq!(report["fields"], fields, "{report}");
        assert_eq!(first_label(folder.path(), report["output"].as_str().unwrap()), fields, "{report}");
    }
    let again = carry(folder.path(), &["out", "--in-place"]);
    assert!(again.code() == 0 && again.json().iter().all(|r| r["action"] == "unchanged"), "{}", again.out());
}

#[test]
fn another_label_is_refused_and_replaced_only_on_request() {
    let folder = with(&["jpeg.jpg", "txt.txt"]);
    let label = ["label", "jpeg.jpg", "--in-place", "--producer", OTHER];
    assert_eq!(run(folder.path(), &label).code(), 0);
    let before = std::fs::read(folder.path().join("jpeg.jpg")).unwrap();
    let refused = carry(folder.path(), &["jpeg.jpg", "txt.txt", "--in-place"]);
    let actions: Vec<_> = refused.json().iter().map(|r| r["action"].clone()).collect();
    assert_eq!((refused.code(), actions), (3, vec!["refused".into(), "labelled".into()]));
    assert_eq!(std::fs::read(folder.path().join("jpeg.jpg")).unwrap(), before);
    assert_eq!(carry(folder.path(), &["jpeg.jpg", "--in-place", "--replace"]).code(), 3, "no reason");
    assert_eq!(carry(folder.path(), &["jpeg.jpg", "--in-place", "--replace", "--reason", "ours"]).code(), 0);
    assert_eq!(first_label(folder.path(), "jpeg.jpg"), first_label(folder.path(), "original.png"));
}

/// A label of another producer in a dialect: values verbatim, a misspelt key mended, the form the prescribed one.
#[test]
fn a_foreign_label_keeps_its_values() {
    let folder = with(&["webp.webp"]);
    let text = r#"{"Label":"2","ContentProducer":"豆包","ProducerID":"a b","ProduceID":"id","ReservedCode1":"sig"}"#;
    std::fs::write(folder.path().join("s.txt"), format!("x\nAIGC: {text}\n")).unwrap();
    let carried = run(folder.path(), &["carry", "s.txt", "webp.webp", "--in-place", "--json"]);
    assert_eq!(carried.code(), 0, "{}{}", carried.out(), carried.err());
    let fields = first_label(folder.path(), "webp.webp");
    assert_eq!(
        (&fields["Label"], &fields["ContentProducer"], &fields["ProduceID"], &fields["ReservedCode1"]),
        (&"2".into(), &"豆包".into(), &"id".into(), &"sig".into()),
        "{fields}"
    );
}

#[test]
fn a_source_without_a_sound_label_is_refused_and_nothing_is_done() {
    let folder = with(&["txt.txt", "png.png"]);
    let label =
        |id: &str| format!(r#"{{"Label":"1","ContentProducer":"{PRODUCER}","ProduceID":"{id}","ReservedCode1":""}}"#);
    let lines = |lines: &[String]| lines.iter().map(|l| format!("AIGC: {l}\n")).collect::<String>();
    std::fs::write(folder.path().join("two.txt"), lines(&[label("a"), label("b")])).unwrap();
    std::fs::write(folder.path().join("no-id.txt"), lines(&[label("")])).unwrap();
    std::fs::write(
        folder.path().join("cut.png"),
        &fixtures().iter().find(|f| f.name == "png.png").unwrap().bytes[..99],
    )
    .unwrap();
    for (source, expected) in [
        ("png.png", "the source carries no label that could be carried over"),
        ("two.txt", "the labels of the source contradict each other"),
        ("no-id.txt", "the source carries no label that conforms"),
        ("cut.png", "PNG: "),
        ("gone.png", "No such file"),
    ] {
        let before = std::fs::read(folder.path().join("txt.txt")).unwrap();
        let refused = run(folder.path(), &["carry", source, "txt.txt", "--in-place"]);
        assert_eq!((refused.code(), refused.out()), (3, String::new()), "{source}");
        assert!(refused.err().contains(expected) && refused.err().lines().count() == 1, "{source}: {}", refused.err());
        let object = run(folder.path(), &["carry", source, "txt.txt", "--in-place", "--json"]).json();
        assert!(object.len() == 1 && object[0]["path"] == source && !object[0]["error"].is_null(), "{object:?}");
        assert_eq!(std::fs::read(folder.path().join("txt.txt")).unwrap(), before);
    }
    for args in [&["carry", "-", "txt.txt", "--in-place"][..], &["carry", "original.png", "txt.txt"], &["carry", "x"]] {
        assert_eq!(run(folder.path(), args).code(), 2, "{args:?}");
    }
}

#[test]
fn explicit_labels_and_sidecars_are_carried_on_request() {
    let folder = with(&["png-rgb.png", "png.png", "svg.svg"]);
    std::fs::write(folder.path().join("data.bin"), [0, 1, 2]).unwrap();
    let both = ["--in-place", "--layers", "metadata,explicit"];
    let drawn = carry(folder.path(), &[&["png.png"], &both[..]].concat());
    assert_eq!(drawn.json()[0]["layers"], json!(["metadata", "explicit"]), "{}", drawn.out());
    assert_eq!(carry(folder.path(), &[&["svg.svg"], &both[..]].concat()).code(), 3, "a named layer refuses");
    assert_eq!(carry(folder.path(), &["data.bin", "--in-place"]).code(), 3);
    assert_eq!(carry(folder.path(), &["data.bin", "--in-place", "--sidecar"]).code(), 0);
    assert_eq!(first_label(folder.path(), "data.bin"), first_label(folder.path(), "original.png"));
    assert_eq!(carry(folder.path(), &["data.bin", "--in-place", "--sidecar"]).json()[0]["action"], "unchanged");
}

#[test]
fn a_dry_run_carries_nothing() {
    let folder = with(&["jpeg.jpg"]);
    let before = std::fs::read(folder.path().join("jpeg.jpg")).unwrap();
    let report = carry(folder.path(), &["jpeg.jpg", "--in-place", "--dry-run"]).json().remove(0);
    assert_eq!((&report["action"], &report["output"]), (&"labelled".into(), &Value::Null));
    assert_eq!(std::fs::read(folder.path().join("jpeg.jpg")).unwrap(), before);
}

fn diff(folder: &Path, before: &str, after: &str, more: &[&str]) -> (i32, Vec<Value>) {
    let run = run(folder, &[&["diff", before, after, "--json"], more].concat());
    (run.code(), run.json())
}

fn statuses(diff: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    diff["marks"].as_array().unwrap().iter().map(|m| (text(&m["kind"]), text(&m["status"]))).collect()
}

fn of(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
}

#[test]
fn diff_tells_what_became_of_each_mark() {
    let folder = with(&["png.png", "jpeg.jpg", "tiff.tif"]);
    let at = folder.path();
    assert_eq!(carry(at, &["jpeg.jpg", "tiff.tif", "--in-place"]).code(), 0);
    for (after, code, expected) in [
        ("original.png", 0, of(&[("label", "kept")])),
        ("jpeg.jpg", 0, of(&[("label", "kept")])),
        ("png.png", 1, of(&[("label", "lost")])),
    ] {
        let (got, all) = diff(at, "original.png", after, &[]);
        assert_eq!((got, statuses(&all[0])), (code, expected), "{after}");
    }
    assert_eq!(statuses(&diff(at, "png.png", "jpeg.jpg", &[]).1[0]), of(&[("label", "added")]));
    let label = ["label", "png.png", "--in-place", "--producer", PRODUCER, "--id", "second"];
    assert_eq!(run(at, &label).code(), 0);
    let (code, all) = diff(at, "original.png", "png.png", &[]);
    assert_eq!((code, statuses(&all[0])), (0, of(&[("label", "changed")])));
    let differs = json!({"what": "ProduceID", "before": "png", "after": "second"});
    assert!(all[0]["marks"][0]["details"].as_array().unwrap().contains(&differs), "{}", all[0]);
    // The drawn label of the twin is kept in itself and cannot be looked for in TIFF.
    let layers = ["--layers", "metadata,explicit"];
    let (_, all) = diff(at, "original.png", "png.png", &layers);
    assert_eq!(statuses(&all[0])[1], ("explicit".to_owned(), "kept".to_owned()), "{}", all[0]);
    assert_eq!(all[0]["unchecked"], json!([]));
    let (code, all) = diff(at, "original.png", "tiff.tif", &layers);
    assert_eq!((code, statuses(&all[0])), (0, of(&[("label", "kept")])), "what is not looked for is not lost");
    assert_eq!(all[0]["unchecked"], json!(["explicit"]));
}

#[test]
fn diff_tells_of_traces_broken_labels_and_files_that_cannot_be_read() {
    let folder = scratch();
    let at = folder.path();
    let label = r#"{"Label":"1","ContentProducer":"p","ProduceID":"i","ReservedCode1":""#;
    std::fs::write(at.join("whole.txt"), format!("AIGC: {label}\"}}\n")).unwrap();
    std::fs::write(at.join("broken.txt"), format!("AIGC: {label}\n")).unwrap();
    let (code, all) = diff(at, "whole.txt", "broken.txt", &[]);
    assert_eq!((code, statuses(&all[0])), (1, of(&[("label", "broken")])), "{}", all[0]);
    let png = fixtures().into_iter().find(|f| f.name == "png.png").unwrap().bytes;
    let mut traced = png.clone();
    let chunk = biaoshi_container::png::encode(*b"tEXt", b"Software\0NovelAI");
    traced.splice(33..33, chunk);
    std::fs::write(at.join("plain.png"), &png).unwrap();
    std::fs::write(at.join("traced.png"), traced).unwrap();
    let (code, all) = diff(at, "traced.png", "plain.png", &[]);
    assert_eq!((code, statuses(&all[0])), (1, of(&[("trace", "lost")])), "{}", all[0]);
    assert_eq!(diff(at, "traced.png", "plain.png", &["--layers", "metadata"]).0, 0);
    std::fs::write(at.join("cut.png"), &png[..99]).unwrap();
    let (code, all) = diff(at, "plain.png", "cut.png", &[]);
    assert_eq!((code, &all[0]["errors"][0]["file"]), (3, &"after".into()), "{}", all[0]);
    assert_eq!(diff(at, "plain.png", "gone.png", &[]).0, 3);
    assert_eq!(run(at, &["diff", "plain.png", "."]).code(), 2);
}

#[test]
fn folders_are_compared_file_by_file() {
    let folder = scratch();
    let at = folder.path();
    for (from, to) in [
        ("labelled/png.png", "a/x.png"),
        ("labelled/webp.webp", "b/x.webp"),
        ("labelled/txt.txt", "a/d/t.txt"),
        ("clean/txt.txt", "b/d/t.txt"),
        ("labelled/gif.gif", "a/gone.gif"),
        ("labelled/gif.gif", "b/new.gif"),
    ] {
        let to = at.join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(root().join("fixtures").join(from), to).unwrap();
    }
    let (code, all) = diff(at, "a", "b", &[]);
    let pairs: Vec<_> = all.iter().map(|d| (d["before"].clone(), d["after"].clone())).collect();
    let expected = [
        (json!("a/d/t.txt"), json!("b/d/t.txt")),
        (json!("a/gone.gif"), Value::Null),
        (json!("a/x.png"), json!("b/x.webp")),
        (Value::Null, json!("b/new.gif")),
    ];
    assert_eq!((code, pairs), (1, expected.to_vec()));
    let shown = |lang: &str| {
        let run = run(at, &["diff", "a", "b", "--lang", lang]);
        format!("{}--- stderr\n{}--- exit {}\n", run.out(), run.err(), run.code())
    };
    insta::assert_snapshot!(shown("en"));
    insta::assert_snapshot!(shown("zh"));
}

/// A manifest names the renditions, and a journal goes on with them; another label of the source is another command.
#[test]
fn manifests_and_journals_are_for_renditions_too() {
    let folder = with(&["jpeg.jpg", "txt.txt", "wav.wav"]);
    let path = |name: &str| folder.path().join(name);
    let manifest = ["--manifest", "m.csv", "--out", "out", "--resume", "j"];
    std::fs::write(path("m.csv"), "path,id\njpeg.jpg,x\n").unwrap();
    let wrong = carry(folder.path(), &manifest);
    assert!(
        wrong.code() == 2 && wrong.err().contains("unknown column \"id\"; there are path, output, source, text"),
        "{}",
        wrong.err()
    );
    std::fs::write(path("m.csv"), "path,layers\njpeg.jpg,metadata+explicit\ntxt.txt,\n").unwrap();
    let first = carry(folder.path(), &manifest);
    let reports = first.json();
    assert_eq!((first.code(), reports.len()), (0, 2), "{}", first.err());
    assert_eq!(
        (&reports[0]["layers"], &reports[1]["layers"]),
        (&json!(["metadata", "explicit"]), &json!(["metadata"]))
    );
    assert!(reports.iter().all(|r| r["source"] == "original.png"));
    let time = || path("out/jpeg.jpg").metadata().unwrap().modified().unwrap();
    let before = time();
    assert_eq!(carry(folder.path(), &manifest).out(), first.out());
    assert_eq!(time(), before);
    assert_eq!(carry(folder.path(), &[&manifest[..], &["--replace"]].concat()).code(), 2);
    std::fs::copy(root().join("fixtures/labelled/wav.wav"), path("original.png")).unwrap();
    let other = carry(folder.path(), &manifest);
    assert!(other.code() == 2 && other.err().contains("another command"), "{}", other.err());
}
