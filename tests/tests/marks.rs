//! The watermark as a layer: label, verify, carry, diff, registries.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use biaoshi_tests::picture::textured;
use biaoshi_tests::{OTHER, PRODUCER, Run, TempDir, command, run, scratch};
use serde_json::{Value, json};

/// Two codes with one provider tag.
const TWINS: [&str; 2] = ["001191110000EXAMPLE03Q02516", "001191110000EXAMPLE03Q03596"];
const ALL: &str = "metadata,explicit,watermark";

/// A format whose content nobody marks.
const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg'/>";

/// A folder with a picture `in.png`, and what is done in it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let folder = scratch();
        textured(&folder.path().join("in.png"), (768, 512), png::ColorType::Grayscale);
        Self(folder)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn ended(&self, args: &[&str], code: i32) -> Run {
        let run = run(self.0.path(), args);
        assert_eq!(run.code(), code, "{args:?}: {}{}", run.err(), run.out());
        run
    }

    fn label(&self, args: &[&str], code: i32) -> Value {
        let args = [&["label", "--json", "--producer", PRODUCER], args].concat();
        self.ended(&args, code).json().remove(0)
    }

    fn verify(&self, args: &[&str], code: i32) -> Value {
        let args = [&["verify", "--json", "--layers", "metadata,traces,explicit,watermark"], args].concat();
        self.ended(&args, code).json().remove(0)
    }

    /// Pillow changes a picture: `im` is given and wanted.
    fn pillow(&self, from: &str, step: &str, to: &str) {
        let script =
            format!("from PIL import Image; im = Image.open('{from}'); w, h = im.size; {step}; im.save('{to}')");
        let done = Command::new("python3").args(["-c", &script]).current_dir(self.0.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

fn codes<'r>(report: &'r Value) -> Vec<(&'r str, &'r str)> {
    let word = |f: &'r Value, key: &str| f[key].as_str().unwrap();
    report["findings"].as_array().unwrap().iter().map(|f| (word(f, "code"), word(f, "severity"))).collect()
}

#[test]
fn three_layers_agree_and_stay() {
    let desk = Desk::new();
    let labelled = desk.label(&["in.png", "-o", "out.png", "--layers", ALL], 0);
    assert_eq!(
        (&labelled["action"], &labelled["layers"]),
        (&json!("labelled"), &json!(["metadata", "explicit", "watermark"]))
    );
    let report = desk.verify(&["out.png"], 0);
    let mark = &report["watermarks"][0];
    assert_eq!(
        (&mark["agrees"], &mark["content"], &mark["provider"]),
        (&json!("match"), &json!("match"), &json!(null))
    );
    assert_eq!(mark["where"]["quad"][2], json!([768.0, 512.0]));
    assert_eq!((&report["verdict"], report["explicit"].as_array().unwrap().len()), (&json!("confirmed"), 1));
    assert_eq!(codes(&report), []);
    let payload = biaoshi::provenance::payload(PRODUCER, labelled["fields"]["ProduceID"].as_str().unwrap());
    assert_eq!(mark["payload"], json!(payload.to_string()));
    // Nobody looked, and the clean picture has none.
    assert_eq!(desk.ended(&["verify", "--json", "out.png"], 0).json()[0]["watermarks"], json!(null));
    assert_eq!(desk.verify(&["in.png"], 1)["watermarks"], json!([]));
    // Again: nothing changes, not even the time.
    let before = (std::fs::read(desk.at("out.png")).unwrap(), desk.at("out.png").metadata().unwrap().mtime_nsec());
    let again = desk.label(&["out.png", "--in-place", "--layers", ALL], 0);
    assert_eq!((&again["action"], &again["layers"]), (&json!("unchanged"), &labelled["layers"]));
    for (producer, args) in [
        (PRODUCER, &["--id", "another"][..]),
        (PRODUCER, &["--id", "another", "--replace"]),
        (OTHER, &["--replace", "--reason", "why"]),
    ] {
        let fixed = ["label", "out.png", "--in-place", "--json", "--layers", ALL, "--producer", producer];
        let refused = desk.ended(&[&fixed, args].concat(), 3).json().remove(0);
        assert_eq!(refused["action"], "refused", "{args:?}");
        let message = refused["error"]["message"].as_str().unwrap();
        assert_eq!(message.contains("cannot be taken out"), args.contains(&"--replace"), "{message}");
    }
    assert_eq!(
        before,
        (std::fs::read(desk.at("out.png")).unwrap(), desk.at("out.png").metadata().unwrap().mtime_nsec())
    );
    // A plate that is drawn over a mark leaves it to be found.
    desk.label(&["in.png", "-o", "plain.png", "--layers", "metadata,watermark"], 0);
    assert_eq!(desk.label(&["plain.png", "--in-place", "--layers", "explicit"], 0)["action"], "labelled");
    let report = desk.verify(&["plain.png"], 0);
    assert_eq!(
        (&report["watermarks"][0]["agrees"], report["explicit"].as_array().unwrap().len()),
        (&json!("match"), 1)
    );
    // The default is what the standard wants.
    assert_eq!(desk.label(&["in.png", "-o", "default.png"], 0)["layers"], json!(["metadata", "explicit"]));
}

#[test]
fn a_mark_outlives_its_label() {
    let desk = Desk::new();
    desk.label(&["in.png", "-o", "out.png", "--layers", ALL], 0);
    let payload = desk.verify(&["out.png"], 0)["watermarks"][0]["payload"].clone();
    for (step, name) in [
        ("im = im.crop((w // 8, h // 8, w * 7 // 8, h * 7 // 8))", "crop.png"),
        ("im = im.resize((w * 3 // 4, h * 3 // 4))", "small.png"),
        ("im = im.convert('RGB')", "whole.jpg"),
    ] {
        desk.pillow("out.png", step, name);
        let report = desk.verify(&[name], 1);
        let mark = &report["watermarks"][0];
        assert_eq!((&mark["payload"], &mark["agrees"]), (&payload, &json!("no-label")), "{name}");
        assert_eq!((&report["labels"], &report["verdict"]), (&json!([]), &json!("suspected")), "{name}");
        let text = desk.ended(&["verify", name, "--layers", "watermark"], 1).out();
        assert!(
            text.contains(&format!("watermark {}", payload.as_str().unwrap())) && text.contains("no label"),
            "{text}"
        );
        let text = desk.ended(&["verify", name, "--layers", "watermark", "--lang", "zh"], 1).out();
        assert!(text.contains("无标识"), "{text}");
        let diff = desk.ended(&["diff", "out.png", name, "--json", "--layers", "watermark"], 1).json().remove(0);
        let kinds: Vec<_> = diff["marks"].as_array().unwrap().iter().map(|m| (&m["kind"], &m["status"])).collect();
        assert_eq!(kinds, [(&json!("label"), &json!("lost")), (&json!("watermark"), &json!("kept"))], "{name}");
    }
    let diff = desk.ended(&["diff", "out.png", "in.png", "--json", "--layers", "watermark"], 1).json().remove(0);
    assert_eq!((&diff["marks"][1]["kind"], &diff["marks"][1]["status"]), (&json!("watermark"), &json!("lost")));
    assert_eq!(diff["marks"][1]["name"], payload);
    std::fs::write(desk.at("a.svg"), SVG).unwrap();
    let diff = desk.ended(&["diff", "out.png", "a.svg", "--json", "--layers", "watermark"], 1).json().remove(0);
    assert_eq!(diff["unchecked"], json!(["watermark"]));
}

/// The label goes to a scaled copy of the marked picture: its mark is seen, and no second one is made.
#[test]
fn renditions_keep_the_mark_of_their_original() {
    let desk = Desk::new();
    desk.label(&["in.png", "-o", "out.png", "--layers", ALL], 0);
    desk.pillow("out.png", "im = im.resize((w * 3 // 4, h * 3 // 4))", "small.png");
    let carry = ["carry", "out.png", "small.png", "--in-place", "--json", "--layers", "metadata,watermark"];
    let carried = desk.ended(&carry, 0).json().remove(0);
    assert_eq!(carried["layers"], json!(["metadata", "watermark"]));
    let marks = desk.verify(&["small.png"], 0)["watermarks"].clone();
    assert_eq!((marks.as_array().unwrap().len(), &marks[0]["agrees"]), (1, &json!("match")));
    assert_eq!(desk.ended(&carry, 0).json()[0]["action"], "unchanged");
    // A copy without a mark gets one.
    desk.pillow("in.png", "im = im.resize((w * 3 // 4, h * 3 // 4))", "plain.png");
    let carry = ["carry", "out.png", "plain.png", "--in-place", "--json", "--layers", "metadata,watermark"];
    assert_eq!(desk.ended(&carry, 0).json()[0]["action"], "labelled");
    assert_eq!(desk.verify(&["plain.png"], 0)["watermarks"][0]["agrees"], "match");
}

#[test]
fn a_mark_alone_and_another_label_beside_it() {
    let desk = Desk::new();
    // Without metadata the mark is that of the label that would be written, which the report tells.
    let alone = desk.label(&["in.png", "-o", "alone.png", "--layers", "watermark"], 0);
    let id = alone["fields"]["ProduceID"].as_str().unwrap();
    let report = desk.verify(&["alone.png"], 1);
    let payload = biaoshi::provenance::payload(PRODUCER, id).to_string();
    assert_eq!((&report["watermarks"][0]["payload"], &report["labels"]), (&json!(payload), &json!([])));
    // A new UUID is not asked for, so a rerun changes nothing; an id that is written out is.
    let again = desk.label(&["alone.png", "--in-place", "--layers", "watermark"], 0);
    assert_eq!(
        (&again["action"], &again["layers"], &again["fields"]),
        (&json!("unchanged"), &json!(["watermark"]), &json!(null))
    );
    desk.label(&["alone.png", "--in-place", "--layers", "watermark", "--id", "x"], 3);
    desk.label(&["alone.png", "--in-place", "--layers", "metadata,watermark"], 3);
    desk.label(&["alone.png", "--in-place", "--layers", "metadata,watermark", "--id", id], 0);
    assert_eq!(desk.verify(&["alone.png"], 0)["watermarks"][0]["agrees"], "match");
    // With a label of its own in the file it is that one's.
    desk.label(&["in.png", "-o", "labelled.png", "--layers", "metadata", "--id", "own"], 0);
    desk.label(&["labelled.png", "--in-place", "--layers", "watermark"], 0);
    assert_eq!(desk.verify(&["labelled.png"], 0)["watermarks"][0]["agrees"], "match");
    // Another label over it.
    desk.label(&["labelled.png", "-o", "other.png", "--layers", "metadata", "--id", "other", "--replace"], 0);
    let report = desk.verify(&["other.png"], 0);
    assert_eq!(report["watermarks"][0]["agrees"], "mismatch");
    assert_eq!(codes(&report), [("explicit.not-found", "warning"), ("watermark.differs", "warning")]);
    assert_eq!(report["verdict"], "confirmed");
}

#[test]
fn keys_are_kept_apart() {
    let desk = Desk::new();
    let id = |name: &str| desk.ended(&["key", "new", "watermark", "--out", name], 0).out().trim().to_owned();
    let (a, _) = (id("a.key"), id("b.key"));
    desk.label(&["in.png", "-o", "out.png", "--layers", "metadata,watermark", "--key", "a.key"], 0);
    for (keys, found) in [
        (&[][..], 0),
        (&["--key", "b.key"], 0),
        (&["--key", "a.key"], 1),
        (&["--key", "published", "--key", "b.key", "--key", "a.key", "--key", "a.key"], 1),
    ] {
        let report = desk.verify(&[&["out.png"], keys].concat(), 0);
        let marks = report["watermarks"].as_array().unwrap();
        assert_eq!(marks.len(), found, "{keys:?}");
        assert!(marks.iter().all(|m| m["key_id"] == a.as_str() && m["agrees"] == "match"));
    }
    // The key may stand in the settings, and the command line is stronger.
    std::fs::write(
        desk.at("biaoshi.toml"),
        "[verify]\nkey = [\"a.key\"]\nlayers = \"watermark\"\n[label]\nkey = \"a.key\"\n",
    )
    .unwrap();
    assert_eq!(desk.ended(&["verify", "--json", "out.png"], 0).json()[0]["watermarks"][0]["key_id"], a.as_str());
    assert_eq!(desk.verify(&["out.png", "--key", "published"], 0)["watermarks"], json!([]));
    let shown = desk.ended(&["label", "--show-config", "--layers", "watermark"], 0).out();
    assert!(
        shown.lines().any(|l| l.starts_with("key ") && l.contains("a.key") && l.contains("biaoshi.toml:5")),
        "{shown}"
    );
    std::fs::remove_file(desk.at("biaoshi.toml")).unwrap();
    // Another key is another command for a journal.
    let journal = ["verify", "out.png", "--layers", "watermark", "--resume", "j", "--allow-unlabelled", "--key"];
    desk.ended(&[&journal[..], &["a.key"]].concat(), 0);
    desk.ended(&[&journal[..], &["a.key"]].concat(), 0);
    desk.ended(&[&journal[..], &["b.key"]].concat(), 2);
    for wrong in ["gone.key", "in.png"] {
        for verb in [
            &["verify", "--layers", "watermark"][..],
            &["label", "--in-place", "--producer", PRODUCER, "--layers", "watermark"],
        ] {
            let run = desk.ended(&[verb, &["out.png", "--key", wrong]].concat(), 2);
            assert!(run.err().contains(wrong), "{}", run.err());
        }
    }
}

#[test]
fn registries_say_who_is_behind_a_mark() {
    let desk = Desk::new();
    let mark = |producer: &str, out: &str| {
        let args = ["label", "in.png", "-o", out, "--layers", "watermark", "--allow-name", "--producer", producer];
        desk.ended(&args, 0);
    };
    mark(PRODUCER, "one.png");
    mark(TWINS[1], "twin.png");
    let table = format!("name,code\n\"北京, 示例\",{PRODUCER}\nfirst,{}\nsecond,{}\n", TWINS[0], TWINS[1]);
    std::fs::write(desk.at("r.csv"), table).unwrap();
    std::fs::write(desk.at("empty.jsonl"), "").unwrap();
    let provider = |file: &str, registry: &str| {
        desk.verify(&[file, "--registry", registry], 1)["watermarks"][0]["provider"].clone()
    };
    let tag = |code: &str| biaoshi::provenance::ProviderTag::new(code).to_string();
    let one = json!({"tag": tag(PRODUCER), "code": PRODUCER, "name": "北京, 示例", "candidates": []});
    assert_eq!(provider("one.png", "r.csv"), one);
    assert_eq!(
        provider("one.png", "empty.jsonl"),
        json!({"tag": tag(PRODUCER), "code": null, "name": null, "candidates": []})
    );
    let twins = json!([{"code": TWINS[0], "name": "first"}, {"code": TWINS[1], "name": "second"}]);
    assert_eq!(
        provider("twin.png", "r.csv"),
        json!({"tag": tag(TWINS[0]), "code": null, "name": null, "candidates": twins})
    );
    assert_eq!(codes(&desk.verify(&["twin.png", "--registry", "r.csv"], 1)), [("watermark.provider", "info")]);
    for verb in [&["verify", "--layers", "watermark"][..], &["inspect"]] {
        let text = run(desk.0.path(), &[verb, &["one.png", "--registry", "r.csv"]].concat()).out();
        assert!(text.contains(&format!("{PRODUCER} 北京, 示例")), "{text}");
    }
    // From the environment.
    let by_environment = command(desk.0.path())
        .args(["verify", "--json", "one.png", "--layers", "watermark"])
        .env("BIAOSHI_REGISTRY", "r.csv")
        .output()
        .unwrap();
    assert_eq!(Run(by_environment).json()[0]["watermarks"][0]["provider"], one);
    std::fs::write(desk.at("bad.csv"), "code,name\na,b\na,c\n").unwrap();
    let run = desk.ended(&["verify", "one.png", "--layers", "watermark", "--registry", "bad.csv"], 2);
    assert!(run.err().contains("bad.csv: row 3: the code \"a\" stands in row 2 already"), "{}", run.err());
}

#[test]
fn what_cannot_be_marked_is_refused_and_stays() {
    let desk = Desk::new();
    textured(&desk.at("tiny.png"), (60, 200), png::ColorType::Grayscale);
    std::fs::write(desk.at("a.txt"), "x\n").unwrap();
    std::fs::write(desk.at("a.svg"), SVG).unwrap();
    let reasons = [
        ("tiny.png", "under 64 pixels"),
        ("a.txt", "no place for a watermark"),
        ("a.svg", "no watermark for svg files"),
    ];
    for (name, reason) in reasons {
        let before = std::fs::read(desk.at(name)).unwrap();
        let refused = desk.label(&[name, "--in-place", "--layers", "metadata,watermark"], 3);
        assert_eq!((&refused["action"], &refused["error"]["kind"]), (&json!("refused"), &json!("refused")));
        assert!(refused["error"]["message"].as_str().unwrap().contains(reason), "{refused}");
        assert_eq!(std::fs::read(desk.at(name)).unwrap(), before);
    }
    assert_eq!(desk.verify(&["a.svg"], 1)["watermarks"], json!(null), "nobody can look");
    // In a manifest the layer is named for one file.
    std::fs::write(desk.at("m.csv"), "path,layers\nin.png,metadata+watermark\na.txt,\n").unwrap();
    let run = desk.ended(&["label", "--manifest", "m.csv", "--out", "out", "--json", "--producer", PRODUCER], 0);
    assert_eq!(run.json()[0]["layers"], json!(["metadata", "watermark"]));
    assert_eq!(run.json()[1]["layers"], json!(["metadata", "explicit"]));
    // What was read before the damage stands beside the error.
    let whole = std::fs::read(desk.at("out/in.png")).unwrap();
    std::fs::write(desk.at("cut.png"), &whole[..whole.len() / 2]).unwrap();
    let report = desk.verify(&["cut.png"], 3);
    assert_eq!((report["labels"].as_array().unwrap().len(), &report["watermarks"]), (1, &json!(null)));
    assert_eq!(report["error"]["kind"], "malformed");
}

#[test]
fn outputs_keep_their_mode_and_reports_have_a_column() {
    let desk = Desk::new();
    std::fs::set_permissions(desk.at("in.png"), std::fs::Permissions::from_mode(0o640)).unwrap();
    desk.label(&["in.png", "--in-place", "--layers", ALL, "--report", "l.csv"], 0);
    assert_eq!(desk.at("in.png").metadata().unwrap().mode() & 0o777, 0o640);
    assert!(std::fs::read_to_string(desk.at("l.csv")).unwrap().contains("metadata+explicit+watermark"));
    let payload =
        desk.verify(&["in.png", "--report", "v.csv"], 0)["watermarks"][0]["payload"].as_str().unwrap().to_owned();
    let csv = std::fs::read_to_string(desk.at("v.csv")).unwrap();
    assert!(csv.lines().next().unwrap().contains(",watermarks"));
    assert!(csv.lines().nth(1).unwrap().contains(&format!(",{payload} match")), "{csv}");
    let names = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
    assert_eq!(names(desk.0.path()), 3, "nothing else is left");
}
