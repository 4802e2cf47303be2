//! A table cut into rows, as bytes: CSV or JSON Lines.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;

use super::Fault;

/// The longest row in bytes. Far above every path and label; a quote that is never closed stops here.
const LONGEST: u64 = 1 << 20;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Cells with commas, semicolons or tabs between them; the first row names the columns.
    Csv,
    /// One object a line.
    JsonLines,
}

impl Form {
    /// By the extension.
    pub(in crate::batch) fn of(path: &Path) -> Result<Self, Fault> {
        match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl") => Ok(Self::JsonLines),
            _ => Err(Fault::Extension),
        }
    }

    /// By the first byte that is no blank and no byte-order mark: that of an object, or a table of cells.
    ///
    /// # Errors
    /// I/O.
    pub fn of_content(path: &Path) -> io::Result<Self> {
        let mut start = Vec::new();
        File::open(path)?.take(1 << 12).read_to_end(&mut start)?;
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
        let is_object = text.trim_ascii_start().starts_with(b"{");
        Ok(if is_object { Self::JsonLines } else { Self::Csv })
    }
}

/// The rows of a table, as a stream.
#[derive(Debug)]
pub(in crate::batch) struct Lines<R> {
    reader: R,
    form: Form,
    /// The line on which the row begins, from 1.
    number: u64,
    /// The line that is read next.
    next: u64,
}

impl<R: BufRead> Lines<R> {
    /// Passes over the byte-order mark of the encoding; that of UTF-16 is a clear error, another one is no text.
    pub(in crate::batch) fn new(mut reader: R, form: Form, mark: &[u8]) -> Result<Self, Fault> {
        let start = reader.fill_buf().map_err(Fault::Io)?;
        if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
            return Err(Fault::Utf16);
        }
        if start.starts_with(mark) {
            reader.consume(mark.len());
        }
        Ok(Self { reader, form, number: 0, next: 1 })
    }

    /// The line on which the row that was read last begins, from 1.
    pub(in crate::batch) fn number(&self) -> u64 {
        self.number
    }

    /// The next line that is not blank, without its end; in CSV with the lines that its quotes go on over.
    pub(in crate::batch) fn next_row(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let (mut line, mut open) = (Vec::with_capacity(256), false);
        loop {
            let before = line.len();
            if before == 0 {
                self.number = self.next;
            }
            let room = LONGEST.saturating_sub(before as u64);
            let read = self.reader.by_ref().take(room).read_until(b'\n', &mut line).map_err(Fault::Io)?;
            self.next = self.next.saturating_add(1);
            if line.len() as u64 >= LONGEST {
                return Err(Fault::TooLong(LONGEST));
            }
            let quotes = || line.iter().skip(before).filter(|b| **b == b'"').count();
            open ^= self.form == Form::Csv && quotes() % 2 == 1;
            if open && read > 0 {
                continue;
            }
            if open {
                return Err(Fault::NotClosed);
            }
            let body = line.strip_suffix(b"\n").unwrap_or(&line);
            let body = body.strip_suffix(b"\r").unwrap_or(body);
            if !body.iter().all(u8::is_ascii_whitespace) {
                line.truncate(body.len());
                return Ok(Some(line));
            }
            if read == 0 {
                return Ok(None);
            }
            line.clear();
        }
    }
}
