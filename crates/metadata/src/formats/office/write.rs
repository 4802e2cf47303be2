//! Writing the custom property: text is inserted into parts, other members stay raw.

use std::collections::BTreeSet;
use std::ops::Range;

use biaoshi_container::xml::{self, Element, Tree};
use biaoshi_container::zip::{self, Change};
use biaoshi_container::{Error, Limits, Patch, Result, Source, phrase, said};
use biaoshi_label::Label;

use super::package::{CONTENT_TYPE, RELATIONS_NS, TYPES_NS, custom_parts, declaration, is_declared};
use super::read::body;
use super::{CUSTOM_NS, FMTID, Layout, NAME, Part, VALUE_NS};

const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties";

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
    let types = layout
        .types
        .as_ref()
        .ok_or_else(|| Error::unsupported(NAME, phrase!("a package without content types", "没有内容类型的文档包")))?;
    if let Some(text) = declared(types, &layout.custom_name, limits)? {
        changes.push(change(Some(types), "", text));
    }
    let relations = layout
        .relations
        .as_ref()
        .ok_or_else(|| Error::unsupported(NAME, phrase!("a package without relationships", "没有关系部件的文档包")))?;
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
    let root = root(&tree, &CUSTOM_NS, "Properties")?;
    // The labels stand in file order, none inside another.
    let goes = |e: &Element| {
        let before = part.labels.partition_point(|l| l.start <= e.span.start);
        before.checked_sub(1).and_then(|i| part.labels.get(i)).is_some_and(|l| e.span.end <= l.end)
    };
    let kept = tree.elements.iter().filter(|e| !goes(e));
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

/// The content types with the right one for the part, where it is missing or another.
fn declared(part: &Part, name: &str, limits: &Limits) -> Result<Option<String>> {
    let (text, tree) = (body(&part.text), Tree::parse(body(&part.text), limits));
    let root = root(&tree, &[TYPES_NS], "Types")?;
    if is_declared(&tree, name) {
        return Ok(None);
    }
    let path = xml::escape(&format!("/{name}")).replace('"', "&quot;");
    let new = format!("<{}Override PartName=\"{path}\" ContentType=\"{CONTENT_TYPE}\"/>", prefix(root));
    let edit = match declaration(&tree, name) {
        Some(other) => (other.span.clone(), new),
        None => insertion(text, root, new)?,
    };
    Ok(Some(edited(&part.text, &[], Some(edit))))
}

/// The package's relationships with one to the part, where it is missing.
fn related(part: &Part, name: &str, limits: &Limits) -> Result<Option<String>> {
    let (text, tree) = (body(&part.text), Tree::parse(body(&part.text), limits));
    let root = root(&tree, &[RELATIONS_NS], "Relationships")?;
    if custom_parts(&tree).any(|target| target == name) {
        return Ok(None);
    }
    let all = tree.elements.iter().filter(|e| e.name.is(RELATIONS_NS, "Relationship")).flat_map(|e| &e.attributes);
    let taken: BTreeSet<&str> = all.filter(|a| a.name.local == "Id").map(|a| a.value.as_str()).collect();
    let id = (1..=taken.len() + 1).map(|n| format!("rIdAIGC{n}")).find(|id| !taken.contains(id.as_str()));
    let id = id.unwrap_or_default();
    let target = xml::escape(name).replace('"', "&quot;");
    let new = format!("<{}Relationship Id=\"{id}\" Type=\"{RELATION}\" Target=\"{target}\"/>", prefix(root));
    Ok(Some(edited(&part.text, &[], Some(insertion(text, root, new)?))))
}

/// The root of a part, where it is the one that readers look for: what is put into another one nobody sees.
fn root<'t>(tree: &'t Tree, namespaces: &[&str], local: &str) -> Result<&'t Element> {
    let root = tree.elements.first().filter(|root| namespaces.iter().any(|ns| root.name.is(ns, local)));
    root.ok_or_else(|| {
        Error::unsupported(
            NAME,
            said!("writing into a part whose root is not {}, as it should be", "写入根元素不是 {} 的部件", local),
        )
    })
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
    close
        .map(|at| (at..at, new))
        .ok_or_else(|| Error::unsupported(NAME, phrase!("a part whose root is not closed", "根元素未闭合的部件")))
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
