//! What follows the first scan of a picture: coded data, in which only markers are looked for (T.81 B.1.1.5).

mod seen;

use std::ops::Range;

pub use seen::Seen;

use super::{APP0, COM, EOI, NAME, Segment};
use crate::{Error, Limits, Result, Source, phrase};

/// What follows the first scan of a picture.
#[derive(Debug, Default)]
pub struct Behind {
    /// Application segments and comments between scans and behind the last one.
    pub segments: Vec<Segment>,
    /// Behind the end-of-image marker; nothing where the file is cut, or damaged so that no decoder comes there.
    pub end: Option<u64>,
    /// More segments than [`Limits::parts`].
    pub damage: Option<Error>,
}

/// Walks the scans of a picture, to its end: `range` begins behind the first SOS. What `seen` knows is not read again, and
/// what was read is noted there.
///
/// # Errors
/// I/O.
pub fn behind(source: &dyn Source, range: Range<u64>, limits: &Limits, seen: &mut Seen) -> Result<Behind> {
    let mut out = Behind::default();
    let mut coded = Coded { source, seen, end: range.end, start: range.start, bytes: Vec::new() };
    let (mut at, mut count) = (range.start, 0);
    while let Some((start, marker)) = coded.marker(at)? {
        if marker == EOI {
            out.end = Some(start + 2);
            break;
        }
        if count == limits.parts {
            out.damage =
                Some(Error::limit(NAME, phrase!("the number of segments", "段数"), count as u64, "--limit-parts"));
            break;
        }
        count += 1;
        let Some(&[_, _, hi, lo]) = coded.from(start, 4, STEP)?.first_chunk() else { break };
        let Ok(segment) = Segment::declared(marker, start..range.end, [hi, lo]) else { break };
        at = segment.range().end;
        if matches!(marker, APP0..=0xef | COM) {
            out.segments.push(segment);
        }
    }
    Ok(out)
}

/// Bytes of one read. Larger ones are not faster (measured), and this much stays in the cache that is nearest but one.
const STEP: u64 = 64 << 10;
/// Bytes of a read behind data that is known: a marker, mostly, and data that is known again behind its segment.
const HEAD: u64 = 256;

/// Coded data on its way through one buffer. Progressive pictures have ten scans and more with tables between them: whatever is
/// looked for, no byte is read twice.
struct Coded<'a> {
    source: &'a dyn Source,
    seen: &'a mut Seen,
    /// Where the data ends.
    end: u64,
    /// Where the buffer begins.
    start: u64,
    bytes: Vec<u8>,
}

impl Coded<'_> {
    /// The bytes from `at` on that are in the buffer: at least `least`, unless the data ends before. `step`: bytes of a read.
    fn from(&mut self, at: u64, least: usize, step: u64) -> Result<&[u8]> {
        let have = (self.start + self.bytes.len() as u64).saturating_sub(at);
        if at < self.start || have < least as u64 {
            let size = usize::try_from(self.end.saturating_sub(at).min(step)).unwrap_or(0);
            self.bytes.resize(size, 0);
            self.start = at;
            let got = self.source.read_at(at, &mut self.bytes).map_err(|e| Error::io(NAME, e))?;
            if got < size {
                return Err(Error::truncated(NAME, at, phrase!("a scan", "扫描")));
            }
        }
        let from = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        Ok(self.bytes.get(from..).unwrap_or_default())
    }

    /// The first marker from `at` on that ends coded data, and its second byte.
    fn marker(&mut self, from: u64) -> Result<Option<(u64, u8)>> {
        let mut at = self.seen.behind(self.source, from..self.end);
        let mut step = if at > from { HEAD } else { STEP };
        loop {
            let bytes = self.from(at, 2, step)?;
            if bytes.len() < 2 {
                return Ok(None);
            }
            if let Some((i, marker)) = marker(bytes) {
                let start = at + i as u64;
                self.seen.note(self.source, from..start + 1);
                return Ok(Some((start, marker)));
            }
            // The last byte may be the first half of a marker.
            at += bytes.len() as u64 - 1;
            step = STEP;
        }
    }
}

/// Bytes that are looked at together.
const BLOCK: usize = 128;

/// The first marker that ends coded data, and where it is: no stuffed zero, no restart, no fill byte (T.81 B.1.1.2).
///
/// In coded data 0xFF comes every 256 bytes, and zero is behind it: looking for 0xFF alone stops too often. A block in which each
/// is followed by zero is passed over with a comparison that compilers make vector instructions of: 50 GB/s, where
/// `memchr` and a look at each 0xFF had 15.
fn marker(bytes: &[u8]) -> Option<(usize, u8)> {
    let ends = |(first, second): (&u8, &u8)| *first == 0xff && !matches!(second, 0 | 0x01 | 0xd0..=0xd7 | 0xff);
    let seconds = bytes.get(1..)?;
    let blocks = bytes.as_chunks::<BLOCK>().0.iter().zip(seconds.as_chunks::<BLOCK>().0);
    let plain = |(firsts, seconds): (&[u8; BLOCK], &[u8; BLOCK])| {
        let pairs = firsts.iter().zip(seconds);
        pairs.fold(0, |any, (first, second)| any | (u8::from(*first == 0xff) & u8::from(*second != 0))) == 0
    };
    let found = |(firsts, seconds): (&[u8], &[u8])| firsts.iter().zip(seconds).position(ends);
    let mut at = 0;
    for (firsts, seconds) in blocks {
        if !plain((firsts, seconds))
            && let Some(i) = found((firsts, seconds))
        {
            return Some((at + i, *seconds.get(i)?));
        }
        at += BLOCK;
    }
    let seconds = seconds.get(at..)?;
    let i = found((bytes.get(at..)?, seconds))?;
    Some((at + i, *seconds.get(i)?))
}

