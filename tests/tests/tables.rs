//! Manifests as databases export them: other names, further columns, what comes back in reports, standard input.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use biaoshi_tests::{OTHER, PRODUCER, Run, TempDir, command, fixtures, run, scratch, tree};
use serde_json::{Value, json};

/// A folder with some fixtures in `in`, and a table.
fn with(name: &str, table: impl AsRef<[u8]>) -> TempDir {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    for file in ["png.png", "jpeg.jpg", "txt.txt", "mp3.mp3"] {
        let fixture = fixtures().into_iter().find(|f| f.name == file).unwrap();
        std::fs::copy(fixture.path, folder.path().join("in").join(file)).unwrap();
    }
    std::fs::write(folder.path().join(name), table).unwrap();
    folder
}

fn label(folder: &Path, args: &[&str]) -> Run {
    run(folder, &[&["label", "--json", "--producer", PRODUCER, "--layers", "metadata"], args].concat())
}

/// Runs with something on standard input.
fn piped(folder: &Path, args: &[&str], input: &[u8]) -> Run {
    let mut command = command(folder);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that refuses its command line reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input);
    Run(child.wait_with_output().unwrap())
}

fn fields<'r>(report: &'r Value, field: &str) -> &'r str {
    report["fields"][field].as_str().unwrap_or_default()
}

const EXPORT: &str = "post_id;FILE_PATH ;owner;id\n10000000000000000000001;in/png.png;=cmd;1\n1.10;in/txt.txt;Ä b;2\n";

#[test]
fn an_export_of_a_database_is_taken_as_it_is() {
    let folder = with("m.csv", EXPORT);
    let map = ["--manifest", "m.csv", "--map", "id=post_id", "--map", "path=file_path", "--out", "out"];
    let refused = label(folder.path(), &map);
    assert_eq!(refused.code(), 2);
    for part in ["m.csv: row 1: unknown column \"owner\"", "--map", "--ignore-columns", "--keep-columns"] {
        assert!(refused.err().contains(part), "{part}: {}", refused.err());
    }
    let reports = ["--ignore-columns", "--keep-columns", "owner,post_id", "--report", "r.csv", "--report", "r.jsonl"];
    let done = label(folder.path(), &[&map[..], &reports].concat());
    assert_eq!(done.code(), 0, "{}", done.err());
    let all = done.json();
    assert_eq!((fields(&all[0], "ProduceID"), fields(&all[1], "ProduceID")), ("10000000000000000000001", "1.10"));
    assert_eq!(all[0]["row"], json!({"post_id": "10000000000000000000001", "owner": "=cmd"}));
    let csv = std::fs::read_to_string(folder.path().join("r.csv")).unwrap();
    let mut lines = csv.lines();
    assert!(lines.next().unwrap().ends_with(",version,row.post_id,row.owner"), "{csv}");
    assert!(lines.next().unwrap().ends_with(",10000000000000000000001,'=cmd"), "no formula: {csv}");
    assert!(lines.next().unwrap().ends_with(",1.10,Ä b"), "{csv}");
    assert_eq!(biaoshi_tests::lines(&folder.path().join("r.jsonl")), done.json());
    assert_eq!(tree(&folder.path().join("out")).len(), 2);
}

