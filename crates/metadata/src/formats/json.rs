//! JSON. A label is the member `AIGC` of the document's object (our convention: no guide speaks of JSON); what stands
//! deeper belongs to what the document is about. Labels are read; one is written beside the file.

use std::ops::Range;

use biaoshi_container::text::{Document, Encoding};
use biaoshi_container::{Limits, Result, Source, phrase};
use biaoshi_label::Dialect;

use super::text::labels::Genre;
use super::text::{NoSlot, OTHER, by_extension, read_labels};
use crate::format::{Format, Writer};
use crate::found::{Found, Slot};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "json",
    media_type: "application/json",
    extensions: &["json"],
    sniff: |head| by_extension(head, &["json"]),
    read,
    ..OTHER
};

const MEMBER: &str = "json/AIGC";

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let document = Document::read(source, limits)?;
    // Programs that put a line in front of every text do so here too; then it is no JSON any more.
    read_labels(&document, Genre::Code, &[Dialect::TextOther], limits, found);
    let text = document.slice(document.bom..document.len());
    let mut scan = Scan::new(&text);
    while let Some((key, value)) = scan.member() {
        if !key.eq_ignore_ascii_case("AIGC") {
            continue;
        }
        let offset = |at: usize| {
            let before = text.get(..at).unwrap_or_default();
            let length = match document.encoding {
                Encoding::Utf8 => at,
                other => other.encode(before).map_or(at, |b| b.len()),
            };
            (document.bom + length) as u64
        };
        // Where it is costs a look at all that is before it, so only those that are kept are looked for.
        let is_kept = found.records.len() < limits.records;
        let span = if is_kept { offset(value.start)..offset(value.end) } else { 0..0 };
        let case = (key != "AIGC").then_some(Dialect::SlotCase);
        let dialects: Vec<_> = [Dialect::TextOther].into_iter().chain(case).collect();
        let slot = Slot { placement: MEMBER.into(), span, wrapped: false, dialects: &dialects };
        found.offer(slot, text.get(value).unwrap_or_default(), limits);
    }
    if scan.is_cut() {
        found.pass_over("json", phrase!("the end of the document, which is missing,", "缺失的文档末尾"));
    }
    Ok(Box::new(NoSlot))
}

/// A walk over the members of the object that a text is. It goes by brackets and strings, so that depth costs nothing
/// and damage behind a member does not hide it; comments (JSON5, and what editors write) are passed over.
struct Scan<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str) -> Self {
        let mut scan = Self { text, at: 0, depth: 0 };
        scan.skip_blanks();
        // A list, a word or no JSON at all has no members.
        match scan.peek() {
            Some(b'{') => (scan.at, scan.depth) = (scan.at + 1, 1),
            _ => scan.at = text.len(),
        }
        scan
    }

    /// Whether the text ended inside the object.
    fn is_cut(&self) -> bool {
        self.depth > 0
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next member of the outer object: its key, and where its value is.
    fn member(&mut self) -> Option<(String, Range<usize>)> {
        let mut string = 0..0;
        let mut member: Option<(String, usize)> = None;
        while self.depth > 0 {
            self.skip_blanks();
            let at = self.at;
            let Some(byte) = self.peek() else { break };
            self.at += 1;
            let outer = self.depth == 1;
            match byte {
                b'"' => {
                    self.skip_string();
                    string = if outer { at..self.at } else { string };
                }
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth -= 1,
                b':' if outer && member.is_none() => member = Some((self.key(&string), self.at)),
                _ => {}
            }
            let ends = self.depth == 0 || (outer && byte == b',');
            if let Some((key, start)) = member.take_if(|_| ends) {
                return Some((key, self.trimmed(start..at)));
            }
        }
        // The document is cut off: what there is of the value.
        member.map(|(key, start)| (key, self.trimmed(start..self.text.len())))
    }

    fn key(&self, string: &Range<usize>) -> String {
        serde_json::from_str(self.text.get(string.clone()).unwrap_or_default()).unwrap_or_default()
    }

    fn trimmed(&self, value: Range<usize>) -> Range<usize> {
        let text = self.text.get(value.clone()).unwrap_or_default();
        let start = value.start + (text.len() - text.trim_start().len());
        start..start + text.trim().len()
    }

    /// Goes behind a string whose opening quote was taken.
    fn skip_string(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            self.at += if *byte == b'\\' { 2 } else { 1 };
            if *byte == b'"' {
                return;
            }
        }
    }

    /// Goes behind blanks and comments.
    fn skip_blanks(&mut self) {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let end = match rest.get(..2) {
                Some("//") => rest.find('\n').map(|n| n + 1),
                Some("/*") => rest.find("*/").map(|n| n + 2),
                _ if rest.starts_with(|c: char| c.is_whitespace()) => {
                    Some(rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()))
                }
                _ => return,
            };
            self.at += end.unwrap_or(rest.len());
        }
    }
}
