//! One file, safely: opened once, read once, changed by a patch that is read back before it replaces anything.

mod beside;
mod binding;
mod carry;
mod content;
mod decide;
mod deliver;
mod existing;
mod finish;
mod id;
mod label;
mod layers;
mod marking;
mod offsets;
mod options;
mod prompt;
mod propagate;
mod sidecar;
mod signing;
mod task;
mod temporary;
mod thumbnail;
mod verify;
mod watermark;
mod write;

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use biaoshi_container::{Error as ContainerError, Limits, Window, phrase};
use serde::{Deserialize, Serialize};

pub use crate::stamp::Stamp;
pub use carry::original;
pub(crate) use content::{digest, has_place, same_bytes, same_start};
pub use deliver::{Explicitness, deliver};
pub use id::{Id, IdError};
pub use label::label;
pub use marking::{Detected, Marker, Search, Seen, Style};
pub use options::{Choose, LabelOptions, OnSigned, Output, Own, Propagation, Wanted};
pub use prompt::prompt;
pub use signing::Signer;
pub(crate) use temporary::abandon;
pub use temporary::{Scratch, TEMPORARY_PREFIX, clear, sweep};
pub use thumbnail::thumbnail;
pub use verify::{VerifyOptions, verify};
pub use watermark::{WatermarkOptions, detect_watermark, embed_watermark};

use crate::{Error, Result};

/// What is said of a file with labels beyond the limit: those that were not read can be neither kept nor taken out.
fn too_many_labels(limits: &Limits) -> Error {
    ContainerError::limit("file", phrase!("the number of labels", "标识数"), limits.records as u64, "--limit-records")
        .into()
}

/// What is said of a file with a label that is longer than the limit.
fn too_long_label(limits: &Limits) -> Error {
    ContainerError::limit("file", phrase!("the length of a label", "标识长度"), limits.label as u64, "--limit-label")
        .into()
}

/// A file to work on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// Where it is.
    #[serde(with = "crate::paths")]
    pub path: PathBuf,
    /// What people call it: the path as given, or `-`.
    #[serde(with = "crate::paths")]
    pub shown: PathBuf,
    /// The name whose extension and stem count, when it is not that of the path.
    pub name: Option<String>,
    /// Its number in the batch, from 0.
    pub index: u64,
}

impl Input {
    /// A file under its own name.
    pub fn new(path: PathBuf, index: u64) -> Self {
        let shown = path.clone();
        Self { path, shown, name: None, index }
    }

    /// The file's name without folders.
    fn file_name(&self) -> String {
        let own = || self.path.file_name().map_or(String::new(), |n| n.to_string_lossy().into_owned());
        self.name.clone().unwrap_or_else(own)
    }

    /// The file's name without folders, byte by byte.
    fn raw_name(&self) -> Cow<'_, [u8]> {
        let own = || self.path.file_name().map_or_else(Vec::new, |n| n.as_encoded_bytes().to_vec());
        self.name.as_ref().map_or_else(|| own().into(), |name| name.as_bytes().into())
    }

    /// The extension, lower case.
    fn extension(&self) -> String {
        let name = self.file_name();
        Path::new(&name).extension().map_or(String::new(), |e| e.to_string_lossy().to_lowercase())
    }
}

/// What is said of a file that is not there. Tables come from Windows too, and a backslash is a character of a name here: no path
/// is rewritten, but what was meant is told where it is plain.
fn missing(path: &Path, error: std::io::Error) -> Error {
    let bytes = path.as_os_str().as_bytes();
    if error.kind() == std::io::ErrorKind::NotFound && bytes.contains(&b'\\') {
        let slashes = bytes.iter().map(|b| if *b == b'\\' { b'/' } else { *b }).collect();
        let meant = PathBuf::from(OsString::from_vec(slashes));
        if meant.exists() {
            return Error::Backslashes(meant);
        }
    }
    error.into()
}

/// An input that is open, and what the file system said about it then.
struct Opened {
    window: Window,
    metadata: Metadata,
}

impl Opened {
    fn open(input: &Input, limits: &Limits) -> Result<Self> {
        // Looked at before it is opened: opening a pipe waits for a writer.
        if !std::fs::metadata(&input.path).map_err(|e| missing(&input.path, e))?.is_file() {
            return Err(Error::NotAFile);
        }
        let file = File::open(&input.path)?;
        let metadata = file.metadata()?;
        if metadata.len() == 0 {
            return Err(Error::Empty);
        }
        if metadata.len() > limits.input {
            return Err(
                ContainerError::limit("file", phrase!("its size", "大小"), limits.input, "--limit-input").into()
            );
        }
        Ok(Self { window: Window::with_len(file, metadata.len()), metadata })
    }

    /// Whether a path names this very file.
    fn is(&self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|m| (m.dev(), m.ino()) == (self.metadata.dev(), self.metadata.ino()))
    }

    /// Whether the path still names the same unchanged file.
    fn unchanged(&self, path: &Path) -> bool {
        let identity = |m: &Metadata| (m.dev(), m.ino(), m.size(), m.mtime(), m.mtime_nsec());
        std::fs::metadata(path).is_ok_and(|now| identity(&now) == identity(&self.metadata))
    }
}
