//! The SeekHead and the Cues: what they point at, and pointing it elsewhere.

use biaoshi_container::ebml::{self, Budget, Element};
use biaoshi_container::{Limits, Result, Source, SourceExt, phrase};

use super::{NAME, id};

/// The entries of a SeekHead: id and position in the segment.
pub(super) fn entries(
    source: &dyn Source,
    head: &Element,
    limits: &Limits,
    budget: &mut Budget,
) -> Result<Vec<(u32, u64)>> {
    let mut out = Vec::new();
    for seek in ebml::children(source, head.contents(), budget)?.iter().filter(|e| e.id == id::SEEK) {
        out.extend(entry(source, seek, limits, budget)?);
    }
    Ok(out)
}

fn entry(source: &dyn Source, seek: &Element, limits: &Limits, budget: &mut Budget) -> Result<Option<(u32, u64)>> {
    let (mut kind, mut position) = (None, None);
    for part in ebml::children(source, seek.contents(), budget)? {
        if part.end - part.body > 8 {
            continue;
        }
        let bytes = source.bytes(NAME, part.contents(), limits.part, phrase!("a seek entry", "SeekHead 条目"))?;
        match part.id {
            id::SEEK_ID => kind = ebml::uint(&bytes).and_then(|n| u32::try_from(n).ok()),
            id::SEEK_POSITION => position = ebml::uint(&bytes),
            _ => {}
        }
    }
    Ok(kind.zip(position))
}

/// The last cluster that the Cues name, as a position in the segment; `None` where they are damaged.
pub(super) fn last_cluster(source: &dyn Source, cues: &Element, limits: &Limits, budget: &mut Budget) -> Option<u64> {
    let bytes = source.bytes(NAME, cues.contents(), limits.part, phrase!("the Cues", "Cues")).ok()?;
    let mut last = None;
    for point in ebml::children(&bytes, 0..bytes.len() as u64, budget).ok()? {
        if point.id != id::CUE_POINT {
            continue;
        }
        for track in ebml::children(&bytes, point.contents(), budget).ok()? {
            if track.id != id::CUE_TRACK_POSITIONS {
                continue;
            }
            for part in ebml::children(&bytes, track.contents(), budget).ok()? {
                if part.id == id::CUE_CLUSTER_POSITION {
                    last = last
                        .max(ebml::uint(&bytes.bytes(NAME, part.contents(), 8, phrase!("a cue", "Cues 条目")).ok()?));
                }
            }
        }
    }
    last
}

/// The contents of a SeekHead whose entries point where `moved` says; entries without an answer go. `more` is added.
pub(super) fn seek_head(
    source: &dyn Source,
    head: &Element,
    limits: &Limits,
    moved: &dyn Fn(u32, u64) -> Option<u64>,
    more: Option<(u32, u64)>,
) -> Result<Vec<u8>> {
    let budget = &mut Budget::new(limits);
    let (mut body, mut crc) = (Vec::new(), false);
    for child in ebml::children(source, head.contents(), budget)? {
        if child.id == ebml::CRC32 {
            crc = true;
            continue;
        }
        if child.id == id::SEEK
            && let Some((kind, position)) = entry(source, &child, limits, budget)?
        {
            match moved(kind, position) {
                Some(new) if new == position => {}
                Some(new) => {
                    let width = ebml::uint_bytes(position, 1).len();
                    body.extend(seek(kind, new, width));
                    continue;
                }
                None => continue,
            }
        }
        body.extend(source.bytes(NAME, child.range(), limits.part, phrase!("the SeekHead", "SeekHead"))?);
    }
    if let Some((kind, position)) = more {
        body.extend(seek(kind, position, 1));
    }
    Ok(if crc { ebml::with_crc(&body) } else { body })
}

fn seek(kind: u32, position: u64, width: usize) -> Vec<u8> {
    let mut entry = ebml::encode(id::SEEK_ID, &ebml::id_bytes(kind));
    entry.extend(ebml::encode(id::SEEK_POSITION, &ebml::uint_bytes(position, width)));
    ebml::encode(id::SEEK, &entry)
}

/// The contents of the Cues (or of an element in them) with every cluster position moved.
pub(super) fn cues(
    source: &dyn Source,
    element: &Element,
    limits: &Limits,
    budget: &mut Budget,
    moved: &dyn Fn(u64) -> u64,
) -> Result<Vec<u8>> {
    let (mut body, mut crc) = (Vec::new(), false);
    for child in ebml::children(source, element.contents(), budget)? {
        let width = usize::try_from(child.body - child.size_at).unwrap_or(1);
        match (element.id, child.id) {
            (_, ebml::CRC32) => crc = true,
            (id::CUES, id::CUE_POINT)
            | (id::CUE_POINT, id::CUE_TRACK_POSITIONS)
            | (id::CUE_TRACK_POSITIONS, id::CUE_REFERENCE) => {
                let inside = cues(source, &child, limits, budget, moved)?;
                body.extend(ebml::encode_wide(child.id, &inside, width));
            }
            (_, id::CUE_CLUSTER_POSITION | id::CUE_REF_CLUSTER) => {
                let bytes = source.bytes(NAME, child.contents(), 8, phrase!("a cue", "Cues 条目"))?;
                let value = ebml::uint(&bytes).unwrap_or(0);
                body.extend(ebml::encode(child.id, &ebml::uint_bytes(moved(value), bytes.len())));
            }
            _ => body.extend(source.bytes(NAME, child.range(), limits.part, phrase!("the Cues", "Cues"))?),
        }
    }
    Ok(if crc { ebml::with_crc(&body) } else { body })
}
