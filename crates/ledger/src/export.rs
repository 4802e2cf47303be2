//! Lines that somebody else is to read, word for word.

use std::borrow::Cow;
use std::path::Path;
use std::time::SystemTime;

use serde::Deserialize;

use crate::day::Day;
use crate::error::{LedgerError, Result};
use crate::files::Folder;
use crate::line::Action;

/// Which lines. What is `None` or empty chooses none away.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// From this time on.
    pub from: Option<SystemTime>,
    /// Before this time.
    pub before: Option<SystemTime>,
    /// These actions.
    pub actions: Vec<Action>,
    /// This ContentProducer.
    pub producer: Option<String>,
}

#[derive(Deserialize)]
struct Seen<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    action: Action,
    #[serde(borrow, default)]
    producer: Option<Cow<'a, str>>,
}

impl Filter {
    fn takes(&self, line: &Seen<'_>) -> Option<bool> {
        let time = humantime::parse_rfc3339(&line.time).ok()?;
        let in_time = self.from.is_none_or(|from| time >= from) && self.before.is_none_or(|before| time < before);
        let of_action = self.actions.is_empty() || self.actions.contains(&line.action);
        let of_producer = self.producer.is_none() || self.producer.as_deref() == line.producer.as_deref();
        Some(in_time && of_action && of_producer)
    }
}

/// Gives every line that a filter takes, without its end, in order; `each` says whether to go on. How many there were.
///
/// # Errors
/// There is no ledger; a line is none of ours; I/O.
pub fn export(path: &Path, filter: &Filter, mut each: impl FnMut(&[u8]) -> bool) -> Result<u64> {
    let folder = Folder::open(path)?;
    let days = folder.days()?;
    if days.is_empty() {
        return Err(LedgerError::Empty(path.to_owned()));
    }
    let (mut count, last) = (0_u64, days.last().copied());
    // A file may hold lines of earlier days, where the clock went back, but none of later ones.
    let first = filter.from.map(Day::of);
    for day in days.into_iter().filter(|day| first.is_none_or(|first| *day >= first)) {
        let mut lines = folder.lines(day, 0)?;
        while let Some(line) = lines.next()? {
            let Some(text) = line.bytes.strip_suffix(b"\n") else {
                // Only the last line of all may be in the making.
                let torn = LedgerError::Damaged(folder.file(day), Some(line.number));
                if Some(day) == last { break } else { return Err(torn) }
            };
            let taken = serde_json::from_slice(text).ok().and_then(|seen| filter.takes(&seen));
            let taken = taken.ok_or_else(|| LedgerError::Damaged(folder.file(day), Some(line.number)))?;
            if taken {
                count = count.saturating_add(1);
                if !each(text) {
                    return Ok(count);
                }
            }
        }
    }
    Ok(count)
}
