//! DER (X.690), as far as the subject of an X.509 certificate needs it.

use crate::Cursor;

/// OIDs of names (X.520): the common name, and the organisation.
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANISATION: &[u8] = &[0x55, 4, 10];

/// Whom a certificate is for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The common name.
    pub name: Option<String>,
    /// The organisation.
    pub organisation: Option<String>,
}

/// The subject of a certificate (RFC 5280 section 4.1).
pub fn subject(certificate: &[u8]) -> Option<Subject> {
    let (0x30, certificate) = next(&mut Cursor::new(certificate))? else { return None };
    let (0x30, signed) = next(&mut Cursor::new(certificate))? else { return None };
    let mut fields = Cursor::new(signed);
    let mut field = next(&mut fields)?;
    // The version is left out in the first one.
    if field.0 == 0xa0 {
        field = next(&mut fields)?;
    }
    // Behind the serial number: algorithm, issuer, validity, subject.
    for _ in 0..4 {
        field = next(&mut fields)?;
    }
    let (mut subject, mut parts) = (Subject::default(), Cursor::new(field.1));
    while let Some((_, part)) = next(&mut parts) {
        let mut pairs = Cursor::new(part);
        while let Some((_, pair)) = next(&mut pairs) {
            let mut pair = Cursor::new(pair);
            let Some(((6, name), value)) = next(&mut pair).zip(next(&mut pair)) else { continue };
            match name {
                COMMON_NAME => subject.name = text(value),
                ORGANISATION => subject.organisation = text(value),
                _ => {}
            }
        }
    }
    Some(subject)
}

/// A string of one of the kinds that names have.
fn text((kind, value): (u8, &[u8])) -> Option<String> {
    match kind {
        // UTF8String, PrintableString, TeletexString, IA5String.
        12 | 19 | 20 | 22 => Some(String::from_utf8_lossy(value).into_owned()),
        // BMPString.
        30 => {
            let units = value.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(u16::from_be_bytes));
            Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
        }
        _ => None,
    }
}

/// The next element: its tag and its contents.
fn next<'a>(cursor: &mut Cursor<'a>) -> Option<(u8, &'a [u8])> {
    let tag = cursor.u8()?;
    let length = match cursor.u8()? {
        short @ 0..=0x7f => usize::from(short),
        long @ 0x81..=0x84 => {
            let bytes = cursor.take(usize::from(long & 0x7f))?;
            bytes.iter().fold(0, |sum, b| sum << 8 | usize::from(*b))
        }
        _ => return None,
    };
    Some((tag, cursor.take(length)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn element(tag: u8, body: &[u8]) -> Vec<u8> {
        [&[tag, 0x82][..], &(body.len() as u16).to_be_bytes(), body].concat()
    }

    fn certificate(version: &[u8]) -> Vec<u8> {
        let pair = |oid: &[u8], kind, name: &[u8]| {
            element(0x31, &element(0x30, &[element(6, oid), element(kind, name)].concat()))
        };
        let names = [
            pair(&[0x55, 4, 6], 19, b"CN"),
            pair(ORGANISATION, 12, "示例".as_bytes()),
            pair(COMMON_NAME, 30, b"\0m\0e"),
        ];
        let fields = [version, &[2, 1, 5], &element(0x30, b""), &element(0x30, b""), &element(0x30, b"")].concat();
        let signed = [fields, element(0x30, &names.concat()), element(0x30, b"key")].concat();
        element(0x30, &[element(0x30, &signed), element(0x30, b"")].concat())
    }

    #[test]
    fn the_subject_of_either_version() {
        let expected = Subject { name: Some("me".into()), organisation: Some("示例".into()) };
        assert_eq!(subject(&certificate(&[0xa0, 3, 2, 1, 2])), Some(expected.clone()));
        assert_eq!(subject(&certificate(&[])), Some(expected));
        assert_eq!(subject(b"\x30\x85"), None);
    }

    proptest! {
        #[test]
        fn noise_ends(at in 0..100usize, byte in any::<u8>()) {
            let mut noisy = certificate(&[]);
            if let Some(b) = noisy.get_mut(at) {
                *b = byte;
            }
            subject(&noisy);
        }
    }
}
