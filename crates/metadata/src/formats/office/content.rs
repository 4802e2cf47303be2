//! What is read of an office file: the members, but for properties and what announces them.

use biaoshi_container::zip::Archive;
use biaoshi_container::{Limits, Result, Source};

use super::{RELATIONS, TYPES};
use crate::content::Part;

/// Bytes of a record of the directory in front of the name.
const RECORD: u64 = 46;

/// Lists the name and the packed data of each member, in the order of the directory.
pub(super) fn parts(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let archive = Archive::read(source, limits)?;
    let is_property = |name: &[u8]| name.get(..9).is_some_and(|folder| folder.eq_ignore_ascii_case(b"docProps/"));
    let mut parts = Vec::new();
    for member in &archive.members {
        if is_property(&member.name) || member.is(TYPES) || member.is(RELATIONS) {
            continue;
        }
        let name = member.record.start + RECORD;
        parts.push(Part::new(*b"name", name..name + member.name.len() as u64));
        parts.push(Part::new(*b"data", member.data(source, &archive)?));
    }
    Ok(parts)
}
