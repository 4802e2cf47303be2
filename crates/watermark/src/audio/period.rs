//! One period of a sound: what is allowed in it, what the pattern wants, and the difference that results.

use std::sync::Arc;

use super::masking::{HALVES, LONG, Masking, Meter, STRIDE, of_frames};
use super::pattern::{CODE, Pattern};
use super::spectrum::{BINS, SPECTRUM, Stft, powers};
use super::tiles::Map;
use super::{BANDS, CONTEXT, FIRST, FRAME, HOP, PERIOD, SLOT, TURNS, WIDTH};

/// Power of the mark over the threshold, in each half Bark.
const TARGET: f32 = 0.33;
/// Most by which a tile is raised or lowered, in nepers (3.6 dB).
const MOST: f32 = 0.42;
/// Share of that where a band is steady, as tones are: a tone masks less than noise does, and its roughness is heard.
const TONAL: f32 = 0.5;
/// Frames before and behind one over which steadiness is measured: 36 ms in all.
const STEADY: usize = 4;
/// What is added to a frame spreads over all of its 16 ms, and hides in its neighbours too, or is heard before an attack or behind a
/// decay: so many frames (8 ms) before and behind it limit it, to so many times the power that they mask.
const NEXT: usize = 2;
const PRE: f32 = 4.0;
const POST: f32 = 8.0;
/// Times that the result is measured and corrected.
const CORRECTIONS: usize = 1;
/// Power of the mark over that of the sound in any 4 ms: nothing is heard before an attack or behind a decay.
const INSTANT: f32 = 0.16;
/// Samples over which that is measured.
const MOMENT: usize = 64;
/// Share of what the sound itself says in a code bit that is taken out of it.
const CANCEL: f32 = 0.6;

/// Marks period after period.
pub(super) struct Period {
    pattern: Arc<Pattern>,
    /// Signs of the code bits.
    code: Vec<f32>,
    /// Slots of the pattern that lie before the sound.
    phase: usize,
    number: usize,
    stft: Stft,
    masking: Masking,
    meter: Meter,
    /// What the frames of each channel's last period add to the next one.
    tails: Vec<Vec<f32>>,
    energy: f32,
    /// Signed gains of the tiles of this period.
    wanted: Vec<f32>,
    /// Kept for its memory.
    host: Host,
}

/// What a period of the sound is made of.
#[derive(Default)]
struct Host {
    /// Of each channel, rows of [`SPECTRUM`].
    spectra: Vec<Vec<f32>>,
    /// Of the mix of all channels.
    powers: Vec<f32>,
    /// Rows before the period.
    before: usize,
}

impl Period {
    pub(super) fn new(pattern: Arc<Pattern>, code: Vec<f32>, phase: usize, channels: usize) -> Self {
        Self {
            pattern,
            code,
            phase,
            number: 0,
            stft: Stft::new(),
            masking: of_frames(),
            meter: Meter::new(),
            tails: vec![vec![0.0; FRAME - HOP]; channels],
            energy: 0.0,
            wanted: vec![0.0; PERIOD * BANDS],
            host: Host::default(),
        }
    }

    /// Energy of the mark over twice the power density of all else that its tiles say, of all periods.
    pub(super) fn energy(&self) -> f32 {
        self.energy
    }

    /// What to add to the channels in the next period, of which `before` frames are handed over before it and [`CONTEXT`]
    /// behind it.
    pub(super) fn mark(&mut self, channels: &[Vec<f32>], before: usize) -> Vec<Vec<f32>> {
        let mut host = self.host(channels, before);
        let map = Map::plain(&host.powers).0;
        self.want(&map, before);
        let mut amplitudes = self.allowed(&host);
        let inside: Vec<&[f32]> = channels.iter().map(|c| &c[before * HOP..]).collect();
        let mut out = self.synthesise(&host, &amplitudes);
        for _ in 0..CORRECTIONS {
            self.correct(&inside, &out, &mut amplitudes);
            out = self.synthesise(&host, &amplitudes);
        }
        for ((difference, samples), tail) in out.iter_mut().zip(&inside).zip(&mut self.tails) {
            let next = difference.split_off(PERIOD * SLOT * HOP);
            difference.iter_mut().zip(tail.iter()).for_each(|(d, t)| *d += t);
            *tail = next;
            hold_back(difference, samples);
        }
        self.energy += self.measure(channels, before, &out, &mut host.powers);
        self.number += 1;
        self.host = host;
        out
    }

