//! A line of JSON as pairs of key and value.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::columns::Column;
use super::fault::{Fault, ValueFault};

/// The pairs of one object, in its order. Values stay as they are written, so that a number keeps its digits: an id may
/// have more than any number of ours.
pub(super) struct Pairs<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Pairs<'a> {
    pub(super) fn read(line: &'a str) -> Result<Vec<(Cow<'a, str>, &'a RawValue)>, Fault> {
        serde_json::from_str::<Pairs<'a>>(line).map(|pairs| pairs.0).map_err(Fault::Json)
    }
}

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A key, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// A value as text, for reports: of a string what it says, of all others how they are written; nothing for `null`.
pub(super) fn text(value: &RawValue) -> Result<Option<String>, Fault> {
    match value.get().as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') => serde_json::from_str(value.get()).map(Some).map_err(Fault::Json),
        _ => Ok(Some(value.get().to_owned())),
    }
}

/// The value of a column, as a cell of CSV would hold it. Databases hold numbers and texts alike.
pub(super) fn cell(column: Column, value: &RawValue) -> Result<Option<String>, Fault> {
    match value.get().as_bytes().first() {
        Some(b'[') if column == Column::Layers => {
            let names: Vec<String> = serde_json::from_str(value.get()).map_err(Fault::Json)?;
            Ok(Some(names.join(",")))
        }
        Some(b't' | b'f') if !column.is_flag() => Err(ValueFault::Kind(column.name(), value.get().to_owned()).into()),
        Some(b'[' | b'{') => Err(ValueFault::Kind(column.name(), "…".to_owned()).into()),
        _ => text(value),
    }
}
