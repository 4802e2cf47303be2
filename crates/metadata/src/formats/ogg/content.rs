//! What is heard: first packets, set-up packets, and the pages of the sound.

use biaoshi_container::ogg;
use biaoshi_container::{Error, Limits, Result, Source, phrase};

use super::read::{chain, first_pages};
use super::{NAME, Placements};
use crate::content::{CONTINUED, Part};
use crate::found::Found;

/// Pages behind the headers, on top of those that a reader counts: an hour has a hundred thousand.
const PAGES_A_PART: usize = 16;

/// Lists the parts. Of a page its flags, position and stream, its lacing and its body: numbers and check sums of pages change with
/// the length of the comments.
pub(super) fn parts(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let placements = Placements { label: "", other: "" };
    let links = chain(source, placements, limits, &mut Found::default())?.0;
    let mut parts = Vec::new();
    for (number, link) in links.iter().enumerate() {
        for page in first_pages(source, link.start)? {
            parts.push(Part::new(*b"head", page.body()));
        }
        for stream in &link.streams {
            // The first one behind the head is the comments.
            for packet in stream.packets.iter().skip(1) {
                // A page may end within it, and at another place when the comments grow.
                parts.push(Part::mark(*b"init", 0));
                parts.extend(packet.iter().map(|piece| Part::new(CONTINUED, piece.clone())));
            }
        }
        let end = links.get(number + 1).map_or(source.len(), |next| next.start);
        pages(source, link.end, end, limits, &mut parts)?;
    }
    Ok(parts)
}

fn pages(source: &dyn Source, mut at: u64, end: u64, limits: &Limits, parts: &mut Vec<Part>) -> Result<()> {
    let most = limits.parts.saturating_mul(PAGES_A_PART);
    let mut count = 0;
    while at < end {
        let Some(page) = ogg::header(source, at)? else { break };
        count += 1;
        if count > most {
            return Err(Error::limit(NAME, phrase!("the number of pages", "页数"), most as u64, "--limit-parts"));
        }
        // Version, flags, position, stream; then the lacing and the body.
        parts.push(Part::new(*b"page", page.start + 4..page.start + 18));
        parts.push(Part::new(*b"body", page.start + 26..page.end()));
        at = page.end();
    }
    Ok(())
}
