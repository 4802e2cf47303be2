//! Lenient reading: any of the forms that real services write becomes fields and dialects.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::field::Spelling;
use crate::{Dialect, Field, Fields, loose};

/// What a text turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one is made for a text, and taken apart at once")]
pub enum Reading {
    /// A label, perhaps in a dialect, perhaps cut off.
    Label(Parsed),
    /// An object of a vendor's own schema (`ServiceProvider`, `ContentId` …) without `Label`: a trace, not a label.
    Vendor(String),
    /// Neither.
    Nothing,
}

/// A label's values and how they were written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// The values under their canonical names.
    pub fields: Fields,
    /// Values under misspelt keys, with the key as found. They are shown beside the fields, not in their place: a
    /// report says what a file says.
    pub misspelt: Vec<Misspelt>,
    /// Values of keys that stand more than once, before the last ones, which stand in `fields`: where there are any, the label
    /// contradicts itself.
    pub repeated: Vec<(Field, String)>,
    /// Differences of form, without those of the place.
    pub dialects: Vec<Dialect>,
    /// Whether the object was wrapped in `{"AIGC":…}`: right in some carriers, a dialect in the others.
    pub wrapped: bool,
    /// Whether the text ended or broke before the object did.
    pub broken: bool,
}

/// A value under a misspelt key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misspelt {
    /// The key as found.
    pub key: String,
    /// The field that it most likely means.
    pub field: Field,
    /// The value.
    pub value: String,
}

impl Parsed {
    fn add(&mut self, dialect: Dialect) {
        if !self.dialects.contains(&dialect) {
            self.dialects.push(dialect);
        }
    }

    /// Gives a field its value. Of several the last one counts, and those that it differs from are kept; no value contradicts none.
    fn state(&mut self, field: Field, value: Option<String>) {
        let Some(value) = value else { return };
        let earlier = field.of(&self.fields).filter(|earlier| *earlier != value).map(str::to_owned);
        self.repeated.extend(earlier.map(|earlier| (field, earlier)));
        field.set(&mut self.fields, Some(value));
    }

    /// Takes the values of a second label in the same text.
    fn unite(&mut self, other: Self) {
        self.add(Dialect::JsonDuplicateKey);
        self.broken |= other.broken;
        other.dialects.into_iter().for_each(|dialect| self.add(dialect));
        self.misspelt.extend(other.misspelt);
        for (field, value) in other.repeated {
            self.state(field, Some(value));
        }
        for (field, value) in Field::ALL.into_iter().zip(other.fields) {
            self.state(field, value);
        }
    }
}

/// Deepest wrapping that is followed: `{"AIGC":"{\"AIGC\":{…}}"}` and the like.
const MAX_WRAPPING: usize = 4;

/// Reads the text of a slot that may hold a label.
pub fn read(text: &str) -> Reading {
    reading(text, false)
}

/// Reads the text of a slot that by its name holds a label: there one field of Annex E is enough, and an object that
/// breaks off is a damaged label. Any other object is none.
pub fn read_named(text: &str) -> Reading {
    reading(text, true)
}

/// Whether bytes (UTF-8, or what is read as if it were) can be a label at all: a look at the first of them, before they are made
/// text. Binary data under names of their own (`ICC_PROFILE`, `Adobe`) and the notes of camera makers cannot.
pub fn may_be_label(bytes: &[u8]) -> bool {
    let blank = |b: &u8| *b == 0 || b.is_ascii_whitespace() || *b == 0x0b;
    let Some(start) = bytes.iter().position(|b| !blank(b)) else { return false };
    match bytes.get(start..).unwrap_or_default() {
        [b'{' | b'"' | 0x80.., ..] => true,
        rest => rest.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"AIGC")),
    }
}

/// Whether a slot's text says nothing at all.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '\0' | '\u{feff}') || c.is_whitespace())
}

