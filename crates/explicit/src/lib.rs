//! What people see and hear: the explicit labels of GB 45438-2025 clause 5.
//!
//! * [`image`] draws words on a picture's pixels and recognises them again;
//! * [`audio`] makes the rhythm 短长 短短 and spoken labels, and recognises them again;
//! * [`print`] sets words in a font for documents that bring their fonts along;
//! * [`text`] puts a line into a document and tells label lines from other lines.
//!
//! Everything works on values in memory: no file is opened, no thread is started, nothing is printed.
#![warn(clippy::indexing_slicing)]

mod error;
mod position;

pub mod audio;
pub mod image;
pub mod print;
pub mod text;
pub mod words;

pub use error::{Error, SAYS, TOO_SMALL, Unfit};
pub use position::Position;
