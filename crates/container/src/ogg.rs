//! Ogg pages (RFC 3533): packets cut into segments, segments packed into numbered pages with a check sum.

use std::io;
use std::ops::Range;

use crate::{Error, Extent, Result, Source, SourceExt, phrase};

const NAME: &str = "Ogg";
/// The generator of the check sum (RFC 3533 section 6, field 7): not reflected, starts at 0.
const POLYNOMIAL: u32 = 0x04c1_1db7;
/// A granule position that says "no packet ends on this page".
pub const NO_PACKET: u64 = u64::MAX;
/// Most segments of a page.
const SEGMENTS: usize = 255;
/// The bytes of a page that [`Page::changed`] makes anew.
pub const NUMBERS: Range<u64> = 5..26;

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Offset of `OggS`.
    pub start: u64,
    /// Header type flags: 1 continued, 2 first, 4 last page of its stream.
    pub flags: u8,
    /// Position in samples or frames at its end, in the units of the codec.
    pub granule: u64,
    /// Which logical stream.
    pub serial: u32,
    /// Number of the page in its stream.
    pub sequence: u32,
    /// Check sum as written.
    pub crc: u32,
    /// Lengths of the segments; one below 255 ends a packet.
    pub lacing: Vec<u8>,
}

impl Page {
    /// Whether it begins a logical stream.
    pub fn first(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Whether it ends one.
    pub fn last(&self) -> bool {
        self.flags & 4 != 0
    }

    /// The segments.
    pub fn body(&self) -> Range<u64> {
        let start = self.start + 27 + self.lacing.len() as u64;
        start..start + self.lacing.iter().map(|n| u64::from(*n)).sum::<u64>()
    }

    /// Offset behind the page.
    pub fn end(&self) -> u64 {
        self.body().end
    }

    /// Whether a position in the stream stands on it: then it holds more than headers.
    pub fn positioned(&self) -> bool {
        !matches!(self.granule, 0 | NO_PACKET)
    }

    /// Sequence number and check sum (bytes 18 to 26 of the page) after moving it by `by` pages.
    ///
    /// The check sum is linear, so that of the difference is enough, and the samples need not be read. A page that
    /// was damaged stays damaged.
    pub fn renumbered(&self, by: i64) -> [u8; 8] {
        let sequence = self.sequence.wrapping_add_signed(i32::try_from(by).unwrap_or(0));
        let [.., a, b, c, d, e, f, g, h] = self.changed(Numbers { sequence, ..self.numbers() });
        [a, b, c, d, e, f, g, h]
    }

    /// What its header says beside its segments.
    pub fn numbers(&self) -> Numbers {
        Numbers { flags: self.flags, granule: self.granule, serial: self.serial, sequence: self.sequence }
    }

    /// Flags, position, stream, number and check sum ([`NUMBERS`] of the page) with other numbers, made as in
    /// [`Page::renumbered`].
    pub fn changed(&self, numbers: Numbers) -> [u8; 21] {
        let (old, mut new) = (self.numbers().bytes(), numbers.bytes());
        let mut change = new;
        change.iter_mut().zip(old).for_each(|(new, old)| *new ^= old);
        let behind = (self.end() - self.start).saturating_sub(NUMBERS.end);
        let crc = self.crc ^ shift(crc(&change), behind);
        new.iter_mut().rev().zip(crc.to_be_bytes()).for_each(|(to, from)| *to = from);
        new
    }
}

/// The page at `at`; `None` at the end of the file.
///
/// # Errors
/// I/O, no page there, a page that runs past the end.
pub fn page(source: &dyn Source, at: u64) -> Result<Option<Page>> {
    let page = header(source, at)?;
    match page {
        Some(page) if page.end() > source.len() => Err(Error::truncated(NAME, at, phrase!("a page", "页"))),
        other => Ok(other),
    }
}

/// As [`page`], but its segments may run past the end of the file.
///
/// # Errors
/// I/O, no page there, a header that runs past the end.
pub fn header(source: &dyn Source, at: u64) -> Result<Option<Page>> {
    if at >= source.len() {
        return Ok(None);
    }
    let head = source.array::<27>(NAME, at, phrase!("a page header", "页头"))?;
    let [b'O', b'g', b'g', b'S', 0, flags, rest @ ..] = head else {
        return Err(Error::invalid(NAME, at, phrase!("no page where one should begin", "应为页首处没有页")));
    };
    let mut c = crate::Cursor::new(&rest);
    let mut word = || c.u32_le().unwrap_or(0);
    let granule = u64::from(word()) | u64::from(word()) << 32;
    let (serial, sequence, crc) = (word(), word(), word());
    let mut lacing = vec![0; usize::from(c.u8().unwrap_or(0))];
    let got = source.read_at(at + 27, &mut lacing).map_err(|e| Error::io(NAME, e))?;
    if got < lacing.len() {
        return Err(Error::truncated(NAME, at, phrase!("a page header", "页头")));
    }
    Ok(Some(Page { start: at, flags, granule, serial, sequence, crc, lacing }))
}

const TABLE: [u32; 256] = table();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const fn table() -> [u32; 256] {
    let mut out = [0; 256];
    let mut n = 0u32;
    while n < 256 {
        let mut crc = n << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = crc << 1 ^ if crc >> 31 == 1 { POLYNOMIAL } else { 0 };
            bit += 1;
        }
        out[n as usize] = crc;
        n += 1;
    }
    out
}

