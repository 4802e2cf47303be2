//! A journal whose manifest grows, and a folder that grows without a journal.

use std::path::Path;
use std::time::Instant;

use biaoshi_tests::{OTHER, PRODUCER, Run, TempDir, command, fixtures, lines, run, scratch, tree};

/// A folder with every fixture so many times, as `in/N-NAME`.
fn inputs(copies: usize) -> (TempDir, Vec<String>) {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    let mut names = Vec::new();
    for copy in 0..copies {
        for fixture in fixtures() {
            let name = format!("in/{copy}-{}", fixture.name);
            std::fs::write(folder.path().join(&name), &fixture.bytes).unwrap();
            names.push(name);
        }
    }
    (folder, names)
}

/// A manifest whose rows have the number of their file as id.
fn table(folder: &Path, rows: &[(usize, &String)]) {
    let lines: Vec<String> = rows.iter().map(|(number, path)| format!("{path},id-{number}\n")).collect();
    std::fs::write(folder.join("m.csv"), format!("path,id\n{}", lines.concat())).unwrap();
}

const LABEL: [&str; 10] =
    ["label", "--manifest", "m.csv", "--out", "out", "--layers", "metadata", "--producer", PRODUCER, "--resume"];

fn label(folder: &Path, more: &[&str]) -> Run {
    run(folder, &[&LABEL[..], &["journal"], more].concat())
}

