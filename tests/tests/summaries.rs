//! What the last lines of a run count: layers, reasons for those that are missing, verdicts.

use std::path::Path;

use biaoshi_tests::{OTHER, PRODUCER, Run, TempDir, command, fixture, run, scratch};

/// A picture, pictures without an explicit layer, a lossy one.
fn mixed() -> TempDir {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    for name in ["png.png", "heic.heic", "svg.svg", "webp.webp", "txt.txt"] {
        std::fs::write(folder.path().join("in").join(name), fixture(name)).unwrap();
    }
    folder
}

fn label(folder: &Path, more: &[&str]) -> Run {
    run(folder, &[&["label", "in", "--producer", PRODUCER][..], more].concat())
}

const EN: [&str; 4] = [
    "5 labelled (metadata 5, explicit 2), 0 unchanged, 0 refused, 0 failed",
    "explicit label missing in 3:",
    "       2  no explicit label for such files yet (heic, svg)",
    "       1  ",
];

fn last(run: &Run, lines: usize) -> Vec<String> {
    let out = run.out();
    let all: Vec<_> = out.lines().map(str::to_owned).collect();
    all[all.len() - lines..].to_vec()
}

#[test]
fn a_missing_layer_does_not_look_like_success() {
    let folder = mixed();
    for (more, out) in [(&[][..], "a"), (&["--isolate"], "b")] {
        let told = label(folder.path(), &[&["--out", out][..], more].concat());
        assert_eq!((told.code(), &last(&told, 4)[..3]), (0, &EN.map(str::to_owned)[..3]), "{}", told.out());
        assert!(last(&told, 1)[0].starts_with(EN[3]) && last(&told, 1)[0].ends_with("(webp)"), "{}", told.out());
    }
    let told = label(folder.path(), &["--out", "c", "--lang", "zh"]);
    assert_eq!(last(&told, 4)[0], "已标识 5(元数据 5,显式 2),未改动 0,已拒绝 0,失败 0");
    assert_eq!(last(&told, 4)[1], "3 个文件没有显式标识:");
    let json = label(folder.path(), &["--out", "d", "--json"]);
    assert_eq!((json.json().len(), json.err().as_str()), (5, ""));
    let codes: Vec<_> =
        json.json().iter().filter_map(|r| r["skipped"][0]["code"].as_str().map(str::to_owned)).collect();
    assert_eq!((codes.len(), &*codes[0]), (3, "explicit.format"));
}

#[test]
fn a_quiet_run_says_one_line_about_what_the_law_asks_for() {
    let folder = mixed();
    let quiet = label(folder.path(), &["--out", "a", "-q"]);
    let line = "biaoshi: explicit label missing in 3 of 5 files; without -q the reasons are told\n";
    assert_eq!((quiet.code(), quiet.out().as_str(), quiet.err().as_str()), (0, "", line));
    let mut piped = command(folder.path());
    piped.args(["label", "-", "-q", "--producer", PRODUCER]);
    let input = std::fs::File::open(folder.path().join("in/webp.webp")).unwrap();
    let piped = Run(piped.stdin(input).output().unwrap());
    assert!(piped.code() == 0 && piped.err().contains("missing in 1 of 1 files"), "{}", piped.err());
    // Who names the metadata alone asks for no more.
    let quiet = label(folder.path(), &["--out", "b", "-q", "--layers", "metadata"]);
    assert_eq!((quiet.code(), quiet.err().as_str()), (0, ""));
}

#[test]
fn files_of_an_earlier_run_are_counted_with_their_layers() {
    let folder = mixed();
    label(folder.path(), &["--out", "a", "--resume", "j"]);
    let told = label(folder.path(), &["--out", "a", "--resume", "j"]);
    assert_eq!(last(&told, 4)[0], format!("{} (5 of them by an earlier run)", EN[0]));
    assert_eq!(last(&told, 4)[1..3], EN[1..3]);
}

#[test]
fn verify_ends_with_the_verdicts() {
    let folder = mixed();
    label(folder.path(), &["--out", "out"]);
    std::fs::write(folder.path().join("out/cut.png"), &fixture("png.png")[..17]).unwrap();
    std::fs::copy(folder.path().join("in/png.png"), folder.path().join("out/clean.png")).unwrap();
    let line =
        "7 files: 5 confirmed, 0 possible, 0 suspected, 1 none, 1 could not be read; findings: 0 errors, 0 warnings";
    for more in [&[][..], &["--isolate"]] {
        let told = run(folder.path(), &[&["verify", "out"][..], more].concat());
        assert_eq!((told.code(), &*last(&told, 1)[0]), (3, line));
    }
    run(folder.path(), &["verify", "out", "--resume", "j"]);
    let told = run(folder.path(), &["verify", "out", "--resume", "j"]);
    assert_eq!(last(&told, 1)[0], format!("{line} (6 of them by an earlier run)"));
    let told = run(folder.path(), &["verify", "out", "--lang", "zh"]);
    assert_eq!(last(&told, 1)[0], "7 个文件:属于 5,可能 0,疑似 0,未发现 1,无法读取 1;问题:错误 0,警告 0");
    for silent in ["-q", "--json"] {
        assert!(!run(folder.path(), &["verify", "out", silent]).out().contains("7 files"));
    }
    assert_eq!(run(folder.path(), &["verify", "out/png.png"]).out().lines().count(), 2);
}

