//! The attributes of one tag (HTML standard 13.2.5.32 to 40), one after the other.

/// Walks what follows the name of a tag; yields names and values as written.
#[derive(Clone)]
pub(super) struct Attributes<'a> {
    text: &'a str,
    at: usize,
    /// Whether the tag ends with `/>`, once its end was met.
    empty: Option<bool>,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, empty: None }
    }

    /// Where the tag ended, and whether with `/>`; `None` when the text ended before it, or the walk is not done.
    pub(super) fn end(&self) -> Option<(usize, bool)> {
        self.empty.map(|empty| (self.at, empty))
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        self.take(|b| !is_blank(b));
    }

    /// Everything up to a byte that ends it.
    fn take(&mut self, ends: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        self.at += rest.iter().position(|b| ends(*b)).unwrap_or(rest.len());
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn value(&mut self) -> Option<&'a str> {
        self.at += 1;
        self.skip_blanks();
        match self.byte()? {
            quote @ (b'"' | b'\'') => {
                let rest = self.text.get(self.at + 1..)?;
                let length = memchr::memchr(quote, rest.as_bytes())?;
                self.at += length + 2;
                rest.get(..length)
            }
            b'>' => Some(""),
            _ => Some(self.take(|b| is_blank(b) || b == b'>')),
        }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        if self.empty.is_some() {
            return None;
        }
        let between = self.take(|b| !is_blank(b) && b != b'/');
        if self.byte()? == b'>' {
            self.empty = Some(between.ends_with('/'));
            self.at += 1;
            return None;
        }
        let start = self.at;
        // An equals sign in front belongs to the name.
        self.at += self.text.get(start..)?.chars().next()?.len_utf8();
        self.take(|b| is_blank(b) || matches!(b, b'/' | b'>' | b'='));
        let name = self.text.get(start..self.at)?;
        self.skip_blanks();
        let value = if self.byte()? == b'=' { self.value()? } else { "" };
        Some((name, value))
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}
