//! Core Audio Format: a header of eight bytes, and chunks with sizes of 64 bits (Apple, Core Audio Format Specification 1.0).

use std::ops::Range;

use crate::{Error, Limits, Message, Result, Source, SourceExt, phrase, said};

const NAME: &str = "CAF";

/// Bytes of the header, and of that of a chunk.
const HEADER: u64 = 8;
const CHUNK: u64 = 12;

/// One chunk: id, size, data. Nothing pads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Four-character code.
    pub id: [u8; 4],
    /// Offset of the id.
    pub start: u64,
    /// Bytes of data that are there.
    pub length: u64,
    /// Whether its size is -1: it goes on to the end of the file, and nothing may follow (2.4).
    pub open: bool,
}

impl Chunk {
    /// The data, without id and size.
    pub fn data(&self) -> Range<u64> {
        self.start + CHUNK..self.start + CHUNK + self.length
    }

    /// Id, size and data.
    pub fn range(&self) -> Range<u64> {
        self.start..self.data().end
    }

    /// The edit that writes a new size; none for an open one.
    pub fn resized(&self, growth: i64) -> Option<(Range<u64>, [u8; 8])> {
        let size = i64::try_from(self.length).ok()?.checked_add(growth)?;
        (!self.open).then(|| (self.start + 4..self.start + CHUNK, size.to_be_bytes()))
    }
}

/// The chunks of a file.
#[derive(Debug, Default)]
pub struct Chunks {
    /// In the order of the file.
    pub list: Vec<Chunk>,
    /// What stopped the walk, if not the end.
    pub damage: Option<Error>,
    /// What is to be said where the samples end before they should.
    pub missing: Option<Message>,
}

impl Chunks {
    /// The first chunk of a kind.
    pub fn get(&self, id: [u8; 4]) -> Option<Chunk> {
        self.list.iter().find(|chunk| chunk.id == id).copied()
    }
}

/// Reads the headers of all chunks.
///
/// # Errors
/// I/O, another kind of file. What else is wrong is in [`Chunks::damage`], behind the chunks that could be read.
pub fn chunks(source: &dyn Source, limits: &Limits) -> Result<Chunks> {
    let [b'c', b'a', b'f', b'f', ..] = source.array::<8>(NAME, 0, phrase!("the header", "文件头"))? else {
        return Err(Error::invalid(NAME, 0, phrase!("no caff at the front", "开头没有 caff 标志")));
    };
    let (mut chunks, mut at) = (Chunks::default(), HEADER);
    while at + CHUNK <= source.len() {
        let [a, b, c, d, size @ ..] = source.array::<12>(NAME, at, phrase!("a chunk", "块"))?;
        let (id, size) = ([a, b, c, d], i64::from_be_bytes(size));
        if !id.iter().all(|b| b.is_ascii_graphic() || *b == b' ') {
            // Something that other programs put behind the chunks.
            break;
        }
        if chunks.list.len() >= limits.parts {
            chunks.damage =
                Some(Error::limit(NAME, phrase!("the number of chunks", "块数"), limits.parts as u64, "--limit-parts"));
            break;
        }
        let room = source.len() - at - CHUNK;
        let (samples, declared) = (&id == b"data", u64::try_from(size).ok());
        let length = match declared {
            Some(length) if length <= room => length,
            Some(length) if samples => {
                let missing = length - room;
                chunks.missing =
                    Some(said!("the last {} bytes of the file are missing", "文件末尾缺少 {} 字节", missing));
                room
            }
            None if samples && size == -1 => room,
            Some(length) => {
                chunks.damage = Some(Error::past_end(NAME, at, phrase!("a chunk", "块"), length));
                break;
            }
            None => {
                chunks.damage = Some(Error::invalid(NAME, at, phrase!("a negative size", "长度为负")));
                break;
            }
        };
        chunks.list.push(Chunk { id, start: at, length, open: size == -1 });
        at += CHUNK + length;
    }
    Ok(chunks)
}

/// A text of the chunk `info` (3.12): a key and a value, each with a zero behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its bytes in the data of the chunk.
    pub range: Range<usize>,
    /// What the value is of.
    pub key: String,
    /// UTF-8; what is none is replaced.
    pub value: String,
}

/// The texts in the data of the chunk `info`, behind their number. A value without a zero ends with the chunk.
pub fn entries(data: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut at = 4;
    while let Some(rest) = data.get(at..).filter(|rest| !rest.is_empty()) {
        let mut texts = rest.splitn(3, |b| *b == 0);
        let (Some(key), Some(value)) = (texts.next(), texts.next()) else { break };
        let length = (key.len() + value.len() + 2).min(rest.len());
        // Zeros behind the last text fill up the chunk.
        if key.is_empty() {
            break;
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        entries.push(Entry { range: at..at + length, key: text(key), value: text(value) });
        at += length;
    }
    entries
}

/// The bytes of a text.
pub fn entry(key: &str, value: &str) -> Vec<u8> {
    [key.as_bytes(), value.as_bytes(), &[]].join(&0)
}

/// A whole chunk around `data`.
pub fn encode(id: [u8; 4], data: &[u8]) -> Vec<u8> {
    [&id, &(data.len() as u64).to_be_bytes()[..], data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(body: &[u8]) -> Vec<u8> {
        [b"caff\0\x01\0\0", body].concat()
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(data in prop::collection::vec(prop_oneof![Just(0u8), Just(b'd'), any::<u8>()], 0..100)) {
            let bytes = file(&data);
            for chunk in chunks(&bytes, &Limits::default()).unwrap().list {
                prop_assert!(chunk.range().end <= bytes.len() as u64);
            }
            for entry in entries(&data) {
                prop_assert!(entry.range.end <= data.len() && entry.range.start < entry.range.end);
            }
        }

        #[test]
        fn chunks_and_texts_come_back(sizes in prop::collection::vec(0usize..40, 0..6), texts in prop::collection::vec(("[a-z]{1,9}", "[ -~标识]{0,9}"), 0..6)) {
            let bytes = file(&sizes.iter().flat_map(|n| encode(*b"free", &vec![7; *n])).collect::<Vec<u8>>());
            let found = chunks(&bytes, &Limits::default()).unwrap();
            prop_assert_eq!(found.list.iter().map(|c| c.length as usize).collect::<Vec<_>>(), sizes);
            prop_assert!(found.damage.is_none());
            let mut data = 0_u32.to_be_bytes().to_vec();
            texts.iter().for_each(|(key, value)| data.extend(entry(key, value)));
            let back: Vec<_> = entries(&data).into_iter().map(|e| (e.key, e.value)).collect();
            prop_assert_eq!(back, texts);
        }
    }

    #[test]
    fn samples_may_go_on_to_the_end() {
        let open = file(&[b"data\xff\xff\xff\xff\xff\xff\xff\xff".as_slice(), &[1; 9]].concat());
        let found = chunks(&open, &Limits::default()).unwrap();
        assert!(found.list[0].open && found.list[0].length == 9 && found.missing.is_none());
        let short = file(&[b"data\0\0\0\0\0\0\0\x0c".as_slice(), &[1; 9]].concat());
        assert!(chunks(&short, &Limits::default()).unwrap().missing.is_some());
        assert!(chunks(&file(b"info\xff\xff\xff\xff\xff\xff\xff\xff"), &Limits::default()).unwrap().damage.is_some());
    }
}
