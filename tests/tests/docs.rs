//! The documents say what the code does: tables are compared with the tables they describe.

use biaoshi::plan;
use biaoshi_label::{Code, DIALECTS};
use biaoshi_metadata::{FORMATS, is_general};
use biaoshi_tests::{page, reference, root, run};

fn document(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// Writes a document at once: other tests read it meanwhile.
fn write(name: &str, text: &str) {
    let (path, made) = (root().join(name), root().join(format!("target/{}", name.replace('/', "-"))));
    std::fs::write(&made, text).unwrap();
    std::fs::rename(made, path).unwrap();
}

#[test]
fn every_reason_and_note_is_said_in_both_languages() {
    for row in plan::reasons() {
        let code = row.code;
        assert!(row.holes().is_some(), "{code}: the two languages take different details");
        assert!(row.is_translated(), "{code}: the Chinese is English");
        assert!(code.contains('.'), "{code} names no place");
    }
}

#[test]
fn the_read_me_shows_the_support_table() {
    let folder = root();
    for (name, lang) in [("README.md", "en"), ("README.zh-CN.md", "zh")] {
        let (table, text) = (run(&folder, &["formats", "--lang", lang]).out(), document(name));
        for row in table.lines() {
            assert!(text.lines().any(|l| l.trim() == row.trim()), "{name} lacks the row: {row}");
        }
    }
}

/// docs/formats.md is made from the tables; with `BLESS=1` in the environment this test writes it.
#[test]
fn the_page_of_formats_is_what_the_tables_say() {
    let (path, made) = (root().join("docs/formats.md"), page::formats());
    if std::env::var_os("BLESS").is_some() {
        write("docs/formats.md", &made);
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = there.lines().zip(made.lines()).find(|(a, b)| a != b);
    assert!(there == made, "docs/formats.md is stale (BLESS=1 makes it anew): {differs:?}");
}

#[test]
fn every_dialect_is_read_somewhere_and_every_family_has_dialects() {
    for dialect in DIALECTS {
        assert!(Code::Dialect(*dialect).name().ends_with(dialect.name()));
    }
    for dialect in DIALECTS.iter().filter(|d| !is_general(**d)) {
        assert!(FORMATS.iter().any(|f| f.reads(*dialect)), "no row of FORMATS reads {}", dialect.name());
    }
    for format in FORMATS {
        assert!(!format.touches.is_empty(), "{}", format.name);
        for family in format.families {
            let member = |name: &str| name.split('-').next() == Some(family);
            assert!(DIALECTS.iter().any(|d| member(d.name())), "{}: no dialect is called {family}-…", format.name);
        }
    }
}

/// The tables of options, findings, reasons and dialects are what the program says; with `BLESS=1` in the environment this test
/// writes them.
#[test]
fn the_references_have_the_tables_of_the_program() {
    for (name, lang) in reference::PAGES {
        let (there, made) = (document(name), reference::with_tables(&document(name), lang));
        if std::env::var_os("BLESS").is_some() {
            write(name, &made);
        } else {
            let differs = there.lines().zip(made.lines()).find(|(a, b)| a != b);
            assert!(there == made, "{name} has stale tables (BLESS=1 makes them anew): {differs:?}");
        }
    }
}

#[test]
fn the_reference_lists_every_option() {
    let pages = reference::PAGES.map(|(name, lang)| (name, reference::with_tables(&document(name), lang)));
    for command in ["label", "verify", "carry", "diff"] {
        let shown = run(&root(), &[command, "--show-config", "--json", "--config", "/dev/null"]).json().remove(0);
        for setting in shown["settings"].as_array().unwrap() {
            let name = setting["name"].as_str().unwrap();
            let (long, short) = (format!("`--{name}"), name == "output");
            for (page, text) in &pages {
                assert!(short || text.contains(&long), "{command}: {name} is not in {page}");
            }
        }
    }
}

#[test]
fn the_references_show_a_format_as_the_program_does() {
    let formats = run(&root(), &["formats", "--json"]).out();
    let shown = formats.lines().next().unwrap();
    for (name, _) in reference::PAGES {
        assert!(document(name).lines().any(|line| line == shown), "{name} lacks {shown}");
    }
}
