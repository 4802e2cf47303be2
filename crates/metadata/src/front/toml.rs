//! The table `[AIGC]` in TOML front matter: found by lines, its values read by a TOML parser, so that a document whose
//! other front matter is no valid TOML still shows its label.

use std::ops::Range;

use biaoshi_container::Limits;
use biaoshi_container::text::{Document, Line};
use biaoshi_label::{Field, Label, Parsed, Reading, read, read_fields};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, is_name};

/// The entries of the name AIGC among the lines `within`.
pub(super) fn entries(document: &Document, within: Range<usize>, limits: &Limits) -> Vec<Entry> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let (mut at_top, mut in_table) = (true, false);
    let mut open = Open::default();
    for n in within {
        let Some(line) = document.lines.get(n) else { break };
        let text = document.text(line);
        let was_open = open != Open::default();
        open = open.behind(&text);
        let header = header(&text).filter(|_| !was_open);
        if let Some(name) = header {
            (at_top, in_table) = (false, is_ours(name));
        }
        let dotted = at_top && !was_open && text.split_once('=').is_some_and(|(key, _)| is_ours(key));
        let content = !text.trim().is_empty() && !text.trim_start().starts_with('#');
        match found.last_mut() {
            // Blank lines and comments at the end of a table belong to what follows.
            Some(last) if (in_table && header.is_none() && content) || (was_open && last.end == n) => last.end = n + 1,
            _ if (in_table && header.is_some()) || dotted => found.push(n..n + 1),
            _ => {}
        }
    }
    join(found).into_iter().filter_map(|lines| entry(document, lines, limits)).collect()
}

/// Entries that follow each other are parts of one: dotted keys, or a table and those below it.
fn join(found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for lines in found {
        match out.last_mut() {
            Some(last) if last.end == lines.start => last.end = lines.end,
            _ => out.push(lines),
        }
    }
    out
}

/// The name in a line `[name]` or `[[name]]`.
fn header(text: &str) -> Option<&str> {
    let inside = text.trim_start().strip_prefix('[')?;
    let (name, _) = inside.trim_start_matches('[').split_once(']')?;
    Some(name)
}

/// Whether the first part of a dotted key is AIGC.
fn is_ours(key: &str) -> bool {
    key.split('.').next().is_some_and(|first| is_name(first.trim().trim_matches(['"', '\''])))
}

/// Whether what follows a text is neither in a string nor in an array.
pub(super) fn is_complete(text: &str) -> bool {
    text.lines().fold(Open::default(), Open::behind) == Open::default()
}

/// What is open behind a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Open {
    /// The quotes of a string.
    quotes: Option<&'static str>,
    /// Brackets and braces outside of strings.
    brackets: usize,
}

/// The longer ones first.
const QUOTES: [&str; 4] = ["\"\"\"", "'''", "\"", "'"];

impl Open {
    fn behind(mut self, line: &str) -> Self {
        let mut rest = line;
        loop {
            if let Some(quotes) = self.quotes {
                let Some(after) = behind_string(rest, quotes) else { break };
                (rest, self.quotes) = (after, None);
            }
            let Some(at) = rest.find(['"', '\'', '#', '[', ']', '{', '}']) else { break };
            let tail = rest.get(at..).unwrap_or_default();
            self.quotes = QUOTES.into_iter().find(|quotes| tail.starts_with(quotes));
            match tail.as_bytes().first() {
                Some(b'#') => break,
                Some(b'[' | b'{') => self.brackets += 1,
                Some(b']' | b'}') => self.brackets = self.brackets.saturating_sub(1),
                _ => {}
            }
            rest = tail.get(self.quotes.map_or(1, str::len)..).unwrap_or_default();
        }
        // Only three quotes go on behind the end of a line.
        self.quotes = self.quotes.filter(|quotes| quotes.len() == 3);
        self
    }
}

/// What follows the string that `text` begins in; `None` where it goes on. Two more quotes right before the three that end it
/// belong to it.
fn behind_string<'a>(text: &'a str, quotes: &str) -> Option<&'a str> {
    let mark = quotes.chars().next()?;
    let mut rest = text;
    loop {
        rest = rest.get(rest.find(|c| c == mark || (c == '\\' && mark == '"'))?..)?;
        if let Some(after) = rest.strip_prefix(quotes) {
            let more = after.len() - after.trim_start_matches(mark).len();
            return after.get(if quotes.len() == 3 { more.min(2) } else { 0 }..);
        }
        let mut chars = rest.chars();
        if chars.next() == Some('\\') {
            chars.next();
        }
        rest = chars.as_str();
    }
}

fn entry(document: &Document, lines: Range<usize>, limits: &Limits) -> Option<Entry> {
    let (first, last): (&Line, &Line) = (document.lines.get(lines.start)?, document.lines.get(lines.end - 1)?);
    let cut = first.content.start.saturating_add(limits.label);
    let raw = document.slice(first.content.start..last.content.end.min(cut)).into_owned();
    let parsed = value(&raw);
    let bytes = first.content.start..last.end;
    Some(Entry { bytes, parsed, raw, cut: cut < last.content.end })
}

/// The label in a piece of TOML.
fn value(text: &str) -> Option<Parsed> {
    let document = DeTable::parse(text).ok()?;
    let (_, value) = document.get_ref().iter().find(|(key, _)| is_name(key.get_ref()))?;
    let table = match value.get_ref() {
        DeValue::Table(table) => table,
        DeValue::String(json) => match read(json) {
            Reading::Label(parsed) => return Some(parsed),
            _ => return None,
        },
        _ => return None,
    };
    let mut items: Vec<_> = table.iter().collect();
    items.sort_by_key(|(key, _)| key.span().start);
    let text_of = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::String(value) => value.to_string(),
        _ => text.get(value.span()).unwrap_or_default().to_owned(),
    };
    let pairs = items.into_iter().map(|(key, value)| (key.get_ref().to_string(), Some(text_of(value))));
    let pairs: Vec<_> = pairs.collect();
    (pairs.iter().filter(|(key, _)| Field::from_key(key).is_some()).count() >= 2).then(|| read_fields(pairs))
}

/// The table as it is written: JSON's strings are TOML's too, as long as there is no control character.
pub(super) fn encode(label: &Label, newline: &str) -> String {
    let value = |field| serde_json::Value::from(label.get(field)).to_string();
    let lines: String = Field::ALL.map(|field| format!("{} = {}{newline}", field.key(), value(field))).concat();
    format!("[AIGC]{newline}{lines}")
}
