//! The offsets of a package, for the read-back: where its directory says that members are, but for custom properties,
//! which a label may add.

use biaoshi_container::xml::Tree;
use biaoshi_container::zip::Archive;
use biaoshi_container::{Limits, Result, Source};

use super::package::custom_parts;
use super::read::body;
use super::{CUSTOM, FEW, RELATIONS};
use crate::pointers::Pointer;

/// A header begins with its signature.
const SIGNATURE: u64 = 4;

/// Lists them in the order of the directory.
pub(super) fn walk(source: &dyn Source, limits: &Limits, out: &mut dyn FnMut(Pointer)) -> Result<()> {
    let archive = Archive::read(source, limits)?;
    let relations = archive.named(RELATIONS).last().map(|m| m.read(source, &archive, limits)).transpose()?;
    let text = String::from_utf8(relations.map(|(bytes, _)| bytes).unwrap_or_default()).unwrap_or_default();
    let mut added: Vec<String> = custom_parts(&Tree::parse(body(&text), limits)).take(FEW).collect();
    added.push(CUSTOM.to_owned());
    for member in archive.members.iter().filter(|m| !added.iter().any(|name| m.is(name))) {
        out(Pointer::new("directory", member.header, SIGNATURE));
    }
    Ok(())
}
