//! The header packets of the streams of every link.

use std::ops::Range;

use biaoshi_container::ogg::{self, Packet, Page};
use biaoshi_container::{Error, Kind, Limits, Result, Source, SourceExt, phrase};
use biaoshi_label::Dialect;

use super::{Codec, Framing, NAME, Placements, STREAMS};
use crate::found::Found;
use crate::vorbis::{self, List, Place};

/// A logical stream with comments.
pub(super) struct Stream {
    codec: &'static Codec,
    pub(super) serial: u32,
    /// The pages of the headers, less the first one.
    pub(super) pages: Vec<Page>,
    /// The packets on them, each as pieces of the file.
    pub(super) packets: Vec<Vec<Range<u64>>>,
    /// Whether the last of them is not complete yet.
    open: bool,
    pub(super) list: Option<List>,
}

/// A link of the chain: streams that begin together.
pub(super) struct Link {
    pub(super) streams: Vec<Stream>,
    /// Serial numbers of all its streams, whatever their codec.
    serials: Vec<u32>,
    /// Where it begins.
    pub(super) start: u64,
    /// Where its headers end.
    pub(super) end: u64,
}

/// The links of a file, mostly one.
pub(super) struct Chain(pub(super) Vec<Link>);

/// A shorter file is walked through page by page. In a longer one the last page tells whether there is another link, since
/// its streams have other serial numbers (RFC 3533 section 4).
const WALKED: u64 = 16 << 20;
/// Bytes that hold a page, and rubbish in which the next one is looked for.
const PAGE: u64 = 1 << 16;

/// Reads the headers of all links. What is wrong behind those of the first is passed over.
///
/// # Errors
/// I/O, damage, a limit, no stream with comments.
pub(super) fn chain(source: &dyn Source, placements: Placements, limits: &Limits, found: &mut Found) -> Result<Chain> {
    let first = link(source, 0, placements, limits, found)?;
    let (mut at, mut pages) = (first.end, 0);
    let chained = source.len() <= WALKED || last_serial(source)?.is_some_and(|n| !first.serials.contains(&n));
    let mut links = vec![first];
    while let Some(page) = next_page(source, at)?.filter(|_| chained) {
        at = page.end();
        pages += 1;
        let read = match page.first() {
            true => link(source, page.start, placements, limits, found),
            false if pages <= limits.parts => continue,
            false => {
                Err(Error::limit(NAME, phrase!("the number of pages", "页数"), limits.parts as u64, "--limit-parts"))
            }
        };
        match read {
            Ok(link) => {
                at = link.end;
                links.push(link);
            }
            Err(error) if error.kind() == Kind::Io => return Err(error),
            // A stream of another codec has no comments.
            Err(error) if error.kind() == Kind::Unsupported => {}
            Err(damage) => {
                found.pass_over("ogg/later link", damage.message());
                break;
            }
        }
    }
    Ok(Chain(links))
}

/// The page at `at`, or behind a little rubbish there.
fn next_page(source: &dyn Source, at: u64) -> Result<Option<Page>> {
    match ogg::header(source, at) {
        Err(error) if error.kind() != Kind::Io => {}
        page => return page,
    }
    let bytes =
        source.bytes(NAME, at..at.saturating_add(PAGE).min(source.len()), PAGE, phrase!("rubbish", "无效数据"))?;
    let place = bytes.windows(5).position(|w| w == b"OggS\0");
    Ok(place.and_then(|n| ogg::header(source, at + n as u64).ok().flatten()))
}

/// The serial number of the last page.
fn last_serial(source: &dyn Source) -> Result<Option<u32>> {
    let start = source.len().saturating_sub(2 * PAGE);
    let bytes = source.bytes(NAME, start..source.len(), 2 * PAGE, phrase!("the last page", "最后一页"))?;
    let place = bytes.windows(5).rposition(|w| w == b"OggS\0");
    Ok(place.and_then(|n| ogg::header(source, start + n as u64).ok().flatten()).map(|page| page.serial))
}

/// The pages that begin the streams of the link at an offset.
pub(super) fn first_pages(source: &dyn Source, mut at: u64) -> Result<Vec<Page>> {
    let mut pages = Vec::new();
    while pages.len() <= STREAMS
        && let Some(page) = ogg::header(source, at)?.filter(Page::first)
    {
        at = page.end();
        pages.push(page);
    }
    Ok(pages)
}

/// Reads pages until all headers of the link at `start` are there.
fn link(source: &dyn Source, start: u64, placements: Placements, limits: &Limits, found: &mut Found) -> Result<Link> {
    let mut link = Link { streams: Vec::new(), serials: Vec::new(), start, end: start };
    let (mut at, mut count, mut beginning) = (start, 0, true);
    while beginning || link.streams.iter().any(|s| !s.complete()) {
        let Some(page) = ogg::page(source, at)? else {
            return Err(Error::truncated(NAME, at, phrase!("the headers", "头部")));
        };
        count += 1;
        if count > limits.parts {
            return Err(Error::limit(
                NAME,
                phrase!("the number of pages before the sound", "音频之前的页数"),
                limits.parts as u64,
                "--limit-parts",
            ));
        }
        at = page.end();
        match (beginning, page.first()) {
            (true, true) => link.begin(source, &page)?,
            (true, false) if link.streams.is_empty() => break,
            (false, true) => {
                return Err(Error::invalid(
                    NAME,
                    page.start,
                    phrase!("a stream begins before the headers are complete", "头部完成之前又有流开始"),
                ));
            }
            _ => {
                beginning = false;
                link.take(source, page, placements, start > 0, limits, found)?;
            }
        }
    }
    link.end = at;
    if link.streams.is_empty() {
        return Err(Error::unsupported(
            NAME,
            phrase!(
                "an Ogg file without a Vorbis, Opus, Theora, Speex or FLAC stream",
                "没有 Vorbis、Opus、Theora、Speex 或 FLAC 流的 Ogg 文件"
            ),
        ));
    }
    Ok(link)
}

