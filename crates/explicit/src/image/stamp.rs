//! The drawing of one label for one picture size.

use std::sync::Arc;

use zeno::{Command, Vector};

use super::face::{Face, Line, Shape};
use super::{Canvas, Corner, Style};
use crate::Error;

/// Alpha of the plate: 0.60 gives 5.7:1 over white, 0.55 would be the least that keeps 4.5:1.
const PLATE_ALPHA: u8 = 153;
/// Smallest font size in pixels at which Chinese characters stay readable.
const EM_FLOOR: u32 = 12;
/// Stroke of the outline style in em, on both sides of the contour together.
const STROKE: f32 = 0.14;

/// A rectangle in pixels or samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Rect {
    /// What two rectangles have in common, if anything.
    pub fn common(&self, other: &Self) -> Option<Self> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let right = self.x.saturating_add(self.width).min(other.x.saturating_add(other.width));
        let bottom = self.y.saturating_add(self.height).min(other.y.saturating_add(other.height));
        (x < right && y < bottom).then(|| Self { x, y, width: right - x, height: bottom - y })
    }

    /// The smallest rectangle round both.
    #[must_use]
    pub fn around(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = self.x.saturating_add(self.width).max(other.x.saturating_add(other.width));
        let bottom = self.y.saturating_add(self.height).max(other.y.saturating_add(other.height));
        Self { x, y, width: right - x, height: bottom - y }
    }

    /// Whether the other lies wholly inside.
    pub fn holds(&self, other: &Self) -> bool {
        self.around(other) == *self
    }
}

/// A label as two planes over [`Stamp::place`], in stored coordinates.
///
/// What the picture shows becomes `out = in * (1 - alpha) + light`, where `light` is alpha times the label's own gray.
#[derive(Debug, Clone)]
pub struct Stamp {
    place: Rect,
    /// Shared, since the same planes serve every corner, and the next picture.
    alpha: Arc<[u8]>,
    light: Arc<[u8]>,
    ink: u32,
    canvas: Canvas,
}

/// A stamp at the resolution of one (subsampled) component: averages over the pixels of each sample.
#[derive(Debug, Clone)]
pub struct Blend {
    /// Where, in samples of the component.
    pub place: Rect,
    /// For each sample of the place, row by row: alpha 0-1, and light 0-255.
    pub samples: Vec<(f32, f32)>,
}

impl Stamp {
    /// The drawing, in the default corner.
    pub(super) fn draw(canvas: &Canvas, words: &str, style: Style) -> Result<Self, Error> {
        let line = Face::shipped()?.line(words)?;
        let (width, height) = displayed(canvas);
        let em = font_size(&line, width.min(height), least_em(canvas));
        let too_small = |needs| Err(Error::TooSmall { width, height, needs });
        // Before anything of that size is drawn.
        let rough = (line.advance * em as f32 * 0.9) as u32;
        if width == 0 || height == 0 || rough > width || em * 9 / 10 > height {
            return too_small((rough, em));
        }
        let drawing = Drawing::new(&line, em, style);
        if drawing.ink.width > width || drawing.ink.height > height {
            return too_small((drawing.ink.width, drawing.ink.height));
        }
        let outer = drawing.outer(em, style, (width, height));
        let (alpha, light) = drawing.planes(&outer, style, em);
        let shown =
            Self { place: outer, alpha: alpha.into(), light: light.into(), ink: drawing.smallest_ink, canvas: *canvas };
        Ok(shown.turned().at(Corner::default()))
    }

    /// The same label in another corner.
    pub fn at(&self, corner: Corner) -> Self {
        let (width, height) = displayed(&self.canvas);
        let Rect { width: across, height: down, .. } = self.place;
        let (across, down) = if is_turned(&self.canvas) { (down, across) } else { (across, down) };
        let (x, y) = position((across, down), corner, (width, height), margin(width.min(height)));
        let place = stored(&self.canvas, &Rect { x, y, width: across, height: down });
        Self { place, ..self.clone() }
    }

    /// Where the label is, in stored coordinates.
    pub fn place(&self) -> Rect {
        self.place
    }

    /// Stored columns and rows of the picture that it was drawn for.
    pub fn picture(&self) -> (u32, u32) {
        (self.canvas.width, self.canvas.height)
    }

