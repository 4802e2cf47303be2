//! Every pixel of a GIF's first canvas, out.

use biaoshi_container::{Limits, Source};

use super::NAME;
use super::picture::Gif;
use crate::Result;
use crate::picture::animation::Screen;
use crate::picture::check;
use crate::pixels::Read;

/// Lightness of the first canvas, which is black where nothing is.
///
/// # Errors
/// I/O, damage, limits.
pub(super) fn lightness(source: &dyn Source, limits: &Limits) -> Result<Read> {
    let gif = Gif::read(source, limits)?;
    check(NAME, source, (gif.width, gif.height), limits)?;
    let mut screen = Screen::new(gif.width, gif.height);
    if let Some(image) = gif.images.first() {
        screen.show(&image.frame, &gif.pixels(image, source, limits)?);
    }
    Ok(Read::Plane(screen.lightness()))
}
