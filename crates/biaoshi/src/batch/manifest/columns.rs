//! The columns that we know.

/// A column of a manifest, and a key of its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Path,
    Output,
    Source,
    Id,
    Producer,
    Level,
    Text,
    Corner,
    Position,
    Layers,
    Replace,
    Reason,
    Declared,
    Propagator,
    PropagateId,
}

impl Column {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Output => "output",
            Self::Source => "source",
            Self::Id => "id",
            Self::Producer => "producer",
            Self::Level => "level",
            Self::Text => "text",
            Self::Corner => "corner",
            Self::Position => "position",
            Self::Layers => "layers",
            Self::Replace => "replace",
            Self::Reason => "reason",
            Self::Declared => "declared",
            Self::Propagator => "propagator",
            Self::PropagateId => "propagate_id",
        }
    }

    /// Whether it holds a yes or no.
    pub(super) fn is_flag(self) -> bool {
        matches!(self, Self::Replace | Self::Declared)
    }
}

/// The columns that a verb knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// Everything that may differ for a file that is labelled.
    Label,
    /// The same without what the label of the original says: `id`, `producer`, `level`.
    Carry,
    /// `path`, `id`, `declared`.
    Verify,
    /// The same, where the file goes, the propagation elements, and `level`.
    Propagate,
}

impl Columns {
    pub(super) fn all(self) -> &'static [Column] {
        use Column::*;
        match self {
            Self::Label => &[
                Path,
                Output,
                Source,
                Id,
                Producer,
                Level,
                Propagator,
                PropagateId,
                Text,
                Corner,
                Position,
                Layers,
                Replace,
                Reason,
            ],
            Self::Carry => &[Path, Output, Source, Text, Corner, Position, Layers, Replace, Reason],
            Self::Verify => &[Path, Id, Declared],
            Self::Propagate => &[Path, Output, Id, Declared, Propagator, PropagateId, Level],
        }
    }

    /// Their names, for messages.
    pub(super) fn names(self) -> String {
        self.all().iter().map(|c| c.name()).collect::<Vec<_>>().join(", ")
    }
}