    /// The same label for pictures with few colors: opaque wherever the plate covers half of a pixel, and of the grays
    /// that `gray` gives for each of 0-255.
    #[must_use]
    pub fn hard(&self, gray: impl Fn(u8) -> u8) -> Self {
        let covered = |alpha: &u8| *alpha > PLATE_ALPHA / 2;
        let light = self.alpha.iter().zip(self.light.iter()).map(|(a, l)| if covered(a) { gray(*l) } else { 0 });
        let light = light.collect();
        Self { alpha: self.alpha.iter().map(|a| if covered(a) { 255 } else { 0 }).collect(), light, ..self.clone() }
    }

    /// The same label for a band of the picture whose first row is `first_row` of the whole.
    pub fn in_band(&self, first_row: u32) -> Self {
        let place = Rect { y: self.place.y.saturating_sub(first_row), ..self.place };
        Self { place, ..self.clone() }
    }

    /// The part of the label inside a rectangle, for a picture whose top left is that of the rectangle; `None` where
    /// they do not meet.
    pub fn within(&self, rect: Rect) -> Option<Self> {
        let part = self.place.common(&rect)?;
        let (skip, first) = ((part.x - self.place.x) as usize, part.y - self.place.y);
        let cells = (first..first + part.height).flat_map(|row| self.row(row).skip(skip).take(part.width as usize));
        let (alpha, light): (Vec<u8>, Vec<u8>) = cells.unzip();
        let place = Rect { x: part.x - rect.x, y: part.y - rect.y, ..part };
        Some(Self { place, alpha: alpha.into(), light: light.into(), ..*self })
    }

    /// Bytes of its planes.
    pub(super) fn bytes(&self) -> usize {
        self.alpha.len() + self.light.len()
    }

    /// Ink height of the smallest glyph, in pixels as displayed.
    pub fn ink(&self) -> u32 {
        self.ink
    }

    /// Ink height over the short side of the picture; clause 5.2 asks for 0.05.
    pub fn height_ratio(&self) -> f32 {
        self.ink as f32 / self.canvas.width.min(self.canvas.height).max(1) as f32
    }

    /// Alpha and light (both 0-255) of one row of the place, counted from its top.
    pub fn row(&self, row: u32) -> impl Iterator<Item = (u8, u8)> + '_ {
        let width = self.place.width as usize;
        let range = row as usize * width..(row as usize + 1) * width;
        let alpha = self.alpha.get(range.clone()).unwrap_or_default();
        let light = self.light.get(range).unwrap_or_default();
        alpha.iter().copied().zip(light.iter().copied())
    }

    /// The label for a component of which each sample stands for `across` x `down` pixels.
    pub fn blend(&self, across: u32, down: u32) -> Blend {
        let (across, down) = (across.max(1), down.max(1));
        let (left, top) = (self.place.x / across, self.place.y / down);
        let right = (self.place.x + self.place.width).div_ceil(across);
        let bottom = (self.place.y + self.place.height).div_ceil(down);
        let place = Rect { x: left, y: top, width: right - left, height: bottom - top };
        let mut samples = vec![(0.0f32, 0.0f32); place.width as usize * place.height as usize];
        for row in 0..self.place.height {
            let y = ((self.place.y + row) / down - top) as usize;
            for (column, (alpha, light)) in self.row(row).enumerate() {
                let x = ((self.place.x as usize + column) / across as usize) - left as usize;
                if let Some((a, l)) = samples.get_mut(y * place.width as usize + x) {
                    *a += f32::from(alpha);
                    *l += f32::from(light);
                }
            }
        }
        let pixels = (across * down) as f32;
        for (a, l) in &mut samples {
            *a /= pixels * 255.0;
            *l /= pixels;
        }
        Blend { place, samples }
    }

    /// Turns the planes from how they are displayed to how they are stored.
    fn turned(self) -> Self {
        if !(2..=8).contains(&self.canvas.orientation) {
            return self;
        }
        let Rect { width, height, .. } = self.place;
        let (across, down) = if is_turned(&self.canvas) { (height, width) } else { (width, height) };
        let small = Canvas { width: across, height: down, ..self.canvas };
        let place = Rect { x: 0, y: 0, width: across, height: down };
        let (mut alpha, mut light) = (vec![0; self.alpha.len()], vec![0; self.light.len()]);
        let cells = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        for ((x, y), cell) in cells.zip(self.alpha.iter().zip(self.light.iter())) {
            let (to_x, to_y) = stored_pixel(&small, x, y);
            let to = to_y as usize * across as usize + to_x as usize;
            if let (Some(a), Some(l)) = (alpha.get_mut(to), light.get_mut(to)) {
                (*a, *l) = (*cell.0, *cell.1);
            }
        }
        Self { place, alpha: alpha.into(), light: light.into(), ..self }
    }
}

