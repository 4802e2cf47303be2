//! Embedding: the difference that a mark makes, a period at a time.

use std::sync::Arc;

use super::ceiling::Ceiling;
use super::pattern::Pattern;
use super::period::Period;
use super::resample::Resampler;
use super::{CONTEXT, FRAME, HOP, PERIOD, RATE, SLOT, TURNS};
use crate::code;
use crate::key::Key;
use crate::payload::{AUDIO, Payload};

/// Sample rates that are marked and searched, in Hz.
pub const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// Most channels.
pub const CHANNELS: usize = 8;
/// What lies above is not touched, in Hz.
const CUTOFF: f64 = 7450.0;
/// Zeros in a row, in samples, that are silence and stay so.
const SILENCE: usize = 64;
/// Energy a bit over noise density (Eb/N0, in dB) that ten seconds give where a clip carries a mark well, and that the whole
/// must give for the mark to be read at all.
const WELL: f32 = 8.0;
const LEAST: f32 = 3.5;

/// Whether a sound can carry the mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Capacity {
    /// Ten seconds of it are enough, codecs included. Eb/N0 of ten seconds, in dB.
    Carries(f32),
    /// The mark is there, but only the whole, or a good copy, shows it. Eb/N0 of ten seconds, in dB.
    Weakly(f32),
    /// Too short or too empty for a mark.
    Cannot,
}

/// A key made ready for marking any number of sounds.
pub struct Embedder {
    key: Key,
    pattern: Arc<Pattern>,
}

impl Embedder {
    /// Prepares a key.
    pub fn new(key: &Key) -> Self {
        Self { key: key.clone(), pattern: Arc::new(Pattern::new(key)) }
    }

    /// Begins to mark a sound of this sample rate and number of channels. `None` where they are outside [`RATES`] and 1 to
    /// [`CHANNELS`].
    pub fn marker(&self, rate: u32, channels: usize, payload: Payload) -> Option<Marker> {
        if !RATES.contains(&rate) || !(1..=CHANNELS).contains(&channels) {
            return None;
        }
        let code = code::encode(&AUDIO.pack(&self.key, payload, 0));
        let code = code.into_iter().map(|bit| if bit { -1.0 } else { 1.0 }).collect();
        // Files of different payloads begin at different places of the pattern, so that their mean does not show it.
        let phase = self.key.stream(&format!("audio/1/phase/{payload}")).below((PERIOD * TURNS) as u32) as usize;
        let each = |from, to| (0..channels).map(|_| Resampler::new(from, to, CUTOFF)).collect();
        Some(Marker {
            channels,
            down: each(rate, RATE),
            up: each(RATE, rate),
            kept: vec![Vec::new(); channels],
            before: 0,
            samples: Vec::new(),
            ready: vec![Vec::new(); channels],
            ceilings: (0..channels).map(|_| Ceiling::new(rate)).collect(),
            zeros: vec![0; channels],
            period: Period::new(Arc::clone(&self.pattern), code, phase, channels),
            seen: 0,
            scratch: Vec::new(),
        })
    }
}

/// Marks one sound, which comes in pieces of any size.
pub struct Marker {
    channels: usize,
    down: Vec<Resampler>,
    up: Vec<Resampler>,
    /// Samples of each channel at [`RATE`] from `before` frames before the next period on.
    kept: Vec<Vec<f32>>,
    before: usize,
    /// Interleaved samples whose difference is not told yet.
    samples: Vec<f32>,
    /// Differences of each channel that are not told yet.
    ready: Vec<Vec<f32>>,
    ceilings: Vec<Ceiling>,
    /// Zeros at the end of what was told of each channel.
    zeros: Vec<usize>,
    period: Period,
    /// Samples at [`RATE`] that went through.
    seen: usize,
    scratch: Vec<f32>,
}

