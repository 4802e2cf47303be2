//! RIFF chunks as WAVE uses them (Multimedia Programming Interface and Data Specifications 1.0; RF64: EBU Tech 3306).

use std::ops::Range;

use crate::{Cursor, Error, Limits, Message, Patch, Result, Source, SourceExt, phrase, said};

const NAME: &str = "RIFF";

/// One chunk: id, size, data, and a pad byte after an odd size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Four-character code.
    pub id: [u8; 4],
    /// Offset of the id.
    pub start: u64,
    /// Bytes of data that are there: never past the end of the parent.
    pub length: u64,
    /// Whether the declared size was more than that, or was never written (a stream whose writer could not go back).
    pub open: bool,
    /// Whether a pad byte is there. Some writers leave it out.
    pub padded: bool,
}

impl Chunk {
    /// The data, without id, size and pad byte.
    pub fn data(&self) -> Range<u64> {
        self.start + 8..self.start + 8 + self.length
    }

    /// Id, size, data and pad byte, as far as it is there.
    pub fn range(&self) -> Range<u64> {
        self.start..self.data().end + u64::from(self.padded)
    }

    /// Whether what is put behind it needs a pad byte in front.
    pub fn lacks_padding(&self) -> bool {
        self.length % 2 == 1 && !self.padded
    }

    /// Writes the size of a chunk whose data grew, and gives or takes the byte that pads an odd one.
    ///
    /// # Errors
    /// A chunk that becomes too long for the format.
    pub fn resize(&self, growth: i64, bytes: fn(u32) -> [u8; 4], patch: &mut Patch) -> Result<()> {
        if growth == 0 {
            return Ok(());
        }
        let size = i64::try_from(self.length).ok().and_then(|n| u32::try_from(n + growth).ok());
        let size =
            size.ok_or_else(|| Error::unsupported(NAME, phrase!("a chunk of more than 4 GiB", "超过 4 GiB 的块")))?;
        patch.replace(self.start + 4..self.start + 8, bytes(size));
        match (self.padded, size % 2 == 1) {
            (true, false) => patch.remove(self.data().end..self.range().end),
            (false, true) => patch.insert(self.data().end, [0]),
            _ => patch,
        };
        Ok(())
    }
}

/// The chunks of a form, and how far they go.
#[derive(Debug)]
pub struct Chunks {
    /// In order, as far as the damage.
    pub list: Vec<Chunk>,
    /// What ended the walk too early.
    pub damage: Option<Error>,
    /// Where the form ends: where it says, or behind the last chunk, if its size is too small.
    pub end: u64,
    /// Whether a chunk without a true size took all that follows, though the form has one: other chunks may be in it.
    pub hides: bool,
}

/// The outer form: `RIFF`, its size and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// `RIFF`, `RF64` or `BW64`.
    pub id: [u8; 4],
    /// `WAVE`, `AVI `, `WEBP`.
    pub kind: [u8; 4],
    /// The declared size of everything after the size field.
    pub size: u32,
    /// Where the chunks are, cut to the file.
    pub body: Range<u64>,
    /// The sizes of RF64 and BW64.
    pub wide: Option<Wide>,
}

/// The chunk `ds64` (EBU Tech 3306 section 3): sizes of 64 bits, where the field of 32 bits says 0xFFFFFFFF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wide {
    /// Where the size of the form stands.
    pub size_at: u64,
    /// The declared size of everything after the size field of the form.
    pub size: u64,
    /// Sizes of chunks: that of `data`, then the table.
    chunks: Vec<([u8; 4], u64)>,
}

/// Most rows of the table of `ds64` that are read: it is for chunks over 4 GiB.
const MAX_WIDE: u32 = 256;

