//! `carry` and `diff` for many: each rendition belongs to an original of its own, by its row or by its name.

use std::path::Path;

use biaoshi_tests::{PRODUCER, Run, TempDir, fixture, lines, run, scratch, tree};
use serde_json::{Value, json};

/// Labelled originals `a.png`, `a-b.png`, `d/a.jpg` in `orig`, clean renditions of them in `rend`.
fn with(renditions: &[&str]) -> TempDir {
    let folder = scratch();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("orig/d")).unwrap();
    for name in ["a.png", "a-b.png", "d/a.jpg"] {
        let clean = if name.ends_with("png") { "png.png" } else { "jpeg.jpg" };
        std::fs::write(at("orig").join(name), fixture(clean)).unwrap();
    }
    let label =
        ["label", "orig", "--in-place", "--producer", PRODUCER, "--id", "{stem}-{index}", "--layers", "metadata"];
    assert_eq!(run(folder.path(), &label).code(), 0);
    for name in renditions {
        let path = at("rend").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, fixture("webp.webp")).unwrap();
    }
    folder
}

fn id(folder: &Path, name: &str) -> Value {
    run(folder, &["verify", "--json", name]).json().remove(0)["labels"][0]["fields"]["ProduceID"].clone()
}

/// Path, action and source of each line.
fn told(run: &Run) -> Vec<(String, String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
    run.json().iter().map(|r| (text(&r["path"]), text(&r["action"]), text(&r["source"]))).collect()
}

fn rows(all: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    all.iter().map(|(a, b, c)| (a.to_string(), b.to_string(), c.to_string())).collect()
}

const RENDITIONS: [&str; 5] = ["a-small.webp", "a-b-small.webp", "d/a-1.webp", "d/c-1.webp", "plain.webp"];

#[test]
fn each_rendition_gets_the_label_of_its_original() {
    let folder = with(&RENDITIONS);
    let args = ["carry", "orig", "rend", "--match", "{stem}-*", "--out", "out", "--json"];
    let done = run(folder.path(), &args);
    assert_eq!(done.code(), 3, "two belong to none: {}", done.err());
    let wanted = rows(&[
        ("rend/a-b-small.webp", "labelled", "orig/a-b.png"),
        ("rend/a-small.webp", "labelled", "orig/a.png"),
        ("rend/d/a-1.webp", "labelled", "orig/d/a.jpg"),
        ("rend/d/c-1.webp", "refused", "-"),
        ("rend/plain.webp", "refused", "-"),
    ]);
    assert_eq!(told(&done), wanted);
    assert!(done.json()[3]["error"]["message"].as_str().unwrap().contains("none of the originals belongs to it"));
    for (out, original) in [("a-b-small", "a-b.png"), ("a-small", "a.png"), ("d/a-1", "d/a.jpg")] {
        let original = id(folder.path(), &format!("orig/{original}"));
        assert_eq!(id(folder.path(), &format!("out/{out}.webp")), original, "{out}");
    }
    let isolated = run(folder.path(), &[&args[..], &["--isolate", "--overwrite"]].concat());
    assert_eq!(told(&isolated), wanted, "{}", isolated.err());
    // Two originals that only their extensions tell apart.
    std::fs::copy(folder.path().join("orig/a.png"), folder.path().join("orig/a.jpg")).unwrap();
    let refused = run(folder.path(), &[&args[..], &["--overwrite"]].concat()).json();
    let message = refused[1]["error"]["message"].as_str().unwrap();
    assert!(message.contains("orig/a.jpg and orig/a.png belong to it equally well"), "{message}");
    let by_path = run(folder.path(), &["carry", "orig", "rend", "--in-place", "--json"]);
    assert!(
        told(&by_path).iter().all(|(_, action, _)| action == "refused"),
        "no rendition has the path of an original"
    );
}

#[test]
fn what_pairs_nothing_is_a_wrong_command_line() {
    let folder = with(&["a-1.webp"]);
    std::fs::write(folder.path().join("m.csv"), "path\nrend/a-1.webp\n").unwrap();
    for (args, message) in [
        (
            &["carry", "orig", "rend", "--match", "{stm}-*"][..],
            "--match \"{stm}-*\": {stm} means nothing; there are {dir}",
        ),
        (&["carry", "orig", "rend", "--match", "*"], "exactly one {stem} or {name}"),
        (&["carry", "orig/a.png", "rend", "--match", "{stem}-*"], "--match is for two folders"),
        (&["carry", "orig", "--manifest", "m.csv"], "the column source names the original of each row"),
        (&["carry", "--manifest", "m.csv"], "m.csv: row 2: no source"),
    ] {
        let refused = run(folder.path(), &[args, &["--in-place"]].concat());
        assert!(refused.code() == 2 && refused.err().contains(message), "{args:?}: {}", refused.err());
        let zh = run(folder.path(), &[args, &["--in-place", "--lang", "zh"]].concat());
        assert!(zh.code() == 2 && !zh.err().contains(message), "{}", zh.err());
    }
    let refused = run(folder.path(), &["diff", "orig/a.png", "rend/a-1.webp", "--match", "{stem}-*"]);
    assert!(refused.code() == 2 && refused.err().contains("--match is for two folders"), "{}", refused.err());
}

