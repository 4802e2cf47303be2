//! What is read of an office file: the members, but for properties and what announces them.

use biaoshi_container::{Limits, Result, Source};

use super::{RELATIONS, TYPES};
use crate::content::Part;
use crate::formats::packed;

/// Lists the name and the packed data of each member, in the order of the directory.
pub(super) fn parts(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    packed::parts(source, limits, is_property)
}

fn is_property(name: &[u8]) -> bool {
    let starts = name.get(..9).is_some_and(|folder| folder.eq_ignore_ascii_case(b"docProps/"));
    starts || name.eq_ignore_ascii_case(TYPES.as_bytes()) || name.eq_ignore_ascii_case(RELATIONS.as_bytes())
}
