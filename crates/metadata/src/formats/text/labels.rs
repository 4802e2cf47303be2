//! What in a text is a label, and what talks about one. No guide speaks of it, so this is our convention: a line
//! `AIGC: {json}` or a block of YAML at column 0 counts at the head and the tail of a document and behind a comment, a
//! comment counts when it is a label and nothing else, a block between `---` where people read the text. What stands in a fence,
//! in a quote, behind four blanks or in the middle of a program is somebody's words about labels.

use std::borrow::Cow;
use std::ops::Range;

use biaoshi_container::Limits;
use biaoshi_container::text::{Document, Fence, block_at, yaml_key};
use biaoshi_label::{Dialect, Reading, read};

use super::Lines;
use super::comments::{Comment, Comments};
use super::notice::is_notice;
use crate::found::{Found, Offer, Slot};
use crate::yaml::{self, Extent};

/// What kind of text it is: that decides where a label can stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Genre {
    /// Markdown: fences of backticks and of tildes.
    Markdown,
    /// Other words for people, where tildes underline a title and a listing of AsciiDoc may be.
    Prose,
    /// Programs and tables: whatever is not at their ends may be a string.
    Code,
    /// Files of settings, where `AIGC:` at column 0 is a setting: only comments count.
    Settings,
}

impl Genre {
    fn is_for_people(self) -> bool {
        matches!(self, Self::Markdown | Self::Prose)
    }
}

/// Where a label stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A line `AIGC: {json}`.
    Line,
    /// A block of YAML of its own.
    Block,
    /// A block of YAML between two lines `---`.
    Fenced,
    /// A comment.
    Comment,
}

/// A label in a text.
#[derive(Debug)]
pub(crate) struct Spot {
    pub(crate) place: Place,
    /// The bytes that hold it.
    pub(crate) span: Range<usize>,
    /// The bytes that go with it.
    bytes: Lines,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Json(String),
    Yaml(Box<yaml::Block>),
}

/// The labels from line `from` on, in order.
pub(crate) fn find(document: &Document, from: usize, genre: Genre, limits: &Limits) -> Vec<Spot> {
    let scan = Scan::new(document, genre, limits).run(from, usize::MAX);
    match scan.quote {
        // Only Markdown says that a fence may stay open to the end.
        Some((_, opened)) if genre == Genre::Prose => Scan::new(document, genre, limits).run(from, opened).spots(),
        _ => scan.spots(),
    }
}

/// Notes labels under the placement and the dialects that `describe` gives, and returns what goes with them.
pub(crate) fn note(
    spots: Vec<Spot>,
    describe: impl Fn(&Spot) -> (&'static str, Vec<Dialect>),
    limits: &Limits,
    found: &mut Found,
) -> Vec<Lines> {
    let is_label = |spot: Spot| {
        let (placement, dialects) = describe(&spot);
        let span = spot.span.start as u64..spot.span.end as u64;
        let slot = Slot { placement: placement.into(), span, wrapped: false, dialects: &dialects };
        match spot.content {
            Content::Json(json) => (found.offer(slot, &json, limits) == Offer::Label).then_some(spot.bytes),
            Content::Yaml(block) => {
                found.record(slot, block.parsed, block.raw, None, limits);
                Some(spot.bytes)
            }
        }
    };
    spots.into_iter().filter_map(is_label).collect()
}

/// Marks of comments in front of a line: HTML, C, SQL and Lua, shells, INI, TeX, reStructuredText, and the links to
/// nowhere that hide words in Markdown.
const MARKS: [&str; 9] = ["<!--", "//", "/*", "--", "#", ";", "%", "..", "[//]: # ("];

/// The object of a line `AIGC: {json}`, comment marks around it allowed.
fn label_line(line: &str) -> Option<&str> {
    let line = line.trim();
    let body = MARKS.iter().find_map(|m| line.strip_prefix(m)).map_or(line, |rest| rest.trim_start_matches('#'));
    let body = body.trim_start();
    let head = body.get(..4).filter(|h| h.eq_ignore_ascii_case("AIGC"))?;
    let rest = body.get(head.len()..)?.trim_start();
    let rest = rest.strip_prefix([':', '=', '\u{ff1a}'])?.trim_start();
    let rest = rest.trim_end_matches("-->").trim_end().trim_end_matches("*/").trim_end_matches(')').trim_end();
    rest.starts_with('{').then_some(rest)
}

/// So many comments of one line are looked at.
const COMMENTS_OF_A_LINE: usize = 16;

/// What shows other people's words.
#[derive(Debug)]
enum Quote {
    Fence(Fence),
    /// A listing of AsciiDoc, closed by the line that opens it.
    Listing(String),
}

struct Scan<'d> {
    document: &'d Document,
    genre: Genre,
    limits: &'d Limits,
    /// The quote that is open, and the line that opens it.
    quote: Option<(Quote, usize)>,
    comments: Comments<'d>,
    /// Whether a label may stand here: at the head, or behind a comment.
    open: bool,
    labels: Vec<Spot>,
    /// Labels if nothing else follows: the tail.
    tail: Vec<Spot>,
}

