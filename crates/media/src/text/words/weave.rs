//! Insertions between bytes that stay: they come in the order of the file, and so does what is copied between them.

use std::io;

use biaoshi_container::{Error, Patch, Source, SourceExt, Spool, phrase};
use biaoshi_watermark::text::{Cost, Insertion, Marker};

use crate::Result;

const NAME: &str = "text";

/// Bytes that are kept before they go to the spool.
const ROOM: usize = 1 << 16;

/// The bytes of characters in the encoding of a file.
type Encode<'a> = dyn Fn(&str) -> Vec<u8> + 'a;

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
}

impl<'a> Weave<'a> {
    pub(super) fn new(source: &'a dyn Source, encode: impl Fn(&str) -> Vec<u8> + 'a) -> Self {
        Self { source, encode: Box::new(encode), spool: Spool::new(), kept: Vec::new(), start: None, copied: 0 }
    }

    /// Takes insertions by their offsets in the file.
    pub(super) fn take(&mut self, insertions: impl Iterator<Item = Insertion>) -> Result<()> {
        for insertion in insertions {
            if self.start.is_none() {
                self.start = Some(insertion.at);
                self.copied = insertion.at;
            }
            while self.copied < insertion.at {
                let end = insertion.at.min(self.copied + ROOM as u64);
                let what = phrase!("the document", "文档");
                self.kept.extend(self.source.bytes(NAME, self.copied..end, ROOM as u64, what)?);
                self.copied = end;
                self.spill(ROOM)?;
            }
            self.kept.extend((self.encode)(&insertion.text));
            self.spill(ROOM)?;
        }
        Ok(())
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
