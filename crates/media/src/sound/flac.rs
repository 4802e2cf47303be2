//! FLAC: the label is coded into frames of its own before or after the content. The content's frames keep their coded
//! samples; behind a label at the start they get new numbers and check sums. STREAMINFO, seek points and tracks follow.

mod again;
pub(in crate::sound) mod coder;
mod layout;
mod paged;
mod predictor;
mod stream;

use biaoshi_container::{Limits, Message, Patch, Source, said};
use biaoshi_explicit::audio::Meter;
use claxon::Block;
use md5::{Digest, Md5};

use super::decoder::{self, Container, Trim};
use super::due::{Carries, Due, Heard};
use super::sides::Edges;
use crate::reason::DECODER;
use crate::{Content, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Result, Samples, Sound};
use again::add;
use layout::Label;
pub(super) use paged::{add_paged, mark_paged};
use stream::{Frame, Stream};

const NAME: &str = "FLAC";

pub(crate) static MEDIA: Media = Media {
    format: "flac",
    explicit: Some(Explicit {
        apply: mark,
        find: |source, options, limits| Ok(find(source, options, limits)?.into_iter().collect()),
        cost,
    }),
    content: Content::Samples(Samples { open: samples, add: Some(add), anew: None, cost: |_, _| 1 << 20 }),
    says: &[],
};

/// Opens the sound.
///
/// # Errors
/// I/O, damage in front of the frames, limits.
fn samples<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    let start = biaoshi_container::flac::start(source)?;
    decoder::open(Container::Flac, source, start, Trim::default(), limits)
}