#[test]
fn what_was_mapped_and_is_not_there_is_a_wrong_command_line() {
    let json = r#"{"post":1,"path":"in/png.png"}"#;
    for (name, table) in [("m.csv", "post,path\n1,in/png.png\n"), ("m.jsonl", json)] {
        let folder = with(name, table);
        for (more, message) in [
            (&["--map", "id=nr", "--ignore-columns"][..], "--map id=nr: the table has no column \"nr\""),
            (&["--map", "size=post"], "--map \"size=post\": before the = stands no column that can be mapped"),
            (&["--map", "id=post", "--map", "id=path"], "--map \"id=path\": another --map has the same column"),
            (&["--map", "post"], "--map \"post\" is not COLUMN=NAME"),
            (&["--keep-columns", "post,tag"], "--keep-columns: the table has no column \"tag\""),
            (&["--keep-columns", "post", "--ignore-columns", "post"], "cannot be both ignored and kept"),
        ] {
            for lang in ["en", "zh"] {
                let refused =
                    label(folder.path(), &[&["--manifest", name, "--out", "out", "--lang", lang], more].concat());
                assert_eq!((refused.code(), refused.out()), (2, String::new()), "{more:?}");
                assert!(lang == "zh" || refused.err().contains(message), "{more:?}: {}", refused.err());
            }
        }
        assert!(!folder.path().join("out").exists());
        for option in ["--map=id=post", "--keep-columns=post", "--ignore-columns=post", "--manifest-format=csv"] {
            let refused = label(folder.path(), &["in", "--out", "out", option]);
            assert!(refused.code() == 2 && refused.err().contains("is for --manifest"), "{option}: {}", refused.err());
        }
    }
}

#[test]
fn settings_name_columns_too() {
    let folder = with("m.csv", "post,path,x\n7,in/png.png,1\n");
    let settings = "[label]\nmap = [\"id=post\"]\nignore-columns = \"*\"\n";
    std::fs::write(folder.path().join("biaoshi.toml"), settings).unwrap();
    let done = label(folder.path(), &["--manifest", "m.csv", "--out", "out"]);
    assert_eq!((done.code(), fields(&done.json()[0], "ProduceID")), (0, "7"), "{}", done.err());
    let mut by_variable = command(folder.path());
    by_variable.env("BIAOSHI_KEEP_COLUMNS", "x").args(["label", "--json", "--manifest", "m.csv", "--out", "o2"]);
    let done = Run(by_variable.args(["--producer", PRODUCER]).output().unwrap());
    assert_eq!(done.json()[0]["row"], json!({"x": "1"}), "{}", done.err());
}

#[test]
fn each_row_says_where_its_output_goes_and_what_it_looks_like() {
    let table = format!(
        "path,output,producer,corner,position\nin/png.png,new/one.png,{OTHER},top-left,\nin/txt.txt,two.txt,,,end\n"
    );
    let folder = with("m.csv", table);
    let args = ["label", "--json", "--producer", PRODUCER, "--manifest", "m.csv", "--out", "out"];
    let done = run(folder.path(), &args);
    assert_eq!(done.code(), 0, "{}", done.err());
    let all = done.json();
    assert_eq!((&all[0]["output"], &all[1]["output"]), (&json!("out/new/one.png"), &json!("out/two.txt")));
    assert_eq!((fields(&all[0], "ContentProducer"), fields(&all[0], "ContentPropagator")), (OTHER, OTHER));
    assert_eq!(fields(&all[1], "ContentProducer"), PRODUCER);
    let seen =
        run(folder.path(), &["verify", "--json", "--layers", "explicit", "out/new/one.png", "out/two.txt"]).json();
    let corner = seen[0]["explicit"][0]["where"]["box"].as_array().unwrap().clone();
    assert!(corner[0].as_u64().unwrap() < 20 && corner[1].as_u64().unwrap() < 20, "{corner:?}");
    // At the end: the text has 97 characters.
    assert!(seen[1]["explicit"][0]["where"]["offset"].as_u64().unwrap() > 90, "{}", seen[1]);
    for (rows, message) in [
        ("in/png.png,../x.png,,,\n", "row 2: the output \"../x.png\" must be the name of a file below --out"),
        ("in/png.png,/x.png,,,\n", "row 2: the output \"/x.png\" must be"),
        ("in/png.png,a.png,,,\nin/txt.txt,./a.png,,,\n", "row 3: the output a.png is that of row 2 already"),
        ("in/txt.txt,,,,\nin/png.png,in/txt.txt,,,\n", "row 3: the output in/txt.txt is that of row 2 already"),
        ("in/png.png,in/txt.txt,,,\nin/txt.txt,,,,\n", "row 3: the output in/txt.txt is that of row 2 already"),
        ("in/png.png,,Somebody,,\n", "row 2: producer \"Somebody\" is no provider code"),
        ("in/png.png,,,middle,\n", "row 2: corner: \"middle\" is none of bottom-right"),
    ] {
        std::fs::write(folder.path().join("m.csv"), format!("path,output,producer,corner,position\n{rows}")).unwrap();
        let refused = label(folder.path(), &["--manifest", "m.csv", "--out", "o2"]);
        assert!(refused.code() == 2 && refused.err().contains(message), "{rows}: {}", refused.err());
    }
    std::fs::write(folder.path().join("m.csv"), "path,output\nin/png.png,x.png\n").unwrap();
    let refused = label(folder.path(), &["--manifest", "m.csv", "--in-place"]);
    assert!(refused.code() == 2 && refused.err().contains("without --out leave it empty"), "{}", refused.err());
}

