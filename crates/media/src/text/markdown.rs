//! Markdown: the line is a paragraph of its own; see [`super::line`].

use super::{line, words};
use crate::{Content, Explicit, Media};

pub(crate) static MEDIA: Media = Media {
    format: "markdown",
    explicit: Some(Explicit {
        apply: |source, options, limits| line::write(source, options, true, limits),
        find: |source, options, limits| line::find(source, options, true, limits),
        cost: line::cost,
    }),
    content: Content::Words(words::markdown::WORDS),
    says: &[&line::PADDED, &words::SHAPE],
};
