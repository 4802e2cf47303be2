//! A policy as people write it: a file of TOML, and the values of its settings.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use biaoshi_container::{Message, said, trouble};
use biaoshi_label::{CODES, Code, DIALECTS, Severity};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::judge::{Policy, Trigger};
use crate::names::nearest;
use crate::no_toml;
use crate::plan::Layer;

/// Largest policy in bytes.
const LARGEST: u64 = 1 << 20;

/// The settings of a policy.
const SETTINGS: [&str; 6] = ["severity", "fail-on", "expect-producer", "require", "ignore", "allow-unlabelled"];

/// What is wrong with a policy, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The line, from 1; `None` where the file could not be read.
    pub line: Option<usize>,
    /// What was found, and what was expected.
    pub what: Message,
}

impl PolicyError {
    /// The message in both languages, for a policy that people know by this name.
    pub fn message(&self, shown: &str) -> Message {
        match self.line {
            Some(line) => said!("{}:{}: {}", "{}:{}:{}", shown, line, self.what.clone()),
            None => said!("{}: {}", "{}:{}", shown, self.what.clone()),
        }
    }
}

impl From<Message> for PolicyError {
    fn from(what: Message) -> Self {
        Self { line: None, what }
    }
}

/// Reads a policy from a file.
///
/// # Errors
/// I/O, a file that is too large or no TOML, and settings or values that mean nothing.
pub fn read(path: &Path) -> Result<Policy, PolicyError> {
    let mut text = String::new();
    let file = File::open(path).map_err(|e| trouble(&e))?;
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(|e| match e.kind() {
        std::io::ErrorKind::InvalidData => {
            said!("the text is not UTF-8; save it as UTF-8", "不是 UTF-8 文本;请另存为 UTF-8")
        }
        _ => trouble(&e),
    })?;
    if text.len() as u64 > LARGEST {
        return Err(said!("more than {} bytes; name a policy", "超过 {} 字节;请给出策略文件", LARGEST).into());
    }
    parse(&text)
}

/// Reads a policy from its text.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &str) -> Result<Policy, PolicyError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let table = DeTable::parse(text).map_err(|e| {
        let line = e.span().map(|span| line(text, span.start));
        PolicyError { line, what: no_toml::message(e.message()) }
    })?;
    let mut policy = Policy::default();
    for (key, value) in table.get_ref() {
        let name: &str = key.get_ref();
        let at = |what| PolicyError { line: Some(line(text, key.span().start)), what };
        match name {
            "severity" => severities(text, value, "", &mut policy)?,
            "fail-on" => policy.fail_on.extend(all(text, name, value, trigger)?),
            "expect-producer" => policy.producers = all(text, name, value, producer)?,
            "require" => policy.required.extend(all(text, name, value, layer)?),
            "ignore" => policy.ignored.extend(all(text, name, value, code)?),
            "allow-unlabelled" => match value.get_ref() {
                DeValue::Boolean(allowed) => policy.allow_unlabelled = *allowed,
                _ => return Err(at(said!("{} must be true or false", "{} 应为 true 或 false", name))),
            },
            _ => return Err(at(no_setting(name))),
        }
    }
    Ok(policy)
}

/// The number of the line at an offset, from 1.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// The table of severities. The codes have dots, which part keys of TOML unless they stand in quotes: both are read.
fn severities(text: &str, value: &Spanned<DeValue<'_>>, before: &str, policy: &mut Policy) -> Result<(), PolicyError> {
    let wrong = |at: usize, what| PolicyError { line: Some(line(text, at)), what };
    let DeValue::Table(table) = value.get_ref() else {
        let what = said!(
            "severity must be a table: [severity], and below it \"label.characters\" = \"error\"",
            "severity 应为表:[severity],其下写 \"label.characters\" = \"error\""
        );
        return Err(wrong(value.span().start, what));
    };
    for (key, value) in table {
        let name = format!("{before}{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(_) => severities(text, value, &format!("{name}."), policy)?,
            DeValue::String(word) => {
                let code = code(&name).map_err(|what| wrong(key.span().start, what))?;
                let severity = severity(word).map_err(|what| wrong(value.span().start, what))?;
                policy.severities.insert(code, severity);
            }
            _ => {
                let what = said!("the severity of {} must be a text", "{} 的严重程度应为文本", &name);
                return Err(wrong(value.span().start, what));
            }
        }
    }
    Ok(())
}