/// Measures Art. 10: a foreign label makes way only for a reason, and the reason is told.
#[test]
fn a_foreign_label_makes_way_for_a_reason() {
    let folder =
        with("m.csv", "path,replace,reason\nin/png.png,true,court order 7\nin/jpeg.jpg,,\nin/txt.txt,yes,unused\n");
    let foreign = ["label", "in/png.png", "in/jpeg.jpg", "--in-place", "--producer", OTHER];
    assert_eq!(run(folder.path(), &foreign).code(), 0);
    let done = label(folder.path(), &["--manifest", "m.csv", "--out", "out", "--report", "r.csv"]);
    let actions: Vec<_> = done.json().iter().map(|r| (r["action"].clone(), r["reason"].clone())).collect();
    let wanted = [
        (json!("labelled"), json!("court order 7")),
        (json!("refused"), Value::Null),
        (json!("labelled"), Value::Null),
    ];
    assert_eq!(actions, wanted, "a reason stands where a label was replaced");
    assert!(std::fs::read_to_string(folder.path().join("r.csv")).unwrap().contains(",court order 7,"));
    for (row, message) in [
        ("in/png.png,true,\n", "row 2: a label is replaced only for a reason"),
        ("in/png.png,true,\"  \"\n", "row 2: a label is replaced only for a reason"),
        ("in/png.png,,why\n", "row 2: there is a reason, and nothing is to be replaced"),
    ] {
        std::fs::write(folder.path().join("m.csv"), format!("path,replace,reason\n{row}")).unwrap();
        let refused = label(folder.path(), &["--manifest", "m.csv", "--out", "o2"]);
        assert!(refused.code() == 2 && refused.err().contains(message), "{row}: {}", refused.err());
    }
    let all = label(folder.path(), &["in/jpeg.jpg", "--out", "o3", "--replace", "--reason", "ours by contract"]);
    assert_eq!(all.json()[0]["reason"], "ours by contract");
    let refused = label(folder.path(), &["in/jpeg.jpg", "--out", "o4", "--reason", "why"]);
    assert!(refused.code() == 2 && refused.err().contains("--reason is for --replace"), "{}", refused.err());
}

