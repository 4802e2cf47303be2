//! Key files: one line of text, `biaoshi-watermark-key-1:` and 32 hexadecimal digits.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use biaoshi_container::{Message, said, trouble};
use biaoshi_watermark::Key;

const PREFIX: &str = "biaoshi-watermark-key-1:";
/// A key file is one short line; what is longer is something else.
const LONGEST: u64 = 256;

/// Why a file gives no key.
#[derive(Debug)]
pub enum KeyError {
    /// The operating system.
    Io(io::Error),
    /// The text is not that of a key file.
    NotAKey,
}

impl KeyError {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::Io(e) => trouble(e),
            Self::NotAKey => said!(
                "not a key file: one line `{}` and 32 hexadecimal digits is wanted",
                "不是密钥文件:应为一行 `{}` 加 32 位十六进制数字",
                PREFIX
            ),
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl From<io::Error> for KeyError {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// What reports call a key: eight hexadecimal digits that do not tell it.
pub fn id(key: &Key) -> String {
    format!("{:08x}", u32::from_be_bytes(key.id()))
}

/// A new random key from the operating system.
///
/// # Errors
/// The operating system's.
pub fn new() -> io::Result<Key> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| io::Error::other(e.to_string()))?;
    Ok(Key::new(bytes))
}

/// Reads a key file.
///
/// # Errors
/// I/O; a text that is no key.
pub fn read(path: &Path) -> Result<Key, KeyError> {
    let mut text = String::new();
    let read = File::open(path)?.take(LONGEST).read_to_string(&mut text);
    if let Err(e) = read {
        return Err(if e.kind() == io::ErrorKind::InvalidData { KeyError::NotAKey } else { e.into() });
    }
    parse(text.trim()).ok_or(KeyError::NotAKey)
}

fn parse(text: &str) -> Option<Key> {
    let digits = text.strip_prefix(PREFIX)?.as_bytes();
    let mut bytes = [0; 16];
    if digits.len() != 32 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|p| p.bytes().all(|b| b.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(Key::new(bytes))
}

/// Writes a new key file that only its owner can read. A file that is there stays.
///
/// # Errors
/// I/O; a file that is there.
pub fn write(path: &Path, key: &Key) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    let digits: String = key.bytes().iter().map(|b| format!("{b:02x}")).collect();
    writeln!(file, "{PREFIX}{digits}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_and_others_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let key = new().unwrap();
        write(&path, &key).unwrap();
        assert_eq!(read(&path).unwrap(), key);
        assert!(write(&path, &key).is_err(), "a key is never replaced");
        for wrong in [
            "",
            "00",
            "biaoshi-watermark-key-1:",
            "biaoshi-watermark-key-1:0",
            "x",
            "biaoshi-watermark-key-1:+0000000000000000000000000000000",
        ] {
            std::fs::write(&path, wrong).unwrap();
            assert!(matches!(read(&path), Err(KeyError::NotAKey)), "{wrong}");
        }
    }
}
