//! A ProduceID numbers one content: which file has which value of a template, the first in the order of the inputs, whatever the
//! threads do.
//!
//! What stays in memory is 16 bytes a value; the values and their files stand in a temporary file. Only equal values lead to a look at
//! the files. In place the earlier file may be labelled by then: so the inputs are gone through first, and those with a value
//! that others have too are known by their hash, which the journal keeps.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::history::{History, is_same};
use super::journal::{Entry, Past};
use super::manifest::Row;
use super::place::Place;
use super::walk::{Item, Roots};
use crate::job::{Input, LabelOptions, Own, digest, has_place, same_bytes};
use crate::paths::from_text;

/// The values that are given in a run, and were in earlier ones.
pub(super) struct Values {
    hasher: RandomState,
    /// Where the file stands that has a value, by the hash of the value.
    holders: HashMap<u64, u64>,
    files: BufWriter<File>,
    end: u64,
    /// In place: hashes of the values that several inputs have.
    repeated: Option<HashSet<u64>>,
}

/// A file and its value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Holder {
    value: String,
    /// Whether its row names the value: such rows were checked against each other.
    given: bool,
    #[serde(with = "crate::paths")]
    path: PathBuf,
    /// The original that it is a rendition of.
    source: Option<PathBuf>,
    /// SHA-256 of it before it was labelled, in place.
    pub(super) content: Option<String>,
    /// Whether an earlier run gave the value.
    earlier: bool,
}

impl Values {
    /// Takes the values of files that earlier runs finished. `None` where no two files can have one value.
    pub(super) fn new(
        roots: &Roots,
        place: &Place,
        options: &LabelOptions,
        history: &History,
    ) -> io::Result<Option<Self>> {
        let Some(own) = options.wanted.own().filter(|own| own.id.can_repeat()) else { return Ok(None) };
        let (hasher, files) = (RandomState::new(), BufWriter::new(tempfile::tempfile()?));
        let mut values = Self { hasher, holders: HashMap::new(), files, end: 0, repeated: None };
        history.finished(|entry| values.keep(entry, own))?;
        if matches!(place, Place::Inputs) {
            let hash = |item: Item| Some(values.hasher.hash_one(value(&item.input, item.row.as_ref(), options)?));
            let mut all: Vec<u64> = roots.walk().filter_map(hash).collect();
            all.sort_unstable();
            let several = all.iter().zip(all.iter().skip(1)).filter(|(a, b)| a == b).map(|(a, _)| *a).collect();
            values.repeated = Some(several);
        }
        Ok(Some(values))
    }

    /// A file of an earlier run keeps the value that it got.
    fn keep(&mut self, entry: Entry, own: &Own) -> io::Result<()> {
        #[derive(Deserialize)]
        struct Line {
            fields: Option<Fields>,
        }
        #[derive(Deserialize)]
        struct Fields {
            #[serde(rename = "ProduceID")]
            id: Option<String>,
            #[serde(rename = "ContentProducer")]
            producer: Option<String>,
        }
        let line = serde_json::from_str::<Line>(entry.report.get()).ok();
        let Some(Fields { id: Some(id), producer }) = line.and_then(|line| line.fields) else { return Ok(()) };
        let value = of_producer(id, producer.as_deref(), own);
        let (path, content) = (from_text(entry.path), entry.content);
        self.put(&Holder { value, given: false, path, source: None, content, earlier: true })
    }

    /// A file and its value, where another file may have the same.
    pub(super) fn of(&self, input: &Input, row: Option<&Row>, past: &Past, options: &LabelOptions) -> Option<Holder> {
        let value = value(input, row, options)?;
        let hash = self.hasher.hash_one(&value);
        let content = match &self.repeated {
            None => None,
            Some(several) if several.contains(&hash) => content(input, past, options),
            Some(_) if self.holders.contains_key(&hash) => content(input, past, options),
            Some(_) => return None,
        };
        let (given, source) = row.map_or((false, None), |row| (row.id.is_some(), row.source.clone()));
        Some(Holder { value, given, path: input.path.clone(), source, content, earlier: false })
    }

    /// Gives a file its value, or names the file that has it and is another content.
    pub(super) fn take(&mut self, file: &Holder, options: &LabelOptions) -> io::Result<Option<PathBuf>> {
        if let Some(at) = self.holders.get(&self.hasher.hash_one(&file.value)).copied() {
            let first = self.read(at)?;
            let uses = |holder: &Holder| {
                holder.earlier || has_place(&Input::new(holder.path.clone(), 0), &options.limits, options.sidecar)
            };
            if first.value == file.value && uses(&first) {
                return Ok((uses(file) && !first.shares(file)).then_some(first.path));
            }
        }
        self.put(file)?;
        Ok(None)
    }

    fn put(&mut self, file: &Holder) -> io::Result<()> {
        let line = serde_json::to_string(file)?;
        writeln!(self.files, "{line}")?;
        self.holders.insert(self.hasher.hash_one(&file.value), self.end);
        self.end = self.end.saturating_add(line.len() as u64).saturating_add(1);
        Ok(())
    }

    fn read(&mut self, at: u64) -> io::Result<Holder> {
        self.files.flush()?;
        let mut file = self.files.get_ref();
        file.seek(SeekFrom::Start(at))?;
        let mut line = String::new();
        BufReader::with_capacity(4096, file).read_line(&mut line)?;
        file.seek(SeekFrom::End(0))?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Holder {
    /// Whether both are one content, or may have one value all the same.
    fn shares(&self, other: &Self) -> bool {
        let renditions = || {
            let one = |file: &Self| file.source.clone().unwrap_or_else(|| file.path.clone());
            one(self) == one(other)
        };
        let same = || match (&self.content, &other.content) {
            (Some(one), Some(other)) => one == other,
            (None, None) => same_bytes(&self.path, &other.path).unwrap_or(false),
            _ => false,
        };
        self.path == other.path || (self.given && other.given) || renditions() || same()
    }
}

/// The value that a file gets, where it follows from its row, name and number.
fn value(input: &Input, row: Option<&Row>, options: &LabelOptions) -> Option<String> {
    let own = options.wanted.own()?;
    let id = row.and_then(|row| row.id.clone()).or_else(|| own.id.of_name(input))?;
    Some(of_producer(id, row.and_then(|row| row.producer.as_deref()), own))
}

/// An id with the producer whose it is, where that is another one than that of all files.
fn of_producer(id: String, producer: Option<&str>, own: &Own) -> String {
    match producer.filter(|producer| *producer != own.producer) {
        Some(producer) => format!("{id}\0{producer}"),
        None => id,
    }
}

/// SHA-256 of a file before it was labelled.
fn content(input: &Input, past: &Past, options: &LabelOptions) -> Option<String> {
    let before = match past {
        Past::Begun { content, .. } => content.clone(),
        Past::Finished(entry) if is_same(&input.path, entry.output) => entry.content.clone(),
        _ => None,
    };
    before.or_else(|| digest(input, &options.limits).ok())
}