impl<'d> Scan<'d> {
    fn new(document: &'d Document, genre: Genre, limits: &'d Limits) -> Self {
        let (labels, tail) = (Vec::new(), Vec::new());
        Self {
            document,
            genre,
            limits,
            quote: None,
            comments: Comments::new(document, limits),
            open: true,
            labels,
            tail,
        }
    }

    /// Looks at the lines from `from` on; quotes may open before line `quotes`.
    fn run(mut self, from: usize, quotes: usize) -> Self {
        let mut at = from;
        while let Some(line) = self.document.lines.get(at) {
            let text = self.document.text(line);
            at = self.step(at, &text, at < quotes);
        }
        self
    }

    fn spots(mut self) -> Vec<Spot> {
        self.labels.append(&mut self.tail);
        self.labels.sort_by_key(|s| s.span.start);
        self.labels
    }

    /// Looks at what begins on a line, and returns the index of the line behind it.
    fn step(&mut self, at: usize, text: &str, quotes: bool) -> usize {
        if let Some((quote, _)) = &self.quote {
            let closed = match quote {
                Quote::Fence(fence) => fence.is_closed_by(text),
                Quote::Listing(line) => text.trim_end() == line,
            };
            self.quote = self.quote.take_if(|_| !closed);
            return at + 1;
        }
        let body = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        if body.is_empty() || is_notice(body) || (self.open && is_preamble(body)) {
            return at + 1;
        }
        self.quote = Some(at).filter(|_| quotes).and_then(|at| Some((self.opens(at, text)?, at)));
        let blanks = text.len() - text.trim_start_matches(' ').len();
        let is_code = blanks >= 4 || text.starts_with('\t');
        let next = match self.quote.is_some() || is_code {
            true => None,
            false => self.comment(at, text).or_else(|| self.fenced(at)).or_else(|| self.keyed(at, text)),
        };
        next.unwrap_or_else(|| {
            // A rule says nothing, or opens front matter that nothing closes.
            if body != "---" {
                self.other();
            }
            at + 1
        })
    }

    /// Something that is neither a label nor lets one follow.
    fn other(&mut self) {
        self.open = false;
        self.tail.clear();
    }

    /// The quote that a line opens.
    fn opens(&self, at: usize, text: &str) -> Option<Quote> {
        if !self.genre.is_for_people() {
            return None;
        }
        let tildes = self.genre == Genre::Markdown;
        if let Some(fence) = Fence::opens(text).filter(|f| tildes || f.mark == '`') {
            return Some(Quote::Fence(fence));
        }
        let line = text.trim_end();
        let mark = line.chars().next().filter(|c| matches!(c, '-' | '.' | '+' | '=' | '_'))?;
        let is_delimiter = self.genre == Genre::Prose && line.len() >= 4 && line.chars().all(|c| c == mark);
        let above = at.checked_sub(1).and_then(|n| self.document.lines.get(n)).map(|l| self.document.text(l));
        // An underlined title has it right above.
        let begins = above.is_none_or(|t| t.trim().is_empty() || t.starts_with(['[', '.']));
        (is_delimiter && begins).then(|| Quote::Listing(line.to_owned()))
    }

