//! Embedding: what is inserted where, as a text passes by.

use std::ops::Range;

use super::places::places;
use super::plan::Plan;
use super::shard::{Shard, symbols};
use super::{Alphabet, Density, SHARDS};
use crate::key::Key;
use crate::payload::Payload;

/// A key, and how its marks are to look.
#[derive(Debug, Clone)]
pub struct Embedder {
    key: Key,
}

/// What comes into a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// Where, as the caller counts.
    pub at: u64,
    /// The characters.
    pub text: String,
}

/// What a mark costs a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Shards that were put in.
    pub shards: u64,
    /// Characters that were put in.
    pub characters: u64,
    /// Characters that are read.
    pub visible: u64,
}

impl Embedder {
    /// Takes a key.
    pub fn new(key: &Key) -> Self {
        Self { key: key.clone() }
    }

    /// Begins to mark a text. The same text, payload and key give the same output.
    pub fn marker(&self, payload: Payload, density: Density, alphabet: Alphabet) -> Marker {
        let shards = (0..).zip(symbols(&self.key, payload)).map(|(index, symbol)| Shard { index, symbol });
        let operators: Vec<String> = shards.clone().map(Shard::operators).collect();
        // The alphabets change places with each round, so that either has all indexes.
        let rounds = match alphabet {
            Alphabet::Operators => vec![operators],
            Alphabet::Both => {
                let joiners: Vec<String> = shards.map(Shard::joiners).collect();
                vec![alternating(&operators, &joiners), alternating(&joiners, &operators)]
            }
        };
        Marker { rounds, plan: Plan::new(density), cost: Cost::default(), ready: Vec::new() }
    }
}

/// Every other one of each.
fn alternating(even: &[String], odd: &[String]) -> Vec<String> {
    even.iter()
        .zip(odd)
        .enumerate()
        .map(|(n, (even, odd))| if n % 2 == 0 { even.clone() } else { odd.clone() })
        .collect()
}

/// Marks one text, which comes in lines.
#[derive(Debug)]
pub struct Marker {
    /// All shards, as they follow one another in each round.
    rounds: Vec<Vec<String>>,
    plan: Plan,
    cost: Cost,
    ready: Vec<Insertion>,
}

impl Marker {
    /// Takes what is read next. Nothing is put into `closed`, ranges of bytes in rising order, nor at their ends; `at` says
    /// where a byte of the text is, as the caller counts, and is asked in rising order.
    pub fn push(&mut self, text: &str, closed: &[Range<usize>], mut at: impl FnMut(usize) -> u64) {
        let (start, plan) = (self.cost.visible, &mut self.plan);
        let mut closed = closed.iter();
        // The next range that ends here or later.
        let mut range = closed.next();
        self.cost.visible += places(text, |place| {
            while range.is_some_and(|range| range.end < place.at) {
                range = closed.next();
            }
            if range.is_none_or(|range| place.at < range.start) {
                plan.offer(start + place.visible, at(place.at), place.good);
            }
        });
        plan.reach(self.cost.visible);
        self.tell();
    }

    /// Insertions that are settled by now, in order.
    pub fn insertions(&mut self) -> std::vec::Drain<'_, Insertion> {
        self.ready.drain(..)
    }

    /// The rest of them, and what all of them cost.
    pub fn finish(mut self) -> (Vec<Insertion>, Cost) {
        self.plan.finish();
        self.tell();
        (self.ready, self.cost)
    }

    /// Makes characters of what is settled.
    fn tell(&mut self) {
        for (at, shards) in self.plan.settled() {
            let mut text = String::new();
            for n in self.cost.shards..self.cost.shards + shards {
                let (round, index) = (n as usize / SHARDS % self.rounds.len(), n as usize % SHARDS);
                text.push_str(&self.rounds[round][index]);
            }
            self.cost.shards += shards;
            // Each of them has three bytes.
            self.cost.characters += text.len() as u64 / 3;
            self.ready.push(Insertion { at, text });
        }
    }
}
