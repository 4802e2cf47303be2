//! Text boxes of DrawingML (ECMA-376 part 1, 21.1.2): what the shapes of a slide or a drawing say, and one more of them.

use biaoshi_container::xml::{Tag, Token, escape};

use super::ooxml::DRAWING;
use super::package::{Package, Part, Slot, qualified};
use super::words::Block;
use crate::Result;

const ALTERNATIVES: &[&str] = &["http://schemas.openxmlformats.org/markup-compatibility/2006"];
/// Characters of a shape that may still be a label.
const LONG: usize = 200;
/// EMU of a column and of a row that nobody has changed.
const COLUMN: u32 = 609_600;
const ROW: u32 = 190_500;

/// A text box with one line: where it is (EMU), how large its characters are (hundredths of a point), how it looks.
pub(super) struct TextBox<'t> {
    pub(super) left: u64,
    pub(super) top: u64,
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) size: u64,
    /// RGB of the ground, with how much of it hides what is below (in 1000ths of a percent), and of the words.
    pub(super) ground: (&'t str, u32),
    pub(super) ink: &'t str,
    pub(super) words: &'t str,
}

impl TextBox<'_> {
    /// Form and words of the shape, in the prefix and with the namespace of the drawing. Colors are written out, so that no
    /// theme changes them; no East Asian typeface is, so that each machine takes one that it has.
    pub(super) fn shape(&self, prefix: &str, drawing: &str) -> String {
        let Self { left, top, width, height, size, ground: (ground, alpha), ink, words } = self;
        let (words, q) = (escape(words), |local| qualified(prefix, local));
        let (form, body) = (q("spPr"), q("txBody"));
        format!(
            "<{form} xmlns:a=\"{drawing}\"><a:xfrm><a:off x=\"{left}\" y=\"{top}\"/><a:ext cx=\"{width}\" cy=\"{height}\"/></a:xfrm>\
             <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom>\
             <a:solidFill><a:srgbClr val=\"{ground}\"><a:alpha val=\"{alpha}\"/></a:srgbClr></a:solidFill><a:ln><a:noFill/></a:ln></{form}>\
             <{body} xmlns:a=\"{drawing}\"><a:bodyPr wrap=\"square\" lIns=\"0\" tIns=\"0\" rIns=\"0\" bIns=\"0\" rtlCol=\"0\" anchor=\"ctr\"><a:noAutofit/></a:bodyPr>\
             <a:lstStyle/><a:p><a:pPr marL=\"0\" indent=\"0\" algn=\"ctr\" rtl=\"0\"><a:lnSpc><a:spcPct val=\"100000\"/></a:lnSpc>\
             <a:spcBef><a:spcPts val=\"0\"/></a:spcBef><a:spcAft><a:spcPts val=\"0\"/></a:spcAft><a:buNone/></a:pPr>\
             <a:r><a:rPr lang=\"zh-CN\" altLang=\"en-US\" sz=\"{size}\" b=\"0\" i=\"0\" u=\"none\" strike=\"noStrike\" cap=\"none\" baseline=\"0\">\
             <a:solidFill><a:srgbClr val=\"{ink}\"/></a:solidFill><a:latin typeface=\"Arial\"/></a:rPr><a:t>{words}</a:t></a:r></a:p></{body}>"
        )
    }
}

/// Width of a line in em: what Chinese takes, about what Latin letters do, and the quarter that programs put between the two.
pub(super) fn ems(line: &str) -> f64 {
    let letters = line.chars().map(|c| if c.is_ascii() { 0.67 } else { 1.0 }).sum::<f64>();
    let changes =
        line.chars().zip(line.chars().skip(1)).filter(|(one, next)| one.is_ascii() != next.is_ascii()).count();
    letters + 0.25 * changes as f64
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    /// Paragraphs that are all that their shape says, as far as they are short.
    pub(super) alone: Vec<Block>,
    /// The largest id of a shape.
    pub(super) id: u32,
    /// Behind the last shape.
    pub(super) slot: Option<Slot>,
    /// Prefix and namespace of what holds the shapes.
    pub(super) prefix: String,
    pub(super) uri: String,
    /// Columns and rows that anchors reach, in drawings of sheets.
    pub(super) reach: (u32, u32),
}

/// Reads the shapes in the element `tree` of one of the namespaces.
///
/// # Errors
/// Damage in the part, limits.
pub(super) fn read(package: &Package<'_>, part: &Part, uris: &[&str], tree: &str) -> Result<Shapes> {
    let mut reader = Reader {
        uris,
        tree,
        shapes: Shapes::default(),
        path: Vec::new(),
        shape: None,
        from: (0, 0),
        ended: false,
        chars: 0,
    };
    package.walk(part, &mut |token| match token {
        Token::Open(tag) => reader.open(&tag),
        Token::Close(span) => reader.close(span.start),
        Token::Text(text, _) => reader.words(text),
    })?;
    Ok(reader.shapes)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Tree,
    Shape,
    Paragraph,
    Words,
    Column,
    Row,
    Fallback,
    Other,
}

