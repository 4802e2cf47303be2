//! MPEG audio (ISO/IEC 11172-3, ISO/IEC 13818-3, and its extension to half the rates, "2.5"): headers of frames, where the side
//! information of Layer III lies, and a walk from frame to frame.

mod walk;

use std::ops::Range;

pub use walk::{Piece, walk};

use crate::{Source, SourceExt, phrase};

const NAME: &str = "MPEG audio";

/// Which standard a frame follows: it decides rates, bitrates, and granules in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// ISO/IEC 11172-3: 32, 44.1, 48 kHz; two granules.
    One,
    /// ISO/IEC 13818-3: half these rates; one granule.
    Two,
    /// A quarter of these rates; one granule.
    TwoAndHalf,
}

/// A header (ISO/IEC 11172-3 2.4.1.3) that is none of free format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    bytes: [u8; 4],
    /// The standard.
    pub version: Version,
    /// 1 to 3.
    pub layer: u8,
    /// Kilobits a second.
    pub kilobits: u32,
    /// Samples a second.
    pub rate: u32,
}

/// Kilobits a second by `bitrate_index`: the three layers of MPEG-1, Layer I of MPEG-2, its other layers.
const BITRATES: [[u32; 15]; 5] = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// Whether three frames of one kind stand at an offset, or as many as there are.
pub fn begins(source: &dyn Source, start: u64) -> bool {
    let (mut at, mut kind) = (start, None);
    for _ in 0..3 {
        let Ok(bytes) = source.array::<4>(NAME, at, phrase!("a frame header", "帧头")) else {
            return at > start && at == source.len();
        };
        let Some(header) = Header::parse(bytes) else { return false };
        if !kind.get_or_insert(header).continues(&header) {
            return false;
        }
        at += header.length();
    }
    true
}

impl Header {
    /// Reads a header; `None` for anything else, and for free format.
    pub fn parse(bytes: [u8; 4]) -> Option<Self> {
        Self::read(bytes).filter(|header| header.kilobits > 0)
    }

    /// Whether this is a header of free format, whose frames do not say how long they are.
    pub fn is_free(bytes: [u8; 4]) -> bool {
        Self::read(bytes).is_some_and(|header| header.kilobits == 0)
    }

    fn read(bytes: [u8; 4]) -> Option<Self> {
        let [0xff, b, c, _] = bytes else { return None };
        if b & 0xe0 != 0xe0 {
            return None;
        }
        let version = match b >> 3 & 3 {
            0 => Version::TwoAndHalf,
            2 => Version::Two,
            3 => Version::One,
            _ => return None,
        };
        let layer = 4u8.checked_sub(b >> 1 & 3).filter(|layer| *layer < 4)?;
        let kilobits = Self::table(version, layer).get(usize::from(c >> 4)).copied()?;
        let rate: u32 = [44_100, 48_000, 32_000].get(usize::from(c >> 2 & 3)).copied()?;
        let rate = rate
            >> match version {
                Version::One => 0,
                Version::Two => 1,
                Version::TwoAndHalf => 2,
            };
        Some(Self { bytes, version, layer, kilobits, rate })
    }