fn reading(text: &str, named: bool) -> Reading {
    let mut parsed = Parsed::default();
    let body = text.trim_start_matches(['\u{feff}', '\0']).trim_start();
    let trimmed = body.trim_end_matches(|c: char| c == '\0' || c.is_whitespace());
    if trimmed.len() < body.len() {
        parsed.add(Dialect::Padding);
    }
    let mut body = Cow::Borrowed(trimmed);
    if let Some(rest) = strip_prefix(&body) {
        parsed.add(Dialect::Prefix);
        body = Cow::Owned(rest.to_owned());
    }
    if body.starts_with("{&quot;") || body.starts_with("{ &quot;") {
        parsed.add(Dialect::JsonEntities);
        body = Cow::Owned(body.replace("&quot;", "\"").replace("&amp;", "&"));
    }
    object(&body, parsed, named, MAX_WRAPPING)
}

/// Reads fields that stand on their own (XMP nodes, YAML lines): pairs of key and value.
pub fn read_fields(pairs: impl IntoIterator<Item = (String, Option<String>)>) -> Parsed {
    let pairs = pairs.into_iter().map(|(key, value)| (key, value.map_or(Value::Null, Value::Text)));
    let mut parsed = Parsed::default();
    assign(pairs.collect(), &mut parsed);
    parsed
}

/// Cuts `AIGC=`, `AIGC:` or `AIGC` in front of the object.
fn strip_prefix(text: &str) -> Option<&str> {
    let head = text.get(..4).filter(|h| h.eq_ignore_ascii_case("AIGC"))?;
    let rest = text.get(head.len()..)?.trim_start().trim_start_matches([':', '=']).trim_start();
    rest.starts_with('{').then_some(rest)
}

impl Parsed {
    /// A value as text, its type noted.
    fn text(&mut self, value: Value) -> Option<String> {
        match value {
            Value::Text(text) => Some(text),
            Value::Null => {
                self.add(Dialect::ValueNull);
                None
            }
            Value::Number(text) => {
                self.add(Dialect::ValueNumber);
                Some(text)
            }
            Value::Nested(text) => {
                self.add(Dialect::ValueObject);
                Some(text)
            }
        }
    }
}

enum Value {
    Text(String),
    Null,
    Number(String),
    Nested(String),
}

fn object(text: &str, mut parsed: Parsed, named: bool, depth: usize) -> Reading {
    if text.starts_with('"') && depth > 0 {
        parsed.add(Dialect::JsonInString);
        let inner = match serde_json::from_str::<String>(text) {
            Ok(inner) => inner,
            Err(_) if named && text.starts_with("\"{") => {
                parsed.broken = true;
                return Reading::Label(parsed);
            }
            Err(_) => return Reading::Nothing,
        };
        return object(inner.trim(), parsed, named, depth - 1);
    }
    if !text.starts_with('{') {
        return Reading::Nothing;
    }
    let pairs = match serde_json::from_str::<Pairs>(text) {
        Ok(Pairs(pairs)) => pairs.into_iter().map(|(k, v)| (k, classify(v))).collect(),
        Err(_) => {
            let (pairs, complete) = loose::object(text);
            // The object may be sound and only followed by something else.
            parsed.broken = !complete;
            parsed.add(Dialect::JsonLoose);
            pairs.into_iter().map(|(k, v, string)| (k, if string { Value::Text(v) } else { unquoted(v) })).collect()
        }
    };
    choose(text, pairs, parsed, named, depth)
}

