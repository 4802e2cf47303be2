//! The packets of a track, cut only at its end.

use std::collections::VecDeque;

use symphonia::core::errors::Error as Trouble;
use symphonia::core::formats::{FormatReader, SeekMode, SeekTo, SeekedTo};
use symphonia::core::packet::Packet;
use symphonia::core::units::Duration;

use super::guarded;

/// Packets that are held at most: a page has no more.
const HELD: usize = 255;

/// Packets as a reader gives them. Readers cut packets to what the positions of Ogg say, wherever these are lower than what was decoded
/// so far; only the end of a stream is cut (RFC 7845 section 4.5, Vorbis I Annex A.2), elsewhere players pass over such positions, and
/// what was cut out there would move all that follows.
pub(super) struct Packets<'a> {
    pub(super) reader: Box<dyn FormatReader + 'a>,
    /// Cut ones, as it is not known yet whether more follow.
    held: VecDeque<Packet>,
    /// What came behind these.
    behind: Option<Result<Option<Packet>, Trouble>>,
}

impl<'a> Packets<'a> {
    pub(super) fn new(reader: Box<dyn FormatReader + 'a>) -> Self {
        Self { reader, held: VecDeque::new(), behind: None }
    }

    /// The next packet of a track; `None` at the end.
    ///
    /// # Errors
    /// Those of the reader.
    pub(super) fn next(&mut self, track: u32) -> Result<Option<Packet>, Trouble> {
        while self.held.len() < HELD && self.behind.is_none() {
            match self.read(track) {
                Ok(Some(packet)) if !packet.trim_end.is_zero() => self.held.push_back(packet),
                Ok(Some(packet)) if self.held.is_empty() => return Ok(Some(packet)),
                other => self.behind = Some(other),
            }
        }
        let more = self.held.len() >= HELD || matches!(self.behind, Some(Ok(Some(_))));
        match self.held.pop_front() {
            Some(mut packet) => {
                if more {
                    packet.trim_end = Duration::ZERO;
                    self.held.iter_mut().for_each(|packet| packet.trim_end = Duration::ZERO);
                }
                Ok(Some(packet))
            }
            None => self.behind.take().unwrap_or(Ok(None)),
        }
    }

    fn read(&mut self, track: u32) -> Result<Option<Packet>, Trouble> {
        loop {
            match guarded(|| self.reader.next_packet())? {
                Some(packet) if packet.track_id != track => {}
                other => return Ok(other),
            }
        }
    }

    /// Goes to another place.
    ///
    /// # Errors
    /// Those of the reader.
    pub(super) fn seek(&mut self, mode: SeekMode, to: SeekTo) -> Result<SeekedTo, Trouble> {
        self.held.clear();
        self.behind = None;
        guarded(|| self.reader.seek(mode, to))
    }
}
