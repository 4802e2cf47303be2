//! The label in the header of every page (ODF 1.3 part 3, 16.9 and 16.10): in those that are there, and in a new one for
//! master pages that have none.

use biaoshi_container::xml::{Tag, Token};
use biaoshi_container::zip::Change;
use biaoshi_explicit::text::{Kind, Matcher};

use super::style::Styles;
use super::{STYLE, TEXT};
use crate::Result;
use crate::document::package::{Edit, Package, Slot};

/// Where the styles of pages are.
const PART: &str = "styles.xml";

/// A header of a master page.
struct Header {
    slot: Slot,
    /// Whether it stands for one that is not there.
    new: bool,
    /// The paragraph in hand.
    words: String,
    /// Whether a paragraph is the label.
    says: bool,
}

#[derive(Default)]
struct Pages {
    styles: Styles,
    headers: Vec<Header>,
    /// The page in hand, as long as no header of its own came: where one would go.
    bare: Option<Slot>,
    /// How deep the reader is, in all, and in a master page, a header and a paragraph, where it is in one.
    depth: usize,
    page: Option<usize>,
    header: Option<usize>,
    paragraph: Option<usize>,
}

impl Pages {
    fn see(&mut self, token: &Token<'_>, matcher: &Matcher) {
        self.styles.see(token);
        match token {
            Token::Open(tag) => {
                self.open(tag);
                self.depth += 1;
            }
            Token::Close(_) => {
                self.depth = self.depth.saturating_sub(1);
                self.close(matcher);
            }
            Token::Text(text, _) => {
                if let (Some(_), Some(header)) = (self.header, self.headers.last_mut()) {
                    header.words.push_str(text);
                }
            }
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let end = tag.span.end;
        let slot = || if tag.empty { Slot::inside(tag.prefix, tag.local, end) } else { Slot::at(end) };
        if tag.is(STYLE, "master-page") && self.page.is_none() {
            (self.page, self.bare) = (Some(self.depth), Some(slot()));
        } else if self.page.is_some_and(|page| page + 1 == self.depth) && tag.is(STYLE, tag.local) {
            // One for the first page, or for left ones, does not stand for the others.
            if tag.local == "header" {
                self.bare = None;
            }
            let shown = tag.value(Some(STYLE), "display").as_deref() != Some("false");
            if shown && matches!(tag.local, "header" | "header-left" | "header-first") {
                self.header = Some(self.depth);
                self.headers.push(Header { slot: slot(), new: false, words: String::new(), says: false });
            }
        } else if tag.is(TEXT, "p")
            && let (Some(_), Some(header)) = (self.header, self.headers.last_mut())
        {
            header.words.clear();
            self.paragraph = Some(self.depth);
        }
    }

    /// Takes the end of an element, when `depth` is the one at which it began.
    fn close(&mut self, matcher: &Matcher) {
        if let Some(header) = self.headers.last_mut().filter(|_| self.paragraph == Some(self.depth)) {
            self.paragraph = None;
            header.says |= matcher.kind(&header.words, true) == Some(Kind::Conforming);
        }
        if self.header == Some(self.depth) {
            self.header = None;
        }
        if self.page == Some(self.depth) {
            self.page = None;
            let new = |slot| Header { slot, new: true, words: String::new(), says: false };
            self.headers.extend(self.bare.take().map(new));
        }
    }
}

/// The change that lets every page say it; `None` where all do. `label` is the paragraph of a style, `style` makes that.
pub(super) fn plan(
    package: &Package<'_>,
    matcher: &Matcher,
    style: &dyn Fn(&str) -> String,
    label: &dyn Fn(&str) -> String,
) -> Result<Option<Change>> {
    let Some(part) = package.part(PART)? else { return Ok(None) };
    let mut pages = Pages::default();
    package.walk(&part, &mut |token| pages.see(&token, matcher))?;
    let name = pages.styles.free("AIGC_label");
    let label = label(&name);
    let mut edits: Vec<Edit> = Vec::new();
    for header in pages.headers.iter().filter(|header| !header.says) {
        let new = format!("<s:header xmlns:s=\"{}\">{label}</s:header>", STYLE[0]);
        edits.push(header.slot.fill(if header.new { &new } else { &label }));
    }
    if edits.is_empty() {
        return Ok(None);
    }
    edits.extend(pages.styles.add(&style(&name)));
    Ok(Some(part.change(&edits)?))
}
