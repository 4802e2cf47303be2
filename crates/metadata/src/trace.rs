//! Signs of AI generation in metadata that is no label. What they are is said by the rows of [`TRACES`]; here they are looked
//! for in the named texts of a file, which are read for labels anyway.

mod rows;
#[cfg(test)]
mod tests;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use self::rows::TRACES;
use self::value::Text;
pub use self::value::Value;

/// A sign of AI generation that is no label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// What kind: `c2pa`, `iptc`, `stable-diffusion` …
    pub kind: &'static str,
    /// Where it stands.
    pub placement: Cow<'static, str>,
    /// What it says, with the tool, shortened.
    pub detail: String,
    /// Whether it alone makes a file suspected.
    pub strength: Strength,
}

/// What a trace is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Worth a line, no verdict.
    Weak,
    /// Makes a file suspected.
    Strong,
}

impl Strength {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Strong => "strong",
        }
    }
}

/// One kind of trace: a text of the file, by its name, that says something.
///
/// A name is what the text is called in its container, in any letter case: a PNG keyword, an EXIF tag, the local name of an XMP
/// property, a comment or tag of a sound or video, a field of a C2PA claim.
#[derive(Debug)]
pub struct TraceRow {
    /// The kind in reports.
    pub kind: &'static str,
    /// The tool or service; empty where the text names it.
    pub tool: &'static str,
    /// The names of texts in which it makes a file suspected.
    pub strong: &'static [&'static str],
    /// Those in which it is worth a line.
    pub weak: &'static [&'static str],
    /// What the text says.
    pub value: Value,
    /// Another text that has to stand in the same file.
    pub beside: Option<(&'static str, Value)>,
    /// Where the public can read of it; or that we saw it in files.
    pub source: &'static str,
}

/// What a text is to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The one that says it.
    Text(Strength),
    /// The other one that has to be there.
    Beside,
}

/// The rows that look at a text, by their index.
type Looks = Vec<(usize, Role)>;

/// The names of texts, in lower case and in order, each with the rows that look at it: most texts of a file have no name of these,
/// which has to be seen quickly.
static BY_NAME: LazyLock<Vec<(String, Looks)>> = LazyLock::new(|| {
    let mut map: BTreeMap<String, Looks> = BTreeMap::new();
    for (index, row) in TRACES.iter().enumerate() {
        let of = |names: &[&'static str], role| names.iter().map(|name| (*name, role)).collect::<Vec<_>>();
        let beside = row.beside.as_ref().map(|(name, _)| (*name, Role::Beside));
        let strong = of(row.strong, Role::Text(Strength::Strong));
        for (name, role) in strong.into_iter().chain(of(row.weak, Role::Text(Strength::Weak))).chain(beside) {
            map.entry(name.to_ascii_lowercase()).or_default().push((index, role));
        }
    }
    map.into_iter().collect()
});

/// The rows that look at a text of this name.
fn named(name: &str) -> &'static [(usize, Role)] {
    let folded = || name.bytes().map(|b| b.to_ascii_lowercase());
    let at = BY_NAME.binary_search_by(|(other, _)| other.bytes().cmp(folded()));
    at.ok().and_then(|at| BY_NAME.get(at)).map_or(&[], |(_, rows)| rows)
}

/// Rows that want two texts, and which of these were seen: the detail of the first, and whether the second was there.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Halves(Vec<(usize, Option<String>, bool)>);

impl Halves {
    /// Notes a text; the row's detail once both are there, and not again.
    fn note(&mut self, index: usize, beside: bool, detail: &str) -> Option<String> {
        let at = self.0.iter().position(|(i, ..)| *i == index).unwrap_or_else(|| {
            self.0.push((index, None, false));
            self.0.len() - 1
        });
        let (_, first, second) = self.0.get_mut(at)?;
        if first.is_some() && *second {
            return None;
        }
        if beside {
            *second = true;
        } else {
            first.get_or_insert_with(|| detail.chars().take(DETAIL).collect());
        }
        first.clone().filter(|_| *second)
    }
}

/// Longest detail of a trace, in characters.
pub(crate) const DETAIL: usize = 160;

/// What a named text of a file tells.
#[derive(Debug)]
pub(crate) struct Told {
    /// The row that says so.
    pub(crate) row: &'static TraceRow,
    /// What is worth telling.
    pub(crate) detail: String,
    /// What it is worth.
    pub(crate) strength: Strength,
}

/// What a named text of a file tells: by the strongest row, of equal ones by the first.
pub(crate) fn look(name: &str, value: &str, halves: &mut Halves) -> Option<Told> {
    let (mut best, text): (Option<Told>, _) = (None, Text::new(value));
    for (index, role) in named(name) {
        let Some(row) = TRACES.get(*index) else { continue };
        let (wanted, strength) = match (role, &row.beside) {
            (Role::Text(strength), _) => (&row.value, *strength),
            (Role::Beside, Some((_, value))) => (value, Strength::Strong),
            (Role::Beside, None) => continue,
        };
        if best.as_ref().is_some_and(|told| told.strength >= strength) {
            continue;
        }
        let Some(said) = wanted.find(&text) else { continue };
        let said = match row.beside {
            Some(_) => halves.note(*index, *role == Role::Beside, said),
            None => Some(said.to_owned()),
        };
        if let Some(said) = said {
            best = Some(Told { row, detail: with_tool(row.tool, &said), strength });
        }
    }
    best
}

/// A detail with the tool in front, where it does not name it.
fn with_tool(tool: &str, said: &str) -> String {
    let head: String = said.trim().chars().take(DETAIL).collect();
    match head.to_lowercase().contains(&tool.to_lowercase()) {
        true => head,
        false => format!("{tool}: {head}"),
    }
}

/// The IPTC terms for media made by, or with, a trained model.
const SOURCES: [&str; 2] = ["compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"];
/// Those for media that a device took from the world.
const CAPTURED: [&str; 5] = ["digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print"];

/// The IPTC DigitalSourceType inside a manifest or value, when it names a trained model.
pub(crate) fn digital_source(bytes: &[u8]) -> Option<&'static str> {
    SOURCES.into_iter().find(|s| bytes.windows(s.len()).any(|w| w == s.as_bytes()))
}

/// The same in a text, quicker.
fn digital_source_of(text: &str) -> Option<&'static str> {
    SOURCES.into_iter().find(|s| text.contains(s))
}

/// Where a file says how its content was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The actions of a C2PA manifest.
    C2pa,
    /// IPTC DigitalSourceType.
    Iptc,
}

/// What a file says of how its content was made, as far as it can be contradicted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Sources(Vec<(Origin, &'static str)>);

impl Sources {
    /// Notes a source type; the terms of C2PA and IPTC where they contradict each other for the first time: the one says that
    /// the content was captured, the other that a model made it.
    pub(crate) fn note(&mut self, origin: Origin, text: &str) -> Option<(&'static str, &'static str)> {
        // The term is the end of its URI.
        let word = text.trim().rsplit(['/', '#', ':']).next().unwrap_or_default();
        let term = SOURCES.into_iter().chain(CAPTURED).find(|term| *term == word)?;
        let opposed = |other: &str| CAPTURED.contains(&term) != CAPTURED.contains(&other);
        if self.0.contains(&(origin, term)) {
            return None;
        }
        let other = self.0.iter().find(|(from, other)| *from != origin && opposed(other)).map(|(_, other)| *other);
        self.0.push((origin, term));
        match origin {
            Origin::C2pa => other.map(|other| (term, other)),
            Origin::Iptc => other.map(|other| (other, term)),
        }
    }
}
