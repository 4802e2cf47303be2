//! Disks that are full, folders that are read-only, readers that go away: one clear line each, the documented exit code,
//! inputs untouched, nothing left behind.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use biaoshi_tests::{PRODUCER, Run, command, fixtures, many, program, run, scratch, tree};

/// The metadata alone: what else the law asks for is told of even quiet runs.
const LABEL: [&str; 9] = ["label", "in", "--out", "out", "--producer", PRODUCER, "--layers", "metadata", "-q"];

/// Runs the program where `mount` was run before, and lists what is below `out` afterwards. `None`, with a printed
/// reason, where this machine lets nobody mount.
fn mounted(folder: &Path, mount: &str, args: &[&str]) -> Option<Run> {
    std::fs::create_dir_all(folder.join("out")).unwrap();
    let user = if rustix::process::getuid().is_root() { "-m" } else { "-rm" };
    let possible = Command::new("unshare").args([user, "sh", "-c", mount]).current_dir(folder).output();
    if !possible.as_ref().is_ok_and(|o| o.status.success()) {
        println!("skipped: cannot mount here: {possible:?}");
        return None;
    }
    let script = format!("{mount} && {{ \"$0\" \"$@\"; code=$?; find out -type f; exit $code; }}");
    let mut inside = Command::new("unshare");
    inside.args([user, "sh", "-c", &script]).arg(program()).args(args).current_dir(folder).env("LANG", "C");
    Some(Run(inside.output().unwrap()))
}

#[test]
fn a_full_disk_fails_the_files_that_do_not_fit() {
    let folder = many(1);
    // One that can never fit; the others do, but for the last.
    std::fs::write(folder.path().join("in/big.txt"), "line\n".repeat(400_000)).unwrap();
    let before = tree(&folder.path().join("in"));
    let mount = "mount -t tmpfs -o size=1m tmpfs out";
    let Some(run) = mounted(folder.path(), mount, &LABEL) else { return };
    assert_eq!(run.code(), 3, "{}", run.err());
    assert!(tree(&folder.path().join("in")) == before);
    let lines: Vec<_> = run.err().lines().map(str::to_owned).collect();
    assert!(!lines.is_empty() && lines.iter().all(|l| l.contains("No space left on device")), "{}", run.err());
    let written: Vec<_> = run.out().lines().map(str::to_owned).collect();
    assert!(!written.iter().any(|p| p.contains("/.biaoshi-")), "{written:?}");
    assert_eq!(written.len() + lines.len(), before.len());
}

#[test]
fn a_read_only_folder_fails_every_file() {
    let folder = many(1);
    let before = tree(&folder.path().join("in"));
    let count = before.len();
    let mount = "mount --bind out out && mount -o remount,bind,ro out";
    let Some(run) = mounted(folder.path(), mount, &LABEL) else { return };
    assert_eq!((run.code(), run.out().as_str()), (3, ""));
    assert_eq!(run.err().lines().filter(|l| l.contains("Read-only file system")).count(), count, "{}", run.err());
    let mount = "mount --bind in in && mount -o remount,bind,ro in";
    let run = mounted(folder.path(), mount, &["label", "in", "--in-place", "--producer", PRODUCER, "-q"]).unwrap();
    assert_eq!(run.code(), 3);
    assert!(tree(&folder.path().join("in")) == before);
}

#[test]
fn a_journal_on_a_full_disk_ends_the_run() {
    let folder = many(12);
    std::fs::create_dir(folder.path().join("j")).unwrap();
    let mount = "mount -t tmpfs -o size=32k tmpfs j";
    let args = [&LABEL[..], &["--resume", "j/journal"]].concat();
    let Some(run) = mounted(folder.path(), mount, &args) else { return };
    assert_eq!(run.code(), 3);
    assert_eq!(run.err(), "biaoshi: --resume j/journal: No space left on device\n");
}

/// A report or a standard output that cannot be written: the files are labelled all the same.
#[test]
fn full_outlets_are_one_line_each() {
    let folder = many(1);
    let count = tree(&folder.path().join("in")).len();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("full.jsonl")).unwrap();
    let args = [&LABEL[..], &["--report", "full.jsonl", "--report", "whole.jsonl", "--overwrite"]].concat();
    let labelled = run(folder.path(), &args);
    assert_eq!(labelled.code(), 3);
    assert_eq!(labelled.err(), "biaoshi: --report full.jsonl: No space left on device\n");
    assert_eq!(tree(&folder.path().join("out")).len(), count);
    assert_eq!(std::fs::read_to_string(folder.path().join("whole.jsonl")).unwrap().lines().count(), count);
    let full = || Stdio::from(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    for args in [&[&LABEL[..], &["--json", "--overwrite"]].concat()[..], &["verify", "out", "--json"]] {
        let output = command(folder.path()).args(args).stdout(full()).output().unwrap();
        let run = Run(output);
        assert_eq!((run.code(), run.err().as_str()), (3, "biaoshi: standard output: No space left on device\n"));
    }
    let run = run(folder.path(), &["verify", "out", "--report", "gone/r.csv"]);
    assert!(run.code() == 2 && run.err().contains("--report gone/r.csv: No such file"), "{}", run.err());
}

/// Runs with a reader that takes one line of standard output and closes it.
fn deaf(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut child = command(folder).args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_reader_that_closes_the_pipe_hides_no_failure() {
    let folder = many(6);
    let count = tree(&folder.path().join("in")).len();
    let args = [&LABEL[..6], &["--json", "--overwrite"]].concat();
    assert_eq!(deaf(folder.path(), &args), (Some(0), String::new()));
    assert_eq!(tree(&folder.path().join("out")).len(), count, "labelling went on");
    std::fs::write(folder.path().join("in/zz.png"), "no picture").unwrap();
    assert_eq!(deaf(folder.path(), &args), (Some(3), String::new()));
    // Checking ends with its reader: what was seen until then counts. With a report it goes on.
    assert_eq!(deaf(folder.path(), &["verify", "out", "--json"]), (Some(0), String::new()));
    assert_eq!(deaf(folder.path(), &["verify", "in", "--json", "--report", "r.jsonl"]), (Some(1), String::new()));
    assert_eq!(std::fs::read_to_string(folder.path().join("r.jsonl")).unwrap().lines().count(), count + 1);
}

#[test]
fn a_file_that_vanished_is_one_line() {
    let folder = scratch();
    let fixture = fixtures().into_iter().find(|f| f.name == "png.png").unwrap();
    std::fs::copy(&fixture.path, folder.path().join("a.png")).unwrap();
    std::fs::write(folder.path().join("list"), "a.png\nb.png\nc/d.png\n").unwrap();
    let run = run(folder.path(), &["label", "--files-from", "list", "--out", "out", "--producer", PRODUCER, "-q"]);
    assert_eq!(run.code(), 3);
    let lines: Vec<_> = run.err().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines.iter().zip(["b.png", "c/d.png"]).all(|(l, p)| l.contains(p) && l.contains("No such file")),
        "{lines:?}"
    );
    assert_eq!(tree(&folder.path().join("out")).len(), 1);
}
