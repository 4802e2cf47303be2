//! From an id, a payload or a content back to the lines about it.

use std::path::Path;

use crate::day::Day;
use crate::error::{LedgerError, Result};
use crate::files::{Folder, line_at};
use crate::index::{self, Index, Note, Position, Trouble};
use crate::key::Key;
use crate::line::Keys;

/// What was found.
#[derive(Debug, Default)]
pub struct Search {
    /// The lines as they stand, with their ends, in order.
    pub lines: Vec<(Day, Vec<u8>)>,
    /// Whether more were found than are listed.
    pub more: bool,
    /// What became of the index, where it was not simply used.
    pub notes: Vec<Note>,
}

/// Finds lines. `most`: how many at the most. The index is brought up to date where too much is missing in it, and made where there is
/// none; what it lacks is read, so that a line is found as soon as it is written.
///
/// # Errors
/// There is no ledger; I/O.
pub fn find(path: &Path, key: &Key, most: usize) -> Result<Search> {
    let folder = Folder::open(path)?;
    if folder.days()?.is_empty() {
        return Err(LedgerError::Empty(path.to_owned()));
    }
    let mut search = Search::default();
    let known = match index::hits(&folder, key, &mut search.notes) {
        Ok(hits) => Some(hits),
        Err(Trouble::Ledger(e)) => return Err(e),
        Err(trouble) => {
            search.notes.push(Note::Unused(folder.index(), trouble.message()));
            None
        }
    };
    let (hits, from) = known.unwrap_or_default();
    for hit in hits {
        let Some(line) = read(&folder, hit)? else { continue };
        if Keys::of(&line).is_some_and(|keys| key.is_of(&keys)) && !search.add(hit.day, line, most) {
            return Ok(search);
        }
    }
    scan(&folder, key, from, most, &mut search)?;
    Ok(search)
}

impl Search {
    /// Whether there is room for more.
    fn add(&mut self, day: Day, line: Vec<u8>, most: usize) -> bool {
        self.more = self.lines.len() >= most;
        if !self.more {
            self.lines.push((day, line));
        }
        !self.more
    }
}

/// The line at a position; none where its day was removed.
fn read(folder: &Folder, at: Position) -> Result<Option<Vec<u8>>> {
    match folder.read(at.day) {
        Ok(file) => line_at(&file, at.offset).map(Some).map_err(LedgerError::io(&folder.file(at.day))),
        Err(LedgerError::Io(_, e)) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Reads the lines from a position on.
fn scan(folder: &Folder, key: &Key, from: Position, most: usize, search: &mut Search) -> Result<()> {
    let needle = key.needle();
    let finder = memchr::memmem::Finder::new(&needle);
    for day in folder.days()?.into_iter().filter(|day| *day >= from.day) {
        let mut lines = folder.lines(day, if day == from.day { from.offset } else { 0 })?;
        while let Some(line) = lines.next()? {
            let is_meant = || Keys::of(line.bytes).is_some_and(|keys| key.is_of(&keys));
            if line.is_whole
                && finder.find(line.bytes).is_some()
                && is_meant()
                && !search.add(day, line.bytes.to_vec(), most)
            {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Brings the index up to date, or makes it anew. How many lines were read for it.
///
/// # Errors
/// There is no ledger; another program makes the index; I/O.
pub fn bring_up_to_date(path: &Path, anew: bool) -> Result<(u64, Vec<Note>)> {
    let folder = Folder::open(path)?;
    if folder.days()?.is_empty() {
        return Err(LedgerError::Empty(path.to_owned()));
    }
    let mut notes = Vec::new();
    if anew {
        match std::fs::remove_file(folder.index()) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(LedgerError::Io(folder.index(), e)),
            _ => {}
        }
    }
    let read = Index::update(&folder, &mut notes).map_err(|trouble| trouble.of(&folder.index()))?;
    Ok((read, notes))
}
