//! Insertions between bytes that stay: they come in the order of the file, and so does what is copied between them.

use std::io;

use biaoshi_container::{Error, Patch, Source, SourceExt, Spool, phrase};
use biaoshi_watermark::text::{Cost, Insertion, Marker};

use crate::Result;

const NAME: &str = "text";

/// Bytes that are kept before they go to the spool.
const ROOM: usize = 1 << 16;

/// Appends characters in the encoding of a file.
type Encode<'a> = dyn Fn(&str, &mut Vec<u8>) + 'a;

/// The new content from the first insertion to the last.
pub(super) struct Weave<'a> {
    source: &'a dyn Source,
    /// Stores the characters of an insertion.
    encode: Box<Encode<'a>>,
    spool: Spool,
    kept: Vec<u8>,
    /// Where the first insertion is.
    start: Option<u64>,
    /// Up to where the file was copied.
    copied: u64,
    /// Bytes of the file, and where they begin.
    window: Vec<u8>,
    window_at: u64,
}

impl<'a> Weave<'a> {
    pub(super) fn new(source: &'a dyn Source, encode: impl Fn(&str, &mut Vec<u8>) + 'a) -> Self {
        let (encode, spool, kept, window) = (Box::new(encode), Spool::new(), Vec::new(), Vec::new());
        Self { source, encode, spool, kept, start: None, copied: 0, window, window_at: 0 }
    }

    /// Takes insertions by their offsets in the file.
    pub(super) fn take(&mut self, insertions: impl Iterator<Item = Insertion>) -> Result<()> {
        for insertion in insertions {
            if self.start.is_none() {
                self.start = Some(insertion.at);
                self.copied = insertion.at;
            }
            while self.copied < insertion.at {
                self.copy(insertion.at)?;
            }
            (self.encode)(&insertion.text, &mut self.kept);
            self.spill(ROOM)?;
        }
        Ok(())
    }

    /// Copies more of the file, at most up to an offset.
    fn copy(&mut self, to: u64) -> Result<()> {
        let skipped = usize::try_from(self.copied - self.window_at).unwrap_or(usize::MAX);
        let length = usize::try_from(to - self.copied).unwrap_or(usize::MAX);
        let rest = self.window.get(skipped..).unwrap_or_default();
        if rest.is_empty() {
            // Insertions are a few bytes apart: what lies between many of them is read at once.
            let end = self.source.len().min(self.copied + ROOM as u64);
            self.window = self.source.bytes(NAME, self.copied..end, ROOM as u64, phrase!("the document", "文档"))?;
            self.window_at = self.copied;
            if self.window.is_empty() {
                return Err(Error::truncated(NAME, self.copied, phrase!("the document", "文档")).into());
            }
            return Ok(());
        }
        let part = rest.get(..length).unwrap_or(rest);
        self.kept.extend_from_slice(part);
        self.copied += part.len() as u64;
        self.spill(ROOM)
    }

    fn spill(&mut self, room: usize) -> Result<()> {
        if self.kept.len() > room {
            self.spool.push(&self.kept).map_err(failed)?;
            self.kept.clear();
        }
        Ok(())
    }

    /// The change, with what the marker still has.
    pub(super) fn finish(mut self, marker: Marker) -> Result<(Patch, Cost)> {
        let (rest, cost) = marker.finish();
        self.take(rest.into_iter())?;
        self.spill(0)?;
        let mut patch = Patch::new();
        if let Some(start) = self.start {
            patch.replace(start..self.copied, self.spool.finish().map_err(failed)?);
        }
        Ok((patch, cost))
    }
}

fn failed(error: io::Error) -> Error {
    Error::io(NAME, error)
}
