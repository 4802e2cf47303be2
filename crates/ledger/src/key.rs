//! What can be looked for, and how an index has it.

use crate::hash::Hash;
use crate::line::{Keys, TAG, content_tag};

/// What to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A ProduceID.
    ProduceId(String),
    /// The payload of a watermark, or the one that would belong to a label.
    Payload(u64),
    /// The lower 40 bits of a payload, which are of the ProduceID alone.
    ContentTag(u64),
    /// A content, before or after the work.
    Sha256(Hash),
}

impl Key {
    /// Whether a line is meant. The index knows parts of keys alone.
    pub(crate) fn is_of(&self, keys: &Keys<'_>) -> bool {
        match self {
            Self::ProduceId(id) => keys.produce_id() == Some(id),
            Self::Payload(payload) => keys.payloads().any(|of| of == *payload),
            Self::ContentTag(tag) => keys.tags().any(|of| of == *tag & TAG),
            Self::Sha256(hash) => keys.contents().any(|of| of == *hash),
        }
    }

    /// Bytes without which no line is meant.
    pub(crate) fn needle(&self) -> Vec<u8> {
        match self {
            Self::ProduceId(id) => serde_json::to_vec(id).unwrap_or_default(),
            Self::Payload(payload) => format!("\"{payload:016x}\"").into_bytes(),
            // Of lines without a payload the tag is that of the id, which cannot be seen in the text.
            Self::ContentTag(_) => Vec::new(),
            Self::Sha256(hash) => hash.to_string().into_bytes(),
        }
    }
}

/// What the index is asked for a key.
pub(crate) enum Asked {
    Tag(u64),
    Content(u64),
}

impl From<&Key> for Asked {
    fn from(key: &Key) -> Self {
        match key {
            Key::ProduceId(id) => Self::Tag(content_tag(id)),
            Key::Payload(bits) | Key::ContentTag(bits) => Self::Tag(bits & TAG),
            Key::Sha256(hash) => Self::Content(hash.head()),
        }
    }
}
