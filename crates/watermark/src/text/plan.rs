//! Which places get shards, decided as a text passes by.
//!
//! Two rules. Shards come at even steps: each stretch of so many characters gives one to the good place nearest to its middle.
//! And every window that has nine places has nine shards: where a stretch without places (code, a long address) makes the
//! steps fail, the latest free places of the window are taken too, so that shards stand close together beside it. Only
//! windows that begin at a place, end at one, or begin with the text have to be looked at: all other ones hold as many as one
//! of these.

use super::{Density, WORD};

/// Settled places that are kept.
const PIECE: usize = 4096;

/// A place that may get shards.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Visible characters before it.
    visible: u64,
    /// Where it is, as the caller counts.
    at: u64,
    good: bool,
    shards: u32,
}

/// The plan of one text.
#[derive(Debug)]
pub(super) struct Plan {
    /// Visible characters of a step, and of a window.
    gap: u64,
    window: u64,
    /// Shards that any text gets.
    least: u64,
    /// Places in sight: those that are settled, those that left the window and are not, those of the window, and those ahead
    /// of it.
    places: Vec<Place>,
    /// How many are settled.
    gone: usize,
    /// How many left the window.
    left: usize,
    /// How many entered it.
    entered: usize,
    /// Shards in the window.
    chosen: u64,
    /// Whether the first window was looked at.
    begun: bool,
    /// How many places steps were made over.
    stepped: usize,
    /// Where the last step ends.
    step: u64,
    /// Visible characters seen.
    seen: u64,
    /// Shards in all.
    total: u64,
    settled: Vec<(u64, u64)>,
}

impl Plan {
    pub(super) fn new(density: Density) -> Self {
        Self {
            gap: density.gap(),
            window: density.window(),
            least: density.least(),
            places: Vec::new(),
            gone: 0,
            left: 0,
            entered: 0,
            chosen: 0,
            begun: false,
            stepped: 0,
            step: 0,
            seen: 0,
            total: 0,
            settled: Vec::new(),
        }
    }

    /// The next place, with the visible characters before it.
    #[inline]
    pub(super) fn offer(&mut self, visible: u64, at: u64, good: bool) {
        self.places.push(Place { visible, at, good, shards: 0 });
    }

    /// The text goes on at least to here, and all places before were offered.
    pub(super) fn reach(&mut self, visible: u64) {
        self.seen = visible;
        while self.step + self.gap < self.seen {
            self.make_step();
        }
    }

