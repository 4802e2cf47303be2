//! APE tags, version 2 (and 1), behind the sound: items of a key and a value, and a footer that counts them; perhaps a
//! header like it in front.

use std::ops::Range;

use crate::{Cursor, Error, Limits, Patch, Result, Source, SourceExt, phrase};

const NAME: &str = "APE";
const MAGIC: &[u8; 8] = b"APETAGEX";
/// Bytes of a footer, and of a header.
const FOOTER: u64 = 32;
/// Longest key (APEv2: 2 to 255 characters) with its NUL.
const KEY: u64 = 256;
/// Flag of a tag: a header stands in front of the items.
const HAS_HEADER: u32 = 1 << 31;

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Header, items and footer.
    pub range: Range<u64>,
    /// The items.
    pub items: Range<u64>,
    /// How many there are, by the footer.
    pub count: u32,
}

/// An item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// All its bytes.
    pub range: Range<u64>,
    /// Its name.
    pub key: String,
    /// Its value: UTF-8, unless it is [`Item::binary`].
    pub value: Range<u64>,
    /// Whether the value is no text.
    pub binary: bool,
}

/// The tag that ends at `end`.
///
/// # Errors
/// I/O, or a tag that is longer than the source.
pub fn tag(source: &dyn Source, end: u64) -> Result<Option<Tag>> {
    let Some(at) = end.checked_sub(FOOTER) else { return Ok(None) };
    let footer = source.array::<32>(NAME, at, phrase!("the footer", "标签尾"))?;
    let mut c = Cursor::new(&footer);
    let (Some(MAGIC), Some(1000 | 2000), Some(size), Some(count), Some(flags)) =
        (c.array::<8>(), c.u32_le(), c.u32_le(), c.u32_le(), c.u32_le())
    else {
        return Ok(None);
    };
    // The size counts the items and the footer.
    let start = u64::from(size).checked_sub(FOOTER).and_then(|items| at.checked_sub(items));
    let start = start.ok_or_else(|| Error::past_end(NAME, at, phrase!("the tag", "标签"), size.into()))?;
    let header = start.checked_sub(FOOTER).filter(|_| flags & HAS_HEADER != 0);
    let header = match header {
        Some(header) if source.array::<8>(NAME, header, phrase!("the header", "文件头"))? == *MAGIC => Some(header),
        _ => None,
    };
    Ok(Some(Tag { range: header.unwrap_or(start)..end, items: start..at, count }))
}

impl Tag {
    /// The items in order, and the damage that ended the list.
    pub fn items(&self, source: &dyn Source, limits: &Limits) -> (Vec<Item>, Option<Error>) {
        let (mut out, mut at) = (Vec::new(), self.items.start);
        while at < self.items.end {
            if out.len() >= limits.parts {
                let limit =
                    Error::limit(NAME, phrase!("the number of items", "条目数"), limits.parts as u64, "--limit-parts");
                return (out, Some(limit));
            }
            match self.item(source, at) {
                Ok(item) => {
                    at = item.range.end;
                    out.push(item);
                }
                Err(damage) => return (out, Some(damage)),
            }
        }
        (out, None)
    }

    fn item(&self, source: &dyn Source, at: u64) -> Result<Item> {
        let damaged = || Error::invalid(NAME, at, phrase!("an item is damaged", "条目有误"));
        let head = source.array::<8>(NAME, at, phrase!("an item", "条目"))?;
        let mut c = Cursor::new(&head);
        let (size, flags) = c.u32_le().zip(c.u32_le()).ok_or_else(damaged)?;
        let name = at + 8;
        let room = name..name.saturating_add(KEY).min(self.items.end).max(name);
        let bytes = source.bytes(NAME, room, KEY, phrase!("an item", "条目"))?;
        let length = bytes.iter().position(|b| *b == 0).ok_or_else(damaged)?;
        let key = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned();
        let start = name + length as u64 + 1;
        let value = start..start.saturating_add(size.into());
        if value.end > self.items.end {
            return Err(Error::past_end(NAME, at, phrase!("an item", "条目"), size.into()));
        }
        Ok(Item { range: at..value.end, key, value, binary: flags >> 1 & 3 == 1 })
    }

