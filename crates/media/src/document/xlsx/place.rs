//! Where the text box of a sheet lies: beside the cells, or under them where they are wider than a window.

use biaoshi_explicit::Position;

use super::cells::Cells;
use crate::document::package::qualified;
use crate::document::shapes::{TextBox, ems};

/// Characters of columns that a window shows, about.
const WINDOW: f64 = 110.0;
/// Rows of a sheet.
const ROWS: u32 = 1 << 20;
/// Columns of a sheet.
const COLUMNS: u32 = 1 << 14;
/// EMU of a character of 14 points.
const EM: u64 = 14 * 12_700;

/// The first free column in the first row (the start), or else the first column of the row after the next (the end): both
/// are places of clause 5.1, and no cell and no drawing is covered.
pub(super) fn of(cells: &Cells, drawn: Option<(u32, u32)>, position: Position) -> (u32, u32) {
    let (right, bottom) = drawn.map_or((0, 0), |(column, row)| (column.saturating_add(1), row.saturating_add(1)));
    let (columns, rows) = (cells.columns.max(right), cells.rows_used.max(bottom));
    let beside = position != Position::End && cells.width(columns) <= WINDOW && columns < COLUMNS;
    if beside || rows.saturating_add(1) >= ROWS { (columns.min(COLUMNS - 1), 0) } else { (0, rows + 1) }
}

/// A text box that begins in a cell and keeps its size: dark on light, 15:1.
pub(super) fn anchor((column, row): (u32, u32), id: u32, prefix: &str, drawing: &str, line: &str) -> String {
    let (width, height) = ((ems(line) * EM as f64) as u64 + EM, EM * 9 / 5);
    let (ground, ink) = (("F2F2F2", 100_000), "1A1A1A");
    let shape = TextBox { left: 0, top: 0, width, height, size: 1400, ground, ink, words: line }.shape(prefix, drawing);
    let q = |local: &str| qualified(prefix, local);
    let place = [("col", column), ("row", row)].map(|(side, n)| {
        let (side, off) = (q(side), q(&format!("{side}Off")));
        format!("<{side}>{n}</{side}><{off}>76200</{off}>")
    });
    format!(
        "<{anchor}><{from}>{}</{from}><{ext} cx=\"{width}\" cy=\"{height}\"/><{sp} macro=\"\" textlink=\"\"><{nv}>\
         <{props} id=\"{id}\" name=\"AI生成标识\"/><{boxed} txBox=\"1\"/></{nv}>{shape}</{sp}><{data}/></{anchor}>",
        place.concat(),
        anchor = q("oneCellAnchor"),
        from = q("from"),
        ext = q("ext"),
        sp = q("sp"),
        nv = q("nvSpPr"),
        props = q("cNvPr"),
        boxed = q("cNvSpPr"),
        data = q("clientData"),
    )
}
