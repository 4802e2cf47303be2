//! A manifest: what a platform's database knows about each file, one row a file.
//!
//! CSV (RFC 4180, the first row names the columns) or JSON Lines (one object a line), told apart by extension. A
//! manifest is read twice: once to check every row before any work starts, once to work. Both times as a stream: what
//! stays in memory is 8 bytes a row while they are checked, for finding paths that stand in it twice, as many for outputs, and 16 for ids.

mod columns;
mod doubles;
mod fault;
mod ids;
mod json;
mod lines;
mod names;
mod row;
mod split;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use biaoshi_container::Positional;

pub use columns::Columns;
pub use fault::{Fault, ManifestError, NamingFault, Outside, ValueFault};
pub use lines::Form;
pub use names::{ALL, Naming};
pub use row::Row;

use columns::Column;
use doubles::Doubles;
use ids::Ids;
pub(super) use lines::Lines;
use names::{Meaning, Names, folded};
pub(super) use split::cells;
use split::separator;

/// The most columns of JSON Lines that come back in reports: keys may differ from line to line.
const MOST_KEPT: usize = 1000;

/// How the bytes of a manifest are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    #[default]
    Utf8,
    /// GB18030, and with it GBK and GB2312, with or without a byte-order mark. No byte of a longer character is a separator, a quote or a line end, so rows and
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

    fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| Fault::Encoding("UTF-8")),
            Self::Gb18030 => {
                let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
                text.ok_or(Fault::Encoding("GB18030"))
            }
        }
    }
}

/// Which table is a manifest, and how it is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Where it is.
    pub path: PathBuf,
    /// What people call it, when that is not its path.
    pub shown: Option<PathBuf>,
    /// How it is written, when its extension does not say so.
    pub form: Option<Form>,
    /// How its bytes are to be read.
    pub encoding: Encoding,
    /// What its columns are called.
    pub naming: Naming,
}

impl Table {
    /// How it is written, and whether its name says that tabs stand between cells.
    fn form(&self) -> Result<(Form, bool), Fault> {
        let tab = self.path.extension().is_some_and(|e| e == "tsv");
        match self.form {
            Some(form) => Ok((form, tab)),
            None if tab => Ok((Form::Csv, true)),
            None => Form::of(&self.path).map(|form| (form, false)).map_err(|_| Fault::Form),
        }
    }
}

/// A manifest that is open.
#[derive(Debug)]
pub struct Manifest {
    /// As people call it.
    shown: PathBuf,
    file: File,
    form: Form,
    tab: bool,
    encoding: Encoding,
    names: Names,
    kept: Vec<String>,
    may_clash: bool,
}

impl Manifest {
    /// Opens a manifest. `columns` are those that the verb knows.
    ///
    /// # Errors
    /// Another extension than those of tables, names of columns that cannot be, or I/O.
    pub fn open(table: Table, columns: Columns) -> Result<Self, ManifestError> {
        let shown = table.shown.as_ref().unwrap_or(&table.path).clone();
        let error = |fault| ManifestError::new(&shown, None, fault);
        let (form, tab) = table.form().map_err(error)?;
        let names = Names::new(&table.naming, columns).map_err(|fault| error(fault.into()))?;
        // Looked at before it is opened (a pipe would wait), and it is read twice.
        let is_file = std::fs::metadata(&table.path).map_err(|e| error(Fault::Io(e)))?.is_file();
        if !is_file {
            return Err(error(Fault::NotAFile));
        }
        let file = File::open(&table.path).map_err(|e| error(Fault::Io(e)))?;
        Ok(Self { shown, file, form, tab, encoding: table.encoding, names, kept: Vec::new(), may_clash: false })
    }

