//! PDF (ISO 32000): finding single objects through the cross-reference sections, without reading the rest; and the
//! bytes of an incremental update.
//!
//! Tables are looked up in the file, entry by entry; what is decoded (cross-reference and object streams, metadata)
//! counts against one budget for the whole file, so that memory and time stay flat.

mod file;
mod repair;
mod stream;
mod text;
mod update;
mod value;
mod xref;

pub use file::{File, Object};
pub use text::{Coding, decode, encode};
pub use update::Update;
pub use value::{Dict, Entry, Ref, Value};

const NAME: &str = "PDF";