    fn host(&mut self, channels: &[Vec<f32>], before: usize) -> Host {
        let rows = before + PERIOD * SLOT + CONTEXT;
        let mut host = std::mem::take(&mut self.host);
        host.before = before;
        host.spectra.resize(channels.len(), Vec::new());
        for (samples, out) in channels.iter().zip(&mut host.spectra) {
            spectra(&mut self.stft, samples, rows, out);
        }
        let mut mix = [0.0; SPECTRUM];
        host.powers.resize(rows * BINS, 0.0);
        for (row, out) in host.powers.chunks_exact_mut(BINS).enumerate() {
            mix.fill(0.0);
            for spectra in &host.spectra {
                let spectrum = &spectra[row * SPECTRUM..(row + 1) * SPECTRUM];
                mix.iter_mut().zip(spectrum).for_each(|(sum, value)| *sum += value);
            }
            powers(&mix, out);
        }
        host
    }

    /// Slot of the pattern and turn of the code at a slot of this period.
    fn place(&self, slot: usize) -> (usize, usize) {
        let at = self.number * PERIOD + self.phase + slot;
        (at % PERIOD, at / PERIOD % TURNS)
    }

    /// The sign that the mark gives a tile, and its code bit.
    fn sign(&self, slot: usize, band: usize) -> (f32, Option<usize>) {
        let (row, turn) = self.place(slot);
        let sign = self.pattern.sign(row, band);
        match self.pattern.bit(row, band, turn) {
            Some(bit) => (sign * self.code[bit], Some(bit)),
            None => (sign, None),
        }
    }

    /// Signed gains of mean square 1: code bits that the sound itself speaks against get more (improved spread spectrum,
    /// Malvar and Florencio 2003).
    fn want(&mut self, map: &Map, before: usize) {
        let mut host = vec![(0.0_f32, 0.0_f32); CODE + 1];
        for slot in 0..PERIOD {
            let row = map.row(before + slot * SLOT);
            for (band, value) in row.iter().enumerate() {
                let (sign, bit) = self.sign(slot, band);
                let (sum, count) = &mut host[bit.unwrap_or(CODE)];
                *sum += sign * value;
                *count += 1.0;
            }
        }
        // A mark of this strength says about so much in a tile.
        let said = 0.3;
        let gains: Vec<f32> =
            host.iter().map(|(sum, count)| (1.0 - CANCEL * sum / count.max(1.0) / said).clamp(0.5, 1.8)).collect();
        let square = gains.iter().map(|g| g * g).sum::<f32>() / gains.len() as f32;
        let scale = 1.0 / square.sqrt();
        for slot in 0..PERIOD {
            for band in 0..BANDS {
                let (sign, bit) = self.sign(slot, band);
                self.wanted[slot * BANDS + band] = sign * scale * gains[bit.unwrap_or(CODE)];
            }
        }
    }

    /// Relative amplitude that each half Bark of each frame may change by, in all channels.
    fn allowed(&self, host: &Host) -> Vec<[f32; HALVES]> {
        let mut allowed = vec![[2.0 * MOST; HALVES]; PERIOD * SLOT];
        let mut of_bins = [0.0; BINS];
        for spectra in &host.spectra {
            let bands: Vec<[f32; HALVES]> = spectra
                .chunks_exact(SPECTRUM)
                .map(|spectrum| {
                    powers(spectrum, &mut of_bins);
                    self.masking.bands(&of_bins)
                })
                .collect();
            let thresholds: Vec<_> = bands.iter().map(|bands| self.masking.threshold(bands)).collect();
            for (row, allowed) in allowed.iter_mut().enumerate() {
                let at = host.before + row;
                let (before, behind) =
                    (&thresholds[at.saturating_sub(NEXT)], &thresholds[(at + NEXT).min(bands.len() - 1)]);
                let steady = steadiness(&bands[at.saturating_sub(STEADY)..(at + STEADY + 1).min(bands.len())]);
                for half in 0..HALVES {
                    let threshold = thresholds[at][half].min(PRE * before[half]).min(POST * behind[half]);
                    let share = 1.0 - (1.0 - TONAL) * steady[half];
                    let amplitude = (TARGET * threshold / (bands[at][half] + 1e-12)).sqrt();
                    allowed[half] = allowed[half].min(amplitude.min(2.0 * MOST) * share);
                }
            }
        }
        allowed
    }

