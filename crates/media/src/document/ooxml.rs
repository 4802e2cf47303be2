//! What the packages of Word, Excel and PowerPoint share (OPC, ECMA-376 part 2): relationships, content types, signatures.

use std::collections::{HashMap, HashSet};

use biaoshi_container::xml::{Token, escape};
use biaoshi_container::zip::Change;

use super::package::{NO_TEXT, Package, Part, SIGNED, Slot, fresh, qualified, resolve};
use crate::{Error, Result};

/// The name of the grammar in errors.
pub(super) const NAME: &str = "Office";
const TYPES: &str = "[Content_Types].xml";
const TYPES_NS: &[&str] = &["http://schemas.openxmlformats.org/package/2006/content-types"];
const RELATIONS_NS: &[&str] = &["http://schemas.openxmlformats.org/package/2006/relationships"];
/// Relationships between parts: transitional, then strict (ECMA-376 parts 4 and 1).
pub(super) const BETWEEN: &[&str] = &[
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
];
/// Drawings.
pub(super) const DRAWING: &[&str] =
    &["http://schemas.openxmlformats.org/drawingml/2006/main", "http://purl.oclc.org/ooxml/drawingml/main"];

/// Of two forms of a namespace, that which the part is written in.
pub(super) fn form(forms: &[&'static str], strict: bool) -> &'static str {
    forms.get(usize::from(strict)).or(forms.first()).copied().unwrap_or_default()
}

/// One relationship.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) id: String,
    /// The last word of its type.
    pub(super) kind: String,
    /// The name of the member that it leads to.
    pub(super) target: String,
}

/// What a part relates to.
pub(super) struct Relations {
    /// The name of the part that says so.
    name: String,
    part: Option<(Part, String, Slot)>,
    pub(super) all: Vec<Relation>,
    ids: HashSet<String>,
}

impl Relations {
    /// Those of a part, or of the package by the empty name.
    ///
    /// # Errors
    /// I/O, damage, limits.
    pub(super) fn of(package: &Package<'_>, part: &str) -> Result<Self> {
        let (folder, file) = part.rsplit_once('/').map_or(("", part), |(folder, file)| (folder, file));
        let name = resolve(folder, &format!("_rels/{file}.rels"));
        let (mut all, mut ids) = (Vec::new(), HashSet::new());
        let Some(part) = package.part(&name)? else { return Ok(Self { name, part: None, all, ids }) };
        let mut root = Root::default();
        package.walk(&part, &mut |token| {
            if let Token::Open(tag) = &token
                && tag.is(RELATIONS_NS, "Relationship")
            {
                let value = |key| tag.value(None, key).unwrap_or_default();
                let id = value("Id");
                ids.insert(id.clone());
                if !value("TargetMode").eq_ignore_ascii_case("External") {
                    let kind = value("Type").rsplit('/').next().unwrap_or_default().to_owned();
                    all.push(Relation { id, kind, target: resolve(folder, &value("Target")) });
                }
            }
            root.see(&token);
        })?;
        let Some(slot) = root.last else { return Err(Error::Unable(NO_TEXT.message())) };
        Ok(Self { name, part: Some((part, root.prefix, slot)), all, ids })
    }

    /// The first of a kind.
    pub(super) fn first(&self, kind: &str) -> Option<&Relation> {
        self.all.iter().find(|relation| relation.kind == kind)
    }

    /// Those of a kind by their ids.
    pub(super) fn targets(&self, kind: &str) -> HashMap<&str, &str> {
        let of_kind = self.all.iter().filter(|relation| relation.kind == kind);
        of_kind.map(|relation| (relation.id.as_str(), relation.target.as_str())).collect()
    }

    /// The change that adds one to `target`, of the type `kind`, and its id.
    ///
    /// # Errors
    /// A damaged part.
    pub(super) fn add(self, kind: &str, target: &str) -> Result<(Change, String)> {
        let mut ids = (1..=self.ids.len() + 1).map(|n| format!("rIdAIGC{n}"));
        let id = ids.find(|id| !self.ids.contains(id)).unwrap_or_default();
        let relation = |prefix: &str| {
            let name = qualified(prefix, "Relationship");
            format!("<{name} Id=\"{id}\" Type=\"{kind}\" Target=\"/{}\"/>", quoted(target))
        };
        let change = match self.part {
            Some((part, prefix, slot)) => part.change(&[slot.fill(&relation(&prefix))])?,
            None => {
                let uri = form(RELATIONS_NS, false);
                fresh(self.name, format!("{HEAD}<Relationships xmlns=\"{uri}\">{}</Relationships>", relation("")))
            }
        };
        Ok((change, id))
    }
}

/// In front of a new part.
pub(super) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n";

/// A value between double quotes.
fn quoted(text: &str) -> String {
    escape(text).replace('"', "&quot;")
}

/// The change of the content types that announces new parts.
///
/// # Errors
/// I/O, damage, limits, a package without content types.
pub(super) fn announce(package: &Package<'_>, parts: &[(&str, &str)]) -> Result<Change> {
    let part = package.main(TYPES)?;
    let mut root = Root::default();
    package.walk(&part, &mut |token| root.see(&token))?;
    let Some(slot) = root.last.filter(|_| TYPES_NS.contains(&root.uri.as_str())) else {
        return Err(Error::Unable(NO_TEXT.message()));
    };
    let name = qualified(&root.prefix, "Override");
    let new =
        parts.iter().map(|(part, kind)| format!("<{name} PartName=\"/{}\" ContentType=\"{kind}\"/>", quoted(part)));
    part.change(&[slot.fill(&new.collect::<String>())])
}

/// The name of the part that people read.
///
/// # Errors
/// I/O, damage, limits; [`Error::Unable`] where no relationship leads to one.
pub(super) fn main(package: &Package<'_>) -> Result<String> {
    let relations = Relations::of(package, "")?;
    let main = relations.first("officeDocument").map(|relation| relation.target.clone());
    main.ok_or_else(|| Error::Unable(NO_TEXT.message()))
}

/// A signature covers the parts that people read (ECMA-376 part 2, 12).
///
/// # Errors
/// [`Error::Unable`] for a signed package.
pub(super) fn unsigned(package: &Package<'_>) -> Result<()> {
    if package.has_in("_xmlsignatures/s") { Err(Error::Unable(SIGNED.message())) } else { Ok(()) }
}

/// A name that no member has: `stem`, a number, `.xml`.
pub(super) fn free(package: &Package<'_>, stem: &str) -> String {
    let mut names = (1_u32..).map(|n| format!("{stem}{n}.xml"));
    names.find(|name| !package.has(name)).unwrap_or_default()
}

/// The root of a part, as it goes by.
#[derive(Debug, Default)]
pub(super) struct Root {
    depth: usize,
    pub(super) prefix: String,
    pub(super) uri: String,
    /// Last in the root.
    pub(super) last: Option<Slot>,
}

impl Root {
    /// Whether what comes next, or the tag in hand, is a child of the root.
    pub(super) fn is_parent(&self) -> bool {
        self.depth == 1
    }

    /// Sees every token.
    pub(super) fn see(&mut self, token: &Token<'_>) {
        match token {
            Token::Open(tag) => {
                if self.depth == 0 {
                    (self.prefix, self.uri) = (tag.prefix.to_owned(), tag.uri.unwrap_or_default().to_owned());
                    self.last = tag.empty.then(|| Slot::inside(tag.prefix, tag.local, tag.span.end));
                }
                self.depth += 1;
            }
            Token::Close(span) => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 && self.last.is_none() {
                    self.last = Some(Slot::at(span.start));
                }
            }
            Token::Text(_, _) => {}
        }
    }
}
