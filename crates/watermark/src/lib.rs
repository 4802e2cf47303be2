//! Watermarks: payloads in the pixels of pictures that survive what platforms do to them.
//!
//! [`image`] takes a plane of lightness and gives back what to add to it, or what it found in it. Nothing here knows a
//! file format, opens a file, starts a thread or prints.

pub mod image;

mod code;
mod key;
mod payload;

pub use key::Key;
pub use payload::Payload;
