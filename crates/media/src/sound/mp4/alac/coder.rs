//! Coding samples into frames of Apple Lossless, as its reference code (Apple, 2011) reads them: a prediction that learns as
//! it goes, and Rice codes whose parameter follows the mean of what was coded.

use crate::sound::bits::Bits;
use crate::sound::flac::coder::rest;

/// Bits of an element's kind: one channel, two channels, the end.
pub(super) const SINGLE: u64 = 0;
pub(super) const PAIR: u64 = 1;
pub(super) const END: u64 = 7;

/// Samples that a prediction looks at, and the places of its weights behind the point.
const ORDER: usize = 8;
const PLACES: u32 = 9;
/// Weights from which learning begins: 38/16, -29/16, -2/16.
const BEGIN: [i32; ORDER] = [1216, -928, -64, 0, 0, 0, 0, 0];
/// Quarters of the factor by which the mean follows.
const FACTOR: u64 = 4;
/// Two channels mixed: a quarter of so many quarters of the left one in the first, and the difference in the second.
const MIXED: (u32, i32) = (2, 2);

/// Most ones in front of a code; behind as many the number itself follows, with so many bits in a run of zeros.
const ONES: u32 = 9;
const RUN_BITS: u32 = 16;
/// Bits of the longest code that is no number itself.
const LONGEST: u32 = 25;
/// Places of the mean behind the point, and the longest run of zeros.
const MEAN: u32 = 9;
const RUN: u32 = 65_535;

/// What the decoder is told of the Rice codes (`pb`, `mb` and `kb` of the configuration).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rice {
    /// How fast the mean follows.
    pub(super) speed: u8,
    /// The mean at the start.
    pub(super) start: u8,
    /// The largest parameter.
    pub(super) most: u8,
}

/// One frame of one or two channels of equal length; `whole` is the length that a frame has without stating one. `None`
/// where the samples as they are take no more room.
pub(super) fn frame(channels: &[&[i32]], bits: u32, whole: usize, rice: Rice) -> Option<Vec<u8>> {
    let length = channels.first().map_or(0, |c| c.len());
    // The low bytes of long samples are noise, and stand apart.
    let apart = match bits {
        0..=23 => 0,
        24..=31 => 8,
        _ => 16,
    };
    let high: Vec<Vec<i32>> = channels.iter().map(|c| c.iter().map(|s| s >> apart).collect()).collect();
    let (mix, parts) = match &high[..] {
        [left, right] => mixed(left, right),
        _ => (0, high.clone()),
    };
    let width = bits - apart + u32::from(channels.len() == 2);
    let coded: Vec<([i32; ORDER], Vec<i32>)> = parts.iter().map(|part| predicted(part, width)).collect();
    let mut out = Bits::default();
    head(&mut out, channels.len(), (length != whole).then_some(length), u64::from(apart / 8), false);
    out.push(if mix > 0 { u64::from(MIXED.0) } else { 0 }, 8);
    out.push(mix as u64, 8);
    for (weights, _) in &coded {
        // Mode 0: one prediction.
        out.push(0, 4);
        out.push(u64::from(PLACES), 4);
        out.push(FACTOR, 3);
        out.push(ORDER as u64, 5);
        weights.iter().for_each(|weight| out.push(*weight as u64, 16));
    }
    if apart > 0 {
        for at in 0..length {
            channels.iter().filter_map(|c| c.get(at)).for_each(|sample| out.push(*sample as u64, apart));
        }
    }
    coded.iter().for_each(|(_, residual)| rice.code(residual, width, &mut out));
    out.push(END, 3);
    let coded = out.aligned();
    (coded.len() < channels.len() * length * bits as usize / 8).then_some(coded)
}

/// What an element begins with: its kind, an instance, twelve bits without use, whether it states its length, bytes that
/// stand apart, whether its samples stand as they are.
pub(super) fn head(out: &mut Bits, channels: usize, length: Option<usize>, apart: u64, plain: bool) {
    out.push(if channels == 2 { PAIR } else { SINGLE }, 3);
    out.push(0, 4);
    out.push(0, 12);
    out.push(length.is_some().into(), 1);
    out.push(apart, 2);
    out.push(plain.into(), 1);
    if let Some(length) = length {
        out.push(length as u64, 32);
    }
}

