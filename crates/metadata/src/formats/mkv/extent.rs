//! Where elements of unknown size end.

use biaoshi_container::ebml::{self, Budget, Element};
use biaoshi_container::{Result, Source};

use super::id;

/// Where an element of unknown size ends: before the first one that cannot be inside it (RFC 8794 6.2).
pub(super) fn end_of(
    source: &dyn Source,
    element: &Element,
    ends: fn(u32) -> bool,
    budget: &mut Budget,
) -> Result<u64> {
    let mut at = element.body;
    while at < element.end {
        budget.take()?;
        let child = ebml::read(source, at, element.end)?;
        if ends(child.id) {
            return Ok(at);
        }
        // Another one inside it ends there too, or goes on with its children.
        at = if child.unknown { child.body } else { child.end };
    }
    Ok(at)
}

/// Whether it is a child of the segment, or begins a new file.
pub(super) fn is_level_one(kind: u32) -> bool {
    matches!(
        kind,
        id::EBML
            | id::SEGMENT
            | id::SEEK_HEAD
            | id::INFO
            | id::TRACKS
            | id::CHAPTERS
            | id::ATTACHMENTS
            | id::CLUSTER
            | id::CUES
            | id::TAGS
    )
}
