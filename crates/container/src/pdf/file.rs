//! A PDF file: single objects by number.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::NAME;
use super::crypt::Crypt;
use super::reader::{Object, Place, Reader};
use super::repair::Scan;
use super::value::{Parser, Ref, Value};
use super::xref::Sections;
use crate::{Error, Limits, Result, Said, Source, phrase, said};

/// Most objects that are fetched; a label needs a dozen.
const FETCHES: usize = 500;
/// Most references that are followed from one to the next.
const HOPS: usize = 8;

/// An object stream (7.5.7).
struct Unpacked {
    /// Where its data lies in the file.
    part: Range<u64>,
    data: Vec<u8>,
    /// The objects in it by number: which one it is, and where it starts in the data.
    starts: BTreeMap<u32, (u64, u64)>,
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

/// How the objects of a file are found.
pub(super) enum Index {
    /// By its cross-reference sections.
    Sections(Sections),
    /// By a search, when the sections are of no use.
    Scan(Scan),
}

/// A file whose cross-reference sections were found (or put together anew).
pub struct File<'a> {
    reader: Reader<'a>,
    pub(super) index: Index,
    pub(super) lock: Lock,
    fetches: Cell<usize>,
    most: usize,
    unpacked: RefCell<BTreeMap<u32, Rc<Unpacked>>>,
}

impl<'a> File<'a> {
    fn new(reader: Reader<'a>, index: Index) -> Self {
        let (fetches, unpacked) = (Cell::new(0), RefCell::new(BTreeMap::new()));
        let mut file = Self { reader, index, lock: Lock::None, fetches, most: FETCHES, unpacked };
        file.unlock();
        file
    }

    /// Follows the cross-reference sections from the end of the file. Their offsets count from `origin`.
    ///
    /// # Errors
    /// I/O, sections that are damaged or go round in a circle, an update behind them that is cut off, a limit.
    pub fn open(source: &'a dyn Source, origin: u64, limits: &Limits) -> Result<Self> {
        let reader = Reader::new(source, origin, limits);
        let sections = Sections::walk(&reader)?;
        Ok(Self::new(reader, Index::Sections(sections)))
    }

    /// Puts together what can be found.
    ///
    /// # Errors
    /// I/O, or neither a trailer nor a label anywhere.
    pub fn repair(source: &'a dyn Source, origin: u64, limits: &Limits) -> Result<Self> {
        let reader = Reader::new(source, origin, limits);
        let mut scan = Scan::of(&reader)?;
        let holders = std::mem::take(&mut scan.holders);
        let mut file = Self::new(reader, Index::Scan(scan));
        file.open_holders(&holders);
        Ok(file)
    }

    /// Lets as many objects be looked up as the limit of parts allows: who reads pages needs more than a label does.
    pub fn for_pages(mut self) -> Self {
        self.most = self.most.max(self.reader.limits.parts);
        self
    }

    /// The limits under which it is read.
    pub fn limits(&self) -> &Limits {
        &self.reader.limits
    }

    /// Adds what lies in object streams, newest first; half of what may be inflated is left for the rest.
    fn open_holders(&mut self, holders: &[(u32, u64)]) {
        for (holder, at) in holders.iter().rev() {
            let spent = self.reader.spent.borrow().inflated.bytes();
            let Index::Scan(scan) = &self.index else { return };
            let current = scan.place(*holder) == Some(Place::At(*at));
            let open = current && spent < self.reader.limits.inflated;
            let unpacked = if open { self.unpack(*holder, *at).ok() } else { None };
            let Index::Scan(scan) = &mut self.index else { return };
            scan.partial |= current && unpacked.is_none();
            let starts = unpacked.as_ref().map(|u| &u.starts).into_iter().flatten();
            let objects = starts.map(|(number, (index, _))| (*number, *index));
            if !scan.add((*holder, *at), objects, &self.reader.limits) {
                return;
            }
        }
    }

    /// The newest trailer.
    pub(super) fn trailer(&self) -> Option<&Object> {
        match &self.index {
            Index::Sections(sections) => sections.trailer.as_ref(),
            Index::Scan(scan) => scan.trailer.as_ref(),
        }
    }

    /// Where the header stands: offsets count from there.
    pub(super) fn origin(&self) -> u64 {
        self.reader.origin
    }

    /// Whether all of the file is known: its sections are sound, or a search saw every object, and the catalog and the
    /// root of the page tree, without which viewers show nothing, are among them.
    pub fn is_whole(&self) -> bool {
        let Index::Scan(scan) = &self.index else { return true };
        let catalog = self.named("Root").ok().flatten();
        let pages = catalog.and_then(|catalog| self.entry(&catalog, "Pages").ok().flatten());
        !scan.partial && pages.is_some_and(|pages| pages.dict().get("Kids").is_some())
    }

