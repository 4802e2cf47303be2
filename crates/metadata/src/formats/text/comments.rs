//! Comments in texts for people.

use std::borrow::Cow;

use biaoshi_container::Limits;
use biaoshi_container::text::Document;

/// What opens and closes one: in Markdown, and in MDX.
const KINDS: [(&str, &str); 2] = [("<!--", "-->"), ("{/*", "*/}")];

/// A line, and an offset in its text.
pub(super) type Position = (usize, usize);

/// A comment.
#[derive(Debug)]
pub(super) struct Comment {
    /// What stands in it; nothing where it is longer than a label.
    pub(super) inside: Option<String>,
    /// Where it begins.
    pub(super) start: Position,
    /// Where it ends.
    pub(super) end: Position,
}

/// Finds comments, from the top of a document to its end.
#[derive(Debug)]
pub(super) struct Comments<'d> {
    document: &'d Document,
    longest: usize,
    /// For each kind, whether nothing closes one any more: then nobody looks again.
    unclosed: [bool; KINDS.len()],
    /// For each kind, where the next one begins that is known: lines may be as long as files.
    known: [Option<(Position, Option<usize>)>; KINDS.len()],
    /// The line that was decoded last.
    line: Option<(usize, Cow<'d, str>)>,
}

impl<'d> Comments<'d> {
    pub(super) fn new(document: &'d Document, limits: &Limits) -> Self {
        let (unclosed, known) = Default::default();
        Self { document, longest: limits.label, unclosed, known, line: None }
    }

    /// The text of a line.
    pub(super) fn text(&mut self, line: usize) -> Option<Cow<'d, str>> {
        if self.line.as_ref().is_none_or(|(known, _)| *known != line) {
            let text = self.document.lines.get(line).map(|l| self.document.text(l))?;
            self.line = Some((line, text));
        }
        self.line.as_ref().map(|(_, text)| text.clone())
    }

    /// The first comment that begins on a line, behind an offset in it.
    pub(super) fn next(&mut self, (line, from): Position) -> Option<Comment> {
        let text = self.text(line)?;
        let rest = text.get(from..)?;
        let mut starts = Vec::new();
        for (kind, ((open, _), known)) in KINDS.iter().zip(&mut self.known).enumerate() {
            let holds = |((at, seen), next): &((usize, usize), Option<usize>)| {
                *at == line && *seen <= from && next.is_none_or(|next| next >= from)
            };
            let next = match known.filter(holds) {
                Some((_, next)) => next,
                None => rest.find(open).map(|at| from + at),
            };
            *known = Some(((line, from), next));
            starts.extend(next.map(|at| (at, kind)));
        }
        starts.sort_unstable();
        starts.into_iter().find_map(|(start, kind)| self.read((line, start), kind))
    }

    fn read(&mut self, start: Position, kind: usize) -> Option<Comment> {
        let (open, close) = KINDS.get(kind)?;
        if *self.unclosed.get(kind)? {
            return None;
        }
        let mut inside = String::new();
        for n in start.0..self.document.lines.len() {
            let text = self.text(n)?;
            let from = if n == start.0 { start.1 + open.len() } else { 0 };
            let part = text.get(from..)?;
            let end = part.find(close);
            if inside.len() <= self.longest {
                inside.push_str(part.get(..end.unwrap_or(part.len()))?);
                inside.push('\n');
            }
            if let Some(end) = end {
                let inside = Some(inside).filter(|t| t.len() <= self.longest);
                return Some(Comment { inside, start, end: (n, from + end + close.len()) });
            }
        }
        if let Some(unclosed) = self.unclosed.get_mut(kind) {
            *unclosed = true;
        }
        None
    }
}
