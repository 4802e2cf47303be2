//! What stands in two rows, with eight bytes a row: equal hashes only raise a suspicion, and a second reading decides.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

/// The first reading.
#[derive(Default)]
pub(super) struct Doubles {
    hasher: RandomState,
    hashes: Vec<u64>,
}

impl Doubles {
    /// Takes the value of one row.
    pub(super) fn note(&mut self, value: &(impl Hash + ?Sized)) {
        self.hashes.push(self.hasher.hash_one(value));
    }

    /// What a second reading is to look at.
    pub(super) fn suspects<T>(self) -> Suspects<T> {
        let Self { hasher, mut hashes } = self;
        hashes.sort_unstable();
        let equal = hashes.iter().zip(hashes.iter().skip(1)).filter(|(a, b)| a == b);
        let seen = equal.map(|(hash, _)| (*hash, Vec::new())).collect();
        Suspects { hasher, seen }
    }
}

/// The second reading: the values whose hashes stand in two rows, with the row of each.
pub(super) struct Suspects<T> {
    hasher: RandomState,
    seen: HashMap<u64, Vec<(u64, T)>>,
}

impl<T: Hash + Eq> Suspects<T> {
    /// Whether no value stands in two rows.
    pub(super) fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Whether a value may stand in two rows.
    pub(super) fn suspects(&self, value: &T) -> bool {
        self.seen.contains_key(&self.hasher.hash_one(value))
    }

    /// Takes the value of a row again; the row that had it before.
    pub(super) fn earlier(&mut self, row: u64, value: T) -> Option<u64> {
        let others = self.seen.get_mut(&self.hasher.hash_one(&value))?;
        let first = others.iter().find(|(_, other)| *other == value).map(|(first, _)| *first);
        others.push((row, value));
        first
    }
}
