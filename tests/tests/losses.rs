//! No value of a label is lost, and none is kept half: labels that are longer than a limit, and labels that contradict themselves.

use std::path::Path;

use biaoshi_tests::{OTHER, PRODUCER, Run, TempDir, fixture, run, scratch};

/// A folder with a picture whose label somebody wrote so.
fn labelled(json: &str) -> TempDir {
    let folder = scratch();
    let mut bytes = fixture("png.png");
    let text = [b"AIGC\0", json.as_bytes()].concat();
    bytes.splice(33..33, biaoshi_container::png::encode(*b"tEXt", &text));
    std::fs::write(folder.path().join("a.png"), bytes).unwrap();
    folder
}

fn label(folder: &Path, args: &[&str]) -> Run {
    let layers = ["--layers", "metadata", "--in-place", "--json"];
    run(folder, &[&["label", "a.png", "--producer", PRODUCER], &layers[..], args].concat())
}

fn propagate(folder: &Path, args: &[&str]) -> Run {
    run(folder, &[&["propagate", "a.png", "--propagator", OTHER, "--in-place", "--json"], args].concat())
}

#[test]
fn a_label_that_is_not_read_to_its_end_is_neither_replaced_nor_propagated() {
    let long = "x".repeat(5000);
    let json = format!(r#"{{"Label":"1","ContentProducer":"{PRODUCER}","ProduceID":"i","ReservedCode1":"{long}"}}"#);
    let scratch = labelled(&json);
    let folder = scratch.path();
    let before = std::fs::read(folder.join("a.png")).unwrap();
    let short = ["--limit-label", "2K"];
    for run in [
        label(folder, &short),
        label(folder, &[&short[..], &["--replace", "--reason", "wrong"]].concat()),
        propagate(folder, &short),
    ] {
        let report = &run.json()[0];
        assert_eq!((run.code(), report["error"]["kind"].as_str()), (3, Some("limit")), "{report}");
        assert!(report["error"]["message"].as_str().unwrap().contains("--limit-label"), "{report}");
    }
    assert!(std::fs::read(folder.join("a.png")).unwrap() == before, "the file stays");
    // An original, too.
    std::fs::write(folder.join("b.png"), fixture("png.png")).unwrap();
    let carry = ["carry", "a.png", "b.png", "--in-place", "--limit-label", "2K"];
    let carried = run(folder, &carry);
    assert!(carried.code() == 3 && carried.err().contains("--limit-label"), "{}", carried.err());
    // Read whole, it is kept whole.
    let replaced = label(folder, &["--replace", "--id", "other"]);
    assert_eq!(replaced.json()[0]["replaced"][0]["fields"]["ReservedCode1"], long.as_str(), "{}", replaced.err());
}

#[test]
fn a_label_that_contradicts_itself_is_told_and_only_replaced_for_a_reason() {
    let twice = |keys: &str| format!(r#"{{{keys},"ProduceID":"i"}}"#);
    let own = format!(r#""ContentProducer":"{PRODUCER}""#);
    // The keys, the verdict, and whether somebody else's name is among them.
    for (keys, verdict, is_foreign) in [
        (format!(r#""Label":"1","Label":"3",{own}"#), "confirmed", false),
        (format!(r#""Label":"3","Label":"2",{own}"#), "possible", false),
        (format!(r#""Label":"3","label":"x",{own}"#), "confirmed", false),
        (format!(r#""Label":"2","ContentProducer":"{OTHER}",{own}"#), "possible", true),
    ] {
        let scratch = labelled(&twice(&keys));
        let folder = scratch.path();
        let before = std::fs::read(folder.join("a.png")).unwrap();
        let verified = run(folder, &["verify", "--json", "a.png"]);
        let report = &verified.json()[0];
        assert_eq!((verified.code(), report["verdict"].as_str()), (1, Some(verdict)), "{keys}");
        let told = |code: &str| report["findings"].as_array().unwrap().iter().any(|f| f["code"] == code);
        assert!(told("label.repeated") && !told("label.level"), "{report}");
        let propagated = propagate(folder, &["--choose", "last"]);
        let report = &propagated.json()[0];
        assert_eq!((propagated.code(), report["reason"].as_str()), (3, Some("conflict")), "{report}");
        // Its producer's own run does not write it anew by the way, either.
        assert_eq!(label(folder, &["--propagator", OTHER]).code(), 3, "{keys}");
        assert_eq!(label(folder, &["--replace"]).code(), if is_foreign { 3 } else { 0 }, "{keys}");
        assert_eq!(std::fs::read(folder.join("a.png")).unwrap() == before, is_foreign, "{keys}");
        std::fs::write(folder.join("a.png"), &before).unwrap();
        let replaced = label(folder, &["--replace", "--reason", "two values"]);
        assert_eq!(replaced.code(), 0, "{}", replaced.err());
        let raw = replaced.json()[0]["replaced"][0]["raw"].as_str().unwrap().to_owned();
        assert_eq!(raw, twice(&keys), "both values are in the report");
        let after = &run(folder, &["verify", "--json", "a.png"]).json()[0];
        assert!(after["findings"].as_array().unwrap().iter().all(|f| f["code"] != "label.repeated"), "{after}");
    }
}
