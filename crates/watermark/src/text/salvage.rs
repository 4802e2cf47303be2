//! Damaged shards put together: single characters went missing, and what is left of several copies still tells the symbol.
//!
//! Indexes follow one another, so whole shards tell those of the damaged runs between them. For each index the most likely
//! symbol is taken, of which all its runs can be what is left: a symbol counts for each run as often as the run is a
//! subsequence of it. Nine of the surest symbols make a word, and each word is a trial.

use std::cmp::Reverse;
use std::ops::Range;

use super::shard::OPERATORS;
use super::{SHARDS, WORD, field};

/// Whole shards without which nothing is put together.
const ANCHORS: usize = 3;
/// Runs of an index that are compared, the longest ones.
const COPIES: usize = 12;
/// Of the indexes, the surest so many make words.
const SUREST: usize = 12;
/// Logarithm of the chance that a run is none of its index.
const STRAY: f32 = -7.0;

/// What is left of a shard.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    symbols: Vec<u8>,
    /// Characters of the text before it and up to its end.
    pub(super) place: Range<u64>,
}

impl Trace {
    pub(super) fn new(symbols: &[u8], place: Range<u64>) -> Self {
        Self { symbols: symbols.to_vec(), place }
    }

    /// The index of a whole shard.
    fn index(&self) -> Option<usize> {
        let [high, low, ..] = *self.symbols.first_chunk::<OPERATORS>().filter(|_| self.symbols.len() == OPERATORS)?;
        Some(usize::from(high << 2 | low))
    }
}

/// The most likely symbol of an index.
#[derive(Debug, Clone, Copy)]
struct Guess {
    index: u8,
    symbol: u16,
    /// The next most likely.
    second: u16,
    /// How much less likely that is, as a logarithm.
    margin: f32,
}

/// Words that these runs may be left of, the likeliest first.
pub(super) fn words(traces: &[Trace]) -> impl Iterator<Item = [u16; SHARDS]> {
    let copies = align(traces);
    let mut guesses: Vec<Guess> = (0_u8..).zip(copies).filter_map(|(index, copies)| guess(index, copies)).collect();
    guesses.sort_by(|a, b| b.margin.total_cmp(&a.margin));
    guesses.truncate(SUREST);
    let first = guesses.clone();
    let sets = sets(guesses.len()).into_iter().filter_map(move |set| known(&first, set, None));
    // Each of the surest nine may be its second.
    let flips = (0..WORD).rev().filter_map(move |n| known(&guesses, (1 << WORD) - 1, Some(n)));
    sets.chain(flips).map(|known| field::complete(&known))
}

/// Nine of the guesses, by a set of bits; of one the second symbol.
fn known(guesses: &[Guess], set: u32, flipped: Option<usize>) -> Option<[(u8, u16); WORD]> {
    let taken = guesses.iter().enumerate().filter(|(n, _)| set >> n & 1 == 1);
    let symbols: Vec<(u8, u16)> =
        taken.map(|(n, g)| (g.index, if flipped == Some(n) { g.second } else { g.symbol })).collect();
    symbols.try_into().ok()
}

/// All sets of nine of so many, those of the surest first.
fn sets(count: usize) -> Vec<u32> {
    let ranks = |set: u32| (0..SUREST as u32).filter(|n| set >> n & 1 == 1).sum::<u32>();
    let mut sets: Vec<u32> = (0..1_u32 << count).filter(|set| set.count_ones() == WORD as u32).collect();
    sets.sort_by_key(|set| ranks(*set));
    sets
}

/// The runs of each index.
fn align(traces: &[Trace]) -> [Vec<&[u8]>; SHARDS] {
    let mut out: [Vec<&[u8]>; SHARDS] = Default::default();
    let anchors: Vec<(usize, usize)> =
        traces.iter().enumerate().filter_map(|(n, trace)| Some((n, trace.index()?))).collect();
    if anchors.len() < ANCHORS {
        return out;
    }
    let mut put = |range: Range<usize>, first: usize| {
        for (trace, index) in traces.get(range).unwrap_or_default().iter().zip(first..) {
            if let Some(copies) = out.get_mut(index % SHARDS)
                && trace.symbols.len() <= OPERATORS
            {
                copies.push(&trace.symbols);
            }
        }
    };
    for pair in anchors.windows(2) {
        let [(a, first), (b, second)] = *pair else { continue };
        // Where runs between two whole ones are missing, nobody knows which.
        let agree = (b - a) % SHARDS == (second + SHARDS - first) % SHARDS;
        put(a..if agree { b } else { a + 1 }, first);
    }
    if let (Some((a, first)), Some((b, last))) = (anchors.first(), anchors.last()) {
        put(0..*a, first + (SHARDS - a % SHARDS));
        put(*b..traces.len(), *last);
    }
    out
}

/// The symbol that is likeliest by all runs of an index.
fn guess(index: u8, mut copies: Vec<&[u8]>) -> Option<Guess> {
    copies.sort_by_key(|copy| Reverse(copy.len()));
    copies.truncate(COPIES);
    if copies.is_empty() {
        return None;
    }
    let (mut best, mut second) = ((f32::NEG_INFINITY, 0), (f32::NEG_INFINITY, 0));
    for symbol in 0_u16..1 << 12 {
        let bits = u16::from(index) << 12 | symbol;
        let whole: [u8; OPERATORS] = std::array::from_fn(|n| (bits >> (14 - 2 * n) & 3) as u8);
        let likely = copies.iter().map(|copy| likelihood(copy, &whole)).sum::<f32>();
        if likely > best.0 {
            second = best;
            best = (likely, symbol);
        } else if likely > second.0 {
            second = (likely, symbol);
        }
    }
    Some(Guess { index, symbol: best.1, second: second.1, margin: best.0 - second.0 })
}

/// The logarithm of the ways in which a run is left of a whole shard.
fn likelihood(copy: &[u8], whole: &[u8; OPERATORS]) -> f32 {
    let mut ways = [0_u32; OPERATORS + 1];
    ways[0] = 1;
    for symbol in whole {
        for (n, own) in copy.iter().enumerate().rev() {
            if own == symbol && n < OPERATORS {
                ways[n + 1] += ways[n];
            }
        }
    }
    match ways.get(copy.len()) {
        Some(0) | None => STRAY,
        Some(ways) => libm::logf(*ways as f32),
    }
}
