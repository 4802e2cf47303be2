//! Glyphs of the label font, as masks.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use zeno::{Command, Join, Mask, Stroke, Vector};

use crate::Error;

/// Subset of Noto Sans CJK SC Bold (SIL OFL 1.1), made by fixtures/font.py.
pub(crate) static BYTES: &[u8] = include_bytes!("../../assets/BiaoshiLabelSans-Bold.otf");

static SHIPPED: LazyLock<Option<Face>> = LazyLock::new(|| FontRef::new(BYTES).ok().map(Face));

/// A parsed font.
pub(crate) struct Face(pub(crate) FontRef<'static>);

/// Coverage of one drawn shape, 0-255, placed relative to the pen on the baseline (y down).
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) coverage: Vec<u8>,
}

impl Shape {
    /// Rasterises `path`, filled or stroked.
    pub(super) fn new(path: &[Command], stroke: Option<f32>) -> Self {
        let mut mask = Mask::new(path);
        if let Some(width) = stroke {
            mask.style(*Stroke::new(width).join(Join::Round));
        }
        let (coverage, at) = mask.render();
        let (width, height) = (at.width as usize, at.height as usize);
        Self { left: at.left, top: at.top, width, height, coverage }.trimmed()
    }

    /// Without the empty rows and columns that the rasteriser leaves round the shape.
    fn trimmed(self) -> Self {
        let rows = || self.coverage.chunks_exact(self.width.max(1));
        let inked = |row: &[u8]| row.iter().any(|c| *c > 0);
        let (Some(top), Some(bottom)) = (rows().position(inked), rows().rposition(inked)) else {
            return Self { width: 0, height: 0, coverage: Vec::new(), ..self };
        };
        let first = |row: &[u8]| row.iter().position(|c| *c > 0);
        let last = |row: &[u8]| row.iter().rposition(|c| *c > 0);
        let left = rows().filter_map(first).min().unwrap_or(0);
        let right = rows().filter_map(last).max().unwrap_or(0);
        let kept = rows().skip(top).take(bottom + 1 - top);
        let coverage = kept.flat_map(|row| row.get(left..=right).unwrap_or_default()).copied().collect();
        Self {
            left: self.left.saturating_add_unsigned(left as u32),
            top: self.top.saturating_add_unsigned(top as u32),
            width: right + 1 - left,
            height: bottom + 1 - top,
            coverage,
        }
    }

    /// Rows from the first to the last that a person sees: those with a pixel at least half covered.
    pub(super) fn ink_height(&self) -> u32 {
        let seen = |row: &[u8]| row.iter().any(|c| *c >= 128);
        let mut rows = self.coverage.chunks_exact(self.width.max(1));
        let first = rows.position(seen);
        let below = rows.rposition(seen).map_or(0, |n| n as u32 + 1);
        first.map_or(0, |_| 1 + below)
    }
}

/// A glyph of a line: which, and where its pen stands in units of one em.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    id: GlyphId,
    /// Whether its ink counts for the height rule.
    pub(super) measured: bool,
    pen: f32,
}

/// Words as glyphs of a face, one after the other.
pub(super) struct Line<'a> {
    face: &'a Face,
    pub(super) glyphs: Vec<Glyph>,
    /// Advance of the whole, in em.
    pub(super) advance: f32,
}

