//! What the pages of sound tell of its start and its end.

use biaoshi_container::ogg::{NO_PACKET, Page};
use biaoshi_container::{self as container, Source, said};

use super::{NAME, Pages, damaged, lost, no_sound};
use crate::Result;

/// No position is larger: what comes on top has room.
const FARTHEST: u64 = 1 << 62;
/// Bytes of a packet that tell how long it is.
const HEAD: usize = 2;

/// The pages of sound of a stream.
#[derive(Debug, Clone)]
pub(in crate::sound) struct Course {
    /// The first page on which packets end.
    pub(in crate::sound) first: Ends,
    /// The one before the latest, where that is not the first one.
    pub(in crate::sound) before: Option<Ends>,
    /// The latest one.
    pub(in crate::sound) latest: Ends,
    /// The last page, on which no packet needs to end.
    pub(in crate::sound) last: Page,
}

/// A page on which packets end.
#[derive(Debug, Clone)]
pub(in crate::sound) struct Ends {
    /// Offset of the page.
    pub(in crate::sound) page: u64,
    /// Position behind the last of the packets.
    pub(in crate::sound) position: u64,
    /// Whether it ends the stream.
    pub(in crate::sound) last: bool,
    /// The first two bytes of each packet.
    pub(in crate::sound) heads: Vec<Vec<u8>>,
}

impl Course {
    /// Walks through the pages; of the sound, the first bytes of some packets are read.
    ///
    /// # Errors
    /// I/O, limits; [`crate::Error::Unable`] where the pages are damaged, or of several streams.
    pub(in crate::sound) fn read(source: &dyn Source, pages: Pages<'_>) -> Result<Self> {
        let mut walk = Walk { source, open: Vec::new(), first: None, latest: None, before: None, last: None };
        for page in pages {
            walk.add(page?)?;
        }
        walk.finish()
    }

    /// Sample frames that are not played at the end, of the latest page with so many, if the sound begins at a position.
    pub(in crate::sound) fn trimmed(&self, start: u64, frames: u64) -> u64 {
        let before = self.before.as_ref().map_or(start, |ends| ends.position);
        // Only the end of a stream is cut; elsewhere a position that does not fit is a hole.
        if self.last.last() { before.saturating_add(frames).saturating_sub(self.latest.position) } else { 0 }
    }
}

/// What was seen so far.
struct Walk<'a> {
    source: &'a dyn Source,
    /// First bytes of the packet that goes on on the next page.
    open: Vec<u8>,
    first: Option<Ends>,
    /// The latest two pages on which packets end, with what was open before each.
    latest: Option<(Page, Vec<u8>)>,
    before: Option<(Page, Vec<u8>)>,
    last: Option<Page>,
}

impl Walk<'_> {
    fn add(&mut self, page: Page) -> Result<()> {
        if self.last.as_ref().is_some_and(Page::last) {
            return Err(damaged(said!("pages behind the last one of the stream", "流的末页之后还有页")));
        }
        if self.last.is_none() && page.flags & 1 == 1 {
            return Err(damaged(said!("the sound begins within a packet", "声音从包的中间开始")));
        }
        let open = self.open.clone();
        if page.granule != NO_PACKET && page.granule > FARTHEST {
            return Err(lost());
        }
        let positioned = page.granule != NO_PACKET && page.lacing.iter().any(|size| *size < 255);
        // Where a packet begins is of interest only where its length counts.
        let first = self.first.is_none() && positioned;
        if first || page.lacing.last() == Some(&255) || !self.open.is_empty() {
            let (ends, open) = self.ends(&page, open.clone())?;
            self.open = open;
            if first {
                self.first = Some(ends);
            }
        }
        if positioned {
            self.before = self.latest.take();
            self.latest = Some((page.clone(), open));
        }
        self.last = Some(page);
        Ok(())
    }

    /// The packets that end on a page before which the start of one was read, and the start of one that does not.
    fn ends(&self, page: &Page, open: Vec<u8>) -> Result<(Ends, Vec<u8>)> {
        let mut at = page.body().start;
        let mut head = if page.flags & 1 == 1 { open } else { Vec::new() };
        let mut heads = Vec::new();
        for size in &page.lacing {
            let wanted = usize::from(*size).min(HEAD.saturating_sub(head.len()));
            let mut bytes = vec![0; wanted];
            let got = self.source.read_at(at, &mut bytes).map_err(|e| container::Error::io(NAME, e))?;
            head.extend(bytes.into_iter().take(got));
            at += u64::from(*size);
            if *size < 255 {
                heads.push(std::mem::take(&mut head));
            }
        }
        Ok((Ends { page: page.start, position: page.granule, last: page.last(), heads }, head))
    }

    fn finish(mut self) -> Result<Course> {
        let nothing = || damaged(no_sound());
        let (page, open) = self.latest.take().ok_or_else(nothing)?;
        let latest = self.ends(&page, open)?.0;
        let before = self.before.take().map(|(page, open)| self.ends(&page, open)).transpose()?;
        let first = self.first.ok_or_else(nothing)?;
        Ok(Course { first, before: before.map(|b| b.0), latest, last: self.last.ok_or_else(nothing)? })
    }
}