impl Wide {
    /// Reads the chunk right behind the type of the form; `None` when another stands there.
    fn read(source: &dyn Source) -> Result<Option<Self>> {
        let [b'd', b's', b'6', b'4', length @ ..] = source.array::<8>(NAME, 12, phrase!("a chunk header", "块头"))?
        else {
            return Ok(None);
        };
        let length = u64::from(u32::from_le_bytes(length));
        let head = source.array::<28>(NAME, 20, phrase!("the chunk ds64", "ds64 块"))?;
        if length < 28 {
            return Err(Error::invalid(NAME, 12, phrase!("the chunk ds64 is too short", "ds64 块过短")));
        }
        let mut c = Cursor::new(&head);
        let mut next = || c.array::<8>().map_or(0, |b| u64::from_le_bytes(*b));
        let (size, data, _) = (next(), next(), next());
        let rows = c.u32_le().unwrap_or(0).min(MAX_WIDE);
        let mut chunks = vec![(*b"data", data)];
        for row in 0..u64::from(rows) {
            if 28 + row * 12 + 12 > length {
                break;
            }
            let [a, b, c, d, size @ ..] =
                source.array::<12>(NAME, 48 + row * 12, phrase!("the chunk ds64", "ds64 块"))?;
            chunks.push(([a, b, c, d], u64::from_le_bytes(size)));
        }
        Ok(Some(Self { size_at: 20, size, chunks }))
    }
}

/// By so many bytes writers count wrong (the header, a pad byte) where nothing is missing; no label is as short.
pub(crate) const CARELESS: u64 = 16;
/// Sizes of about 2 GiB and more are what some writers to a pipe leave.
pub(crate) const ENDLESS: u64 = 0x7fff_0000;

impl Form {
    /// Whether its size was never written, since its writer could not go back.
    pub fn streamed(&self) -> bool {
        match &self.wide {
            Some(wide) => matches!(wide.size, 0 | u64::MAX),
            None => matches!(self.size, 0 | u32::MAX),
        }
    }

    fn declared(&self) -> u64 {
        self.wide.as_ref().map_or(self.size.into(), |w| w.size)
    }

    /// Whether it states the size of the file.
    pub fn is_exact(&self, source: &dyn Source) -> bool {
        self.declared().saturating_add(8).abs_diff(source.len()) <= CARELESS
    }

    /// What is to be said where the file ends before its form does: parts may be lost.
    pub fn missing(&self, source: &dyn Source) -> Option<Message> {
        let declared = self.declared();
        if self.streamed() || (self.wide.is_none() && declared >= ENDLESS) {
            return None;
        }
        let missing = declared.saturating_add(8).saturating_sub(source.len());
        (missing > CARELESS)
            .then(|| said!("the last {} bytes of the file are missing", "文件末尾缺少 {} 字节", missing))
    }

    /// Its chunks, with the sizes of `ds64`. Players do not trust the size of the form: a chunk may run past its end as far
    /// as the file goes, and chunks may follow.
    pub fn chunks(&self, source: &dyn Source, lenient: &[[u8; 4]], limits: &Limits) -> Chunks {
        let wide = self.wide.as_ref().map(|w| w.chunks.as_slice()).unwrap_or_default();
        let (streamed, exact) = (self.streamed(), self.is_exact(source));
        let outer = source.len().max(self.body.end);
        let size = u32::from_le_bytes;
        Walk { source, parent: self.body.clone(), outer, wide, lenient, streamed, exact, size }.run(limits)
    }
}

/// Reads the twelve bytes at the front.
///
/// # Errors
/// I/O, fewer than twelve bytes, another id.
pub fn form(source: &dyn Source) -> Result<Form> {
    let head = source.array::<12>(NAME, 0, phrase!("the header", "文件头"))?;
    let [a, b, c, d, s0, s1, s2, s3, kind @ ..] = head;
    let id = [a, b, c, d];
    if ![*b"RIFF", *b"RF64", *b"BW64"].contains(&id) {
        return Err(Error::invalid(NAME, 0, phrase!("the form is not RIFF", "文件标志不是 RIFF")));
    }
    let size = u32::from_le_bytes([s0, s1, s2, s3]);
    // 0 and 0xFFFFFFFF are what a writer to a pipe leaves, and what RF64 puts into ds64.
    let wide = if id == *b"RIFF" { None } else { Wide::read(source)? };
    let mut form = Form { id, kind, size, body: 12..source.len().max(12), wide };
    if !form.streamed() {
        form.body.end = form.declared().saturating_add(8).clamp(12, source.len().max(12));
    }
    Ok(form)
}