impl Face {
    /// The font that comes with this crate, parsed once per process.
    pub(crate) fn shipped() -> Result<&'static Self, Error> {
        SHIPPED.as_ref().ok_or(Error::Font)
    }

    /// Sets `words`; every character must have a glyph, and every one but the space must have ink.
    pub(super) fn line(&self, words: &str) -> Result<Line<'_>, Error> {
        let (map, metrics) = (self.0.charmap(), self.0.glyph_metrics(Size::new(1.0), LocationRef::default()));
        let mut line = Line { face: self, glyphs: Vec::new(), advance: 0.0 };
        let mut missing = Vec::new();
        for c in words.chars() {
            let found = map.map(c).filter(|id| c == ' ' || !self.path(*id, 64.0, 0.0).is_empty());
            let Some((id, advance)) = found.and_then(|id| Some((id, metrics.advance_width(id)?))) else {
                missing.push(c);
                continue;
            };
            // Punctuation and the character 一 are flat by nature; their height says nothing about the size of the text.
            let measured = c.is_alphanumeric() && c != '一';
            line.glyphs.push(Glyph { id, measured, pen: line.advance });
            line.advance += advance;
        }
        if missing.is_empty() { Ok(line) } else { Err(Error::MissingGlyph(missing)) }
    }

    /// Height in em of the box round a glyph's points.
    fn bounds(&self, id: GlyphId) -> f32 {
        let ends = |command: &Command| match command {
            Command::MoveTo(p) | Command::LineTo(p) | Command::QuadTo(_, p) | Command::CurveTo(_, _, p) => Some(p.y),
            Command::Close => None,
        };
        let (low, high) = self
            .path(id, 1.0, 0.0)
            .iter()
            .filter_map(ends)
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
        high - low
    }

    fn path(&self, id: GlyphId, em: f32, x: f32) -> Vec<Command> {
        let mut pen = Pen { x, commands: Vec::new() };
        let settings = DrawSettings::unhinted(Size::new(em), LocationRef::default());
        let drawn = self.0.outline_glyphs().get(id).map(|outline| outline.draw(settings, &mut pen));
        if matches!(drawn, Some(Ok(_))) { pen.commands } else { Vec::new() }
    }
}

impl Line<'_> {
    /// The glyphs at `em` pixels, each at a whole pixel; stroked outlines when `stroke` gives a width.
    pub(super) fn shapes(&self, em: u32, stroke: Option<f32>) -> Vec<Shape> {
        let shape = |g: &Glyph| Shape::new(&self.face.path(g.id, em as f32, (g.pen * em as f32).round()), stroke);
        self.glyphs.iter().map(shape).collect()
    }

    /// Ink height of the smallest measured glyph at `em` pixels, as drawn.
    pub(super) fn smallest_ink(&self, em: u32) -> u32 {
        let measured = self.glyphs.iter().filter(|g| g.measured);
        measured.map(|g| Shape::new(&self.face.path(g.id, em as f32, 0.0), None).ink_height()).min().unwrap_or(0)
    }

    /// Height of the smallest measured glyph in em, from its outline's points: about the ink, or a little more.
    pub(super) fn smallest_bounds(&self) -> f32 {
        let measured = self.glyphs.iter().filter(|g| g.measured);
        measured.map(|g| self.face.bounds(g.id)).fold(f32::INFINITY, f32::min)
    }
}

/// Turns font outlines (y up) into paths (y down).
struct Pen {
    x: f32,
    commands: Vec<Command>,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> Vector {
        Vector::new(self.x + x, -y)
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.commands.push(Command::MoveTo(self.at(x, y)));
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.commands.push(Command::LineTo(self.at(x, y)));
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.commands.push(Command::QuadTo(self.at(cx, cy), self.at(x, y)));
    }
    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.commands.push(Command::CurveTo(self.at(ax, ay), self.at(bx, by), self.at(x, y)));
    }
    fn close(&mut self) {
        self.commands.push(Command::Close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wording_has_its_glyphs() {
        let face = Face::shipped().unwrap();
        for words in [
            "AI生成",
            "人工智能生成",
            "AI合成",
            "内容由AI生成",
            "可能由AI生成",
            "疑似AI生成",
            "豆包AI生成",
            "Kimi AI生成",
        ] {
            assert_eq!(face.line(words).unwrap().glyphs.len(), words.chars().count());
        }
        assert_eq!(face.line("AI生成龘鼎").err(), Some(Error::MissingGlyph(vec!['龘', '鼎'])));
    }

    #[test]
    fn ink_counts_seen_rows_only() {
        let shape = Shape { left: 0, top: 0, width: 2, height: 5, coverage: vec![0, 127, 0, 128, 0, 0, 255, 0, 9, 9] };
        assert_eq!(shape.ink_height(), 3);
        assert_eq!(Shape { coverage: vec![0; 10], ..shape }.ink_height(), 0);
    }
}
