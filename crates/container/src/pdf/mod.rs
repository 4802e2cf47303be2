//! PDF (ISO 32000): finding single objects through the cross-reference sections, without reading the rest; and the
//! bytes of an incremental update.
//!
//! Tables are looked up in the file, entry by entry; what is decoded (cross-reference and object streams, metadata)
//! counts against one budget for the whole file, so that memory and time stay flat.
//!
//! Each file knows only those before it: `value` (what a text says), `crypt`, `reader` (what stands at an offset), `stream`,
//! `xref` (the sections) or `repair` (the search that stands in for them), `file` (objects by number), `pages`, `update`; `content` is
//! what a page draws.

mod content;
mod crypt;
mod file;
mod pages;
mod reader;
mod repair;
mod stream;
mod text;
mod update;
mod value;
mod xref;

pub use content::Operations;
pub use file::File;
pub use pages::{Page, Side};
pub use reader::Object;
pub use text::{Coding, decode, encode, literal};
pub use update::Update;
pub use value::{Dict, Entry, Ref, Value};

use crate::{Result, Source, SourceExt, phrase};

const NAME: &str = "PDF";
const MAGIC: &[u8] = b"%PDF-";
/// Readers look for the header this far (ISO 32000-1 Annex H, note 13).
pub const FRONT: usize = 1024;

/// Whether a file ends as a document does: with the place of its last section.
///
/// # Errors
/// I/O.
pub fn has_end(source: &dyn Source) -> Result<bool> {
    let from = source.len().saturating_sub(FRONT as u64);
    let tail = source.bytes(NAME, from..source.len(), FRONT as u64, phrase!("the end of the file", "文件尾部"))?;
    let end = tail.trim_ascii_end().strip_suffix(b"%%EOF").map(<[u8]>::trim_ascii_end).unwrap_or_default();
    let digits = end.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let before = end.get(..end.len().saturating_sub(digits)).unwrap_or_default();
    Ok(digits > 0 && before.trim_ascii_end().ends_with(b"startxref"))
}

/// Where the header stands in the first bytes of a file.
pub fn header(front: &[u8]) -> Option<usize> {
    memchr::memmem::find(front.get(..FRONT.min(front.len()))?, MAGIC)
}
