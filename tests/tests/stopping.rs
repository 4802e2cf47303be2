//! What a run that is stopped leaves behind without a journal: a line for every file under its final name.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use biaoshi_tests::{PRODUCER, command, fixtures, many, run, scratch, signal, tree};
use rustix::process::Signal;
use serde_json::Value;

const LABEL: [&str; 8] = ["label", "in", "--out", "out", "--producer", PRODUCER, "--json", "--report=r.jsonl"];

/// More than a minute of hashing for any machine, and no disk.
const ENDLESS: u64 = 60 << 30;

fn start(folder: &Path, more: &[&str]) -> Child {
    let lines = std::fs::File::create(folder.join("lines")).unwrap();
    command(folder).args(LABEL).args(more).stdout(lines).stderr(Stdio::null()).spawn().unwrap()
}

/// Files under their final names.
fn finished(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let count = |path: std::path::PathBuf| match path.is_dir() {
        true => finished(&path),
        false => usize::from(!path.file_name().unwrap().to_string_lossy().starts_with(".biaoshi-")),
    };
    entries.map(|e| count(e.unwrap().path())).sum()
}

/// Waits until so many files have their final names.
fn written(folder: &Path, files: usize) {
    let end = Instant::now() + Duration::from_secs(60);
    while finished(&folder.join("out")) < files {
        assert!(Instant::now() < end, "nothing was written");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The outputs that the lines name are those that are there, on standard output and in the report; how many.
fn every_file_has_its_line(folder: &Path) -> usize {
    let there: BTreeSet<String> =
        tree(&folder.join("out")).keys().map(|p| Path::new("out").join(p).display().to_string()).collect();
    for lines in ["lines", "r.jsonl"] {
        let text = std::fs::read_to_string(folder.join(lines)).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "{lines}: half a line");
        let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let other = lines.iter().find(|l| l["action"] != "labelled");
        assert!(other.is_none(), "what was not finished is no failure: {other:?}");
        let told: BTreeSet<String> = lines.iter().map(|l| l["output"].as_str().unwrap().to_owned()).collect();
        assert!(told == there && lines.len() == there.len(), "{:?}", told.symmetric_difference(&there));
    }
    there.len()
}

/// A folder in which the first input never ends.
fn endless(copies: usize) -> biaoshi_tests::TempDir {
    let folder = many(copies);
    let first = std::fs::File::create(folder.path().join("in/000/0.bin")).unwrap();
    first.set_len(ENDLESS).unwrap();
    std::fs::create_dir(folder.path().join("out")).unwrap();
    folder
}

#[test]
fn terminated_it_finishes_the_files_in_hand() {
    for isolate in [&[][..], &["--isolate"]] {
        let folder = many(12);
        std::fs::create_dir(folder.path().join("out")).unwrap();
        let mut child = start(folder.path(), &[&["--jobs", "4", "--grace", "10m"], isolate].concat());
        written(folder.path(), 20);
        signal(&child, Signal::TERM);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let done = every_file_has_its_line(folder.path());
        assert!((20..12 * fixtures().len()).contains(&done), "{done}");
    }
}

/// Under `nohup` it is, also for the program: so the tests may be run there.
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|l| l.strip_prefix("SigIgn:")).unwrap().trim();
    u64::from_str_radix(ignored, 16).unwrap() & 1 == 1
}

/// Files that are finished wait here for the turn of one that does not end.
#[test]
fn a_file_that_takes_longer_than_the_grace_is_left_and_the_others_have_their_lines() {
    let jobs = ["--sidecar", "--jobs", "3"];
    for (grace, isolate) in [("300ms", &[][..]), ("0", &[]), ("300ms", &["--isolate"])] {
        let folder = endless(2);
        let mut child = start(folder.path(), &[&jobs, &["--grace", grace][..], isolate].concat());
        written(folder.path(), 4);
        let sent = Instant::now();
        signal(&child, if hang_up_is_ignored() { Signal::TERM } else { Signal::HUP });
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(sent.elapsed() < Duration::from_secs(20), "{:?}", sent.elapsed());
        assert!(every_file_has_its_line(folder.path()) >= 4, "{grace}");
    }
}

#[test]
fn a_second_signal_of_any_kind_stops_at_once_and_keeps_the_lines() {
    let both = [Signal::INT, Signal::TERM];
    for (first, second) in both.into_iter().flat_map(|first| both.map(|second| (first, second))) {
        let folder = endless(2);
        let mut child = start(folder.path(), &["--sidecar", "--jobs", "3", "--grace", "10m"]);
        written(folder.path(), 4);
        signal(&child, first);
        // The first one is heeded before the second comes: the run would not end by itself.
        std::thread::sleep(Duration::from_millis(100));
        assert!(child.try_wait().unwrap().is_none(), "{first:?}");
        let sent = Instant::now();
        signal(&child, second);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(sent.elapsed() < Duration::from_secs(20), "{:?}", sent.elapsed());
        assert!(every_file_has_its_line(folder.path()) >= 4, "{first:?} {second:?}");
    }
}

/// At whatever moment: between the rename and the line, too.
#[test]
fn stopped_at_any_moment_no_line_is_lost() {
    for wait in 0..16 {
        let folder = many(8);
        std::fs::create_dir(folder.path().join("out")).unwrap();
        let isolate: &[&str] = if wait % 4 == 3 { &["--isolate"] } else { &[] };
        let layers: &[&str] = if wait % 2 == 0 { &["--layers", "metadata"] } else { &[] };
        let mut child = start(folder.path(), &[&["--jobs", "4", "--grace", "0"], layers, isolate].concat());
        written(folder.path(), 1 + wait * 3);
        signal(&child, Signal::TERM);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        every_file_has_its_line(folder.path());
    }
}

#[test]
fn verify_tells_what_it_has_checked() {
    let folder = many(4);
    let args = ["verify", "in", "--json", "--jobs", "2", "--grace", "10m"];
    let mut child = command(folder.path()).args(args).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    signal(&child, Signal::TERM);
    let told: Vec<String> = std::iter::once(first).chain(lines).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let whole = run(folder.path(), &["verify", "in", "--json"]).out();
    // Some behind files that were left, all in order.
    let mut all = whole.lines();
    assert!(told.iter().all(|line| all.any(|other| other == line)), "{} lines", told.len());
    assert!(told.len() < whole.lines().count(), "the run was over before the signal");
}

/// `nohup` asks to live on.
#[test]
fn a_hang_up_that_is_ignored_stays_ignored() {
    let folder = many(2);
    std::fs::create_dir(folder.path().join("out")).unwrap();
    let program = biaoshi_tests::program().display().to_string();
    let line = format!("trap '' HUP; exec {program} {} -q", LABEL.join(" "));
    let mut shell = Command::new("sh");
    let mut child = shell.args(["-c", &line]).current_dir(folder.path()).stdout(Stdio::null()).spawn().unwrap();
    written(folder.path(), 1);
    signal(&child, Signal::HUP);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_wrong_time_is_a_wrong_command_line() {
    let folder = scratch();
    for wrong in ["8", "-1s", "soon"] {
        let run = run(folder.path(), &["verify", "x", &format!("--grace={wrong}")]);
        assert!(run.code() == 2 && run.err().contains("500ms"), "{wrong}: {}", run.err());
    }
}
