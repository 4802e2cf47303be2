//! What is told while a run goes on, and where it is kept.

use std::path::Path;
use std::process::Command;

use biaoshi_tests::{PRODUCER, Run, TempDir, command, fixture, many, program, run, scratch};

fn few() -> TempDir {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    for name in ["png.png", "webp.webp", "txt.txt"] {
        std::fs::write(folder.path().join("in").join(name), fixture(name)).unwrap();
    }
    std::fs::write(folder.path().join("in/cut.png"), &fixture("png.png")[..17]).unwrap();
    folder
}

fn label(folder: &Path, more: &[&str]) -> Run {
    run(folder, &[&["label", "in", "--producer", PRODUCER][..], more].concat())
}

#[test]
fn progress_is_told_without_a_terminal() {
    let folder = many(2);
    for (more, out) in [(&[][..], "a"), (&["-q", "--no-progress", "--json"], "b")] {
        let told = label(folder.path(), &[&["--out", out, "--progress-every", "1ms"][..], more].concat());
        let err = told.err();
        let lines: Vec<&str> = err.lines().filter(|l| l.contains(" files/s, ") && l.contains(" MB/s")).collect();
        assert!(lines.iter().all(|l| l.starts_with("biaoshi: ") && l.ends_with(" failed")), "{lines:?}");
        // The inputs are counted meanwhile; then share and time left are known.
        assert!(lines.iter().any(|l| l.contains(" %), ") && l.contains(" s left, ")), "{err}");
    }
    let zh = label(folder.path(), &["--out", "c", "--progress-every", "1ms", "--lang", "zh"]);
    assert!(zh.err().lines().any(|l| l.starts_with("biaoshi: 已完成 ") && l.contains("剩余")), "{}", zh.err());
    let checked = run(folder.path(), &["verify", "a", "--progress-every", "1ms"]);
    assert!(checked.err().contains(" files/s, "), "{}", checked.err());
    let compared = run(folder.path(), &["diff", "a", "b", "--progress-every", "1ms"]);
    assert!(compared.err().contains(" files/s, "), "{}", compared.err());
}

#[test]
fn lists_of_watermarks_tell_it_too() {
    let folder = few();
    std::fs::write(folder.path().join("list"), "in/png.png\nin/gone.png\n".repeat(100)).unwrap();
    let args = ["watermark", "detect", "--list", "list", "--progress-every", "1ms", "--log-file", "l"];
    let told = run(folder.path(), &args);
    assert!(told.code() == 3 && told.err().contains(" of 200 files ("), "{}", told.err());
    let log = std::fs::read_to_string(folder.path().join("l")).unwrap();
    assert_eq!(log.lines().map(timed).filter(|l| l.starts_with("in/gone.png: ")).count(), 100, "{log}");
}

#[test]
fn an_interval_is_a_number_and_a_unit() {
    let folder = few();
    for wrong in ["0s", "30", "soon", ""] {
        let told = label(folder.path(), &["--out", "a", &format!("--progress-every={wrong}")]);
        assert_eq!(told.code(), 2, "{wrong}");
    }
    let told = run(folder.path(), &["label", "-", "--producer", PRODUCER, "--progress-every", "5m"]);
    assert!(told.code() == 2 && told.err().contains("--progress-every"), "{}", told.err());
}

/// What a run that has a terminal for its standard error writes there.
fn watched(folder: &Path, args: &[&str]) -> String {
    let spawn = "import pty, sys; pty.spawn(sys.argv[1:])";
    let mut python = Command::new("python3");
    let done = python.args(["-c", spawn]).arg(program()).args(args).current_dir(folder).output().unwrap();
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[test]
fn a_bar_is_a_thing_of_terminals_and_not_of_quiet() {
    let folder = many(1);
    let args = |out| ["label", "in", "--producer", PRODUCER, "--lang", "en", "--out", out];
    assert!(watched(folder.path(), &args("a")).contains(" files/s, "));
    assert!(watched(folder.path(), &[&args("b")[..], &["-q"]].concat()).contains(" files/s, "));
    assert!(!watched(folder.path(), &[&args("c")[..], &["--no-progress"]].concat()).contains(" files/s, "));
}

/// A line of a log without its time, which is checked.
fn timed(line: &str) -> &str {
    let (time, text) = line.split_once(' ').unwrap();
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{line}");
    text
}

#[test]
fn a_log_has_errors_progress_and_the_end_and_is_added_to() {
    let folder = few();
    let log = || std::fs::read_to_string(folder.path().join("l")).unwrap();
    let told = label(folder.path(), &["--out", "a", "--log-file", "l"]);
    let (first, out) = (log(), told.out());
    let lines: Vec<&str> = first.lines().map(timed).collect();
    assert!(lines[0].starts_with("failed ") && lines[0].contains("cut.png"), "{first}");
    assert_eq!(lines[1..], out.lines().skip(3).collect::<Vec<_>>(), "the summary, as people see it");
    assert_eq!(format!("biaoshi: {}\n", lines[0]), told.err());
    // What a quiet run keeps from the screen is there too.
    for silent in ["-q", "--json"] {
        let before = log();
        label(folder.path(), &["--out", silent.trim_start_matches('-'), "--log-file", "l", silent]);
        let after = log();
        let added = after.strip_prefix(&before).unwrap();
        assert!(added.lines().map(timed).any(|l| l.starts_with("3 labelled (")), "{added}");
        assert!(added.lines().map(timed).any(|l| l.starts_with("failed ")), "{added}");
    }
}

#[test]
fn a_log_has_progress() {
    // Of many files: a run of a few may be over before the first interval is.
    let folder = many(2);
    label(folder.path(), &["--out", "a", "--log-file", "l", "--progress-every", "1ms"]);
    let log = std::fs::read_to_string(folder.path().join("l")).unwrap();
    assert!(log.lines().map(timed).any(|l| l.contains(" files/s, ")), "{log}");
}

#[test]
fn what_verify_could_not_read_is_in_its_log() {
    let folder = few();
    for more in [&[][..], &["--json"], &["-q"]] {
        run(folder.path(), &[&["verify", "in", "--log-file", "l"], more].concat());
        let log = std::fs::read_to_string(folder.path().join("l")).unwrap();
        let lines: Vec<&str> = log.lines().map(timed).collect();
        assert!(lines.len() == 2 && lines[0].contains("in/cut.png: PNG") && lines[1].starts_with("4 files: "), "{log}");
        std::fs::remove_file(folder.path().join("l")).unwrap();
    }
}

#[test]
fn a_log_that_cannot_be_had_stops_the_run_and_one_that_fails_does_not() {
    let folder = few();
    let told = label(folder.path(), &["--out", "a", "--log-file", "no/l"]);
    assert!(told.code() == 2 && told.err().contains("--log-file no/l"), "{}", told.err());
    assert!(!folder.path().join("a").exists());
    let told = label(folder.path(), &["--out", "a", "--log-file", "/dev/full"]);
    assert_eq!((told.code(), told.err().matches("--log-file /dev/full").count()), (3, 1), "{}", told.err());
    assert!(folder.path().join("a/png.png").exists());
}

#[test]
fn settings_may_name_them() {
    let folder = few();
    std::fs::write(folder.path().join("biaoshi.toml"), "[label]\nlog-file = 'l'\n").unwrap();
    let told = command(folder.path()).args(["label", "in", "--out", "a", "--producer", PRODUCER]).output().unwrap();
    assert_eq!(told.status.code(), Some(3));
    assert!(folder.path().join("l").exists());
}