/// The shape in hand.
#[derive(Default)]
struct Shape {
    block: Block,
    /// Paragraphs with words so far.
    paragraphs: usize,
    /// Whether the paragraph in hand has words.
    started: bool,
}

struct Reader<'u> {
    uris: &'u [&'u str],
    tree: &'u str,
    shapes: Shapes,
    path: Vec<Role>,
    shape: Option<Shape>,
    /// Column and row of the anchor in hand.
    from: (u32, u32),
    /// Whether an extension list told where the shapes end.
    ended: bool,
    chars: usize,
}

impl Reader<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        let ours = tag.uri.is_some_and(|uri| self.uris.contains(&uri));
        let role = match tag.local {
            "Fallback" if tag.is(ALTERNATIVES, "Fallback") => Role::Fallback,
            local if ours && local == self.tree && self.shapes.slot.is_none() => Role::Tree,
            "sp" if ours => Role::Shape,
            "col" if ours => Role::Column,
            "row" if ours => Role::Row,
            "p" if tag.is(DRAWING, "p") => Role::Paragraph,
            "t" if tag.is(DRAWING, "t") => Role::Words,
            _ => Role::Other,
        };
        match role {
            Role::Tree => {
                self.shapes.slot = Some(Slot::at(tag.span.end));
                if tag.empty {
                    self.shapes.slot = Some(Slot::inside(tag.prefix, tag.local, tag.span.end));
                }
                self.shapes.prefix = tag.prefix.to_owned();
                self.shapes.uri = tag.uri.unwrap_or_default().to_owned();
            }
            Role::Shape => self.shape = Some(Shape::default()),
            Role::Other => self.detail(tag, ours),
            _ => {}
        }
        self.path.push(role);
    }

    /// Ids, titles, links, and what stands behind the last shape.
    fn detail(&mut self, tag: &Tag<'_>, ours: bool) {
        match tag.local {
            "cNvPr" => {
                let id = tag.value(None, "id").and_then(|id| id.parse().ok()).unwrap_or(0);
                self.shapes.id = self.shapes.id.max(id);
            }
            // A title says what the slide is about.
            "ext" if ours => {
                let cells =
                    |key, size| tag.value(None, key).and_then(|n| n.parse::<u32>().ok()).map_or(0, |n| n / size);
                let (columns, rows) = (cells("cx", COLUMN), cells("cy", ROW));
                self.reach(self.from.0.saturating_add(columns), self.from.1.saturating_add(rows));
            }
            "ph" if ours && matches!(tag.value(None, "type").as_deref(), Some("title" | "ctrTitle")) => self.is_other(),
            "hlinkClick" => self.is_other(),
            "br" if tag.is(DRAWING, "br") => {
                if let Some(shape) = &mut self.shape {
                    shape.block.words.push(' ');
                }
            }
            "extLst" if self.path.last() == Some(&Role::Tree) => {
                (self.shapes.slot, self.ended) = (Some(Slot::at(tag.span.start)), true);
            }
            _ => {}
        }
    }

    fn reach(&mut self, column: u32, row: u32) {
        let (columns, rows) = self.shapes.reach;
        self.shapes.reach = (columns.max(column), rows.max(row));
    }

    fn is_other(&mut self) {
        if let Some(shape) = &mut self.shape {
            shape.block.other = true;
        }
    }

    fn close(&mut self, start: usize) {
        match self.path.pop() {
            Some(Role::Tree) if !self.ended && self.shapes.slot.as_ref().is_some_and(|slot| !slot.is_empty()) => {
                self.shapes.slot = Some(Slot::at(start));
            }
            Some(Role::Paragraph) => {
                if let Some(shape) = &mut self.shape {
                    shape.paragraphs += usize::from(std::mem::take(&mut shape.started));
                }
            }
            Some(Role::Shape) => {
                if let Some(shape) = self.shape.take().filter(|_| !self.path.contains(&Role::Fallback)) {
                    let mut block = shape.block;
                    block.offset = self.chars;
                    self.chars += block.words.chars().count() + 1;
                    if shape.paragraphs == 1 && block.words.len() <= LONG * 4 {
                        self.shapes.alone.push(block);
                    }
                }
            }
            _ => {}
        }
    }

    fn words(&mut self, text: &str) {
        match (self.path.last(), &mut self.shape) {
            (Some(Role::Words), Some(shape)) => {
                shape.started |= !text.trim().is_empty();
                shape.block.words.push_str(text);
            }
            (Some(Role::Column), _) => {
                self.from.0 = text.trim().parse().unwrap_or(0);
                self.reach(self.from.0, 0);
            }
            (Some(Role::Row), _) => {
                self.from.1 = text.trim().parse().unwrap_or(0);
                self.reach(0, self.from.1);
            }
            _ => {}
        }
    }
}
