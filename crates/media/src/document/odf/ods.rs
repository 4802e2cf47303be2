//! Calc: a text box beside the cells of the first sheet that is shown, or a sheet of its own in front of all others.

use std::collections::HashSet;

use biaoshi_container::xml::{Tag, Token, escape};
use biaoshi_container::{Limits, Source};
use biaoshi_explicit::Position;
use biaoshi_explicit::text::Matcher;
use biaoshi_explicit::words::TABLE as WORDS;

use super::style::{Styles, millimetres};
use super::{DRAW, FO, OFFICE, STYLE, SVG, TABLE, TEXT, open, unsigned};
use crate::document::package::{self, Edit, NO_TEXT, Slot, skipping};
use crate::document::shapes::ems;
use crate::document::words::{Block, Outer, already, drawn, number};
use crate::document::xlsx::cells::reference;
use crate::{Content, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Part as Place, Result, Sheet as Home};

pub(crate) static MEDIA: Media = Media {
    format: "ods",
    explicit: Some(Explicit {
        apply: |source, options, limits| skipping(write(source, options, limits)),
        find,
        cost: package::cost,
    }),
    content: Content::None,
    says: &[],
};

/// Millimetres of columns that a window shows, about.
const WINDOW: f64 = 220.0;
/// Columns of a sheet.
const COLUMNS: usize = 1 << 14;
/// Millimetres of a column and of a row that do not say their size.
const COLUMN: f64 = 22.58;
const ROW: f64 = 4.52;
/// Millimetres of a character of 14 points.
const EM: f64 = 14.0 * 25.4 / 72.0;
/// What stands in a table in front of its shapes (ODF 1.3 part 3, 9.1.2).
const PRELUDE: [&str; 6] = ["title", "desc", "table-source", "dde-source", "scenario", "forms"];

/// The first sheet that is shown.
#[derive(Default)]
struct Front {
    index: usize,
    /// Columns with their number, rows with theirs, in millimetres.
    columns: Vec<(u32, f64)>,
    rows: Vec<(u32, f64)>,
    /// Columns and rows that cells and what is anchored to them reach.
    used: (u32, u32),
    /// Millimetres that shapes of the sheet reach.
    shapes: (f64, f64),
    /// Millimetres of the rows in front of the one in hand.
    top: f64,
    /// Where shapes go, and whether what holds them is there.
    slot: Option<(Slot, bool)>,
    /// What may be a label: alone in a shape, alone in a row.
    boxes: Vec<Block>,
    ends: Outer<Block>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Book,
    Table,
    Shapes,
    Row,
    Cell,
    Shape,
    Paragraph,
    Skip,
    Other,
}

/// What was read.
#[derive(Default)]
struct Book {
    styles: Styles,
    names: HashSet<String>,
    /// In front of the first sheet.
    slot: Option<Slot>,
    tables: usize,
    front: Option<Front>,
    /// Whether the table in hand is that one.
    inside: bool,
    path: Vec<Role>,
    /// The row in hand: cells with words, what the first says, and the number of the next column.
    row: (usize, String, u32),
    /// The cell in hand: its words, whether it has a value, how often it is there.
    cell: (String, bool, u32),
    shape: Option<(Block, usize)>,
    started: bool,
}

impl Book {
    fn see(&mut self, token: &Token<'_>) {
        self.styles.see(token);
        match token {
            Token::Open(tag) => self.open(tag),
            Token::Close(span) => self.close(span.start),
            Token::Text(text, _) if self.path.contains(&Role::Paragraph) && !self.path.contains(&Role::Skip) => {
                if let Some((block, _)) = &mut self.shape {
                    self.started |= !text.trim().is_empty();
                    block.words.push_str(text);
                } else if self.path.contains(&Role::Cell) {
                    self.cell.0.push_str(text);
                }
            }
            Token::Text(_, _) => {}
        }
    }

