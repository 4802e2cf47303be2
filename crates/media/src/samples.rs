//! Sound as content: samples out of every format, block by block, for layers that are heard or lie in all of a sound.

use biaoshi_container::{Bytes, Limits, Message, Patch, Source};

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

/// A coding that loses a little of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// MPEG audio, Layer III: frames one behind the other, without one that tells about the others.
    Mp3,
    /// AAC of Low Complexity, in ADTS.
    Aac,
    /// Vorbis in Ogg.
    Vorbis,
    /// Opus in Ogg, in packets of one length.
    Opus {
        /// Sample frames of a packet, of 48 kHz.
        frames: u64,
    },
}

/// What an encoder is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coding {
    /// The kind of frames.
    pub codec: Codec,
    /// Sample frames a second.
    pub rate: u32,
    /// Channels: 1 or 2.
    pub channels: usize,
    /// Bits a second, of all channels.
    pub bitrate: u32,
    /// Whether all frames have this bitrate, or their mean.
    pub constant: bool,
    /// More bytes than these are not what was asked for.
    pub most: u64,
}

/// Somebody else's encoder, by which sound in a coding that loses is marked: decoded, changed, and coded anew.
pub trait Encoder: Send + Sync + std::fmt::Debug {
    /// Begins a stream.
    ///
    /// # Errors
    /// [`crate::Error::Unable`] where it does not begin.
    fn begin(&self, coding: &Coding) -> Result<Box<dyn Encoding>>;
}

/// A stream that is being coded.
pub trait Encoding {
    /// Takes interleaved samples.
    ///
    /// # Errors
    /// [`crate::Error::Unable`] where it ended too early.
    fn push(&mut self, samples: &[f32]) -> Result<()>;

    /// The frames.
    ///
    /// # Errors
    /// [`crate::Error::Unable`] where it failed.
    fn finish(self: Box<Self>) -> Result<Bytes>;
}

/// Makes the change that adds to every sample with the help of an encoder.
pub type Anew = fn(&dyn Source, &mut dyn Differences, &dyn Encoder, &Limits) -> Result<Patch>;

/// How the samples get out of the files of one format, and into them.
pub struct Samples {
    /// Opens the sound of a file, the first one of several tracks; [`crate::Error::Unable`] where its coding is not known.
    pub open: for<'a> fn(&'a dyn Source, &Limits) -> Result<Box<dyn Sound + 'a>>,
    /// `None` for formats whose coding loses what is added.
    pub add: Option<Add>,
    /// For codings that lose, by an encoder; it does what `add` does where this very file loses nothing.
    pub anew: Option<Anew>,
    /// Bytes of memory that opening takes, about.
    pub cost: fn(&dyn Source, &Limits) -> u64,
}
