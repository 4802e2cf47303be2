//! Does the chain hold? Every line names the one before by its hash, so that each edit, removal and swap inside it shows.
//!
//! The end has nothing behind it: who wants to know that none was cut off keeps a [`Head`] elsewhere, and asks for it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::day::Day;
use crate::error::{LedgerError, Result};
use crate::fault::{Fault, FaultKind};
use crate::files::{Folder, Raw};
use crate::hash::Hash;
use crate::line::{Action, Head, Line, Link, Stub};

/// How many faults are listed.
const LISTED: usize = 100;

/// What was found in a ledger.
#[derive(Debug)]
pub struct Audit {
    /// The days that have a file, in order.
    pub days: Vec<DayAudit>,
    /// The end of the chain.
    pub head: Head,
    /// What is wrong; the first [`LISTED`].
    pub faults: Vec<Fault>,
    /// How many faults are not listed.
    pub more: u64,
    /// The last line has no end: a crash cut it off, or it is being written. Nobody was told of it.
    pub torn: Option<(Day, u64)>,
    /// What retention removed, as the last line about it says.
    pub stubs: Vec<Stub>,
    /// Whether the head that was asked for is in the chain; `None`: none was.
    pub anchored: Option<bool>,
}

/// One day of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayAudit {
    /// The day.
    pub day: Day,
    /// How many lines it has.
    pub lines: u64,
    /// How many of them are deliveries without an explicit label (Measures Art. 9).
    pub unlabelled: u64,
    /// The number of its first line.
    pub first: u64,
    /// The number of its last one.
    pub last: u64,
    /// What its first line names.
    pub prev: Hash,
    /// The hash of its last line.
    pub head: Hash,
}

impl DayAudit {
    /// What is left of the day when it goes.
    pub(crate) fn stub(&self) -> Stub {
        let Self { day, first, last, prev, head, .. } = *self;
        Stub { from: day, to: day, first, last, prev, head }
    }
}

impl Audit {
    /// Whether the chain holds, as far as it goes, and the head that was asked for is in it.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty() && self.anchored != Some(false)
    }

    /// How many lines there are.
    pub fn lines(&self) -> u64 {
        self.days.iter().map(|day| day.lines).sum()
    }

    /// How many of them are deliveries without an explicit label.
    pub fn unlabelled(&self) -> u64 {
        self.days.iter().map(|day| day.unlabelled).sum()
    }
}

/// Reads a whole ledger. Memory does not grow with its lines; nothing is locked.
///
/// # Errors
/// There is no ledger; I/O. What is wrong with lines is in the result.
pub fn audit(path: &Path, anchor: Option<Hash>) -> Result<Audit> {
    let folder = Folder::open(path)?;
    let days = folder.days()?;
    if days.is_empty() {
        return Err(LedgerError::Empty(path.to_owned()));
    }
    let mut walk = Walk::new(anchor);
    for (number, day) in days.iter().enumerate() {
        let mut lines = folder.lines(*day, 0)?;
        walk.day = None;
        while let Some(raw) = lines.next()? {
            if !raw.is_whole && number.saturating_add(1) == days.len() {
                walk.audit.torn = Some((*day, raw.bytes.len() as u64));
            } else {
                walk.line(*day, raw);
            }
        }
        let day = walk.day.take();
        walk.audit.days.extend(day);
    }
    Ok(walk.end())
}

/// A place where days are missing in front of a file. Whether they may be is known at the end, by the last line about retention.
struct Gap {
    before: Head,
    after: Fault,
    first: u64,
    prev: Hash,
}

struct Walk {
    audit: Audit,
    day: Option<DayAudit>,
    gaps: Vec<Gap>,
    anchor: Option<Hash>,
}

impl Walk {
    fn new(anchor: Option<Hash>) -> Self {
        let audit = Audit {
            days: Vec::new(),
            head: Head::NONE,
            faults: Vec::new(),
            more: 0,
            torn: None,
            stubs: Vec::new(),
            anchored: anchor.map(|anchor| anchor == Hash::NONE),
        };
        Self { audit, day: None, gaps: Vec::new(), anchor }
    }

