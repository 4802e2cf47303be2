//! The algorithms, and the names that security fields give them.

use sha2::{Digest as _, Sha256};
use sm3::Sm3;

/// A way to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// SM2 with SM3 (GB/T 32918.2), the one that the guide names.
    Sm2,
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ECDSA on P-256 with SHA-256 (FIPS 186-5).
    P256,
}

impl Algorithm {
    /// All of them, that of the guide first.
    pub const ALL: [Self; 3] = [Self::Sm2, Self::Ed25519, Self::P256];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sm2 => "sm2",
            Self::Ed25519 => "ed25519",
            Self::P256 => "p256",
        }
    }

    /// The `AlgID` that is written: the object identifier of the signature.
    pub fn id(self) -> &'static str {
        match self {
            // GB/T 33560: SM2 signature with SM3.
            Self::Sm2 => "1.2.156.10197.1.501",
            // RFC 8410.
            Self::Ed25519 => "1.3.101.112",
            // RFC 5758: ecdsa-with-SHA256.
            Self::P256 => "1.2.840.10045.4.3.2",
        }
    }

    /// What an `AlgID` means: the identifier of the signature or of the key, or a plain name, as Tencent writes it.
    pub fn parse(id: &str) -> Option<Self> {
        const NAMES: [(Algorithm, &[&str]); 3] = [
            (Algorithm::Sm2, &["1.2.156.10197.1.301", "sm2"]),
            (Algorithm::Ed25519, &["ed25519"]),
            (Algorithm::P256, &["1.2.840.10045.3.1.7", "p256", "p-256", "es256"]),
        ];
        let named = |(algorithm, names): &(Self, &[&str])| {
            algorithm.id() == id || names.iter().any(|name| name.eq_ignore_ascii_case(id))
        };
        NAMES.into_iter().find(named).map(|(algorithm, _)| algorithm)
    }

    /// The hash that goes with it where content is bound.
    pub fn hash(self) -> Hash {
        match self {
            Self::Sm2 => Hash::Sm3,
            Self::Ed25519 | Self::P256 => Hash::Sha256,
        }
    }
}

/// A way to hash content. Both give 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SM3 (GB/T 32905).
    Sm3,
    /// SHA-256.
    Sha256,
}

impl Hash {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sm3 => "sm3",
            Self::Sha256 => "sha256",
        }
    }

    /// The `AlgID` that is written.
    pub fn id(self) -> &'static str {
        match self {
            Self::Sm3 => "1.2.156.10197.1.401",
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
        }
    }

    /// What an `AlgID` means.
    pub fn parse(id: &str) -> Option<Self> {
        [(Self::Sm3, ["sm3", "SM3"]), (Self::Sha256, ["sha256", "sha-256"])]
            .into_iter()
            .find(|(hash, names)| hash.id() == id || names.iter().any(|name| name.eq_ignore_ascii_case(id)))
            .map(|(hash, _)| hash)
    }
}

/// A hash on its way.
#[derive(Clone)]
pub(crate) enum Running {
    Sm3(Sm3),
    Sha256(Sha256),
}

impl Running {
    pub(crate) fn new(hash: Hash) -> Self {
        match hash {
            Hash::Sm3 => Self::Sm3(Sm3::new()),
            Hash::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sm3(running) => running.update(bytes),
            Self::Sha256(running) => running.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        match self {
            Self::Sm3(running) => running.finalize().into(),
            Self::Sha256(running) => running.finalize().into(),
        }
    }
}
