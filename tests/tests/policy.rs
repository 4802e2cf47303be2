//! Who may write what over whom, and where.

use std::path::Path;

use biaoshi_tests::{OTHER, PRODUCER, TempDir, fixtures, lines, run, scratch};
use serde_json::Value;

fn with(names: &[&str]) -> TempDir {
    let folder = scratch();
    for fixture in fixtures().iter().filter(|f| names.contains(&f.name.as_str())) {
        std::fs::copy(&fixture.path, folder.path().join(&fixture.name)).unwrap();
    }
    folder
}

fn label(folder: &Path, args: &[&str]) -> (i32, Value) {
    let run = run(folder, &[&["label", "--json", "--in-place"], args].concat());
    (run.code(), run.json().remove(0))
}

fn verify(folder: &Path, name: &str) -> Value {
    run(folder, &["verify", "--json", name]).json().remove(0)
}

const ALL: [&str; 7] = ["png.png", "jpeg.jpg", "wav.wav", "mp3.mp3", "mp4-front.mp4", "markdown.md", "txt.txt"];

#[test]
fn a_foreign_label_is_refused_and_replaced_only_on_request() {
    let folder = with(&ALL);
    for name in ALL {
        assert_eq!(label(folder.path(), &[name, "--producer", OTHER]).1["action"], "labelled", "{name}");
        let before = std::fs::read(folder.path().join(name)).unwrap();
        let (code, report) = label(folder.path(), &[name, "--producer", PRODUCER]);
        assert_eq!(
            (code, &report["action"], &report["error"]["kind"]),
            (3, &Value::from("refused"), &Value::from("refused")),
            "{name}"
        );
        assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), before, "{name}");
        let (code, report) = label(folder.path(), &[name, "--producer", PRODUCER, "--replace", "--reason", "ours"]);
        assert_eq!((code, &report["action"]), (0, &Value::from("labelled")), "{name}: {report}");
        let labels = verify(folder.path(), name)["labels"].clone();
        assert_eq!(labels.as_array().unwrap().len(), 1, "{name}");
        assert_eq!(labels[0]["fields"]["ContentProducer"], PRODUCER, "{name}");
    }
}

#[test]
fn an_own_label_keeps_its_id_unless_another_is_written_out() {
    let folder = with(&["png.png"]);
    label(folder.path(), &["png.png", "--producer", PRODUCER, "--id", "first"]);
    for generated in ["uuid", "sha256", "name", "x-{index}"] {
        let (code, report) = label(folder.path(), &["png.png", "--producer", PRODUCER, "--id", generated]);
        assert_eq!(
            (code, &report["action"], &report["fields"]["ProduceID"]),
            (0, &"unchanged".into(), &"first".into())
        );
    }
    assert_eq!(label(folder.path(), &["png.png", "--producer", PRODUCER, "--id", "second"]).1["action"], "refused");
    assert_eq!(label(folder.path(), &["png.png", "--producer", PRODUCER, "--level", "2"]).1["action"], "refused");
    assert_eq!(label(folder.path(), &["png.png", "--producer", PRODUCER, "--level", "1"]).1["action"], "unchanged");
    let report = label(folder.path(), &["png.png", "--producer", PRODUCER, "--id", "second", "--replace"]).1;
    assert_eq!(report["fields"]["ProduceID"], "second");
}

/// Labels in every dialect place are moved to the prescribed one, with their id, and not doubled.
#[test]
fn an_own_label_in_a_dialect_place_is_moved() {
    let json = format!(
        r#"{{"Label":"1","ContentProducer":"{PRODUCER}","ProduceID":"old","ReservedCode1":"","ContentPropagator":"","PropagateID":"","ReservedCode2":""}}"#
    );
    let files: [(&str, Vec<u8>); 5] = [
        ("a.png", insert_png(*b"tEXt", format!("AIGC\0{json}").as_bytes())),
        ("b.jpg", insert_jpeg(0xfe, format!("AIGC{json}").as_bytes())),
        ("c.jpg", insert_jpeg(0xe1, &exif_comment(&format!("{{\"AIGC\":{json}}}")))),
        ("d.txt", format!("AIGC: {json}\nhello\n").into_bytes()),
        ("e.md", format!("---\nAIGC: {json}\ntitle: x\n---\nhello\n").into_bytes()),
    ];
    let folder = scratch();
    for (name, bytes) in &files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let before = verify(folder.path(), name);
        assert_eq!(before["labels"].as_array().unwrap().len(), 1, "{before}");
        let report = label(folder.path(), &[name, "--producer", PRODUCER, "--layers", "metadata"]).1;
        assert_eq!(
            (&report["action"], &report["fields"]["ProduceID"]),
            (&"labelled".into(), &"old".into()),
            "{name}: {report}"
        );
        let after = verify(folder.path(), name);
        let labels = after["labels"].as_array().unwrap();
        assert!(labels.len() == 1 && labels[0]["dialects"] == serde_json::json!([]), "{after}");
    }
}

fn insert_png(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = fixtures().into_iter().find(|f| f.name == "png.png").unwrap().bytes;
    bytes.splice(33..33, biaoshi_container::png::encode(kind, data));
    bytes
}