/// Two channels, mixed where that leaves less; how they are.
fn mixed(left: &[i32], right: &[i32]) -> (i32, Vec<Vec<i32>>) {
    let (shift, share) = MIXED;
    let pairs = || left.iter().zip(right);
    let sum = pairs().map(|(l, r)| (share * l + ((1 << shift) - share) * r) >> shift).collect::<Vec<_>>();
    let difference = pairs().map(|(l, r)| l - r).collect::<Vec<_>>();
    if rest(&sum) + rest(&difference) < rest(left) + rest(right) {
        (share, vec![sum, difference])
    } else {
        (0, vec![left.to_vec(), right.to_vec()])
    }
}

/// Weights, and what a prediction that begins with them leaves. It learns from the whole frame first.
fn predicted(samples: &[i32], width: u32) -> ([i32; ORDER], Vec<i32>) {
    let mut weights = BEGIN;
    predict(samples, &mut weights, width);
    let begun = weights;
    (begun, predict(samples, &mut weights, width))
}

/// What the prediction leaves, which learns from each sample.
fn predict(samples: &[i32], weights: &mut [i32; ORDER], width: u32) -> Vec<i32> {
    let wrapped = |value: i32| value << (32 - width) >> (32 - width);
    let before = [0].into_iter().chain(samples.iter().copied());
    // The first ones by the one before them.
    let mut residual: Vec<i32> =
        samples.iter().zip(before).take(ORDER + 1).map(|(s, before)| wrapped(s.wrapping_sub(before))).collect();
    for window in samples.windows(ORDER + 2) {
        let (Some((base, window)), true) = (window.split_first(), window.len() == ORDER + 2) else { break };
        let Some((sample, known)) = window.split_last() else { break };
        // The newest first, against the oldest.
        let away = known.iter().rev().map(|s| s.wrapping_sub(*base));
        let sum = away.clone().zip(&*weights).fold(0_i32, |sum, (s, w)| sum.wrapping_add(s.wrapping_mul(*w)));
        let expected = base.wrapping_add(sum.wrapping_add(1 << (PLACES - 1)) >> PLACES);
        let left = wrapped(sample.wrapping_sub(expected));
        residual.push(left);
        learn(weights, away, left);
    }
    residual
}

/// Moves the weights by one each towards what was left, the oldest first, until that is made up for.
fn learn(weights: &mut [i32; ORDER], away: impl DoubleEndedIterator<Item = i32> + ExactSizeIterator, left: i32) {
    let sign = left.signum();
    let mut left = left;
    for (n, (away, weight)) in (1..).zip(away.zip(weights).rev()) {
        if left.signum() != sign || sign == 0 {
            return;
        }
        // The weight of what is above goes up where too little was expected.
        let step = away.signum() * sign;
        *weight = i32::from((*weight + step) as i16);
        left = left.wrapping_sub((step.wrapping_mul(away) >> PLACES).wrapping_mul(n));
    }
}

impl Rice {
    fn code(self, residual: &[i32], width: u32, out: &mut Bits) {
        let speed = u32::from(self.speed) * FACTOR as u32 / 4;
        let (mut mean, mut nonzero, mut at) = (u32::from(self.start), 0, 0);
        while let Some(value) = residual.get(at) {
            at += 1;
            let parameter = (31 - ((mean >> MEAN) + 3).leading_zeros()).min(self.most.into());
            // Behind a run of zeros there is none.
            let number = (value.unsigned_abs() << 1) - u32::from(*value < 0) - nonzero;
            short(number, parameter, (1 << parameter) - 1, width, out);
            let followed = speed.wrapping_mul(number + nonzero).wrapping_add(mean);
            mean = followed.wrapping_sub(speed.wrapping_mul(mean) >> MEAN);
            mean = if number > 0xffff { 0xffff } else { mean };
            nonzero = 0;
            if mean << 2 < 1 << MEAN && at < residual.len() {
                let zeros = residual.iter().skip(at).take(RUN as usize).take_while(|value| **value == 0).count();
                at += zeros;
                nonzero = u32::from((zeros as u32) < RUN);
                let parameter = mean.leading_zeros() - 24 + ((mean + 16) >> 6);
                let most = (1 << u32::from(self.most)) - 1;
                short(zeros as u32, parameter, ((1 << parameter) - 1) & most, RUN_BITS, out);
                mean = 0;
            }
        }
    }
}

