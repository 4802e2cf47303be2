//! A Vorbis stream in Ogg, and what a label has to know of its first and its last packet (Vorbis I, Annex A.2).

use biaoshi_container::{Limits, Source, SourceExt, phrase, said};

use super::setup::{Mode, Setup};
use crate::Result;
use crate::sound::pages::{Course, NAME, Pages, damaged, lost, no_sound, refused};

/// Bytes of the identification header.
const IDENTIFICATION: u64 = 30;

/// One stream that is all there is in the file.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub(super) setup: Setup,
    /// The first page of sound.
    pub(super) sound: u64,
    pub(super) first: Edge,
    pub(super) last: Edge,
    /// Position before the first sample frame that is played, not 0 where the stream was cut out of a longer one.
    pub(super) start: u64,
    /// Position behind the last one.
    pub(super) end: u64,
    pub(super) course: Course,
}

/// A packet of content that is to lie beside the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) long: bool,
    /// Whether the block on the side of the label is to be long; `None` where it may be either.
    pub(super) beside: Option<bool>,
    /// Sample frames of the content that are decoded on this side and not played.
    pub(super) hidden: u64,
}

impl Stream {
    /// Walks through the pages; of the sound, the first bytes of some packets are read.
    ///
    /// # Errors
    /// I/O, limits; [`crate::Error::Unable`] where it is damaged, or not one stream.
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Self> {
        let mut pages = Pages::new(source, 0, limits);
        let body = pages.first()?.body();
        let what = phrase!("the identification header", "标识头");
        let range = body.start..body.end.min(body.start + IDENTIFICATION);
        let identification = source.bytes(NAME, range, limits.part, what).map_err(refused)?;
        let [_, setup] = pages.headers([b"\x03vorbis", b"\x05vorbis"])?;
        let setup =
            setup.bytes(NAME, 0..setup.len(), limits.part, phrase!("the setup header", "设置头")).map_err(refused)?;
        let not_valid = || damaged(said!("the setup header is not valid", "设置头无效"));
        let setup = Setup::read(&identification, &setup).ok_or_else(not_valid)?;
        let sound = pages.at;
        let course = Course::read(source, pages)?;
        let decoded = setup.frames(None, &course.first.heads)?;
        let (start, skipped) = match course.first.position.checked_sub(decoded) {
            Some(start) => (start, 0),
            // A single page is cut at its end, of others the first one at its start (Annex A.2).
            None if course.first.last => (0, 0),
            None => (0, decoded - course.first.position),
        };
        let before = course.before.as_ref().map(|ends| ends.heads.last().ok_or_else(lost)).transpose()?;
        let trimmed = course.trimmed(start, setup.frames(before.map(Vec::as_slice), &course.latest.heads)?);
        let nothing = || damaged(no_sound());
        let (first, [beside_first, _]) = setup.packet(course.first.heads.first().ok_or_else(nothing)?)?;
        let (last, [_, beside_last]) = setup.packet(course.latest.heads.last().ok_or_else(nothing)?)?;
        let edge = |mode: Mode, beside, hidden| Edge { long: mode.long, beside: mode.long.then_some(beside), hidden };
        let (first, last) = (edge(first, beside_first, skipped), edge(last, beside_last, trimmed));
        Ok(Self { setup, sound, first, last, start, end: course.latest.position, course })
    }
}

impl Setup {
    /// As [`Setup::mode`], of a packet that has to be one of sound.
    fn packet(&self, head: &[u8]) -> Result<(Mode, [bool; 2])> {
        self.mode(head).ok_or_else(|| damaged(said!("a packet is not valid", "包无效")))
    }

    /// Sample frames that decoders give for packets of which the first bytes are given, behind another one or none.
    pub(super) fn frames(&self, before: Option<&[u8]>, heads: &[Vec<u8>]) -> Result<u64> {
        let mut last = before.map(|head| self.packet(head)).transpose()?.map(|(mode, _)| self.size(mode.long));
        let mut frames = 0;
        for head in heads {
            let size = self.size(self.packet(head)?.0.long);
            // From the middle of one block to that of the next (section 1.3.2).
            frames += last.map_or(0, |last| (last + size) / 4);
            last = Some(size);
        }
        Ok(frames)
    }
}
