//! The header packets of the streams of the first link.

use std::ops::Range;

use biaoshi_container::ogg::{self, Packet, Page};
use biaoshi_container::{Error, Limits, Result, Source, SourceExt};
use biaoshi_label::Dialect;

use super::{CODECS, Codec, Framing, NAME};
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

/// The first link of the chain.
pub(super) struct Link {
    pub(super) streams: Vec<Stream>,
}

/// Reads pages until all headers are there.
///
/// # Errors
/// I/O, damage, a limit, no stream with comments.
pub(super) fn link(
    source: &dyn Source,
    placements: (&'static str, &'static str),
    limits: &Limits,
    found: &mut Found,
) -> Result<Link> {
    let mut link = Link { streams: Vec::new() };
    let (mut at, mut count, mut beginning) = (0, 0, true);
    while beginning || link.streams.iter().any(|s| !s.complete()) {
        let Some(page) = ogg::page(source, at)? else {
            return Err(Error::truncated(NAME, at, "the headers"));
        };
        count += 1;
        if count > limits.parts {
            return Err(Error::limit(
                NAME,
                "the number of pages before the sound",
                limits.parts as u64,
                "--limit-parts",
            ));
        }
        at = page.end();
        match (beginning, page.first()) {
            (true, true) => link.begin(source, &page)?,
            (true, false) if link.streams.is_empty() => break,
            (false, true) => {
                return Err(Error::invalid(NAME, page.start, "a stream begins before the headers are complete"));
            }
            _ => {
                beginning = false;
                link.take(source, page, placements, limits, found)?;
            }
        }
    }
    if link.streams.is_empty() {
        return Err(Error::unsupported(NAME, "an Ogg file without a Vorbis, Opus, Theora, Speex or FLAC stream"));
    }
    Ok(link)
}

impl Link {
    /// A page that begins a stream.
    fn begin(&mut self, source: &dyn Source, page: &Page) -> Result<()> {
        let body = page.body();
        let head = source.bytes(NAME, body.start..body.end.min(body.start + 8), 8, "the first packet")?;
        let Some(codec) = CODECS.iter().find(|c| head.starts_with(c.magic)) else { return Ok(()) };
        if self.streams.iter().any(|s| s.serial == page.serial) {
            return Err(Error::invalid(NAME, page.start, "two streams have the same serial number"));
        }
        if self.streams.len() >= 64 {
            return Err(Error::limit(NAME, "the number of streams", 64, "nothing"));
        }
        let (pages, packets) = (Vec::new(), Vec::new());
        self.streams.push(Stream { codec, serial: page.serial, pages, packets, open: false, list: None });
        Ok(())
    }

    /// A page behind those: a part of some stream's headers, or of a stream that is none of ours or has them all.
    fn take(
        &mut self,
        source: &dyn Source,
        page: Page,
        placements: (&'static str, &'static str),
        limits: &Limits,
        found: &mut Found,
    ) -> Result<()> {
        let place = self.streams.iter().position(|s| s.serial == page.serial);
        let Some(stream) = place.and_then(|n| self.streams.get_mut(n)).filter(|s| !s.complete()) else { return Ok(()) };
        stream.absorb(page);
        if stream.list.is_none() && (stream.packets.len() > 1 || !stream.open) && !stream.packets.is_empty() {
            let dialects: &[_] = if place == Some(0) { &[] } else { &[Dialect::VorbisSecondList] };
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
        (label, other): (&'static str, &'static str),
        dialects: &[Dialect],
        limits: &Limits,
        found: &mut Found,
    ) -> Result<List> {
        let packet = self.comment_packet(source);
        let at = self.pages.first().map_or(0, |p| p.start);
        let mut start = self.codec.prefix.len() as u64;
        let prefix = packet.bytes(NAME, 0..start.min(packet.len()), 8, "the comment header")?;
        if prefix != self.codec.prefix {
            return Err(Error::invalid(NAME, at, "the second packet is no comment header"));
        }
        if self.framing() == Framing::Block {
            // VORBIS_COMMENT is block type 4; the top bit marks the last block.
            let [kind, ..] = packet.array::<4>(NAME, 0, "the comment header")?;
            if kind & 0x7f != 4 {
                return Err(Error::invalid(NAME, at, "the second packet is no comment header"));
            }
            start = 4;
        }
        let span = |range: Range<u64>| packet.span(range);
        let place = Place { name: NAME, label, other, dialects, span: &span };
        // Offsets in a packet say nothing to people: damage is reported at the page where the packet begins.
        vorbis::read(&packet, start..packet.len(), &place, limits, found).map_err(|mut error| {
            error.offset = error.offset.map(|n| packet.span(n..n + 1).start.max(at));
            error
        })
    }
}
