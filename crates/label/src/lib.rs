//! The metadata label of GB 45438-2025 (clause 6.1, Annex E): what it holds, how it is written, and how the many
//! forms found in real files are read. Pure data, no I/O.
//!
//! There are two types on purpose. A [`Record`] is what was found: reading never fails for a bad label, it reports
//! [`Dialect`]s and [`Finding`]s. A [`Label`] is what we write: it cannot be made with values that Annex E forbids.
#![warn(clippy::indexing_slicing, clippy::cast_possible_truncation)]
#![cfg_attr(test, allow(clippy::cast_possible_truncation, clippy::unwrap_used, clippy::panic))]

mod annex_e;
pub mod code;
mod cure;
mod dialect;
mod field;
mod finding;
mod label;
mod level;
mod loose;
mod placeholder;
mod read;
mod record;
mod severity;

#[cfg(test)]
mod tests;

pub use annex_e::{check, forbidden};
pub use cure::Cure;
pub use dialect::{DIALECTS, Dialect};
pub use field::{Field, Fields, Spelling};
pub use finding::{CODES, Code, Detail, Finding};
pub use label::{InvalidLabel, Label};
pub use level::Level;
pub use read::{Misspelt, Parsed, Reading, is_blank, may_be_label, read, read_fields, read_named};
pub use record::Record;
pub use severity::Severity;
