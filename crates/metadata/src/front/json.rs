//! The member `AIGC` of JSON front matter.

use std::fmt;
use std::ops::Range;

use biaoshi_container::Limits;
use biaoshi_container::text::{Document, Encoding};
use biaoshi_label::{Label, Reading, read};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Entry, is_name};
use crate::found::floor_char_boundary;

/// The members of an object, repeated ones too.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    if is_name(&key) {
                        members.push((key, value));
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// The members of the name AIGC of the object in `bytes`; `None` where it cannot be read, or not with offsets.
pub(super) fn entries(document: &Document, bytes: Range<usize>, limits: &Limits) -> Option<Vec<Entry>> {
    let text = document.slice(bytes.clone());
    let Members(members) = serde_json::from_str::<Members<'_>>(&text).ok().filter(|_| is_utf8(document))?;
    let entry = |(_, value): &(String, &RawValue)| {
        let value = value.get();
        let end = (value.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?.checked_add(value.len())?;
        let before = text.get(..end - value.len())?.trim_end().strip_suffix(':')?.trim_end().strip_suffix('"')?;
        let start = before.rfind('"')?;
        let raw = value.get(..floor_char_boundary(value, limits.label)).unwrap_or_default().to_owned();
        let parsed = match read(&raw) {
            Reading::Label(parsed) => Some(parsed),
            _ => None,
        };
        Some(Entry { bytes: bytes.start + start..bytes.start + end, parsed, cut: raw.len() < value.len(), raw })
    };
    members.iter().map(entry).collect()
}

/// Whether the member may be in the front of an object that was cut off.
pub(super) fn names_label(text: &str) -> bool {
    ["\"AIGC\"", "\"aigc\""]
        .iter()
        .any(|name| text.split(name).skip(1).any(|behind| behind.trim_start().starts_with(':')))
}

fn is_utf8(document: &Document) -> bool {
    document.encoding == Encoding::Utf8 && document.damage.is_none()
}

/// The member as it is written.
pub(super) fn encode(label: &Label) -> String {
    format!("\"AIGC\": {}", label.to_json())
}

/// Where a new member goes, and what stands between it and its neighbours: before the first one, as that is written.
pub(super) fn place(document: &Document, bytes: Range<usize>) -> Option<(usize, String)> {
    let text = document.slice(bytes.clone());
    let inside = text.trim_start().strip_prefix('{')?;
    let first = inside.trim_start();
    let at = bytes.start + (text.len() - first.len());
    let blanks = inside.get(..inside.len() - first.len())?;
    Some((at, if first.starts_with('}') { String::new() } else { format!(",{blanks}") }))
}
