//! What a reserved field holds, read leniently: the object of the guide, and the forms that real services write.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Entries of one kind that are read: each may cost a verification with each key.
const MOST: usize = 4;

/// What a reserved field turned out to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Security data.
    Data(SecurityData),
    /// A signature and nothing else, as MiniMax writes into texts.
    Bare(Vec<u8>),
    /// It says that it is security data, and cannot be read as such.
    Unreadable,
    /// Nothing of the kind: a number of somebody's own, or nothing at all.
    Nothing,
}

/// The object `SecurityData`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecurityData {
    /// `Bindings`: what ties the label to a content.
    pub bindings: Vec<Binding>,
    /// The entries `DS` of `PubSD`.
    pub signatures: Vec<DataSignature>,
    /// Its entries `PubKey`.
    pub keys: Vec<DataKey>,
}

/// An entry of `Bindings`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Binding {
    /// `Type`: `Hash`, `soft` …
    pub kind: String,
    /// `AlgID`.
    pub algorithm: String,
    /// `TBSData.Type`: what was hashed.
    pub coverage: String,
    /// The hash. Services write it as `Value` or as `Signature`.
    pub value: Option<Vec<u8>>,
    /// The entry as it stands in the field: MiniMax signs that.
    pub text: String,
}

/// A signature, and what it is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataSignature {
    /// `AlgID`.
    pub algorithm: String,
    /// `TBSData.Type`: what is signed.
    pub covers: String,
    /// `TBSData.BType`: which binding, by its number or its `Type`.
    pub binding: String,
    /// `TBSData.Fields`: the fields that are signed, where the guide does not say (our convention).
    pub fields: String,
    /// The signature; `None` where it is neither hexadecimal nor Base64.
    pub value: Option<Vec<u8>>,
    /// `KeyID`.
    pub key_id: String,
}

/// A key that travels with the label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataKey {
    /// `AlgID`.
    pub algorithm: String,
    /// `KeyValue`; `None` where it is neither hexadecimal nor Base64.
    pub value: Option<Vec<u8>>,
    /// `KeyID`.
    pub key_id: String,
}

/// Reads the value of a reserved field.
pub fn read(text: &str) -> Reading {
    let text = text.trim();
    if text.starts_with('{') {
        if !["\"SecurityData\"", "TC260PG", "\"PubSD\""].iter().any(|mark| text.contains(mark)) {
            return Reading::Nothing;
        }
        return object(text).map_or(Reading::Unreadable, Reading::Data);
    }
    match unhex(text) {
        Some(bytes) if is_signature(&bytes) => Reading::Bare(bytes),
        _ => Reading::Nothing,
    }
}

type Object<'a> = BTreeMap<String, &'a RawValue>;

fn object(text: &str) -> Option<SecurityData> {
    let mut object: Object<'_> = serde_json::from_str(text).ok()?;
    // Tencent leaves the outer object out.
    if let Some(inner) = object.get("SecurityData") {
        object = serde_json::from_str(inner.get()).ok()?;
    }
    let list = |key: &str| -> Option<Vec<&RawValue>> {
        let list: Vec<&RawValue> = match object.get(key) {
            Some(value) => serde_json::from_str(value.get()).ok()?,
            None => Vec::new(),
        };
        (list.len() <= 2 * MOST).then_some(list)
    };
    let mut data = SecurityData::default();
    for entry in list("Bindings")? {
        data.bindings.push(binding(&serde_json::from_str(entry.get()).ok()?, entry.get()));
    }
    for entry in list("PubSD")? {
        let entry: Value = serde_json::from_str(entry.get()).ok()?;
        match text_of(&entry, "Type").as_str() {
            "DS" => data.signatures.push(signature(&entry)),
            "PubKey" => data.keys.push(key(&entry)),
            _ => {}
        }
    }
    let most = data.bindings.len().max(data.signatures.len()).max(data.keys.len());
    (most <= MOST).then_some(data)
}

fn binding(entry: &Value, text: &str) -> Binding {
    let value = entry.get("Value").or_else(|| entry.get("Signature")).and_then(Value::as_str);
    Binding {
        kind: text_of(entry, "Type"),
        algorithm: text_of(entry, "AlgID"),
        coverage: signed(entry, "Type"),
        value: value.and_then(bytes),
        text: text.to_owned(),
    }
}

fn signature(entry: &Value) -> DataSignature {
    DataSignature {
        algorithm: text_of(entry, "AlgID"),
        covers: signed(entry, "Type"),
        binding: signed(entry, "BType"),
        fields: signed(entry, "Fields"),
        value: bytes(&text_of(entry, "Signature")),
        key_id: text_of(entry, "KeyID"),
    }
}

fn key(entry: &Value) -> DataKey {
    DataKey {
        algorithm: text_of(entry, "AlgID"),
        value: bytes(&text_of(entry, "KeyValue")),
        key_id: text_of(entry, "KeyID"),
    }
}

/// A member that is a text or a number; empty where it is missing.
fn text_of(entry: &Value, key: &str) -> String {
    match entry.get(key) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(number @ Value::Number(_)) => number.to_string(),
        _ => String::new(),
    }
}

/// A member of the entry's `TBSData`.
fn signed(entry: &Value, key: &str) -> String {
    entry.get("TBSData").map(|data| text_of(data, key)).unwrap_or_default()
}

/// Bytes that stand in a field: hexadecimal, as the guide has it, or Base64.
fn bytes(text: &str) -> Option<Vec<u8>> {
    unhex(text).or_else(|| STANDARD.decode(text).ok()).filter(|bytes| !bytes.is_empty())
}

/// Whether bytes have the form of a signature by an elliptic curve: a SEQUENCE of two INTEGERs, nothing behind.
fn is_signature(bytes: &[u8]) -> bool {
    let [0x30, length, 2, r, rest @ ..] = bytes else { return false };
    let whole = usize::from(*length) + 2 == bytes.len() && (66..=72).contains(&bytes.len());
    whole && matches!(rest.get(usize::from(*r)..), Some([2, s, s_bytes @ ..]) if usize::from(*s) == s_bytes.len())
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Hexadecimal digits of either case as bytes.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [a, b] => Some(digit(*a)? << 4 | digit(*b)?),
            _ => None,
        })
        .collect()
}
