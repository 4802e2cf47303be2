//! The documents say what the code does: tables are compared with the tables they describe.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use biaoshi::plan;
use biaoshi_label::{CODES, Code, DIALECTS};
use biaoshi_metadata::{FORMATS, TRACES, is_general};
use biaoshi_tests::{help, page, root, run};

/// Held while a document is read and written anew: two tests write the reference.
static WRITING: Mutex<()> = Mutex::new(());

fn document(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

#[test]
fn the_reference_lists_every_finding_and_dialect() {
    let reference = document("docs/reference.md");
    let row = |name: &str, severity: &str| format!("| `{name}` | {severity} |");
    for code in CODES {
        assert!(reference.contains(&row(code.name(), code.severity().name())), "{}", code.name());
    }
    for dialect in DIALECTS {
        let row =
            format!("{} {} |", row(dialect.name(), dialect.severity().name()), dialect.english().replace('|', "\\|"));
        assert!(reference.contains(&row), "{row}");
        assert!(Code::Dialect(*dialect).name().ends_with(dialect.name()));
    }
}

/// Writes a document at once: other tests read it meanwhile.
fn write(name: &str, text: &str) {
    let (path, made) = (root().join(name), root().join(format!("target/{}", name.replace('/', "-"))));
    std::fs::write(&made, text).unwrap();
    std::fs::rename(made, path).unwrap();
}

/// The rows of reasons and notes stand beside the code that gives them; the reference has them all, in one table. With `BLESS=1`
/// in the environment this test writes it.
#[test]
fn the_reference_lists_every_reason_and_note() {
    let rows: BTreeMap<_, _> = plan::reasons().map(|s| (s.code, s)).collect();
    for (code, row) in &rows {
        assert!(row.holes().is_some(), "{code}: the two languages take different details");
        assert!(row.is_translated(), "{code}: the Chinese is English");
        assert!(code.contains('.'), "{code} names no place");
    }
    let lines = rows.values().map(|s| format!("| `{}` | {} | {} |\n", s.code, s.en, s.zh));
    made("reasons", &format!("| Code | English | 中文 |\n|---|---|---|\n{}", lines.collect::<String>()));
}

/// The rows of traces, in the same way.
#[test]
fn the_reference_lists_every_trace() {
    let names = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let lines = TRACES.iter().map(|row| {
        let beside = row.beside.as_ref();
        let beside = beside.map(|(name, value)| format!("; beside it `{name}`: {}", value.words()));
        let (strong, weak) = (names(row.strong), names(row.weak));
        let says = format!("{}{}", row.value.words(), beside.unwrap_or_default());
        format!("| `{}` | {} | {strong} | {weak} | {says} | {} |\n", row.kind, row.tool, row.source)
    });
    let head = "| kind | tool | strong in | weak in | what it says | known from |\n|---|---|---|---|---|---|\n";
    made("traces", &format!("{head}{}", lines.collect::<String>()));
}

/// Whether the reference has a table between its two marks; with `BLESS=1` it gets it.
fn made(name: &str, table: &str) {
    let _one = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let reference = document("docs/reference.md");
    let (before, rest) = reference.split_once(&begin).unwrap();
    let (there, after) = rest.split_once(&end).unwrap();
    if std::env::var_os("BLESS").is_some() {
        write("docs/reference.md", &format!("{before}{begin}{table}{end}{after}"));
    } else {
        assert!(there == table, "docs/reference.md has stale {name} (BLESS=1 makes them anew)");
    }
}

#[test]
fn the_read_me_shows_the_support_table() {
    let folder = root();
    let table = run(&folder, &["formats"]).out();
    for name in ["README.md", "README.zh-CN.md"] {
        let text = document(name);
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

/// The tables of options are what the program says of itself; with `BLESS=1` in the environment this test writes them. A reference
/// in another language has the same markers.
#[test]
fn the_reference_has_the_options_as_the_program_has_them() {
    let _one = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    for (name, lang) in [("docs/reference.md", "en"), ("docs/reference.zh-CN.md", "zh")] {
        let path = root().join(name);
        let Ok(there) = std::fs::read_to_string(&path) else { continue };
        let made = help::with_tables(&there, lang);
        if std::env::var_os("BLESS").is_some() {
            write(name, &made);
        } else {
            assert!(there == made, "{name} has stale options (BLESS=1 makes them anew)");
        }
    }
}

#[test]
fn the_reference_lists_every_option() {
    let reference = document("docs/reference.md");
    for command in ["label", "verify", "carry", "diff"] {
        let shown = run(&root(), &[command, "--show-config", "--json", "--config", "/dev/null"]).json().remove(0);
        for setting in shown["settings"].as_array().unwrap() {
            let name = setting["name"].as_str().unwrap();
            let (long, short) = (format!("`--{name}"), name == "output");
            assert!(short || reference.contains(&long), "{command}: {name} is not in docs/reference.md");
        }
    }
}
