//! Temporary files: known while they live, so that a signal can take them away, and swept up after a run that was killed.

use std::collections::BTreeSet;
use std::fs::{DirEntry, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use tempfile::{NamedTempFile, TempDir};

use crate::untold::{Untold, is_stopped};

/// What every temporary file of ours starts with.
pub const TEMPORARY_PREFIX: &str = ".biaoshi-";

/// How old a temporary file is when nobody can be writing it any more.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// The temporary files and folders of this process. Whoever makes one holds the outer lock for reading until the name is
/// in the set, so that who holds it for writing knows them all.
static LIVE: RwLock<Mutex<BTreeSet<PathBuf>>> = RwLock::new(Mutex::new(BTreeSet::new()));

/// The folders that this process swept, by device and inode.
static SWEPT: Mutex<BTreeSet<(u64, u64)>> = Mutex::new(BTreeSet::new());

/// Folders that were not there when they were to be swept.
static MISSING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes every temporary file of this process, which stops at once: jobs that go on cannot make new ones, and fail. Files
/// under their final names are whole, as always, and no more come after this.
pub(crate) fn abandon() {
    let mut all = LIVE.write().unwrap_or_else(PoisonError::into_inner);
    for path in all.get_mut().unwrap_or_else(PoisonError::into_inner).iter() {
        if std::fs::remove_file(path).is_err() {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

/// A name in `LIVE`.
#[derive(Debug)]
struct Known(PathBuf);

impl Known {
    /// Makes something and notes its name.
    fn make<T>(make: impl FnOnce() -> io::Result<T>, path: impl FnOnce(&T) -> &Path) -> io::Result<(T, Self)> {
        let live = LIVE.read().unwrap_or_else(PoisonError::into_inner);
        if is_stopped() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let made = make()?;
        let path = path(&made).to_owned();
        live.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        Ok((made, Self(path)))
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        let live = LIVE.read().unwrap_or_else(PoisonError::into_inner);
        live.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// A file that goes away unless it is persisted. (Fields are dropped in order: the file first, then its name.)
#[derive(Debug)]
pub(super) struct Temporary {
    file: NamedTempFile,
    _known: Known,
}

impl Temporary {
    /// A new file (`O_EXCL`, mode 0600) in a folder, which is made when it is missing, and swept the first time.
    pub(super) fn create(folder: &Path, mark: &str) -> io::Result<Self> {
        if sweep(folder, mark).is_err_and(|e| e.kind() == io::ErrorKind::NotFound) {
            std::fs::create_dir_all(folder)?;
        }
        let prefix = format!("{TEMPORARY_PREFIX}{mark}");
        let make = || tempfile::Builder::new().prefix(&prefix).tempfile_in(folder);
        let (file, known) = Known::make(make, NamedTempFile::path)?;
        Ok(Self { file, _known: known })
    }

    pub(super) fn as_file(&self) -> &File {
        self.file.as_file()
    }

    pub(super) fn as_file_mut(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Gives the file its final name; without `overwrite` it is an error when there is one.
    pub(super) fn persist(self, path: &Path, overwrite: bool) -> io::Result<()> {
        let Self { file, _known } = self;
        // Counted before the name: who stops the process removes the file first, and then looks at the count.
        let untold = Untold::new();
        let done = if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
        done.map(|_| untold.done()).map_err(|e| e.error)
    }
}

/// A folder in the system's place for such things, for what comes from standard input and goes to standard output.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    _known: Known,
}

impl Scratch {
    /// A new, empty one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create() -> io::Result<Self> {
        let make = || tempfile::Builder::new().prefix("biaoshi-").tempdir();
        let (folder, known) = Known::make(make, TempDir::path)?;
        Ok(Self { folder, _known: known })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes temporary files that killed runs left in a folder: those older than a day, and those that carry `mark`
/// (unless it is empty), whose run is known to be over. Once for each folder, before this process makes any in it.
///
/// # Errors
/// When the folder is not there.
pub fn sweep(folder: &Path, mark: &str) -> io::Result<()> {
    let mut missing = MISSING.lock().unwrap_or_else(PoisonError::into_inner);
    let metadata = match std::fs::metadata(folder) {
        // It was made since, by this run or one of its children: what is in it lives.
        Ok(_) if missing.contains(folder) => return Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            missing.insert(folder.to_owned());
            return Err(e);
        }
        result => result?,
    };
    drop(missing);
    // Held while sweeping: whoever comes second must not make a file yet.
    let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if !swept.insert((metadata.dev(), metadata.ino())) {
        return Ok(());
    }
    let old = |entry: &DirEntry| entry.metadata().ok()?.modified().ok()?.elapsed().ok().map(|age| age > STALE);
    remove(folder, "", |entry| old(entry).unwrap_or(false));
    clear(folder, mark);
    Ok(())
}

/// Removes the temporary files in a folder that carry `mark` (unless it is empty): for who knows that their process is over.
pub fn clear(folder: &Path, mark: &str) {
    if !mark.is_empty() {
        remove(folder, mark, |_| true);
    }
}

/// Removes temporary files whose names go on with `mark`.
fn remove(folder: &Path, mark: &str, also: impl Fn(&DirEntry) -> bool) {
    let prefix = format!("{TEMPORARY_PREFIX}{mark}");
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes()) && also(&entry) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With children, a folder that was missing may hold their files by the time it is swept.
    #[test]
    fn a_folder_that_was_missing_is_not_swept() {
        let folder = tempfile::tempdir().unwrap();
        let later = folder.path().join("later");
        assert!(sweep(&later, "m2-").is_err());
        std::fs::create_dir(&later).unwrap();
        File::create(later.join(".biaoshi-m2-child")).unwrap();
        sweep(&later, "m2-").unwrap();
        assert!(later.join(".biaoshi-m2-child").exists());
    }

    #[test]
    fn only_what_is_old_or_marked_is_swept_and_only_once() {
        // This folder may have the number of one that another test has swept and removed.
        SWEPT.lock().unwrap().clear();
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, age: u64| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(std::time::SystemTime::now() - Duration::from_secs(age)).unwrap();
        };
        make(".biaoshi-old", 90_000);
        make(".biaoshi-new", 60);
        make(".biaoshi-m1-new", 60);
        make("kept", 90_000);
        let names = || {
            let names =
                std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
            names.collect::<BTreeSet<_>>()
        };
        let temporary = Temporary::create(folder.path(), "m1-").unwrap();
        assert_eq!(names().len(), 3);
        assert!(names().contains("kept") && names().contains(".biaoshi-new"));
        make(".biaoshi-m1-later", 90_000);
        drop(Temporary::create(folder.path(), "m1-").unwrap());
        assert_eq!(names().len(), 4);
        let new = folder.path().join("new");
        assert!(sweep(&new, "").is_err());
        let first = Temporary::create(&new, "m1-").unwrap();
        drop(Temporary::create(&new, "m1-").unwrap());
        first.persist(&new.join("done"), false).unwrap();
        temporary.persist(&folder.path().join("done"), false).unwrap();
        let live = LIVE.read().unwrap();
        assert!(!live.lock().unwrap().iter().any(|p| p.starts_with(folder.path())));
    }
}
