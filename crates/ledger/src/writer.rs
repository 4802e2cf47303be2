//! Writing: one process at a time, a line with one call, and nothing behind a line that could not be written.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use crate::day::{Day, stamp};
use crate::error::{LedgerError, Result};
use crate::files::{Folder, Tail};
use crate::hash::Hash;
use crate::line::{Action, Entry, Head, LONGEST, Link, SCHEMA};

/// How a ledger is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Each line is on the disk before its [`Receipt`] comes back; without, it is in the hands of the operating system, which
    /// keeps it when the process is killed.
    pub durable: bool,
}

/// What a line that was written is known by.
pub type Receipt = Head;

/// A line that a crash had cut off, and that is not there any more. Nobody was told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The file that held it.
    pub file: PathBuf,
    /// How many bytes there were of it.
    pub bytes: u64,
}

/// A ledger that is open for writing. It is locked as long as this value lives; the lock ends with the process, however that ends.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) folder: Folder,
    options: Options,
    today: Option<Today>,
    head: Head,
    repairs: Vec<Repair>,
    loose: Option<PathBuf>,
    stopped: bool,
    _lock: File,
}

/// The file to which lines are appended.
#[derive(Debug)]
struct Today {
    day: Day,
    file: File,
    path: PathBuf,
    length: u64,
}

impl Ledger {
    /// Opens a ledger, or makes it. Last lines that crashes cut off, one of a file, are removed, and a line for each says so.
    ///
    /// # Errors
    /// Another program writes to it; its last line is none of ours; I/O.
    pub fn open(path: &Path, options: Options) -> Result<Self> {
        if let Err(LedgerError::Empty(_)) = Folder::open(path) {
            std::fs::create_dir_all(path).map_err(LedgerError::io(path))?;
        }
        let folder = Folder::open(path)?;
        // Before a file is made in what may be no ledger.
        match head(path) {
            Ok(_) | Err(LedgerError::Empty(_)) => {}
            Err(e) => return Err(e),
        }
        let lock = lock(&folder)?;
        let End { today, head, torn, loose } = end(&folder)?;
        let repairs = Vec::new();
        let mut ledger = Self { folder, options, today, head, repairs, loose, stopped: false, _lock: lock };
        for (repair, bytes) in torn {
            let file = repair.file.file_name().map(|name| name.to_string_lossy().into_owned());
            let (bytes, sha256_before) = (Some(repair.bytes), Some(Hash::of(&bytes)));
            ledger.append(&Entry { path: file, bytes, sha256_before, ..Entry::new(Action::Repaired) })?;
            ledger.repairs.push(repair);
        }
        Ok(ledger)
    }

    /// What had to be repaired when it was opened, the latest file first.
    pub fn repairs(&self) -> &[Repair] {
        &self.repairs
    }

    /// The file whose last line did not fit the line before it when the ledger was opened: what is written now goes on behind it. No
    /// other line is looked at here; [`crate::audit()`] looks at all.
    pub fn loose_end(&self) -> Option<&Path> {
        self.loose.as_deref()
    }

    /// The end of the chain.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Writes a line. When it returns, the line outlives this process, and with [`Options::durable`] the machine.
    ///
    /// # Errors
    /// The line is too long, and the next one may be written; or I/O, and none is written after that: whoever opens the ledger anew
    /// removes what there is of the line.
    pub fn append(&mut self, entry: &Entry) -> Result<Receipt> {
        self.append_at(entry, SystemTime::now())
    }

    /// The same with a time that somebody else took. A line is never put before one that is there: where the clock went back, it
    /// goes into the file of the last day.
    ///
    /// # Errors
    /// Those of [`Self::append`].
    pub fn append_at(&mut self, entry: &Entry, time: SystemTime) -> Result<Receipt> {
        if self.stopped {
            return Err(LedgerError::Stopped(self.folder.path().to_owned()));
        }
        let Head { sequence, hash: prev } = self.head;
        let sequence = sequence.saturating_add(1);
        let line = Written { schema: SCHEMA, sequence, time: stamp(time), prev, entry };
        let mut line = serde_json::to_vec(&line).unwrap_or_default();
        line.push(b'\n');
        if line.len() as u64 > LONGEST {
            return Err(LedgerError::TooLong(line.len() as u64));
        }
        // Until it is written, the end of the chain is not known.
        self.stopped = true;
        let durable = self.options.durable;
        self.file_of(Day::of(time))?.write(&line, durable)?;
        self.stopped = false;
        self.head = Head { sequence, hash: Hash::of(&line) };
        Ok(self.head)
    }

    /// Waits until every line is on the disk.
    ///
    /// # Errors
    /// I/O.
    pub fn sync(&self) -> Result<()> {
        let folder = self.folder.path();
        if let Some(today) = &self.today {
            today.file.sync_data().map_err(LedgerError::io(&today.path))?;
        }
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(LedgerError::io(folder))
    }

    /// The file of a day, or that of the last one, where this is later.
    fn file_of(&mut self, day: Day) -> Result<&mut Today> {
        let today = match self.today.take().filter(|today| today.day >= day) {
            Some(today) => today,
            None => Today::create(&self.folder, day, self.options.durable)?,
        };
        Ok(self.today.insert(today))
    }
}

/// A line as it is written; read back it is a [`crate::Line`].
#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    sequence: u64,
    time: String,
    prev: Hash,
    #[serde(flatten)]
    entry: &'a Entry,
}

