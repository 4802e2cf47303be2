//! From the tokenizer's calls to whole tags with their place.

use std::convert::Infallible;
use std::ops::Range;

use html5gum::{Emitter, Error, State};

use super::walk::Walk;

/// Attributes of one tag that are kept; further ones are of no interest.
const ATTRIBUTES: usize = 64;

/// A start tag or an end tag.
#[derive(Debug, Default)]
pub(super) struct Tag {
    /// Lower case.
    pub(super) name: String,
    pub(super) empty: bool,
    attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Tag {
    /// The value of an attribute; of two with one name the first counts.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let found = self.attributes.iter().find(|(n, _)| n == name.as_bytes());
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }
}

/// The emitter: it knows where the tokenizer is.
pub(super) struct Tokens<'w, 'a> {
    walk: &'w mut Walk<'a>,
    position: usize,
    /// Where the last `<` is that may have begun a tag or comment.
    start: usize,
    /// Whether that one is still open.
    open: bool,
    name: Vec<u8>,
    last_start: Vec<u8>,
    is_end: bool,
    tag: Tag,
}

impl<'w, 'a> Tokens<'w, 'a> {
    pub(super) fn new(walk: &'w mut Walk<'a>) -> Self {
        Self {
            walk,
            position: 0,
            start: 0,
            open: false,
            name: Vec::new(),
            last_start: Vec::new(),
            is_end: false,
            tag: Tag::default(),
        }
    }

    fn init_tag(&mut self, is_end: bool) {
        self.is_end = is_end;
        self.name.clear();
        self.tag.attributes.clear();
        self.tag.empty = false;
    }

    fn close(&mut self) -> Range<usize> {
        self.open = false;
        self.start..self.position
    }
}

impl Emitter for Tokens<'_, '_> {
    type Token = Infallible;

    fn move_position(&mut self, by: isize) {
        self.position = self.position.saturating_add_signed(by);
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn emit_error(&mut self, _: Error) {}

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn set_last_start_tag(&mut self, name: Option<&[u8]>) {
        self.last_start = name.unwrap_or_default().to_vec();
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end && !self.last_start.is_empty() && self.last_start == self.name
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.walk.takes_cdata()
    }

    fn start_open_tag(&mut self) {
        self.start = self.position.saturating_sub(1);
        self.open = true;
    }

    fn emit_eof(&mut self) {
        let end = if self.open { self.start } else { self.position };
        self.walk.finish(end);
    }

    fn emit_string(&mut self, text: &[u8]) {
        self.open = false;
        self.walk.text(text);
    }

    fn init_start_tag(&mut self) {
        self.init_tag(false);
    }

    fn init_end_tag(&mut self) {
        self.init_tag(true);
    }

    fn push_tag_name(&mut self, part: &[u8]) {
        self.name.extend(part);
    }

    fn init_attribute(&mut self) {
        if self.tag.attributes.len() < ATTRIBUTES {
            self.tag.attributes.push(Default::default());
        }
    }

    fn push_attribute_name(&mut self, part: &[u8]) {
        if let Some((name, _)) = self.tag.attributes.last_mut().filter(|(_, value)| value.is_empty()) {
            name.extend(part);
        }
    }

    fn push_attribute_value(&mut self, part: &[u8]) {
        if let Some((_, value)) = self.tag.attributes.last_mut() {
            value.extend(part);
        }
    }

    fn set_self_closing(&mut self) {
        self.tag.empty = true;
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let span = self.close();
        self.tag.name = String::from_utf8_lossy(&self.name).into_owned();
        if self.is_end {
            self.walk.end_tag(&self.tag, span);
            return None;
        }
        self.last_start.clone_from(&self.name);
        self.walk.start_tag(&self.tag, span)
    }

    fn emit_current_comment(&mut self) {
        let closed = self.walk.comment(self.start..self.position);
        self.open = !closed;
    }

    fn emit_current_doctype(&mut self) {
        let span = self.close();
        self.walk.passed(span.end);
    }

    fn init_comment(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn init_doctype(&mut self) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_force_quirks(&mut self) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
}
