//! Sees a label in the patched file: the changed end of the deflate stream is inflated through a window, its check sums are
//! compared, and only the rows under the label are decoded. What lies before the cut is as it was, and was inflated before.

use biaoshi_container::{Error, Limits, Source, phrase};
use biaoshi_explicit::image::Stamp;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{BlockBoundaryState, DecompressorOxide, decompress};
use simd_adler32::Adler32;

use super::header::Header;
use super::idat::{Cut, Lines, Stream, WINDOW};
use super::indexed::Palette;
use super::{NAME, filter, seen};
use crate::{Confirm, Result};

/// What is known of the stream in front of the cut, and which label is to be seen behind it.
#[derive(Debug)]
pub(super) struct Tail {
    stamp: Stamp,
    cut: Cut,
    /// The last inflated bytes in front of the cut, to which the rest may refer.
    dictionary: Vec<u8>,
    /// Check sum of all inflated bytes in front of the cut.
    sum: u32,
    /// Check sum of the stream in front of the cut, from the beginning of the chunk in which it is cut.
    copied: u32,
    /// The decoded row over the label; empty over the first.
    above: Vec<u8>,
}

/// The stream from the cut on, as it is in the patched file.
struct Rest {
    /// From the beginning of the chunk in which it is cut.
    data: Vec<u8>,
    /// At which of its bits the first changed block begins.
    bits: usize,
}

impl Tail {
    /// `above` is the decoded row over the label, if there is one.
    pub(super) fn new(stream: &Stream, lines: &Lines, stamp: Stamp, above: Option<&[u8]>) -> Self {
        let before = lines.raw.get(..lines.cut.raw).unwrap_or_default();
        Self {
            stamp,
            cut: lines.cut,
            dictionary: before.get(before.len().saturating_sub(WINDOW)..).unwrap_or_default().to_vec(),
            sum: simd_adler32::adler32(&before),
            copied: simd_adler32::adler32(&stream.copied(lines.cut)),
            above: above.unwrap_or_default().to_vec(),
        }
    }

    /// Reads the rest of the stream; what is copied of it must be as it was.
    fn read(&self, source: &dyn Source, header: &Header, limits: &Limits) -> Result<Rest> {
        // The zlib header is no block.
        let bits = self.cut.bits.max(16);
        let (mut data, mut skipped) = (Vec::new(), 0);
        for chunk in &header.idat {
            if data.is_empty() && skipped + chunk.length as usize <= bits / 8 {
                skipped += chunk.length as usize;
                continue;
            }
            let (bytes, sound) = chunk.read(source, &Limits { part: limits.decoded, ..*limits })?;
            if !sound {
                return Err(
                    Error::invalid(NAME, chunk.start, phrase!("a check sum that is wrong", "校验和错误")).into()
                );
            }
            data.extend(bytes);
        }
        let bits = bits - skipped * 8;
        if data.get(..bits / 8).map(|copied| simd_adler32::adler32(&copied)) != Some(self.copied) {
            return Err(Error::invalid(
                NAME,
                0,
                phrase!("the picture in front of the label is another one", "标识之前的画面有变"),
            )
            .into());
        }
        Ok(Rest { data, bits })
    }

    /// Inflates the tail; gives the filtered scanlines from `first` to `last`, or nothing where the stream or its check
    /// sum is wrong.
    fn inflate(&self, rest: &Rest, size: usize, wanted: std::ops::Range<usize>) -> Option<Vec<u8>> {
        let Rest { data, bits } = rest;
        let spare = (8 - bits % 8) % 8;
        let mut at = bits.div_ceil(8);
        let unread = if spare == 0 { 0 } else { data.get(at - 1)? >> (8 - spare) };
        let start = BlockBoundaryState { num_bits: spare as u8, bit_buf: unread, ..BlockBoundaryState::default() };
        let mut state = Box::new(DecompressorOxide::from_block_boundary_state(&start));
        let mut window = vec![0; WINDOW];
        window.get_mut(..self.dictionary.len())?.copy_from_slice(&self.dictionary);
        let mut place = self.dictionary.len() % WINDOW;
        let (mut count, mut sum) = (self.cut.raw, Adler32::from_checksum(self.sum));
        let mut lines = Vec::with_capacity(wanted.len());
        loop {
            let (status, taken, given) = decompress(&mut state, data.get(at..)?, &mut window, place, 0);
            at += taken;
            let piece = window.get(place..place + given)?;
            sum.write(piece);
            let inside = |n: usize| n.clamp(count, count + given) - count;
            lines.extend_from_slice(piece.get(inside(wanted.start)..inside(wanted.end))?);
            count += given;
            place = (place + given) % WINDOW;
            match status {
                TINFLStatus::HasMoreOutput if count < size => {}
                TINFLStatus::Done => break,
                _ => return None,
            }
        }
        let stated = u32::from_be_bytes(*data.get(at..)?.first_chunk()?);
        (count == size && stated == sum.finish()).then_some(lines)
    }
}

impl Confirm for Tail {
    fn shows(&self, source: &dyn Source, limits: &Limits) -> Result<bool> {
        let header = Header::read(source, limits)?;
        let (line, place) = (header.line(), self.stamp.place());
        let row = |row: u32| row as usize * (line + 1);
        let rest = self.read(source, &header, limits)?;
        let Some(lines) = self.inflate(&rest, header.size(), row(place.y)..row(place.y + place.height)) else {
            return Ok(false);
        };
        let mut rows: Vec<u8> = Vec::with_capacity(lines.len());
        let mut above = self.above.clone();
        above.resize(line, 0);
        for (kind, filtered) in lines.chunks_exact(line + 1).filter_map(<[u8]>::split_first) {
            let from = rows.len();
            rows.extend_from_slice(filtered);
            if let Some(current) = rows.get_mut(from..) {
                filter::undo(*kind, header.pixel(), &above, current);
                above.copy_from_slice(current);
            }
        }
        Ok(seen(&header, &rows, &self.stamp.in_band(place.y), Palette::of(&header).as_ref()).is_some())
    }
}
