//! The lines that a page shows, from its upper edge down (ISO 32000-2 9.4).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use biaoshi_container::pdf::{File, Object, Operations, Page, Ref, Value};

use super::cmap::Characters;
use super::page::contents;
use crate::Result;

/// Most forms within forms.
const DEPTH: usize = 4;
/// Most pieces of text of a page, and operations, that are looked at.
const PIECES: usize = 100_000;
const OPERATIONS: usize = 2_000_000;

/// Six numbers of a transformation.
type Matrix = [f64; 6];

const SAME: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// `a`, then `b`.
fn product(a: Matrix, b: Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

/// A piece of text where it is shown: from the left, from below, how high.
struct Piece {
    x: f64,
    y: f64,
    size: f64,
    text: String,
    /// Which form draws it; 0 for the page itself.
    form: usize,
}

impl Piece {
    /// How wide letters are is guessed: a square for those of East Asia, half of it for others.
    fn width(&self) -> f64 {
        self.text.chars().map(|c| if c < '\u{2e80}' { 0.5 } else { 1.0 }).sum::<f64>() * self.size
    }
}

/// The lines of a page. What is coded in ways that are not known here is left out.
pub(super) fn lines(file: &File<'_>, page: &Page) -> Result<Vec<String>> {
    Ok(joined(pieces(file, page)?))
}

/// Where the page has text: left, bottom, right, top, as it is shown, about.
pub(super) fn places(file: &File<'_>, page: &Page) -> Result<Vec<[f64; 4]>> {
    let place = |p: &Piece| [p.x, p.y - 0.25 * p.size, p.x + p.width(), p.y + 0.9 * p.size];
    Ok(pieces(file, page)?.iter().map(place).collect())
}

fn pieces(file: &File<'_>, page: &Page) -> Result<Vec<Piece>> {
    let [left, bottom, right, top] = page.area;
    // Places of the page to places as it is shown.
    let shown = match page.turned {
        90 => [0.0, -1.0, 1.0, 0.0, -bottom, right],
        180 => [-1.0, 0.0, 0.0, -1.0, right, top],
        270 => [0.0, 1.0, -1.0, 0.0, top, -left],
        _ => [1.0, 0.0, 0.0, 1.0, -left, -bottom],
    };
    let mut data = Vec::new();
    for id in contents(file, &page.object)? {
        if let Some(part) = file.get(id)?.and_then(|stream| file.decoded(&stream).ok()) {
            data.extend(part);
            data.push(b'\n');
        }
    }
    let mut reader = Reader {
        file,
        pieces: Vec::new(),
        fonts: BTreeMap::new(),
        open: BTreeSet::new(),
        form: 0,
        forms: 0,
        left: OPERATIONS,
    };
    reader.read(&data, page.resources.as_ref(), shown, 0);
    reader.pieces.retain(|piece| piece.x.is_finite() && piece.y.is_finite() && piece.size.is_finite());
    Ok(reader.pieces)
}

/// Pieces on one height are a line, or some beside each other; what a form draws is something of its own.
fn joined(mut pieces: Vec<Piece>) -> Vec<String> {
    pieces.sort_by(|a, b| a.form.cmp(&b.form).then(b.y.total_cmp(&a.y)));
    let mut rows: Vec<Vec<Piece>> = Vec::new();
    for piece in pieces {
        let beside = |first: &Piece| first.form == piece.form && first.y - piece.y <= 0.4 * first.size.max(piece.size);
        match rows.last_mut() {
            Some(row) if row.first().is_some_and(beside) => row.push(piece),
            _ => rows.push(vec![piece]),
        }
    }
    rows.sort_by(|a, b| height(b).total_cmp(&height(a)));
    let lines = rows.into_iter().flat_map(|mut row| {
        row.sort_by(|a, b| a.x.total_cmp(&b.x));
        apart(&row)
    });
    lines.filter(|line| !line.trim().is_empty()).collect()
}

fn height(row: &[Piece]) -> f64 {
    row.first().map_or(0.0, |piece| piece.y)
}

/// The pieces of one height as columns: what stands two letters or more behind another piece is something else.
fn apart(row: &[Piece]) -> Vec<String> {
    let (mut columns, mut end) = (Vec::new(), f64::NEG_INFINITY);
    for piece in row {
        let gap = (piece.x - end) / piece.size.max(f64::MIN_POSITIVE);
        match columns.last_mut() {
            Some(column) if gap < 2.0 => {
                let column: &mut String = column;
                column.push_str(if gap > 0.3 { " " } else { "" });
                column.push_str(&piece.text);
            }
            _ => columns.push(piece.text.clone()),
        }
        end = end.max(piece.x + piece.width());
    }
    columns
}

/// The state of text and graphics that says where letters stand.
#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Characters>>,
    size: f64,
    leading: f64,
    hidden: bool,
}

struct Reader<'f> {
    file: &'f File<'f>,
    pieces: Vec<Piece>,
    /// Fonts by name of their objects.
    fonts: BTreeMap<Ref, Rc<Characters>>,
    /// Forms that are being drawn.
    open: BTreeSet<Ref>,
    /// The form that is being drawn, and how many there were.
    form: usize,
    forms: usize,
    left: usize,
}

