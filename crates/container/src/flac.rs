//! FLAC (RFC 9639): metadata blocks, STREAMINFO, and the headers of frames, which can be numbered anew.

use std::ops::Range;

use crate::{Cursor, Error, Limits, Result, Source, SourceExt, id3, phrase};

const NAME: &str = "FLAC";

/// What a stream begins with.
pub const MAGIC: [u8; 4] = *b"fLaC";

/// Kind of the block with the facts of the stream.
pub const STREAMINFO: u8 = 0;
/// Kind of the block with seek points.
pub const SEEKTABLE: u8 = 3;
/// Kind of the block with the tracks of a disc.
pub const CUESHEET: u8 = 5;

/// A metadata block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its kind.
    pub kind: u8,
    /// What is inside.
    pub data: Range<u64>,
}

/// Whether a stream begins at an offset: the magic, and the header of STREAMINFO.
pub fn begins(source: &dyn Source, at: u64) -> bool {
    let head = source.array::<8>(NAME, at, phrase!("the magic", "文件标志"));
    head.is_ok_and(|head| head.starts_with(&MAGIC) && matches!(head, [.., 0 | 0x80, 0, 0, 34]))
}

/// Where the magic stands: behind the ID3v2 tags, the zeros and the rubbish that may stand in front.
///
/// # Errors
/// I/O, a tag that runs past the end, too many tags.
pub fn start(source: &dyn Source) -> Result<u64> {
    id3::front(source, begins, &mut |_| Ok(()))
}

/// The metadata blocks behind the magic at `start`, and the offset of the first frame.
///
/// # Errors
/// I/O, damage, more than [`Limits::parts`] blocks.
pub fn blocks(source: &dyn Source, start: u64, limits: &Limits) -> Result<(Vec<Block>, u64)> {
    if source.array::<4>(NAME, start, phrase!("the magic", "文件标志"))? != MAGIC {
        return Err(Error::invalid(
            NAME,
            start,
            phrase!("no fLaC where it should stand", "应有 fLaC 标志处没有该标志"),
        ));
    }
    let (mut blocks, mut at) = (Vec::new(), start + 4);
    loop {
        if blocks.len() >= limits.parts {
            return Err(Error::limit(
                NAME,
                phrase!("the number of metadata blocks", "元数据块数"),
                limits.parts as u64,
                "--limit-parts",
            ));
        }
        let [kind, a, b, c] = source.array::<4>(NAME, at, phrase!("a metadata block", "元数据块"))?;
        let length = u32::from_be_bytes([0, a, b, c]);
        let data = at + 4..at + 4 + u64::from(length);
        if data.end > source.len() {
            return Err(Error::past_end(NAME, at, phrase!("a metadata block", "元数据块"), length.into()));
        }
        at = data.end;
        blocks.push(Block { kind: kind & 0x7f, data });
        if kind & 0x80 != 0 {
            return Ok((blocks, at));
        }
    }
}

/// The facts of a stream (section 8.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamInfo {
    /// Smallest and largest number of samples in a frame, the last one left out.
    pub block: (u16, u16),
    /// Smallest and largest frame in bytes; 0 for unknown.
    pub frame: (u32, u32),
    /// Samples a second.
    pub rate: u32,
    /// Channels, 1-8.
    pub channels: u8,
    /// Bits of a sample, 4-32.
    pub bits: u8,
    /// Samples of one channel; 0 for unknown.
    pub total: u64,
    /// MD5 of the samples; zeros for unknown.
    pub md5: [u8; 16],
}

impl StreamInfo {
    /// Reads the 34 bytes of the block.
    pub fn parse(bytes: &[u8; 34]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let block = (cursor.u16_be()?, cursor.u16_be()?);
        let mut size = || cursor.array::<3>().map(|[a, b, c]| u32::from_be_bytes([0, *a, *b, *c]));
        let frame = (size()?, size()?);
        let packed = cursor.u64_be()?;
        let bits = |shift: u32, width: u32| (packed >> shift) & ((1 << width) - 1);
        Some(Self {
            block,
            frame,
            rate: u32::try_from(bits(44, 20)).ok()?,
            channels: u8::try_from(bits(41, 3) + 1).ok()?,
            bits: u8::try_from(bits(36, 5) + 1).ok()?,
            total: bits(0, 36),
            md5: *cursor.array()?,
        })
    }

    /// The 34 bytes; `None` where a number has no room.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let small = |n: u32| n.to_be_bytes().split_first().filter(|(a, _)| **a == 0).map(|(_, rest)| rest.to_vec());
        let facts = u64::from(self.rate) << 44 | u64::from(self.channels - 1) << 41 | u64::from(self.bits - 1) << 36;
        let total = (self.total < 1 << 36).then_some(self.total)?;
        let mut out = [self.block.0.to_be_bytes(), self.block.1.to_be_bytes()].concat();
        out.extend(small(self.frame.0)?);
        out.extend(small(self.frame.1)?);
        out.extend((facts | total).to_be_bytes());
        out.extend(self.md5);
        Some(out)
    }
}

/// The header of a frame (section 9.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameHeader {
    /// Whether the number counts samples, not frames.
    pub variable: bool,
    /// The number of the frame, or of its first sample.
    pub number: u64,
    /// Samples of each channel.
    pub size: u32,
    /// Bytes of the header, its check sum included.
    pub length: usize,
    /// The third and fourth byte: sizes, rates, channels and bits as codes.
    pub codes: [u8; 2],
    /// The bytes behind the number, without the check sum: sizes and rates that have no code.
    pub extra: Vec<u8>,
}

/// Longest header in bytes.
pub const LONGEST: usize = 16;

