//! JPEG. The label is XMP in an APP1 segment (image guide); EXIF UserComment (its Annex B), extended XMP, comments and
//! application segments are read.

use std::collections::BTreeMap;
use std::ops::Range;

use biaoshi_container::jpeg::{self, APP0, APP1, APP2, APP11, COM, MAX_PAYLOAD, Segment};
use biaoshi_container::{Cursor, Error, Limits, Patch, Result, Source};
use biaoshi_label::{Dialect, Label};

use crate::exif;
use crate::format::{Confidence, Format, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};
use crate::xmp::{self, Packet, Place};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "jpeg",
    media_type: "image/jpeg",
    extensions: &["jpg", "jpeg", "jpe", "jfif"],
    kind: Kind::Image,
    status: Status::Standard,
    placement: XMP,
    clause: "TC260-PG-20259A",
    touches: "the XMP segment behind the other application segments, or the one that is there; label segments elsewhere are cut out, an EXIF comment is blanked, offsets of an MPF index move along",
    families: &["jpeg", "xmp", "exif"],
    sniff: |head| if head.bytes.starts_with(&[0xff, 0xd8, 0xff]) { Confidence::Magic } else { Confidence::No },
    read,
};

const NAME: &str = "JPEG";
const XMP: &str = "jpeg/APP1/XMP";
const EXIF_HEAD: &[u8] = b"Exif\0\0";
const XMP_HEAD: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_HEAD: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";

/// The pieces of extended packets: GUID, offset, bytes.
type Pieces = BTreeMap<Vec<u8>, BTreeMap<u32, Vec<u8>>>;

/// What a writer needs to know.
#[derive(Default)]
struct Layout {
    /// Behind the segments that must come first: JFIF and EXIF.
    front: u64,
    packets: Vec<(Segment, Packet)>,
    /// Segments that hold nothing but a label.
    labels: Vec<Range<u64>>,
    /// Label texts inside EXIF.
    blanked: Vec<Range<u64>>,
    extended_label: bool,
    mpf: Option<Segment>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut layout = Layout { front: 2, ..Layout::default() };
    let mut extended = BTreeMap::new();
    let (mut extended_size, mut first_extended) = (0, None);
    let mut leading = true;
    for segment in jpeg::segments(source, limits)? {
        let payload = match segment.marker {
            APP0..=0xef | COM => segment.read(source)?,
            _ => continue,
        };
        let first = segment.marker == APP0 || payload.starts_with(EXIF_HEAD);
        leading &= first;
        if leading {
            layout.front = segment.range().end;
        }
        if let Some(part) = payload.strip_prefix(EXTENDED_HEAD) {
            extended_size += part.len() as u64;
            if extended_size <= limits.inflated {
                first_extended.get_or_insert(segment.payload());
                extend(&mut extended, part);
            }
        } else {
            layout.segment(&segment, &payload, limits, found);
        }
    }
    layout.extended(extended, first_extended.unwrap_or_default(), limits, found);
    Ok(Box::new(layout))
}

impl Layout {
    fn segment(&mut self, segment: &Segment, payload: &[u8], limits: &Limits, found: &mut Found) {
        let start = segment.payload().start;
        if let Some(block) = payload.strip_prefix(EXIF_HEAD) {
            let offset = start + EXIF_HEAD.len() as u64;
            let labels = exif::read(block, offset, "jpeg/APP1/EXIF/UserComment", limits, found);
            self.blanked.extend(labels.iter().map(|r| offset + r.start as u64..offset + r.end as u64));
        } else if let Some(packet) = payload.strip_prefix(XMP_HEAD) {
            let offset = Some(start + XMP_HEAD.len() as u64);
            let place = Place { placement: XMP, offset, part: segment.payload(), dialects: &[] };
            let packet = Packet::read(packet, &place, limits, found);
            self.packets.push((*segment, packet));
        } else if segment.marker == APP2 && payload.starts_with(jpeg::MPF) {
            self.mpf.get_or_insert(*segment);
        } else if segment.marker == APP11 && payload.windows(4).take(64).any(|w| w == b"jumb") {
            if !found.blockers.iter().any(|b| b.placement == "jpeg/APP11")
                || crate::trace::digital_source(payload).is_some()
            {
                found.c2pa("jpeg/APP11", payload);
            }
        } else if segment.marker == APP11 {
            // A later piece of the same JUMBF.
            if let Some(source) = crate::trace::digital_source(payload) {
                found.trace("c2pa", "jpeg/APP11", source, crate::Strength::Strong);
            }
        } else {
            let text = String::from_utf8_lossy(payload);
            let (placement, dialect) = match segment.marker {
                COM => ("jpeg/COM".to_owned(), Dialect::JpegComment),
                marker => (format!("jpeg/APP{}", marker - APP0), Dialect::JpegApp),
            };
            let slot =
                Slot { placement: placement.into(), span: segment.payload(), wrapped: true, dialects: &[dialect] };
            if found.offer(slot, &text, limits) == Offer::Label {
                self.labels.push(segment.range());
            }
        }
    }

