//! Where the samples of a CAF are, and what counts them.

use biaoshi_container::caf::{self, Chunk};
use biaoshi_container::{Cursor, Detail, Error, Limits, Message, Patch, Result, Said, Source, SourceExt, phrase};

use super::{CODING, NAME};
use crate::sound::stored::{Coding, Kind, Layout};

/// Bytes of `data` in front of its samples: how often they were edited.
const HEADER: u64 = 4;
/// Bytes of a marker: its kind, where it is, a number, a SMPTE time, a channel (3.9).
const MARKER: usize = 28;
/// Flags of linear PCM (2.3).
const FLOAT: u32 = 1;
const LITTLE: u32 = 2;

/// A file that can be worked on, or why not.
pub(super) enum Shape {
    Known(Wave),
    Skip(Message),
}

/// The chunks that matter.
#[derive(Debug)]
pub(super) struct Wave {
    pub(super) layout: Layout,
    data: Chunk,
    chunks: Vec<Chunk>,
}

/// What `desc` says (2.3).
struct Described {
    rate: u32,
    format: [u8; 4],
    flags: u32,
    /// Bytes of a packet, and frames in it.
    packet: (u32, u32),
    channels: u16,
    bits: u32,
}

impl Wave {
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Shape> {
        let chunks = caf::chunks(source, limits)?;
        let named = |id| chunks.get(id);
        let missing = |what: &'static Said| Error::invalid(NAME, 8, what);
        let desc = named(*b"desc").ok_or_else(|| missing(phrase!("no desc chunk", "没有 desc 块")))?;
        let (data, cookie) = (named(*b"data"), named(*b"kuki"));
        if let Some(damage) = chunks.damage {
            return Err(damage);
        }
        if cookie.is_some_and(|cookie| cookie.length > limits.part) {
            let what = phrase!("the size of the magic cookie", "kuki 块大小");
            return Err(Error::limit(NAME, what, limits.part, "--limit-part"));
        }
        let desc = source.bytes(NAME, desc.data(), limits.part, phrase!("the desc chunk", "desc 块"))?;
        let described = Described::parse(&desc)
            .ok_or_else(|| missing(phrase!("a desc chunk that is too short or holds zeros", "desc 块过短或含零值")))?;
        let Some(coding) = described.coding() else {
            let name = String::from_utf8_lossy(&described.format).into_owned();
            return Ok(Shape::Skip(CODING.with([Detail::Term(name), described.bits.into()])));
        };
        let data = data.ok_or_else(|| missing(phrase!("no data chunk", "没有 data 块")))?;
        let body = data.data();
        let start = (body.start + HEADER).min(body.end);
        let (rate, channels) = (described.rate, described.channels);
        let mut layout = Layout { name: NAME, coding, rate, channels, data: start..body.end };
        layout.data.end = start + layout.frames() * layout.block();
        if layout.frames() / u64::from(rate) > limits.seconds {
            let what = phrase!("the length of the sound in seconds", "音频时长(秒)");
            return Err(Error::limit(NAME, what, limits.seconds, "--limit-seconds"));
        }
        Ok(Shape::Known(Self { layout, data, chunks: chunks.list }))
    }

    /// Counts one more edit: so peaks and overviews, which tell of the samples before it, are known to be old (2.4).
    pub(super) fn edited(&self, source: &dyn Source, patch: &mut Patch) -> Result<()> {
        let at = self.data.data().start;
        if self.data.length >= HEADER {
            let edits = u32::from_be_bytes(source.array(NAME, at, phrase!("the data chunk", "data 块"))?);
            patch.replace(at..at + HEADER, edits.wrapping_add(1).to_be_bytes());
        }
        Ok(())
    }

    /// Adds to `patch` what changes when `frames` are inserted, `before` of them in front of the content.
    pub(super) fn grow(
        &self,
        source: &dyn Source,
        frames: u64,
        before: u64,
        limits: &Limits,
        patch: &mut Patch,
    ) -> Result<()> {
        self.edited(source, patch)?;
        let bytes = i64::try_from(frames * self.layout.block()).unwrap_or(i64::MAX);
        if let Some((range, size)) = self.data.resized(bytes) {
            patch.replace(range, size);
        }
        for chunk in &self.chunks {
            let data = || source.bytes(NAME, chunk.data(), limits.part, phrase!("a chunk", "块"));
            let start = chunk.data().start;
            match &chunk.id {
                b"mark" if before > 0 => {
                    let data = data()?;
                    let count = Cursor::at(&data, 4).u32_be().unwrap_or(0);
                    move_markers((&data, start), 8, count, before, patch);
                }
                b"regn" if before > 0 => move_regions(&data()?, start, before, patch),
                // Packets of PCM are frames (3.2).
                b"pakt" => {
                    let data = data()?;
                    for at in [0, 8] {
                        if let Some(count) = Cursor::at(&data, at).u64_be() {
                            let place = start + at as u64;
                            patch.replace(place..place + 8, count.saturating_add(frames).to_be_bytes());
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Described {
    fn parse(data: &[u8]) -> Option<Self> {
        let mut c = Cursor::new(data);
        let rate = f64::from_bits(c.u64_be()?).round();
        let format = *c.array::<4>()?;
        let (flags, packet) = (c.u32_be()?, (c.u32_be()?, c.u32_be()?));
        let (channels, bits) = (u16::try_from(c.u32_be()?).ok()?, c.u32_be()?);
        let known = (1.0..=f64::from(u32::MAX)).contains(&rate) && channels > 0;
        known.then_some(Self { rate: rate as u32, format, flags, packet, channels, bits })
    }

    /// Samples that fill their bytes, one frame a packet.
    fn coding(&self) -> Option<Coding> {
        let (size, frames) = self.packet;
        let bytes = usize::try_from(size).ok()? / usize::from(self.channels);
        let whole = frames == 1 && size == u32::try_from(bytes).ok()?.checked_mul(self.channels.into())?;
        let big = self.flags & LITTLE == 0;
        let fills = u32::try_from(bytes).ok()?.checked_mul(8) == Some(self.bits);
        let kind = match (&self.format, self.flags & FLOAT != 0) {
            (b"lpcm", true) if matches!(bytes, 4 | 8) && fills => Kind::Float,
            (b"lpcm", false) if (1..=4).contains(&bytes) && fills => Kind::Signed,
            (b"ulaw", _) if bytes == 1 => Kind::MuLaw,
            (b"alaw", _) if bytes == 1 => Kind::ALaw,
            _ => return None,
        };
        whole.then_some(Coding { kind, bytes, big })
    }
}

/// Moves markers, the first of them `at` so many bytes into the data of a chunk, which begins at `start`; returns where the last
/// one ends.
fn move_markers((data, start): (&[u8], u64), mut at: usize, count: u32, by: u64, patch: &mut Patch) -> usize {
    for _ in 0..count {
        // Behind its kind.
        let Some(position) = Cursor::at(data, at + 4).u64_be().filter(|_| at + MARKER <= data.len()) else { break };
        let place = start + at as u64 + 4;
        patch.replace(place..place + 8, (f64::from_bits(position) + by as f64).to_bits().to_be_bytes());
        at += MARKER;
    }
    at
}

/// Regions: a number, flags, and markers each (3.10).
fn move_regions(data: &[u8], start: u64, by: u64, patch: &mut Patch) {
    let count = Cursor::at(data, 4).u32_be().unwrap_or(0);
    let mut at = 8;
    for _ in 0..count {
        let Some(markers) = Cursor::at(data, at + 8).u32_be() else { break };
        at = move_markers((data, start), at + 12, markers, by, patch);
    }
}
