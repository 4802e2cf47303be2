//! What is read of a document: its objects, but for Info and Metadata, by their numbers.

use biaoshi_container::pdf::{FRONT, header};
use biaoshi_container::{Error, Limits, Result, Source};

use super::{NAME, open};
use crate::Found;
use crate::content::Part;

/// Lists the parts: the catalog, then every object that has a place of its own; those in object streams are in the data of these.
pub(super) fn parts(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let mut front = [0; FRONT];
    let got = source.read_at(0, &mut front).map_err(|e| Error::io(NAME, e))?;
    let header = header(front.get(..got).unwrap_or_default()).unwrap_or(0) as u64;
    let opened = open(source, header, limits, &mut Found::default())?;
    let metadata = opened.catalog.as_ref().map(|catalog| opened.file.entry(catalog, "Metadata")).transpose()?.flatten();
    let replaced: Vec<u32> = opened.info.iter().chain(&metadata).map(|object| object.id.number).collect();
    let mut parts = Vec::new();
    if let Some(catalog) = &opened.catalog {
        parts.push(Part::mark(catalog.id.number.to_be_bytes(), 0));
    }
    for (number, range) in opened.file.extents()? {
        if !replaced.contains(&number) {
            parts.push(Part::mark(number.to_be_bytes(), 0));
            parts.push(Part::new(*b"obj ", range));
        }
    }
    Ok(parts)
}
