//! Where a WAV's samples are, and what counts them.

use std::ops::Range;

use biaoshi_container::riff::{self, Chunk, WaveFormat};
use biaoshi_container::{Detail, Error, Limits, Message, Patch, Result, Said, Source, SourceExt, phrase};

use super::adpcm::Adpcm;
use super::{NAME, NOT_PCM, TIME_REFERENCE};
use crate::sound::stored::{self, Coding};

/// Format tag of linear PCM.
const PCM: u16 = 1;
/// Format tag of IEEE floating point.
const FLOAT: u16 = 3;
/// Format tags of G.711.
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
/// What a writer to a pipe leaves in a size field, and RF64 where ds64 holds the size.
const UNKNOWN: u32 = u32::MAX;

/// A file that can be worked on, or why not.
pub(super) enum Shape {
    Known(Wave),
    Skip(Message),
}

/// How the samples are coded.
#[derive(Debug, Clone)]
pub(super) enum Coded {
    /// One by one.
    Stored(Coding),
    /// In blocks.
    Blocks(Adpcm),
}

impl Coded {
    /// The coding that a `fmt ` chunk tells; `None` for one that is not written.
    fn of(format: &WaveFormat, chunk: &[u8]) -> Option<Self> {
        use stored::Kind::{ALaw, Float, MuLaw, Signed, Unsigned};
        let kind = match (format.tag, format.bits) {
            (PCM, 8) => Unsigned,
            (PCM, 16 | 24 | 32) => Signed,
            (FLOAT, 32 | 64) => Float,
            (A_LAW, 8) => ALaw,
            (MU_LAW, 8) => MuLaw,
            _ => return Adpcm::parse(format, chunk).map(Self::Blocks),
        };
        let whole = u32::from(format.block) == u32::from(format.channels) * u32::from(format.bits / 8);
        whole.then_some(Self::Stored(Coding { kind, bytes: usize::from(format.bits / 8), big: false }))
    }
}

/// The chunks that matter.
#[derive(Debug, Clone)]
pub(super) struct Wave {
    pub(super) format: WaveFormat,
    pub(super) coding: Coded,
    /// Whole blocks of the content.
    pub(super) data: Range<u64>,
    form: riff::Form,
    chunks: Vec<Chunk>,
    /// Where they end.
    end: u64,
}

impl Wave {
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Shape> {
        let form = riff::form(source)?;
        if form.kind != *b"WAVE" {
            return Err(Error::invalid(NAME, 8, phrase!("the RIFF form is not WAVE", "RIFF 类型不是 WAVE")));
        }
        let riff::Chunks { list: chunks, damage, end, .. } = form.chunks(source, &[*b"data"], limits);
        if let Some(damage) = damage {
            return Err(damage);
        }
        let missing = |what: &'static Said| Error::invalid(NAME, form.body.start, what);
        let fmt = named(&chunks, b"fmt ").ok_or_else(|| missing(phrase!("no fmt chunk", "没有 fmt 块")))?;
        let fmt = source.bytes(NAME, fmt.data(), limits.part, phrase!("the fmt chunk", "fmt 块"))?;
        let format = WaveFormat::parse(&fmt)
            .ok_or_else(|| missing(phrase!("a fmt chunk that is too short or holds zeros", "fmt 块过短或含零值")))?;
        let Some(coding) = Coded::of(&format, &fmt) else {
            return Ok(Shape::Skip(NOT_PCM.with([Detail::Term(format!("{:04x}", format.tag)), format.bits.into()])));
        };
        let data = named(&chunks, b"data").ok_or_else(|| missing(phrase!("no data chunk", "没有 data 块")))?;
        let start = data.data().start;
        let blocks = data.length / u64::from(format.block);
        let data = start..start + blocks * u64::from(format.block);
        let wave = Self { format, coding, data, form, chunks, end };
        if wave.frames() / u64::from(format.rate) > limits.seconds {
            return Err(Error::limit(
                NAME,
                phrase!("the length of the sound in seconds", "音频时长(秒)"),
                limits.seconds,
                "--limit-seconds",
            ));
        }
        Ok(Shape::Known(wave))
    }

    /// Frames of the content.
    pub(super) fn frames(&self) -> u64 {
        (self.data.end - self.data.start) / u64::from(self.format.block) * self.per_block()
    }

    /// Frames of a block: what comes in has to be a multiple of it.
    pub(super) fn per_block(&self) -> u64 {
        match &self.coding {
            Coded::Stored(_) => 1,
            Coded::Blocks(adpcm) => adpcm.per_block(),
        }
    }

    /// Samples of one channel as they are stored in all channels.
    pub(super) fn encode(&self, mono: &[f32]) -> Vec<u8> {
        match &self.coding {
            Coded::Stored(coding) => coding.encode(mono, self.format.channels),
            Coded::Blocks(adpcm) => adpcm.encode(mono),
        }
    }

