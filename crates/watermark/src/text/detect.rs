//! Detection: shards as they come, and the words that nine of them make.

use std::collections::VecDeque;

use super::runs::{Foreign, Kind, Run, Runs};
use super::salvage::{self, Trace};
use super::shard::{OPERATORS, Shard, payload};
use super::{SHARDS, WORD, field};
use crate::key::Key;
use crate::payload::{Payload, TEXT};

/// Words that are looked at for a text and a key at most. With as many, a wrong payload appears with 4,096 / 2^44 = 2.3e-10.
const TRIALS: u32 = 4096;
/// Of these, how many are kept for what is salvaged.
const SALVAGE: u32 = 512;
/// Marks that are told apart; more are not looked for.
const MARKS: usize = 64;
/// Runs that are kept to be salvaged.
const KEPT: usize = 4096;

/// Keys to look for.
#[derive(Debug, Clone)]
pub struct Detector {
    keys: Vec<Key>,
}

impl Detector {
    /// Looks for the marks of these keys.
    pub fn new(keys: &[Key]) -> Self {
        Self { keys: keys.to_vec() }
    }

    /// Begins to look through a text.
    pub fn search(&self) -> Search<'_> {
        Search { runs: Runs::default(), collector: Collector::new(&self.keys) }
    }
}

/// A mark behind which the check is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Which of the keys found it.
    pub key: usize,
    /// What it says.
    pub payload: Payload,
    /// Characters of the text before its first shard.
    pub start: u64,
    /// Characters of the text up to the end of its last shard.
    pub end: u64,
    /// Its whole shards.
    pub shards: u64,
}

/// What was found in a text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Detection {
    /// The marks; that with the most shards first.
    pub marks: Vec<Found>,
    /// Whole shards that belong to none of them: another key's, or too few.
    pub unread: u64,
    /// Runs that are no whole shards.
    pub damaged: u64,
    /// Invisible characters of others.
    pub foreign: Foreign,
    /// Bound on the probability that these marks are chance.
    pub false_positive: f64,
}

/// One search, which takes a text in pieces.
#[derive(Debug)]
pub struct Search<'a> {
    runs: Runs,
    collector: Collector<'a>,
}

impl Search<'_> {
    /// Takes the next piece.
    pub fn push(&mut self, text: &str) {
        let collector = &mut self.collector;
        self.runs.push(text, &mut |run| collector.run(run));
    }

    /// What was found.
    pub fn finish(mut self) -> Detection {
        let collector = &mut self.collector;
        self.runs.finish(&mut |run| collector.run(run));
        self.collector.finish(self.runs.foreign)
    }
}

/// A whole shard that no known word explains.
#[derive(Debug, Clone, Copy)]
struct Latest {
    shard: Shard,
    start: u64,
    end: u64,
}

/// A word, and whose it is.
#[derive(Debug)]
struct Word {
    symbols: [u16; SHARDS],
    /// Those whose keys took it.
    owners: Vec<(usize, Payload)>,
    start: u64,
    end: u64,
    shards: u64,
}

impl Word {
    fn has(&self, shard: Shard) -> bool {
        self.symbols.get(usize::from(shard.index)) == Some(&shard.symbol)
    }
}

/// Collects shards.
#[derive(Debug)]
struct Collector<'a> {
    keys: &'a [Key],
    /// Words with an owner.
    words: Vec<Word>,
    /// The last word that no key took: further shards of it are no reason to try it again.
    stranger: Option<Word>,
    /// The latest unexplained shard of each index, the newest last.
    latest: VecDeque<Latest>,
    /// Unexplained shards.
    unread: u64,
    damaged: u64,
    trials: u32,
    /// The runs of the beginning, for what is salvaged.
    traces: Vec<Trace>,
}

impl<'a> Collector<'a> {
    fn new(keys: &'a [Key]) -> Self {
        Self {
            keys,
            words: Vec::new(),
            stranger: None,
            latest: VecDeque::new(),
            unread: 0,
            damaged: 0,
            trials: 0,
            traces: Vec::new(),
        }
    }

