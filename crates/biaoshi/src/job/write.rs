//! Writing a file so that a crash leaves the old one or the new one, never half of either.

mod backup;

use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use biaoshi_container::{Source, copy};

use super::Stamp;
use super::temporary::Temporary;
use crate::{Error, Refusal, Result};
use backup::back_up;

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
    /// Whether the new file gets the time of the old one.
    pub(super) preserve: bool,
    /// What is put behind the name under which the old file stays.
    pub(super) backup: Option<&'a str>,
    /// What marks the temporary files of this run.
    pub(super) mark: &'a str,
}

impl<'a> Target<'a> {
    /// A new file.
    pub(super) fn new(path: &'a Path) -> Self {
        let (overwrite, in_place, durable, preserve) = (false, false, false, false);
        Self { path, overwrite, in_place, durable, preserve, backup: None, mark: "" }
    }

    /// Makes an error of the operating system one of this output.
    fn unwritten(&self) -> impl Fn(io::Error) -> Error + '_ {
        |error| Error::Output(self.path.to_owned(), error)
    }
}

/// Writes `view` to a temporary file in the target's folder and renames it. `check` is asked right before the rename.
/// The stamp of the new file.
pub(super) fn replace(
    view: &dyn Source,
    target: &Target<'_>,
    like: (&File, &Metadata),
    check: impl FnOnce() -> bool,
) -> Result<Stamp> {
    let folder = folder_of(target.path);
    let mut temporary = Temporary::create(&folder, target.mark).map_err(target.unwritten())?;
    copy(view, temporary.as_file_mut()).map_err(target.unwritten())?;
    let (original, metadata) = like;
    if target.in_place {
        keep_attributes(original, metadata, temporary.as_file());
    }
    let mode = Permissions::from_mode(metadata.mode() & 0o7777);
    temporary.as_file().set_permissions(mode).map_err(target.unwritten())?;
    if target.preserve {
        let time = metadata.modified().and_then(|time| temporary.as_file().set_modified(time));
        time.map_err(target.unwritten())?;
    }
    let sync = target.in_place || target.durable;
    if sync {
        temporary.as_file().sync_all().map_err(target.unwritten())?;
    }
    let stamp = Stamp::from(&temporary.as_file().metadata().map_err(target.unwritten())?);
    if !check() {
        return Err(Error::Changed);
    }
    if let Some(suffix) = target.backup {
        back_up(target, suffix, like)?;
    }
    persist(temporary, target)?;
    if sync {
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(target.unwritten())?;
    }
    Ok(stamp)
}

/// Writes a small new file (a sidecar) the same way.
pub(super) fn write_small(bytes: &[u8], target: &Target<'_>) -> Result<()> {
    let folder = folder_of(target.path);
    let mut temporary = Temporary::create(&folder, target.mark).map_err(target.unwritten())?;
    io::Write::write_all(temporary.as_file_mut(), bytes).map_err(target.unwritten())?;
    temporary.as_file().set_permissions(Permissions::from_mode(0o644)).map_err(target.unwritten())?;
    if target.durable {
        temporary.as_file().sync_all().map_err(target.unwritten())?;
    }
    persist(temporary, target)?;
    if target.durable {
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(target.unwritten())?;
    }
    Ok(())
}

fn persist(temporary: Temporary, target: &Target<'_>) -> Result<()> {
    match temporary.persist(target.path, target.overwrite) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(Refusal::Exists(target.path.to_owned()).into()),
        Err(e) => Err(target.unwritten()(e)),
    }
}

/// The folder of a path.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Owner and extended attributes, as far as the system lets us.
pub(super) fn keep_attributes(from: &File, metadata: &Metadata, to: &File) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_that_changes_during_the_work_stays_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "old").unwrap();
        let (file, metadata) = (File::open(&path).unwrap(), path.metadata().unwrap());
        for (in_place, to) in [(true, "a"), (false, "b")] {
            let to = folder.path().join(to);
            let target = Target { overwrite: true, in_place, ..Target::new(&to) };
            let result = replace(&b"new".to_vec(), &target, (&file, &metadata), || false);
            assert!(matches!(result, Err(Error::Changed)));
        }
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!((names, std::fs::read(&path).unwrap()), (vec!["a".into()], b"old".to_vec()));
    }
}
