//! JPEG marker segments (ITU-T T.81 Annex B) and the MPF index (CIPA DC-007) that counts bytes across pictures.

mod scan;

use std::ops::Range;

pub use scan::{Behind, Seen, behind};

use crate::{Error, Limits, Patch, Result, Source, SourceExt, phrase, said};

const NAME: &str = "JPEG";

/// Largest payload of a segment: the 16-bit length counts itself.
pub const MAX_PAYLOAD: usize = 65_533;

/// End of image.
const EOI: u8 = 0xd9;
/// Start of scan: the entropy-coded data begins behind this segment.
pub const SOS: u8 = 0xda;
/// Comment.
pub const COM: u8 = 0xfe;
/// Application segments APP0 and those used here.
pub const APP0: u8 = 0xe0;
/// EXIF and XMP.
pub const APP1: u8 = 0xe1;
/// ICC profile and MPF.
pub const APP2: u8 = 0xe2;
/// JUMBF, where C2PA lives.
pub const APP11: u8 = 0xeb;
/// Application segment 13: image resources of Photoshop, with IPTC-IIM.
pub const APP13: u8 = 0xed;

/// One marker segment of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The marker's second byte.
    pub marker: u8,
    /// Offset of the 0xFF in front of the marker.
    pub start: u64,
    /// Bytes of payload, without marker and length.
    pub length: u16,
}

impl Segment {
    /// The payload.
    pub fn payload(&self) -> Range<u64> {
        self.start + 4..self.range().end
    }

    /// Marker, length and payload.
    pub fn range(&self) -> Range<u64> {
        self.start..self.start + 4 + u64::from(self.length)
    }

    /// Refuses markers that stand alone, before a length is looked for.
    fn check(marker: u8, at: u64) -> Result<()> {
        match marker {
            0xd8 | EOI => Err(Error::invalid(
                NAME,
                at,
                said!("marker 0x{} has no place in the header", "头部不应有标记 0x{}", format!("{marker:02x}")),
            )),
            _ => Ok(()),
        }
    }

    /// The segment that begins with `range`, as its head declares it.
    ///
    /// # Errors
    /// A marker that stands alone, a length that does not fit.
    fn declared(marker: u8, Range { start: at, end }: Range<u64>, length: [u8; 2]) -> Result<Self> {
        Self::check(marker, at)?;
        let declared = u16::from_be_bytes(length);
        let length = declared
            .checked_sub(2)
            .ok_or_else(|| Error::invalid(NAME, at, phrase!("a segment length below 2", "段长度小于 2")))?;
        let segment = Self { marker, start: at, length };
        if segment.range().end > end {
            return Err(Error::past_end(
                NAME,
                at,
                said!("segment 0x{}", "段 0x{}", format!("{marker:02x}")),
                declared.into(),
            ));
        }
        Ok(segment)
    }

    /// Reads the payload.
    ///
    /// # Errors
    /// I/O.
    pub fn read(&self, source: &dyn Source) -> Result<Vec<u8>> {
        source.bytes(NAME, self.payload(), MAX_PAYLOAD as u64, phrase!("a segment", "段"))
    }
}

/// The segments from SOI to the first SOS, which comes last.
///
/// # Errors
/// What [`walk`] says.
pub fn segments(source: &dyn Source, limits: &Limits) -> Result<Vec<Segment>> {
    let header = walk(source, 0..source.len(), limits);
    header.damage.map_or(Ok(header.segments), Err)
}

/// The header of a picture.
#[derive(Debug, Default)]
pub struct Header {
    /// The segments from SOI to the first SOS.
    pub segments: Vec<Segment>,
    /// Bytes between segments that belong to none. Viewers pass over them, to the next marker.
    pub strays: Vec<Range<u64>>,
    /// What ended the walk before the first SOS: a missing SOI, the end of the file, a marker that has no place there, a
    /// length that does not fit, more segments than [`Limits::parts`], more strays than [`Limits::part`].
    pub damage: Option<Error>,
}

/// Walks the header of the picture in `range`. What came before the damage is kept, so that a label in it is still seen.
pub fn walk(source: &dyn Source, range: Range<u64>, limits: &Limits) -> Header {
    let mut header = Header::default();
    header.damage = header.run(source, range, limits).err();
    header
}