fn insert_jpeg(marker: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = fixtures().into_iter().find(|f| f.name == "jpeg.jpg").unwrap().bytes;
    bytes.splice(20..20, biaoshi_container::jpeg::encode(marker, payload).unwrap());
    bytes
}

/// An EXIF block whose Exif IFD holds one UserComment.
fn exif_comment(text: &str) -> Vec<u8> {
    let mut out =
        b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0\0\x01\x92\x86\0\x07".to_vec();
    out.extend((text.len() as u32 + 8).to_be_bytes());
    out.extend(b"\0\0\0\x2c\0\0\0\0ASCII\0\0\0");
    out.extend(text.as_bytes());
    out
}

#[test]
fn c2pa_is_not_broken_unasked() {
    let folder = scratch();
    std::fs::write(
        folder.path().join("a.png"),
        insert_png(*b"caBX", b"\0\0\0\x10jumb....c2pa trainedAlgorithmicMedia"),
    )
    .unwrap();
    let report = verify(folder.path(), "a.png");
    assert_eq!((&report["verdict"], &report["traces"][0]["kind"]), (&"suspected".into(), &"c2pa".into()), "{report}");
    assert_eq!(label(folder.path(), &["a.png", "--producer", PRODUCER]).1["action"], "refused");
    assert_eq!(label(folder.path(), &["a.png", "--producer", PRODUCER, "--break-signatures"]).1["action"], "labelled");
}

#[test]
fn a_sidecar_belongs_to_its_bytes() {
    let folder = scratch();
    let path = folder.path().join("data.bin");
    std::fs::write(&path, [1, 2, 3, 0, 5]).unwrap();
    assert_eq!(label(folder.path(), &["data.bin", "--producer", PRODUCER]).1["action"], "refused");
    assert_eq!(label(folder.path(), &["data.bin", "--producer", PRODUCER, "--sidecar"]).1["action"], "labelled");
    assert_eq!(std::fs::read(&path).unwrap(), [1, 2, 3, 0, 5]);
    let report = verify(folder.path(), "data.bin");
    assert_eq!(
        (&report["verdict"], &report["conforming"], &report["labels"][0]["carrier"]),
        (&"confirmed".into(), &true.into(), &"sidecar/AIGC".into()),
        "{report}"
    );
    assert_eq!(label(folder.path(), &["data.bin", "--producer", PRODUCER, "--sidecar"]).1["action"], "unchanged");
    std::fs::write(&path, [1, 2, 3, 0, 6]).unwrap();
    let report = verify(folder.path(), "data.bin");
    assert!(report["findings"].as_array().unwrap().iter().any(|f| f["code"] == "sidecar.hash"), "{report}");
}

#[test]
fn a_named_layer_that_cannot_be_written_refuses_a_default_one_is_skipped() {
    let folder = with(&["svg.svg"]);
    assert_eq!(
        label(folder.path(), &["svg.svg", "--producer", PRODUCER, "--layers", "metadata,explicit"]).1["action"],
        "refused"
    );
    let report = label(folder.path(), &["svg.svg", "--producer", PRODUCER]).1;
    assert_eq!((&report["action"], &report["skipped"][0]["layer"]), (&"labelled".into(), &"explicit".into()));
}