/// The check sum of `data`.
pub fn crc(data: &[u8]) -> u32 {
    data.iter().fold(0, |crc: u32, byte| {
        let [top, ..] = crc.to_be_bytes();
        crc << 8 ^ TABLE.get(usize::from(top ^ byte)).copied().unwrap_or(0)
    })
}

/// The product of two polynomials, modulo the generator.
fn product(a: u32, b: u32) -> u32 {
    (0..32).rev().fold(0, |sum: u32, bit| {
        let twice = sum << 1 ^ if sum >> 31 == 1 { POLYNOMIAL } else { 0 };
        twice ^ if b >> bit & 1 == 1 { a } else { 0 }
    })
}

/// The check sum after `zeros` zero bytes more.
fn shift(crc: u32, mut zeros: u64) -> u32 {
    let (mut out, mut power) = (crc, 1 << 8);
    while zeros > 0 {
        if zeros & 1 == 1 {
            out = product(out, power);
        }
        power = product(power, power);
        zeros >>= 1;
    }
    out
}

/// What the new pages of some packets share.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Which logical stream.
    pub serial: u32,
    /// Number of the first page.
    pub sequence: u32,
    /// How many pages there were: so many come back, unless the packets need more or have too few segments.
    pub pages: usize,
    /// Whether the last one ends the stream.
    pub last: bool,
}

/// Whole header packets as pages of position 0. All begin and end with these pages.
pub fn pages(packets: &[Vec<u8>], frame: Frame) -> Vec<Vec<u8>> {
    let lacing = lacing(packets);
    let data = packets.concat();
    let count = lacing.len().div_ceil(SEGMENTS).max(frame.pages.min(lacing.len()));
    let (mut lacing, mut data) = (lacing.as_slice(), data.as_slice());
    let mut out = Vec::with_capacity(count);
    let (mut sequence, mut continued) = (frame.sequence, false);
    for index in 0..count {
        // Evenly: the next edit then finds room on every page.
        let (head, rest) = lacing.split_at(lacing.len().div_ceil(count - index).min(lacing.len()));
        let size: usize = head.iter().map(|n| usize::from(*n)).sum();
        let (body, after) = data.split_at(size.min(data.len()));
        let ends = head.iter().any(|n| *n < 255);
        let flags = u8::from(continued) | if frame.last && index + 1 == count { 4 } else { 0 };
        let granule = if ends { 0 } else { NO_PACKET };
        out.push(encode(&Numbers { flags, granule, serial: frame.serial, sequence }, head, body));
        continued = head.last() == Some(&255);
        sequence = sequence.wrapping_add(1);
        (lacing, data) = (rest, after);
    }
    out
}

/// What the header of a page says beside its segments (RFC 3533 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// As [`Page::flags`].
    pub flags: u8,
    /// As [`Page::granule`].
    pub granule: u64,
    /// As [`Page::serial`].
    pub serial: u32,
    /// As [`Page::sequence`].
    pub sequence: u32,
}

impl Numbers {
    /// As they are written, with a check sum of 0.
    fn bytes(&self) -> [u8; 21] {
        let mut out = [0; 21];
        let fields = [self.flags].into_iter().chain(self.granule.to_le_bytes());
        let fields = fields.chain(self.serial.to_le_bytes()).chain(self.sequence.to_le_bytes());
        out.iter_mut().zip(fields).for_each(|(to, from)| *to = from);
        out
    }
}

/// A page of whole packets; `None` where they have more segments than a page can.
pub fn whole(numbers: &Numbers, packets: &[Vec<u8>]) -> Option<Vec<u8>> {
    let lacing = lacing(packets);
    (lacing.len() <= SEGMENTS).then(|| encode(numbers, &lacing, &packets.concat()))
}

/// The lengths of the segments of some packets.
fn lacing(packets: &[Vec<u8>]) -> Vec<u8> {
    let mut lacing = Vec::new();
    for packet in packets {
        lacing.extend(std::iter::repeat_n(255, packet.len() / 255));
        lacing.push(u8::try_from(packet.len() % 255).unwrap_or(0));
    }
    lacing
}

/// A page with its check sum.
fn encode(numbers: &Numbers, lacing: &[u8], body: &[u8]) -> Vec<u8> {
    let mut out = b"OggS\0".to_vec();
    out.extend(numbers.bytes());
    out.push(u8::try_from(lacing.len()).unwrap_or(u8::MAX));
    out.extend(lacing);
    out.extend(body);
    let crc = crc(&out).to_le_bytes();
    out.iter_mut().skip(22).zip(crc).for_each(|(to, from)| *to = from);
    out
}

