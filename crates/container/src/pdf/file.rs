//! A PDF file: single objects by number.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::NAME;
use super::value::{Dict, Parser, Ref, Step, Value};
use super::xref::{self, Place, Section};
use crate::{Error, Limits, Result, Source, SourceExt, inflate};

/// Bytes of the first look at an object.
const LOOK: u64 = 1024;
/// Most objects that are fetched; a label needs a dozen.
const FETCHES: usize = 500;
/// Most references that are followed from one to the next.
const HOPS: usize = 8;

/// An indirect object, or the dictionary of a trailer.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its name; 0 for a trailer.
    pub id: Ref,
    /// The value.
    pub value: Value,
    /// The text that the spans of the value lie in.
    pub text: Vec<u8>,
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
}

/// What reading has cost so far.
pub(super) struct Spent {
    pub(super) parsed: u64,
    pub(super) inflated: inflate::Spent,
    fetches: usize,
}

/// Where the data of an object stream lies, and the data decoded.
pub(super) type Unpacked = (Range<u64>, Rc<Vec<u8>>);

/// A file whose cross-reference sections were found (or put together anew).
pub struct File<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) limits: Limits,
    pub(super) sections: Vec<Section>,
    /// The newest trailer.
    pub(super) trailer: Option<Object>,
    /// Where the newest section starts.
    pub(super) start: u64,
    /// Objects found by scanning, when the sections are of no use.
    pub(super) scanned: Option<BTreeMap<u32, u64>>,
    pub(super) spent: RefCell<Spent>,
    pub(super) unpacked: RefCell<BTreeMap<u32, Unpacked>>,
}

impl<'a> File<'a> {
    pub(super) fn new(source: &'a dyn Source, limits: &Limits) -> Self {
        Self {
            source,
            limits: *limits,
            sections: Vec::new(),
            trailer: None,
            start: 0,
            scanned: None,
            spent: RefCell::new(Spent { parsed: 0, inflated: inflate::Spent::default(), fetches: 0 }),
            unpacked: RefCell::new(BTreeMap::new()),
        }
    }

    /// Follows the cross-reference sections from the end of the file.
    ///
    /// # Errors
    /// I/O, sections that are damaged or go round in a circle, a limit.
    pub fn open(source: &'a dyn Source, limits: &Limits) -> Result<Self> {
        let mut file = Self::new(source, limits);
        xref::walk(&mut file)?;
        Ok(file)
    }

    /// The newest trailer's dictionary.
    pub fn trailer(&self) -> &Dict {
        static NONE: Dict = Dict(Vec::new());
        self.trailer.as_ref().map_or(&NONE, Object::dict)
    }

    /// Parses at `at`, with as many bytes as it takes.
    pub(super) fn parse<T>(&self, at: u64, inner: impl Fn(&mut Parser<'_>) -> Step<T>) -> Result<(Vec<u8>, T)> {
        let mut size = LOOK;
        loop {
            let end = at.saturating_add(size).min(self.source.len());
            self.charge(end.saturating_sub(at))?;
            let bytes = self.source.bytes(NAME, at.min(end)..end, self.limits.part, "an object")?;
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
            return Err(Error::limit(NAME, "the size of the objects read", self.limits.part, "--limit-part"));
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
        Ok(Object { id, value, text, base: Some(at), part: at..end, stream })
    }

    /// An object by its number; `None` for one that is free or was never made.
    ///
    /// # Errors
    /// I/O, another object where this one should be, damage, a limit.
    pub fn get(&self, id: Ref) -> Result<Option<Object>> {
        {
            let mut spent = self.spent.borrow_mut();
            spent.fetches += 1;
            if spent.fetches > FETCHES {
                return Err(Error::limit(NAME, "the number of objects looked up", FETCHES as u64, "--limit-parts"));
            }
        }
        let place = match &self.scanned {
            Some(scanned) => scanned.get(&id.number).map(|at| Place::At(*at)),
            None => xref::find(self, id.number)?,
        };
        match place {
            None => Ok(None),
            Some(Place::At(at)) => {
                let object = self.object_at(at)?;
                if object.id.number == id.number {
                    return Ok(Some(object));
                }
                Err(Error::invalid(NAME, at, format!("object {} is not where it should be", id.number)))
            }
            Some(Place::In(holder)) => self.inside(holder, id.number).map(Some),
        }
    }

    /// A value, or the object that it refers to.
    ///
    /// # Errors
    /// As [`File::get`].
    pub fn follow(&self, value: &Value) -> Result<Option<Object>> {
        let Value::Ref(mut id) = *value else {
            let id = Ref { number: 0, generation: 0 };
            let text = Vec::new();
            return Ok(Some(Object { id, value: value.clone(), text, base: None, part: 0..0, stream: None }));
        };
        for _ in 0..HOPS {
            match self.get(id)? {
                Some(Object { value: Value::Ref(next), .. }) => id = next,
                object => return Ok(object),
            }
        }
        Err(Error::invalid(NAME, 0, "references that lead from one to the next"))
    }

    /// What a key of a dictionary holds, references followed.
    ///
    /// # Errors
    /// As [`File::get`].
    pub fn entry(&self, dict: &Dict, key: &str) -> Result<Option<Object>> {
        dict.get(key).map_or(Ok(None), |value| self.follow(value))
    }

    /// An object out of an object stream (7.5.7).
    fn inside(&self, holder: u32, number: u32) -> Result<Object> {
        let place = xref::find(self, holder)?;
        let Some(Place::At(at)) = place else {
            return Err(Error::invalid(NAME, 0, format!("object stream {holder} is missing")));
        };
        let (part, data) = self.unpack(holder, at)?;
        let damaged = |what| Error::invalid(NAME, at, what);
        let object = self.object_at(at)?;
        let (count, first) = object.dict().number("N").zip(object.dict().number("First")).unwrap_or_default();
        let mut parser = Parser::new(&data, &self.limits);
        let mut start = None;
        for _ in 0..count.min(self.limits.parts as u64) {
            let (n, offset) = (parser.number().map_err(damaged)?, parser.number().map_err(damaged)?);
            if n == u64::from(number) {
                start = first.checked_add(offset).and_then(|s| usize::try_from(s).ok());
                break;
            }
        }
        let start = start.ok_or_else(|| damaged("an object is not in its object stream"))?;
        let text = data.get(start..).unwrap_or_default();
        let mut parser = Parser::new(text, &self.limits);
        let value = parser.value().map_err(damaged)?;
        let text = text.get(..parser.at).unwrap_or_default().to_vec();
        Ok(Object { id: Ref { number, generation: 0 }, value, text, base: None, part, stream: None })
    }

    /// A decoded object stream; each is decoded once.
    fn unpack(&self, holder: u32, at: u64) -> Result<Unpacked> {
        if let Some((part, data)) = self.unpacked.borrow().get(&holder) {
            return Ok((part.clone(), Rc::clone(data)));
        }
        let object = self.object_at(at)?;
        if object.id.number != holder {
            return Err(Error::invalid(NAME, at, format!("object {holder} is not where it should be")));
        }
        let part = self.data(&object)?;
        let data = Rc::new(self.decoded(&object)?);
        self.unpacked.borrow_mut().insert(holder, (part.clone(), Rc::clone(&data)));
        Ok((part, data))
    }
}
