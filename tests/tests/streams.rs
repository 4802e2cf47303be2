//! Results and names that come and go by streams: standard output, descriptors, pipes.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use biaoshi_tests::{PRODUCER, command, root, run, scratch, signal};
use serde_json::Value;

fn picture() -> Vec<u8> {
    std::fs::read(root().join("fixtures/clean/jpeg-progressive.jpg")).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A file on standard input has its reports as any other, and standard output the file alone.
#[test]
fn a_file_from_standard_input_is_reported() {
    let folder = scratch();
    std::fs::write(folder.path().join("in.jpg"), picture()).unwrap();
    let script = format!(
        "\"$0\" label - --producer {PRODUCER} --report r.jsonl --report r.csv --report fd:5:jsonl < in.jpg > out.jpg 5>> d.jsonl"
    );
    std::fs::write(folder.path().join("d.jsonl"), "{}\n").unwrap();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &script]).arg(command(folder.path()).get_program()).current_dir(folder.path());
    assert!(shell.status().unwrap().success());
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let report = &lines(&read("r.jsonl"))[0];
    assert_eq!((&report["path"], &report["output"], &report["action"]), (&"-".into(), &"-".into(), &"labelled".into()));
    // What was in the descriptor's file stays.
    assert_eq!(lines(&read("d.jsonl")), [serde_json::json!({}), report.clone()]);
    assert!(read("r.csv").contains("-,-,jpeg,labelled,"), "{}", read("r.csv"));
    let output = std::fs::read(folder.path().join("out.jpg")).unwrap();
    assert!(output.starts_with(b"\xff\xd8") && output.ends_with(b"\xff\xd9"));
    let failed = command(folder.path())
        .args(["label", "-", "--producer", PRODUCER, "--report", "f.jsonl"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!((failed.status.code(), failed.stdout.len()), (Some(3), 0));
    assert_eq!(lines(&read("f.jsonl"))[0]["path"], "-");
}

#[test]
fn a_report_on_standard_output_is_alone_there() {
    let folder = scratch();
    for name in ["a.jpg", "b.jpg"] {
        std::fs::write(folder.path().join(name), picture()).unwrap();
    }
    let label =
        run(folder.path(), &["label", "a.jpg", "b.jpg", "--out", "o", "--producer", PRODUCER, "--report", "-:csv"]);
    assert_eq!(label.code(), 0, "{}", label.err());
    let table = label.out();
    let heads: Vec<&str> = table.lines().map(|line| line.split(',').next().unwrap()).collect();
    // No byte-order mark, no table for people, no sum.
    assert_eq!(heads, ["path", "a.jpg", "b.jpg"]);
    let verify = run(folder.path(), &["verify", "o", "nothing.png", "--report", "-:jsonl", "--report", "x.csv"]);
    assert_eq!((verify.code(), lines(&verify.out()).len()), (3, 3), "{}", verify.err());
    for (args, said) in [
        (&["verify", "o", "--report", "-:csv", "--json"][..], "--report -"),
        (&["verify", "o", "--report", "-:csv", "--report", "-:jsonl"], "--report -"),
        (&["verify", "o", "--report", "-"], "-:jsonl"),
        (&["verify", "o", "--report", "fd:77:csv"], "not open"),
        (&["verify", "o", "--report", "x.xml"], ".jsonl"),
        (&["label", "-", "--producer", PRODUCER, "--report", "-:csv"], "standard output carries the file"),
        (&["label", "-", "--producer", PRODUCER, "--json"], "standard output carries the file"),
    ] {
        let wrong = run(folder.path(), args);
        assert_eq!((wrong.code(), wrong.out().as_str()), (2, ""), "{args:?}");
        assert!(wrong.err().contains(said), "{args:?}: {}", wrong.err());
    }
}

/// Who writes names into a pipe and waits for the answers gets each before the next name.
#[test]
fn names_are_answered_as_they_arrive() {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("d")).unwrap();
    for name in ["a\nb.jpg", "d/1.jpg", "d/2.jpg"] {
        std::fs::write(folder.path().join(name), picture()).unwrap();
    }
    for jobs in ["1", "3"] {
        let mut child = command(folder.path())
            .args(["verify", "--files-from", "-", "--null", "--json", "--jobs", jobs])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut names, mut answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        for (name, paths) in [("a\nb.jpg", &["a\nb.jpg"][..]), ("no.png", &["no.png"]), ("d", &["d/1.jpg", "d/2.jpg"])]
        {
            names.write_all(name.as_bytes()).unwrap();
            names.write_all(b"\0").unwrap();
            for path in paths {
                let mut line = String::new();
                answers.read_line(&mut line).unwrap();
                assert_eq!(lines(&line)[0]["path"], *path);
            }
        }
        drop(names);
        let mut rest = String::new();
        answers.read_to_string(&mut rest).unwrap();
        assert_eq!((rest.as_str(), child.wait().unwrap().code()), ("", Some(3)));
    }
}

/// A first Ctrl-C is heard while nothing arrives.
#[test]
fn waiting_for_names_ends_with_a_signal() {
    let folder = scratch();
    std::fs::write(folder.path().join("a.jpg"), picture()).unwrap();
    let mut child = command(folder.path())
        .args(["verify", "--files-from", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut names, mut answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    names.write_all(b"a.jpg\n").unwrap();
    answers.read_line(&mut String::new()).unwrap();
    signal(&child, rustix::process::Signal::INT);
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(told.contains("interrupted; files that are done: 1"), "{told}");
    drop(names);
}
