//! Help and manual pages: in both languages, from one definition.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use biaoshi_tests::help::{entries, pages, with_tables};
use biaoshi_tests::words::{english, is_han, known};
use biaoshi_tests::{command, root, run, scratch};
use serde_json::Value;

/// The headings in the order of use.
const HEADINGS: [&str; 9] =
    ["Inputs", "Outputs", "Label", "Layers", "Policy", "Reports", "Performance", "Limits", "General"];

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value} is no text"))
}

#[test]
fn a_reference_in_chinese_gets_its_tables() {
    let made = with_tables("a\n<!-- options label: Label, Limits -->\nold\n<!-- /options -->\nb\n", "zh");
    assert!(made.starts_with("a\n<!-- options label: Label, Limits -->\n| 选项 | 含义 |\n"), "{made}");
    assert!(
        made.contains("| `--producer 编码` | 生成内容的服务提供者编码 |\n") && made.contains("[默认:`64G`]"),
        "{made}"
    );
    assert!(made.ends_with("<!-- /options -->\nb\n") && !made.contains("old"), "{made}");
}

#[test]
fn every_command_and_argument_has_both_languages() {
    let (en, zh) = (pages("en"), pages("zh"));
    assert_eq!(en.len(), zh.len());
    for (en, zh) in en.iter().zip(&zh) {
        let name = text(en, "name");
        assert_eq!(name, text(zh, "name"));
        let both = |what: &str, english: &str, chinese: &str| {
            let plain = english.replace("AI生成", "");
            assert!(!plain.is_empty() && !plain.chars().any(is_han), "{name}: {what}: the English is {english:?}");
            assert!(chinese.chars().any(is_han), "{name}: {what}: the Chinese is {chinese:?}");
        };
        both("about", text(en, "about"), text(zh, "about"));
        for ((_, en), (_, zh)) in entries(en).zip(entries(zh)) {
            both(text(en, "written"), text(en, "text"), text(zh, "text"));
            let (en, zh) = (text(en, "written"), text(zh, "written"));
            let value = |written: &str| written.rsplit([' ', ',']).next().unwrap().to_owned();
            assert!(value(en).starts_with('-') || value(en) != value(zh), "{name}: the value of {en} has no Chinese");
        }
        for (en, zh) in en["exits"].as_array().unwrap().iter().zip(zh["exits"].as_array().unwrap()) {
            both("exit", en[1].as_str().unwrap(), zh[1].as_str().unwrap());
        }
    }
}

#[test]
fn headings_are_in_the_order_of_use_and_hold_every_argument() {
    for page in pages("en") {
        let names: Vec<_> = page["groups"].as_array().unwrap().iter().map(|group| text(group, "name")).collect();
        let places: Vec<_> = names.iter().map(|n| HEADINGS.iter().position(|h| h == n).unwrap()).collect();
        assert!(places.is_sorted(), "{}: {names:?}", page["name"]);
        let general = entries(&page).filter(|(heading, _)| *heading == "General").map(|(_, e)| text(e, "written"));
        assert_eq!(general.count(), 6, "{}: an argument has no heading", page["name"]);
    }
}