impl FrameHeader {
    /// Reads the header at the start of `bytes`; `None` for anything else, or a wrong check sum.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let [0xff, sync, first, second] = *cursor.array::<4>()? else { return None };
        let number = number(&mut cursor)?;
        let after = cursor.position();
        let size = match first >> 4 {
            0 => return None,
            1 => 192,
            n @ 2..=5 => 576 << (n - 2),
            6 => u32::from(cursor.u8()?) + 1,
            7 => u32::from(cursor.u16_be()?) + 1,
            n => 256 << (n - 8),
        };
        match first & 0xf {
            12 => drop(cursor.u8()?),
            13 | 14 => drop(cursor.u16_be()?),
            15 => return None,
            _ => {}
        }
        let end = cursor.position();
        let known = sync & 0xfe == 0xf8 && second & 1 == 0 && second >> 4 < 11;
        (known && cursor.u8()? == crc8(bytes.get(..end)?)).then_some(())?;
        let extra = bytes.get(after..end)?.to_vec();
        Some(Self { variable: sync & 1 == 1, number, size, length: end + 1, codes: [first, second], extra })
    }

    /// The bytes of the header.
    pub fn encode(&self) -> Vec<u8> {
        let [first, second] = self.codes;
        let mut out = vec![0xff, 0xf8 | u8::from(self.variable), first, second];
        push_number(self.number, &mut out);
        out.extend_from_slice(&self.extra);
        out.push(crc8(&out));
        out
    }
}

/// A number as UTF-8 would have it, up to 36 bits.
fn number(cursor: &mut Cursor<'_>) -> Option<u64> {
    let first = cursor.u8()?;
    let more = match first.leading_ones() {
        0 => return Some(first.into()),
        ones @ 2..=7 => ones - 1,
        _ => return None,
    };
    let mut value = u64::from(first) & ((1 << (6 - more.min(6))) - 1);
    for _ in 0..more {
        let next = cursor.u8().filter(|b| b & 0xc0 == 0x80)?;
        value = value << 6 | u64::from(next & 0x3f);
    }
    Some(value)
}

fn push_number(value: u64, out: &mut Vec<u8>) {
    let low = |shift: u32| u8::try_from(value >> shift & 0x3f).unwrap_or(0) | 0x80;
    let more = match value {
        0..0x80 => return out.push(u8::try_from(value).unwrap_or(0)),
        0x80..0x800 => 1,
        0x800..0x1_0000 => 2,
        0x1_0000..0x20_0000 => 3,
        0x20_0000..0x400_0000 => 4,
        0x400_0000..0x8000_0000 => 5,
        _ => 6,
    };
    let mark = !(0xffu8 >> (more + 1));
    let top = if more == 6 { 0 } else { u8::try_from(value >> (6 * more)).unwrap_or(0) };
    out.push(mark | top);
    (0..more).rev().for_each(|n| out.push(low(6 * n)));
}

/// Check sum of a header: x^8 + x^2 + x + 1.
pub fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| (0..8).fold(sum ^ byte, |s, _| if s & 0x80 != 0 { s << 1 ^ 7 } else { s << 1 }))
}

/// Check sum of a frame: x^16 + x^15 + x^2 + 1.
pub fn crc16(bytes: &[u8]) -> u16 {
    const TABLE: [u16; 256] = table();
    bytes.iter().fold(0, |sum, byte| {
        let [high, _] = sum.to_be_bytes();
        sum << 8 ^ TABLE.get(usize::from(high ^ byte)).copied().unwrap_or(0)
    })
}

#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "evaluated by the compiler")]
const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let (mut sum, mut bit) = ((n as u16) << 8, 0);
        while bit < 8 {
            sum = if sum & 0x8000 != 0 { sum << 1 ^ 0x8005 } else { sum << 1 };
            bit += 1;
        }
        table[n] = sum;
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn check_sums() {
        // The check values of CRC-8/SMBUS and CRC-16/UMTS.
        assert_eq!((crc8(b"123456789"), crc16(b"123456789")), (0xf4, 0xfee8));
    }

    proptest! {
        /// A header with another number is the same header with that number.
        #[test]
        fn headers_are_renumbered(variable: bool, old in 0u64..1 << 36, new in 0u64..1 << 36, size in 1u32..65_536, rate in 0u8..15, second in 0u8..176) {
            let mut extra = u16::try_from(size - 1).unwrap().to_be_bytes().to_vec();
            extra.extend(vec![3; match rate { 12 => 1, 13 | 14 => 2, _ => 0 }]);
            let header = FrameHeader { variable, number: old, size, length: 0, codes: [0x70 | rate, second & 0xfe], extra };
            let mut bytes = header.encode();
            let length = bytes.len();
            prop_assert!(length <= LONGEST);
            bytes.extend(b"more");
            let read = FrameHeader::parse(&bytes).unwrap();
            prop_assert_eq!(&read, &FrameHeader { length, ..header.clone() });
            let again = FrameHeader { number: new, ..read };
            let read = FrameHeader::parse(&again.encode()).unwrap();
            prop_assert_eq!((read.number, read.size, read.codes, read.extra), (new, size, header.codes, header.extra));
        }

        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut bytes = bytes;
            let _ = FrameHeader::parse(&bytes);
            bytes.splice(0..0, [0xff, 0xf8]);
            if let Some(header) = FrameHeader::parse(&bytes) {
                prop_assert!(header.length <= LONGEST);
            }
            let _ = blocks(&[b"fLaC".to_vec(), bytes].concat(), 0, &Limits::default());
        }

        #[test]
        fn stream_info(bytes: [u8; 34]) {
            let info = StreamInfo::parse(&bytes).unwrap();
            prop_assert_eq!(info.encode().unwrap(), bytes.to_vec());
        }
    }
}
