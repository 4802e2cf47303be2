//! ISO base media boxes (ISO/IEC 14496-12), also as QuickTime files use them.

use std::ops::Range;

use crate::{Error, Kind, Limits, Result, Source, SourceExt, phrase, said};

const NAME: &str = "MP4";

/// One box: size, type, contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Box {
    /// Four-character code.
    pub kind: [u8; 4],
    /// Offset of the size field.
    pub start: u64,
    /// Bytes of the header: 8, or 16 with a 64-bit size.
    pub header: u8,
    /// Offset behind the box.
    pub end: u64,
    /// Whether it states no size and so takes all that follows in its parent.
    pub open: bool,
}

impl Box {
    /// Everything behind the header.
    pub fn body(&self) -> Range<u64> {
        self.start + u64::from(self.header)..self.end
    }

    /// The whole box.
    pub fn range(&self) -> Range<u64> {
        self.start..self.end
    }

    /// The type as text.
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.kind).escape_default().to_string()
    }

    /// The bytes of the size field after the box has grown by `growth`, and where they stand. A box without a size gets
    /// one, so that it does not take what is put behind it.
    ///
    /// # Errors
    /// A 32-bit size that overflows.
    pub fn resized(&self, growth: i64) -> Result<(Range<u64>, Vec<u8>)> {
        let overflow =
            || Error::unsupported(NAME, said!("a box {} of more than 4 GiB", "超过 4 GiB 的 {} 盒", self.name()));
        let size = (self.end - self.start).checked_add_signed(growth).ok_or_else(overflow)?;
        if self.header == 16 {
            return Ok((self.start + 8..self.start + 16, size.to_be_bytes().to_vec()));
        }
        let size = u32::try_from(size).or(if self.open { Ok(0) } else { Err(overflow()) })?;
        Ok((self.start..self.start + 4, size.to_be_bytes().to_vec()))
    }
}

/// Counts boxes over a whole file.
#[derive(Debug)]
pub struct Budget {
    left: usize,
    limit: usize,
}

impl Budget {
    /// As many boxes as [`Limits::parts`].
    pub fn new(limits: &Limits) -> Self {
        Self { left: limits.parts, limit: limits.parts }
    }

    /// Counts one box.
    ///
    /// # Errors
    /// When it is one too many.
    pub fn take(&mut self) -> Result<()> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            Error::limit(NAME, phrase!("the number of boxes", "盒数"), self.limit as u64, "--limit-parts")
        })?;
        Ok(())
    }
}

/// The boxes inside `parent`. Fewer than eight bytes at the end, or a zero size with only four (the terminator of a
/// QuickTime `udta`), end the list.
///
/// # Errors
/// I/O, a size below the header, a box that runs past its parent, too many boxes.
pub fn boxes(source: &dyn Source, parent: Range<u64>, budget: &mut Budget) -> Result<Vec<Box>> {
    let mut out = Vec::new();
    let mut at = parent.start;
    while at + 8 <= parent.end {
        budget.take()?;
        let found = read(source, at, parent.end)?;
        at = found.end;
        out.push(found);
    }
    Ok(out)
}

/// Where one more box may go into a list: behind its last one, but before what is no box (padding, rubbish) and before one
/// without a size, which would take it.
///
/// # Errors
/// I/O, too many boxes.
pub fn end_of_list(source: &dyn Source, list: Range<u64>, limits: &Limits) -> Result<u64> {
    let (mut at, mut budget) = (list.start, Budget::new(limits));
    while at + 8 <= list.end {
        budget.take()?;
        match read(source, at, list.end) {
            Ok(found) if !found.open => at = found.end,
            Err(damage) if damage.kind() == Kind::Io => return Err(damage),
            _ => break,
        }
    }
    Ok(at)
}

/// The box at `at`, inside a parent that ends at `end`.
///
/// # Errors
/// As [`boxes`].
pub fn read(source: &dyn Source, at: u64, end: u64) -> Result<Box> {
    let [a, b, c, d, kind @ ..] = source.array::<8>(NAME, at, phrase!("a box header", "盒头"))?;
    let name = || String::from_utf8_lossy(&kind).escape_default().to_string();
    let size = u32::from_be_bytes([a, b, c, d]);
    let open = size == 0;
    let (header, size) = match size {
        // "Extends to the end" is meant for the last box of a file (4.2); inside others it is rubbish or padding, mostly.
        0 => (8, end - at),
        1 => (16, u64::from_be_bytes(source.array::<8>(NAME, at + 8, phrase!("a 64-bit box size", "64 位盒长度"))?)),
        n => (8, u64::from(n)),
    };
    if size < u64::from(header) {
        return Err(Error::invalid(
            NAME,
            at,
            said!("box {} has the impossible size {}", "{} 盒的长度 {} 不在允许范围", name(), size),
        ));
    }
    match at.checked_add(size).filter(|e| *e <= end) {
        Some(end) => Ok(Box { kind, start: at, header, end, open }),
        None => Err(Error::past_end(NAME, at, said!("box {}", "{} 盒", name()), size)),
    }
}

/// A whole box around `body`.
pub fn encode(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(body.len() + 8);
    out.extend(size.to_be_bytes());
    out.extend(kind);
    out.extend(body);
    out
}
