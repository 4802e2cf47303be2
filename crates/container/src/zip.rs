//! ZIP archives by their central directory (PKWARE APPNOTE 6.3.10): members stay raw, nothing is extracted by name.

use std::ops::Range;

use crate::inflate::{self, Spent};
use crate::{Cursor, Error, Limits, Patch, Result, Source, SourceExt};

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
        let end = source.array::<22>(NAME, at, "the end record")?;
        let mut c = Cursor::at(&end, 8);
        let damaged = || Error::invalid(NAME, at, "the end record is damaged");
        let (_, count) = c.u16_le().zip(c.u16_le()).ok_or_else(damaged)?;
        let (size, offset) = c.u32_le().zip(c.u32_le()).ok_or_else(damaged)?;
        let (mut count, mut size, mut offset) = (u64::from(count), u64::from(size), u64::from(offset));
        let mut behind = at;
        if let Some(wide) = wide_end(source, at)? {
            (count, size, offset, behind) = wide;
        }
        // Bytes in front of the archive shift everything behind them.
        let start = behind.checked_sub(size).ok_or_else(|| Error::past_end(NAME, at, "the central directory", size))?;
        let shift =
            start.checked_sub(offset).ok_or_else(|| Error::invalid(NAME, at, "the directory overlaps its end"))?;
        if count > limits.parts as u64 {
            return Err(Error::limit(NAME, "the number of members", limits.parts as u64, "--limit-parts"));
        }
        let bytes = source.bytes(NAME, start..behind, limits.part, "the central directory")?;
        let mut members = Vec::new();
        let mut from = 0;
        for _ in 0..count {
            let (member, next) = record(&bytes, from, start, shift)
                .ok_or_else(|| Error::invalid(NAME, start + from as u64, "a directory record is damaged"))?;
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
    let tail = source.bytes(NAME, from..source.len(), END.1 + 0xffff, "the end of the archive")?;
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
    last.ok_or_else(|| Error::truncated(NAME, source.len(), "the archive; its end record is missing"))
}

/// Count, size and offset of the directory from a ZIP64 end record, and where that record starts.
fn wide_end(source: &dyn Source, end: u64) -> Result<Option<(u64, u64, u64, u64)>> {
    let Some(at) = end.checked_sub(LOCATOR.1) else { return Ok(None) };
    let locator = source.array::<20>(NAME, at, "the ZIP64 locator")?;
    if !locator.starts_with(LOCATOR.0) {
        return Ok(None);
    }
    let damaged = || Error::invalid(NAME, at, "the ZIP64 end record is damaged");
    let place = u64_le(&locator, 8).ok_or_else(damaged)?;
    let record = source.array::<56>(NAME, place.min(source.len()), "the ZIP64 end record")?;
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
        let head = source.array::<30>(NAME, self.header, "a local header")?;
        let lengths = Cursor::at(&head, 26).u16_le().zip(Cursor::at(&head, 28).u16_le());
        let (name, extra) = lengths
            .filter(|_| head.starts_with(b"PK\x03\x04"))
            .ok_or_else(|| Error::invalid(NAME, self.header, "a local header is missing"))?;
        let start = self.header + HEADER + u64::from(name) + u64::from(extra);
        let end = start.checked_add(self.packed).filter(|e| *e <= archive.directory.start);
        end.map(|end| start..end).ok_or_else(|| Error::past_end(NAME, start, "a member", self.packed))
    }

    /// The contents, and whether their check sum is right.
    ///
    /// # Errors
    /// As [`Member::data`]; encryption, another method, damage, a limit.
    pub fn read(&self, source: &dyn Source, archive: &Archive, limits: &Limits) -> Result<(Vec<u8>, bool)> {
        if self.flags & 1 == 1 {
            return Err(Error::unsupported(NAME, "an encrypted member"));
        }
        let range = self.data(source, archive)?;
        let at = range.start;
        let raw = source.bytes(NAME, range, limits.inflated, "a member")?;
        let bytes = match self.method {
            0 => raw,
            8 => inflate::raw(NAME, at, &raw, limits, &archive.inflated)?,
            method => return Err(Error::unsupported(NAME, format!("compression method {method}"))),
        };
        let right = crc32fast::hash(&bytes) == self.crc;
        Ok((bytes, right))
    }

    /// Local header, data and data descriptor.
    fn extent(&self, source: &dyn Source, archive: &Archive) -> Result<Range<u64>> {
        let data = self.data(source, archive)?;
        let mut tail = [0; 24];
        let got = source.read_at(data.end, &mut tail).map_err(|e| Error::io(NAME, e))?;
        let tail = tail.get(..got).unwrap_or_default();
        let signed = tail.starts_with(b"PK\x07\x08");
        let body = if signed { tail.get(4..).unwrap_or_default() } else { tail };
        // Bit 3: sizes follow the data, in four bytes each, or eight (4.3.9).
        let mut length = 0;
        if self.flags & 8 != 0 && body.starts_with(&self.crc.to_le_bytes()) {
            let wide = u64_le(body, 4) == Some(self.packed) && u64_le(body, 12) == Some(self.size);
            length = if wide { 20 } else { 12 } + if signed { 4 } else { 0 };
        }
        Ok(self.header..(data.end + length).min(archive.directory.start))
    }
}

