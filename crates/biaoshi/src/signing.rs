//! Files of signing: private keys (PKCS#8 in PEM, for their owner alone), public keys, and pinned trust.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use biaoshi_container::{Message, said, trouble};
use biaoshi_security::{Algorithm, KeyFault, PrivateKey, PublicKey, Trust, TrustFault};

/// What is longer is no key or certificate. (A chain of certificates has a few thousand bytes.)
const LONGEST_KEY: u64 = 64 << 10;
/// What is longer is no trust file: a hundred thousand keys fit.
const LONGEST_TRUST: u64 = 32 << 20;
/// Whom a private key may be open to besides its owner: nobody.
const OTHERS: u32 = 0o077;

/// Why a file gives no key, or no trust.
#[derive(Debug)]
pub enum SigningError {
    /// The operating system.
    Io(io::Error),
    /// Others than its owner may read or write the private key; its mode.
    Open(u32),
    /// The file is longer than any of its kind; the limit in bytes.
    TooLong(u64),
    /// The file is no text.
    NotText,
    /// What is in it is no key that is known here.
    Key(KeyFault),
    /// A line of a trust file.
    Trust(TrustFault),
}

impl SigningError {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::Io(e) => trouble(e),
            Self::Open(mode) => said!(
                "the private key is open to others (mode {}); `chmod 600` it",
                "私钥对他人开放(权限 {});请执行 `chmod 600`",
                format!("{mode:04o}")
            ),
            Self::TooLong(most) => {
                said!("it has more than {} bytes, so it is no such file", "文件超过 {} 字节,不是此类文件", *most)
            }
            Self::NotText => said!("it is no text; PEM is wanted", "不是文本文件;应为 PEM"),
            Self::Key(fault) => fault.message(),
            Self::Trust(fault) => said!("line {}: {}", "第 {} 行:{}", fault.line, fault.what.clone()),
        }
    }
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for SigningError {}

impl From<io::Error> for SigningError {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// A new random key from the operating system.
///
/// # Errors
/// The operating system's.
pub fn new(algorithm: Algorithm) -> io::Result<PrivateKey> {
    loop {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|e| io::Error::other(e.to_string()))?;
        // A number that the curve does not take comes once in four thousand million.
        if let Some(key) = PrivateKey::from_seed(algorithm, &seed) {
            return Ok(key);
        }
    }
}

/// Writes a new private key that only its owner can read. A file that is there stays.
///
/// # Errors
/// I/O; a file that is there.
pub fn write(path: &Path, key: &PrivateKey) -> io::Result<()> {
    let pem = key.to_pem().map_err(io::Error::other)?;
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()
}

/// Reads a private key.
///
/// # Errors
/// I/O; a file that others may read or write; a text that is no private key.
pub fn private(path: &Path) -> Result<PrivateKey, SigningError> {
    let mut file = File::open(path)?;
    let mode = file.metadata()?.permissions().mode() & 0o7777;
    // What is no private key has nothing to hide, and another fault.
    let key = PrivateKey::from_pem(&text(&mut file, LONGEST_KEY)?).map_err(SigningError::Key)?;
    if mode & OTHERS == 0 { Ok(key) } else { Err(SigningError::Open(mode)) }
}

/// Reads the public key of a file: of a private key that is there, a public one, or a certificate.
///
/// # Errors
/// I/O; a private key that is open to others; a text that is no key.
pub fn public(path: &Path) -> Result<PublicKey, SigningError> {
    let text = text(&mut File::open(path)?, LONGEST_KEY)?;
    match PublicKey::from_pem(&text) {
        Err(KeyFault::Label(label)) if label.ends_with("PRIVATE KEY") => Ok(private(path)?.public().clone()),
        key => key.map_err(SigningError::Key),
    }
}

/// Whether a file holds PEM: a key that signs or verifies, not one of a watermark.
///
/// # Errors
/// I/O.
pub fn is_pem(path: &Path) -> io::Result<bool> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST_KEY).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).contains("-----BEGIN "))
}

/// Reads a trust file.
///
/// # Errors
/// I/O; a line that is wrong.
pub fn trust(path: &Path) -> Result<Trust, SigningError> {
    Trust::parse(&text(&mut File::open(path)?, LONGEST_TRUST)?).map_err(SigningError::Trust)
}

fn text(file: &mut File, most: u64) -> Result<String, SigningError> {
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(SigningError::TooLong(most));
    }
    String::from_utf8(bytes).map_err(|_| SigningError::NotText)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions};

    #[test]
    fn private_keys_are_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        for algorithm in Algorithm::ALL {
            let key = new(algorithm).unwrap();
            let _ = std::fs::remove_file(&path);
            write(&path, &key).unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(write(&path, &key).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(private(&path).unwrap().public(), key.public());
            assert_eq!(public(&path).unwrap(), *key.public());
            for mode in [0o640, 0o604, 0o620, 0o601] {
                set_permissions(&path, Permissions::from_mode(mode)).unwrap();
                assert!(matches!(private(&path), Err(SigningError::Open(m)) if m == mode));
                assert!(public(&path).unwrap_err().to_string().contains("chmod 600"));
            }
        }
        // What is wrong with the content is told before what is wrong with the mode.
        set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let pem = |label| format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
        for (label, said) in [
            ("EC PRIVATE KEY", "openssl pkcs8 -topk8"),
            ("EC PARAMETERS", "openssl pkcs8 -topk8"),
            ("RSA PRIVATE KEY", "RSA"),
            ("CERTIFICATE", "PKCS#8"),
            ("ENCRYPTED PRIVATE KEY", "openssl pkey"),
        ] {
            std::fs::write(&path, pem(label)).unwrap();
            for error in [private(&path).err(), public(&path).err()] {
                let error = error.unwrap().to_string();
                assert!(error.contains(said) || label == "CERTIFICATE", "{label}: {error}");
                assert!(!error.contains("chmod"), "{label}: {error}");
            }
        }
        std::fs::write(&path, key_less(LONGEST_KEY)).unwrap();
        assert!(matches!(public(&path), Err(SigningError::TooLong(_))));
        std::fs::write(&path, [0xff; 9]).unwrap();
        assert!(matches!(public(&path), Err(SigningError::NotText)));
    }

    fn key_less(most: u64) -> String {
        " ".repeat(usize::try_from(most).unwrap() + 1)
    }
}
