//! The pages of an Opus stream in Ogg, and what a label has to know of its first and its last packet (RFC 7845).

use biaoshi_container::ogg::{self, NO_PACKET, Page};
use biaoshi_container::{self as container, Kind, Limits, Message, Source, SourceExt, phrase, said};
use opus_pure::{OpusMode, packet};

use super::{CHAINED, DAMAGED, FAMILY, MULTIPLEXED, NAME, POSITIONS};
use crate::{Error, Result};

/// Pages of a file, on top of the parts that `--limit-parts` counts: an hour has a hundred thousand.
const PAGES_A_PART: usize = 16;
/// No position is larger: what comes on top has room.
const FARTHEST: u64 = 1 << 62;

/// What the identification header says (RFC 7845 section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// 1 or 2.
    pub(super) channels: u8,
    /// Sample frames that are decoded and not played at the start ("pre-skip").
    pub(super) skipped: u16,
    /// Output gain in 1/256 dB.
    pub(super) gain: i16,
}

/// One stream of mono or stereo that is all there is in the file.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub(super) head: Head,
    /// The first page of sound.
    pub(super) sound: u64,
    /// How the first packet is coded.
    pub(super) first: OpusMode,
    /// Position before the first sample frame, not 0 where the stream was cut out of a longer one.
    pub(super) start: u64,
    /// Position behind the last one that is played.
    pub(super) end: u64,
    /// Sample frames that are decoded behind that and not played ("end trimming", section 4.5).
    pub(super) trimmed: u64,
    /// The last page that tells a position.
    pub(super) positioned: u64,
    /// The last page.
    pub(super) last: Page,
}

impl Stream {
    /// Walks through the pages; of the sound, the first bytes of some packets are read.
    ///
    /// # Errors
    /// I/O, limits; [`Error::Unable`] where it is damaged, or not one stream of family 0.
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Self> {
        let mut pages = Pages::new(source, 0, limits);
        let first = pages.next().transpose()?.ok_or_else(|| damaged(no_sound()))?;
        let head = Head::read(source, &first)?;
        pages.serial = Some(first.serial);
        skip_comments(source, &mut pages)?;
        let sound = pages.at;
        let mut walk = Walk::default();
        for page in pages {
            walk.add(source, page?)?;
        }
        walk.finish(source, head, sound)
    }

    /// Sample frames that are played.
    pub(super) fn played(&self) -> u64 {
        self.end.saturating_sub(self.start).saturating_sub(self.head.skipped.into())
    }
}

impl Head {
    fn read(source: &dyn Source, page: &Page) -> Result<Self> {
        let bytes: [u8; 19] =
            source.array(NAME, page.body().start, phrase!("the OpusHead packet", "OpusHead 包")).map_err(refused)?;
        let [magic @ .., version, channels, s0, s1, _, _, _, _, g0, g1, family] = bytes;
        if magic != *b"OpusHead" || version > 15 {
            return Err(damaged(said!("it does not begin with OpusHead", "未以 OpusHead 开始")));
        }
        if family != 0 || !(1..=2).contains(&channels) {
            return Err(Error::Unable(FAMILY.with([u64::from(family).into(), u64::from(channels).into()])));
        }
        Ok(Self { channels, skipped: u16::from_le_bytes([s0, s1]), gain: i16::from_le_bytes([g0, g1]) })
    }
}

/// Passes over the second packet, behind which the sound begins on a page of its own (section 3).
fn skip_comments(source: &dyn Source, pages: &mut Pages<'_>) -> Result<()> {
    let mut begun = false;
    for page in pages {
        let page = page?;
        if !begun {
            let magic: [u8; 8] = source
                .array(NAME, page.body().start, phrase!("the OpusTags packet", "OpusTags 包"))
                .map_err(refused)?;
            if magic != *b"OpusTags" {
                return Err(damaged(said!("no OpusTags behind OpusHead", "OpusHead 之后没有 OpusTags")));
            }
            begun = true;
        }
        match page.lacing.iter().position(|size| *size < 255) {
            None => {}
            Some(at) if at + 1 == page.lacing.len() => return Ok(()),
            Some(_) => {
                return Err(damaged(said!("sound on the page of the comments", "声音与注释处于同一页")));
            }
        }
    }
    Err(damaged(no_sound()))
}

/// The pages from a place on, all of one stream.
pub(super) struct Pages<'a> {
    source: &'a dyn Source,
    at: u64,
    /// The stream that they have to be of, once it is known.
    serial: Option<u32>,
    /// Whether a page was there that begins no stream.
    begun: bool,
    left: usize,
    most: usize,
}

impl<'a> Pages<'a> {
    pub(super) fn new(source: &'a dyn Source, at: u64, limits: &Limits) -> Self {
        let most = limits.parts.saturating_mul(PAGES_A_PART);
        Self { source, at, serial: None, begun: false, left: most, most }
    }

