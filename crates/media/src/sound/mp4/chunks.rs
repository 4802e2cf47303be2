//! The frames of a track replaced by others, one for one: in the chunks in which they were, with what lies between them.

use biaoshi_container::isobmff::Box;
use biaoshi_container::{Bytes, Patch, Shifts, Source, SourceExt, Spool, phrase};

use super::FILM;
use super::film::Film;
use super::insert::{holds, no_room, resize, settle};
use super::tree::{put_word, word};
use crate::reason::DECODER;
use crate::{Error, Result};

/// Bytes between chunks that are copied at once.
const PIECE: u64 = 1 << 16;

/// Frames that lie one behind the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    start: u64,
    end: u64,
    pub(super) frames: u32,
    /// Which of the boxes with samples it is in, counted up.
    mdat: usize,
    of: Box,
}

/// The chunks of the sound, in order.
///
/// # Errors
/// [`Error::Unable`] where frames do not follow one another.
pub(super) fn chunks(film: &Film) -> Result<Vec<Chunk>> {
    let mut sizes = film.table(b"stsz").get(12..).unwrap_or_default().chunks_exact(4).filter_map(|b| word(b, 0));
    let narrow =
        film.table(b"stco").get(8..).unwrap_or_default().chunks_exact(4).filter_map(|b| word(b, 0)).map(u64::from);
    let wide = film.table(b"co64").get(8..).unwrap_or_default().chunks_exact(8);
    let places = narrow.chain(wide.filter_map(|b| b.try_into().ok()).map(u64::from_be_bytes));
    let groups = film.table(b"stsc").get(8..).unwrap_or_default();
    let mut groups = groups.chunks_exact(12).filter_map(|b| word(b, 0).zip(word(b, 4))).peekable();
    let (mut chunks, mut frames): (Vec<Chunk>, _) = (Vec::new(), 0);
    for (number, start) in (1..).zip(places) {
        while let Some((_, count)) = groups.next_if(|(first, _)| *first <= number) {
            frames = count;
        }
        let length: u64 = sizes.by_ref().take(frames as usize).map(u64::from).sum();
        let end = start.saturating_add(length);
        let inside = film.mdats.iter().position(|b| b.body().contains(&start) && end <= b.end);
        let behind = chunks.last().is_none_or(|last| last.end <= start);
        let Some((mdat, of)) = inside.and_then(|n| Some((n, *film.mdats.get(n)?))).filter(|_| behind) else {
            return Err(refused(phrase!("frames that do not follow one another", "音频帧未按顺序存放")));
        };
        chunks.push(Chunk { start, end, frames, mdat, of });
    }
    if sizes.next().is_some() || chunks.is_empty() {
        return Err(refused(phrase!("frames that do not follow one another", "音频帧未按顺序存放")));
    }
    Ok(chunks)
}

/// Writes new frames in the place of the old ones.
pub(super) struct Frames<'a> {
    source: &'a dyn Source,
    chunks: &'a [Chunk],
    /// The chunk that is written, and how many of its frames are.
    chunk: usize,
    written: u32,
    /// New bytes from the first chunk of a box on, how many, and what was made of earlier boxes.
    out: Spool,
    length: u64,
    patch: Patch,
    /// Bytes of each frame, and how each chunk grew.
    sizes: Vec<u32>,
    growth: Vec<(u64, i64)>,
    /// Bytes of the chunk so far.
    size: u64,
}

impl<'a> Frames<'a> {
    pub(super) fn new(source: &'a dyn Source, chunks: &'a [Chunk]) -> Self {
        Self {
            source,
            chunks,
            chunk: 0,
            written: 0,
            out: Spool::new(),
            length: 0,
            patch: Patch::new(),
            sizes: Vec::new(),
            growth: Vec::new(),
            size: 0,
        }
    }

    /// Bytes of the largest frame so far.
    pub(super) fn largest(&self) -> u32 {
        self.sizes.iter().copied().max().unwrap_or(0)
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// I/O; [`Error::Unable`] where there are more frames than before, or no room for them.
    pub(super) fn write(&mut self, coded: &[u8]) -> Result<()> {
        let Some(chunk) = self.chunks.get(self.chunk) else { return Err(broken()) };
        self.push(coded)?;
        self.sizes.push(coded.len() as u32);
        self.size += coded.len() as u64;
        self.written += 1;
        if self.written < chunk.frames {
            return Ok(());
        }
        self.growth.push((chunk.end, self.size as i64 - (chunk.end - chunk.start) as i64));
        (self.written, self.size) = (0, 0);
        self.chunk += 1;
        match self.chunks.get(self.chunk).filter(|next| next.mdat == chunk.mdat) {
            // What lies between them belongs to other tracks.
            Some(next) => self.copy(chunk.end, next.start),
            None => self.close(chunk),
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.length += bytes.len() as u64;
        Ok(self.out.push(bytes)?)
    }

    fn copy(&mut self, mut from: u64, to: u64) -> Result<()> {
        while from < to {
            let end = to.min(from + PIECE);
            let what = phrase!("the samples of other tracks", "其他轨道的样本");
            let bytes = self.source.bytes("MP4", from..end, PIECE, what)?;
            self.push(&bytes)?;
            from = end;
        }
        Ok(())
    }

    /// Replaces the chunks of a box, of which this is the last one, and says its new size.
    fn close(&mut self, last: &Chunk) -> Result<()> {
        let first = self.chunks.iter().find(|chunk| chunk.mdat == last.mdat).unwrap_or(last);
        let grown = self.length as i64 - (last.end - first.start) as i64;
        let bytes: Bytes = std::mem::take(&mut self.out).finish()?;
        self.length = 0;
        self.patch.replace(first.start..last.end, bytes);
        let size = (last.of.end - last.of.start).saturating_add_signed(grown);
        if !holds(&last.of, size) {
            return Err(Error::Unable(no_room()));
        }
        resize(&last.of, size, &mut self.patch);
        Ok(())
    }

    /// The change, with the tables of the new frames.
    ///
    /// # Errors
    /// I/O; [`Error::Unable`] where there are too few frames, or no room for the new ones.
    pub(super) fn finish(mut self, mut film: Film) -> Result<Patch> {
        if self.chunk < self.chunks.len() {
            return Err(broken());
        }
        if let Some(table) = film.table_mut(b"stsz") {
            (12..).step_by(4).zip(&self.sizes).for_each(|(at, size)| put_word(table, at, *size));
        }
        let shifts = Shifts::new(self.growth.iter().copied());
        let mut moov = film.moov.clone();
        if !settle(&mut moov, &film, &|old| shifts.at(old), [None, None]) {
            return Err(Error::Unable(no_room()));
        }
        self.patch.replace(film.at.range(), moov.encode());
        Ok(self.patch)
    }
}

pub(super) fn refused(why: &'static biaoshi_container::Said) -> Error {
    Error::Unable(FILM.with([why.into()]))
}

/// The decoder gave other frames than the tables say.
pub(super) fn broken() -> Error {
    Error::Unable(DECODER.with([phrase!("frames are missing or broken", "音频帧缺失或损坏").into()]))
}
