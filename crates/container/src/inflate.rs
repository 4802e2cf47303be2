//! The one inflate, with a cap for each stream and one for all streams of a file.

use std::cell::Cell;

use crate::{Error, Limits, Result, phrase};

/// How many streams of the largest size one file may inflate.
const STREAMS: u64 = 2;

/// What the streams of one file have inflated to so far, in bytes. Whoever reads a file keeps one for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spent(Cell<u64>);

impl Spent {
    /// How much it is.
    pub fn bytes(&self) -> u64 {
        self.0.get()
    }
}

/// Inflates a zlib stream (RFC 1950).
///
/// # Errors
/// [`crate::Problem::Limit`] when more comes out than [`Limits::inflated`], or than twice that with what was
/// `spent` before; [`crate::Problem::Invalid`] for a broken stream.
pub fn zlib(format: &'static str, offset: u64, data: &[u8], limits: &Limits, spent: &Spent) -> Result<Vec<u8>> {
    finish(format, offset, flate2::read::ZlibDecoder::new(data), limits, spent)
}

/// Inflates a raw deflate stream (RFC 1951).
///
/// # Errors
/// As [`zlib`].
pub fn raw(format: &'static str, offset: u64, data: &[u8], limits: &Limits, spent: &Spent) -> Result<Vec<u8>> {
    finish(format, offset, flate2::read::DeflateDecoder::new(data), limits, spent)
}

/// Inflates a raw deflate stream behind which something else may follow; says how many bytes it took.
///
/// # Errors
/// As [`zlib`].
pub fn counted(
    format: &'static str,
    offset: u64,
    data: &[u8],
    limits: &Limits,
    spent: &Spent,
) -> Result<(Vec<u8>, u64)> {
    let mut decoder = flate2::bufread::DeflateDecoder::new(data);
    let out = finish(format, offset, &mut decoder, limits, spent)?;
    Ok((out, decoder.total_in()))
}

/// The first bytes of a raw deflate stream, at most `most`; damage ends them.
pub fn start(data: &[u8], most: usize) -> Vec<u8> {
    use std::io::Read;
    let mut out = Vec::new();
    let _ = flate2::read::DeflateDecoder::new(data).take(most as u64).read_to_end(&mut out);
    out
}

/// A raw deflate stream of `data`: the same input gives the same output.
pub fn pack(data: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut out = Vec::new();
    // Reading from memory cannot fail.
    let _ = flate2::read::DeflateEncoder::new(data, flate2::Compression::default()).read_to_end(&mut out);
    out
}

fn finish(
    format: &'static str,
    offset: u64,
    reader: impl std::io::Read,
    limits: &Limits,
    Spent(spent): &Spent,
) -> Result<Vec<u8>> {
    use std::io::Read;
    let left = limits.inflated.saturating_mul(STREAMS).saturating_sub(spent.get());
    let cap = limits.inflated.min(left);
    let mut out = Vec::new();
    let taken = reader.take(cap.saturating_add(1)).read_to_end(&mut out);
    // A stream that breaks has cost what came before.
    spent.set(spent.get().saturating_add(out.len() as u64));
    taken.map_err(|_| Error::invalid(format, offset, phrase!("the deflate stream is damaged", "deflate 流有误")))?;
    if out.len() as u64 > cap {
        let what = if cap < limits.inflated {
            phrase!("the inflated size of all streams", "所有流解压后的总大小")
        } else {
            phrase!("the inflated size", "解压后的大小")
        };
        return Err(Error::limit(format, what, limits.inflated, "--limit-inflated"));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: fn() -> Limits = || Limits { inflated: 1000, ..Limits::default() };

    #[test]
    fn all_streams_of_a_file_share_one_budget() {
        let (stream, spent) = (pack(&[7; 900]), Spent::default());
        for _ in 0..2 {
            assert_eq!(raw("ZIP", 0, &stream, &LIMITS(), &spent).unwrap(), [7; 900]);
        }
        let error = raw("ZIP", 0, &stream, &LIMITS(), &spent).unwrap_err();
        assert!(error.to_string().contains("of all streams"), "{error}");
        assert!(raw("ZIP", 0, &stream, &LIMITS(), &Spent::default()).is_ok());
        assert!(raw("ZIP", 0, &pack(&[7; 1001]), &LIMITS(), &Spent::default()).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(data in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = raw("ZIP", 0, &data, &LIMITS(), &Spent::default());
            let _ = zlib("ZIP", 0, &[&[0x78, 0x9c], &data[..]].concat(), &LIMITS(), &Spent::default());
        }

        #[test]
        fn what_is_packed_comes_back(data in prop::collection::vec(any::<u8>(), 0..900)) {
            prop_assert_eq!(raw("ZIP", 0, &pack(&data), &LIMITS(), &Spent::default()).unwrap(), data);
        }
    }
}
