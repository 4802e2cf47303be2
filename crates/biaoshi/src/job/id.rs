//! ProduceID: where it comes from, and what it may hold.

use std::fmt;

use biaoshi_container::{Message, Source, SourceExt, phrase, said};
use biaoshi_label::forbidden;
use sha2::{Digest, Sha256};

use super::Input;
use crate::Result;

/// Where a file's ProduceID comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Id {
    /// A new UUID of version 7.
    #[default]
    Uuid,
    /// The SHA-256 of the input, lower-case hex.
    Sha256,
    /// The file's name, percent-encoded where Annex E forbids a character.
    Name,
    /// This very text: a manifest names it for one file.
    Given(String),
    /// Text with `{stem}`, `{sha256}`, `{uuid}` and `{index}`.
    Template(Vec<Part>),
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it stands.
    Text(String),
    /// The name without extension, percent-encoded.
    Stem,
    /// SHA-256 of the input.
    Sha256,
    /// A new UUID.
    Uuid,
    /// The file's number in the batch, from 1.
    Index,
}

/// A text that makes no ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdError {
    /// It names something unknown, or nothing.
    Unknown(String),
    /// Its own text holds a character that no id may have (Annex E j).
    Character(String, char),
}

impl IdError {
    /// What is wrong, and what an id may be.
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown(text) => said!(
                "{} is no id: uuid, sha256, name, or a template with {}",
                "{} 不是编号:应为 uuid、sha256、name,或含 {} 的模板",
                format!("{text:?}"),
                "{stem}, {sha256}, {uuid}, {index}"
            ),
            Self::Character(text, ' ') => said!(
                "{} holds a blank, which no id may have (Annex E j); write - or _ instead",
                "{} 含有空格,编号不得含空格(附录 E j);可改用 - 或 _",
                format!("{text:?}")
            ),
            Self::Character(text, c) => said!(
                "{} holds {}, which no id may have (Annex E j); letters, digits and - _ . are always allowed",
                "{} 含有 {},编号不得含该字符(附录 E j);字母、数字和 - _ . 总是允许",
                format!("{text:?}"),
                format!("{c:?}")
            ),
        }
    }
}

impl fmt::Display for IdError {
    /// In English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for IdError {}

impl std::str::FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> std::result::Result<Self, IdError> {
        match text {
            "uuid" => return Ok(Self::Uuid),
            "sha256" => return Ok(Self::Sha256),
            "name" => return Ok(Self::Name),
            _ => {}
        }
        let wrong = || IdError::Unknown(text.to_owned());
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(wrong)?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(match name {
                "stem" => Part::Stem,
                "sha256" => Part::Sha256,
                "uuid" => Part::Uuid,
                "index" => Part::Index,
                _ => return Err(wrong()),
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let own = parts.iter().filter_map(|p| if let Part::Text(text) = p { Some(text.chars()) } else { None });
        if let Some(c) = own.flatten().find(|c| forbidden(*c)) {
            return Err(IdError::Character(text.to_owned(), c));
        }
        if parts.is_empty() { Err(wrong()) } else { Ok(Self::Template(parts)) }
    }
}

impl Id {
    /// Whether a file that carries another id of the same producer has to change: only for what the user wrote out. A
    /// rerun with generated ids changes nothing.
    pub fn is_asked_for(&self) -> bool {
        match self {
            Self::Given(_) => true,
            Self::Template(parts) => !parts.iter().any(|p| matches!(p, Part::Sha256 | Part::Uuid | Part::Index)),
            _ => false,
        }
    }

    /// Whether the id depends on the file's number in the batch.
    pub fn counts(&self) -> bool {
        matches!(self, Self::Template(parts) if parts.contains(&Part::Index))
    }

    /// Whether all files get the same.
    pub fn is_constant(&self) -> bool {
        matches!(self, Self::Template(parts) if parts.iter().all(|p| matches!(p, Part::Text(_))))
    }

    /// Whether two files of a batch can get the same.
    pub(crate) fn can_repeat(&self) -> bool {
        match self {
            Self::Name => true,
            Self::Template(parts) => {
                !parts.iter().any(|p| matches!(p, Part::Sha256 | Part::Uuid)) && !has_clear_index(parts)
            }
            _ => false,
        }
    }

    /// The id of one file, where it follows from its name and number alone.
    pub(crate) fn of_name(&self, input: &Input) -> Option<String> {
        let bytes = |_: &Part| Ok::<_, ()>(None);
        self.compose(input, bytes).ok().flatten()
    }

    /// The id of one file.
    ///
    /// # Errors
    /// I/O while hashing.
    pub(super) fn make(&self, input: &Input, source: &dyn Source) -> Result<String> {
        let other =
            |part: &Part| -> Result<_> { Ok(Some(if *part == Part::Sha256 { sha256(source)? } else { uuid() })) };
        Ok(self.compose(input, other)?.unwrap_or_default())
    }

