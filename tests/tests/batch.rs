//! Many files: order, interruption, a kill at any moment.

use std::path::Path;
use std::time::Duration;

use biaoshi_tests::{PRODUCER, command, fixtures, many, run, scratch};

#[test]
fn results_come_in_input_order_whatever_the_threads_do() {
    let folder = many(3);
    let json = |jobs: &str| run(folder.path(), &["verify", "in", "--json", "--jobs", jobs]).out();
    let one = json("1");
    assert_eq!(one.lines().count(), 3 * fixtures().len());
    for jobs in ["2", "7"] {
        assert_eq!(json(jobs), one);
    }
}

/// Every file under its final name is whole, and nothing else is there but hidden temporary files of ours.
fn assert_whole(out: &Path) -> usize {
    let mut whole = 0;
    let Ok(dirs) = std::fs::read_dir(out) else { return 0 };
    for file in dirs.flat_map(|d| std::fs::read_dir(d.unwrap().path()).unwrap()) {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with(".biaoshi-") {
            continue;
        }
        let fixture = fixtures().into_iter().find(|f| f.name == name).unwrap();
        assert!(std::fs::read(&path).unwrap() == std::fs::read(fixture.twin()).unwrap(), "{name} is not whole");
        whole += 1;
    }
    whole
}

#[test]
fn a_killed_run_leaves_whole_files_only_and_the_next_run_completes_it() {
    let folder = many(20);
    let args = ["label", "in", "--out", "out", "--producer", PRODUCER, "--id", "{stem}", "--overwrite", "-q"];
    let mut seen = 0;
    for wait in [40, 80, 160] {
        let mut child = command(folder.path()).args(args).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        seen = seen.max(assert_whole(&folder.path().join("out")));
    }
    let inputs: usize = 20 * fixtures().len();
    println!("{seen} of {inputs} files were done before the last kill");
    assert_eq!(run(folder.path(), &args).code(), 0);
    assert_eq!(assert_whole(&folder.path().join("out")), inputs);
}

#[test]
fn an_interrupt_finishes_the_files_in_hand() {
    let folder = many(40);
    let child = command(folder.path())
        .args(["label", "in", "--out", "out", "--producer", PRODUCER, "--id", "{stem}", "--json"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(150));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap().lines().count();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(assert_whole(&folder.path().join("out")), lines);
    assert!(lines < 40 * fixtures().len(), "the run was over before the interrupt");
    let hidden = std::fs::read_dir(folder.path().join("out"))
        .unwrap()
        .any(|e| e.unwrap().file_name().to_string_lossy().starts_with('.'));
    assert!(!hidden);
}

#[test]
fn a_missing_file_is_one_line() {
    let folder = scratch();
    std::fs::write(folder.path().join("a.txt"), "x\n").unwrap();
    let run = run(folder.path(), &["verify", "a.txt", "gone.png", "--json", "--allow-unlabelled"]);
    let reports = run.json();
    assert_eq!((run.code(), reports.len()), (3, 2));
    assert_eq!((&reports[1]["path"], &reports[1]["error"]["kind"]), (&"gone.png".into(), &"io".into()));
}
