//! The workbook: which sheets there are, and one more in front of them.

use std::collections::HashSet;

use biaoshi_container::xml::{Tag, TagAttribute, Token, escape};
use biaoshi_container::zip::Change;

use super::{SHEET_TYPE, SHEETS};
use crate::document::ooxml::{self, BETWEEN, HEAD, Relations, form};
use crate::document::package::{self, Edit, Package, Part, Slot, fresh, qualified};
use crate::{Error, Result};

/// What was read.
pub(super) struct Book {
    name: String,
    part: Part,
    /// The part with the strings that sheets share.
    pub(super) strings: Option<String>,
    seen: Seen,
}

/// What its part says.
#[derive(Default)]
struct Seen {
    sheets: Vec<Sheet>,
    /// In front of the first sheet.
    slot: Option<Slot>,
    prefix: String,
    strict: bool,
    /// What counts sheets, and counts one more when there is one in front.
    counts: Vec<Edit>,
    /// Whether a view says which sheet is shown, and where the list of sheets begins.
    viewed: bool,
    list: usize,
}

struct Sheet {
    name: String,
    id: u32,
    hidden: bool,
    /// Its part, where it has cells.
    target: Option<String>,
}

impl Book {
    /// Reads the workbook.
    ///
    /// # Errors
    /// I/O, damage, limits; no workbook.
    pub(super) fn read(package: &Package<'_>) -> Result<Self> {
        let name = ooxml::main(package)?;
        let (part, relations) = (package.main(&name)?, Relations::of(package, &name)?);
        let strings = relations.first("sharedStrings").map(|relation| relation.target.clone());
        let targets = relations.targets("worksheet");
        let mut seen = Seen::default();
        package.walk(&part, &mut |token| {
            if let Token::Open(tag) = token
                && tag.uri.is_some_and(|uri| SHEETS.contains(&uri))
            {
                let target =
                    tag.value(Some(BETWEEN), "id").and_then(|id| targets.get(id.as_str()).map(|t| (*t).to_owned()));
                seen.see(&tag, target);
            }
        })?;
        Ok(Self { name, part, strings, seen })
    }

    /// The first sheet with cells that is shown: its index, and its part.
    pub(super) fn front(&self) -> Option<(usize, &str)> {
        let shown = self.seen.sheets.iter().enumerate().filter(|(_, sheet)| !sheet.hidden);
        shown.filter_map(|(index, sheet)| Some((index, sheet.target.as_deref()?))).next()
    }

    /// A sheet with the line in A1, in front of all others; the sheet that is shown stays the same.
    ///
    /// # Errors
    /// A damaged part, a workbook without a list of sheets.
    pub(super) fn with_sheet(self, package: &Package<'_>, line: &str) -> Result<Vec<Change>> {
        let slot = self.seen.slot.as_ref().ok_or_else(|| Error::Unable(package::NO_TEXT.message()))?;
        let target = ooxml::free(package, "xl/worksheets/sheet");
        let kind = format!("{}/worksheet", form(BETWEEN, self.seen.strict));
        let (relation, id) = Relations::of(package, &self.name)?.add(&kind, &target)?;
        let number = self.seen.sheets.iter().map(|sheet| sheet.id).max().unwrap_or(0).saturating_add(1);
        let taken: HashSet<String> = self.seen.sheets.iter().map(|sheet| sheet.name.to_lowercase()).collect();
        let names = ["AI生成".to_owned()].into_iter().chain((2_u32..).map(|n| format!("AI生成 {n}")));
        let name = names.into_iter().find(|name| !taken.contains(&name.to_lowercase())).unwrap_or_default();
        let (tag, between) = (qualified(&self.seen.prefix, "sheet"), form(BETWEEN, self.seen.strict));
        let sheet = format!("<{tag} name=\"{name}\" sheetId=\"{number}\" xmlns:r=\"{between}\" r:id=\"{id}\"/>");
        let mut edits = self.seen.counts;
        if !self.seen.viewed {
            let (views, view) =
                (qualified(&self.seen.prefix, "bookViews"), qualified(&self.seen.prefix, "workbookView"));
            edits.push((self.seen.list..self.seen.list, format!("<{views}><{view} activeTab=\"1\"/></{views}>")));
        }
        edits.push(slot.fill(&sheet));
        let contents = format!(
            "{HEAD}<worksheet xmlns=\"{}\"><dimension ref=\"A1\"/><cols><col min=\"1\" max=\"1\" width=\"48\" customWidth=\"1\"/></cols>\
             <sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>{}</t></is></c></row></sheetData></worksheet>",
            form(SHEETS, self.seen.strict),
            escape(line)
        );
        Ok(vec![
            self.part.change(&edits)?,
            relation,
            ooxml::announce(package, &[(&target, SHEET_TYPE)])?,
            fresh(target, contents),
        ])
    }
}

impl Seen {
    fn see(&mut self, tag: &Tag<'_>, target: Option<String>) {
        match tag.local {
            "sheets" => {
                let end = tag.span.end;
                self.slot = Some(if tag.empty { Slot::inside(tag.prefix, tag.local, end) } else { Slot::at(end) });
                self.list = tag.span.start;
                tag.prefix.clone_into(&mut self.prefix);
                self.strict = tag.uri == Some(SHEETS[1]);
            }
            "sheet" => {
                let value = |key| tag.value(None, key);
                let hidden = matches!(value("state").as_deref(), Some("hidden" | "veryHidden"));
                let id = value("sheetId").and_then(|id| id.parse().ok()).unwrap_or(0);
                self.sheets.push(Sheet { name: value("name").unwrap_or_default(), id, hidden, target });
            }
            "definedName" => self.count(tag, &["localSheetId"]),
            "workbookView" => {
                self.viewed = true;
                self.count(tag, &["activeTab", "firstSheet"]);
                if tag.value(None, "activeTab").is_none() {
                    let end = tag.span.end - if tag.empty { 2 } else { 1 };
                    self.counts.push((end..end, " activeTab=\"1\"".into()));
                }
            }
            _ => {}
        }
    }

    /// Numbers of sheets, which are one more with another sheet in front.
    fn count(&mut self, tag: &Tag<'_>, keys: &[&str]) {
        let mut take = |attribute: TagAttribute<'_>| {
            if let (true, Ok(n)) = (keys.contains(&attribute.local), attribute.value.trim().parse::<u32>()) {
                let new = format!("{}=\"{}\"", attribute.local, n.saturating_add(1));
                self.counts.push((attribute.span, new));
            }
            Ok(())
        };
        // A tag that is damaged ends the walk anyway.
        let _ = tag.attributes(&mut take);
    }
}