/// Inserts the label where it is missing, 6 LU quieter than the clip.
///
/// # Errors
/// I/O, damage in front of the frames, limits. Damaged frames are a reason to skip.
fn mark(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let stream = match Stream::open(source, limits)? {
        Ok(stream) => stream,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let (ears, frames) = match Ears::listen(source, &stream, options, limits)? {
        Ok(heard) => heard,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let (sides, count) = (ears.edges.sides(), ears.edges.count());
    let missing = match sides.settle(options.position) {
        Ok(missing) => missing,
        Err(found) => return Ok(Outcome::Already(found)),
    };
    let info = &stream.info;
    let loudness = ears.meter.integrated();
    let heard = Heard { rate: info.rate, channels: info.channels.into(), seconds: sides.seconds, loudness };
    let due = match Due::new(missing, &heard, options, Carries::Anything) {
        Ok(due) => due,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let label = ears.label(&due, stream.block(&frames));
    let mut patch = Patch::new();
    if let Err(reason) = layout::plan(source, &stream, &frames, &label, limits, &mut patch)? {
        return Ok(Outcome::Skip(reason));
    }
    let content = count + label.before.len() as u64;
    Ok(Outcome::Drawn(due.drawn(patch, content as f64 / f64::from(stream.info.rate))))
}

/// Looks for our label at the start and at the end.
///
/// # Errors
/// As for [`mark`]; a file that it would skip.
fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Option<Found>> {
    let stream = Stream::open(source, limits)?.map_err(Error::Unable)?;
    let mut edges = Edges::new(stream.info.rate, options.prompt.clone());
    let scale = scale(stream.info.bits);
    // What was heard before damage is there.
    let _ = stream.walk(source, limits, &mut |block| {
        let channels: Vec<&[i32]> = (0..block.channels()).map(|n| block.channel(n)).collect();
        let mono = |n: usize| channels.iter().filter_map(|c| c.get(n)).map(|s| *s as f32 * scale).sum::<f32>();
        edges.add((0..block.duration() as usize).map(|n| mono(n) / channels.len().max(1) as f32));
    })?;
    Ok(edges.sides().found())
}

/// Full scale is 1.
fn scale(bits: u8) -> f32 {
    1.0 / (1u64 << (bits - 1)) as f32
}

/// Most bytes of content that are kept: with a label in front of it, its sum has to be made again.
const KEPT: usize = 24 << 20;

/// What one pass over the samples tells.
struct Ears {
    edges: Edges,
    meter: Meter,
    md5: Md5,
    bits: u8,
    /// The last block, channel by channel.
    tail: Vec<Vec<i32>>,
    interleaved: Vec<f32>,
    /// All samples as the sum has them, unless there are too many.
    content: Option<Vec<u8>>,
}

impl Ears {
    fn new(stream: &Stream, options: &ExplicitOptions) -> std::result::Result<Self, Message> {
        let (rate, channels) = (stream.info.rate, u32::from(stream.info.channels));
        let meter = Meter::new(rate, channels).map_err(|e| e.message())?;
        Ok(Self {
            edges: Edges::new(rate, options.prompt.clone()),
            meter,
            md5: Md5::new(),
            bits: stream.info.bits,
            tail: Vec::new(),
            interleaved: Vec::new(),
            content: Some(Vec::new()),
        })
    }

    /// Listens to all of a stream; a reason where a frame cannot be decoded, or the sound is not what STREAMINFO says.
    fn listen(
        source: &dyn Source,
        stream: &Stream,
        options: &ExplicitOptions,
        limits: &Limits,
    ) -> Result<std::result::Result<(Self, Vec<Frame>), Message>> {
        let mut ears = match Self::new(stream, options) {
            Ok(ears) => ears,
            Err(reason) => return Ok(Err(reason)),
        };
        let walked = stream.walk(source, limits, &mut |block| ears.add(block))?;
        Ok(walked.and_then(|frames| ears.check(stream).map(|()| (ears, frames))))
    }

    /// The label in samples of the stream; `block` is the size of a frame.
    fn label(self, due: &Due, block: usize) -> Label {
        let full = f64::from(1u32 << (self.bits - 1));
        let samples =
            |mono: Vec<f32>| -> Vec<i32> { mono.iter().map(|s| (f64::from(*s) * full).round() as i32).collect() };
        let mut before = samples(due.before());
        // Whole frames, with more silence between label and content.
        before.resize(before.len().next_multiple_of(block), 0);
        Label { before, behind: samples(due.behind()), tail: self.tail, md5: self.md5, content: self.content }
    }

    fn add(&mut self, block: &Block) {
        let bytes = bytes(block, self.bits.into());
        self.md5.update(&bytes);
        match &mut self.content {
            Some(content) if content.len() + bytes.len() <= KEPT => content.extend(bytes),
            content => *content = None,
        }
        let scale = scale(self.bits);
        let channels: Vec<&[i32]> = (0..block.channels()).map(|n| block.channel(n)).collect();
        self.interleaved.clear();
        for n in 0..block.duration() as usize {
            self.interleaved.extend(channels.iter().filter_map(|c| c.get(n)).map(|s| *s as f32 * scale));
        }
        self.meter.add(&self.interleaved);
        let count = channels.len().max(1);
        self.edges.add(self.interleaved.chunks_exact(count).map(|frame| frame.iter().sum::<f32>() / count as f32));
        self.tail = channels.iter().map(|c| c.to_vec()).collect();
    }

    /// Refuses samples of which STREAMINFO says something else: a new sum would hide the damage.
    fn check(&self, stream: &Stream) -> std::result::Result<(), Message> {
        let sum: [u8; 16] = self.md5.clone().finalize().into();
        let other = |why: Message| Err(DECODER.with([why.into()]));
        match stream.info.md5 {
            _ if ![0, self.edges.count()].contains(&stream.info.total) => {
                other(said!("the frames hold fewer samples than STREAMINFO says", "帧中的采样少于 STREAMINFO 所述"))
            }
            known if known != [0; 16] && known != sum => {
                other(said!("the samples do not have the MD5 sum in STREAMINFO", "采样与 STREAMINFO 中的 MD5 不符"))
            }
            _ => Ok(()),
        }
    }
}

/// A block as the sum of STREAMINFO has it: interleaved, little-endian, in whole bytes (section 8.2).
fn bytes(block: &Block, bits: u32) -> Vec<u8> {
    stored(&(0..block.channels()).map(|n| block.channel(n)).collect::<Vec<_>>(), bits)
}

/// Channels as the sum has them: interleaved, in whole bytes.
fn stored(channels: &[&[i32]], bits: u32) -> Vec<u8> {
    let size = bits.div_ceil(8) as usize;
    let duration = channels.first().map_or(0, |c| c.len());
    let mut bytes = Vec::with_capacity(duration * channels.len() * size);
    for n in 0..duration {
        for sample in channels.iter().filter_map(|c| c.get(n)) {
            bytes.extend_from_slice(sample.to_le_bytes().get(..size).unwrap_or_default());
        }
    }
    bytes
}

/// The same for one channel that all channels repeat.
fn hash_label(md5: &mut Md5, label: &[i32], channels: u8, bits: u32) {
    let size = bits.div_ceil(8) as usize;
    let mut bytes = Vec::with_capacity(label.len() * size * usize::from(channels));
    for sample in label {
        (0..channels).for_each(|_| bytes.extend(sample.to_le_bytes().into_iter().take(size)));
    }
    md5.update(&bytes);
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Container(biaoshi_container::Error::io(NAME, error))
    }
}

/// What is kept of a frame and its edits, and the last seconds.
fn cost(source: &dyn Source, _: &Limits) -> u64 {
    (source.len() / 2).saturating_add(64 << 20)
}

#[cfg(test)]
mod tests;