impl Link {
    /// The index of the stream that a label belongs into: the first of sound, or of all.
    pub(super) fn home(&self) -> usize {
        self.streams.iter().position(|s| s.codec.sound).unwrap_or(0)
    }

    /// A page that begins a stream.
    fn begin(&mut self, source: &dyn Source, page: &Page) -> Result<()> {
        if self.serials.contains(&page.serial) {
            return Err(Error::invalid(
                NAME,
                page.start,
                phrase!("two streams have the same serial number", "两个流的序列号相同"),
            ));
        }
        if self.serials.len() >= STREAMS {
            return Err(Error::limit(NAME, phrase!("the number of streams", "流数"), STREAMS as u64, None));
        }
        self.serials.push(page.serial);
        let body = page.body();
        let head =
            source.bytes(NAME, body.start..body.end.min(body.start + 8), 8, phrase!("the first packet", "首个包"))?;
        let Some(codec) = Codec::of(&head) else { return Ok(()) };
        let (pages, packets) = (Vec::new(), Vec::new());
        self.streams.push(Stream { codec, serial: page.serial, pages, packets, open: false, list: None });
        Ok(())
    }

    /// A page behind those: a part of some stream's headers, or of a stream that is none of ours or has them all.
    fn take(
        &mut self,
        source: &dyn Source,
        page: Page,
        placements: Placements,
        later: bool,
        limits: &Limits,
        found: &mut Found,
    ) -> Result<()> {
        let place = self.streams.iter().position(|s| s.serial == page.serial);
        let is_home = place == Some(self.home());
        let Some(stream) = place.and_then(|n| self.streams.get_mut(n)).filter(|s| !s.complete()) else { return Ok(()) };
        stream.absorb(page);
        if stream.list.is_none() && (stream.packets.len() > 1 || !stream.open) && !stream.packets.is_empty() {
            let dialects: &[_] = if is_home && !later { &[] } else { &[Dialect::VorbisSecondList] };
            stream.list = Some(stream.comments(source, placements, dialects, limits, found)?);
        }
        Ok(())
    }
}

impl Stream {
    /// Whether all header packets are there, and the page ends where the last of its packets does.
    fn complete(&self) -> bool {
        self.packets.len() >= self.codec.headers && !self.open
    }

    fn absorb(&mut self, page: Page) {
        let mut at = page.body().start;
        for size in &page.lacing {
            if !self.open {
                self.packets.push(Vec::new());
            }
            let next = at + u64::from(*size);
            if let Some(pieces) = self.packets.last_mut() {
                match pieces.last_mut() {
                    Some(piece) if piece.end == at => piece.end = next,
                    _ => pieces.push(at..next),
                }
            }
            self.open = *size == 255;
            at = next;
        }
        self.pages.push(page);
    }

    /// The comment packet.
    pub(super) fn comment_packet<'a>(&self, source: &'a dyn Source) -> Packet<'a> {
        Packet::new(source, self.packets.first().map(Vec::as_slice).unwrap_or_default())
    }

    /// How its comments are framed.
    pub(super) fn framing(&self) -> Framing {
        self.codec.framing
    }

    fn comments(
        &self,
        source: &dyn Source,
        placements: Placements,
        dialects: &[Dialect],
        limits: &Limits,
        found: &mut Found,
    ) -> Result<List> {
        let packet = self.comment_packet(source);
        let at = self.pages.first().map_or(0, |p| p.start);
        let mut start = self.codec.prefix.len() as u64;
        let prefix = packet.bytes(NAME, 0..start.min(packet.len()), 8, phrase!("the comment header", "注释头"))?;
        if prefix != self.codec.prefix {
            return Err(Error::invalid(
                NAME,
                at,
                phrase!("the second packet is no comment header", "第二个包不是注释头"),
            ));
        }
        if self.framing() == Framing::Block {
            // VORBIS_COMMENT is block type 4; the top bit marks the last block.
            let [kind, ..] = packet.array::<4>(NAME, 0, phrase!("the comment header", "注释头"))?;
            if kind & 0x7f != 4 {
                return Err(Error::invalid(
                    NAME,
                    at,
                    phrase!("the second packet is no comment header", "第二个包不是注释头"),
                ));
            }
            start = 4;
        }
        let span = |range: Range<u64>| packet.span(range);
        let Placements { label, other } = placements;
        let place = Place { name: NAME, label, other, dialects, span: &span };
        // Offsets in a packet say nothing to people: damage is reported at the page where the packet begins.
        vorbis::read(&packet, start..packet.len(), &place, limits, found).map_err(|mut error| {
            error.offset = error.offset.map(|n| packet.span(n..n + 1).start.max(at));
            error
        })
    }
}
