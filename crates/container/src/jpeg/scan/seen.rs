//! Coded data that was looked through once: the bytes that a patched view takes from the same file need no second look.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::os::fd::{AsRawFd, RawFd};

use crate::{Extent, Source};

/// Runs of bytes of one open file in which no marker of [`super::behind`] begins. (One may begin with the last byte of a run.)
///
/// A label moves the scans of a picture and changes none of their bytes, so that what was seen in the file holds in every view of
/// it, wherever its extents say that they are these very bytes.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The file. It has to stay open as long as this is used, as its number may be given to another one afterwards.
    file: Option<RawFd>,
    /// The ends of runs by their starts; apart from each other. A tree, since a second look notes its runs among those of the first.
    runs: BTreeMap<u64, u64>,
}

impl Seen {
    /// Notes that no marker begins in `range`, but perhaps with its last byte.
    pub(super) fn note(&mut self, source: &dyn Source, range: Range<u64>) {
        for (_, file, bytes) in extents(source, range) {
            if bytes.is_empty() || *self.file.get_or_insert(file.as_raw_fd()) != file.as_raw_fd() {
                continue;
            }
            // Runs become one only where they share a byte: a marker may begin with the last one of the first.
            let Range { mut start, mut end } = bytes;
            while let Some((from, to)) = self.last_before(end).filter(|(_, to)| *to > start) {
                self.runs.remove(&from);
                (start, end) = (start.min(from), end.max(to));
            }
            self.runs.insert(start, end);
        }
    }

    /// Before which offset of `range` no marker begins, by what was noted.
    pub(super) fn behind(&self, source: &dyn Source, range: Range<u64>) -> u64 {
        self.known(source, &range).map_or(range.start, |known| range.start + known)
    }

    /// How many bytes at the start of `range` begin no marker. Where one extent ends, its last byte was not seen beside the first of
    /// the next one, so that the first extent is all that can be known.
    fn known(&self, source: &dyn Source, range: &Range<u64>) -> Option<u64> {
        let file = self.file?;
        let (start, source, bytes) = extents(source, range.clone()).next()?;
        let (_, end) = self.last_before(bytes.start + 1).filter(|(_, end)| *end > bytes.start)?;
        let same = start == range.start && source.as_raw_fd() == file;
        same.then(|| end.min(bytes.end).saturating_sub(bytes.start + 1))
    }

    /// The last run that starts before an offset.
    fn last_before(&self, offset: u64) -> Option<(u64, u64)> {
        self.runs.range(..offset).next_back().map(|(start, end)| (*start, *end))
    }
}

/// The extents of `range` that lie in files, each with its offset in the source.
fn extents(source: &dyn Source, range: Range<u64>) -> impl Iterator<Item = (u64, &File, Range<u64>)> {
    let mut out = Vec::new();
    source.extents(range.clone(), &mut out);
    let mut next = range.start;
    out.into_iter().filter_map(move |extent| {
        let start = next;
        match extent {
            Extent::Bytes(bytes) => {
                next += bytes.len() as u64;
                None
            }
            Extent::File { file, range } => {
                next += range.end - range.start;
                Some((start, file, range))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::Write;

    use proptest::prelude::*;

    use super::super::behind;
    use super::*;
    use crate::{Limits, Patch, Patched, Window};

    /// A file that counts the bytes that are asked for.
    struct Counted(Window, Cell<usize>);

    impl Counted {
        fn new(bytes: &[u8]) -> Self {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(bytes).unwrap();
            Self(Window::new(file).unwrap(), Cell::new(0))
        }
    }

    impl Source for Counted {
        fn len(&self) -> u64 {
            self.0.len()
        }

        fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
            self.1.set(self.1.get() + buf.len());
            self.0.read_at(offset, buf)
        }

        fn extents<'a>(&'a self, range: Range<u64>, out: &mut Vec<Extent<'a>>) {
            self.0.extents(range, out);
        }
    }

    fn look(source: &dyn Source, from: u64, seen: &mut Seen) -> String {
        format!("{:?}", behind(source, from.min(source.len())..source.len(), &Limits::default(), seen).unwrap())
    }

    #[test]
    fn a_second_look_reads_markers_only() {
        let comment = super::super::super::encode(0xfe, b"hi").unwrap();
        let scans = [vec![7; 100_000], comment, vec![8; 200_000], b"\xff\xd9".to_vec()].concat();
        let file = Counted::new(&scans);
        let (mut seen, mut patch) = (Seen::default(), Patch::new());
        look(&file, 0, &mut seen);
        assert!(file.1.replace(0) > 300_000);
        patch.insert(0, vec![1; 1000]);
        let view = Patched::new(&file, &patch);
        let again = look(&view, 1000, &mut seen);
        assert!(file.1.get() < 1000, "{}", file.1.get());
        assert_eq!(again, look(&view, 1000, &mut Seen::default()));
        // Bytes of another file were not seen.
        let other = Counted::new(&scans);
        look(&other, 0, &mut seen);
        assert!(other.1.get() > 300_000);
    }

    proptest! {
        /// Whatever changed since: what is found with what was seen before is what is found without.
        #[test]
        fn what_was_seen_hides_no_marker(
            bytes in prop::collection::vec(prop_oneof![6 => Just(1), 3 => Just(0xff), 2 => Just(0), 1 => Just(0xd9), 1 => Just(0xe1), 1 => Just(3)], 0..400),
            edits in prop::collection::vec((0u64..400, 0u64..9, prop::collection::vec(prop_oneof![Just(0xff), Just(0xe1), Just(0), Just(1)], 0..5)), 0..4),
            (first, second) in (0u64..400, 0u64..400),
        ) {
            let file = Counted::new(&bytes);
            let mut seen = Seen::default();
            for from in [first, second] {
                look(&file, from, &mut seen);
                let runs: Vec<_> = seen.runs.iter().collect();
                prop_assert!(runs.windows(2).all(|w| w[0].1 <= w[1].0));
            }
            let mut patch = Patch::new();
            for (start, length, new) in edits {
                let start = start.min(file.len());
                patch.replace(start..(start + length).min(file.len()), new);
            }
            if patch.is_sound() {
                let view = Patched::new(&file, &patch);
                for from in [first, second, 0] {
                    prop_assert_eq!(look(&view, from, &mut seen.clone()), look(&view, from, &mut Seen::default()));
                }
            }
        }
    }
}
