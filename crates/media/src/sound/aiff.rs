//! AIFF and AIFC: samples out.

use super::decoder::{self, Container, Trim};
use crate::{Content, Media, Samples};

pub(crate) static MEDIA: Media = Media {
    format: "aiff",
    explicit: None,
    content: Content::Samples(Samples {
        open: |source, limits| decoder::open(Container::Aiff, source, 0, Trim::default(), limits),
        cost: |_, _| 1 << 20,
    }),
    says: &[],
};
