//! `propagate`: what a platform must do that spreads files (Measures Art. 6).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use biaoshi_tests::{OTHER, PRODUCER, Run, TempDir, command, fixture, fixtures, many, root, run, scratch, tree};
use serde_json::{Value, json};

/// A platform: the code of a propagation service.
const PLATFORM: &str = OTHER;
const ELEMENTS: [&str; 3] = ["ContentPropagator", "PropagateID", "ReservedCode2"];
const FIELDS: [&str; 7] =
    ["Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2"];

fn propagate(folder: &Path, args: &[&str]) -> Run {
    run(folder, &[&["propagate", "--json", "--propagator", PLATFORM], args].concat())
}

/// One file that is replaced in place: the exit code, and what is said of it.
fn one(folder: &Path, args: &[&str]) -> (i32, Value) {
    let run = propagate(folder, &[args, &["--in-place"]].concat());
    (run.code(), run.json().remove(0))
}

fn verify(folder: &Path, name: &str) -> Value {
    run(folder, &["verify", "--json", name]).json().remove(0)
}

/// A folder with these files.
fn folder(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = scratch();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn png(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = fixture("png.png");
    bytes.splice(33..33, biaoshi_container::png::encode(kind, data));
    bytes
}

/// A picture whose label stands in a dialect place, as somebody wrote it.
fn foreign(json: &str) -> Vec<u8> {
    png(*b"tEXt", &[b"AIGC\0", json.as_bytes()].concat())
}

fn manifest_store() -> Vec<u8> {
    png(*b"caBX", b"\0\0\0\x10jumb....c2pa trainedAlgorithmicMedia")
}

fn generated() -> Vec<u8> {
    png(
        *b"tEXt",
        b"parameters\0a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 123, Size: 512x512, Model: v1-5",
    )
}

/// The fields of the only label of a report, a missing one as empty.
fn only(report: &Value) -> BTreeMap<String, String> {
    let labels = report["labels"].as_array().unwrap();
    assert_eq!(labels.len(), 1, "{report}");
    assert_eq!(labels[0]["dialects"], json!([]), "{report}");
    let value = |field: &str| labels[0]["fields"][field].as_str().unwrap_or_default().to_owned();
    FIELDS.iter().map(|field| ((*field).to_owned(), value(field))).collect()
}

#[test]
fn of_every_twin_the_elements_change_and_nothing_else() {
    let folder = scratch();
    let twins = root().join("fixtures/labelled");
    let done = propagate(folder.path(), &[twins.to_str().unwrap(), "--out", "out", "--propagate-id", "{stem}-p"]);
    assert_eq!(done.code(), 0, "{}", done.err());
    let reports = done.json();
    assert_eq!(reports.len(), fixtures().len());
    for (report, fixture) in reports.iter().zip(fixtures()) {
        assert_eq!((&report["action"], &report["written"]), (&json!("propagated"), &json!(true)), "{report}");
        let stem = fixture.name.rsplit_once('.').unwrap().0;
        let before = only(&verify(folder.path(), fixture.twin().to_str().unwrap()));
        let after = only(&verify(folder.path(), report["output"].as_str().unwrap()));
        for (field, value) in &before {
            let wanted = match field.as_str() {
                "ContentPropagator" => PLATFORM,
                "PropagateID" => &format!("{stem}-p"),
                "ReservedCode2" => "",
                _ => value,
            };
            assert_eq!(after[field], wanted, "{}: {field}", fixture.name);
        }
        assert_eq!(report["old"], json!(before), "{}", fixture.name);
        assert_eq!(report["new"], json!(after), "{}", fixture.name);
    }
    // Again: nothing changes. Another platform takes the place of this one.
    let before = tree(&folder.path().join("out"));
    let again = propagate(folder.path(), &["out", "--in-place"]);
    assert_eq!(again.code(), 0, "{}", again.err());
    assert!(
        again.json().iter().all(|r| r["action"] == "unchanged" && r["reason"] == "unchanged" && r["written"] == false)
    );
    assert!(tree(&folder.path().join("out")) == before);
    let other = "001191110000EXAMPLE03Q20001";
    let next = run(folder.path(), &["propagate", "out/png.png", "--in-place", "--json", "--propagator", other]);
    let report = next.json().remove(0);
    assert_eq!(
        (&report["old"]["ContentPropagator"], &report["new"]["ContentPropagator"]),
        (&json!(PLATFORM), &json!(other))
    );
    assert_eq!(report["new"]["ContentProducer"], PRODUCER);
}

/// Values that services write: each stays as it is found, in the prescribed form and place.
#[test]
fn odd_values_stay_verbatim() {
    let security = r#"{"SecurityData":{"Type":"TC260PG","Version":1,"PubSD":[{"Type":"DS","Signature":"30\/46"}]}}"#;
    let quoted = serde_json::to_string(security).unwrap();
    let long = "x".repeat(3000);
    for (raw, wanted) in [
        (format!(r#"{{"Label":"1","ContentProducer":"豆包 AI","ProduceID":"a b\\c\"d","ReservedCode1":{quoted},"ReservedCode2":"old"}}"#),
            ["1", "豆包 AI", "a b\\c\"d", security]),
        (r#"{"Label":1,"ContentProducer":"kling","ProduceID":null,"ReservedCode1":null}"#.to_owned(), ["1", "kling", "", ""]),
        (r#"{ "Label": "AIGC", "ContentProducer": "p", "ProduceID": "i", "ReservedCode1": { "b": 1, "a": [ "x y" ] } }"#.to_owned(),
            ["AIGC", "p", "i", r#"{"b":1,"a":["x y"]}"#]),
        (r#"{"ProduceID":"i","contentproducer":"p","Label":"2","ReserveCode1":"r","Propagator":"q","PropatorID":"n"}"#.to_owned(),
            ["2", "p", "i", "r"]),
        (format!(r#"{{"Label":"3","ContentProducer":"p","ProduceID":"{long}","ReservedCode1":"\u4e2d\ud83d\ude00"}}"#),
            ["3", "p", &long, "中😀"]),
    ] {
        let folder = folder(&[("a.png", foreign(&raw))]);
        let (code, report) = one(folder.path(), &["a.png", "--propagate-id", "n-1"]);
        assert_eq!(report["action"], "propagated", "{report}");
        let after = only(&verify(folder.path(), "a.png"));
        let values: Vec<&str> = FIELDS[..4].iter().map(|field| after[*field].as_str()).collect();
        assert_eq!(values, wanted, "{raw}");
        let elements: Vec<&str> = ELEMENTS.iter().map(|field| after[*field].as_str()).collect();
        assert_eq!(elements, [PLATFORM, "n-1", ""], "{raw}");
        // The exit code is that of `verify` on what was written.
        assert_eq!(code, run(folder.path(), &["verify", "a.png"]).code(), "{report}");
        assert_eq!(report["after"]["conforming"], verify(folder.path(), "a.png")["conforming"], "{report}");
    }
}

/// Labels in every dialect place are moved, and other people's tools have written some of them.
#[test]
fn labels_of_other_hands_are_moved_to_the_prescribed_place() {
    let raw = r#"{"Label":"1","ContentProducer":"foreign","ProduceID":"f-1","ReservedCode1":"s","ContentPropagator":"","PropagateID":"","ReservedCode2":""}"#;
    let folder = folder(&[
        ("a.png", fixture("png.png")),
        ("a.jpg", fixture("jpeg.jpg")),
        ("a.mp4", fixture("mp4-front.mp4")),
        ("a.txt", format!("AIGC: {raw}\nhello\n").into_bytes()),
        ("a.md", format!("---\nAIGC: {raw}\ntitle: x\n---\nhello\n").into_bytes()),
    ]);
    let config = root().join("tests/judges/aigc.exiftool");
    for name in ["a.png", "a.jpg", "a.mp4"] {
        let mut exiftool = Command::new("exiftool");
        exiftool.arg("-config").arg(&config).args(["-q", "-overwrite_original"]).arg(format!("-XMP-TC260:AIGC={raw}"));
        assert!(exiftool.arg(folder.path().join(name)).status().unwrap().success(), "exiftool cannot write {name}");
        assert_eq!(verify(folder.path(), name)["labels"][0]["raw"], raw, "{name}");
    }
    for name in ["a.png", "a.jpg", "a.mp4", "a.txt", "a.md"] {
        let (code, report) = one(folder.path(), &[name, "--propagate-id", "n"]);
        assert_eq!((code, &report["action"]), (0, &json!("propagated")), "{name}: {report}");
        let after = only(&verify(folder.path(), name));
        let values: Vec<&str> = FIELDS.iter().map(|field| after[*field].as_str()).collect();
        assert_eq!(values, ["1", "foreign", "f-1", "s", PLATFORM, "n", ""], "{name}");
    }
    for name in ["a.png", "a.jpg"] {
        let mut exiftool = Command::new("exiftool");
        let read = exiftool.arg("-config").arg(&config).args(["-b", "-XMP-TC260:AIGC"]).arg(folder.path().join(name));
        let seen: Value = serde_json::from_slice(&read.output().unwrap().stdout).unwrap();
        assert_eq!(
            (&seen["ContentProducer"], &seen["ContentPropagator"]),
            (&json!("foreign"), &json!(PLATFORM)),
            "{name}"
        );
    }
}

/// Measures Art. 6 (2) and (3), and nothing where nothing was found.
#[test]
fn a_file_without_a_label_gets_the_level_of_the_verdict() {
    for (bytes, more, verdict, level, code) in [
        (fixture("png.png"), &["--declared"][..], "possible", Some("2"), 0),
        (generated(), &[], "suspected", Some("3"), 0),
        (generated(), &["--declared"], "possible", Some("2"), 0),
        (generated(), &["--level", "2"], "suspected", Some("2"), 0),
        (fixture("png.png"), &["--level", "3"], "none", Some("3"), 0),
        (fixture("png.png"), &["--level", "3", "--declared"], "possible", Some("2"), 0),
        (fixture("png.png"), &[], "none", None, 0),
        (generated(), &["--layers", "metadata"], "none", None, 0),
    ] {
        let folder = folder(&[("a.png", bytes.clone())]);
        let (exit, report) = one(folder.path(), &[&["a.png"], more].concat());
        assert_eq!((exit, &report["verdict"]), (code, &json!(verdict)), "{more:?}: {report}");
        assert_eq!(report["written"], json!(level.is_some()), "{report}");
        let Some(level) = level else {
            assert_eq!((&report["action"], &report["reason"]), (&json!("unchanged"), &json!("none")), "{report}");
            assert!(std::fs::read(folder.path().join("a.png")).unwrap() == bytes);
            continue;
        };
        let label = only(&verify(folder.path(), "a.png"));
        assert_eq!(label["Label"], level, "{report}");
        assert_eq!((&*label["ContentProducer"], &*label["ContentPropagator"]), (PLATFORM, PLATFORM));
        assert_eq!(label["ProduceID"], label["PropagateID"]);
        assert!(report["notes"][0].as_str().unwrap().contains("Annex E note 1"), "{report}");
        // No code of the other service: the platform did not know better.
        let codes = verify(folder.path(), "a.png")["findings"].to_string();
        assert!(!codes.contains("\"error\""), "{codes}");
        // It is nobody's own: `label` leaves it to this command, unless somebody says that the level is meant.
        let label = |more: &[&str]| {
            let fixed = ["label", "a.png", "--json", "--in-place", "--layers", "metadata", "--producer", PLATFORM];
            run(folder.path(), &[&fixed, more].concat()).json().remove(0)
        };
        let refused = label(&[]);
        assert_eq!(refused["action"], "refused", "{refused}");
        assert!(refused["error"]["message"].as_str().unwrap().contains("propagate"), "{refused}");
        assert_eq!(label(&["--level", level])["action"], "unchanged");
        let unreasoned = label(&["--replace"]);
        assert!(unreasoned["error"]["message"].as_str().unwrap().contains("--reason"), "{unreasoned}");
        let (again, report) = one(folder.path(), &[&["a.png"], more].concat());
        assert_eq!((again, &report["action"]), (0, &json!("unchanged")), "{report}");
    }
}

/// Stronger evidence raises the verdict and the sentence; what the producer wrote stays.
#[test]
fn the_level_of_a_label_is_its_producers() {
    let folder = folder(&[("a.png", foreign(r#"{"Label":"3","ContentProducer":"p","ProduceID":"i"}"#))]);
    let (code, report) = one(folder.path(), &["a.png", "--declared"]);
    assert_eq!((code, &report["verdict"], &report["declared"]), (0, &json!("possible"), &json!(true)), "{report}");
    assert_eq!(report["notice"]["en"], "This content may be AI-generated");
    assert!(report["findings"].to_string().contains("label.level"), "{report}");
    assert_eq!(only(&verify(folder.path(), "a.png"))["Label"], "3");
}

#[test]
fn of_contradicting_labels_one_is_chosen_only_for_one_producer() {
    let label = |producer: &str, id: &str| {
        let json = format!(r#"{{"Label":"1","ContentProducer":"{producer}","ProduceID":"{id}"}}"#);
        biaoshi_container::png::encode(*b"tEXt", &[b"AIGC\0", json.as_bytes()].concat())
    };
    let with = |labels: &[Vec<u8>]| {
        let mut bytes = fixture("png.png");
        bytes.splice(33..33, labels.concat());
        folder(&[("a.png", bytes)])
    };
    let one_producer = [label("p", "first"), label("p", "last")];
    for (choose, id) in [("first", "first"), ("last", "last")] {
        let folder = with(&one_producer);
        let refused = one(folder.path(), &["a.png"]);
        assert_eq!((refused.0, &refused.1["reason"]), (3, &json!("conflict")), "{}", refused.1);
        assert_eq!((&refused.1["verdict"], &refused.1["written"]), (&json!("confirmed"), &json!(false)));
        assert!(refused.1["error"]["message"].as_str().unwrap().contains("--choose"), "{}", refused.1);
        let (code, report) = one(folder.path(), &["a.png", "--choose", choose]);
        assert_eq!((code, &report["old"]["ProduceID"], report["labels"].as_array().unwrap().len()), (0, &json!(id), 2));
        assert_eq!(only(&verify(folder.path(), "a.png"))["ProduceID"], id);
    }
    let folder = with(&[label("p", "first"), label("q", "last")]);
    let before = tree(folder.path());
    let refused = one(folder.path(), &["a.png", "--choose", "last"]);
    assert_eq!((refused.0, &refused.1["reason"]), (3, &json!("conflict")), "{}", refused.1);
    assert!(tree(folder.path()) == before);
    // What cannot be read has no values that could stay, whatever is declared.
    let folder = self::folder(&[("a.png", foreign("{\"Label\":\"1\",\"Cont"))]);
    let (code, report) = one(folder.path(), &["a.png", "--declared", "--choose", "first"]);
    assert_eq!(
        (code, &report["reason"], &report["verdict"]),
        (3, &json!("unreadable"), &json!("possible")),
        "{report}"
    );
}

#[test]
fn a_signed_file_gets_its_verdict_and_is_changed_only_on_request() {
    let (c2pa, with_label) = (manifest_store(), {
        let json = r#"{"Label":"1","ContentProducer":"p","ProduceID":"i"}"#;
        let mut bytes = manifest_store();
        bytes.splice(33..33, biaoshi_container::png::encode(*b"tEXt", &[b"AIGC\0", json.as_bytes()].concat()));
        bytes
    });
    let cases = [
        (&c2pa, &[][..], 3, "refused", json!("signed"), "suspected"),
        (&c2pa, &["--on-signed", "notice"], 1, "unchanged", json!("signed"), "suspected"),
        (&c2pa, &["--on-signed", "notice", "--allow-unlabelled"], 0, "unchanged", json!("signed"), "suspected"),
        (&c2pa, &["--on-signed", "sidecar"], 0, "propagated", Value::Null, "suspected"),
        (&c2pa, &["--on-signed", "break"], 0, "propagated", Value::Null, "suspected"),
        (&with_label, &["--on-signed", "sidecar"], 3, "refused", json!("signed"), "confirmed"),
        (&with_label, &["--on-signed", "notice"], 0, "unchanged", json!("signed"), "confirmed"),
        (&with_label, &["--on-signed", "break"], 0, "propagated", Value::Null, "confirmed"),
    ];
    for (bytes, more, code, action, reason, verdict) in cases {
        let folder = folder(&[("a.png", bytes.to_vec())]);
        let (exit, report) = one(folder.path(), &[&["a.png"], more].concat());
        assert_eq!((exit, &report["action"], &report["reason"]), (code, &json!(action), &reason), "{more:?}: {report}");
        assert_eq!((&report["verdict"], &report["notice"]["zh"].is_string()), (&json!(verdict), &true), "{report}");
        assert!(!report["reasons"].as_array().unwrap().is_empty(), "{report}");
        let broken = more.contains(&"break");
        assert_eq!(std::fs::read(folder.path().join("a.png")).unwrap() == *bytes, !broken, "{more:?}");
        assert_eq!(folder.path().join("a.png.aigc.json").exists(), action == "propagated" && !broken, "{more:?}");
        if action == "propagated" {
            assert_eq!(report["sidecar"], json!(!broken));
            assert_eq!(exit, run(folder.path(), &["verify", "a.png"]).code());
            let again = one(folder.path(), &[&["a.png"], more].concat());
            assert_eq!((again.0, &again.1["action"]), (0, &json!("unchanged")), "{more:?}: {}", again.1);
        }
    }
}

/// Two labels that each state what the other lacks: neither can stand for both.
#[test]
fn no_value_of_a_producer_is_lost_between_labels() {
    let mut bytes = fixture("png.png");
    for json in [
        r#"{"Label":"1","ContentProducer":"p","ProduceID":"i","ReservedCode1":"s"}"#,
        r#"{"Label":"1","ContentProducer":"p","ContentPropagator":"q","PropagateID":"j","ReservedCode2":"r"}"#,
    ] {
        bytes.splice(33..33, biaoshi_container::png::encode(*b"tEXt", &[b"AIGC\0", json.as_bytes()].concat()));
    }
    let folder = folder(&[("a.png", bytes.clone())]);
    let (code, report) = one(folder.path(), &["a.png"]);
    assert_eq!((code, &report["reason"]), (3, &json!("conflict")), "{report}");
    assert_eq!(std::fs::read(folder.path().join("a.png")).unwrap(), bytes);
}

/// What a file says is told also where its output is there already; that a file cannot be read says nothing of it.
#[test]
fn a_verdict_is_of_what_was_seen() {
    let folder = folder(&[("a.png", fixture("png.png")), ("out.png", b"x".to_vec())]);
    let label = ["label", "a.png", "--in-place", "--layers", "metadata", "--id", "x", "--producer", PRODUCER];
    assert_eq!(run(folder.path(), &label).code(), 0);
    let there = propagate(folder.path(), &["a.png", "-o", "out.png"]);
    let report = there.json().remove(0);
    assert_eq!((there.code(), &report["verdict"], &report["reason"]), (3, &json!("confirmed"), &json!("exists")));
    let gone = run(folder.path(), &["propagate", "gone.png", "--out", "o", "--propagator", PLATFORM]);
    assert!(gone.err().contains("-          failed     gone.png"), "{}", gone.err());
    // Of a level that was asked for, people are told what the label says.
    std::fs::write(folder.path().join("b.png"), fixture("png.png")).unwrap();
    let (code, report) = one(folder.path(), &["b.png", "--level", "3"]);
    assert_eq!(
        (code, &report["verdict"], &report["notice"]["zh"]),
        (0, &json!("none"), &json!("疑似由AI生成")),
        "{report}"
    );
}

/// A label beside a file stays beside it, and one that belongs to other bytes is nobody's.
#[test]
fn a_sidecar_is_respected() {
    let folder = folder(&[("a.bin", b"\0\x01nothing".to_vec()), ("b.bin", b"\0\x02nothing".to_vec())]);
    let label = ["label", "a.bin", "b.bin", "--in-place", "--sidecar", "--layers", "metadata", "--producer", PRODUCER];
    assert_eq!(run(folder.path(), &label).code(), 0);
    let (code, report) = one(folder.path(), &["a.bin"]);
    assert_eq!((code, &report["sidecar"], &report["action"]), (0, &json!(true), &json!("propagated")), "{report}");
    let after = only(&verify(folder.path(), "a.bin"));
    assert_eq!((&*after["ContentProducer"], &*after["ContentPropagator"]), (PRODUCER, PLATFORM));
    assert_eq!(one(folder.path(), &["a.bin"]).1["action"], "unchanged");
    std::fs::write(folder.path().join("b.bin"), "other bytes").unwrap();
    let (code, report) = one(folder.path(), &["b.bin"]);
    assert_eq!((code, &report["reason"]), (3, &json!("sidecar")), "{report}");
    // Of an unknown format without a label there is nothing to say, unless its uploader does.
    std::fs::write(folder.path().join("c.bin"), "\0\x03").unwrap();
    assert_eq!(one(folder.path(), &["c.bin"]).1["error"]["kind"], "unsupported");
    assert_eq!(one(folder.path(), &["c.bin", "--sidecar"]).1["reason"], "none");
    let (code, report) = one(folder.path(), &["c.bin", "--sidecar", "--declared"]);
    assert_eq!((code, &report["new"]["Label"], &report["sidecar"]), (0, &json!("2"), &json!(true)), "{report}");
    // A label in the file and one beside it: in place only one could be replaced at a time.
    let twice = self::folder(&[("a.png", fixture("png.png"))]);
    let label = ["label", "a.png", "--in-place", "--layers", "metadata", "--id", "x", "--producer", PRODUCER];
    assert_eq!(run(twice.path(), &label).code(), 0);
    let beside =
        biaoshi_metadata::sidecar::encode(&biaoshi_tests::label("x"), "a.png", &sha256(&twice.path().join("a.png")));
    std::fs::write(twice.path().join("a.png.aigc.json"), beside).unwrap();
    assert_eq!(one(twice.path(), &["a.png"]).1["reason"], "sidecar");
    assert_eq!(propagate(twice.path(), &["a.png", "--out", "out"]).code(), 0);
    assert_eq!(only(&verify(twice.path(), "out/a.png"))["ContentPropagator"], PLATFORM);
}

fn sha256(path: &Path) -> String {
    let sum = Command::new("sha256sum").arg(path).output().unwrap();
    String::from_utf8(sum.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

#[test]
fn a_manifest_says_what_differs_and_tables_are_ready_for_a_database() {
    let folder = folder(&[
        ("a.png", fixture("png.png")),
        ("b.png", fixture("png.png")),
        ("c.png", generated()),
        ("m.csv", b"path,declared,propagate_id,propagator,level,output,post\na.png,yes,id-1,,,x/a.png,7\nb.png,,,,3,,8\nc.png,no,,001191110000EXAMPLE03Q20001,,,9\n".to_vec()),
    ]);
    let args = ["--manifest", "m.csv", "--out", "out", "--keep-columns", "post", "--report", "r.csv"];
    let done = propagate(folder.path(), &args);
    assert_eq!(done.code(), 0, "{}{}", done.out(), done.err());
    let got: Vec<_> = done
        .json()
        .iter()
        .map(|r| {
            (
                r["new"]["Label"].clone(),
                r["new"]["ContentPropagator"].clone(),
                r["output"].clone(),
                r["row"]["post"].clone(),
            )
        })
        .collect();
    let wanted = [
        ("2", PLATFORM, "out/x/a.png", "7"),
        ("3", PLATFORM, "out/b.png", "8"),
        ("3", "001191110000EXAMPLE03Q20001", "out/c.png", "9"),
    ];
    let wanted: Vec<_> = wanted.map(|(a, b, c, d)| (json!(a), json!(b), json!(c), json!(d))).to_vec();
    assert_eq!(got, wanted);
    assert_eq!(done.json()[0]["new"]["PropagateID"], "id-1");
    let csv = std::fs::read_to_string(folder.path().join("r.csv")).unwrap();
    let mut lines = csv.trim_start_matches('\u{feff}').lines().map(|line| line.split(',').map(str::to_owned));
    let row: BTreeMap<_, _> = lines.next().unwrap().zip(lines.next().unwrap()).collect();
    for (column, value) in [
        ("verdict", "possible"),
        ("written", "true"),
        ("notice_zh", "可能由AI生成"),
        ("declared", "true"),
        ("label", "2"),
        ("propagator", PLATFORM),
        ("propagate_id", "id-1"),
        ("old_propagator", ""),
        ("row.post", "7"),
    ] {
        assert_eq!(row[column], value, "{column}: {csv}");
    }
    for (row, message) in [
        ("path,level\na.png,1\n", "row 2: level: \"1\" is none of 2, 3"),
        ("path,propagator\na.png,Acme\n", "row 2: propagator \"Acme\" is no provider code"),
        ("path,propagate_id\na.png,a b\n", "row 2: PropagateID holds"),
        (
            "path,producer\na.png,x\n",
            "row 1: unknown column \"producer\"; there are path, output, id, declared, propagator, propagate_id, level",
        ),
    ] {
        std::fs::write(folder.path().join("m.csv"), row).unwrap();
        let refused = propagate(folder.path(), &["--manifest", "m.csv", "--out", "o2"]);
        assert!(refused.code() == 2 && refused.err().contains(message), "{row}: {}", refused.err());
    }
}

/// Killed at some moments and started again, every file ends with one label, and what was finished is done by no later run.
#[test]
fn killed_and_resumed_it_ends_as_one_run() {
    let folder = many(3);
    let label = ["label", "in", "--in-place", "--layers", "metadata", "--producer", PRODUCER, "-q"];
    assert_eq!(run(folder.path(), &label).code(), 0);
    let fixed = ["propagate", "in", "--out", "out", "--propagator", PLATFORM, "--resume", "j"];
    let args = [&fixed[..], &["--layers", "metadata,traces", "--json"]].concat();
    let mut finished: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for wait in [100, 200, 400] {
        let mut child = command(folder.path()).args(&args).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        let journal = std::fs::read_to_string(folder.path().join("j")).unwrap_or_default();
        for line in journal.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let Some(output) = line["report"]["output"].as_str() else { continue };
            let now = std::fs::read(folder.path().join(output)).unwrap();
            let before = finished.entry(output.to_owned()).or_insert_with(|| now.clone());
            assert!(*before == now, "{output} was done twice");
        }
    }
    let end = run(folder.path(), &args);
    assert_eq!(end.code(), 0, "{}", end.err());
    let now = tree(&folder.path().join("out"));
    assert_eq!((end.json().len(), now.len()), (3 * fixtures().len(), 3 * fixtures().len()));
    println!("{} of {} files were finished before the last run", finished.len(), now.len());
    for (output, before) in finished {
        assert!(std::fs::read(folder.path().join(&output)).unwrap() == before, "{output} was done twice");
    }
    for (report, found) in end.json().iter().zip(run(folder.path(), &["verify", "out", "--json"]).json()) {
        assert_eq!(report["output"], found["path"]);
        assert_eq!(report["new"], json!(only(&found)));
    }
}
