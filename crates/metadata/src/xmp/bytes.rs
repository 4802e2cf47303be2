//! From the bytes of a packet to its text, and back. What cannot be read as text is never written as other bytes.

use std::ops::Range;

/// What the text of a packet was decoded from.
#[derive(Debug)]
pub(super) enum Coded {
    /// UTF-8: the text is the bytes.
    Plain,
    /// UTF-8 with other bytes in between (GBK, Latin-1), which programs write and readers pass over.
    Mixed {
        bytes: Vec<u8>,
        /// Where each run of other bytes ends, in the text and in the bytes.
        ends: Vec<(usize, usize)>,
    },
    /// UTF-16 or UTF-32, which are written as UTF-8.
    Wide,
    /// The same, with something in it that is no character.
    Lost,
}

impl Coded {
    /// The text, and what it was made from.
    pub(super) fn read(bytes: &[u8]) -> (String, Self) {
        match bytes {
            [0xff, 0xfe, 0, 0, ..] | [b'<', 0, 0, 0, ..] => wide(bytes, |unit: [u8; 4]| u32::from_le_bytes(unit)),
            [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, b'<', ..] => wide(bytes, |unit: [u8; 4]| u32::from_be_bytes(unit)),
            [0xff, 0xfe, ..] | [b'<', 0, ..] => pairs(bytes, u16::from_le_bytes),
            [0xfe, 0xff, ..] | [0, b'<', ..] => pairs(bytes, u16::from_be_bytes),
            _ => match std::str::from_utf8(bytes) {
                Ok(text) => (text.to_owned(), Self::Plain),
                Err(_) => mixed(bytes),
            },
        }
    }

    /// The bytes of a part of the text, as they are to be written.
    pub(super) fn bytes<'a>(&'a self, text: &'a str, range: Range<usize>) -> &'a [u8] {
        let (all, range) = match self {
            Self::Mixed { bytes, .. } => (bytes.as_slice(), self.range(&range).unwrap_or_default()),
            _ => (text.as_bytes(), range),
        };
        all.get(range).unwrap_or_default()
    }

    /// Where a part of the text stands in the bytes.
    pub(super) fn range(&self, range: &Range<usize>) -> Option<Range<usize>> {
        match self {
            Self::Plain => Some(range.clone()),
            Self::Mixed { ends, .. } => {
                let at = |position: usize| {
                    let passed = ends.partition_point(|(text, _)| *text <= position);
                    let (text, bytes) = passed.checked_sub(1).and_then(|i| ends.get(i)).copied().unwrap_or_default();
                    bytes + (position - text)
                };
                Some(at(range.start)..at(range.end))
            }
            Self::Wide | Self::Lost => None,
        }
    }
}

fn mixed(bytes: &[u8]) -> (String, Coded) {
    let (mut text, mut ends, mut at) = (String::with_capacity(bytes.len()), Vec::new(), 0);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        at += chunk.valid().len() + chunk.invalid().len();
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            ends.push((text.len(), at));
        }
    }
    (text, Coded::Mixed { bytes: bytes.to_vec(), ends })
}

fn pairs(bytes: &[u8], from: fn([u8; 2]) -> u16) -> (String, Coded) {
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(from));
    decoded(char::decode_utf16(units).map(Result::ok), bytes.len() % 2)
}

fn wide(bytes: &[u8], from: fn([u8; 4]) -> u32) -> (String, Coded) {
    let units = bytes.chunks_exact(4).filter_map(|four| four.try_into().ok().map(from));
    decoded(units.map(char::from_u32), bytes.len() % 4)
}

fn decoded(characters: impl Iterator<Item = Option<char>>, rest: usize) -> (String, Coded) {
    let mut lost = rest > 0;
    let known = |character: Option<char>| {
        lost |= character.is_none();
        character.unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    let text = characters.map(known).collect();
    (text, if lost { Coded::Lost } else { Coded::Wide })
}

/// A packet without the blanks in front of its trailer.
pub(crate) fn unpadded(packet: &[u8]) -> Vec<u8> {
    let (body, trailer) = halves(packet);
    if trailer.is_empty() { body.to_vec() } else { [body, b"\n", trailer].concat() }
}

/// A packet with as many blanks in front of its trailer as fill `size` bytes, if it fits.
pub(crate) fn padded(packet: &[u8], size: u64) -> Option<Vec<u8>> {
    let (body, trailer) = halves(packet);
    let room = usize::try_from(size).ok()?.checked_sub(body.len() + trailer.len())?;
    Some([body, vec![b' '; room].as_slice(), trailer].concat())
}

/// The packet and its trailer, without the blanks behind each.
fn halves(packet: &[u8]) -> (&[u8], &[u8]) {
    const TRAILER: &[u8] = b"<?xpacket end";
    let at = packet.windows(TRAILER.len()).rposition(|w| w == TRAILER).unwrap_or(packet.len());
    let (body, trailer) = packet.split_at_checked(at).unwrap_or((packet, &[]));
    let last = trailer.iter().rposition(|b| !matches!(b, 0 | b' ' | b'\n' | b'\r')).map_or(0, |at| at + 1);
    (body.trim_ascii_end(), trailer.get(..last).unwrap_or_default())
}
