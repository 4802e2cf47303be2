use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

use crate::{Extent, Source};

/// A source with a cursor, for decoders that other people wrote: [`Read`] and [`Seek`] over the places where its bytes
/// really are. It keeps nothing back, and may cross threads, which a [`Source`] may not.
#[derive(Debug)]
pub struct Pieces<'a> {
    /// Where each piece begins, counted from the first byte that is read here.
    pieces: Vec<(u64, Extent<'a>)>,
    len: u64,
    at: u64,
}

impl<'a> Pieces<'a> {
    /// The bytes of a source from `start` on, which is position 0 here.
    pub fn new(source: &'a dyn Source, start: u64) -> Self {
        let mut extents = Vec::new();
        source.extents(start.min(source.len())..source.len(), &mut extents);
        let mut len = 0;
        let mut pieces = Vec::with_capacity(extents.len());
        for extent in extents {
            let size = extent.len();
            if size > 0 {
                pieces.push((len, extent));
            }
            len += size;
        }
        Self { pieces, len, at: 0 }
    }

    /// Number of bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let behind = self.pieces.partition_point(|(start, _)| *start <= self.at);
        let Some((start, piece)) = behind.checked_sub(1).and_then(|n| self.pieces.get(n)) else { return Ok(0) };
        let within = self.at - start;
        let read = match piece {
            Extent::Bytes(bytes) => {
                let rest = usize::try_from(within).ok().and_then(|from| bytes.get(from..)).unwrap_or_default();
                (&mut &*rest).read(buf)?
            }
            Extent::File { file, range } => {
                let left = (range.end - range.start).saturating_sub(within);
                let most = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
                file.read_at(buf.get_mut(..most).unwrap_or_default(), range.start + within)?
            }
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Pieces<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Patch, Patched};
    use proptest::prelude::*;

    proptest! {
        /// Whatever is put into bytes, the pieces read as the view does, from any position.
        #[test]
        fn pieces_read_as_the_view(base in prop::collection::vec(any::<u8>(), 0..60),
                                   edits in prop::collection::vec((0u64..60, prop::collection::vec(any::<u8>(), 0..9)), 0..5),
                                   start in 0u64..70, jumps in prop::collection::vec(-80i64..80, 0..6)) {
            let mut patch = Patch::new();
            let mut at = 0;
            for (gap, bytes) in edits {
                at += gap;
                if at <= base.len() as u64 {
                    patch.insert(at, bytes);
                }
            }
            let view = Patched::new(&base, &patch);
            let all = crate::to_vec(&view, u64::MAX).unwrap();
            let all = all.get((start as usize).min(all.len())..).unwrap();
            let mut pieces = Pieces::new(&view, start);
            prop_assert_eq!(pieces.len(), all.len() as u64);
            for by in jumps {
                let from = pieces.stream_position().unwrap() as i64;
                prop_assert_eq!(pieces.seek(SeekFrom::Current(by)).is_ok(), from + by >= 0);
                let mut rest = Vec::new();
                let at = pieces.stream_position().unwrap() as usize;
                pieces.read_to_end(&mut rest).unwrap();
                prop_assert_eq!(rest.as_slice(), all.get(at..).unwrap_or_default());
                pieces.seek(SeekFrom::End(-(all.len() as i64) / 2)).unwrap();
            }
        }
    }

    #[test]
    fn a_file_is_read_where_it_is() {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, b"0123456789").unwrap();
        let window = crate::Window::new(file).unwrap();
        let mut patch = Patch::new();
        patch.replace(3..5, b"abc".to_vec());
        let view = Patched::new(&window, &patch);
        let mut pieces = Pieces::new(&view, 2);
        let mut text = String::new();
        pieces.read_to_string(&mut text).unwrap();
        assert_eq!(text, "2abc56789");
    }
}
