//! Labels in front matter that is not YAML. No guide speaks of it; our convention is the same seven fields under the
//! same name, as a table in TOML and as a member in JSON.

mod json;
mod toml;

use std::borrow::Cow;
use std::ops::Range;

use biaoshi_container::text::{Document, Form, Front, is_yaml, unclosed, yaml_key};
use biaoshi_container::{Error, Limits, Patch, Result, phrase};
use biaoshi_label::{Code, Detail, Finding, Label, Parsed};

use crate::found::{Found, Slot};

/// What stands under the name AIGC.
struct Entry {
    /// Bytes in the file: whole lines in TOML, the key and the value in JSON.
    bytes: Range<usize>,
    /// The label, if it is one.
    parsed: Option<Parsed>,
    /// As found.
    raw: String,
    /// Whether it is longer than a label may be.
    cut: bool,
}

/// The place of a label in front matter of TOML or JSON.
pub(crate) struct Table {
    form: Form,
    /// The front matter without the fences of TOML.
    bytes: Range<usize>,
    /// What stands under the name; none where it cannot be read.
    entries: Option<Vec<Entry>>,
}

/// Whether front matter that was cut off names a label.
pub(crate) fn is_cut_label(document: &Document, limits: &Limits) -> bool {
    let Some((form, open)) = unclosed(document) else { return false };
    let lines = open + 1..document.lines.len();
    let texts = document.lines.get(lines.clone()).unwrap_or_default().iter().map(|line| document.text(line));
    match form {
        Form::Toml => !toml::entries(document, lines, limits).is_empty(),
        Form::Json => json::names_label(&document.slice(document.bom..document.len())),
        _ => texts.take_while(|text| is_yaml(text)).any(|text| yaml_key(&text).is_some_and(is_name)),
    }
}

fn is_name(key: &str) -> bool {
    key.eq_ignore_ascii_case("AIGC")
}

impl Table {
    /// Reads front matter, if it is of one of these forms, and notes its labels.
    pub(crate) fn read(
        document: &Document,
        front: &Front,
        placement: &'static str,
        limits: &Limits,
        found: &mut Found,
    ) -> Option<Self> {
        let start = |n: usize| document.lines.get(n).map_or(document.len(), |l| l.content.start);
        let (bytes, entries) = match front.form {
            Form::Toml => (
                start(front.open + 1)..start(front.close),
                Some(toml::entries(document, front.open + 1..front.close, limits)),
            ),
            Form::Json => {
                let end = document.lines.get(front.close).map_or(document.len(), |l| l.content.end);
                (start(front.open)..end, json::entries(document, start(front.open)..end, limits))
            }
            _ => return None,
        };
        for entry in entries.iter().flatten() {
            if entry.cut {
                found.findings.push(Finding::new(Code::TooLong, placement, Detail::term(limits.label.to_string())));
            }
            let Some(mut parsed) = entry.parsed.clone() else { continue };
            parsed.broken |= entry.cut;
            let span = entry.bytes.start as u64..entry.bytes.end as u64;
            let slot = Slot { placement: Cow::Borrowed(placement), span, wrapped: false, dialects: &[] };
            found.record(slot, parsed, entry.raw.clone(), None, limits);
        }
        Some(Self { form: front.form.clone(), bytes, entries })
    }

    /// The changes that leave this label as the only one here.
    pub(crate) fn plan(&self, name: &'static str, document: &Document, label: &Label) -> Result<Patch> {
        let unreadable = || {
            Error::unsupported(
                name,
                phrase!("front matter in JSON that cannot be parsed as UTF-8", "无法按 UTF-8 解析的 JSON front matter"),
            )
        };
        let entries = self.entries.as_ref().ok_or_else(unreadable)?;
        if entries.iter().any(|e| e.parsed.is_none()) {
            return Err(Error::unsupported(
                name,
                phrase!("front matter whose key AIGC is no label", "AIGC 键不是标识的 front matter"),
            ));
        }
        let mut patch = Patch::new();
        let span = |entry: &Entry| entry.bytes.start as u64..entry.bytes.end as u64;
        match (&self.form, entries.as_slice()) {
            (Form::Json, []) => {
                let (at, behind) = json::place(document, self.bytes.clone()).ok_or_else(unreadable)?;
                patch.insert(at as u64, document.encode(&format!("{}{behind}", json::encode(label)))?);
            }
            (Form::Json, [entry]) => {
                patch.replace(span(entry), document.encode(&json::encode(label))?);
            }
            (Form::Json, _) => {
                return Err(Error::unsupported(
                    name,
                    phrase!("front matter with several members AIGC", "含多个 AIGC 成员的 front matter"),
                ));
            }
            // A line `+++` ends it for every reader, in a string too.
            _ if !toml::is_complete(&document.slice(self.bytes.clone())) => {
                let what = phrase!(
                    "front matter in TOML whose last string or array is open (indent a line +++ in it)",
                    "末尾字符串或数组未闭合的 TOML front matter(请缩进其中的 +++ 行)"
                );
                return Err(Error::unsupported(name, what));
            }
            // At the end, since the keys that follow a table belong to it.
            _ => {
                patch.insert(self.bytes.end as u64, document.encode(&toml::encode(label, document.newline))?);
                for entry in entries {
                    patch.remove(span(entry));
                }
            }
        }
        Ok(patch)
    }
}

#[cfg(test)]
mod tests;
