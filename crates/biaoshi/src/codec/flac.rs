//! FLAC: the rhythm is coded into frames of its own before or after the content. The content's frames keep their coded
//! samples; behind a label at the start they get new numbers and check sums. STREAMINFO, seek points and tracks follow.

mod coder;
mod layout;
mod stream;

use std::collections::VecDeque;

use biaoshi_container::{Limits, Patch, Source};
use biaoshi_explicit::audio::{Heard, LENGTH, Meter, Position, Rhythm, find_rhythm};
use claxon::Block;
use md5::{Digest, Md5};

use super::wav::{REACH, found};
use super::{Drawn, Error, Found, Outcome, Place, Reason, Result};
use layout::Label;
use stream::Stream;

const NAME: &str = "FLAC";

/// Inserts the rhythm where it is missing, 6 LU quieter than the clip.
///
/// # Errors
/// I/O, damage in front of the frames, limits. Damaged frames are a reason to skip.
pub fn mark(source: &dyn Source, position: Position, limits: &Limits) -> Result<Outcome> {
    let stream = match Stream::open(source, limits)? {
        Ok(stream) => stream,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let mut ears = match Ears::new(&stream) {
        Ok(ears) => ears,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let walked = stream.walk(source, limits, &mut |block| ears.add(block))?;
    let frames = match walked.and_then(|frames| ears.checked(&stream, frames)) {
        Ok(frames) => frames,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let (start, end) = (ears.start(), ears.end());
    let wants = |side: Position| position == side || position == Position::Both;
    let before = wants(Position::Start) && start.is_none();
    let behind = wants(Position::End) && end.is_none();
    if let (false, false, Some(found)) = (before, behind, found(&[start, end])) {
        return Ok(Outcome::Already(found));
    }
    let channels = u32::from(stream.info.channels);
    let rhythm = match Rhythm::new(stream.info.rate, channels, ears.meter.integrated()) {
        Ok(rhythm) => rhythm,
        Err(e) => return Ok(Outcome::Skip(Reason::Sound(e))),
    };
    let samples = |side: bool| -> Vec<i32> {
        let scale = f64::from(1u32 << (stream.info.bits - 1));
        rhythm.samples(side).iter().map(|s| (f64::from(*s) * scale).round() as i32).collect()
    };
    let mut label = Label { before: Vec::new(), behind: Vec::new(), tail: ears.tail };
    if before {
        label.before = samples(true);
        // Whole frames, with more silence between label and content.
        label.before.resize(label.before.len().next_multiple_of(stream.block(&frames)), 0);
    }
    if behind {
        label.behind = samples(false);
    }
    let shift = label.before.len() as u64;
    let mut patch = Patch::new();
    if let Err(reason) = layout::plan(source, &stream, &frames, &label, limits, &mut patch)? {
        return Ok(Outcome::Skip(reason));
    }
    let seconds = |samples: u64| samples as f64 / f64::from(stream.info.rate);
    let mut places = Vec::new();
    if before {
        places.push(0.3..0.3 + LENGTH);
    }
    if behind {
        let content = seconds(ears.count + shift);
        places.push(content + 0.5..content + 0.5 + LENGTH);
    }
    Ok(Outcome::Drawn(Drawn {
        patch,
        found: Found { place: Place::Sound(places), score: 1.0 },
        notes: Vec::new(),
        confirm: None,
    }))
}

/// Looks for our rhythm at the start and at the end.
///
/// # Errors
/// As for [`mark`]; a file that it would skip has none.
pub fn find(source: &dyn Source, limits: &Limits) -> Result<Option<Found>> {
    let Ok(stream) = Stream::open(source, limits)? else { return Ok(None) };
    let Ok(mut ears) = Ears::new(&stream) else { return Ok(None) };
    // What was heard before damage is there.
    let _ = stream.walk(source, limits, &mut |block| ears.add(block))?;
    Ok(found(&[ears.start(), ears.end()]))
}

/// What one pass over the samples tells.
struct Ears {
    meter: Meter,
    md5: Md5,
    rate: u32,
    bits: u32,
    /// Samples of one channel.
    count: u64,
    /// Samples in which a rhythm is looked for.
    reach: usize,
    first: Vec<f32>,
    last: VecDeque<f32>,
    /// The last block, channel by channel.
    tail: Vec<Vec<i32>>,
    interleaved: Vec<f32>,
}

impl Ears {
    fn new(stream: &Stream) -> std::result::Result<Self, Reason> {
        let (rate, channels) = (stream.info.rate, u32::from(stream.info.channels));
        let meter = Meter::new(rate, channels).map_err(Reason::Sound)?;
        Ok(Self {
            meter,
            md5: Md5::new(),
            rate,
            bits: stream.info.bits.into(),
            count: 0,
            reach: (REACH * f64::from(rate)) as usize,
            first: Vec::new(),
            last: VecDeque::new(),
            tail: Vec::new(),
            interleaved: Vec::new(),
        })
    }

    fn add(&mut self, block: &Block) {
        hash(&mut self.md5, block, self.bits);
        let scale = 1.0 / (1u64 << (self.bits - 1)) as f32;
        let channels: Vec<&[i32]> = (0..block.channels()).map(|n| block.channel(n)).collect();
        self.interleaved.clear();
        for n in 0..block.duration() as usize {
            let frame = channels.iter().filter_map(|c| c.get(n)).map(|s| *s as f32 * scale);
            let from = self.interleaved.len();
            self.interleaved.extend(frame);
            let mono = self.interleaved.iter().skip(from).sum::<f32>() / channels.len().max(1) as f32;
            if self.first.len() < self.reach {
                self.first.push(mono);
            }
            if self.last.len() >= self.reach {
                self.last.pop_front();
            }
            self.last.push_back(mono);
        }
        self.meter.add(&self.interleaved);
        self.count += u64::from(block.duration());
        self.tail = channels.iter().map(|c| c.to_vec()).collect();
    }

    /// The frames, unless STREAMINFO tells of other samples: a new sum would hide the damage.
    fn checked<T>(&self, stream: &Stream, frames: T) -> std::result::Result<T, Reason> {
        let sum: [u8; 16] = self.md5.clone().finalize().into();
        let other = |message: &str| Err(Reason::Decoder { message: message.into() });
        match stream.info.md5 {
            _ if ![0, self.count].contains(&stream.info.total) => {
                other("the frames hold fewer samples than STREAMINFO says")
            }
            known if known != [0; 16] && known != sum => other("the samples do not have the MD5 sum in STREAMINFO"),
            _ => Ok(frames),
        }
    }

    /// The rhythm at the start: nothing but silence may lie between it and the edge.
    fn start(&self) -> Option<Heard> {
        find_rhythm(&self.first, self.rate).filter(|h| h.start < 0.5)
    }

    fn end(&self) -> Option<Heard> {
        let last: Vec<f32> = self.last.iter().copied().collect();
        let seconds = |samples: u64| samples as f64 / f64::from(self.rate);
        let (length, skipped) = (seconds(last.len() as u64), seconds(self.count - last.len() as u64));
        let heard = find_rhythm(&last, self.rate).filter(|h| length - h.end < 0.5);
        heard.map(|h| Heard { start: h.start + skipped, end: h.end + skipped, ..h })
    }
}

/// Adds a block to a sum, as STREAMINFO has it: interleaved, little-endian, in whole bytes (section 8.2).
fn hash(md5: &mut Md5, block: &Block, bits: u32) {
    let size = bits.div_ceil(8) as usize;
    let channels: Vec<&[i32]> = (0..block.channels()).map(|n| block.channel(n)).collect();
    let mut bytes = Vec::with_capacity(block.len() as usize * size);
    for n in 0..block.duration() as usize {
        for sample in channels.iter().filter_map(|c| c.get(n)) {
            bytes.extend(sample.to_le_bytes().into_iter().take(size));
        }
    }
    md5.update(&bytes);
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

#[cfg(test)]
mod tests;
