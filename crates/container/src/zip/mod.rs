//! ZIP archives by their central directory (PKWARE APPNOTE 6.3.10): members stay raw, nothing is extracted by name.

mod salvage;
mod write;

use std::ops::Range;

use crate::inflate::{self, Spent};
use crate::{Cursor, Error, Limits, Result, Source, SourceExt, phrase, said};

pub use write::{Change, plan};

const NAME: &str = "ZIP";
/// Signature and size of the end record, without its comment.
const END: (&[u8], u64) = (b"PK\x05\x06", 22);
/// Signature and size of the ZIP64 locator in front of it.
const LOCATOR: (&[u8], u64) = (b"PK\x06\x07", 20);
const HEADER: u64 = 30;

/// One member, as the central directory describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name as bytes; it is compared, never used as a path.
    pub name: Vec<u8>,
    /// General purpose flags.
    pub flags: u16,
    /// 0 stored, 8 deflated.
    pub method: u16,
    /// CRC-32 of the contents.
    pub crc: u32,
    /// Bytes of the data.
    pub packed: u64,
    /// Bytes of the contents.
    pub size: u64,
    /// Offset of the local header.
    pub header: u64,
    /// The record in the central directory.
    pub record: Range<u64>,
    /// Time and date as DOS has them.
    pub stamp: [u8; 4],
    /// Whether some number stands in a ZIP64 field.
    pub wide: bool,
}

impl Member {
    /// Whether two part names are equal (OPC: without regard to ASCII case).
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The directory of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The members in the order of the directory.
    pub members: Vec<Member>,
    /// The central directory in the file.
    pub directory: Range<u64>,
    /// The end record, comment included.
    pub end: Range<u64>,
    /// Whether a ZIP64 end record stands before it, or bytes that belong to no archive in front of all.
    pub special: bool,
    /// What its members inflated to.
    inflated: Spent,
}

impl Archive {
    /// Reads the directory.
    ///
    /// # Errors
    /// I/O, no end record, a directory that is damaged or too large, members of a multi-part archive.
    pub fn read(source: &dyn Source, limits: &Limits) -> Result<Self> {
        let at = end_record(source)?;
        let end = source.array::<22>(NAME, at, phrase!("the end record", "结束记录"))?;
        let mut c = Cursor::at(&end, 8);
        let damaged = || Error::invalid(NAME, at, phrase!("the end record is damaged", "结束记录有误"));
        let (_, count) = c.u16_le().zip(c.u16_le()).ok_or_else(damaged)?;
        let (size, offset) = c.u32_le().zip(c.u32_le()).ok_or_else(damaged)?;
        let (mut count, mut size, mut offset) = (u64::from(count), u64::from(size), u64::from(offset));
        let mut behind = at;
        if let Some(wide) = wide_end(source, at)? {
            (count, size, offset, behind) = wide;
        }
        // Bytes in front of the archive shift everything behind them.
        let start = behind
            .checked_sub(size)
            .ok_or_else(|| Error::past_end(NAME, at, phrase!("the central directory", "中央目录"), size))?;
        let shift = start.checked_sub(offset).ok_or_else(|| {
            Error::invalid(NAME, at, phrase!("the directory overlaps its end", "中央目录与结束记录重叠"))
        })?;
        if count > limits.parts as u64 {
            return Err(Error::limit(
                NAME,
                phrase!("the number of members", "成员数"),
                limits.parts as u64,
                "--limit-parts",
            ));
        }
        let bytes = source.bytes(NAME, start..behind, limits.part, phrase!("the central directory", "中央目录"))?;
        let mut members = Vec::new();
        let mut from = 0;
        for _ in 0..count {
            let (member, next) = record(&bytes, from, start, shift).ok_or_else(|| {
                Error::invalid(NAME, start + from as u64, phrase!("a directory record is damaged", "目录记录有误"))
            })?;
            members.push(member);
            from = next;
        }
        let special = behind != at || shift != 0;
        Ok(Self { members, directory: start..behind, end: at..source.len(), special, inflated: Spent::default() })
    }

    /// The members of a name; more than one is wrong, but happens.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |m| m.is(name))
    }
}

/// Where the end record starts: the last one whose comment reaches the end of the file, else the last one at all.
fn end_record(source: &dyn Source) -> Result<u64> {
    let from = source.len().saturating_sub(END.1 + 0xffff);
    let tail =
        source.bytes(NAME, from..source.len(), END.1 + 0xffff, phrase!("the end of the archive", "压缩包尾部"))?;
    let mut last = None;
    for hit in memchr::memmem::rfind_iter(&tail, END.0) {
        let comment = Cursor::at(&tail, hit + 20).u16_le();
        let Some(comment) = comment else { continue };
        if hit + 22 + usize::from(comment) == tail.len() {
            return Ok(from + hit as u64);
        }
        last = last.or(Some(hit));
    }
    let last = last.map(|hit| from + hit as u64);
    last.ok_or_else(|| {
        Error::truncated(NAME, source.len(), phrase!("the archive; its end record is missing", "出现结束记录之前"))
    })
}