    fn role(&self, tag: &Tag<'_>) -> Role {
        match tag.local {
            "spreadsheet" if tag.is(OFFICE, "spreadsheet") => Role::Book,
            "annotation" if tag.is(OFFICE, "annotation") => Role::Skip,
            "table" if tag.is(TABLE, "table") && self.path.last() == Some(&Role::Book) => Role::Table,
            "shapes" if tag.is(TABLE, "shapes") => Role::Shapes,
            "table-row" if tag.is(TABLE, "table-row") => Role::Row,
            "table-cell" | "covered-table-cell" if tag.is(TABLE, tag.local) => Role::Cell,
            "frame" | "custom-shape" | "rect" if tag.is(DRAW, tag.local) => Role::Shape,
            "p" | "h" if tag.is(TEXT, tag.local) => Role::Paragraph,
            _ => Role::Other,
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let role = self.role(tag);
        if role == Role::Table {
            self.table(tag);
        }
        if let Some(front) = self.front.as_mut().filter(|_| self.inside) {
            let repeated = |key| tag.value(Some(TABLE), key).and_then(|n| n.parse::<u32>().ok()).unwrap_or(1);
            let style = tag.value(Some(TABLE), "style-name").unwrap_or_default();
            let size = |usual| self.styles.sizes.get(&style).copied().unwrap_or(usual);
            let top = self.path.last() == Some(&Role::Table);
            if top && front.slot.is_none() && role != Role::Shapes && !PRELUDE.contains(&tag.local) {
                front.slot = Some((Slot::at(tag.span.start), false));
            }
            match role {
                Role::Shapes if tag.empty => {
                    front.slot = Some((Slot::inside(tag.prefix, tag.local, tag.span.end), true))
                }
                Role::Row => {
                    front.top += front.rows.last().map_or(0.0, |(times, size)| f64::from(*times) * size);
                    front.rows.push((repeated("number-rows-repeated"), size(ROW)));
                    self.row = (0, String::new(), 0);
                }
                Role::Cell => {
                    let value = tag.value(Some(OFFICE), "value-type").or(tag.value(Some(TABLE), "formula"));
                    self.cell = (String::new(), value.is_some(), repeated("number-columns-repeated"));
                }
                Role::Shape => {
                    // A shape in a cell counts from there.
                    let inside = self.path.contains(&Role::Cell);
                    let cell = (length(&front.columns, self.row.2, COLUMN), front.top);
                    front.reach(tag, if inside { cell } else { (0.0, 0.0) });
                    self.shape = Some((Block::default(), 0));
                }
                Role::Other if tag.is(TABLE, "table-column") && front.columns.len() < COLUMNS => {
                    front.columns.push((repeated("number-columns-repeated"), size(COLUMN)));
                }
                _ => {}
            }
        }
        self.path.push(role);
    }

    fn table(&mut self, tag: &Tag<'_>) {
        self.slot.get_or_insert(Slot::at(tag.span.start));
        self.names.extend(tag.value(Some(TABLE), "name").map(|name| name.to_lowercase()));
        let hidden = tag.value(Some(TABLE), "style-name").is_some_and(|style| self.styles.hidden.contains(&style));
        if self.front.is_none() && !hidden {
            self.front = Some(Front { index: self.tables, ..Front::default() });
            self.inside = true;
        }
        self.tables += 1;
    }

    fn close(&mut self, start: usize) {
        let Some(role) = self.path.pop() else { return };
        let Some(front) = self.front.as_mut().filter(|_| self.inside) else { return };
        match role {
            Role::Table => {
                front.slot.get_or_insert((Slot::at(start), false));
                self.inside = false;
            }
            Role::Shapes => {
                front.slot.get_or_insert((Slot::at(start), true));
            }
            Role::Paragraph => {
                if let Some((_, paragraphs)) = &mut self.shape {
                    *paragraphs += usize::from(std::mem::take(&mut self.started));
                }
            }
            Role::Shape => front.boxes.extend(self.shape.take().filter(|(_, n)| *n == 1).map(|(block, _)| block)),
            Role::Cell => {
                let (words, valued, times) = std::mem::take(&mut self.cell);
                self.row.2 = self.row.2.saturating_add(times);
                if valued || !words.trim().is_empty() {
                    self.row.0 += times.min(2) as usize;
                    if self.row.0 == 1 {
                        self.row.1 = words;
                    }
                    front.used.0 = front.used.0.max(self.row.2);
                }
            }
            Role::Row if self.row.0 > 0 => {
                let all = front.rows.iter().fold(0_u32, |sum, (times, _)| sum.saturating_add(*times));
                front.used.1 = front.used.1.max(all);
                let (cells, words, _) = std::mem::take(&mut self.row);
                front.ends.push(Block { words, other: cells > 1, ..Block::default() });
            }
            _ => {}
        }
    }
}

impl Front {
    /// What lies over the cells, as far as it says where it ends.
    fn reach(&mut self, tag: &Tag<'_>, (left, top): (f64, f64)) {
        let side = |key| tag.value(Some(SVG), key).and_then(|n| millimetres(&n)).unwrap_or(0.0);
        let (right, bottom) = (left + side("x") + side("width"), top + side("y") + side("height"));
        let end = tag.value(Some(TABLE), "end-cell-address");
        match end.and_then(|end| reference(end.rsplit('.').next().unwrap_or_default())) {
            Some((column, row)) => self.used = (self.used.0.max(column), self.used.1.max(row)),
            None => self.shapes = (self.shapes.0.max(right), self.shapes.1.max(bottom)),
        }
    }

    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.ends.iter().chain(&self.boxes)
    }

    fn place(&self) -> Place {
        Place::Sheet(number(self.index))
    }

    /// Beside what is there (the start), or under it (the end): both are places of clause 5.1.
    fn corner(&self, position: Position) -> (f64, f64) {
        let right = length(&self.columns, self.used.0, COLUMN).max(self.shapes.0);
        let bottom = length(&self.rows, self.used.1, ROW).max(self.shapes.1);
        if position != Position::End && right <= WINDOW { (right + 2.0, 2.0) } else { (2.0, bottom + ROW) }
    }
}

