//! The content of a text: its bytes around the label.

use biaoshi_container::{Error, Limits, Result, Source, phrase};
use biaoshi_label::{Label, Level};

use crate::content::Part;
use crate::format::Read;
use crate::found::Found;

/// Of a text: all of it but what another label would replace.
///
/// # Errors
/// What reading and writing the label there says; a text of which nothing would stay.
pub(crate) fn around_label(read: Read, source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let writer = read(source, limits, &mut Found::default())?;
    let unwritten = || Error::unsupported("text", phrase!("a hash of this text", "此文本的散列值"));
    let label = Label::new(Level::Confirmed, "x", "x", false).map_err(|_| unwritten())?;
    let patch = writer.plan(source, &label, limits)?;
    let (mut parts, mut at) = (Vec::new(), 0);
    for edit in patch.edits() {
        if edit.range.start > at {
            parts.push(Part::new(*b"text", at..edit.range.start));
        }
        at = at.max(edit.range.end);
    }
    if source.len() > at {
        parts.push(Part::new(*b"text", at..source.len()));
    }
    if parts.is_empty() { Err(unwritten()) } else { Ok(parts) }
}
