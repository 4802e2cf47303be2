//! What the program says of itself, and the documents that are made from it.

use std::fmt::Write;

use serde_json::Value;

use crate::{root, run};

/// The pages of all commands in a language, as the program has them.
pub fn pages(lang: &str) -> Vec<Value> {
    let run = run(&root(), &["man", "--dump", "--lang", lang]);
    assert_eq!(run.code(), 0, "{}", run.err());
    run.json()
}

/// The arguments of a page, with the English of their heading.
pub fn entries(page: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let groups = page["groups"].as_array().into_iter().flatten();
    groups.flat_map(|group| {
        let name = group["name"].as_str().unwrap();
        group["entries"].as_array().into_iter().flatten().map(move |entry| (name, entry))
    })
}

/// A document with its tables of options made anew. A table stands between `<!-- options COMMAND: HEADING, ... -->` and
/// `<!-- /options -->`; the command and the headings are English in every language.
pub fn with_tables(document: &str, lang: &str) -> String {
    let (begin, end) = ("<!-- options ", "<!-- /options -->");
    let pages = pages(lang);
    let mut parts = document.split(begin);
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (asked, rest) = part.split_once(" -->\n").expect("a marker of options is a line of its own");
        let (_, after) = rest.split_once(end).expect("a table of options has an end");
        let (command, headings) = asked.split_once(": ").expect("a table of options names a command and headings");
        let headings: Vec<_> = headings.split(", ").collect();
        let table = table(&pages, command, &headings, lang);
        let _ = write!(made, "{begin}{asked} -->\n{table}{end}{after}");
    }
    made
}

/// The options of a command under some headings.
fn table(pages: &[Value], command: &str, headings: &[&str], lang: &str) -> String {
    let zh = lang == "zh";
    let page = pages.iter().find(|p| p["name"] == format!("biaoshi {command}"));
    let page = page.unwrap_or_else(|| panic!("there is no command {command}"));
    let mut out = if zh { "| 选项 | 含义 |\n|---|---|\n" } else { "| option | meaning |\n|---|---|\n" }.to_owned();
    for heading in headings {
        let entries: Vec<_> = entries(page).filter(|(name, _)| name == heading).collect();
        assert!(!entries.is_empty(), "{command} has nothing under {heading}");
        for (_, entry) in entries {
            let written = entry["written"].as_str().unwrap().replace(", ", "`, `");
            let mut meaning = entry["text"].as_str().unwrap().replace('|', "\\|");
            let values = entry["values"].as_array().unwrap().iter().map(|v| format!("`{}`", v.as_str().unwrap()));
            let values = values.collect::<Vec<_>>().join(", ");
            let [default, possible] = if zh { ["默认:", "可选值:"] } else { ["default: ", "possible values: "] };
            if let Some(value) = entry["default"].as_str() {
                let _ = write!(meaning, " [{default}`{value}`]");
            }
            if !values.is_empty() {
                let _ = write!(meaning, " [{possible}{values}]");
            }
            let _ = writeln!(out, "| `{written}` | {meaning} |");
        }
    }
    out
}
