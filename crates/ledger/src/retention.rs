//! How long lines stay. A day goes as a whole, when all of its lines may; what is left of it stands in a line of its own, so that
//! the chain goes on behind it, and a day that somebody else removed is missed.

use std::path::Path;
use std::time::SystemTime;

use crate::audit::{Audit, DayAudit, audit};
use crate::day::Day;
use crate::error::{LedgerError, Result};
use crate::index::shrink;
use crate::line::{Action, Entry, Stub};
use crate::writer::Ledger;

/// Six months, as days: no six calendar months in a row have more. (Measures Art. 9: no less than six months.)
pub const SIX_MONTHS: u32 = 184;

/// What retention did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retired {
    /// The days that went.
    pub removed: Vec<DayAudit>,
    /// Those that stay because of deliveries without an explicit label (Measures Art. 9), although all else is old enough.
    pub kept: Vec<DayAudit>,
}

/// What [`Ledger::retire`] would remove and keep. Nothing is locked, mended or written.
///
/// # Errors
/// The chain does not hold; I/O.
pub fn retirable(path: &Path, retain: u32, now: SystemTime) -> Result<Retired> {
    Ok(looked(path, retain, now)?.1)
}

fn looked(path: &Path, retain: u32, now: SystemTime) -> Result<(Audit, Retired)> {
    let found = audit(path, None)?;
    if let Some(fault) = found.faults.first() {
        return Err(LedgerError::Broken(path.to_owned(), fault.clone()));
    }
    let retired = choose(&found, retain.max(1), Day::of(now));
    Ok((found, retired))
}

impl Ledger {
    /// Removes the days that are older than `retain` days, and whose deliveries without an explicit label are older than
    /// [`SIX_MONTHS`]. First a line says what goes, then it goes: where that was interrupted, the next call ends it. `retain` is at least 1, so that the
    /// day of that line stays.
    ///
    /// # Errors
    /// The chain does not hold: then nothing goes, since what is left would hide it. I/O.
    pub fn retire(&mut self, retain: u32, now: SystemTime, version: &str) -> Result<Retired> {
        let (found, retired) = looked(self.folder.path(), retain, now)?;
        if retired.removed.is_empty() {
            return Ok(retired);
        }
        // What an interrupted call left goes first: then no file stands within a stub, and stubs may be merged.
        let (left, new): (Vec<_>, Vec<_>) = retired.removed.iter().partition(|day| is_left(&found.stubs, day));
        left.into_iter().try_for_each(|day| self.remove(day))?;
        if !new.is_empty() {
            let mut stubs = merged(found.stubs);
            stubs.extend(new.iter().map(|day| day.stub()));
            stubs.sort_by_key(|stub| stub.first);
            let entry = Entry { stubs, version: version.to_owned(), ..Entry::new(Action::Retention) };
            self.append_at(&entry, now)?;
            self.sync()?;
            new.into_iter().try_for_each(|day| self.remove(day))?;
        }
        // What stays in the index does no harm: its lines are not there any more.
        let _ = shrink(&self.folder);
        Ok(retired)
    }

    fn remove(&self, day: &DayAudit) -> Result<()> {
        let path = self.folder.file(day.day);
        std::fs::remove_file(&path).map_err(LedgerError::io(&path))
    }
}

/// Whether a line says already that a day is removed.
fn is_left(stubs: &[Stub], day: &DayAudit) -> bool {
    stubs.iter().any(|stub| (stub.first..=stub.last).contains(&day.first))
}

fn choose(found: &Audit, retain: u32, today: Day) -> Retired {
    let mut retired = Retired { removed: Vec::new(), kept: Vec::new() };
    for day in &found.days {
        let age = today.since(day.day);
        if is_left(&found.stubs, day) {
            retired.removed.push(day.clone());
            continue;
        }
        if age <= retain {
            continue;
        }
        let list = if day.unlabelled > 0 && age <= SIX_MONTHS { &mut retired.kept } else { &mut retired.removed };
        list.push(day.clone());
    }
    retired
}

/// Stubs between which no line is left become one.
fn merged(stubs: Vec<Stub>) -> Vec<Stub> {
    let mut all: Vec<Stub> = Vec::new();
    for stub in stubs {
        match all.last_mut() {
            Some(before) if before.last.saturating_add(1) == stub.first && before.head == stub.prev => {
                (before.to, before.last, before.head) = (stub.to, stub.last, stub.head);
            }
            _ => all.push(stub),
        }
    }
    all
}