    /// Adds to `patch` what changes when `frames` are inserted, `before` of them in front of the content: sizes, sample
    /// counts, positions. `None` when a 32-bit size has no room.
    pub(super) fn grow(
        &self,
        source: &dyn Source,
        frames: u64,
        before: u64,
        limits: &Limits,
        patch: &mut Patch,
    ) -> Result<Option<Vec<Message>>> {
        let bytes = frames / self.per_block() * u64::from(self.format.block);
        let fits = self.grow_sizes(source, bytes, frames, patch)?;
        let mut notes = Vec::new();
        for chunk in &self.chunks {
            match &chunk.id {
                b"fact" if chunk.length >= 4 => {
                    add_u32(source, chunk.data().start, frames, patch)?;
                }
                b"cue " => self.move_cues(source, chunk, before, limits, patch)?,
                b"smpl" if chunk.length >= 36 => move_loops(source, chunk, before, limits, patch)?,
                b"PEAK" => self.move_peaks(source, chunk, before, patch)?,
                b"bext" if before > 0 => notes.push(TIME_REFERENCE.message()),
                _ => {}
            }
        }
        Ok(fits.then_some(notes))
    }

    /// The sizes of the form and of `data`; those that were never written stay so. Whether they have room.
    fn grow_sizes(&self, source: &dyn Source, bytes: u64, frames: u64, patch: &mut Patch) -> Result<bool> {
        // A form that says too little ends where its chunks do.
        let whole = self.end.saturating_sub(8).saturating_add(bytes);
        let narrow = |size: u64| u32::try_from(size).ok().filter(|s| *s < UNKNOWN);
        let mut fits = true;
        let streamed = self.form.streamed();
        if !streamed && self.form.size != UNKNOWN {
            let size = narrow(whole);
            fits &= size.is_some();
            patch.replace(4..8, size.unwrap_or(self.form.size).to_le_bytes());
        }
        if let Some(data) = named(&self.chunks, b"data") {
            let at = data.start + 4;
            let size = u32::from_le_bytes(source.array(NAME, at, phrase!("a size", "长度字段"))?);
            if size != UNKNOWN && !(size == 0 && data.open) {
                let new = narrow(u64::from(size) + bytes);
                fits &= new.is_some();
                patch.replace(at..at + 4, new.unwrap_or(size).to_le_bytes());
            }
        }
        if let Some(wide) = &self.form.wide {
            if !streamed {
                patch.replace(wide.size_at..wide.size_at + 8, whole.to_le_bytes());
            }
            // Behind it the size of `data` and the number of samples.
            for (at, more) in [(wide.size_at + 8, bytes), (wide.size_at + 16, frames)] {
                let old = u64::from_le_bytes(source.array(NAME, at, phrase!("a size", "长度字段"))?);
                if let Some(new) = old.checked_add(more).filter(|_| old > 0) {
                    patch.replace(at..at + 8, new.to_le_bytes());
                }
            }
        }
        Ok(fits)
    }

    /// Cue points: 24 bytes each behind their count; position at 4, chunk at 8, sample offset at 20.
    fn move_cues(&self, source: &dyn Source, chunk: &Chunk, by: u64, limits: &Limits, patch: &mut Patch) -> Result<()> {
        for at in records(chunk, 4, 24, limits)? {
            if source.array::<4>(NAME, at + 8, phrase!("a cue point", "提示点"))? == *b"data" {
                add_u32(source, at + 4, by, patch)?;
                add_u32(source, at + 20, by, patch)?;
            }
        }
        Ok(())
    }

    /// Peaks of floating-point files: version, time, then value and position for each channel.
    fn move_peaks(&self, source: &dyn Source, chunk: &Chunk, by: u64, patch: &mut Patch) -> Result<()> {
        let count = u64::from(self.format.channels).min(chunk.length.saturating_sub(8) / 8);
        for n in 0..count {
            add_u32(source, chunk.data().start + 8 + n * 8 + 4, by, patch)?;
        }
        Ok(())
    }
}

fn named(chunks: &[Chunk], id: &[u8; 4]) -> Option<Chunk> {
    chunks.iter().find(|c| c.id == *id).copied()
}

/// Offsets of the records of `size` bytes that lie in a chunk behind a header.
fn records(chunk: &Chunk, header: u64, size: u64, limits: &Limits) -> Result<impl Iterator<Item = u64> + use<>> {
    let count = chunk.length.saturating_sub(header) / size;
    if count > limits.parts as u64 {
        return Err(Error::limit(
            NAME,
            phrase!("the number of cue points", "提示点数"),
            limits.parts as u64,
            "--limit-parts",
        ));
    }
    let start = chunk.data().start + header;
    Ok((0..count).map(move |n| start + n * size))
}

/// Sample loops: 24 bytes each behind 36; start at 8, end at 12.
fn move_loops(source: &dyn Source, chunk: &Chunk, by: u64, limits: &Limits, patch: &mut Patch) -> Result<()> {
    let count = source
        .array::<4>(NAME, chunk.data().start + 28, phrase!("the smpl chunk", "smpl 块"))
        .map(u32::from_le_bytes)?;
    for at in records(chunk, 36, 24, limits)?.take(count as usize) {
        add_u32(source, at + 8, by, patch)?;
        add_u32(source, at + 12, by, patch)?;
    }
    Ok(())
}

/// Adds to a stored number; a sum that does not fit leaves it as it is.
fn add_u32(source: &dyn Source, at: u64, more: u64, patch: &mut Patch) -> Result<()> {
    let old = u32::from_le_bytes(source.array(NAME, at, phrase!("a position", "位置字段"))?);
    if let (1.., Some(new)) = (more, u32::try_from(u64::from(old) + more).ok().filter(|_| old != UNKNOWN)) {
        patch.replace(at..at + 4, new.to_le_bytes());
    }
    Ok(())
}