    /// A dictionary with a label that no trailer names any more.
    ///
    /// # Errors
    /// As [`File::get`].
    pub fn labelled(&self) -> Result<Option<Object>> {
        match &self.index {
            Index::Scan(Scan { labelled: Some(id), .. }) => self.get(*id),
            _ => Ok(None),
        }
    }

    /// Finds out whether the file is encrypted, and how.
    fn unlock(&mut self) {
        let lock = match self.named("Encrypt") {
            Ok(None) => Lock::None,
            Ok(Some(Object { value: Value::Null, .. })) => Lock::None,
            Ok(Some(encrypt)) => {
                let id = match self.trailer().and_then(|t| t.dict().get("ID")) {
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
        self.trailer().map_or(Ok(None), |trailer| self.entry(trailer, key))
    }

    /// Where an object is.
    fn place(&self, number: u32) -> Result<Option<Place>> {
        match &self.index {
            Index::Sections(sections) => sections.place(&self.reader, number),
            Index::Scan(scan) => Ok(scan.place(number)),
        }
    }

    /// An object by its number; `None` for one that is free or was never made.
    ///
    /// # Errors
    /// I/O, another object where this one should be, damage, a limit.
    pub fn get(&self, id: Ref) -> Result<Option<Object>> {
        self.fetches.update(|fetches| fetches + 1);
        if self.fetches.get() > self.most {
            return Err(Error::limit(
                NAME,
                phrase!("the number of objects looked up", "查找的对象数"),
                self.most as u64,
                "--limit-parts",
            ));
        }
        match self.place(id.number)? {
            None => Ok(None),
            Some(Place::At(at)) => {
                let mut object = self.reader.object_at(at)?;
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
        match &self.index {
            Index::Sections(sections) => sections.offsets(&self.reader),
            Index::Scan(scan) => Ok(scan.offsets()),
        }
    }

    /// The bytes of every object that has an offset of its own, by its number: from the offset to behind the value, or behind the
    /// data of a stream.
    ///
    /// # Errors
    /// I/O, damage, a limit.
    pub fn extents(&self) -> Result<Vec<(u32, Range<u64>)>> {
        let offsets = self.offsets()?;
        // A length may be an object of its own: it is looked up here, since so many cost too many lookups.
        let length = |object: &Object| match object.dict().get("Length") {
            Some(Value::Ref(id)) => match offsets.get(&id.number) {
                Some(at) => self.reader.object_at(*at).ok()?.value.number(),
                None => self.length(object),
            },
            length => length?.number(),
        };
        let extent = |at: u64| {
            let object = self.reader.object_at(at)?;
            let end = match object.stream {
                Some(_) => self.reader.data(&object, length(&object))?.end,
                None => object.part.end,
            };
            Ok(at..end)
        };
        offsets.iter().map(|(number, at)| Ok((*number, extent(*at)?))).collect()
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

    /// The bytes of a stream's data, still coded.
    ///
    /// # Errors
    /// I/O, no stream, a stream without an end.
    pub fn data(&self, object: &Object) -> Result<Range<u64>> {
        self.reader.data(object, self.length(object))
    }

    /// The decoded data of a stream.
    ///
    /// # Errors
    /// I/O, a damaged stream, a filter other than FlateDecode, a limit.
    pub fn decoded(&self, object: &Object) -> Result<Vec<u8>> {
        let crypt = match &self.lock {
            Lock::Open(crypt) => Some(crypt),
            _ => None,
        };
        self.reader.decoded(object, self.length(object), crypt)
    }

    /// What the file says of the length of a stream's data.
    fn length(&self, object: &Object) -> Option<u64> {
        object.stream?;
        match object.dict().get("Length")? {
            // Without a trailer the length is not looked up; a search finds the end as well.
            Value::Ref(id) if self.trailer().is_some() => self.get(*id).ok().flatten()?.value.number(),
            value => value.number(),
        }
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
        let mut parser = Parser::new(text, &self.reader.limits);
        let value = parser.value().map_err(damaged)?;
        let text = text.get(..parser.at).unwrap_or_default().into();
        let id = Ref { number, generation: 0 };
        Ok(Object { id, value, text, base: None, part: unpacked.part.clone(), stream: None })
    }

    /// A decoded object stream; each is decoded once.
    fn unpack(&self, holder: u32, at: u64) -> Result<Rc<Unpacked>> {
        if let Some(unpacked) = self.unpacked.borrow().get(&holder) {
            return Ok(Rc::clone(unpacked));
        }
        let object = self.reader.object_at(at)?;
        if object.id.number != holder {
            return Err(Error::invalid(
                NAME,
                at,
                said!("object {} is not where it should be", "对象 {} 不在应在的位置", holder),
            ));
        }
        let (part, data) = (self.data(&object)?, self.decoded(&object)?);
        let (count, first) = object.dict().number("N").zip(object.dict().number("First")).unwrap_or_default();
        let (mut parser, mut starts) = (Parser::new(&data, &self.reader.limits), BTreeMap::new());
        for index in 0..count.min(self.reader.limits.parts as u64) {
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
