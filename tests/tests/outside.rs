//! Files that are no content of ours, and what is kept of those that are: filters, unknown formats, names, times, backups.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use biaoshi_tests::{PRODUCER, Run, TempDir, command, fixture, run, scratch, tree};
use serde_json::{Value, json};

const PICTURES: [&str; 4] = ["a.png", "b.PNG", "thumbs/a.png", "x/thumbs/c.png"];

/// Pictures in several folders, a text, something else.
fn files() -> TempDir {
    let folder = scratch();
    for folders in ["in/thumbs", "in/x/thumbs"] {
        std::fs::create_dir_all(folder.path().join(folders)).unwrap();
    }
    for name in PICTURES {
        std::fs::write(folder.path().join("in").join(name), fixture("png.png")).unwrap();
    }
    std::fs::write(folder.path().join("in/t.txt"), fixture("txt.txt")).unwrap();
    std::fs::write(folder.path().join("in/x/data.bin"), b"\x01\x02\x03\x04").unwrap();
    folder
}

fn label(folder: &Path, more: &[&str]) -> Run {
    run(folder, &[&["label", "--producer", PRODUCER, "--layers", "metadata", "--json"][..], more].concat())
}

/// The files of a run without their folder `in`.
fn paths(run: &Run) -> Vec<String> {
    let path = |r: &Value| r["path"].as_str().or(r["before"].as_str()).unwrap().trim_start_matches("in/").to_owned();
    run.json().iter().map(path).collect()
}

#[test]
fn folders_and_lists_are_filtered_and_named_files_are_not() {
    let folder = files();
    let seen = |more: &[&str]| paths(&run(folder.path(), &[&["verify", "in", "--json"][..], more].concat()));
    assert_eq!(seen(&["--ext", "Png"]), PICTURES);
    assert_eq!(seen(&["--ext", "png", "--exclude", "thumbs"]), ["a.png", "b.PNG"]);
    assert_eq!(seen(&["--include", "*.png", "--exclude", "x/**"]), ["a.png", "thumbs/a.png"]);
    assert_eq!(seen(&["--include", "**/thumbs/*", "--include", "*.txt"]), ["t.txt", "thumbs/a.png", "x/thumbs/c.png"]);
    assert_eq!(seen(&["in/t.txt", "--ext", "bin"]), ["x/data.bin", "t.txt"]);
    std::fs::write(folder.path().join("list"), "in/a.png\nin/t.txt\nin/thumbs/a.png\n").unwrap();
    let listed =
        run(folder.path(), &["verify", "--files-from", "list", "--ext", "png", "--exclude", "thumbs/", "--json"]);
    assert_eq!(paths(&listed), ["a.png"]);
    let labelled = label(folder.path(), &["in", "--out", "out", "--include", "x/**", "--ext", "png"]);
    assert_eq!((labelled.code(), paths(&labelled)), (0, vec!["x/thumbs/c.png".to_owned()]));
    let carried = run(folder.path(), &["carry", "out/x/thumbs/c.png", "in", "--out", "c", "--ext", "txt", "--json"]);
    assert_eq!(paths(&carried), ["t.txt"]);
    let compared = run(folder.path(), &["diff", "in", "in", "--ext", "txt", "--json"]);
    assert_eq!(paths(&compared), ["t.txt"]);
}

#[test]
fn a_wrong_pattern_and_a_filtered_manifest_are_wrong_command_lines() {
    let folder = files();
    for lang in ["en", "zh"] {
        let wrong = run(folder.path(), &["verify", "in", "--exclude", "[a", "--lang", lang]);
        assert!(wrong.code() == 2 && wrong.err().contains("\"[a\""), "{}", wrong.err());
    }
    std::fs::write(folder.path().join("m.csv"), "path\nin/a.png\n").unwrap();
    assert_eq!(run(folder.path(), &["verify", "--manifest", "m.csv", "--ext", "png"]).code(), 2);
    // Another filter is another run.
    let resumed = |more: &[&str]| label(folder.path(), &[&["in", "--out", "o", "--resume", "j"][..], more].concat());
    assert_eq!((resumed(&["--ext", "png"]).code(), resumed(&["--ext", "txt"]).code()), (0, 2));
}

