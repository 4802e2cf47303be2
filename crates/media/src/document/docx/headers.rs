//! The label in the header of every page (ECMA-376 part 1, 17.10): in those that are there, and in a new one for pages that
//! have none. A section without a header of a kind has that of the section before it.

use std::collections::BTreeSet;

use biaoshi_container::xml::{Tag, Token};
use biaoshi_container::zip::Change;
use biaoshi_explicit::text::{Kind, Matcher};

use super::{WORD, Word};
use crate::Result;
use crate::document::ooxml::{self, BETWEEN, HEAD, Relations, form};
use crate::document::package::{Edit, Package, Part, Slot, fresh};
use crate::document::story::{Body, Story};

const TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml";

/// What the document says of its sections.
#[derive(Default)]
struct Sections {
    /// Where the references of the first one go, and the kinds that it has.
    first: Option<(Slot, BTreeSet<String>)>,
    /// References to headers, of all sections.
    headers: BTreeSet<String>,
    /// Whether the first page of some section has a header of its own.
    titled: bool,
    /// Open elements, and how many of them hold what a section was before.
    path: Vec<bool>,
    before: usize,
    sections: usize,
}

impl Sections {
    fn see(&mut self, token: &Token<'_>) {
        match token {
            Token::Open(tag) => {
                let before = tag.is(WORD, "sectPrChange");
                self.before += usize::from(before);
                self.path.push(before);
                if self.before == 0 {
                    self.open(tag);
                }
            }
            Token::Close(_) => self.before -= usize::from(self.path.pop() == Some(true)),
            Token::Text(_, _) => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        if tag.is(WORD, "sectPr") {
            self.sections += 1;
            let end = tag.span.end;
            let slot = if tag.empty { Slot::inside(tag.prefix, tag.local, end) } else { Slot::at(end) };
            self.first.get_or_insert((slot, BTreeSet::new()));
        } else if tag.is(WORD, "headerReference") {
            let kind = tag.value(Some(WORD), "type").unwrap_or_else(|| "default".into());
            if let Some((_, kinds)) = self.first.as_mut().filter(|_| self.sections == 1) {
                kinds.insert(kind);
            }
            self.headers.extend(tag.value(Some(BETWEEN), "id"));
        } else if tag.is(WORD, "titlePg") {
            self.titled |= is_on(tag);
        }
    }
}

fn is_on(tag: &Tag<'_>) -> bool {
    !matches!(tag.value(Some(WORD), "val").as_deref(), Some("0" | "false" | "off"))
}

/// Changes of headers and of what announces them, and the edits of the document that refer to them.
pub(super) fn plan(
    package: &Package<'_>,
    (name, part): (&str, &Part),
    body: &Body,
    label: &str,
    matcher: &Matcher,
) -> Result<(Vec<Change>, Vec<Edit>)> {
    let (mut sections, relations) = (Sections::default(), Relations::of(package, name)?);
    package.walk(part, &mut |token| sections.see(&token))?;
    let mut changes = Vec::new();
    let targets = relations.targets("header");
    let there: BTreeSet<&str> = sections.headers.iter().filter_map(|id| targets.get(id.as_str()).copied()).collect();
    for target in there {
        let header = package.main(target)?;
        let story = Story::read(package, &header, &mut Word("hdr"), matcher)?;
        let says = story.ends.labels(matcher).any(|(_, kind)| kind == Kind::Conforming);
        if let (Some(inside), false) = (&story.body, says) {
            changes.push(header.change(&[inside.start.fill(label)])?);
        }
    }
    let mut kinds = vec!["default"];
    kinds.extend(sections.titled.then_some("first"));
    kinds.extend(has_even_pages(package, &relations)?.then_some("even"));
    if let Some((_, has)) = &sections.first {
        kinds.retain(|kind| !has.contains(*kind));
    }
    if kinds.is_empty() {
        return Ok((changes, Vec::new()));
    }
    let (target, strict) = (ooxml::free(package, "word/header"), body.uri == WORD[1]);
    let (relation, id) = relations.add(&format!("{}/header", form(BETWEEN, strict)), &target)?;
    let (uri, between) = (&body.uri, form(BETWEEN, strict));
    let references: String = kinds
        .iter()
        .map(|kind| {
            format!("<w:headerReference xmlns:w=\"{uri}\" xmlns:r=\"{between}\" w:type=\"{kind}\" r:id=\"{id}\"/>")
        })
        .collect();
    let edit = match sections.first {
        Some((slot, _)) => slot.fill(&references),
        None => body.end.fill(&format!("<w:sectPr xmlns:w=\"{uri}\">{references}</w:sectPr>")),
    };
    changes.push(relation);
    changes.push(ooxml::announce(package, &[(&target, TYPE)])?);
    changes.push(fresh(target, format!("{HEAD}<w:hdr xmlns:w=\"{uri}\">{label}</w:hdr>")));
    Ok((changes, vec![edit]))
}

/// Whether even pages have headers of their own.
fn has_even_pages(package: &Package<'_>, relations: &Relations) -> Result<bool> {
    let Some(part) = relations.first("settings").map(|r| package.part(&r.target)).transpose()?.flatten() else {
        return Ok(false);
    };
    let mut even = false;
    package.walk(&part, &mut |token| {
        if let Token::Open(tag) = token
            && tag.is(WORD, "evenAndOddHeaders")
        {
            even = is_on(&tag);
        }
    })?;
    Ok(even)
}