    fn read(&mut self) -> Result<Option<Page>> {
        let Some(page) = ogg::page(self.source, self.at).map_err(refused)? else { return Ok(None) };
        if self.serial.is_some_and(|serial| page.first() || page.serial != serial) {
            // Streams side by side all begin before any of them goes on (RFC 3533 section 4).
            let reason = if page.first() && self.begun { &CHAINED } else { &MULTIPLEXED };
            return Err(Error::Unable(reason.message()));
        }
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            container::Error::limit(NAME, phrase!("the number of pages", "页数"), self.most as u64, "--limit-parts")
        })?;
        self.begun |= !page.first();
        self.at = page.end();
        Ok(Some(page))
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// What was seen of the pages of sound.
#[derive(Default)]
struct Walk {
    /// First bytes of the packet that goes on on the next page.
    open: Vec<u8>,
    /// The first packet's coding, and the position of its first sample frame.
    first: Option<(OpusMode, u64)>,
    /// The latest page with a position: it, what was open before, and the position before.
    positioned: Option<(Page, Vec<u8>, u64)>,
    last: Option<Page>,
}

impl Walk {
    fn add(&mut self, source: &dyn Source, page: Page) -> Result<()> {
        if self.last.as_ref().is_some_and(Page::last) {
            return Err(damaged(said!("pages behind the last one of the stream", "流的末页之后还有页")));
        }
        if self.last.is_none() && page.flags & 1 == 1 {
            return Err(damaged(said!("the sound begins within a packet", "声音从包的中间开始")));
        }
        let before = self.open.clone();
        let positioned = page.granule != NO_PACKET;
        if positioned && page.granule > FARTHEST {
            return Err(Error::Unable(POSITIONS.message()));
        }
        // Where a packet begins is of interest only where its length counts.
        let first = self.first.is_none() && positioned;
        if first || page.lacing.last() == Some(&255) || !self.open.is_empty() {
            let packets = self.heads(source, &page)?;
            if first {
                self.begin(&page, &packets)?;
            }
        }
        if positioned {
            let (_, start) = self.first.ok_or_else(|| Error::Unable(POSITIONS.message()))?;
            let position = self.positioned.as_ref().map_or(start, |(page, ..)| page.granule);
            self.positioned = Some((page.clone(), before, position));
        }
        self.last = Some(page);
        Ok(())
    }

    /// Takes the coding of the first packet, and where it begins, from the first page on which packets end.
    fn begin(&mut self, page: &Page, packets: &[Vec<u8>]) -> Result<()> {
        let frames = samples(packets)?;
        // A single page may be cut at its end (RFC 7845 section 4.4), and its position says nothing about the start.
        let start = match page.granule.checked_sub(frames) {
            Some(start) => start,
            None if page.last() => 0,
            None => return Err(Error::Unable(POSITIONS.message())),
        };
        let toc = packets.first().ok_or_else(|| damaged(no_sound()))?;
        let mode = packet::mode(toc).map_err(|e| damaged(told(&e)))?;
        self.first = Some((mode, start));
        Ok(())
    }

    /// The first two bytes of each packet that ends on a page; of one that does not, they are kept.
    fn heads(&mut self, source: &dyn Source, page: &Page) -> Result<Vec<Vec<u8>>> {
        let mut at = page.body().start;
        let mut head = if page.flags & 1 == 1 { std::mem::take(&mut self.open) } else { Vec::new() };
        let mut heads = Vec::new();
        for size in &page.lacing {
            let wanted = usize::from(*size).min(2usize.saturating_sub(head.len()));
            let mut bytes = vec![0; wanted];
            let got = source.read_at(at, &mut bytes).map_err(|e| container::Error::io(NAME, e))?;
            head.extend(bytes.into_iter().take(got));
            at += u64::from(*size);
            if *size < 255 {
                heads.push(std::mem::take(&mut head));
            }
        }
        self.open = head;
        Ok(heads)
    }

    fn finish(mut self, source: &dyn Source, head: Head, sound: u64) -> Result<Stream> {
        let nothing = || damaged(no_sound());
        let (first, start) = self.first.ok_or_else(nothing)?;
        let (page, open, before) = self.positioned.take().ok_or_else(nothing)?;
        let last = self.last.take().ok_or_else(nothing)?;
        self.open = open;
        let frames = samples(&self.heads(source, &page)?)?;
        // Only the end of a stream is cut (RFC 7845 section 4.4); elsewhere a position that does not fit is a hole.
        let trimmed = if last.last() { before.saturating_add(frames).saturating_sub(page.granule) } else { 0 };
        Ok(Stream { head, sound, first, start, end: page.granule, trimmed, positioned: page.start, last })
    }
}

/// Sample frames of packets of which the first two bytes are given (RFC 6716 section 3).
fn samples(heads: &[Vec<u8>]) -> Result<u64> {
    heads.iter().try_fold(0, |sum, head| {
        let frames = packet::samples_48k(head).map_err(|e| damaged(told(&e)))?;
        Ok(sum + frames as u64)
    })
}

/// Damage is a reason; what else went wrong is an error.
fn refused(error: container::Error) -> Error {
    if error.kind() == Kind::Malformed { damaged(error.message()) } else { error.into() }
}

pub(super) fn damaged(why: Message) -> Error {
    Error::Unable(DAMAGED.with([why.into()]))
}

fn no_sound() -> Message {
    said!("there is no sound behind the headers", "头部之后没有声音")
}

fn told(error: &opus_pure::Error) -> Message {
    said!("a packet is not valid: {}", "包无效:{}", container::Detail::Term(error.to_string()))
}
