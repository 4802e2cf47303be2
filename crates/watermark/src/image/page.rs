//! Finding the picture in a page: a screenshot of an article, a slide, a chat.

use super::plane::Plane;
use super::region::densest;

/// Cells along the longer side of a picture, about.
const CELLS: usize = 240;
/// How far a pixel may be from the background's lightness in a cell that counts as blank.
const TOLERANCE: f32 = 6.0;
/// What a blank cell costs a region, in cells that are not: lines of text are blank in half of their cells.
const BLANK: f32 = 3.0;
/// Share of blank cells from which a picture is taken for a page.
const PAGE: f32 = 0.06;
/// Share of the outermost cells of a region that must not be blank.
const FILLED: f32 = 0.7;
/// Shorter side of a region worth searching, in pixels.
const SHORTEST: usize = 96;

/// A part of a picture: left, top, width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// The region of a page that is filled with something else than its background: the box with the most cells that are
/// not blank and the fewest that are. `None` where there is no background, or nothing but one.
pub(crate) fn picture_in_page(plane: &Plane) -> Option<Region> {
    let side = (plane.width.max(plane.height) / CELLS).max(4);
    let (columns, rows) = (plane.width / side, plane.height / side);
    let background = background(plane);
    let blank = |column: usize, row: usize| {
        let lines = (row * side..(row + 1) * side).map(|y| &plane.row(y)[column * side..(column + 1) * side]);
        lines.flatten().all(|v| (v - background).abs() <= TOLERANCE)
    };
    let cells: Vec<bool> = (0..columns * rows).map(|i| blank(i % columns, i / columns)).collect();
    let share = cells.iter().filter(|&&b| b).count() as f32 / cells.len().max(1) as f32;
    if share < PAGE {
        return None;
    }
    let scores: Vec<f32> = cells.iter().map(|&blank| if blank { -BLANK } else { 1.0 }).collect();
    let (left, top, right, bottom) = densest(&scores, columns);
    let region = Region { x: left * side, y: top * side, width: (right - left) * side, height: (bottom - top) * side };
    // A sky has no straight edges: the outermost cells of a picture in a page are filled.
    let filled = |cells_of: &mut dyn Iterator<Item = usize>| {
        let (sum, n) =
            cells_of.filter_map(|i| cells.get(i)).fold((0, 0), |(s, n), &blank| (s + usize::from(!blank), n + 1));
        sum as f32 >= FILLED * n as f32
    };
    let row = |y: usize| (left..right).map(move |x| y * columns + x);
    let column = |x: usize| (top..bottom).map(move |y| y * columns + x);
    let straight = filled(&mut row(top))
        && filled(&mut row(bottom - 1))
        && filled(&mut column(left))
        && filled(&mut column(right - 1));
    let whole = (region.width * region.height) as f32 > 0.9 * (plane.width * plane.height) as f32;
    (region.width.min(region.height) >= SHORTEST && straight && !whole).then_some(region)
}

/// The commonest lightness.
fn background(plane: &Plane) -> f32 {
    let mut counts = [0_u32; 256];
    for &v in &plane.data {
        if let Some(count) = counts.get_mut(v.clamp(0.0, 255.0) as usize) {
            *count += 1;
        }
    }
    let commonest = (0_u8..=255).zip(counts).max_by_key(|c| c.1);
    commonest.map_or(0.0, |c| f32::from(c.0) + 0.5)
}
