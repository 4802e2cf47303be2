//! Content in and out, whatever the format: each format's file puts the explicit label of `biaoshi-explicit` into a file,
//! as a [`Patch`](biaoshi_container::Patch) over it, finds it again, and gives the pixels, samples and words in which a watermark can lie.
//!
//! A patch touches the coded pixels or samples and the sizes that count them; every other byte of the file stays. What
//! a format can is its row in [`MEDIA`]; the row stands in the format's own file.
#![warn(clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic))]

mod document;
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
mod words;
mod work;

pub use look::{Look, Looked};
pub use outcome::{Confirm, Drawn, Error, Found, Outcome, Part, Place, Result, Tones};
pub use pixels::{Open, Opened, Picture, Pixels, Read};
pub use reason::LOST;
pub use row::{Content, Explicit, ExplicitOptions, Media, Sheet, check_words};
pub use samples::{Add, Anew, Block, Codec, Coding, Differences, Encoder, Encoding, Samples, Sound};
pub use sound::due::CODED;
pub use table::{MEDIA, explicit, pixels, reasons, row_of, samples, words};
pub use thumbnail::thumbnail;
pub use words::{Each, Weave, Words};

pub use biaoshi_explicit::Position;
pub use biaoshi_explicit::audio::{Clip, Faults, LASTING, Tier};
pub use biaoshi_explicit::image::{Corner, Rect};
