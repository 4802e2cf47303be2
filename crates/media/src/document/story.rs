//! A running text of paragraphs in XML: its first and last blocks, and where a paragraph can go.

use biaoshi_container::xml::{Tag, Token};
use biaoshi_explicit::Position;
use biaoshi_explicit::text::Matcher;

use super::package::{Package, Part, Slot};
use super::words::{Block, Ends};
use crate::Result;

/// What an element is to somebody who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// What holds the text.
    Body,
    /// In front of the first paragraph of the body, where one must not come before.
    Prelude,
    /// Behind its last paragraph.
    Tail,
    /// A paragraph or the like.
    Block,
    /// A stretch of characters of one look; whether it stands raised.
    Run(bool),
    /// It says that the run is raised.
    Raised,
    /// It says that the run is hidden.
    Hidden,
    /// Characters are in it.
    Words,
    /// A blank, a break.
    Blank,
    /// Its words lead elsewhere.
    Link,
    /// Nothing of it is read.
    Skip,
    /// Nothing.
    Other,
}

/// A vocabulary.
pub(super) trait Tongue {
    /// What an element is.
    fn role(&mut self, tag: &Tag<'_>) -> Role;

    /// Whether characters count in any element of a block, or only in those of [`Role::Words`].
    fn is_loose(&self) -> bool;

    /// Whether an element may hold prose: no code, no formula, nothing that a program makes anew.
    fn is_prose(&self, _: &Tag<'_>) -> bool {
        true
    }
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// The first and the last blocks.
    pub(super) ends: Ends,
    /// What holds them.
    pub(super) body: Option<Body>,
}

/// The places of a body.
#[derive(Debug)]
pub(super) struct Body {
    /// Its prefix, as written.
    pub(super) prefix: String,
    /// Its namespace.
    pub(super) uri: String,
    /// In front of the first paragraph.
    pub(super) start: Slot,
    /// Behind the last one.
    pub(super) end: Slot,
    /// Whether the end is settled.
    ended: bool,
    /// Whether a paragraph is the first thing in it.
    leading: Option<bool>,
    /// Where the paragraphs end that stand in the body itself.
    tops: Vec<usize>,
}

impl Body {
    /// Where paragraphs go at a position.
    pub(super) fn slots(&self, position: Position) -> Vec<Slot> {
        match position {
            Position::Middle => vec![self.middle()],
            Position::End => vec![self.end.clone()],
            Position::Start => vec![self.start.clone()],
            // An empty body begins and ends at one place.
            Position::Both if self.start.start() == self.end.start() => vec![self.start.clone()],
            Position::Both => vec![self.start.clone(), self.end.clone()],
        }
    }

    /// Lets the text start behind the first paragraph, where that one is the first thing in the body: it begins a page, and
    /// would leave what stands before it on a page of its own.
    pub(super) fn start_behind_first(&mut self) {
        if let (Some(true), Some(end)) = (self.leading, self.tops.first()) {
            self.start = Slot::at(*end);
        }
    }

    /// Behind the paragraph that ends nearest to the middle of the text.
    fn middle(&self) -> Slot {
        // Behind the last one is the end.
        let tops = self.tops.split_last().map_or(&[][..], |(_, others)| others);
        let (start, end) = (self.start.start(), self.end.start());
        let half = start + (end.saturating_sub(start)) / 2;
        let behind = tops.partition_point(|top| *top < half);
        let near = [behind.checked_sub(1), Some(behind)].into_iter().flatten().filter_map(|n| tops.get(n));
        near.min_by_key(|top| top.abs_diff(half)).map_or_else(|| self.start.clone(), |top| Slot::at(*top))
    }
}

impl Story {
    /// Reads a part.
    ///
    /// # Errors
    /// Damage in it, limits.
    pub(super) fn read(package: &Package<'_>, part: &Part, tongue: &mut dyn Tongue, matcher: &Matcher) -> Result<Self> {
        let (story, path, blocks, run) = (Self::default(), Vec::new(), Vec::new(), Run::default());
        let mut reader = Reader { tongue, matcher, story, path, blocks, run };
        package.walk(part, &mut |token| match token {
            Token::Open(tag) => reader.open(&tag),
            Token::Close(span) => reader.close(span.start, span.end),
            Token::Text(text, _) => reader.words(text),
        })?;
        Ok(reader.story)
    }
}

/// How the characters look that come next.
#[derive(Default)]
struct Run {
    raised: bool,
    hidden: bool,
    /// Raised characters so far.
    words: String,
}

struct Reader<'t> {
    tongue: &'t mut dyn Tongue,
    matcher: &'t Matcher,
    story: Story,
    /// The roles of the open elements.
    path: Vec<Role>,
    blocks: Vec<Block>,
    run: Run,
}

