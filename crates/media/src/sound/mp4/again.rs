//! A track of Apple Lossless coded again, with something added to its samples: as many frames as before, each as long as it
//! was, in the chunks in which they were.

use biaoshi_container::isobmff::Box;
use biaoshi_container::{Bytes, Limits, Patch, Shifts, Source, SourceExt, Spool, phrase};

use super::alac::{self, Alac};
use super::film::Film;
use super::insert::{holds, no_room, offsets, resize, widen};
use super::tree::{put_word, word};
use super::{Coding, FILM};
use crate::reason::{DECODER, LOSSY};
use crate::samples::{Block, Differences};
use crate::sound::decoder::{self, Container, Trim};
use crate::sound::marked::Marked;
use crate::{Error, Result};

/// Bytes between chunks that are copied at once.
const PIECE: u64 = 1 << 16;

/// The change that adds to every sample that is played.
///
/// # Errors
/// I/O, damage, limits; [`Error::Unable`] for other codings, which lose what is added, and for files whose frames cannot be
/// replaced.
pub(super) fn add(source: &dyn Source, differences: &mut dyn Differences, limits: &Limits) -> Result<Patch> {
    let film = Film::read(source, limits)?.map_err(Error::Unable)?;
    let alac = match Coding::of(source, &film).map_err(Error::Unable)? {
        Coding::Alac(alac) if alac.bits <= 24 => alac,
        Coding::Alac(_) => return Err(refused(phrase!("samples of 32 bits", "样本为 32 位"))),
        Coding::Aac(_) => return Err(Error::Unable(LOSSY.with(["AAC".into()]))),
    };
    let chunks = chunks(&film)?;
    let mut coder = Coder::new(source, alac, &chunks);
    let trim = super::trim::read(source, limits)?;
    // All frames are coded again, those that are not played as they were.
    let mut sound = decoder::open(Container::Iso, source, 0, Trim::default(), limits)?;
    let rate = sound.rate();
    let start = trim.skipped.frames(rate);
    let end = trim.played.map_or(u64::MAX, |played| start.saturating_add(played.frames(rate)));
    let (mut block, mut at, mut ended) = (Block::default(), 0, false);
    while sound.next(&mut block)? {
        let frames = block.frames() as u64;
        let inside = |frame: u64| frame.saturating_sub(at).min(frames) as usize * block.channels;
        let (from, to) = (inside(start), inside(end));
        coder.marked.told.resize(coder.marked.told.len() + from, 0.0);
        differences.pass(block.samples.get(from..to).unwrap_or_default(), &mut coder.marked.told);
        at += frames;
        if at >= end {
            if !std::mem::replace(&mut ended, true) {
                differences.rest(&mut coder.marked.told);
            }
            coder.marked.told.resize(coder.marked.told.len() + block.samples.len() - to, 0.0);
        }
        coder.take(&block)?;
    }
    if !ended {
        differences.rest(&mut coder.marked.told);
    }
    if let Some(damage) = sound.damage() {
        return Err(Error::Unable(damage));
    }
    coder.code()?;
    coder.finish(film)
}

fn refused(why: &'static biaoshi_container::Said) -> Error {
    Error::Unable(FILM.with([why.into()]))
}

/// Frames that lie one behind the other.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    start: u64,
    end: u64,
    frames: u32,
    /// Which of the boxes with samples it is in, counted up.
    mdat: usize,
    of: Box,
}

/// The chunks of the sound, in order.
fn chunks(film: &Film) -> Result<Vec<Chunk>> {
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

/// Codes frames as soon as all that is added to them is told.
struct Coder<'a> {
    source: &'a dyn Source,
    alac: Alac,
    chunks: &'a [Chunk],
    /// The chunk that is written, and how many of its frames are.
    chunk: usize,
    written: u32,
    marked: Marked,
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

impl<'a> Coder<'a> {
    fn new(source: &'a dyn Source, alac: Alac, chunks: &'a [Chunk]) -> Self {
        Self {
            source,
            alac,
            chunks,
            chunk: 0,
            written: 0,
            marked: Marked::new(alac.bits.into()),
            out: Spool::new(),
            length: 0,
            patch: Patch::new(),
            sizes: Vec::new(),
            growth: Vec::new(),
            size: 0,
        }
    }

    /// Takes the next frame, and codes those that are told.
    fn take(&mut self, block: &Block) -> Result<()> {
        if block.channels != usize::from(self.alac.channels) {
            return Err(broken());
        }
        let full = f64::from(1_u32 << (self.alac.bits - 1));
        let channel = |n: usize| block.samples.iter().skip(n).step_by(block.channels);
        let sample = |s: &f32| (f64::from(*s) * full).round() as i32;
        self.marked.push((0..block.channels).map(|n| channel(n).map(sample).collect()).collect());
        self.code()
    }

    fn code(&mut self) -> Result<()> {
        while let Some(frame) = self.marked.next() {
            let samples: Vec<&[i32]> = frame.iter().map(Vec::as_slice).collect();
            let coded = self.alac.frame(&samples);
            self.write(&coded)?;
        }
        Ok(())
    }

    fn write(&mut self, coded: &[u8]) -> Result<()> {
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
    fn finish(mut self, mut film: Film) -> Result<Patch> {
        if self.chunk < self.chunks.len() || !self.marked.is_empty() {
            return Err(broken());
        }
        if let Some(table) = film.table_mut(b"stsz") {
            (12..).step_by(4).zip(&self.sizes).for_each(|(at, size)| put_word(table, at, *size));
        }
        let largest = self.sizes.iter().copied().max().unwrap_or(0);
        if let Some(description) = film.table_mut(b"stsd") {
            alac::allow(description, largest);
        }
        let shifts = Shifts::new(self.growth.iter().copied());
        let mut moov = film.moov.clone();
        for wide in [false, true] {
            if wide {
                widen(&mut moov);
            }
            let grown = (moov.encode().len() as u64).saturating_sub(film.at.end - film.at.start);
            let moved = |old: u64| {
                let by_moov = if old >= film.at.end { grown } else { 0 };
                old.saturating_add_signed(shifts.at(old)).saturating_add(by_moov)
            };
            if offsets(&mut moov, &film, &moved, [None, None]) {
                self.patch.replace(film.at.range(), moov.encode());
                return Ok(self.patch);
            }
        }
        Err(Error::Unable(no_room()))
    }
}

/// The decoder gave other frames than the tables say.
fn broken() -> Error {
    Error::Unable(DECODER.with([phrase!("frames are missing or broken", "音频帧缺失或损坏").into()]))
}
