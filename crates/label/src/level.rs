use serde::{Deserialize, Serialize};

/// The value of the field `Label`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// `"3"`: suspected to be AI-generated 疑似.
    #[serde(rename = "3")]
    Suspected,
    /// `"2"`: may be AI-generated 可能.
    #[serde(rename = "2")]
    Possible,
    /// `"1"`: is AI-generated 属于.
    #[serde(rename = "1")]
    Confirmed,
}

impl Level {
    /// Reads `1`, `2` or `3`, blanks around it allowed.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "1" => Some(Self::Confirmed),
            "2" => Some(Self::Possible),
            "3" => Some(Self::Suspected),
            _ => None,
        }
    }

    /// The digit.
    pub fn digit(self) -> &'static str {
        match self {
            Self::Confirmed => "1",
            Self::Possible => "2",
            Self::Suspected => "3",
        }
    }
}
