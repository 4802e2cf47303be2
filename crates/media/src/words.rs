//! Words as content: characters out of texts and pages, and more of them into it, for layers that lie between what is read.

use biaoshi_container::{Limits, Patch, Source};
use biaoshi_watermark::text::{Cost, Marker};

use crate::Result;

/// Tells all characters of a file in their order, also those of its markup, in pieces.
pub type Each = fn(&dyn Source, &mut dyn FnMut(&str), &Limits) -> Result<()>;

/// Makes the change that puts a mark into prose, and says what it costs; [`crate::Error::Unable`] where the file has no place
/// for one.
pub type Weave = fn(&dyn Source, Marker, &Limits) -> Result<(Patch, Cost)>;

/// How the words get out of the files of one format, and between them.
pub struct Words {
    /// What is searched.
    pub each: Each,
    /// What is written; `None` for formats that are only searched.
    pub weave: Option<Weave>,
    /// Bytes of memory that one of the above takes, about.
    pub cost: fn(&dyn Source, &Limits) -> u64,
}
