//! Whether the label is heard in what was written as it should be.

use std::ops::Range;

use crate::Result;
use crate::samples::{Block, Sound};

/// Seconds of a window in which sound and label are compared.
const WINDOW: f64 = 0.01;
/// Most that they may differ by where a tone is or was just now, relative to the tone: it is 1.5 dB louder then at most, and has
/// its pitch.
const NEAR: f64 = 0.18;
/// The same in the silence around: -36 dB.
const SILENT: f64 = 0.016;
/// Largest sample of a silent channel.
const NOTHING: f32 = 1e-6;
/// Largest sample of the content that nobody needs to be told of: -50 dBFS.
const QUIET: f32 = 0.003_162;
/// Windows beside a tone that count as such.
const AROUND: usize = 3;

/// What was written, to be compared with a label.
pub(super) struct Compared<'a> {
    /// Interleaved.
    pub(super) samples: &'a [f32],
    pub(super) channels: usize,
    /// Sample frames in which what is heard is of the content.
    pub(super) content: Range<usize>,
    pub(super) rate: u32,
}

impl Compared<'_> {
    /// Whether all channels have a label, but for some that are silent.
    pub(super) fn has(&self, label: &[f32], silent: usize) -> bool {
        let channels = 0..self.channels;
        let quiet = |channel: &usize| {
            let mut samples = self.channel(*channel).take(label.len()).enumerate();
            samples.all(|(n, s)| s.abs() < NOTHING || self.content.contains(&n))
        };
        let sounding: Vec<usize> = channels.filter(|channel| !quiet(channel)).collect();
        let count = self.channels - sounding.len();
        count <= silent && count < self.channels && sounding.iter().all(|channel| self.agrees(*channel, label))
    }

    fn channel(&self, channel: usize) -> impl Iterator<Item = f32> {
        self.samples.iter().copied().skip(channel).step_by(self.channels.max(1))
    }

    fn agrees(&self, channel: usize, label: &[f32]) -> bool {
        let window = ((WINDOW * f64::from(self.rate)) as usize).max(1);
        let levels: Vec<f64> = label.chunks(window).map(|part| rms(part.iter().copied())).collect();
        let tone = levels.iter().fold(0f64, |most, level| most.max(*level));
        let near =
            |n: usize| levels.iter().skip(n.saturating_sub(AROUND)).take(2 * AROUND + 1).any(|level| *level > 0.0);
        let mut samples = self.channel(channel);
        label.chunks(window).enumerate().all(|(n, part)| {
            let error = rms(part.iter().map(|wanted| samples.next().unwrap_or(0.0) - wanted));
            let content = n * window < self.content.end && (n + 1) * window > self.content.start;
            content || error <= tone * if near(n) { NEAR } else { SILENT }
        })
    }

    /// Sample frames in which the content is heard, up to its start or on from its end.
    pub(super) fn content(&self, before: bool) -> usize {
        let (from, count) = (self.content.start * self.channels, self.content.len() * self.channels);
        let samples = self.samples.iter().skip(from).take(count);
        let heard = |s: &f32| s.abs() > QUIET;
        let first = samples.clone().position(heard);
        let last = samples.rev().position(heard);
        let silent = if before { first } else { last };
        silent.map_or(0, |silent| (count - silent).div_ceil(self.channels.max(1)))
    }
}

fn rms(samples: impl Iterator<Item = f32>) -> f64 {
    let (sum, count) = samples.fold((0.0, 0u32), |(sum, count), s| (sum + f64::from(s) * f64::from(s), count + 1));
    (sum / f64::from(count.max(1))).sqrt()
}

/// The first `frames` of a sound.
///
/// # Errors
/// I/O, limits.
pub(super) fn first(sound: &mut dyn Sound, frames: usize) -> Result<Vec<f32>> {
    let (mut block, mut out) = (Block::default(), Vec::new());
    let most = frames * sound.channels();
    while out.len() < most && sound.next(&mut block)? {
        out.extend_from_slice(&block.samples);
    }
    out.truncate(most);
    Ok(out)
}

/// The last `frames` of a sound.
///
/// # Errors
/// I/O, limits.
pub(super) fn last(sound: &mut dyn Sound, frames: usize) -> Result<Vec<f32>> {
    let (mut block, mut out) = (Block::default(), Vec::new());
    let most = frames * sound.channels();
    // Places are exact to a page or so.
    if let Some(from) = sound.frames().and_then(|all| all.checked_sub(3 * frames as u64)) {
        let _ = sound.seek(from);
    }
    while sound.next(&mut block)? {
        out.extend_from_slice(&block.samples);
        if out.len() > 4 * most {
            out.drain(..out.len() - most);
        }
    }
    out.drain(..out.len().saturating_sub(most));
    Ok(out)
}
