//! Verdicts, their reasons, policies, explicit labels and ids, as the whole program tells them.

use std::collections::BTreeMap;
use std::path::Path;

use biaoshi_tests::{PRODUCER, TempDir, fixture, label, root, run, scratch};
use serde_json::{Value, json};

/// A folder with these fixtures, from `clean` or `labelled`.
fn with(names: &[&str]) -> TempDir {
    let folder = scratch();
    for name in names {
        let from = root().join("fixtures").join(name);
        std::fs::copy(&from, folder.path().join(from.file_name().unwrap())).unwrap();
    }
    folder
}

fn text(folder: &Path, name: &str, label: &str) {
    std::fs::write(folder.join(name), format!("words\nAIGC: {label}\n")).unwrap();
}

fn report(folder: &Path, args: &[&str]) -> (i32, Value) {
    let run = run(folder, &[&["verify", "--json"], args].concat());
    (run.code(), run.json().remove(0))
}

/// Codes of findings with their severity.
fn findings(report: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    report["findings"].as_array().unwrap().iter().map(|f| (text(&f["code"]), text(&f["severity"]))).collect()
}

fn codes(report: &Value) -> Vec<&str> {
    report["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

#[test]
fn the_strongest_evidence_decides_and_all_of_it_is_told() {
    let folder = scratch();
    text(folder.path(), "three.txt", &label("a-1").to_json().replace("\"Label\":\"1\"", "\"Label\":\"3\""));
    let (code, suspected) = report(folder.path(), &["three.txt"]);
    assert_eq!((code, &suspected["verdict"], codes(&suspected)), (0, &json!("suspected"), vec!["label.suspected"]));
    assert_eq!(suspected["declared"], false);
    let (code, possible) = report(folder.path(), &["three.txt", "--declared"]);
    assert_eq!((code, &possible["verdict"], &possible["level"]), (0, &json!("possible"), &json!("2")));
    assert_eq!((codes(&possible), &possible["declared"]), (vec!["declared", "label.suspected"], &json!(true)));
    assert_eq!(possible["labels"][0]["fields"]["Label"], "3", "the label stays as it is");
    let level = possible["findings"].as_array().unwrap().iter().find(|f| f["code"] == "label.level").unwrap();
    assert_eq!(
        (level["severity"].as_str(), level["message"].as_str()),
        (
            Some("warning"),
            Some(
                "the label states less than the verdict: Label 3, while the uploader declares that the content is AI-generated"
            )
        )
    );
    text(folder.path(), "cut.txt", &label("a-1").to_json()[..60]);
    let (_, cut) = report(folder.path(), &["cut.txt", "--declared"]);
    assert_eq!((&cut["verdict"], codes(&cut)), (&json!("possible"), vec!["declared", "label.unreadable"]));
    std::fs::write(folder.path().join("plain.txt"), "words\n").unwrap();
    let (code, none) = report(folder.path(), &["plain.txt"]);
    assert_eq!((code, &none["verdict"], codes(&none)), (1, &json!("none"), vec![]));
}

#[test]
fn people_read_the_reasons_with_v() {
    let folder = with(&["labelled/png.png"]);
    let told = |args: &[&str]| run(folder.path(), &[&["verify", "png.png"], args].concat()).out();
    assert!(!told(&[]).contains("reason"));
    let line = "reason confirmed label.confirmed: the label says that the content is AI-generated (Label 1) [png/iTXt/XMP] (Measures Art. 6 (1))";
    assert!(told(&["-v"]).contains(line), "{}", told(&["-v"]));
    let zh = told(&["-v", "--lang", "zh"]);
    assert!(
        zh.contains("依据 属于 label.confirmed: 标识表明内容属于生成合成内容(Label 1)")
            && zh.contains("《标识办法》第六条第一项"),
        "{zh}"
    );
    let page = run(folder.path(), &["inspect", "png.png"]).out();
    assert!(page.contains(line), "{page}");
}

#[test]
fn explicit_labels_have_a_column_and_are_judged() {
    let folder = with(&["labelled/png.png", "labelled/wav.wav", "labelled/mp4-front.mp4", "clean/png-gray16.png"]);
    let layers = ["--layers", "metadata,traces,explicit"];
    let rows = run(
        folder.path(),
        &[&["verify", "png.png", "wav.wav", "mp4-front.mp4", "png-gray16.png"], &layers[..]].concat(),
    )
    .out();
    let cell = |name: &str| {
        let row = rows.lines().find(|line| line.trim_end().ends_with(name)).unwrap_or_else(|| panic!("{rows}"));
        row.split_whitespace().nth(3).unwrap().to_owned()
    };
    assert!(rows.lines().next().unwrap().contains("EXPLICIT"), "{rows}");
    assert_eq!((&*cell("png.png"), &*cell("wav.wav"), &*cell("mp4-front.mp4")), ("AI生成", "短长", "?"));
    assert!(!run(folder.path(), &["verify", "png.png"]).out().contains("EXPLICIT"));
    let (code, video) = report(folder.path(), &[&["mp4-front.mp4"], &layers[..]].concat());
    assert_eq!((code, &video["explicit"]), (0, &Value::Null));
    assert_eq!(findings(&video)["explicit.unchecked"], "info");
    // A metadata label alone: what the file shows is missing.
    let args = ["label", "png-gray16.png", "-o", "bare.png", "--layers", "metadata", "--producer", PRODUCER];
    assert_eq!(run(folder.path(), &args).code(), 0);
    let (code, bare) = report(folder.path(), &[&["bare.png"], &layers[..]].concat());
    assert_eq!((code, &bare["explicit"], &*findings(&bare)["explicit.not-found"]), (0, &json!([]), "warning"));
    assert!(bare["findings"].to_string().contains("labels that others drew are not recognised yet"));
    let (code, required) = report(folder.path(), &["bare.png", "--require", "explicit"]);
    assert_eq!((code, &*findings(&required)["explicit.not-found"]), (1, "error"));
    assert_eq!(required["conforming"], false);
    let (code, seen) = report(folder.path(), &["png.png", "--require", "explicit,metadata"]);
    assert_eq!((code, seen["findings"].as_array().unwrap().len()), (0, 0));
}

#[test]
fn a_form_that_nobody_can_look_into_is_told() {
    let folder = scratch();
    // An ADPCM sound is no linear PCM.
    let mut wav = fixture("wav.wav");
    let format = wav.windows(4).position(|four| four == b"fmt ").unwrap() + 8;
    wav[format] = 2;
    std::fs::write(folder.path().join("a.wav"), wav).unwrap();
    let (code, told) = report(folder.path(), &["a.wav", "--layers", "metadata,explicit", "--allow-unlabelled"]);
    assert_eq!((code, &told["error"], &told["explicit"]), (0, &Value::Null, &Value::Null));
    assert_eq!(findings(&told)["explicit.unchecked"], "info");
    // Damage is an error, and said of the layer too.
    std::fs::write(folder.path().join("b.png"), &fixture("png.png")[..200]).unwrap();
    let (code, told) = report(folder.path(), &["b.png", "--layers", "metadata,explicit"]);
    assert_eq!(code, 3, "{told}");
    assert_eq!(findings(&told)["explicit.unchecked"], "info");
}

#[test]
fn policies_weigh_findings_and_never_change_the_verdict() {
    let folder = with(&["clean/png.png"]);
    text(folder.path(), "name.txt", &label("a-1").to_json().replace(PRODUCER, "a b"));
    let law = report(folder.path(), &["name.txt"]);
    assert_eq!((law.0, &*findings(&law.1)["label.characters"]), (0, "warning"));
    let policy = "fail-on = \"warning\"\nignore = [\"code.name\"]\n[severity]\n\"label.characters\" = \"info\"\n";
    std::fs::write(folder.path().join("p.toml"), policy).unwrap();
    for (args, code, wanted) in [
        (&["--severity", "label.characters=error"][..], 1, Some("error")),
        (&["--fail-on", "warning"], 1, Some("warning")),
        (&["--fail-on", "confirmed"], 1, Some("warning")),
        (&["--fail-on", "suspected,possible,none"], 0, Some("warning")),
        (&["--ignore", "label.characters", "--fail-on", "warning"], 0, None),
        (&["--policy", "p.toml"], 0, Some("info")),
        (&["--policy", "p.toml", "--severity", "label.characters=warning"], 1, Some("warning")),
        (&["--expect-producer", PRODUCER], 0, Some("warning")),
        (&["--expect-producer", PRODUCER, "--fail-on", "warning"], 1, Some("warning")),
        (&["--require", "metadata"], 0, Some("warning")),
    ] {
        let (found, told) = report(folder.path(), &[&["name.txt"], args].concat());
        let all = findings(&told);
        assert_eq!((found, all.get("label.characters").map(String::as_str)), (code, wanted), "{args:?}");
        assert_eq!((&told["verdict"], &told["reasons"]), (&law.1["verdict"], &law.1["reasons"]), "{args:?}");
        assert_eq!(all.contains_key("label.expected-producer"), args.contains(&PRODUCER), "{args:?}");
        assert_eq!(all.contains_key("code.name"), !args.contains(&"p.toml"), "{args:?}");
    }
    let (code, none) = report(folder.path(), &["png.png", "--require", "metadata,watermark", "--allow-unlabelled"]);
    let expected = [("label.not-found", "error"), ("watermark.not-found", "error")];
    assert_eq!((code, findings(&none)), (1, expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into()));
    assert_eq!(none["watermarks"], json!([]), "what is required is looked for");
    // A wrong policy stops everything, before any file is opened.
    std::fs::write(folder.path().join("p.toml"), "require = [\n\"metadata\",\n\"smell\"]\n").unwrap();
    let run = run(folder.path(), &["verify", "name.txt", "--policy", "p.toml"]);
    assert_eq!((run.code(), run.out()), (2, String::new()));
    assert_eq!(
        run.err().trim(),
        "biaoshi: --policy p.toml:3: \"smell\" is no layer; there are metadata, explicit, watermark"
    );
}

#[test]
fn a_required_layer_that_cannot_be_written_is_exit_1_of_label() {
    let folder = with(&["clean/png.png", "clean/mp4-front.mp4"]);
    let go = |name: &str, out: &str, require: &str| {
        let args = ["label", name, "-o", out, "--producer", PRODUCER, "--require", require, "--json"];
        let run = run(folder.path(), &args);
        (run.code(), run.json().remove(0))
    };
    let (code, told) = go("mp4-front.mp4", "a.mp4", "metadata,explicit");
    assert_eq!((code, &told["action"], &told["layers"]), (1, &json!("labelled"), &json!(["metadata"])));
    assert!(folder.path().join("a.mp4").is_file() && told["skipped"][0]["layer"] == "explicit", "{told}");
    let (code, told) = go("png.png", "a.png", "metadata,explicit");
    assert_eq!((code, &told["layers"]), (0, &json!(["metadata", "explicit"])));
    // What is required is tried.
    let (code, told) = go("mp4-front.mp4", "b.mp4", "watermark");
    assert_eq!((code, told["skipped"].as_array().unwrap().len()), (1, 2));
}

#[test]
fn an_id_on_other_content_is_told_in_the_order_of_the_inputs() {
    let folder = scratch();
    for (name, words) in [("a", "one"), ("b", "two"), ("c", "one"), ("d", "three")] {
        let label = label(if name == "d" { "a-2" } else { "a-1" }).to_json();
        std::fs::write(folder.path().join(format!("{name}.txt")), format!("{words}\nAIGC: {label}\n")).unwrap();
    }
    let same = |report: &Value| {
        let all = report["findings"].as_array().unwrap();
        all.iter().find(|f| f["code"] == "label.same-id").map(|f| f["message"].as_str().unwrap().to_owned())
    };
    for more in [&["--jobs", "1"][..], &["--jobs", "4"], &["--isolate"], &["--resume", "j"], &["--resume", "j"]] {
        let args = [&["verify", "a.txt", "b.txt", "c.txt", "d.txt", "--json"], more].concat();
        let run = run(folder.path(), &args);
        let reports = run.json();
        let told: Vec<_> = reports.iter().map(same).collect();
        let expected = "other content of this run has the same ProduceID: a.txt".to_owned();
        assert_eq!((run.code(), told), (0, vec![None, Some(expected), None, None]), "{more:?}");
    }
    // A file more in a resumed run is held against the earlier ones.
    std::fs::write(folder.path().join("e.txt"), format!("four\nAIGC: {}\n", label("a-2").to_json())).unwrap();
    let all = ["verify", "a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "--resume", "j", "--json"];
    let last = run(folder.path(), &all).json().pop().unwrap();
    assert!(same(&last).unwrap().ends_with("d.txt"), "{last}");
    let failing = ["verify", "a.txt", "b.txt", "--severity", "label.same-id=error", "-q"];
    let run = run(folder.path(), &failing);
    assert_eq!(run.code(), 1);
    assert!(run.out().contains("b.txt") && run.out().contains("label.same-id"), "{}", run.out());
}

#[test]
fn every_code_of_a_report_is_explained() {
    let folder = root();
    let listed = run(&folder, &["explain"]).out();
    assert!(listed.lines().count() > 150, "{listed}");
    for code in ["label.unreadable", "dialect.json-wrapped", "trace.c2pa", "explicit.format", "refused", "suspected"] {
        for (lang, rows) in [("en", ["  what ", "  do "]), ("zh", ["  含义 ", "  处理 "])] {
            let told = run(&folder, &["explain", code, "--lang", lang]);
            assert_eq!(told.code(), 0, "{code}");
            assert!(told.out().starts_with(code) && rows.iter().all(|row| told.out().contains(row)), "{}", told.out());
        }
    }
    let wrong = run(&folder, &["explain", "label.charcters"]);
    assert_eq!(
        (wrong.code(), wrong.err().trim()),
        (2, "biaoshi: no code is called \"label.charcters\"; did you mean label.characters?")
    );
    assert_eq!(
        run(&folder, &["explain", "zzz", "--lang", "zh"]).err().trim(),
        "biaoshi: 没有代码 \"zzz\";biaoshi explain 可全部列出"
    );
}

/// The real files that carry no label, and pictures of cameras: a trace that is none would accuse somebody.
#[test]
fn clean_files_are_not_suspected() {
    let shared = root().join("../shared/samples");
    let mut folders = vec![root().join("fixtures/clean")];
    for more in ["photos", "wild/negative"].map(|name| shared.join(name)) {
        if more.is_dir() {
            folders.push(more);
        } else {
            eprintln!("skipped: {} is not there", more.display());
        }
    }
    for folder in folders {
        let reports = run(&folder, &["verify", ".", "--json"]).json();
        assert!(!reports.is_empty());
        for report in reports {
            assert_eq!((&report["verdict"], &report["reasons"]), (&json!("none"), &json!([])), "{report}");
        }
    }
}

/// Of all labels that real services wrote, these ids are placeholders, and no others.
#[test]
fn placeholders_of_real_files_are_found() {
    let folder = root().join("../shared/samples/wild/labelled");
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    let reports = run(&folder, &["verify", ".", "--json"]).json();
    let ids = |report: &Value| {
        let all = report["findings"].as_array().unwrap();
        let told = all.iter().filter(|f| f["code"] == "label.placeholder");
        told.map(|f| f["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut told: Vec<String> = reports.iter().flat_map(ids).collect();
    told.sort();
    let expected = ["00000000000000000000000000000000", "00000000000000000000000000000000", "sample-produce-id-001"];
    assert_eq!(told, expected.map(|id| format!("ProduceID \"{id}\" is a placeholder, not the number of a content")));
}