    /// Places that are settled: where, and how many shards.
    pub(super) fn settled(&mut self) -> std::vec::Drain<'_, (u64, u64)> {
        self.settled.drain(..)
    }

    /// The text is over.
    pub(super) fn finish(&mut self) {
        while self.step < self.seen {
            self.make_step();
        }
        self.add(self.least.saturating_sub(self.total));
        self.left = self.places.len();
        self.settle();
    }

    /// Goes one step on.
    fn make_step(&mut self) {
        let (start, end) = (self.step, (self.step + self.gap).min(self.seen));
        let ahead = self.places.get_mut(self.stepped..).unwrap_or_default();
        let count = ahead.iter().take_while(|place| place.visible <= end).count();
        // A place that is not good is further away than any good one.
        let (middle, far) = (start + self.gap / 2, self.window);
        let worth = |place: &&mut Place| place.visible.abs_diff(middle) + if place.good { 0 } else { far };
        if let Some(place) = ahead.iter_mut().take(count).min_by_key(worth) {
            place.shards = 1;
            self.total += 1;
        }
        self.step = end;
        self.stepped += count;
        self.slide();
        self.settle();
    }

    /// Moves the window over what was stepped over.
    fn slide(&mut self) {
        let window = self.window;
        loop {
            self.skip();
            let next = self.places.get(self.entered).filter(|_| self.entered < self.stepped);
            let enters = next.map(|place| (place.visible, u64::from(place.shards)));
            let end = enters.map_or(self.step, |(at, _)| at);
            let first = self.places.get(self.left).filter(|_| self.left < self.entered);
            let leaves =
                first.map(|place| (place.visible + window, u64::from(place.shards))).filter(|(at, _)| *at <= end);
            if !self.begun && end > window {
                self.begun = true;
                self.fill();
            } else if let Some((at, shards)) = leaves {
                self.chosen -= shards;
                self.left += 1;
                if at < end || enters.is_none() {
                    self.fill();
                }
            } else if let Some((at, shards)) = enters {
                self.chosen += shards;
                self.entered += 1;
                // A text has no windows that begin before it.
                if at >= window {
                    self.fill();
                }
            } else {
                return;
            }
        }
    }

    /// Moves the window on to where its first shard leaves: as long as it has enough, nothing else matters.
    fn skip(&mut self) {
        if !self.begun || self.chosen < WORD as u64 {
            return;
        }
        let inside = self.places.get(self.left..self.entered).unwrap_or_default();
        let first = inside.iter().find(|place| place.shards > 0);
        let until = first.map_or(self.step, |place| place.visible + self.window);
        let ahead = self.places.get(self.entered..self.stepped).unwrap_or_default();
        for place in ahead.iter().take_while(|place| place.visible < until) {
            self.chosen += u64::from(place.shards);
            self.entered += 1;
        }
        let gone = |place: &&Place| place.shards == 0 && place.visible + self.window < until.min(self.step);
        self.left += inside.iter().take_while(gone).count();
    }

    /// Settles what left the window. As long as a text has fewer shards than the least, its places may have to take more.
    fn settle(&mut self) {
        if self.total < self.least {
            return;
        }
        for place in self.places.get(self.gone..self.left).unwrap_or_default().iter().filter(|place| place.shards > 0) {
            self.settled.push((place.at, place.shards.into()));
        }
        self.gone = self.left;
        // What is settled goes in large pieces: what stays has to move.
        if self.gone >= PIECE {
            self.places.drain(..self.gone);
            self.left -= self.gone;
            self.entered = self.entered.saturating_sub(self.gone);
            self.stepped = self.stepped.saturating_sub(self.gone);
            self.gone = 0;
        }
    }

    /// Gives shards to the latest free places of the window where it has nine and fewer shards.
    fn fill(&mut self) {
        let needed = WORD as u64;
        if self.chosen >= needed || self.entered - self.left < WORD {
            return;
        }
        let window = self.places.get_mut(self.left..self.entered).unwrap_or_default();
        for place in window.iter_mut().rev().filter(|place| place.shards == 0) {
            place.shards = 1;
            self.total += 1;
            self.chosen += 1;
            if self.chosen == needed {
                return;
            }
        }
    }

    /// Gives out more shards: to free places, evenly, then to all again.
    fn add(&mut self, mut missing: u64) {
        while missing > 0 && !self.places.is_empty() {
            let least = self.places.iter().map(|place| place.shards).min().unwrap_or(0);
            let free = self.places.iter().filter(|place| place.shards == least).count() as u64;
            let round = missing.min(free);
            // The n-th free place gets one where n * round / free goes up.
            let mut n = 0;
            for place in self.places.iter_mut().filter(|place| place.shards == least) {
                n += 1;
                place.shards += (n * round / free - (n - 1) * round / free) as u32;
            }
            missing -= round;
            self.total += round;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The shards on places (visible characters before them, whether good), by place.
    fn planned(density: Density, places: &[(u64, bool)], length: u64) -> Vec<u64> {
        let mut plan = Plan::new(density);
        let mut shards = vec![0; places.len()];
        for (n, (visible, good)) in places.iter().enumerate() {
            plan.offer(*visible, n as u64, *good);
            plan.reach(*visible);
            plan.settled().for_each(|(at, count)| shards[at as usize] = count);
        }
        plan.reach(length);
        plan.finish();
        plan.settled().for_each(|(at, count)| shards[at as usize] = count);
        assert_eq!(shards.iter().sum::<u64>(), plan.total);
        shards
    }

    fn assert_windows(density: Density, places: &[(u64, bool)], length: u64) {
        let shards = planned(density, places, length);
        // Places and shards up to each character.
        let mut sums = vec![(0, 0); length as usize + 1];
        for ((at, _), shards) in places.iter().zip(&shards) {
            sums[*at as usize] = (1, *shards);
        }
        for n in 1..sums.len() {
            sums[n] = (sums[n].0 + sums[n - 1].0, sums[n].1 + sums[n - 1].1);
        }
        let window = density.window() as usize;
        for start in 0..sums.len().saturating_sub(window) {
            let (from, to) = (sums[start], sums[start + window]);
            let (count, held) = (to.0 - from.0, to.1 - from.1);
            assert!(held >= 9 || count < 9, "{density:?}: {held} of {count} from {start} on");
        }
    }

    #[test]
    fn steps_are_even_in_prose() {
        let places: Vec<_> = (1..5000).map(|at| (at, at % 7 == 0)).collect();
        for density in [Density::Light, Density::Normal, Density::Dense] {
            assert_windows(density, &places, 5000);
            let total = planned(density, &places, 5000).iter().sum::<u64>();
            assert!(total.abs_diff(5000 / density.gap()) < 30, "{density:?}: {total}");
        }
    }

    #[test]
    fn short_texts_get_the_least_and_stack_them() {
        assert_eq!(planned(Density::Normal, &[(3, true), (9, true)], 12), [6, 6]);
        assert_eq!(planned(Density::Light, &[(3, true)], 4), [9]);
        assert_eq!(planned(Density::Normal, &[], 100), Vec::<u64>::new());
    }

    #[test]
    fn few_places_in_a_long_text_get_the_least() {
        let places: Vec<_> = (1..5).map(|n| (n * 3000, true)).collect();
        assert_eq!(planned(Density::Dense, &places, 20_000).iter().sum::<u64>(), 16);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        /// Stretches with places and without, of all lengths.
        #[test]
        fn every_window_with_nine_places_has_nine_shards(
            steps in prop::collection::vec((prop_oneof![4 => 1_u64..3, 2 => 1_u64..12, 1 => 1_u64..400], any::<bool>()), 1..600),
            tail in 0_u64..500,
        ) {
            let mut at = 0;
            let places: Vec<_> = steps.iter().map(|(step, good)| { at += step; (at, *good) }).collect();
            for density in [Density::Light, Density::Normal, Density::Dense] {
                assert_windows(density, &places, at + tail);
            }
        }
    }
}
