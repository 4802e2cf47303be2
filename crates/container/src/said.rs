//! One way to say a thing in two languages, for every crate above.
//!
//! A [`Said`] is a row: what is said in English and in Chinese, side by side, with `{}` where a detail goes. A [`Message`] is a
//! row with its details. A reason that users meet has a code and stands as a `static` beside the code that gives it; what is
//! part of an error is written where it is needed, with [`phrase!`](crate::phrase), or [`said!`](crate::said) where it has
//! details. No text becomes a message by itself: the compiler asks for both languages.

use std::fmt;

/// Language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// What is said, in both languages. `{}` takes a detail; both languages have as many, in the same order.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// Names a reason or a note in documents: `format.thing`. Empty for parts of messages.
    pub code: &'static str,
    /// In English.
    pub en: &'static str,
    /// In Chinese; the terms of formats stay as they are.
    pub zh: &'static str,
}

/// A row with its details: what is told to people, in the language that they choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    said: &'static Said,
    details: Vec<Detail>,
}

/// What takes the place of a `{}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A name, a number, a term of a format: the same in both languages.
    Term(String),
    /// A message of its own.
    Message(Message),
    /// Both languages, from where rows cannot be.
    Pair(String, String),
}

/// A detail alone.
static BARE: Said = Said { code: "", en: "{}", zh: "{}" };

impl Said {
    /// The row with its details.
    pub fn with<const N: usize>(&'static self, details: [Detail; N]) -> Message {
        Message { said: self, details: details.into() }
    }

    /// The row of which nothing is left open.
    pub fn message(&'static self) -> Message {
        self.with([])
    }

    /// How many details it takes; `None` where the languages differ in that.
    pub const fn holes(&self) -> Option<usize> {
        let (en, zh) = (holes(self.en), holes(self.zh));
        if en == zh { Some(en) } else { None }
    }

    /// Whether its Chinese is not one more English phrase: it holds another character than those of ASCII, or two words at
    /// most, as the terms of formats do.
    pub const fn is_translated(&self) -> bool {
        let bytes = self.zh.as_bytes();
        let (mut at, mut blanks) = (0, 0);
        while at < bytes.len() {
            #[allow(clippy::indexing_slicing, reason = "checked above; `get` is not const")]
            match bytes[at] {
                b' ' => blanks += 1,
                0x80.. => return true,
                _ => {}
            }
            at += 1;
        }
        blanks < 2
    }

    fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

/// The number of `{}` in a text.
const fn holes(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut count) = (1, 0);
    while at < bytes.len() {
        #[allow(clippy::indexing_slicing, reason = "checked above; `get` is not const")]
        if bytes[at - 1] == b'{' && bytes[at] == b'}' {
            count += 1;
        }
        at += 1;
    }
    count
}

impl Message {
    /// A name or a term of a format, which is the same in both languages.
    pub fn term(term: impl Into<String>) -> Self {
        BARE.with([Detail::Term(term.into())])
    }

    /// Both languages, from where rows cannot be.
    pub fn pair(en: impl Into<String>, zh: impl Into<String>) -> Self {
        BARE.with([Detail::Pair(en.into(), zh.into())])
    }

    /// Whether it is made of that row.
    pub fn is(&self, said: &Said) -> bool {
        self.said == said
    }

    /// The code of its row; empty for one without.
    pub fn code(&self) -> &'static str {
        self.said.code
    }

    /// The text in a language.
    pub fn tell(&self, lang: Lang) -> String {
        let mut out = String::new();
        self.write(lang, &mut out);
        out
    }

    fn write(&self, lang: Lang, out: &mut String) {
        let mut details = self.details.iter();
        let mut parts = self.said.text(lang).split("{}");
        append(lang, out, parts.next().unwrap_or_default());
        for part in parts {
            match (details.next(), lang) {
                (Some(Detail::Term(text) | Detail::Pair(text, _)), Lang::En) => append(lang, out, text),
                (Some(Detail::Term(text) | Detail::Pair(_, text)), Lang::Zh) => append(lang, out, text),
                (Some(Detail::Message(message)), _) => message.write(lang, out),
                (None, _) => {}
            }
            append(lang, out, part);
        }
    }
}

