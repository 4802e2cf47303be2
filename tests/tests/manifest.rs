//! `--manifest`, `--files-from` and `--base`: a wrong table stops everything, a right one says for each file what is its.

use std::path::Path;

use biaoshi_tests::{PRODUCER, Run, TempDir, fixtures, run, scratch, tree};
use serde_json::Value;

/// A folder with some fixtures in `in/a` and `in/b`, and a manifest.
fn with(name: &str, manifest: impl AsRef<[u8]>) -> TempDir {
    let folder = scratch();
    for (dir, file) in [("a", "png.png"), ("a", "txt.txt"), ("b", "png.png"), ("b", "mp3.mp3")] {
        let fixture = fixtures().into_iter().find(|f| f.name == file).unwrap();
        std::fs::create_dir_all(folder.path().join("in").join(dir)).unwrap();
        std::fs::copy(fixture.path, folder.path().join("in").join(dir).join(file)).unwrap();
    }
    std::fs::write(folder.path().join(name), manifest).unwrap();
    folder
}

fn label(folder: &Path, args: &[&str]) -> Run {
    run(folder, &[&["label", "--json", "--producer", PRODUCER], args].concat())
}

const CSV: &str = "path,id,level,text,layers
in/a/png.png,post-1,2,AI合成,
in/b/mp3.mp3,post-2,,,metadata
in/gone.png,post-3,,,
in/b/png.png,,,,\"metadata,explicit\"
";

const JSON_LINES: &str = r#"{"path":"in/a/png.png","id":"post-1","level":"2","text":"AI合成"}
{"path":"in/b/mp3.mp3","id":"post-2","level":null,"layers":["metadata"]}
{"path":"in/gone.png","id":"post-3"}
{"path":"in/b/png.png","layers":"metadata+explicit"}
"#;

#[test]
fn each_file_gets_what_its_row_says() {
    for (name, text) in [("m.csv", CSV), ("m.jsonl", JSON_LINES)] {
        let folder = with(name, text);
        let run = label(folder.path(), &["--manifest", name, "--out", "out", "--id", "{stem}-{index}"]);
        let reports = run.json();
        let of = |n: usize, key: &str| reports[n]["fields"][key].clone();
        assert_eq!((run.code(), reports.len()), (3, 4), "{}", run.err());
        assert_eq!(
            (of(0, "ProduceID"), of(0, "Label"), of(0, "PropagateID")),
            ("post-1".into(), "2".into(), "post-1".into())
        );
        assert_eq!(
            (of(1, "ProduceID"), of(1, "Label"), &reports[1]["layers"]),
            ("post-2".into(), "1".into(), &Value::from(vec!["metadata"]))
        );
        assert_eq!((&reports[2]["action"], &reports[2]["error"]["kind"]), (&"failed".into(), &"io".into()));
        assert_eq!((of(3, "ProduceID"), &reports[3]["layers"][1]), ("png-4".into(), &"explicit".into()));
        let out: Vec<_> = tree(&folder.path().join("out")).into_keys().collect();
        assert_eq!(out, ["in/a/png.png", "in/b/mp3.mp3", "in/b/png.png"].map(std::path::PathBuf::from));
        assert_ne!(
            std::fs::read(folder.path().join("out/in/a/png.png")).unwrap(),
            std::fs::read(folder.path().join("out/in/b/png.png")).unwrap()
        );
    }
}

#[test]
fn a_wrong_row_stops_everything_before_it_begins() {
    for (row, message) in [
        ("in/b/png.png,x,9,,\n", "m.csv: row 3: level: \"9\" is no level"),
        ("in/b/png.png,一,1,,\n", "m.csv: row 3: "),
        ("in/b/png.png,x,1,made by machine,\n", "m.csv: row 3: the text \"made by machine\""),
        ("in/b/png.png,x,1,,ink\n", "m.csv: row 3: layers: \"ink\" is no layer"),
        ("../png.png,x,1,,\n", "m.csv: row 3: the path ../png.png holds .."),
        ("in/../png.png,x,1,,\n", "m.csv: row 3: the path in/../png.png holds .."),
        ("./in//a/png.png,x,1,,\n", "m.csv: row 3: the path ./in//a/png.png stands in row 2 already"),
        ("in/b/png.png,x\n", "m.csv: row 3: cells: 2"),
        ("in/b/png.png,x\"y\",1,,\n", "m.csv: row 3: a stray quote"),
    ] {
        let folder = with("m.csv", format!("path,id,level,text,layers\nin/a/png.png,y,,,\n{row}"));
        let run = label(folder.path(), &["--manifest", "m.csv", "--out", "out", "--report", "r.jsonl"]);
        assert_eq!((run.code(), run.out().as_str()), (2, ""), "{row}");
        assert!(run.err().contains(message) && run.err().lines().count() == 1, "{row}: {}", run.err());
        assert!(!folder.path().join("out").exists() && !folder.path().join("r.jsonl").exists(), "{row}");
        let zh = label(folder.path(), &["--manifest", "m.csv", "--out", "out", "--lang", "zh"]);
        assert!(zh.err().contains("第 3 行"), "{}", zh.err());
    }
    let folder = with("m.txt", "path\n");
    for args in [
        &["--manifest", "m.txt"][..],
        &["--manifest", "gone.csv"],
        &["--manifest", "m.txt", "in"],
        &["in", "--base", "in"],
    ] {
        assert_eq!(label(folder.path(), &[args, &["--out", "out"]].concat()).code(), 2, "{args:?}");
    }
}

