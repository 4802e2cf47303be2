//! Finding labels in the properties of an office file.

use biaoshi_container::xml::Tree;
use biaoshi_container::zip::{Archive, Member};
use biaoshi_container::{Error, Kind, Limits, Message, Result, Said, Source, phrase};
use biaoshi_label::{Code, Detail, Dialect, Finding};

use super::package::{attribute, custom_parts, is_declared};
use super::{CUSTOM, CUSTOM_NS, FEW, FMTID, Layout, NAME, PROPERTY, Part, RELATIONS, TYPES, VALUE_NS};
use crate::format::Writer;
use crate::found::{Found, Offer, Slot, finding};

/// The other parts with properties.
const OTHERS: [&str; 2] = ["docProps/core.xml", "docProps/app.xml"];

pub(super) fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    match Archive::read(source, limits) {
        Ok(archive) => package(source, archive, limits, found).map(|layout| Box::new(layout) as _),
        Err(damage) => {
            // What stands before the damage is still said.
            if damage.kind() == Kind::Malformed
                && let Ok(archive) = Archive::salvage(source, limits)
            {
                let _ = package(source, archive, limits, found);
            }
            Err(damage)
        }
    }
}

fn package(source: &dyn Source, archive: Archive, limits: &Limits, found: &mut Found) -> Result<Layout> {
    let mut reader = Reader { source, limits, found, archive, refused: None };
    let types = reader.part(TYPES);
    let relations = reader.part(RELATIONS);
    let parsed = |part: &Option<Part>| part.as_ref().map(|p| Tree::parse(body(&p.text), limits)).unwrap_or_default();
    let related: Vec<String> = custom_parts(&parsed(&relations)).take(FEW).collect();
    let there = |name: &&String| reader.archive.named(name).next().is_some();
    let home = related.iter().find(there).or(related.first()).cloned().unwrap_or_else(|| CUSTOM.to_owned());
    let announced = related.contains(&home) && is_declared(&parsed(&types), &home);
    let mut custom = reader.part(&home);
    if let Some(part) = &mut custom {
        reader.custom(part, announced);
    }
    let mut others = Vec::new();
    let stray = related.iter().map(String::as_str).chain([CUSTOM]).filter(|name| !name.eq_ignore_ascii_case(&home));
    for name in stray {
        let Some(mut part) = reader.part(name) else { continue };
        if !others.iter().any(|o: &Part| o.member == part.member) {
            reader.custom(&mut part, false);
            others.push(part);
        }
    }
    for name in OTHERS.into_iter().filter(|name| !name.eq_ignore_ascii_case(&home)) {
        if let Some(mut part) = reader.part(name) {
            reader.other(name, &mut part);
            others.push(part);
        }
    }
    reader.signatures();
    if types.is_none() {
        return Err(Error::invalid(
            NAME,
            0,
            phrase!("the part [Content_Types].xml is missing or damaged", "部件 [Content_Types].xml 缺失或有误"),
        ));
    }
    others.retain(|p| !p.labels.is_empty());
    let Reader { archive, refused, .. } = reader;
    Ok(Layout { archive, types, relations, custom, custom_name: home, others, refused })
}

/// A text without its byte-order mark.
pub(super) fn body(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

struct Reader<'a> {
    source: &'a dyn Source,
    limits: &'a Limits,
    found: &'a mut Found,
    archive: Archive,
    refused: Option<&'static Said>,
}

