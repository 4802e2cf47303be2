//! The text watermark: characters that nobody sees, between those that people read.
//!
//! A word of 108 bits (payload and keyed check) is nine symbols of twelve bits; a Reed-Solomon code makes sixteen of them, any
//! nine of which give the word back. A symbol and its index are a shard: eight invisible operators in a row. Shards stand
//! behind clauses and blanks, in the order of their indexes, so that nine neighbours always differ, and so close that every
//! excerpt of some length ([`Density::window`]) holds nine.
//!
//! Nothing that is read changes; a filter for invisible characters takes the mark away whole.

mod detect;
mod embed;
mod field;
mod places;
mod plan;
mod runs;
mod salvage;
mod shard;
#[cfg(test)]
mod tests;

pub use detect::{Detection, Detector, Found, Search};
pub use embed::{Cost, Embedder, Insertion, Marker};
pub use places::is_ignorable;
pub use runs::Foreign;
pub use shard::{is_mark, without_marks};

/// Symbols of a word, as many shards as rebuild it.
const WORD: usize = 9;
/// Shards that differ.
const SHARDS: usize = 16;

/// How close shards stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Density {
    /// Every excerpt of 400 characters shows the mark.
    Light,
    /// Every excerpt of 250.
    #[default]
    Normal,
    /// Every excerpt of 150.
    Dense,
}

impl Density {
    /// Visible characters of which any excerpt is to hold nine shards, wherever so many have a place.
    pub const fn window(self) -> u64 {
        match self {
            Self::Light => 400,
            Self::Normal => 250,
            Self::Dense => 150,
        }
    }

    /// Visible characters from one shard to the next. Nine such steps are shorter than the window, so that a better place may
    /// be waited for, and so that a text that lost a third of its sentences still has nine.
    const fn gap(self) -> u64 {
        match self {
            Self::Light => 36,
            Self::Normal => 20,
            Self::Dense => 12,
        }
    }

    /// Shards that a text gets however short it is.
    const fn least(self) -> u64 {
        match self {
            Self::Light => 9,
            Self::Normal => 12,
            Self::Dense => 16,
        }
    }
}

/// The characters that shards are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Alphabet {
    /// Invisible operators, U+2061 to U+2064.
    #[default]
    Operators,
    /// Every other shard in joiners, U+200C and U+200D, which survives where filters take the operators, and is lost to the
    /// commonest filter.
    Both,
}
