//! Streams in Ogg that take a label as packets on pages of their own: what has to be known of their pages, and what changes on
//! them (RFC 3533). Which packets these are is the matter of each coding.

mod course;
mod insert;
mod packets;

use biaoshi_container::ogg::{self, Page};
use biaoshi_container::{self as container, Kind, Limits, Message, Said, Source, phrase, said};

pub(super) use course::Course;
pub(super) use insert::{Label, Packet, paged};
pub(super) use packets::packets;

use crate::{Error, Result};

pub(super) const NAME: &str = "Ogg";
/// Pages of a file, on top of the parts that `--limit-parts` counts: an hour has a hundred thousand.
const PAGES_A_PART: usize = 16;

/// Streams side by side.
static MULTIPLEXED: Said = Said {
    code: "ogg.multiplexed",
    en: "another stream lies beside the sound in the Ogg file",
    zh: "Ogg 文件中除声音外还有并行的流",
};

/// Streams one behind the other.
static CHAINED: Said = Said {
    code: "ogg.chained",
    en: "several streams follow each other in the Ogg file (a chain)",
    zh: "Ogg 文件由多个首尾相接的流组成(链式)",
};

/// Pages or packets that are not what the documents say.
static DAMAGED: Said =
    Said { code: "ogg.damaged", en: "the pages of the stream are damaged: {}", zh: "流的页已损坏:{}" };

/// Positions from which no start follows.
static POSITIONS: Said = Said {
    code: "ogg.positions",
    en: "the positions of the pages do not tell where the sound begins and ends",
    zh: "各页的位置(granule position)无法说明声音的起点和终点",
};

/// What was cut off would be heard.
static HIDDEN: Said = Said {
    code: "ogg.hidden",
    en: "{} ms of coded sound are hidden where the label would go, and would be heard beside it",
    zh: "标识位置处有 {} 毫秒被隐藏的编码声音,写入标识后会被播放出来",
};

/// The reasons of this room.
pub(super) static SAYS: [&Said; 5] = [&MULTIPLEXED, &CHAINED, &DAMAGED, &POSITIONS, &HIDDEN];

/// The pages from a place on, all of one stream.
pub(super) struct Pages<'a> {
    source: &'a dyn Source,
    /// Where the next one begins.
    pub(super) at: u64,
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

    /// The first page of the file: those behind it have to be of its stream.
    ///
    /// # Errors
    /// I/O, limits; [`Error::Unable`] for damage.
    pub(super) fn first(&mut self) -> Result<Page> {
        let page = self.next().transpose()?.ok_or_else(|| damaged(no_sound()))?;
        self.serial = Some(page.serial);
        Ok(page)
    }

    /// Passes over the headers behind the first page, which begin so, and behind which the sound begins on a page of its own.
    ///
    /// # Errors
    /// I/O, limits; [`Error::Unable`] where they are not what they should be.
    pub(super) fn headers<const N: usize>(&mut self, magics: [&[u8]; N]) -> Result<[ogg::Packet<'a>; N]> {
        let mut pieces = [const { Vec::new() }; N];
        let mut packet = 0;
        while packet < N {
            let page = self.next().transpose()?.ok_or_else(|| damaged(no_sound()))?;
            let mut at = page.body().start;
            for sizes in page.lacing.split_inclusive(|size| *size < 255) {
                let beside = || damaged(said!("sound on a page of the headers", "声音与头部处于同一页"));
                let end = at + sizes.iter().map(|size| u64::from(*size)).sum::<u64>();
                pieces.get_mut(packet).ok_or_else(beside)?.push(at..end);
                at = end;
                packet += usize::from(sizes.last().is_some_and(|size| *size < 255));
            }
        }
        let packets = pieces.map(|pieces| ogg::Packet::new(self.source, &pieces));
        for (packet, magic) in packets.iter().zip(magics) {
            let mut begin = vec![0; magic.len()];
            let got = packet.read_at(0, &mut begin).map_err(|e| container::Error::io(NAME, e))?;
            if got < magic.len() || begin != magic {
                return Err(damaged(said!("a header is missing", "缺少头部")));
            }
        }
        Ok(packets)
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

/// Damage is a reason; what else went wrong is an error.
pub(super) fn refused(error: container::Error) -> Error {
    if error.kind() == Kind::Malformed { damaged(error.message()) } else { error.into() }
}

pub(super) fn damaged(why: Message) -> Error {
    Error::Unable(DAMAGED.with([why.into()]))
}

/// Positions tell nothing.
pub(super) fn lost() -> Error {
    Error::Unable(POSITIONS.message())
}

/// The reason not to play what is hidden.
pub(super) fn hidden(milliseconds: u64) -> Error {
    Error::Unable(HIDDEN.with([milliseconds.into()]))
}

pub(super) fn no_sound() -> Message {
    said!("there is no sound behind the headers", "头部之后没有声音")
}
