//! Where a shard may stand: between two characters that stay as they are beside it.
//!
//! Only characters that are listed here have a place beside them. So nothing is put inside what is one character to a reader
//! (accents, emoji, syllables), into scripts whose letters join or are reordered, beside the marks of Markdown, or at the end
//! of a line. And never before a blank: there Markdown loses headings, lists and emphasis, and PDF extraction the blank.

/// What matters of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A letter or digit of a script whose letters stand alone.
    Letter,
    /// Han.
    Han,
    /// Kana and Bopomofo.
    Kana,
    /// Chinese punctuation that ends a clause.
    Clause,
    /// U+0020.
    Blank,
    /// Western punctuation that ends a word.
    Stop,
    /// The end of a line.
    Newline,
    /// Nothing to see.
    Hidden,
    /// All other.
    Other,
}

/// Letters of a line before its first blank is taken: a list may begin with a letter or a number.
const BEGUN: u32 = 4;

/// The classes of ASCII.
const ASCII: [Class; 128] = {
    let (mut classes, mut n) = ([Class::Other; 128], 0_u8);
    while n < 128 {
        classes[n as usize] = match n {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => Class::Letter,
            b' ' => Class::Blank,
            b'\n' | b'\r' => Class::Newline,
            b',' | b'.' | b';' | b':' | b'?' | b'\'' | b'"' => Class::Stop,
            _ => Class::Other,
        };
        n += 1;
    }
    classes
};

#[inline]
fn class(c: char) -> Class {
    match c {
        // The most of a Chinese text.
        '\u{4e00}'..='\u{9fff}' => Class::Han,
        _ => ASCII.get(c as usize).copied().unwrap_or_else(|| class_of_others(c)),
    }
}

fn class_of_others(c: char) -> Class {
    match c {
        '’' | '”' | '—' => Class::Stop,
        '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' => Class::Han,
        '，' | '。' | '、' | '；' | '：' | '？' | '！' | '…' => Class::Clause,
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{3105}'..='\u{312f}' => Class::Kana,
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Class::Letter,
        '\u{386}' | '\u{388}'..='\u{3ff}' | '\u{400}'..='\u{481}' | '\u{48a}'..='\u{52f}' => Class::Letter,
        '\u{ac00}'..='\u{d7a3}' => Class::Letter,
        _ if is_ignorable(c) => Class::Hidden,
        _ => Class::Other,
    }
}

/// Whether nothing is shown for a character (`Default_Ignorable_Code_Point` of Unicode).
pub fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Bytes of the text before it.
    pub(super) at: usize,
    /// Visible characters of the text before it.
    pub(super) visible: u64,
    /// Behind a clause or a word, not between two characters of one.
    pub(super) good: bool,
}

/// Tells each place of a text; returns its visible characters.
#[inline]
pub(super) fn places(text: &str, mut each: impl FnMut(Place)) -> u64 {
    let (mut visible, mut letters) = (0, 0);
    let (mut last, mut before) = (Class::Newline, Class::Newline);
    for (at, c) in text.char_indices() {
        let class = class(c);
        let own = match class {
            Class::Letter | Class::Kana => 1,
            Class::Han => BEGUN,
            _ => 0,
        };
        if own > 0 {
            let good = match last {
                Class::Clause => Some(true),
                Class::Blank if letters >= BEGUN && ends_word(before) => Some(true),
                Class::Han | Class::Kana if class == Class::Han => Some(false),
                _ => None,
            };
            if let Some(good) = good {
                each(Place { at, visible, good });
            }
        }
        letters = if class == Class::Newline { 0 } else { BEGUN.min(letters + own) };
        visible += u64::from(class != Class::Hidden);
        (before, last) = (last, class);
    }
    visible
}

/// Whether a blank behind it is between two words.
fn ends_word(class: Class) -> bool {
    matches!(class, Class::Letter | Class::Han | Class::Kana | Class::Clause | Class::Stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with `|` at good places and `'` at others.
    fn shown(text: &str) -> String {
        let mut out = String::new();
        let mut from = 0;
        places(text, |place| {
            out.push_str(&text[from..place.at]);
            out.push(if place.good { '|' } else { '\'' });
            from = place.at;
        });
        out + &text[from..]
    }

    #[test]
    fn places_are_behind_clauses_and_blanks() {
        assert_eq!(shown("茶，水。ab 茶叶"), "茶，|水。|ab |茶'叶");
        assert_eq!(shown("Bread rises, then it rests."), "Bread |rises, |then |it |rests.");
    }

    #[test]
    fn nothing_is_put_where_it_could_be_seen() {
        for whole in [
            "- item",
            "1. one",
            "a) one",
            "# T",
            "ab  cd",
            "**注：**请",
            "你 ** 好",
            "سلام dear",
            "नमस्ते ab",
            "👨‍👩‍👧 ab",
            "crè\u{301}me",
            "茶\u{fe00}叶",
            "end ",
            "a\nb",
            "茶\n叶",
            "ภาษา ab",
            "line [x] y",
            "。”",
            "“茶",
        ] {
            assert_eq!(shown(whole), whole);
        }
    }
}