/// Decides between a label, something wrapped, a vendor's schema and nothing.
fn choose(text: &str, pairs: Vec<(String, Value)>, mut parsed: Parsed, named: bool, depth: usize) -> Reading {
    let known = |key: &str| Field::from_key(key).is_some_and(|(f, _)| f != Field::Label);
    let has_label = pairs.iter().any(|(k, _)| k.eq_ignore_ascii_case("Label"));
    let fields = pairs.iter().filter(|(k, _)| known(k)).count();
    if fields >= 3 || (has_label && (named || parsed.wrapped || fields >= 1)) || (named && fields >= 1) {
        if text.chars().any(char::is_whitespace) && !parsed.broken && has_spaces(text) {
            parsed.add(Dialect::JsonSpaces);
        }
        assign(pairs, &mut parsed);
        return Reading::Label(parsed);
    }
    let mut inside = pairs.iter().filter_map(|(key, value)| match value {
        Value::Text(inner) | Value::Nested(inner) if key.eq_ignore_ascii_case("AIGC") => Some((key, inner)),
        _ => None,
    });
    if let Some((key, inner)) = inside.next()
        && depth > 0
        && !inner.is_empty()
    {
        if key != "AIGC" {
            parsed.add(Dialect::KeyCase);
        }
        parsed.wrapped = true;
        let mut reading = object(inner.trim(), parsed, named, depth - 1);
        for (_, again) in inside {
            let other = object(again.trim(), Parsed { wrapped: true, ..Parsed::default() }, named, depth - 1);
            reading = match (reading, other) {
                (Reading::Label(mut first), Reading::Label(second)) => {
                    first.unite(second);
                    Reading::Label(first)
                }
                (_, label @ Reading::Label(_)) => label,
                (first, _) => first,
            };
        }
        return reading;
    }
    if pairs.iter().any(|(k, _)| ["ServiceProvider", "ServiceUser", "ContentId"].contains(&k.as_str())) {
        return Reading::Vendor(text.to_owned());
    }
    // A cut-off label whose first key is all that is left still says that a label was there.
    let tells = named
        || text.contains("\"Label\"")
        || text.contains("\"ContentProducer\"")
        || parsed.wrapped
        || text.starts_with("{\"AIGC\"");
    if parsed.broken && tells {
        assign(pairs, &mut parsed);
        return Reading::Label(parsed);
    }
    Reading::Nothing
}

fn assign(pairs: Vec<(String, Value)>, parsed: &mut Parsed) {
    let mut last = None;
    for (key, value) in pairs {
        let Some((field, spelling)) = Field::from_key(&key) else {
            parsed.add(Dialect::KeyExtra);
            continue;
        };
        if field.of(&parsed.fields).is_some() {
            parsed.add(Dialect::JsonDuplicateKey);
        } else if last > Some(field) {
            parsed.add(Dialect::KeyOrder);
        }
        last = Some(field);
        let text = parsed.text(value);
        match spelling {
            Spelling::Right => {}
            Spelling::Case => parsed.add(Dialect::KeyCase),
            Spelling::Wrong => {
                parsed.add(Dialect::KeyMisspelt);
                parsed.misspelt.extend(text.map(|value| Misspelt { key, field, value }));
                continue;
            }
        }
        parsed.state(field, text);
    }
}

fn classify(raw: &RawValue) -> Value {
    let text = raw.get();
    match serde_json::from_str::<String>(text) {
        Ok(string) => Value::Text(string),
        // A lone surrogate and the like: keep what can be kept.
        Err(_) if text.starts_with('"') => Value::Text(text.trim_matches('"').to_owned()),
        Err(_) => unquoted(text.to_owned()),
    }
}

fn unquoted(text: String) -> Value {
    match text.as_str() {
        "null" | "None" | "" => Value::Null,
        t if t.starts_with(['{', '[']) => Value::Nested(compact(t)),
        _ => Value::Number(text),
    }
}

/// JSON without the blanks between its tokens.
fn compact(text: &str) -> String {
    let mut quoted = Quoted::default();
    text.chars().filter(|c| quoted.step(*c) || !c.is_whitespace()).collect()
}

/// Whether there are blanks between the tokens.
fn has_spaces(text: &str) -> bool {
    let mut quoted = Quoted::default();
    text.chars().any(|c| !quoted.step(c) && c.is_whitespace())
}

/// Follows whether a position lies inside a JSON string.
#[derive(Default)]
struct Quoted {
    inside: bool,
    escaped: bool,
}

impl Quoted {
    fn step(&mut self, c: char) -> bool {
        let was = self.inside;
        match c {
            '"' if !self.escaped => self.inside = !self.inside,
            '\\' if self.inside && !self.escaped => {
                self.escaped = true;
                return was;
            }
            _ => {}
        }
        self.escaped = false;
        was || self.inside
    }
}

/// An object's pairs in order, duplicates included, values verbatim.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}
