//! The reference in both languages, whose tables are those of the program.

use std::collections::BTreeMap;

use biaoshi::plan;
use biaoshi_label::{CODES, DIALECTS, Detail, Finding};
use biaoshi_metadata::TRACES;

use crate::help;

/// The pages, and the language of each.
pub const PAGES: [(&str, &str); 2] = [("docs/reference.md", "en"), ("docs/reference.zh-CN.md", "zh")];

/// A table, in Chinese or not. Both languages are in both pages, the page's own first.
type Table = fn(bool) -> String;

/// What stands between `<!-- NAME -->` and `<!-- /NAME -->`.
const TABLES: [(&str, Table); 4] =
    [("findings", findings), ("reasons", reasons), ("dialects", dialects), ("traces", traces)];

/// A page with all its tables made anew.
pub fn with_tables(page: &str, lang: &str) -> String {
    TABLES.iter().fold(help::with_tables(page, lang), |page, (name, made)| {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no table of {name}"));
        let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("the table of {name} has no end"));
        format!("{before}{begin}{}{end}{after}", made(lang == "zh"))
    })
}

/// The head of a table and its rows. The last two cells of a row are English and Chinese.
fn table(head: &[&str], rows: impl Iterator<Item = (String, String, String)>, zh: bool) -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let pair = |en: &str, other: &str| {
        let (own, other) = if zh { (other, en) } else { (en, other) };
        format!("{} | {}", cell(own), cell(other))
    };
    let head = format!("| {} | {} |\n|{}\n", head.join(" | "), pair("English", "中文"), "---|".repeat(head.len() + 2));
    let rows = rows.map(|(cells, en, zh)| format!("| {cells} | {} |\n", pair(&en, &zh)));
    head + &rows.collect::<String>()
}

fn findings(zh: bool) -> String {
    let rows = CODES.iter().map(|code| {
        let row = Finding::new(*code, "", Detail::term("{}"));
        let cells = format!("`{}` | {} | {}", code.name(), code.severity().name(), code.clause());
        (cells, row.english(), row.chinese())
    });
    table(if zh { &["代码", "严重程度", "条款"] } else { &["code", "severity", "clause"] }, rows, zh)
}

fn reasons(zh: bool) -> String {
    let rows: BTreeMap<_, _> = plan::reasons().map(|s| (s.code, s)).collect();
    let rows = rows.values().map(|s| (format!("`{}`", s.code), s.en.to_owned(), s.zh.to_owned()));
    table(if zh { &["代码"] } else { &["code"] }, rows, zh)
}

fn dialects(zh: bool) -> String {
    let rows = DIALECTS.iter().map(|d| {
        let cells = format!("`{}` | {}", d.name(), d.severity().name());
        (cells, d.english().to_owned(), d.chinese().to_owned())
    });
    table(if zh { &["名称", "严重程度"] } else { &["dialect", "severity"] }, rows, zh)
}

fn traces(zh: bool) -> String {
    let names = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let rows = TRACES.iter().map(|row| {
        let beside = row.beside.as_ref().map(|(name, value)| match zh {
            true => format!(";同时 `{name}`:{}", value.words(zh)),
            false => format!("; beside it `{name}`: {}", value.words(zh)),
        });
        let source = match (row.source, zh) {
            ("measured in real files", true) => "实际文件中测得",
            ("not seen in a file yet", true) => "尚未在文件中见到",
            (source, _) => source,
        };
        let (strong, weak) = (names(row.strong), names(row.weak));
        let says = format!("{}{}", row.value.words(zh), beside.unwrap_or_default());
        format!("| `{}` | {} | {strong} | {weak} | {says} | {source} |\n", row.kind, row.tool)
    });
    let head = match zh {
        true => "| 类别 | 工具 | 为强的位置 | 为弱的位置 | 内容 | 依据 |",
        false => "| kind | tool | strong in | weak in | what it says | known from |",
    };
    format!("{head}\n|---|---|---|---|---|---|\n{}", rows.collect::<String>())
}