    /// Takes the comments that begin on a line; each may be a label, and lets labels follow.
    fn comment(&mut self, at: usize, text: &str) -> Option<usize> {
        let mut comment = Some((at, 0)).filter(|_| self.genre.is_for_people()).and_then(|p| self.comments.next(p))?;
        let before = text.get(..comment.start.1)?.trim();
        let is_quoted = before.starts_with('>') || before.matches('`').count() % 2 == 1;
        if is_quoted || (!before.is_empty() && label_line(text).is_some()) {
            return None;
        }
        if !before.is_empty() {
            self.other();
        }
        let mut begins_line = before.is_empty();
        for _ in 0..COMMENTS_OF_A_LINE {
            let (last, end) = comment.end;
            let rest = self.comments.text(last)?;
            let after = rest.get(end..)?;
            self.open = true;
            if begins_line || after.trim().is_empty() {
                self.labels.extend(self.label_of(&comment, begins_line, after.trim().is_empty()));
            }
            if after.trim().is_empty() {
                return Some(last + 1);
            }
            begins_line = false;
            match self.comments.next((last, end)) {
                Some(next) if rest.get(end..next.start.1).is_some_and(|t| t.trim().is_empty()) => comment = next,
                _ => break,
            }
        }
        self.other();
        Some(comment.end.0 + 1)
    }

    /// The label that a comment is. One that has its lines to itself goes with them.
    fn label_of(&self, comment: &Comment, begins_line: bool, ends_line: bool) -> Option<Spot> {
        let content = in_comment(comment.inside.as_deref()?, self.limits)?;
        let lines = &self.document.lines;
        let (first, last) = (lines.get(comment.start.0)?, lines.get(comment.end.0)?);
        let from = self.document.offset(first, if begins_line { 0 } else { comment.start.1 })?;
        let to = match (begins_line, ends_line) {
            (true, true) => last.end,
            (false, true) => last.content.end,
            (_, false) => self.document.offset(last, comment.end.1)?,
        };
        Some(Spot { place: Place::Comment, span: from..to.min(last.content.end), bytes: from..to, content })
    }

    /// Takes a block between two lines `---` that holds a label: front matter, or that of a document that was joined.
    fn fenced(&mut self, at: usize) -> Option<usize> {
        let allowed = match self.genre {
            Genre::Markdown | Genre::Prose => true,
            Genre::Code => self.open,
            Genre::Settings => false,
        };
        let block = Some(at).filter(|_| allowed).and_then(|at| block_at(self.document, at))?;
        let inside = block.open + 1..block.close;
        let mut labels: Vec<_> = yaml::blocks(self.document, inside.clone(), self.limits).collect();
        let spots = match labels.pop() {
            // A block that holds nothing else goes as a whole, fences included.
            Some(only) if labels.is_empty() && filled(self.document, &inside) == filled(self.document, &only.lines) => {
                let whole = block.open..block.close + 1;
                vec![self.spot(Place::Fenced, &only.lines.clone(), &whole, Content::Yaml(Box::new(only)))?]
            }
            Some(last) => {
                labels.push(last);
                let spot = |label: yaml::Block| {
                    self.spot(Place::Fenced, &label.lines.clone(), &label.lines.clone(), Content::Yaml(Box::new(label)))
                };
                labels.into_iter().filter_map(spot).collect()
            }
            // Front matter without a label stays the head of the document.
            None if self.open && self.genre.is_for_people() => Vec::new(),
            None => return None,
        };
        self.labels.extend(spots);
        self.open = true;
        Some(block.close + 1)
    }

