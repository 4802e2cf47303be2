//! The packets of a stream, whole and in their order (RFC 3533 section 6).

use biaoshi_container::{Source, SourceExt, phrase, said};

use super::{NAME, Pages, damaged, refused};
use crate::Result;

/// Most bytes of a page's body, and of a packet of sound.
const PAGE: u64 = 255 * 255;
const LONGEST: usize = 1 << 20;

/// Tells each packet that ends on one of the pages.
///
/// # Errors
/// I/O, limits, those of `tell`; [`crate::Error::Unable`] for damage.
pub(in crate::sound) fn packets(
    source: &dyn Source,
    pages: Pages<'_>,
    tell: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut packet = Vec::new();
    for page in pages {
        let page = page?;
        let body = source.bytes(NAME, page.body(), PAGE, phrase!("a page", "页")).map_err(refused)?;
        let mut rest = body.as_slice();
        for size in &page.lacing {
            let (segment, after) = rest.split_at_checked(usize::from(*size)).unwrap_or((rest, &[]));
            packet.extend_from_slice(segment);
            rest = after;
            if *size < 255 {
                tell(&packet)?;
                packet.clear();
            }
        }
        if packet.len() > LONGEST {
            return Err(damaged(said!("packets too large for a page", "包过大,放不进一页")));
        }
    }
    Ok(())
}
