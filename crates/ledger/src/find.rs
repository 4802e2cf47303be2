//! From an id, a payload or a content back to the lines about it.

use std::path::{Path, PathBuf};

use biaoshi_container::{Message, said};

use crate::day::Day;
use crate::error::{LedgerError, Result};
use crate::files::{Folder, line_at};
use crate::hash::Hash;
use crate::index::{self, Index, Position, Trouble};
use crate::line::{Keys, TAG, content_tag};

/// What to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A ProduceID.
    ProduceId(String),
    /// The payload of a watermark, or the one that would belong to a label.
    Payload(u64),
    /// The lower 40 bits of a payload, which are of the ProduceID alone.
    ContentTag(u64),
    /// A content, before or after the work.
    Sha256(Hash),
}

impl Key {
    /// Whether a line is meant. The index knows parts of keys alone.
    pub(crate) fn is_of(&self, keys: &Keys<'_>) -> bool {
        match self {
            Self::ProduceId(id) => keys.produce_id() == Some(id),
            Self::Payload(payload) => keys.payloads().any(|of| of == *payload),
            Self::ContentTag(tag) => keys.tags().any(|of| of == *tag & TAG),
            Self::Sha256(hash) => keys.contents().any(|of| of == *hash),
        }
    }

    /// Bytes without which no line is meant.
    fn needle(&self) -> Vec<u8> {
        match self {
            Self::ProduceId(id) => serde_json::to_vec(id).unwrap_or_default(),
            Self::Payload(payload) => format!("\"{payload:016x}\"").into_bytes(),
            // Of lines without a payload the tag is that of the id, which cannot be seen in the text.
            Self::ContentTag(_) => Vec::new(),
            Self::Sha256(hash) => hash.to_string().into_bytes(),
        }
    }
}

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

/// What became of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// It was made: there was none.
    Made(PathBuf),
    /// It was made anew: it was damaged, or of another ledger.
    Rebuilt(PathBuf),
    /// It could not be used, and all lines were read instead: why.
    Unused(PathBuf, Message),
}

impl Note {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::Made(path) => said!("{}: the index was made", "{}:已建立索引", path.display()),
            Self::Rebuilt(path) => said!(
                "{}: the index was damaged or of another ledger, and was made anew",
                "{}:索引已损坏或属于另一台账,已重建",
                path.display()
            ),
            Self::Unused(path, why) => said!(
                "{}: the index cannot be used, so every line was read: {}",
                "{}:索引无法使用,已逐行读取:{}",
                path.display(),
                why.clone()
            ),
        }
    }
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

/// What the index is asked for a key.
pub(crate) enum Asked {
    Tag(u64),
    Content(u64),
}

impl From<&Key> for Asked {
    fn from(key: &Key) -> Self {
        match key {
            Key::ProduceId(id) => Self::Tag(content_tag(id)),
            Key::Payload(bits) | Key::ContentTag(bits) => Self::Tag(bits & TAG),
            Key::Sha256(hash) => Self::Content(hash.head()),
        }
    }
}
