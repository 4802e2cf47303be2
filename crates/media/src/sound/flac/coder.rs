//! Coding samples into frames (RFC 9639 section 9): the better of fixed and of linear prediction, and Rice codes.

use biaoshi_container::flac::{FrameHeader, crc16};

use super::predictor::{ORDER, Predictor};
use crate::sound::bits::Bits;

/// Highest order of the fixed predictors.
const ORDERS: usize = 4;
/// Most partitions of a residual, as a power of two.
const PARTITIONS: u32 = 4;
/// Coding method with parameters of five bits, up to 30.
const WIDE: u64 = 1;

/// What all frames of a stream share.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// A header of the stream: its codes for rate and bits are taken over.
    pub(super) header: FrameHeader,
    pub(super) bits: u32,
}

impl Shape {
    /// One frame with a number; every channel has the same number of samples, at most 65,535.
    pub(super) fn frame(&self, channels: &[&[i32]], number: u64) -> Vec<u8> {
        let size = channels.first().map_or(0, |c| c.len());
        let pair = match channels {
            [left, right] => Some(Pair::of(left, right)),
            _ => None,
        };
        let assignment = pair.as_ref().map_or(channels.len().saturating_sub(1) as u8, |pair| pair.assignment);
        let [first, second] = self.header.codes;
        let sized = match first >> 4 {
            6 => 1,
            7 => 2,
            _ => 0,
        };
        let rate = self.header.extra.get(sized..).unwrap_or_default();
        let header = FrameHeader {
            variable: self.header.variable,
            number,
            size: size as u32,
            length: 0,
            codes: [0x70 | first & 0xf, assignment << 4 | second & 0xf],
            extra: [&(size.saturating_sub(1) as u16).to_be_bytes()[..], rate].concat(),
        };
        let mut out = Bits::behind(header.encode());
        match pair {
            Some(pair) => pair.channels.iter().for_each(|(c, more)| subframe(c, self.bits + more, &mut out)),
            None => channels.iter().for_each(|channel| subframe(channel, self.bits, &mut out)),
        }
        let mut bytes = out.aligned();
        let sum = crc16(&bytes);
        bytes.extend(sum.to_be_bytes());
        bytes
    }
}

/// Two channels as they are coded (section 9.1.3).
struct Pair {
    assignment: u8,
    /// Samples, and how many bits they have more than the stream.
    channels: [(Vec<i32>, u32); 2],
}

impl Pair {
    /// The pair that a second difference leaves the least of.
    fn of(left: &[i32], right: &[i32]) -> Self {
        let pairs = || left.iter().zip(right).map(|(l, r)| (i64::from(*l), i64::from(*r)));
        // Samples have 24 bits at most, so sums and differences fit.
        let mid = || pairs().map(|(l, r)| ((l + r) >> 1) as i32).collect::<Vec<_>>();
        let side: Vec<i32> = pairs().map(|(l, r)| (l - r) as i32).collect();
        let [l, r, m, s] = [rest(left), rest(right), rest(&mid()), rest(&side)];
        let costs = [(8, l + s), (9, s + r), (10, m + s), (1, l + r)];
        let assignment = costs.into_iter().min_by_key(|(_, cost)| *cost).map_or(1, |(assignment, _)| assignment);
        let channels = match assignment {
            8 => [(left.to_vec(), 0), (side, 1)],
            9 => [(side, 1), (right.to_vec(), 0)],
            10 => [(mid(), 0), (side, 1)],
            _ => [(left.to_vec(), 0), (right.to_vec(), 0)],
        };
        Self { assignment, channels }
    }
}

/// How much a second difference leaves of a channel.
pub(in crate::sound) fn rest(samples: &[i32]) -> u64 {
    let second = |w: &[i32]| match w {
        [a, b, c] => (i64::from(*c) - 2 * i64::from(*b) + i64::from(*a)).unsigned_abs(),
        _ => 0,
    };
    samples.windows(3).map(second).sum::<u64>() + samples.first().map_or(0, |s| s.unsigned_abs().into())
}

