//! Vorbis comments (Vorbis I specification, section 5), as FLAC and the streams of Ogg carry them: a vendor string, a
//! number, and so many lengths with `NAME=value` behind each.

use std::ops::Range;

use crate::{Error, Limits, Patch, Result, Said, Source, SourceExt, phrase};

const NAME: &str = "Vorbis comments";

/// One comment, in the coordinates of the parsed source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Offset of its length.
    pub start: u64,
    /// `NAME=value` in UTF-8.
    pub text: Range<u64>,
}

impl Comment {
    /// Length and text.
    pub fn range(&self) -> Range<u64> {
        self.start..self.text.end
    }
}

/// Where the parts of a list of comments lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comments {
    /// How many there are.
    pub count: u32,
    /// Offset of that number.
    pub count_at: u64,
    /// Offset behind the last comment: what follows (a framing bit, padding) belongs to the carrier.
    pub end: u64,
}

/// The four bytes of a length, and the text behind it.
fn string(source: &dyn Source, at: u64, end: u64, what: &'static Said) -> Result<Comment> {
    if at + 4 > end {
        return Err(Error::truncated(NAME, at, what));
    }
    let length = u32::from_le_bytes(source.array::<4>(NAME, at, what)?);
    let text = at + 4..at + 4 + u64::from(length);
    if text.end > end {
        return Err(Error::past_end(NAME, at, what, length.into()));
    }
    Ok(Comment { start: at, text })
}

/// Walks the comments in `range`, showing each to `visit` before the next one is looked at, so that what came before
/// damage is known. Only lengths are read here; `visit` reads the texts that it wants.
///
/// # Errors
/// I/O, a length that runs past `range`, more comments than [`Limits::parts`], what `visit` returns.
pub fn walk(
    source: &dyn Source,
    range: Range<u64>,
    limits: &Limits,
    visit: &mut dyn FnMut(Comment) -> Result<()>,
) -> Result<Comments> {
    let vendor = string(source, range.start, range.end, phrase!("the vendor string", "厂商字符串"))?;
    let count_at = vendor.text.end;
    if count_at + 4 > range.end {
        return Err(Error::truncated(NAME, count_at, phrase!("the number of comments", "注释数")));
    }
    let count = u32::from_le_bytes(source.array::<4>(NAME, count_at, phrase!("the number of comments", "注释数"))?);
    let mut end = count_at + 4;
    for index in 0..count {
        if u64::from(index) >= limits.parts as u64 {
            return Err(Error::limit(
                NAME,
                phrase!("the number of comments", "注释数"),
                limits.parts as u64,
                "--limit-parts",
            ));
        }
        let comment = string(source, end, range.end, phrase!("a comment", "注释"))?;
        end = comment.text.end;
        visit(comment)?;
    }
    Ok(Comments { count, count_at, end })
}

/// The bytes of one comment; `None` when it is too long for the format.
pub fn encode(text: &str) -> Option<Vec<u8>> {
    let mut out = u32::try_from(text.len()).ok()?.to_le_bytes().to_vec();
    out.extend(text.as_bytes());
    Some(out)
}

/// A list that holds these comments; `None` when that is too long for the format.
pub fn fresh(vendor: &str, texts: &[String]) -> Option<Vec<u8>> {
    let mut out = encode(vendor)?;
    out.extend(u32::try_from(texts.len()).ok()?.to_le_bytes());
    for text in texts {
        out.extend(encode(text)?);
    }
    Some(out)
}

impl Comments {
    /// Takes the comments `old` out and adds the `new` ones: in the place of the first old one, else last.
    ///
    /// # Errors
    /// More comments or a longer text than the format can count.
    pub fn edit(&self, old: &[Comment], new: &[String], patch: &mut Patch) -> Result<()> {
        let too_long = || {
            Error::unsupported(
                NAME,
                phrase!("a list of more than 2^32 comments or bytes", "超过 2^32 条或 2^32 字节的注释列表"),
            )
        };
        let count = u64::from(self.count).checked_sub(old.len() as u64).map(|n| n + new.len() as u64);
        let count = count.and_then(|n| u32::try_from(n).ok()).ok_or_else(too_long)?;
        if count != self.count {
            patch.replace(self.count_at..self.count_at + 4, count.to_le_bytes());
        }
        let new: Option<Vec<Vec<u8>>> = new.iter().map(|text| encode(text)).collect();
        let mut new = new.ok_or_else(too_long)?.concat();
        for comment in old {
            patch.replace(comment.range(), std::mem::take(&mut new));
        }
        patch.insert(self.end, new);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Patched, to_vec};
    use proptest::prelude::*;

    fn read(bytes: &dyn Source) -> Result<(Comments, Vec<Comment>)> {
        let mut all = Vec::new();
        let comments = walk(bytes, 0..bytes.len(), &Limits::default(), &mut |c| {
            all.push(c);
            Ok(())
        })?;
        Ok((comments, all))
    }

    fn texts(bytes: &[u8], all: &[Comment]) -> Vec<String> {
        let slice = |c: &Comment| &bytes[c.text.start as usize..c.text.end as usize];
        all.iter().map(|c| String::from_utf8(slice(c).to_vec()).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(data in prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..80)) {
            let _ = read(&data);
        }

        /// Each edit leaves the others and what follows; the new text stands where the first old one stood.
        #[test]
        fn edits_keep_the_rest(texts_in in prop::collection::vec("[a-z=]{0,9}", 0..5), old in 0usize..5, many in 0usize..3) {
            let mut bytes = encode("v").unwrap();
            bytes.extend((texts_in.len() as u32).to_le_bytes());
            for text in &texts_in {
                bytes.extend(encode(text).unwrap());
            }
            bytes.extend(b"tail");
            let (comments, all) = read(&bytes).unwrap();
            prop_assert_eq!(&texts(&bytes, &all), &texts_in);
            let from = old.min(all.len());
            let to = (from + many).min(all.len());
            let mut patch = Patch::new();
            comments.edit(&all[from..to], &["NEW=1".to_owned(), "MORE=2".to_owned()], &mut patch).unwrap();
            let out = to_vec(&Patched::new(&bytes, &patch), 1 << 20).unwrap();
            let mut want = texts_in.clone();
            let at = if from == to { all.len() } else { from };
            want.splice(at..at + to - from, ["NEW=1".to_owned(), "MORE=2".to_owned()]);
            let (_, all) = read(&out).unwrap();
            prop_assert_eq!(texts(&out, &all), want);
            prop_assert!(out.ends_with(b"tail"));
        }
    }
}
