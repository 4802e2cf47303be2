//! Where a lane is on and off in the turns of 短长 短短.

use std::ops::Range;

use super::levels::{DB, FLOOR, LANES, Levels};

/// Frames in the middle of the shortest tone by whose level its edges are told.
const MIDDLE: Range<i64> = 2..9;
/// A lane is on above this much under its tone: where half of a frame is in the tone.
const UNDER: i32 = 6 * DB;
/// How much quieter it is shortly before a tone.
const RISE: i32 = 8 * DB;
/// Frames before the edge that are looked at for this.
const BEFORE: i64 = 4;
/// Frames that a change has to last; what is shorter is no edge.
const LASTS: i64 = 3;
/// Quietest tone that is looked at.
const QUIETEST: i32 = FLOOR + 8 * DB;
/// Frames of the shortest and the longest unit: 70 and 275 ms, for units of 80 to 250 ms.
const UNITS: Range<i64> = 14..55;
/// Most times that one short tone is as long as another, in percent.
const SHORTS: i64 = 145;
/// Bounds of the gap inside a letter, the long tone and the gap between the letters, in percent of a unit.
const INSIDE: (i64, i64) = (55, 170);
const LONG: (i64, i64) = (170, 450);
const BETWEEN: (i64, i64) = (55, 780);
/// Frames that an interval may be off beside this.
const SLACK: i64 = 2;
/// Most that one tone is louder than the others.
const UNEVEN: i32 = 7 * DB;
/// Least that a gap is quieter than the tones, on average.
const DEPTH: i32 = 8 * DB;

/// Eight edges of four tones in a lane, in frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) edges: [i64; 8],
    pub(super) lane: usize,
    /// Level of the tones.
    pub(super) level: i32,
}

/// The lanes on which a tone begins at frame `at`.
pub(super) fn rises(levels: &Levels, at: i64, found: &mut Vec<usize>) {
    found.clear();
    let rows = [at - 1, at, at + MIDDLE.start, at + MIDDLE.end].map(|n| levels.row(n));
    let (before, Some(now), Some(from), Some(to)) = (rows[0], rows[1], rows[2], rows[3]) else { return };
    let count = (MIDDLE.end - MIDDLE.start) as i32;
    for lane in 0..LANES {
        let (Some(now), Some(from), Some(to)) = (now.level.get(lane), from.sum.get(lane), to.sum.get(lane)) else {
            continue;
        };
        let before = before.and_then(|row| row.level.get(lane)).copied().unwrap_or(FLOOR);
        let total = to.wrapping_sub(*from);
        let edge = total - UNDER * count;
        if before * count < edge && now * count >= edge && total >= QUIETEST * count {
            found.push(lane);
        }
    }
    found.retain(|lane| levels.level(at - BEFORE, *lane) * count <= levels.total(at + 2, at + 9, *lane) - RISE * count);
}

/// The rhythm in a lane, whose first tone begins at frame `at`.
pub(super) fn shape(levels: &Levels, at: i64, lane: usize) -> Option<Shape> {
    let mut walk = Walk { levels, lane, at, edge: levels.mean(at + MIDDLE.start, at + MIDDLE.end, lane) - UNDER };
    let short = walk.run(true, UNITS.start - SLACK, UNITS.end + SLACK)?;
    let within = |(least, most): (i64, i64)| (short * least / 125 - SLACK, short * most / 80 + SLACK);
    let mut edges = [at; 8];
    let bounds = [(80, 125), INSIDE, LONG, BETWEEN, (80, 125), INSIDE, (80, 125)];
    for (n, (edge, bounds)) in edges.iter_mut().skip(1).zip(bounds).enumerate() {
        if n > 0 {
            let (least, most) = within(bounds);
            walk.run(n % 2 == 0, least, most)?;
        }
        *edge = walk.at;
    }
    let shape = Shape { edges, lane, level: 0 };
    let level = shape.level(levels)?;
    shape.fits().then_some(Shape { level, ..shape })
}

struct Walk<'a> {
    levels: &'a Levels,
    lane: usize,
    at: i64,
    edge: i32,
}

impl Walk<'_> {
    /// Goes to where the lane is no longer on (or off), and says how many frames that took.
    fn run(&mut self, on: bool, least: i64, most: i64) -> Option<i64> {
        let start = self.at;
        let mut other = 0;
        for n in start.. {
            let loud = self.levels.level(n, self.lane) >= self.edge;
            other = if loud == on { 0 } else { other + 1 };
            if other == LASTS {
                self.at = n + 1 - LASTS;
                break;
            }
            if n - start > most + LASTS {
                return None;
            }
        }
        let length = self.at - start;
        (length >= least).then_some(length)
    }
}

impl Shape {
    /// Frames of each of the seven intervals.
    pub(super) fn intervals(&self) -> [i64; 7] {
        let [a, b, c, d, e, f, g, h] = self.edges;
        [b - a, c - b, d - c, e - d, f - e, g - f, h - g]
    }

    /// Frames of a unit: the mean of the short tones.
    pub(super) fn unit(&self) -> f64 {
        let [a, _, _, _, b, _, c] = self.intervals();
        (a + b + c) as f64 / 3.0
    }

    pub(super) fn start(&self) -> i64 {
        self.edges[0]
    }

    pub(super) fn end(&self) -> i64 {
        self.edges[7]
    }

    /// The four tones.
    pub(super) fn tones(&self) -> [Range<i64>; 4] {
        let [a, b, c, d, e, f, g, h] = self.edges;
        [a..b, c..d, e..f, g..h]
    }

    /// The three gaps.
    pub(super) fn gaps(&self) -> [Range<i64>; 3] {
        let [_, a, b, c, d, e, f, _] = self.edges;
        [a..b, c..d, e..f]
    }

    fn fits(&self) -> bool {
        let [first, gap, long, between, second, last_gap, third] = self.intervals();
        let shorts = [first, second, third];
        let (least, most) = (shorts.into_iter().min().unwrap_or(0), shorts.into_iter().max().unwrap_or(0));
        let sum: i64 = shorts.iter().sum();
        let within = |n: i64, (least, most): (i64, i64)| {
            3 * 100 * (n + SLACK) >= sum * least && 3 * 100 * (n - SLACK) <= sum * most
        };
        (3 * UNITS.start..3 * UNITS.end).contains(&sum)
            && (most - SLACK) * 100 <= (least + SLACK) * SHORTS
            && within(gap, INSIDE)
            && within(last_gap, INSIDE)
            && within(long, LONG)
            && within(between, BETWEEN)
    }

    /// The level of the tones, where they are of about one loudness and the gaps much quieter.
    fn level(&self, levels: &Levels) -> Option<i32> {
        let mean = |r: Range<i64>| levels.mean(r.start + 2, r.end - 2, self.lane);
        let tones = self.tones().map(mean);
        let (least, most) = (tones.into_iter().min()?, tones.into_iter().max()?);
        let gap = self.gaps().map(mean).into_iter().max()?;
        (most - least <= UNEVEN && gap <= least - DEPTH).then(|| tones.iter().sum::<i32>() / 4)
    }
}

/// The stretches of some frames in which a lane is on, by the level of the tones that it is compared with. Those that
/// reach out of the frames are left out.
pub(super) fn loud(levels: &Levels, lane: usize, level: i32, frames: Range<i64>) -> Vec<Range<i64>> {
    let mut found = Vec::new();
    let mut start = None;
    for n in frames {
        let on = levels.level(n, lane) >= level - UNDER;
        match start {
            None if on => start = Some(n),
            Some(from) if !on => {
                found.push(from..n);
                start = None;
            }
            _ => {}
        }
    }
    found
}
