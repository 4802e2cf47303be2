//! `--ledger`, `ledger` and `deliver-unlabelled`: what is done is recorded before it is told, and what is recorded can be checked.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use biaoshi::ledger::{Action, Day, Entry, Ledger, Options, SIX_MONTHS, audit};
use biaoshi_tests::{OTHER, PRODUCER, TempDir, command, fixtures, many, program, root, run, scratch, tree};
use serde_json::Value;

/// A folder `in` with some fixtures.
fn some(names: &[&str]) -> TempDir {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    for name in names {
        std::fs::copy(root().join("fixtures/clean").join(name), folder.path().join("in").join(name)).unwrap();
    }
    folder
}

fn lines(folder: &Path) -> Vec<Value> {
    let run = run(folder, &["ledger", "export", "ledger"]);
    assert_eq!(run.code(), 0, "{}", run.err());
    run.json()
}

/// What the system's own tool says of a file.
fn sha256(path: &Path) -> String {
    let out = Command::new("sha256sum").arg(path).output().unwrap();
    String::from_utf8(out.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

fn is_whole(folder: &Path) {
    let run = run(folder, &["ledger", "verify", "ledger"]);
    assert_eq!(run.code(), 0, "{}{}", run.out(), run.err());
}

#[test]
fn every_verb_records_what_it_does() {
    let scratch = some(&["png.png", "jpeg.jpg", "txt.txt", "wav.wav"]);
    let folder = scratch.path();
    let ledger = ["--ledger", "ledger"];
    let label = ["label", "in", "--out", "out", "--producer", PRODUCER, "--id", "{stem}"];
    assert_eq!(run(folder, &[&label[..], &ledger].concat()).code(), 0);
    assert_eq!(run(folder, &[&["verify", "out", "in/png.png", "--declared"][..], &ledger].concat()).code(), 0);
    let carry = ["carry", "out/png.png", "in/jpeg.jpg", "--out", "carried"];
    assert_eq!(run(folder, &[&carry[..], &ledger].concat()).code(), 0);
    let again = ["label", "out", "--in-place", "--producer", PRODUCER];
    assert_eq!(run(folder, &[&again[..], &ledger].concat()).code(), 0);
    let replace = ["label", "out/png.png", "-o", "new.png", "--producer", OTHER, "--replace", "--reason", "taken over"];
    let replaced = run(folder, &[&replace[..], &ledger].concat());
    assert_eq!(replaced.code(), 0, "{}", replaced.err());
    let propagate = ["propagate", "out", "--out", "spread", "--propagator", OTHER];
    assert_eq!(run(folder, &[&propagate[..], &ledger].concat()).code(), 0);
    let lines = lines(folder);
    let mut counts = BTreeMap::new();
    for line in &lines {
        *counts.entry(line["action"].as_str().unwrap()).or_insert(0) += 1;
    }
    let expected =
        [("carried", 1), ("labelled", 4), ("propagated", 4), ("replaced", 1), ("unchanged", 4), ("verified", 5)];
    assert_eq!(counts, BTreeMap::from(expected));
    for line in lines.iter().filter(|line| line["action"] != "verified") {
        let (path, output) = (line["path"].as_str().unwrap(), line["output"].as_str().unwrap());
        assert_eq!(line["sha256_after"], sha256(&folder.join(output)), "{line}");
        if path != output {
            assert_eq!(line["sha256_before"], sha256(&folder.join(path)), "{line}");
        }
        assert_eq!(line["payload"].as_str().unwrap().len(), 16);
    }
    let of = |action: &str| lines.iter().find(|line| line["action"] == action).unwrap();
    assert_eq!(of("verified")["verdict"], "confirmed");
    assert_eq!(of("verified")["sha256_before"], sha256(&folder.join("out").join("jpeg.jpg")));
    assert_eq!(of("replaced")["replaced"][0]["fields"]["ContentProducer"], PRODUCER);
    assert_eq!(of("replaced")["reason"], "taken over");
    assert_eq!(of("propagated")["propagator"], OTHER);
    assert_eq!(of("propagated")["verdict"], "confirmed");
    assert!(of("propagated")["policy"].is_string() && of("verified")["policy"].is_string());
    is_whole(folder);
}

/// A dry run does nothing that could be recorded; what was refused or failed neither.
#[test]
fn what_was_not_done_has_no_line() {
    let scratch = some(&["png.png"]);
    let folder = scratch.path();
    let label = ["label", "in", "--out", "out", "--producer", PRODUCER, "--ledger", "ledger"];
    assert_eq!(run(folder, &[&label[..], &["--dry-run"]].concat()).code(), 0);
    assert!(!folder.join("ledger").exists());
    assert_eq!(run(folder, &label).code(), 0);
    assert_eq!(run(folder, &label).code(), 3);
    assert_eq!(lines(folder).len(), 1);
}

#[test]
fn lines_conform_to_their_schema() {
    let scratch = many(1);
    let folder = scratch.path();
    let schema = |name: &str| {
        let text = std::fs::read_to_string(root().join(format!("docs/schemas/{name}.json"))).unwrap();
        let schema: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema["title"], format!("biaoshi.{name}/1"));
        jsonschema::draft202012::new(&schema).unwrap()
    };
    let conform = |name: &str, lines: &[Value]| {
        for line in lines {
            let schema = schema(name);
            let errors: Vec<_> = schema.iter_errors(line).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{errors:#?}\n{line}");
        }
    };
    let label = ["label", "in", "--out", "out", "--producer", PRODUCER, "--ledger", "ledger", "--isolate", "-q"];
    run(folder, &label);
    run(folder, &["verify", "in", "out", "--ledger", "ledger", "-q"]);
    run(folder, &["propagate", "out", "--out", "spread", "--propagator", OTHER, "--ledger", "ledger", "-q"]);
    let deliver = deliver("in/000/png.png", "delivered.png");
    assert_eq!(run(folder, &deliver.iter().map(String::as_str).collect::<Vec<_>>()).code(), 0);
    let all = lines(folder);
    assert!(all.len() > 3 * fixtures().len() / 2);
    conform("ledger", &all);
    conform("ledger-audit", &run(folder, &["ledger", "verify", "ledger", "--json"]).json());
    conform("ledger-head", &run(folder, &["ledger", "head", "ledger", "--json"]).json());
    conform("ledger-retention", &run(folder, &["ledger", "retention", "ledger", "--json"]).json());
    conform("ledger", &run(folder, &["ledger", "find", "ledger", "--json", "--produce-id", "none"]).json());
}

#[test]
fn a_file_is_found_by_what_is_left_of_it() {
    let scratch = some(&["png.png", "txt.txt"]);
    let folder = scratch.path();
    let label = ["label", "in", "--out", "out", "--producer", PRODUCER, "--id", "{stem}-1", "--ledger", "ledger"];
    assert_eq!(run(folder, &label).code(), 0);
    let payload = lines(folder)[0]["payload"].as_str().unwrap().to_owned();
    let after = sha256(&folder.join("out/png.png"));
    let find = |args: &[&str]| run(folder, &[&["ledger", "find", "ledger", "--json"], args].concat());
    for key in [
        ["--produce-id", "png-1"],
        ["--payload", &payload],
        ["--content-tag", &payload[6..]],
        ["--sha256", &after],
        ["--sha256", &sha256(&folder.join("in/png.png"))],
    ] {
        let found = find(&key);
        assert_eq!(found.code(), 0, "{}", found.err());
        let outputs: Vec<_> = found.json().iter().map(|line| line["output"].clone()).collect();
        assert_eq!(outputs, ["out/png.png"], "{key:?}");
    }
    assert_eq!(find(&["--produce-id", "png-2"]).code(), 1);
    std::fs::write(folder.join("ledger/index.redb"), b"damaged").unwrap();
    let found = find(&["--produce-id", "txt-1"]);
    assert_eq!((found.code(), found.err().contains("made anew")), (0, true), "{}", found.err());
}

/// A second writer has nothing done; readers need no lock.
#[test]
fn one_run_writes_at_a_time() {
    let scratch = some(&["png.png"]);
    let folder = scratch.path();
    let held = Ledger::open(&folder.join("ledger"), Options::default()).unwrap();
    let label = ["label", "in", "--out", "out", "--producer", PRODUCER, "--ledger", "ledger"];
    let second = run(folder, &label);
    assert_eq!(second.code(), 2);
    assert_eq!(second.err().lines().count(), 1, "{}", second.err());
    assert!(!folder.join("out").exists());
    drop(held);
    assert_eq!(run(folder, &label).code(), 0);
}

/// Killed at any moment: what was told is recorded, and the chain holds. `benches/ledger_kills.py` does it many times more.
#[test]
fn what_was_told_outlives_a_kill() {
    let scratch = many(2);
    let folder = scratch.path();
    let mut told = BTreeSet::new();
    for round in 0..8_u64 {
        let _ = std::fs::remove_dir_all(folder.join("out"));
        let label = ["label", "in", "--out", "out", "--producer", PRODUCER, "--ledger", "ledger", "--json"];
        let mut child = command(folder).args(label).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let reader = BufReader::new(child.stdout.take().unwrap());
        let waits = 3 + round * round * 4;
        for line in reader.lines().take(usize::try_from(waits).unwrap()).map_while(Result::ok) {
            let line: Value = serde_json::from_str(&line).unwrap();
            if ["labelled", "unchanged"].contains(&line["action"].as_str().unwrap()) {
                told.insert(line["fields"]["ProduceID"].as_str().unwrap().to_owned());
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(audit(&folder.join("ledger"), None).unwrap().is_whole());
    }
    let end = run(folder, &["verify", "in", "--ledger", "ledger", "--allow-unlabelled", "-q"]);
    assert!([0, 1, 3].contains(&end.code()), "{}", end.err());
    is_whole(folder);
    let recorded: BTreeSet<_> =
        lines(folder).iter().filter_map(|line| line["produce_id"].as_str().map(str::to_owned)).collect();
    let lost: Vec<_> = told.difference(&recorded).collect();
    assert!(told.len() > 100 && lost.is_empty(), "{} told, lost: {lost:?}", told.len());
}

/// A full disk, by a limit on the size of files: what is told is recorded, the rest is named, and the chain holds.
#[test]
fn a_ledger_that_cannot_grow_ends_the_run() {
    let scratch = scratch();
    let folder = scratch.path();
    std::fs::create_dir(folder.join("in")).unwrap();
    for n in 0..60 {
        std::fs::write(folder.join(format!("in/{n:02}.txt")), "text\n").unwrap();
    }
    let line = format!(
        "trap '' XFSZ; ulimit -f 16; exec {} label in --out out --producer {PRODUCER} --ledger ledger --json --jobs 2 --resume journal",
        program().display()
    );
    let shell = Command::new("bash").current_dir(folder).env_clear().args(["-c", &line]).output().unwrap();
    let (out, err) = (String::from_utf8(shell.stdout).unwrap(), String::from_utf8(shell.stderr).unwrap());
    assert_eq!(shell.status.code(), Some(3), "{err}");
    assert!(err.contains("--ledger") && err.contains("done, but not in the ledger"), "{err}");
    let told = out.lines().count();
    assert!(told > 5 && told < 60, "{told}");
    is_whole(folder);
    assert_eq!(lines(folder).len(), told);
    // Where there is room again, the same run goes on, and what had no line gets one.
    let rest = [
        "label",
        "in",
        "--out",
        "out",
        "--producer",
        PRODUCER,
        "--ledger",
        "ledger",
        "--json",
        "--resume",
        "journal",
        "--jobs",
        "2",
    ];
    let rest = run(folder, &rest);
    assert_eq!(rest.code(), 0, "{}", rest.err());
    let outputs: BTreeSet<_> = lines(folder).iter().map(|line| line["output"].as_str().unwrap().to_owned()).collect();
    assert_eq!(outputs.len(), 60);
    is_whole(folder);
}

#[test]
fn an_edit_is_told_with_its_place_and_a_cut_end_by_the_head() {
    let scratch = some(&["png.png", "txt.txt", "wav.wav"]);
    let folder = scratch.path();
    let label = ["label", "in", "--out", "out", "--producer", PRODUCER, "--ledger", "ledger"];
    assert_eq!(run(folder, &label).code(), 0);
    let head = run(folder, &["ledger", "head", "ledger"]).out();
    let hash = head.split_whitespace().nth(1).unwrap();
    assert_eq!(run(folder, &["ledger", "verify", "ledger", "--head", hash]).code(), 0);
    let file = std::fs::read_dir(folder.join("ledger")).unwrap().map(|e| e.unwrap().path());
    let file = file.filter(|path| path.extension().is_some_and(|e| e == "jsonl")).last().unwrap();
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, whole.replacen("in/png.png", "in/pmg.png", 1)).unwrap();
    for (lang, words) in [("en", "line 2: it does not fit"), ("zh", "第 2 行:与前一行不符")] {
        let broken = run(folder, &["ledger", "verify", "ledger", "--lang", lang]);
        assert_eq!(broken.code(), 1);
        assert!(broken.out().contains(words), "{}", broken.out());
    }
    let retention = run(folder, &["ledger", "retention", "ledger"]);
    assert_eq!(retention.code(), 1, "{}", retention.err());
    let cut: String = whole.split_inclusive('\n').take(2).collect();
    std::fs::write(&file, cut).unwrap();
    assert_eq!(run(folder, &["ledger", "verify", "ledger"]).code(), 0);
    let cut = run(folder, &["ledger", "verify", "ledger", "--head", hash, "--json"]);
    assert_eq!((cut.code(), cut.json()[0]["anchored"].clone()), (1, Value::Bool(false)));
}

#[test]
fn days_go_when_their_time_is_over() {
    let scratch = scratch();
    let folder = scratch.path();
    let mut ledger = Ledger::open(&folder.join("ledger"), Options::default()).unwrap();
    let ago = |days: u64| SystemTime::now() - Duration::from_secs(days * 24 * 3600);
    let six_months = u64::from(SIX_MONTHS);
    for (days, action) in [
        (six_months + 2, Action::DeliveredUnlabelled),
        (six_months + 1, Action::Verified),
        (six_months, Action::Verified),
        (six_months - 1, Action::DeliveredUnlabelled),
        (40, Action::Verified),
        (1, Action::Verified),
    ] {
        ledger.append_at(&Entry::new(action), ago(days)).unwrap();
    }
    drop(ledger);
    let removed = |args: &[&str]| -> Vec<String> {
        let run = run(folder, &[&["ledger", "retention", "ledger", "--json"], args].concat());
        assert_eq!(run.code(), 0, "{}", run.err());
        let days = run.json()[0]["removed"].as_array().unwrap().clone();
        days.iter().map(|day| day["day"].as_str().unwrap().to_owned()).collect()
    };
    let day = |days: u64| Day::of(ago(days)).to_string();
    // Who only asks changes nothing, not even a last line that a crash cut off, and needs no rights.
    let last = folder.join(format!("ledger/{}.jsonl", day(1)));
    let whole = std::fs::read(&last).unwrap();
    std::fs::write(&last, [&whole[..], b"{\"schema\":"].concat()).unwrap();
    let before = tree(&folder.join("ledger"));
    assert_eq!(removed(&["--dry-run"]), [day(six_months + 2), day(six_months + 1)]);
    assert!(tree(&folder.join("ledger")) == before);
    std::fs::write(&last, whole).unwrap();
    assert_eq!(removed(&[]), [day(six_months + 2), day(six_months + 1)]);
    is_whole(folder);
    // Whatever is asked for, a delivery without an explicit label stays (Measures Art. 9).
    assert_eq!(removed(&["--retain", "30"]), [day(six_months), day(40)]);
    is_whole(folder);
    let kept = run(folder, &["ledger", "export", "ledger", "--action", "delivered-unlabelled"]);
    assert_eq!(kept.json().len(), 1);
    let stubs = run(folder, &["ledger", "verify", "ledger", "--json"]).json()[0]["stubs"].as_array().unwrap().len();
    assert_eq!(stubs, 3);
}

#[test]
fn lines_are_chosen_by_time_action_and_producer() {
    let scratch = some(&["png.png", "txt.txt"]);
    let folder = scratch.path();
    assert_eq!(run(folder, &["label", "in", "--out", "a", "--producer", PRODUCER, "--ledger", "ledger"]).code(), 0);
    assert_eq!(run(folder, &["label", "in", "--out", "b", "--producer", OTHER, "--ledger", "ledger"]).code(), 0);
    assert_eq!(run(folder, &["verify", "a", "--ledger", "ledger"]).code(), 0);
    let count = |args: &[&str]| run(folder, &[&["ledger", "export", "ledger"], args].concat()).json().len();
    assert_eq!(count(&[]), 6);
    assert_eq!((count(&["--action", "verified"]), count(&["--action", "labelled,verified"])), (2, 6));
    assert_eq!((count(&["--producer", OTHER]), count(&["--producer", PRODUCER, "--action", "labelled"])), (2, 2));
    assert_eq!((count(&["--to", "2020-01-01"]), count(&["--from", "2020-01-01T00:00:00Z"])), (0, 6));
    let turned = run(folder, &["ledger", "export", "ledger", "--from", "2026-12-01", "--to", "2026-11-01"]);
    assert!(turned.code() == 2 && turned.err().contains("--from is not before --to"), "{}", turned.err());
    let csv = run(folder, &["ledger", "export", "ledger", "--as", "csv"]).out();
    assert_eq!(csv.lines().count(), 7);
    assert!(csv.starts_with("sequence,time,prev,action,path,"));
}

/// The command that delivers a file.
fn deliver(from: &str, to: &str) -> Vec<String> {
    let args = ["deliver-unlabelled", from, "-o", to, "--producer", PRODUCER, "--id", "{stem}"];
    let art_9 = ["--recipient", "user-4711", "--agreement", "terms-2026-09", "--ledger", "ledger"];
    args.iter().chain(&art_9).map(|arg| (*arg).to_owned()).collect()
}

fn delivered(folder: &Path, from: &str, to: &str) -> biaoshi_tests::Run {
    run(folder, &deliver(from, to).iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn an_original_is_delivered_without_an_explicit_label_and_recorded() {
    let scratch = some(&["png.png", "mp4-co64.mp4"]);
    let folder = scratch.path();
    let run_one = delivered(folder, "in/png.png", "out/png.png");
    assert_eq!(run_one.code(), 0, "{}", run_one.err());
    let line = "delivered without an explicit label to user-4711 (terms-2026-09): in/png.png -> out/png.png";
    assert_eq!(run_one.out().trim_end(), line);
    assert_eq!(delivered(folder, "in/mp4-co64.mp4", "mp4-co64.mp4").code(), 0);
    let lines = lines(folder);
    assert_eq!((lines[0]["explicit"].clone(), lines[1]["explicit"].clone()), ("absent".into(), "unchecked".into()));
    assert_eq!(lines[0]["recipient"], "user-4711");
    assert_eq!(lines[0]["agreement"], "terms-2026-09");
    assert_eq!(lines[0]["sha256_after"], sha256(&folder.join("out/png.png")));
    let shown = run(folder, &["verify", "out/png.png", "--json", "--layers", "metadata,explicit"]);
    let shown = &shown.json()[0];
    assert_eq!((shown["labels"].as_array().unwrap().len(), shown["explicit"].as_array().unwrap().len()), (1, 0));
    // An output that is there stays, and nothing is recorded.
    assert_eq!(delivered(folder, "in/png.png", "out/png.png").code(), 3);
    // A file with an explicit label is refused: nothing is ever removed.
    let label = ["label", "in/png.png", "-o", "labelled.png", "--producer", PRODUCER];
    assert_eq!(run(folder, &label).code(), 0);
    let refused = delivered(folder, "labelled.png", "x.png");
    assert_eq!(refused.code(), 3);
    assert!(refused.err().contains("explicit label") && !folder.join("x.png").exists(), "{}", refused.err());
    assert_eq!(self::lines(folder).len(), 2);
    let hidden =
        std::fs::read_dir(folder).unwrap().filter(|e| e.as_ref().unwrap().file_name().as_encoded_bytes()[0] == b'.');
    assert_eq!(hidden.count(), 0);
    is_whole(folder);
}

/// No file leaves without its line.
#[test]
fn what_cannot_be_recorded_is_not_delivered() {
    let scratch = some(&["txt.txt"]);
    let folder = scratch.path();
    for n in 0..3 {
        assert_eq!(delivered(folder, "in/txt.txt", &format!("{n}.txt")).code(), 0);
    }
    // The ledger is larger than files may be now; the small text is not.
    let args = deliver("in/txt.txt", "out.txt");
    let line = format!("trap '' XFSZ; ulimit -f 1; exec {} {}", program().display(), args.join(" "));
    let shell = Command::new("bash").current_dir(folder).env_clear().args(["-c", &line]).output().unwrap();
    let err = String::from_utf8_lossy(&shell.stderr);
    assert_eq!(shell.status.code(), Some(3), "{err}");
    assert!(err.contains("cannot be recorded") && !folder.join("out.txt").exists(), "{err}");
    assert_eq!(lines(folder).len(), 3);
    is_whole(folder);
    let said = delivered(folder, "in/txt.txt", "out.txt");
    assert_eq!(said.code(), 0, "{}", said.err());
}

/// What is said names no option that the command lacks, and the one that is missing by both of its names.
#[test]
fn what_cannot_be_delivered_is_told_without_options_of_other_commands() {
    let scratch = some(&["txt.txt", "png.png"]);
    let folder = scratch.path();
    let mut signed = std::fs::read(folder.join("in/png.png")).unwrap();
    let manifest = biaoshi_container::png::encode(*b"caBX", b"\0\0\0\x10jumb....c2pa trainedAlgorithmicMedia");
    signed.splice(33..33, manifest);
    std::fs::write(folder.join("signed.png"), signed).unwrap();
    std::fs::write(folder.join("bare.log"), "no place for a label").unwrap();
    std::fs::write(folder.join("unknown.bin"), [0, 1, 2, 3]).unwrap();
    for (name, says) in [
        ("signed.png", "name an original without it"),
        ("bare.log", "convert the original"),
        ("unknown.bin", "convert the original"),
    ] {
        let run = delivered(folder, name, "x");
        assert!(run.code() == 3 && !folder.join("x").exists(), "{name}: {}", run.err());
        assert!(run.err().contains(says) && !run.err().contains("--"), "{name}: {}", run.err());
    }
    let mut args = deliver("in/png.png", "x");
    args.drain(2..4);
    let missing = run(folder, &args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(missing.code() == 2 && missing.err().contains("--out DIR or -o FILE"), "{}", missing.err());
}

/// A chain that was changed at its end is not written on in silence.
#[test]
fn a_changed_end_is_told_by_whoever_appends() {
    let scratch = some(&["txt.txt", "png.png"]);
    let folder = scratch.path();
    let verify = ["verify", "in", "--ledger", "ledger", "--quiet", "--allow-unlabelled"];
    assert_eq!(run(folder, &verify).err(), "");
    assert_eq!(run(folder, &verify).err(), "");
    let file = std::fs::read_dir(folder.join("ledger")).unwrap().map(|e| e.unwrap().path());
    let file = file.filter(|path| path.extension().is_some_and(|e| e == "jsonl")).max().unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let at = lines.len() - 2;
    lines[at] = lines[at].replace("verified", "labelled");
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let told = run(folder, &verify);
    assert!(told.err().contains("does not fit the line before it"), "{}", told.err());
    assert_eq!(run(folder, &["ledger", "verify", "ledger"]).code(), 1);
}