/// Who heeds what several commands have. A command that is not named here for one of them must not offer it.
#[test]
fn no_command_offers_what_it_ignores() {
    let batch = ["carry", "diff", "label", "propagate", "verify"];
    let lists = ["watermark detect", "watermark embed"];
    let results = ["code check", "code make", "explain", "formats", "inspect", "key new", "key show"];
    let records = ["deliver-unlabelled", "ledger find", "ledger head", "ledger retention", "ledger verify"];
    let sorted = |parts: &[&[&'static str]]| -> BTreeSet<&str> { parts.concat().into_iter().collect() };
    let expected = [
        ("--json", sorted(&[&batch, &lists, &results, &records])),
        ("-q, --quiet", sorted(&[&batch])),
        ("-v, --verbose", sorted(&[&["diff", "propagate", "verify"]])),
        ("--jobs N", sorted(&[&batch, &lists])),
        ("--limit-input SIZE", sorted(&[&batch, &lists, &["deliver-unlabelled", "inspect"]])),
    ];
    let pages = pages("en");
    for (option, commands) in expected {
        let offers = |page: &&Value| entries(page).any(|(_, entry)| text(entry, "written") == option);
        let found: BTreeSet<_> =
            pages.iter().filter(offers).map(|page| text(page, "name").strip_prefix("biaoshi ").unwrap()).collect();
        assert_eq!(found, commands, "{option}");
    }
    let refused = run(&root(), &["man", "x", "--jobs", "2"]);
    assert!(refused.code() == 2 && refused.err().contains("biaoshi man has no option --jobs; it is for"));
}

#[test]
fn chinese_help_and_manual_hold_no_english_word() {
    let (known, folder) = (known(), scratch());
    let mut found = BTreeSet::new();
    assert_eq!(run(folder.path(), &["man", "--lang", "zh", "man"]).code(), 0);
    for page in pages("zh") {
        let name = text(&page, "name");
        let names: Vec<_> = name.split(' ').skip(1).collect();
        for flag in ["-h", "--help"] {
            let help = run(folder.path(), &[&names[..], &[flag, "--lang", "zh"]].concat());
            assert_eq!((help.code(), help.err()), (0, String::new()), "{name}");
            assert!(!help.out().contains("[=<"), "{}", help.out());
            for line in help.out().lines().filter(|line| !line.starts_with("  biaoshi ")) {
                found.extend(english(line, &known).map(|word| format!("{word} in {line:?} of {name}")));
            }
        }
        let manual = folder.path().join(format!("man/{}.1", name.replace(' ', "-")));
        let manual = std::fs::read_to_string(manual).unwrap();
        let is_request = |line: &str| line.starts_with('.') && !line.starts_with(".S");
        for line in manual.lines().filter(|line| !is_request(line) && !line.starts_with("biaoshi ")) {
            let plain = line.trim_start_matches(".SH").trim_start_matches(".SS").replace("\\-", "-");
            let plain = ["\\fB", "\\fI", "\\fR"].iter().fold(plain, |text, font| text.replace(font, " "));
            found.extend(english(&plain, &known).map(|word| format!("{word} in the manual {line:?} of {name}")));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(english("把 file 写入", &known), Some("file".to_owned()), "the scan sees English");
}

#[test]
fn manual_pages_have_all_sections() {
    let folder = scratch();
    let sections = [
        (
            "en",
            [
                "NAME",
                "SYNOPSIS",
                "DESCRIPTION",
                "OPTIONS",
                "EXIT STATUS",
                "ENVIRONMENT",
                "FILES",
                "EXAMPLES",
                "SEE ALSO",
            ],
        ),
        ("zh", ["名称", "概要", "描述", "选项", "退出状态", "环境变量", "文件", "示例", "参见"]),
    ];
    for (lang, sections) in sections {
        assert_eq!(run(folder.path(), &["man", lang, "--lang", lang]).code(), 0);
        let files = std::fs::read_dir(folder.path().join(lang)).unwrap().count();
        assert_eq!(files, pages(lang).len(), "one page a command");
        let page = std::fs::read_to_string(folder.path().join(lang).join("biaoshi-label.1")).unwrap();
        let found: Vec<_> = page.lines().filter_map(|l| l.strip_prefix(".SH ")).map(|l| l.trim_matches('"')).collect();
        assert_eq!(found, sections);
        assert!(page.contains("BIAOSHI_") && page.contains("biaoshi.toml"));
    }
}

/// Examples are command lines that the program takes. With `--show-config` nothing is done.
#[test]
fn every_command_shows_examples_that_are_right() {
    for page in pages("en") {
        let inner = page["commands"].as_array().unwrap();
        let examples = page["examples"].as_array().unwrap();
        assert!(!inner.is_empty() || !examples.is_empty(), "{} has no example", page["name"]);
        for example in examples.iter().map(|e| e.as_str().unwrap()) {
            let line = example.split(['<', '>']).next().unwrap().replace('\'', "");
            let args: Vec<_> = line.split_whitespace().skip(1).chain(["--show-config"]).collect();
            let run = run(&root(), &args);
            assert_eq!(run.code(), 0, "{example}: {}", run.err());
        }
    }
}

#[test]
fn the_help_of_label() {
    for lang in ["en", "zh"] {
        insta::assert_snapshot!(format!("label_help_{lang}"), run(&root(), &["label", "--help", "--lang", lang]).out());
    }
    let short = run(&root(), &["label", "-h"]).out();
    assert!(!short.contains("--limit-input") && short.contains("--help shows more"));
    assert_eq!(
        run(&root(), &["help", "watermark", "embed"]).out(),
        run(&root(), &["watermark", "embed", "--help"]).out()
    );
    let narrow = |lang: &str| {
        let run = command(&root()).args(["verify", "--help", "--lang", lang]).env("COLUMNS", "60").output().unwrap();
        String::from_utf8(run.stdout).unwrap()
    };
    let colours = run(&root(), &["label", "-h", "--color", "always"]).out();
    assert!(colours.contains("\u{1b}[1m--producer CODE\u{1b}"), "{colours}");
    assert!(!short.contains('\u{1b}'));
    for line in ["en", "zh"].map(narrow).iter().flat_map(|help| help.lines()).filter(|l| !l.starts_with("  biaoshi ")) {
        let cells: usize = line.chars().map(|c| if u32::from(c) >= 0x1100 { 2 } else { 1 }).sum();
        assert!(cells <= 60, "{cells}: {line}");
    }
}

#[test]
fn the_language_of_help_is_known_before_the_rest_of_the_line() {
    let help = |environment: &[(&str, &str)], args: &[&str]| {
        let run = command(&root()).envs(environment.iter().copied()).args(args).output().unwrap();
        String::from_utf8(run.stdout).unwrap().contains("用法")
    };
    assert!(help(&[], &["verify", "--help", "--lang", "zh"]));
    assert!(help(&[], &["--lang=zh", "verify", "-h"]));
    assert!(help(&[("BIAOSHI_LANG", "zh")], &["-h"]));
    assert!(help(&[("LC_ALL", "zh_CN.UTF-8")], &["-h"]));
    assert!(!help(&[("LC_ALL", "zh_CN.UTF-8")], &["-h", "--lang", "en"]));
    assert!(!help(&[("BIAOSHI_LANG", "en"), ("LANG", "zh_CN.UTF-8")], &["-h"]));
}

#[test]
fn hostile_words_of_a_command_line_cannot_speak_to_the_terminal() {
    for bytes in [&b"--\x1b[31m"[..], b"\xff", b"--lang=\xff", b"--jobs=\x1b]0;x\x07", "\u{202e}".as_bytes()] {
        let run = command(&root()).args(["inspect", "a"]).arg(OsStr::from_bytes(bytes)).output().unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        assert_eq!((run.status.code(), said.lines().count()), (Some(2), 1), "{said:?}");
        assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{said:?}");
    }
}
