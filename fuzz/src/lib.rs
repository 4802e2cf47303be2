//! What the fuzz targets do, one function a target: the grammars one by one, then whole files as the program sees them.
//!
//! A target may refuse its bytes in any way but one: it must not panic, hang or take memory that the bytes do not
//! justify. Where a target writes, what it wrote must read back.
#![forbid(unsafe_code)]

mod grammar;
mod platform;
mod whole;

pub use grammar::{
    ebml, exif, gif, html, id3, iff, isobmff, jpeg, label, ogg, pdf, png, riff, text, tiff, vorbis, xml, yaml, zip,
};
pub use platform::{ledger, policy, security};
pub use whole::{explicit_jpeg, explicit_mp3, explicit_ogg, explicit_png, verify, write};
