//! The stamp of a picture, and the search for one that is there.

use biaoshi_container::Message;
use biaoshi_explicit::image::{Canvas, Corner, Match, Stamp, Style, fill, may_show};
use biaoshi_explicit::words::WORDINGS;
use biaoshi_explicit::{self as explicit};

use crate::{Error, Found, Place, Result};

/// A stamp, or why there is none.
pub(super) enum Stamped {
    Stamp(Stamp),
    Skip(Message),
}

pub(super) fn stamp(canvas: &Canvas, words: &str, corner: Corner) -> Result<Stamped> {
    match Stamp::new(canvas, words, corner, Style::default()) {
        Ok(stamp) => Ok(Stamped::Stamp(stamp)),
        Err(e @ explicit::Error::TooSmall { .. }) => Ok(Stamped::Skip(e.message())),
        Err(e) => Err(Error::Explicit(e)),
    }
}

/// Tries our label with `words`, and with every wording that we know, in every corner and style. `luma` gives what is seen
/// (0-255) at a stored pixel: in most corners of most pictures a few of these rule out every label, and none is drawn.
pub(super) fn look(
    canvas: &Canvas,
    words: &str,
    luma: impl Fn(u32, u32) -> u8,
    mut seen: impl FnMut(&Stamp) -> Option<Match>,
) -> Option<Found> {
    let likely: Vec<Corner> = Corner::ALL.into_iter().filter(|corner| may_show(canvas, *corner, &luma)).collect();
    let corners = |words: &str| if fill(words) { likely.as_slice() } else { &Corner::ALL };
    let wordings = std::iter::once(words).chain(WORDINGS.into_iter().filter(|w| *w != words));
    let worth = wordings.filter(|words| !corners(words).is_empty());
    let stamps = worth.flat_map(|words| Style::ALL.map(|style| (words, style)));
    stamps
        .filter_map(|(words, style)| Some((words, Stamp::new(canvas, words, Corner::default(), style).ok()?)))
        .find_map(|(words, stamp)| {
            corners(words).iter().map(|corner| stamp.at(*corner)).find_map(|stamp| {
                let found = seen(&stamp)?;
                Some(Found { score: found.score, ..in_picture(&stamp, words) })
            })
        })
}

pub(super) fn in_picture(stamp: &Stamp, words: &str) -> Found {
    let place = Place::Picture {
        rect: stamp.place(),
        picture: stamp.picture(),
        height_ratio: stamp.height_ratio(),
        words: words.to_owned(),
    };
    Found { place, score: 1.0 }
}
