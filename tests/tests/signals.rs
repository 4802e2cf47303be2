//! Ctrl-C and the signal to terminate: whole files and nothing else, at whatever moment.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use biaoshi_tests::{PRODUCER, command, fixtures, many, root, run, scratch, signal, tree};
use rustix::process::Signal;

const LABEL: [&str; 9] = ["label", "in", "--out", "out", "--producer", PRODUCER, "--id", "{stem}", "--overwrite"];

fn start(folder: &Path, more: &[&str]) -> Child {
    command(folder).args(LABEL).args(more).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the run has written something, so that a signal meets it at work.
fn at_work(folder: &Path) {
    let end = Instant::now() + Duration::from_secs(20);
    while !folder.join("out").is_dir() {
        assert!(Instant::now() < end, "nothing was written");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Only whole files under final names; how many.
fn assert_clean(folder: &Path) -> usize {
    static TWINS: LazyLock<BTreeMap<PathBuf, Vec<u8>>> = LazyLock::new(|| tree(&root().join("fixtures/labelled")));
    let found = tree(folder);
    for (path, bytes) in &found {
        let twin = TWINS.get(Path::new(path.file_name().unwrap()));
        let twin = twin.unwrap_or_else(|| panic!("{} is left", path.display()));
        assert!(bytes == twin, "{} is not whole", path.display());
    }
    found.len()
}

#[test]
fn terminated_or_interrupted_twice_it_stops_at_once_and_leaves_no_temporary_file() {
    let folder = many(12);
    let inputs = 12 * fixtures().len();
    let mut stopped = 0;
    for wait in 0..12_u64 {
        let _ = std::fs::remove_dir_all(folder.path().join("out"));
        let isolate: &[&str] = if wait % 4 < 2 { &[] } else { &["--isolate"] };
        let mut child = start(folder.path(), &[&["--jobs", "4", "-q"], isolate].concat());
        at_work(folder.path());
        std::thread::sleep(Duration::from_millis(wait * 5));
        let sent = Instant::now();
        if wait % 2 == 0 {
            signal(&child, Signal::TERM);
        } else {
            signal(&child, Signal::INT);
            std::thread::sleep(Duration::from_millis(2));
            signal(&child, Signal::INT);
        }
        let status = child.wait().unwrap();
        assert_eq!((status.code(), status.signal()), (Some(130), None));
        assert!(sent.elapsed() < Duration::from_secs(2));
        stopped += usize::from(assert_clean(&folder.path().join("out")) < inputs);
    }
    assert_eq!(stopped, 12, "some runs were over before the signal");
}

#[test]
fn interrupted_once_it_writes_the_journal_and_goes_on_from_there() {
    let folder = many(12);
    let args = |more: &[&'static str]| [&["--resume", "journal"], more].concat();
    let mut child = start(folder.path(), &args(&["--report", "r.jsonl"]));
    at_work(folder.path());
    std::thread::sleep(Duration::from_millis(100));
    signal(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let done = assert_clean(&folder.path().join("out"));
    let report = std::fs::read_to_string(folder.path().join("r.jsonl")).unwrap().lines().count();
    let journal = std::fs::read_to_string(folder.path().join("journal")).unwrap();
    let finished = journal.lines().filter(|l| l.contains("\"report\"")).count();
    assert_eq!((report, finished), (done, done));
    let inputs = 12 * fixtures().len();
    assert!(done < inputs, "the run was over before the interrupt");
    let end = run(folder.path(), &[&LABEL[..], &args(&[])].concat());
    assert_eq!((end.code(), assert_clean(&folder.path().join("out"))), (0, inputs));
    assert!(end.out().contains(&format!("({done} of them by an earlier run)")), "{}", end.out());
}

#[test]
fn standard_input_leaves_nothing_in_the_temporary_folder() {
    for verb in ["label", "verify", "inspect"] {
        for which in [Signal::INT, Signal::TERM] {
            let folder = scratch();
            let mut waiting = command(folder.path());
            waiting.args([verb, "-"]).env("TMPDIR", folder.path());
            if verb == "label" {
                waiting.args(["--producer", PRODUCER]);
            }
            let mut child = waiting.stdin(Stdio::piped()).spawn().unwrap();
            // Held open: waiting for the child would close it.
            let _input = child.stdin.take();
            let end = Instant::now() + Duration::from_secs(20);
            while tree(folder.path()).is_empty() {
                assert!(Instant::now() < end);
                std::thread::sleep(Duration::from_millis(1));
            }
            signal(&child, which);
            assert_eq!(child.wait().unwrap().code(), Some(130), "{verb}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{verb}");
        }
    }
}

/// What a killed run left goes a day later, in every folder that is written to, not only in the first.
#[test]
fn old_temporary_files_go_from_subfolders_too() {
    let folder = many(2);
    let left = |dir: &str, age: u64| {
        std::fs::create_dir_all(folder.path().join("out").join(dir)).unwrap();
        let path = folder.path().join("out").join(dir).join(format!(".biaoshi-{age}"));
        let file = std::fs::File::create(&path).unwrap();
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(age)).unwrap();
        path
    };
    let (old, other, young) = (left("000", 90_000), left("001", 100_000), left("001", 80_000));
    assert_eq!(run(folder.path(), &LABEL).code(), 0);
    assert!(!old.exists() && !other.exists() && young.exists());
}
