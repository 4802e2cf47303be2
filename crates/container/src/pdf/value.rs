//! PDF objects as text (ISO 32000-2 7.2, 7.3): a parser that knows where each entry of a dictionary stands.

use std::ops::Range;

use crate::{Limits, Said, phrase};

/// The name of an indirect object: `n g R`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ref {
    /// Object number.
    pub number: u32,
    /// Generation number.
    pub generation: u16,
}

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, or one too large.
    Real(f64),
    /// A name without its slash, `#xx` undone.
    Name(Vec<u8>),
    /// The bytes of a literal or hexadecimal string.
    Text(Vec<u8>),
    /// An array.
    Array(Vec<Value>),
    /// A dictionary.
    Dict(Dict),
    /// A reference.
    Ref(Ref),
}

/// A dictionary in file order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dict(pub Vec<Entry>);

/// One entry of a dictionary.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key without its slash.
    pub key: Vec<u8>,
    /// The value.
    pub value: Value,
    /// Key and value in the text.
    pub span: Range<usize>,
    /// The value alone.
    pub place: Range<usize>,
}

impl Dict {
    /// Whether there is such a key.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The value of a key; of several equal keys the last one counts, as in other readers.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().rev().find(|e| e.key == key.as_bytes()).map(|e| &e.value)
    }

    /// Whether a key's value is this name.
    pub fn is(&self, key: &str, name: &str) -> bool {
        matches!(self.get(key), Some(Value::Name(n)) if n == name.as_bytes())
    }

    /// A whole number that is not negative.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.get(key).and_then(Value::number)
    }
}

impl Value {
    /// A whole number that is not negative.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Int(n) => u64::try_from(*n).ok(),
            _ => None,
        }
    }

    /// A finite number.
    pub fn real(&self) -> Option<f64> {
        match self {
            Self::Int(n) => Some(*n as f64),
            Self::Real(n) => Some(*n).filter(|n| n.is_finite()),
            _ => None,
        }
    }

    /// Changes every string in it; the parser has bounded the depth.
    pub(super) fn each_text(&mut self, change: &impl Fn(&mut Vec<u8>)) {
        match self {
            Self::Text(text) => change(text),
            Self::Array(items) => items.iter_mut().for_each(|v| v.each_text(change)),
            Self::Dict(dict) => dict.0.iter_mut().for_each(|e| e.value.each_text(change)),
            _ => {}
        }
    }

    /// Whether there is a string inside an array or a dictionary.
    pub fn holds_text(&self) -> bool {
        let inside = |value: &Self| matches!(value, Self::Text(_)) || value.holds_text();
        match self {
            Self::Array(items) => items.iter().any(inside),
            Self::Dict(dict) => dict.0.iter().any(|e| inside(&e.value)),
            _ => false,
        }
    }
}

/// Why a text is no object, as a noun phrase.
pub(super) type Step<T> = std::result::Result<T, &'static Said>;

/// A position in a text.
pub(super) struct Parser<'a> {
    data: &'a [u8],
    pub(super) at: usize,
    /// Whether it looked beyond the end: with more bytes the answer may be another.
    pub(super) starved: bool,
    /// How many values it may still make.
    left: usize,
    depth: usize,
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    is_blank(byte) || matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

impl<'a> Parser<'a> {
    pub(super) fn new(data: &'a [u8], limits: &Limits) -> Self {
        Self { data, at: 0, starved: false, left: limits.parts, depth: limits.xml_depth }
    }

    fn peek(&mut self) -> Option<u8> {
        let byte = self.data.get(self.at).copied();
        self.starved |= byte.is_none();
        byte
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Blanks and comments.
    pub(super) fn blanks(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|b| !matches!(b, b'\r' | b'\n')) {
                    self.at += 1;
                }
            } else if is_blank(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// Characters up to a blank or delimiter.
    fn word(&mut self) -> &'a [u8] {
        let start = self.at;
        while self.peek().is_some_and(|b| !is_delimiter(b)) {
            self.at += 1;
        }
        self.data.get(start..self.at).unwrap_or_default()
    }

    /// Takes a keyword, where it stands next.
    pub(super) fn keyword(&mut self, word: &[u8]) -> bool {
        let before = self.at;
        self.blanks();
        // A keyword may be followed at once by data ("obj<<"), but not by another letter.
        let found = self.word() == word;
        if !found {
            self.at = before;
        }
        found
    }

