//! MP3: samples out.

use biaoshi_container::{Limits, Source, SourceExt, id3, phrase};

use super::decoder::{self, Container, Trim};
use crate::{Content, Media, Result, Samples, Sound};

pub(crate) static MEDIA: Media = Media {
    format: "mp3",
    explicit: None,
    content: Content::Samples(Samples { open, cost: |_, _| 1 << 20 }),
    says: &[],
};

/// Opens the sound behind the tags at the front.
///
/// # Errors
/// I/O, damage in front of the frames, limits.
fn open<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    let start = id3::front(source, begins, &mut |_| Ok(()))?;
    decoder::open(Container::Mpeg, source, start, Trim::default(), limits)
}

/// Whether a frame begins here: the sync word, and a layer.
fn begins(source: &dyn Source, at: u64) -> bool {
    let head = source.array::<2>("MP3", at, phrase!("a frame", "帧"));
    head.is_ok_and(|[a, b]| a == 0xff && b & 0xe0 == 0xe0 && b & 6 != 0)
}
