//! Extended XMP (XMP part 3, 1.1.3.1): packets over 64 KiB, cut into segments that name the packet by its MD5 digest. A
//! label in one is blanked where it stands, so that no segment moves; the digest follows, here and in the main packet.

use std::collections::BTreeMap;
use std::ops::Range;

use biaoshi_container::jpeg::Segment;
use biaoshi_container::{Cursor, Error, Limits, Patch, Result, phrase};
use biaoshi_label::Dialect;
use md5::{Digest, Md5};

use super::NAME;
use crate::found::Found;
use crate::xmp::{Packet, Place};

pub(super) const HEAD: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const PLACEMENT: &str = "jpeg/APP1/XMP extended";
/// Letters of a digest.
const GUID: usize = 32;

/// One segment's part of a packet.
struct Piece {
    /// Offset of the digest in the file.
    guid_at: u64,
    /// The part in the file, and its bytes.
    range: Range<u64>,
    bytes: Vec<u8>,
}

/// The pieces of all packets, by digest and offset in the packet. Of several at one offset the first counts.
#[derive(Default)]
pub(super) struct Pieces {
    packets: BTreeMap<Vec<u8>, BTreeMap<u32, Vec<Piece>>>,
    size: u64,
    /// The first segment, which stands for them all in reports.
    first: Range<u64>,
}

/// A packet that holds a label.
pub(super) struct Extended {
    guid: Vec<u8>,
    pieces: Vec<Vec<Piece>>,
    bytes: Vec<u8>,
    packet: Packet,
}

impl Pieces {
    /// Notes one segment: behind the head its digest, the full length, its offset, its bytes.
    pub(super) fn add(&mut self, segment: &Segment, part: &[u8], limits: &Limits) {
        self.size += part.len() as u64;
        if self.size > limits.inflated {
            return;
        }
        if self.first.is_empty() {
            self.first = segment.payload();
        }
        let mut c = Cursor::new(part);
        if let (Some(guid), Some(_), Some(offset)) = (c.take(GUID), c.u32_be(), c.u32_be()) {
            let guid_at = segment.payload().start + HEAD.len() as u64;
            let start = guid_at + c.position() as u64;
            let bytes = c.rest().to_vec();
            let piece = Piece { guid_at, range: start..start + bytes.len() as u64, bytes };
            self.packets.entry(guid.to_vec()).or_default().entry(offset).or_default().push(piece);
        }
    }

    /// Reads the packets, each up to its first gap; returns those with labels.
    pub(super) fn read(self, limits: &Limits, found: &mut Found) -> Vec<Extended> {
        if self.size > limits.inflated {
            found.pass_over(PLACEMENT, phrase!("extended XMP over the limit", "超过上限的扩展 XMP"));
        }
        let mut out = Vec::new();
        for (guid, all) in self.packets {
            let (mut bytes, mut pieces) = (Vec::new(), Vec::new());
            for (offset, copies) in all {
                if usize::try_from(offset) != Ok(bytes.len()) {
                    found.damaged(PLACEMENT, phrase!("extended XMP with a gap", "扩展 XMP 有缺口"));
                    break;
                }
                bytes.extend(copies.first().map(|p| p.bytes.as_slice()).unwrap_or_default());
                pieces.push(copies);
            }
            let dialects = &[Dialect::XmpExtended];
            let place = Place { placement: PLACEMENT, offset: None, part: self.first.clone(), dialects };
            let packet = Packet::read(&bytes, &place, limits, found);
            if packet.has_label() {
                out.push(Extended { guid, pieces, bytes, packet });
            }
        }
        out
    }
}

impl Extended {
    /// Blanks the labels; returns the old digest and the new one.
    ///
    /// # Errors
    /// A packet that is no sound XMP, or not in UTF-8.
    pub(super) fn blank(&self, patch: &mut Patch) -> Result<(String, String)> {
        let old = std::str::from_utf8(&self.guid).ok().filter(|g| g.is_ascii());
        let old = old.ok_or_else(|| {
            Error::unsupported(NAME, phrase!("extended XMP whose digest is no text", "摘要不是文本的扩展 XMP"))
        })?;
        let bytes = self.packet.blanked(&self.bytes)?;
        let new: String = Md5::digest(&bytes).iter().map(|b| format!("{b:02X}")).collect();
        let mut rest = bytes.as_slice();
        for copies in &self.pieces {
            let Some(first) = copies.first() else { continue };
            let (part, behind) = rest.split_at_checked(first.bytes.len()).unwrap_or((rest, &[]));
            for piece in copies {
                patch.replace(piece.guid_at..piece.guid_at + GUID as u64, new.as_bytes());
                if piece.bytes == first.bytes && part != piece.bytes {
                    patch.replace(piece.range.clone(), part);
                }
            }
            rest = behind;
        }
        Ok((old.to_owned(), new))
    }
}
