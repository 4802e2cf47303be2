//! A ProduceID numbers one content.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use biaoshi_tests::{PRODUCER, Run, TempDir, fixture, run, scratch, tree};
use serde_json::Value;

/// Files in the folder `in`, each with the bytes of a fixture.
fn files(all: &[(&str, &str)]) -> TempDir {
    let folder = scratch();
    for (name, from) in all {
        let path = folder.path().join("in").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, fixture(from)).unwrap();
    }
    folder
}

fn label(folder: &Path, args: &[&str]) -> Run {
    run(folder, &[&["label", "--producer", PRODUCER, "--json"], args].concat())
}

fn actions(run: &Run) -> Vec<String> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    run.json().iter().map(|r| format!("{} {}", text(&r["path"]), text(&r["action"]))).collect()
}

#[test]
fn one_id_for_several_files_is_a_wrong_command_line() {
    let folder = files(&[("a.png", "png.png"), ("b.txt", "txt.txt")]);
    for paths in [&["in"][..], &["in/a.png", "in/b.txt"]] {
        let run = label(folder.path(), &[paths, &["--id", "x-1", "--out", "out"]].concat());
        assert_eq!(run.code(), 2);
        assert!(run.err().contains("{stem}") && run.err().lines().count() == 1, "{}", run.err());
        assert!(!folder.path().join("out").exists());
    }
    assert_eq!(label(folder.path(), &["in/a.png", "--id", "x-1", "--out", "out"]).code(), 0);
    // Rows that have ids of their own need none.
    std::fs::write(folder.path().join("m.csv"), "path,id\nin/a.png,\nin/b.txt,y\n").unwrap();
    assert_eq!(label(folder.path(), &["--manifest", "m.csv", "--id", "x-1", "--out", "o2"]).code(), 0);
    std::fs::write(folder.path().join("m.csv"), "path,id\nin/a.png,\nin/b.txt,\n").unwrap();
    assert_eq!(label(folder.path(), &["--manifest", "m.csv", "--id", "x-1", "--out", "o3"]).code(), 2);
}

#[test]
fn a_value_is_for_one_content_and_equal_bytes_share_it() {
    let all = [
        ("1/a.png", "png.png"),
        ("2/a.png", "png.png"),
        ("2/b.png", "png.png"),
        ("3/a.txt", "txt.txt"),
        ("3/a.wav", "wav.wav"),
    ];
    let wanted = ["1/a.png labelled", "2/a.png labelled", "2/b.png labelled", "3/a.txt refused", "3/a.wav refused"];
    for target in [&["--out", "out"][..], &["--in-place"]] {
        for jobs in ["1", "2", "5"] {
            let folder = files(&all);
            let run = label(folder.path(), &[&["in", "--id", "{stem}", "--jobs", jobs], target].concat());
            assert_eq!((run.code(), actions(&run)), (3, wanted.map(|w| format!("in/{w}")).to_vec()));
            assert_eq!(run.json()[3]["error"]["kind"], "refused");
            assert!(run.json()[4]["error"]["message"].as_str().unwrap().contains("in/1/a.png"));
        }
    }
    // What cannot be the same costs nobody anything.
    let folder = files(&all);
    for (id, out) in [("{stem}-{index}", "o1"), ("{stem}-{uuid}", "o2"), ("sha256", "o3"), ("uuid", "o4")] {
        assert_eq!(label(folder.path(), &["in", "--id", id, "--out", out]).code(), 0, "{id}");
    }
    let name = label(folder.path(), &["in", "--id", "name", "--out", "o5", "--lang", "zh"]);
    assert_eq!(name.code(), 0, "{}", name.err());
}

