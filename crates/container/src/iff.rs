//! IFF chunks as AIFF uses them (EA IFF 85, Audio Interchange File Format 1.3): as RIFF, with big-endian sizes.

use std::ops::Range;

use crate::riff::{CARELESS, Chunks, ENDLESS, Walk};
use crate::{Error, Limits, Message, Result, Source, SourceExt, phrase, said};

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

/// Reads the twelve bytes at the front.
///
/// # Errors
/// I/O, fewer than twelve bytes, another id.
pub fn form(source: &dyn Source) -> Result<Form> {
    let [b'F', b'O', b'R', b'M', s0, s1, s2, s3, kind @ ..] =
        source.array::<12>(NAME, 0, phrase!("the header", "文件头"))?
    else {
        return Err(Error::invalid(NAME, 0, phrase!("the form is not FORM", "文件标志不是 FORM")));
    };
    let mut form = Form { kind, size: u32::from_be_bytes([s0, s1, s2, s3]), body: 12..source.len().max(12) };
    if !form.streamed() {
        form.body.end = (8 + u64::from(form.size)).clamp(12, form.body.end);
    }
    Ok(form)
}

impl Form {
    /// Whether its size was never written: 0 and 0xFFFFFFFF are what a writer to a pipe leaves.
    pub fn streamed(&self) -> bool {
        matches!(self.size, 0 | u32::MAX)
    }

    /// Whether it states the size of the file.
    pub fn is_exact(&self, source: &dyn Source) -> bool {
        (u64::from(self.size) + 8).abs_diff(source.len()) <= CARELESS
    }

    /// What is to be said where the file ends before its form does: parts may be lost.
    pub fn missing(&self, source: &dyn Source) -> Option<Message> {
        let missing = (u64::from(self.size) + 8).saturating_sub(source.len());
        let counted = !self.streamed() && u64::from(self.size) < ENDLESS;
        (counted && missing > CARELESS)
            .then(|| said!("the last {} bytes of the file are missing", "文件末尾缺少 {} 字节", missing))
    }

    /// Its chunks, as [`crate::riff::Form::chunks`] has them.
    pub fn chunks(&self, source: &dyn Source, lenient: &[[u8; 4]], limits: &Limits) -> Chunks {
        let (parent, outer) = (self.body.clone(), source.len().max(self.body.end));
        let (wide, streamed, exact, size) = (&[], self.streamed(), self.is_exact(source), u32::from_be_bytes);
        Walk { source, parent, outer, wide, lenient, streamed, exact, size }.run(limits)
    }
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

    fn list(body: &[u8]) -> Chunks {
        let bytes = [b"FORM", &u32::try_from(body.len() + 4).unwrap().to_be_bytes()[..], b"AIFF", body].concat();
        form(&bytes).unwrap().chunks(&bytes, &[*b"SSND"], &Limits::default())
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(data in prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..100)) {
            let _ = form(&data);
            for chunk in list(&data).list {
                prop_assert!(chunk.range().end <= data.len() as u64 + 12);
            }
        }

        #[test]
        fn chunks_come_back(sizes in prop::collection::vec(0usize..40, 0..6)) {
            let bytes: Vec<u8> = sizes.iter().flat_map(|n| encode(*b"NAME", &vec![7; *n]).unwrap()).collect();
            let found = list(&bytes);
            prop_assert_eq!(found.list.iter().map(|c| c.length as usize).collect::<Vec<_>>(), sizes);
            prop_assert!(found.damage.is_none() && found.end == bytes.len() as u64 + 12);
        }
    }
}
