//! Tokens of HTML with their places (HTML standard 13.2.5), found by scanning: there is no state but a position, nothing
//! calls itself, and a tag costs its length, however many attributes it has. In a document that is XML, XML's tokens.

use super::attributes::Attributes;

/// A part of a document. What it does not name is text.
pub(super) enum Token<'a> {
    /// Characters, references not resolved.
    Text(&'a str),
    /// Characters of a CDATA section.
    Data(&'a str),
    Start(Tag<'a>),
    End(Tag<'a>),
    /// A comment, with what is inside.
    Comment(&'a str),
    /// A document type, a processing instruction, a declaration that is none.
    Other,
}

/// A start tag or an end tag.
pub(super) struct Tag<'a> {
    /// Lower case in HTML, as written in XML.
    pub(super) name: String,
    pub(super) empty: bool,
    attributes: Attributes<'a>,
}

impl Tag<'_> {
    /// The value of an attribute, references resolved; of two with one name the first counts.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.attributes.clone().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| super::references::value(v))
    }
}

/// Walks a text from token to token.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    xml: bool,
}

impl<'a> Tokens<'a> {
    /// From a place on.
    pub(super) fn new(text: &'a str, at: usize, xml: bool) -> Self {
        Self { text, at, xml }
    }

    /// Passes over some bytes.
    pub(super) fn skip(&mut self, length: usize) {
        self.at += length;
    }

    /// Where the next token begins. When there is none, the end of the text, or the beginning of what has no end.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next token; `None` where nothing follows that has an end. `cdata` says whether sections of character data
    /// are read.
    pub(super) fn next(&mut self, cdata: bool) -> Option<Token<'a>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let (token, length) = self.token(rest, cdata)?;
        self.at += length;
        Some(token)
    }

    fn token(&self, rest: &'a str, cdata: bool) -> Option<(Token<'a>, usize)> {
        let bytes = rest.as_bytes();
        let begins = |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_alphabetic() || self.xml);
        match (bytes.first()?, bytes.get(1)) {
            (b'<', Some(b'!')) => self.declaration(rest, cdata),
            (b'<', Some(b'?')) if self.xml => until(rest, 2, "?>").map(|(_, end)| (Token::Other, end)),
            (b'<', Some(b'?')) => until(rest, 2, ">").map(|(_, end)| (Token::Other, end)),
            (b'<', Some(b'/')) if begins(2) => self.tag(rest, 2).map(|(tag, end)| (Token::End(tag), end)),
            (b'<', Some(b'/')) => until(rest, 2, ">").map(|(_, end)| (Token::Other, end)),
            (b'<', _) if begins(1) => self.tag(rest, 1).map(|(tag, end)| (Token::Start(tag), end)),
            _ => {
                let end = memchr::memchr(b'<', bytes.get(1..)?).map_or(bytes.len(), |at| at + 1);
                Some((Token::Text(rest.get(..end)?), end))
            }
        }
    }

    /// What begins with `<!`.
    fn declaration(&self, rest: &'a str, cdata: bool) -> Option<(Token<'a>, usize)> {
        if rest.starts_with("<!--") {
            let end = comment(rest.as_bytes(), self.xml)?;
            let inside = rest.get(..end)?.strip_prefix("<!--")?.strip_suffix("-->").unwrap_or_default();
            return Some((Token::Comment(inside), end));
        }
        if cdata && rest.starts_with("<![CDATA[") {
            return until(rest, 9, "]]>").map(|(inside, end)| (Token::Data(inside), end));
        }
        let end = if self.xml { crate::xml::doctype(rest)? } else { until(rest, 2, ">")?.1 };
        Some((Token::Other, end))
    }

    fn tag(&self, rest: &'a str, name: usize) -> Option<(Tag<'a>, usize)> {
        let end = name + rest.as_bytes().get(name..)?.iter().position(|b| ends_name(*b))?;
        let written = rest.get(name..end)?;
        let name = if self.xml { written.to_owned() } else { written.to_ascii_lowercase() };
        let attributes = Attributes::new(rest.get(end..)?);
        let mut walk = attributes.clone();
        while walk.next().is_some() {}
        let (length, empty) = walk.end()?;
        Some((Tag { name, empty, attributes }, end + length))
    }

    /// Passes over what is inside an element whose inside is no markup, up to its end tag.
    pub(super) fn skip_raw(&mut self, name: &str) {
        let rest = self.text.get(self.at..).unwrap_or_default().as_bytes();
        let end = match name {
            "plaintext" => None,
            "script" => script(rest),
            _ => memchr::memchr_iter(b'<', rest).find(|at| is_tag(rest, *at, b"</", name)),
        };
        self.at = end.map_or(self.text.len(), |end| self.at + end);
    }
}

/// What stands before `end`, which is looked for from `start` on, and where that ends.
fn until<'a>(rest: &'a str, start: usize, end: &str) -> Option<(&'a str, usize)> {
    let inside = rest.get(start..)?;
    let length = memchr::memmem::find(inside.as_bytes(), end.as_bytes())?;
    Some((inside.get(..length)?, start + length + end.len()))
}

/// Where a comment ends (13.2.5.43 to 52): `<!-->` and `<!--->` are whole comments, and `--!>` ends one. Not so in XML.
fn comment(bytes: &[u8], xml: bool) -> Option<usize> {
    let ends = |at: &usize| {
        let before = bytes.get(4..*at).unwrap_or_default();
        before.ends_with(b"--") || !xml && (before.is_empty() || before == b"-" || before.ends_with(b"--!"))
    };
    memchr::memchr_iter(b'>', bytes).find(|at| *at >= 4 && ends(at)).map(|at| at + 1)
}

/// Where the end tag of a script is (13.2.5.15 to 31): none counts in a script in a comment.
fn script(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut commented, mut nested) = (0, false, false);
    loop {
        at += memchr::memchr2(b'<', b'-', bytes.get(at..)?)?;
        let rest = bytes.get(at..)?;
        if rest.starts_with(b"-->") {
            (commented, nested) = (false, false);
        } else if !commented && rest.starts_with(b"<!--") {
            commented = true;
            // Its hyphens may be those of its end.
            at += 1;
        } else if is_tag(bytes, at, b"</", "script") {
            if !nested {
                return Some(at);
            }
            nested = false;
        } else if commented && is_tag(bytes, at, b"<", "script") {
            nested = true;
        }
        at += 1;
    }
}

/// Whether a tag of this name begins at a place.
fn is_tag(bytes: &[u8], at: usize, open: &[u8], name: &str) -> bool {
    let Some(rest) = bytes.get(at..).and_then(|rest| rest.strip_prefix(open)) else { return false };
    let named = rest.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()));
    named && rest.get(name.len()).is_some_and(|b| ends_name(*b))
}

fn ends_name(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ' | b'/' | b'>')
}
