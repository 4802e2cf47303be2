//! A manifest: what a platform's database knows about each file, one row a file.
//!
//! CSV (RFC 4180, the first row names the columns) or JSON Lines (one object a line), told apart by extension. A
//! manifest is read twice: once to check every row before any work starts, once to work. Both times as a stream: what
//! stays in memory is some bytes a row, for finding paths and ids that stand in it twice.

mod fault;
mod ids;
mod lines;
mod row;
mod split;

use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

pub use fault::{Fault, ManifestError, Outside};
pub use row::{Columns, Row};

use ids::Ids;
pub(super) use lines::{Form, Lines};
use row::Column;
pub(super) use split::cells;

/// How the bytes of a manifest are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    #[default]
    Utf8,
    /// GB18030, and with it GBK and GB2312, with or without a byte-order mark. No byte of a longer character is a comma, a quote or a line end, so rows and
    /// cells are cut before they are decoded.
    Gb18030,
}

impl Encoding {
    /// The byte-order mark.
    pub(super) fn mark(self) -> &'static [u8] {
        match self {
            Self::Utf8 => b"\xef\xbb\xbf",
            Self::Gb18030 => b"\x84\x31\x95\x33",
        }
    }

    fn decode(self, bytes: Vec<u8>) -> Result<String, Fault> {
        match self {
            Self::Utf8 => String::from_utf8(bytes).map_err(|_| Fault::Encoding("UTF-8")),
            Self::Gb18030 => {
                let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(&bytes);
                text.map(Into::into).ok_or(Fault::Encoding("GB18030"))
            }
        }
    }
}

/// A manifest that is open.
#[derive(Debug)]
pub struct Manifest {
    path: PathBuf,
    file: File,
    form: Form,
    encoding: Encoding,
    columns: Columns,
}

impl Manifest {
    /// Opens a manifest. `columns` are those that the verb knows.
    ///
    /// # Errors
    /// Another extension than `.csv` and `.jsonl`, or I/O.
    pub fn open(path: &Path, columns: Columns, encoding: Encoding) -> Result<Self, ManifestError> {
        let error = |fault| ManifestError::new(path, None, fault);
        let form = Form::of(path).map_err(error)?;
        // Looked at before it is opened (a pipe would wait), and it is read twice.
        let is_file = std::fs::metadata(path).map_err(|e| error(Fault::Io(e)))?.is_file();
        if !is_file {
            return Err(error(Fault::NotAFile));
        }
        let file = File::open(path).map_err(|e| error(Fault::Io(e)))?;
        Ok(Self { path: path.to_owned(), file, form, encoding, columns })
    }

    /// Checks every row, by itself, by `rule`, and against the others: no path may stand in two rows, and no id unless they are
    /// renditions of one content; `shared`: ids may. The number of rows.
    ///
    /// # Errors
    /// The first row that is wrong.
    pub fn check(&self, shared: bool, rule: impl Fn(&Row) -> Result<(), Fault>) -> Result<u64, ManifestError> {
        let hasher = RandomState::new();
        let (mut hashes, mut ids) = (Vec::new(), Ids::default());
        for row in self.rows()? {
            let row = row?;
            rule(&row).map_err(|fault| self.error(Some(row.number), fault))?;
            hashes.push(hasher.hash_one(plain(&row.path)));
            if !shared {
                ids.note(&row);
            }
        }
        let count = hashes.len() as u64;
        hashes.sort_unstable();
        let mut suspects: HashMap<u64, Vec<(u64, PathBuf)>> =
            hashes.iter().zip(hashes.iter().skip(1)).filter(|(a, b)| a == b).map(|(a, _)| (*a, Vec::new())).collect();
        drop(hashes);
        let mut numbered = ids.suspects();
        if suspects.is_empty() && numbered.is_empty() {
            return Ok(count);
        }
        // Equal hashes only raise a suspicion; the rows themselves decide.
        for row in self.rows()? {
            let row = row?;
            if let Some(first) = numbered.earlier(&row) {
                return Err(self.error(Some(row.number), Fault::SameId(first, row.id.unwrap_or_default())));
            }
            let Some(others) = suspects.get_mut(&hasher.hash_one(plain(&row.path))) else { continue };
            if let Some((first, _)) = others.iter().find(|(_, path)| plain(path) == plain(&row.path)) {
                return Err(self.error(Some(row.number), Fault::Twice(*first, row.path)));
            }
            others.push((row.number, row.path));
        }
        Ok(count)
    }

    /// The rows, as a stream from the beginning.
    ///
    /// # Errors
    /// A header that is wrong. Each row may be an error of its own.
    pub fn rows(&self) -> Result<Rows<'_>, ManifestError> {
        let reader = BufReader::with_capacity(1 << 16, Positional { file: &self.file, at: 0 });
        let lines = Lines::new(reader, self.form, self.encoding.mark()).map_err(|fault| self.error(None, fault))?;
        let mut rows = Rows { manifest: self, lines, header: Vec::new(), over: false };
        if self.form == Form::Csv {
            rows.header = rows.header().map_err(|fault| self.error(Some(rows.lines.number()), fault))?;
        }
        Ok(rows)
    }

    pub(super) fn error(&self, row: Option<u64>, fault: Fault) -> ManifestError {
        ManifestError::new(&self.path, row, fault)
    }
}

/// A path without a leading `./`: two ways to write one path are one path.
fn plain(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

/// A file read from a position of its own, so that two readers do not disturb each other.
#[derive(Debug)]
struct Positional<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Positional<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buf, self.at)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

/// The rows of a manifest. It ends at the first error.
#[derive(Debug)]
pub struct Rows<'m> {
    manifest: &'m Manifest,
    lines: Lines<BufReader<Positional<'m>>>,
    /// The columns of a CSV.
    header: Vec<Column>,
    over: bool,
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, ManifestError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let row = self.row().transpose()?;
        self.over = row.is_err();
        Some(row.map_err(|fault| self.manifest.error(Some(self.lines.number()), fault)))
    }
}

impl Rows<'_> {
    fn header(&mut self) -> Result<Vec<Column>, Fault> {
        let Some(line) = self.lines.next_row()? else { return Err(Fault::NoHeader) };
        let mut columns = Vec::new();
        for cell in cells(&line)? {
            let name = self.manifest.encoding.decode(cell)?;
            let Some(column) = self.manifest.columns.find(name.trim()) else {
                return Err(Fault::Column(name, self.manifest.columns.names()));
            };
            if columns.contains(&column) {
                return Err(Fault::ColumnTwice(name));
            }
            columns.push(column);
        }
        if columns.contains(&Column::Path) { Ok(columns) } else { Err(Fault::NoColumn("path")) }
    }

    fn row(&mut self) -> Result<Option<Row>, Fault> {
        let Some(line) = self.lines.next_row()? else { return Ok(None) };
        let encoding = self.manifest.encoding;
        if self.manifest.form == Form::JsonLines {
            return Row::from_json(self.lines.number(), &encoding.decode(line)?, self.manifest.columns).map(Some);
        }
        let cells = cells(&line)?;
        if cells.len() != self.header.len() {
            return Err(Fault::Cells(cells.len(), self.header.len()));
        }
        let mut row = Row::new(self.lines.number());
        for (column, cell) in self.header.iter().zip(cells) {
            row.set(*column, encoding.decode(cell)?)?;
        }
        row.complete().map(Some)
    }
}

#[cfg(test)]
mod tests;
