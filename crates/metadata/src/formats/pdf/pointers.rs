//! The offsets of a document, for the read-back: where each object is, but for those that an update replaces.

use biaoshi_container::pdf::{FRONT, header};
use biaoshi_container::{Error, Limits, Result, Source};

use super::{NAME, open};
use crate::Found;
use crate::pointers::Pointer;

/// Lists them by number.
pub(super) fn walk(source: &dyn Source, limits: &Limits, out: &mut dyn FnMut(Pointer)) -> Result<()> {
    let mut front = [0; FRONT];
    let got = source.read_at(0, &mut front).map_err(|e| Error::io(NAME, e))?;
    let header = header(front.get(..got).unwrap_or_default()).unwrap_or(0) as u64;
    let opened = open(source, header, limits, &mut Found::default())?;
    let mut objects = opened.file.offsets()?;
    let metadata = opened.catalog.and_then(|catalog| opened.file.entry(&catalog, "Metadata").ok().flatten());
    for replaced in opened.info.into_iter().chain(metadata) {
        objects.remove(&replaced.id.number);
    }
    for (number, offset) in objects {
        out(Pointer { number, ..Pointer::new("xref", offset, 1) });
    }
    Ok(())
}
