//! The one engine that writes bytes out: streaming, inside the kernel where it can.

use std::fs::File;
use std::io::{self, Write};

use crate::{Error, Extent, Result, Source, phrase};

/// Bytes of one copy step where the kernel does not copy by itself.
const STEP: u64 = 1 << 18;
/// What file systems store and share bytes by.
const PAGE: u64 = 4096;
/// Up to so many bytes that move within their pages are read and written. The kernel would take each page of the target from
/// two of the source, and nothing can be shared: whole pages written from memory cost a fifth less (measured on ext4).
/// More bytes are left to the kernel all the same: a file server copies them without sending them.
const SMALL: u64 = 8 << 20;

/// Writes the whole of `source` to `target`, which must be empty.
///
/// Extents that lie in files are copied with `copy_file_range` (a reflink where the file system has it); a file
/// system that refuses gets plain reads and writes.
///
/// # Errors
/// I/O, or a file that became shorter while it was read.
pub fn copy(source: &dyn Source, target: &mut File) -> io::Result<()> {
    let mut extents = Vec::new();
    source.extents(0..source.len(), &mut extents);
    let mut at = 0;
    for extent in extents {
        match extent {
            Extent::Bytes(bytes) => {
                target.write_all(bytes)?;
                at += bytes.len() as u64;
            }
            Extent::File { file, range } => {
                let size = range.end - range.start;
                let by_hand = size <= SMALL && at % PAGE != range.start % PAGE;
                let done = if by_hand { 0 } else { copy_in_kernel(file, range.clone(), target) };
                copy_by_hand(file, range.start + done..range.end, (target, at + done))?;
                at += size;
            }
        }
    }
    Ok(())
}

/// Copies as much as the kernel is willing to; returns how many bytes that was.
fn copy_in_kernel(file: &File, range: std::ops::Range<u64>, target: &File) -> u64 {
    let mut from = range.start;
    while from < range.end {
        let left = usize::try_from(range.end - from).unwrap_or(usize::MAX);
        match rustix::fs::copy_file_range(file, Some(&mut from), target, None, left) {
            Ok(0) => break,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            // EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EPERM …: this pair of files cannot, plain copying can. Where the disk is
            // full or broken, plain copying says so too.
            Err(_) => break,
        }
    }
    from - range.start
}

/// Reads and writes; `to` is where the target is written next.
fn copy_by_hand(file: &File, range: std::ops::Range<u64>, (target, mut to): (&mut File, u64)) -> io::Result<()> {
    let mut at = range.start;
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(0);
    // Not filled with zeros first: many files are hardly larger than it.
    let mut buf = Vec::<u8>::with_capacity(size(STEP.min(range.end.saturating_sub(at)) + 2 * PAGE));
    while at < range.end {
        // The first step ends with a page of the target, so that all others write whole ones.
        let want = size((STEP - to % PAGE).min(range.end - at));
        // Bytes lie in their page of memory as in that of the target: copied to a little higher a place than they have in theirs,
        // they take the processor twice the time, and where the heap begins is chance.
        let spare = buf.spare_capacity_mut();
        let from = spare.as_ptr().align_offset(size(PAGE)).min(size(PAGE)) + size(to % PAGE);
        let Some(part) = spare.get_mut(from..from + want) else { break };
        match rustix::io::pread(file, part, at) {
            Ok(([], _)) => {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was read"));
            }
            Ok((bytes, _)) => {
                target.write_all(bytes)?;
                (at, to) = (at + bytes.len() as u64, to + bytes.len() as u64);
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// The whole of `source` in memory, when it has at most `cap` bytes.
///
/// # Errors
/// I/O, or more than `cap` bytes.
pub fn to_vec(source: &dyn Source, cap: u64) -> Result<Vec<u8>> {
    use crate::SourceExt;
    if source.len() > cap {
        return Err(Error::limit("file", phrase!("its size", "大小"), cap, "--limit-input"));
    }
    source.bytes("file", 0..source.len(), cap, phrase!("the file", "文件"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Patch, Patched, Window};
    use std::io::{Read, Seek};

    /// Over the sizes at which the kernel, or a step, takes over, wherever the bytes go.
    #[test]
    fn engine_writes_the_patched_view() {
        for (size, front) in
            [(1_200_000, 0), (1_200_000, 4), (1_200_000, 4096), (STEP as u32, 1), (SMALL as u32 + 9, 7)]
        {
            let mut input = tempfile::tempfile().unwrap();
            let bytes: Vec<u8> = (0..size / 4).flat_map(u32::to_le_bytes).collect();
            input.write_all(&bytes).unwrap();
            let window = Window::new(input).unwrap();
            for at in [100, 262_000] {
                let mut patch = Patch::new();
                patch.insert(0, vec![b'h'; front]).remove(at..at + 30).replace(at + 50..at + 51, *b"xyz");
                let view = Patched::new(&window, &patch);
                let mut out = tempfile::tempfile().unwrap();
                copy(&view, &mut out).unwrap();
                out.rewind().unwrap();
                let mut got = Vec::new();
                out.read_to_end(&mut got).unwrap();
                assert!(got == to_vec(&view, u64::MAX).unwrap(), "{size} {front} {at}");
            }
        }
    }
}
