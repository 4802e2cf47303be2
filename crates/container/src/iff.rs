//! IFF chunks as AIFF uses them (EA IFF 85, Audio Interchange File Format 1.3): as RIFF, with big-endian sizes.

use std::ops::Range;

use crate::riff::{CARELESS, Chunk, ENDLESS};
use crate::{Error, Limits, Result, Source, SourceExt};

const NAME: &str = "AIFF";

/// The outer form: `FORM`, its size and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// `AIFF` or `AIFC`.
    pub kind: [u8; 4],
    /// The declared size of everything behind the size field.
    pub size: u32,
    /// Where the chunks are, cut to the file.
    pub body: Range<u64>,
}

impl Form {
    /// What is to be said where the file ends before its form does: parts may be lost.
    pub fn missing(&self, source: &dyn Source) -> Option<String> {
        let declared = u64::from(self.size);
        let missing = (declared + 8).saturating_sub(source.len());
        let counted = !matches!(self.size, 0 | u32::MAX) && declared < ENDLESS;
        (counted && missing > CARELESS).then(|| format!("the last {missing} bytes of the file are missing"))
    }
}

/// Reads the twelve bytes at the front.
///
/// # Errors
/// I/O, fewer than twelve bytes, another id.
pub fn form(source: &dyn Source) -> Result<Form> {
    let [b'F', b'O', b'R', b'M', s0, s1, s2, s3, kind @ ..] = source.array::<12>(NAME, 0, "the header")? else {
        return Err(Error::invalid(NAME, 0, "the form is not FORM"));
    };
    let size = u32::from_be_bytes([s0, s1, s2, s3]);
    // 0 and 0xFFFFFFFF are what a writer to a pipe leaves.
    let end = if matches!(size, 0 | u32::MAX) { source.len() } else { 8 + u64::from(size) };
    Ok(Form { kind, size, body: 12..end.clamp(12, source.len().max(12)) })
}

/// The chunks of `parent`, each shown to `visit` before the next one is looked at. A last chunk with an id in `lenient`
/// may run past the end; it is cut and marked [`Chunk::open`].
///
/// # Errors
/// I/O, a chunk that runs past its parent, more chunks than [`Limits::parts`], what `visit` returns.
pub fn walk(
    source: &dyn Source,
    parent: Range<u64>,
    lenient: &[[u8; 4]],
    limits: &Limits,
    visit: &mut dyn FnMut(Chunk) -> Result<()>,
) -> Result<()> {
    let (mut at, mut count) = (parent.start, 0);
    // Fewer than eight bytes at the end are padding that some writers leave.
    while at + 8 <= parent.end {
        count += 1;
        if count > limits.parts {
            return Err(Error::limit(NAME, "the number of chunks", limits.parts as u64, "--limit-parts"));
        }
        let [a, b, c, d, size @ ..] = source.array::<8>(NAME, at, "a chunk header")?;
        let (id, declared) = ([a, b, c, d], u64::from(u32::from_be_bytes(size)));
        let room = parent.end - at - 8;
        let open = declared > room;
        if open && !lenient.contains(&id) {
            let name = String::from_utf8_lossy(&id).escape_default().to_string();
            return Err(Error::past_end(NAME, at, format!("chunk {name}"), declared));
        }
        let chunk = Chunk { id, start: at, length: declared.min(room), open };
        at = chunk.range().end;
        visit(chunk)?;
    }
    Ok(())
}

/// A whole chunk around `data`, padded to an even length; `None` when it is too long for the format.
pub fn encode(id: [u8; 4], data: &[u8]) -> Option<Vec<u8>> {
    let mut out = id.to_vec();
    out.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
    out.extend(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(bytes: &dyn Source, from: u64) -> Result<Vec<Chunk>> {
        let mut out = Vec::new();
        walk(bytes, from..bytes.len(), &[*b"SSND"], &Limits::default(), &mut |c| {
            out.push(c);
            Ok(())
        })?;
        Ok(out)
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(data in prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..100)) {
            let _ = form(&data);
            for chunk in list(&data, 0).unwrap_or_default() {
                prop_assert!(chunk.data().end <= data.len() as u64);
            }
        }

        #[test]
        fn chunks_come_back(sizes in prop::collection::vec(0usize..40, 0..6)) {
            let bytes: Vec<u8> = sizes.iter().flat_map(|n| encode(*b"NAME", &vec![7; *n]).unwrap()).collect();
            let found = list(&bytes, 0).unwrap();
            prop_assert_eq!(found.iter().map(|c| c.length as usize).collect::<Vec<_>>(), sizes);
            prop_assert!(found.last().is_none_or(|c| c.range().end == bytes.len() as u64));
        }
    }
}