    /// Checks every row, by itself, by `rule`, and against the others: no path may stand in two rows, and no output that a
    /// row names may be that of another, and no id unless they are renditions of one content; `shared`: ids may. `place`: where a
    /// row's output goes. The number of rows.
    ///
    /// # Errors
    /// The first row that is wrong.
    pub fn check(
        &mut self,
        shared: bool,
        rule: impl Fn(&Row) -> Result<(), Fault>,
        place: impl Fn(&Row) -> Option<PathBuf>,
    ) -> Result<u64, ManifestError> {
        let (mut paths, mut outputs) = (Doubles::default(), Doubles::default());
        let mut ids = Ids::default();
        let mut count = 0;
        let mut rows = self.rows()?;
        for row in rows.by_ref() {
            let row = row?;
            rule(&row).map_err(|fault| self.error(Some(row.number), fault))?;
            paths.note(plain(&row.path));
            place(&row).iter().for_each(|output| outputs.note(output));
            if !shared {
                ids.note(&row);
            }
            count += 1;
        }
        // A table without rows lacks nothing: only its first row, or an object, could have the names.
        let complete = if count > 0 { rows.complete() } else { Ok(()) };
        let kept = rows.kept;
        complete.map_err(|fault| self.error(None, fault))?;
        self.kept = kept;
        let (mut paths, mut outputs) = (paths.suspects(), outputs.suspects());
        let mut ids = ids.suspects();
        if paths.is_empty() && outputs.is_empty() && ids.is_empty() {
            return Ok(count);
        }
        let (mut may_clash, mut named) = (false, HashSet::new());
        for row in self.rows()? {
            let row = row?;
            let number = row.number;
            if let Some(first) = paths.earlier(number, plain(&row.path).to_owned()) {
                return Err(self.error(Some(number), Fault::Twice(first, row.path)));
            }
            if let Some(first) = ids.earlier(&row) {
                return Err(self.error(Some(number), Fault::SameId(first, row.id.unwrap_or_default())));
            }
            let Some(output) = place(&row).filter(|output| outputs.suspects(output)) else { continue };
            if row.output.is_some() {
                named.insert(number);
            }
            if let Some(first) = outputs.earlier(number, output.clone()) {
                if named.contains(&number) || named.contains(&first) {
                    return Err(self.error(Some(number), ValueFault::OutputTwice(first, output)));
                }
                may_clash = true;
            }
        }
        self.may_clash = may_clash;
        Ok(count)
    }

    /// Whether two rows have one output that neither of them names: their files have one name. Known once the rows were
    /// checked.
    pub fn may_clash(&self) -> bool {
        self.may_clash
    }

    /// The columns that come back in reports, once the rows were checked.
    pub fn kept(&self) -> &[String] {
        &self.kept
    }

    /// The rows, as a stream from the beginning.
    ///
    /// # Errors
    /// A header that is wrong. Each row may be an error of its own.
    pub fn rows(&self) -> Result<Rows<'_>, ManifestError> {
        let reader = BufReader::with_capacity(1 << 16, Positional::new(&self.file, 0));
        let lines = Lines::new(reader, self.form, self.encoding.mark()).map_err(|fault| self.error(None, fault))?;
        let mut rows = Rows {
            manifest: self,
            lines,
            header: Vec::new(),
            separator: b',',
            there: Vec::new(),
            kept: Vec::new(),
            over: false,
        };
        if self.form == Form::Csv {
            rows.read_header().map_err(|fault| self.error(Some(rows.lines.number()), fault))?;
        }
        Ok(rows)
    }

    pub(super) fn error(&self, row: Option<u64>, fault: impl Into<Fault>) -> ManifestError {
        ManifestError::new(&self.shown, row, fault.into())
    }
}

