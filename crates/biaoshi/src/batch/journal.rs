//! A journal: what a run has finished, so that the same run can go on after any end.
//!
//! JSON Lines. The first line says which command the journal belongs to. `begin` names an input before its work starts, and
//! `fresh` says that its output is not there yet: what a later run finds at that output is ours to replace. A line with `report` is a file
//! that is finished; it is written only after its output is on the disk, by groups, since a sync a file would cost more
//! than the work. What stays in memory is a number a file: lines are read again where they are needed.

mod commit;
mod error;
mod line;

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use sha2::{Digest, Sha256};

pub use error::JournalError;
pub use line::{Entry, Source};

use commit::Commits;
use line::{Begin, Header, SCHEMA, Seen};

use crate::paths::to_text;

/// How many inputs are announced at once. Their lines cost one sync.
pub const AHEAD: usize = super::UNSTARTED / 2;

/// The longest line that is read back, and so the longest that is written.
const LONGEST: u64 = 64 << 20;

/// What earlier runs did with an input.
#[derive(Debug)]
pub enum Past {
    /// Nothing.
    Nothing,
    /// They began, and did not live to finish.
    Begun {
        /// Whether an output that is there now is theirs.
        fresh: bool,
    },
    /// They finished.
    Finished(Box<Entry>),
}

impl Past {
    /// Whether an output that is there was made by an earlier run.
    pub fn owns_output(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Begun { fresh } => *fresh,
            Self::Finished(entry) => entry.fresh,
        }
    }

    /// Whether an earlier run did not finish this input, or not well. It may be what killed that run, so that it is
    /// better done in a process of its own ([`super::isolate`]).
    pub fn is_suspect(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Begun { .. } => true,
            Self::Finished(entry) => entry.exit != 0,
        }
    }
}

/// A journal that is open and locked.
#[derive(Debug)]
pub struct Journal {
    commits: Commits,
    /// For reading lines that are there.
    file: File,
    hasher: RandomState,
    /// Where the last line about an input is, by the hash of its path. Should two paths have one hash, the one whose line
    /// is lost is done again.
    lines: HashMap<u64, u64>,
    mark: String,
    resumed: bool,
}

