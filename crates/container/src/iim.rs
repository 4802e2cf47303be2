//! IPTC-IIM (version 4.2) inside the image resources of Photoshop, as APP13 of a JPEG has them.

use crate::Cursor;

/// What the segment begins with.
const HEAD: &[u8] = b"Photoshop 3.0\0";
/// The resource that holds the records.
const RECORDS: u16 = 0x0404;

/// One dataset of the application record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dataset<'a> {
    /// Its number in record 2.
    pub number: u8,
    /// Its value.
    pub value: &'a [u8],
}

/// The datasets of record 2 in the payload of an APP13 segment. What follows damage is left out.
pub fn datasets(payload: &[u8]) -> Vec<Dataset<'_>> {
    let mut out = Vec::new();
    let mut cursor = Cursor::new(payload.strip_prefix(HEAD).unwrap_or_default());
    while let Some((number, data)) = resource(&mut cursor) {
        if number == RECORDS {
            let mut records = Cursor::new(data);
            while let Some((record, dataset)) = dataset(&mut records) {
                if record == 2 {
                    out.push(dataset);
                }
            }
        }
    }
    out
}

/// The next image resource: its number and its data.
fn resource<'a>(cursor: &mut Cursor<'a>) -> Option<(u16, &'a [u8])> {
    let b"8BIM" = cursor.array::<4>()? else { return None };
    let number = cursor.u16_be()?;
    // The name with its length, and then the data, each have an even length.
    let name = usize::from(cursor.u8()?);
    cursor.take(name + usize::from(name % 2 == 0))?;
    let size = usize::try_from(cursor.u32_be()?).ok()?;
    let data = cursor.take(size)?;
    if size % 2 == 1 {
        cursor.u8();
    }
    Some((number, data))
}

/// The next dataset, with the number of its record. One of more than 32 767 bytes is no text, and ends the list.
fn dataset<'a>(cursor: &mut Cursor<'a>) -> Option<(u8, Dataset<'a>)> {
    let [0x1c, record, number] = *cursor.array::<3>()? else { return None };
    let size = cursor.u16_be().filter(|size| size & 0x8000 == 0)?;
    Some((record, Dataset { number, value: cursor.take(size.into())? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn datasets_of_the_second_record() {
        let records = b"\x1c\x01\x5a\0\x03\x1b%G\x1c\x02\x6e\0\x03abc\x1c\x02\x41\0\x01d";
        let size = (records.len() as u32).to_be_bytes();
        let payload = [HEAD, b"8BIM\x04\x25\0\0\0\0\0\x01x\0", b"8BIM\x04\x04\0\0", &size, records].concat();
        let expected = [Dataset { number: 110, value: b"abc" }, Dataset { number: 65, value: b"d" }];
        assert_eq!(datasets(&payload), expected);
        assert_eq!(datasets(&payload[..payload.len() - 1]), []);
        assert_eq!(datasets(b"Adobe"), []);
    }

    proptest! {
        #[test]
        fn noise_ends(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            datasets(&[HEAD, b"8BIM\x04\x04\0\0", &data].concat());
        }
    }
}
