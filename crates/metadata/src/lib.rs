//! From a file to its labels and back: the table of [`FORMATS`], and for each format a carrier that finds every label
//! and trace and plans the [`Patch`](biaoshi_container::Patch) that writes the one prescribed label.
//!
//! Nothing here decodes a pixel or a sample, opens a file by name, or prints.
#![warn(clippy::indexing_slicing, clippy::cast_possible_truncation)]
#![cfg_attr(test, allow(clippy::cast_possible_truncation, clippy::unwrap_used, clippy::panic))]

mod around;
mod basics;
mod c2pa;
mod coded;
mod content;
mod exif;
mod format;
mod formats;
mod found;
mod front;
mod id3;
mod pointers;
pub mod sidecar;
mod sniff;
mod tail;
mod trace;
mod trailer;
mod vorbis;
mod xmp;
mod yaml;

pub use content::{CONTINUED, Content, Part};
pub use format::{Confidence, Format, Head, Kind, Read, Status, Writer, is_general};
pub use formats::FORMATS;
pub use found::{Blocker, Found, finding};
pub use pointers::{Pointer, Walk};
pub use sniff::sniff;
pub use trace::{Halves, Sources, Strength, TRACES, Trace, TraceRow, Value};
