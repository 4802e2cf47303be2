//! Incremental updates (ISO 32000-2 7.5.6): new objects, a section of the kind that the file uses, a trailer.

use std::collections::BTreeMap;

use super::NAME;
use super::crypt::Crypt;
use super::file::{File, Index, Lock};
use super::reader::Place;
use super::text::literal;
use super::value::{Ref, Value};
use crate::{Error, Message, Result, Said, phrase, said};

/// What an update of a file must repeat and point to.
#[derive(Clone)]
pub struct Update {
    /// Where offsets count from.
    origin: u64,
    /// Where the newest section starts; `None` for a file whose sections are of no use: then the update has one of all objects.
    previous: Option<u64>,
    /// The entries of the new section.
    entries: BTreeMap<u32, Entry>,
    /// The first object number that was never used.
    next: u32,
    /// Whether the newest section is a stream.
    stream: bool,
    /// The trailer's entries that stay, as they are written.
    kept: Vec<Vec<u8>>,
    /// The trailer's information dictionary, as it is written.
    info: Option<Vec<u8>>,
    /// The two file identifiers.
    ids: Option<(Vec<u8>, Vec<u8>)>,
    /// The key, where the file is encrypted.
    crypt: Option<Crypt>,
}

/// Where an object is, and its generation.
#[derive(Debug, Clone, Copy)]
struct Entry {
    place: Place,
    generation: u16,
}

const LOST: &Said = phrase!("writing into a document of which parts are lost", "写入部分内容已丢失的文档");

/// Entries of a trailer that each section has for itself.
const OWN: [&[u8]; 12] = [
    b"Size",
    b"Prev",
    b"XRefStm",
    b"Info",
    b"ID",
    b"Type",
    b"W",
    b"Index",
    b"Length",
    b"Filter",
    b"DecodeParms",
    b"DL",
];

impl Update {
    /// Learns what an update needs.
    ///
    /// # Errors
    /// Why there can be none: a file that was repaired from a part of its objects, one that stays closed, one whose object
    /// numbers are used up.
    pub fn of(file: &File<'_>) -> std::result::Result<Self, Message> {
        let trailer = file.trailer().filter(|_| file.is_whole()).ok_or(LOST)?;
        let crypt = match &file.lock {
            Lock::None => None,
            Lock::Open(crypt) => Some(crypt.clone()),
            Lock::Closed(why) => return Err(said!("writing into a document with {}", "写入加密的文档({})", *why)),
        };
        let mut entries = BTreeMap::new();
        let (end, stream, previous) = match &file.index {
            Index::Sections(sections) => (sections.end(), sections.is_stream(), sections.start()),
            Index::Scan(scan) => {
                entries
                    .extend(scan.objects.iter().map(|(n, e)| (*n, Entry { place: e.place, generation: e.generation })));
                // Only a stream can tell what lies in object streams.
                let packed = entries.values().any(|e| matches!(e.place, Place::In { .. }));
                (entries.last_key_value().map_or(0, |(number, _)| u64::from(*number) + 1), packed, None)
            }
        };
        let next = end.max(trailer.dict().number("Size").unwrap_or(0));
        // Annex C: readers may stop at 8388607 objects; two more must fit in any case.
        let next = u32::try_from(next).ok().filter(|n| (1..u32::MAX - 2).contains(n));
        let next = next.ok_or(phrase!("more objects than a file may have", "对象数超出文件允许的范围"))?;
        let kept = trailer.dict().0.iter().filter(|e| !OWN.contains(&e.key.as_slice()));
        let kept = kept.map(|e| trailer.text.get(e.span.clone()).unwrap_or_default().to_vec()).collect();
        let info = trailer.dict().0.iter().rev().find(|e| e.key == b"Info");
        let info = info.map(|e| trailer.text.get(e.span.clone()).unwrap_or_default().to_vec());
        let ids = match trailer.dict().get("ID") {
            Some(Value::Array(ids)) => match ids.as_slice() {
                [Value::Text(a), Value::Text(b)] => Some((a.clone(), b.clone())),
                _ => None,
            },
            _ => None,
        };
        let origin = file.origin();
        let previous = previous.map(|start| start.saturating_sub(origin));
        Ok(Self { origin, previous, entries, next, stream, kept, info, ids, crypt })
    }

    /// A number for a new object.
    pub fn fresh(&mut self) -> Ref {
        let number = self.next;
        self.next += 1;
        Ref { number, generation: 0 }
    }

    /// A string of the object `id` as it stands in the file.
    pub fn string(&self, id: Ref, bytes: &[u8]) -> Vec<u8> {
        match &self.crypt {
            Some(crypt) => literal(&crypt.seal_string(id, bytes)),
            None => literal(bytes),
        }
    }

    /// The data of the metadata stream `id` as they stand in the file.
    pub fn metadata(&self, id: Ref, bytes: Vec<u8>) -> Vec<u8> {
        match &self.crypt {
            Some(crypt) => crypt.seal_metadata(id, bytes),
            None => bytes,
        }
    }

