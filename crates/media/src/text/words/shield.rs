//! What of a line is no prose: code, addresses, names, labels of links, tags, formulas, tables, commands.
//!
//! All of it is told from the line alone, and too much is taken rather than too little: a mark beside a command breaks the
//! copy of it, and a place that is lost costs nothing.

use std::ops::Range;

use biaoshi_explicit::text::{is_corner_mark, is_label_line};

/// Bytes of the longest line that may be a label.
const LABEL: usize = 300;

/// What a line has of bytes that count: most lines lack most of them, and one look tells.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Has(u8);

impl Has {
    /// Letters or marks of ASCII.
    const GRAPHIC: u8 = 1;
    /// What opens [`spans`].
    const OPENS: u8 = 2;
    /// What signs of code consist of.
    const CODE: u8 = 4;
    /// What makes a word one of [`words`].
    const TECHNICAL: u8 = 8;

    #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    const OF: [u8; 256] = {
        let (mut sets, mut n) = ([0; 256], 0_u8);
        while n < 128 {
            if n.is_ascii_graphic() {
                sets[n as usize] |= Self::GRAPHIC;
            }
            if matches!(n, b'`' | b'$' | b'[' | b'<' | b'{') {
                sets[n as usize] |= Self::OPENS;
            }
            if matches!(n, b'=' | b'>' | b':' | b'&' | b'|' | b'(' | b'/' | b'<' | b'-' | b'"' | b'[' | b'\'') {
                sets[n as usize] |= Self::CODE;
            }
            let mark = matches!(n, b'@' | b'_' | b'\\' | b'=' | b'{' | b'}' | b'#' | b'&' | b'^' | b'|');
            let between = matches!(n, b'.' | b':' | b'/' | b'%' | b'+' | b'-');
            if mark || between || n.is_ascii_digit() || n.is_ascii_uppercase() {
                sets[n as usize] |= Self::TECHNICAL;
            }
            n += 1;
        }
        sets
    };

    fn of(line: &str) -> Self {
        Self(line.bytes().fold(0, |all, b| all | Self::sets(b)))
    }

    /// The sets that a byte is in.
    fn sets(byte: u8) -> u8 {
        Self::OF.get(usize::from(byte)).copied().unwrap_or(0)
    }

    fn any(self, set: u8) -> bool {
        self.0 & set != 0
    }

    /// The next byte of a set.
    fn next(set: u8, bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|b| Self::sets(*b) & set != 0)
    }
}

/// Adds the ranges of a line into which nothing may be put, in rising order; `plain` where indented lines are code.
pub(crate) fn closed(line: &str, plain: bool, out: &mut Vec<Range<usize>>) {
    // All that follows has letters or marks of ASCII, which a line of Chinese seldom has.
    let has = Has::of(line);
    if is_label(line) || (has.any(Has::GRAPHIC) && has_code(line, has, plain)) {
        out.push(0..line.len());
        return;
    }
    if has.any(Has::OPENS) {
        spans(line, out);
    }
    if has.any(Has::TECHNICAL) {
        words(line, out);
    }
    out.sort_by_key(|range| range.start);
    let mut end = 0;
    out.retain_mut(|range| {
        range.start = range.start.max(end);
        end = range.end.max(end);
        range.start <= range.end
    });
}

/// An explicit label, which other programs know by its words.
fn is_label(line: &str) -> bool {
    line.len() <= LABEL && (is_label_line(line) || is_corner_mark(line))
}

/// Whether a line is code, data, a command, or a row of a table.
pub(super) fn is_code(line: &str, plain: bool) -> bool {
    has_code(line, Has::of(line), plain)
}

fn has_code(line: &str, has: Has, plain: bool) -> bool {
    const STARTS: [&str; 30] = [
        "#", "$ ", "//", "/*", "@", "<?", ":::", ">>>", "%", "|", "AIGC:", "import ", "def ", "fn ", "const ",
        "SELECT ", "sudo ", "pip ", "npm ", "git ", "cargo ", "curl ", "docker ", "apt-get ", "wget ", "cd ",
        "export ", "mkdir ", "brew ", "python ",
    ];
    let text = line.trim_start_matches([' ', '\t']);
    let indent = line.strip_suffix(text).unwrap_or_default();
    let indented = indent.contains('\t') || indent.len() >= 4;
    let ascii = text.as_bytes().first().filter(|b| b.is_ascii());
    if plain && indented && ascii.is_some() && !text.trim().is_empty() {
        return true;
    }
    if ascii.is_some() && STARTS.iter().any(|start| start.as_bytes().first() == ascii && text.starts_with(start)) {
        return true;
    }
    let bytes = text.as_bytes();
    let end = text.trim_end().bytes().last();
    if matches!(end, Some(b'{' | b'}' | b'\\')) {
        return true;
    }
    if !has.any(Has::CODE) {
        return false;
    }
    let closes = end == Some(b';') && bytes.iter().any(|b| matches!(b, b'=' | b'(' | b'[' | b'"' | b'\''));
    closes || has_operator(bytes) || has_flag(bytes) || bytes.iter().filter(|b| **b == b'|').count() > 1
}

/// Whether a line has an operator that prose lacks.
fn has_operator(bytes: &[u8]) -> bool {
    bytes.windows(2).enumerate().any(|(at, pair)| match pair {
        b"==" | b"!=" | b"=>" | b"->" | b"::" | b"&&" | b"||" | b"+=" => true,
        b"-=" | b"()" | b"){" | b"</" | b"/>" | b"<<" | b"\":" => true,
        b"= " => at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b' '),
        _ => false,
    })
}

