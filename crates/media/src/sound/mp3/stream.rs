//! The frames of a file, walked once: where the content begins and ends, what its frames have in common, and which of them need
//! bytes that are not there.

use std::ops::Range;

use biaoshi_container::mpeg::{self, Header, Piece};
use biaoshi_container::{Error, Limits, Message, Result, Source, SourceExt, id3, phrase, said, trailer};

use super::info::Info;
use super::{CHANGES, FREE, LAYER, NAME};
use crate::reason::DECODER;

/// Most bytes that `main_data_begin` can reach back.
const REACH: u16 = 511;
/// Most frames at the start that may need bytes from in front of it: one at 8 kbit/s has eleven bytes for them.
const ORPHANS: usize = 64;
/// Most places of frames that are kept.
const MARKS: usize = 4096;

/// A file that can be worked on.
#[derive(Debug)]
pub(super) struct Stream {
    /// The ID3v2 tags in front.
    pub(super) tags: Vec<id3::Tag>,
    /// The frame in front of the content that tells about it.
    pub(super) info: Option<Info>,
    /// The header of the first frame of the content.
    pub(super) first: Header,
    /// From its first frame to behind the last whole one.
    pub(super) content: Range<u64>,
    /// Frames of the content.
    pub(super) frames: u64,
    /// Whether they all have the bitrate of the first one, and whether some are padded.
    pub(super) constant: bool,
    pub(super) padded: bool,
    /// Frames at the start that need bytes from in front of it, as they begin in the middle of what was cut: by what they
    /// are silent.
    pub(super) orphans: Vec<Silenced>,
    /// A frame behind the content that the end of the file cuts off.
    pub(super) cut: Option<Silenced>,
    marks: Marks,
}

/// New bytes for the header, check sum and side information of a frame, by which nothing of it sounds.
#[derive(Debug)]
pub(super) struct Silenced {
    pub(super) at: u64,
    pub(super) bytes: Vec<u8>,
}

impl Silenced {
    /// The frame with side information of zeros: no coded lines (2.4.1.7). Main data stays, as frames behind it may need it: that of
    /// the frame, and `held` bytes in front of it, as a decoder forgets what lies before `main_data_begin`.
    fn new(at: u64, header: &Header, frame: &[u8], held: u16) -> Option<Self> {
        frame.get(header.side())?;
        let mut side = vec![0; header.side().len()];
        let begin = (held << (16 - header.begin_bits())).to_be_bytes();
        side.iter_mut().zip(begin).for_each(|(byte, new)| *byte = new);
        let mut bytes = header.bytes().to_vec();
        if header.protected() {
            bytes.extend(header.check(&side).to_be_bytes());
        }
        bytes.extend(side);
        Some(Self { at, bytes })
    }
}

impl Stream {
    /// Walks the file; the reason where it cannot take a label.
    ///
    /// # Errors
    /// I/O, limits, no frame where the sound should begin.
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<std::result::Result<Self, Message>> {
        let mut tags = Vec::new();
        let start = id3::front(source, mpeg::begins, &mut |tag| {
            tags.push(tag);
            Ok(())
        })?;
        let head = source.array::<4>(NAME, start, phrase!("a frame header", "帧头"))?;
        if Header::is_free(head) {
            return Ok(Err(FREE.message()));
        }
        let Some(first) = Header::parse(head) else {
            let what = phrase!("no frame where the sound should begin", "应为音频起始处没有帧");
            return Err(Error::invalid(NAME, start, what));
        };
        if first.layer != 3 {
            return Ok(Err(LAYER.with([u64::from(first.layer).into()])));
        }
        let (end, _) = trailer::start(source, start)?;
        let mut walker = Walker::default();
        mpeg::walk(source, start..end, &mut |piece| walker.meet(piece, limits))?;
        Ok(walker.stream(tags))
    }

    /// Where frame `n` of the content begins, as nearly as it is known, from the start of the content.
    pub(super) fn place(&self, n: u64) -> u64 {
        self.marks.place(n, self.frames, self.content.end - self.content.start)
    }

    /// The last frame up to frame `n` of the content of which the place is known, and that place in the file.
    pub(super) fn mark(&self, n: u64) -> (u64, u64) {
        let known = n.min(self.frames.saturating_sub(1)) / self.marks.every * self.marks.every;
        (known, self.content.start + self.place(known))
    }

    /// A header for more frames, with the lowest bitrate that they may have. Where it varies and no header tells the
    /// length, players reckon it by the bitrate that they meet first: that is the mean one, then.
    pub(super) fn header(&self) -> Header {
        let mean = match (&self.info, self.content.end - self.content.start) {
            (None, bytes) => bytes * 8 * u64::from(self.first.rate) / (self.frames * self.size() * 1000),
            (Some(_), _) => 0,
        };
        let kilobits = self.first.bitrates().min_by_key(|kilobits| u64::from(*kilobits).abs_diff(mean));
        let floor = kilobits.filter(|_| !self.constant).unwrap_or(self.first.kilobits);
        self.first.with(floor, false, 0).unwrap_or(self.first)
    }

    /// Samples of a channel in a frame.
    pub(super) fn size(&self) -> u64 {
        self.first.samples().into()
    }
}

