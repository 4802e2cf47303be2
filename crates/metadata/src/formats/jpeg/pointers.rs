//! The offsets of a JPEG, for the read-back: the pictures that an index of several (MPF) names (CIPA DC-007 5.2.3).

use biaoshi_container::jpeg::{self, APP2};
use biaoshi_container::{Cursor, Limits, Result, Source};

use crate::pointers::Pointer;

/// The entry of the index that lists pictures, and the bytes of each.
const MP_ENTRY: u64 = 0xb002;
const PICTURE: usize = 16;

/// Lists the offsets of a file.
pub(super) fn walk(source: &dyn Source, limits: &Limits, out: &mut dyn FnMut(Pointer)) -> Result<()> {
    for segment in jpeg::walk(source, 0..source.len(), limits).segments {
        if segment.marker != APP2 {
            continue;
        }
        let payload = segment.read(source)?;
        if let Some(index) = payload.strip_prefix(jpeg::MPF) {
            // Offsets count from behind the name of the segment.
            pictures(index, segment.payload().start + jpeg::MPF.len() as u64, out);
            break;
        }
    }
    Ok(())
}

fn pictures(index: &[u8], start: u64, out: &mut dyn FnMut(Pointer)) -> Option<()> {
    let little = index.starts_with(b"II");
    let number = |c: &mut Cursor<'_>, width: usize| {
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        let bytes = c.take(width)?;
        Some(if little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) })
    };
    let at = number(&mut Cursor::at(index, 4), 4)?;
    let mut directory = Cursor::at(index, usize::try_from(at).ok()?);
    for _ in 0..number(&mut directory, 2)? {
        let (tag, _, size) = (number(&mut directory, 2)?, number(&mut directory, 2)?, number(&mut directory, 4)?);
        let value = usize::try_from(number(&mut directory, 4)?).ok()?;
        if tag != MP_ENTRY {
            continue;
        }
        let pictures = index.get(value..value.checked_add(usize::try_from(size).ok()?)?)?;
        // The first picture is the one that this file is.
        for picture in pictures.chunks_exact(PICTURE).skip(1) {
            let (length, offset) = (number(&mut Cursor::at(picture, 4), 4)?, number(&mut Cursor::at(picture, 8), 4)?);
            if offset > 0 {
                out(Pointer::new("picture", start + offset, length.max(1)));
            }
        }
        return Some(());
    }
    None
}
