//! The index: where the lines about a content or an id begin. It can be lost at any time: it is made anew from the lines, and each of
//! its answers is looked up there.
//!
//! A redb file with two tables of keys without values, so that a range of them answers: 64 bits of what is looked for (a content tag,
//! which has 40; the first 64 of a SHA-256) above 64 bits of where the line begins.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use biaoshi_container::{Message, said, trouble};
use redb::{
    Builder, Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, StorageError,
    TableDefinition,
};

use crate::day::Day;
use crate::error::{LedgerError, Result};
use crate::files::Folder;
use crate::key::{Asked, Key};
use crate::line::Keys;

/// Content tags, of payloads and of ProduceIDs.
const TAGS: TableDefinition<'_, u128, ()> = TableDefinition::new("tags/1");
/// Contents.
const CONTENTS: TableDefinition<'_, u128, ()> = TableDefinition::new("contents/1");
/// How far it goes: day, offset, number of the last line.
const POSITION: TableDefinition<'_, (), (u64, u64, u64)> = TableDefinition::new("position/1");

/// How many bytes of lines may be missing in the index before it is brought up to date: reading so many takes a few milliseconds.
const BEHIND: u64 = 1 << 20;

/// How many lines are taken in at once: what is sorted before goes in many times faster.
const BATCH: usize = 500_000;

/// Memory for reading, and for making: bytes.
const READING: usize = 16 << 20;
const MAKING: usize = 256 << 20;

/// Bits of an offset in a key; the day lies above them.
const OFFSET: u32 = 42;

/// Where a line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) day: Day,
    pub(crate) offset: u64,
}

impl Default for Position {
    /// The beginning of all lines.
    fn default() -> Self {
        Self { day: Day::numbered(0), offset: 0 }
    }
}

impl Position {
    fn bits(self) -> u64 {
        self.day.number() << OFFSET | (self.offset & ((1 << OFFSET) - 1))
    }

    fn of(bits: u64) -> Self {
        Self { day: Day::numbered(bits >> OFFSET), offset: bits & ((1 << OFFSET) - 1) }
    }
}

/// How far an index goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Reach {
    at: Position,
    /// The number of the last line in it.
    sequence: u64,
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

/// Why an index cannot be used.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Its bytes are not as they must be, or are of another ledger.
    Damaged,
    /// Another program is making it.
    Busy,
    /// The operating system.
    Io(io::Error),
    /// The ledger itself.
    Ledger(LedgerError),
}

impl Trouble {
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::Damaged => said!("it is damaged", "已损坏"),
            Self::Busy => said!("another program is making it; try again later", "另一个程序正在建立索引;请稍后再试"),
            Self::Io(e) => trouble(e),
            Self::Ledger(e) => e.message(),
        }
    }

    /// An error of the ledger.
    pub(crate) fn of(self, path: &Path) -> LedgerError {
        match self {
            Self::Ledger(e) => e,
            Self::Io(e) => LedgerError::Io(path.to_owned(), e),
            Self::Busy => LedgerError::Io(path.to_owned(), io::ErrorKind::ResourceBusy.into()),
            Self::Damaged => LedgerError::Io(path.to_owned(), io::ErrorKind::InvalidData.into()),
        }
    }
}

impl From<LedgerError> for Trouble {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<redb::Error> for Trouble {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::Busy,
            redb::Error::Io(e) if is_of_the_system(&e) => Self::Io(e),
            _ => Self::Damaged,
        }
    }
}

/// redb also has errors of its own for bytes that end too soon; those of the operating system have a number.
fn is_of_the_system(error: &io::Error) -> bool {
    error.raw_os_error().is_some()
}

macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for Trouble {
            fn from(error: $error) -> Self {
                redb::Error::from(error).into()
            }
        }
    )*};
}

from_redb!(DatabaseError, StorageError, redb::TransactionError, redb::TableError, redb::CommitError);

type Outcome<T> = std::result::Result<T, Trouble>;

/// Does something with an index. redb panics on some damage; a panic is damage then, and never the end of the program.
fn unless_panicking<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Trouble::Damaged))
}

