//! Texts through the whole program: a second run changes nothing, whatever the encoding and the front matter, and what
//! the report calls written is found.

use std::path::Path;

use biaoshi_container::text::Encoding;
use biaoshi_tests::{Run, TempDir, run, scratch};
use proptest::prelude::*;

const PRODUCER: [&str; 4] = ["--producer", biaoshi_tests::PRODUCER, "--id", "a"];

fn label(folder: &Path, args: &[&str]) -> Run {
    run(folder, &[&["label", "in", "--in-place", "--json"], &PRODUCER[..], args].concat())
}

/// Files of these names and bytes in the folder `in`.
fn folder(files: &[(String, Vec<u8>)]) -> TempDir {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join("in").join(name), bytes).unwrap();
    }
    folder
}

/// Labels twice; each file is labelled once or refused with the bytes that it had, and what is reported is found.
fn labelled_once(files: &[(String, Vec<u8>)], args: &[&str]) -> Result<(), TestCaseError> {
    let folder = folder(files);
    let first = label(folder.path(), args);
    let after = biaoshi_tests::tree(folder.path());
    label(folder.path(), args);
    prop_assert_eq!(&biaoshi_tests::tree(folder.path()), &after);
    let seen = run(folder.path(), &["verify", "in", "--json", "--layers", "metadata,explicit"]).json();
    for report in first.json().iter().filter(|r| r["path"].is_string()) {
        let name = report["path"].as_str().unwrap();
        let before = files.iter().find(|(file, _)| name.ends_with(&format!("/{file}"))).unwrap();
        prop_assert_ne!(report["error"]["kind"].as_str(), Some("internal"), "{}: {:?}", report, before);
        let found = seen.iter().find(|r| r["path"] == report["path"]).unwrap();
        if report["action"] != "labelled" {
            prop_assert_eq!(&after[&Path::new("in").join(&before.0)], &before.1, "{}", report);
            continue;
        }
        let has = |layer: &str| report["layers"].as_array().unwrap().iter().any(|l| l == layer);
        prop_assert_eq!(found["labels"].as_array().unwrap().len(), usize::from(has("metadata")), "{}", found);
        prop_assert!(!has("explicit") || !found["explicit"].as_array().unwrap().is_empty(), "{found} {before:?}");
    }
    Ok(())
}

/// What texts are made of, where it matters.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "---\n",
        "---  \n",
        "+++\n",
        "...\n",
        ";;;\n",
        "```\n",
        "\n",
        "\r\n",
        " ",
        "\0",
        "title: x\n",
        "Date: y\n",
        "  title: x\n",
        "title = 'x'\n",
        "{\n",
        "\"title\": \"x\"",
        "}\n",
        "# 春天\n",
        "a\n",
        "文字",
        "AIGC:{\n",
        "AIGC: {}\n",
        "AI生成\n",
        "本文由AI生成\n",
        "> AI生成\n",
        "[AIGC]\n",
        "\"AIGC\": 1,\n",
        "% x\n",
        "- a\n",
        "AIGC: {\"Label\":\"1\",\"ContentProducer\":\"001191110000EXAMPLE03Q10000\",\"ProduceID\":\"a\"}\n",
        "AIGC:\n  Label: '1'\n  ContentProducer: '001191110000EXAMPLE03Q10000'\n  ProduceID: 'a'\n",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_second_run_changes_no_text() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 40,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    // Many files a run, since starting the program costs more than a text.
    let texts = prop::collection::vec((text(), prop::sample::select(vec!["", "\u{feff}"])), 25);
    runner
        .run(&(texts, any::<bool>(), 0..3usize), |(texts, end, encoding)| {
            let encoding = [Encoding::Utf8, Encoding::Gb18030, Encoding::Utf16Le][encoding];
            let file = |(n, (text, mark)): (usize, &(String, &str))| {
                let bytes = encoding.encode(&format!("{mark}{text}")).unwrap();
                [(format!("{n}.md"), bytes.clone()), (format!("{n}.txt"), bytes)]
            };
            let files: Vec<_> = texts.iter().enumerate().flat_map(file).collect();
            labelled_once(&files, if end { &["--position", "end"] } else { &[] })
        })
        .unwrap();
}

