//! From frame to frame of a stream, over damage, in one pass.

use std::ops::Range;

use super::{Header, NAME};
use crate::{Result, Source, SourceExt, phrase};

/// Bytes that are read in one go.
const STEP: u64 = 256 << 10;
/// Bytes that have to be in sight to look at a frame and at the two that follow: more than three of the longest.
const SIGHT: usize = 9000;

/// What a walk meets.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'a> {
    /// A whole frame: where it is, and its bytes.
    Frame(u64, Header, &'a [u8]),
    /// A frame that the end cuts off.
    Cut(u64, Header, &'a [u8]),
    /// Bytes that are no frames.
    Gap(u64, &'a [u8]),
}

/// Shows `visit` all bytes of `range`, at the start of which a frame stands, piece by piece. Behind damage it goes on where
/// three frames of one kind follow each other. `visit` says whether to go on.
///
/// # Errors
/// I/O, what `visit` returns.
pub fn walk(source: &dyn Source, range: Range<u64>, visit: &mut dyn FnMut(Piece<'_>) -> Result<bool>) -> Result<()> {
    let mut view = View { source, end: range.end, start: range.start, bytes: Vec::new() };
    let (mut at, mut kind) = (range.start, None);
    while at < range.end {
        let (rest, all) = view.from(at)?;
        // In a stream of another kind three frames stand in a row, or what looks like a header is none.
        let goes_on = |h: &Header| kind.is_none_or(|kind| h.continues(&kind)) || follows(rest);
        let piece = match header(rest).filter(goes_on) {
            Some(header) => {
                kind = Some(header);
                match usize::try_from(header.length()).ok().and_then(|length| rest.get(..length)) {
                    Some(frame) => Piece::Frame(at, header, frame),
                    None => Piece::Cut(at, header, rest),
                }
            }
            None => Piece::Gap(at, gap(rest, all)),
        };
        at += piece.bytes().len().max(1) as u64;
        if !visit(piece)? {
            break;
        }
    }
    Ok(())
}

impl<'a> Piece<'a> {
    /// Its bytes.
    pub fn bytes(&self) -> &'a [u8] {
        match *self {
            Self::Frame(_, _, bytes) | Self::Cut(_, _, bytes) | Self::Gap(_, bytes) => bytes,
        }
    }
}

fn header(bytes: &[u8]) -> Option<Header> {
    Header::parse(*bytes.first_chunk()?)
}

/// Whether three frames of one kind stand here, as far as there are bytes.
fn follows(bytes: &[u8]) -> bool {
    let Some(first) = header(bytes) else { return false };
    let (mut rest, mut last) = (bytes, first);
    for _ in 0..2 {
        rest = usize::try_from(last.length()).ok().and_then(|length| rest.get(length..)).unwrap_or_default();
        match header(rest) {
            Some(next) if next.continues(&first) => last = next,
            None if rest.is_empty() => return true,
            _ => return false,
        }
    }
    true
}

/// The bytes up to where frames go on. What is too close to the end of the bytes in sight is left for the next look, unless
/// these are `all` that there are.
fn gap(bytes: &[u8], all: bool) -> &[u8] {
    let end = if all { bytes.len() } else { bytes.len().saturating_sub(SIGHT).max(1) };
    let mut at = 1;
    while let Some(next) = bytes.get(at..end).and_then(|rest| memchr::memchr(0xff, rest)) {
        at += next;
        if bytes.get(at..).is_some_and(follows) {
            return bytes.get(..at).unwrap_or(bytes);
        }
        at += 1;
    }
    bytes.get(..end).unwrap_or(bytes)
}

/// The part of a source that was read last.
struct View<'a> {
    source: &'a dyn Source,
    end: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl View<'_> {
    /// The bytes from an offset on, so many that the frames which begin here can be seen; and whether these are all there are.
    fn from(&mut self, at: u64) -> Result<(&[u8], bool)> {
        let seen = self.start + self.bytes.len() as u64;
        if at + (SIGHT as u64).min(self.end - at) > seen {
            let range = at..at.saturating_add(STEP).min(self.end);
            self.bytes = self.source.bytes(NAME, range, STEP, phrase!("frames", "帧"))?;
            self.start = at;
        }
        let all = self.start + self.bytes.len() as u64 >= self.end;
        let skipped = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        Ok((self.bytes.get(skipped..).unwrap_or_default(), all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A frame of 32 kbit/s, 44.1 kHz, mono; 104 bytes without padding.
    fn frame(fill: u8) -> Vec<u8> {
        let mut frame = vec![fill; 104];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x10, 0xc0]);
        frame
    }

    /// What is met: kind, offset and length of each piece.
    #[allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]
    fn pieces(bytes: &Vec<u8>) -> Vec<(char, u64, usize)> {
        let mut pieces: Vec<(char, u64, usize)> = Vec::new();
        walk(bytes, 0..bytes.len() as u64, &mut |piece| {
            let size = piece.bytes().len();
            match (piece, pieces.last_mut()) {
                (Piece::Gap(..), Some(('g', _, last))) => *last += size,
                (Piece::Gap(at, _), _) => pieces.push(('g', at, size)),
                (Piece::Frame(at, ..), _) => pieces.push(('f', at, size)),
                (Piece::Cut(at, ..), _) => pieces.push(('c', at, size)),
            }
            Ok(true)
        })
        .unwrap();
        pieces
    }

    #[test]
    fn frames_go_on_behind_damage() {
        let three = frame(1).repeat(3);
        let rubbish = [vec![0xff; 300_000], frame(2), vec![7; 40_000]].concat();
        let bytes = [&three, &rubbish, &three, &three[..50]].concat();
        let found = pieces(&bytes);
        let kinds: String = found.iter().map(|p| p.0).collect();
        assert_eq!(kinds, "fffgfffc");
        assert_eq!((found[3].2, found[7].2), (rubbish.len(), 50));
    }

    #[test]
    fn another_kind_is_met_as_frames() {
        let mut other = frame(1);
        other[2] = 0x14;
        other.truncate(96);
        assert_eq!(pieces(&[frame(1).repeat(2), other.repeat(3)].concat()).len(), 5);
        // One header of another kind is rubbish.
        assert_eq!(pieces(&[frame(1).repeat(2), other, frame(1).repeat(3)].concat()).len(), 6);
    }

    proptest! {
        /// Whatever the bytes, each is shown once and in order.
        #[test]
        fn every_byte_is_shown(parts in prop::collection::vec(prop_oneof![
            Just(frame(3)),
            prop::collection::vec(any::<u8>(), 0..300),
            (0usize..40_000).prop_map(|n| vec![0xff; n]),
            (0usize..400_000).prop_map(|n| vec![0; n]),
        ], 1..12)) {
            let bytes = parts.concat();
            let mut shown = Vec::new();
            walk(&bytes, 0..bytes.len() as u64, &mut |piece| {
                shown.extend_from_slice(piece.bytes());
                Ok(true)
            }).unwrap();
            prop_assert!(shown == bytes);
        }
    }
}
