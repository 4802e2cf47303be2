//! Stamps that were drawn lately, for the next picture of the same size.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::{Canvas, Corner, Stamp, Style};
use crate::{Error, words};

/// Most bytes that are kept: ten wordings and styles for several sizes of photographs.
const MOST: usize = 8 << 20;

/// What determines a drawing but for its corner.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    canvas: Canvas,
    words: String,
    style: Style,
}

/// The latest last.
static DRAWN: Mutex<VecDeque<(Key, Stamp)>> = Mutex::new(VecDeque::new());

impl Stamp {
    /// Draws `words` for a picture. The ink of the smallest glyph is at least `ceil(5.2 %)` of the short side
    /// (clause 5.2 asks for 5 %) and the font size at least 12 pixels. The latest drawings of the process are kept, up to
    /// 8 MiB.
    ///
    /// # Errors
    /// [`Error::Words`], [`Error::MissingGlyph`], and [`Error::TooSmall`] where the words have no room.
    pub fn new(canvas: &Canvas, words: &str, corner: Corner, style: Style) -> Result<Self, Error> {
        if !words::conform(words) {
            return Err(Error::Words);
        }
        Ok(drawn(canvas, words, style, || Self::draw(canvas, words, style))?.at(corner))
    }
}

/// The stamp in its default corner, drawn by `draw` unless it is kept. Threads that ask for the same one at the same time
/// may each draw it: nobody waits for a drawing.
fn drawn(
    canvas: &Canvas,
    words: &str,
    style: Style,
    draw: impl FnOnce() -> Result<Stamp, Error>,
) -> Result<Stamp, Error> {
    let kept = || DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_it = |key: &Key| key.canvas == *canvas && key.style == style && key.words == words;
    {
        let mut kept = kept();
        let at = kept.iter().rposition(|(key, _)| is_it(key));
        if let Some(entry) = at.and_then(|at| kept.remove(at)) {
            let stamp = entry.1.clone();
            kept.push_back(entry);
            return Ok(stamp);
        }
    }
    let stamp = draw()?;
    let mut kept = kept();
    kept.retain(|(key, _)| !is_it(key));
    kept.push_back((Key { canvas: *canvas, words: words.to_owned(), style }, stamp.clone()));
    while kept.iter().map(|(key, stamp)| size_of::<(Key, Stamp)>() + key.words.len() + stamp.bytes()).sum::<usize>()
        > MOST
    {
        kept.pop_front();
    }
    Ok(stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_kept_and_the_same_is_given() {
        // Long words on large pictures: each drawing takes some hundred kilobytes.
        let words = "人工智能生成".repeat(3);
        for side in 3000..3050 {
            let canvas = Canvas::new(2 * side, side, 1);
            let make = |corner| Stamp::new(&canvas, &words, corner, Style::Outline).unwrap();
            let (first, again) = (make(Corner::TopLeft), make(Corner::BottomRight));
            assert_eq!(first.at(Corner::BottomRight).place(), again.place());
            assert!((0..again.place().height).all(|row| first.row(row).eq(again.row(row))));
            let kept = DRAWN.lock().unwrap();
            assert!(kept.iter().map(|(_, stamp)| stamp.bytes()).sum::<usize>() <= MOST);
        }
    }

    #[test]
    fn another_size_or_style_is_another_drawing() {
        let make = |width, style| Stamp::new(&Canvas::new(width, 400, 1), "AI生成", Corner::TopLeft, style).unwrap();
        for _ in 0..2 {
            assert_ne!(make(800, Style::Plate).place(), make(800, Style::Outline).place());
            assert_ne!(make(800, Style::Plate).place(), make(300, Style::Plate).place());
        }
    }
}