/// A packet seen as a [`Source`]: its pieces lie in several pages.
pub struct Packet<'a> {
    source: &'a dyn Source,
    /// Each piece with its offset in the packet.
    pieces: Vec<(u64, Range<u64>)>,
    len: u64,
}

impl<'a> Packet<'a> {
    /// The bytes of `pieces`, one behind the other.
    pub fn new(source: &'a dyn Source, pieces: &[Range<u64>]) -> Self {
        let mut len = 0;
        let place = |piece: &Range<u64>| {
            let at = len;
            len += piece.end - piece.start;
            (at, piece.clone())
        };
        let pieces = pieces.iter().map(place).collect();
        Self { source, pieces, len }
    }

    /// The parts of the file that hold `range`.
    fn cut(&self, range: Range<u64>) -> impl Iterator<Item = Range<u64>> + '_ {
        let first = self.pieces.partition_point(|(at, _)| *at <= range.start).saturating_sub(1);
        self.pieces.iter().skip(first).take_while(move |(at, _)| *at < range.end).map(move |(at, piece)| {
            let from = range.start.saturating_sub(*at).min(piece.end - piece.start);
            let to = (range.end - at).min(piece.end - piece.start);
            piece.start + from..piece.start + to
        })
    }

    /// The part of the file from the first to the last byte of `range`: page headers may lie in between.
    pub fn span(&self, range: Range<u64>) -> Range<u64> {
        let (mut start, mut end) = (None, 0);
        for part in self.cut(range) {
            start.get_or_insert(part.start);
            end = part.end;
        }
        start.unwrap_or(end)..end
    }
}

impl Source for Packet<'_> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let end = offset.saturating_add(buf.len() as u64).min(self.len);
        if offset >= end {
            return Ok(0);
        }
        let mut done = 0;
        for part in self.cut(offset..end) {
            let size = usize::try_from(part.end - part.start).unwrap_or(0);
            let Some(target) = buf.get_mut(done..done + size) else { break };
            let got = self.source.read_at(part.start, target)?;
            done += got;
            if got < size {
                break;
            }
        }
        Ok(done)
    }

    fn extents<'b>(&'b self, range: Range<u64>, out: &mut Vec<Extent<'b>>) {
        for part in self.cut(range.start..range.end.min(self.len)) {
            self.source.extents(part, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::to_vec;
    use proptest::prelude::*;

    fn valid(bytes: &[u8]) -> bool {
        let mut zeroed = bytes.to_vec();
        zeroed[22..26].fill(0);
        crc(&zeroed).to_le_bytes() == bytes[22..26]
    }

    #[test]
    fn the_check_sum_is_that_of_the_ogg_documents() {
        // CRC-32 without reflection, start and final value 0 ("CRC-32/MPEG-2" with a start of 0).
        assert_eq!(crc(b"123456789"), 0x89a1_897f);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(data in prop::collection::vec(any::<u8>(), 0..300), magic: bool) {
            let bytes = if magic { [b"OggS\0", &data[..]].concat() } else { data };
            if let Ok(Some(page)) = page(&bytes, 0) {
                prop_assert!(page.end() <= bytes.len() as u64);
                let _ = page.renumbered(1);
                let _ = page.changed(Numbers { flags: 0, granule: 1, serial: 2, sequence: 3 });
            }
        }

        /// Packets come back as they were, from valid pages; a renumbered page is valid too.
        #[test]
        fn packets_survive_the_pages(sizes in prop::collection::vec(prop_oneof![0usize..600, 60_000usize..70_000], 1..4),
                                     pages_before in 1usize..5, by in -3i64..9) {
            let packets: Vec<Vec<u8>> = sizes.iter().enumerate().map(|(n, s)| vec![n as u8 + 1; *s]).collect();
            let made = pages(&packets, Frame { serial: 7, sequence: 5, pages: pages_before, last: false });
            let file = made.concat();
            let (mut at, mut pieces, mut back, mut open) = (0, Vec::new(), Vec::new(), false);
            for (n, bytes) in made.iter().enumerate() {
                let page = page(&file, at).unwrap().unwrap();
                prop_assert!(valid(bytes) && page.sequence == 5 + n as u32);
                prop_assert_eq!(page.flags & 1 == 1, open);
                let mut moved = bytes.clone();
                moved[18..26].copy_from_slice(&page.renumbered(by));
                prop_assert!(valid(&moved));
                let other = Numbers { flags: page.flags ^ 4, granule: page.granule ^ !7, ..page.numbers() };
                moved[5..26].copy_from_slice(&page.changed(other));
                prop_assert!(valid(&moved));
                prop_assert_eq!(super::page(&moved, 0).unwrap().unwrap().numbers(), other);
                let mut from = page.body().start;
                for size in &page.lacing {
                    pieces.push(from..from + u64::from(*size));
                    from += u64::from(*size);
                    open = *size == 255;
                    if !open {
                        back.push(to_vec(&Packet::new(&file, &pieces), 1 << 20).unwrap());
                        pieces.clear();
                    }
                }
                at = page.end();
            }
            prop_assert_eq!(at, file.len() as u64);
            prop_assert_eq!(back, packets);
        }
    }
}