/// A path without a leading `./`: two ways to write one path are one path.
fn plain(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

/// The rows of a manifest. It ends at the first error.
#[derive(Debug)]
pub struct Rows<'m> {
    manifest: &'m Manifest,
    lines: Lines<BufReader<Positional<'m>>>,
    /// The columns of a CSV, with their names.
    header: Vec<(Meaning, String)>,
    /// What stands between its cells.
    separator: u8,
    /// Those of our columns that the rows so far have.
    there: Vec<Column>,
    /// The names of columns that come back in reports, so far.
    kept: Vec<String>,
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
    fn read_header(&mut self) -> Result<(), Fault> {
        let Some(line) = self.lines.next_row()? else { return Err(Fault::NoHeader) };
        self.separator = separator(&line, self.manifest.tab)?;
        let (names, encoding) = (&self.manifest.names, self.manifest.encoding);
        let all = cells(&line, self.separator)?;
        let all = all.iter().map(|cell| encoding.decode(cell).map(Cow::into_owned)).collect::<Result<Vec<_>, _>>()?;
        names.absent(&all)?;
        for name in all {
            let meaning = names.meaning(&name)?;
            let twice = meaning.column.is_some_and(|column| self.there.contains(&column));
            if twice || (meaning.kept && self.keeps(&name)) {
                return Err(Fault::ColumnTwice(name));
            }
            self.take(meaning, &name)?;
            self.header.push((meaning, name.trim().to_owned()));
        }
        self.complete()?;
        if self.there.contains(&Column::Path) { Ok(()) } else { Err(NamingFault::NoPath.into()) }
    }

    /// Whether a column of this name comes back in reports.
    fn keeps(&self, name: &str) -> bool {
        self.kept.iter().any(|kept| folded(kept) == folded(name))
    }

    /// Notes that a column is there.
    fn take(&mut self, meaning: Meaning, name: &str) -> Result<(), Fault> {
        self.there.extend(meaning.column.filter(|column| !self.there.contains(column)));
        if meaning.kept && !self.keeps(name) {
            self.kept.push(name.trim().to_owned());
        }
        if self.kept.len() > MOST_KEPT { Err(NamingFault::TooManyKept(MOST_KEPT).into()) } else { Ok(()) }
    }

    /// Whether the columns that were named are in the rows so far.
    fn complete(&self) -> Result<(), NamingFault> {
        self.manifest.names.missing(&self.there, &self.kept)
    }

    fn row(&mut self) -> Result<Option<Row>, Fault> {
        let Some(line) = self.lines.next_row()? else { return Ok(None) };
        let encoding = self.manifest.encoding;
        if self.manifest.form == Form::JsonLines {
            return self.object(&encoding.decode(&line)?).map(Some);
        }
        let cells = cells(&line, self.separator)?;
        if cells.len() != self.header.len() {
            return Err(Fault::Cells(cells.len(), self.header.len()));
        }
        let mut row = Row::new(self.lines.number());
        for ((meaning, name), cell) in self.header.iter().zip(cells) {
            // What is passed over need not even be text.
            if meaning.column.is_none() && !meaning.kept {
                continue;
            }
            let text = encoding.decode(&cell)?.into_owned();
            if meaning.kept {
                row.kept.push((name.clone(), Some(text.clone())));
            }
            if let Some(column) = meaning.column {
                row.set(column, text)?;
            }
        }
        row.complete().map(Some)
    }

    /// A line of JSON.
    fn object(&mut self, line: &str) -> Result<Row, Fault> {
        let mut row = Row::new(self.lines.number());
        let mut columns = Vec::new();
        for (name, value) in json::Pairs::read(line)? {
            let meaning = self.manifest.names.meaning(&name)?;
            let kept = |name: &str| row.kept.iter().any(|(kept, _)| folded(kept) == folded(name));
            if meaning.column.is_some_and(|column| columns.contains(&column)) || (meaning.kept && kept(&name)) {
                return Err(Fault::ColumnTwice(name.into_owned()));
            }
            self.take(meaning, &name)?;
            columns.extend(meaning.column);
            if meaning.kept {
                row.kept.push((name.trim().to_owned(), json::text(value)?));
            }
            if let Some(column) = meaning.column
                && let Some(text) = json::cell(column, value)?
            {
                row.set(column, text)?;
            }
        }
        row.complete()
    }
}

#[cfg(test)]
mod tests;
