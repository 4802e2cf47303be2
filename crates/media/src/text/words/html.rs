//! HTML: the characters between tags that are prose.

use std::borrow::Cow;

use biaoshi_container::html::Document;
use biaoshi_container::{Limits, Patch, Source};
use biaoshi_watermark::text::{Cost, Marker, is_mark};

use super::weave::Weave;
use super::{UNCLEAR, shield, unable};
use crate::text::line;
use crate::{Result, Words};

pub(in crate::text) const WORDS: Words = Words { each, weave: Some(weave), cost: line::cost };

/// Tells the characters of a page; marks that are written as references are marks too.
fn each(source: &dyn Source, tell: &mut dyn FnMut(&str), limits: &Limits) -> Result<()> {
    let document = Document::read(source, limits)?;
    tell(&resolved(&document.markup.text));
    Ok(())
}

fn weave(source: &dyn Source, mut marker: Marker, limits: &Limits) -> Result<(Patch, Cost)> {
    let document = Document::read(source, limits)?;
    let markup = &document.markup;
    if !markup.is_exact() {
        return Err(unable(&UNCLEAR));
    }
    // Where readers guess the encoding, only references are safe.
    let references = |text: &str| text.chars().map(|c| format!("&#{};", u32::from(c))).collect::<String>().into_bytes();
    let shown = markup.is_shown();
    let mut weave =
        Weave::new(source, |text, out| out.extend(if shown { markup.encode(text) } else { references(text) }));
    let (mut passed, mut offset, mut closed) = (0, markup.bom(), Vec::new());
    for text in document.texts() {
        let mut start = text.range.start;
        for line in markup.text.get(text.range.clone()).unwrap_or_default().split_inclusive('\n') {
            closed.clear();
            match text.prose {
                true => shield::closed(line, false, &mut closed),
                false => closed.push(0..line.len()),
            }
            marker.push(line, &closed, |at| {
                offset += markup.length(markup.text.get(passed..start + at).unwrap_or_default());
                passed = start + at;
                offset
            });
            start += line.len();
            weave.take(marker.insertions())?;
        }
    }
    weave.finish(marker)
}

/// A text in which references to the characters of marks are resolved.
fn resolved(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut from = 0;
    for at in memchr::memchr_iter(b'&', text.as_bytes()) {
        let rest = text.as_bytes().get(at + 1..).unwrap_or_default();
        let end = memchr::memchr(b';', rest.get(..LONGEST).unwrap_or(rest));
        let reference = end.and_then(|end| text.get(at + 1..at + 1 + end));
        if let Some((reference, c)) = reference.and_then(|r| Some((r, character(r)?))) {
            out.push_str(text.get(from..at).unwrap_or_default());
            out.push(c);
            from = at + reference.len() + 2;
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

/// Bytes of the longest reference to a mark.
const LONGEST: usize = 16;

/// The character of a mark that a reference names.
fn character(reference: &str) -> Option<char> {
    let number = match reference.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => number.parse().ok()?,
        },
        None => match reference {
            "af" | "ApplyFunction" => 0x2061,
            "it" | "InvisibleTimes" => 0x2062,
            "ic" | "InvisibleComma" => 0x2063,
            "zwnj" => 0x200c,
            "zwj" => 0x200d,
            _ => return None,
        },
    };
    char::from_u32(number).filter(|c| is_mark(*c))
}