/// Appends a part. A blank parts Chinese characters from Latin letters and digits, as it does inside the rows.
fn append(lang: Lang, out: &mut String, part: &str) {
    let is_han = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}');
    let meets = match (out.chars().next_back(), part.chars().next()) {
        (Some(a), Some(b)) => is_han(a) && b.is_ascii_alphanumeric() || a.is_ascii_alphanumeric() && is_han(b),
        _ => false,
    };
    if lang == Lang::Zh && meets {
        out.push(' ');
    }
    out.push_str(part);
}

impl fmt::Display for Message {
    /// In English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tell(Lang::En))
    }
}

impl From<&'static Said> for Message {
    fn from(said: &'static Said) -> Self {
        Self { said, details: Vec::new() }
    }
}

impl From<Message> for Detail {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl From<&'static Said> for Detail {
    fn from(said: &'static Said) -> Self {
        Self::Message(said.into())
    }
}

macro_rules! term {
    ($($type:ty),*) => {$(
        impl From<$type> for Detail {
            fn from(term: $type) -> Self {
                Self::Term(term.to_string())
            }
        }
    )*};
}

term!(&str, &String, String, u8, u16, u32, u64, usize, i64, std::path::Display<'_>);

/// A row without details, from its English and its Chinese: a `&'static` [`Said`](crate::Said), which costs nothing to hand on.
/// Reads are given what they read as one; errors take it as they take a [`Message`](crate::Message).
#[macro_export]
macro_rules! phrase {
    ($en:literal, $zh:literal $(,)?) => {{
        const ROW: $crate::Said = $crate::Said { code: "", en: $en, zh: $zh };
        static SAID: $crate::Said = ROW;
        const { assert!(matches!(ROW.holes(), Some(0)), "no place for a detail") };
        const { assert!(ROW.is_translated(), "Chinese stands beside the English") };
        &SAID
    }};
}

/// A [`Message`](crate::Message) from its English, its Chinese, and a detail for each `{}` in them. Counting them is left to the
/// compiler.
#[macro_export]
macro_rules! said {
    ($en:literal, $zh:literal $(, $detail:expr)* $(,)?) => {{
        const ROW: $crate::Said = $crate::Said { code: "", en: $en, zh: $zh };
        static SAID: $crate::Said = ROW;
        const DETAILS: usize = <[&str]>::len(&[$(stringify!($detail)),*]);
        const { assert!(matches!(ROW.holes(), Some(DETAILS)), "as many details as places for them, in both languages") };
        const { assert!(ROW.is_translated(), "Chinese stands beside the English") };
        SAID.with::<DETAILS>([$($crate::Detail::from($detail)),*])
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_take_their_places_in_both_languages() {
        static ROW: Said = Said { code: "x.y", en: "{} of {} bytes", zh: "{},{} 字节" };
        let part = crate::said!("a chunk {}", "块 {}", "IDAT");
        let message = ROW.with([part.into(), 7u64.into()]);
        assert_eq!(message.tell(Lang::En), "a chunk IDAT of 7 bytes");
        assert_eq!(message.tell(Lang::Zh), "块 IDAT,7 字节");
        assert_eq!(message.to_string(), message.tell(Lang::En));
        assert!(message.is(&ROW) && message.code() == "x.y");
        assert_eq!(Message::term("moov").tell(Lang::Zh), "moov");
        assert_eq!(Message::pair("a", "甲").tell(Lang::Zh), "甲");
    }

    #[test]
    fn chinese_is_parted_from_latin() {
        let tell = |part: Message| crate::said!("it ends in {} too soon", "在{}中途结束", part).tell(Lang::Zh);
        assert_eq!(tell(crate::phrase!("the chunk IDAT", "IDAT 块").into()), "在 IDAT 块中途结束");
        assert_eq!(tell(crate::phrase!("the header", "文件头").into()), "在文件头中途结束");
        assert_eq!(tell(Message::term("moov")), "在 moov 中途结束");
        assert_eq!(tell(Message::term("\"moov\"")), "在\"moov\"中途结束");
    }

    #[test]
    fn rows_say_how_many_details_they_take() {
        let row = |en, zh| Said { code: "", en, zh }.holes();
        assert_eq!(row("none", "无"), Some(0));
        assert_eq!(row("{}{} {", "{} {}"), Some(2));
        assert_eq!(row("{}", "无"), None);
    }

    #[test]
    fn english_twice_is_no_translation() {
        let row = |zh| Said { code: "", en: "the end of the file", zh }.is_translated();
        assert!(row("文件尾部") && row("Exif IFD") && row("{}:{}"));
        assert!(!row("the end of the file"));
    }
}