/// The chunks of `parent` (the body of a form or list).
///
/// A chunk that runs past the end is cut and marked [`Chunk::open`] when `lenient` names it, else it is an error.
///
/// # Errors
/// I/O, a chunk that runs past its parent, more chunks than [`Limits::parts`].
pub fn chunks(source: &dyn Source, parent: Range<u64>, lenient: &[[u8; 4]], limits: &Limits) -> Result<Vec<Chunk>> {
    let (chunks, damage) = walk(source, parent, lenient, limits);
    damage.map_or(Ok(chunks), Err)
}

/// As [`chunks`], but keeps what came before the damage, so that a label in front of it is still seen.
pub fn walk(
    source: &dyn Source,
    parent: Range<u64>,
    lenient: &[[u8; 4]],
    limits: &Limits,
) -> (Vec<Chunk>, Option<Error>) {
    let outer = parent.end;
    let (wide, streamed, exact, size) = (&[], false, false, u32::from_le_bytes);
    let walk = Walk { source, parent, outer, wide, lenient, streamed, exact, size };
    let Chunks { list, damage, .. } = walk.run(limits);
    (list, damage)
}

/// A walk over the chunks of a parent.
pub(crate) struct Walk<'a> {
    pub(crate) source: &'a dyn Source,
    /// The parent, as it says.
    pub(crate) parent: Range<u64>,
    /// How far its chunks may reach.
    pub(crate) outer: u64,
    /// The sizes that `ds64` states.
    pub(crate) wide: &'a [([u8; 4], u64)],
    /// Chunks that may run past the end.
    pub(crate) lenient: &'a [[u8; 4]],
    /// Whether the size of the parent was never written.
    pub(crate) streamed: bool,
    /// Whether it is that of the file.
    pub(crate) exact: bool,
    /// The order of the bytes of a size.
    pub(crate) size: fn([u8; 4]) -> u32,
}

/// Most chunks that are looked at to tell whether a chunk is empty.
const FOLLOWING: usize = 16;

impl Walk<'_> {
    pub(crate) fn run(self, limits: &Limits) -> Chunks {
        let (mut list, mut hides) = (Vec::new(), false);
        let mut at = self.parent.start;
        // Fewer than eight bytes at the end are padding that some writers leave; behind the end there may be anything.
        let damage = loop {
            let inside = at + 8 <= self.parent.end;
            let more = inside || (at + 8 <= self.outer && self.follows(at));
            if !more {
                break None;
            }
            if list.len() >= limits.parts {
                break Some(Error::limit(
                    NAME,
                    phrase!("the number of chunks", "块数"),
                    limits.parts as u64,
                    "--limit-parts",
                ));
            }
            match self.chunk(at) {
                Ok(chunk) => {
                    let wrong = |(_, declared): ([u8; 4], u64)| declared.abs_diff(chunk.length) > CARELESS;
                    hides |= chunk.open && self.exact && self.head(at).is_ok_and(wrong);
                    at = chunk.range().end;
                    list.push(chunk);
                }
                Err(damage) => break Some(damage),
            }
        };
        Chunks { list, damage, end: at.max(self.parent.end).min(self.outer), hides }
    }

    fn head(&self, at: u64) -> Result<([u8; 4], u64)> {
        let [a, b, c, d, size @ ..] = self.source.array::<8>(NAME, at, phrase!("a chunk header", "块头"))?;
        let (id, declared) = ([a, b, c, d], u64::from((self.size)(size)));
        match self.wide.iter().find(|(name, _)| *name == id) {
            Some((_, wide)) if declared == u64::from(u32::MAX) => Ok((id, *wide)),
            _ => Ok((id, declared)),
        }
    }

    fn chunk(&self, at: u64) -> Result<Chunk> {
        let (id, declared) = self.head(at)?;
        let room = self.outer.saturating_sub(at + 8);
        let lenient = self.lenient.contains(&id);
        if declared > room && !lenient {
            let name = String::from_utf8_lossy(&id).escape_default().to_string();
            return Err(Error::past_end(NAME, at, said!("chunk {}", "块 {}", name), declared));
        }
        let unwritten = declared == 0 && lenient && room > 0 && !self.is_empty(at + 8);
        let open = declared > room || unwritten;
        let length = if open { room } else { declared };
        let end = at + 8 + length;
        let padded = length % 2 == 1 && end < self.outer && !self.unpadded(end);
        Ok(Chunk { id, start: at, length, open, padded })
    }

    /// Whether chunks follow a chunk of size 0 up to the end of the parent, so that it is empty. Else its size was never
    /// written, and it goes on to the end of the file, as players have it.
    fn is_empty(&self, mut at: u64) -> bool {
        if self.streamed || at >= self.parent.end {
            return false;
        }
        for _ in 0..FOLLOWING {
            if at + 8 > self.parent.end {
                return at <= self.parent.end + 1;
            }
            match self.head(at) {
                Ok((_, size)) if self.follows(at) => at += 8 + size + size % 2,
                _ => return false,
            }
        }
        true
    }

    /// Whether a chunk of an odd size is followed by another one at once.
    fn unpadded(&self, end: u64) -> bool {
        let zero = self.source.array::<1>(NAME, end, phrase!("a pad byte", "填充字节")).is_ok_and(|b| b == [0]);
        !zero && self.follows(end) && !self.follows(end + 1)
    }

    /// Whether something stands at an offset that looks like a chunk and has room, and is no other file.
    fn follows(&self, at: u64) -> bool {
        self.head(at).is_ok_and(|(id, size)| {
            let named = id.iter().all(|b| matches!(b, b' '..=b'~')) && ![*b"RIFF", *b"FORM"].contains(&id);
            named && (size <= self.outer.saturating_sub(at + 8) || self.lenient.contains(&id))
        })
    }
}

