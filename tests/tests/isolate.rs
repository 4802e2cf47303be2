//! Jobs in child processes: the same results, and a death is one failed line.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use biaoshi_tests::picture::textured;
use biaoshi_tests::{PRODUCER, TempDir, command, many, run, scratch, tree};
use rustix::process::{Pid, Signal};
use serde_json::Value;

const SEARCH: [&str; 7] =
    ["verify", "in", "--json", "--layers", "metadata,watermark", "--allow-unlabelled", "--jobs=1"];

/// `a.txt`, `b.png` whose search for watermarks takes its time, `c.txt`.
fn slow() -> TempDir {
    let folder = scratch();
    let input = folder.path().join("in");
    std::fs::create_dir(&input).unwrap();
    std::fs::write(input.join("a.txt"), "one\n").unwrap();
    textured(&input.join("b.png"), (2400, 1800), png::ColorType::Grayscale);
    std::fs::write(input.join("c.txt"), "two\n").unwrap();
    folder
}

/// The child of a run that works on `b.png`: the line of `a.txt` was printed, and the child has had some CPU since.
fn child_at_work(run: &Child) -> Pid {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        assert!(Instant::now() < until, "no child is at work");
        std::thread::sleep(Duration::from_millis(5));
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", run.id())).unwrap_or_default();
        for pid in children.split_whitespace() {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // Behind the name in brackets, fields 14 of proc(5) stat: ticks in user mode.
            let ticks = stat.rsplit(") ").next().and_then(|s| s.split(' ').nth(11)).and_then(|t| t.parse::<u64>().ok());
            if ticks.is_some_and(|t| t >= 5) {
                return Pid::from_raw(pid.parse().unwrap()).unwrap();
            }
        }
    }
}

/// Runs in `folder`, kills what `victim` names as soon as `a.txt` is told, and reads the rest.
fn killed(folder: &Path, more: &[&str], victim: fn(&Child) -> Pid) -> (Vec<Value>, Option<i32>) {
    let mut run = command(folder).args(SEARCH).args(more).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(run.stdout.take().unwrap());
    let mut lines = String::new();
    out.read_line(&mut lines).unwrap();
    rustix::process::kill_process(victim(&run), Signal::KILL).unwrap();
    std::io::Read::read_to_string(&mut out, &mut lines).unwrap();
    let code = run.wait().unwrap().code();
    (lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect(), code)
}

fn kinds(lines: &[Value]) -> Vec<(&str, Option<&str>)> {
    lines.iter().map(|l| (l["path"].as_str().unwrap(), l["error"]["kind"].as_str())).collect()
}

const CRASHED: [(&str, Option<&str>); 3] = [("in/a.txt", None), ("in/b.png", Some("crashed")), ("in/c.txt", None)];

#[test]
fn a_child_that_is_killed_is_one_failed_line() {
    let folder = slow();
    let (lines, code) = killed(folder.path(), &["--isolate"], child_at_work);
    assert_eq!((kinds(&lines), code), (CRASHED.to_vec(), Some(3)));
    assert!(lines[1]["error"]["message"].as_str().unwrap().contains("signal 9 (SIGKILL)"), "{}", lines[1]);
}

/// Without `--isolate` the whole run dies; with its journal the next one names the file, and the third tries it again.
#[test]
fn a_run_that_died_is_resumed_past_the_file_that_killed_it() {
    let folder = slow();
    let journal = ["--resume", "journal"];
    let (lines, code) = killed(folder.path(), &journal, Pid::from_child);
    assert_eq!((kinds(&lines), code), (CRASHED[..1].to_vec(), None));
    let (lines, code) = killed(folder.path(), &journal, child_at_work);
    assert_eq!((kinds(&lines), code), (CRASHED.to_vec(), Some(3)));
    let third = run(folder.path(), &[&SEARCH[..], &journal].concat());
    assert_eq!((third.code(), third.json()[1]["error"].is_null()), (0, true), "{}", third.out());
}

#[test]
fn results_are_those_of_one_process() {
    let folder = many(1);
    let odd = folder.path().join("in").join(OsStr::from_bytes(b"\xff\xfe \".txt"));
    std::fs::write(odd, "a name that is no UTF-8\n").unwrap();
    std::fs::write(folder.path().join("in/zz.png"), "no picture").unwrap();
    let label = |out: &str, more: &[&str]| {
        let args = ["label", "in", "--out", "out", "--producer", PRODUCER, "--id", "x{index}", "--json"];
        let run = run(folder.path(), &[&args[..], more].concat());
        std::fs::rename(folder.path().join("out"), folder.path().join(out)).unwrap();
        (run.code(), run.out(), tree(&folder.path().join(out)))
    };
    let one = label("one", &["--report", "one.csv"]);
    let many = label("many", &["--report", "many.csv", "--isolate", "--jobs", "3"]);
    assert!(one == many);
    // The time is that of each run.
    let report = |name: &str| {
        let mut rows = csv::Reader::from_path(folder.path().join(name)).unwrap();
        let time = rows.headers().unwrap().iter().position(|name| name == "time").unwrap();
        let timeless = |row: csv::Result<csv::StringRecord>| {
            row.unwrap().iter().enumerate().filter(|(at, _)| *at != time).map(|(_, cell)| cell.to_owned()).collect()
        };
        rows.records().map(timeless).collect::<Vec<Vec<String>>>()
    };
    assert_eq!(report("one.csv"), report("many.csv"));
    let verify = |more: &[&str]| {
        let run =
            run(folder.path(), &[&["verify", "one", "in", "--layers", "metadata,traces,explicit"], more].concat());
        (run.code(), run.out(), run.err())
    };
    assert_eq!(verify(&[]), verify(&["--isolate"]));
}

#[test]
fn rows_of_a_manifest_and_carried_labels_reach_the_children() {
    let folder = scratch();
    let at = |name: &str| folder.path().join(name);
    for name in ["a.md", "b.md"] {
        std::fs::write(at(name), "words\n").unwrap();
    }
    std::fs::write(at("m.csv"), "path,id,level,layers\na.md,n1,2,metadata\nb.md,n2,,\n").unwrap();
    let label = ["label", "--manifest", "m.csv", "--out", "out", "--producer", PRODUCER, "--json", "--isolate"];
    let run_ = run(folder.path(), &label);
    let said: Vec<_> =
        run_.json().iter().map(|l| (l["fields"]["ProduceID"].clone(), l["fields"]["Label"].clone())).collect();
    assert_eq!(said, [("n1".into(), "2".into()), ("n2".into(), "1".into())]);
    let carried = run(folder.path(), &["carry", "out/a.md", "b.md", "--in-place", "--isolate", "--json"]);
    assert_eq!((carried.code(), &carried.json()[0]["fields"]["ProduceID"]), (0, &"n1".into()), "{}", carried.err());
    assert_eq!(run(folder.path(), &["verify", "-", "--isolate"]).code(), 2);
}
