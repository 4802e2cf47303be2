//! Ogg: samples out of Vorbis and FLAC, and out of Opus for the file beside this one.

use super::decoder::{self, Container, Trim};
use crate::{Content, Media, Samples};

pub(crate) static MEDIA: Media = Media { format: "ogg", explicit: None, content: SOUND, says: &[] };

/// Codebooks of Vorbis take as much as `decoder` lets them, for their tables and trees.
pub(super) const SOUND: Content = Content::Samples(Samples {
    open: |source, limits| decoder::open(Container::Ogg, source, 0, Trim::default(), limits),
    cost: |_, _| 64 << 20,
});
