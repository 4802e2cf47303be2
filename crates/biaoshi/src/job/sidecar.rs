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

/// Reads the sidecar beside an input, if there is one; whether there was.
pub(super) fn read(input: &Input, source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<bool> {
    let path = path_of(&input.path);
    let Ok(file) = std::fs::File::open(&path) else { return Ok(false) };
    if !file.metadata()?.is_file() {
        return Ok(false);
    }
    let mut bytes = Vec::new();
    file.take(limits.label as u64 * 2).read_to_end(&mut bytes)?;
    sidecar::read(&String::from_utf8_lossy(&bytes), &id::sha256(source)?, limits, found);
    Ok(true)
}