impl Header {
    fn run(&mut self, source: &dyn Source, Range { start, end }: Range<u64>, limits: &Limits) -> Result<()> {
        if source.array::<2>(NAME, start, phrase!("the start-of-image marker", "SOI 标记"))? != [0xff, 0xd8] {
            return Err(Error::invalid(NAME, start, phrase!("the start-of-image marker is missing", "缺少 SOI 标记")));
        }
        let (mut at, mut strays) = (start + 2, 0);
        loop {
            if self.segments.len() + self.strays.len() >= limits.parts {
                return Err(Error::limit(
                    NAME,
                    phrase!("the number of segments", "段数"),
                    limits.parts as u64,
                    "--limit-parts",
                ));
            }
            let room = limits.part.saturating_sub(strays);
            let Marker { at: marker, value, strayed } = next_marker(source, at..end, room)?;
            if strayed {
                strays += marker - at;
                self.strays.push(at..marker);
            }
            // Restart markers and TEM stand alone, and say nothing here.
            if matches!(value, 0x01 | 0xd0..=0xd7) {
                (at, strays) = (marker + 2, strays + 2);
                continue;
            }
            let segment = segment(source, marker..end, value)?;
            at = segment.range().end;
            self.segments.push(segment);
            if value == SOS {
                return Ok(());
            }
        }
    }
}

/// A marker, and whether bytes other than 0xFF were passed over to find it.
struct Marker {
    at: u64,
    value: u8,
    strayed: bool,
}

/// Bytes that one read fetches while a marker is looked for.
const STRIDE: u64 = 4096;

/// The first marker in `range`, as decoders look for it: any number of 0xFF may stand before one (T.81 B.1.1.2), and 0xFF
/// with 0 behind it is none. At most `room` bytes are passed over.
fn next_marker(source: &dyn Source, range: Range<u64>, room: u64) -> Result<Marker> {
    let at = range.start;
    let [first, second] = source.array::<2>(NAME, at, phrase!("the header; no picture follows", "出现图像数据之前"))?;
    if first == 0xff && !matches!(second, 0 | 0xff) {
        return Ok(Marker { at, value: second, strayed: false });
    }
    let (mut from, mut strayed) = (at, false);
    while from - at <= room {
        let end = range.end.min(from + STRIDE);
        if end <= from + 1 {
            return Err(Error::truncated(NAME, at, phrase!("the header; no picture follows", "出现图像数据之前")));
        }
        let bytes = source.bytes(NAME, from..end, STRIDE, phrase!("the bytes between segments", "段之间的字节"))?;
        let marker = bytes.windows(2).position(|w| matches!(w, [0xff, second] if !matches!(second, 0 | 0xff)));
        let passed = bytes.get(..marker.unwrap_or(bytes.len())).unwrap_or_default();
        strayed |= passed.iter().any(|b| *b != 0xff);
        if let Some((at, value)) = marker.and_then(|i| Some((from + i as u64, *bytes.get(i + 1)?))) {
            return Ok(Marker { at, value, strayed });
        }
        // The last byte may be the first half of a marker.
        from = end - 1;
    }
    Err(Error::limit(NAME, phrase!("the bytes between segments", "段之间的字节"), room, "--limit-part"))
}

fn segment(source: &dyn Source, range: Range<u64>, marker: u8) -> Result<Segment> {
    Segment::check(marker, range.start)?;
    let [_, _, length @ ..] = source.array::<4>(NAME, range.start, phrase!("a segment header", "段头"))?;
    Segment::declared(marker, range, length)
}

/// A whole segment around `payload`; `None` when it is longer than [`MAX_PAYLOAD`].
pub fn encode(marker: u8, payload: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(payload.len().checked_add(2)?).ok()?;
    let mut out = vec![0xff, marker];
    out.extend(length.to_be_bytes());
    out.extend(payload);
    Some(out)
}

/// What starts an MPF segment's payload.
pub const MPF: &[u8] = b"MPF\0";

/// One entry of an MPF index: where it stands, the size and the offset that it states.
struct Listed {
    at: u64,
    size: u32,
    offset: u32,
}

/// The entries of an MPF index, what offsets count from, and how numbers are written.
fn index<'a>(bytes: &'a [u8], mpf: &Segment) -> Result<(Vec<Listed>, u64, crate::exif::Tiff<'a>)> {
    let header = mpf.payload().start + MPF.len() as u64;
    let tiff = bytes.get(MPF.len()..).unwrap_or_default();
    let broken = || Error::invalid(NAME, header, phrase!("the MPF index is damaged", "MPF 索引有误"));
    let reader = crate::exif::Tiff::new(tiff).ok_or_else(broken)?;
    let ifd = reader.ifd(reader.first_ifd().ok_or_else(broken)?, 64);
    let mut out = Vec::new();
    if let Some(entries) = ifd.iter().find(|e| e.tag == 0xb002) {
        for (n, entry) in tiff.get(entries.value.clone()).ok_or_else(broken)?.chunks_exact(16).enumerate() {
            let at = header + entries.value.start as u64 + 16 * n as u64;
            let size = reader.u32(entry.get(4..8)).ok_or_else(broken)?;
            let offset = reader.u32(entry.get(8..12)).ok_or_else(broken)?;
            out.push(Listed { at, size, offset });
        }
    }
    Ok((out, header, reader))
}

