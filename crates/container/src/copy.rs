//! The one engine that writes bytes out: streaming, inside the kernel where it can.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

use crate::{Error, Extent, Result, Source, phrase};

/// Bytes of one copy step where the kernel cannot copy by itself.
const STEP: usize = 1 << 18;

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
    for extent in extents {
        match extent {
            Extent::Bytes(bytes) => target.write_all(bytes)?,
            Extent::File { file, range } => {
                let done = copy_in_kernel(file, range.clone(), target);
                copy_by_hand(file, range.start + done..range.end, target)?;
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

fn copy_by_hand(file: &File, range: std::ops::Range<u64>, target: &mut File) -> io::Result<()> {
    if range.is_empty() {
        return Ok(());
    }
    let mut buf = vec![0; STEP];
    let mut at = range.start;
    while at < range.end {
        let want = usize::try_from(range.end - at).unwrap_or(STEP).min(STEP);
        let Some(part) = buf.get_mut(..want) else { break };
        match file.read_at(part, at) {
            Ok(0) => {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was read"));
            }
            Ok(n) => {
                target.write_all(part.get(..n).unwrap_or_default())?;
                at += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
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

    #[test]
    fn engine_writes_the_patched_view() {
        let mut input = tempfile::tempfile().unwrap();
        let bytes: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
        input.write_all(&bytes).unwrap();
        let window = Window::new(input).unwrap();
        let mut patch = Patch::new();
        patch.insert(0, *b"head").remove(100..2000).replace(600_000..600_001, *b"xyz");
        let view = Patched::new(&window, &patch);
        let mut out = tempfile::tempfile().unwrap();
        copy(&view, &mut out).unwrap();
        out.rewind().unwrap();
        let mut got = Vec::new();
        out.read_to_end(&mut got).unwrap();
        assert_eq!(got, to_vec(&view, u64::MAX).unwrap());
        assert_eq!(&got[..4], b"head");
    }
}