impl Today {
    fn create(folder: &Folder, day: Day, durable: bool) -> Result<Self> {
        let path = folder.file(day);
        let file = OpenOptions::new().append(true).create_new(true).open(&path).map_err(LedgerError::io(&path))?;
        if durable {
            let folder = folder.path();
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(LedgerError::io(folder))?;
        }
        Ok(Self { day, file, path, length: 0 })
    }

    fn write(&mut self, line: &[u8], durable: bool) -> Result<()> {
        // One call for the line: a kill falls before or after it, hardly ever between two parts.
        let written = self.file.write_all(line).and_then(|()| if durable { self.file.sync_data() } else { Ok(()) });
        if let Err(e) = written {
            // Half a line would be repaired by whoever opens the ledger next; better there is none.
            let _ = self.file.set_len(self.length);
            if self.length == 0 {
                let _ = std::fs::remove_file(&self.path);
            }
            return Err(LedgerError::Io(self.path.clone(), e));
        }
        self.length = self.length.saturating_add(line.len() as u64);
        Ok(())
    }
}

fn lock(folder: &Folder) -> Result<File> {
    let path = folder.lock();
    // Opening a pipe would wait for its reader.
    if std::fs::symlink_metadata(&path).is_ok_and(|m| !m.is_file()) {
        return Err(LedgerError::NotAFile(path));
    }
    let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let lock = lock.map_err(LedgerError::io(&path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(LedgerError::Locked(folder.path().to_owned())),
        Err(TryLockError::Error(e)) => Err(LedgerError::Io(path, e)),
    }
}

/// What a crash left, with its bytes.
type Torn = (Repair, Vec<u8>);

/// The end of a ledger as it was found, and mended.
struct End {
    today: Option<Today>,
    head: Head,
    /// The torn lines that were cut off, the latest first.
    torn: Vec<Torn>,
    /// See [`Ledger::loose_end`].
    loose: Option<PathBuf>,
}

/// Finds the end, and cuts off what crashes left behind it.
fn end(folder: &Folder) -> Result<End> {
    let mut torn = Vec::new();
    let days = folder.days()?;
    for (at, day) in days.iter().copied().enumerate().rev() {
        let path = folder.regular(day)?;
        let file = OpenOptions::new().read(true).append(true).open(&path).map_err(LedgerError::io(&path))?;
        let tail = Tail::of(&file, &path)?;
        let head = if tail.line.is_empty() { None } else { Some(tail.head(&path)?) };
        let earlier = || whole_end(folder, days.get(..at).unwrap_or_default());
        let before = if tail.torn.is_empty() || head.is_some() {
            head
        } else {
            Some(earlier()?.map_or(Head::NONE, |end| end.0))
        };
        if let Some(ended) = before.and_then(|before| ended(before, &tail.torn)) {
            (&file).write_all(b"\n").and_then(|()| file.sync_data()).map_err(LedgerError::io(&path))?;
            let length = tail.end.saturating_add(tail.torn.len() as u64).saturating_add(1);
            return Ok(End { today: Some(Today { day, file, path, length }), head: ended, torn, loose: None });
        }
        if !tail.torn.is_empty() {
            file.set_len(tail.end).and_then(|()| file.sync_data()).map_err(LedgerError::io(&path))?;
            torn.push((Repair { file: path.clone(), bytes: tail.torn.len() as u64 }, tail.torn.clone()));
        }
        let Some(head) = head else {
            // A file begins with a line of its day, so one that lost its only line goes.
            std::fs::remove_file(&path).map_err(LedgerError::io(&path))?;
            continue;
        };
        let is_loose = match tail.before.is_empty() {
            false => tail.head_before().is_none_or(|before| !tail.follows(before)),
            // Days that retention removed may be missing between: there only a line with the next number has to fit.
            true => earlier()
                .map_or(true, |end| end.is_some_and(|(before, _)| head.is_next(before) && !tail.follows(before))),
        };
        let loose = is_loose.then(|| path.clone());
        return Ok(End { today: Some(Today { day, file, path, length: tail.end }), head, torn, loose });
    }
    Ok(End { today: None, head: Head::NONE, torn, loose: None })
}

/// The end of the chain with a last line that lacks its end alone: it may have been told of before somebody cut that off.
fn ended(before: Head, torn: &[u8]) -> Option<Head> {
    Link::of(torn).filter(|link| link.follows(before))?;
    Head::of(&[torn, b"\n"].concat())
}

/// The end of a ledger that nobody has to lock, and the day of its last line; a line that is being written does not count.
///
/// # Errors
/// There is no line; the last one is none of ours; I/O.
pub fn head(path: &Path) -> Result<(Head, Day)> {
    let folder = Folder::open(path)?;
    whole_end(&folder, &folder.days()?)?.ok_or_else(|| LedgerError::Empty(path.to_owned()))
}

/// The last whole line of these days.
fn whole_end(folder: &Folder, days: &[Day]) -> Result<Option<(Head, Day)>> {
    for day in days.iter().copied().rev() {
        let (file, path) = (folder.read(day)?, folder.file(day));
        let tail = Tail::of(&file, &path)?;
        if !tail.line.is_empty() {
            return Ok(Some((tail.head(&path)?, day)));
        }
    }
    Ok(None)
}
