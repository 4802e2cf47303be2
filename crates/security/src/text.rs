//! The signed texts.

use biaoshi_label::{Field, Fields};

use crate::Digest;
use crate::data::hex;

/// Who signs, and so which fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// Who generated the content: ReservedCode1.
    Producer,
    /// Who spreads it: ReservedCode2.
    Propagator,
}

impl Party {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Producer, Self::Propagator];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Producer => "producer",
            Self::Propagator => "propagator",
        }
    }

    /// The field that holds its security data.
    pub fn reserved(self) -> Field {
        match self {
            Self::Producer => Field::ReservedCode1,
            Self::Propagator => Field::ReservedCode2,
        }
    }

    /// The field that names it.
    pub fn provider(self) -> Field {
        match self {
            Self::Producer => Field::ContentProducer,
            Self::Propagator => Field::ContentPropagator,
        }
    }

    /// The fields that it signs, in the order of the text. For the propagator that is our convention.
    pub fn signed(self) -> [Field; 3] {
        match self {
            Self::Producer => [Field::Label, Field::ContentProducer, Field::ProduceID],
            Self::Propagator => [Field::Label, Field::ContentPropagator, Field::PropagateID],
        }
    }

    /// The names of these fields, as a signature of ours states them where the guide does not.
    pub(crate) fn names(self) -> String {
        self.signed().map(Field::key).join(",")
    }

    /// The signed text: `"Label":"1","ContentProducer":"…","ProduceID":"…"`, no braces, no blanks. A value stands as in the
    /// label's compact JSON, so a quote is `\"`, and what is not ASCII is UTF-8; one that is missing or null is empty.
    pub fn text(self, fields: &Fields) -> String {
        let pair = |field: Field| {
            let value = serde_json::Value::from(field.of(fields).unwrap_or_default());
            format!("\"{}\":{value}", field.key())
        };
        self.signed().map(pair).join(",")
    }

    /// The text that ties the label to a content (our convention). Two signatures, one over the label and one over the
    /// hash, could be put together from two files of one signer.
    pub fn text_with(self, fields: &Fields, digest: &Digest) -> String {
        format!("{},\"Hash\":\"{}\",\"Value\":\"{}\"", self.text(fields), digest.hash.id(), hex(&digest.bytes))
    }
}