/// A file of another format has no label, and no number.
#[test]
fn a_file_that_cannot_be_labelled_holds_no_value() {
    let folder = files(&[("a.png", "png.png")]);
    std::fs::write(folder.path().join("in/a.AAE"), "\0\u{1}?").unwrap();
    let run = label(folder.path(), &["in", "--id", "{stem}", "--out", "out"]);
    assert_eq!(actions(&run), ["in/a.AAE refused", "in/a.png labelled"]);
    let run = label(folder.path(), &["in", "--id", "{stem}", "--out", "beside", "--sidecar"]);
    assert_eq!(actions(&run), ["in/a.AAE labelled", "in/a.png refused"]);
}

#[test]
fn names_that_are_no_text_are_told_apart() {
    let folder = files(&[("a.png", "png.png")]);
    let name = |bytes: &[u8]| folder.path().join("in").join(OsStr::from_bytes(bytes));
    std::fs::write(name(b"\xff.txt"), fixture("txt.txt")).unwrap();
    std::fs::write(name(b"\xfe.wav"), fixture("wav.wav")).unwrap();
    let run = label(folder.path(), &["in", "--id", "{stem}", "--out", "out"]);
    let ids: Vec<Value> = run.json().iter().map(|r| r["fields"]["ProduceID"].clone()).collect();
    assert_eq!((run.code(), ids), (0, vec!["a".into(), "%FE".into(), "%FF".into()]));
}

#[test]
fn rows_with_one_id_are_renditions_or_wrong() {
    let folder = files(&[("a.png", "png.png"), ("b.txt", "txt.txt"), ("c.wav", "wav.wav")]);
    let table = |text: &str| std::fs::write(folder.path().join("m.csv"), text).unwrap();
    let args = ["--manifest", "m.csv", "--out", "out", "--overwrite"];
    table("path,id\nin/a.png,1\nin/b.txt,2\nin/c.wav,1\n");
    let wrong = label(folder.path(), &args);
    assert_eq!((wrong.code(), wrong.out()), (2, String::new()));
    assert!(wrong.err().starts_with("biaoshi: m.csv: row 4: the id \"1\" stands in row 2 already"), "{}", wrong.err());
    assert!(wrong.err().contains("--shared-ids"));
    assert_eq!(label(folder.path(), &[&args[..], &["--shared-ids"]].concat()).code(), 0);
    table("path,id,source\nin/a.png,1,\nin/b.txt,1,in/a.png\nin/c.wav,1,./in/a.png\n");
    assert_eq!(label(folder.path(), &args).code(), 0);
    table("path,id,source\nin/a.png,1,x\nin/b.txt,1,y\n");
    assert_eq!(label(folder.path(), &args).code(), 2);
    // An id of a row that a name gives to another file.
    table("path,id\nin/a.png,b\nin/b.txt,\n");
    let run = label(folder.path(), &[&args[..], &["--id", "{stem}"]].concat());
    assert_eq!(actions(&run), ["in/a.png labelled", "in/b.txt refused"]);
    let alone = label(folder.path(), &["in", "--out", "o", "--shared-ids"]);
    assert_eq!(alone.code(), 2, "it means nothing without a manifest");
}

/// What an earlier run finished keeps its number, also against files that stand before it now.
#[test]
fn numbers_of_earlier_runs_are_taken() {
    let folder = files(&[("b/a.png", "png.png")]);
    let args = ["in", "--id", "{stem}", "--out", "out", "--resume", "j"];
    assert_eq!(label(folder.path(), &args).code(), 0);
    std::fs::create_dir(folder.path().join("in/a")).unwrap();
    std::fs::write(folder.path().join("in/a/a.txt"), fixture("txt.txt")).unwrap();
    let run = label(folder.path(), &args);
    assert_eq!(actions(&run), ["in/a/a.txt refused", "in/b/a.png labelled"]);
    // Also when that file is gone.
    std::fs::remove_dir_all(folder.path().join("in/b")).unwrap();
    let run = label(folder.path(), &args);
    assert_eq!(actions(&run), ["in/a/a.txt refused"]);
    assert!(run.err().contains("1 of an earlier run's files are not among the inputs"), "{}", run.err());
    assert_eq!(tree(&folder.path().join("out")).len(), 1);
}
