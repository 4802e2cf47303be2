//! TXT: the line is plain; see [`super::line`].

use super::line;
use crate::{Content, Explicit, Media};

pub(crate) static MEDIA: Media = Media {
    format: "txt",
    explicit: Some(Explicit {
        apply: |source, options, limits| line::write(source, options.position, false, limits),
        find: |source, _, limits| line::find(source, false, limits),
        cost: line::cost,
    }),
    content: Content::None,
    says: &[&line::PADDED],
};
