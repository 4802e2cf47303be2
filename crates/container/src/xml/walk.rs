//! The tags and characters of a document, once from its start to its end: nothing of it is kept, so it may be as long as it likes.

use std::ops::Range;

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

use super::{complaint, offset_in, unescape};
use crate::{Limits, Message, phrase, said};

/// What stands next in a document.
#[derive(Debug)]
pub enum Token<'a> {
    /// A start tag, or an empty element.
    Open(Tag<'a>),
    /// An end tag; that of an empty element is an empty range behind it.
    Close(Range<usize>),
    /// Characters, entities resolved, and what they are in the text.
    Text(&'a str, Range<usize>),
}

/// The start tag of an element.
#[derive(Debug)]
pub struct Tag<'a> {
    /// The local part of its name.
    pub local: &'a str,
    /// The prefix as written, empty for none.
    pub prefix: &'a str,
    /// Its namespace; `None` where there is none or the prefix was never declared.
    pub uri: Option<&'a str>,
    /// The tag in the text.
    pub span: Range<usize>,
    /// Whether it is its own end (`<a/>`).
    pub empty: bool,
    start: &'a BytesStart<'a>,
    reader: &'a NsReader<&'a [u8]>,
    text: &'a str,
}

/// An attribute of a tag.
#[derive(Debug)]
pub struct Attribute<'a> {
    /// Its namespace.
    pub uri: Option<&'a str>,
    /// The prefix as written.
    pub prefix: &'a str,
    /// The local part of its name.
    pub local: &'a str,
    /// Its value, entities resolved.
    pub value: String,
    /// `name="value"` in the text.
    pub span: Range<usize>,
}

impl Tag<'_> {
    /// Whether this is `local` in one of the namespaces.
    pub fn is(&self, uris: &[&str], local: &str) -> bool {
        self.local == local && self.uri.is_some_and(|uri| uris.contains(&uri))
    }

    /// Hands out the attributes that are no namespace declarations.
    ///
    /// # Errors
    /// What is wrong with one; what `visit` says.
    pub fn attributes(&self, visit: &mut dyn FnMut(Attribute<'_>) -> Result<(), Message>) -> Result<(), Message> {
        // Duplicates are the business of the reader: checking them here costs a comparison of all with all.
        for attribute in self.start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|e| complaint::of_attribute(&e))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (uri, local) = self.reader.resolver().resolve_attribute(attribute.key);
            let outside = || phrase!("an attribute outside the document", "属性位于文档之外");
            let key = offset_in(self.text, attribute.key.as_ref()).ok_or_else(outside)?;
            let value = offset_in(self.text, &attribute.value).ok_or_else(outside)?;
            visit(Attribute {
                uri: bound(&uri),
                prefix: attribute.key.prefix().as_ref().map(AsRef::as_ref).unwrap_or_default(),
                local: local.as_ref(),
                span: key..value + attribute.value.len() + 1,
                value: unescape(&attribute.value),
            })?;
        }
        Ok(())
    }

    /// The value of the first attribute of a local name, in a namespace or in none.
    pub fn value(&self, uris: Option<&[&str]>, local: &str) -> Option<String> {
        let mut found = None;
        let take = &mut |attribute: Attribute<'_>| {
            let there = match (uris, attribute.uri) {
                (Some(uris), Some(uri)) => uris.contains(&uri),
                (None, None) => true,
                _ => false,
            };
            if found.is_none() && there && attribute.local == local {
                found = Some(attribute.value);
            }
            Ok(())
        };
        self.attributes(take).ok()?;
        found
    }
}

/// Reads a document, handing out its tokens. With `doctype` a document type is passed over: none of its entities is expanded.
///
/// # Errors
/// What is wrong with the text, once the tokens in front of it are handed out; what `visit` says.
pub fn walk(
    text: &str,
    doctype: bool,
    limits: &Limits,
    visit: &mut dyn FnMut(Token<'_>) -> Result<(), Message>,
) -> Result<(), Message> {
    let mut reader = NsReader::from_str(text);
    reader.resolver_mut().set_max_namespace_bindings(limits.xml_attributes);
    // The reader takes a byte-order mark away and does not count it.
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut depth = 0_usize;
    loop {
        let start = mark + position(&reader);
        let event = reader.read_event().map_err(|e| complaint::of_text(&e))?;
        let end = mark + position(&reader);
        match event {
            Event::Start(tag) => {
                open(&reader, text, &tag, start..end, false, visit)?;
                depth += 1;
                if depth > limits.xml_depth {
                    return Err(said!(
                        "elements nest deeper than {} (--limit-xml-depth)",
                        "元素嵌套超过 {} 层(--limit-xml-depth)",
                        limits.xml_depth
                    ));
                }
            }
            Event::Empty(tag) => {
                open(&reader, text, &tag, start..end, true, visit)?;
                visit(Token::Close(end..end))?;
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                visit(Token::Close(start..end))?;
            }
            Event::Text(words) => visit(Token::Text(&words.xml10_content(), start..end))?,
            Event::CData(words) => visit(Token::Text(&words.xml10_content(), start..end))?,
            Event::GeneralRef(name) => {
                let known = name.resolve_char_ref().ok().flatten().map(String::from);
                let raw = name.into_inner();
                let predefined = quick_xml::escape::resolve_predefined_entity(&raw).map(str::to_owned);
                visit(Token::Text(&known.or(predefined).unwrap_or_else(|| format!("&{raw};")), start..end))?;
            }
            Event::DocType(_) if doctype => {}
            Event::DocType(_) => {
                return Err(phrase!("a document type declaration is not allowed", "不允许有文档类型声明").into());
            }
            Event::Eof if depth == 0 => return Ok(()),
            Event::Eof => return Err(phrase!("the document ends inside an element", "文档在元素中途结束").into()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

fn open(
    reader: &NsReader<&[u8]>,
    text: &str,
    tag: &BytesStart<'_>,
    span: Range<usize>,
    empty: bool,
    visit: &mut dyn FnMut(Token<'_>) -> Result<(), Message>,
) -> Result<(), Message> {
    let (uri, local) = reader.resolver().resolve_element(tag.name());
    let prefix = tag.name().prefix();
    let prefix = prefix.as_ref().map(AsRef::as_ref).unwrap_or_default();
    visit(Token::Open(Tag { local: local.as_ref(), prefix, uri: bound(&uri), span, empty, start: tag, reader, text }))
}

fn bound<'a>(uri: &ResolveResult<'a>) -> Option<&'a str> {
    match uri {
        ResolveResult::Bound(namespace) => Some(namespace.into_inner()),
        ResolveResult::Unbound | ResolveResult::Unknown(_) => None,
    }
}

fn position(reader: &NsReader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}
