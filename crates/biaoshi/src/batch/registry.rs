//! A registry: which provider has which code. A table as a manifest is one, of provider codes and names, so that the tag
//! in a watermark leads to the provider behind it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;

use super::manifest::{Encoding, Fault, Form, Lines, ManifestError, cells};
use crate::provenance::{Provider, Registry};

/// Largest registry in bytes: all of it stays in memory.
const LARGEST: u64 = 64 << 20;
const COLUMNS: [&str; 2] = ["code", "name"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    code: String,
    name: Option<String>,
}

/// Reads a registry: CSV with the columns `code` and `name`, or JSON Lines with these keys; UTF-8, told apart by
/// extension. A name may be left out, a code stands once.
///
/// # Errors
/// I/O, over 64 MiB, or the first row that is wrong.
pub fn registry(path: &Path) -> Result<Registry, ManifestError> {
    let error = |fault| ManifestError::new(path, None, fault);
    let form = Form::of(path).map_err(error)?;
    // Looked at before it is opened: opening a pipe waits for a writer.
    let metadata = std::fs::metadata(path).map_err(|e| error(Fault::Io(e)))?;
    if !metadata.is_file() {
        return Err(error(Fault::NotAFile));
    }
    if metadata.len() > LARGEST {
        return Err(error(Fault::TooLarge(LARGEST)));
    }
    let file = File::open(path).map_err(|e| error(Fault::Io(e)))?;
    let lines = Lines::new(BufReader::new(file.take(LARGEST)), form, Encoding::Utf8.mark()).map_err(error)?;
    let mut rows = Rows { lines, form };
    let read = rows.read();
    read.map_err(|fault| ManifestError::new(path, Some(rows.lines.number()), fault))
}

struct Rows<R> {
    lines: Lines<R>,
    form: Form,
}

impl<R: BufRead> Rows<R> {
    fn read(&mut self) -> Result<Registry, Fault> {
        let header = if self.form == Form::Csv { self.header()? } else { Vec::new() };
        let (mut registry, mut seen) = (Registry::default(), HashMap::new());
        while let Some(row) = self.lines.next_row()? {
            let provider = match self.form {
                Form::Csv => from_cells(&header, &row)?,
                Form::JsonLines => from_json(row)?,
            };
            if provider.code.is_empty() {
                return Err(Fault::NoCode);
            }
            if let Some(first) = seen.insert(provider.code.clone(), self.lines.number()) {
                return Err(Fault::CodeTwice(first, provider.code));
            }
            registry.add(provider);
        }
        Ok(registry)
    }

    /// For each cell, which of the columns it is.
    fn header(&mut self) -> Result<Vec<usize>, Fault> {
        let Some(row) = self.lines.next_row()? else { return Err(Fault::NoHeader) };
        let mut header = Vec::new();
        for cell in cells(&row, b',')? {
            let name = text(cell.into_owned())?;
            let Some(column) = COLUMNS.iter().position(|c| *c == name.trim()) else {
                return Err(Fault::Column(name, COLUMNS.join(", ")));
            };
            if header.contains(&column) {
                return Err(Fault::ColumnTwice(name));
            }
            header.push(column);
        }
        if header.contains(&0) { Ok(header) } else { Err(Fault::NoColumn("code")) }
    }
}

fn from_cells(header: &[usize], row: &[u8]) -> Result<Provider, Fault> {
    let cells = cells(row, b',')?;
    if cells.len() != header.len() {
        return Err(Fault::Cells(cells.len(), header.len()));
    }
    let mut provider = Provider { code: String::new(), name: String::new() };
    for (column, cell) in header.iter().zip(cells) {
        let value = if *column == 0 { &mut provider.code } else { &mut provider.name };
        *value = text(cell.into_owned())?;
    }
    Ok(provider)
}

fn from_json(row: Vec<u8>) -> Result<Provider, Fault> {
    let Json { code, name } = serde_json::from_str(&text(row)?).map_err(Fault::Json)?;
    Ok(Provider { code, name: name.unwrap_or_default() })
}

fn text(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|_| Fault::Utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provenance::ProviderTag;

    fn read(name: &str, text: &[u8]) -> Result<Registry, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        registry(&path).map_err(|e| e.to_string().rsplit_once(name).unwrap().1.to_owned())
    }

    #[test]
    fn both_forms_say_the_same() {
        let csv = read("r.csv", "\u{feff}name,code\r\n\"北京, 一\",a\r\n\r\n,b\r\n".as_bytes()).unwrap();
        let json = "{\"code\":\"a\",\"name\":\"北京, 一\"}\n{\"code\":\"b\"}\n";
        assert_eq!(csv, read("r.jsonl", json.as_bytes()).unwrap());
        let found = csv.find(ProviderTag::new("a"));
        assert_eq!(found, [Provider { code: "a".into(), name: "北京, 一".into() }]);
    }

    #[test]
    fn what_is_wrong_has_its_row() {
        let cases: [(&str, &[u8], &str); 10] = [
            ("r.txt", b"", ": the extension must be .csv or .jsonl"),
            ("r.csv", b"", ": row 1: there is no first row that names the columns"),
            ("r.csv", b"name\nx\n", ": row 1: there is no column code"),
            ("r.csv", b"code,tag\n", ": row 1: unknown column \"tag\"; there are code, name"),
            ("r.csv", b"code,code\n", ": row 1: the column \"code\" stands twice"),
            (
                "r.csv",
                b"code,name\na,b\n\na\n",
                ": row 4: cells: 1, where the first row has 2; a cell that holds the separator stands in quotes",
            ),
            ("r.csv", b"code,name\na,b\n,c\n", ": row 3: no provider code"),
            ("r.csv", b"code\na\nb\na\n", ": row 4: the code \"a\" stands in row 2 already"),
            ("r.csv", b"code\n\xff\n", ": row 2: the text is not UTF-8; save it as UTF-8"),
            (
                "r.csv",
                b"code\n\"a\n",
                ": row 2: a quote is not closed; put another at the end of the cell, and double those inside",
            ),
        ];
        for (name, text, error) in cases {
            assert!(read(name, text).unwrap_err().starts_with(error), "{text:?}");
        }
        assert!(read("r.jsonl", b"{\"code\":1}").unwrap_err().starts_with(": row 1: no JSON object"));
    }
}