/// Refuses what is no regular file: opening a pipe would wait for its writer.
fn regular(folder: &Folder) -> Outcome<()> {
    match folder.index().symlink_metadata() {
        Ok(found) if !found.is_file() => Err(Trouble::Io(io::ErrorKind::InvalidInput.into())),
        _ => Ok(()),
    }
}

/// Where lines for a key may begin, in order, and from where on lines have to be read. The index is made or mended where that has to be.
pub(crate) fn hits(folder: &Folder, key: &Key, notes: &mut Vec<Note>) -> Outcome<(Vec<Position>, Position)> {
    regular(folder)?;
    let ask = || unless_panicking(|| Index::read(folder)?.hits(key));
    let old = match ask() {
        Ok((hits, reach)) if reach.fits(folder)? => Some((hits, reach)),
        Err(trouble @ (Trouble::Busy | Trouble::Ledger(_))) => return Err(trouble),
        // It is not there, damaged, not closed, or of another ledger.
        _ => None,
    };
    let (hits, reach) = match old {
        Some((hits, reach)) if reach.behind(folder)? <= BEHIND => (hits, reach),
        old => match (Index::update(folder, notes), old) {
            // Who may not write reads the more lines.
            (Err(Trouble::Io(_) | Trouble::Busy), Some(old)) => old,
            (updated, _) => {
                updated?;
                ask()?
            }
        },
    };
    Ok((hits, reach.at))
}

impl Reach {
    /// How many bytes of lines are behind it.
    fn behind(&self, folder: &Folder) -> Result<u64> {
        let mut behind = 0_u64;
        for day in folder.days()?.into_iter().filter(|day| *day >= self.at.day) {
            let path = folder.file(day);
            let length = std::fs::metadata(&path).map_err(LedgerError::io(&path))?.len();
            let known = if day == self.at.day { self.at.offset } else { 0 };
            behind = behind.saturating_add(length.saturating_sub(known));
        }
        Ok(behind)
    }

    /// Whether the lines go on behind it as they must: else it is of another ledger.
    fn fits(&self, folder: &Folder) -> Result<bool> {
        let Some(day) = folder.days()?.into_iter().find(|day| *day >= self.at.day) else { return Ok(false) };
        let offset = if day == self.at.day { self.at.offset } else { 0 };
        let path = folder.file(day);
        if std::fs::metadata(&path).map_err(LedgerError::io(&path))?.len() < offset {
            return Ok(false);
        }
        let mut lines = folder.lines(day, offset)?;
        let Some(line) = lines.next()?.filter(|line| line.is_whole) else { return Ok(true) };
        // Behind a day that retention removed, the next line may be any later one.
        let next = self.sequence.saturating_add(1);
        let sequence = Keys::of(line.bytes).map_or(next, |keys| keys.sequence);
        Ok(sequence == next || (sequence > next && day != self.at.day))
    }
}

/// An index that is open.
pub(crate) struct Index {
    read: ReadTransaction,
    reach: Reach,
    /// Its lock.
    _database: ReadOnlyDatabase,
}

impl Index {
    fn read(folder: &Folder) -> Outcome<Self> {
        let database = Builder::new().set_cache_size(READING).open_read_only(folder.index())?;
        let read = database.begin_read()?;
        let reach = read.open_table(POSITION)?.get(())?.ok_or(Trouble::Damaged)?.value().into();
        Ok(Self { read, reach, _database: database })
    }

    fn hits(&self, key: &Key) -> Outcome<(Vec<Position>, Reach)> {
        let (table, bits) = match Asked::from(key) {
            Asked::Tag(bits) => (TAGS, bits),
            Asked::Content(bits) => (CONTENTS, bits),
        };
        let first = u128::from(bits) << 64;
        let mut hits = Vec::new();
        for entry in self.read.open_table(table)?.range(first..=first | u128::from(u64::MAX))? {
            hits.push(Position::of(entry?.0.value() as u64));
        }
        Ok((hits, self.reach))
    }

