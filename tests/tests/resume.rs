//! `--resume`: killed at any moment and started again, a run ends as if nothing had happened.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use biaoshi_tests::{PRODUCER, Run, TempDir, command, fixtures, lines, many, run, scratch, tree};

const LABEL: [&str; 10] =
    ["label", "in", "--out", "out", "--producer", PRODUCER, "--id", "{stem}-{index}", "--resume", "journal"];

fn few() -> TempDir {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    for fixture in fixtures().iter().filter(|f| ["png.png", "txt.txt", "wav.wav"].contains(&f.name.as_str())) {
        std::fs::copy(&fixture.path, folder.path().join("in").join(&fixture.name)).unwrap();
    }
    folder
}

fn again(folder: &Path, more: &[&str]) -> Run {
    run(folder, &[&LABEL[..], more].concat())
}

fn out(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    tree(&folder.join("out"))
}

/// Kills at 15 moments, three times a round, spread over the time that a whole run takes; then lets the run end.
#[test]
fn killed_at_any_moment_it_ends_as_if_nothing_had_happened() {
    let folder = many(4);
    let started = Instant::now();
    let whole = again(folder.path(), &["--report", "whole.jsonl", "-q"]);
    let (took, code) = (started.elapsed(), whole.code());
    assert_eq!(code, 0, "{}", whole.err());
    let wanted = out(folder.path());
    let report = lines(&folder.path().join("whole.jsonl"));
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut resumed = 0;
    for round in 0..5 {
        std::fs::remove_dir_all(folder.path().join("out")).unwrap();
        std::fs::remove_file(folder.path().join("journal")).unwrap();
        for _ in 0..3 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let wait = took.mul_f64((seed >> 33) as f64 / f64::from(1_u32 << 31));
            let mut child = command(folder.path()).args(LABEL).arg("-q").spawn().unwrap();
            std::thread::sleep(wait);
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let end = again(folder.path(), &["--report", "r.jsonl", "--report", "r.csv"]);
        assert_eq!(end.code(), 0, "round {round}: {}", end.err());
        resumed += usize::from(end.out().contains("by an earlier run"));
        assert!(out(folder.path()) == wanted, "round {round}: the trees differ");
        assert!(lines(&folder.path().join("r.jsonl")) == report, "round {round}: the reports differ");
        assert_eq!(std::fs::read_to_string(folder.path().join("r.csv")).unwrap().lines().count(), report.len() + 1);
    }
    println!("{resumed} of 5 rounds found files of an earlier run ({} files, {took:?})", wanted.len());
    assert!(resumed > 0, "no round was killed late enough to have a journal");
}

#[test]
fn killed_in_place_it_ends_as_if_nothing_had_happened() {
    let folder = many(2);
    let clean = tree(&folder.path().join("in"));
    let args = ["label", "in", "--in-place", "--producer", PRODUCER, "--id", "{stem}", "--resume", "journal", "-q"];
    let started = Instant::now();
    assert_eq!(run(folder.path(), &args).code(), 0);
    let took = started.elapsed();
    let wanted = tree(&folder.path().join("in"));
    for part in [0.2, 0.5, 0.8] {
        for (path, bytes) in &clean {
            std::fs::write(folder.path().join("in").join(path), bytes).unwrap();
        }
        std::fs::remove_file(folder.path().join("journal")).unwrap();
        let mut child = command(folder.path()).args(args).spawn().unwrap();
        std::thread::sleep(took.mul_f64(part));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(run(folder.path(), &args).code(), 0);
        assert!(tree(&folder.path().join("in")) == wanted, "{part}");
    }
}

#[test]
fn a_finished_run_does_nothing_again_and_says_everything_again() {
    let folder = few();
    let first = again(folder.path(), &["--json"]);
    let times = || {
        ["png.png", "txt.txt", "wav.wav"]
            .map(|n| folder.path().join("out").join(n).metadata().unwrap().modified().unwrap())
    };
    let before = times();
    let second = again(folder.path(), &["--json"]);
    assert_eq!((first.code(), second.code(), first.out()), (0, 0, second.out()));
    assert_eq!(times(), before);
    assert!(again(folder.path(), &[]).out().contains(
        "3 labelled (metadata 3, explicit 3), 0 unchanged, 0 refused, 0 failed (3 of them by an earlier run)"
    ));
}