impl Reader<'_> {
    fn read(&mut self, data: &[u8], resources: Option<&Object>, matrix: Matrix, depth: usize) {
        let mut state = State { matrix, font: None, size: 1.0, leading: 0.0, hidden: false };
        let (mut saved, mut text, mut line) = (Vec::new(), SAME, SAME);
        for (operands, operator) in Operations::new(data, self.file.limits()) {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 || self.pieces.len() >= PIECES {
                return;
            }
            let number = |n: usize| operands.get(n).and_then(Value::real).unwrap_or(0.0);
            match operator {
                b"q" if saved.len() < 512 => saved.push(state.clone()),
                b"Q" => state = saved.pop().unwrap_or(state),
                b"cm" => state.matrix = product(std::array::from_fn(number), state.matrix),
                b"BT" => (text, line) = (SAME, SAME),
                b"Tf" => {
                    state.font = resources.zip(operands.first()).and_then(|(from, name)| self.font(from, name));
                    state.size = number(1);
                }
                b"TL" => state.leading = number(0),
                b"Tr" => state.hidden = number(0) as i64 == 3,
                b"Tm" => (text, line) = (std::array::from_fn(number), std::array::from_fn(number)),
                b"Td" | b"TD" | b"T*" | b"'" | b"\"" => {
                    if operator == b"TD" {
                        state.leading = -number(1);
                    }
                    let by =
                        if matches!(operator, b"Td" | b"TD") { (number(0), number(1)) } else { (0.0, -state.leading) };
                    line = product([1.0, 0.0, 0.0, 1.0, by.0, by.1], line);
                    text = line;
                    if matches!(operator, b"'" | b"\"") {
                        self.show(operands.last(), &state, &mut text);
                    }
                }
                b"Tj" | b"TJ" => self.show(operands.first(), &state, &mut text),
                b"Do" => {
                    if let Some((from, name)) = resources.zip(operands.first()) {
                        self.form(from, name, state.matrix, depth);
                    }
                }
                _ => {}
            }
        }
    }

    /// A font of the resources.
    fn font(&mut self, resources: &Object, name: &Value) -> Option<Rc<Characters>> {
        let font = self.named(resources, "Font", name)?;
        if let Some(known) = self.fonts.get(&font.id).filter(|_| font.id.number != 0) {
            return Some(Rc::clone(known));
        }
        let characters = Rc::new(Characters::of(self.file, &font));
        self.fonts.insert(font.id, Rc::clone(&characters));
        Some(characters)
    }

    fn named(&self, resources: &Object, kind: &str, name: &Value) -> Option<Object> {
        let Value::Name(name) = name else { return None };
        let all = self.file.entry(resources, kind).ok().flatten()?;
        let value = all.dict().0.iter().rev().find(|entry| entry.key == *name)?;
        self.file.follow(&all, &value.value).ok().flatten()
    }

    /// Draws a form.
    fn form(&mut self, resources: &Object, name: &Value, matrix: Matrix, depth: usize) {
        let Some(form) = self.named(resources, "XObject", name).filter(|form| form.dict().is("Subtype", "Form")) else {
            return;
        };
        if depth >= DEPTH || !self.open.insert(form.id) {
            return;
        }
        if let Ok(data) = self.file.decoded(&form) {
            let own = self.file.entry(&form, "Matrix").ok().flatten();
            let numbers: Vec<f64> = own.iter().flat_map(|m| m.items()).filter_map(Value::real).collect();
            let own = <Matrix>::try_from(numbers).unwrap_or(SAME);
            let inside = self.file.entry(&form, "Resources").ok().flatten();
            self.forms += 1;
            let outer = std::mem::replace(&mut self.form, self.forms);
            self.read(&data, inside.as_ref().or(Some(resources)), product(own, matrix), depth + 1);
            self.form = outer;
        }
        self.open.remove(&form.id);
    }

    /// Keeps what a string, or an array of strings and distances, shows. How wide the letters are is not known, so the next piece of
    /// a line stands a little to the right: enough to keep the order.
    fn show(&mut self, shown: Option<&Value>, state: &State, text: &mut Matrix) {
        let Some(font) = &state.font else { return };
        let said = match shown {
            Some(Value::Text(bytes)) => font.text(bytes),
            Some(Value::Array(items)) => {
                let part = |item: &Value| match item {
                    Value::Text(bytes) => font.text(bytes),
                    // A distance as wide as a blank is one.
                    gap if gap.real().is_some_and(|gap| gap <= -200.0) => " ".into(),
                    _ => String::new(),
                };
                items.iter().map(part).collect()
            }
            _ => return,
        };
        let at = product(*text, state.matrix);
        let size = state.size.abs() * at[2].hypot(at[3]);
        text[4] += 1e-3;
        if !state.hidden && !said.is_empty() {
            self.pieces.push(Piece { x: at[4], y: at[5], size, text: said, form: self.form });
        }
    }
}
