//! Bytes with structure: positional [`Source`]s, [`Patch`]es over them, and the grammars of the
//! containers that can hold a label (PNG, JPEG, GIF, TIFF/EXIF, RIFF, IFF, ISO boxes, EBML, Ogg,
//! Vorbis comments, ID3, APE, PDF, ZIP, XML, HTML, text; JUMBF, CBOR, DER, IPTC-IIM).
//!
//! Nothing here knows what a label is. Every parser follows four rules: a read is a checked take,
//! nothing is allocated from a number before the bytes for it are there, every loop and every depth
//! has a limit from [`Limits`], and damage is an [`Error`] with the offset where it was seen.
#![warn(clippy::indexing_slicing, clippy::cast_possible_truncation)]
#![cfg_attr(test, allow(clippy::cast_possible_truncation, clippy::unwrap_used, clippy::panic))]

mod bytes;
mod copy;
mod error;
mod limits;
mod os;
mod patch;
mod pieces;
mod said;
mod source;
mod spool;

pub mod ape;
pub mod caf;
pub mod cbor;
pub mod der;
pub mod ebml;
pub mod exif;
pub mod flac;
pub mod gif;
pub mod gzip;
pub mod heif;
pub mod html;
pub mod id3;
pub mod iff;
pub mod iim;
pub mod inflate;
pub mod isobmff;
pub mod jpeg;
pub mod jumbf;
pub mod markup;
pub mod mpeg;
pub mod ogg;
pub mod pdf;
pub mod png;
pub mod riff;
pub mod text;
pub mod tiff;
pub mod trailer;
pub mod vorbis;
pub mod xml;
pub mod zip;

pub use bytes::Cursor;
pub use copy::{copy, to_vec};
pub use error::{Error, Kind, Problem, Result};
pub use limits::Limits;
pub use os::trouble;
pub use patch::{Edit, Origin, Patch, Patched, Shifts};
pub use pieces::Pieces;
pub use said::{Detail, Lang, Message, Said};
pub use source::{Extent, Positional, Source, SourceExt, Window};
pub use spool::{Bytes, Spool};
