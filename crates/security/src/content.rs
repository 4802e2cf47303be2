//! The hash of a content: how the parts that a format names become 32 bytes.

use crate::Hash;
use crate::algorithm::Running;

/// What a binding of ours says that it covers (our convention, as the guide leaves it open): see [`ContentHash`].
pub const COVERAGE: &str = "biaoshi.content/1";

/// A hash and its algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// How it was made.
    pub hash: Hash,
    /// The hash itself.
    pub bytes: [u8; 32],
}

/// Hashes a content part by part. Nothing of it stays in memory.
///
/// The input of the hash is [`COVERAGE`], a NUL, the name of the format, a NUL; then for each part its kind (four bytes), its
/// length (eight bytes, the most significant first) and its bytes. So no two lists of parts have the same input.
#[derive(Clone)]
pub struct ContentHash {
    hash: Hash,
    running: Running,
}

impl ContentHash {
    /// Begins the hash of a content of that format.
    pub fn new(hash: Hash, format: &str) -> Self {
        let mut running = Running::new(hash);
        for text in [COVERAGE, format] {
            running.update(text.as_bytes());
            running.update(&[0]);
        }
        Self { hash, running }
    }

    /// Begins a part; exactly `length` bytes of it have to follow.
    pub fn part(&mut self, kind: [u8; 4], length: u64) {
        self.running.update(&kind);
        self.running.update(&length.to_be_bytes());
    }

    /// Goes on with the bytes of the part.
    pub fn update(&mut self, bytes: &[u8]) {
        self.running.update(bytes);
    }

    /// Ends.
    pub fn finish(self) -> Digest {
        Digest { hash: self.hash, bytes: self.running.finish() }
    }
}