/// Whether a word begins with hyphens, as the options of commands do.
fn has_flag(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memmem::find(rest, b" -")) {
        at += found + 2;
        let word = bytes.get(at..).unwrap_or_default();
        let word = word.strip_prefix(b"-").unwrap_or(word);
        if word.first().is_some_and(u8::is_ascii_alphabetic) {
            return true;
        }
    }
    false
}

/// What stands between marks: code, formulas, labels and targets of links, tags, templates.
fn spans(line: &str, out: &mut Vec<Range<usize>>) {
    for (open, close) in [('`', '`'), ('$', '$'), ('{', '}')] {
        if let (Some(start), Some(end)) = (line.find(open), line.rfind(close))
            && start < end
        {
            out.push(start..end + 1);
        }
    }
    let (mut at, bytes) = (0, line.as_bytes());
    while let Some(start) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'[', b'<', rest)).map(|n| at + n) {
        let rest = bytes.get(start..).unwrap_or_default();
        let end = match rest {
            [b'[', ..] => find(rest, b']').map(|end| link(rest, end + 1)),
            [_, b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!' | b'?' | b'%', ..] => {
                Some(find(rest, b'>').map_or(rest.len(), |end| end + 1))
            }
            _ => None,
        };
        out.extend(end.map(|end| start..start + end));
        at = start + end.unwrap_or(1);
    }
}

/// Bytes in which what a bracket opens has to end, so that many of them cost no more than a few.
const NEAR: usize = 2048;

fn find(rest: &[u8], close: u8) -> Option<usize> {
    memchr::memchr(close, rest.get(..NEAR).unwrap_or(rest))
}

/// The end of a link whose text ends at `end`, with its target or label.
fn link(rest: &[u8], end: usize) -> usize {
    let behind = rest.get(end..).unwrap_or_default();
    let close = match behind.first() {
        Some(b'(') => find(behind, b')'),
        Some(b'[') => find(behind, b']'),
        // The definition of a label: `[label]: target "title"`.
        Some(b':') => return rest.len(),
        _ => None,
    };
    close.map_or(end, |close| end + close + 1)
}

/// Addresses, names of files, identifiers, keys: whole words, which Chinese has between its punctuation.
fn words(line: &str, out: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(found) = line.as_bytes().get(at..).and_then(|rest| Has::next(Has::TECHNICAL, rest)) {
        let before = line.get(at..at + found).unwrap_or_default();
        let start = at + before.rfind(ends_word).map_or(0, |end| end + before.get(end..).map_or(0, first));
        let rest = line.get(start..).unwrap_or_default();
        let length = rest.find(ends_word).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        at = start + length;
        if let Some(address) = address(word.as_bytes()) {
            // It goes on behind Chinese punctuation, for all that programs know.
            let ends = |c: char| c.is_whitespace() || matches!(c, ')' | '>' | ']');
            let behind = rest.get(address..).unwrap_or_default();
            at = start + address + behind.find(ends).unwrap_or(behind.len());
            out.push(start..at);
        } else if is_technical(word) {
            out.push(start..at);
        } else {
            names(word, start, out);
        }
    }
}

/// Bytes of the first character.
fn first(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// Where in a word an address shows.
fn address(word: &[u8]) -> Option<usize> {
    let shows = |at: &usize| {
        let rest = word.get(*at..).unwrap_or_default();
        rest.starts_with(b"://") || rest.starts_with(b"www.") || rest.starts_with(b"mailto:")
    };
    memchr::memchr3_iter(b':', b'w', b'm', word).find(shows)
}

fn ends_word(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '，' | '。' | '、' | '；' | '：' | '？' | '！' | '…' | '（' | '）' | '“' | '”' | '《' | '》')
}

/// Whether a word has what words of a language do not have inside.
fn is_technical(word: &str) -> bool {
    let bytes = word.as_bytes();
    let at = |n: usize| bytes.get(n).copied().unwrap_or(b' ');
    (0..bytes.len()).any(|n| match at(n) {
        b'@' | b'_' | b'\\' | b'=' | b'{' | b'}' | b'#' | b'&' | b'^' | b'|' => true,
        b'.' => {
            let stem = n > 0 && (at(n - 1).is_ascii_alphanumeric() || !at(n - 1).is_ascii());
            stem && at(n + 1).is_ascii_alphanumeric()
        }
        // A slash between two Chinese words is an "or".
        b'/' => n == 0 || at(n - 1).is_ascii() || at(n + 1).is_ascii(),
        b'%' => at(n + 1).is_ascii_hexdigit() && at(n + 2).is_ascii_hexdigit(),
        b'+' => at(n + 1) == b'+',
        b'-' => at(n + 1) == b'-',
        _ => false,
    })
}

/// ASCII words with digits among their letters, or with capitals inside.
fn names(word: &str, start: usize, out: &mut Vec<Range<usize>>) {
    let (bytes, mut at) = (word.as_bytes(), 0);
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default();
        let mixed = name.iter().any(u8::is_ascii_digit) && name.iter().any(u8::is_ascii_alphabetic);
        let camel = name.windows(2).any(|pair| matches!(pair, [b'a'..=b'z', b'A'..=b'Z']));
        if mixed || camel {
            out.push(start + at..start + at + length);
        }
        at += length.max(1);
    }
}
