//! The parts of a document in an archive: read as text, changed by insertions, all others raw.

use std::collections::HashMap;
use std::ops::Range;

use biaoshi_container::markup::Markup;
use biaoshi_container::xml::{Token, walk};
use biaoshi_container::zip::{self, Archive, Change};
use biaoshi_container::{Error as Damage, Limits, Patch, Patched, Said, Source, phrase, said, to_vec};

use crate::{Error, Outcome, Result};

/// A signature that a visible change would break.
pub(super) static SIGNED: Said = Said {
    code: "document.signed",
    en: "the document is signed, and a label in its text would break the signature: label it before it is signed",
    zh: "文档已有数字签名,在正文中写入标识会使签名失效;请在签名之前标识",
};

/// A text that only its owner reads.
pub(super) static ENCRYPTED: Said =
    Said { code: "document.encrypted", en: "the text of the document is encrypted", zh: "文档正文已加密" };

/// A package without the part that people read, or with one of another kind.
pub(super) static NO_TEXT: Said = Said {
    code: "document.text",
    en: "the document has no part with text to read, or one of an unknown kind",
    zh: "文档没有可读的正文部件,或其类型未知",
};

/// Two members with the name of the part that would change.
static TWICE: Said = Said {
    code: "document.twice",
    en: "the archive has two members of one name, and readers differ in which they show",
    zh: "压缩包中有同名成员,不同软件显示的可能不是同一个",
};

/// Reasons of all documents in archives.
pub(super) static SAYS: [&Said; 4] = [&SIGNED, &ENCRYPTED, &NO_TEXT, &TWICE];

/// A text cut by edits: where, and what comes there.
pub(super) type Edit = (Range<usize>, String);

/// An archive with the names of its members.
pub(super) struct Package<'a> {
    source: &'a dyn Source,
    pub(super) limits: &'a Limits,
    archive: Archive,
    /// The format's name in errors.
    name: &'static str,
    /// Members by their names in small letters; the last of several counts.
    members: HashMap<Vec<u8>, (usize, bool)>,
}

/// A part as text.
pub(super) struct Part {
    member: usize,
    markup: Markup,
    /// Whether its check sum is right and its name its own.
    sound: bool,
    twice: bool,
    grammar: &'static str,
    name: String,
    header: u64,
}

impl<'a> Package<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// I/O, damage, limits.
    pub(super) fn open(name: &'static str, source: &'a dyn Source, limits: &'a Limits) -> Result<Self> {
        let archive = Archive::read(source, limits)?;
        let mut members = HashMap::new();
        for (index, member) in archive.members.iter().enumerate() {
            let twice = members.contains_key(&member.name.to_ascii_lowercase());
            members.insert(member.name.to_ascii_lowercase(), (index, twice));
        }
        Ok(Self { source, limits, archive, name, members })
    }

    /// Whether there is a member of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name.to_ascii_lowercase().as_bytes())
    }

    /// Whether the name of a member begins so.
    pub(super) fn has_in(&self, folder: &str) -> bool {
        let starts = |name: &[u8]| name.get(..folder.len()).is_some_and(|n| n.eq_ignore_ascii_case(folder.as_bytes()));
        self.archive.members.iter().any(|m| starts(&m.name))
    }

    /// A part as text, if it is there.
    ///
    /// # Errors
    /// I/O, damage, limits; [`Error::Unable`] where it is encrypted.
    pub(super) fn part(&self, name: &str) -> Result<Option<Part>> {
        let Some((index, twice)) = self.members.get(name.to_ascii_lowercase().as_bytes()) else { return Ok(None) };
        let Some(member) = self.archive.members.get(*index) else { return Ok(None) };
        if member.flags & 1 == 1 {
            return Err(Error::Unable(ENCRYPTED.message()));
        }
        let (bytes, sound) = member.read(self.source, &self.archive, self.limits)?;
        let markup = Markup::xml(bytes)
            .map_err(|name| Damage::unsupported(self.name, said!("a part in {}", "{} 编码的部件", name)))?;
        let (grammar, name, header) = (self.name, name.to_owned(), member.header);
        Ok(Some(Part { member: *index, markup, sound, twice: *twice, grammar, name, header }))
    }

    /// A part that has to be there.
    ///
    /// # Errors
    /// As [`Package::part`]; [`Error::Unable`] where it is not there.
    pub(super) fn main(&self, name: &str) -> Result<Part> {
        self.part(name)?.ok_or_else(|| Error::Unable(NO_TEXT.message()))
    }

    /// Reads the tags and words of a part.
    ///
    /// # Errors
    /// Damage in it, limits.
    pub(super) fn walk(&self, part: &Part, visit: &mut dyn FnMut(Token<'_>)) -> Result<()> {
        let walked = walk(part.text(), true, self.limits, &mut |token| {
            visit(token);
            Ok(())
        });
        Ok(walked.map_err(|damage| Damage::invalid(self.name, part.header, damage))?)
    }

    /// The patch of some changes.
    ///
    /// # Errors
    /// I/O, an archive that cannot be changed.
    pub(super) fn plan(&self, changes: &[Change]) -> Result<Patch> {
        Ok(zip::plan(self.source, &self.archive, changes)?)
    }
}

