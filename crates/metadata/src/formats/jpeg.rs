//! JPEG. The label is XMP in an APP1 segment (image guide); EXIF UserComment (its Annex B), extended XMP, comments and
//! application segments are read.

mod extended;
mod jumbf;
mod pictures;
mod pointers;

use std::ops::Range;

use biaoshi_container::iim;
use biaoshi_container::jpeg::{self, APP0, APP1, APP2, APP11, APP13, Behind, COM, MAX_PAYLOAD, Segment};
use biaoshi_container::{Error, Limits, Patch, Result, Source, phrase, said};
use biaoshi_label::{Dialect, Label, may_be_label};

use self::extended::{Extended, Pieces};
use self::pictures::Other;
use crate::content::Part;
use crate::exif;
use crate::format::{Confidence, Format, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};
use crate::trailer::{self, Trailer};
use crate::xmp::{self, Packet, Place};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "jpeg",
    media_type: "image/jpeg",
    extensions: &["jpg", "jpeg", "jpe", "jfif", "mpo"],
    kind: Kind::Image,
    status: Status::Standard,
    placement: XMP,
    clause: "TC260-PG-20259A",
    touches: "the XMP segment behind the other application segments, or the one that is there, which takes in other packets; label segments elsewhere are cut out, an EXIF comment is blanked, offsets of an MPF index move along",
    families: &["jpeg", "xmp", "exif", "trailer"],
    sniff: |head| if head.bytes.starts_with(&[0xff, 0xd8, 0xff]) { Confidence::Magic } else { Confidence::No },
    read,
    pointers: Some(pointers::walk),
    content: Some(content),
};

const NAME: &str = "JPEG";
/// The segment that says how an Adobe program made the colours.
const ADOBE: u8 = 0xee;
const XMP: &str = "jpeg/APP1/XMP";
const EXIF_HEAD: &[u8] = b"Exif\0\0";
const XMP_HEAD: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

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
    /// Packets of extended XMP with labels.
    extended: Vec<Extended>,
    mpf: Option<Segment>,
    /// Packets with labels in other pictures and in segments that are not XMP's.
    others: Vec<Other>,
    trailer: Option<Trailer>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut layout = Layout { front: 2, ..Layout::default() };
    let (mut pieces, mut boxes) = (Pieces::default(), jumbf::Boxes::default());
    let mut leading = true;
    let header = jpeg::walk(source, 0..source.len(), limits);
    if !header.strays.is_empty() {
        let strays: u64 = header.strays.iter().map(|r| r.end - r.start).sum();
        found.pass_over("jpeg", said!("{} bytes between segments", "段之间的 {} 字节", strays));
    }
    let scans = header.segments.last().map_or(2, |s| s.range().end);
    let behind = match header.damage {
        None => jpeg::behind(source, scans..source.len(), limits, &mut found.seen)?,
        damage => Behind { damage, ..Behind::default() },
    };
    for segment in header.segments.into_iter().chain(behind.segments) {
        let payload = match segment.marker {
            APP0..=0xef | COM => segment.read(source)?,
            _ => continue,
        };
        let first = segment.marker == APP0 || payload.starts_with(EXIF_HEAD);
        leading &= first;
        if leading {
            layout.front = segment.range().end;
        }
        if let Some(part) = payload.strip_prefix(extended::HEAD) {
            pieces.add(&segment, part, limits);
        } else if segment.marker == APP11 {
            boxes.add(&payload, limits);
        } else if segment.start >= scans {
            layout.late(&segment, &payload, limits, found);
        } else {
            layout.segment(&segment, &payload, limits, found);
        }
    }
    boxes.note(found);
    layout.extended = pieces.read(limits, found);
    if let Some(damage) = behind.damage {
        return Err(damage);
    }
    let end = layout.other_pictures(source, limits, found)?.max(behind.end.unwrap_or(scans));
    layout.trailer = trailer::read(source, end, "jpeg/trailer/XMP", limits, found)?;
    Ok(Box::new(layout))
}