impl Reader<'_> {
    /// A part as text; damage is told.
    fn part(&mut self, name: &str) -> Option<Part> {
        let twice = self.archive.named(name).count() > 1;
        if twice {
            self.refused =
                Some(phrase!("writing into an archive with two members of one name", "写入有同名成员的压缩包"));
            self.found.pass_over(placement(name), phrase!("one of two parts of the same name", "同名部件之一"));
        }
        // Of several members of one name most readers take the last.
        let index = self.archive.members.iter().rposition(|m| m.is(name))?;
        let member = self.archive.members.get(index)?.clone();
        match self.text(&member) {
            Ok(text) => Some(Part { member: index, text, labels: Vec::new() }),
            Err(e) => {
                self.damaged(name, e.message());
                None
            }
        }
    }

    /// A part that may hold a label, or says where it is, cannot be read.
    fn damaged(&mut self, name: &str, what: Message) {
        self.refused = Some(phrase!("writing beside a damaged part", "在有误的部件旁写入"));
        if OTHERS.contains(&name) {
            self.found.pass_over(placement(name), what);
        } else {
            self.found.damaged(placement(name), what);
        }
    }

    fn text(&mut self, member: &Member) -> Result<String> {
        let (bytes, right) = member.read(self.source, &self.archive, self.limits)?;
        if !right {
            let name = String::from_utf8_lossy(&member.name).into_owned();
            self.found.findings.push(Finding::new(Code::Checksum, placement(&name), Detail::term(name)));
        }
        match bytes.as_slice() {
            [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => {
                // A part is UTF-8 or UTF-16 (ECMA-376 part 2); those in UTF-16 are rare.
                self.refused = Some(phrase!("writing beside a part in UTF-16", "在 UTF-16 部件旁写入"));
                let big = bytes.first() == Some(&0xfe);
                let from = if big { u16::from_be_bytes } else { u16::from_le_bytes };
                let units = bytes.chunks_exact(2).skip(1).filter_map(|p| p.try_into().ok().map(from));
                Ok(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
            }
            _ => String::from_utf8(bytes)
                .map_err(|_| Error::invalid(NAME, member.header, phrase!("a part is no UTF-8", "部件不是 UTF-8"))),
        }
    }

    fn tree(&mut self, name: &str, text: &str) -> Tree {
        let tree = Tree::parse(body(text), self.limits);
        if let Some(damage) = &tree.damage {
            self.damaged(name, damage.clone());
        }
        tree
    }

    /// The bytes of a part in the file, as far as its directory record is right.
    fn span(&self, part: &Part) -> std::ops::Range<u64> {
        let member = self.archive.members.get(part.member);
        member.and_then(|m| m.data(self.source, &self.archive).ok()).unwrap_or_default()
    }

    /// Custom properties. Office shows those that the package announces as such.
    fn custom(&mut self, part: &mut Part, announced: bool) {
        let tree = self.tree("custom.xml", &part.text);
        let span = self.span(part);
        let root = tree.elements.first().is_some_and(|root| CUSTOM_NS.iter().any(|ns| root.name.is(ns, "Properties")));
        let announced = announced && root;
        for (index, element) in tree.elements.iter().enumerate() {
            if element.name.local != "property" || element.parent != Some(0) {
                continue;
            }
            let value = |key: &str| attribute(element, key);
            let name = value("name").unwrap_or_default();
            let child = tree.descendants(index).next().map(|(_, e)| e);
            let text = child.map_or(element.text.as_str(), |c| c.text.as_str());
            let mut dialects = Vec::new();
            let ours = name.eq_ignore_ascii_case("AIGC");
            if !ours {
                dialects.push(Dialect::OfficeOtherProperty);
            } else if name != "AIGC" {
                dialects.push(Dialect::SlotCase);
            }
            let named = CUSTOM_NS.iter().any(|ns| element.name.is(ns, "property"));
            let typed = child.is_some_and(|c| VALUE_NS.iter().any(|ns| c.name.is(ns, "lpwstr")));
            let fmtid = value("fmtid").is_some_and(|f| f.eq_ignore_ascii_case(FMTID));
            let pid = value("pid").and_then(|p| p.parse::<i32>().ok()).is_some_and(|p| p >= 2);
            if !(announced && named && typed && fmtid && pid) {
                dialects.push(Dialect::OfficePropertyForm);
            }
            let place = if ours { PROPERTY.to_owned() } else { placement("custom.xml") };
            let slot = Slot { placement: place.into(), span: span.clone(), wrapped: false, dialects: &dialects };
            let offer = self.found.offer_as(ours, slot, text, self.limits);
            // A property called AIGC that is no label is in the way of the one that is written.
            if offer == Offer::Label || (ours && offer == Offer::Nothing) {
                part.labels.push(element.span.clone());
            }
        }
    }

    /// Core and extended properties: each element's text.
    fn other(&mut self, name: &str, part: &mut Part) {
        let tree = self.tree(name, &part.text);
        let span = self.span(part);
        for element in tree.elements.iter().filter(|e| e.parent == Some(0)) {
            let dialects = [Dialect::OfficeOtherProperty];
            let place = placement(name);
            let slot =
                Slot { placement: place.clone().into(), span: span.clone(), wrapped: false, dialects: &dialects };
            match self.found.offer(slot, &element.text, self.limits) {
                Offer::Label => part.labels.push(element.span.clone()),
                Offer::Vendor => {}
                Offer::Nothing => {
                    let key = if element.name.local == "Application" { "Software" } else { &element.name.local };
                    self.found.look(&place, key, &element.text);
                }
            }
        }
    }

    /// Signatures cover chosen parts and relationships (ECMA-376 part 2, 12).
    fn signatures(&mut self) {
        let is = |m: &Member| m.name.get(..16).is_some_and(|n| n.eq_ignore_ascii_case(b"_xmlsignatures/s"));
        if self.archive.members.iter().any(is) {
            let what = phrase!("a signature", "Office 数字签名");
            self.found.findings.push(finding(Code::Signed, "office/_xmlsignatures", what));
        }
        // The place of a manifest in archives (C2PA 2.1, embedding into ZIP-based formats).
        if let Some(member) = self.archive.members.iter().find(|m| m.is("META-INF/content_credential.c2pa")).cloned() {
            let manifest = member.read(self.source, &self.archive, self.limits).map(|(bytes, _)| bytes);
            self.found.c2pa("office/META-INF/C2PA", &manifest.unwrap_or_default());
        }
    }
}

fn placement(name: &str) -> String {
    format!("office/{}", name.rsplit('/').next().unwrap_or(name))
}