#[test]
fn unknown_formats_are_counted_and_forgiven_apart_from_damage() {
    let folder = files();
    let told = run(folder.path(), &["label", "in", "--out", "a", "--producer", PRODUCER]);
    let line = "5 labelled (metadata 5, explicit 5), 0 unchanged, 1 unsupported, 0 refused, 0 failed";
    assert_eq!((told.code(), told.out().lines().last()), (3, Some(line)), "{}", told.err());
    let refused = label(folder.path(), &["in/x/data.bin", "--out", "b"]);
    let error = &refused.json()[0]["error"];
    assert_eq!((refused.code(), &error["kind"]), (3, &json!("unsupported")));
    assert_eq!(label(folder.path(), &["in", "--out", "b", "--allow-unsupported"]).code(), 0);
    assert_eq!(run(folder.path(), &["verify", "b", "in/x", "--allow-unsupported"]).code(), 1, "no label in two files");
    let forgiven = run(folder.path(), &["verify", "b", "in/x/data.bin", "--allow-unsupported", "--resume", "j"]);
    assert_eq!(forgiven.code(), 0, "{}", forgiven.out());
    let last = "6 files: 5 confirmed, 0 possible, 0 suspected, 0 none, 0 could not be read, 1 unsupported; findings: 0 errors, 0 warnings";
    assert_eq!(forgiven.out().lines().last(), Some(last));
    let again = run(folder.path(), &["verify", "b", "in/x/data.bin", "--allow-unsupported", "--resume", "j"]);
    assert!(again.code() == 0 && again.out().contains(last), "{}", again.out());
    let carried = ["carry", "b/a.png", "in", "--out", "c", "--allow-unsupported"];
    assert_eq!(run(folder.path(), &carried).code(), 0);
    // Damage of a format of ours is no unknown format, nor is what is not there.
    std::fs::write(folder.path().join("in/cut.png"), &fixture("png.png")[..17]).unwrap();
    assert_eq!(label(folder.path(), &["in/cut.png", "--out", "d", "--allow-unsupported"]).code(), 3);
    assert_eq!(label(folder.path(), &["in/gone", "--out", "d", "--allow-unsupported"]).code(), 3);
    assert_eq!(run(folder.path(), &["verify", "in/cut.png", "--allow-unsupported"]).code(), 3);
}

#[test]
fn unknown_formats_are_copied_on_request() {
    let folder = files();
    let args = ["in", "--out", "out", "--copy-unsupported", "--resume", "j", "-P"];
    for _ in 0..2 {
        let told = label(folder.path(), &args);
        assert_eq!(told.code(), 0, "{}", told.out());
        let report = &told.json()[4];
        assert_eq!(
            (&report["action"], &report["output"], &report["error"]),
            (&json!("copied"), &json!("out/x/data.bin"), &Value::Null)
        );
    }
    assert_eq!(std::fs::read(folder.path().join("out/x/data.bin")).unwrap(), b"\x01\x02\x03\x04");
    let told = run(folder.path(), &["label", "in", "--out", "b", "--producer", PRODUCER, "--copy-unsupported"]);
    assert!(told.out().contains(", 0 unchanged, 1 copied, 0 refused,"), "{}", told.out());
    let there = label(folder.path(), &["in/x/data.bin", "--out", "b/x", "--copy-unsupported"]);
    assert_eq!((there.code(), &there.json()[0]["action"]), (3, &json!("refused")));
    for wrong in
        [&["in", "--in-place", "--copy-unsupported"][..], &["in", "--out", "d", "--copy-unsupported", "--sidecar"]]
    {
        assert_eq!(label(folder.path(), wrong).code(), 2, "{wrong:?}");
    }
}

fn long_ago() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789)
}

fn modified(path: &Path) -> SystemTime {
    path.metadata().unwrap().modified().unwrap()
}

#[test]
fn outputs_keep_the_time_of_their_inputs_on_request() {
    let folder = files();
    let input = folder.path().join("in/a.png");
    std::fs::File::options().write(true).open(&input).unwrap().set_modified(long_ago()).unwrap();
    label(folder.path(), &["in/a.png", "--out", "new"]);
    assert_ne!(modified(&folder.path().join("new/a.png")), long_ago());
    for n in 0..2 {
        let told = label(folder.path(), &["in/a.png", "--out", "old", "--preserve", "--resume", "j"]);
        assert_eq!((told.code(), &told.json()[0]["action"]), (0, &json!("labelled")), "{n}");
    }
    assert_eq!(modified(&folder.path().join("old/a.png")), long_ago());
    for action in ["labelled", "labelled"] {
        // The journal's line is repeated: nothing is done again.
        let told = label(folder.path(), &["in/a.png", "--in-place", "-P", "--resume", "i"]);
        assert_eq!((told.code(), &told.json()[0]["action"]), (0, &json!(action)));
        assert_eq!(modified(&input), long_ago());
    }
}