    /// Takes items of this tag out; without any left the tag goes as a whole.
    ///
    /// # Errors
    /// A tag with fewer items than it counts, or more.
    pub fn remove(&self, gone: &[Item], patch: &mut Patch) -> Result<()> {
        let left = u32::try_from(gone.len()).ok().and_then(|n| self.count.checked_sub(n));
        let left = left.ok_or_else(|| {
            Error::unsupported(NAME, phrase!("a tag with more items than it counts", "条目多于其计数的标签"))
        })?;
        let bytes: u64 = gone.iter().map(|item| item.range.end - item.range.start).sum();
        let size = (self.items.end - self.items.start).saturating_sub(bytes);
        if left == 0 && size == 0 {
            patch.remove(self.range.clone());
            return Ok(());
        }
        let size = u32::try_from(size + FOOTER)
            .map_err(|_| Error::unsupported(NAME, phrase!("a tag of more than 4 GiB", "超过 4 GiB 的标签")))?;
        let counted = [size.to_le_bytes(), left.to_le_bytes()].concat();
        if self.range.start < self.items.start {
            patch.replace(self.range.start + 12..self.range.start + 20, counted.clone());
        }
        for item in gone {
            patch.remove(item.range.clone());
        }
        patch.replace(self.items.end + 12..self.items.end + 20, counted);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Patched, to_vec};
    use proptest::prelude::*;

    fn made(items: &[(String, Vec<u8>)], header: bool) -> Vec<u8> {
        let body: Vec<u8> = items
            .iter()
            .flat_map(|(key, value)| {
                let head = [(value.len() as u32).to_le_bytes(), [0; 4]].concat();
                [head, key.as_bytes().to_vec(), vec![0], value.clone()].concat()
            })
            .collect();
        let edge = |flags: u32| {
            let numbers = [2000, body.len() as u32 + 32, items.len() as u32, flags];
            [MAGIC.to_vec(), numbers.map(u32::to_le_bytes).concat(), vec![0; 8]].concat()
        };
        let has = if header { HAS_HEADER } else { 0 };
        let front = if header { edge(has | 1 << 29) } else { Vec::new() };
        [b"sound".to_vec(), front, body.clone(), edge(has)].concat()
    }

    fn read(bytes: &dyn Source) -> Option<(Tag, Vec<Item>)> {
        let tag = tag(bytes, bytes.len()).unwrap()?;
        let (items, damage) = tag.items(bytes, &Limits::default());
        damage.is_none().then_some((tag, items))
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(items in prop::collection::vec(any::<u8>(), 0..120), size in 0u32..400, flags: u32) {
            let numbers = [2000, size, 3, flags].map(u32::to_le_bytes).concat();
            let bytes = [items, MAGIC.to_vec(), numbers, vec![0; 8]].concat();
            if let Ok(Some(tag)) = tag(&bytes, bytes.len() as u64) {
                prop_assert!(tag.range.start <= tag.items.start && tag.items.end < tag.range.end);
                for item in tag.items(&bytes, &Limits::default()).0 {
                    prop_assert!(item.range.end <= tag.items.end);
                }
            }
        }

        /// What is not taken out stays, in a tag that counts right; the sound stays in any case.
        #[test]
        fn items_go_and_the_others_stay(items in prop::collection::vec(("[A-Za-z ]{2,9}", prop::collection::vec(any::<u8>(), 0..20)), 1..5),
                                        from in 0usize..5, header: bool) {
            let bytes = made(&items, header);
            let (tag, all) = read(&bytes).unwrap();
            prop_assert_eq!(all.len(), items.len());
            let from = from.min(all.len() - 1);
            let mut patch = Patch::new();
            tag.remove(&all[from..], &mut patch).unwrap();
            let out = to_vec(&Patched::new(&bytes, &patch), 1 << 20).unwrap();
            prop_assert_eq!(&out, &if from == 0 { b"sound".to_vec() } else { made(&items[..from], header) });
        }
    }
}
