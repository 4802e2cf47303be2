//! Content in and out, whatever the format: each format's file puts the explicit label of `biaoshi-explicit` into a file,
//! as a [`Patch`](biaoshi_container::Patch) over it, finds it again, and gives the pixels and samples in which a watermark can lie.
//!
//! A patch touches the coded pixels or samples and the sizes that count them; every other byte of the file stays. What
//! a format can is its row in [`MEDIA`]; the row stands in the format's own file.
#![warn(clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic))]

mod look;
mod outcome;
mod picture;
mod pixels;
mod reason;
mod row;
mod samples;
mod sound;
mod table;
mod text;
mod thumbnail;
mod work;

pub use look::Look;
pub use outcome::{Confirm, Drawn, Error, Found, Outcome, Place, Result, Tones};
pub use pixels::{Open, Opened, Picture, Pixels, Read};
pub use reason::{LOST, reasons};
pub use row::{Content, Explicit, ExplicitOptions, Media, check_words};
pub use samples::{Block, Samples, Sound};
pub use table::{MEDIA, explicit, pixels, row_of, samples};
pub use thumbnail::thumbnail;

pub use biaoshi_explicit::audio::{Faults, Position, Tier};
pub use biaoshi_explicit::image::{Corner, Rect};
