//! What is seen of HEIF and AVIF: the items with what describes them, and the tracks of a sequence.

use biaoshi_container::heif::Infos;
use biaoshi_container::isobmff::{self, Budget};
use biaoshi_container::{Limits, Result, Source};

use crate::content::Part;
use crate::formats::boxes;

/// Lists the parts: which item is the picture, properties, the kinds of items and what they are made of (but for those of metadata), the
/// data of items, and tracks.
pub(super) fn parts(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let mut budget = Budget::new(limits);
    let mut parts = Vec::new();
    let top = isobmff::boxes(source, 0..isobmff::end_of_list(source, 0..source.len(), limits)?, &mut budget)?;
    for meta in top.iter().filter(|b| b.kind == *b"meta") {
        let inside = meta.body().start.saturating_add(4).min(meta.end)..meta.end;
        for child in isobmff::boxes(source, inside, &mut budget)? {
            match &child.kind {
                b"pitm" | b"iprp" | b"grpl" => parts.push(Part::new(child.kind, child.body())),
                b"iinf" => {
                    let infos = Infos::read(source, &child, limits, &mut budget)?;
                    // The count in front changes with the item of a label.
                    let first = child.body().start + if infos.version == 0 { 6 } else { 8 };
                    let entries = isobmff::boxes(source, first.min(child.end)..child.end, &mut budget)?;
                    let entries = entries.into_iter().filter(|entry| entry.kind == *b"infe");
                    for (entry, info) in entries.zip(infos.entries) {
                        if !matches!(&info.kind, b"mime" | b"Exif" | b"uri ") {
                            parts.push(Part::new(entry.kind, entry.body()));
                        }
                    }
                }
                b"iref" => {
                    let first = (child.body().start + 4).min(child.end);
                    for reference in isobmff::boxes(source, first..child.end, &mut budget)? {
                        // "Describes": metadata say that of pictures.
                        if reference.kind != *b"cdsc" {
                            parts.push(Part::new(reference.kind, reference.body()));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    boxes::pointers::walk(source, limits, &mut |pointer| {
        if pointer.kind == "item" && !pointer.text {
            let end = pointer.offset.saturating_add(pointer.length).min(source.len());
            parts.push(Part::mark(pointer.number.to_be_bytes(), 0));
            parts.push(Part::new(*b"item", pointer.offset.min(end)..end));
        }
    })?;
    parts.extend(boxes::content::parts(source, limits)?);
    Ok(parts)
}
