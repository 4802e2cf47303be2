//! The watermark in documents: between the words of their paragraphs, also where these are split into runs.

use std::collections::BTreeMap;
use std::ops::Range;

use biaoshi_container::Patch;
use biaoshi_container::xml::{Tag, Token};
use biaoshi_watermark::text::{Cost, Insertion, Marker};

use super::package::{Edit, Package, Part, Slot};
use super::story::{Role, Tongue};
use crate::Result;
use crate::text::shield;

/// Bits of an offset in a part, below the number of the part.
const OFFSET: u32 = 40;

/// A document whose parts are read one after the other.
pub(super) struct Text<'a> {
    pub(super) package: Package<'a>,
    /// Names of the parts.
    pub(super) parts: Vec<String>,
    /// The vocabulary, anew for each of them.
    pub(super) tongue: fn() -> Box<dyn Tongue>,
}

/// A paragraph as it is read.
#[derive(Default)]
struct Paragraph {
    words: String,
    pieces: Vec<Piece>,
}

/// Characters that came in one piece.
struct Piece {
    /// Where it begins in the paragraph, and in the part.
    at: usize,
    raw: usize,
    /// Whether something may come into it: it is prose, and stands in the part as it is read.
    open: bool,
}

impl Paragraph {
    fn push(&mut self, words: &str, raw: usize, open: bool) {
        self.pieces.push(Piece { at: self.words.len(), raw, open });
        self.words.push_str(words);
    }

    /// Where a character of an open piece is in the part.
    fn raw(&self, at: usize) -> usize {
        let n = self.pieces.partition_point(|piece| piece.at <= at).saturating_sub(1);
        self.pieces.get(n).map_or(0, |piece| piece.raw + (at - piece.at))
    }

    /// Ranges into which nothing may come.
    fn closed(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = self.pieces.iter().skip(1).map(|piece| piece.at).chain([self.words.len()]);
        self.pieces.iter().zip(ends).filter(|(piece, _)| !piece.open).map(|(piece, end)| piece.at..end)
    }
}

struct Reader<'t> {
    text: &'t str,
    tongue: Box<dyn Tongue>,
    /// The roles of the open elements, and whether they may hold prose.
    path: Vec<(Role, bool)>,
    paragraphs: Vec<Paragraph>,
    hidden: bool,
}

impl Reader<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        let role = self.tongue.role(tag);
        let prose = self.tongue.is_prose(tag) && role != Role::Link;
        match role {
            Role::Block if !self.is_skipped() => self.paragraphs.push(Paragraph::default()),
            Role::Run(_) => self.hidden = false,
            Role::Hidden => self.hidden = true,
            Role::Blank if !self.is_skipped() => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.push(" ", tag.span.start, false);
                }
            }
            _ => {}
        }
        self.path.push((role, prose));
    }

    /// The paragraph that ends.
    fn close(&mut self) -> Option<Paragraph> {
        let ends = self.path.pop().is_some_and(|(role, _)| role == Role::Block);
        if ends && !self.is_skipped() { self.paragraphs.pop() } else { None }
    }

    fn words(&mut self, words: &str, span: Range<usize>) {
        let counts = self.tongue.is_loose() || self.path.last().is_some_and(|(role, _)| *role == Role::Words);
        if !counts || self.hidden || self.is_skipped() {
            return;
        }
        let open = self.path.iter().all(|(_, prose)| *prose) && self.text.get(span.clone()) == Some(words);
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.push(words, span.start, open);
        }
    }

    fn is_skipped(&self) -> bool {
        self.path.iter().any(|(role, _)| matches!(role, Role::Skip | Role::Prelude))
    }
}

impl Text<'_> {
    /// Tells the paragraphs of a part as they end.
    fn paragraphs(&self, part: &Part, each: &mut dyn FnMut(&Paragraph)) -> Result<()> {
        let (text, tongue) = (part.text(), (self.tongue)());
        let mut reader = Reader { text, tongue, path: Vec::new(), paragraphs: Vec::new(), hidden: false };
        self.package.walk(part, &mut |token| match token {
            Token::Open(tag) => reader.open(&tag),
            Token::Close(_) => {
                if let Some(mut paragraph) = reader.close() {
                    paragraph.push("\n", 0, false);
                    each(&paragraph);
                }
            }
            Token::Text(words, span) => reader.words(words, span),
        })
    }

    /// Tells all characters that are read.
    ///
    /// # Errors
    /// I/O, damage, limits.
    pub(super) fn each(&self, tell: &mut dyn FnMut(&str)) -> Result<()> {
        for name in &self.parts {
            if let Some(part) = self.package.part(name)? {
                self.paragraphs(&part, &mut |paragraph| tell(&paragraph.words))?;
            }
        }
        Ok(())
    }

    /// Makes the change that puts a mark between them.
    ///
    /// # Errors
    /// As [`Text::each`]; a part that cannot be changed.
    pub(super) fn weave(&self, mut marker: Marker) -> Result<(Patch, Cost)> {
        let mut edits: BTreeMap<u64, Vec<Edit>> = BTreeMap::new();
        let mut take = |insertion: Insertion| {
            let (part, raw) = (insertion.at >> OFFSET, insertion.at & ((1 << OFFSET) - 1));
            edits.entry(part).or_default().push(Slot::at(raw as usize).fill(&insertion.text));
        };
        for (n, name) in (0_u64..).zip(&self.parts) {
            let Some(part) = self.package.part(name)? else { continue };
            self.paragraphs(&part, &mut |paragraph| {
                let mut closed = Vec::new();
                shield::closed(&paragraph.words, false, &mut closed);
                closed.extend(paragraph.closed());
                closed.sort_by_key(|range| range.start);
                marker.push(&paragraph.words, &closed, |at| n << OFFSET | paragraph.raw(at) as u64);
                marker.insertions().for_each(&mut take);
            })?;
        }
        let (rest, cost) = marker.finish();
        rest.into_iter().for_each(&mut take);
        let mut changes = Vec::new();
        for (n, mut edits) in edits {
            // A text box stands inside the paragraph that it ends before.
            edits.sort_by_key(|(range, _)| range.start);
            let part = self.parts.get(n as usize).map(|name| self.package.main(name)).transpose()?;
            changes.extend(part.map(|part| part.change(&edits)).transpose()?);
        }
        Ok((if changes.is_empty() { Patch::new() } else { self.package.plan(&changes)? }, cost))
    }
}
