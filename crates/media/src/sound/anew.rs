//! Sound on its way to an encoder: what is added to it, and silence where the encoder needs it, so that each new frame tells what the
//! old one of its number told. Then delays, edit lists, chapters and places stay true.

use std::ops::Range;

use biaoshi_container::{Bytes, Patch, Patched, Source, phrase};

use super::marked::Played;
use crate::reason::DECODER;
use crate::samples::{Block, Coding, Differences, Encoder, Encoding, Sound};
use crate::{Error, Result};

/// Most bytes that a frame of sound is coded to, and what a stream may have beside them.
const MOST: u64 = 8;
const BESIDE: u64 = 1 << 20;
/// A frame with a smaller share of what others have holds silence.
const QUIET: f64 = 0.25;

/// What is coded.
pub(super) struct Stretch {
    /// Sample frames of the sound to which something is added: those that are played.
    pub(super) played: Range<u64>,
    /// Sample frames by which the coded sound is later than the decoded one; of an earlier one, as many at the start are left out.
    pub(super) later: i64,
    /// Sample frames that the decoder should give; of others, those of the new frames would not be those of the old ones.
    pub(super) decoded: Option<u64>,
    /// Sample frames in all.
    pub(super) frames: u64,
    /// What samples are multiplied by: players do the contrary.
    pub(super) scale: f32,
}

/// Bytes of the frames of a stream.
#[derive(Debug, Default)]
pub(super) struct Sizes(Vec<u32>);

impl Sizes {
    /// The next frame.
    pub(super) fn add(&mut self, bytes: usize) {
        self.0.push(u32::try_from(bytes).unwrap_or(u32::MAX));
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Bits a second of what is heard, in frames of so many sample frames: silence takes next to nothing, and the mean with it would be
    /// too little for the rest.
    pub(super) fn bitrate(&self, frame: u64, rate: u32) -> u32 {
        let sizes = || self.0.iter().map(|size| f64::from(*size));
        // Of the frame in which a byte lies, in the mean.
        let heavy = sizes().map(|size| size * size).sum::<f64>() / sizes().sum::<f64>().max(1.0);
        let (bytes, count) =
            sizes().filter(|size| *size >= QUIET * heavy).fold((0.0, 0.0), |(bytes, n), size| (bytes + size, n + 1.0));
        (bytes * 8.0 * f64::from(rate) / (f64::max(count, 1.0) * frame.max(1) as f64)) as u32
    }
}

/// The encoder made other frames than it was asked for.
pub(super) fn other() -> Error {
    let why = phrase!("the encoder made other frames than those asked for", "编码器输出的帧与要求不符");
    Error::Unable(DECODER.with([why.into()]))
}

/// Most bytes that so many sample frames of so many channels are coded to.
pub(super) fn most(frames: u64, channels: usize) -> u64 {
    frames.saturating_mul(MOST * channels as u64).saturating_add(BESIDE)
}

/// Reads what an encoder made.
///
/// # Errors
/// Those of `with`.
pub(super) fn read<T>(coded: Bytes, with: &mut dyn FnMut(&dyn Source) -> Result<T>) -> Result<T> {
    let (nothing, mut patch) = (Vec::new(), Patch::new());
    patch.insert(0, coded);
    with(&Patched::new(&nothing, &patch))
}

/// Codes a sound with what is added to it.
///
/// # Errors
/// I/O, limits; [`Error::Unable`] for damage, and what the encoder says.
pub(super) fn encode(
    sound: &mut dyn Sound,
    differences: &mut dyn Differences,
    encoder: &dyn Encoder,
    coding: &Coding,
    stretch: &Stretch,
) -> Result<Bytes> {
    let channels = coding.channels;
    if channels > 2 {
        return Err(Error::Unable(DECODER.with([phrase!("more than two channels", "声道多于两个").into()])));
    }
    let mut feed = Feed::new(encoder.begin(coding)?, channels, stretch);
    let mut differences = Played::new(differences, stretch.played.clone());
    let (mut block, mut decoded) = (Block::default(), 0);
    while sound.next(&mut block)? {
        if (block.channels, block.rate) != (channels, coding.rate) {
            let why = phrase!("rate or channels change in the middle", "采样率或声道中途改变");
            return Err(Error::Unable(DECODER.with([why.into()])));
        }
        decoded += block.frames() as u64;
        feed.waiting.extend_from_slice(&block.samples);
        differences.pass(&block, &mut feed.told);
        feed.pass()?;
    }
    differences.rest(&mut feed.told);
    if let Some(damage) = sound.damage() {
        return Err(Error::Unable(damage));
    }
    if stretch.decoded.is_some_and(|stated| stated != decoded) {
        let why = phrase!("it gives more or less sound than the file states", "解码得到的音频长度与文件所述不符");
        return Err(Error::Unable(DECODER.with([why.into()])));
    }
    feed.pass()?;
    feed.finish()
}

/// Samples on their way.
struct Feed {
    encoding: Box<dyn Encoding>,
    channels: usize,
    /// Decoded samples, and what is told of what comes to them.
    waiting: Vec<f32>,
    told: Vec<f32>,
    /// Samples at the start that are still to be left out, and silence that is still to come.
    left_out: usize,
    silence: u64,
    /// Samples that the encoder still needs.
    needed: u64,
    scale: f32,
}

impl Feed {
    fn new(encoding: Box<dyn Encoding>, channels: usize, stretch: &Stretch) -> Self {
        let samples = |frames: u64| frames.saturating_mul(channels as u64);
        let earlier = u64::try_from(-stretch.later).unwrap_or(0);
        Self {
            encoding,
            channels,
            waiting: Vec::new(),
            told: Vec::new(),
            left_out: usize::try_from(samples(earlier)).unwrap_or(usize::MAX),
            silence: samples(u64::try_from(stretch.later).unwrap_or(0)),
            needed: samples(stretch.frames),
            scale: stretch.scale,
        }
    }

    /// Hands over what is told.
    fn pass(&mut self) -> Result<()> {
        if self.silence > 0 {
            let silence = std::mem::take(&mut self.silence);
            self.be_silent(silence)?;
        }
        let count = self.told.len().min(self.waiting.len());
        for (sample, difference) in self.waiting.iter_mut().zip(&self.told) {
            *sample = (*sample + difference) * self.scale;
        }
        let skipped = self.left_out.min(count);
        self.left_out -= skipped;
        let wanted = usize::try_from(self.needed).unwrap_or(usize::MAX).min(count - skipped);
        self.encoding.push(self.waiting.get(skipped..skipped + wanted).unwrap_or_default())?;
        self.needed -= wanted as u64;
        self.waiting.drain(..count);
        self.told.drain(..count);
        Ok(())
    }

    fn be_silent(&mut self, samples: u64) -> Result<()> {
        let silence = vec![0.0; 4096 * self.channels];
        let mut left = samples.min(self.needed);
        self.needed -= left;
        while left > 0 {
            let count = left.min(silence.len() as u64);
            self.encoding.push(silence.get(..count as usize).unwrap_or_default())?;
            left -= count;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Bytes> {
        self.be_silent(self.needed)?;
        self.encoding.finish()
    }
}