/// The pictures behind the first one that an MPF index lists, in order; one that overlaps another is left out.
///
/// # Errors
/// I/O, or an index that does not parse.
pub fn later_pictures(source: &dyn Source, mpf: &Segment) -> Result<Vec<Range<u64>>> {
    let bytes = mpf.read(source)?;
    let (listed, header, _) = index(&bytes, mpf)?;
    let range = |l: &Listed| header + u64::from(l.offset)..header + u64::from(l.offset) + u64::from(l.size);
    let mut out: Vec<_> = listed.iter().skip(1).map(range).filter(|r| r.end <= source.len()).collect();
    out.sort_by_key(|r| r.start);
    let mut end = header;
    out.retain(|r| {
        let apart = r.start >= end;
        end = end.max(r.end);
        apart
    });
    Ok(out)
}

/// Adds to `patch` the corrections that keep an MPF index true: the size of the first picture, and the offsets of
/// the later ones, which count from the MPF header (CIPA DC-007 5.2.3.3.3).
///
/// # Errors
/// I/O, or an index that does not parse.
pub fn fix_mpf(source: &dyn Source, mpf: &Segment, patch: &mut Patch) -> Result<()> {
    let bytes = mpf.read(source)?;
    let (listed, header, reader) = index(&bytes, mpf)?;
    let shifts = patch.shifts();
    let growth_before = |at: u64| shifts.at(at);
    let mut edits = Vec::new();
    for (n, Listed { at, size, offset }) in listed.into_iter().enumerate() {
        let (start, end) = match n {
            0 => (0, u64::from(size)),
            _ => (header + u64::from(offset), header + u64::from(offset) + u64::from(size)),
        };
        let grown = growth_before(end) - if n == 0 { 0 } else { growth_before(start) };
        let moved = if n == 0 { 0 } else { growth_before(start) - growth_before(header) };
        for (field, old, by) in [(4, size, grown), (8, offset, moved)] {
            let new = i64::from(old).checked_add(by).and_then(|v| u32::try_from(v).ok());
            let new =
                new.ok_or_else(|| Error::invalid(NAME, header, phrase!("the MPF index is damaged", "MPF 索引有误")))?;
            if new != old {
                edits.push((at + field..at + field + 4, reader.u32_bytes(new)));
            }
        }
    }
    for (range, bytes) in edits {
        patch.replace(range, bytes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SCAN: &[u8] = b"\xff\xda\0\x03x";

    /// As decoders pass over them: fill bytes, restarts, stuffed bytes, anything without a marker.
    #[test]
    fn strays_between_segments() {
        let comment = encode(COM, b"hi").unwrap();
        for (strays, counted) in [
            (&b""[..], 0),
            (b"\xff\xff\xff", 0),
            (b"\xff\xd0\xff\x01", 0),
            (b"\0", 1),
            (b"ab\xff\0cd", 1),
            (&[b'x'; 10_000], 1),
            (&[0xff; 10_000], 0),
        ] {
            let bytes = [b"\xff\xd8", strays, &comment, strays, SCAN, b"picture"].concat();
            let header = walk(&bytes, 0..bytes.len() as u64, &Limits::default());
            assert!(header.damage.is_none(), "{strays:?} {header:?}");
            let markers: Vec<u8> = header.segments.iter().map(|s| s.marker).collect();
            assert_eq!((markers, header.strays.len()), (vec![COM, SOS], 2 * counted), "{strays:?}");
            assert_eq!(header.segments[0].read(&bytes).unwrap(), b"hi");
            let tight = Limits { part: 4, ..Limits::default() };
            assert_eq!(walk(&bytes, 0..bytes.len() as u64, &tight).damage.is_some(), strays.len() > 5_000);
        }
    }

    #[test]
    fn what_came_before_the_damage_is_kept() {
        let comment = encode(COM, b"hi").unwrap();
        for rest in [&b""[..], b"\xff", b"\xff\xda", b"\xff\xda\xff\xd9", b"\xff\xd9", b"\xff\xe1\0\x01", b"rest"] {
            let bytes = [b"\xff\xd8", &comment[..], rest].concat();
            let header = walk(&bytes, 0..bytes.len() as u64, &Limits::default());
            assert!(header.segments.len() == 1 && header.damage.is_some(), "{rest:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked_without_panic(tail in prop::collection::vec(prop_oneof![Just(0xff), Just(0), Just(0xe1), any::<u8>()], 0..300), end in 0u64..400) {
            let bytes = [b"\xff\xd8", &tail[..]].concat();
            let end = end.min(bytes.len() as u64);
            for segment in walk(&bytes, 0..end, &Limits::default()).segments {
                prop_assert!(segment.range().end <= end);
            }
        }
    }
}
