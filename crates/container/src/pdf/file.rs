//! A PDF file: single objects by number.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use super::NAME;
use super::crypt::Crypt;
use super::repair::Scan;
use super::value::{Dict, Parser, Ref, Step, Value};
use super::xref::{self, Place, Section};
use crate::{Error, Limits, Result, Said, Source, SourceExt, inflate, phrase, said};

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

/// What reading has cost so far.
pub(super) struct Spent {
    pub(super) parsed: u64,
    pub(super) inflated: inflate::Spent,
    fetches: usize,
}

/// An object stream (7.5.7).
pub(super) struct Unpacked {
    /// Where its data lies in the file.
    part: Range<u64>,
    data: Vec<u8>,
    /// The objects in it by number: which one it is, and where it starts in the data.
    pub(super) starts: BTreeMap<u32, (u64, u64)>,
}

/// Whether the strings and streams of a file can be read.
pub(super) enum Lock {
    /// It is not encrypted.
    None,
    /// The empty user password opens it.
    Open(Crypt),
    /// It stays closed; why.
    Closed(&'static Said),
}

/// A file whose cross-reference sections were found (or put together anew).
pub struct File<'a> {
    pub(super) source: &'a dyn Source,
    /// Where the header stands: offsets count from there, as viewers have it.
    pub(super) origin: u64,
    pub(super) limits: Limits,
    pub(super) sections: Vec<Section>,
    /// The newest trailer.
    pub(super) trailer: Option<Object>,
    /// Where the sections start, newest first.
    pub(super) starts: Vec<u64>,
    /// What was found by scanning, when the sections are of no use.
    pub(super) scan: Option<Scan>,
    pub(super) lock: Lock,
    pub(super) spent: RefCell<Spent>,
    pub(super) unpacked: RefCell<BTreeMap<u32, Rc<Unpacked>>>,
}

impl<'a> File<'a> {
    pub(super) fn new(source: &'a dyn Source, origin: u64, limits: &Limits) -> Self {
        Self {
            source,
            origin,
            limits: *limits,
            sections: Vec::new(),
            trailer: None,
            starts: Vec::new(),
            scan: None,
            lock: Lock::None,
            spent: RefCell::new(Spent { parsed: 0, inflated: inflate::Spent::default(), fetches: 0 }),
            unpacked: RefCell::new(BTreeMap::new()),
        }
    }

    /// Follows the cross-reference sections from the end of the file. Their offsets count from `origin`.
    ///
    /// # Errors
    /// I/O, sections that are damaged or go round in a circle, an update behind them that is cut off, a limit.
    pub fn open(source: &'a dyn Source, origin: u64, limits: &Limits) -> Result<Self> {
        let mut file = Self::new(source, origin, limits);
        xref::walk(&mut file)?;
        file.unlock();
        Ok(file)
    }

    /// Finds out whether the file is encrypted, and how.
    pub(super) fn unlock(&mut self) {
        let lock = match self.named("Encrypt") {
            Ok(None) => Lock::None,
            Ok(Some(Object { value: Value::Null, .. })) => Lock::None,
            Ok(Some(encrypt)) => {
                let id = match self.trailer.as_ref().and_then(|t| t.dict().get("ID")) {
                    Some(Value::Array(ids)) => match ids.first() {
                        Some(Value::Text(id)) => id.as_slice(),
                        _ => &[],
                    },
                    _ => &[],
                };
                match Crypt::open(encrypt.dict(), id) {
                    Ok(crypt) => Lock::Open(crypt),
                    Err(why) => Lock::Closed(why),
                }
            }
            Err(_) => Lock::Closed(phrase!("damaged encryption", "加密信息有误")),
        };
        self.lock = lock;
    }

