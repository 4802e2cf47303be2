//! What people see and hear: the explicit labels of GB 45438-2025 clause 5.
//!
//! * [`image`] draws words on a picture's pixels and recognises them again;
//! * [`audio`] makes the rhythm 短长 短短 and recognises it again;
//! * [`text`] puts a line into a document and tells label lines from other lines.
//!
//! Everything works on values in memory: no file is opened, no thread is started, nothing is printed.
#![warn(clippy::indexing_slicing)]

mod error;

pub mod audio;
pub mod image;
pub mod text;
pub mod words;

pub use error::{Error, SAYS, TOO_SMALL};