    /// A whole number that is not negative.
    pub(super) fn number(&mut self) -> Step<u64> {
        self.blanks();
        let word = self.word();
        let digits = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(word).ok().filter(|_| digits).and_then(|w| w.parse().ok());
        number.ok_or(phrase!("a number is missing", "缺少数字"))
    }

    /// The head of an indirect object: `n g obj`.
    pub(super) fn head(&mut self) -> Step<Ref> {
        let number =
            u32::try_from(self.number()?).map_err(|_| phrase!("an object number is too large", "对象编号过大"))?;
        let generation =
            u16::try_from(self.number()?).map_err(|_| phrase!("a generation number is too large", "对象的代号过大"))?;
        if self.keyword(b"obj") {
            Ok(Ref { number, generation })
        } else {
            Err(phrase!("no object stands here", "此处没有对象"))
        }
    }

    /// The next object.
    pub(super) fn value(&mut self) -> Step<Value> {
        self.left = self.left.checked_sub(1).ok_or(phrase!("an object has too many parts", "对象的组成部分过多"))?;
        self.blanks();
        match self.peek().ok_or(phrase!("the file ends inside an object", "文件在对象中途结束"))? {
            b'/' => self.name().map(Value::Name),
            b'(' => self.literal(),
            b'<' => {
                self.at += 1;
                if self.peek() == Some(b'<') { self.nested(Self::dict) } else { self.hexadecimal() }
            }
            b'[' => self.nested(Self::array),
            b'0'..=b'9' | b'+' | b'-' | b'.' => Ok(self.numeric()),
            _ => match self.word() {
                b"null" => Ok(Value::Null),
                b"true" => Ok(Value::Bool(true)),
                b"false" => Ok(Value::Bool(false)),
                _ => Err(phrase!("no object stands where one is due", "应有对象处没有对象")),
            },
        }
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Step<Value>) -> Step<Value> {
        self.depth = self.depth.checked_sub(1).ok_or(phrase!("objects nest too deep", "对象嵌套过深"))?;
        self.at += 1;
        let value = inner(self);
        self.depth += 1;
        value
    }

    fn array(&mut self) -> Step<Value> {
        let mut items = Vec::new();
        loop {
            self.blanks();
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(Value::Array(items));
            }
            items.push(self.value()?);
        }
    }

    fn dict(&mut self) -> Step<Value> {
        let mut entries = Vec::new();
        loop {
            self.blanks();
            let start = self.at;
            match self.peek().ok_or(phrase!("the file ends inside a dictionary", "文件在字典中途结束"))? {
                b'/' => {
                    let key = self.name()?;
                    self.blanks();
                    let from = self.at;
                    let value = self.value()?;
                    entries.push(Entry { key, value, span: start..self.at, place: from..self.at });
                }
                b'>' => {
                    self.at += 1;
                    return match self.next() {
                        Some(b'>') => Ok(Value::Dict(Dict(entries))),
                        _ => Err(phrase!("a dictionary is not closed", "字典未闭合")),
                    };
                }
                _ => return Err(phrase!("a dictionary has a key that is no name", "字典的键不是名称")),
            }
        }
    }

    fn name(&mut self) -> Step<Vec<u8>> {
        self.at += 1;
        let word = self.word();
        let mut out = Vec::with_capacity(word.len());
        let mut rest = word.iter().copied();
        while let Some(byte) = rest.next() {
            let mut ahead = rest.clone();
            match (byte, ahead.next().and_then(hex), ahead.next().and_then(hex)) {
                (b'#', Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = ahead;
                }
                _ => out.push(byte),
            }
        }
        Ok(out)
    }

    /// A number, or a reference: two whole numbers and `R`.
    fn numeric(&mut self) -> Value {
        let word = std::str::from_utf8(self.word()).unwrap_or_default();
        let Ok(first) = word.parse::<i64>() else { return Value::Real(real(word)) };
        let behind = self.at;
        if let Ok(number) = u32::try_from(first)
            && let Ok(generation) = self.number()
            && let Ok(generation) = u16::try_from(generation)
            && self.keyword(b"R")
        {
            return Value::Ref(Ref { number, generation });
        }
        self.at = behind;
        Value::Int(first)
    }

    /// A string in parentheses (7.3.4.2).
    fn literal(&mut self) -> Step<Value> {
        self.at += 1;
        let (mut out, mut open) = (Vec::new(), 1usize);
        loop {
            let byte = self.next().ok_or(phrase!("the file ends inside a string", "文件在字符串中途结束"))?;
            match byte {
                b'(' => open += 1,
                b')' if open == 1 => return Ok(Value::Text(out)),
                b')' => open -= 1,
                b'\\' => {
                    out.extend(self.escape());
                    continue;
                }
                // A line end of any form counts as one line feed.
                b'\r' => {
                    if self.peek() == Some(b'\n') {
                        self.at += 1;
                    }
                    out.push(b'\n');
                    continue;
                }
                _ => {}
            }
            out.push(byte);
        }
    }

    fn escape(&mut self) -> Option<u8> {
        Some(match self.next()? {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 0x0c,
            b'\n' => return None,
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
                return None;
            }
            digit @ b'0'..=b'7' => {
                let mut code = u16::from(digit - b'0');
                for _ in 0..2 {
                    let Some(more @ b'0'..=b'7') = self.peek() else { break };
                    code = code << 3 | u16::from(more - b'0');
                    self.at += 1;
                }
                // High-order overflow is ignored.
                u8::try_from(code & 0xff).unwrap_or_default()
            }
            other => other,
        })
    }

    /// A string in angle brackets; a missing last digit is 0.
    fn hexadecimal(&mut self) -> Step<Value> {
        let (mut out, mut half) = (Vec::new(), None);
        loop {
            match self.next().ok_or(phrase!("the file ends inside a string", "文件在字符串中途结束"))? {
                b'>' => {
                    out.extend(half.map(|h| h << 4));
                    return Ok(Value::Text(out));
                }
                byte if is_blank(byte) => {}
                byte => {
                    let digit = hex(byte)
                        .ok_or(phrase!("a hexadecimal string has another character", "十六进制字符串含其他字符"))?;
                    match half.take() {
                        Some(high) => out.push(high << 4 | digit),
                        None => half = Some(digit),
                    }
                }
            }
        }
    }
}

