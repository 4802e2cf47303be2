//! A file whose cross-reference sections are of no use: it is searched for objects and a trailer, from its end back as far
//! as one part may be long.

use std::collections::BTreeMap;

use memchr::memmem;

use super::NAME;
use super::file::{File, Object};
use super::value::{Parser, Ref, is_blank};
use crate::{Error, Limits, Result, Source, SourceExt};

/// How many trailers are tried.
const TRIES: usize = 16;
/// Longest trailer.
const TRAILER: usize = 1 << 20;

impl<'a> File<'a> {
    /// Puts together what can be found; good for reading only.
    ///
    /// # Errors
    /// I/O, or no trailer anywhere.
    pub fn repair(source: &'a dyn Source, limits: &Limits) -> Result<Self> {
        let from = source.len().saturating_sub(limits.part);
        let bytes = source.bytes(NAME, from..source.len(), limits.part, "the end of the file")?;
        let mut file = Self::new(source, limits);
        let mut objects = BTreeMap::new();
        for hit in memmem::rfind_iter(&bytes, b"obj").take(limits.parts) {
            if let Some((number, at)) = head(&bytes, hit) {
                objects.entry(number).or_insert(from + at as u64);
            }
        }
        file.trailer = trailer(&file, &bytes, from).or_else(|| stream(&file, &bytes, from, &objects));
        file.scanned = Some(objects);
        if file.trailer.is_none() {
            return Err(Error::invalid(NAME, from, "neither a cross-reference table nor a trailer was found"));
        }
        Ok(file)
    }
}

/// The number of the object whose `obj` is at `hit`, and where its head starts.
fn head(bytes: &[u8], hit: usize) -> Option<(u32, usize)> {
    let before = |at: usize, test: fn(u8) -> bool| {
        let run = bytes.get(..at).unwrap_or_default().iter().rev().take(12).take_while(|b| test(**b)).count();
        (run > 0).then_some(at - run)
    };
    let digit = |b: u8| b.is_ascii_digit();
    let generation = before(before(hit, is_blank)?, digit)?;
    let end = before(generation, is_blank)?;
    let start = before(end, digit)?;
    let number = std::str::from_utf8(bytes.get(start..end)?).ok()?.parse().ok()?;
    Some((number, start))
}

/// The last trailer that names an information dictionary, or else a catalog.
fn trailer(file: &File<'_>, bytes: &[u8], from: u64) -> Option<Object> {
    let mut best: Option<Object> = None;
    for hit in memmem::rfind_iter(bytes, b"trailer").take(TRIES) {
        let at = hit + 7;
        let text = bytes.get(at..bytes.len().min(at + TRAILER)).unwrap_or_default();
        let mut parser = Parser::new(text, &file.limits);
        let Ok(value) = parser.value() else { continue };
        let text = text.get(..parser.at).unwrap_or_default().to_vec();
        let base = from + at as u64;
        let part = base..base + text.len() as u64;
        let id = Ref { number: 0, generation: 0 };
        let object = Object { id, value, text, base: Some(base), part, stream: None };
        if object.dict().get("Info").is_some() {
            return Some(object);
        }
        if best.is_none() && object.dict().get("Root").is_some() {
            best = Some(object);
        }
    }
    best
}

/// The last cross-reference stream that names a catalog.
fn stream(file: &File<'_>, bytes: &[u8], from: u64, objects: &BTreeMap<u32, u64>) -> Option<Object> {
    for hit in memmem::rfind_iter(bytes, b"/XRef").take(TRIES) {
        let hit = from + hit as u64;
        let at = objects.values().filter(|at| **at < hit).max();
        let object = at.and_then(|at| file.object_at(*at).ok());
        if let Some(object) = object.filter(|o| o.dict().is("Type", "XRef") && o.dict().get("Root").is_some()) {
            return Some(object);
        }
    }
    None
}
