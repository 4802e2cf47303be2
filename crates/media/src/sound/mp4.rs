//! M4A, MP4, MOV: the first track of sound, as its edit list has it.

mod trim;

use biaoshi_container::{Limits, Source};

use super::decoder::{self, Container};
use crate::{Content, Media, Result, Samples, Sound};

pub(crate) static M4A: Media = Media { format: "m4a", explicit: None, content: SOUND, says: &[] };
pub(crate) static MP4: Media = Media { format: "mp4", explicit: None, content: SOUND, says: &[] };
pub(crate) static MOV: Media = Media { format: "mov", explicit: None, content: SOUND, says: &[] };

/// The tables of all samples are kept, some twenty bytes each: a twentieth of a sound of that many.
const SOUND: Content = Content::Samples(Samples { open, cost: |source, _| (16 << 20) + source.len() / 16 });

/// Opens the sound.
///
/// # Errors
/// I/O, damage, limits; a file without sound.
fn open<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    let trim = trim::read(source, limits)?;
    decoder::open(Container::Iso, source, 0, trim, limits)
}
