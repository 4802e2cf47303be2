//! Does a picture show a certain stamp at its place?

use super::{Layout, Stamp};

/// Least correlation between the pixels and the drawing. Measured on photos: 608 places without a label stay under
/// 0.19, labels saved as JPEG at quality 50 and even 30 are over 0.95.
const LEAST_SCORE: f32 = 0.80;
/// Least share of the pixels that lie where the drawing forces them, give or take [`SLACK`].
const LEAST_FIT: f32 = 0.90;
/// What JPEG may add to or take from a forced pixel.
const SLACK: i32 = 28;
/// Least difference between the white of the text and its ground, in steps of 255.
const LEAST_CONTRAST: f32 = 80.0;

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

/// As [`find`], on any way to look up the luma (0-255) of a stored pixel.
pub fn find_with(stamp: &Stamp, luma: impl Fn(u32, u32) -> u8) -> Option<Match> {
    let measured = measure(stamp, luma)?;
    let (text, ground) = (measured.text, measured.ground);
    let found = Match { score: measured.score, fit: measured.fit };
    (found.score >= LEAST_SCORE && found.fit >= LEAST_FIT && text - ground >= LEAST_CONTRAST).then_some(found)
}

/// What the pixels under a stamp look like.
#[derive(Debug, Clone, Copy)]
struct Measured {
    score: f32,
    fit: f32,
    /// Mean of the pixels that are all text.
    text: f32,
    /// Mean of the pixels that are all ground.
    ground: f32,
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

    /// Pearson's coefficient; 0 where one of the two is flat.
    fn correlation(&self) -> f32 {
        let n = i128::from(self.n);
        let product = |a: i64, b: i64| i128::from(a) * i128::from(b);
        let covariance = n * i128::from(self.xy) - product(self.x, self.y);
        let (vx, vy) =
            (n * i128::from(self.xx) - product(self.x, self.x), n * i128::from(self.yy) - product(self.y, self.y));
        if vx == 0 || vy == 0 {
            return 0.0;
        }
        (covariance as f64 / ((vx as f64).sqrt() * (vy as f64).sqrt())) as f32
    }
}

fn measure(stamp: &Stamp, luma: impl Fn(u32, u32) -> u8) -> Option<Measured> {
    let place = stamp.place();
    let (mut sums, mut fitting) = (Sums::default(), 0i64);
    let (mut text, mut ground) = ((0i64, 0i64), (0i64, 0i64));
    for row in 0..place.height {
        for (column, (alpha, light)) in (0..).zip(stamp.row(row)) {
            // The rim of the plate, where the picture shines through, says nothing.
            if alpha < 128 {
                continue;
            }
            let seen = luma(place.x + column, place.y + row);
            sums.add(seen.into(), light.into());
            let least = i32::from(light) - SLACK;
            let most = i32::from(light) + i32::from(255 - alpha) + SLACK;
            fitting += i64::from((least..=most).contains(&i32::from(seen)));
            let mean = match light {
                255 => &mut text,
                0 => &mut ground,
                _ => continue,
            };
            *mean = (mean.0 + i64::from(seen), mean.1 + 1);
        }
    }
    let mean = |(sum, n): (i64, i64)| (n > 0).then(|| sum as f32 / n as f32);
    Some(Measured {
        score: sums.correlation(),
        fit: fitting as f32 / sums.n.max(1) as f32,
        text: mean(text)?,
        ground: mean(ground)?,
    })
}
