//! A small XML tree with positions: no DTD (or one that is passed over), nothing external, namespaces by URI. Damage keeps what came before it.

mod complaint;
mod walk;

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use quick_xml::events::Event;

use crate::{Limits, Message, said};

pub use walk::{Attribute as TagAttribute, Tag, Token, walk};

/// A qualified name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The namespace; `None` where there is none or the prefix was never declared.
    pub uri: Option<Rc<str>>,
    /// The prefix as written, empty for none.
    pub prefix: String,
    /// The local part.
    pub local: String,
}

impl Name {
    /// Whether this is `local` in the namespace `uri`.
    pub fn is(&self, uri: &str, local: &str) -> bool {
        self.local == local && self.uri.as_deref() == Some(uri)
    }
}

/// One attribute that is no namespace declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: Name,
    /// Its value, entities resolved.
    pub value: String,
    /// `name="value"` in the text.
    pub span: Range<usize>,
}

/// One element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: Name,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// From the start tag to the end tag, both included.
    pub span: Range<usize>,
    /// The start tag (or the whole empty tag).
    pub open: Range<usize>,
    /// The characters directly inside, entities resolved.
    pub text: String,
    /// Index of the parent.
    pub parent: Option<usize>,
}

/// The elements in document order, and what stopped the parser.
#[derive(Debug, Default)]
pub struct Tree {
    /// Parents come before their children.
    pub elements: Vec<Element>,
    /// What is wrong with the text, where something is.
    pub damage: Option<Message>,
}

impl Tree {
    /// Reads a document.
    pub fn parse(text: &str, limits: &Limits) -> Self {
        Self::read(text, limits, false)
    }

    /// Reads a document that may have a document type, which is passed over: none of its entities is expanded.
    pub fn parse_document(text: &str, limits: &Limits) -> Self {
        Self::read(text, limits, true)
    }

    fn read(text: &str, limits: &Limits, doctype: bool) -> Self {
        let mut builder = Builder { limits, open: Vec::new(), elements: Vec::new(), uris: HashSet::new() };
        let damage = walk(text, doctype, limits, &mut |token| builder.add(token)).err();
        let end = text.len();
        for index in builder.open {
            if let Some(element) = builder.elements.get_mut(index) {
                element.span.end = end;
            }
        }
        Self { elements: builder.elements, damage }
    }

    /// The ancestors of an element, nearest first, itself not included.
    pub fn ancestors(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.parent(index), |i| self.parent(*i))
    }

    /// The elements below one, itself not included.
    pub fn descendants(&self, index: usize) -> impl Iterator<Item = (usize, &Element)> + '_ {
        let end = self.elements.get(index).map_or(0, |e| e.span.end);
        self.elements.iter().enumerate().skip(index + 1).take_while(move |(_, e)| e.span.start < end)
    }

    fn parent(&self, index: usize) -> Option<usize> {
        self.elements.get(index)?.parent
    }
}

/// The local name of the root of a well-formed document. No limit is needed: nothing of it is kept.
pub fn root(text: &str) -> Option<String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut root, mut depth) = (None, 0_usize);
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                if depth == 0 && root.is_some() || tag.attributes().with_checks(false).any(|a| a.is_err()) {
                    return None;
                }
                root.get_or_insert_with(|| tag.local_name().as_ref().to_owned());
                depth += usize::from(matches!(event, Event::Start(_)));
            }
            Event::End(_) => depth = depth.checked_sub(1)?,
            Event::Text(words) if depth == 0 && !words.xml10_content().trim_matches(is_blank).is_empty() => {
                return None;
            }
            Event::CData(_) | Event::GeneralRef(_) if depth == 0 => return None,
            Event::Eof => return root.filter(|_| depth == 0),
            _ => {}
        }
    }
}

/// Where a declaration ends that a text begins with: a document type may hold others in brackets, comments, entities and
/// instructions (section 2.8).
pub fn doctype(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut inside) = (2, false);
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'"' | b'\'' => at += memchr::memchr(byte, bytes.get(at..)?)? + 1,
            b'-' if bytes.get(..at)?.ends_with(b"<!-") => at += memchr::memmem::find(bytes.get(at + 1..)?, b"-->")? + 4,
            b'?' if bytes.get(..at)?.ends_with(b"<?") => at += memchr::memmem::find(bytes.get(at..)?, b"?>")? + 2,
            b'[' => inside = true,
            b']' => inside = false,
            b'>' if !inside => return Some(at),
            _ => {}
        }
    }
}

/// White space (section 2.3), or a mark in front of the document.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{feff}' | ' ' | '\t' | '\r' | '\n')
}

struct Builder<'a> {
    limits: &'a Limits,
    open: Vec<usize>,
    elements: Vec<Element>,
    /// Every namespace once, however many names are in it.
    uris: HashSet<Rc<str>>,
}