    /// The difference in each channel: a period, and what its last frames add behind it.
    fn synthesise(&mut self, host: &Host, amplitudes: &[[f32; HALVES]]) -> Vec<Vec<f32>> {
        let mut out = vec![vec![0.0; (PERIOD * SLOT - 1) * HOP + FRAME]; host.spectra.len()];
        let mut gains = [0.0_f32; BANDS * WIDTH];
        let mut pair = [[0.0; SPECTRUM]; 2];
        let bins = FIRST..FIRST + BANDS * WIDTH;
        let mut idle = vec![0.0; FRAME];
        for (row, allowed) in amplitudes.iter().enumerate() {
            let wanted = &self.wanted[row / SLOT * BANDS..(row / SLOT + 1) * BANDS];
            for (n, gain) in gains.iter_mut().enumerate() {
                let g = (wanted[n / WIDTH] * allowed[self.masking.half[FIRST + n]]).clamp(-MOST, MOST);
                // exp(g) - 1 to the second order.
                *gain = g + 0.5 * g * g;
            }
            for (two, outs) in host.spectra.chunks(2).zip(out.chunks_mut(2)) {
                for (spectra, pair) in two.iter().zip(&mut pair) {
                    let spectrum = &spectra[(host.before + row) * SPECTRUM..][..SPECTRUM];
                    for (out, part) in pair.chunks_exact_mut(BINS).zip(spectrum.chunks_exact(BINS)) {
                        let inside = out[bins.clone()].iter_mut().zip(&part[bins.clone()]);
                        inside.zip(&gains).for_each(|((out, value), gain)| *out = value * gain);
                    }
                }
                let at = row * HOP..row * HOP + FRAME;
                match outs {
                    [a, b] => self.stft.back([&pair[0], &pair[1]], [&mut a[at.clone()], &mut b[at]]),
                    [a] => self.stft.back([&pair[0], &pair[0]], [&mut a[at], &mut idle]),
                    _ => {}
                }
            }
        }
        out
    }

    /// Measures how near the difference comes to what is heard, and corrects the amplitudes.
    fn correct(&mut self, samples: &[&[f32]], differences: &[Vec<f32>], amplitudes: &mut [[f32; HALVES]]) {
        let frames = (differences[0].len() - LONG) / STRIDE + 1;
        let mut factors = vec![[1.0_f32; HALVES]; frames];
        for (frame, factors) in factors.iter_mut().enumerate() {
            let at = frame * STRIDE..frame * STRIDE + LONG;
            let mut worst = [0.0_f32; HALVES];
            for (samples, difference) in samples.iter().zip(differences) {
                if let Some(ratios) = self.meter.ratios(&samples[at.clone()], &difference[at.clone()]) {
                    worst.iter_mut().zip(&ratios).for_each(|(w, r)| *w = w.max(*r));
                }
            }
            for half in 0..HALVES {
                // What leaks into a neighbour is that neighbour's matter, and half of it one's own.
                let (below, above) = (worst[half.saturating_sub(1)], worst[(half + 1).min(HALVES - 1)]);
                let ratio = worst[half].max(0.3 * below.max(above));
                factors[half] = (TARGET / (ratio + 1e-6)).sqrt().clamp(0.1, 1.0);
            }
        }
        for (row, amplitudes) in amplitudes.iter_mut().enumerate() {
            // The middle of row `r` lies at sample 64 r + 128, that of frame `f` at 256 f + 256.
            let at = ((row * HOP) as f32 - 128.0).max(0.0) / STRIDE as f32;
            let (low, part) = ((at as usize).min(frames - 1), at.fract());
            let high = (low + 1).min(frames - 1);
            for (half, amplitude) in amplitudes.iter_mut().enumerate() {
                let factor = factors[low][half] * (1.0 - part) + factors[high][half] * part;
                *amplitude *= factor;
            }
        }
    }

