//! Labels among the words of a document: at its start, at its end, alone in a shape.

use std::collections::VecDeque;

use biaoshi_container::Patch;
use biaoshi_explicit::text::{Kind, Matcher};

use crate::{Confirm, Drawn, Found, Outcome, Part, Place};

/// Blocks at either end of a text in which a label is looked for.
const BLOCKS: usize = 3;
/// Bytes of a block that may be a label, or hold one, and characters in which a corner mark is looked for.
const LONG: usize = 64 << 10;
const MARK: usize = 64;
/// Own labels between these that are told.
const MOST: usize = 64;

/// A paragraph, a heading, a cell.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// What it says.
    pub(super) words: String,
    /// Characters of the text in front of it.
    pub(super) offset: usize,
    /// Where its end tag begins.
    pub(super) close: usize,
    /// Whether its words are not the author's statement: a link, a title, one of several in a shape.
    pub(super) other: bool,
}

impl Block {
    /// What kind of label it is, if any.
    pub(super) fn kind(&self, matcher: &Matcher) -> Option<Kind> {
        match self.words.len() > LONG {
            false => matcher.kind(&self.words, !self.other),
            // No label is as long as that; a mark may stand behind it.
            true => {
                let tail = self.words.char_indices().rev().nth(MARK).map_or(0, |(at, _)| at);
                matcher.kind(self.words.get(tail..).unwrap_or_default(), false)
            }
        }
    }

    /// The label as it is reported.
    pub(super) fn found(&self, kind: Kind, part: Option<Part>) -> Found {
        let words = self.words.trim().to_owned();
        let score = if kind == Kind::Conforming { 1.0 } else { 0.5 };
        Found { place: Place::Text { part, offset: self.offset, length: words.chars().count(), words }, score }
    }
}

/// The first and the last of a row of things, as many as may be labels.
#[derive(Debug)]
pub(super) struct Outer<T> {
    first: Vec<T>,
    last: VecDeque<T>,
}

impl<T> Default for Outer<T> {
    fn default() -> Self {
        Self { first: Vec::new(), last: VecDeque::new() }
    }
}

impl<T> Outer<T> {
    /// Takes the next one, and gives back what is neither first nor last any more.
    pub(super) fn push(&mut self, next: T) -> Option<T> {
        if self.first.len() < BLOCKS {
            self.first.push(next);
            return None;
        }
        self.last.push_back(next);
        if self.last.len() > BLOCKS { self.last.pop_front() } else { None }
    }

    /// Those of both ends, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(&self.last)
    }

    /// See [`Self::iter`].
    pub(super) fn into_iter(self) -> impl Iterator<Item = T> {
        self.first.into_iter().chain(self.last)
    }
}

/// The first and the last blocks of a text that have words.
#[derive(Debug, Default)]
pub(super) struct Ends {
    outer: Outer<Block>,
    /// Own labels between them: only these are looked for there, as articles about labels are full of others.
    own: Vec<Block>,
    /// Characters so far.
    chars: usize,
}

impl Ends {
    /// Takes the next block.
    pub(super) fn push(&mut self, mut block: Block, matcher: &Matcher) {
        block.offset = self.chars;
        self.chars += block.words.chars().count() + 1;
        if block.words.trim().is_empty() {
            return;
        }
        let between = self.outer.push(block);
        let own = |block: &Block| self.own.len() < MOST && !block.other && matcher.is_own(&block.words);
        self.own.extend(between.filter(own));
    }

    /// The first block with words, and the last one.
    pub(super) fn outer(&self) -> Option<(&Block, &Block)> {
        Some((self.outer.iter().next()?, self.outer.iter().last()?))
    }

    /// The labels, in order.
    pub(super) fn labels<'b>(&'b self, matcher: &'b Matcher) -> impl Iterator<Item = (&'b Block, Kind)> {
        let all = self.outer.first.iter().chain(&self.own).chain(&self.outer.last);
        all.filter_map(move |block| Some((block, block.kind(matcher)?)))
    }
}

/// The label that is there already, if one is: what conforms, or the mark where that is asked for.
pub(super) fn already<'b>(
    mut labels: impl Iterator<Item = (&'b Block, Kind)>,
    mark: bool,
    part: Option<Part>,
) -> Option<Found> {
    let counts = |kind: Kind| kind == Kind::Conforming || (mark && kind == Kind::CornerMark);
    let (block, kind) = labels.find(|(_, kind)| counts(*kind))?;
    Some(block.found(kind, part))
}

/// A label that was just put in.
pub(super) fn drawn(patch: Patch, part: Option<Part>, words: String, confirm: Option<Box<dyn Confirm>>) -> Outcome {
    let place = Place::Text { part, offset: 0, length: words.chars().count(), words };
    let found = Found { place, score: 1.0 };
    Outcome::Drawn(Drawn { patch, found, notes: Vec::new(), outlasts: None, damage: None, confirm })
}

/// A number of a part, from its index.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}