/// A whole chunk around `data`, padded to an even length.
pub fn encode(id: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 9);
    out.extend(id);
    out.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
    out
}

/// How samples are stored (the `fmt ` chunk).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaveFormat {
    /// 1 PCM, 3 IEEE float; for the extensible form the tag inside its GUID.
    pub tag: u16,
    /// Interleaved channels, at least 1.
    pub channels: u16,
    /// Samples a second of one channel, at least 1.
    pub rate: u32,
    /// Bytes of one sample of every channel.
    pub block: u16,
    /// Bits of one sample in its container.
    pub bits: u16,
}

impl WaveFormat {
    /// Parses the data of a `fmt ` chunk; `None` when it is too short or holds a zero where none may be.
    pub fn parse(data: &[u8]) -> Option<Self> {
        let mut c = Cursor::new(data);
        let (tag, channels, rate) = (c.u16_le()?, c.u16_le()?, c.u32_le()?);
        let (_, block, bits) = (c.u32_le()?, c.u16_le()?, c.u16_le()?);
        // WAVE_FORMAT_EXTENSIBLE: the sub-format GUID starts with the real tag.
        let tag = if tag == 0xfffe { Cursor::at(data, 24).u16_le()? } else { tag };
        (channels > 0 && rate > 0 && block > 0).then_some(Self { tag, channels, rate, block, bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A form of this size whose last chunk is `data` of another one, with so many bytes and `behind` behind them.
    fn walked(form_size: u32, data_size: u32, bytes: usize, behind: &[u8]) -> (Vec<([u8; 4], u64, bool)>, u64) {
        let sound = vec![0xfb; bytes];
        let data = [b"data", &data_size.to_le_bytes()[..], &sound, behind].concat();
        let file = [b"RIFF", &form_size.to_le_bytes()[..], b"WAVE", &encode(*b"fmt ", &[1; 16]), &data].concat();
        let chunks = form(&file).unwrap().chunks(&file, &[*b"data"], &Limits::default());
        assert!(chunks.damage.is_none(), "{:?}", chunks.damage);
        (chunks.list.iter().skip(1).map(|c| (c.id, c.length, c.open)).collect(), chunks.end)
    }

    #[test]
    fn wrong_sizes_lose_no_sound() {
        let (list, fact) = (encode(*b"LIST", b"INFO"), encode(*b"fact", &[1; 4]));
        let more = [list.clone(), fact.clone()].concat();
        // (size of the form, of data, bytes of sound, what follows) -> chunks, end
        let data = |length, open| (*b"data", length, open);
        for (form, declared, bytes, behind, expected, end) in [
            (136, 100, 100, vec![], vec![data(100, false)], 144),
            (100, 100, 100, vec![], vec![data(100, false)], 144),
            (36, 100, 100, vec![], vec![data(100, false)], 144),
            (999, 100, 100, vec![], vec![data(100, false)], 144),
            (136, 500, 100, vec![], vec![data(100, true)], 144),
            (0, 0, 100, vec![], vec![data(100, true)], 144),
            (u32::MAX, u32::MAX, 100, vec![], vec![data(100, true)], 144),
            (36, 0, 100, vec![], vec![data(100, true)], 144),
            (136, 0, 100, vec![], vec![data(100, true)], 144),
            // Really empty.
            (36, 0, 0, vec![], vec![data(0, false)], 44),
            (60, 0, 0, more.clone(), vec![data(0, false), (*b"LIST", 4, false), (*b"fact", 4, false)], 68),
            // A program added chunks and did not count them; another appended what is no chunk.
            (136, 100, 100, more.clone(), vec![data(100, false), (*b"LIST", 4, false), (*b"fact", 4, false)], 168),
            (136, 100, 100, b"TAGTitle of a song".to_vec(), vec![data(100, false)], 144),
            (136, 100, 100, b"RIFF\x04\0\0\0WAVE".to_vec(), vec![data(100, false)], 144),
            // An odd size, with its pad byte and without.
            (148, 99, 99, [vec![0], list.clone()].concat(), vec![data(99, false), (*b"LIST", 4, false)], 156),
            (147, 99, 99, list.clone(), vec![data(99, false), (*b"LIST", 4, false)], 155),
            (135, 99, 99, vec![], vec![data(99, false)], 143),
        ] {
            assert_eq!(walked(form, declared, bytes, &behind), (expected, end), "{form} {declared} {bytes}");
        }
    }

    #[test]
    fn a_chunk_that_takes_what_follows_in_a_right_form_hides_it() {
        let behind = [&[0xfb; 100][..], &encode(*b"AIGC", b"{}")].concat();
        for (form_size, data_size, hides) in [
            (146, u32::MAX, true),
            (146, 0, true),
            (150, 500, true),
            (146, 112, false),
            (146, 100, false),
            // Cut off, or written to a pipe.
            (500, 500, false),
            (u32::MAX, u32::MAX, false),
            (0x7fff_f024, 0x7fff_f000, false),
            (36, 0, false),
        ] {
            let data = [b"data", &data_size.to_le_bytes()[..], &behind].concat();
            let file =
                [b"RIFF", &u32::to_le_bytes(form_size)[..], b"WAVE", &encode(*b"fmt ", &[1; 16]), &data].concat();
            let chunks = form(&file).unwrap().chunks(&file, &[*b"data"], &Limits::default());
            assert_eq!(chunks.hides, hides, "{form_size} {data_size}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked_without_panic(tail in prop::collection::vec(any::<u8>(), 0..200), size in any::<u32>()) {
            let bytes = [b"RIFF".as_slice(), &size.to_le_bytes(), b"WEBP", &tail].concat();
            let form = form(&bytes).unwrap();
            let (chunks, _) = walk(&bytes, form.body.clone(), &[], &Limits::default());
            for chunk in chunks { prop_assert!(chunk.data().end <= form.body.end); }
            let chunks = form.chunks(&bytes, &[*b"data"], &Limits::default());
            prop_assert!(chunks.end <= bytes.len() as u64);
            prop_assert!(chunks.list.iter().all(|c| c.range().end <= bytes.len() as u64));
        }

        #[test]
        fn what_is_written_is_read(parts in prop::collection::vec((any::<[u8; 4]>(), prop::collection::vec(any::<u8>(), 0..20)), 0..8)) {
            let body: Vec<u8> = parts.iter().flat_map(|(id, data)| encode(*id, data)).collect();
            let read = chunks(&body, 0..body.len() as u64, &[], &Limits::default()).unwrap();
            prop_assert_eq!(read.len(), parts.len());
            for (chunk, (id, data)) in read.iter().zip(&parts) {
                prop_assert_eq!(&chunk.id, id);
                prop_assert_eq!(&body[chunk.data().start as usize..chunk.data().end as usize], &data[..]);
            }
        }
    }
}
