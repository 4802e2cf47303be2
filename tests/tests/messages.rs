//! Messages name the right file and what to do, and nothing that matters is hidden.

use biaoshi_tests::{PRODUCER, command, root, run, scratch};
use serde_json::json;

/// A folder with a picture, and the same with a label.
fn pictures() -> tempfile::TempDir {
    let folder = scratch();
    for (from, to) in [("clean", "a.png"), ("labelled", "l.png")] {
        std::fs::copy(root().join("fixtures").join(from).join("png-alpha.png"), folder.path().join(to)).unwrap();
    }
    folder
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let folder = pictures();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let args = ["label", "a.png", "-o", "file/out.png", "--producer", PRODUCER];
    let en = run(folder.path(), &args);
    assert_eq!(en.code(), 3);
    assert!(en.err().contains("a.png: cannot write file/out.png: Not a directory"), "{}", en.err());
    let zh = run(folder.path(), &[&args[..], &["--lang", "zh"]].concat());
    assert!(zh.err().contains("无法写入 file/out.png:路径中有一段不是文件夹"), "{}", zh.err());
    let json = run(folder.path(), &[&args[..], &["--json"]].concat());
    assert_eq!(json.json()[0]["error"]["kind"], "io");
}

#[test]
fn a_file_that_is_not_there_has_no_verdict() {
    let folder = scratch();
    for (lang, word) in [("en", "verdict"), ("zh", "结论")] {
        let inspect = run(folder.path(), &["inspect", "no.png", "--lang", lang]);
        assert!(inspect.code() == 3 && !inspect.out().contains(word), "{}", inspect.out());
    }
}

/// What a platform has to act on is shown whatever the exit code is.
#[test]
fn possible_and_suspected_are_never_hidden() {
    let folder = pictures();
    let quiet = |more: &[&str]| {
        let run = run(folder.path(), &[&["verify", "a.png", "-q", "--allow-unlabelled"], more].concat());
        (run.code(), run.out())
    };
    assert_eq!(quiet(&[]), (0, String::new()));
    let (code, declared) = quiet(&["--declared"]);
    assert!(code == 0 && declared.contains("possible"), "{declared}");
    // A declaration is what the platform acts on: that the file has no label is no failure of the upload.
    assert_eq!(run(folder.path(), &["verify", "a.png", "--declared"]).code(), 0);
    assert_eq!(run(folder.path(), &["verify", "a.png"]).code(), 1);
}

#[test]
fn options_of_layers_belong_to_them() {
    let folder = pictures();
    std::fs::write(folder.path().join("r.csv"), "code,name\n").unwrap();
    for (args, layer) in [
        (&["verify", "a.png", "--registry", "r.csv"][..], "watermark"),
        (&["verify", "a.png", "--key", "published"], "watermark"),
        (&["diff", "a.png", "l.png", "--effort", "deep"], "watermark"),
        (&["label", "a.png", "-o", "b.png", "--producer", PRODUCER, "--key", "published"], "watermark"),
        (
            &["label", "a.png", "-o", "b.png", "--producer", PRODUCER, "--layers", "metadata", "--text", "AI合成"],
            "explicit",
        ),
        (&["carry", "l.png", "a.png", "-o", "b.png", "--corner", "top-left"], "explicit"),
    ] {
        let run = run(folder.path(), args);
        assert_eq!((run.code(), run.out().as_str()), (2, ""), "{args:?}");
        assert!(run.err().contains(&format!("is for --layers …,{layer}")), "{}", run.err());
    }
    // In a file of settings they may be meant for another run.
    std::fs::write(folder.path().join("biaoshi.toml"), "registry = \"r.csv\"\n").unwrap();
    assert_eq!(run(folder.path(), &["verify", "l.png"]).code(), 0);
}

#[test]
fn findings_are_counted_in_words() {
    let folder = scratch();
    let bad = r#"{"Label":"1","ContentProducer":"name","ProduceID":"a b","ReservedCode1":"","ContentPropagator":"","PropagateID":"","ReservedCode2":""}"#;
    std::fs::write(folder.path().join("a.md"), format!("---\nAIGC: '{bad}'\n---\n\ntext\n")).unwrap();
    let report = &run(folder.path(), &["verify", "a.md", "--json"]).json()[0];
    let count = |severity: &str| {
        report["findings"].as_array().unwrap().iter().filter(|f| f["severity"] == json!(severity)).count()
    };
    let (errors, warnings) = (count("error"), count("warning"));
    assert!(errors > 1 || warnings > 1, "{report}");
    let row = run(folder.path(), &["verify", "a.md"]).out();
    let word = |n: usize, word: &str| match n {
        0 => String::new(),
        1 => format!("1 {word}"),
        n => format!("{n} {word}s"),
    };
    assert!(row.contains(&word(errors, "error")) && row.contains(&word(warnings, "warning")), "{row}");
}

#[test]
fn a_dry_run_says_what_would_be() {
    let folder = pictures();
    let args = ["label", "a.png", "l.png", "--out", "o", "--producer", PRODUCER, "--dry-run"];
    let en = run(folder.path(), &args).out();
    assert!(en.starts_with("would be labelled") && en.contains("nothing was written; it would be: "), "{en}");
    let zh = run(folder.path(), &[&args[..], &["--lang", "zh"]].concat()).out();
    assert!(zh.starts_with("将标识") && zh.contains("未写入任何内容"), "{zh}");
    let json = run(folder.path(), &[&args[..], &["--json"]].concat()).json();
    assert_eq!((&json[0]["dry_run"], &json[0]["output"]), (&json!(true), &json!(null)));
    assert!(!folder.path().join("o").exists());
}

#[test]
fn a_character_that_no_id_may_have_is_named() {
    let folder = pictures();
    for (id, lang, said) in [
        ("order {stem}", "en", "holds a blank"),
        ("order {stem}", "zh", "含有空格"),
        ("号{stem}", "en", "holds '号'"),
        ("a\\b", "zh", "含有"),
        ("{name}", "en", "{stem}, {sha256}, {uuid}, {index}"),
    ] {
        let run =
            run(folder.path(), &["label", "a.png", "-o", "b.png", "--producer", PRODUCER, "--id", id, "--lang", lang]);
        assert_eq!((run.code(), run.out().as_str()), (2, ""));
        assert!(run.err().contains("--id") && run.err().contains(said), "{}", run.err());
    }
}

#[test]
fn nothing_to_do_is_told() {
    let folder = pictures();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    for args in [
        &["verify", "empty"][..],
        &["verify", ".", "--ext", "jpeg"],
        &["label", ".", "--in-place", "--producer", PRODUCER, "--include", "*.PNG"],
    ] {
        let en = run(folder.path(), args);
        assert!(en.code() == 0 && en.err().contains("no file was found"), "{args:?}: {}", en.err());
    }
}

/// Lists of Windows programs begin with a mark.
#[test]
fn a_list_may_begin_with_a_byte_order_mark() {
    let folder = pictures();
    std::fs::write(folder.path().join("list"), "\u{feff}l.png\n").unwrap();
    let listed = run(folder.path(), &["verify", "--files-from", "list"]);
    assert_eq!(listed.code(), 0, "{}", listed.err());
}

#[test]
fn a_text_on_standard_input_needs_its_name() {
    let folder = scratch();
    std::fs::write(folder.path().join("a.txt"), "words\n").unwrap();
    let input = std::fs::File::open(folder.path().join("a.txt")).unwrap();
    let done = command(folder.path()).args(["label", "-", "--producer", PRODUCER]).stdin(input).output().unwrap();
    assert_eq!(done.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&done.stderr).contains("--stdin-name a.txt"));
}
