//! Incremental updates (ISO 32000-2 7.5.6): new objects, a section of the kind that the file uses, a trailer.

use super::NAME;
use super::file::File;
use super::value::{Ref, Value};
use super::xref::Section;
use crate::{Error, Result};

/// What an update of a file must repeat and point to.
#[derive(Debug, Clone)]
pub struct Update {
    /// Where the newest section starts.
    previous: u64,
    /// The first object number that was never used.
    next: u32,
    /// Whether the newest section is a stream.
    stream: bool,
    /// The trailer's entries that stay, as they are written.
    kept: Vec<Vec<u8>>,
    /// The two file identifiers.
    ids: Option<(Vec<u8>, Vec<u8>)>,
}

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
    /// A file that was repaired, or one whose object numbers are used up.
    pub fn of(file: &File<'_>) -> Result<Self> {
        let Some(trailer) = file.trailer.as_ref().filter(|_| file.scanned.is_none()) else {
            return Err(Error::unsupported(NAME, "writing into a file with a damaged cross-reference table"));
        };
        let sizes = file.sections.iter().map(Section::end);
        let next = sizes.chain(trailer.dict().number("Size")).max().unwrap_or(0);
        // Annex C: readers may stop at 8388607 objects; two more must fit in any case.
        let next = u32::try_from(next).ok().filter(|n| (1..u32::MAX - 2).contains(n));
        let next = next.ok_or_else(|| Error::unsupported(NAME, "more objects than a file may have"))?;
        let kept = trailer.dict().0.iter().filter(|e| !OWN.contains(&e.key.as_slice()));
        let kept = kept.map(|e| trailer.text.get(e.span.clone()).unwrap_or_default().to_vec()).collect();
        let ids = match trailer.dict().get("ID") {
            Some(Value::Array(ids)) => match ids.as_slice() {
                [Value::Text(a), Value::Text(b)] => Some((a.clone(), b.clone())),
                _ => None,
            },
            _ => None,
        };
        let stream = matches!(file.sections.first(), Some(Section::Stream { .. }));
        Ok(Self { previous: file.start, next, stream, kept, ids })
    }

    /// A number for a new object.
    pub fn fresh(&mut self) -> Ref {
        let number = self.next;
        self.next += 1;
        Ref { number, generation: 0 }
    }

    /// The bytes to put behind a file of `length` bytes. `objects` holds names and texts between `obj` and `endobj`.
    ///
    /// # Errors
    /// A file too long for a table.
    pub fn encode(mut self, length: u64, mut objects: Vec<(Ref, Vec<u8>)>, info: Ref) -> Result<Vec<u8>> {
        objects.sort_by_key(|(id, _)| *id);
        let mut out = vec![b'\n'];
        let mut entries = Vec::new();
        for (id, text) in &objects {
            entries.push((*id, length + out.len() as u64));
            out.extend(format!("{} {} obj\n", id.number, id.generation).bytes());
            out.extend(text);
            out.extend(b"\nendobj\n");
        }
        let start = length + out.len() as u64;
        let ids = self.ids.take().map(|(first, second)| (first, changed(&second, length, &out)));
        if self.stream {
            let id = self.fresh();
            entries.push((id, start));
            let rows = rows(&entries);
            let index: String = entries.iter().map(|(id, _)| format!(" {} 1", id.number)).collect();
            out.extend(format!("{} 0 obj\n", id.number).bytes());
            let own = format!("/Type /XRef /W [1 8 2] /Index [{}] /Length {}", index.trim_start(), rows.len());
            out.extend(self.trailer(&own, info, ids));
            out.extend(b"\nstream\n");
            out.extend(rows);
            out.extend(b"\nendstream\nendobj\n");
        } else {
            out.extend(b"xref\n");
            for (id, at) in &entries {
                // Ten digits (7.5.4).
                if *at > 9_999_999_999 {
                    return Err(Error::unsupported(NAME, "writing behind byte 9999999999"));
                }
                out.extend(format!("{} 1\n{at:010} {:05} n \n", id.number, id.generation).bytes());
            }
            out.extend(b"trailer\n");
            out.extend(self.trailer("", info, ids));
            out.push(b'\n');
        }
        out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        Ok(out)
    }

    fn trailer(&self, own: &str, info: Ref, ids: Option<(Vec<u8>, Vec<u8>)>) -> Vec<u8> {
        let mut out = format!("<< {own}{}", if own.is_empty() { "" } else { " " }).into_bytes();
        for entry in &self.kept {
            out.extend(entry);
            out.push(b' ');
        }
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02X}")).collect::<String>();
        if let Some((first, second)) = ids {
            out.extend(format!("/ID [<{}> <{}>] ", hex(&first), hex(&second)).bytes());
        }
        let (size, previous) = (self.next, self.previous);
        out.extend(format!("/Info {} {} R /Size {size} /Prev {previous} >>", info.number, info.generation).bytes());
        out
    }
}

/// Rows of one byte kind, eight bytes offset, two bytes generation.
fn rows(entries: &[(Ref, u64)]) -> Vec<u8> {
    let row = |(id, at): &(Ref, u64)| [&[1][..], &at.to_be_bytes(), &id.generation.to_be_bytes()].concat();
    entries.iter().flat_map(row).collect()
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
