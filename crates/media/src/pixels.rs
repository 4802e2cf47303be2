//! Pictures as content: every pixel in and out, for layers that lie in all of a picture, as the watermark does.

use biaoshi_container::{Limits, Message, Patch, Source};
use biaoshi_watermark::image::Plane;

use crate::Result;

/// A picture whose lightness can be changed: a still, or an animation, which is changed in all frames.
pub trait Picture {
    /// Lightness of every pixel, 0 to 255 (BT.601 luma of the stored values); of an animation that of the first
    /// displayed canvas, before anything is added.
    fn lightness(&self) -> Plane;

    /// Adds to the lightness of every row what `row` gives for it, cut off at black and white; pixels that cannot be
    /// seen stay. `row` may be asked for a row more than once, and has to give the same.
    ///
    /// Every frame of an animation gets the part of the rows under it, also one that differs from the first canvas: what
    /// a layer hides in a bright frame may be seen in a dark one.
    fn add(&mut self, row: &mut dyn FnMut(usize, &mut Vec<f32>));

    /// The change that puts these pixels into `source`, which is the file that they came from.
    ///
    /// # Errors
    /// I/O, and pictures that cannot be coded again.
    fn patch(&self, source: &dyn Source, limits: &Limits) -> Result<Patch>;

    /// What else has to change.
    fn notes(&self) -> Vec<Message> {
        Vec::new()
    }

    /// What of the picture was found missing or broken, and does not keep the change out.
    fn damage(&self) -> Option<Message> {
        None
    }
}

/// A picture for writing, or why there is none.
pub enum Opened {
    /// It can be changed.
    Picture(Box<dyn Picture>),
    /// It cannot.
    Skip(Message),
}

/// The lightness of a picture, or why it is not known.
pub enum Read {
    /// Of every pixel, 0 to 255.
    Plane(Plane),
    /// The file's kind of picture is not decoded.
    Skip(Message),
}

/// Decodes a picture so that it can be changed.
pub type Open = fn(&dyn Source, &Limits) -> Result<Opened>;

/// How every pixel gets out of the pictures of one format, and into them.
pub struct Pixels {
    /// `None` for formats that are only read.
    pub open: Option<Open>,
    /// Decodes the lightness alone, of the first picture. Orientation is not looked at.
    pub lightness: fn(&dyn Source, &Limits) -> Result<Read>,
    /// Bytes of memory that one of the above takes, about, with what the watermark needs for itself.
    pub cost: fn(&dyn Source, &Limits) -> u64,
}
