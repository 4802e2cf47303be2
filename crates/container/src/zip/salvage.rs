//! An archive that has lost its directory: its members are found by their local headers, one behind the other.

use memchr::memmem;

use super::{Archive, HEADER, Member, NAME};
use crate::inflate::Spent;
use crate::{Cursor, Error, Limits, Result, Source, SourceExt, phrase};

const LOCAL: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";

impl Archive {
    /// The members that stand in front of the damage; good for reading only. Their check sums may be unknown.
    ///
    /// # Errors
    /// I/O, not one member.
    pub fn salvage(source: &dyn Source, limits: &Limits) -> Result<Self> {
        let (mut members, mut at, mut left) = (Vec::new(), 0, limits.part);
        while members.len() < limits.parts && at < source.len() {
            match local(source, at, &mut left)? {
                Some(member) => {
                    at = member.record.end;
                    members.push(member);
                }
                // A data descriptor, or damage.
                None => at = next(source, at + 1, &mut left)?,
            }
        }
        if members.is_empty() {
            return Err(Error::invalid(NAME, 0, phrase!("no member was found", "找不到成员")));
        }
        let end = source.len()..source.len();
        Ok(Self { members, directory: end.clone(), end, special: true, inflated: Spent::default() })
    }
}

/// The member whose local header is at `at`, as far as it tells (4.3.7).
fn local(source: &dyn Source, at: u64, left: &mut u64) -> Result<Option<Member>> {
    let mut head = [0; 30];
    let got = source.read_at(at, &mut head).map_err(|e| Error::io(NAME, e))?;
    let mut c = Cursor::at(&head, 6);
    let fields = (|| Some((c.u16_le()?, c.u16_le()?, *c.array::<4>()?, c.u32_le()?, c.u32_le()?, c.u32_le()?)))();
    let (Some((flags, method, stamp, crc, packed, size)), Some((name, extra))) =
        (fields.filter(|_| got == 30 && head.starts_with(LOCAL)), c.u16_le().zip(c.u16_le()))
    else {
        return Ok(None);
    };
    let data = at + HEADER + u64::from(name) + u64::from(extra);
    if data > source.len() {
        return Ok(None);
    }
    let name = source.bytes(NAME, at + HEADER..at + HEADER + u64::from(name), 1 << 16, phrase!("a name", "文件名"))?;
    // Bit 3: the sizes follow the data, which end before the next signature.
    let open = flags & 8 != 0 && packed == 0;
    let end = if open { next(source, data, left)? } else { data.saturating_add(u64::from(packed)).min(source.len()) };
    let crc = if open { descriptor(source, end)?.unwrap_or(crc) } else { crc };
    let member = Member {
        name,
        flags,
        method,
        crc,
        packed: end - data,
        size: u64::from(size),
        header: at,
        record: at..end,
        stamp,
        wide: false,
    };
    Ok(Some(member))
}

/// The check sum in a data descriptor (4.3.9), where there is one.
fn descriptor(source: &dyn Source, at: u64) -> Result<Option<u32>> {
    let mut bytes = [0; 8];
    let got = source.read_at(at, &mut bytes).map_err(|e| Error::io(NAME, e))?;
    Ok(Cursor::at(&bytes, 4).u32_le().filter(|_| got == 8 && bytes.starts_with(DESCRIPTOR)))
}

/// The next signature of a local header or a data descriptor; `left` bytes may be searched.
fn next(source: &dyn Source, from: u64, left: &mut u64) -> Result<u64> {
    const STEP: u64 = 4096;
    let mut at = from;
    while at < source.len() && *left > 0 {
        let end = at.saturating_add(STEP).min(source.len());
        let bytes = source.bytes(NAME, at..end, STEP, phrase!("a member", "成员"))?;
        let hit = memmem::find_iter(&bytes, b"PK").find(|hit| {
            let kind = bytes.get(*hit..hit + 4).unwrap_or_default();
            kind == LOCAL || kind == DESCRIPTOR
        });
        *left = left.saturating_sub(hit.map_or(end - at, |hit| hit as u64 + 1));
        if let Some(hit) = hit {
            return Ok(at + hit as u64);
        }
        // A signature may lie across two steps.
        at = if end == source.len() { end } else { end - 3 };
    }
    Ok(source.len())
}

#[cfg(test)]
mod tests {
    use super::super::{Change, plan};
    use super::*;
    use crate::{Patched, to_vec};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn members_before_the_damage_are_found(a in prop::collection::vec(any::<u8>(), 0..300), cut in 1u64..60) {
            let empty = [&b"PK\x05\x06"[..], &[0; 18]].concat();
            let changes = ["a", "b"].map(|name| Change { member: None, name: name.into(), contents: a.clone() });
            let limits = Limits::default();
            let patch = plan(&empty, &Archive::read(&empty, &limits).unwrap(), &changes).unwrap();
            let mut bytes = to_vec(&Patched::new(&empty, &patch), u64::MAX).unwrap();
            bytes.truncate(bytes.len() - cut as usize);
            let archive = Archive::salvage(&bytes, &limits).unwrap();
            prop_assert_eq!(archive.members.len(), 2);
            prop_assert_eq!(archive.members[0].read(&bytes, &archive, &limits).unwrap(), (a, true));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let bytes = [LOCAL.to_vec(), bytes].concat();
            let _ = Archive::salvage(&bytes, &Limits::default());
        }
    }
}
