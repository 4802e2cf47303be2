//! Bytes that come into a file: in memory, or in a file without a name where they are too many for it.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use tempfile::{SpooledData, SpooledTempFile};

/// Most bytes that a [`Spool`] keeps in memory.
const KEPT: usize = 16 << 20;

/// The bytes of an edit.
#[derive(Debug, Clone)]
pub enum Bytes {
    /// In memory.
    Kept(Vec<u8>),
    /// In a file, so many from its start. It has no name: it goes with the last who holds it.
    Spooled(Arc<File>, u64),
}

impl Bytes {
    /// How many.
    pub fn len(&self) -> u64 {
        match self {
            Self::Kept(bytes) => bytes.len() as u64,
            Self::Spooled(_, len) => *len,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl PartialEq for Bytes {
    /// Bytes in files are the same only in the same file.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Kept(a), Self::Kept(b)) => a == b,
            (Self::Spooled(a, m), Self::Spooled(b, n)) => Arc::ptr_eq(a, b) && m == n,
            _ => false,
        }
    }
}

impl Eq for Bytes {}

impl<T: Into<Vec<u8>>> From<T> for Bytes {
    fn from(bytes: T) -> Self {
        Self::Kept(bytes.into())
    }
}

/// Takes bytes that are made one after the other: up to 16 MiB stay in memory, more go to a file in the folder for temporary
/// files.
#[derive(Debug)]
pub struct Spool(SpooledTempFile);

impl Spool {
    /// An empty one.
    pub fn new() -> Self {
        Self(SpooledTempFile::new(KEPT))
    }

    /// Appends.
    ///
    /// # Errors
    /// No room for temporary files.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    /// All that was appended.
    ///
    /// # Errors
    /// I/O.
    pub fn finish(self) -> io::Result<Bytes> {
        Ok(match self.0.into_inner() {
            SpooledData::InMemory(bytes) => Bytes::Kept(bytes.into_inner()),
            SpooledData::OnDisk(file) => {
                let len = file.metadata()?.len();
                Bytes::Spooled(Arc::new(file), len)
            }
        })
    }
}

impl Default for Spool {
    fn default() -> Self {
        Self::new()
    }
}
