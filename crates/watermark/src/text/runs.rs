//! Invisible characters in a text: runs that may be shards, and what others leave.

use memchr::memchr3_iter;

use super::shard::{joiner, operator};

/// Characters of a run that are kept; a longer one is no mark.
const KEPT: usize = 4096;
/// Zero-width characters in a row that no language needs.
const MANY: usize = 4;

/// Characters that nobody sees and that are no mark of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Foreign {
    /// Runs of zero-width characters (U+200B to U+200F, U+2060, U+FEFF).
    pub zero_width: u64,
    /// Runs of tag characters (U+E0020 to U+E007F) that are no flag.
    pub tags: u64,
    /// Runs of variation selectors, as C2PA wraps manifests for text.
    pub selectors: u64,
}

impl Foreign {
    /// Whether there are any.
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }
}

/// What a run consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Operators,
    Joiners,
    /// Other zero-width characters, perhaps with joiners among them.
    ZeroWidth,
    Tags,
    Selectors,
}

/// A run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) kind: Kind,
    /// What its characters stand for, where it is of operators or joiners.
    pub(super) symbols: Vec<u8>,
    /// How many characters it has.
    pub(super) length: usize,
    /// Characters of the text before it.
    pub(super) start: u64,
}

fn kind(c: char) -> Option<(Kind, u8)> {
    let plain = |kind| Some((kind, 0));
    match c {
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}' => plain(Kind::ZeroWidth),
        '\u{e0020}'..='\u{e007f}' => plain(Kind::Tags),
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => plain(Kind::Selectors),
        _ => {
            let operator = operator(c).map(|bits| (Kind::Operators, bits));
            operator.or_else(|| joiner(c).map(|bit| (Kind::Joiners, bit)))
        }
    }
}

/// Where the next character is that may count, by what it begins with in UTF-8: punctuation begins with one of the same bytes.
fn next(bytes: &[u8]) -> Option<usize> {
    memchr3_iter(0xe2, 0xef, 0xf3, bytes).find(|at| {
        matches!(
            bytes.get(*at..),
            Some([0xe2, 0x80, 0x8b..=0x8f, ..] | [0xe2, 0x81, 0xa0..=0xa4, ..] | [0xef, 0xb8 | 0xbb, ..] | [0xf3, ..])
        )
    })
}

/// Cuts a text into runs, however it comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Characters seen.
    seen: u64,
    open: Option<Run>,
    /// Room for the symbols of the next run.
    room: Vec<u8>,
    /// Whether the character before the run is a flag's.
    flag: bool,
    pub(super) foreign: Foreign,
}

impl Runs {
    /// Takes the next piece and tells each run of operators or joiners that ended in it.
    pub(super) fn push(&mut self, text: &str, each: &mut impl FnMut(&Run)) {
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let skipped = next(rest.as_bytes()).unwrap_or(rest.len());
            if let Some(plain) = rest.get(..skipped).filter(|plain| !plain.is_empty()) {
                self.end(each);
                self.seen += plain.bytes().filter(|b| b & 0xc0 != 0x80).count() as u64;
                self.flag = plain.ends_with('\u{1f3f4}');
            }
            at += skipped;
            let Some(c) = rest.get(skipped..).and_then(|rest| rest.chars().next()) else { return };
            self.character(c, each);
            at += c.len_utf8();
            at += self.operators(text.get(at..).unwrap_or_default());
        }
    }

    /// Takes the operators at the start of a piece that go on with a run, which are most of all there are; returns their bytes.
    fn operators(&mut self, rest: &str) -> usize {
        let Some(run) = self.open.as_mut().filter(|run| run.kind == Kind::Operators) else { return 0 };
        let mut count = 0;
        for unit in rest.as_bytes().chunks_exact(3) {
            let [0xe2, 0x81, last @ 0xa1..=0xa4] = *unit else { break };
            if run.symbols.len() < KEPT {
                run.symbols.push(last - 0xa1);
            }
            count += 1;
        }
        run.length += count;
        self.seen += count as u64;
        3 * count
    }

    /// The text is over.
    pub(super) fn finish(&mut self, each: &mut impl FnMut(&Run)) {
        self.end(each);
    }

    fn character(&mut self, c: char, each: &mut impl FnMut(&Run)) {
        let Some((kind, symbol)) = kind(c) else {
            self.end(each);
            self.seen += 1;
            self.flag = false;
            return;
        };
        let zero_width = |kind| matches!(kind, Kind::Joiners | Kind::ZeroWidth);
        match &mut self.open {
            Some(run) if run.kind != kind && zero_width(run.kind) && zero_width(kind) => run.kind = Kind::ZeroWidth,
            Some(run) if run.kind != kind => self.end(each),
            _ => {}
        }
        let (start, room) = (self.seen, &mut self.room);
        let run = self.open.get_or_insert_with(|| Run { kind, symbols: std::mem::take(room), length: 0, start });
        run.length += 1;
        if run.symbols.len() < KEPT {
            run.symbols.push(symbol);
        }
        self.seen += 1;
    }

    fn end(&mut self, each: &mut impl FnMut(&Run)) {
        let Some(mut run) = self.open.take() else { return };
        let flag = std::mem::take(&mut self.flag);
        match run.kind {
            Kind::Operators | Kind::Joiners => each(&run),
            Kind::ZeroWidth => self.foreign.zero_width += u64::from(run.length >= MANY),
            Kind::Tags => self.foreign.tags += u64::from(!flag),
            Kind::Selectors => self.foreign.selectors += u64::from(run.length >= MANY),
        }
        run.symbols.clear();
        self.room = run.symbols;
    }
}
