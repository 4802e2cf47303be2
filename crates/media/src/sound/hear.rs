//! Listening to a whole sound: every rhythm in it, ours and that of others (GB 45438-2025 clause 5.3).

use std::sync::Arc;

use biaoshi_explicit::audio::{self, Clip, Listener, RATES, Tier};

use super::sides::Edges;
use crate::reason::CHANGES;
use crate::samples::{Block, Sound};
use crate::{Error, Found, Place, Result};

/// Bytes of memory that listening takes, about: thirteen seconds of samples and their levels.
pub(crate) const COST: u64 = 4 << 20;
/// Most streams of another rate or number of channels in a row: each is listened to anew.
const STREAMS: usize = 256;
/// Most rhythms that are told.
const MOST: usize = 1000;

/// What was heard in all of a sound.
pub(crate) struct Heard {
    pub(crate) found: Vec<Found>,
    /// Seconds of the sound.
    pub(crate) seconds: f64,
}

/// The rhythms in a sound from its start to its end, and a spoken label at its sides. Damage is passed over, as players do.
///
/// # Errors
/// I/O, limits; [`Error::Unable`] for rates at which there is no rhythm, and where these change too often.
pub(crate) fn hear(sound: &mut dyn Sound, prompt: Option<&Arc<Clip>>) -> Result<Heard> {
    let (mut block, mut found) = (Block::default(), Vec::new());
    let (rate, channels) = (sound.rate(), sound.channels());
    // A spoken label is looked for at the sides, where all of a sound has one rate.
    let mut edges = prompt.filter(|_| RATES.contains(&rate)).map(|clip| Edges::new(rate, Some(clip.clone())));
    let mut stream: Option<Stream> = None;
    let mut count = 0;
    while sound.next(&mut block)? {
        if !stream.as_ref().is_some_and(|stream| stream.goes_on(&block)) {
            let from = stream.take().map_or(0.0, |ended| ended.finish(&mut found));
            count += 1;
            if count > STREAMS {
                return Err(Error::Unable(CHANGES.with([STREAMS.into()])));
            }
            stream = Some(Stream::new(&block, from)?);
        }
        if let Some(stream) = &mut stream {
            stream.add(&block);
        }
        edges = edges.filter(|_| (block.rate, block.channels) == (rate, channels));
        if let Some(edges) = &mut edges {
            edges.add(block.mono());
        }
    }
    let seconds = stream.map_or(0.0, |last| last.finish(&mut found));
    let spoken = edges.iter().flat_map(Edges::prompts);
    found.extend(spoken.map(|s| Found { place: Place::Prompt(vec![s.start..s.end]), score: s.score as f32 }));
    Ok(Heard { found, seconds })
}

/// A part of a sound in which rate and channels stay what they are.
struct Stream {
    listener: Listener,
    rate: u32,
    channels: usize,
    /// Where it begins, in seconds.
    from: f64,
    frames: u64,
}

impl Stream {
    fn new(block: &Block, from: f64) -> Result<Self> {
        let (rate, channels) = (block.rate, block.channels);
        let listener = Listener::new(rate, u32::try_from(channels).unwrap_or(u32::MAX));
        let listener = listener.map_err(|e| Error::Unable(e.message()))?;
        Ok(Self { listener, rate, channels, from, frames: 0 })
    }

    fn goes_on(&self, block: &Block) -> bool {
        (self.rate, self.channels) == (block.rate, block.channels)
    }

    fn add(&mut self, block: &Block) {
        self.frames += block.frames() as u64;
        self.listener.add(&block.samples);
    }

    /// Adds what was heard, of labels and of what is like one as many as are told, and says where this part ends.
    fn finish(self, found: &mut Vec<Found>) -> f64 {
        for heard in self.listener.finish() {
            let heard = audio::Heard { start: heard.start + self.from, end: heard.end + self.from, ..heard };
            let same = |f: &&Found| f.is_label() == (heard.tier == Tier::First);
            if found.iter().filter(same).count() < MOST {
                found.push(Found { score: heard.score as f32, place: Place::Sound(vec![heard.into()]) });
            }
        }
        self.from + self.frames as f64 / f64::from(self.rate)
    }
}

#[cfg(test)]
mod tests;