#[test]
fn links_modes_and_other_files_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = with(&["png.png"]);
    let png = folder.path().join("png.png");
    std::fs::set_permissions(&png, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("png.png", folder.path().join("link.png")).unwrap();
    assert_eq!(label(folder.path(), &["link.png", "--producer", PRODUCER]).1["action"], "labelled");
    assert!(folder.path().join("link.png").is_symlink());
    assert_eq!(std::fs::metadata(&png).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(verify(folder.path(), "png.png")["verdict"], "confirmed");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn wrong_command_lines_do_nothing() {
    let folder = with(&["png.png", "txt.txt"]);
    for args in [
        &["label", "png.png", "--producer", PRODUCER][..],
        &["label", "png.png", "txt.txt", "-o", "x", "--producer", PRODUCER],
        &["label", ".", "--out", "sub/out", "--producer", PRODUCER],
        &["label", "png.png", "--in-place", "--producer", "doubao"],
        &["label", "png.png", "--in-place", "--producer", "001191110000EXAMPLE03Q1000"],
        &["label", "png.png", "--in-place", "--producer", PRODUCER, "--id", "a b"],
        &["label", "png.png", "--in-place", "--producer", PRODUCER, "--id", "{what}"],
        &["label", "png.png", "--in-place", "--producer", PRODUCER, "--text", "nice"],
        &["label", "-", "--json", "--producer", PRODUCER],
        &["verify"],
        &["verify", "--layers", "smell", "png.png"],
        &["frobnicate"],
    ] {
        let before = std::fs::read(folder.path().join("png.png")).unwrap();
        let run = run(folder.path(), args);
        assert_eq!(run.code(), 2, "{args:?}: {}", run.err());
        assert!(!run.err().is_empty() && run.out().is_empty(), "{args:?}");
        assert_eq!(std::fs::read(folder.path().join("png.png")).unwrap(), before);
    }
}

#[test]
fn outputs_that_are_there_stay() {
    let folder = with(&["png.png"]);
    std::fs::write(folder.path().join("out.png"), "mine").unwrap();
    let args = ["label", "png.png", "-o", "out.png", "--producer", PRODUCER];
    assert_eq!(run(folder.path(), &args).code(), 3);
    assert_eq!(std::fs::read(folder.path().join("out.png")).unwrap(), b"mine");
    assert_eq!(run(folder.path(), &[&args[..], &["--overwrite"]].concat()).code(), 0);
    assert_eq!(verify(folder.path(), "out.png")["verdict"], "confirmed");
}

#[test]
fn two_inputs_with_one_output_the_first_wins() {
    let folder = scratch();
    for (dir, text) in [("a", "first"), ("b", "second")] {
        std::fs::create_dir(folder.path().join(dir)).unwrap();
        std::fs::write(folder.path().join(dir).join("x.txt"), text).unwrap();
    }
    let run = run(folder.path(), &["label", "a/x.txt", "b/x.txt", "--out", "out", "--producer", PRODUCER, "--json"]);
    let actions: Vec<_> = run.json().iter().map(|r| r["action"].as_str().unwrap().to_owned()).collect();
    assert_eq!((run.code(), actions), (3, vec!["labelled".to_owned(), "refused".to_owned()]));
    assert!(std::fs::read_to_string(folder.path().join("out/x.txt")).unwrap().contains("first"));
}

#[test]
fn standard_input_and_output() {
    use std::io::Write;
    use std::process::Stdio;
    let folder = scratch();
    let mut child = biaoshi_tests::command(folder.path())
        .args(["label", "-", "--stdin-name", "a.txt", "--producer", PRODUCER, "--id", "x"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all("你好\n".as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success() && text.starts_with("本文由AI生成\n你好\nAIGC: {\"Label\":\"1\""), "{text}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = with(&ALL);
    std::fs::write(folder.path().join("data.bin"), [1, 0, 2]).unwrap();
    let before: Vec<_> = ALL.map(|n| std::fs::read(folder.path().join(n)).unwrap()).into();
    let run =
        run(folder.path(), &["label", ".", "--in-place", "--dry-run", "--sidecar", "--json", "--producer", PRODUCER]);
    assert_eq!(run.code(), 0, "{}", run.err());
    assert!(run.json().iter().all(|r| r["action"] == "labelled" && r["output"].is_null()), "{}", run.out());
    assert_eq!(before, ALL.map(|n| std::fs::read(folder.path().join(n)).unwrap()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), ALL.len() + 1);
}

#[test]
fn paths_come_from_a_list() {
    let folder = with(&["png.png", "txt.txt"]);
    for list in ["png.png\r\ntxt.txt\n\n", "png.png\0txt.txt\0"] {
        std::fs::write(folder.path().join("list"), list).unwrap();
        let run = run(folder.path(), &["verify", "--files-from", "list", "--json", "--allow-unlabelled"]);
        let paths: Vec<_> = run.json().iter().map(|r| r["path"].as_str().unwrap().to_owned()).collect();
        assert_eq!((run.code(), paths), (0, vec!["png.png".to_owned(), "txt.txt".to_owned()]));
    }
    assert_eq!(run(folder.path(), &["verify", "--files-from", "gone"]).code(), 2);
}

#[test]
fn reports_are_written_beside_what_is_printed() {
    let folder = with(&["png.png", "txt.txt"]);
    let input = folder.path().join("in");
    std::fs::create_dir(&input).unwrap();
    for name in ["png.png", "txt.txt"] {
        std::fs::rename(folder.path().join(name), input.join(name)).unwrap();
    }
    std::fs::write(input.join("=cmd.txt"), "x\n").unwrap();
    let args = ["label", "in", "--in-place", "--producer", PRODUCER, "--id", "a-{index}", "--json"];
    let labelled = run(folder.path(), &[&args[..], &["--report", "r.csv", "--report", "r.jsonl"]].concat());
    assert_eq!(labelled.code(), 0, "{}", labelled.err());
    assert_eq!(lines(&folder.path().join("r.jsonl")), labelled.json());
    let csv = std::fs::read_to_string(folder.path().join("r.csv")).unwrap();
    let columns = "\u{feff}path,output,format,action,layers,producer,produce_id,skipped,error,payload,reason,";
    assert!(csv.starts_with(columns), "{csv}");
    assert!(csv.lines().nth(1).unwrap().starts_with("in/=cmd.txt,"), "{csv}");
    assert_eq!(csv.lines().count(), 4);
    let checked = run(&input, &["verify", "=cmd.txt", "--report", "v.csv"]);
    assert_eq!(checked.code(), 0);
    assert!(std::fs::read_to_string(input.join("v.csv")).unwrap().lines().nth(1).unwrap().starts_with("'=cmd.txt,"));
    assert_eq!(run(&input, &["verify", "=cmd.txt", "--report", "v.pdf"]).code(), 2);
}