#[test]
fn counts_alone_are_the_last_lines_or_an_object() {
    let folder = mixed();
    let told = label(folder.path(), &["--out", "a", "--stats"]);
    assert_eq!((told.code(), told.out().lines().count(), told.out().lines().next()), (0, 4, Some(EN[0])));
    let counts = &label(folder.path(), &["--out", "b", "--stats", "--json", "--report", "r.jsonl"]).json()[..];
    let [counts] = counts else { panic!("{counts:?}") };
    assert_eq!((&counts["schema"], &counts["files"]), (&"biaoshi.stats/1".into(), &5.into()));
    assert_eq!((&counts["actions"]["labelled"], &counts["layers"]["explicit"]["carried"]), (&5.into(), &2.into()));
    assert_eq!(counts["layers"]["explicit"]["missing"]["explicit.format"], 2);
    // Reports have every file all the same.
    assert_eq!(std::fs::read_to_string(folder.path().join("r.jsonl")).unwrap().lines().count(), 5);
    // One file is counted too, and an earlier run's.
    let one = run(folder.path(), &["verify", "a/png.png", "--stats", "--resume", "j"]);
    assert_eq!(one.out().lines().count(), 1, "{}", one.out());
    let again = &run(folder.path(), &["verify", "a/png.png", "--stats", "--resume", "j", "--json"]).json()[0];
    assert_eq!(
        (&again["files"], &again["earlier"], &again["verdicts"]["confirmed"]),
        (&1.into(), &1.into(), &1.into())
    );
}

#[test]
fn what_was_looked_for_is_counted() {
    let folder = mixed();
    label(folder.path(), &["--out", "out"]);
    std::fs::write(folder.path().join("out/renamed.jpg"), fixture("png.png")).unwrap();
    let args = ["verify", "out", "--layers", "metadata,explicit,watermark"];
    let found = "; explicit label found in 2 of 4; watermark found in 0 of 4; findings: 0 errors, 2 warnings";
    let told = run(folder.path(), &args);
    assert!(last(&told, 1)[0].contains(found), "{}", last(&told, 1)[0]);
    let told = run(folder.path(), &[&args[..], &["--lang", "zh"]].concat());
    assert!(last(&told, 1)[0].contains(";显式标识:4 个中发现 2;水印:4 个中发现 0;问题:"), "{}", last(&told, 1)[0]);
    let counts = &run(folder.path(), &[&args[..], &["--stats", "--json"]].concat()).json()[0];
    assert_eq!(counts["explicit"], serde_json::json!({ "files": 4, "found": 2 }));
    assert_eq!((&counts["findings"]["warning"], &counts["codes"]["file.extension"]), (&2.into(), &1.into()));
    assert!(run(folder.path(), &["verify", "out", "--stats", "--json"]).json()[0]["explicit"].is_null());
}

/// People get the verdict and the sentence to show; standard input goes through.
#[test]
fn the_public_is_told_what_a_platform_found() {
    let folder = scratch();
    let generated =
        b"parameters\0a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 123, Size: 512x512, Model: v1-5";
    let (clean, mut traced) = (fixture("png.png"), fixture("png.png"));
    traced.splice(33..33, biaoshi_container::png::encode(*b"tEXt", generated));
    std::fs::write(folder.path().join("a.png"), traced).unwrap();
    std::fs::write(folder.path().join("b.png"), clean).unwrap();
    let done = run(folder.path(), &["propagate", "a.png", "b.png", "--out", "out", "--propagator", OTHER]);
    assert_eq!(done.code(), 0, "{}", done.err());
    let out = done.out();
    assert!(
        out.contains("suspected  propagated a.png -> out/a.png  “This content is suspected to be AI-generated”"),
        "{out}"
    );
    assert!(out.contains("none       unchanged  b.png -> out/b.png\n"), "{out}");
    assert!(out.ends_with("0 confirmed, 0 possible, 1 suspected, 1 none\n1 propagated (metadata 1), 1 unchanged, 0 refused, 0 failed\n"), "{out}");
    let mut piped = command(folder.path());
    piped.args(["propagate", "-", "--stdin-name", "t.txt", "--declared", "--propagator", OTHER]);
    std::fs::write(folder.path().join("t.txt"), "words\n").unwrap();
    let piped = piped.stdin(std::fs::File::open(folder.path().join("t.txt")).unwrap()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&piped.stdout), String::from_utf8_lossy(&piped.stderr));
    assert!(piped.status.success() && out.starts_with("words\n") && out.contains("\"Label\":\"2\""), "{out}{err}");
    assert!(err.contains("This content may be AI-generated"), "{err}");
}
