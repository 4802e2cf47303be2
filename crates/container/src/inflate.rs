//! The one inflate, with a cap.

use crate::{Error, Result};

/// Inflates a zlib stream (RFC 1950), at most `cap` bytes of it.
///
/// # Errors
/// [`crate::Problem::Limit`] when more than `cap` bytes come out; [`crate::Problem::Invalid`] for a broken stream.
pub fn zlib(format: &'static str, offset: u64, data: &[u8], cap: u64) -> Result<Vec<u8>> {
    use std::io::Read;
    let mut out = Vec::new();
    flate2::read::ZlibDecoder::new(data)
        .take(cap.saturating_add(1))
        .read_to_end(&mut out)
        .map_err(|_| Error::invalid(format, offset, "the deflate stream is damaged"))?;
    if out.len() as u64 > cap {
        return Err(Error::limit(format, "the inflated size", cap, "--limit-inflated"));
    }
    Ok(out)
}