    fn line(&mut self, day: Day, raw: Raw<'_>) {
        let before = self.audit.head;
        let expected = before.sequence.saturating_add(1);
        let hash = Hash::of(raw.bytes);
        let link = Link::of(raw.bytes).filter(|_| raw.is_whole);
        let fault = |kind| Fault { day, line: raw.number, kind };
        let (sequence, prev) = link.as_ref().map_or((expected, before.hash), |link| (link.sequence, link.prev));
        match &link {
            None => self.fault(fault(FaultKind::Unreadable)),
            Some(link) => {
                let kind = match (sequence == expected, prev == before.hash) {
                    (true, true) => None,
                    (false, _) => Some(FaultKind::Sequence { expected, found: sequence }),
                    (true, false) => Some(FaultKind::Chain),
                };
                match kind {
                    Some(kind) if raw.number == 1 && sequence > expected => {
                        self.gaps.push(Gap { before, after: fault(kind), first: sequence, prev });
                    }
                    Some(kind) => self.fault(fault(kind)),
                    None => {}
                }
                // A file begins with a line of its day; where the clock went back later, lines of earlier days follow.
                if link.day().is_none_or(|of| of > day || (of < day && raw.number == 1)) {
                    self.fault(fault(FaultKind::Date));
                }
                if link.action == Action::Retention
                    && let Ok(line) = serde_json::from_slice::<Line>(raw.bytes)
                {
                    self.audit.stubs = line.entry.stubs;
                }
            }
        }
        let known = DayAudit { day, lines: 0, unlabelled: 0, first: sequence, last: 0, prev, head: hash };
        let known = self.day.get_or_insert(known);
        known.lines = known.lines.saturating_add(1);
        known.unlabelled += u64::from(link.is_some_and(|link| link.action == Action::DeliveredUnlabelled));
        (known.last, known.head) = (sequence, hash);
        self.audit.head = Head { sequence, hash };
        if self.anchor == Some(hash) {
            self.audit.anchored = Some(true);
        }
    }

    fn fault(&mut self, fault: Fault) {
        if self.audit.faults.len() < LISTED {
            self.audit.faults.push(fault);
        } else {
            self.audit.more = self.audit.more.saturating_add(1);
        }
    }

    /// Days may be missing where retention removed them: where stubs lead from one end of the gap to the other.
    fn end(mut self) -> Audit {
        let stubs = by_first(&self.audit.stubs);
        let mut faults = Vec::new();
        for gap in std::mem::take(&mut self.gaps) {
            if !bridged(&stubs, gap.before, gap.first, gap.prev) {
                faults.push(gap.after);
            }
        }
        faults.into_iter().for_each(|fault| self.fault(fault));
        if self.audit.anchored == Some(false) {
            let is_it = |stub: &Stub| Some(stub.head) == self.anchor;
            self.audit.anchored = Some(self.audit.stubs.iter().any(is_it));
        }
        self.audit.faults.sort_by_key(|fault| (fault.day, fault.line));
        self.audit
    }
}

/// Stubs by the number of their first line.
fn by_first(stubs: &[Stub]) -> BTreeMap<u64, Vec<Stub>> {
    let mut by_first: BTreeMap<u64, Vec<Stub>> = BTreeMap::new();
    stubs.iter().for_each(|stub| by_first.entry(stub.first).or_default().push(stub.clone()));
    by_first
}

/// Whether stubs lead from one line to another, of which number and predecessor are known.
fn bridged(stubs: &BTreeMap<u64, Vec<Stub>>, mut at: Head, first: u64, prev: Hash) -> bool {
    while at.sequence.saturating_add(1) < first {
        let next = |stub: &&Stub| stub.prev == at.hash && stub.last < first && stub.last >= stub.first;
        let begin = stubs.get(&at.sequence.saturating_add(1)).map_or(&[][..], Vec::as_slice);
        // Where days of a larger stub are there again, smaller ones lead to them.
        let Some(stub) = begin.iter().filter(next).max_by_key(|stub| stub.last) else { return false };
        at = Head { sequence: stub.last, hash: stub.head };
    }
    at.hash == prev
}