/// Whether the picture is displayed on its side.
fn is_turned(canvas: &Canvas) -> bool {
    (5..=8).contains(&canvas.orientation)
}

/// Width and height as displayed.
pub(super) fn displayed(canvas: &Canvas) -> (u32, u32) {
    if is_turned(canvas) { (canvas.height, canvas.width) } else { (canvas.width, canvas.height) }
}

/// Where a rectangle of the displayed picture is stored.
pub(super) fn stored(canvas: &Canvas, rect: &Rect) -> Rect {
    let Rect { x, y, width, height } = *rect;
    let (a, b) = (stored_pixel(canvas, x, y), stored_pixel(canvas, x + width - 1, y + height - 1));
    let (width, height) = if is_turned(canvas) { (height, width) } else { (width, height) };
    Rect { x: a.0.min(b.0), y: a.1.min(b.1), width, height }
}

/// Where a displayed pixel is stored (EXIF 2.32, tag 0x0112).
fn stored_pixel(canvas: &Canvas, x: u32, y: u32) -> (u32, u32) {
    let (w, h) = (canvas.width, canvas.height);
    match canvas.orientation {
        2 => (w - 1 - x, y),
        3 => (w - 1 - x, h - 1 - y),
        4 => (x, h - 1 - y),
        5 => (y, x),
        6 => (y, h - 1 - x),
        7 => (w - 1 - y, h - 1 - x),
        8 => (w - 1 - y, x),
        _ => (x, y),
    }
}

/// Smallest font size in pixels. Blurred edges must stay narrow beside the strokes: measured, twice the grain wants four
/// times the size.
pub(super) fn least_em(canvas: &Canvas) -> u32 {
    EM_FLOOR * canvas.grain.clamp(1, 8).pow(2)
}

/// Least ink height of the smallest glyph for a short side: 4 % more than the 5 % of clause 5.2, for whoever measures
/// another way.
pub(super) fn least_ink(short: u32) -> u32 {
    u32::try_from((u64::from(short) * 520).div_ceil(10_000)).unwrap_or(u32::MAX).max(1)
}

/// Distance of a label from the edges, where there is room for it.
pub(super) fn margin(short: u32) -> u32 {
    (short / 50).max(2)
}

/// The smallest font size in pixels, from `floor` on, at which the smallest glyph has enough ink.
fn font_size(line: &Line<'_>, short: u32, floor: u32) -> u32 {
    let least = least_ink(short);
    let mut em = ((least as f32 / line.smallest_bounds().max(0.01)) as u32).saturating_sub(1).max(floor);
    while line.smallest_ink(em) < least {
        em += 1;
    }
    em
}

/// The corner position of a label, with a margin of up to `margin` where there is room for it.
fn position(label: (u32, u32), corner: Corner, (width, height): (u32, u32), margin: u32) -> (u32, u32) {
    let across = margin.min((width - label.0) / 2);
    let down = margin.min((height - label.1) / 2);
    let (right, bottom) = (width - label.0 - across, height - label.1 - down);
    match corner {
        Corner::BottomRight => (right, bottom),
        Corner::BottomLeft => (across, bottom),
        Corner::TopRight => (right, down),
        Corner::TopLeft => (across, down),
    }
}

/// The words, drawn; coordinates relative to the pen on the baseline.
struct Drawing {
    left: i32,
    top: i32,
    /// Size of the box round the ink (and the stroke).
    ink: Rect,
    smallest_ink: u32,
    fill: Vec<Shape>,
    stroke: Vec<Shape>,
}

