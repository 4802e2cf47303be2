//! The one inflate, with a cap.

use crate::{Error, Result};

/// Inflates a zlib stream (RFC 1950), at most `cap` bytes of it.
///
/// # Errors
/// [`crate::Problem::Limit`] when more than `cap` bytes come out; [`crate::Problem::Invalid`] for a broken stream.
pub fn zlib(format: &'static str, offset: u64, data: &[u8], cap: u64) -> Result<Vec<u8>> {
    finish(format, offset, flate2::read::ZlibDecoder::new(data), cap)
}

/// Inflates a raw deflate stream (RFC 1951), at most `cap` bytes of it.
///
/// # Errors
/// As [`zlib`].
pub fn raw(format: &'static str, offset: u64, data: &[u8], cap: u64) -> Result<Vec<u8>> {
    finish(format, offset, flate2::read::DeflateDecoder::new(data), cap)
}

/// A raw deflate stream of `data`: the same input gives the same output.
pub fn pack(data: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut out = Vec::new();
    // Reading from memory cannot fail.
    let _ = flate2::read::DeflateEncoder::new(data, flate2::Compression::default()).read_to_end(&mut out);
    out
}

fn finish(format: &'static str, offset: u64, reader: impl std::io::Read, cap: u64) -> Result<Vec<u8>> {
    use std::io::Read;
    let mut out = Vec::new();
    let taken = reader.take(cap.saturating_add(1)).read_to_end(&mut out);
    taken.map_err(|_| Error::invalid(format, offset, "the deflate stream is damaged"))?;
    if out.len() as u64 > cap {
        return Err(Error::limit(format, "the inflated size", cap, "--limit-inflated"));
    }
    Ok(out)
}
