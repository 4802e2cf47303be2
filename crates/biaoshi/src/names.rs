//! Names that somebody may have meant.

/// The known name that is nearest to another, and nearer than `least`, of 1.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>, least: f64) -> Option<&'a str> {
    let near = |known: &'a str| (strsim::jaro(name, known), known);
    known.map(near).filter(|(near, _)| *near > least).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}