    fn table(version: Version, layer: u8) -> &'static [u32] {
        let table = match (version, layer) {
            (Version::One, layer) => usize::from(layer) - 1,
            (_, 1) => 3,
            _ => 4,
        };
        BITRATES.get(table).map_or(&[], |row| row)
    }

    /// The four bytes.
    pub fn bytes(&self) -> [u8; 4] {
        self.bytes
    }

    /// Bytes of the frame, the header among them.
    pub fn length(&self) -> u64 {
        let (bits, padding) = (u64::from(self.kilobits) * 1000, u64::from(self.padded()));
        match self.layer {
            1 => (12 * bits / u64::from(self.rate) + padding) * 4,
            _ => u64::from(self.samples()) / 8 * bits / u64::from(self.rate) + padding,
        }
    }

    /// Samples of a channel in the frame.
    pub fn samples(&self) -> u32 {
        match (self.layer, self.version) {
            (1, _) => 384,
            (3, Version::Two | Version::TwoAndHalf) => 576,
            _ => 1152,
        }
    }

    /// Granules of a frame of Layer III.
    pub fn granules(&self) -> u32 {
        if self.version == Version::One { 2 } else { 1 }
    }

    /// 1 or 2.
    pub fn channels(&self) -> u32 {
        if self.mode() == 3 { 1 } else { 2 }
    }

    fn mode(&self) -> u8 {
        let [.., d] = self.bytes;
        d >> 6
    }

    /// Whether channels may be coded together.
    pub fn joint(&self) -> bool {
        self.mode() == 1
    }

    /// Whether the frame has a byte more.
    pub fn padded(&self) -> bool {
        let [_, _, c, _] = self.bytes;
        c & 2 != 0
    }

    /// Whether a check sum follows the header.
    pub fn protected(&self) -> bool {
        let [_, b, ..] = self.bytes;
        b & 1 == 0
    }

    /// Where the side information of Layer III begins in the frame, and where it ends.
    pub fn side(&self) -> Range<usize> {
        let start = if self.protected() { 6 } else { 4 };
        let size = match (self.version, self.channels()) {
            (Version::One, 1) => 17,
            (Version::One, _) => 32,
            (_, 1) => 9,
            _ => 17,
        };
        start..start + size
    }

    /// Bits of `main_data_begin`, with which the side information begins: how many bytes of main data of earlier frames
    /// belong to this one (2.4.2.7).
    pub fn begin_bits(&self) -> u32 {
        if self.version == Version::One { 9 } else { 8 }
    }

    /// That number in the side information of a frame of Layer III; `None` where it is cut off.
    pub fn main_data_begin(&self, side: &[u8]) -> Option<u16> {
        let [a, b] = *side.first_chunk()?;
        Some(u16::from_be_bytes([a, b]) >> (16 - self.begin_bits()))
    }

    /// Whether frames with both headers can follow each other in a stream: version, layer and rate do not change; the rest
    /// may (2.4.2.3).
    pub fn continues(&self, other: &Self) -> bool {
        (self.version, self.layer, self.rate) == (other.version, other.layer, other.rate)
    }

    /// The same header with other kilobits a second, padding and extension of the mode; `None` where the layer has no such
    /// bitrate.
    pub fn with(&self, kilobits: u32, padded: bool, extension: u8) -> Option<Self> {
        let index = Self::table(self.version, self.layer).iter().position(|k| *k == kilobits && *k > 0)?;
        let [a, b, c, d] = self.bytes;
        let c = u8::try_from(index).ok()? << 4 | c & 0b1101 | u8::from(padded) << 1;
        Self::parse([a, b, c, d & 0b1100_1111 | (extension & 3) << 4])
    }

    /// Kilobits a second that frames of this version and layer can have.
    pub fn bitrates(&self) -> impl Iterator<Item = u32> + use<> {
        Self::table(self.version, self.layer).iter().copied().filter(|k| *k > 0)
    }

    /// The check sum of a frame of Layer III with this side information (2.4.3.1).
    pub fn check(&self, side: &[u8]) -> u16 {
        let [_, _, header @ ..] = &self.bytes;
        header.iter().chain(side).fold(0xffff, |sum, byte| {
            (0..8).fold(sum ^ u16::from(*byte) << 8, |s, _| if s & 0x8000 != 0 { s << 1 ^ 0x8005 } else { s << 1 })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_those_of_the_standard() {
        for (bytes, length, samples, channels, side) in [
            ([0xff, 0xfb, 0x90, 0x64], 417, 1152, 2, 4..36),
            ([0xff, 0xfa, 0x92, 0xc4], 418, 1152, 1, 6..23),
            ([0xff, 0xf3, 0x84, 0xc4], 192, 576, 1, 4..13),
            ([0xff, 0xe2, 0x18, 0x00], 72, 576, 2, 6..23),
            ([0xff, 0xfd, 0xe8, 0x00], 1728, 1152, 2, 4..36),
            ([0xff, 0xff, 0x10, 0x00], 32, 384, 2, 4..36),
        ] {
            let header = Header::parse(bytes).unwrap();
            let facts = (header.length(), header.samples(), header.channels(), header.side());
            assert_eq!(facts, (length, samples, channels, side), "{bytes:x?}");
        }
        // Free format, a reserved layer, rate, version, the sync word of ADTS.
        for bytes in [
            [0xff, 0xfb, 0x00, 0],
            [0xff, 0xf9, 0x90, 0],
            [0xff, 0xfb, 0x9c, 0],
            [0xff, 0xeb, 0x90, 0],
            [0xff, 0xf1, 0x50, 0x80],
        ] {
            assert_eq!(Header::parse(bytes), None, "{bytes:x?}");
            assert_eq!(Header::is_free(bytes), bytes[2] == 0);
        }
    }

    #[test]
    fn check_sums() {
        // A frame that LAME wrote with -p.
        let header = Header::parse([0xff, 0xfa, 0x90, 0x64]).unwrap();
        let side = b"\0\0\x02\x10\x08U\xbd<`\x08\0\0\x0d \xa0\0\x01\x18\x81\xa1&9\xfa\0\0\0\x004\x83\0\0\0";
        assert_eq!((header.check(side), header.main_data_begin(side)), (0xf723, Some(0)));
    }

    proptest! {
        #[test]
        fn any_header(bytes: [u8; 4], kilobits in 0u32..500, padded: bool, extension in 0u8..4) {
            if let Some(header) = Header::parse(bytes) {
                prop_assert!(header.length() >= 8 && header.bytes() == bytes && header.continues(&header));
                if let Some(other) = header.with(kilobits, padded, extension) {
                    prop_assert!(header.bitrates().any(|k| k == kilobits));
                    prop_assert!(other.continues(&header) && other.kilobits == kilobits && other.padded() == padded);
                }
                prop_assert_eq!(header.with(header.kilobits, header.padded(), bytes[3] >> 4), Some(header));
            }
        }
    }
}
