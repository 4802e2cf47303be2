//! The curve that the lines of a block are told relative to (Vorbis I, section 7.2): of one height all along, as nearly as the
//! books of the stream let it.

use super::bits::Packer;
use super::books::Books;
use super::setup::{Class, Floor};
use crate::sound::decoder::vorbis::bits::width;

/// Decibels of a step of the finest curve, of which the 255th is full scale (section 10.1).
const STEP: f64 = 140.0 / 256.0;
const FULL: f64 = 255.0;

/// A curve in the making.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Curve {
    /// What is coded: the height of the first two points, and classes and values of the others with their books.
    heights: [i32; 2],
    coded: Vec<(usize, usize)>,
    /// The height of each point, and whether it bends the curve.
    points: Vec<(i32, bool)>,
}

/// The values of the points of one class.
struct Part {
    /// How far the points are from where they should be, all together.
    off: i32,
    coded: Vec<(usize, usize)>,
    points: Vec<(i32, bool)>,
}

impl Floor {
    /// The curve nearest to an amplitude; `None` where books lack what is needed, or too much was searched.
    pub(super) fn flat(&self, amplitude: f64, books: &mut Books) -> Option<Curve> {
        let steps = FULL + 20.0 * libm::log10(amplitude.max(f64::MIN_POSITIVE)) / STEP;
        let height = ((steps / f64::from(self.multiplier)).round() as i32).clamp(0, self.range() - 1);
        let mut curve = Curve { heights: [height; 2], coded: Vec::new(), points: vec![(height, true); 2] };
        for class in &self.parts {
            let part = self.part(class, height, &curve, books)?;
            curve.coded.extend(part.coded);
            curve.points = part.points;
        }
        Some(curve)
    }

    /// The best values for the points of a class that come next.
    fn part(&self, class: &Class, height: i32, curve: &Curve, books: &mut Books) -> Option<Part> {
        let choices: Vec<Option<usize>> =
            if class.bits == 0 { vec![None] } else { books.used(class.master).map(Some).collect() };
        let mut best: Option<Part> = None;
        for choice in choices {
            let Some(part) = self.chosen(class, choice, height, curve, books)? else { continue };
            if best.as_ref().is_none_or(|b| part.off < b.off) {
                best = Some(part);
            }
            if best.as_ref().is_some_and(|b| b.off == 0) {
                break;
            }
        }
        best
    }

    /// The values with the books that an entry of the class' own book chooses; nothing where these have none.
    fn chosen(
        &self,
        class: &Class,
        entry: Option<usize>,
        height: i32,
        curve: &Curve,
        books: &mut Books,
    ) -> Option<Option<Part>> {
        books.spend(self.points.len() * class.dimensions)?;
        let coded = entry.map(|entry| (class.master, entry)).into_iter().collect();
        let mut part = Part { off: 0, coded, points: curve.points.clone() };
        let mut choice = entry.unwrap_or(0);
        for _ in 0..class.dimensions {
            let book = *class.books.get(choice % (1 << class.bits))?;
            choice >>= class.bits;
            let room = Room::at(self, &part.points)?;
            let near = |value: usize| {
                let at = room.height(value)?;
                Some(((at - height).abs(), value, at))
            };
            let best = match book {
                None => near(0),
                Some(book) => {
                    books.spend(books.entries(book))?;
                    let none = near(0).filter(|n| n.0 == 0 && books.has(book, 0));
                    none.or_else(|| books.used(book).filter_map(near).min())
                }
            };
            let Some((off, value, at)) = best else { return Some(None) };
            part.off += off;
            part.coded.extend(book.map(|book| (book, value)));
            room.bend(value, &mut part.points);
            part.points.push((at, value > 0));
        }
        Some(Some(part))
    }

    /// Heights that there are (section 7.2.3).
    fn range(&self) -> i32 {
        match self.multiplier {
            1 => 256,
            2 => 128,
            3 => 86,
            _ => 64,
        }
    }

    /// Appends a curve, with the bit that says that there is one.
    pub(super) fn write(&self, curve: &Curve, books: &Books, out: &mut Packer) {
        out.push(1, 1);
        let bits = width(self.range().unsigned_abs() - 1);
        curve.heights.iter().for_each(|height| out.push(height.unsigned_abs(), bits));
        curve.coded.iter().for_each(|(book, entry)| books.write(*book, *entry, out));
    }

    /// Amplitudes of so many lines under a curve (section 7.2.4, step 2).
    pub(super) fn amplitudes(&self, curve: &Curve, lines: usize) -> Vec<f64> {
        let mut bends: Vec<(i32, i32)> = self
            .points
            .iter()
            .zip(&curve.points)
            .filter(|(_, (_, bends))| *bends)
            .map(|(x, (y, _))| (*x, *y))
            .collect();
        bends.sort_unstable();
        let mut right = 0;
        let amplitude = |line: usize| {
            let line = line as i32;
            while bends.get(right).is_some_and(|(x, _)| *x <= line) {
                right += 1;
            }
            let left = bends.get(right.saturating_sub(1)).copied().unwrap_or_default();
            let to = bends.get(right).copied().unwrap_or((i32::MAX, left.1));
            let scaled = |(x, y): (i32, i32)| (x, (y * self.multiplier).clamp(0, 255));
            let height = between(scaled(left), scaled(to), line);
            libm::pow(10.0, (f64::from(height) - FULL) * STEP / 20.0)
        };
        (0..lines).map(amplitude).collect()
    }
}

/// What a point may be: between the two of its neighbours that came before it (section 7.2.4, step 1).
struct Room {
    low: usize,
    high: usize,
    predicted: i32,
    above: i32,
}

impl Room {
    /// Of the point behind some.
    fn at(floor: &Floor, points: &[(i32, bool)]) -> Option<Self> {
        let place = *floor.points.get(points.len())?;
        let before = || floor.points.iter().enumerate().take(points.len());
        let (low, left) = before().filter(|(_, x)| **x < place).max_by_key(|(_, x)| **x)?;
        let (high, right) = before().filter(|(_, x)| **x > place).min_by_key(|(_, x)| **x)?;
        let predicted = between((*left, points.get(low)?.0), (*right, points.get(high)?.0), place);
        Some(Self { low, high, predicted, above: floor.range() - predicted })
    }

    /// The height that a coded value means; `None` outside of the range.
    fn height(&self, value: usize) -> Option<i32> {
        let value = i32::try_from(value).ok().filter(|v| *v < 1 << 16)?;
        let (above, below) = (self.above, self.predicted);
        let height = if value >= 2 * above.min(below) {
            if above > below { value } else { below - value + above - 1 }
        } else if value % 2 == 1 {
            below - (value + 1) / 2
        } else {
            below + value / 2
        };
        // Where nothing is coded, it is what was predicted.
        let height = if value == 0 { below } else { height };
        (0..above + below).contains(&height).then_some(height)
    }

    /// Neighbours of a point that bends the curve do so, too.
    fn bend(&self, value: usize, points: &mut [(i32, bool)]) {
        if value > 0 {
            for n in [self.low, self.high] {
                if let Some(point) = points.get_mut(n) {
                    point.1 = true;
                }
            }
        }
    }
}

/// The height of the line between two points at a place ("render_point", section 9.2.6).
fn between((x0, y0): (i32, i32), (x1, y1): (i32, i32), x: i32) -> i32 {
    let (width, rise) = (i64::from(x1) - i64::from(x0), i64::from(y1) - i64::from(y0));
    let off = rise.abs() * (i64::from(x) - i64::from(x0)) / width.max(1);
    y0 + i32::try_from(off * rise.signum()).unwrap_or(0)
}
