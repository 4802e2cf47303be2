//! RIFF chunks as WAVE uses them (Multimedia Programming Interface and Data Specifications 1.0; RF64: EBU Tech 3306).

use std::ops::Range;

use crate::{Cursor, Error, Limits, Result, Source, SourceExt};

const NAME: &str = "RIFF";

/// One chunk: id, size, data, and a pad byte after an odd size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Four-character code.
    pub id: [u8; 4],
    /// Offset of the id.
    pub start: u64,
    /// Bytes of data that are there: never past the end of the parent.
    pub length: u64,
    /// Whether the declared size was more than that (a stream whose writer could not go back).
    pub open: bool,
}

impl Chunk {
    /// The data, without id, size and pad byte.
    pub fn data(&self) -> Range<u64> {
        self.start + 8..self.start + 8 + self.length
    }

    /// Id, size, data and pad byte.
    pub fn range(&self) -> Range<u64> {
        self.start..self.start + 8 + self.length + (self.length & 1)
    }
}

/// The outer form: `RIFF`, its size and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// `RIFF`, `RF64` or `BW64`.
    pub id: [u8; 4],
    /// `WAVE`, `AVI `, `WEBP`.
    pub kind: [u8; 4],
    /// The declared size of everything after the size field.
    pub size: u32,
    /// Where the chunks are, cut to the file.
    pub body: Range<u64>,
}

/// Reads the twelve bytes at the front.
///
/// # Errors
/// I/O, fewer than twelve bytes, another id.
pub fn form(source: &dyn Source) -> Result<Form> {
    let head = source.array::<12>(NAME, 0, "the header")?;
    let [a, b, c, d, s0, s1, s2, s3, kind @ ..] = head;
    let id = [a, b, c, d];
    if ![*b"RIFF", *b"RF64", *b"BW64"].contains(&id) {
        return Err(Error::invalid(NAME, 0, "the form is not RIFF"));
    }
    let size = u32::from_le_bytes([s0, s1, s2, s3]);
    // 0 and 0xFFFFFFFF are what a writer to a pipe leaves, and what RF64 puts into ds64.
    let end = if matches!(size, 0 | u32::MAX) { source.len() } else { 8 + u64::from(size) };
    Ok(Form { id, kind, size, body: 12..end.clamp(12, source.len().max(12)) })
}

/// The chunks of `parent` (the body of a form or list).
///
/// A last chunk that runs past the end is cut and marked [`Chunk::open`] when `lenient` names it, else it is an error.
///
/// # Errors
/// I/O, a chunk that runs past its parent, more chunks than [`Limits::parts`].
pub fn chunks(source: &dyn Source, parent: Range<u64>, lenient: &[[u8; 4]], limits: &Limits) -> Result<Vec<Chunk>> {
    let (chunks, damage) = walk(source, parent, lenient, limits);
    damage.map_or(Ok(chunks), Err)
}

/// As [`chunks`], but keeps what came before the damage, so that a label in front of it is still seen.
pub fn walk(
    source: &dyn Source,
    parent: Range<u64>,
    lenient: &[[u8; 4]],
    limits: &Limits,
) -> (Vec<Chunk>, Option<Error>) {
    let mut out = Vec::new();
    let mut at = parent.start;
    // Fewer than eight bytes at the end are padding that some writers leave.
    while at + 8 <= parent.end {
        if out.len() >= limits.parts {
            let limit = Error::limit(NAME, "the number of chunks", limits.parts as u64, "--limit-parts");
            return (out, Some(limit));
        }
        match chunk(source, at, parent.end, lenient) {
            Ok(chunk) => {
                at = chunk.range().end;
                out.push(chunk);
            }
            Err(damage) => return (out, Some(damage)),
        }
    }
    (out, None)
}

fn chunk(source: &dyn Source, at: u64, end: u64, lenient: &[[u8; 4]]) -> Result<Chunk> {
    let head = source.array::<8>(NAME, at, "a chunk header")?;
    let [a, b, c, d, size @ ..] = head;
    let (id, declared) = ([a, b, c, d], u64::from(u32::from_le_bytes(size)));
    let room = end - at - 8;
    let open = declared > room;
    if open && !lenient.contains(&id) {
        let name = String::from_utf8_lossy(&id).escape_default().to_string();
        return Err(Error::past_end(NAME, at, format!("chunk {name}"), declared));
    }
    Ok(Chunk { id, start: at, length: declared.min(room), open })
}

/// A whole chunk around `data`, padded to an even length.
pub fn encode(id: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 9);
    out.extend(id);
    out.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
    out
}

/// How samples are stored (the `fmt ` chunk).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaveFormat {
    /// 1 PCM, 3 IEEE float; for the extensible form the tag inside its GUID.
    pub tag: u16,
    /// Interleaved channels, at least 1.
    pub channels: u16,
    /// Samples a second of one channel, at least 1.
    pub rate: u32,
    /// Bytes of one sample of every channel.
    pub block: u16,
    /// Bits of one sample in its container.
    pub bits: u16,
}

impl WaveFormat {
    /// Parses the data of a `fmt ` chunk; `None` when it is too short or holds a zero where none may be.
    pub fn parse(data: &[u8]) -> Option<Self> {
        let mut c = Cursor::new(data);
        let (tag, channels, rate) = (c.u16_le()?, c.u16_le()?, c.u32_le()?);
        let (_, block, bits) = (c.u32_le()?, c.u16_le()?, c.u16_le()?);
        // WAVE_FORMAT_EXTENSIBLE: the sub-format GUID starts with the real tag.
        let tag = if tag == 0xfffe { Cursor::at(data, 24).u16_le()? } else { tag };
        (channels > 0 && rate > 0 && block > 0).then_some(Self { tag, channels, rate, block, bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_walked_without_panic(tail in prop::collection::vec(any::<u8>(), 0..200), size in any::<u32>()) {
            let bytes = [b"RIFF".as_slice(), &size.to_le_bytes(), b"WEBP", &tail].concat();
            let form = form(&bytes).unwrap();
            let (chunks, _) = walk(&bytes, form.body.clone(), &[], &Limits::default());
            for chunk in chunks { prop_assert!(chunk.data().end <= form.body.end); }
        }

        #[test]
        fn what_is_written_is_read(parts in prop::collection::vec((any::<[u8; 4]>(), prop::collection::vec(any::<u8>(), 0..20)), 0..8)) {
            let body: Vec<u8> = parts.iter().flat_map(|(id, data)| encode(*id, data)).collect();
            let read = chunks(&body, 0..body.len() as u64, &[], &Limits::default()).unwrap();
            prop_assert_eq!(read.len(), parts.len());
            for (chunk, (id, data)) in read.iter().zip(&parts) {
                prop_assert_eq!(&chunk.id, id);
                prop_assert_eq!(&body[chunk.data().start as usize..chunk.data().end as usize], &data[..]);
            }
        }
    }
}
