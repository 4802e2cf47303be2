//! A file whose cross-reference sections are of no use: it is searched for objects and a trailer, from its end back as far
//! as one part may be long. Viewers do the same.

use std::collections::BTreeMap;

use memchr::memmem;

use super::reader::{Object, Place, Reader};
use super::stream::END;
use super::value::{Dict, Parser, Ref, Value, head};
use super::{MAGIC, NAME};
use crate::{Error, Limits, Result, SourceExt, phrase};

/// How many trailers are tried.
const TRIES: usize = 16;
/// Longest object or trailer that is parsed.
const LONGEST: usize = 1 << 20;

/// An object that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) generation: u16,
    /// Where it, or the object stream around it, starts: of several objects of one number the last one counts.
    at: u64,
}

/// What a search found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) objects: BTreeMap<u32, Entry>,
    /// The trailer that says most.
    pub(super) trailer: Option<Object>,
    /// The object streams, their numbers and offsets, in file order; what lies in them is not among the objects until it is
    /// added.
    pub(super) holders: Vec<(u32, u64)>,
    /// The cross-reference streams that name a catalog, in file order.
    sections: Vec<u64>,
    /// The last dictionary with a label, for a file whose trailer names none.
    pub(super) labelled: Option<Ref>,
    /// Whether there may be more than was found, or something else.
    pub(super) partial: bool,
}

impl Scan {
    /// Searches a file.
    ///
    /// # Errors
    /// I/O, or neither a trailer nor a label anywhere.
    pub(super) fn of(reader: &Reader<'_>) -> Result<Self> {
        let (source, limits) = (reader.source, &reader.limits);
        let from = source.len().saturating_sub(limits.part);
        let bytes = source.bytes(NAME, from..source.len(), limits.part, phrase!("the end of the file", "文件尾部"))?;
        let mut scan = Search::new(&bytes, from, limits).run();
        scan.partial |= from > 0 || memmem::find_iter(&bytes, MAGIC).count() > 1;
        let sections = std::mem::take(&mut scan.sections);
        scan.trailer = trailer(reader, &bytes, from, &sections);
        if scan.trailer.is_none() && scan.labelled.is_none() && scan.holders.is_empty() {
            return Err(Error::invalid(
                NAME,
                from,
                phrase!("neither a cross-reference table nor a trailer was found", "找不到交叉引用表和 trailer"),
            ));
        }
        Ok(scan)
    }

    /// Adds what lies in the object stream `holder` at `at`: numbers of objects, and which one in the stream each is.
    /// Whether there was room for them.
    pub(super) fn add(
        &mut self,
        (holder, at): (u32, u64),
        objects: impl Iterator<Item = (u32, u64)>,
        limits: &Limits,
    ) -> bool {
        for (number, index) in objects {
            if self.objects.len() >= limits.parts {
                self.partial = true;
                return false;
            }
            let new = Entry { place: Place::In { holder, index }, generation: 0, at };
            let entry = self.objects.entry(number).or_insert(new);
            if entry.at < at {
                *entry = new;
            }
        }
        true
    }

    /// The objects with an offset of their own.
    pub(super) fn offsets(&self) -> BTreeMap<u32, u64> {
        let own = |(number, entry): (&u32, &Entry)| match entry.place {
            Place::At(at) => Some((*number, at)),
            Place::In { .. } => None,
        };
        self.objects.iter().filter_map(own).collect()
    }

    pub(super) fn place(&self, number: u32) -> Option<Place> {
        self.objects.get(&number).map(|entry| entry.place)
    }
}

/// A search over the bytes from `from` on, in file order; what lies in streams is stepped over.
struct Search<'a> {
    bytes: &'a [u8],
    from: u64,
    limits: &'a Limits,
    /// How many bytes may still be parsed: what does not parse must not be parsed again and again.
    left: usize,
    /// Whether no stream ends any more.
    endless: bool,
    scan: Scan,
}

