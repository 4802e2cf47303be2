//! How long to look for marks.

/// How long to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// Whole pictures, crops and collages that were not scaled; sounds at the speed at which they were marked.
    Fast,
    /// Also scaled, turned, sheared pictures, and pictures in pages; sounds at other speeds, tempos and pitches.
    #[default]
    Normal,
    /// More candidates of each, and all scales of whole pictures; every stretch of a sound in full, and speeds, tempos and pitches
    /// further off.
    Deep,
}