#[test]
fn rows_name_originals_and_a_bad_one_is_the_trouble_of_its_row() {
    let folder = with(&["1.webp", "2.webp", "3.webp", "4.webp", "5.webp"]);
    std::fs::write(folder.path().join("clean.png"), fixture("png.png")).unwrap();
    let table = "path,source,output\nrend/1.webp,orig/a.png,x/1.webp\nrend/2.webp,orig/gone.png,\nrend/3.webp,clean.png,\nrend/4.webp,orig/a.png,\nrend/5.webp,orig\\a.png,\n";
    std::fs::write(folder.path().join("m.csv"), table).unwrap();
    let args = ["carry", "--manifest", "m.csv", "--out", "out", "--json", "--resume", "j"];
    let first = run(folder.path(), &args);
    let wanted = rows(&[
        ("rend/1.webp", "labelled", "orig/a.png"),
        ("rend/2.webp", "failed", "orig/gone.png"),
        ("rend/3.webp", "refused", "clean.png"),
        ("rend/4.webp", "labelled", "orig/a.png"),
        ("rend/5.webp", "failed", "orig\\a.png"),
    ]);
    assert_eq!((first.code(), told(&first)), (3, wanted), "{}", first.err());
    let all = first.json();
    let message = |n: usize| all[n]["error"]["message"].as_str().unwrap().to_owned();
    assert!(message(1).starts_with("source orig/gone.png: No such file"), "{}", message(1));
    assert!(message(2).starts_with("source clean.png: the source carries no label"), "{}", message(2));
    assert!(message(4).contains("orig/a.png is there: write / for each"), "{}", message(4));
    assert_eq!((&all[1]["error"]["kind"], &all[2]["error"]["kind"]), (&json!("io"), &json!("refused")));
    assert_eq!(id(folder.path(), "out/x/1.webp"), id(folder.path(), "orig/a.png"));
    let both = run(folder.path(), &["carry", "orig/a.png", "--manifest", "m.csv", "--out", "o2"]);
    assert!(both.code() == 2 && both.err().contains("row 2: the row has a source"), "{}", both.err());
    assert_eq!(run(folder.path(), &["carry", "--out", "o2"]).code(), 2);
    // What is finished is not done again, until its original changes.
    let before = tree(&folder.path().join("out"));
    let again = run(folder.path(), &args);
    assert_eq!((told(&again), tree(&folder.path().join("out"))), (told(&first), before.clone()));
    let relabel = ["label", "orig/a.png", "--in-place", "--replace", "--id", "another-one", "--producer", PRODUCER];
    assert_eq!(run(folder.path(), &relabel).code(), 0);
    let changed = run(folder.path(), &args);
    assert_eq!(told(&changed)[0].1, "labelled", "{}", changed.out());
    assert_eq!(id(folder.path(), "out/x/1.webp"), "another-one");
}

#[test]
fn comparing_folders_shows_what_changed() {
    let folder = with(&["a-1.webp", "a-b-1.webp", "d/a-1.webp", "new.webp"]);
    let at = folder.path();
    assert_eq!(run(at, &["carry", "orig", "rend", "--match", "{stem}-*", "--out", "out"]).code(), 3);
    std::fs::copy(at.join("rend/d/a-1.webp"), at.join("out/d/a-1.webp")).unwrap();
    std::fs::copy(at.join("out/a-1.webp"), at.join("out/new.webp")).unwrap();
    let args = ["diff", "orig", "out", "--match", "{stem}-*"];
    let brief = run(at, &args);
    assert_eq!(brief.code(), 1, "{}", brief.err());
    let heads = |run: &Run| run.out().lines().filter(|l| !l.starts_with(' ')).map(str::to_owned).collect::<Vec<_>>();
    let last = "2 kept, 1 added, 0 changed, 0 broken, 1 lost; 2 of 4 pairs unchanged";
    assert_eq!(heads(&brief), ["orig/d/a.jpg -> out/d/a-1.webp", "- -> out/new.webp", last], "{}", brief.out());
    let all = run(at, &[&args[..], &["-v"]].concat());
    assert_eq!(heads(&all).len(), 5, "{}", all.out());
    assert_eq!(run(at, &[&args[..], &["--json"]].concat()).json().len(), 4);
    let lost = run(at, &[&args[..], &["--only", "lost,broken", "--report", "r.csv", "--report", "r.jsonl"]].concat());
    assert_eq!(heads(&lost), ["orig/d/a.jpg -> out/d/a-1.webp", last], "{}", lost.out());
    let jsonl = lines(&at.join("r.jsonl"));
    assert_eq!(jsonl, run(at, &[&args[..], &["--only", "lost", "--json"]].concat()).json());
    assert_eq!(jsonl.len(), 1);
    let csv = std::fs::read_to_string(at.join("r.csv")).unwrap();
    let columns = "before,after,lost,broken,changed,added,kept,marks,unchecked,errors,time,version";
    assert_eq!(csv.lines().next().unwrap().trim_start_matches('\u{feff}'), columns);
    assert!(csv.contains("orig/d/a.jpg,out/d/a-1.webp,1,0,0,0,0,lost label "), "{csv}");
    // Everything counts for the exit code, whatever is shown.
    let kept = run(at, &[&args[..], &["--only", "kept", "--json"]].concat());
    assert_eq!((kept.code(), kept.json().len()), (1, 2));
    assert!(run(at, &[&args[..], &["--only", "gone"]].concat()).code() == 2);
    // Of two files that are named, everything is shown.
    let one = run(at, &["diff", "orig/a.png", "out/a-1.webp"]);
    assert!(one.code() == 0 && one.out().contains("kept"), "{}", one.out());
}
