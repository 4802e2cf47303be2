//! Keys and what is derived from them.

use core::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// A watermark key of 128 bits. Who has it can find, read, forge and remove the marks made with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 16]);

impl Key {
    /// The published key, so that any biaoshi finds the marks of any other. It hides nothing and proves nothing.
    pub const PUBLISHED: Self = Self(*b"biaoshi/public/1");

    /// A key from its 16 bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Names the key without telling it: four bytes of HKDF-SHA256(key, "id").
    pub fn id(&self) -> [u8; 4] {
        let mut out = [0; 4];
        self.expand("id", &mut out);
        out
    }

    /// HKDF-SHA256 (RFC 5869) with a purpose as `info`, so that no two uses of one key share bytes.
    fn expand(&self, purpose: &str, out: &mut [u8]) {
        // The only error is an output over 8,160 bytes; ours are 4, 32 and 64.
        let _ = Hkdf::<Sha256>::new(Some(b"biaoshi watermark"), &self.0).expand(purpose.as_bytes(), out);
    }

    /// Endless pseudo-random bytes for a purpose.
    pub(crate) fn stream(&self, purpose: &str) -> Stream {
        let mut seed = [0; 32];
        self.expand(purpose, &mut seed);
        Stream { seed, counter: 0, block: [0; 32], used: 32 }
    }

    /// The first 64 bits of HMAC-SHA256 of `message` under the key of a purpose.
    pub(crate) fn tag(&self, purpose: &str, message: &[u8]) -> u64 {
        let mut key = [0; 64];
        self.expand(purpose, &mut key);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(message);
        mac.finalize().into_bytes().iter().take(8).fold(0, |v, &b| v << 8 | u64::from(b))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id();
        write!(f, "Key({:08x})", u32::from_be_bytes(id))
    }
}

/// SHA-256 in counter mode. Not for secrecy of the output: for chips nobody can guess without the key.
pub(crate) struct Stream {
    seed: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Stream {
    fn byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let mut hash = Sha256::new();
            hash.update(self.seed);
            hash.update(self.counter.to_le_bytes());
            self.block = hash.finalize().into();
            self.counter += 1;
            self.used = 0;
        }
        let byte = self.block[self.used];
        self.used += 1;
        byte
    }

    /// +1 or -1.
    pub(crate) fn sign(&mut self) -> f32 {
        if self.byte() & 1 == 0 { 1.0 } else { -1.0 }
    }

    /// Uniform in `0..n` (n at least 1), by rejection.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        let limit = u32::MAX - u32::MAX % n;
        loop {
            let word = u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()]);
            if word < limit {
                return word % n;
            }
        }
    }

    /// A random order of `0..n` (Fisher-Yates).
    pub(crate) fn permutation(&mut self, n: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n).collect();
        for i in (1..n).rev() {
            let j = self.below(i + 1);
            order.swap(i as usize, j as usize);
        }
        order
    }
}