/// A setting of one text or a list of them.
fn all<T>(
    text: &str,
    name: &str,
    value: &Spanned<DeValue<'_>>,
    one: impl Fn(&str) -> Result<T, Message>,
) -> Result<Vec<T>, PolicyError> {
    let read = |value: &Spanned<DeValue<'_>>| {
        let read = match value.get_ref() {
            DeValue::String(word) => one(word),
            _ => Err(said!("{} must be a text or a list of texts", "{} 应为文本或文本列表", name)),
        };
        read.map_err(|what| PolicyError { line: Some(line(text, value.span().start)), what })
    };
    match value.get_ref() {
        DeValue::Array(items) => items.iter().map(read).collect(),
        _ => Ok(vec![read(value)?]),
    }
}

/// What somebody may have meant, as the end of a sentence; else where all names stand.
fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>, otherwise: impl Into<Message>) -> Message {
    match nearest(name, known, 0.8) {
        Some(meant) => said!("did you mean {}?", "是否指 {}?", meant),
        None => otherwise.into(),
    }
}

fn no_setting(name: &str) -> Message {
    let others = said!("there are {}", "可用 {}", SETTINGS.join(", "));
    let meant = meant(name, SETTINGS.into_iter(), others);
    said!("a policy has no setting {}; {}", "策略没有设置 {};{}", name, meant)
}

/// A finding by its code, dialects too.
///
/// # Errors
/// A code that no finding has; the message names the nearest one.
pub fn code(name: &str) -> Result<Code, Message> {
    Code::parse(name).ok_or_else(|| {
        let known = CODES.iter().map(|code| code.name()).chain(DIALECTS.iter().map(|dialect| dialect.code()));
        let meant = meant(name, known, said!("`biaoshi explain` lists them", "可用 `biaoshi explain` 查看"));
        said!("no finding is called {}; {}", "没有名为 {} 的问题;{}", format!("{name:?}"), meant)
    })
}

/// A severity by its name.
///
/// # Errors
/// Another word.
pub fn severity(name: &str) -> Result<Severity, Message> {
    let all = Severity::ALL.map(Severity::name).join(", ");
    Severity::parse(name)
        .ok_or_else(|| said!("{} is no severity; there are {}", "没有严重程度 {};可用 {}", format!("{name:?}"), all))
}

/// What fails a file, by its name: a verdict or a severity.
///
/// # Errors
/// Another word.
pub fn trigger(name: &str) -> Result<Trigger, Message> {
    Trigger::parse(name).ok_or_else(|| {
        let all = Trigger::ALL.map(Trigger::name).join(", ");
        let name = format!("{name:?}");
        said!("{} is neither a verdict nor a severity; there are {}", "{} 既非结论也非严重程度;可用 {}", name, all)
    })
}

/// A layer by its name.
///
/// # Errors
/// Another word.
pub fn layer(name: &str) -> Result<Layer, Message> {
    Layer::parse(name).ok_or_else(|| {
        said!("{} is no layer; there are {}", "没有标识层 {};可用 {}", format!("{name:?}"), Layer::names())
    })
}

/// A producer, as ContentProducer has it.
///
/// # Errors
/// Nothing at all.
pub fn producer(code: &str) -> Result<String, Message> {
    match code {
        "" => Err(said!("a producer is missing; write its code", "缺少生成方;请写其编码")),
        code => Ok(code.to_owned()),
    }
}

#[cfg(test)]
mod tests;
