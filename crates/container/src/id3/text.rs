//! Text frames: an encoding, and strings with NULs between them (ID3v2.3 and 2.4, section 4.2).

use super::to_syncsafe;

/// Description and value of a user-defined text frame (`TXXX`, `TXX`): encoding byte, description, NUL, value.
pub fn user_text(body: &[u8]) -> Option<(String, String)> {
    let mut parts = strings(body)?.into_iter();
    Some((parts.next()?, parts.next().unwrap_or_default()))
}

/// The strings of a text frame, split at its NULs.
pub fn strings(body: &[u8]) -> Option<Vec<String>> {
    let (&encoding, text) = body.split_first()?;
    let decoded = match encoding {
        0 => text.iter().map(|b| char::from(*b)).collect(),
        1 => encoding_rs::UTF_16LE.decode(text).0.into_owned(),
        2 => encoding_rs::UTF_16BE.decode(text).0.into_owned(),
        _ => match std::str::from_utf8(text) {
            Ok(t) => t.to_owned(),
            Err(_) => encoding_rs::GB18030.decode(text).0.into_owned(),
        },
    };
    Some(decoded.split('\0').map(|s| s.trim_start_matches('\u{feff}').to_owned()).collect())
}

/// A user-defined text frame for a tag of `version`; `None` when it is too long for the format.
pub fn encode_user_text(version: u8, description: &str, value: &str) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    match version {
        4 => {
            body.push(3);
            body.extend(description.bytes().chain([0]).chain(value.bytes()));
        }
        // ID3v2.2 and 2.3 know Latin-1 and UTF-16 with a byte-order mark.
        _ if value.is_ascii() => {
            body.push(0);
            body.extend(description.bytes().chain([0]).chain(value.bytes()));
        }
        _ => {
            body.push(1);
            for (n, text) in [description, value].into_iter().enumerate() {
                if n > 0 {
                    body.extend([0, 0]);
                }
                body.extend([0xff, 0xfe]);
                body.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            }
        }
    }
    encode(version, *b"TXXX", &body)
}

/// A text frame of a tag of version 2.4: in Latin-1 where that suffices, as programs that guess at other encodings want
/// it. A comment (`COMM`) has no language and no description.
pub fn encode_text(id: [u8; 4], value: &str) -> Option<Vec<u8>> {
    let latin: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let (encoding, text) = latin.map_or_else(|| (3, value.as_bytes().to_vec()), |bytes| (0, bytes));
    let head: &[u8] = if id == *b"COMM" { b"XXX\0" } else { b"" };
    encode(4, id, &[&[encoding], head, &text].concat())
}

/// A frame for a tag of `version` (2.2 takes the first three letters); `None` when it is too long for the format.
fn encode(version: u8, id: [u8; 4], body: &[u8]) -> Option<Vec<u8>> {
    let size = u32::try_from(body.len()).ok()?;
    let head = match (version, id, size.to_be_bytes()) {
        (2, [a, b, c, _], [0, x, y, z]) => vec![a, b, c, x, y, z],
        (2, ..) => return None,
        (3, ..) => [&id[..], &size.to_be_bytes(), &[0, 0]].concat(),
        _ => [&id[..], &to_syncsafe(size)?, &[0, 0]].concat(),
    };
    Some([&head, body].concat())
}
