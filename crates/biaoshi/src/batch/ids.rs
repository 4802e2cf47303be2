//! Does one ProduceID stand on several contents? Only a run over many files can see that: of the files with one id, each that is
//! another content than the first is told, in the order of the inputs.
//!
//! What stays in memory is 16 bytes an id, for the first million of them; the ids and their files stand in a temporary file. Only equal
//! ids lead to a look at the files, and only as far as [`LOOKED`].

use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use biaoshi_container::Message;
use biaoshi_label::{Code, Field, Finding, Record};
use biaoshi_metadata::finding;
use serde::{Deserialize, Serialize};

use crate::job::same_start;

/// How many ids are remembered: 40 MB.
const REMEMBERED: usize = 1_000_000;
/// Files of one size that agree so far, in bytes, count as one content: a film is not read to its end for a line of information.
const LOOKED: u64 = 16 << 20;

/// A content as its producer numbered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Numbered {
    producer: Option<String>,
    id: String,
    placement: String,
}

impl Numbered {
    /// What the labels of a file number.
    pub(super) fn of(records: &[Record]) -> Vec<Self> {
        let numbered = records.iter().filter(|record| !record.broken).filter_map(|record| {
            let (producer, id) = (record.get(Field::ContentProducer), record.get(Field::ProduceID)?);
            Self::new(producer, id, &record.placement)
        });
        once(numbered)
    }

    /// The same from a line of JSON that a journal kept.
    pub(super) fn in_line(json: &str) -> Vec<Self> {
        #[derive(Deserialize)]
        struct Line {
            labels: Vec<Label>,
        }
        #[derive(Deserialize)]
        struct Label {
            carrier: String,
            fields: Fields,
        }
        #[derive(Deserialize)]
        struct Fields {
            #[serde(rename = "ContentProducer")]
            producer: Option<String>,
            #[serde(rename = "ProduceID")]
            id: Option<String>,
        }
        let labels = serde_json::from_str::<Line>(json).map(|line| line.labels).unwrap_or_default();
        let numbered = labels.iter().filter_map(|label| {
            Self::new(label.fields.producer.as_deref(), label.fields.id.as_deref()?, &label.carrier)
        });
        once(numbered)
    }

    fn new(producer: Option<&str>, id: &str, placement: &str) -> Option<Self> {
        let numbered =
            || Self { producer: producer.map(str::to_owned), id: id.to_owned(), placement: placement.to_owned() };
        (!id.is_empty()).then(numbered)
    }

    fn is_of(&self, other: &Self) -> bool {
        (&self.producer, &self.id) == (&other.producer, &other.id)
    }
}

/// Each id of a file once: a label may stand in several places.
fn once(all: impl Iterator<Item = Numbered>) -> Vec<Numbered> {
    let mut kept: Vec<Numbered> = Vec::new();
    for numbered in all {
        if !kept.iter().any(|other| other.is_of(&numbered)) {
            kept.push(numbered);
        }
    }
    kept
}

/// The file that had an id first.
#[derive(Serialize, Deserialize)]
struct Holder {
    numbered: Numbered,
    #[serde(with = "crate::paths")]
    path: PathBuf,
}

/// Which file had which id first.
#[derive(Default)]
pub(super) struct Ids {
    hasher: RandomState,
    /// Where the file stands that had an id first, by the hash of the id.
    holders: HashMap<u64, u64>,
    /// Made for the first id.
    store: Option<File>,
    end: u64,
}

impl Ids {
    /// Takes the ids of a file; says which of them an earlier file has that is another content.
    pub(super) fn take(&mut self, path: &Path, ids: Vec<Numbered>) -> io::Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for numbered in ids {
            let hash = self.hasher.hash_one((&numbered.producer, &numbered.id));
            match self.holders.get(&hash).copied() {
                None => self.put(hash, Holder { numbered, path: path.to_owned() })?,
                Some(at) => {
                    let first = self.read(at)?;
                    // Two ids may have one hash. A file that is gone cannot be compared.
                    let is_other = || same_start(&first.path, path, LOOKED).is_ok_and(|same| !same);
                    if first.numbered.is_of(&numbered) && first.path != path && is_other() {
                        let shown = Message::term(first.path.to_string_lossy());
                        findings.push(finding(Code::SameId, numbered.placement, shown));
                    }
                }
            }
        }
        Ok(findings)
    }

    fn put(&mut self, hash: u64, holder: Holder) -> io::Result<()> {
        if self.holders.len() >= REMEMBERED {
            return Ok(());
        }
        let file = match &mut self.store {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        let line = serde_json::to_string(&holder)? + "\n";
        file.write_all(line.as_bytes())?;
        self.holders.insert(hash, self.end);
        self.end = self.end.saturating_add(line.len() as u64);
        Ok(())
    }

    fn read(&mut self, at: u64) -> io::Result<Holder> {
        let Some(file) = &mut self.store else { return Err(io::ErrorKind::NotFound.into()) };
        file.seek(SeekFrom::Start(at))?;
        let mut line = String::new();
        BufReader::with_capacity(4096, &*file).read_line(&mut line)?;
        file.seek(SeekFrom::Start(self.end))?;
        Ok(serde_json::from_str(&line)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(producer: &str, id: &str) -> Numbered {
        Numbered::new(Some(producer), id, "png/iTXt/XMP").unwrap()
    }

    #[test]
    fn the_later_file_of_another_content_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let (a, copy, b, c) = (file("a", "one"), file("copy", "one"), file("b", "two"), file("c", "longer"));
        let mut ids = Ids::default();
        let mut told = |path: &Path, all: &[Numbered]| {
            let findings = ids.take(path, all.to_vec()).unwrap();
            findings.iter().map(|f| f.detail.english().to_owned()).collect::<Vec<_>>()
        };
        assert!(told(&a, &[numbered("p", "1"), numbered("p", "2")]).is_empty());
        assert!(told(&a, &[numbered("p", "1")]).is_empty(), "a file is no other than itself");
        assert!(told(&copy, &[numbered("p", "1")]).is_empty(), "a copy is the same content");
        assert!(told(&b, &[numbered("q", "1")]).is_empty(), "another producer counts for itself");
        let first = a.to_string_lossy().into_owned();
        assert_eq!(told(&b, &[numbered("p", "1")]), std::slice::from_ref(&first));
        assert_eq!(told(&c, &[numbered("p", "2"), numbered("p", "1")]), [first.clone(), first]);
        std::fs::remove_file(&a).unwrap();
        assert!(told(&b, &[numbered("p", "2")]).is_empty(), "what is gone cannot be compared");
    }

    #[test]
    fn ids_are_read_from_a_kept_line_as_from_labels() {
        let line = r#"{"labels":[{"carrier":"a","fields":{"ContentProducer":"p","ProduceID":"1"}},
            {"carrier":"b","fields":{"ContentProducer":"p","ProduceID":"1"}},
            {"carrier":"c","fields":{"ContentProducer":null,"ProduceID":""}},
            {"carrier":"d","fields":{"ContentProducer":"p","ProduceID":null}}]}"#;
        let all = Numbered::in_line(line);
        assert_eq!(all.iter().map(|n| (&*n.id, &*n.placement)).collect::<Vec<_>>(), [("1", "a")]);
        assert!(Numbered::in_line("null").is_empty());
    }
}
