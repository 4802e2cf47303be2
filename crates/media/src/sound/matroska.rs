//! Matroska and WebM: samples out of the first track of sound.

use super::decoder::{self, Container, Trim};
use crate::{Content, Media, Samples};

pub(crate) static MKV: Media = Media { format: "mkv", explicit: None, content: SOUND, says: &[] };
pub(crate) static WEBM: Media = Media { format: "webm", explicit: None, content: SOUND, says: &[] };

/// Blocks of pictures are read over, one at a time.
const SOUND: Content = Content::Samples(Samples {
    open: |source, limits| decoder::open(Container::Matroska, source, 0, Trim::default(), limits),
    add: None,
    anew: None,
    cost: |_, _| 64 << 20,
});
