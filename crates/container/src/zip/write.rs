//! Changing members: new ones and those that are replaced are written, the others stay raw, the directory is written anew.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Archive, Member, NAME, u64_le};
use crate::{Error, Patch, Result, Source, SourceExt, inflate, phrase};

impl Member {
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
        return Err(Error::unsupported(
            NAME,
            phrase!(
                "writing into a ZIP64 archive, or one with bytes in front of it",
                "写入 ZIP64 压缩包或前面另有数据的压缩包"
            ),
        ));
    }
    let mut patch = Patch::new();
    let mut made = Made::default();
    let mut headers: Vec<u64> = archive.members.iter().map(|m| m.header).collect();
    headers.sort_unstable();
    let headers_in = |range: &Range<u64>| {
        headers.partition_point(|h| *h < range.end) - headers.partition_point(|h| *h < range.start)
    };
    for change in changes {
        let old = change.member.and_then(|i| archive.members.get(i));
        let new = Packed::new(change, old)?;
        match old {
            Some(old) => {
                let extent = old.extent(source, archive)?;
                // Its own header is the only one there, and it changes once.
                let twice = change.member.is_some_and(|index| made.replaced.contains_key(&index));
                if headers_in(&extent) != 1 || twice {
                    return Err(Error::unsupported(
                        NAME,
                        phrase!("writing into an archive whose members overlap", "写入成员相互重叠的压缩包"),
                    ));
                }
                patch.replace(extent, new.local.clone());
            }
            None => {
                patch.insert(archive.directory.start, new.local.clone());
            }
        }
        match change.member.filter(|_| old.is_some()) {
            Some(index) => drop(made.replaced.insert(index, new)),
            None => made.added.push(new),
        }
    }
    let directory = directory(source, archive, &patch, &made)?;
    patch.replace(archive.directory.start..archive.directory.end, directory.records);
    let end = archive.end.start;
    patch.replace(end + 8..end + 20, directory.end);
    Ok(patch)
}

/// What is written anew.
#[derive(Default)]
struct Made {
    /// By the index of the member.
    replaced: BTreeMap<usize, Packed>,
    added: Vec<Packed>,
}

struct Directory {
    records: Vec<u8>,
    end: Vec<u8>,
}

fn directory(source: &dyn Source, archive: &Archive, patch: &Patch, made: &Made) -> Result<Directory> {
    let full = || {
        Error::unsupported(
            NAME,
            phrase!("an archive of more than 4 GiB or 65535 members", "超过 4 GiB 或 65535 个成员的压缩包"),
        )
    };
    let small = |n: u64| u32::try_from(n).ok().filter(|n| *n != u32::MAX).ok_or_else(full);
    let (mut records, mut count, shifts) = (Vec::new(), 0u64, patch.shifts());
    for (index, member) in archive.members.iter().enumerate() {
        let mut record =
            source.bytes(NAME, member.record.clone(), u64::MAX, phrase!("a directory record", "目录记录"))?;
        // What ends at or before a header moves it; what replaces its member does not.
        let header = member.header.checked_add_signed(shifts.at(member.header)).ok_or_else(full)?;
        if let Some(new) = made.replaced.get(&index) {
            overwrite(&mut record, 8, &new.fields);
        }
        overwrite(&mut record, 42, &small(header)?.to_le_bytes());
        records.extend(record);
        count += 1;
    }
    let mut at = archive.directory.start.checked_add_signed(patch.growth()).ok_or_else(full)?;
    let added: u64 = made.added.iter().map(|new| new.local.len() as u64).sum();
    let start = at;
    at -= added;
    for new in &made.added {
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
        let full = |_| Error::unsupported(NAME, phrase!("a member of more than 4 GiB", "超过 4 GiB 的成员"));
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
    use super::super::END;
    use super::*;
    use crate::{Limits, Patched, to_vec};
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
