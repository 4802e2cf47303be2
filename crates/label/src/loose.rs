//! A forgiving scanner for objects that serde_json refuses: cut off, single quotes, bare control characters, trailing
//! commas, Python's `None`. It keeps what it could read.

use std::iter::Peekable;
use std::str::CharIndices;

/// Key, value text, and whether the value was a string (so its text is decoded).
pub(crate) type Pair = (String, String, bool);

struct Scanner<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

/// The pairs of the object that `text` starts with, and whether its closing brace was reached.
pub(crate) fn object(text: &str) -> (Vec<Pair>, bool) {
    let mut scanner = Scanner { text, chars: text.char_indices().peekable() };
    let mut pairs = Vec::new();
    let complete = scanner.object(&mut pairs).is_some();
    (pairs, complete)
}

impl Scanner<'_> {
    fn object(&mut self, pairs: &mut Vec<Pair>) -> Option<()> {
        self.expect('{')?;
        loop {
            while self.expect(',').is_some() {}
            if self.expect('}').is_some() {
                return Some(());
            }
            let key = self.string()?;
            self.expect(':')?;
            self.blanks();
            match self.chars.peek()?.1 {
                '"' | '\'' => pairs.push((key, self.string()?, true)),
                _ => pairs.push((key, self.other()?, false)),
            }
        }
    }

    fn blanks(&mut self) {
        while self.chars.next_if(|(_, c)| c.is_whitespace() || c.is_control()).is_some() {}
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        self.blanks();
        self.chars.next_if(|(_, c)| *c == wanted).map(|_| ())
    }

    /// A string in either kind of quotes, decoded; `None` when it does not end.
    fn string(&mut self) -> Option<String> {
        self.blanks();
        let (_, quote) = self.chars.next_if(|(_, c)| matches!(c, '"' | '\''))?;
        let mut out = String::new();
        loop {
            match self.chars.next()?.1 {
                c if c == quote => return Some(out),
                '\\' => out.push(self.escape()?),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.chars.next()?.1 {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let mut code = 0;
                for _ in 0..4 {
                    code = code * 16 + self.chars.next()?.1.to_digit(16)?;
                }
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            c => c,
        })
    }

    /// A number, a word, or a nested value, as text. Brackets are counted, not nested: depth costs nothing.
    fn other(&mut self) -> Option<String> {
        let start = self.chars.peek()?.0;
        let mut depth = 0_usize;
        loop {
            let (at, c) = *self.chars.peek()?;
            match c {
                '"' | '\'' => {
                    self.string()?;
                    continue;
                }
                '{' | '[' => depth += 1,
                '}' | ']' | ',' if depth == 0 => return Some(self.text.get(start..at)?.trim().to_owned()),
                '}' | ']' => depth -= 1,
                _ => {}
            }
            self.chars.next();
        }
    }
}
