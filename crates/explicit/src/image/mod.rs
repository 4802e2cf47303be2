//! The words on a picture (GB 45438-2025 clause 5.2): text on an edge or corner, at least 5 % of the shortest side high.
//!
//! A [`Stamp`] is the drawing for one picture size. It is drawn on interleaved samples with [`draw`], or blended into
//! the components of a JPEG with [`Stamp::blend`], and recognised with [`find()`]; [`may_show`] tells cheaply where that is
//! in vain.

mod corner;
mod drawn;
pub(crate) mod face;
mod find;
mod pixels;
mod stamp;
#[cfg(test)]
mod tests;

pub use corner::{core, fill, may_show};
pub use find::{Match, find, find_blend, find_with, glance};
pub use pixels::{Channels, Depth, Layout, draw, draw_over};
pub use stamp::{Blend, Rect, Stamp};

/// A picture's size as stored, and how it is to be turned for display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    /// Stored columns.
    pub width: u32,
    /// Stored rows.
    pub height: u32,
    /// EXIF orientation 1-8; anything else counts as 1.
    pub orientation: u8,
    /// Pixels to a side that share one sample of lightness: 1, or 2 in CMYK JPEGs whose K is subsampled. Text has to be
    /// larger to stay sharp.
    pub grain: u32,
}

impl Canvas {
    /// A picture with lightness in every pixel.
    pub fn new(width: u32, height: u32, orientation: u8) -> Self {
        Self { width, height, orientation, grain: 1 }
    }
}

/// The corner as people see it, after the EXIF orientation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Corner {
    /// Where people and detectors look first.
    #[default]
    BottomRight,
    /// Bottom left.
    BottomLeft,
    /// Top right.
    TopRight,
    /// Top left.
    TopLeft,
}

impl Corner {
    /// All four, the default first.
    pub const ALL: [Self; 4] = [Self::BottomRight, Self::BottomLeft, Self::TopRight, Self::TopLeft];
}

/// How the words stand out from the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// White on a black rounded plate of alpha 0.60: contrast is 5.7:1 even over pure white.
    #[default]
    Plate,
    /// White with a black stroke of 0.07 em: covers less, and reads worse on busy light ground.
    Outline,
}

impl Style {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Plate, Self::Outline];
}
