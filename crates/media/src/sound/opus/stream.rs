//! An Opus stream in Ogg, and what a label has to know of its first and its last packet (RFC 7845).

use biaoshi_container::ogg::Page;
use biaoshi_container::{Detail, Limits, Message, Source, SourceExt, phrase, said};
use opus_pure::{OpusMode, packet};

use super::FAMILY;
use crate::sound::pages::{Course, NAME, Pages, damaged, lost, no_sound, refused};
use crate::{Error, Result};

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
    pub(super) course: Course,
}

impl Stream {
    /// Walks through the pages; of the sound, the first bytes of some packets are read.
    ///
    /// # Errors
    /// I/O, limits; [`Error::Unable`] where it is damaged, or not one stream of family 0.
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Self> {
        let mut pages = Pages::new(source, 0, limits);
        let first = pages.first()?;
        let head = Head::read(source, &first)?;
        pages.headers([b"OpusTags"])?;
        let sound = pages.at;
        let course = Course::read(source, pages)?;
        // A single page may be cut at its end (RFC 7845 section 4.4), and its position says nothing about the start.
        let start = match course.first.position.checked_sub(samples(&course.first.heads)?) {
            Some(start) => start,
            None if course.first.last => 0,
            None => return Err(lost()),
        };
        let toc = course.first.heads.first().ok_or_else(|| damaged(no_sound()))?;
        let first = packet::mode(toc).map_err(|e| damaged(told(&e)))?;
        let trimmed = course.trimmed(start, samples(&course.latest.heads)?);
        Ok(Self { head, sound, first, start, end: course.latest.position, trimmed, course })
    }

    /// Sample frames that are played.
    pub(super) fn played(&self) -> u64 {
        self.end.saturating_sub(self.start).saturating_sub(self.head.skipped.into())
    }
}

impl Head {
    /// From the first page.
    ///
    /// # Errors
    /// I/O; [`Error::Unable`] where it is damaged, or not of family 0.
    pub(super) fn read(source: &dyn Source, page: &Page) -> Result<Self> {
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

/// Sample frames of packets of which the first two bytes are given (RFC 6716 section 3).
fn samples(heads: &[Vec<u8>]) -> Result<u64> {
    heads.iter().try_fold(0, |sum, head| {
        let frames = packet::samples_48k(head).map_err(|e| damaged(told(&e)))?;
        Ok(sum + frames as u64)
    })
}

pub(super) fn told(error: &opus_pure::Error) -> Message {
    said!("a packet is not valid: {}", "包无效:{}", Detail::Term(error.to_string()))
}
