//! Markdown: the line is a paragraph of its own; see [`super::line`].

use super::line;
use crate::{Content, Explicit, Media};

pub(crate) static MEDIA: Media = Media {
    format: "markdown",
    explicit: Some(Explicit {
        apply: |source, options, limits| line::write(source, options.position, true, limits),
        find: |source, _, limits| line::find(source, true, limits),
        cost: line::cost,
    }),
    content: Content::None,
    says: &[&line::PADDED],
};
