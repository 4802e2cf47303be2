//! The sidecar beside a file.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use biaoshi_container::{Limits, Source};
use biaoshi_metadata::{Found, sidecar};

use super::{Input, id};
use crate::Result;

/// The path of a file's sidecar.
pub(super) fn path_of(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(sidecar::SUFFIX);
    name.into()
}

/// The beginning of a sidecar, as much as a label may need; `None` where no regular file is. Looked at before it is
/// opened: opening a pipe waits for a writer.
pub(super) fn bytes(path: &Path, label: usize) -> Result<Option<Vec<u8>>> {
    if !std::fs::metadata(path).is_ok_and(|m| m.is_file()) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(label as u64 * 2).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Reads the sidecar beside an input, if there is one; whether there was.
pub(super) fn read(input: &Input, source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<bool> {
    let Some(bytes) = bytes(&path_of(&input.path), limits.label)? else { return Ok(false) };
    sidecar::read(&String::from_utf8_lossy(&bytes), &id::sha256(source)?, limits, found);
    Ok(true)
}
