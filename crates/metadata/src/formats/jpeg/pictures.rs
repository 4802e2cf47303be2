//! Packets in other places than the prescribed segment: those of the other pictures of a file with an MPF index (CIPA
//! DC-007: previews, gain maps, second views), each a JPEG with metadata of its own; and those in an APP1 segment whose head
//! is not that of XMP, or that stands behind a scan. A label in one is blanked where it stands, so that no picture moves.

use std::ops::Range;

use biaoshi_container::jpeg::{self, APP1, Segment};
use biaoshi_container::{Limits, Patch, Result, Source, SourceExt, phrase};
use biaoshi_label::Dialect;

use super::{EXIF_HEAD, Layout, XMP_HEAD};
use crate::exif;
use crate::found::Found;
use crate::trailer;
use crate::xmp::{Packet, Place};

/// A packet with a label.
pub(super) struct Other {
    range: Range<u64>,
    packet: Packet,
}

impl Layout {
    /// Reads the other pictures; returns the end of the last one, 0 where there is none.
    pub(super) fn other_pictures(&mut self, source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<u64> {
        let Some(mpf) = &self.mpf else { return Ok(0) };
        let pictures = match jpeg::later_pictures(source, mpf) {
            Ok(pictures) => pictures,
            Err(damage) => {
                found.pass_over("jpeg/APP2/MPF", damage.message());
                return Ok(0);
            }
        };
        let mut end = 0;
        for picture in pictures {
            let header = jpeg::walk(source, picture.clone(), limits);
            // Offsets that an editor did not move along point anywhere.
            if !header.segments.is_empty() {
                end = picture.end;
            }
            let scans = header.segments.last().filter(|_| header.damage.is_none()).map(|s| s.range().end);
            let behind = scans
                .map(|at| jpeg::behind(source, at..picture.end, limits, &mut found.seen))
                .transpose()?
                .unwrap_or_default();
            for segment in header.segments.iter().chain(&behind.segments).filter(|s| s.marker == APP1) {
                self.other_segment(source, segment, limits, found)?;
            }
        }
        Ok(end)
    }

    fn other_segment(
        &mut self,
        source: &dyn Source,
        segment: &Segment,
        limits: &Limits,
        found: &mut Found,
    ) -> Result<()> {
        let payload = segment.read(source)?;
        let first = found.records.len();
        if let Some(bytes) = payload.strip_prefix(XMP_HEAD) {
            let part = segment.payload().end - bytes.len() as u64..segment.payload().end;
            let place = place(part, "jpeg/other picture/XMP", &[Dialect::JpegOtherPicture]);
            self.other_packet(bytes, &place, limits, found);
        } else if let Some(block) = payload.strip_prefix(EXIF_HEAD) {
            let offset = segment.payload().end - block.len() as u64;
            let labels = exif::read(block, offset, "jpeg/other picture/EXIF", limits, found);
            found.records.iter_mut().skip(first).for_each(|r| r.add(Dialect::JpegOtherPicture));
            self.blanked.extend(labels.iter().map(|r| offset + r.start as u64..offset + r.end as u64));
        }
        Ok(())
    }

    /// Reads a segment behind a scan: decoders pass over it wherever it stands.
    pub(super) fn late(&mut self, segment: &Segment, payload: &[u8], limits: &Limits, found: &mut Found) {
        let first = found.records.len();
        if let Some(bytes) = payload.strip_prefix(XMP_HEAD) {
            let part = segment.payload().end - bytes.len() as u64..segment.payload().end;
            self.other_packet(bytes, &place(part, "jpeg/APP1/XMP behind a scan", &[]), limits, found);
        } else if !payload.starts_with(jpeg::MPF) {
            self.segment(segment, payload, limits, found);
        }
        found.records.iter_mut().skip(first).for_each(|r| r.add(Dialect::JpegScan));
    }

    /// Whether a payload of APP1 holds a packet all the same.
    pub(super) fn headless(&mut self, segment: &Segment, payload: &[u8], limits: &Limits, found: &mut Found) -> bool {
        let Some(inside) = trailer::packet(payload) else { return false };
        let start = segment.payload().start + inside.start as u64;
        let bytes = payload.get(inside).unwrap_or_default();
        let part = start..start + bytes.len() as u64;
        self.other_packet(bytes, &place(part, "jpeg/APP1", &[Dialect::JpegApp]), limits, found);
        true
    }

    fn other_packet(&mut self, bytes: &[u8], place: &Place, limits: &Limits, found: &mut Found) {
        let packet = Packet::read(bytes, place, limits, found);
        if packet.has_label() {
            self.others.push(Other { range: place.part.clone(), packet });
        }
    }
}

/// Where a packet stands that fills a part of the file.
fn place(part: Range<u64>, placement: &'static str, dialects: &'static [Dialect]) -> Place {
    Place { placement, offset: Some(part.start), part, dialects }
}

impl Other {
    /// Blanks the label where it stands.
    ///
    /// # Errors
    /// I/O, or a packet that cannot be changed.
    pub(super) fn blank(&self, source: &dyn Source, patch: &mut Patch) -> Result<()> {
        let bytes = source.bytes(
            super::NAME,
            self.range.clone(),
            jpeg::MAX_PAYLOAD as u64,
            phrase!("the XMP of another picture", "另一图像的 XMP"),
        )?;
        patch.replace(self.range.clone(), self.packet.blanked(&bytes)?);
        Ok(())
    }
}
