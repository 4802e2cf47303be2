//! Styles of a document: which names are taken, what some of them say, and where new ones go.

use std::collections::{HashMap, HashSet};

use biaoshi_container::xml::{Tag, Token};

use super::{FO, OFFICE, STYLE, TABLE};
use crate::document::package::{Edit, Slot};

/// What is known of the automatic styles.
#[derive(Debug, Default)]
pub(super) struct Styles {
    /// Names of all.
    names: HashSet<String>,
    /// The style in hand.
    current: String,
    /// Those whose paragraphs begin a page.
    pub(super) breaking: HashSet<String>,
    /// Those of raised characters.
    pub(super) raised: HashSet<String>,
    /// Those of sheets that are hidden.
    pub(super) hidden: HashSet<String>,
    /// Widths of columns and heights of rows, in millimetres.
    pub(super) sizes: HashMap<String, f64>,
    /// First among the automatic styles.
    slot: Option<Slot>,
    /// In front of the body, for a document without automatic styles.
    body: Option<usize>,
}

impl Styles {
    /// Sees every token.
    pub(super) fn see(&mut self, token: &Token<'_>) {
        if let Token::Open(tag) = token {
            self.tag(tag);
        }
    }

    /// Sees a start tag.
    pub(super) fn tag(&mut self, tag: &Tag<'_>) {
        if tag.is(OFFICE, "automatic-styles") {
            let end = tag.span.end;
            let slot = if tag.empty { Slot::inside(tag.prefix, tag.local, end) } else { Slot::at(end) };
            self.slot.get_or_insert(slot);
        } else if tag.is(OFFICE, "body") {
            self.body = Some(tag.span.start);
        } else if tag.is(STYLE, "style") {
            self.current = tag.value(Some(STYLE), "name").unwrap_or_default();
            self.names.insert(self.current.clone());
            if tag.value(Some(STYLE), "master-page-name").is_some_and(|name| !name.is_empty()) {
                self.breaking.insert(self.current.clone());
            }
        } else if self.body.is_none() {
            self.properties(tag);
        }
    }

    fn properties(&mut self, tag: &Tag<'_>) {
        let value = |uris, key| tag.value(Some(uris), key);
        let name = || self.current.clone();
        match tag.local {
            "paragraph-properties" if value(FO, "break-before").as_deref() == Some("page") => {
                self.breaking.insert(name());
            }
            "text-properties" if value(STYLE, "text-position").is_some_and(|place| is_raised(&place)) => {
                self.raised.insert(name());
            }
            "table-properties" if value(TABLE, "display").as_deref() == Some("false") => {
                self.hidden.insert(name());
            }
            "table-column-properties" => {
                self.sizes.extend(value(STYLE, "column-width").and_then(|n| millimetres(&n)).map(|n| (name(), n)));
            }
            "table-row-properties" => {
                self.sizes.extend(value(STYLE, "row-height").and_then(|n| millimetres(&n)).map(|n| (name(), n)));
            }
            _ => {}
        }
    }

    /// A name that no style has.
    pub(super) fn free(&self, stem: &str) -> String {
        let names = [stem.to_owned()].into_iter().chain((2_u32..).map(|n| format!("{stem}{n}")));
        names.into_iter().find(|name| !self.names.contains(name)).unwrap_or_default()
    }

    /// The edit that adds styles; `None` for a document without a body.
    pub(super) fn add(&self, styles: &str) -> Option<Edit> {
        match (&self.slot, self.body) {
            (Some(slot), _) => Some(slot.fill(styles)),
            (None, Some(body)) => {
                let office = OFFICE[0];
                let new = format!("<o:automatic-styles xmlns:o=\"{office}\">{styles}</o:automatic-styles>");
                Some(Slot::at(body).fill(&new))
            }
            (None, None) => None,
        }
    }
}

/// `super 58%`, or how far up in percent.
fn is_raised(place: &str) -> bool {
    let first = place.split_whitespace().next().unwrap_or_default();
    first == "super" || first.strip_suffix('%').and_then(|n| n.parse::<f64>().ok()).is_some_and(|n| n > 0.0)
}

/// A length (ODF 1.3 part 3, 18.3.18) in millimetres.
pub(super) fn millimetres(length: &str) -> Option<f64> {
    let units = [("cm", 10.0), ("mm", 1.0), ("in", 25.4), ("pt", 25.4 / 72.0), ("pc", 25.4 / 6.0), ("px", 25.4 / 96.0)];
    let (number, unit) = units.iter().find_map(|(name, size)| Some((length.trim().strip_suffix(name)?, size)))?;
    number.trim().parse::<f64>().ok().map(|n| n * unit).filter(|n| n.is_finite() && (0.0..1e6).contains(n))
}
