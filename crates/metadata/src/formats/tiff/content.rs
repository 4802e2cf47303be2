//! What is seen of a TIFF: of each page the entries that say how it looks, and its strips and tiles.

use biaoshi_container::exif::EXIF_IFD;
use biaoshi_container::tiff::Form;
use biaoshi_container::{Limits, Result, Source};

use super::{XMP_TAG, pointers};
use crate::content::Part;
use crate::exif::TEXTS;

/// Metadata: GPS, IPTC-IIM, Photoshop's resources, time, document and page names; and the tags whose values are offsets.
const LEFT_OUT: [u16; 18] =
    [XMP_TAG, EXIF_IFD, 0x8825, 0x83bb, 0x8649, 306, 269, 285, 271, 272, 273, 324, 288, 330, 513, 519, 520, 521];

/// Lists the parts.
pub(super) fn parts(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let (form, first) = Form::read(source)?;
    let (pages, damage) = form.chain(source, first, limits);
    if let Some(damage) = damage {
        return Err(damage);
    }
    let mut parts = Vec::new();
    for page in &pages {
        parts.push(Part::mark(*b"page", 0));
        for entry in page.entries.iter().filter(|e| !LEFT_OUT.contains(&e.tag) && !TEXTS.contains(&e.tag)) {
            let [a, b] = entry.tag.to_be_bytes();
            let [c, d] = entry.kind.to_be_bytes();
            parts.push(Part::new([a, b, c, d], entry.value.clone()));
        }
    }
    pointers::walk(source, limits, &mut |pointer| {
        if pointer.kind == "data" {
            let end = pointer.offset.saturating_add(pointer.length).min(source.len());
            parts.push(Part::new(*b"data", pointer.offset.min(end)..end));
        }
    })?;
    Ok(parts)
}
