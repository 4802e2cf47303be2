//! What of a line is no prose: code, addresses, names, labels of links, tags, formulas, tables, commands.
//!
//! All of it is told from the line alone, and too much is taken rather than too little: a mark beside a command breaks the
//! copy of it, and a place that is lost costs nothing.

use std::ops::Range;

use biaoshi_explicit::text::{is_corner_mark, is_label_line};

/// Bytes of the longest line that may be a label.
const LABEL: usize = 300;

/// Adds the ranges of a line into which nothing may be put, in rising order; `plain` where indented lines are code.
pub(crate) fn closed(line: &str, plain: bool, out: &mut Vec<Range<usize>>) {
    // All that follows has letters or marks of ASCII, which a line of Chinese seldom has.
    let has_ascii = line.bytes().any(|b| b.is_ascii_graphic());
    if is_label(line) || (has_ascii && is_code(line, plain)) {
        out.push(0..line.len());
        return;
    }
    if !has_ascii {
        return;
    }
    if line.bytes().any(|b| matches!(b, b'`' | b'$' | b'[' | b'<' | b'{')) {
        spans(line, out);
    }
    words(line, out);
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
    const STARTS: [&str; 30] = [
        "#", "$ ", "//", "/*", "@", "<?", ":::", ">>>", "%", "|", "AIGC:", "import ", "def ", "fn ", "const ",
        "SELECT ", "sudo ", "pip ", "npm ", "git ", "cargo ", "curl ", "docker ", "apt-get ", "wget ", "cd ",
        "export ", "mkdir ", "brew ", "python ",
    ];
    const INSIDE: [&str; 16] =
        ["==", "!=", "=>", "->", "::", "&&", "||", "+=", "-=", "()", "){", "</", "/>", "<<", " = ", "\":"];
    let text = line.trim_start_matches([' ', '\t']);
    let indent = line.strip_suffix(text).unwrap_or_default();
    let indented = indent.contains('\t') || indent.len() >= 4;
    if plain && indented && text.starts_with(|c: char| c.is_ascii()) && !text.trim().is_empty() {
        return true;
    }
    if text.starts_with(|c: char| c.is_ascii()) && STARTS.iter().any(|start| text.starts_with(start)) {
        return true;
    }
    let end = text.trim_end().bytes().last();
    if matches!(end, Some(b'{' | b'}' | b'\\')) {
        return true;
    }
    // Most lines have none of these bytes.
    let bytes = text.as_bytes();
    let odd = |b: &u8| matches!(b, b'=' | b'>' | b':' | b'&' | b'|' | b'(' | b'/' | b'<' | b'-' | b'"' | b'[' | b'\'');
    if !bytes.iter().any(odd) {
        return false;
    }
    let closes = end == Some(b';') && bytes.iter().any(|b| matches!(b, b'=' | b'(' | b'[' | b'"' | b'\''));
    closes
        || INSIDE.iter().any(|mark| text.contains(mark))
        || has_flag(bytes)
        || bytes.iter().filter(|b| **b == b'|').count() > 1
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
    while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
        let length = rest.find(ends_word).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let may_be = word.bytes().any(|b| matches!(b, b':' | b'.'));
        let address = || ["://", "www.", "mailto:"].iter().find_map(|mark| word.find(mark));
        if let Some(address) = if may_be { address() } else { None } {
            // It goes on behind Chinese punctuation, for all that programs know.
            let ends = |c: char| c.is_whitespace() || matches!(c, ')' | '>' | ']');
            let behind = rest.get(address..).unwrap_or_default();
            let end = address + behind.find(ends).unwrap_or(behind.len());
            out.push(at..at + end);
            at += end;
            continue;
        }
        if is_technical(word) {
            out.push(at..at + length);
        } else if word.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
            names(word, at, out);
        }
        at += length;
        at += line.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    }
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