impl Reader<'_> {
    fn is_skipped(&self) -> bool {
        self.path.iter().any(|role| matches!(role, Role::Skip | Role::Prelude))
    }

    /// Whether the element in hand is a child of the body.
    fn is_top(&self) -> bool {
        self.path.last() == Some(&Role::Body)
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let role = match self.tongue.role(tag) {
            Role::Body if self.story.body.is_some() => Role::Other,
            Role::Prelude | Role::Tail if !self.is_top() => Role::Other,
            role => role,
        };
        let skipped = self.is_skipped();
        if let Some(body) = self.story.body.as_mut().filter(|_| self.path.last() == Some(&Role::Body))
            && role != Role::Prelude
        {
            body.leading.get_or_insert(role == Role::Block);
        }
        match role {
            Role::Body => {
                let end = tag.span.end;
                let start = if tag.empty { Slot::inside(tag.prefix, tag.local, end) } else { Slot::at(end) };
                let (prefix, uri) = (tag.prefix.to_owned(), tag.uri.unwrap_or_default().to_owned());
                self.story.body = Some(Body {
                    prefix,
                    uri,
                    end: start.clone(),
                    start,
                    ended: false,
                    leading: None,
                    tops: Vec::new(),
                });
            }
            Role::Tail if !skipped => {
                if let Some(body) = self.story.body.as_mut().filter(|body| !body.ended) {
                    (body.end, body.ended) = (Slot::at(tag.span.start), true);
                }
            }
            Role::Block if !skipped => self.blocks.push(Block::default()),
            Role::Run(raised) => self.run = Run { raised, ..Run::default() },
            Role::Raised => self.run.raised = true,
            Role::Hidden => self.run.hidden = true,
            Role::Blank if !skipped => self.add(" "),
            Role::Link => self.blocks.iter_mut().for_each(|block| block.other = true),
            _ => {}
        }
        self.path.push(role);
    }

    fn close(&mut self, start: usize, end: usize) {
        let Some(role) = self.path.pop() else { return };
        match role {
            Role::Body => {
                if let Some(body) = self.story.body.as_mut().filter(|body| !body.ended && !body.start.is_empty()) {
                    body.end = Slot::at(start);
                }
            }
            Role::Prelude => {
                if let Some(body) = self.story.body.as_mut().filter(|body| body.tops.is_empty()) {
                    body.start = Slot::at(end);
                }
            }
            Role::Run(_) => self.end_run(),
            Role::Block if !self.is_skipped() => {
                if let Some(mut block) = self.blocks.pop() {
                    block.close = start;
                    self.story.ends.push(block, self.matcher);
                }
                if let (true, Some(body)) = (self.is_top(), &mut self.story.body) {
                    body.tops.push(end);
                }
            }
            _ => {}
        }
    }

    /// Characters as they come; raised ones at the end of their run, since only all of them are the mark.
    fn words(&mut self, text: &str) {
        let counts = self.tongue.is_loose() || self.path.last() == Some(&Role::Words);
        if !counts || self.run.hidden || self.is_skipped() {
            return;
        }
        if self.run.raised { self.run.words.push_str(text) } else { self.add(text) }
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        // As the mark of clause 5.1 c stands in a plain text.
        self.add(if run.words.trim() == "AI" { "ᴬᴵ" } else { &run.words });
    }

    fn add(&mut self, text: &str) {
        if let Some(block) = self.blocks.last_mut() {
            block.words.push_str(text);
        }
    }
}
