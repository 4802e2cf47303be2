//! What the 64 bits of a watermark say about a label, and who is behind them.
//!
//! A convention of this program: no standard says what a payload holds. TC260's guide of 2023 wants at least the
//! provider's name in a hidden watermark; 64 bits hold no name, so they hold what finds it in a registry.
//!
//! | bits | what |
//! |---|---|
//! | 24 | provider tag: the first 24 bits of SHA-256 over ContentProducer in UTF-8 |
//! | 40 | content tag: the first 40 bits of SHA-256 over ProduceID in UTF-8 |

mod registry;

use std::fmt;

use biaoshi_label::{Field, Label, Record};
use biaoshi_watermark::Payload;
use sha2::{Digest, Sha256};

pub use registry::{Provider, Registry};

/// Bits of the content tag; the provider tag lies above it.
const CONTENT: u32 = 40;

/// The first 24 bits of SHA-256 over a provider code. Any two providers share one with a chance of 6e-8; among ten
/// thousand there are about three such pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderTag(u32);

impl ProviderTag {
    /// The tag of a ContentProducer.
    pub fn new(producer: &str) -> Self {
        Self((head(producer) >> 40) as u32)
    }

    /// The tag in a payload.
    pub fn of(payload: Payload) -> Self {
        Self((payload.0 >> CONTENT) as u32)
    }
}

impl fmt::Display for ProviderTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06x}", self.0)
    }
}

/// The payload of the content that a provider made under a ProduceID.
pub fn payload(producer: &str, produce_id: &str) -> Payload {
    Payload(u64::from(ProviderTag::new(producer).0) << CONTENT | head(produce_id) >> (64 - CONTENT))
}

/// The payload that belongs to a label.
pub fn payload_of(label: &Label) -> Payload {
    payload(label.get(Field::ContentProducer), label.get(Field::ProduceID))
}

/// The first 64 bits of SHA-256.
fn head(text: &str) -> u64 {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(0, |v, &b| v << 8 | u64::from(b))
}

/// How a watermark and the labels of the same file go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Both tags are those of a label.
    Match,
    /// No label has both tags.
    Mismatch,
    /// No label names provider and content.
    NoLabel,
}

impl Agreement {
    /// Compares a payload with the labels. Of several, one that agrees is enough: which of them is wrong is a finding
    /// about the labels.
    pub fn new(payload: Payload, records: &[Record]) -> Self {
        let field = |r: &Record, f: Field| r.get(f).filter(|v| !v.is_empty()).map(str::to_owned);
        let named = |r: &Record| Some(self::payload(&field(r, Field::ContentProducer)?, &field(r, Field::ProduceID)?));
        let payloads: Vec<_> = records.iter().filter_map(named).collect();
        match payloads.contains(&payload) {
            true => Self::Match,
            false if payloads.is_empty() => Self::NoLabel,
            false => Self::Mismatch,
        }
    }

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::NoLabel => "no-label",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(producer: Option<&str>, id: &str) -> Record {
        let mut fields = biaoshi_label::Fields::default();
        Field::ContentProducer.set(&mut fields, producer.map(Into::into));
        Field::ProduceID.set(&mut fields, Some(id.into()));
        Record {
            placement: "x".into(),
            span: 0..0,
            raw: String::new(),
            fields,
            misspelt: vec![],
            repeated: vec![],
            dialects: vec![],
            broken: false,
        }
    }

    /// `printf abc | sha256sum` begins with ba7816bf 8f01cfea, of the empty text with e3b0c442 98fc1c14.
    #[test]
    fn payloads_are_the_first_bits_of_two_digests() {
        assert_eq!(payload("abc", "").to_string(), "ba7816e3b0c44298");
        assert_eq!(payload("", "abc").to_string(), "e3b0c4ba7816bf8f");
        assert_eq!(ProviderTag::of(payload("abc", "x")), ProviderTag::new("abc"));
        assert_eq!(ProviderTag::new("abc").to_string(), "ba7816");
    }

    #[test]
    fn one_label_that_agrees_is_enough() {
        let mark = payload("p", "1");
        for (records, expected) in [
            (vec![], Agreement::NoLabel),
            (vec![record(None, "1")], Agreement::NoLabel),
            (vec![record(Some("p"), "1")], Agreement::Match),
            (vec![record(Some("q"), "1")], Agreement::Mismatch),
            (vec![record(Some("p"), "2")], Agreement::Mismatch),
            (vec![record(Some("p"), "2"), record(None, "1"), record(Some("p"), "1")], Agreement::Match),
        ] {
            assert_eq!(Agreement::new(mark, &records), expected, "{records:?}");
        }
    }
}