    fn run(&mut self, run: &Run) {
        let (start, end) = (run.start, run.start + run.length as u64);
        let whole = run.length == run.symbols.len();
        if run.kind == Kind::Joiners {
            // Joiners stand by themselves in many languages and in emoji, and are no damage.
            for shard in Shard::of_joiners(&run.symbols).filter(|_| whole).into_iter().flatten() {
                self.shard(Latest { shard, start, end });
            }
            return;
        }
        match Shard::of_operators(&run.symbols).filter(|_| whole) {
            Some(shards) => shards.for_each(|shard| self.shard(Latest { shard, start, end })),
            None => self.damaged += 1,
        }
        if self.traces.len() < KEPT && run.length <= 2 * OPERATORS {
            self.traces.push(Trace::new(&run.symbols, start..end));
        }
    }

    fn shard(&mut self, new: Latest) {
        if let Some(word) = self.words.iter_mut().find(|word| word.has(new.shard)) {
            word.end = new.end;
            word.shards += 1;
            return;
        }
        self.unread += 1;
        if self.stranger.as_ref().is_some_and(|word| word.has(new.shard)) {
            return;
        }
        self.latest.retain(|old| old.shard.index != new.shard.index);
        self.latest.push_back(new);
        self.try_latest();
    }

    /// Tries the newest nine.
    fn try_latest(&mut self) {
        let Some(first) = self.latest.len().checked_sub(WORD) else { return };
        if self.words.len() >= MARKS || self.trials + SALVAGE >= TRIALS {
            return;
        }
        let mut known = [(0, 0); WORD];
        for (slot, latest) in known.iter_mut().zip(self.latest.range(first..)) {
            *slot = (latest.shard.index, latest.shard.symbol);
        }
        let word = self.word(field::complete(&known));
        if word.owners.is_empty() {
            self.stranger = Some(word);
        } else {
            self.keep(word);
        }
    }

    /// A word with its keys, and what of the latest shards is its own. A trial.
    fn word(&mut self, symbols: [u16; SHARDS]) -> Word {
        let owners = self.owners(&symbols);
        let mut word = Word { symbols, owners, start: u64::MAX, end: 0, shards: 0 };
        for latest in &self.latest {
            if !word.has(latest.shard) {
                continue;
            }
            word.start = word.start.min(latest.start);
            word.end = word.end.max(latest.end);
            word.shards += 1;
        }
        word
    }

    fn keep(&mut self, word: Word) {
        self.unread -= word.shards.min(self.unread);
        self.latest.retain(|latest| !word.has(latest.shard));
        self.words.push(word);
    }

    /// The keys that take a word.
    fn owners(&mut self, symbols: &[u16; SHARDS]) -> Vec<(usize, Payload)> {
        self.trials += 1;
        let keys = self.keys.iter().enumerate();
        keys.filter_map(|(n, key)| payload(key, symbols).map(|payload| (n, payload))).collect()
    }

    /// Puts damaged runs together where no mark was found.
    fn salvage(&mut self) {
        let traces = std::mem::take(&mut self.traces);
        for symbols in salvage::words(&traces).take(SALVAGE as usize) {
            let mut word = self.word(symbols);
            if !word.owners.is_empty() {
                word.start = traces.first().map_or(0, |trace| trace.place.start);
                word.end = traces.last().map_or(0, |trace| trace.place.end);
                return self.keep(word);
            }
        }
    }

    fn finish(mut self, foreign: Foreign) -> Detection {
        if self.words.is_empty() && self.damaged > 0 {
            self.salvage();
        }
        let mut marks: Vec<Found> = Vec::new();
        for word in &self.words {
            let Word { start, end, shards, .. } = *word;
            let found = |(key, payload): &(usize, Payload)| Found { key: *key, payload: *payload, start, end, shards };
            marks.extend(word.owners.iter().map(found));
        }
        marks.sort_by_key(|mark| std::cmp::Reverse(mark.shards));
        let false_positive = f64::from(self.trials) / 2_f64.powi(TEXT.check as i32);
        Detection { marks, unread: self.unread, damaged: self.damaged, foreign, false_positive }
    }
}
