//! The packets of a stream, whole and in their order (RFC 3533 section 6).

use biaoshi_container::ogg;
use biaoshi_container::{Source, SourceExt, phrase, said};

use super::{NAME, Pages, damaged, refused};
use crate::Result;

/// Most bytes of a page, and of a packet of sound.
const PAGE: u64 = 27 + 255 + 255 * 255;
const LONGEST: usize = 1 << 20;
/// Where the check sum of a page stands, which is made as if it were 0.
const SUM: std::ops::Range<usize> = 22..26;

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
        let mut bytes = source.bytes(NAME, page.start..page.end(), PAGE, phrase!("a page", "页")).map_err(refused)?;
        let told = bytes.get(SUM).map(<[u8]>::to_vec);
        bytes.iter_mut().take(SUM.end).skip(SUM.start).for_each(|byte| *byte = 0);
        if told != Some(ogg::crc(&bytes).to_le_bytes().to_vec()) {
            return Err(damaged(said!("a check sum is wrong", "校验和有误")));
        }
        let mut rest = bytes.get((page.body().start - page.start) as usize..).unwrap_or_default();
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