/// How long the first `count` columns or rows are.
fn length(sizes: &[(u32, f64)], count: u32, usual: f64) -> f64 {
    let (mut left, mut sum) = (count, 0.0);
    for (times, size) in sizes {
        let taken = left.min(*times);
        sum += f64::from(taken) * size;
        left -= taken;
        if left == 0 {
            break;
        }
    }
    sum + f64::from(left) * usual
}

fn read(package: &package::Package<'_>, part: &package::Part) -> Result<(Book, Front)> {
    let mut book = Book::default();
    package.walk(part, &mut |token| book.see(&token))?;
    let front = book.front.take().ok_or_else(|| Error::Unable(NO_TEXT.message()))?;
    Ok((book, front))
}

fn labels(front: &Front, matcher: &Matcher) -> Vec<Found> {
    front.blocks().filter_map(|block| Some(block.found(block.kind(matcher)?, Some(front.place())))).collect()
}

fn write(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let (package, part) = open(source, limits)?;
    let ((book, front), line, matcher) = (read(&package, &part)?, options.line(WORDS), options.matcher(WORDS));
    let blocks = front.blocks().filter_map(|block| Some((block, block.kind(&matcher)?)));
    if let Some(found) = already(blocks, false, Some(front.place())) {
        return Ok(Outcome::Already(found));
    }
    unsigned(&package)?;
    let none = || Error::Unable(NO_TEXT.message());
    let (place, edits) = match options.sheet {
        Home::First => (Place::Sheet(1), vec![book.slot.as_ref().ok_or_else(none)?.fill(&sheet(&book, &line))]),
        Home::TextBox => (front.place(), with_box(&book, &front, options.position, &line).ok_or_else(none)?),
    };
    let patch = package.plan(&[part.change(&edits)?])?;
    Ok(drawn(patch, Some(place), line, None))
}

fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Vec<Found>> {
    let (package, part) = open(source, limits)?;
    let (_, front) = read(&package, &part)?;
    Ok(labels(&front, &options.matcher(WORDS)))
}

/// A sheet with the line in its first cell.
fn sheet(book: &Book, line: &str) -> String {
    let names = ["AI生成".to_owned()].into_iter().chain((2_u32..).map(|n| format!("AI生成 {n}")));
    let name = names.into_iter().find(|name| !book.names.contains(&name.to_lowercase())).unwrap_or_default();
    let (table, office, text) = (TABLE[0], OFFICE[0], TEXT[0]);
    format!(
        "<b:table xmlns:b=\"{table}\" xmlns:o=\"{office}\" xmlns:t=\"{text}\" b:name=\"{name}\"><b:table-column/><b:table-row>\
         <b:table-cell o:value-type=\"string\"><t:p>{}</t:p></b:table-cell></b:table-row></b:table>",
        escape(line)
    )
}

/// A text box and its styles: dark on light, 15:1.
fn with_box(book: &Book, front: &Front, position: Position, line: &str) -> Option<Vec<Edit>> {
    let (style, draw, fo, svg, text, table) = (STYLE[0], DRAW[0], FO[0], SVG[0], TEXT[0], TABLE[0]);
    let (ground, ink) = (book.styles.free("AIGC_box"), book.styles.free("AIGC_line"));
    let styles = format!(
        "<s:style xmlns:s=\"{style}\" xmlns:d=\"{draw}\" xmlns:f=\"{fo}\" s:name=\"{ground}\" s:family=\"graphic\"><s:graphic-properties \
         d:stroke=\"none\" d:fill=\"solid\" d:fill-color=\"#f2f2f2\" d:textarea-vertical-align=\"middle\" d:auto-grow-height=\"false\" \
         d:auto-grow-width=\"false\" f:padding-top=\"0cm\" f:padding-bottom=\"0cm\" f:padding-left=\"0cm\" \
         f:padding-right=\"0cm\" d:shadow=\"hidden\"/></s:style>\
         <s:style xmlns:s=\"{style}\" xmlns:f=\"{fo}\" s:name=\"{ink}\" s:family=\"paragraph\"><s:paragraph-properties f:text-align=\"center\" \
         s:writing-mode=\"lr-tb\"/><s:text-properties f:color=\"#1a1a1a\" f:font-size=\"14pt\" s:font-size-asian=\"14pt\" \
         s:font-size-complex=\"14pt\"/></s:style>"
    );
    let ((x, y), width, height) = (front.corner(position), (ems(line) + 1.0) * EM, EM * 1.8);
    let frame = format!(
        "<d:frame xmlns:d=\"{draw}\" xmlns:v=\"{svg}\" xmlns:t=\"{text}\" d:style-name=\"{ground}\" d:name=\"AI生成标识\" \
         v:width=\"{width:.2}mm\" v:height=\"{height:.2}mm\" v:x=\"{x:.2}mm\" v:y=\"{y:.2}mm\"><d:text-box><t:p t:style-name=\"{ink}\">{}</t:p>\
         </d:text-box></d:frame>",
        escape(line)
    );
    let (slot, held) = front.slot.as_ref()?;
    let shapes = if *held { frame } else { format!("<b:shapes xmlns:b=\"{table}\">{frame}</b:shapes>") };
    Some(vec![book.styles.add(&styles)?, slot.fill(&shapes)])
}
