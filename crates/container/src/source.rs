use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::{Error, Result, Said};

/// Positional reads over bytes that do not change: a slice, a file, a [`crate::Patched`] view of either.
///
/// A carrier reads only the parts that can hold a label, so that checking a 4 GB video costs kilobytes.
pub trait Source {
    /// Number of bytes.
    fn len(&self) -> u64;

    /// Whether there are no bytes at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` from `offset` and returns how many bytes were read; fewer than asked only at the end.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Appends to `out` where the bytes of `range` (within `0..len()`) really are, in order.
    /// The engine copies file extents inside the kernel.
    fn extents<'a>(&'a self, range: Range<u64>, out: &mut Vec<Extent<'a>>);
}

/// A run of bytes of a [`Source`], where they really are.
#[derive(Debug, Clone)]
pub enum Extent<'a> {
    /// In memory.
    Bytes(&'a [u8]),
    /// In an open file.
    File {
        /// The file.
        file: &'a File,
        /// Its bytes.
        range: Range<u64>,
    },
}

impl Extent<'_> {
    /// Number of bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { range, .. } => range.end.saturating_sub(range.start),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Clamps a range of file offsets to a slice of `len` bytes.
fn clamp(range: &Range<u64>, len: usize) -> Range<usize> {
    let end = usize::try_from(range.end).unwrap_or(len).min(len);
    let start = usize::try_from(range.start).unwrap_or(end).min(end);
    start..end
}

impl Source for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let range = clamp(&(offset..offset.saturating_add(buf.len() as u64)), <[u8]>::len(self));
        let part = self.get(range).unwrap_or_default();
        if let Some(target) = buf.get_mut(..part.len()) {
            target.copy_from_slice(part);
        }
        Ok(part.len())
    }

    fn extents<'a>(&'a self, range: Range<u64>, out: &mut Vec<Extent<'a>>) {
        out.push(Extent::Bytes(self.get(clamp(&range, <[u8]>::len(self))).unwrap_or_default()));
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        Source::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buf)
    }

    fn extents<'a>(&'a self, range: Range<u64>, out: &mut Vec<Extent<'a>>) {
        self.as_slice().extents(range, out);
    }
}

/// Bytes that one read of a [`Window`] fetches when reading goes on close by: headers lie together.
const WINDOW: u64 = 4096;
/// Bytes that a read far away fetches: behind a jump over a payload stands one header, mostly. A walk over the clusters
/// of a video costs this much a cluster.
const JUMP: u64 = 256;
/// Bytes of the first read: sniffing and the metadata at the front come out of one system call.
const FIRST_WINDOW: u64 = 16_384;

/// Bytes of small reads that are kept: a file that gets a label is walked four times, along the same headers.
const KEPT: usize = 64 << 10;

/// A file read from a position of its own: several may read one open file, and none moves its cursor.
#[derive(Debug)]
pub struct Positional<'a> {
    file: &'a File,
    at: u64,
}

impl<'a> Positional<'a> {
    /// From a byte on.
    pub fn new(file: &'a File, at: u64) -> Self {
        Self { file, at }
    }
}

impl io::Read for Positional<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buf, self.at)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

/// A file of which small reads are kept, and fetch a little more than they ask for, so that many become few system calls.
///
/// The length is taken once, when the file is opened.
#[derive(Debug)]
pub struct Window {
    file: File,
    len: u64,
    kept: RefCell<Kept>,
}

/// Pieces of a file.
#[derive(Debug, Default)]
struct Kept {
    /// By their offsets; the front stays.
    pieces: BTreeMap<u64, Vec<u8>>,
    /// Their bytes.
    size: usize,
    /// Where the latest one lies.
    latest: Range<u64>,
}

impl Kept {
    /// The bytes of `range`, where one piece has them all.
    fn get(&self, range: &Range<u64>) -> Option<&[u8]> {
        let (start, bytes) = self.pieces.range(..=range.start).next_back()?;
        let at = |offset: u64| usize::try_from(offset - start).ok();
        bytes.get(at(range.start)?..at(range.end)?)
    }

    fn put(&mut self, start: u64, bytes: Vec<u8>) {
        if self.size + bytes.len() > KEPT {
            self.pieces.retain(|start, _| *start == 0);
            self.size = self.pieces.values().map(Vec::len).sum();
        }
        self.size += bytes.len();
        self.latest = start..start + bytes.len() as u64;
        self.size -= self.pieces.insert(start, bytes).map_or(0, |old| old.len());
    }
}