/// Rows come at the front, in the middle and at the end, between kills.
#[test]
fn killed_while_its_manifest_grows_it_ends_as_one_run_with_the_last_table() {
    let kills: usize = std::env::var("KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    let (folder, names) = inputs(kills.max(3));
    let all: Vec<(usize, &String)> = (0..).zip(&names).collect();
    table(folder.path(), &all);
    let started = Instant::now();
    let whole = label(folder.path(), &["-q", "--report", "whole.jsonl"]);
    let took = started.elapsed();
    assert_eq!(whole.code(), 0, "{}", whole.err());
    let wanted = (tree(&folder.path().join("out")), lines(&folder.path().join("whole.jsonl")));
    std::fs::remove_dir_all(folder.path().join("out")).unwrap();
    std::fs::remove_file(folder.path().join("journal")).unwrap();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / f64::from(1_u32 << 31)
    };
    // Each row comes with one of the tables.
    let comes: Vec<usize> = all.iter().map(|_| (random() * (kills + 1) as f64) as usize).collect();
    for turn in 0..kills {
        let rows: Vec<_> = all.iter().copied().filter(|(number, _)| comes[*number] <= turn).collect();
        table(folder.path(), &rows);
        let mut child = command(folder.path()).args(LABEL).args(["journal", "-q"]).spawn().unwrap();
        std::thread::sleep(took.mul_f64(random() * 1.5 / (kills + 1) as f64));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    table(folder.path(), &all);
    let end = label(folder.path(), &["--report", "r.jsonl"]);
    assert_eq!((end.code(), end.err()), (0, String::new()));
    println!("{kills} kills, {} files, {took:?}: {}", all.len(), end.out().lines().last().unwrap());
    assert!(tree(&folder.path().join("out")) == wanted.0, "the trees differ");
    assert!(lines(&folder.path().join("r.jsonl")) == wanted.1, "the reports differ");
}

#[test]
fn a_finished_row_is_settled_and_one_that_is_gone_is_told() {
    let (folder, names) = inputs(1);
    let write = |text: &str| std::fs::write(folder.path().join("m.csv"), text).unwrap();
    let (a, b, c) = (&names[0], &names[1], &names[2]);
    write(&format!("path,id,level\n{a},1,\n{b},2,\n"));
    assert_eq!(label(folder.path(), &[]).code(), 0);
    // More columns, another order: the same cells.
    write(&format!("level,id,path,text\n,3,{c},\n,2,{b},\n,1,{a},\n"));
    let more = label(folder.path(), &[]);
    assert_eq!(more.code(), 0, "{}", more.err());
    assert!(more.out().contains("(2 of them by an earlier run)"), "{}", more.out());
    let before = tree(folder.path());
    for (rows, row) in [(format!("{c},3,\n{a},7,\n"), 3), (format!("{a},1,2\n{c},3,\n"), 2)] {
        write(&format!("path,id,level\n{rows}"));
        let wrong = label(folder.path(), &[]);
        assert_eq!((wrong.code(), wrong.out()), (2, String::new()));
        let head = format!("biaoshi: m.csv: row {row}: the cells of {a} are others");
        assert!(wrong.err().starts_with(&head) && wrong.err().lines().count() == 1, "{}", wrong.err());
        std::fs::write(folder.path().join("m.csv"), &before[Path::new("m.csv")]).unwrap();
        assert!(tree(folder.path()) == before);
    }
    write(&format!("path,id\n{c},3\n"));
    let gone = label(folder.path(), &["-q"]);
    assert_eq!(gone.code(), 0);
    let told =
        format!("biaoshi: --resume journal: 2 of an earlier run's files are not among the inputs any more: {a}, {b}\n");
    assert_eq!(gone.err(), told);
}

/// A row that failed may be mended, and its number is in force.
#[test]
fn a_row_that_was_not_finished_may_change() {
    let (folder, names) = inputs(1);
    let path = folder.path().join("m.csv");
    std::fs::write(&path, format!("path,id\n{},1\nin/none.png,2\n", names[0])).unwrap();
    assert_eq!(label(folder.path(), &[]).code(), 3);
    std::fs::copy(folder.path().join("in/0-png.png"), folder.path().join("in/none.png")).unwrap();
    std::fs::write(&path, format!("path,id\n{},1\nin/none.png,9\n", names[0])).unwrap();
    let run = label(folder.path(), &["--json"]);
    assert_eq!((run.code(), run.json()[1]["fields"]["ProduceID"].as_str()), (0, Some("9")));
}

#[test]
fn lists_paths_and_verify_may_gain_files_too() {
    let (folder, names) = inputs(1);
    let verify = |paths: &[&str]| run(folder.path(), &[&["verify", "--json", "--resume", "j"], paths].concat());
    assert_eq!(verify(&[&names[1]]).json().len(), 1);
    let both = verify(&[&names[0], &names[1]]);
    assert_eq!((both.code(), both.json().len()), (1, 2));
    std::fs::write(folder.path().join("list"), &names[2]).unwrap();
    assert_eq!(verify(&[&names[0], &names[1], "--files-from", "list"]).json().len(), 3);
    std::fs::write(folder.path().join("v.csv"), format!("path,declared\n{},\n", names[0])).unwrap();
    let declared = |text: &str| {
        std::fs::write(folder.path().join("v.csv"), format!("path,declared\n{},{text}\n", names[0])).unwrap();
        run(folder.path(), &["verify", "--manifest", "v.csv", "--resume", "v"]).code()
    };
    assert_eq!((declared("true"), declared("true"), declared("false")), (0, 0, 2));
}

/// A finished file keeps its output; a row before it that wants the same one is refused.
#[test]
fn an_output_that_is_finished_stays() {
    let (folder, names) = inputs(1);
    let root = folder.path().display().to_string();
    let write = |rows: &[String]| {
        std::fs::write(folder.path().join("m.csv"), format!("path,id\n{}", rows.concat())).unwrap();
    };
    std::fs::create_dir(folder.path().join("more")).unwrap();
    let name = names[0].strip_prefix("in/").unwrap();
    std::fs::copy(folder.path().join("in/0-png.png"), folder.path().join("more").join(name)).unwrap();
    let finished = format!("{root}/in/{name},1\n");
    write(std::slice::from_ref(&finished));
    assert_eq!(label(folder.path(), &["--overwrite"]).code(), 0);
    let before = tree(&folder.path().join("out"));
    write(&[format!("{root}/more/{name},2\n"), finished]);
    let run = label(folder.path(), &["--overwrite", "--json"]);
    let actions: Vec<_> = run.json().iter().map(|r| r["action"].as_str().unwrap().to_owned()).collect();
    assert_eq!((run.code(), actions), (3, vec!["refused".to_owned(), "labelled".to_owned()]));
    assert!(tree(&folder.path().join("out")) == before);
}

#[test]
fn a_journal_of_an_earlier_version_is_named_as_such() {
    let (folder, names) = inputs(1);
    table(folder.path(), &[(0, &names[0])]);
    let old =
        format!("{{\"schema\":\"biaoshi.journal/1\",\"command\":\"{}\",\"mark\":\"01234567-\"}}\n", "0".repeat(64));
    std::fs::write(folder.path().join("journal"), &old).unwrap();
    let run = label(folder.path(), &[]);
    assert!(run.code() == 2 && run.err().contains("earlier version"), "{}", run.err());
    assert_eq!(std::fs::read_to_string(folder.path().join("journal")).unwrap(), old);
}

#[test]
fn what_is_there_is_passed_over_when_it_carries_the_label() {
    let (folder, _) = inputs(1);
    let args = ["label", "in", "--out", "out", "--producer", PRODUCER, "--layers", "metadata", "--json"];
    let again = |more: &[&str]| run(folder.path(), &[&args[..], &["--skip-existing"], more].concat());
    let (first, later) = (folder.path().join("in/0-png.png"), folder.path().join("later.png"));
    std::fs::rename(&first, &later).unwrap();
    let whole = run(folder.path(), &args);
    assert_eq!(whole.code(), 0, "{}", whole.err());
    let before = tree(&folder.path().join("out"));
    // Of a folder that grows only what is new is labelled, and the rest keeps its numbers.
    std::fs::rename(&later, &first).unwrap();
    let run = again(&[]);
    assert_eq!(run.code(), 0, "{}", run.err());
    for report in run.json() {
        let is_new = report["path"] == "in/0-png.png";
        assert_eq!(report["action"], if is_new { "labelled" } else { "unchanged" }, "{report}");
        let old = whole.json().into_iter().find(|old| old["path"] == report["path"]);
        assert!(old.is_none_or(|old| old["fields"] == report["fields"] && old["output"] == report["output"]));
        assert!(report["fields"]["ProduceID"].is_string());
    }
    let after = tree(&folder.path().join("out"));
    assert!(after.len() == before.len() + 1 && before.iter().all(|(path, bytes)| after[path] == *bytes));
    // What is there and is not that is refused, with the reason.
    let out = |name: &str| folder.path().join("out").join(name);
    std::fs::copy(folder.path().join("in/0-txt.txt"), out("0-txt.txt")).unwrap();
    std::fs::write(out("0-png.png"), b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\xff").unwrap();
    let run = again(&[]);
    let why = |name: &str| {
        let found = run.json().into_iter().find(|r| r["path"] == format!("in/{name}")).unwrap();
        (found["action"].as_str().unwrap().to_owned(), found["error"]["message"].as_str().unwrap().to_owned())
    };
    assert_eq!(run.code(), 3);
    for (name, reason) in [("0-txt.txt", "carries no label"), ("0-png.png", "cannot be read")] {
        let (action, message) = why(name);
        assert!(action == "refused" && message.contains(reason) && message.contains("out/0-"), "{message}");
    }
    let foreign = biaoshi_tests::run(
        folder.path(),
        &["label", "in/0-gif.gif", "--out", "out", "--producer", OTHER, "--skip-existing"],
    );
    assert!(foreign.code() == 3 && foreign.err().contains("another producer"), "{}", foreign.err());
    let level = biaoshi_tests::run(folder.path(), &[&args[..], &["--skip-existing", "--level", "2"]].concat());
    assert!(level.code() == 3 && level.out().contains("carries another label"));
    for other in ["--overwrite", "--in-place"] {
        assert_eq!(again(&[other]).code(), 2, "{other}");
    }
}

#[test]
fn carry_passes_over_what_has_the_label_of_the_source() {
    let (folder, _) = inputs(1);
    let label = |id, out| {
        let args = ["label", "in/0-png.png", "--producer", PRODUCER, "--layers", "metadata", "--id", id, "-o", out];
        assert_eq!(run(folder.path(), &args).code(), 0);
    };
    label("1", "one.png");
    label("2", "two.png");
    let carry = |source| {
        let run = run(folder.path(), &["carry", source, "in/0-gif.gif", "--out", "out", "--skip-existing", "--json"]);
        (run.code(), run.json()[0]["action"].as_str().unwrap().to_owned())
    };
    assert_eq!(carry("one.png"), (0, "labelled".into()));
    assert_eq!(carry("one.png"), (0, "unchanged".into()));
    assert_eq!(carry("two.png"), (3, "refused".into()));
}