impl Builder<'_> {
    fn add(&mut self, token: Token<'_>) -> Result<(), Message> {
        match token {
            Token::Open(tag) => self.element(&tag)?,
            Token::Close(span) => {
                if let Some(element) = self.open.pop().and_then(|i| self.elements.get_mut(i)) {
                    element.span.end = span.end;
                }
            }
            Token::Text(text, _) => {
                if let Some(element) = self.open.last().and_then(|i| self.elements.get_mut(*i)) {
                    element.text.push_str(text);
                }
            }
        }
        Ok(())
    }

    fn name(&mut self, uri: Option<&str>, prefix: &str, local: &str) -> Name {
        let uri = uri.map(|uri| {
            let known = self.uris.get(uri).cloned();
            known.unwrap_or_else(|| {
                let new: Rc<str> = Rc::from(uri);
                self.uris.insert(Rc::clone(&new));
                new
            })
        });
        Name { uri, local: local.to_owned(), prefix: prefix.to_owned() }
    }

    fn element(&mut self, tag: &Tag<'_>) -> Result<(), Message> {
        if self.elements.len() >= self.limits.parts {
            return Err(said!("more than {} elements", "元素超过 {} 个", self.limits.parts));
        }
        let name = self.name(tag.uri, tag.prefix, tag.local);
        let (mut attributes, most) = (Vec::new(), self.limits.xml_attributes);
        tag.attributes(&mut |attribute| {
            if attributes.len() >= most {
                return Err(said!(
                    "an element has more than {} attributes (--limit-xml-attributes)",
                    "元素的属性超过 {} 个(--limit-xml-attributes)",
                    most
                ));
            }
            let name = self.name(attribute.uri, attribute.prefix, attribute.local);
            attributes.push(Attribute { name, value: attribute.value, span: attribute.span });
            Ok(())
        })?;
        let parent = self.open.last().copied();
        let (open, span) = (tag.span.clone(), tag.span.clone());
        self.open.push(self.elements.len());
        self.elements.push(Element { name, attributes, open, span, text: String::new(), parent });
        Ok(())
    }
}

/// Resolves character references and the five predefined entities; anything else stays as it is.
pub fn unescape(text: &str) -> String {
    match quick_xml::escape::unescape(text) {
        Ok(clean) => clean.into_owned(),
        Err(_) => text.to_owned(),
    }
}

/// Where `part`, a slice of `whole`, starts in it.
fn offset_in(whole: &str, part: &str) -> Option<usize> {
    let at = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    (at + part.len() <= whole.len()).then_some(at)
}

/// Escapes text for the inside of an element.
pub fn escape(text: &str) -> String {
    quick_xml::escape::partial_escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_spans_and_text() {
        let text = r#"<a xmlns:p="u"><p:b c='1' p:d="x&quot;y"/>t&amp;&#x41;<![CDATA[<]]></a>"#;
        let tree = Tree::parse(text, &Limits::default());
        assert_eq!(tree.damage, None);
        let [a, b] = &tree.elements[..] else { panic!("{tree:?}") };
        assert_eq!((a.text.as_str(), a.span.clone()), ("t&A<", 0..text.len()));
        assert!(b.name.is("u", "b"));
        assert_eq!(&text[b.attributes[1].span.clone()], r#"p:d="x&quot;y""#);
        assert_eq!((b.attributes[1].value.as_str(), b.parent), ("x\"y", Some(0)));
    }

    #[test]
    fn a_byte_order_mark_moves_no_span() {
        let text = "\u{feff}<?xml version='1.0'?><a><b c='1'/></a>";
        let tree = Tree::parse(text, &Limits::default());
        let spans: Vec<&str> = tree.elements.iter().map(|e| &text[e.span.clone()]).collect();
        assert_eq!(spans, ["<a><b c='1'/></a>", "<b c='1'/>"]);
    }

    #[test]
    fn bombs_are_stopped() {
        let limits = Limits::default();
        let deep = "<a>".repeat(100_000);
        assert!(Tree::parse(&deep, &limits).damage.is_some_and(|d| d.to_string().contains("deeper")));
        let dtd = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>";
        assert!(Tree::parse(dtd, &limits).damage.is_some());
        let skipped = Tree::parse_document(dtd, &limits);
        assert!(skipped.damage.is_none() && skipped.elements[0].text == "&b;", "{skipped:?}");
        let wide = format!("<a {}/>", (0..100_000).map(|i| format!("a{i}='' ")).collect::<String>());
        assert!(Tree::parse(&wide, &limits).damage.is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(<|>|/|a|:|=|'|&|;|!|\\[|x|\\?| |\\PC){0,80}") {
            let _ = Tree::parse_document(&text, &Limits::default());
            let tree = Tree::parse(&text, &Limits::default());
            for e in &tree.elements { prop_assert!(text.get(e.span.clone()).is_some()); }
        }
    }
}
