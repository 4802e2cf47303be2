//! Paths as text, for lines of JSON; also a module for `serde(with)`.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serializer};

/// A path as text; one that is no UTF-8 as NUL, which no path holds, and hex.
pub(crate) fn to_text(path: &Path) -> Cow<'_, str> {
    path.to_str().map_or_else(
        || {
            let mut out = String::from("\0");
            for byte in path.as_os_str().as_bytes() {
                let _ = write!(out, "{byte:02x}");
            }
            out.into()
        },
        Cow::Borrowed,
    )
}

/// The path that [`to_text`] wrote.
pub(crate) fn from_text(text: String) -> PathBuf {
    let Some(hex) = text.strip_prefix('\0') else { return text.into() };
    let byte = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|p| u8::from_str_radix(p, 16).ok());
    OsString::from_vec(hex.as_bytes().chunks(2).filter_map(byte).collect()).into()
}

/// The bytes of a path in Base64, where its text does not give them back: for JSON.
pub fn bytes(path: &Path) -> Option<String> {
    path.to_str().is_none().then(|| STANDARD.encode(path.as_os_str().as_bytes()))
}

/// The path of a text in a line of JSON, and of the bytes beside it (as [`bytes`] gives them) where there are any.
pub fn from_json(text: &str, bytes: Option<&str>) -> PathBuf {
    let bytes = bytes.and_then(|bytes| STANDARD.decode(bytes).ok());
    bytes.map_or_else(|| text.into(), |bytes| OsString::from_vec(bytes).into())
}

pub(crate) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_text(path))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    String::deserialize(deserializer).map(from_text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_path_comes_back(bytes in prop::collection::vec(1_u8.., 0..40)) {
            let path = PathBuf::from(OsString::from_vec(bytes));
            prop_assert_eq!(from_text(to_text(&path).into_owned()), path);
        }
    }
}
