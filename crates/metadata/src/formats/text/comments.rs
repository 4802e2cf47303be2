//! Comments in texts for people.

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
}

impl<'d> Comments<'d> {
    pub(super) fn new(document: &'d Document, limits: &Limits) -> Self {
        Self { document, longest: limits.label, unclosed: Default::default() }
    }

    /// The first comment that begins on a line, behind an offset in it.
    pub(super) fn next(&mut self, (line, from): Position) -> Option<Comment> {
        let text = self.document.lines.get(line).map(|l| self.document.text(l))?;
        let rest = text.get(from..)?;
        let mut starts: Vec<_> =
            KINDS.iter().enumerate().filter_map(|(kind, (open, _))| Some((from + rest.find(open)?, kind))).collect();
        starts.sort_unstable();
        starts.into_iter().find_map(|(start, kind)| self.read((line, start), kind))
    }

    fn read(&mut self, start: Position, kind: usize) -> Option<Comment> {
        let (open, close) = KINDS.get(kind)?;
        let unclosed = self.unclosed.get_mut(kind)?;
        let mut inside = String::new();
        for (n, line) in self.document.lines.iter().enumerate().skip(start.0).take_while(|_| !*unclosed) {
            let text = self.document.text(line);
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
        *unclosed = true;
        None
    }
}