/// What is known so far.
#[derive(Debug, Default)]
struct Walker {
    info: Option<Info>,
    first: Option<Header>,
    content: Range<u64>,
    frames: u64,
    varies: bool,
    padded: bool,
    changes: bool,
    /// Bytes of main data that frames so far have, as far as any frame can reach back.
    held: u16,
    orphans: Vec<Silenced>,
    cut: Option<Silenced>,
    marks: Marks,
    /// Bytes that are no frames.
    gaps: u64,
}

impl Walker {
    /// Takes note of a piece; whether to go on.
    fn meet(&mut self, piece: Piece<'_>, limits: &Limits) -> Result<bool> {
        match piece {
            Piece::Frame(at, header, frame) => {
                if self.first.is_none() && self.info.is_none() {
                    self.info = Info::of(at, &header, frame);
                    if self.info.is_some() {
                        return Ok(true);
                    }
                }
                self.frame(at, header, frame);
                let seconds = self.frames.saturating_mul(header.samples().into()) / u64::from(header.rate);
                if seconds > limits.seconds {
                    let what = phrase!("the length of the sound in seconds", "音频时长(秒)");
                    return Err(Error::limit(NAME, what, limits.seconds, "--limit-seconds"));
                }
                Ok(!self.changes && self.orphans.len() <= ORPHANS)
            }
            Piece::Cut(at, header, frame) => {
                self.cut = Silenced::new(at, &header, frame, 0);
                Ok(true)
            }
            Piece::Gap(_, bytes) => {
                self.gaps += bytes.len() as u64;
                Ok(true)
            }
        }
    }

    fn frame(&mut self, at: u64, header: Header, frame: &[u8]) {
        let first = *self.first.get_or_insert_with(|| {
            self.content = at..at;
            header
        });
        self.changes |= !header.continues(&first) || header.channels() != first.channels();
        self.varies |= header.kilobits != first.kilobits;
        self.padded |= header.padded();
        if self.held < REACH {
            let side = frame.get(header.side()).unwrap_or_default();
            let begin = header.main_data_begin(side).unwrap_or(0);
            if begin > self.held {
                self.orphans.extend(Silenced::new(at, &header, frame, self.held));
            }
            let more = u16::try_from(frame.len().saturating_sub(header.side().end)).unwrap_or(REACH);
            self.held = self.held.saturating_add(more);
        }
        self.marks.add(self.frames, at - self.content.start);
        self.frames += 1;
        self.content.end = at + frame.len() as u64;
    }

    fn stream(self, tags: Vec<id3::Tag>) -> std::result::Result<Stream, Message> {
        let refuse = |why: Message| Err(DECODER.with([why.into()]));
        let Some(first) = self.first else { return refuse(said!("a stream without frames", "流中没有帧")) };
        if self.changes {
            return Err(CHANGES.message());
        }
        if self.orphans.len() > ORPHANS || self.gaps > self.content.end - self.content.start {
            return refuse(said!("more of it is damaged than sound", "损坏部分多于音频"));
        }
        Ok(Stream {
            tags,
            info: self.info,
            first,
            content: self.content,
            frames: self.frames,
            constant: !self.varies,
            padded: self.padded,
            orphans: self.orphans,
            cut: self.cut,
            marks: self.marks,
        })
    }
}

/// Where frames begin: each `every`th one, so that a long file needs no more memory than a short one.
#[derive(Debug)]
pub(super) struct Marks {
    every: u64,
    places: Vec<u64>,
}

impl Default for Marks {
    fn default() -> Self {
        Self { every: 1, places: Vec::new() }
    }
}

impl Marks {
    /// Notes where frame `n` begins; the frames come in order.
    pub(super) fn add(&mut self, n: u64, place: u64) {
        if self.places.len() == MARKS {
            self.every *= 2;
            self.places = self.places.iter().step_by(2).copied().collect();
        }
        if n.is_multiple_of(self.every) {
            self.places.push(place);
        }
    }

    /// Where frame `n` of `frames` in `bytes` begins; between two marks, by proportion.
    pub(super) fn place(&self, n: u64, frames: u64, bytes: u64) -> u64 {
        let index = usize::try_from(n / self.every).unwrap_or(usize::MAX);
        let Some(from) = self.places.get(index).filter(|_| n < frames) else { return bytes };
        let to = self.places.get(index + 1).copied().unwrap_or(bytes);
        let span = self.every.min(frames - n / self.every * self.every);
        from + (to.saturating_sub(*from)) * (n % self.every) / span
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However many frames there are, their places are known within a few frames, and exactly where there are few.
        #[test]
        fn places_are_near(sizes in prop::collection::vec(24u64..1441, 1..100), count in 1u64..20_000) {
            let size = |n: u64| sizes[n as usize % sizes.len()];
            let (mut marks, mut starts) = (Marks::default(), Vec::new());
            let mut at = 0;
            for n in 0..count {
                marks.add(n, at);
                starts.push(at);
                at += size(n);
            }
            prop_assert!(marks.places.len() <= MARKS);
            for (n, start) in starts.iter().enumerate() {
                let found = marks.place(n as u64, count, at);
                prop_assert!(found.abs_diff(*start) <= (marks.every - 1) * 1440, "{n}: {found} {start}");
            }
            prop_assert_eq!(marks.place(count, count, at), at);
        }
    }
}