#[cfg(test)]
mod tests {
    use super::super::{SOS, encode};
    use super::*;
    use proptest::prelude::*;

    const SCAN: &[u8] = b"\xff\xda\0\x03x";

    #[test]
    fn segments_behind_a_scan() {
        let comment = encode(COM, b"hi").unwrap();
        for (scan, found) in
            [(&b"a\xff\0b\xff\xd3c"[..], 2), (&[7; 9000], 2), (b"", 2), (b"\xff\xff\xff", 2), (b"\xff\xd9", 0)]
        {
            let tables = encode(0xc4, b"DHT").unwrap();
            let bytes = [b"head", scan, &comment, &tables, SCAN, scan, &comment, b"\xff\xd9rest\xff\xfe"].concat();
            let behind =
                super::behind(&bytes, 4..bytes.len() as u64, &Limits::default(), &mut Seen::default()).unwrap();
            let end = if found == 0 { 6 } else { bytes.len() as u64 - 6 };
            assert_eq!((behind.segments.len(), behind.end), (found, Some(end)), "{scan:?}");
            let tight = Limits { parts: 2, ..Limits::default() };
            let behind = super::behind(&bytes, 4..bytes.len() as u64, &tight, &mut Seen::default()).unwrap();
            assert_eq!((behind.damage.is_some(), behind.segments.len()), (found > 0, found / 2));
        }
        for cut in [&b""[..], b"\xff", b"a\xff\0", b"\xff\xfe\0\x09x", b"\xff\xd8"] {
            let behind =
                super::behind(&cut.to_vec(), 0..cut.len() as u64, &Limits::default(), &mut Seen::default()).unwrap();
            assert!(behind.segments.is_empty() && behind.end.is_none() && behind.damage.is_none());
        }
    }

    /// A segment behind a scan is found wherever reads and blocks begin and end.
    #[test]
    fn a_segment_at_any_place_of_a_read_or_a_block() {
        let comment = encode(COM, b"hi").unwrap();
        let around = |n: usize| n.saturating_sub(6)..n + 2;
        for scan in around(BLOCK).chain(around(2 * BLOCK)).chain(around(STEP as usize)) {
            let bytes = [&vec![0; scan], &comment[..], b"\xff\xd9"].concat();
            let behind =
                super::behind(&bytes, 0..bytes.len() as u64, &Limits::default(), &mut Seen::default()).unwrap();
            let starts: Vec<u64> = behind.segments.iter().map(|s| s.start).collect();
            assert_eq!((starts, behind.end), (vec![scan as u64], Some(bytes.len() as u64)));
        }
    }

    /// A source that counts the bytes that are read.
    struct Counted(Vec<u8>, std::cell::Cell<u64>);

    impl Source for Counted {
        fn len(&self) -> u64 {
            Source::len(&self.0)
        }

        fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
            self.1.set(self.1.get() + buf.len() as u64);
            self.0.read_at(offset, buf)
        }

        fn extents<'a>(&'a self, range: Range<u64>, out: &mut Vec<crate::Extent<'a>>) {
            self.0.extents(range, out);
        }
    }

    #[test]
    fn no_byte_is_read_twice() {
        let bytes = [SCAN, &[1; 300], &encode(0xc4, &[0; 20]).unwrap()].concat().repeat(2000);
        let source = Counted(bytes, 0.into());
        behind(&source, 5..source.len(), &Limits::default(), &mut Seen::default()).unwrap();
        // Two reads share the byte that may be half a marker, or the four of a segment's head.
        assert!(
            source.1.get() < source.len() + 4 * source.len().div_ceil(STEP),
            "{} of {}",
            source.1.get(),
            source.len()
        );
    }

    proptest! {
        /// The quick look finds what a slow one does.
        #[test]
        fn the_first_marker_is_found(bytes in prop::collection::vec(prop_oneof![8 => Just(1), 2 => Just(0xff), 2 => Just(0), 1 => Just(0xd0), 1 => any::<u8>()], 0..600)) {
            let slow = bytes.windows(2).position(|w| w[0] == 0xff && !matches!(w[1], 0 | 1 | 0xd0..=0xd7 | 0xff));
            prop_assert_eq!(marker(&bytes), slow.map(|i| (i, bytes[i + 1])));
        }

        #[test]
        fn any_bytes_are_walked_without_panic(tail in prop::collection::vec(prop_oneof![Just(0xff), Just(0), Just(0xe1), Just(SOS), any::<u8>()], 0..300), end in 0u64..400) {
            let end = end.min(tail.len() as u64);
            for segment in behind(&tail, 0..end, &Limits::default(), &mut Seen::default()).unwrap().segments {
                prop_assert!(segment.range().end <= end);
            }
        }
    }
}
