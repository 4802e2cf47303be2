//! The bytes of a file: what stands at an offset, within the limits.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use super::NAME;
use super::value::{Dict, Parser, Ref, Step, Value};
use crate::{Error, Limits, Result, Source, SourceExt, inflate, phrase};

/// Bytes of the first look at an object.
const LOOK: u64 = 1024;

/// An indirect object, or the dictionary of a trailer.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its name; 0 for a trailer.
    pub id: Ref,
    /// The value.
    pub value: Value,
    /// The text that the spans of the value lie in; where the file is encrypted, its strings are too.
    pub text: Rc<[u8]>,
    /// Offset of that text in the file; `None` for one that was decoded out of an object stream.
    pub base: Option<u64>,
    /// The bytes of the file around it: the object, or the data of the object stream that holds it.
    pub part: Range<u64>,
    /// Where the data of a stream starts.
    pub stream: Option<u64>,
}

impl Object {
    /// The dictionary, empty for any other object.
    pub fn dict(&self) -> &Dict {
        static NONE: Dict = Dict(Vec::new());
        match &self.value {
            Value::Dict(dict) => dict,
            _ => &NONE,
        }
    }

    /// The items of an array, none for any other object.
    pub fn items(&self) -> &[Value] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }
}

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At an offset.
    At(u64),
    /// In an object stream.
    In {
        /// Its number.
        holder: u32,
        /// How many objects stand before it.
        index: u64,
    },
}

/// What reading has cost so far.
pub(super) struct Spent {
    pub(super) parsed: u64,
    pub(super) inflated: inflate::Spent,
}

/// A file of which no object is known yet.
pub(super) struct Reader<'a> {
    pub(super) source: &'a dyn Source,
    /// Where the header stands: offsets count from there, as viewers have it.
    pub(super) origin: u64,
    pub(super) limits: Limits,
    pub(super) spent: RefCell<Spent>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a dyn Source, origin: u64, limits: &Limits) -> Self {
        let spent = RefCell::new(Spent { parsed: 0, inflated: inflate::Spent::default() });
        Self { source, origin, limits: *limits, spent }
    }

    /// Parses at `at`, with as many bytes as it takes.
    pub(super) fn parse<T>(&self, at: u64, inner: impl Fn(&mut Parser<'_>) -> Step<T>) -> Result<(Vec<u8>, T)> {
        let mut size = LOOK;
        loop {
            let end = at.saturating_add(size).min(self.source.len());
            self.charge(end.saturating_sub(at))?;
            let bytes = self.source.bytes(NAME, at.min(end)..end, self.limits.part, phrase!("an object", "对象"))?;
            let mut parser = Parser::new(&bytes, &self.limits);
            let result = inner(&mut parser);
            let (stop, starved) = (parser.at, parser.starved);
            if starved && end < self.source.len() {
                size = size.saturating_mul(4);
                continue;
            }
            return match result {
                Ok(value) => {
                    let mut bytes = bytes;
                    bytes.truncate(stop);
                    Ok((bytes, value))
                }
                Err(what) => Err(Error::invalid(NAME, at + stop as u64, what)),
            };
        }
    }

    /// Counts bytes that are parsed.
    pub(super) fn charge(&self, bytes: u64) -> Result<()> {
        let mut spent = self.spent.borrow_mut();
        spent.parsed = spent.parsed.saturating_add(bytes);
        if spent.parsed > self.limits.part {
            return Err(Error::limit(
                NAME,
                phrase!("the size of the objects read", "读取的对象总大小"),
                self.limits.part,
                "--limit-part",
            ));
        }
        Ok(())
    }

    /// The indirect object that starts at `at`.
    pub(super) fn object_at(&self, at: u64) -> Result<Object> {
        let (text, (id, value, stream)) = self.parse(at, |p| {
            let id = p.head()?;
            let value = p.value()?;
            let behind = p.at;
            let stream = p.keyword(b"stream").then_some(p.at);
            if stream.is_none() {
                p.at = behind;
            }
            Ok((id, value, stream))
        })?;
        let end = at + text.len() as u64;
        let stream = match stream {
            // CR LF or LF; a CR alone is wrong, but read.
            Some(behind) => {
                let mut eol = [0; 2];
                let got = self.source.read_at(at + behind as u64, &mut eol).map_err(|e| Error::io(NAME, e))?;
                let skip = match eol.get(..got) {
                    Some([b'\r', b'\n']) => 2,
                    Some([b'\r' | b'\n', ..]) => 1,
                    _ => 0,
                };
                Some(at + behind as u64 + skip)
            }
            None => None,
        };
        Ok(Object { id, value, text: text.into(), base: Some(at), part: at..end, stream })
    }
}
