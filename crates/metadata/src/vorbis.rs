//! Vorbis comments as a place for labels (audio guide: a comment `AIGC=`), for FLAC and the streams of Ogg.

use std::ops::Range;

use biaoshi_container::vorbis::{self, Comment, Comments};
use biaoshi_container::{Limits, Patch, Result, Source, SourceExt, phrase};
use biaoshi_label::{Dialect, Label};

use crate::found::{Found, Offer, Slot};

/// Who wrote a list of comments that we had to make.
pub(crate) const VENDOR: &str = "biaoshi";
/// Longest text of a comment that is looked at, besides labels: pictures stand in comments too.
const LOOKED_AT: u64 = 64 << 10;

/// A list of comments, and those in it that hold labels.
#[derive(Debug)]
pub(crate) struct List {
    /// Where its parts lie.
    pub(crate) comments: Comments,
    /// Comments with labels.
    pub(crate) labels: Vec<Comment>,
}

/// Where a list stands.
pub(crate) struct Place<'a> {
    /// The format, as people write it.
    pub(crate) name: &'static str,
    /// Placement of the prescribed comment.
    pub(crate) label: &'static str,
    /// Placement of other comments.
    pub(crate) other: &'static str,
    /// What is different about the place itself.
    pub(crate) dialects: &'a [Dialect],
    /// Bytes in the file of a range of the source.
    pub(crate) span: &'a dyn Fn(Range<u64>) -> Range<u64>,
}

/// Reads a list of comments: labels and traces.
///
/// # Errors
/// I/O, damage, a limit.
pub(crate) fn read(
    source: &dyn Source,
    range: Range<u64>,
    place: &Place<'_>,
    limits: &Limits,
    found: &mut Found,
) -> Result<List> {
    let mut labels = Vec::new();
    let comments = vorbis::walk(source, range, limits, &mut |comment| {
        if look(source, &comment, place, limits, found)? {
            labels.push(comment);
        }
        Ok(())
    })?;
    Ok(List { comments, labels })
}

/// Whether a comment is a label; one that is, and a trace, is noted.
fn look(source: &dyn Source, comment: &Comment, place: &Place<'_>, limits: &Limits, found: &mut Found) -> Result<bool> {
    let length = comment.text.end - comment.text.start;
    let start = comment.text.start;
    let front = source.bytes(place.name, start..start + length.min(5), 5, phrase!("a comment", "注释"))?;
    let ours = front.eq_ignore_ascii_case(b"AIGC=");
    if !ours && length > LOOKED_AT {
        return Ok(false);
    }
    // One byte more than a label may have, so that a longer one is seen to be cut.
    let end = start + length.min((limits.label as u64).saturating_add(8).max(LOOKED_AT));
    let bytes = source.bytes(place.name, start..end, limits.part, phrase!("a comment", "注释"))?;
    let text = String::from_utf8_lossy(&bytes);
    let Some((name, value)) = text.split_once('=') else { return Ok(false) };
    let mut dialects = place.dialects.to_vec();
    if !ours {
        dialects.push(Dialect::VorbisOtherComment);
    } else if name != "AIGC" {
        dialects.push(Dialect::SlotCase);
    }
    let placement = if ours { place.label } else { place.other };
    let span = (place.span)(comment.text.clone());
    let slot = Slot { placement: placement.into(), span, wrapped: false, dialects: &dialects };
    let offer = found.offer_as(ours, slot, value, limits);
    if offer == Offer::Nothing {
        found.look(place.other, name, value);
    }
    Ok(offer == Offer::Label)
}

/// The comment that holds a label.
pub(crate) fn text(label: &Label) -> String {
    format!("AIGC={}", label.to_json())
}

impl List {
    /// Whether no comment says anything but a label.
    pub(crate) fn only_labels(&self) -> bool {
        u64::from(self.comments.count) == self.labels.len() as u64
    }

    /// The edits, in the coordinates of the source, that take the labels out and put `texts` in.
    ///
    /// # Errors
    /// A list that is too long for the format.
    pub(crate) fn plan(&self, texts: &[String], patch: &mut Patch) -> Result<()> {
        self.comments.edit(&self.labels, texts, patch)
    }
}