    /// Takes a line `AIGC: {json}`, or a block of YAML that begins on it.
    fn keyed(&mut self, at: usize, text: &str) -> Option<usize> {
        let is_key = yaml_key(text).is_some_and(|k| k.eq_ignore_ascii_case("AIGC"));
        let is_setting = self.genre == Genre::Settings;
        // Nothing stands before the head of a program; its tail may be that of a string.
        let may_end_a_string = !self.open && !self.genre.is_for_people();
        let json = label_line(text).filter(|_| !is_setting || !text.trim_start().starts_with(['A', 'a']));
        let json = json.filter(|j| !may_end_a_string || j.ends_with('}'));
        let reading = json.map_or(Reading::Nothing, read);
        let is_whole = matches!(&reading, Reading::Label(parsed) if !parsed.broken);
        let block = match is_key && !is_whole && !is_setting && !may_end_a_string {
            true => yaml::block_at(self.document, at..self.document.lines.len(), Extent::Paragraph, self.limits).0,
            false => None,
        };
        let (place, lines, content) = match (block.filter(|b| b.is_evident()), json) {
            (Some(block), _) => (Place::Block, block.lines.clone(), Content::Yaml(Box::new(block))),
            (None, Some(json)) if reading != Reading::Nothing => {
                (Place::Line, at..at + 1, Content::Json(json.to_owned()))
            }
            _ => return None,
        };
        let spot = self.spot(place, &lines, &lines, content)?;
        if self.open { &mut self.labels } else { &mut self.tail }.push(spot);
        Some(lines.end)
    }

    fn spot(&self, place: Place, lines: &Range<usize>, gone: &Range<usize>, content: Content) -> Option<Spot> {
        let bounds = |r: &Range<usize>| {
            let lines = &self.document.lines;
            Some((lines.get(r.start)?.content.start, lines.get(r.end.checked_sub(1)?)?))
        };
        let ((start, last), (from, to)) = (bounds(lines)?, bounds(gone)?);
        Some(Spot { place, span: start..last.content.end, bytes: from..to.end, content })
    }
}

/// How many lines of a range have something on them.
fn filled(document: &Document, lines: &Range<usize>) -> usize {
    let lines = document.lines.get(lines.clone()).unwrap_or_default();
    lines.iter().filter(|l| !document.text(l).trim().is_empty()).count()
}

/// What has to stand before everything else: which program runs a script, which encoding it has.
fn is_preamble(line: &str) -> bool {
    ["#!", "<?", "# -*-"].iter().any(|p| line.starts_with(p))
}

/// The label that a comment is: the object, the block, or front matter with it that shall not be seen.
fn in_comment(inside: &str, limits: &Limits) -> Option<Content> {
    // Some write `<!---` and `--->`.
    let body = inside.trim().trim_matches('-').trim();
    let json = label_line(body).unwrap_or(body);
    if json.starts_with('{') && matches!(read(json), Reading::Label(_)) {
        return Some(Content::Json(json.to_owned()));
    }
    let document = Document::parse(dedented(inside).into_owned().into_bytes()).ok()?;
    let first = document.first_filled()?;
    let is_front_matter = document.lines.get(first).is_some_and(|l| document.text(l).trim_end() == "---");
    let block = match is_front_matter {
        true => yaml::blocks(&document, first + 1..document.lines.len(), limits).next(),
        false => yaml::block_at(&document, first..document.lines.len(), Extent::Paragraph, limits).0,
    };
    block.filter(yaml::Block::is_evident).map(|block| Content::Yaml(Box::new(block)))
}

/// A text without the blanks that stand before its first word, in front of every line that has them.
fn dedented(text: &str) -> Cow<'_, str> {
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let blanks = first.len() - first.trim_start_matches([' ', '\t']).len();
    if blanks == 0 {
        return Cow::Borrowed(text);
    }
    let cut = |line: &str| match line.get(..blanks) {
        Some(lead) if lead.trim().is_empty() => line.get(blanks..).unwrap_or_default().to_owned() + "\n",
        _ => line.trim_start().to_owned() + "\n",
    };
    Cow::Owned(text.lines().map(cut).collect())
}