/// A number as readers take it: what is no number counts as 0.
fn real(word: &str) -> f64 {
    word.parse().unwrap_or(0.0)
}

/// The object whose `obj` is at `hit`, and where its head starts.
pub(super) fn head(bytes: &[u8], hit: usize) -> Option<(Ref, usize)> {
    let before = |at: usize, test: fn(u8) -> bool| {
        let run = bytes.get(..at).unwrap_or_default().iter().rev().take(12).take_while(|b| test(**b)).count();
        (run > 0).then_some(at - run)
    };
    let number = |range: std::ops::Range<usize>| std::str::from_utf8(bytes.get(range)?).ok()?.parse::<u32>().ok();
    let digit = |b: u8| b.is_ascii_digit();
    let second = before(hit, is_blank)?;
    let generation = before(second, digit)?;
    let first = before(generation, is_blank)?;
    let start = before(first, digit)?;
    let generation = u16::try_from(number(generation..second)?).ok()?;
    Some((Ref { number: number(start..first)?, generation }, start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &[u8]) -> Step<Value> {
        Parser::new(text, &Limits::default()).value()
    }

    #[test]
    fn objects_of_every_kind() {
        let text = br"<< /A#42 (a\(b\)\\\101(x)\
) /C [1 -2 .5 7 0 R true null] /D <41 4>>>";
        let Ok(Value::Dict(dict)) = parse(text) else { panic!() };
        assert_eq!(dict.get("AB"), Some(&Value::Text(br"a(b)\A(x)".to_vec())));
        assert_eq!(dict.get("D"), Some(&Value::Text(b"A@".to_vec())));
        let Some(Value::Array(items)) = dict.get("C") else { panic!() };
        assert_eq!(items.len(), 6);
        assert_eq!(items[3], Value::Ref(Ref { number: 7, generation: 0 }));
        assert!(text[dict.0[1].span.clone()].starts_with(b"/C ["));
    }

    #[test]
    fn depth_and_number_are_limited() {
        assert!(parse(&b"[".repeat(100_000)).is_err());
        assert!(parse(&b"<</A".repeat(100_000)).is_err());
        assert!(parse(&[b"[".to_vec(), b"1 ".repeat(200_000), b"]".to_vec()].concat()).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(text in prop::collection::vec(prop::sample::select(b"<>[]()/%\\#1 R\nax\0".to_vec()), 0..80)) {
            let _ = parse(&text);
        }
    }
}