/// New contents for a member, or a new member.
#[derive(Debug, Clone)]
pub struct Change {
    /// The index of the member that is replaced; `None` adds one behind all others.
    pub member: Option<usize>,
    /// The name of a new member.
    pub name: String,
    /// The contents.
    pub contents: Vec<u8>,
}

/// The edits that make the changes: members are replaced where they are, the others stay, the directory is written anew.
///
/// # Errors
/// ZIP64, bytes in front of the archive, members that overlap, more than 4 GiB.
pub fn plan(source: &dyn Source, archive: &Archive, changes: &[Change]) -> Result<Patch> {
    if archive.special || archive.members.iter().any(|m| m.wide) {
        return Err(Error::unsupported(NAME, "writing into a ZIP64 archive, or one with bytes in front of it"));
    }
    let mut patch = Patch::new();
    let mut made = Vec::new();
    let mut gone: Vec<Range<u64>> = Vec::new();
    for change in changes {
        let old = change.member.and_then(|i| archive.members.get(i));
        let new = Packed::new(change, old)?;
        match old {
            Some(old) => {
                let extent = old.extent(source, archive)?;
                let inside = |m: &Member| m.header > extent.start && m.header < extent.end;
                let twice = archive.members.iter().filter(|m| m.header == extent.start).count() > 1;
                let clash = gone.iter().any(|g| g.start < extent.end && extent.start < g.end);
                if clash || twice || archive.members.iter().any(inside) {
                    return Err(Error::unsupported(NAME, "writing into an archive whose members overlap"));
                }
                gone.push(extent.clone());
                patch.replace(extent, new.local.clone());
            }
            None => {
                patch.insert(archive.directory.start, new.local.clone());
            }
        }
        made.push((change.member, new));
    }
    let directory = directory(source, archive, &patch, &made)?;
    patch.replace(archive.directory.start..archive.directory.end, directory.records);
    let end = archive.end.start;
    patch.replace(end + 8..end + 20, directory.end);
    Ok(patch)
}

struct Directory {
    records: Vec<u8>,
    end: Vec<u8>,
}

fn directory(
    source: &dyn Source,
    archive: &Archive,
    patch: &Patch,
    made: &[(Option<usize>, Packed)],
) -> Result<Directory> {
    let full = || Error::unsupported(NAME, "an archive of more than 4 GiB or 65535 members");
    let small = |n: u64| u32::try_from(n).ok().filter(|n| *n != u32::MAX).ok_or_else(full);
    let (mut records, mut count) = (Vec::new(), 0u64);
    for (index, member) in archive.members.iter().enumerate() {
        let mut record = source.bytes(NAME, member.record.clone(), u64::MAX, "a directory record")?;
        // An edit that starts where this member does, replaces it or stands before it: neither moves it.
        let moved = patch.edits().iter().filter(|e| e.range.start < member.header).fold(0i64, |sum, e| {
            let removed = i64::try_from(e.range.end - e.range.start).unwrap_or(i64::MAX);
            sum + i64::try_from(e.bytes.len()).unwrap_or(i64::MAX) - removed
        });
        let header = member.header.checked_add_signed(moved).ok_or_else(full)?;
        if let Some((_, new)) = made.iter().find(|(m, _)| *m == Some(index)) {
            overwrite(&mut record, 8, &new.fields);
        }
        overwrite(&mut record, 42, &small(header)?.to_le_bytes());
        records.extend(record);
        count += 1;
    }
    let mut at = archive.directory.start.checked_add_signed(patch.growth()).ok_or_else(full)?;
    let added: u64 = made.iter().filter(|(m, _)| m.is_none()).map(|(_, n)| n.local.len() as u64).sum();
    let start = at;
    at -= added;
    for (_, new) in made.iter().filter(|(m, _)| m.is_none()) {
        records.extend(new.record(small(at)?));
        at += new.local.len() as u64;
        count += 1;
    }
    let count = u16::try_from(count).ok().filter(|c| *c != u16::MAX).ok_or_else(full)?;
    let mut end = [count.to_le_bytes(), count.to_le_bytes()].concat();
    end.extend(small(records.len() as u64)?.to_le_bytes());
    end.extend(small(start)?.to_le_bytes());
    Ok(Directory { records, end })
}

