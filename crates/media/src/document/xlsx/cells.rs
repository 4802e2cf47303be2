//! One pass over a sheet: how far its cells reach, which rows say one thing only, and where a drawing goes.

use std::collections::BTreeMap;

use biaoshi_container::xml::{Tag, Token};

use super::SHEETS;
use crate::Result;
use crate::document::ooxml::{BETWEEN, Root};
use crate::document::package::{Package, Part, Slot};
use crate::document::words::{Block, Outer};

/// What stands behind `drawing` in a sheet (ECMA-376 part 1, 18.3.1.99); the last is controls for newer readers.
const BEHIND: [&str; 10] = [
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
    "AlternateContent",
];
/// Characters of a column that does not say its width.
const COLUMN: f64 = 8.43;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// Columns and rows that cells reach.
    pub(super) columns: u32,
    pub(super) rows_used: u32,
    /// The first and the last rows, those with more than one cell as words of others.
    pub(super) rows: Vec<Block>,
    /// The relationship to the drawing that lies over the sheet.
    pub(super) drawing: Option<String>,
    /// Where the reference to a new one goes.
    pub(super) slot: Option<Slot>,
    pub(super) root: Root,
    /// First and last column, and their width.
    widths: Vec<(u32, u32, f64)>,
    usual: Option<f64>,
}

impl Cells {
    /// Reads a sheet; `strings` is the part with the strings that sheets share.
    ///
    /// # Errors
    /// Damage, limits.
    pub(super) fn read(package: &Package<'_>, part: &Part, strings: Option<&str>) -> Result<Self> {
        let mut reader = Reader::default();
        package.walk(part, &mut |token| {
            reader.see(&token);
            reader.cells.root.see(&token);
        })?;
        reader.end_row();
        let Reader { mut cells, ends, .. } = reader;
        cells.slot = cells.slot.take().or_else(|| cells.root.last.clone());
        let mut rows: Vec<Row> = ends.into_iter().collect();
        resolve(package, strings, &mut rows)?;
        cells.rows = rows.into_iter().map(Row::into_block).collect();
        Ok(cells)
    }

    /// Characters that so many columns are wide.
    pub(super) fn width(&self, columns: u32) -> f64 {
        let usual = self.usual.unwrap_or(COLUMN);
        let stated = self.widths.iter().map(|(first, last, width)| {
            let shared = last.min(&columns).saturating_add(1).saturating_sub(*first);
            f64::from(shared) * (width - usual)
        });
        f64::from(columns) * usual + stated.sum::<f64>()
    }
}

/// A row with words.
#[derive(Debug, Default)]
struct Row {
    cells: usize,
    hidden: bool,
    text: String,
    /// Index of a shared string.
    shared: Option<usize>,
}

impl Row {
    fn into_block(self) -> Block {
        Block { words: self.text, other: self.cells > 1 || self.hidden, ..Block::default() }
    }
}

#[derive(Default)]
struct Reader {
    cells: Cells,
    ends: Outer<Row>,
    row: Row,
    /// The row and the column of the cell in hand.
    at: (u32, u32),
    /// Whether the cell in hand has a shared string; the words of its value.
    shared: bool,
    value: String,
    /// Whether characters are those of a value.
    inside: bool,
}