impl Drawing {
    fn new(line: &Line<'_>, em: u32, style: Style) -> Self {
        let fill = line.shapes(em, None);
        let stroke = match style {
            Style::Plate => Vec::new(),
            Style::Outline => line.shapes(em, Some(STROKE * em as f32)),
        };
        let inked = || fill.iter().chain(&stroke).filter(|s| !s.coverage.is_empty());
        let left = inked().map(|s| s.left).min().unwrap_or(0);
        let top = inked().map(|s| s.top).min().unwrap_or(0);
        let right = inked().map(|s| s.left.saturating_add_unsigned(s.width as u32)).max().unwrap_or(0);
        let bottom = inked().map(|s| s.top.saturating_add_unsigned(s.height as u32)).max().unwrap_or(0);
        let ink = Rect { x: 0, y: 0, width: right.abs_diff(left), height: bottom.abs_diff(top) };
        let measured = line.glyphs.iter().zip(&fill).filter(|(g, _)| g.measured);
        let smallest_ink = measured.map(|(_, s)| s.ink_height()).min().unwrap_or(0);
        Self { left, top, ink, smallest_ink, fill, stroke }
    }

    /// The whole label: ink and the plate's padding; `x` and `y` are where the ink begins inside it.
    fn outer(&self, em: u32, style: Style, (width, height): (u32, u32)) -> Rect {
        let (across, down) = match style {
            Style::Plate => (em * 22 / 100, em * 16 / 100),
            Style::Outline => (0, 0),
        };
        let x = across.min((width - self.ink.width) / 2);
        let y = down.min((height - self.ink.height) / 2);
        Rect { x, y, width: self.ink.width + 2 * x, height: self.ink.height + 2 * y }
    }

    /// Alpha and light over `outer`.
    fn planes(&self, outer: &Rect, style: Style, em: u32) -> (Vec<u8>, Vec<u8>) {
        let (width, height) = (outer.width as usize, outer.height as usize);
        let origin = (self.left - outer.x.cast_signed(), self.top - outer.y.cast_signed());
        let mut text = vec![0; width * height];
        let mut ground = vec![0; width * height];
        self.fill.iter().for_each(|s| paint(&mut text, (width, height), s, origin));
        match style {
            Style::Plate => {
                let plate = Shape::new(&rounded(outer, em as f32 * 0.2), None);
                paint(&mut ground, (width, height), &plate, (0, 0));
                ground.iter_mut().for_each(|c| *c = scale(*c, PLATE_ALPHA));
            }
            Style::Outline => self.stroke.iter().for_each(|s| paint(&mut ground, (width, height), s, origin)),
        }
        // White text over the black ground.
        let alpha = text.iter().zip(&ground).map(|(t, g)| t + scale(*g, 255 - t)).collect();
        (alpha, text)
    }
}

/// `a * b / 255`, rounded.
fn scale(a: u8, b: u8) -> u8 {
    ((u16::from(a) * u16::from(b) + 127) / 255) as u8
}

/// Adds a shape to a plane whose top left is at `origin`; where shapes meet, the larger coverage wins.
fn paint(plane: &mut [u8], (width, height): (usize, usize), shape: &Shape, origin: (i32, i32)) {
    for (row, line) in shape.coverage.chunks_exact(shape.width.max(1)).enumerate() {
        let Some(y) = usize::try_from(i64::from(shape.top) + row as i64 - i64::from(origin.1)).ok() else { continue };
        let Some(target) = plane.get_mut(y * width..(y + 1) * width).filter(|_| y < height) else { continue };
        for (column, coverage) in line.iter().enumerate() {
            let x = usize::try_from(i64::from(shape.left) + column as i64 - i64::from(origin.0)).ok();
            if let Some(t) = x.and_then(|x| target.get_mut(x)) {
                *t = (*t).max(*coverage);
            }
        }
    }
}

/// A rectangle of `outer`'s size at the origin, with rounded corners.
fn rounded(outer: &Rect, radius: f32) -> Vec<Command> {
    let (w, h) = (outer.width as f32, outer.height as f32);
    let r = radius.min(w / 2.0).min(h / 2.0);
    // Distance of a cubic's handle from the corner, for a quarter of a circle.
    let k = r * 0.447_715;
    let v = Vector::new;
    vec![
        Command::MoveTo(v(r, 0.0)),
        Command::LineTo(v(w - r, 0.0)),
        Command::CurveTo(v(w - k, 0.0), v(w, k), v(w, r)),
        Command::LineTo(v(w, h - r)),
        Command::CurveTo(v(w, h - k), v(w - k, h), v(w - r, h)),
        Command::LineTo(v(r, h)),
        Command::CurveTo(v(k, h), v(0.0, h - k), v(0.0, h - r)),
        Command::LineTo(v(0.0, r)),
        Command::CurveTo(v(0.0, k), v(k, 0.0), v(r, 0.0)),
        Command::Close,
    ]
}
