//! Does a picture show a certain stamp at its place?

use super::{Blend, Layout, Stamp};

/// Least correlation between the pixels and the drawing. Measured on photos: 608 places without a label stay under
/// 0.19, labels saved as JPEG at quality 50 and even 30 are over 0.95.
const LEAST_SCORE: f32 = 0.80;
/// Least share of the pixels that lie where the drawing forces them, give or take [`SLACK`].
const LEAST_FIT: f32 = 0.90;
/// What JPEG may add to or take from a forced pixel.
const SLACK: i32 = 28;
/// Least rise of the pixels from ground to text, as a share of the full range.
const LEAST_RISE: f32 = 0.3;
/// Pixels that are glanced at, about, and what they must show at least. A thousand pixels of a label that is there are within
/// a few hundredths of what all of them give; those of a photo without one are far below.
const GLANCE: u32 = 1024;
const GLANCE_SCORE: f32 = 0.5;
const GLANCE_FIT: f32 = 0.8;

/// A picture that shows the stamp.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// Correlation between the pixels and the drawing, 0-1.
    pub score: f32,
    /// Share of the pixels that lie in the range the drawing allows, 0-1.
    pub fit: f32,
}

/// Looks for exactly this stamp at exactly its place: our own label, drawn before, perhaps through JPEG at quality 50
/// or better. Foreign labels are not found. `None` also when the picture is too small for the stamp.
pub fn find(layout: &Layout, data: &[u8], stamp: &Stamp) -> Option<Match> {
    layout.holds(data.len(), stamp).then(|| find_with(stamp, |x, y| layout.luma(data, x, y))).flatten()
}

/// Whether a few pixels, evenly spread, allow that the stamp is there. Most places of most pictures need no closer look.
pub fn glance(stamp: &Stamp, luma: impl Fn(u32, u32) -> u8) -> bool {
    let place = stamp.place();
    let stride = (u64::from(place.width) * u64::from(place.height) / u64::from(GLANCE)).isqrt() as usize;
    if stride < 2 {
        return true;
    }
    let rows = (0..place.height).skip(stride / 2).step_by(stride);
    let cells = rows.flat_map(|row| {
        let cells = (0..).zip(stamp.row(row)).skip(stride / 2).step_by(stride);
        cells.map(move |(column, s)| (column, row, s))
    });
    let seen = sums(cells.map(|(column, row, s)| (s, luma(place.x + column, place.y + row))));
    seen.is_some_and(|(found, _)| found.score >= GLANCE_SCORE && found.fit >= GLANCE_FIT)
}

/// As [`find`], on any way to look up the luma (0-255) of a stored pixel.
pub fn find_with(stamp: &Stamp, luma: impl Fn(u32, u32) -> u8) -> Option<Match> {
    if !glance(stamp, &luma) {
        return None;
    }
    let place = stamp.place();
    let rows = (0..place.height).flat_map(|row| (0..).zip(stamp.row(row)).map(move |(column, s)| (column, row, s)));
    judge(rows.map(|(column, row, s)| (s, luma(place.x + column, place.y + row))))
}

/// As [`find_with`], on the samples of a component at its own resolution.
pub fn find_blend(blend: &Blend, luma: impl Fn(u32, u32) -> u8) -> Option<Match> {
    let place = blend.place;
    let cells = (0..place.height).flat_map(|row| (0..place.width).map(move |column| (column, row)));
    // Neither is negative, and without SSE4.1 rounding would be a call.
    let rounded = |(alpha, light): (f32, f32)| ((alpha * 255.0 + 0.5) as u8, (light + 0.5) as u8);
    let samples = cells.zip(&blend.samples);
    judge(samples.map(|((column, row), s)| (rounded(*s), luma(place.x + column, place.y + row))))
}

/// Sums for a correlation; integers, so that every machine agrees.
#[derive(Default)]
struct Sums {
    n: i64,
    x: i64,
    y: i64,
    xx: i64,
    yy: i64,
    xy: i64,
}

impl Sums {
    fn add(&mut self, x: i64, y: i64) {
        self.n += 1;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
        self.xy += x * y;
    }

    /// Pearson's coefficient, and by how much `x` rises for one of `y`; nothing where one of the two is flat.
    fn line(&self) -> Option<(f32, f32)> {
        let n = i128::from(self.n);
        let product = |a: i64, b: i64| i128::from(a) * i128::from(b);
        let covariance = n * i128::from(self.xy) - product(self.x, self.y);
        let (vx, vy) =
            (n * i128::from(self.xx) - product(self.x, self.x), n * i128::from(self.yy) - product(self.y, self.y));
        let score = covariance as f64 / ((vx as f64).sqrt() * (vy as f64).sqrt());
        (vx > 0 && vy > 0).then_some((score as f32, (covariance as f64 / vy as f64) as f32))
    }
}

/// Judges samples: alpha and light of the drawing, and what is seen there.
fn judge(samples: impl Iterator<Item = ((u8, u8), u8)>) -> Option<Match> {
    let (found, rise) = sums(samples)?;
    (found.score >= LEAST_SCORE && found.fit >= LEAST_FIT && rise >= LEAST_RISE).then_some(found)
}

/// How far samples agree with the drawing, and their rise from ground to text.
fn sums(samples: impl Iterator<Item = ((u8, u8), u8)>) -> Option<(Match, f32)> {
    let (mut sums, mut fitting) = (Sums::default(), 0);
    // The rim of the plate, where the picture shines through, says nothing.
    for ((alpha, light), seen) in samples.filter(|((alpha, _), _)| *alpha >= 128) {
        sums.add(seen.into(), light.into());
        let least = i32::from(light) - SLACK;
        let most = i32::from(light) + i32::from(255 - alpha) + SLACK;
        fitting += i32::from((least..=most).contains(&i32::from(seen)));
    }
    let (score, rise) = sums.line()?;
    Some((Match { score, fit: fitting as f32 / sums.n as f32 }, rise))
}
