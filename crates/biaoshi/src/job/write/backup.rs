//! The file that is replaced in place stays under another name.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::temporary::Temporary;
use super::{Target, folder_of, keep_attributes};
use crate::{Error, Refusal, Result};

/// Gives the file that is to be replaced a second name, under which it stays. Where there can be no link, it is copied. Nothing
/// is replaced for it: what has that name must hold the same bytes, as after a run that was killed in between.
pub(super) fn back_up(target: &Target<'_>, suffix: &str, original: (&File, &Metadata)) -> Result<()> {
    let mut name = target.path.as_os_str().to_owned();
    name.push(suffix);
    let backup = PathBuf::from(name);
    let made = std::fs::hard_link(target.path, &backup).or_else(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => Err(e),
        _ => copied(target, &backup, original),
    });
    match made {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && holds_the_same(target.path, &backup)? => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(Refusal::Backup(backup).into()),
        made => made.map_err(|e| Error::Output(backup, e)),
    }
}

fn copied(target: &Target<'_>, backup: &Path, (file, metadata): (&File, &Metadata)) -> io::Result<()> {
    let mut temporary = Temporary::create(&folder_of(backup), target.mark)?;
    io::copy(&mut File::open(target.path)?, temporary.as_file_mut())?;
    keep_attributes(file, metadata, temporary.as_file());
    temporary.as_file().set_permissions(metadata.permissions())?;
    temporary.as_file().set_modified(metadata.modified()?)?;
    temporary.as_file().sync_all()?;
    temporary.persist(backup, false)
}

/// Whether two paths name one file, or files with the same bytes.
fn holds_the_same(one: &Path, other: &Path) -> io::Result<bool> {
    let (a, b) = (std::fs::metadata(one)?, std::fs::symlink_metadata(other)?);
    if (a.dev(), a.ino()) == (b.dev(), b.ino()) {
        return Ok(true);
    }
    if !b.is_file() || a.len() != b.len() {
        return Ok(false);
    }
    let (mut a, mut b) = (BufReader::new(File::open(one)?), BufReader::new(File::open(other)?));
    loop {
        let (left, right) = (a.fill_buf()?, b.fill_buf()?);
        let length = left.len().min(right.len());
        if length == 0 {
            return Ok(left.len() == right.len());
        }
        if left.get(..length) != right.get(..length) {
            return Ok(false);
        }
        a.consume(length);
        b.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_as_good_as_a_link_and_nothing_else_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("a"), folder.path().join("a.orig"));
        let bytes = vec![7; 20_000];
        std::fs::write(&path, &bytes).unwrap();
        let (file, metadata) = (File::open(&path).unwrap(), path.metadata().unwrap());
        let target = Target::new(&path);
        copied(&target, &backup, (&file, &metadata)).unwrap();
        let seen = backup.metadata().unwrap();
        assert_eq!((std::fs::read(&backup).unwrap(), seen.modified().unwrap()), (bytes, metadata.modified().unwrap()));
        assert_ne!(seen.ino(), metadata.ino());
        back_up(&target, ".orig", (&file, &metadata)).unwrap();
        std::fs::write(&backup, vec![8; 20_000]).unwrap();
        let refused = back_up(&target, ".orig", (&file, &metadata)).unwrap_err();
        assert!(refused.to_string().contains("a.orig"), "{refused}");
        assert_eq!(std::fs::read(&backup).unwrap(), vec![8; 20_000]);
        back_up(&target, ".old", (&file, &metadata)).unwrap();
        assert_eq!(folder.path().join("a.old").metadata().unwrap().ino(), metadata.ino());
    }
}