#[test]
fn what_is_replaced_in_place_stays_under_another_name() {
    let folder = files();
    let before = tree(&folder.path().join("in"));
    let args = ["in", "--in-place", "--backup", ".orig", "--exclude", "*.bin"];
    let told = label(folder.path(), &args);
    assert_eq!((told.code(), told.json().len()), (0, 5), "{}", told.out());
    let backed = |name: &Path| PathBuf::from(format!("{}.orig", name.display()));
    let after = tree(&folder.path().join("in"));
    for (name, bytes) in before.iter().filter(|(name, _)| !name.ends_with("data.bin")) {
        assert!(after[&backed(name)] == *bytes && after[name] != *bytes, "{}", name.display());
    }
    // Backups are no inputs; what is unchanged needs none.
    let again = label(folder.path(), &args);
    assert_eq!((again.code(), again.json().len()), (0, 5));
    assert!(again.json().iter().all(|r| r["action"] == "unchanged") && tree(&folder.path().join("in")) == after);
    let all = label(folder.path(), &["in", "--in-place", "--backup", "ng", "--dry-run", "--ext", "png,txt"]);
    assert_eq!(all.json().len(), 5, "a suffix that other names end with");
    // Nothing is replaced for a backup, and nothing without it.
    let replaced = label(folder.path(), &["in/a.png", "--in-place", "--backup", ".orig", "--replace", "--id", "other"]);
    let error = replaced.json()[0]["error"]["message"].as_str().unwrap().to_owned();
    assert!(replaced.code() == 3 && error.contains("in/a.png.orig"), "{error}");
    assert!(tree(&folder.path().join("in")) == after);
    // That of a run that was killed in between holds the same.
    std::fs::write(folder.path().join("in/a.png.old"), &after[Path::new("a.png")]).unwrap();
    let replaced = label(folder.path(), &["in/a.png", "--in-place", "--backup", ".old", "--replace", "--id", "other"]);
    assert_eq!(replaced.code(), 0, "{}", replaced.out());
    for wrong in [&["--backup", ""][..], &["--backup", "/x"]] {
        assert_eq!(label(folder.path(), &[&["in", "--in-place"][..], wrong].concat()).code(), 2);
    }
    assert_eq!(label(folder.path(), &["in", "--out", "o", "--backup", ".orig"]).code(), 2);
    // As a setting it waits for a run that replaces.
    std::fs::write(folder.path().join("biaoshi.toml"), "[label]\nbackup = '.orig'\ncopy-unsupported = true\n").unwrap();
    assert_eq!(label(folder.path(), &["in/t.txt", "-o", "o.txt"]).code(), 0);
    assert_eq!(label(folder.path(), &["in/t.txt", "--in-place"]).code(), 0);
}

#[test]
fn names_that_are_no_text_come_back_in_base64() {
    let folder = scratch();
    let name = OsStr::from_bytes(b"in/\xd6\xd0.png");
    std::fs::create_dir(folder.path().join("in")).unwrap();
    std::fs::write(folder.path().join(name), fixture("png.png")).unwrap();
    std::fs::write(folder.path().join("in/z.png"), fixture("png.png")).unwrap();
    // Base64 of the bytes.
    let (input, output) = ("aW4v1tAucG5n", "b3V0L9bQLnBuZw==");
    for more in [&[][..], &["--isolate"]] {
        let told = label(folder.path(), &[&["in", "--out", "out", "--overwrite"][..], more].concat());
        let reports = told.json();
        assert_eq!((reports[0].get("path_bytes"), reports[0].get("output_bytes")), (None, None));
        assert_eq!((&reports[1]["path_bytes"], &reports[1]["output_bytes"]), (&json!(input), &json!(output)));
    }
    let seen = run(folder.path(), &["verify", "in", "--json"]);
    assert_eq!(seen.json()[1]["path_bytes"], input);
    let compared = run(folder.path(), &["diff", "in", "out", "--json"]).json();
    assert_eq!((&compared[1]["before_bytes"], &compared[1]["after_bytes"]), (&json!(input), &json!(output)));
    let searched = command(folder.path()).args(["watermark", "detect", "--json"]).arg(name).output().unwrap();
    let searched: Value = serde_json::from_slice(&searched.stdout).unwrap();
    assert_eq!(searched["path_bytes"], input);
}