    /// What the detector will see of the mark in this period; `powers` are overwritten.
    fn measure(
        &mut self,
        channels: &[Vec<f32>],
        before: usize,
        differences: &[Vec<f32>],
        powers: &mut Vec<f32>,
    ) -> f32 {
        let mut mix = vec![0.0_f32; channels[0].len()];
        for (channel, difference) in channels.iter().zip(differences) {
            mix.iter_mut().zip(channel).for_each(|(m, c)| *m += c);
            mix[before * HOP..].iter_mut().zip(difference).for_each(|(m, d)| *m += d);
        }
        powers.clear();
        self.stft.powers(&mix, before + PERIOD * SLOT, powers);
        let map = Map::plain(powers).0;
        let mut sums = [(0.0_f32, 0.0_f32); BANDS];
        for slot in 0..PERIOD {
            for (band, (value, (sum, square))) in map.row(before + slot * SLOT).iter().zip(&mut sums).enumerate() {
                *sum += self.sign(slot, band).0 * value;
                *square += value * value;
            }
        }
        let energy = |(sum, square): &(f32, f32)| {
            let mean = sum / PERIOD as f32;
            let variance = square / PERIOD as f32 - mean * mean;
            // Less what chance gives: the square of a mean of noise is the variance over the count.
            if *square > 0.0 { (mean * mean / variance.max(1e-6) * PERIOD as f32 - 1.0) / 2.0 } else { 0.0 }
        };
        sums.iter().map(energy).sum::<f32>().max(0.0)
    }
}

/// Of each half Bark, 1 where its power stays the same, 0 where it changes as that of noise does.
fn steadiness(near: &[[f32; HALVES]]) -> [f32; HALVES] {
    let (mut sums, mut squares) = ([0.0_f32; HALVES], [0.0_f32; HALVES]);
    for bands in near {
        for (band, (sum, square)) in bands.iter().zip(sums.iter_mut().zip(&mut squares)) {
            *sum += band;
            *square += band * band;
        }
    }
    let share = 1.0 / near.len() as f32;
    for (sum, square) in sums.iter_mut().zip(&squares) {
        let mean = *sum * share;
        let variance = (square * share - mean * mean).max(0.0);
        // The power of noise deviates by as much as its mean; frames overlap, and nine of them see about half of that.
        *sum = (1.0 - 2.0 * variance.sqrt() / (mean + 1e-12)).clamp(0.0, 1.0);
    }
    sums
}

/// The spectra of so many frames, two at a time.
fn spectra(stft: &mut Stft, samples: &[f32], rows: usize, out: &mut Vec<f32>) {
    out.resize(rows * SPECTRUM, 0.0);
    for (pair, two) in out.chunks_exact_mut(2 * SPECTRUM).enumerate() {
        let frame = |n: usize| &samples[(2 * pair + n) * HOP..(2 * pair + n) * HOP + FRAME];
        let (a, b) = two.split_at_mut(SPECTRUM);
        stft.pair([frame(0), frame(1)], [a, b]);
    }
}

/// Holds the difference back where it is louder for a moment than the sound hides.
fn hold_back(difference: &mut [f32], samples: &[f32]) {
    let moments = difference.len() / MOMENT;
    let power = |s: &[f32], at: usize| s[at * MOMENT..(at + 1) * MOMENT].iter().map(|v| v * v).sum::<f32>();
    let gains: Vec<f32> = (0..moments)
        .map(|at| (INSTANT * power(samples, at) / (power(difference, at) + 1e-12)).sqrt().min(1.0))
        .collect();
    let (Some(first), Some(last)) = (gains.first(), gains.last()) else { return };
    // From the middle of each moment to that of the next one.
    let (start, rest) = difference.split_at_mut(MOMENT / 2);
    start.iter_mut().for_each(|d| *d *= first);
    let nexts = gains.iter().skip(1).chain([last]);
    for (moment, (gain, next)) in rest.chunks_mut(MOMENT).zip(gains.iter().zip(nexts)) {
        for (n, d) in moment.iter_mut().enumerate() {
            let part = (n as f32 + 0.5) / MOMENT as f32;
            *d *= gain * (1.0 - part) + next * part;
        }
    }
}
