//! Paths in lines of JSON, and as references.

use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use biaoshi::paths;
use serde_json::Value;

/// The path that a line of JSON has under a name, byte by byte.
pub(super) fn named(report: &Value, name: &str) -> PathBuf {
    let text = report[name].as_str().unwrap_or_default();
    paths::from_json(text, report[format!("{name}_bytes")].as_str())
}

/// A path as a reference (RFC 3986): relative as it is given, absolute as `file://`. Every byte stands for itself or is
/// percent-encoded, a colon too, so that no name is taken for a scheme.
pub(super) fn uri(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    let mut out = String::with_capacity(bytes.len() + 8);
    if bytes.first() == Some(&b'/') {
        out.push_str("file://");
    }
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(*byte)),
            // A `String` takes all that is written.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn every_byte_of_a_name_survives() {
        let of = |bytes: &[u8]| uri(Path::new(OsStr::from_bytes(bytes)));
        assert_eq!(of(b"a/b c.png"), "a/b%20c.png");
        assert_eq!(of("图.png".as_bytes()), "%E5%9B%BE.png");
        assert_eq!(of(b"javascript:x"), "javascript%3Ax");
        assert_eq!(of(b"/tmp/100%.png"), "file:///tmp/100%25.png");
        assert_eq!(of(b"a\xff\n"), "a%FF%0A");
    }

    #[test]
    fn a_name_that_is_no_text_comes_back() {
        let report = serde_json::json!({ "path": "a\u{fffd}", "path_bytes": "Yf8=" });
        assert_eq!(named(&report, "path").as_os_str().as_bytes(), b"a\xff");
        assert_eq!(named(&report, "output"), Path::new(""));
    }
}