impl Journal {
    /// Opens the journal of a command, or makes it. `command` is everything that decides what the run does: a journal
    /// belongs to one command.
    ///
    /// # Errors
    /// Another run holds it, it belongs to another command, it is damaged or no journal, or I/O.
    pub fn open(path: &Path, command: &str) -> Result<Self, JournalError> {
        // A pipe would wait for a writer.
        if std::fs::metadata(path).is_ok_and(|m| !m.is_file()) {
            return Err(JournalError::Foreign);
        }
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Locked),
            Err(TryLockError::Error(e)) => return Err(e.into()),
        }
        let command: String = Sha256::digest(command).iter().map(|b| format!("{b:02x}")).collect();
        let mut known = Known { hasher: RandomState::new(), lines: HashMap::new(), header: None, end: 0 };
        known.read(&file)?;
        let resumed = known.header.is_some();
        let header = match known.header {
            Some(header) if header.command == command => header,
            Some(_) => return Err(JournalError::Command),
            None => Header { schema: SCHEMA.into(), command, mark: mark() },
        };
        // A line that a kill cut off goes.
        file.set_len(known.end)?;
        let mut appended = file.try_clone()?;
        appended.seek(SeekFrom::Start(known.end))?;
        if !resumed {
            writeln!(appended, "{}", line::json(&header))?;
            appended.sync_all()?;
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()?;
        }
        let commits = Commits::start(appended)?;
        Ok(Self { commits, file, hasher: known.hasher, lines: known.lines, mark: header.mark, resumed })
    }

    /// A part of the names of temporary files, the same for every run with this journal.
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// Whether an earlier run wrote into it.
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// What earlier runs did with an input.
    ///
    /// # Errors
    /// I/O.
    pub fn past(&self, input: &Path) -> io::Result<Past> {
        let key = to_text(input);
        let Some(at) = self.lines.get(&self.hasher.hash_one(&*key)) else { return Ok(Past::Nothing) };
        let mut line = Vec::new();
        let reader = Positional { file: &self.file, at: *at };
        BufReader::with_capacity(4096, reader).take(LONGEST).read_until(b'\n', &mut line)?;
        if let Ok(entry) = serde_json::from_slice::<Entry>(&line) {
            let finished = || Past::Finished(Box::new(entry.clone()));
            return Ok(if entry.path == *key { finished() } else { Past::Nothing });
        }
        let begun = serde_json::from_slice::<Begin>(&line).ok().filter(|b| b.begin == key);
        Ok(begun.map_or(Past::Nothing, |b| Past::Begun { fresh: b.fresh }))
    }

    /// Says that work on these inputs begins, and of each whether its output is not there, or an earlier run's; on the
    /// disk when it returns.
    ///
    /// # Errors
    /// I/O, also of an earlier group.
    pub fn begin<'p>(&self, inputs: impl Iterator<Item = (&'p Path, bool)>) -> io::Result<()> {
        let mut text = String::new();
        for (input, fresh) in inputs {
            text.push_str(&line::json(&Begin { begin: to_text(input), fresh }));
            text.push('\n');
        }
        self.commits.now(text.as_bytes())
    }

    /// Notes a finished file. Its line is written with its group, after `outputs` are on the disk; none need be named that
    /// were synced already.
    ///
    /// # Errors
    /// I/O, also of an earlier group.
    pub fn finish(&mut self, entry: &Entry, outputs: &[&Path]) -> io::Result<()> {
        let line = line::json(entry);
        // A line that cannot be read back would spoil the journal: this file is done again instead.
        if line.len() as u64 >= LONGEST { Ok(()) } else { self.commits.add(&line, outputs) }
    }

    /// Writes what is not written yet.
    ///
    /// # Errors
    /// I/O, also of an earlier group.
    pub fn close(self) -> io::Result<()> {
        self.commits.finish()
    }
}

/// What the lines of a journal say.
struct Known {
    hasher: RandomState,
    lines: HashMap<u64, u64>,
    header: Option<Header>,
    /// Where the last whole line ends.
    end: u64,
}

impl Known {
    fn read(&mut self, file: &File) -> Result<(), JournalError> {
        let mut reader = BufReader::with_capacity(1 << 16, Positional { file, at: 0 });
        let (mut line, mut number) = (Vec::new(), 0_u64);
        loop {
            line.clear();
            let read = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)? as u64;
            if line.pop().is_none_or(|last| last != b'\n') {
                // The end, or a line that a kill cut off. A first line must at least begin as ours do.
                let ours = self.header.is_some() || read == 0 || Header::may_begin(&line);
                return if ours && read < LONGEST { Ok(()) } else { Err(JournalError::Foreign) };
            }
            number = number.saturating_add(1);
            if self.header.is_none() {
                let header = serde_json::from_slice::<Header>(&line).ok().filter(|h| h.schema == SCHEMA);
                self.header = Some(header.ok_or(JournalError::Foreign)?);
            } else {
                let seen: Seen<'_> = serde_json::from_slice(&line).map_err(|_| JournalError::Damaged(number))?;
                let key = seen.begin.or(seen.path).ok_or(JournalError::Damaged(number))?;
                self.lines.insert(self.hasher.hash_one(&*key), self.end);
            }
            self.end = self.end.saturating_add(read);
        }
    }
}

/// Eight hex digits that no other journal is likely to have.
fn mark() -> String {
    let mut mark = uuid::Uuid::new_v4().simple().to_string();
    mark.truncate(8);
    mark.push('-');
    mark
}

/// A file read from a position of its own.
struct Positional<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Positional<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buf, self.at)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
