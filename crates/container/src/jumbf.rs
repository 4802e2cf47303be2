//! JUMBF (ISO/IEC 19566-5): boxes in boxes, each superbox with a description of what it is and how it is called.

use crate::Cursor;

/// Deepest nesting.
const DEPTH: usize = 16;
/// Most boxes of one store.
const BOXES: usize = 20_000;

/// A superbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superbox<'a> {
    /// The first four bytes of its type: `c2pa`, `c2ma`, `c2as` …
    pub kind: [u8; 4],
    /// How it is called; empty where it is not.
    pub label: &'a str,
    /// The superboxes in it.
    pub inner: Vec<Self>,
    /// The other boxes in it, by their types.
    pub content: Vec<([u8; 4], &'a [u8])>,
}

impl<'a> Superbox<'a> {
    /// The superbox in it that is called so.
    pub fn get(&self, label: &str) -> Option<&Self> {
        self.inner.iter().find(|inner| inner.label == label)
    }

    /// Its first content of a type.
    pub fn first(&self, kind: [u8; 4]) -> Option<&'a [u8]> {
        self.content.iter().find(|(k, _)| *k == kind).map(|(_, data)| *data)
    }
}

/// What stands in a superbox, from its description box on. What follows damage is left out.
pub fn read(inside: &[u8]) -> Option<Superbox<'_>> {
    let mut left = BOXES;
    superbox(inside, 0, &mut left)
}

fn superbox<'a>(inside: &'a [u8], depth: usize, left: &mut usize) -> Option<Superbox<'a>> {
    let mut cursor = Cursor::new(inside);
    let (b"jumd", description) = next(&mut cursor)? else { return None };
    let mut read = described(description)?;
    while let Some((kind, body)) = next(&mut cursor) {
        *left = left.checked_sub(1)?;
        if kind != b"jumb" {
            read.content.push((*kind, body));
        } else if depth < DEPTH
            && let Some(inner) = superbox(body, depth + 1, left)
        {
            read.inner.push(inner);
        }
    }
    Some(read)
}

/// A description box: the type, a byte of switches, and the label where one of them says so.
fn described(description: &[u8]) -> Option<Superbox<'_>> {
    let mut cursor = Cursor::new(description);
    let kind = *cursor.take(16)?.first_chunk()?;
    let labelled = cursor.u8()? & 2 != 0;
    let label = cursor.rest().split(|b| *b == 0).next().filter(|_| labelled).unwrap_or_default();
    Some(Superbox { kind, label: std::str::from_utf8(label).ok()?, inner: Vec::new(), content: Vec::new() })
}

/// The next box.
fn next<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a [u8; 4], &'a [u8])> {
    let size = cursor.u32_be()?;
    let kind = cursor.array::<4>()?;
    let length = match size {
        0 => cursor.rest().len(),
        1 => usize::try_from(cursor.u64_be()?.checked_sub(16)?).ok()?,
        _ => usize::try_from(size.checked_sub(8)?).ok()?,
    };
    Some((kind, cursor.take(length)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
    }

    fn labelled(kind: &[u8; 4], label: &str) -> Vec<u8> {
        boxed(b"jumd", &[kind, &[0; 12][..], &[3], label.as_bytes(), &[0]].concat())
    }

    #[test]
    fn boxes_in_boxes() {
        let claim = [labelled(b"cbor", "claim"), boxed(b"cbor", b"\xa0")].concat();
        let store = [labelled(b"c2pa", "c2pa"), boxed(b"jumb", &claim), boxed(b"free", b"")].concat();
        let read = read(&store).unwrap();
        assert_eq!((&read.kind, read.label, read.content.len()), (b"c2pa", "c2pa", 1));
        assert_eq!(read.get("claim").unwrap().first(*b"cbor"), Some(&b"\xa0"[..]));
        // What is cut off is left out.
        assert_eq!(super::read(&store[..store.len() - 20]).unwrap().inner, []);
        assert_eq!(super::read(b"\0\0\0\x08free"), None);
    }

    #[test]
    fn nesting_ends() {
        let store =
            (0..100).fold(labelled(b"c2pa", ""), |inside, _| [labelled(b"c2pa", ""), boxed(b"jumb", &inside)].concat());
        let mut depth = 0;
        let mut at = &read(&store).unwrap();
        while let Some(inner) = at.inner.first() {
            (at, depth) = (inner, depth + 1);
        }
        assert_eq!(depth, DEPTH);
    }

    proptest! {
        #[test]
        fn noise_ends(data in proptest::collection::vec(any::<u8>(), 0..300)) {
            read(&[labelled(b"c2pa", "x"), data].concat());
        }
    }
}