impl<'a> Search<'a> {
    fn new(bytes: &'a [u8], from: u64, limits: &'a Limits) -> Self {
        Self { bytes, from, limits, left: bytes.len().saturating_mul(2), endless: false, scan: Scan::default() }
    }

    fn run(mut self) -> Scan {
        let (finder, mut at) = (memmem::Finder::new(b"obj"), 0);
        while let Some(hit) = self.bytes.get(at..).and_then(|rest| finder.find(rest)) {
            let hit = at + hit;
            at = hit + 3;
            let Some((id, start)) = head(self.bytes, hit) else { continue };
            if self.scan.objects.len() >= self.limits.parts {
                self.scan.partial = true;
                break;
            }
            let start = self.from + start as u64;
            self.scan
                .objects
                .insert(id.number, Entry { place: Place::At(start), generation: id.generation, at: start });
            at = self.object(id, start, at).max(at);
        }
        self.scan
    }

    /// Notes what an object is; where it ends.
    fn object(&mut self, id: Ref, start: u64, at: usize) -> usize {
        let text = self.bytes.get(at..self.bytes.len().min(at + LONGEST.min(self.left))).unwrap_or_default();
        let mut parser = Parser::new(text, self.limits);
        let value = parser.value();
        self.left = self.left.saturating_sub(parser.at);
        let end = at + parser.at;
        let Ok(Value::Dict(dict)) = value else { return if value.is_ok() { end } else { at } };
        if dict.0.iter().any(|e| e.key.eq_ignore_ascii_case(b"AIGC")) {
            self.scan.labelled = Some(id);
        }
        if !parser.keyword(b"stream") {
            return end;
        }
        if dict.is("Type", "ObjStm") {
            self.scan.holders.push((id.number, start));
        } else if dict.is("Type", "XRef") && dict.get("Root").is_some() {
            self.scan.sections.push(start);
        }
        self.behind(&dict, at + parser.at)
    }

    /// Where the stream whose data start at `at` ends.
    fn behind(&mut self, dict: &Dict, at: usize) -> usize {
        let told = dict.number("Length").and_then(|n| usize::try_from(n).ok()).and_then(|n| at.checked_add(n));
        // Line ends stand around the data.
        let near = |end: usize| self.bytes.get(end..self.bytes.len().min(end + 16)).unwrap_or_default();
        if let Some(end) = told.filter(|end| memmem::find(near(*end), END).is_some()) {
            return end;
        }
        let rest = if self.endless { &[] } else { self.bytes.get(at..).unwrap_or_default() };
        let found = memmem::find(rest, END);
        self.endless = found.is_none();
        found.map_or(at, |hit| at + hit)
    }
}

/// The last trailer, or cross-reference stream, that names a catalog and an information dictionary; else the last that
/// names one of them.
fn trailer(reader: &Reader<'_>, bytes: &[u8], from: u64, sections: &[u64]) -> Option<Object> {
    let texts = memmem::rfind_iter(bytes, b"trailer").take(TRIES).filter_map(|hit| {
        let at = hit + 7;
        let text = bytes.get(at..bytes.len().min(at + LONGEST)).unwrap_or_default();
        let mut parser = Parser::new(text, &reader.limits);
        let value = parser.value().ok()?;
        let text = text.get(..parser.at).unwrap_or_default();
        let base = from + at as u64;
        let part = base..base + text.len() as u64;
        let id = Ref { number: 0, generation: 0 };
        Some(Object { id, value, text: text.into(), base: Some(base), part, stream: None })
    });
    let streams = sections.iter().rev().take(TRIES).filter_map(|at| reader.object_at(*at).ok());
    let rank = |o: &Object| (o.dict().get("Root").is_some(), o.dict().get("Info").is_some(), o.part.start);
    texts.chain(streams).filter(|o| rank(o).0 || rank(o).1).max_by_key(rank)
}