impl Reader {
    fn see(&mut self, token: &Token<'_>) {
        match token {
            Token::Open(tag) => self.open(tag),
            Token::Text(text, _) if self.inside => self.value.push_str(text),
            Token::Text(_, _) => {}
            Token::Close(_) => self.inside = false,
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let number = |key| tag.value(None, key).and_then(|n| n.parse::<u32>().ok());
        let width =
            |key| tag.value(None, key).and_then(|n| n.parse::<f64>().ok()).filter(|w| (0.0..=255.0).contains(w));
        let truth = |key| matches!(tag.value(None, key).as_deref(), Some("1" | "true"));
        if self.cells.root.is_parent() {
            // A cell ends where the next one begins, and a row where what is behind all of them does.
            if self.cells.slot.is_none() && BEHIND.contains(&tag.local) {
                self.cells.slot = Some(Slot::at(tag.span.start));
            }
            if tag.is(SHEETS, "drawing") {
                self.cells.drawing = tag.value(Some(BETWEEN), "id");
            }
        }
        if !tag.uri.is_some_and(|uri| SHEETS.contains(&uri)) {
            return;
        }
        match tag.local {
            "sheetFormatPr" => self.cells.usual = width("defaultColWidth"),
            "col" => {
                let wide = if truth("hidden") { 0.0 } else { width("width").unwrap_or(COLUMN) };
                let range = number("min").zip(number("max")).filter(|(first, last)| first <= last);
                self.cells.widths.extend(range.map(|(first, last)| (first, last, wide)));
            }
            "row" => {
                self.end_row();
                self.row.hidden = truth("hidden");
                self.at = (number("r").unwrap_or(self.at.0.saturating_add(1)), 0);
            }
            "c" => {
                self.end_cell();
                let place = tag.value(None, "r").and_then(|r| reference(&r));
                self.at = place.map_or((self.at.0, self.at.1.saturating_add(1)), |(column, row)| (row, column));
                self.shared = tag.value(None, "t").as_deref() == Some("s");
            }
            "v" | "t" => self.inside = !tag.empty,
            // Its value may not be computed yet.
            "f" => self.reach((self.at.1, self.at.0)),
            "mergeCell" => {
                let end = tag.value(None, "ref").and_then(|r| reference(r.rsplit(':').next().unwrap_or_default()));
                self.reach(end.unwrap_or((0, 0)));
            }
            // Behind the last row.
            _ if self.cells.root.is_parent() => self.end_row(),
            _ => {}
        }
    }

    fn reach(&mut self, (column, row): (u32, u32)) {
        self.cells.columns = self.cells.columns.max(column);
        self.cells.rows_used = self.cells.rows_used.max(row);
    }

    /// The cell in hand, if it says something.
    fn end_cell(&mut self) {
        let value = std::mem::take(&mut self.value);
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        self.reach((self.at.1, self.at.0));
        self.row.cells += 1;
        if self.row.cells == 1 {
            self.row.shared = value.parse().ok().filter(|_| self.shared);
            value.clone_into(&mut self.row.text);
        }
    }

    fn end_row(&mut self) {
        self.end_cell();
        let row = std::mem::take(&mut self.row);
        if row.cells > 0 {
            self.ends.push(row);
        }
    }
}

/// Column and row of a reference such as `AB12`, from 1.
pub(in crate::document) fn reference(text: &str) -> Option<(u32, u32)> {
    let letters = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let (column, row) = text.split_at_checked(letters)?;
    let digit = |sum: u32, c: u8| sum.checked_mul(26)?.checked_add(u32::from(c.to_ascii_uppercase() - b'A') + 1);
    let column = column.bytes().try_fold(0, digit).filter(|column| (1..=1 << 14).contains(column))?;
    Some((column, row.parse().ok().filter(|row| (1..=1 << 20).contains(row))?))
}

/// Reads the shared strings of rows that have one.
fn resolve(package: &Package<'_>, strings: Option<&str>, rows: &mut [Row]) -> Result<()> {
    let mut wanted: BTreeMap<usize, String> =
        rows.iter().filter_map(|row| Some((row.shared?, String::new()))).collect();
    let Some(part) = strings.filter(|_| !wanted.is_empty()).map(|name| package.part(name)).transpose()?.flatten()
    else {
        return Ok(());
    };
    // How words are spoken (rPh) is not what they say.
    let (mut count, mut spoken, mut inside, mut path) = (0_usize, 0_usize, false, Vec::new());
    package.walk(&part, &mut |token| match token {
        Token::Open(tag) => {
            count += usize::from(tag.is(SHEETS, "si"));
            spoken += usize::from(tag.local == "rPh");
            inside = tag.is(SHEETS, "t") && spoken == 0;
            path.push(tag.local == "rPh");
        }
        Token::Close(_) => {
            spoken -= usize::from(path.pop() == Some(true));
            inside = false;
        }
        Token::Text(text, _) if inside => {
            if let Some(words) = count.checked_sub(1).and_then(|index| wanted.get_mut(&index)) {
                words.push_str(text);
            }
        }
        Token::Text(_, _) => {}
    })?;
    for row in rows {
        if let Some(words) = row.shared.and_then(|index| wanted.get(&index)) {
            row.text.clone_from(words);
        }
    }
    Ok(())
}