    /// The bytes to put behind a file of `length` bytes. `objects` holds names and texts between `obj` and `endobj`. `info` is the
    /// information dictionary, where it becomes another one.
    ///
    /// # Errors
    /// A file too long for a table.
    pub fn encode(mut self, length: u64, mut objects: Vec<(Ref, Vec<u8>)>, info: Option<Ref>) -> Result<Vec<u8>> {
        objects.sort_by_key(|(id, _)| *id);
        let mut out = vec![b'\n'];
        for (id, text) in &objects {
            let place = Place::At(length + out.len() as u64);
            self.entries.insert(id.number, Entry { place, generation: id.generation });
            out.extend(format!("{} {} obj\n", id.number, id.generation).bytes());
            out.extend(text);
            out.extend(b"\nendobj\n");
        }
        let start = length + out.len() as u64;
        let ids = self.ids.take().map(|(first, second)| (first, changed(&second, length, &out)));
        if self.stream {
            let id = self.fresh();
            self.entries.insert(id.number, Entry { place: Place::At(start), generation: 0 });
            let rows: Vec<u8> = self.entries.values().flat_map(|e| self.row(e)).collect();
            let runs: Vec<String> = self.runs().iter().map(|(first, run)| format!("{first} {}", run.len())).collect();
            out.extend(format!("{} 0 obj\n", id.number).bytes());
            let own = format!("/Type /XRef /W [1 8 2] /Index [{}] /Length {}", runs.join(" "), rows.len());
            out.extend(self.trailer(&own, info, ids));
            out.extend(b"\nstream\n");
            out.extend(rows);
            out.extend(b"\nendstream\nendobj\n");
        } else {
            out.extend(self.table()?);
            out.extend(b"trailer\n");
            out.extend(self.trailer("", info, ids));
            out.push(b'\n');
        }
        out.extend(format!("startxref\n{}\n%%EOF\n", start.saturating_sub(self.origin)).bytes());
        Ok(out)
    }

    /// The entries by runs of neighbouring numbers, each with its first number.
    fn runs(&self) -> Vec<(u32, Vec<Entry>)> {
        let mut runs: Vec<(u32, Vec<Entry>)> = Vec::new();
        for (number, entry) in &self.entries {
            match runs.last_mut() {
                Some((first, run)) if u64::from(*first) + run.len() as u64 == u64::from(*number) => run.push(*entry),
                _ => runs.push((*number, vec![*entry])),
            }
        }
        runs
    }

    /// One byte kind, eight bytes offset or holder, two bytes generation or index (7.5.8.3).
    fn row(&self, entry: &Entry) -> Vec<u8> {
        let (kind, second, third) = match entry.place {
            Place::At(at) => (1, at.saturating_sub(self.origin), entry.generation),
            // Readers take the number from the object stream; an index beyond two bytes is none of ours to keep.
            Place::In { holder, index } => (2, u64::from(holder), u16::try_from(index).unwrap_or(u16::MAX)),
        };
        [&[kind][..], &second.to_be_bytes(), &third.to_be_bytes()].concat()
    }

    fn table(&self) -> Result<Vec<u8>> {
        let mut out = b"xref\n".to_vec();
        if self.previous.is_none() {
            // The head of the list of free objects.
            out.extend(b"0 1\n0000000000 65535 f \n");
        }
        for (first, run) in self.runs() {
            out.extend(format!("{first} {}\n", run.len()).bytes());
            for entry in run {
                let Place::At(at) = entry.place else { continue };
                let at = at.saturating_sub(self.origin);
                // Ten digits (7.5.4).
                if at > 9_999_999_999 {
                    return Err(Error::unsupported(
                        NAME,
                        phrase!("writing behind byte 9999999999", "在字节 9999999999 之后写入"),
                    ));
                }
                out.extend(format!("{at:010} {:05} n \n", entry.generation).bytes());
            }
        }
        Ok(out)
    }

    fn trailer(&self, own: &str, info: Option<Ref>, ids: Option<(Vec<u8>, Vec<u8>)>) -> Vec<u8> {
        let mut out = format!("<< {own}{}", if own.is_empty() { "" } else { " " }).into_bytes();
        for entry in &self.kept {
            out.extend(entry);
            out.push(b' ');
        }
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02X}")).collect::<String>();
        if let Some((first, second)) = ids {
            out.extend(format!("/ID [<{}> <{}>] ", hex(&first), hex(&second)).bytes());
        }
        let info = info.map(|info| format!("/Info {} {} R", info.number, info.generation).into_bytes());
        if let Some(info) = info.or_else(|| self.info.clone()) {
            out.extend(info);
            out.push(b' ');
        }
        out.extend(format!("/Size {}", self.next).bytes());
        if let Some(previous) = self.previous {
            out.extend(format!(" /Prev {previous}").bytes());
        }
        out.extend(b" >>");
        out
    }
}

/// The second file identifier changes with the contents (14.4); an FNV-1a hash, so that the same input gives the
/// same output.
fn changed(old: &[u8], length: u64, new: &[u8]) -> Vec<u8> {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in old.iter().chain(&length.to_be_bytes()).chain(new) {
        hash = (hash ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
    }
    hash.to_be_bytes().to_vec()
}
