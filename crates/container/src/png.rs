//! PNG chunks (ISO/IEC 15948, W3C PNG 3rd edition).

use std::ops::Range;

use crate::{Cursor, Error, Limits, Patch, Result, Source, SourceExt, phrase, said};

const NAME: &str = "PNG";

/// The eight bytes that start every PNG.
pub const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// One chunk: length, type, data, CRC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Chunk type, four ASCII letters in a sound file.
    pub kind: [u8; 4],
    /// Offset of the length field.
    pub start: u64,
    /// Bytes of data.
    pub length: u32,
}

impl Chunk {
    /// The data.
    pub fn data(&self) -> Range<u64> {
        self.start + 8..self.start + 8 + u64::from(self.length)
    }

    /// The whole chunk with length, type and CRC.
    pub fn range(&self) -> Range<u64> {
        self.start..self.start + 12 + u64::from(self.length)
    }

    /// Reads the data and says whether the CRC is right.
    ///
    /// # Errors
    /// I/O, or more than [`Limits::part`] bytes.
    pub fn read(&self, source: &dyn Source, limits: &Limits) -> Result<(Vec<u8>, bool)> {
        let mut bytes = source.bytes(
            NAME,
            self.data().start - 4..self.range().end,
            limits.part,
            phrase!("a metadata chunk", "元数据块"),
        )?;
        let crc = bytes.split_off(bytes.len().saturating_sub(4));
        let right = Cursor::new(&crc).u32_be() == Some(crc32fast::hash(&bytes));
        bytes.drain(..4.min(bytes.len()));
        Ok((bytes, right))
    }
}

/// The chunks from IHDR to IEND.
pub struct Chunks<'a> {
    source: &'a dyn Source,
    at: u64,
    left: usize,
    limits: Limits,
}

/// Starts behind the signature.
///
/// # Errors
/// When the signature is missing.
pub fn chunks<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Chunks<'a>> {
    if source.array::<8>(NAME, 0, phrase!("the signature", "文件签名"))? != SIGNATURE {
        return Err(Error::invalid(NAME, 0, phrase!("the signature is missing", "缺少文件签名")));
    }
    Ok(Chunks { source, at: 8, left: limits.parts, limits: *limits })
}

impl Chunks<'_> {
    fn step(&mut self) -> Result<Chunk> {
        if self.left == 0 {
            return Err(Error::limit(
                NAME,
                phrase!("the number of chunks", "块数"),
                self.limits.parts as u64,
                "--limit-parts",
            ));
        }
        self.left -= 1;
        let start = self.at;
        let [a, b, c, d, kind @ ..] =
            self.source.array::<8>(NAME, start, phrase!("a chunk header; IEND is missing", "出现 IEND 块之前"))?;
        let chunk = Chunk { kind, start, length: u32::from_be_bytes([a, b, c, d]) };
        let name = String::from_utf8_lossy(&kind).escape_default().to_string();
        if !kind.iter().all(u8::is_ascii_alphabetic) {
            return Err(Error::invalid(
                NAME,
                start,
                said!("{} is no chunk type", "{} 不是块类型", format!("{name:?}")),
            ));
        }
        if chunk.range().end > self.source.len() {
            return Err(Error::past_end(NAME, start, said!("chunk {}", "{} 块", name), chunk.length.into()));
        }
        self.at = chunk.range().end;
        Ok(chunk)
    }
}

impl Iterator for Chunks<'_> {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at == u64::MAX {
            return None;
        }
        let chunk = self.step();
        if !matches!(&chunk, Ok(c) if c.kind != *b"IEND") {
            self.at = u64::MAX;
        }
        Some(chunk)
    }
}

/// Apple's index of a picture: where its lower half begins, in rows, and in bytes from this chunk to an IDAT chunk. Screenshots of
/// macOS and iOS have it, and are decoded there in halves by it.
pub const HALVES: [u8; 4] = *b"iDOT";

/// Takes out the index of halves where `patch` changes what lies between it and the end of the pixels: the bytes that it counts.
///
/// # Errors
/// What the walk says.
pub fn drop_halves(source: &dyn Source, limits: &Limits, patch: &mut Patch) -> Result<()> {
    let (mut halves, mut pixels) = (Vec::new(), 0);
    for chunk in chunks(source, limits)? {
        let chunk = chunk?;
        match &chunk.kind {
            &HALVES => halves.push(chunk.range()),
            b"IDAT" => pixels = chunk.range().end,
            _ => {}
        }
    }
    for range in halves {
        if patch.touches(range.end..pixels) {
            patch.remove(range);
        }
    }
    Ok(())
}

/// A whole chunk around `data`, with its CRC.
pub fn encode(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(data.len() + 12);
    out.extend(length.to_be_bytes());
    out.extend(kind);
    out.extend(data);
    let mut crc = crc32fast::Hasher::new();
    crc.update(&kind);
    crc.update(data);
    out.extend(crc.finalize().to_be_bytes());
    out
}
