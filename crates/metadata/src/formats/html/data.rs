//! Scripts that hold JSON.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use biaoshi_label::{Reading, read};
use serde_json::value::RawValue;

/// The characters of a script; XML has them in a CDATA section, or as references.
pub(super) fn unwrapped(text: &str, xml: bool) -> Cow<'_, str> {
    let body = text.trim();
    if !xml {
        return Cow::Borrowed(body);
    }
    match body.strip_prefix("<![CDATA[").and_then(|b| b.strip_suffix("]]>")) {
        Some(inside) => Cow::Borrowed(inside.trim()),
        None => Cow::Owned(biaoshi_container::xml::unescape(body)),
    }
}

/// Whether the label is a member `AIGC` of the object.
pub(super) fn is_wrapped(json: &str) -> bool {
    matches!(read(json), Reading::Label(parsed) if parsed.wrapped)
}

/// The range of a member with its comma, where the object has others.
pub(super) fn member(json: &str, key: &str) -> Option<Range<usize>> {
    let members: HashMap<String, &RawValue> = serde_json::from_str(json).ok()?;
    let value = members.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v.get())?;
    if members.len() < 2 {
        return None;
    }
    let start = (value.as_ptr() as usize).checked_sub(json.as_ptr() as usize)?;
    let end = start + value.len();
    let name = json.get(..start)?.trim_end().strip_suffix(':')?.trim_end().strip_suffix('"')?;
    let start = name.rfind('"')?;
    let behind = json.get(end..)?;
    if let Some(rest) = behind.trim_start().strip_prefix(',') {
        return Some(start..json.len() - rest.len());
    }
    let before = json.get(..start)?.trim_end().strip_suffix(',')?;
    Some(before.len()..end)
}

/// Whether a key, or a text like it, stands in the JSON more than once: which of them counts is anybody's guess.
pub(super) fn is_repeated(json: &str, key: &str) -> bool {
    json.to_ascii_lowercase().matches(&format!("\"{}\"", key.to_ascii_lowercase())).count() > 1
}

/// The `digitalSourceType` of a JSON-LD object, in the letters of IPTC.
pub(super) fn digital_source(json: &str) -> Option<String> {
    let members: HashMap<String, &RawValue> =
        json.contains("digitalSourceType").then(|| serde_json::from_str(json).ok()).flatten()?;
    let value = members.get("digitalSourceType")?.get();
    // schema.org writes the term of IPTC in its own style.
    Some(value.replace("TrainedAlgorithmicMedia", "trainedAlgorithmicMedia").replace("itetrained", "iteTrained"))
}
