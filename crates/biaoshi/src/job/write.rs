//! Writing a file so that a crash leaves the old one or the new one, never half of either.

use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use biaoshi_container::{Source, copy};
use tempfile::NamedTempFile;

use crate::{Error, Refusal, Result};

/// What every temporary file of ours starts with.
pub const TEMPORARY_PREFIX: &str = ".biaoshi-";

/// How old a temporary file is when nobody can be writing it any more.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// How to replace.
pub(super) struct Target<'a> {
    /// Where the bytes go.
    pub(super) path: &'a Path,
    /// Whether a file that is there may go.
    pub(super) overwrite: bool,
    /// Whether the target is the input itself: then owner and extended attributes stay too, and the new bytes are on
    /// the disk before the old ones go.
    pub(super) in_place: bool,
    /// Sync although the target is a new file.
    pub(super) durable: bool,
}

/// Writes `view` to a temporary file in the target's folder and renames it. `check` is asked right before the rename.
pub(super) fn replace(
    view: &dyn Source,
    target: &Target<'_>,
    like: (&File, &Metadata),
    check: impl FnOnce() -> bool,
) -> Result<()> {
    let folder = folder_of(target.path);
    let mut temporary = create_in(&folder)?;
    copy(view, temporary.as_file_mut())?;
    let (original, metadata) = like;
    if target.in_place {
        keep_attributes(original, metadata, temporary.as_file());
    }
    temporary.as_file().set_permissions(Permissions::from_mode(metadata.mode() & 0o7777))?;
    let sync = target.in_place || target.durable;
    if sync {
        temporary.as_file().sync_all()?;
    }
    if !check() {
        return Err(Error::Changed);
    }
    persist(temporary, target)?;
    if sync {
        File::open(&folder)?.sync_all()?;
    }
    Ok(())
}

/// Writes a small new file (a sidecar) the same way.
pub(super) fn write_small(path: &Path, bytes: &[u8], overwrite: bool) -> Result<()> {
    let mut temporary = create_in(&folder_of(path))?;
    io::Write::write_all(temporary.as_file_mut(), bytes)?;
    temporary.as_file().set_permissions(Permissions::from_mode(0o644))?;
    persist(temporary, &Target { path, overwrite, in_place: false, durable: false })
}

fn persist(temporary: NamedTempFile, target: &Target<'_>) -> Result<()> {
    let done = if target.overwrite { temporary.persist(target.path) } else { temporary.persist_noclobber(target.path) };
    match done {
        Ok(_) => Ok(()),
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Err(Refusal::Exists(target.path.to_owned()).into()),
        Err(e) => Err(e.error.into()),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A temporary file in a folder, which is made when it is missing.
fn create_in(folder: &Path) -> io::Result<NamedTempFile> {
    let create = || tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(folder);
    match create() {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            std::fs::create_dir_all(folder)?;
            create()
        }
        result => result,
    }
}

/// Owner and extended attributes, as far as the system lets us.
fn keep_attributes(from: &File, metadata: &Metadata, to: &File) {
    let owner = to.metadata().map(|m| (m.uid(), m.gid())).ok();
    if owner.is_some_and(|o| o != (metadata.uid(), metadata.gid())) {
        let _ = std::os::unix::fs::fchown(to, Some(metadata.uid()), Some(metadata.gid()));
    }
    let mut names = vec![0; 4096];
    let Ok(length) = rustix::fs::flistxattr(from, &mut names) else { return };
    for name in names.get(..length).unwrap_or_default().split(|b| *b == 0).filter(|n| !n.is_empty()) {
        let mut value = vec![0; 65_536];
        if let Ok(length) = rustix::fs::fgetxattr(from, name, &mut value) {
            let value = value.get(..length).unwrap_or_default();
            let _ = rustix::fs::fsetxattr(to, name, value, rustix::fs::XattrFlags::empty());
        }
    }
}

/// Removes temporary files that a killed run left in a folder more than a day ago.
pub fn remove_stale(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX);
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if ours && age().is_some_and(|a| a > STALE) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
