//! Pages that are not finished: front matter that a site generator takes off (Jekyll, Hugo, Hexo), and the tags of template
//! engines. Nothing may go in front of either.

use crate::text;

/// Bytes in which front matter has to end.
const FRONT: usize = 1 << 20;

/// What stands in front of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    Nothing,
    /// Front matter; the page begins at this place.
    Until(usize),
    /// A fence of front matter, and what follows is none that is known.
    Unclear,
}

/// What stands in front of a page.
pub(super) fn front(page: &str) -> Front {
    if page.trim_start().starts_with('<') {
        return Front::Nothing;
    }
    let end = (0..=page.len().min(FRONT)).rev().find(|at| page.is_char_boundary(*at)).unwrap_or_default();
    let head = page.get(..end).unwrap_or_default();
    let Ok(document) = text::Document::parse(head.as_bytes().to_vec()) else { return Front::Nothing };
    match text::body(&document) {
        0 if head.trim_start().lines().next().is_some_and(|l| matches!(l.trim_end(), "---" | "+++")) => Front::Unclear,
        0 => Front::Nothing,
        line => Front::Until(document.lines.get(line).map_or(head.len(), |l| l.content.start)),
    }
}

/// How the tags of template engines begin and end: Handlebars, Liquid, Go, Jinja, Twig, Smarty, Blade, EJS, ERB, PHP.
const TAGS: &[(&str, &str)] = &[
    ("{{!--", "--}}"),
    ("{{", "}}"),
    ("{%", "%}"),
    ("{#", "#}"),
    ("{*", "*}"),
    ("{extends ", "}"),
    ("@extends(", ")"),
    ("<%", "%>"),
    ("<?php", "?>"),
    ("<?=", "?>"),
];

/// The tag that a text begins with: what is inside, and its length. That is `None` where it has no end.
pub(super) fn tag(text: &str) -> Option<Option<(&str, usize)>> {
    let (open, close) = TAGS.iter().find(|(open, _)| text.starts_with(open))?;
    let inside = text.get(open.len()..)?;
    let length = memchr::memmem::find(inside.as_bytes(), close.as_bytes());
    // The word of Smarty and Blade is part of what opens it.
    let from = if open.contains("extends") { 1 } else { open.len() };
    Some(length.and_then(|n| Some((text.get(from..open.len() + n)?, open.len() + n + close.len()))))
}

/// Whether a tag says that another template has the page, and takes only named blocks from this one.
pub(super) fn extends(inside: &str) -> bool {
    let words = inside.trim_start_matches(['-', '~']).trim_start();
    words.starts_with("extends") || words.starts_with("inherit")
}
