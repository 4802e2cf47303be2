//! What tags declare: an encoding, a type, a manifest that is kept elsewhere.

use super::tokens::Tag;

/// Where the manifest of a page is, when a link tells (C2PA 2.4, "Embedding manifests into HTML").
pub(super) fn manifest(link: &Tag) -> Option<String> {
    let relations = link.attribute("rel")?;
    let named = relations.split_ascii_whitespace().any(|r| r.eq_ignore_ascii_case("c2pa-manifest"));
    named.then(|| link.attribute("href").unwrap_or_default())
}

/// The type of a script, lower case, without parameters.
pub(super) fn kind(tag: &Tag) -> String {
    let kind = tag.attribute("type").unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The encoding in a content type.
pub(super) fn charset_in(content: &str) -> Option<String> {
    let lower = content.to_ascii_lowercase();
    let value = lower.split_once("charset")?.1.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    value.split(['"', '\'', ';', ' ']).next().map(str::to_owned)
}
