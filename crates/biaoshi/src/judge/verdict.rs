use biaoshi_label::Level;

/// What a platform must tell the public about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verdict {
    /// Nothing was found. It never means "authentic".
    #[default]
    None,
    /// 疑似: a label of level 3 or one that cannot be read, an explicit label, a watermark or other traces.
    Suspected,
    /// 可能: declared by the uploader, or a label of level 2.
    Possible,
    /// 属于: a metadata label of level 1.
    Confirmed,
}

impl Verdict {
    /// All of them, the strongest first.
    pub const ALL: [Self; 4] = [Self::Confirmed, Self::Possible, Self::Suspected, Self::None];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Suspected => "suspected",
            Self::Possible => "possible",
            Self::Confirmed => "confirmed",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }

    /// The level that a platform writes back; `None` where there is nothing to write.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::None => None,
            Self::Suspected => Some(Level::Suspected),
            Self::Possible => Some(Level::Possible),
            Self::Confirmed => Some(Level::Confirmed),
        }
    }
}

impl From<Level> for Verdict {
    fn from(level: Level) -> Self {
        match level {
            Level::Confirmed => Self::Confirmed,
            Level::Possible => Self::Possible,
            Level::Suspected => Self::Suspected,
        }
    }
}
