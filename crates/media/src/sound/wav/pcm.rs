//! Stored samples, one stretch after the other.

use biaoshi_container::{Message, Source, SourceExt, phrase};

use super::layout::Wave;
use super::{NAME, STEP, samples};
use crate::Result;
use crate::samples::{Block, Sound};

/// The content of a WAV.
pub(super) struct Stored<'a> {
    source: &'a dyn Source,
    wave: Wave,
    /// The byte that is read next.
    at: u64,
}

impl<'a> Stored<'a> {
    pub(super) fn new(source: &'a dyn Source, wave: Wave) -> Self {
        let at = wave.data.start;
        Self { source, wave, at }
    }
}

impl Sound for Stored<'_> {
    fn rate(&self) -> u32 {
        self.wave.format.rate
    }

    fn channels(&self) -> usize {
        self.wave.format.channels.into()
    }

    fn frames(&self) -> Option<u64> {
        Some(self.wave.frames())
    }

    fn next(&mut self, block: &mut Block) -> Result<bool> {
        let size = u64::from(self.wave.format.block);
        let step = (STEP / size).max(1) * size;
        let end = self.wave.data.end.min(self.at + step);
        let bytes = self.source.bytes(NAME, self.at..end, step, phrase!("samples", "采样"))?;
        (block.rate, block.channels) = (self.rate(), self.channels());
        block.samples.clear();
        samples::decode(&bytes, &self.wave.format, &mut block.samples);
        self.at = end;
        Ok(!bytes.is_empty())
    }

    fn seek(&mut self, frame: u64) -> Result<u64> {
        let frame = frame.min(self.wave.frames());
        self.at = self.wave.data.start + frame * u64::from(self.wave.format.block);
        Ok(frame)
    }

    fn damage(&self) -> Option<Message> {
        None
    }
}
