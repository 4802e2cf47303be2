//! A journal: what a run has finished, so that the same run can go on after any end.
//!
//! JSON Lines. The first line says which command the journal belongs to. `begin` names an input before its work starts, and
//! `fresh` says that its output is not there yet: what a later run finds at that output is ours to replace. A line with `report` is a file
//! that is finished; it is written only after its output is on the disk, by groups, since a sync a file would cost more
//! than the work. Inputs may come and go from run to run; those that are finished keep their rows. What stays in memory is some
//! numbers a file: lines are read again where they are needed.

mod commit;
mod error;
mod line;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use biaoshi_container::Positional;

use sha2::{Digest, Sha256};

pub use error::JournalError;
pub use line::{Entry, Source};

use commit::Commits;
use line::{Begin, Header, SCHEMA, Seen};

use crate::paths::{from_text, to_text};

/// How many inputs are announced at once. Their lines cost one sync.
pub const AHEAD: usize = super::UNSTARTED / 2;

/// The longest line that is read back, and so the longest that is written.
const LONGEST: u64 = 64 << 20;

/// How many inputs that are gone are named.
const NAMED: usize = 3;

/// What earlier runs did with an input.
#[derive(Debug)]
pub enum Past {
    /// Nothing.
    Nothing,
    /// They began, and did not live to finish.
    Begun {
        /// Whether an output that is there now is theirs.
        fresh: bool,
        /// SHA-256 of the input before the work, where it was needed.
        content: Option<String>,
    },
    /// They finished.
    Finished(Box<Entry>),
}

impl Past {
    /// Whether an output that is there was made by an earlier run.
    pub fn owns_output(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Begun { fresh, .. } => *fresh,
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

/// An input on which work begins.
#[derive(Debug, Clone, Copy)]
pub struct Beginning<'a> {
    /// The input.
    pub input: &'a Path,
    /// Whether its output is not there, or an earlier run's.
    pub fresh: bool,
    /// SHA-256 of the input, where it is needed when the input is replaced.
    pub content: Option<&'a str>,
}

/// The last line about an input.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Where it begins.
    at: u64,
    /// The digest of the row of a finished file; 0: it is not finished, or is to be tried again.
    row: u64,
    /// Whether the input was met in this run.
    met: bool,
}

/// A journal that is open and locked.
#[derive(Debug)]
pub struct Journal {
    commits: Commits,
    /// For reading lines that are there.
    file: File,
    hasher: RandomState,
    /// The last line about an input, by the hash of its path. Should two paths have one hash, the one whose line is lost is done
    /// again.
    lines: HashMap<u64, Line>,
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
            Some(header) if header.is_old() => return Err(JournalError::Old),
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
    pub fn past(&mut self, input: &Path) -> io::Result<Past> {
        let key = to_text(input);
        let Some(known) = self.lines.get_mut(&self.hasher.hash_one(&*key)) else { return Ok(Past::Nothing) };
        known.met = true;
        let at = known.at;
        let line = self.line(at)?;
        if let Ok(entry) = serde_json::from_slice::<Entry>(&line) {
            let finished = || Past::Finished(Box::new(entry.clone()));
            return Ok(if entry.path == *key { finished() } else { Past::Nothing });
        }
        let begun = serde_json::from_slice::<Begin>(&line).ok().filter(|b| b.begin == key);
        Ok(begun.map_or(Past::Nothing, |b| Past::Begun { fresh: b.fresh, content: b.content.map(Cow::into_owned) }))
    }

    fn line(&self, at: u64) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let reader = Positional::new(&self.file, at);
        BufReader::with_capacity(4096, reader).take(LONGEST).read_until(b'\n', &mut line)?;
        Ok(line)
    }

    /// The digest of the row with which an input was finished, if it was.
    fn row(&self, input: &Path) -> Option<u64> {
        let line = self.lines.get(&self.hasher.hash_one(&*to_text(input)))?;
        Some(line.row).filter(|row| *row > 0)
    }

    /// Whether earlier runs finished an input.
    pub fn is_finished(&self, input: &Path) -> bool {
        self.row(input).is_some()
    }

    /// Whether earlier runs finished an input whose row was another one.
    pub fn is_finished_otherwise(&self, input: &Path, row: &str) -> bool {
        self.row(input).is_some_and(|before| before != line::number(row))
    }

    /// Tells of every file that earlier runs finished.
    ///
    /// # Errors
    /// I/O, and those of `tell`.
    pub fn finished(&self, mut tell: impl FnMut(Entry) -> io::Result<()>) -> io::Result<()> {
        let mut all: Vec<u64> = self.lines.values().filter(|line| line.row > 0).map(|line| line.at).collect();
        all.sort_unstable();
        for at in all {
            if let Ok(entry) = serde_json::from_slice(&self.line(at)?) {
                tell(entry)?;
            }
        }
        Ok(())
    }

    /// How many inputs earlier runs knew that were not met, and the first of them.
    ///
    /// # Errors
    /// I/O.
    pub fn gone(&self) -> io::Result<(usize, Vec<PathBuf>)> {
        let mut gone: Vec<u64> = self.lines.values().filter(|line| !line.met).map(|line| line.at).collect();
        gone.sort_unstable();
        let named = gone.iter().take(NAMED).map(|at| {
            let line = self.line(*at)?;
            let seen: Seen<'_> = serde_json::from_slice(&line)?;
            Ok(from_text(seen.begin.or(seen.path).unwrap_or_default().into_owned()))
        });
        Ok((gone.len(), named.collect::<io::Result<_>>()?))
    }

    /// Says that work on these inputs begins; on the disk when it returns.
    ///
    /// # Errors
    /// I/O, also of an earlier group.
    pub fn begin<'p>(&self, inputs: impl Iterator<Item = Beginning<'p>>) -> io::Result<()> {
        let mut text = String::new();
        for Beginning { input, fresh, content } in inputs {
            text.push_str(&line::json(&Begin { begin: to_text(input), fresh, content: content.map(Cow::Borrowed) }));
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
    lines: HashMap<u64, Line>,
    header: Option<Header>,
    /// Where the last whole line ends.
    end: u64,
}

impl Known {
    fn read(&mut self, file: &File) -> Result<(), JournalError> {
        let mut reader = BufReader::with_capacity(1 << 16, Positional::new(file, 0));
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
                let header = serde_json::from_slice::<Header>(&line).ok().filter(|h| h.schema == SCHEMA || h.is_old());
                self.header = Some(header.ok_or(JournalError::Foreign)?);
                if self.header.as_ref().is_some_and(Header::is_old) {
                    return Ok(());
                }
            } else {
                let seen: Seen<'_> = serde_json::from_slice(&line).map_err(|_| JournalError::Damaged(number))?;
                let row = seen.finished();
                let key = seen.begin.or(seen.path).ok_or(JournalError::Damaged(number))?;
                self.lines.insert(self.hasher.hash_one(&*key), Line { at: self.end, row, met: false });
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

#[cfg(test)]
mod tests;
