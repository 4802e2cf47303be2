//! What a package says of its custom properties: relationships and content types (ECMA-376 part 2, 6.5 and 7.3).

use biaoshi_container::xml::{Element, Tree};

pub(super) const CONTENT_TYPE: &str = "application/vnd.openxmlformats-officedocument.custom-properties+xml";
pub(super) const TYPES_NS: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
pub(super) const RELATIONS_NS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// The value of an attribute, whatever its namespace.
pub(super) fn attribute<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    element.attributes.iter().find(|a| a.name.local == name).map(|a| a.value.as_str())
}

/// The parts that a relationship of the package calls custom properties, in order.
pub(super) fn custom_parts(relations: &Tree) -> impl Iterator<Item = String> + '_ {
    let is_custom = |e: &&Element| {
        let kind = attribute(e, "Type").unwrap_or_default();
        kind.ends_with("/custom-properties") || kind.ends_with("/customProperties")
    };
    let inside = |e: &&Element| attribute(e, "TargetMode").is_none_or(|mode| !mode.eq_ignore_ascii_case("External"));
    let all = relations.elements.iter().filter(|e| e.name.is(RELATIONS_NS, "Relationship"));
    all.filter(is_custom).filter(inside).filter_map(|e| attribute(e, "Target")).map(part_name)
}

/// The name of the member that a target means, from the root of the package on.
fn part_name(target: &str) -> String {
    let mut steps = Vec::new();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The content type that a part has of its own.
pub(super) fn declaration<'t>(types: &'t Tree, name: &str) -> Option<&'t Element> {
    let is = |e: &&Element| {
        let part = attribute(e, "PartName").and_then(|p| p.strip_prefix('/'));
        e.name.is(TYPES_NS, "Override") && part.is_some_and(|p| p.eq_ignore_ascii_case(name))
    };
    types.elements.iter().find(is)
}

/// Whether a part has the content type of custom properties.
pub(super) fn is_declared(types: &Tree, name: &str) -> bool {
    declaration(types, name).is_some_and(|e| attribute(e, "ContentType") == Some(CONTENT_TYPE))
}