/// One number: ones, a zero, and the rest; or ones alone, and the number.
fn short(number: u32, parameter: u32, divisor: u32, width: u32, out: &mut Bits) {
    let (ones, rest) = (number / divisor, number % divisor);
    let length = parameter + u32::from(rest > 0);
    if ones >= ONES || ones + length > LONGEST {
        out.push((1 << ONES) - 1, ONES);
        out.push(number.into(), width);
        return;
    }
    out.push((1 << ones) - 1, ones);
    out.push(if rest > 0 { u64::from(rest) + 1 } else { 0 }, length);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use symphonia::core::codecs::audio::well_known::CODEC_ID_ALAC;
    use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoderOptions};
    use symphonia::core::packet::Packet;
    use symphonia::core::units::{Duration, Timestamp};

    /// What symphonia reads of a frame, scaled to whole numbers.
    fn decoded(frame: Vec<u8>, bits: u8, channels: u8, whole: u32) -> Vec<i32> {
        let cookie =
            [&whole.to_be_bytes()[..], &[0, bits, 40, 10, 14, channels, 0, 255], &[0; 8], &44_100_u32.to_be_bytes()]
                .concat();
        let mut params = AudioCodecParameters::new();
        params.for_codec(CODEC_ID_ALAC).with_sample_rate(44_100).with_extra_data(cookie.into());
        let options = AudioDecoderOptions::default();
        let mut decoder = symphonia::default::get_codecs().make_audio_decoder(&params, &options).unwrap();
        let packet = Packet::new(0, Timestamp::new(0), Duration::new(whole.into()), frame);
        let mut samples: Vec<f32> = Vec::new();
        decoder.decode(&packet).unwrap().copy_to_vec_interleaved(&mut samples);
        samples.iter().map(|s| (f64::from(*s) * f64::from(1_u32 << (bits - 1))) as i32).collect()
    }

    proptest! {
        /// Another decoder reads the samples that were coded, and sounds take less room than their samples.
        #[test]
        fn frames_decode_to_their_samples(
            bits in prop::sample::select(vec![16_u8, 20, 24]),
            channels in 1_usize..3,
            kind in 0_u32..5,
            raw in prop::collection::vec(any::<i32>(), 64..1500),
            full in any::<bool>(),
        ) {
            let noise = |n: usize| raw[n] >> (32 - u32::from(bits));
            let tone = |n: usize, by: f64| (f64::from(1 << (bits - 2)) * (n as f64 / by).sin()) as i32;
            let left: Vec<i32> = (0..raw.len()).map(|n| match kind {
                0 => noise(n),
                1 => tone(n, 9.0),
                2 => tone(n, 31.0) + (noise(n) >> 8),
                // Silence, and clicks in it.
                3 => if raw[n] & 63 == 0 { noise(n) } else { 0 },
                _ => if n % 200 < 100 { i32::from(i16::MAX) } else { i32::from(i16::MIN) },
            }).collect();
            let right: Vec<i32> = left.iter().enumerate().map(|(n, s)| if kind == 1 { s / 2 + tone(n, 100.0) / 4 } else { s / 3 }).collect();
            let all = &[&left[..], &right[..]][..channels];
            let whole = if full { raw.len() } else { raw.len() + 9 };
            let coded = frame(all, bits.into(), whole, Rice { speed: 40, start: 10, most: 14 });
            prop_assert!(coded.is_some() || kind == 0 || kind == 4);
            if let Some(coded) = coded {
                let read = decoded(coded, bits, channels as u8, whole as u32);
                for (n, channel) in all.iter().enumerate() {
                    let read: Vec<i32> = read.iter().skip(n).step_by(channels).copied().take(raw.len()).collect();
                    prop_assert_eq!(&read, channel);
                }
            }
        }
    }
}