impl Marker {
    /// Takes interleaved samples (full scale is 1) and appends what to add to those that are told by now, in their order.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.samples.extend(samples);
        for (channel, down) in self.down.iter_mut().enumerate() {
            self.scratch.clear();
            self.scratch.extend(samples.iter().skip(channel).step_by(self.channels));
            down.push(&self.scratch, &mut self.kept[channel]);
        }
        while self.kept[0].len() >= self.needed() {
            self.advance(usize::MAX);
        }
        self.tell(false, out);
    }

    /// Appends the rest, and says how well the sound carries the mark.
    pub fn finish(mut self, out: &mut Vec<f32>) -> Capacity {
        for (down, kept) in self.down.iter_mut().zip(&mut self.kept) {
            down.finish(kept);
        }
        let mut left = self.kept[0].len().saturating_sub(self.before * HOP);
        let total = self.seen + left;
        while left > 0 {
            let needed = self.needed().max(self.kept[0].len());
            self.kept.iter_mut().for_each(|kept| kept.resize(needed, 0.0));
            self.advance(left);
            left = left.saturating_sub(PERIOD * SLOT * HOP);
        }
        for (up, ready) in self.up.iter_mut().zip(&mut self.ready) {
            self.scratch.clear();
            up.finish(&mut self.scratch);
            ready.extend_from_slice(&self.scratch);
            ready.resize(self.samples.len() / self.channels, 0.0);
        }
        self.tell(true, out);
        let seconds = total as f32 / RATE as f32;
        let energy = self.period.energy();
        let decibels = |energy: f32| 10.0 * libm::log10f(energy.max(1e-6) / AUDIO.bits() as f32);
        let (all, ten) = (decibels(energy), decibels(energy * 10.0 / seconds.max(0.1)));
        if all < LEAST {
            Capacity::Cannot
        } else if ten < WELL || all < WELL {
            Capacity::Weakly(ten)
        } else {
            Capacity::Carries(ten)
        }
    }

    /// Samples at [`RATE`] that the next period needs.
    fn needed(&self) -> usize {
        (self.before + PERIOD * SLOT + CONTEXT) * HOP + FRAME
    }

    /// Marks the next period, of which `left` samples are not padding.
    fn advance(&mut self, left: usize) {
        let differences = self.period.mark(&self.kept, self.before);
        for ((up, ready), difference) in self.up.iter_mut().zip(&mut self.ready).zip(differences) {
            self.scratch.clear();
            up.push(&difference[..left.min(difference.len())], &mut self.scratch);
            ready.extend_from_slice(&self.scratch);
        }
        let passed = (self.before + PERIOD * SLOT - CONTEXT) * HOP;
        self.kept.iter_mut().for_each(|kept| drop(kept.drain(..passed)));
        self.before = CONTEXT;
        self.seen += PERIOD * SLOT * HOP;
    }

    /// Hands over differences, none where a channel is silent.
    fn tell(&mut self, is_last: bool, out: &mut Vec<f32>) {
        let channels = self.channels;
        let samples = &self.samples;
        let all = self.ceilings.iter_mut().zip(&self.ready).enumerate();
        let frames = all
            .map(|(n, (ceiling, ready))| ceiling.look(samples.chunks_exact(channels), n, ready, is_last))
            .min()
            .unwrap_or(0);
        let start = out.len();
        out.resize(start + frames * channels, 0.0);
        for channel in 0..channels {
            let mut zeros = self.zeros[channel];
            let pairs = out[start..].chunks_exact_mut(channels).zip(self.samples.chunks_exact(channels));
            let differences = self.ready[channel].iter().zip(self.ceilings[channel].gains());
            for (n, ((out, frame), (difference, gain))) in pairs.zip(differences).enumerate() {
                zeros = if frame[channel] == 0.0 { zeros + 1 } else { 0 };
                if zeros == 0 || !self.runs_on(channel, n, zeros) {
                    out[channel] = difference * gain;
                }
            }
            self.zeros[channel] = zeros;
            self.ready[channel].drain(..frames);
            self.ceilings[channel].pass(frames);
        }
        self.samples.drain(..frames * channels);
    }

    /// Whether so many zeros of a channel up to a frame are silence, with those that follow.
    fn runs_on(&self, channel: usize, frame: usize, zeros: usize) -> bool {
        let missing = SILENCE.saturating_sub(zeros);
        let ahead =
            self.samples.iter().skip((frame + 1) * self.channels + channel).step_by(self.channels).take(missing);
        ahead.filter(|s| **s == 0.0).count() == missing
    }
}
