//! Decoded frames that wait for what is to be added to them, for formats whose frames are coded again.

use std::collections::VecDeque;
use std::ops::Range;

use crate::samples::{Block, Differences};

/// What is added to the part of a sound that is played; nothing to what lies around it.
pub(super) struct Played<'d> {
    differences: &'d mut dyn Differences,
    /// Sample frames.
    part: Range<u64>,
    at: u64,
    ended: bool,
}

impl<'d> Played<'d> {
    pub(super) fn new(differences: &'d mut dyn Differences, part: Range<u64>) -> Self {
        Self { differences, part, at: 0, ended: false }
    }

    /// Takes the next block, and appends what to add to what came so far, as far as that is known.
    pub(super) fn pass(&mut self, block: &Block, told: &mut Vec<f32>) {
        let frames = block.frames() as u64;
        let inside = |frame: u64| frame.saturating_sub(self.at).min(frames) as usize * block.channels;
        let (from, to) = (inside(self.part.start), inside(self.part.end));
        told.resize(told.len() + from, 0.0);
        self.differences.pass(block.samples.get(from..to).unwrap_or_default(), told);
        self.at += frames;
        if self.at >= self.part.end {
            self.rest(told);
            told.resize(told.len() + block.samples.len() - to, 0.0);
        }
    }

    /// Appends the rest, once.
    pub(super) fn rest(&mut self, told: &mut Vec<f32>) {
        if !std::mem::replace(&mut self.ended, true) {
            self.differences.rest(told);
        }
    }
}

/// Frames, and what was told of the differences.
pub(super) struct Marked {
    /// Bits of a sample.
    bits: u32,
    /// Frames that were decoded, channel by channel.
    waiting: VecDeque<Vec<Vec<i32>>>,
    /// What is added to the first of them and to those that follow, interleaved.
    pub(super) told: Vec<f32>,
    /// How many of these were used.
    used: usize,
}

impl Marked {
    pub(super) fn new(bits: u32) -> Self {
        Self { bits, waiting: VecDeque::new(), told: Vec::new(), used: 0 }
    }

    /// Takes the next frame.
    pub(super) fn push(&mut self, channels: Vec<Vec<i32>>) {
        self.waiting.push_back(channels);
    }

    /// The next frame of which all is told, with the differences added; `None` once no other is.
    pub(super) fn next(&mut self) -> Option<Vec<Vec<i32>>> {
        let front = self.waiting.front();
        let (channels, length) = front.map_or((0, 0), |frame| (frame.len(), frame.first().map_or(0, Vec::len)));
        let told = front.and_then(|_| self.told.get(self.used..self.used + channels * length));
        let (Some(told), Some(mut frame)) = (told, told.and_then(|_| self.waiting.pop_front())) else {
            self.told.drain(..self.used);
            self.used = 0;
            return None;
        };
        let half = 1_i64 << (self.bits - 1);
        for (channel, samples) in frame.iter_mut().enumerate() {
            for (sample, difference) in samples.iter_mut().zip(told.iter().skip(channel).step_by(channels)) {
                let step = (f64::from(*difference) * half as f64).round() as i64;
                *sample = (i64::from(*sample) + step).clamp(-half, half - 1) as i32;
            }
        }
        self.used += channels * length;
        Some(frame)
    }

    /// Whether all frames are coded.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
