//! The files of a ledger: `2026-11-30.jsonl` for each day (UTC) that has a line, `lock`, and `index.redb`. Other names are
//! nobody's business.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use biaoshi_container::Positional;

use crate::day::Day;
use crate::error::{LedgerError, Result};
use crate::line::{Head, LONGEST, Link};

const SUFFIX: &str = ".jsonl";

/// How much is read at a time.
const STEP: u64 = 1 << 16;

/// The folder of a ledger.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A folder that is there.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Ok(Self(path.to_owned())),
            Ok(_) => Err(LedgerError::NotAFolder(path.to_owned())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(LedgerError::Empty(path.to_owned())),
            Err(e) => Err(LedgerError::Io(path.to_owned(), e)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.0.join("index.redb")
    }

    /// The file of a day.
    pub(crate) fn file(&self, day: Day) -> PathBuf {
        self.0.join(format!("{day}{SUFFIX}"))
    }

    /// The days that have a file, in order.
    pub(crate) fn days(&self) -> Result<Vec<Day>> {
        let mut days = Vec::new();
        for entry in std::fs::read_dir(&self.0).map_err(LedgerError::io(&self.0))? {
            let name = entry.map_err(LedgerError::io(&self.0))?.file_name();
            days.extend(name.to_str().and_then(|name| name.strip_suffix(SUFFIX)).and_then(Day::parse));
        }
        days.sort_unstable();
        Ok(days)
    }

    /// Opens the file of a day for reading. What is no regular file might never end, or wait for a writer.
    pub(crate) fn read(&self, day: Day) -> Result<File> {
        let path = self.regular(day)?;
        File::open(&path).map_err(LedgerError::io(&path))
    }

    /// The path of a day's file, which is a regular one.
    pub(crate) fn regular(&self, day: Day) -> Result<PathBuf> {
        let path = self.file(day);
        match std::fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(path),
            Ok(_) => Err(LedgerError::NotAFile(path)),
            Err(e) => Err(LedgerError::Io(path, e)),
        }
    }

    /// The lines of a day, from a position on.
    pub(crate) fn lines(&self, day: Day, from: u64) -> Result<Lines> {
        let path = self.file(day);
        let mut file = self.read(day)?;
        file.seek(SeekFrom::Start(from)).map_err(LedgerError::io(&path))?;
        let reader = BufReader::with_capacity(1 << 20, file);
        Ok(Lines { reader, path, number: 0, at: from, line: Vec::new() })
    }
}

/// The lines of a file, one after the other.
pub(crate) struct Lines {
    reader: BufReader<File>,
    path: PathBuf,
    number: u64,
    /// Where the next line begins.
    at: u64,
    line: Vec<u8>,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a> {
    /// Its number in the file, counted from where reading began, from 1.
    pub(crate) number: u64,
    /// Where it begins.
    pub(crate) at: u64,
    /// With its end.
    pub(crate) bytes: &'a [u8],
    /// Whether it has an end: the last one may have been cut off by a crash, or is being written.
    pub(crate) is_whole: bool,
}

impl Lines {
    /// The next line.
    ///
    /// # Errors
    /// I/O; a line that is longer than any may be.
    pub(crate) fn next(&mut self) -> Result<Option<Raw<'_>>> {
        self.line.clear();
        let read = self.reader.by_ref().take(LONGEST.saturating_add(1)).read_until(b'\n', &mut self.line);
        let read = read.map_err(LedgerError::io(&self.path))? as u64;
        if read == 0 {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        if read > LONGEST {
            return Err(LedgerError::Damaged(self.path.clone(), Some(self.number)));
        }
        let at = self.at;
        self.at = at.saturating_add(read);
        let is_whole = self.line.last() == Some(&b'\n');
        Ok(Some(Raw { number: self.number, at, bytes: &self.line, is_whole }))
    }
}

/// One line, of which is known where it begins; with its end.
pub(crate) fn line_at(file: &File, at: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut reader = BufReader::with_capacity(4096, Positional::new(file, at));
    reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
    Ok(line)
}

/// The end of a file.
#[derive(Debug)]
pub(crate) struct Tail {
    /// The last whole line, with its end; empty where there is none.
    pub(crate) line: Vec<u8>,
    /// The whole line before that, with its end; empty where there is none.
    pub(crate) before: Vec<u8>,
    /// Where the last one ends.
    pub(crate) end: u64,
    /// What a crash left behind it.
    pub(crate) torn: Vec<u8>,
}

impl Tail {
    /// Reads it, from the end of the file on and no further than it has to.
    ///
    /// # Errors
    /// I/O; there is no end of a line where one must be.
    pub(crate) fn of(file: &File, path: &Path) -> Result<Self> {
        let length = file.metadata().map_err(LedgerError::io(path))?.len();
        // The last two whole lines, and as much as a torn one can be.
        let (mut from, mut bytes) = (length, Vec::new());
        loop {
            let ends: Vec<usize> = memchr::memrchr_iter(b'\n', &bytes).take(3).collect();
            if ends.len() == 3 || from == 0 {
                let behind = |number: usize| ends.get(number).map_or(0, |at| at.saturating_add(1));
                let torn = bytes.split_off(behind(0));
                let line = bytes.split_off(behind(1));
                let before = bytes.split_off(behind(2));
                return Ok(Self { line, before, end: length.saturating_sub(torn.len() as u64), torn });
            }
            if bytes.len() as u64 > LONGEST.saturating_mul(3) {
                return Err(LedgerError::Damaged(path.to_owned(), None));
            }
            // Twice as much as is there already, so that a long line is not read over and over.
            let step = (bytes.len() as u64).max(STEP).min(from);
            from = from.saturating_sub(step);
            let mut before = vec![0; usize::try_from(step).unwrap_or_default()];
            file.read_exact_at(&mut before, from).map_err(LedgerError::io(path))?;
            before.append(&mut bytes);
            bytes = before;
        }
    }

    /// The end of the chain, if the last whole line is it.
    ///
    /// # Errors
    /// It is no line of ours.
    pub(crate) fn head(&self, path: &Path) -> Result<Head> {
        Head::of(&self.line).ok_or_else(|| LedgerError::Damaged(path.to_owned(), None))
    }

    /// Whether the last whole line is the one behind this end.
    pub(crate) fn follows(&self, before: Head) -> bool {
        Link::of(&self.line).is_some_and(|link| link.follows(before))
    }

    /// What the end was before the last whole line; `None` where that is no line of ours.
    pub(crate) fn head_before(&self) -> Option<Head> {
        Head::of(&self.before)
    }
}
