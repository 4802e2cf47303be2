//! Packets behind the end of a picture: programs append them there, and viewers pass over them.

use std::ops::Range;

use biaoshi_container::{Limits, Patch, Result, Source, SourceExt, phrase};
use biaoshi_label::Dialect;

use crate::found::Found;
use crate::xmp::{Packet, Place};

/// Bytes of a trailer that are looked at, at its end: it may be a video.
const LOOK: u64 = 64 << 10;
/// What a packet begins with, outermost first, and what it ends with.
const EDGES: [(&str, &str); 3] =
    [("<?xpacket begin", "<?xpacket end"), ("<x:xmpmeta", "</x:xmpmeta>"), ("<rdf:RDF", "</rdf:RDF>")];

/// A packet behind the end, with a label.
pub(crate) struct Trailer {
    range: Range<u64>,
    packet: Packet,
}

/// Reads the packet between `from` and the end of the file, where there is one.
pub(crate) fn read(
    source: &dyn Source,
    from: u64,
    placement: &'static str,
    limits: &Limits,
    found: &mut Found,
) -> Result<Option<Trailer>> {
    let start = from.max(source.len().saturating_sub(LOOK)).min(source.len());
    let bytes =
        source.bytes("trailer", start..source.len(), LOOK, phrase!("what follows the picture", "图像之后的数据"))?;
    samsung(&bytes, found);
    let Some(inside) = packet(&bytes) else { return Ok(None) };
    let range = start + inside.start as u64..start + inside.end as u64;
    let place = Place { placement, offset: Some(range.start), part: range.clone(), dialects: &[Dialect::TrailerXmp] };
    let packet = Packet::read(bytes.get(inside).unwrap_or_default(), &place, limits, found);
    Ok(packet.has_label().then_some(Trailer { range, packet }))
}

/// What the editor of a Samsung phone did: a part of its trailer, which `SEFT` ends. Behind the name stands JSON.
fn samsung(bytes: &[u8], found: &mut Found) {
    const NAME: &str = "PhotoEditor_Re_Edit_Data";
    if !bytes.ends_with(b"SEFT") {
        return;
    }
    let at = bytes.windows(NAME.len()).position(|w| w == NAME.as_bytes());
    let json = at.and_then(|at| bytes.get(at + NAME.len()..)).unwrap_or_default();
    let end = json.iter().position(|b| *b == 0).unwrap_or(json.len());
    found.look("trailer/SEF", NAME, &String::from_utf8_lossy(json.get(..end).unwrap_or_default()));
}

/// Where a packet stands in some bytes.
pub(crate) fn packet(bytes: &[u8]) -> Option<Range<usize>> {
    let tags = || bytes.iter().enumerate().filter(|(_, b)| **b == b'<').map(|(at, _)| at);
    let is = |at: usize, text: &str| bytes.get(at..).is_some_and(|rest| rest.starts_with(text.as_bytes()));
    let (start, close) =
        tags().find_map(|at| EDGES.iter().find(|(open, _)| is(at, open)).map(|(_, close)| (at, close)))?;
    let last = tags().skip_while(|at| *at < start).find(|at| is(*at, close));
    let end = last.and_then(|at| Some(at + bytes.get(at..)?.iter().position(|b| *b == b'>')? + 1));
    Some(start..end.unwrap_or(bytes.len()))
}

impl Trailer {
    /// Blanks the label where it stands: what follows a picture is often counted from its end, so nothing moves.
    ///
    /// # Errors
    /// I/O, or a packet that cannot be changed.
    pub(crate) fn blank(&self, source: &dyn Source, patch: &mut Patch) -> Result<()> {
        let bytes =
            source.bytes("trailer", self.range.clone(), LOOK, phrase!("what follows the picture", "图像之后的数据"))?;
        patch.replace(self.range.clone(), self.packet.blanked(&bytes)?);
        Ok(())
    }
}
