//! Whoever asks for Chinese gets Chinese: errors, findings, reasons and notes about files that are wrong in all ways hold no
//! English phrase.

use biaoshi_tests::hostile::hostile;
use biaoshi_tests::{PRODUCER, fixtures, run, scratch};
use serde_json::Value;

/// What is called so in Chinese too.
const TERMS: &[&str] = &["front matter", "raw profile"];

/// Words in a row from which a phrase is English.
const WORDS: usize = 3;

/// The first English phrase of a message. What stands in quotes is from the file, and what follows `原文:` from a library that
/// speaks English only.
fn english(message: &str) -> Option<String> {
    let own = message.split("原文:").next().unwrap_or_default();
    let own: String = own.split('"').step_by(2).collect::<Vec<_>>().join(".");
    let own = TERMS.iter().fold(own, |text, term| text.replace(term, "."));
    let is_word = |w: &str| w.chars().all(|c| c.is_ascii_alphabetic() || c == '-' || c == '\'');
    let parts = own.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '\'')));
    let mut phrases = parts.map(|part| part.split_whitespace().filter(|w| is_word(w)).collect::<Vec<_>>());
    phrases.find(|words| words.len() >= WORDS).map(|words| words.join(" "))
}

/// All messages, reasons and notes of a report.
fn messages(report: &Value) -> Vec<&str> {
    let of = |list: &str, key: &str| -> Vec<&str> {
        report[list].as_array().into_iter().flatten().filter_map(|one| one[key].as_str()).collect()
    };
    let notes = report["notes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let error = report["error"]["message"].as_str();
    [of("findings", "message"), of("skipped", "reason")].concat().into_iter().chain(notes).chain(error).collect()
}

/// Fixtures that are cut off, and those with a lying length.
fn damaged(folder: &std::path::Path) {
    std::fs::create_dir_all(folder).unwrap();
    for fixture in fixtures() {
        let bytes = std::fs::read(fixture.twin()).unwrap();
        for part in 1..8 {
            let at = bytes.len() * part / 8;
            let mut lying = bytes.clone();
            let early = (part * 24).min(bytes.len() - 2);
            lying[early..early + 2].copy_from_slice(&[0xff, 0xf0]);
            std::fs::write(folder.join(format!("cut-{part}-{}", fixture.name)), &bytes[..at]).unwrap();
            std::fs::write(folder.join(format!("lie-{part}-{}", fixture.name)), lying).unwrap();
        }
    }
}

#[test]
fn chinese_messages_hold_no_english_phrase() {
    let scratch = scratch();
    let folder = scratch.path();
    damaged(&folder.join("damaged"));
    let hostile = hostile();
    let hostile = hostile.to_str().unwrap();
    let verify = ["verify", "damaged", hostile, "--json", "--lang", "zh", "--layers", "metadata,traces"];
    let label = ["label", "damaged", hostile, "--out", "out", "--json", "--lang", "zh", "--producer", PRODUCER];
    let force = [&label[..], &["--overwrite", "--replace", "--break-signatures", "--layers", "metadata"]].concat();
    let mut seen = 0;
    for args in [&verify[..], &label, &force] {
        for report in run(folder, args).json() {
            for message in messages(&report) {
                seen += 1;
                let phrase = english(message);
                assert!(phrase.is_none(), "{}: {phrase:?} in {message}", report["path"]);
                assert!(!message.contains("nothing"), "{message}");
            }
        }
    }
    assert!(seen > 3000, "{seen}");
}

#[test]
fn english_phrases_are_seen() {
    for (message, phrase) in [
        ("PNG:文件在the end of the file中途结束", Some("the end of the file")),
        ("MP4:no box moov(字节 5)", Some("no box moov")),
        ("数据损坏:文本 \"Raw profile type xmp\" 有误", None),
        ("文件中的标识相互矛盾:Label, ContentProducer, ProduceID", None),
        ("图像无法解码(解码器原文:Invalid Huffman code table)", None),
        ("不支持:含多个 AIGC 成员的 JSON front matter", None),
        ("PDF:文件在出现 startxref 之前中途结束(字节 9)", None),
    ] {
        assert_eq!(english(message).as_deref(), phrase, "{message}");
    }
}
