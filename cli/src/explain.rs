//! `explain`: what the codes in reports mean, straight from the tables of the library.

use biaoshi::explain::{Entry, entries, find, meant};
use biaoshi::judge::Verdict;
use biaoshi::label::Severity;
use biaoshi::report::{Lang, clause, pad, said, severity};
use serde::Serialize;

use crate::args::Common;
use crate::exit::{Exit, Stop};
use crate::out::Out;

/// Explains a code; without one, lists all.
pub(crate) fn run(code: Option<&str>, common: &Common) -> Result<Exit, Stop> {
    let (mut out, lang) = (Out::new(common), common.lang());
    let all = match code {
        Some(code) => known(code)?,
        None => entries(),
    };
    for entry in &all {
        match (common.json, code) {
            (true, _) => out.line(&serde_json::to_string(&Line::new(entry, lang)).unwrap_or_default())?,
            (false, None) => out.line(&format!("{} {}", pad(&entry.code, 28), entry.what.tell(lang)))?,
            (false, Some(_)) => page(entry, lang).iter().try_for_each(|line| out.line(line))?,
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// What is called so.
fn known(code: &str) -> Result<Vec<Entry>, Stop> {
    let found = find(code);
    if !found.is_empty() {
        return Ok(found);
    }
    let quoted = format!("{code:?}");
    Err(Stop::Usage(match meant(code) {
        Some(meant) => said!("no code is called {}; did you mean {}?", "没有代码 {};是否指 {}?", quoted, meant),
        None => {
            said!("no code is called {}; biaoshi explain lists all", "没有代码 {};biaoshi explain 可全部列出", quoted)
        }
    }))
}

/// What is said of one code, for people.
fn page(entry: &Entry, lang: Lang) -> Vec<String> {
    let zh = lang == Lang::Zh;
    let beside = match (entry.severity, entry.verdict) {
        (Some(of), _) => format!("{}{}", if zh { "," } else { ", " }, severity(of, lang)),
        (None, Some(verdict)) if verdict.name() != entry.code => {
            format!("{}{}", if zh { ":" } else { ": " }, verdict.word(lang))
        }
        (None, _) => String::new(),
    };
    let row = |en, zh_word, text: String| format!("  {} {text}", pad(if zh { zh_word } else { en }, 6));
    let mut lines = vec![
        format!("{} ({}{beside})", entry.code, entry.kind.word().tell(lang)),
        row("what", "含义", entry.what.tell(lang)),
    ];
    if !entry.clause.is_empty() {
        lines.push(row("why", "依据", clause(entry.clause, lang)));
    }
    lines.push(row("do", "处理", entry.remedy.tell(lang)));
    lines
}

/// What is said of one code, for scripts.
#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    code: &'a str,
    kind: &'static str,
    severity: Option<&'static str>,
    verdict: Option<&'static str>,
    what: String,
    clause: Option<&'static str>,
    remedy: String,
}

impl<'a> Line<'a> {
    fn new(entry: &'a Entry, lang: Lang) -> Self {
        Self {
            schema: "biaoshi.explain/1",
            code: &entry.code,
            kind: entry.kind.name(),
            severity: entry.severity.map(Severity::name),
            verdict: entry.verdict.map(Verdict::name),
            what: entry.what.tell(lang),
            clause: Some(entry.clause).filter(|clause| !clause.is_empty()),
            remedy: entry.remedy.tell(lang),
        }
    }
}