    /// Takes in the lines that are not in it yet; makes it where there is none, or where it is damaged. How many lines it took in.
    pub(crate) fn update(folder: &Folder, notes: &mut Vec<Note>) -> Outcome<u64> {
        regular(folder)?;
        let path = folder.index();
        let grown = unless_panicking(|| Self::grow(folder));
        let (taken, note) = match grown {
            Err(Trouble::Damaged) => {
                std::fs::remove_file(&path).map_err(Trouble::Io)?;
                (unless_panicking(|| Self::grow(folder))?.0, Some(Note::Rebuilt(path)))
            }
            grown => grown.map(|(taken, is_new)| (taken, is_new.then_some(Note::Made(path))))?,
        };
        notes.extend(note);
        Ok(taken)
    }

    /// How many lines it took in, and whether it had none before.
    fn grow(folder: &Folder) -> Outcome<(u64, bool)> {
        let database = Builder::new().set_cache_size(MAKING).create(folder.index())?;
        let known: Option<Reach> = match database.begin_read()?.open_table(POSITION) {
            Ok(table) => table.get(())?.map(|value| value.value().into()),
            Err(redb::TableError::TableDoesNotExist(_)) => None,
            Err(e) => return Err(e.into()),
        };
        let mut reach = known.unwrap_or_default();
        if known.is_some() && !reach.fits(folder)? {
            return Err(Trouble::Damaged);
        }
        let (mut batch, mut taken) = (Batch::default(), 0_u64);
        let begin = reach.at;
        for day in folder.days()?.into_iter().filter(|day| *day >= begin.day) {
            let mut lines = folder.lines(day, if day == begin.day { begin.offset } else { 0 })?;
            while let Some(line) = lines.next()? {
                if !line.is_whole {
                    break;
                }
                let at = Position { day, offset: line.at };
                if let Some(keys) = Keys::of(line.bytes) {
                    batch.add(&keys, at);
                    reach.sequence = keys.sequence;
                }
                taken = taken.saturating_add(1);
                reach.at = Position { day, offset: line.at.saturating_add(line.bytes.len() as u64) };
                if batch.lines >= BATCH {
                    std::mem::take(&mut batch).put(&database, reach)?;
                }
            }
        }
        batch.put(&database, reach)?;
        Ok((taken, known.is_none()))
    }
}

impl From<(u64, u64, u64)> for Reach {
    fn from((day, offset, sequence): (u64, u64, u64)) -> Self {
        Self { at: Position { day: Day::numbered(day), offset }, sequence }
    }
}

/// Lines that go in together.
#[derive(Default)]
struct Batch {
    lines: usize,
    tags: Vec<u128>,
    contents: Vec<u128>,
}

impl Batch {
    fn add(&mut self, keys: &Keys<'_>, at: Position) {
        let key = |bits: u64| u128::from(bits) << 64 | u128::from(at.bits());
        self.lines = self.lines.saturating_add(1);
        self.tags.extend(keys.tags().map(key));
        self.contents.extend(keys.contents().map(|hash| key(hash.head())));
    }

    fn put(self, database: &Database, reach: Reach) -> Outcome<()> {
        let mut write = database.begin_write()?;
        // A process that is killed leaves an index that opens at once.
        write.set_quick_repair(true);
        for (table, mut keys) in [(TAGS, self.tags), (CONTENTS, self.contents)] {
            keys.sort_unstable();
            keys.dedup();
            let mut table = write.open_table(table)?;
            for key in keys {
                table.insert(key, ())?;
            }
        }
        let Reach { at, sequence } = reach;
        write.open_table(POSITION)?.insert((), (at.day.number(), at.offset, sequence))?;
        write.commit()?;
        Ok(())
    }
}

/// Takes out what is of days that are not there any more.
///
/// # Errors
/// Why the index could not be used.
pub(crate) fn shrink(folder: &Folder) -> Outcome<()> {
    if folder.index().symlink_metadata().is_err() {
        return Ok(());
    }
    regular(folder)?;
    let days = folder.days()?;
    unless_panicking(|| {
        let database = Builder::new().set_cache_size(MAKING).open(folder.index())?;
        let mut write = database.begin_write()?;
        write.set_quick_repair(true);
        for table in [TAGS, CONTENTS] {
            write.open_table(table)?.retain(|key, ()| days.binary_search(&Position::of(key as u64).day).is_ok())?;
        }
        write.commit()?;
        Ok(())
    })
}