    /// Reads the reassembled extended packets (XMP part 3, 1.1.3.1); a gap ends one.
    fn extended(&mut self, parts: Pieces, part: Range<u64>, limits: &Limits, found: &mut Found) {
        for pieces in parts.into_values() {
            let mut packet = Vec::new();
            for (offset, piece) in pieces {
                if usize::try_from(offset) != Ok(packet.len()) || packet.len() as u64 > limits.inflated {
                    found.pass_over("jpeg/APP1/XMP extended", "extended XMP with a gap or over the limit");
                    break;
                }
                packet.extend(piece);
            }
            let place = Place {
                placement: "jpeg/APP1/XMP extended",
                offset: None,
                part: part.clone(),
                dialects: &[Dialect::XmpExtended],
            };
            self.extended_label |= Packet::read(&packet, &place, limits, found).has_label();
        }
    }

    fn segment_bytes(packet: &str) -> Result<Vec<u8>> {
        let mut payload = XMP_HEAD.to_vec();
        payload.extend(packet.as_bytes());
        if payload.len() > MAX_PAYLOAD {
            // The padding that XMP leaves for editors is the first thing to go.
            payload = XMP_HEAD.to_vec();
            payload.extend(unpadded(packet).as_bytes());
        }
        jpeg::encode(APP1, &payload).ok_or_else(|| {
            Error::unsupported(NAME, "an XMP packet of more than 65 502 bytes (it must fit one segment)")
        })
    }
}

/// Notes one piece of extended XMP: GUID, full length, offset, bytes.
fn extend(parts: &mut Pieces, part: &[u8]) {
    let mut c = Cursor::new(part);
    if let (Some(guid), Some(_), Some(offset)) = (c.take(32), c.u32_be(), c.u32_be()) {
        parts.entry(guid.to_vec()).or_default().insert(offset, c.rest().to_vec());
    }
}

/// A packet without the blanks in front of its trailer.
fn unpadded(packet: &str) -> String {
    match packet.rfind("<?xpacket end") {
        Some(at) => {
            let (body, trailer) = packet.split_at(at);
            format!("{}\n{trailer}", body.trim_end())
        }
        None => packet.trim_end().to_owned(),
    }
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        if self.extended_label {
            return Err(Error::unsupported(NAME, "moving a label out of extended XMP"));
        }
        let mut patch = Patch::new();
        let mut written = false;
        for (segment, packet) in &self.packets {
            if !written {
                patch.replace(segment.range(), Self::segment_bytes(&packet.with(Some(label))?)?);
                written = true;
            } else if packet.has_label() {
                patch.replace(segment.range(), Self::segment_bytes(&packet.with(None)?)?);
            }
        }
        if !written {
            patch.insert(self.front, Self::segment_bytes(&xmp::fresh(label))?);
        }
        for range in &self.labels {
            patch.remove(range.clone());
        }
        for range in &self.blanked {
            let blanks = usize::try_from(range.end - range.start).unwrap_or(0);
            patch.replace(range.clone(), vec![0; blanks]);
        }
        if let Some(mpf) = &self.mpf {
            jpeg::fix_mpf(source, mpf, &mut patch)?;
        }
        Ok(patch)
    }
}