/// Count, size and offset of the directory from a ZIP64 end record, and where that record starts.
fn wide_end(source: &dyn Source, end: u64) -> Result<Option<(u64, u64, u64, u64)>> {
    let Some(at) = end.checked_sub(LOCATOR.1) else { return Ok(None) };
    let locator = source.array::<20>(NAME, at, phrase!("the ZIP64 locator", "ZIP64 定位记录"))?;
    if !locator.starts_with(LOCATOR.0) {
        return Ok(None);
    }
    let damaged = || Error::invalid(NAME, at, phrase!("the ZIP64 end record is damaged", "ZIP64 结束记录有误"));
    let place = u64_le(&locator, 8).ok_or_else(damaged)?;
    let record =
        source.array::<56>(NAME, place.min(source.len()), phrase!("the ZIP64 end record", "ZIP64 结束记录"))?;
    if !record.starts_with(b"PK\x06\x06") || place >= at {
        return Err(damaged());
    }
    let values = u64_le(&record, 32).zip(u64_le(&record, 40)).zip(u64_le(&record, 48));
    values.map(|((count, size), offset)| Some((count, size, offset, place))).ok_or_else(damaged)
}

fn u64_le(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*Cursor::at(bytes, at).array::<8>()?))
}

/// One directory record at `from`, and where the next one starts.
fn record(bytes: &[u8], from: usize, start: u64, shift: u64) -> Option<(Member, usize)> {
    let mut c = Cursor::at(bytes, from);
    if c.take(4)? != b"PK\x01\x02" {
        return None;
    }
    c.take(4)?;
    let (flags, method) = (c.u16_le()?, c.u16_le()?);
    let stamp = *c.array::<4>()?;
    let (crc, packed, size) = (c.u32_le()?, c.u32_le()?, c.u32_le()?);
    let (name, extra, comment) = (c.u16_le()?, c.u16_le()?, c.u16_le()?);
    c.take(8)?;
    let header = c.u32_le()?;
    let name = c.take(usize::from(name))?.to_vec();
    let extra = c.take(usize::from(extra))?;
    c.take(usize::from(comment))?;
    // ZIP64 holds, in this order, those of the numbers that are all ones here (4.5.3).
    let mut values = wide_extra(extra).into_iter().flat_map(|e| e.chunks_exact(8)).map(|b| u64_le(b, 0));
    let wide = [size, packed, header].contains(&u32::MAX);
    let mut value = |n: u32| if n == u32::MAX { values.next().flatten() } else { Some(u64::from(n)) };
    let (size, packed) = (value(size)?, value(packed)?);
    let header = value(header)?.checked_add(shift)?;
    let record = start + from as u64..start + c.position() as u64;
    Some((Member { name, flags, method, crc, packed, size, header, record, stamp, wide }, c.position()))
}

fn wide_extra(extra: &[u8]) -> Option<&[u8]> {
    let mut c = Cursor::new(extra);
    loop {
        let (id, size) = (c.u16_le()?, c.u16_le()?);
        let data = c.take(usize::from(size))?;
        if id == 1 {
            return Some(data);
        }
    }
}

impl Member {
    /// Where the data is, behind the local header.
    ///
    /// # Errors
    /// I/O, no local header there, data beyond the directory.
    pub fn data(&self, source: &dyn Source, archive: &Archive) -> Result<Range<u64>> {
        let head = source.array::<30>(NAME, self.header, phrase!("a local header", "本地文件头"))?;
        let lengths = Cursor::at(&head, 26).u16_le().zip(Cursor::at(&head, 28).u16_le());
        let (name, extra) = lengths
            .filter(|_| head.starts_with(b"PK\x03\x04"))
            .ok_or_else(|| Error::invalid(NAME, self.header, phrase!("a local header is missing", "缺少本地文件头")))?;
        let start = self.header + HEADER + u64::from(name) + u64::from(extra);
        let end = start.checked_add(self.packed).filter(|e| *e <= archive.directory.start);
        end.map(|end| start..end).ok_or_else(|| Error::past_end(NAME, start, phrase!("a member", "成员"), self.packed))
    }

    /// The contents, and whether their check sum is right.
    ///
    /// # Errors
    /// As [`Member::data`]; encryption, another method, damage, a limit.
    pub fn read(&self, source: &dyn Source, archive: &Archive, limits: &Limits) -> Result<(Vec<u8>, bool)> {
        if self.flags & 1 == 1 {
            return Err(Error::unsupported(NAME, phrase!("an encrypted member", "加密的成员")));
        }
        let range = self.data(source, archive)?;
        let at = range.start;
        let raw = source.bytes(NAME, range, limits.inflated, phrase!("a member", "成员"))?;
        let bytes = match self.method {
            0 => raw,
            8 => inflate::raw(NAME, at, &raw, limits, &archive.inflated)?,
            method => return Err(Error::unsupported(NAME, said!("compression method {}", "压缩方法 {}", method))),
        };
        let right = crc32fast::hash(&bytes) == self.crc;
        Ok((bytes, right))
    }
}
