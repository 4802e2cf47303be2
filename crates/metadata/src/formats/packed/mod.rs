//! Packages whose label is one element in one part of XML: OpenDocument and EPUB. No guide speaks of them, so both are
//! conventions of ours.

pub(crate) mod epub;
pub(crate) mod odf;

use std::ops::Range;

use biaoshi_container::markup::Markup;
use biaoshi_container::xml::{Element, Tree};
use biaoshi_container::zip::{self, Archive, Change};
use biaoshi_container::{Cursor, Error, Kind, Limits, Patch, Patched, Result, Said, Source, phrase, said, to_vec};
use biaoshi_label::{Code, Detail, Dialect, Finding, Label};

use crate::content::Part;
use crate::format::{Confidence, Head, Writer};
use crate::found::{Found, Offer, Slot};
use crate::pointers::Pointer;

/// Bytes of a local header in front of the name, and of a record of the directory.
const HEADER: usize = 30;
const RECORD: u64 = 46;
/// A header begins with its signature.
const SIGNATURE: u64 = 4;

/// Both kinds of package begin with a stored member `mimetype` without anything between its name and its contents
/// (ODF 1.3 part 2, 3.3; OCF 3.3, 4.3).
fn sniff(head: &Head<'_>, is: impl Fn(&str) -> bool) -> Confidence {
    let mut c = Cursor::new(&head.bytes);
    let size = (|| {
        let header = c.take(HEADER)?;
        let size = Cursor::at(header, 18).u32_le()?;
        (header.starts_with(b"PK\x03\x04") && c.take(8)? == b"mimetype").then_some(size)
    })();
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size < 100);
    let kind = size.and_then(|size| c.take(size)).and_then(|kind| std::str::from_utf8(kind).ok());
    if kind.is_some_and(|kind| is(kind.trim())) { Confidence::Magic } else { Confidence::No }
}

/// What a label may stand in, of one kind of package.
struct Form {
    /// The name of the grammar in errors.
    grammar: &'static str,
    placement: &'static str,
    /// The element that holds the properties.
    home: fn(&Element) -> bool,
    /// The name of a property and what it says.
    property: fn(&Element) -> (String, String),
    /// Whether a property called AIGC has the prescribed form.
    proper: fn(&Element) -> bool,
    /// A new one.
    make: fn(&Label, &Home) -> String,
}

/// The element that holds the properties, and its surroundings.
#[derive(Default)]
struct Home {
    prefix: String,
    /// The start tag of the root.
    root: String,
    /// Last in the element; the name of an empty one, which has to be opened.
    place: Range<usize>,
    empty: Option<String>,
}

/// What a writer needs to know.
struct Layout {
    form: &'static Form,
    archive: Archive,
    /// Index of the member.
    member: usize,
    markup: Markup,
    sound: bool,
    /// Spans of labels.
    labels: Vec<Range<usize>>,
    home: Option<Home>,
    refused: Option<&'static Said>,
}

