//! A robust hash of a picture, carried by its mark: a mark that was moved to another picture does not agree with it.

use super::plane::Plane;
use super::region::Point;

/// Side of the thumbnail that is hashed.
const SIDE: usize = 32;
/// Frequencies (across, down) whose signs are the bits.
const FREQUENCIES: [(usize, usize); 12] =
    [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (2, 2), (3, 0), (0, 3), (3, 1), (1, 3)];
/// Bits that may differ: what platforms do to a picture turns a weak coefficient now and then.
const MAY_DIFFER: usize = 1;

/// Whether the picture is the one that was marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The picture agrees with the hash in the mark.
    Match,
    /// It does not: the mark was probably copied from another picture.
    Mismatch,
    /// It cannot be said, since the picture was cropped or put into a page.
    Unknown,
}

/// The corners of a picture that was not turned.
pub(crate) const UPRIGHT: [Point; 3] = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)];

/// The coefficients behind the bits of a hash.
pub(crate) struct Hash([f32; 12]);

impl Hash {
    /// Of a picture whose first corner, end of the first row and beginning of the last row are at these shares of its
    /// width and height.
    pub(crate) fn new(plane: &Plane, [first, right, below]: [Point; 3]) -> Self {
        let small = plane.resize(SIDE, SIDE);
        let share = |i: usize| (i as f32 + 0.5) / SIDE as f32;
        let at = |i: usize| {
            let (s, t) = (share(i % SIDE), share(i / SIDE));
            let along = |o: f32, r: f32, b: f32| f64::from((o + s * (r - o) + t * (b - o)) * SIDE as f32);
            small.nearest(along(first.0, right.0, below.0), along(first.1, right.1, below.1))
        };
        let upright: Vec<f32> = (0..SIDE * SIDE).map(at).collect();
        let wave = |f: usize, i: usize| libm::cosf(std::f32::consts::PI * f as f32 * (i as f32 + 0.5) / SIDE as f32);
        Self(FREQUENCIES.map(|(across, down)| {
            let value = |(i, v): (usize, &f32)| v * wave(across, i % SIDE) * wave(down, i / SIDE);
            upright.iter().enumerate().map(value).sum()
        }))
    }

    /// The signs, the first coefficient in the highest of 12 bits.
    pub(crate) fn bits(&self) -> u16 {
        self.0.iter().fold(0, |bits, &c| bits << 1 | u16::from(c < 0.0))
    }

    /// Whether a hash from a mark is this picture's. Coefficients near zero do not count.
    pub(crate) fn agrees(&self, bits: u16) -> bool {
        let mut sizes = self.0.map(f32::abs);
        sizes.sort_by(f32::total_cmp);
        let least = 0.1 * sizes[6];
        let differs = |&(i, c): &(usize, &f32)| c.abs() > least && (bits >> (11 - i) & 1 == 1) != (*c < 0.0);
        self.0.iter().enumerate().filter(differs).count() <= MAY_DIFFER
    }
}