#[test]
fn an_id_in_a_row_is_asked_for() {
    let folder = with("m.csv", "path,id\nin/a/png.png,one\n");
    let args = ["--manifest", "m.csv", "--in-place", "--id", "uuid"];
    assert_eq!(label(folder.path(), &args).json()[0]["action"], "labelled");
    assert_eq!(label(folder.path(), &args).json()[0]["action"], "unchanged");
    std::fs::write(folder.path().join("m.csv"), "path,id\nin/a/png.png,two\n").unwrap();
    assert_eq!(label(folder.path(), &args).json()[0]["action"], "refused");
    std::fs::write(folder.path().join("m.csv"), "path,id\nin/a/png.png,\n").unwrap();
    assert_eq!(label(folder.path(), &args).json()[0]["action"], "unchanged");
}

#[test]
fn gb18030_is_read_when_asked_for() {
    // in/a/图.png in GB18030.
    let folder = with("m.csv", b"path,text\nin/a/\xcd\xbc.png,AI\xc9\xfa\xb3\xc9\n");
    std::fs::rename(folder.path().join("in/a/png.png"), folder.path().join("in/a/图.png")).unwrap();
    let args = ["--manifest", "m.csv", "--in-place"];
    let run = label(folder.path(), &args);
    assert!(run.code() == 2 && run.err().contains("row 2: the text is not UTF-8"), "{}", run.err());
    let run = label(folder.path(), &[&args[..], &["--manifest-encoding", "gb18030"]].concat());
    assert_eq!((run.code(), &run.json()[0]["path"]), (0, &"in/a/图.png".into()));
}

#[test]
fn lists_keep_their_folders_and_base_moves_them() {
    let folder = with("list", "a/png.png\nb\n");
    let keys = |dir: &str| {
        tree(&folder.path().join(dir)).into_keys().map(|p| p.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let run = label(folder.path(), &["--files-from", "list", "--base", "in", "--out", "o1"]);
    assert_eq!((run.code(), &run.json()[0]["path"]), (0, &"a/png.png".into()), "{}", run.err());
    assert_eq!(keys("o1"), ["a/png.png", "b/mp3.mp3", "b/png.png"]);
    let absolute = folder.path().join("in/a/png.png");
    std::fs::write(folder.path().join("m.jsonl"), format!("{}\n", serde_json::json!({"path": absolute}))).unwrap();
    assert_eq!(label(folder.path(), &["--manifest", "m.jsonl", "--base", "in", "--out", "o2"]).code(), 0);
    assert_eq!(keys("o2"), ["a/png.png"]);
    assert_eq!(label(folder.path(), &["--manifest", "m.jsonl", "--out", "o3"]).code(), 0);
    assert_eq!(keys("o3"), ["png.png"]);
    let run = label(folder.path(), &["--manifest", "m.jsonl", "--base", "in/b", "--out", "o4"]);
    assert!(run.code() == 2 && run.err().contains("below --base"), "{}", run.err());
    std::fs::write(folder.path().join("list"), "in/a/png.png\n../x.png\n").unwrap();
    let run = label(folder.path(), &["--files-from", "list", "--out", "o5"]);
    assert!(run.code() == 2 && run.err().contains("entry 2"), "{}", run.err());
}

#[test]
fn what_an_uploader_declares_counts_for_the_file() {
    let folder = with("m.csv", "path,declared\nin/a/png.png,true\nin/b/png.png,false\nin/a/txt.txt,\n");
    let verdicts = |args: &[&str]| {
        let args = [&["verify", "--json", "--allow-unlabelled", "--manifest", "m.csv"], args].concat();
        run(folder.path(), &args).json().iter().map(|r| r["verdict"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&[]), ["possible", "none", "none"]);
    assert_eq!(verdicts(&["--declared"]), ["possible", "none", "possible"]);
    std::fs::write(folder.path().join("m.csv"), "path,text\nin/a/png.png,1\n").unwrap();
    let run = run(folder.path(), &["verify", "--manifest", "m.csv"]);
    let message = "unknown column \"text\"; there are path, id, declared";
    assert!(run.code() == 2 && run.err().contains(message), "{}", run.err());
}

#[test]
fn a_file_that_is_given_twice_is_labelled_once() {
    let folder = with("x", "");
    std::os::unix::fs::symlink("png.png", folder.path().join("in/a/link.png")).unwrap();
    let before = std::fs::read(folder.path().join("in/b/png.png")).unwrap();
    let run = label(folder.path(), &["in/b/png.png", "in/a", "./in/b/../b/png.png", "--in-place", "--id", "uuid"]);
    let actions: Vec<_> = run
        .json()
        .iter()
        .map(|r| (r["path"].as_str().unwrap().to_owned(), r["action"].as_str().unwrap().to_owned()))
        .collect();
    let wanted = [
        ("in/b/png.png", "labelled"),
        ("in/a/link.png", "labelled"),
        ("in/a/png.png", "refused"),
        ("in/a/txt.txt", "labelled"),
        ("./in/b/../b/png.png", "refused"),
    ];
    assert_eq!(actions, wanted.map(|(p, a)| (p.to_owned(), a.to_owned())));
    assert_eq!(run.code(), 3);
    assert_ne!(std::fs::read(folder.path().join("in/b/png.png")).unwrap(), before);
}