fn overwrite(bytes: &mut [u8], at: usize, new: &[u8]) {
    if let Some(target) = bytes.get_mut(at..at + new.len()) {
        target.copy_from_slice(new);
    }
}

/// A member as it will be written.
struct Packed {
    name: Vec<u8>,
    /// Flags to uncompressed size, as both kinds of header hold them.
    fields: Vec<u8>,
    local: Vec<u8>,
}

/// 1 January 1980, the first day that DOS knows: the same input gives the same output.
const STAMP: [u8; 4] = [0, 0, 0x21, 0];
/// Names are UTF-8.
const UTF8: u16 = 1 << 11;

impl Packed {
    fn new(change: &Change, old: Option<&Member>) -> Result<Self> {
        let full = |_| Error::unsupported(NAME, "a member of more than 4 GiB");
        let name = old.map_or_else(|| change.name.clone().into_bytes(), |m| m.name.clone());
        let stored = old.is_some_and(|m| m.method == 0);
        let data = if stored { change.contents.clone() } else { inflate::pack(&change.contents) };
        let method: u16 = if stored { 0 } else { 8 };
        let mut fields = (old.map_or(0, |m| m.flags) & UTF8).to_le_bytes().to_vec();
        fields.extend(method.to_le_bytes());
        fields.extend(old.map_or(STAMP, |m| m.stamp));
        fields.extend(crc32fast::hash(&change.contents).to_le_bytes());
        fields.extend(u32::try_from(data.len()).map_err(full)?.to_le_bytes());
        fields.extend(u32::try_from(change.contents.len()).map_err(full)?.to_le_bytes());
        let length = u16::try_from(name.len()).map_err(full)?;
        let mut local = b"PK\x03\x04\x14\0".to_vec();
        local.extend(&fields);
        local.extend(length.to_le_bytes());
        local.extend([0, 0]);
        local.extend(&name);
        local.extend(data);
        Ok(Self { name, fields, local })
    }

    fn record(&self, header: u32) -> Vec<u8> {
        let mut out = b"PK\x01\x02\x14\0\x14\0".to_vec();
        out.extend(&self.fields);
        out.extend(u16::try_from(self.name.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend([0; 12]);
        out.extend(header.to_le_bytes());
        out.extend(&self.name);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Patched, to_vec};
    use proptest::prelude::*;

    /// An archive of new members only.
    fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let empty = [END.0, &[0; 18]].concat();
        let changes: Vec<_> = members
            .iter()
            .map(|(name, contents)| Change { member: None, name: (*name).to_owned(), contents: contents.clone() })
            .collect();
        apply(&empty, &changes)
    }

    fn apply(bytes: &dyn Source, changes: &[Change]) -> Vec<u8> {
        let read = Archive::read(bytes, &Limits::default()).unwrap();
        let patch = plan(bytes, &read, changes).unwrap();
        to_vec(&Patched::new(bytes, &patch), u64::MAX).unwrap()
    }

    fn contents(bytes: &dyn Source) -> Vec<(Vec<u8>, Vec<u8>)> {
        let limits = Limits::default();
        let read = Archive::read(bytes, &limits).unwrap();
        let one = |m: &Member| (m.name.clone(), m.read(bytes, &read, &limits).unwrap());
        read.members
            .iter()
            .map(one)
            .map(|(name, (data, right))| {
                assert!(right);
                (name, data)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn what_is_changed_is_read(a in prop::collection::vec(any::<u8>(), 0..300), b in prop::collection::vec(any::<u8>(), 0..300),
                                   c in prop::collection::vec(any::<u8>(), 0..300)) {
            let bytes = archive(&[("a", a.clone()), ("b", a.clone()), ("c", c.clone())]);
            let changes = [
                Change { member: Some(1), name: String::new(), contents: b.clone() },
                Change { member: None, name: "d".into(), contents: a.clone() },
            ];
            let changed = apply(&bytes, &changes);
            let expected = [("a", &a), ("b", &b), ("c", &c), ("d", &a)];
            let got = contents(&changed);
            prop_assert_eq!(got.len(), 4);
            for ((name, data), (want, body)) in got.iter().zip(expected) {
                prop_assert!(name == want.as_bytes() && data == body);
            }
        }

        #[test]
        fn damage_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut bytes = archive(&[("a", vec![1; 50]), ("b", vec![2; 50])]);
            let len = bytes.len();
            bytes[at.index(len)] = byte;
            if byte % 3 == 0 { bytes.truncate(cut.index(len)); }
            let limits = Limits::default();
            if let Ok(read) = Archive::read(&bytes, &limits) {
                for member in &read.members { let _ = member.read(&bytes, &read, &limits); }
                let _ = plan(&bytes, &read, &[Change { member: Some(0), name: String::new(), contents: vec![3; 9] }]);
            }
        }
    }
}
