//! Writing the custom property: text is inserted into parts, other members stay raw.

use std::ops::Range;

use biaoshi_container::xml::{self, Element, Tree};
use biaoshi_container::zip::{self, Change};
use biaoshi_container::{Error, Limits, Patch, Result, Source};
use biaoshi_label::Label;

use super::read::body;
use super::{CUSTOM_NS, FMTID, Layout, NAME, Part, VALUE_NS};

const CONTENT_TYPE: &str = "application/vnd.openxmlformats-officedocument.custom-properties+xml";
const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties";
const TYPES_NS: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
const RELATIONS_NS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

pub(super) fn plan(layout: &Layout, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
    if let Some(why) = layout.refused {
        return Err(Error::unsupported(NAME, why));
    }
    let mut changes = Vec::new();
    let contents = match &layout.custom {
        Some(part) => custom(part, label, limits)?,
        None => fresh(label),
    };
    changes.push(change(layout.custom.as_ref(), &layout.custom_name, contents));
    for part in &layout.others {
        changes.push(change(Some(part), "", edited(&part.text, &part.labels, None)));
    }
    let types = layout.types.as_ref().ok_or_else(|| Error::unsupported(NAME, "a package without content types"))?;
    if let Some(text) = declared(types, &layout.custom_name, limits)? {
        changes.push(change(Some(types), "", text));
    }
    let relations =
        layout.relations.as_ref().ok_or_else(|| Error::unsupported(NAME, "a package without relationships"))?;
    if let Some(text) = related(relations, &layout.custom_name, limits)? {
        changes.push(change(Some(relations), "", text));
    }
    zip::plan(source, &layout.archive, &changes)
}

fn change(part: Option<&Part>, name: &str, contents: String) -> Change {
    Change { member: part.map(|p| p.member), name: name.to_owned(), contents: contents.into_bytes() }
}

/// A part with nothing but the label.
fn fresh(label: &Label) -> String {
    let [custom, values] = [CUSTOM_NS[0], VALUE_NS[0]];
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<Properties xmlns=\"{custom}\" xmlns:vt=\"{values}\">{}</Properties>",
        property(label, "", "vt", "", 2)
    )
}

fn property(label: &Label, prefix: &str, values: &str, declaration: &str, pid: i64) -> String {
    format!(
        "<{prefix}property fmtid=\"{FMTID}\" pid=\"{pid}\" name=\"AIGC\"><{values}:lpwstr{declaration}>{}</{values}:lpwstr></{prefix}property>",
        xml::escape(&label.to_json())
    )
}

/// The custom properties with the label as the last one.
fn custom(part: &Part, label: &Label, limits: &Limits) -> Result<String> {
    let (text, tree) = (body(&part.text), Tree::parse(body(&part.text), limits));
    let root = root(&tree)?;
    let kept =
        tree.elements.iter().filter(|e| !part.labels.iter().any(|l| l.start <= e.span.start && e.span.end <= l.end));
    let pids =
        kept.flat_map(|e| &e.attributes).filter(|a| a.name.local == "pid").filter_map(|a| a.value.parse::<i64>().ok());
    // 0 and 1 are reserved (MS-OLEPS 2.18.1).
    let pid = pids.max().unwrap_or(1).max(1).saturating_add(1).min(i64::from(i32::MAX));
    let strict = root.name.uri.as_deref() == Some(CUSTOM_NS[1]);
    let [transitional, iso] = VALUE_NS;
    let values = if strict { iso } else { transitional };
    let open = text.get(root.open.clone()).unwrap_or_default();
    let known = open.contains(&format!("xmlns:vt=\"{values}\""));
    let declaration = if known { String::new() } else { format!(" xmlns:vt=\"{values}\"") };
    let new = property(label, &prefix(root), "vt", &declaration, pid);
    Ok(edited(&part.text, &part.labels, Some(insertion(text, root, new)?)))
}

/// The content types with one for the part, where it is missing.
fn declared(part: &Part, name: &str, limits: &Limits) -> Result<Option<String>> {
    let (text, tree) = (body(&part.text), Tree::parse(body(&part.text), limits));
    let root = root(&tree)?;
    let path = format!("/{name}");
    let is =
        |e: &Element| e.attributes.iter().any(|a| a.name.local == "PartName" && a.value.eq_ignore_ascii_case(&path));
    if tree.elements.iter().any(|e| e.name.is(TYPES_NS, "Override") && is(e)) {
        return Ok(None);
    }
    let path = xml::escape(&path).replace('"', "&quot;");
    let new = format!("<{}Override PartName=\"{path}\" ContentType=\"{CONTENT_TYPE}\"/>", prefix(root));
    Ok(Some(edited(&part.text, &[], Some(insertion(text, root, new)?))))
}

/// The package's relationships with one to the part, where it is missing.
fn related(part: &Part, name: &str, limits: &Limits) -> Result<Option<String>> {
    let (text, tree) = (body(&part.text), Tree::parse(body(&part.text), limits));
    let root = root(&tree)?;
    let values = |key: &'static str| {
        let all = tree.elements.iter().filter(|e| e.name.is(RELATIONS_NS, "Relationship")).flat_map(|e| &e.attributes);
        all.filter(move |a| a.name.local == key).map(|a| a.value.as_str())
    };
    if values("Type").any(|t| t.ends_with("/custom-properties") || t.ends_with("/customProperties")) {
        return Ok(None);
    }
    let taken: std::collections::BTreeSet<&str> = values("Id").collect();
    let id = (1..=taken.len() + 1).map(|n| format!("rIdAIGC{n}")).find(|id| !taken.contains(id.as_str()));
    let id = id.unwrap_or_default();
    let target = xml::escape(name).replace('"', "&quot;");
    let new = format!("<{}Relationship Id=\"{id}\" Type=\"{RELATION}\" Target=\"{target}\"/>", prefix(root));
    Ok(Some(edited(&part.text, &[], Some(insertion(text, root, new)?))))
}

fn root(tree: &Tree) -> Result<&Element> {
    tree.elements.first().ok_or_else(|| Error::unsupported(NAME, "a part without a root element"))
}

fn prefix(root: &Element) -> String {
    if root.name.prefix.is_empty() { String::new() } else { format!("{}:", root.name.prefix) }
}

/// An edit that puts `new` last into the root.
fn insertion(text: &str, root: &Element, new: String) -> Result<(Range<usize>, String)> {
    let source = text.get(root.span.clone()).unwrap_or_default();
    if root.open == root.span && source.ends_with("/>") {
        let slash = root.span.end - 2;
        return Ok((slash..root.span.end, format!(">{new}</{}{}>", prefix(root), root.name.local)));
    }
    let close = source.rfind("</").map(|i| root.span.start + i);
    close.map(|at| (at..at, new)).ok_or_else(|| Error::unsupported(NAME, "a part whose root is not closed"))
}

/// `text`, a byte-order mark kept, without the spans and with one edit.
fn edited(text: &str, gone: &[Range<usize>], edit: Option<(Range<usize>, String)>) -> String {
    let body = body(text);
    let mut edits: Vec<(Range<usize>, String)> = gone.iter().map(|span| (span.clone(), String::new())).collect();
    edits.extend(edit);
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = text.get(..text.len() - body.len()).unwrap_or_default().to_owned();
    let mut at = 0;
    for (range, new) in edits {
        out.push_str(body.get(at..range.start).unwrap_or_default());
        out.push_str(&new);
        at = range.end.max(at);
    }
    out.push_str(body.get(at..).unwrap_or_default());
    out
}