    /// Why the strings of the file cannot be read, where they cannot.
    pub fn closed(&self) -> Option<&'static Said> {
        match self.lock {
            Lock::Closed(why) => Some(why),
            _ => None,
        }
    }

    /// Whether strings in the object are encrypted in the file (those in object streams are not, but the streams are).
    pub fn is_sealed(&self, object: &Object) -> bool {
        matches!(self.lock, Lock::Open(_)) && object.base.is_some()
    }

    /// Whether the file is encrypted.
    pub fn is_encrypted(&self) -> bool {
        !matches!(self.lock, Lock::None)
    }

    /// What a key of the newest trailer holds, references followed.
    ///
    /// # Errors
    /// As [`File::get`].
    pub fn named(&self, key: &str) -> Result<Option<Object>> {
        self.trailer.as_ref().map_or(Ok(None), |trailer| self.entry(trailer, key))
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

    /// Where an object is.
    fn place(&self, number: u32) -> Result<Option<Place>> {
        match &self.scan {
            Some(scan) => Ok(scan.place(number)),
            None => xref::find(self, number),
        }
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
                return Err(Error::limit(
                    NAME,
                    phrase!("the number of objects looked up", "查找的对象数"),
                    FETCHES as u64,
                    "--limit-parts",
                ));
            }
        }
        match self.place(id.number)? {
            None => Ok(None),
            Some(Place::At(at)) => {
                let mut object = self.object_at(at)?;
                if object.id.number != id.number {
                    return Err(Error::invalid(
                        NAME,
                        at,
                        said!("object {} is not where it should be", "对象 {} 不在应在的位置", id.number),
                    ));
                }
                if let Lock::Open(crypt) = &self.lock {
                    let id = object.id;
                    object.value.each_text(&|text| *text = crypt.string(id, text));
                }
                Ok(Some(object))
            }
            Some(Place::In { holder, .. }) => self.inside(holder, id.number).map(Some),
        }
    }

    /// Where every object that has an offset of its own starts, by its number; those of cross-reference sections are left out.
    ///
    /// # Errors
    /// I/O, a limit.
    pub fn offsets(&self) -> Result<BTreeMap<u32, u64>> {
        let mut all = match &self.scan {
            Some(scan) => scan.offsets(),
            None => xref::all(self)?,
        };
        let sections: BTreeSet<u64> = self.starts.iter().copied().collect();
        all.retain(|_, at| !sections.contains(&*at));
        Ok(all)
    }

    /// A value of an object, or the object that it refers to.
    ///
    /// # Errors
    /// As [`File::get`].
    pub fn follow(&self, holder: &Object, value: &Value) -> Result<Option<Object>> {
        let Value::Ref(mut id) = *value else {
            let (id, text) = (Ref { number: 0, generation: 0 }, Rc::clone(&holder.text));
            let (base, part) = (holder.base, holder.part.clone());
            return Ok(Some(Object { id, value: value.clone(), text, base, part, stream: None }));
        };
        for _ in 0..HOPS {
            match self.get(id)? {
                Some(Object { value: Value::Ref(next), .. }) => id = next,
                object => return Ok(object),
            }
        }
        Err(Error::invalid(NAME, 0, phrase!("references that lead from one to the next", "引用层层相连")))
    }

    /// What a key of a dictionary holds, references followed.
    ///
    /// # Errors
    /// As [`File::get`].
    pub fn entry(&self, holder: &Object, key: &str) -> Result<Option<Object>> {
        holder.dict().get(key).map_or(Ok(None), |value| self.follow(holder, value))
    }

    /// An object out of an object stream (7.5.7).
    fn inside(&self, holder: u32, number: u32) -> Result<Object> {
        let Some(Place::At(at)) = self.place(holder)? else {
            return Err(Error::invalid(NAME, 0, said!("object stream {} is missing", "缺少对象流 {}", holder)));
        };
        let unpacked = self.unpack(holder, at)?;
        let damaged = |what| Error::invalid(NAME, at, what);
        let start = unpacked.starts.get(&number).and_then(|(_, start)| usize::try_from(*start).ok());
        let start =
            start.ok_or_else(|| damaged(phrase!("an object is not in its object stream", "对象不在其对象流中")))?;
        let text = unpacked.data.get(start..).unwrap_or_default();
        let mut parser = Parser::new(text, &self.limits);
        let value = parser.value().map_err(damaged)?;
        let text = text.get(..parser.at).unwrap_or_default().into();
        let id = Ref { number, generation: 0 };
        Ok(Object { id, value, text, base: None, part: unpacked.part.clone(), stream: None })
    }

    /// A decoded object stream; each is decoded once.
    pub(super) fn unpack(&self, holder: u32, at: u64) -> Result<Rc<Unpacked>> {
        if let Some(unpacked) = self.unpacked.borrow().get(&holder) {
            return Ok(Rc::clone(unpacked));
        }
        let object = self.object_at(at)?;
        if object.id.number != holder {
            return Err(Error::invalid(
                NAME,
                at,
                said!("object {} is not where it should be", "对象 {} 不在应在的位置", holder),
            ));
        }
        let (part, data) = (self.data(&object)?, self.decoded(&object)?);
        let (count, first) = object.dict().number("N").zip(object.dict().number("First")).unwrap_or_default();
        let (mut parser, mut starts) = (Parser::new(&data, &self.limits), BTreeMap::new());
        for index in 0..count.min(self.limits.parts as u64) {
            // What stands before damage is still found.
            let (Ok(number), Ok(offset)) = (parser.number(), parser.number()) else { break };
            if let Some((number, start)) = u32::try_from(number).ok().zip(first.checked_add(offset)) {
                starts.entry(number).or_insert((index, start));
            }
        }
        let unpacked = Rc::new(Unpacked { part, data, starts });
        self.unpacked.borrow_mut().insert(holder, Rc::clone(&unpacked));
        Ok(unpacked)
    }
}