/// One channel: a constant, what a prediction leaves, or the samples as they are.
fn subframe(samples: &[i32], bits: u32, out: &mut Bits) {
    let first = samples.first().copied().unwrap_or(0);
    if samples.iter().all(|s| *s == first) {
        out.push(0, 8);
        out.push(i64::from(first) as u64, bits);
        return;
    }
    let best = [Some(fixed(samples)), linear(samples)].into_iter().flatten().min_by_key(|subframe| subframe.cost(bits));
    match best.filter(|best| best.cost(bits) < samples.len() as u64 * u64::from(bits)) {
        Some(best) => best.write(samples, bits, out),
        None => {
            out.push(0b10, 8);
            samples.iter().for_each(|s| out.push(i64::from(*s) as u64, bits));
        }
    }
}

/// What the fixed predictor leaves that leaves the least in sum.
fn fixed(samples: &[i32]) -> Subframe {
    let mut residual: Vec<i64> = samples.iter().map(|s| i64::from(*s)).collect();
    let mut best: Option<(u64, usize, Vec<i64>)> = None;
    for order in 0..=ORDERS.min(samples.len() - 1) {
        if order > 0 {
            // The residual of the next order is the difference of this one.
            let mut before = residual.get(order - 1).copied().unwrap_or(0);
            residual.iter_mut().skip(order).for_each(|r| (*r, before) = (*r - before, *r));
        }
        let sum = residual.iter().map(|r| r.unsigned_abs()).sum();
        if best.as_ref().is_none_or(|(least, ..)| sum < *least) {
            best = Some((sum, order, residual.clone()));
        }
    }
    let (order, residual) = best.map_or((0, residual), |(_, order, residual)| (order, residual));
    Subframe::new(0b1000 | order as u64, order, Vec::new(), residual)
}

/// What linear prediction leaves, where there is one.
fn linear(samples: &[i32]) -> Option<Subframe> {
    let predictor = Predictor::of(samples)?;
    let residual = predictor.residual(samples)?;
    Some(Subframe::new(0b10_0000 | (ORDER as u64 - 1), ORDER, predictor.parameters(), residual))
}

/// A channel as a prediction and what it leaves.
struct Subframe {
    kind: u64,
    /// Samples that are not predicted.
    order: usize,
    /// Numbers of the prediction, and the bits of each.
    parameters: Vec<(u64, u32)>,
    /// As many as there are samples; those that are not predicted count for nothing.
    residual: Vec<i64>,
    plan: Plan,
}

impl Subframe {
    fn new(kind: u64, order: usize, parameters: Vec<(u64, u32)>, residual: Vec<i64>) -> Self {
        let plan = Plan::of(residual.get(order..).unwrap_or_default(), order);
        Self { kind, order, parameters, residual, plan }
    }

    /// Bits, without the header.
    fn cost(&self, bits: u32) -> u64 {
        let parameters = self.parameters.iter().map(|(_, bits)| u64::from(*bits)).sum::<u64>();
        self.plan.cost + u64::from(bits) * self.order as u64 + parameters
    }

    fn write(&self, samples: &[i32], bits: u32, out: &mut Bits) {
        out.push(self.kind << 1, 8);
        samples.iter().take(self.order).for_each(|s| out.push(i64::from(*s) as u64, bits));
        self.parameters.iter().for_each(|(value, bits)| out.push(*value, *bits));
        self.plan.write(self.residual.get(self.order..).unwrap_or_default(), self.order, out);
    }
}

/// How a residual is coded: partitions and the parameter of each.
struct Plan {
    partitions: u32,
    parameters: Vec<u32>,
    cost: u64,
}