impl Part {
    /// Its characters, without a byte-order mark.
    pub(super) fn text(&self) -> &str {
        &self.markup.text
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The part with insertions; every other byte of it stays.
    ///
    /// # Errors
    /// A part that is damaged, or whose name another one has.
    pub(super) fn change(self, edits: &[Edit]) -> Result<Change> {
        if self.twice {
            return Err(Error::Unable(TWICE.message()));
        }
        if !self.sound {
            let what = phrase!("the check sum of a part is wrong", "部件的校验和有误");
            return Err(Damage::invalid(self.grammar, self.header, what).into());
        }
        let patch = self.markup.patch(edits).ok_or_else(|| {
            let encoding = self.markup.encoding();
            Damage::unsupported(
                self.grammar,
                said!("a label between {} characters", "在 {} 编码的字符之间写入标识", encoding),
            )
        })?;
        let bytes = self.markup.into_bytes();
        let contents = to_vec(&Patched::new(&bytes, &patch), u64::MAX)?;
        Ok(Change { member: Some(self.member), name: String::new(), contents })
    }
}

/// A new part.
pub(super) fn fresh(name: String, contents: String) -> Change {
    Change { member: None, name, contents: contents.into_bytes() }
}

/// A document that cannot take the label keeps what it has, with the reason.
///
/// # Errors
/// All others.
pub(super) fn skipping(done: Result<Outcome>) -> Result<Outcome> {
    match done {
        Err(Error::Unable(why)) => Ok(Outcome::Skip(why)),
        done => done,
    }
}

/// The parts that are inflated, their tags and what is packed anew: two streams of the largest size at once.
pub(super) fn cost(source: &dyn Source, limits: &Limits) -> u64 {
    source.len().saturating_mul(40).min(limits.inflated.saturating_mul(6))
}

/// A place in an element; that of an empty one has to be opened.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    range: Range<usize>,
    /// The name of an empty element, as written.
    empty: Option<String>,
}

impl Slot {
    /// Between two characters.
    pub(super) fn at(place: usize) -> Self {
        Self { range: place..place, empty: None }
    }

    /// In an empty element, whose tag ends at `end`.
    pub(super) fn inside(prefix: &str, local: &str, end: usize) -> Self {
        Self { range: end.saturating_sub(2)..end, empty: Some(qualified(prefix, local)) }
    }

    /// Whether it is in an element without anything in it.
    pub(super) fn is_empty(&self) -> bool {
        self.empty.is_some()
    }

    /// The edit that puts something there.
    pub(super) fn fill(&self, new: &str) -> Edit {
        let text = match &self.empty {
            Some(name) => format!(">{new}</{name}>"),
            None => new.to_owned(),
        };
        (self.range.clone(), text)
    }

    /// Where it is.
    pub(super) fn start(&self) -> usize {
        self.range.start
    }
}

/// A name with its prefix.
pub(super) fn qualified(prefix: &str, local: &str) -> String {
    if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
}

/// The name of the member that a target means, from the folder of its part on.
pub(super) fn resolve(folder: &str, target: &str) -> String {
    let base = if target.starts_with('/') { "" } else { folder };
    let mut steps: Vec<&str> = Vec::new();
    for step in base.split('/').chain(target.split('/')) {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}
