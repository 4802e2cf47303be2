//! Where an AIFF's samples are, and what counts them.

use biaoshi_container::riff::Chunk;
use biaoshi_container::{Cursor, Detail, Error, Limits, Message, Patch, Result, Said, Source, SourceExt, iff, phrase};

use super::{CODING, NAME};
use crate::sound::stored::{Coding, Kind, Layout};

/// Bytes of `SSND` in front of its samples: the offset of the first one, and a block size that nobody uses.
const HEADER: u64 = 8;

/// A file that can be worked on, or why not.
pub(super) enum Shape {
    Known(Wave),
    Skip(Message),
}

/// The chunks that matter.
#[derive(Debug)]
pub(super) struct Wave {
    pub(super) layout: Layout,
    form: iff::Form,
    chunks: Vec<Chunk>,
    /// Where they end.
    end: u64,
}

/// What `COMM` says.
struct Common {
    channels: u16,
    frames: u32,
    bits: u16,
    rate: u32,
    compression: [u8; 4],
}

impl Wave {
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Shape> {
        let form = iff::form(source)?;
        let chunks = form.chunks(source, &[*b"SSND"], limits);
        if let Some(damage) = chunks.damage {
            return Err(damage);
        }
        let (chunks, end) = (chunks.list, chunks.end);
        let missing = |what: &'static Said| Error::invalid(NAME, form.body.start, what);
        let comm = named(&chunks, b"COMM").ok_or_else(|| missing(phrase!("no COMM chunk", "没有 COMM 块")))?;
        let comm = source.bytes(NAME, comm.data(), limits.part, phrase!("the COMM chunk", "COMM 块"))?;
        let common = Common::parse(&comm, form.kind == *b"AIFC")
            .ok_or_else(|| missing(phrase!("a COMM chunk that is too short or holds zeros", "COMM 块过短或含零值")))?;
        let Some(coding) = common.coding() else {
            let name = String::from_utf8_lossy(&common.compression).into_owned();
            return Ok(Shape::Skip(CODING.with([Detail::Term(name), common.bits.into()])));
        };
        let sound = named(&chunks, b"SSND").ok_or_else(|| missing(phrase!("no SSND chunk", "没有 SSND 块")))?;
        let body = sound.data();
        let offset = u32::from_be_bytes(source.array(NAME, body.start, phrase!("the SSND chunk", "SSND 块"))?);
        let start = (body.start + HEADER).saturating_add(offset.into()).min(body.end);
        let mut layout =
            Layout { name: NAME, coding, rate: common.rate, channels: common.channels, data: start..body.end };
        // Bytes behind the frames that COMM counts are no sound; a count that was never written does not cut any off.
        let frames = if common.frames == 0 { layout.frames() } else { layout.frames().min(common.frames.into()) };
        layout.data.end = start + frames * layout.block();
        if frames / u64::from(layout.rate) > limits.seconds {
            let what = phrase!("the length of the sound in seconds", "音频时长(秒)");
            return Err(Error::limit(NAME, what, limits.seconds, "--limit-seconds"));
        }
        Ok(Shape::Known(Self { layout, form, chunks, end }))
    }

    /// Adds to `patch` what changes when `frames` are inserted, `before` of them in front of the content: sizes, the number
    /// of frames, markers. False when a 32-bit size has no room.
    pub(super) fn grow(
        &self,
        source: &dyn Source,
        frames: u64,
        before: u64,
        limits: &Limits,
        patch: &mut Patch,
    ) -> Result<bool> {
        let bytes = frames * self.layout.block();
        let narrow = |size: u64| u32::try_from(size).ok().filter(|s| *s < u32::MAX);
        let mut fits = true;
        let mut put = |patch: &mut Patch, at: u64, size: u64| {
            fits &= narrow(size).is_some();
            patch.replace(at..at + 4, narrow(size).unwrap_or(0).to_be_bytes());
        };
        if !self.form.streamed() {
            // A form that says too little ends where its chunks do.
            put(patch, 4, self.end.saturating_sub(8) + bytes);
        }
        for chunk in &self.chunks {
            match &chunk.id {
                b"SSND" => {
                    let at = chunk.start + 4;
                    let size = u32::from_be_bytes(source.array(NAME, at, phrase!("a size", "长度字段"))?);
                    if !(chunk.open && matches!(size, 0 | u32::MAX)) {
                        put(patch, at, u64::from(size) + bytes);
                    }
                }
                b"COMM" => put(patch, chunk.data().start + 2, self.layout.frames() + frames),
                b"MARK" if before > 0 => move_markers(source, chunk, before, limits, patch)?,
                _ => {}
            }
        }
        Ok(fits)
    }
}

impl Common {
    fn parse(data: &[u8], compressed: bool) -> Option<Self> {
        let mut c = Cursor::new(data);
        let (channels, frames, bits) = (c.u16_be()?, c.u32_be()?, c.u16_be()?);
        let (exponent, mantissa) = (c.u16_be()?, u64::from(c.u32_be()?) << 32 | u64::from(c.u32_be()?));
        // IEEE 754 extended: 64 bits with the point behind the first one.
        let shift = 16_383u32 + 63 - u32::from(exponent & 0x7fff).min(16_383 + 63);
        let rate = u32::try_from(mantissa.checked_shr(shift)?).ok()?;
        let compression = match compressed {
            true => [c.u8()?, c.u8()?, c.u8()?, c.u8()?],
            false => *b"NONE",
        };
        (channels > 0 && rate > 0).then_some(Self { channels, frames, bits, rate, compression })
    }

    /// Samples lie at the top of as many bytes as their bits need.
    fn coding(&self) -> Option<Coding> {
        let bytes = usize::from(self.bits.div_ceil(8));
        let (kind, bytes, big) = match &self.compression {
            b"NONE" | b"twos" => (Kind::Signed, bytes, true),
            b"sowt" => (Kind::Signed, bytes, false),
            b"raw " if bytes == 1 => (Kind::Unsigned, 1, true),
            b"in24" => (Kind::Signed, 3, true),
            b"in32" => (Kind::Signed, 4, true),
            b"fl32" | b"FL32" => (Kind::Float, 4, true),
            b"fl64" | b"FL64" => (Kind::Float, 8, true),
            b"ulaw" | b"ULAW" => (Kind::MuLaw, 1, true),
            b"alaw" | b"ALAW" => (Kind::ALaw, 1, true),
            _ => return None,
        };
        ((1..=4).contains(&bytes) || kind == Kind::Float).then_some(Coding { kind, bytes, big })
    }
}

fn named(chunks: &[Chunk], id: &[u8; 4]) -> Option<Chunk> {
    chunks.iter().find(|c| c.id == *id).copied()
}

/// Markers behind their count: number, position, and a name whose length and bytes are even together.
fn move_markers(source: &dyn Source, chunk: &Chunk, by: u64, limits: &Limits, patch: &mut Patch) -> Result<()> {
    let data = source.bytes(NAME, chunk.data(), limits.part, phrase!("the MARK chunk", "MARK 块"))?;
    let mut c = Cursor::new(&data);
    let count = c.u16_be().unwrap_or(0);
    let mut at = 2;
    for _ in 0..count {
        let mut marker = Cursor::at(&data, at + 2);
        let (Some(position), Some(name)) = (marker.u32_be(), marker.u8()) else { break };
        if let Ok(moved) = u32::try_from(u64::from(position) + by) {
            let start = chunk.data().start + at as u64 + 2;
            patch.replace(start..start + 4, moved.to_be_bytes());
        }
        at += 6 + (usize::from(name) + 1).next_multiple_of(2);
    }
    Ok(())
}