/// Tells the name of the part, and why it must not be written into.
type Place = fn(&dyn Source, &Archive, &Limits, &mut Found) -> Result<(String, Option<&'static Said>)>;

/// Finds labels in the part of a name that `place` tells of an archive.
fn read(
    form: &'static Form,
    source: &dyn Source,
    limits: &Limits,
    found: &mut Found,
    place: Place,
) -> Result<Box<dyn Writer>> {
    match Archive::read(source, limits) {
        Ok(archive) => Ok(Box::new(layout(form, source, archive, limits, found, place)?)),
        Err(damage) => {
            // What stands before the damage is still said.
            if damage.kind() == Kind::Malformed
                && let Ok(archive) = Archive::salvage(source, limits)
            {
                let _ = layout(form, source, archive, limits, found, place);
            }
            Err(damage)
        }
    }
}

fn layout(
    form: &'static Form,
    source: &dyn Source,
    archive: Archive,
    limits: &Limits,
    found: &mut Found,
    place: Place,
) -> Result<Layout> {
    let (name, mut refused) = place(source, &archive, limits, found)?;
    if archive.named(&name).count() > 1 {
        refused = Some(phrase!("writing into an archive with two members of one name", "写入有同名成员的压缩包"));
        found.pass_over(form.placement, phrase!("one of two parts of the same name", "同名部件之一"));
    }
    let index = archive.members.iter().rposition(|m| m.is(&name));
    let Some((member, data)) = index.and_then(|index| Some((index, archive.members.get(index)?))) else {
        let what = said!("the part {} is missing", "缺少部件 {}", name);
        return Err(Error::invalid(form.grammar, 0, what));
    };
    let (bytes, sound) = data.read(source, &archive, limits)?;
    if !sound {
        found.findings.push(Finding::new(Code::Checksum, form.placement, Detail::term(name.clone())));
    }
    let span = data.data(source, &archive)?;
    let at = data.header;
    let markup = Markup::xml(bytes)
        .map_err(|name| Error::unsupported(form.grammar, said!("a part in {}", "{} 编码的部件", name)))?;
    let tree = Tree::parse_document(&markup.text, limits);
    let labels = properties(form, &tree, &span, limits, found);
    if let Some(damage) = tree.damage {
        found.damaged(form.placement, damage.clone());
        return Err(Error::invalid(form.grammar, at, damage));
    }
    let home = home(form, &tree, &markup.text);
    Ok(Layout { form, archive, member, markup, sound, labels, home, refused })
}

/// Reads the properties; the spans of those that are labels.
fn properties(form: &Form, tree: &Tree, span: &Range<u64>, limits: &Limits, found: &mut Found) -> Vec<Range<usize>> {
    let mut labels = Vec::new();
    let is_home = |index: Option<usize>| index.and_then(|i| tree.elements.get(i)).is_some_and(form.home);
    for element in tree.elements.iter().filter(|e| is_home(e.parent)) {
        let (name, text) = (form.property)(element);
        let ours = name.eq_ignore_ascii_case("AIGC");
        let mut dialects = Vec::new();
        if !ours {
            dialects.push(Dialect::OfficeOtherProperty);
        } else if name != "AIGC" {
            dialects.push(Dialect::SlotCase);
        }
        if ours && !(form.proper)(element) {
            dialects.push(Dialect::OfficePropertyForm);
        }
        let slot = Slot { placement: form.placement.into(), span: span.clone(), wrapped: false, dialects: &dialects };
        match found.offer_as(ours, slot, &text, limits) {
            Offer::Label => labels.push(element.span.clone()),
            Offer::Nothing if ours => labels.push(element.span.clone()),
            Offer::Nothing => {
                let key = if name == "generator" { "Software" } else { &name };
                found.look(form.placement, key, &text);
            }
            Offer::Vendor => {}
        }
    }
    labels
}

fn home(form: &Form, tree: &Tree, text: &str) -> Option<Home> {
    let root = tree.elements.first().and_then(|root| text.get(root.open.clone())).unwrap_or_default().to_owned();
    let element = tree.elements.iter().find(|e| (form.home)(e))?;
    let prefix = element.name.prefix.clone();
    let name = if prefix.is_empty() { element.name.local.clone() } else { format!("{prefix}:{}", element.name.local) };
    let empty = element.open == element.span;
    let end = element.span.end;
    let place = if empty {
        end.checked_sub(2)?..end
    } else {
        let close = element.span.start + text.get(element.span.clone())?.rfind("</")?;
        close..close
    };
    Some(Home { prefix, root, place, empty: empty.then_some(name) })
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let grammar = self.form.grammar;
        if let Some(why) = self.refused {
            return Err(Error::unsupported(grammar, why));
        }
        if !self.sound {
            return Err(Error::unsupported(grammar, phrase!("writing into a damaged part", "写入有误的部件")));
        }
        let home = self.home.as_ref().ok_or_else(|| {
            Error::unsupported(
                grammar,
                phrase!("a document without an element for its properties", "没有属性元素的文档"),
            )
        })?;
        let new = (self.form.make)(label, home);
        let new = home.empty.as_ref().map_or(new.clone(), |name| format!(">{new}</{name}>"));
        let mut edits: Vec<_> = self.labels.iter().map(|span| (span.clone(), String::new())).collect();
        edits.push((home.place.clone(), new));
        let patch = self.markup.patch(&edits).ok_or_else(|| {
            let encoding = self.markup.encoding();
            Error::unsupported(
                grammar,
                said!("a label between {} characters", "在 {} 编码的字符之间写入标识", encoding),
            )
        })?;
        let bytes = self.archive.members.get(self.member).map(|m| m.read(source, &self.archive, &Limits::default()));
        let bytes = bytes.transpose()?.map(|(bytes, _)| bytes).unwrap_or_default();
        let contents = to_vec(&Patched::new(&bytes, &patch), u64::MAX)?;
        zip::plan(source, &self.archive, &[Change { member: Some(self.member), name: String::new(), contents }])
    }
}

/// The members of an archive that a label does not change, in the order of the directory.
pub(super) fn parts(source: &dyn Source, limits: &Limits, is_property: fn(&[u8]) -> bool) -> Result<Vec<Part>> {
    let archive = Archive::read(source, limits)?;
    let mut parts = Vec::new();
    for member in archive.members.iter().filter(|m| !is_property(&m.name)) {
        let name = member.record.start + RECORD;
        parts.push(Part::new(*b"name", name..name + member.name.len() as u64));
        parts.push(Part::new(*b"data", member.data(source, &archive)?));
    }
    Ok(parts)
}

/// The offsets of an archive, for the read-back: where its directory says that members are.
fn pointers(source: &dyn Source, limits: &Limits, out: &mut dyn FnMut(Pointer)) -> Result<()> {
    for member in Archive::read(source, limits)?.members {
        out(Pointer::new("directory", member.header, SIGNATURE));
    }
    Ok(())
}

/// A part as text, where it is there and in order.
fn text(source: &dyn Source, archive: &Archive, name: &str, limits: &Limits) -> Option<String> {
    let member = archive.named(name).last()?;
    let (bytes, _) = member.read(source, archive, limits).ok()?;
    Markup::xml(bytes).ok().map(|markup| markup.text)
}
