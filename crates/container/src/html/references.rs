//! Character references (HTML standard 13.5): html5gum has all 2,231 names, and knows where the semicolon may be left
//! out. It is given one value or one run of text at a time.

use html5gum::{Token, Tokenizer};

/// The value of an attribute.
pub(super) fn value(written: &str) -> String {
    if !written.contains('&') {
        return written.to_owned();
    }
    let tag = format!("<a b=\"{}\">", written.replace('"', "&quot;"));
    let value = Tokenizer::new(&tag).find_map(|token| match token {
        Ok(Token::StartTag(tag)) => {
            tag.attributes.get(b"b".as_slice()).map(|v| String::from_utf8_lossy(v).into_owned())
        }
        _ => None,
    });
    value.unwrap_or_default()
}

/// Characters between tags.
pub(super) fn text(written: &str) -> String {
    if !written.contains('&') {
        return written.to_owned();
    }
    let written = written.replace('<', "&lt;");
    let parts = Tokenizer::new(&written).filter_map(|token| match token {
        Ok(Token::String(part)) => Some(String::from_utf8_lossy(&part).into_owned()),
        _ => None,
    });
    parts.collect()
}
