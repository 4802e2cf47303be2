//! The samples of an MP3. Places in it are found by its frames: decoders know them by an estimate only, and stop too early or
//! too late behind a jump.

use biaoshi_container::{Limits, Message, Source, id3, mpeg};

use super::layout::skipped;
use super::stream::Stream;
use crate::samples::Block;
use crate::sound::decoder::{self, Container, Trim};
use crate::{Result, Sound};

/// Frames that are decoded in front of a place: main data reaches back over so many of most kinds, and blocks overlap.
const RUN_UP: u64 = 10;

/// Opens the sound behind the tags at the front.
///
/// # Errors
/// I/O, damage in front of the frames, limits.
pub(super) fn open<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    let start = id3::front(source, mpeg::begins, &mut |_| Ok(()))?;
    let decoder = decode(source, start, limits)?;
    let stated = decoder.frames();
    let mut sound = Frames { source, limits: *limits, start, decoder, stated, stream: None, damage: None };
    if stated.is_none() {
        let all = sound.stream()?.map(|stream| (stream.frames * stream.size()).saturating_sub(skipped(stream)));
        sound.stated = all;
    }
    Ok(Box::new(sound))
}

fn decode<'a>(source: &'a dyn Source, start: u64, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    decoder::open(Container::Mpeg, source, start, Trim::default(), limits)
}

/// Sound that is decoded from any of its frames on.
struct Frames<'a> {
    source: &'a dyn Source,
    limits: Limits,
    start: u64,
    decoder: Box<dyn Sound + 'a>,
    stated: Option<u64>,
    /// Where its frames are, once a place was asked for; `None` in it where they cannot be told.
    stream: Option<Option<Stream>>,
    /// What was found broken before the last jump.
    damage: Option<Message>,
}

impl Frames<'_> {
    /// The frames, which are walked once; `None` where they are not of one kind.
    fn stream(&mut self) -> Result<Option<&Stream>> {
        if self.stream.is_none() {
            self.stream = Some(Stream::read(self.source, &self.limits)?.ok());
        }
        Ok(self.stream.as_ref().and_then(Option::as_ref))
    }
}

impl Sound for Frames<'_> {
    fn rate(&self) -> u32 {
        self.decoder.rate()
    }

    fn channels(&self) -> usize {
        self.decoder.channels()
    }

    fn frames(&self) -> Option<u64> {
        self.stated
    }

    fn next(&mut self, block: &mut Block) -> Result<bool> {
        self.decoder.next(block)
    }

    fn seek(&mut self, frame: u64) -> Result<u64> {
        self.damage = self.damage();
        if frame == 0 {
            self.decoder = decode(self.source, self.start, &self.limits)?;
            return Ok(0);
        }
        let Some(stream) = self.stream()? else { return self.decoder.seek(frame) };
        let (skipped, size) = (skipped(stream), stream.size());
        let (n, at) = stream.mark((frame.saturating_add(skipped) / size).saturating_sub(RUN_UP));
        self.decoder = decode(self.source, at, &self.limits)?;
        let mut passed = n * size;
        let mut block = Block::default();
        while passed < frame.saturating_add(skipped) && self.decoder.next(&mut block)? {
            passed += block.frames() as u64;
        }
        Ok(passed.saturating_sub(skipped))
    }

    fn damage(&self) -> Option<Message> {
        self.damage.clone().or_else(|| self.decoder.damage())
    }
}