impl Plan {
    fn of(residual: &[i64], order: usize) -> Self {
        let size = residual.len() + order;
        let fits = |p: &u32| size.is_multiple_of(1 << p) && size >> p > order;
        let plans = (0..=PARTITIONS).filter(fits).map(|partitions| {
            let mut cost = 6;
            let parameters = parts(residual, order, partitions).map(|part| {
                let (parameter, bits) = parameter(part);
                cost += 5 + bits;
                parameter
            });
            let parameters = parameters.collect();
            Self { partitions, parameters, cost }
        });
        let none = Self { partitions: 0, parameters: Vec::new(), cost: u64::MAX / 2 };
        plans.min_by_key(|p| p.cost).unwrap_or(none)
    }

    fn write(&self, residual: &[i64], order: usize, out: &mut Bits) {
        out.push(WIDE << 4 | u64::from(self.partitions), 6);
        for (part, parameter) in parts(residual, order, self.partitions).zip(&self.parameters) {
            out.push(u64::from(*parameter), 5);
            for value in part {
                let folded = fold(*value);
                out.zeros(folded >> parameter);
                out.push(1, 1);
                out.push(folded, *parameter);
            }
        }
    }
}

/// The partitions of a residual; the first one lacks the samples in front of it.
fn parts(residual: &[i64], order: usize, partitions: u32) -> impl Iterator<Item = &[i64]> {
    let length = (residual.len() + order) >> partitions;
    (0..1usize << partitions).map(move |n| {
        let from = (n * length).saturating_sub(order);
        residual.get(from..((n + 1) * length).saturating_sub(order)).unwrap_or_default()
    })
}

/// The best Rice parameter, and the bits that it takes.
fn parameter(part: &[i64]) -> (u32, u64) {
    let sum: u64 = part.iter().map(|v| fold(*v)).sum();
    let mean = sum / part.len().max(1) as u64;
    let guess = 64 - mean.leading_zeros();
    let cost = |k: u32| part.iter().map(|v| (fold(*v) >> k) + 1 + u64::from(k)).sum::<u64>();
    let around = guess.saturating_sub(2)..=(guess + 1).min(30);
    around.map(|k| (k, cost(k))).min_by_key(|c| c.1).unwrap_or((0, cost(0)))
}

/// Signed to unsigned: 0, -1, 1, -2 …
fn fold(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(bits: u32, code: u8) -> Shape {
        let header =
            FrameHeader { variable: false, number: 0, size: 1, length: 0, codes: [0x70, code << 1], extra: vec![0, 0] };
        Shape { header, bits }
    }

    proptest! {
        /// Another decoder reads the samples that were coded.
        #[test]
        fn frames_decode_to_their_samples(
            (bits, code) in prop::sample::select(vec![(8, 1u8), (12, 2), (16, 4), (20, 5), (24, 6)]),
            channels in 1usize..9,
            kind in 0u32..3,
            raw in prop::collection::vec(any::<i32>(), 1..700),
            number in 0u64..1 << 31,
        ) {
            let samples: Vec<i32> = raw.iter().enumerate().map(|(n, r)| match kind {
                0 => r >> (32 - bits),
                1 => (f64::from(1 << (bits - 2)) * (n as f64 / 9.0).sin()) as i32,
                _ => 5,
            }).collect();
            let other: Vec<i32> = samples.iter().rev().copied().collect();
            let all: Vec<&[i32]> = (0..channels).map(|n| if n % 3 == 2 { other.as_slice() } else { samples.as_slice() }).collect();
            let frame = shape(bits, code).frame(&all, number);
            let mut reader = claxon::frame::FrameReader::new(std::io::Cursor::new(&frame));
            let block = reader.read_next_or_eof(Vec::new()).unwrap().unwrap();
            for (n, channel) in all.iter().enumerate() {
                prop_assert_eq!(block.channel(n as u32), *channel);
            }
            prop_assert!(reader.read_next_or_eof(Vec::new()).unwrap().is_none());
        }
    }
}
