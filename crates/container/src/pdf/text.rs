//! Text strings (ISO 32000-2 7.9.2.2): UTF-16BE with a mark, UTF-8 with a mark (PDF 2.0), else PDFDocEncoding.

/// How a text string was coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// As the standard says.
    Standard,
    /// UTF-8 without a mark, or UTF-16LE: some writers do so.
    Other,
}

/// PDFDocEncoding 0x18 to 0x1f (Annex D.3).
const LOW: [char; 8] = ['\u{2d8}', '\u{2c7}', '\u{2c6}', '\u{2d9}', '\u{2dd}', '\u{2db}', '\u{2da}', '\u{2dc}'];
/// PDFDocEncoding 0x80 to 0xa0 (Annex D.3).
const HIGH: [char; 33] = [
    '\u{2022}', '\u{2020}', '\u{2021}', '\u{2026}', '\u{2014}', '\u{2013}', '\u{192}', '\u{2044}', '\u{2039}',
    '\u{203a}', '\u{2212}', '\u{2030}', '\u{201e}', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', '\u{201a}',
    '\u{2122}', '\u{fb01}', '\u{fb02}', '\u{141}', '\u{152}', '\u{160}', '\u{178}', '\u{17d}', '\u{131}', '\u{142}',
    '\u{153}', '\u{161}', '\u{17e}', '\u{fffd}', '\u{20ac}',
];

/// The characters of a text string, and how they were coded.
pub fn decode(bytes: &[u8]) -> (String, Coding) {
    let wide = |units: &[u8], from: fn([u8; 2]) -> u16| {
        let units = units.chunks_exact(2).filter_map(|p| p.try_into().ok().map(from));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xfe, 0xff, rest @ ..] => (wide(rest, u16::from_be_bytes), Coding::Standard),
        [0xff, 0xfe, rest @ ..] => (wide(rest, u16::from_le_bytes), Coding::Other),
        [0xef, 0xbb, 0xbf, rest @ ..] => (String::from_utf8_lossy(rest).into_owned(), Coding::Standard),
        _ if bytes.is_ascii() => (bytes.iter().map(|b| single(*b)).collect(), Coding::Standard),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), Coding::Other),
            Err(_) => (bytes.iter().map(|b| single(*b)).collect(), Coding::Standard),
        },
    }
}

fn single(byte: u8) -> char {
    let listed = match byte {
        0x18..=0x1f => LOW.get(usize::from(byte - 0x18)),
        0x80..=0xa0 => HIGH.get(usize::from(byte - 0x80)),
        _ => None,
    };
    listed.copied().unwrap_or(char::from(byte))
}

/// The bytes of a text string: ASCII as it is, anything else as UTF-16BE.
pub fn encode(text: &str) -> Vec<u8> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return text.as_bytes().to_vec();
    }
    [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect()
}

/// A string as it stands in a file: ASCII in parentheses, other bytes in hexadecimal digits.
pub fn literal(bytes: &[u8]) -> Vec<u8> {
    if !bytes.iter().all(|b| (0x20..0x7f).contains(b)) {
        let digits: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
        return format!("<{digits}>").into_bytes();
    }
    let mut out = vec![b'('];
    for byte in bytes {
        if matches!(byte, b'(' | b')' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b')');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::pdf::value::{Parser, Value};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(text in "(\\PC|\\(|\\)|\\\\){0,60}") {
            let written = literal(&encode(&text));
            let Ok(Value::Text(bytes)) = Parser::new(&written, &Limits::default()).value() else { panic!() };
            prop_assert_eq!(decode(&bytes), (text, Coding::Standard));
        }
    }
}
