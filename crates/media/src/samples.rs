//! Sound as content: samples out of every format, block by block, for layers that are heard or lie in all of a sound.

use biaoshi_container::{Limits, Message, Patch, Source};

use crate::Result;

/// A stretch of sound.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// Sample frames a second.
    pub rate: u32,
    /// Channels of a frame.
    pub channels: usize,
    /// Interleaved samples, full scale ±1, all of them finite. Whole frames.
    pub samples: Vec<f32>,
}

impl Block {
    /// Sample frames.
    pub fn frames(&self) -> usize {
        self.samples.len() / self.channels.max(1)
    }

    /// The mean of the channels, frame by frame.
    pub fn mono(&self) -> impl Iterator<Item = f32> {
        let channels = self.channels.max(1);
        self.samples.chunks_exact(channels).map(move |frame| frame.iter().sum::<f32>() / channels as f32)
    }
}

/// Sound that is decoded as it is asked for. What encoders add at the ends, and players leave out, is left out (LAME's delay,
/// Opus' pre-skip, edit lists).
pub trait Sound {
    /// Sample frames a second at the start.
    fn rate(&self) -> u32;

    /// Channels at the start.
    fn channels(&self) -> usize;

    /// Sample frames in all, as the file states; `None` where it does not.
    fn frames(&self) -> Option<u64>;

    /// Replaces `block` by what comes next; false at the end. Rate and channels may change from one block to the next where
    /// a file is several streams in a row.
    ///
    /// # Errors
    /// I/O, limits. Damage is passed over, see [`Sound::damage`].
    fn next(&mut self, block: &mut Block) -> Result<bool>;

    /// Goes to a place near `frame`; the next block begins there. Returns its frame, as exactly as the format tells.
    ///
    /// # Errors
    /// I/O, a format in which no place can be found.
    fn seek(&mut self, frame: u64) -> Result<u64>;

    /// What was found broken so far, and passed over.
    fn damage(&self) -> Option<Message>;
}

/// What is added to samples as they pass by.
pub trait Differences {
    /// Takes a block of interleaved samples, and appends what to add to those of which that is known by now, in their order.
    fn pass(&mut self, samples: &[f32], out: &mut Vec<f32>);

    /// Appends the rest.
    fn rest(&mut self, out: &mut Vec<f32>);
}

/// Makes the change that adds to every sample; [`crate::Error::Unable`] where the coding of this file would lose it.
pub type Add = fn(&dyn Source, &mut dyn Differences, &Limits) -> Result<Patch>;

/// How the samples get out of the files of one format, and into them.
pub struct Samples {
    /// Opens the sound of a file, the first one of several tracks; [`crate::Error::Unable`] where its coding is not known.
    pub open: for<'a> fn(&'a dyn Source, &Limits) -> Result<Box<dyn Sound + 'a>>,
    /// `None` for formats whose coding loses what is added.
    pub add: Option<Add>,
    /// Bytes of memory that opening takes, about.
    pub cost: fn(&dyn Source, &Limits) -> u64,
}