#[test]
fn what_changed_is_done_again_and_what_failed_is_tried_again() {
    let folder = few();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("in/zz.png"), "no picture").unwrap();
    let actions = |run: &Run| run.json().iter().map(|r| r["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let first = again(folder.path(), &["--json"]);
    assert_eq!(
        (first.code(), actions(&first)),
        (3, ["labelled", "labelled", "labelled", "refused"].map(String::from).to_vec())
    );
    // A failure of an earlier run counts, since it is tried again.
    assert_eq!(again(folder.path(), &[]).code(), 3);
    std::fs::copy(path("in/png.png"), path("in/zz.png")).unwrap();
    std::fs::write(path("in/txt.txt"), "another text\n").unwrap();
    std::fs::remove_file(path("out/wav.wav")).unwrap();
    std::fs::write(path("out/png.png"), "somebody changed it").unwrap();
    let end = again(folder.path(), &["--json"]);
    assert_eq!((end.code(), actions(&end)), (0, vec!["labelled".to_owned(); 4]), "{}", end.err());
    assert!(std::fs::read_to_string(path("out/txt.txt")).unwrap().contains("another text"));
    assert!(path("out/wav.wav").is_file());
    assert!(std::fs::read(path("out/png.png")).unwrap().starts_with(b"\x89PNG"));
}

/// Outputs that were there before the first run are nobody's to replace, whether that run reached them or not.
#[test]
fn outputs_of_others_stay() {
    let folder = few();
    std::fs::create_dir(folder.path().join("out")).unwrap();
    std::fs::write(folder.path().join("out/txt.txt"), "mine").unwrap();
    for _ in 0..2 {
        assert_eq!(again(folder.path(), &[]).code(), 3);
        assert_eq!(std::fs::read(folder.path().join("out/txt.txt")).unwrap(), b"mine");
    }
    // The journal of a run that was killed before it wrote anything but its first line.
    let journal = std::fs::read_to_string(folder.path().join("journal")).unwrap();
    std::fs::write(folder.path().join("journal"), format!("{}\n", journal.lines().next().unwrap())).unwrap();
    assert_eq!(again(folder.path(), &["-q"]).code(), 3);
    assert_eq!(std::fs::read(folder.path().join("out/txt.txt")).unwrap(), b"mine");
}

#[test]
fn a_journal_belongs_to_one_command_and_one_run() {
    let folder = few();
    assert_eq!(again(folder.path(), &[]).code(), 0);
    let journal = std::fs::read(folder.path().join("journal")).unwrap();
    let mut wrong: Vec<Vec<&str>> =
        [&["--level", "2"][..], &["--overwrite"], &["--corner", "top-left"], &["--limit-input", "1G"]]
            .iter()
            .map(|more| [&LABEL[..], more].concat())
            .collect();
    wrong.push(vec!["verify", "in", "--resume", "journal"]);
    for args in &wrong {
        let run = run(folder.path(), args);
        assert!(run.code() == 2 && run.err().contains("another command line"), "{args:?}: {}", run.err());
        assert_eq!(run.err().lines().count(), 1);
    }
    assert!(std::fs::read(folder.path().join("journal")).unwrap() == journal);
    // How results are shown, and on how many threads, is the same command.
    for more in [&["--json"][..], &["-q"], &["--jobs", "1"], &["--lang", "zh"], &["--report", "r.csv"]] {
        assert_eq!(again(folder.path(), more).code(), 0, "{more:?}");
    }
    let taken = std::fs::File::open(folder.path().join("journal")).unwrap();
    taken.lock().unwrap();
    let run = again(folder.path(), &[]);
    assert!(run.code() == 2 && run.err().contains("another run is using"), "{}", run.err());
    drop(taken);
    std::fs::write(folder.path().join("journal"), [&journal[..], b"{\"path\":\"in/x"].concat()).unwrap();
    assert_eq!(again(folder.path(), &[]).code(), 0);
    for (name, bytes) in [("no.png", &b"\x89PNG"[..]), ("dir/j", b"")] {
        let _ = std::fs::write(folder.path().join(name), bytes);
        let run = biaoshi_tests::run(folder.path(), &[&LABEL[..9], &[name]].concat());
        assert!(run.code() == 2 && run.err().lines().count() == 1, "{name}: {}", run.err());
    }
    assert_eq!(again(folder.path(), &["--dry-run"]).code(), 2);
}

#[test]
fn a_finished_row_that_changed_is_a_wrong_command_line() {
    let folder = few();
    let path = folder.path().join("m.csv");
    let args = ["label", "--manifest", "m.csv", "--out", "out", "--producer", PRODUCER, "--resume", "journal"];
    std::fs::write(&path, "path,id\nin/png.png,1\n").unwrap();
    assert_eq!((run(folder.path(), &args).code(), run(folder.path(), &args).code()), (0, 0));
    std::fs::write(&path, "path,id\nin/png.png,2\n").unwrap();
    assert_eq!(run(folder.path(), &args).code(), 2);
}

#[test]
fn verify_goes_on_too() {
    let folder = many(2);
    std::fs::write(folder.path().join("in/000/zz.png"), b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\xff").unwrap();
    let args = ["verify", "in", "--json", "--resume", "journal"];
    let whole = run(folder.path(), &args);
    assert_eq!(whole.code(), 3);
    let again = run(folder.path(), &args);
    assert_eq!((again.code(), again.out() == whole.out()), (3, true));
    std::fs::remove_file(folder.path().join("journal")).unwrap();
    // Killed in the middle: what has been printed is not lost.
    let mut child = command(folder.path()).args(args).stdout(Stdio::piped()).spawn().unwrap();
    let read = std::io::BufReader::new(child.stdout.take().unwrap()).lines().take(20).count();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(read <= 20);
    let end = run(folder.path(), &args);
    assert!((end.code(), end.out()) == (3, whole.out()));
    std::fs::write(folder.path().join("in/000/zz.png"), "x").unwrap();
    std::thread::sleep(Duration::from_millis(5));
    std::fs::remove_file(folder.path().join("in/000/zz.png")).unwrap();
    // Files without a label are findings of the earlier run, and still count.
    assert_eq!(run(folder.path(), &args).code(), 1);
}
