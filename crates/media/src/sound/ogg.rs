//! Ogg: samples out of Vorbis, FLAC and Opus.

use super::decoder::{self, Container, Trim};
use crate::{Content, Media, Samples};

pub(crate) static OGG: Media = Media { format: "ogg", explicit: None, content: SOUND, says: &[] };
pub(crate) static OPUS: Media = Media { format: "opus", explicit: None, content: SOUND, says: &[] };

/// Codebooks of Vorbis take as much as `decoder` lets them, for their tables and trees.
const SOUND: Content = Content::Samples(Samples {
    open: |source, limits| decoder::open(Container::Ogg, source, 0, Trim::default(), limits),
    cost: |_, _| 64 << 20,
});
