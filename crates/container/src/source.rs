use std::cell::{OnceCell, RefCell};
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

/// A file read through two small buffers, so that many small reads become few system calls.
///
/// The length is taken once, when the file is opened.
#[derive(Debug)]
pub struct Window {
    file: File,
    len: u64,
    /// The first bytes, which stay: a file that gets a label is read three times, mostly there.
    front: OnceCell<Vec<u8>>,
    /// Where reading is, and the bytes from there on.
    buffer: RefCell<(u64, Vec<u8>)>,
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
        Self { file, len, front: OnceCell::new(), buffer: RefCell::default() }
    }

    /// The file itself.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Up to `size` bytes from `offset` on, in the room of `bytes`.
    fn fetch(&self, offset: u64, size: u64, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        bytes.resize(usize::try_from(size.min(self.len.saturating_sub(offset))).unwrap_or(0), 0);
        let got = read_full(&self.file, offset, &mut bytes)?;
        bytes.truncate(got);
        Ok(bytes)
    }
}

/// Reads until `buf` is full or the file ends.
fn read_full(file: &File, mut offset: u64, buf: &mut [u8]) -> io::Result<usize> {
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
        let want = (buf.len() as u64).min(self.len.saturating_sub(offset));
        let inside = |start: u64, bytes: &[u8]| start <= offset && offset + want <= start + bytes.len() as u64;
        if let Some(front) = self.front.get().filter(|front| inside(0, front)) {
            return front.read_at(offset, buf);
        }
        if want > WINDOW {
            return read_full(&self.file, offset, buf);
        }
        if offset + want <= FIRST_WINDOW.min(self.len) && self.front.get().is_none() {
            let front = self.fetch(0, FIRST_WINDOW, Vec::new())?;
            // Reading goes on from there.
            *self.buffer.borrow_mut() = (front.len() as u64, Vec::new());
            return self.front.get_or_init(|| front).read_at(offset, buf);
        }
        let mut window = self.buffer.borrow_mut();
        let (start, bytes) = &mut *window;
        if !inside(*start, bytes) {
            let near = start.saturating_sub(WINDOW)..=(*start + bytes.len() as u64).saturating_add(WINDOW);
            let size = if near.contains(&offset) { WINDOW } else { JUMP.max(want) };
            *bytes = self.fetch(offset, size, std::mem::take(bytes))?;
            *start = offset;
        }
        bytes.read_at(offset - *start, buf)
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
