//! Objects as they are written.

use biaoshi_container::pdf::{Object, Ref};

/// Objects of an update: a name and the text between `obj` and `endobj`.
pub(super) type Objects = Vec<(Ref, Vec<u8>)>;

/// A reference as it is written.
pub(super) fn reference(id: Ref) -> String {
    format!("{} {} R", id.number, id.generation)
}

/// A stream with its length.
pub(super) fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<< {entries}/Length {} >>\nstream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

/// A dictionary with other values for some keys; all else as it is written.
pub(super) fn with(object: &Object, changes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = b"<<".to_vec();
    let changed = |key: &[u8]| changes.iter().any(|(name, _)| name.as_bytes() == key);
    for entry in object.dict().0.iter().filter(|entry| !changed(&entry.key)) {
        out.push(b' ');
        out.extend(object.text.get(entry.span.clone()).unwrap_or_default());
    }
    for (key, value) in changes {
        out.extend(format!(" /{key} ").bytes());
        out.extend(value);
    }
    out.extend(b" >>");
    out
}
