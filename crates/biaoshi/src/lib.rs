//! The verbs: label a file, verify a file, do either for many.
//!
//! Small modules with one direction: [`batch`] -> [`job`] -> [`report`] -> [`judge`] -> {[`provenance`], [`plan`]};
//! [`diff`] compares two reports, [`explain`] says what codes mean, [`policy`] reads what somebody wants beyond the law.

pub mod batch;
mod crash;
pub mod diff;
pub mod encoder;
mod error;
pub mod explain;
pub mod job;
pub mod judge;
pub mod keys;
pub mod names;
pub mod no_toml;
pub mod paths;
pub mod plan;
pub mod policy;
pub mod provenance;
pub mod record;
pub mod report;
pub mod signing;
mod stamp;
mod untold;

pub use crash::Crash;
pub use error::{Error, Existing, Obstacle, Original, Refusal, Result};

pub use biaoshi_container::Limits;
pub use biaoshi_label as label;
pub use biaoshi_ledger as ledger;
pub use biaoshi_media as media;
pub use biaoshi_metadata as metadata;
pub use biaoshi_security as security;
pub use biaoshi_watermark as watermark;
