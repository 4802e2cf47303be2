//! The recording of a spoken label, out of a file of any format whose samples are known.

use std::path::Path;
use std::sync::Arc;

use biaoshi_container::{Limits, said};
use biaoshi_media::{self as media, Block, Clip, LASTING};
use biaoshi_metadata::{Head, sniff};

use super::{Input, Opened};
use crate::{Error, Result};

/// Reads the first sound of a file, mixed down to one channel. Nothing of it is read behind the longest that a label may be.
///
/// # Errors
/// The file cannot be read, holds no sound that is decoded, is damaged; a sound that cannot stand for a label: silent,
/// shorter than half a second, longer than ten.
pub fn prompt(path: &Path, limits: &Limits) -> Result<Arc<Clip>> {
    let input = Input::new(path.to_owned(), 0);
    let opened = Opened::open(&input, limits)?;
    let format = sniff(&Head::new(&opened.window, &input.extension())?).ok_or(Error::UnknownFormat)?;
    let unable = |why| Error::Media(media::Error::Unable(why));
    let samples = media::samples(format.name).ok_or_else(|| {
        unable(said!("a {} file holds no sound that is decoded", "{} 文件中没有可解码的声音", format.name))
    })?;
    let mut sound = (samples.open)(&opened.window, limits)?;
    let (rate, channels) = (sound.rate(), sound.channels());
    let longest = (LASTING.end() * f64::from(rate)) as usize;
    let (mut block, mut mono) = (Block::default(), Vec::new());
    while mono.len() <= longest && sound.next(&mut block)? {
        if (block.rate, block.channels) != (rate, channels) {
            return Err(unable(said!(
                "sample rate or number of channels change in the middle",
                "采样率或声道数中途改变"
            )));
        }
        mono.extend(block.mono());
    }
    if let Some(damage) = sound.damage() {
        return Err(unable(damage));
    }
    Clip::new(rate, mono).map(Arc::new).map_err(|e| Error::Media(media::Error::Explicit(e)))
}
