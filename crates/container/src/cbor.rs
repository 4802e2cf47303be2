//! CBOR (RFC 8949), read into a tree that borrows: what C2PA and COSE are written in.

use crate::Cursor;

/// Deepest nesting.
const DEPTH: usize = 32;
/// Most items of one document.
const ITEMS: usize = 20_000;

/// One data item. Tags say nothing that is needed, and are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number from 0.
    Number(u64),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A text string.
    Text(&'a str),
    /// An array.
    List(Vec<Self>),
    /// A map, in its order.
    Map(Vec<(Self, Self)>),
    /// Anything else: negative and broken numbers, yes and no, strings in pieces.
    Other,
}

/// Reads one item; `None` for damage, and for documents that are too deep or have too many items.
pub fn read(data: &[u8]) -> Option<Value<'_>> {
    Reader { cursor: Cursor::new(data), items: 0 }.item(0).flatten()
}

impl<'a> Value<'a> {
    /// The value of a key of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(k, _)| *k == Value::Text(key)).map(|(_, value)| value)
    }

    /// The entries of a map; of anything else none.
    pub fn entries(&self) -> &[(Self, Self)] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    /// The items of an array; of anything else none.
    pub fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// A text.
    pub fn text(&self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Bytes.
    pub fn bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    items: usize,
}

impl<'a> Reader<'a> {
    /// The next item, `Some(None)` for the mark that ends an item of unknown length.
    fn item(&mut self, depth: usize) -> Option<Option<Value<'a>>> {
        self.items += 1;
        if depth > DEPTH || self.items > ITEMS {
            return None;
        }
        let first = self.cursor.u8()?;
        let (major, low) = (first >> 5, first & 0x1f);
        // The length or number; `None` where it is not known.
        let count = match low {
            0..=23 => Some(u64::from(low)),
            24 => Some(self.cursor.u8()?.into()),
            25 => Some(self.cursor.u16_be()?.into()),
            26 => Some(self.cursor.u32_be()?.into()),
            27 => Some(self.cursor.u64_be()?),
            31 => None,
            _ => return None,
        };
        Some(Some(match (major, count) {
            (0, Some(number)) => Value::Number(number),
            (1 | 7, Some(_)) => Value::Other,
            (2, Some(length)) => Value::Bytes(self.cursor.take(usize::try_from(length).ok()?)?),
            (3, Some(length)) => {
                let bytes = self.cursor.take(usize::try_from(length).ok()?)?;
                std::str::from_utf8(bytes).map_or(Value::Other, Value::Text)
            }
            (2 | 3, None) => {
                while self.item(depth + 1)?.is_some() {}
                Value::Other
            }
            (4, count) => Value::List(self.list(count, depth)?),
            (5, count) => Value::Map(self.map(count, depth)?),
            (6, Some(_)) => self.item(depth + 1)??,
            (7, None) => return Some(None),
            _ => return None,
        }))
    }

    fn list(&mut self, count: Option<u64>, depth: usize) -> Option<Vec<Value<'a>>> {
        let mut list = Vec::new();
        while count.is_none_or(|n| (list.len() as u64) < n) {
            match self.item(depth + 1)? {
                Some(item) => list.push(item),
                None if count.is_none() => break,
                None => return None,
            }
        }
        Some(list)
    }

    fn map(&mut self, count: Option<u64>, depth: usize) -> Option<Vec<(Value<'a>, Value<'a>)>> {
        let mut map = Vec::new();
        while count.is_none_or(|n| (map.len() as u64) < n) {
            match self.item(depth + 1)? {
                Some(key) => map.push((key, self.item(depth + 1)??)),
                None if count.is_none() => break,
                None => return None,
            }
        }
        Some(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn items_of_every_kind() {
        // {"a": [1, h'02', -1, true, 0.5], 33: 18(["x"])}, and lengths that are not known.
        let data = b"\xa2\x61a\x85\x01\x41\x02\x20\xf5\xf9\x38\x00\x18\x21\xd2\x81\x61x";
        let value = read(data).unwrap();
        let list = [Value::Number(1), Value::Bytes(&[2]), Value::Other, Value::Other, Value::Other];
        assert_eq!(value.get("a").unwrap().items(), list);
        assert_eq!(value.entries()[1], (Value::Number(33), Value::List(vec![Value::Text("x")])));
        let open = read(b"\xbf\x61a\x9f\x61b\xff\x61c\x7f\x61d\x61e\xff\xff").unwrap();
        assert_eq!(open.get("a").unwrap().items(), [Value::Text("b")]);
        assert_eq!(open.get("c"), Some(&Value::Other));
    }

    #[test]
    fn damage_and_nesting_are_none() {
        for data in
            [&b""[..], b"\xa1", b"\x9f", b"\xff", b"\x1c", b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff", b"\xa1\x61a\xff"]
        {
            assert_eq!(read(data), None, "{data:?}");
        }
        assert_eq!(read(&[0x81; 1000]), None);
        assert_eq!(read(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01"), None);
    }

    proptest! {
        #[test]
        fn noise_ends(data in proptest::collection::vec(any::<u8>(), 0..300)) {
            read(&data);
        }
    }
}
