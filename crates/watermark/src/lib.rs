//! Watermarks: payloads in the pixels of pictures and the samples of sounds that survive what platforms do to them, and
//! between the characters of texts.
//!
//! [`image`] takes a plane of lightness, [`audio`] takes samples, [`text`] takes lines, and all give back what to add to it, or
//! what they found in it. Nothing here knows a file format, opens a file, starts a thread or prints.

pub mod audio;
pub mod image;
pub mod text;

mod code;
mod effort;
mod key;
mod payload;

pub use effort::Effort;
pub use key::Key;
pub use payload::Payload;