/// Tables, frame and scans; of the application segments those that say what colours mean: JFIF, Adobe's and the profile.
fn content(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let segments = jpeg::segments(source, limits)?;
    let mut parts = Vec::new();
    for segment in &segments {
        let shows = match segment.marker {
            APP0 | APP2 => {
                let payload = segment.read(source)?;
                payload.starts_with(b"JFIF\0") || payload.starts_with(b"ICC_PROFILE\0")
            }
            ADOBE => true,
            APP0..=0xef | COM => false,
            _ => true,
        };
        if shows {
            parts.push(Part::new([0xff, segment.marker, 0, 0], segment.payload()));
        }
    }
    let mut at = segments.last().map_or(2, |s| s.range().end);
    let behind = jpeg::behind(source, at..source.len(), limits, &mut Found::default().seen)?;
    let end = behind.end.ok_or_else(|| Error::truncated(NAME, at, phrase!("the scans", "扫描数据")))?;
    for segment in behind.segments.iter().filter(|s| s.marker != ADOBE) {
        parts.push(Part::new(*b"scan", at..segment.start));
        at = segment.range().end;
    }
    parts.push(Part::new(*b"scan", at..end));
    Ok(parts)
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
        } else if (segment.marker != APP1 || !self.headless(segment, payload, limits, found)) && may_be_label(payload) {
            let text = String::from_utf8_lossy(payload);
            let (placement, dialect) = match segment.marker {
                COM => ("jpeg/COM".to_owned(), Dialect::JpegComment),
                marker => (format!("jpeg/APP{}", marker - APP0), Dialect::JpegApp),
            };
            let slot =
                Slot { placement: placement.into(), span: segment.payload(), wrapped: true, dialects: &[dialect] };
            if found.offer(slot, &text, limits) == Offer::Label {
                self.labels.push(segment.range());
                return;
            }
        }
        match segment.marker {
            COM => found.look("jpeg/COM", "comment", &String::from_utf8_lossy(payload)),
            APP13 => datasets(payload, found),
            _ => {}
        }
    }

    fn segment_bytes(packet: &[u8]) -> Result<Vec<u8>> {
        let mut payload = XMP_HEAD.to_vec();
        payload.extend(packet);
        if payload.len() > MAX_PAYLOAD {
            // The padding that XMP leaves for editors is the first thing to go.
            payload = XMP_HEAD.to_vec();
            payload.extend(xmp::unpadded(packet));
        }
        jpeg::encode(APP1, &payload).ok_or_else(|| {
            Error::unsupported(
                NAME,
                phrase!(
                    "an XMP packet of more than 65 502 bytes (it must fit one segment)",
                    "超过 65502 字节的 XMP 包(须放入一个段)"
                ),
            )
        })
    }
}

/// Traces in IPTC-IIM: the program, the credit, the description.
fn datasets(payload: &[u8], found: &mut Found) {
    for dataset in iim::datasets(payload) {
        let name = match dataset.number {
            65 => "Program",
            80 => "Artist",
            110 => "Credit",
            115 => "Source",
            120 => "Description",
            _ => continue,
        };
        found.look("jpeg/APP13/IIM", name, &String::from_utf8_lossy(dataset.value));
    }
}

/// Puts the new digests of extended XMP, which are as long as the old ones, where a packet names these.
fn renamed(packet: &[u8], names: &[(String, String)]) -> Vec<u8> {
    let mut out = packet.to_vec();
    for (old, new) in names {
        for at in 0..out.len() {
            if let Some(name) = out.get_mut(at..at + old.len()).filter(|name| *name == old.as_bytes()) {
                name.copy_from_slice(new.as_bytes());
            }
        }
    }
    out
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let mut patch = Patch::new();
        let names: Vec<_> = self.extended.iter().map(|e| e.blank(&mut patch)).collect::<Result<_>>()?;
        let packets: Vec<_> = self.packets.iter().map(|(segment, packet)| (segment.range(), packet)).collect();
        let chunk = |text: &[u8]| Self::segment_bytes(&renamed(text, &names));
        let room = MAX_PAYLOAD - XMP_HEAD.len();
        for n in xmp::write(&mut patch, &packets, label, room, &|_, text| chunk(text))? {
            if let Some((range, packet)) = packets.get(n).filter(|(_, p)| names.iter().any(|(old, _)| p.contains(old)))
            {
                patch.replace(range.clone(), chunk(&packet.with(None)?)?);
            }
        }
        if packets.is_empty() {
            patch.insert(self.front, Self::segment_bytes(xmp::fresh(label).as_bytes())?);
        }
        for other in &self.others {
            other.blank(source, &mut patch)?;
        }
        if let Some(trailer) = &self.trailer {
            trailer.blank(source, &mut patch)?;
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
