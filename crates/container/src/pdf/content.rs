//! What a page draws (ISO 32000-2 7.8.2): operators, each behind its operands. Character maps have the same form.

use memchr::memmem;

use super::value::{Parser, Value, is_blank};
use crate::Limits;

/// Most operands of an operator that are kept.
const OPERANDS: usize = 4096;

/// The operations of a content stream, one after the other. What is no object and no operator is passed over.
pub struct Operations<'a> {
    data: &'a [u8],
    at: usize,
    limits: &'a Limits,
}

impl<'a> Operations<'a> {
    /// From the start of decoded data.
    pub fn new(data: &'a [u8], limits: &'a Limits) -> Self {
        Self { data, at: 0, limits }
    }

    fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    fn blanks(&mut self) {
        let mut parser = Parser::new(self.data.get(self.at..).unwrap_or_default(), self.limits);
        parser.blanks();
        self.at += parser.at;
    }

    fn value(&mut self) -> Option<Value> {
        let mut parser = Parser::new(self.data.get(self.at..)?, self.limits);
        let value = parser.value();
        self.at += parser.at.max(1);
        value.ok()
    }

    /// A keyword: what stands up to a blank or the beginning of an object.
    fn word(&mut self) -> &'a [u8] {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let ends =
            |b: &u8| is_blank(*b) || matches!(b, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%');
        let length = rest.iter().position(ends).unwrap_or(rest.len()).max(1).min(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Passes over the pixels of an inline image: up to `EI` between blanks.
    fn pixels(&mut self) {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let blank = |at: Option<usize>| at.and_then(|at| rest.get(at)).is_none_or(|b| is_blank(*b));
        let end = memmem::find_iter(rest, b"EI").find(|at| blank(at.checked_sub(1)) && blank(Some(at + 2)));
        self.at += end.map_or(rest.len(), |end| end + 2);
    }
}

impl<'a> Iterator for Operations<'a> {
    /// The operands, and the operator.
    type Item = (Vec<Value>, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let mut operands = Vec::new();
        loop {
            self.blanks();
            let value = match self.peek()? {
                b'/' | b'(' | b'<' | b'[' | b'0'..=b'9' | b'+' | b'-' | b'.' => self.value(),
                _ => match self.word() {
                    b"true" => Some(Value::Bool(true)),
                    b"false" => Some(Value::Bool(false)),
                    b"null" => Some(Value::Null),
                    b"ID" => {
                        self.pixels();
                        operands.clear();
                        None
                    }
                    word => return Some((operands, word)),
                },
            };
            if operands.len() < OPERANDS {
                operands.extend(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn operators(data: &[u8]) -> Vec<String> {
        let limits = Limits::default();
        let all = Operations::new(data, &limits);
        all.map(|(operands, word)| format!("{}{}", operands.len(), String::from_utf8_lossy(word))).collect()
    }

    #[test]
    fn operands_stand_before_their_operator() {
        let data = b"q 1 0 0 1 .5 -2 cm % q\n/F1 12 Tf(a)Tj[(b)-20<41>]TJ T* (x)' BI /W 1 ID \x01EI (\xff EI Q";
        assert_eq!(operators(data), ["0q", "6cm", "2Tf", "1Tj", "1TJ", "0T*", "1'", "0BI", "0Q"]);
        assert_eq!(operators(b">> ) 1 0 0 RG } x"), ["0>", "0>", "0)", "3RG", "0}", "0x"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(data in prop::collection::vec(prop::sample::select(b"<>[]()/%\\#1 EIDB\nax\0".to_vec()), 0..80)) {
            let _ = operators(&data);
        }
    }
}