#[test]
fn every_encoding_keeps_its_words() {
    let chinese = "春天的早晨，窗外下着小雨，街上的行人撑着各色的伞，匆匆走过石板路。\n";
    let traditional = "繁體中文的一行文字\n第二行也是\n";
    let japanese = "春の朝、窓の外には小雨が降り、人々は急いで歩いていく。\n";
    let korean = "봄날 아침, 창밖에는 가랑비가 내리고 사람들은 서둘러 지나간다.\n";
    let french = "Été à Paris, les élèves étudient près du café. Ça va très bien.\n";
    let legacy = |name: &[u8]| Encoding::Legacy(encoding_rs::Encoding::for_label(name).unwrap());
    let both: &[&str] = &["metadata", "explicit"];
    for (encoding, text, layers) in [
        (Encoding::Utf32Le, format!("\u{feff}{chinese}"), both),
        (Encoding::Utf32Be, format!("\u{feff}{chinese}"), both),
        (Encoding::Gb18030, format!("\u{feff}{chinese}"), both),
        (Encoding::Gb18030, chinese.into(), both),
        (legacy(b"big5"), traditional.into(), both),
        (legacy(b"shift_jis"), japanese.into(), both),
        (legacy(b"euc-jp"), japanese.into(), both),
        (legacy(b"iso-2022-jp"), japanese.into(), both),
        (legacy(b"euc-kr"), korean.into(), both),
        (legacy(b"latin1"), french.into(), &["metadata"]),
        (Encoding::Utf16Le, chinese.into(), &[]),
        (Encoding::Utf16Be, "Plain words.\r\n".into(), &[]),
    ] {
        for extension in ["md", "txt"] {
            let bytes = encoding.encode(&text).unwrap();
            let name = format!("a.{extension}");
            let folder = folder(&[(name.clone(), bytes.clone())]);
            let report = label(folder.path(), &[]).json().remove(0);
            let after = std::fs::read(folder.path().join("in").join(&name)).unwrap();
            let written: Vec<_> =
                report["layers"].as_array().into_iter().flatten().map(|l| l.as_str().unwrap()).collect();
            assert_eq!(written, layers, "{encoding:?}: {report}");
            // The words stay as they were, and the label decodes with them.
            let (old, new) = (encoding.decode(&bytes), encoding.decode(&after));
            let words = old.trim_start_matches('\u{feff}');
            assert!(new.contains(words) && !new.contains('\u{fffd}'), "{new}");
            assert_eq!(new.contains("本文由AI生成\n"), layers.contains(&"explicit"), "{new}");
            assert_eq!(after == bytes, layers.is_empty());
            labelled_once(&[(name, bytes)], &[]).unwrap();
        }
    }
}

#[test]
fn one_bad_byte_hides_no_label_and_is_told() {
    let chinese = "春天的早晨，窗外下着小雨，街上的行人撑着各色的伞，匆匆走过石板路。\n".repeat(3);
    for encoding in [Encoding::Utf8, Encoding::Gb18030] {
        let words = encoding.encode(&chinese).unwrap();
        let bytes = [&words[..], b"\xff", &words, b"\nAIGC: {\"Label\":\"1\",\"ProduceID\":\"a\"}\n"].concat();
        let folder = folder(&[("a.txt".into(), bytes)]);
        let report = run(folder.path(), &["verify", "in", "--json"]).json().remove(0);
        assert_eq!(report["labels"].as_array().unwrap().len(), 1, "{report}");
        assert!(report["findings"].as_array().unwrap().iter().any(|f| f["code"] == "file.part"), "{report}");
    }
    let utf16 = Encoding::Utf16Le.encode("Words.\r\nAIGC: {\"Label\":\"1\",\"ProduceID\":\"a\"}\r\n").unwrap();
    let folder = folder(&[("a.txt".into(), utf16)]);
    let report = run(folder.path(), &["verify", "in", "--json"]).json().remove(0);
    assert_eq!(report["labels"].as_array().unwrap().len(), 1, "{report}");
}