    /// Puts the id together. `other` gives what does not follow from name and number.
    fn compose<E>(
        &self,
        input: &Input,
        other: impl Fn(&Part) -> std::result::Result<Option<String>, E>,
    ) -> std::result::Result<Option<String>, E> {
        let parts = match self {
            Self::Uuid => return other(&Part::Uuid),
            Self::Sha256 => return other(&Part::Sha256),
            Self::Name => return Ok(Some(percent_encode(&input.raw_name()))),
            Self::Given(id) => return Ok(Some(id.clone())),
            Self::Template(parts) => parts,
        };
        let mut out = String::new();
        for part in parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Stem => out.push_str(&percent_encode(stem(&input.raw_name()))),
                Part::Index => out.push_str(&(input.index + 1).to_string()),
                Part::Sha256 | Part::Uuid => match other(part)? {
                    Some(text) => out.push_str(&text),
                    None => return Ok(None),
                },
            }
        }
        Ok(Some(out))
    }
}

/// Whether the number can be told from what stands around it, so that two numbers make two ids: it begins or ends at a place that
/// is always the same, and no digit can follow or precede it there.
fn has_clear_index(parts: &[Part]) -> bool {
    let Some(at) = parts.iter().position(|p| *p == Part::Index) else { return false };
    let (before, after) = (parts.get(..at).unwrap_or_default(), parts.get(at + 1..).unwrap_or_default());
    let fixed = |parts: &[Part]| parts.iter().all(|p| matches!(p, Part::Text(_)));
    let ends = |part: Option<&Part>, edge: fn(&str) -> Option<char>| match part {
        Some(Part::Text(text)) => edge(text).is_some_and(|c| !c.is_ascii_digit()),
        Some(_) => false,
        None => true,
    };
    (fixed(before) && ends(after.first(), |t| t.chars().next()))
        || (fixed(after) && ends(before.last(), |t| t.chars().next_back()))
}

fn uuid() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn stem(name: &[u8]) -> &[u8] {
    name.iter().rposition(|b| *b == b'.').and_then(|dot| name.get(..dot)).unwrap_or(name)
}

/// Bytes that Annex E j) forbids, those of names that are no text, and `%` itself, as `%XX`.
fn percent_encode(name: &[u8]) -> String {
    let mut out = String::new();
    for &byte in name {
        let c = char::from(byte);
        if !byte.is_ascii() || forbidden(c) || matches!(c, '%' | '"') {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push(c);
        }
    }
    out
}

/// SHA-256 of a whole source, lower-case hex.
pub(super) fn sha256(source: &dyn Source) -> Result<String> {
    const STEP: u64 = 1 << 18;
    let mut hasher = Sha256::new();
    let mut at = 0;
    while at < source.len() {
        let end = (at + STEP).min(source.len());
        hasher.update(source.bytes("file", at..end, STEP, phrase!("the file", "文件"))?);
        at = end;
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn what_can_repeat_is_known() {
        let id = |text: &str| text.parse::<Id>().unwrap();
        for clear in ["{index}", "x{index}", "{index}-{stem}", "{stem}-{index}", "{stem}{uuid}", "sha256", "uuid"] {
            assert!(!id(clear).can_repeat(), "{clear}");
        }
        // File 1 of stem 1x and file 11 of stem x; a stem that ends as the next one begins.
        for repeats in
            ["name", "{stem}", "x", "{index}{stem}", "{stem}{index}", "{index}0{stem}", "{stem}-{index}-{stem}"]
        {
            assert!(id(repeats).can_repeat(), "{repeats}");
        }
        assert!(id("x").is_constant() && !id("{stem}").is_constant() && !id("uuid").is_constant());
    }

    #[test]
    fn templates() {
        let input = Input::new(PathBuf::from("a/图 1.png"), 6);
        let bytes = b"abc".to_vec();
        let make = |text: &str| text.parse::<Id>().unwrap().make(&input, &bytes).unwrap();
        assert_eq!(make("name"), "%E5%9B%BE%201.png");
        assert_eq!(make("x-{index}-{stem}"), "x-7-%E5%9B%BE%201");
        assert_eq!(make("sha256"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(make("uuid").len(), 36);
        assert!("a{b}".parse::<Id>().is_err() && "a{stem".parse::<Id>().is_err() && "".parse::<Id>().is_err());
        use std::os::unix::ffi::OsStrExt;
        let raw = |name: &[u8]| Input::new(PathBuf::from(std::ffi::OsStr::from_bytes(name)), 0);
        let name = |name: &[u8]| "{stem}".parse::<Id>().unwrap().of_name(&raw(name)).unwrap();
        assert_eq!((name(b"\xff.png"), name(b"a\xfe"), name(b"a.b.png")), ("%FF".into(), "a%FE".into(), "a.b".into()));
        assert!("fixed".parse::<Id>().unwrap().is_asked_for() && !"x{uuid}".parse::<Id>().unwrap().is_asked_for());
    }
}
