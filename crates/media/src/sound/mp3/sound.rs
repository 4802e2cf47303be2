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
    Ok(Box::new(Frames { source, limits: *limits, start, decoder, stream: None }))
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
    /// Where its frames are, once a place was asked for; `None` in it where they cannot be told.
    stream: Option<Option<Stream>>,
}

impl Sound for Frames<'_> {
    fn rate(&self) -> u32 {
        self.decoder.rate()
    }

    fn channels(&self) -> usize {
        self.decoder.channels()
    }

    fn frames(&self) -> Option<u64> {
        self.decoder.frames()
    }

    fn next(&mut self, block: &mut Block) -> Result<bool> {
        self.decoder.next(block)
    }

    fn seek(&mut self, frame: u64) -> Result<u64> {
        if frame == 0 {
            self.decoder = decode(self.source, self.start, &self.limits)?;
            return Ok(0);
        }
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => Stream::read(self.source, &self.limits)?.ok(),
        };
        let stream = self.stream.insert(stream);
        let Some(stream) = stream else { return self.decoder.seek(frame) };
        let skipped = skipped(stream);
        let (n, at) = stream.mark((frame.saturating_add(skipped) / stream.size()).saturating_sub(RUN_UP));
        self.decoder = decode(self.source, at, &self.limits)?;
        let mut passed = n * stream.size();
        let mut block = Block::default();
        while passed < frame.saturating_add(skipped) && self.decoder.next(&mut block)? {
            passed += block.frames() as u64;
        }
        Ok(passed.saturating_sub(skipped))
    }

    fn damage(&self) -> Option<Message> {
        self.decoder.damage()
    }
}
