//! TXT: lines of prose, and what stands in a plain text as if it were Markdown.

use biaoshi_container::text::{Document, Fence, body, each_block, each_piece, opening};
use biaoshi_container::{Limits, Patch, Source};
use biaoshi_watermark::text::{Cost, Marker};

use super::weave::Weave;
use super::{DATA, UNCLEAR, check_encoding, data, encoder, shield, unable};
use crate::{Result, Words};

pub(in crate::text) const WORDS: Words = Words { weave: Some(weave), ..SEARCHED };
/// Any text, as it is read only.
pub(in crate::text) const SEARCHED: Words = Words { each, weave: None, cost };

/// A beginning, and a window.
fn cost(_: &dyn Source, _: &Limits) -> u64 {
    16 << 20
}

/// Tells the characters of a text, of any size.
pub(super) fn each(source: &dyn Source, tell: &mut dyn FnMut(&str), _: &Limits) -> Result<()> {
    let document = opening(source)?;
    Ok(each_block(source, document.encoding, document.bom, tell)?)
}

fn weave(source: &dyn Source, mut marker: Marker, _: &Limits) -> Result<(Patch, Cost)> {
    let document = opening(source)?;
    check_encoding(&document)?;
    if data::is_data(&document) {
        return Err(unable(&DATA));
    }
    let front = front(&document);
    let partial = (document.len() as u64) < source.len();
    let mut weave = Weave::new(source, encoder(document.encoding));
    let (mut fence, mut closed): (Option<Fence>, _) = (None, Vec::new());
    each_piece(source, document.encoding, document.bom, |piece| {
        if partial && !piece.exact {
            // What was taken for UTF-8 may be another encoding further on.
            return Err(unable(&UNCLEAR));
        }
        let inside = fence.is_some();
        fence = match fence {
            Some(open) => Some(open).filter(|open| !open.is_closed_by(&piece.text)),
            None => Fence::opens(&piece.text),
        };
        closed.clear();
        if inside || fence.is_some() || piece.offset < front || !piece.exact {
            closed.push(0..piece.text.len());
        } else {
            shield::closed(&piece.text, true, &mut closed);
        }
        marker.push(&piece.text, &closed, piece.offsets());
        weave.take(marker.insertions())
    })?;
    weave.finish(marker)
}

/// Where front matter ends in the file.
pub(super) fn front(document: &Document) -> u64 {
    let line = body(document).checked_sub(1).and_then(|line| document.lines.get(line));
    line.map_or(0, |line| line.end as u64)
}
