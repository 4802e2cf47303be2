//! TXT: the line is plain; see [`super::line`].

use super::{line, words};
use crate::{Content, Explicit, Media};

pub(crate) static MEDIA: Media = Media {
    format: "txt",
    explicit: Some(Explicit {
        apply: |source, options, limits| line::write(source, options, false, limits),
        find: |source, options, limits| line::find(source, options, false, limits),
        cost: line::cost,
    }),
    content: Content::Words(words::txt::WORDS),
    says: &[&line::PADDED, &words::DATA, &words::UNCLEAR],
};
