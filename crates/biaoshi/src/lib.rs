//! The verbs: label a file, verify a file, do either for many.
//!
//! Six small modules with one direction: [`batch`] -> [`job`] -> {[`plan`], [`codec`], [`judge`]} -> [`report`].

pub mod batch;
pub mod codec;
mod error;
pub mod job;
pub mod judge;
pub mod plan;
pub mod report;

pub use error::{Error, Refusal, Result};

pub use biaoshi_container::Limits;
pub use biaoshi_label as label;
pub use biaoshi_metadata as metadata;
