/// Where an explicit label stands in what has a beginning and an end (clauses 5.1 and 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Position {
    /// Before the content begins.
    #[default]
    Start,
    /// Between the two paragraphs that are nearest the middle; where there is no such place, as in sound, at the start.
    Middle,
    /// After the content ends.
    End,
    /// Before and after it.
    Both,
}

impl Position {
    /// Whether a label is to stand before the content of a thing without a place in the middle.
    pub fn is_before(self) -> bool {
        self != Self::End
    }

    /// Whether one is to stand behind it.
    pub fn is_behind(self) -> bool {
        matches!(self, Self::End | Self::Both)
    }
}
