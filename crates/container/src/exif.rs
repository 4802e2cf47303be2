//! TIFF directories as EXIF uses them (TIFF 6.0, CIPA DC-008), read in place.

use std::ops::Range;

/// Image description, IFD0.
pub const IMAGE_DESCRIPTION: u16 = 0x010e;
/// Who made the device, IFD0.
pub const MAKE: u16 = 0x010f;
/// The device, IFD0.
pub const MODEL: u16 = 0x0110;
/// Orientation 1-8, IFD0.
pub const ORIENTATION: u16 = 0x0112;
/// Software, IFD0.
pub const SOFTWARE: u16 = 0x0131;
/// Pointer to the Exif IFD, IFD0.
pub const EXIF_IFD: u16 = 0x8769;
/// User comment, Exif IFD.
pub const USER_COMMENT: u16 = 0x9286;

/// Most entries that are read of one directory.
const MAX_ENTRIES: usize = 1024;

/// The entries of a block, and what of them is not there.
#[derive(Debug, Default)]
pub struct Entries {
    /// Those of IFD0 and of the Exif IFD, each with whether it is from the latter.
    pub all: Vec<(bool, Entry)>,
    /// Tags whose value runs past the end of the block.
    pub lost: Vec<u16>,
    /// Whether a directory runs past the end of the block, or does not stand in it at all.
    pub cut: bool,
}

/// A TIFF block in memory and its byte order.
#[derive(Debug, Clone, Copy)]
pub struct Tiff<'a> {
    data: &'a [u8],
    big_endian: bool,
}

/// One directory entry whose value lies inside the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Tag number.
    pub tag: u16,
    /// Field type, 1-13.
    pub kind: u16,
    /// Bytes of the value, as offsets in the block.
    pub value: Range<usize>,
}

impl<'a> Tiff<'a> {
    /// Reads the byte order and the magic number 42; `None` when they are missing.
    pub fn new(data: &'a [u8]) -> Option<Self> {
        let big_endian = match data.get(..4)? {
            b"MM\0\x2a" => true,
            b"II\x2a\0" => false,
            _ => return None,
        };
        Some(Self { data, big_endian })
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let bytes: [u8; 2] = self.data.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    /// Four bytes as a number in this block's order.
    pub fn u32(&self, bytes: Option<&[u8]>) -> Option<u32> {
        let bytes: [u8; 4] = bytes?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// A number as four bytes in this block's order.
    pub fn u32_bytes(&self, value: u32) -> [u8; 4] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    /// Whether 16-bit text in this block is big-endian.
    pub fn big_endian(&self) -> bool {
        self.big_endian
    }

    /// Offset of IFD0.
    pub fn first_ifd(&self) -> Option<usize> {
        usize::try_from(self.u32(self.data.get(4..8))?).ok()
    }

    /// The entries of the directory at `at`, at most `limit`; damaged ones are left out.
    pub fn ifd(&self, at: usize, limit: usize) -> Vec<Entry> {
        self.slots(at, limit)
            .filter_map(|at| self.entry(at))
            .filter(|e| self.data.get(e.value.clone()).is_some())
            .collect()
    }

    /// Where the entries of the directory at `at` stand.
    fn slots(&self, at: usize, limit: usize) -> impl Iterator<Item = usize> {
        let count = usize::from(self.u16(at).unwrap_or(0)).min(limit);
        (0..count).map_while(move |i| at.checked_add(2)?.checked_add(i * 12))
    }

    /// The entry at `at`, wherever it says that its value is.
    fn entry(&self, at: usize) -> Option<Entry> {
        let kind = self.u16(at + 2)?;
        let count = usize::try_from(self.u32(self.data.get(at + 4..at + 8))?).ok()?;
        let unit = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let size = count.checked_mul(unit)?;
        let start = if size <= 4 { at + 8 } else { usize::try_from(self.u32(self.data.get(at + 8..at + 12))?).ok()? };
        Some(Entry { tag: self.u16(at)?, kind, value: start..start.checked_add(size)? })
    }

    /// The entries of IFD0 and of the Exif IFD.
    pub fn entries(&self) -> Entries {
        let mut out = Entries::default();
        let Some(first) = self.first_ifd() else { return Entries { cut: true, ..out } };
        self.collect(first, false, &mut out);
        let pointer = out.all.iter().find(|(_, e)| e.tag == EXIF_IFD).map(|(_, e)| e.value.clone());
        let sub = pointer.and_then(|value| self.u32(self.data.get(value)));
        if let Some(at) = sub.and_then(|at| usize::try_from(at).ok()).filter(|at| *at != first) {
            self.collect(at, true, &mut out);
        }
        out
    }

    fn collect(&self, at: usize, in_exif_ifd: bool, out: &mut Entries) {
        let count = self.u16(at).map(usize::from);
        // The offset of the next directory is often left out.
        let end = count.and_then(|n| at.checked_add(2 + 12 * n));
        out.cut |= end.is_none_or(|end| end > self.data.len());
        for entry in self.slots(at, MAX_ENTRIES).filter_map(|at| self.entry(at)) {
            match self.data.get(entry.value.clone()) {
                Some(_) => out.all.push((in_exif_ifd, entry)),
                None => out.lost.push(entry.tag),
            }
        }
    }

    /// The orientation tag of IFD0, 1 where it is absent or wrong.
    pub fn orientation(&self) -> u8 {
        let Some(first) = self.first_ifd() else { return 1 };
        let entry = self.ifd(first, MAX_ENTRIES).into_iter().find(|e| e.tag == ORIENTATION && e.kind == 3);
        let value = entry.and_then(|e| self.u16(e.value.start)).unwrap_or(1);
        u8::try_from(value).ok().filter(|v| (1..=8).contains(v)).unwrap_or(1)
    }
}
