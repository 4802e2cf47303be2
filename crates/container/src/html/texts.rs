//! The text that a page shows, between its tags.

use std::ops::Range;

use super::names::is_raw;
use super::template::{self, Front};
use super::tokens::{Token, Tokens};
use super::{Document, Outline};

/// Characters between two tags that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Where they are in the text of the document.
    pub range: Range<usize>,
    /// Whether they are prose: no heading (whose words become the target of links), no code, formula, drawing or form.
    pub prose: bool,
}

impl Document {
    /// All of them, in order.
    pub fn texts(&self) -> Vec<Text> {
        texts(&self.markup.text, &self.outline)
    }
}

/// Elements that show nothing of what is inside, or not here.
fn is_hidden(name: &str) -> bool {
    const HIDDEN: [&str; 11] = [
        "head",
        "iframe",
        "noembed",
        "noframes",
        "noscript",
        "plaintext",
        "script",
        "style",
        "template",
        "title",
        "xmp",
    ];
    HIDDEN.contains(&name)
}

/// Elements whose words are no prose.
fn is_kept(name: &str) -> bool {
    const KEPT: [&str; 27] = [
        "button", "canvas", "code", "datalist", "h1", "h2", "h3", "h4", "h5", "h6", "kbd", "listing", "math", "object",
        "optgroup", "option", "output", "pre", "rp", "rt", "samp", "select", "svg", "textarea", "time", "tt", "var",
    ];
    KEPT.contains(&name)
}

fn texts(text: &str, outline: &Outline) -> Vec<Text> {
    let start = if let Front::Until(at) = template::front(text) { at } else { 0 };
    let mut tokens = Tokens::new(text, start, outline.xml);
    // Open elements of either kind, innermost last.
    let mut open: Vec<String> = Vec::new();
    let mut out: Vec<Text> = Vec::new();
    loop {
        let start = tokens.position();
        let foreign = open.iter().any(|name| matches!(name.as_str(), "svg" | "math"));
        let Some(token) = tokens.next(outline.xml || foreign) else { return out };
        match token {
            Token::Text(_) if !open.iter().any(|name| is_hidden(name)) => {
                out.push(Text { range: start..tokens.position(), prose: open.is_empty() });
            }
            Token::Start(tag) => {
                let name = local(&tag.name);
                if is_raw(&name) && !foreign && !outline.xml {
                    open.push(name.clone());
                    tokens.skip_raw(&name);
                } else if (is_hidden(&name) || is_kept(&name)) && !(tag.empty && (outline.xml || foreign)) {
                    open.push(name);
                }
            }
            Token::End(tag) => {
                let name = local(&tag.name);
                if let Some(at) = open.iter().rposition(|open| *open == name) {
                    open.truncate(at);
                }
            }
            // The end of a head may be left out.
            Token::Text(_) | Token::Data(_) | Token::Comment(_) | Token::Other => {}
        }
        let body = outline.body.as_ref().map(|body| body.range.start);
        if body.is_some_and(|body| tokens.position() >= body) {
            open.retain(|name| name != "head");
        }
    }
}

/// A name without the prefix that XML allows.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase()
}
