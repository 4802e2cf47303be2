//! JPEG marker segments (ITU-T T.81 Annex B) and the MPF index (CIPA DC-007) that counts bytes across pictures.

use std::ops::Range;

use crate::{Error, Limits, Patch, Result, Source, SourceExt};

const NAME: &str = "JPEG";

/// Largest payload of a segment: the 16-bit length counts itself.
pub const MAX_PAYLOAD: usize = 65_533;

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

    /// Reads the payload.
    ///
    /// # Errors
    /// I/O.
    pub fn read(&self, source: &dyn Source) -> Result<Vec<u8>> {
        source.bytes(NAME, self.payload(), MAX_PAYLOAD as u64, "a segment")
    }
}

/// The segments from SOI to the first SOS, which comes last.
///
/// # Errors
/// Missing SOI, a byte that is no marker, a length that does not fit, more segments than [`Limits::parts`].
pub fn segments(source: &dyn Source, limits: &Limits) -> Result<Vec<Segment>> {
    if source.array::<2>(NAME, 0, "the start-of-image marker")? != [0xff, 0xd8] {
        return Err(Error::invalid(NAME, 0, "the start-of-image marker is missing"));
    }
    let mut out = Vec::new();
    let mut at = 2;
    loop {
        if out.len() >= limits.parts {
            return Err(Error::limit(NAME, "the number of segments", limits.parts as u64, "--limit-parts"));
        }
        let segment = segment(source, at)?;
        at = segment.range().end;
        out.push(segment);
        if segment.marker == SOS {
            return Ok(out);
        }
    }
}

fn segment(source: &dyn Source, mut at: u64) -> Result<Segment> {
    let [first, mut marker] = source.array::<2>(NAME, at, "the header; no picture follows")?;
    if first != 0xff {
        return Err(Error::invalid(NAME, at, format!("a marker was expected, not 0x{first:02x}")));
    }
    // Fill bytes: any number of 0xFF may stand before a marker (B.1.1.2).
    while marker == 0xff {
        at += 1;
        [_, marker] = source.array::<2>(NAME, at, "fill bytes")?;
    }
    if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd9) {
        return Err(Error::invalid(NAME, at, format!("marker 0x{marker:02x} has no place in the header")));
    }
    let [_, _, hi, lo] = source.array::<4>(NAME, at, "a segment header")?;
    let declared = u16::from_be_bytes([hi, lo]);
    let length = declared.checked_sub(2).ok_or_else(|| Error::invalid(NAME, at, "a segment length below 2"))?;
    let segment = Segment { marker, start: at, length };
    if segment.range().end > source.len() {
        return Err(Error::past_end(NAME, at, format!("segment 0x{marker:02x}"), declared.into()));
    }
    Ok(segment)
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

/// Adds to `patch` the corrections that keep an MPF index true: the size of the first picture, and the offsets of
/// the later ones, which count from the MPF header (CIPA DC-007 5.2.3.3.3).
///
/// # Errors
/// I/O, or an index that does not parse.
pub fn fix_mpf(source: &dyn Source, mpf: &Segment, patch: &mut Patch) -> Result<()> {
    let bytes = mpf.read(source)?;
    let header = mpf.payload().start + MPF.len() as u64;
    let tiff = bytes.get(MPF.len()..).unwrap_or_default();
    let broken = || Error::invalid(NAME, header, "the MPF index is damaged");
    let reader = crate::exif::Tiff::new(tiff).ok_or_else(broken)?;
    let ifd = reader.ifd(reader.first_ifd().ok_or_else(broken)?, 64);
    let Some(entries) = ifd.iter().find(|e| e.tag == 0xb002) else { return Ok(()) };
    let growth_before = |at: u64| patch.shift(at);
    let mut edits = Vec::new();
    for (n, entry) in tiff.get(entries.value.clone()).ok_or_else(broken)?.chunks_exact(16).enumerate() {
        let at = header + entries.value.start as u64 + 16 * n as u64;
        let size = reader.u32(entry.get(4..8)).ok_or_else(broken)?;
        let offset = reader.u32(entry.get(8..12)).ok_or_else(broken)?;
        let (start, end) = match n {
            0 => (0, u64::from(size)),
            _ => (header + u64::from(offset), header + u64::from(offset) + u64::from(size)),
        };
        let grown = growth_before(end) - if n == 0 { 0 } else { growth_before(start) };
        let moved = if n == 0 { 0 } else { growth_before(start) - growth_before(header) };
        for (field, old, by) in [(4, size, grown), (8, offset, moved)] {
            let new = i64::from(old).checked_add(by).and_then(|v| u32::try_from(v).ok()).ok_or_else(broken)?;
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
