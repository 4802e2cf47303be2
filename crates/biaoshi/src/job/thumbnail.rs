//! A small picture of one file, for reports that people look at.

use std::path::Path;

use biaoshi_container::Limits;
use biaoshi_media::{Read, pixels, thumbnail as smaller};
use biaoshi_metadata::{Head, sniff};

use super::{Input, Opened};
use crate::Result;
use crate::plan::Permits;

/// A gray PNG of a picture, `side` pixels at most. `None` where there is none to be had: the file is gone, is no picture
/// that is decoded, is damaged, or takes more than the limits allow. A report is whole without it.
pub fn thumbnail(path: &Path, side: usize, limits: &Limits, permits: &Permits) -> Option<Vec<u8>> {
    let made = || -> Result<Option<Vec<u8>>> {
        let input = Input::new(path.to_owned(), 0);
        let source = Opened::open(&input, limits)?.window;
        let format = sniff(&Head::new(&source, &input.extension())?);
        let Some(row) = format.and_then(|format| pixels(format.name)) else { return Ok(None) };
        let _permit = permits.take((row.cost)(&source, limits));
        Ok(match (row.lightness)(&source, limits)? {
            Read::Plane(plane) => smaller(&plane, side),
            Read::Skip(_) => None,
        })
    };
    made().ok().flatten()
}
