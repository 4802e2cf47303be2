//! What decoding a layer costs in time, known before anything is decoded: a few bytes can code an enormous picture, and a
//! frame or a scan of nothing costs a walk over all of it.
//!
//! Work is counted in steps of about five nanoseconds (measured, release build) for all that is done to a pixel: it is
//! decoded to be searched, decoded again to be drawn on, coded, and decoded once more.

use biaoshi_container::{Error, Limits, Result, Source, phrase};
use biaoshi_explicit::image::Rect;

/// Steps of a frame or scan beside its pixels: headers, tables, memory that is taken and given back.
pub(super) const START: u64 = 100_000;

/// Pixels of a rectangle.
pub(super) fn area(rect: Rect) -> u64 {
    u64::from(rect.width) * u64::from(rect.height)
}

/// Refuses what would take too long.
///
/// # Errors
/// The limit.
pub(super) fn check(name: &'static str, source: &dyn Source, steps: u64, limits: &Limits) -> Result<()> {
    let most = limits.work_of(source.len());
    match steps > most {
        true => Err(Error::limit(name, phrase!("the work of decoding it", "解码的工作量"), most, "--limit-work")),
        false => Ok(()),
    }
}