#[test]
fn verify_holds_labels_against_the_ids_of_the_database() {
    let folder = with("m.csv", "path,id,tag\nin/png.png,post-1,a\nin/jpeg.jpg,post-2,b\nin/txt.txt,post-3,c\n");
    for (name, id) in [("png.png", "post-1"), ("jpeg.jpg", "post-9")] {
        let path = format!("in/{name}");
        assert_eq!(label(folder.path(), &[&path, "--in-place", "--id", id]).code(), 0);
    }
    let args = ["verify", "--json", "--manifest", "m.csv", "--keep-columns", "--allow-unlabelled", "--report", "r.csv"];
    let done = run(folder.path(), &args);
    assert_eq!(done.code(), 0, "a warning changes no exit code: {}", done.err());
    let found = |report: &Value| -> Vec<(String, String)> {
        let all = report["findings"].as_array().unwrap().iter().filter(|f| f["code"] == "label.expected-id");
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        all.map(|f| (text(&f["severity"]), text(&f["message"]))).collect()
    };
    let all = done.json();
    assert_eq!((found(&all[0]), found(&all[2])), (vec![], vec![]));
    let [(severity, message)] = &found(&all[1])[..] else { panic!("{}", all[1]) };
    assert!(severity == "warning" && message.ends_with("post-9, expected post-2"), "{message}");
    assert_eq!((&all[2]["expected_id"], &all[2]["row"]), (&json!("post-3"), &json!({"tag": "c"})));
    let csv = std::fs::read_to_string(folder.path().join("r.csv")).unwrap();
    assert!(csv.lines().next().unwrap().ends_with(",version,row.tag") && csv.contains(",post-2,"), "{csv}");
    assert!(csv.lines().nth(2).unwrap().ends_with(",b"), "{csv}");
    let isolated = run(folder.path(), &[&args[..], &["--isolate"]].concat());
    assert_eq!(isolated.out(), done.out());
    let zh = run(folder.path(), &[&args[..], &["--lang", "zh"]].concat()).json();
    assert!(found(&zh[1])[0].1.contains("post-9,应为 post-2"), "{}", zh[1]);
}

#[test]
fn a_path_of_windows_is_told_and_not_rewritten() {
    let folder = with("m.csv", "path\nin\\png.png\nin\\gone.png\nin\\odd.txt\n");
    std::fs::write(folder.path().join("in\\odd.txt"), "a name with a backslash\n").unwrap();
    let all = label(folder.path(), &["--manifest", "m.csv", "--out", "out"]).json();
    let message = |n: usize| all[n]["error"]["message"].as_str().unwrap_or_default();
    assert!(message(0).contains("in/png.png is there: write / for each \\"), "{}", message(0));
    assert!(message(1).contains("No such file") && !message(1).contains("write /"), "{}", message(1));
    assert_eq!((&all[0]["error"]["kind"], &all[2]["action"]), (&json!("io"), &json!("labelled")));
}

#[test]
fn a_table_comes_from_standard_input() {
    let folder = with("m.csv", "");
    let json = "\n{\"path\":\"in/png.png\",\"id\":7}\n";
    let label = ["label", "--json", "--producer", PRODUCER, "--layers", "metadata", "--manifest", "-"];
    for (n, (more, table)) in [
        (&[][..], "path,id\nin/png.png,7\n"),
        (&[], json),
        (&["--manifest-format", "jsonl"], json),
        (&["--isolate"], json),
    ]
    .into_iter()
    .enumerate()
    {
        let done = piped(folder.path(), &[&label[..], &["--out", &n.to_string()], more].concat(), table.as_bytes());
        assert_eq!((done.code(), fields(&done.json()[0], "ProduceID")), (0, "7"), "{more:?}: {}", done.err());
    }
    let wrong =
        piped(folder.path(), &[&label[..], &["--out", "x", "--manifest-format", "csv"]].concat(), json.as_bytes());
    assert!(wrong.code() == 2 && wrong.err().contains("biaoshi: -: row 2: "), "{}", wrong.err());
    let resumed = [&label[..], &["--out", "r", "--resume", "j"]].concat();
    for _ in 0..2 {
        let done = piped(folder.path(), &resumed, json.as_bytes());
        assert_eq!((done.code(), done.json().len()), (0, 1), "{}", done.err());
    }
    std::fs::write(folder.path().join("m.txt"), "path\nin/png.png\n").unwrap();
    let named = ["verify", "--manifest", "m.txt", "--allow-unlabelled"];
    assert!(run(folder.path(), &named).err().contains("--manifest-format"));
    assert_eq!(run(folder.path(), &[&named[..], &["--manifest-format", "csv"]].concat()).code(), 0);
}