impl Window {
    /// Wraps an open regular file.
    ///
    /// # Errors
    /// When the length cannot be read.
    pub fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self::with_len(file, len))
    }

    /// The same where the length is known already.
    pub fn with_len(file: File, len: u64) -> Self {
        Self { file, len, kept: RefCell::default() }
    }

    /// The file itself.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// What to fetch for a small read: it, and what is likely to be asked next.
    fn around(&self, range: &Range<u64>, kept: &Kept) -> Range<u64> {
        if range.end <= FIRST_WINDOW && !kept.pieces.contains_key(&0) {
            return 0..FIRST_WINDOW.min(self.len);
        }
        let near = kept.latest.start.saturating_sub(WINDOW)..=kept.latest.end.saturating_add(WINDOW);
        let size = if near.contains(&range.start) { WINDOW } else { JUMP.max(range.end - range.start) };
        range.start..range.start.saturating_add(size).min(self.len)
    }
}

/// Reads until `buf` is full or the file ends.
pub(crate) fn read_full(file: &File, mut offset: u64, buf: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buf.get_mut(done..).filter(|r| !r.is_empty()) {
        match file.read_at(rest, offset) {
            Ok(0) => break,
            Ok(n) => {
                done += n;
                offset += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

impl Source for Window {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let range = offset..offset.saturating_add(buf.len() as u64).min(self.len);
        if range.is_empty() {
            return Ok(0);
        }
        let mut kept = self.kept.borrow_mut();
        if let Some(bytes) = kept.get(&range) {
            return bytes.read_at(0, buf);
        }
        if range.end - range.start > WINDOW {
            return read_full(&self.file, offset, buf);
        }
        let around = self.around(&range, &kept);
        let mut bytes = vec![0; usize::try_from(around.end - around.start).unwrap_or(0)];
        let got = read_full(&self.file, around.start, &mut bytes)?;
        bytes.truncate(got);
        let read = bytes.read_at(offset - around.start, buf);
        kept.put(around.start, bytes);
        read
    }

    fn extents<'a>(&'a self, range: Range<u64>, out: &mut Vec<Extent<'a>>) {
        out.push(Extent::File { file: &self.file, range: range.start.min(self.len)..range.end.min(self.len) });
    }
}

/// Checked reads that every grammar uses.
pub trait SourceExt {
    /// Exactly `N` bytes at `offset`; `what` names them when the file ends first.
    ///
    /// # Errors
    /// I/O, or the file is too short.
    fn array<const N: usize>(&self, format: &'static str, offset: u64, what: &'static Said) -> Result<[u8; N]>;

    /// The bytes of `range`, at most `cap` of them; nothing is allocated for bytes that are not there.
    ///
    /// # Errors
    /// I/O, a range beyond the file, or more than `cap` bytes.
    fn bytes(&self, format: &'static str, range: Range<u64>, cap: u64, what: &'static Said) -> Result<Vec<u8>>;
}

impl<S: Source + ?Sized> SourceExt for S {
    fn array<const N: usize>(&self, format: &'static str, offset: u64, what: &'static Said) -> Result<[u8; N]> {
        let mut buf = [0; N];
        let got = self.read_at(offset, &mut buf).map_err(|e| Error::io(format, e))?;
        if got == N { Ok(buf) } else { Err(Error::truncated(format, offset, what)) }
    }

    fn bytes(&self, format: &'static str, range: Range<u64>, cap: u64, what: &'static Said) -> Result<Vec<u8>> {
        let len = range.end.saturating_sub(range.start);
        if range.end > self.len() {
            return Err(Error::past_end(format, range.start, what, len));
        }
        if len > cap {
            return Err(Error::limit(format, what, cap, "--limit-part"));
        }
        let size = usize::try_from(len).map_err(|_| Error::limit(format, what, cap, "--limit-part"))?;
        let mut buf = vec![0; size];
        let got = self.read_at(range.start, &mut buf).map_err(|e| Error::io(format, e))?;
        if got == size { Ok(buf) } else { Err(Error::truncated(format, range.start, what)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    proptest! {
        /// Near, far, across the end: a window reads what is there.
        #[test]
        fn window_reads_what_the_file_holds(reads in prop::collection::vec((0u64..60_000, 0usize..6000), 1..20)) {
            let bytes: Vec<u8> = (0..50_000u32).map(|i| ((i * 7) >> 3) as u8).collect();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            let window = Window::new(file).unwrap();
            for (offset, length) in reads {
                let (mut got, mut expected) = (vec![0; length], vec![0; length]);
                prop_assert_eq!(window.read_at(offset, &mut got).unwrap(), bytes.read_at(offset, &mut expected).unwrap());
                prop_assert_eq!(got, expected);
            }
        }
    }
}
