//! What one row says.

use std::path::{Component, Path, PathBuf};

use biaoshi_label::Level;
use biaoshi_label::code::ProviderCode;
use biaoshi_media::{Corner, check_words};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::columns::Column;
use super::{Fault, ValueFault};
use crate::job::{Id, LabelOptions, Own, Propagation, Wanted};
use crate::plan::{Layer, Position};
use crate::report::Cells;

/// One row: a file, and what differs for it from what the command line says. An empty cell, a missing key and `null`
/// leave it as the command line says. (A table holds text, so its paths are always UTF-8.)
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Row {
    /// The line on which the row begins, from 1; a header is line 1.
    pub number: u64,
    /// The file.
    #[serde(with = "crate::paths")]
    pub path: PathBuf,
    /// Where it goes below the output folder.
    pub output: Option<PathBuf>,
    /// The original whose content it is a rendition of.
    pub source: Option<PathBuf>,
    /// Its ProduceID, verbatim.
    pub id: Option<String>,
    /// The provider that generated it.
    pub producer: Option<String>,
    /// Its level.
    pub level: Option<Level>,
    /// The words of its explicit label.
    pub text: Option<String>,
    /// The corner of the words.
    pub(super) corner: Option<CornerName>,
    /// The place of the label in sound and texts.
    pub(super) position: Option<PositionName>,
    /// Its layers.
    pub layers: Option<Vec<Layer>>,
    /// Whether another label in it may be replaced.
    pub replace: Option<bool>,
    /// Why.
    pub reason: Option<String>,
    /// Whether its uploader says that it is AI-generated.
    pub declared: Option<bool>,
    /// The platform that spreads it.
    pub propagator: Option<String>,
    /// Its PropagateID, verbatim.
    pub propagate_id: Option<String>,
    /// What the table says beside, for reports.
    pub kept: Cells,
}

/// A corner, as `--corner` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CornerName {
    BottomRight,
    BottomLeft,
    TopRight,
    TopLeft,
}

/// A place, as `--position` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PositionName {
    Start,
    Middle,
    End,
    Both,
}

impl Row {
    /// Whether a file can be labelled as its row says.
    ///
    /// # Errors
    /// Words that do not conform (clause 5.1), a producer that is none, an id that no label may hold (Annex E), or a label
    /// that is to be replaced without a reason (Measures Art. 10).
    pub fn check(&self, of_all: &LabelOptions) -> Result<(), Fault> {
        match &of_all.wanted {
            Wanted::Own(own) => self.check_label(own, of_all.limits.label)?,
            Wanted::Propagated(how) => self.check_elements(how, of_all.limits.label)?,
            Wanted::Carried(_) => {}
        }
        if let Some(words) = self.text.as_deref().filter(|words| check_words(words).is_err()) {
            return Err(Fault::Words(words.to_owned()));
        }
        let has_reason = self.reason.is_some() || of_all.reason.is_some();
        match self.replace {
            Some(true) if !has_reason => Err(ValueFault::NoReason.into()),
            replace if self.reason.is_some() && !replace.unwrap_or(of_all.replace) => {
                Err(ValueFault::ReasonAlone.into())
            }
            _ => Ok(()),
        }
    }

    /// What the row says of its label.
    fn check_label(&self, of_all: &Own, most: usize) -> Result<(), Fault> {
        check_providers(
            of_all.allow_name,
            [(Column::Producer, &self.producer), (Column::Propagator, &self.propagator)],
        )?;
        // What was said for all files was checked before.
        if [&self.id, &self.producer, &self.propagator, &self.propagate_id].into_iter().all(Option::is_none) {
            return Ok(());
        }
        let own = self.own(of_all);
        let id = self.id.as_deref().unwrap_or("x");
        own.label(id, self.propagate_id.as_deref(), most).map(drop).map_err(Fault::Label)
    }

    /// What the row says of a platform's elements.
    fn check_elements(&self, of_all: &Propagation, most: usize) -> Result<(), Fault> {
        check_providers(of_all.allow_name, [(Column::Propagator, &self.propagator)])?;
        if let Some(level @ Level::Confirmed) = self.level {
            return Err(ValueFault::Choice(Column::Level.name(), level.digit().to_owned(), "2, 3".into()).into());
        }
        if [&self.propagator, &self.propagate_id].into_iter().all(Option::is_none) {
            return Ok(());
        }
        let how = self.elements(of_all);
        let label = how.label(Level::Possible, "x", most);
        let id = self.propagate_id.as_deref().unwrap_or("x");
        label.and_then(|label| label.propagated(&how.propagator, id, how.allow_name)).map(drop).map_err(Fault::Label)
    }

    /// What is wanted of this file's label.
    fn own(&self, of_all: &Own) -> Own {
        let given = |id: &Option<String>| id.clone().map(Id::Given);
        Own {
            producer: self.producer.clone().unwrap_or_else(|| of_all.producer.clone()),
            allow_name: of_all.allow_name,
            id: given(&self.id).unwrap_or_else(|| of_all.id.clone()),
            level: self.level.or(of_all.level),
            propagator: self.propagator.clone().or_else(|| of_all.propagator.clone()),
            propagate_id: given(&self.propagate_id).or_else(|| of_all.propagate_id.clone()),
        }
    }

    /// What is wanted of a platform's elements in this file.
    fn elements(&self, of_all: &Propagation) -> Propagation {
        let mut how = of_all.clone();
        if let Some(propagator) = &self.propagator {
            how.propagator.clone_from(propagator);
        }
        if let Some(id) = &self.propagate_id {
            how.id = Id::Given(id.clone());
        }
        how.level = self.level.or(how.level);
        how.look.declared = self.declared.unwrap_or(how.look.declared);
        how.look.expected_id.clone_from(&self.id);
        how
    }

    /// The options of this file: what its row says comes before what was said for all.
    pub fn options(&self, of_all: &LabelOptions) -> LabelOptions {
        let mut options = of_all.clone();
        options.wanted = match options.wanted {
            Wanted::Own(own) => Wanted::Own(self.own(&own)),
            Wanted::Propagated(how) => Wanted::Propagated(Box::new(self.elements(&how))),
            carried @ Wanted::Carried(_) => carried,
        };
        options.explicit.words = self.text.clone().or(options.explicit.words);
        options.explicit.corner = self.corner.map_or(options.explicit.corner, Into::into);
        options.explicit.position = self.position.map_or(options.explicit.position, Into::into);
        if let Some(wanted) = &self.layers {
            options.layers = options.layers.naming(wanted.clone());
        }
        options.replace = self.replace.unwrap_or(options.replace);
        options.reason = self.reason.clone().or(options.reason);
        options
    }

    /// What of a row decides about its file's result, as 16 hexadecimal digits; the same for a row that says nothing and for
    /// none. Each column has its name here, so that whoever adds one decides whether it does.
    pub(in crate::batch) fn digest(row: Option<&Self>) -> String {
        let nothing = Self::default();
        let Self {
            number: _,
            path: _,
            kept: _,
            output,
            source,
            id,
            producer,
            level,
            text,
            corner,
            position,
            layers,
            replace,
            reason,
            declared,
            propagator,
            propagate_id,
        } = row.unwrap_or(&nothing);
        let (label, policy) = ((id, producer, level, propagator, propagate_id), (replace, reason, declared));
        let decides = (output, source, label, text, corner, position, layers, policy);
        Sha256::digest(format!("{decides:?}")).iter().take(8).map(|b| format!("{b:02x}")).collect()
    }

    pub(super) fn new(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    /// Takes one value; an empty one says nothing.
    pub(super) fn set(&mut self, column: Column, value: String) -> Result<(), Fault> {
        if value.is_empty() {
            return Ok(());
        }
        match column {
            Column::Path => self.path = value.into(),
            Column::Output => self.output = Some(below(value)?),
            Column::Source => self.source = Some(value.into()),
            Column::Id => self.id = Some(value),
            Column::Producer => self.producer = Some(value),
            Column::Level => self.level = Some(Level::parse(&value).ok_or(Fault::Level(value))?),
            Column::Text => self.text = Some(value),
            Column::Corner => self.corner = Some(named(column, &CORNERS, value)?),
            Column::Position => self.position = Some(named(column, &POSITIONS, value)?),
            Column::Layers => self.layers = Some(layers(&value)?),
            Column::Replace => self.replace = Some(flag(column, value)?),
            Column::Reason => self.reason = Some(value).filter(|text| !text.trim().is_empty()),
            Column::Declared => self.declared = Some(flag(column, value)?),
            Column::Propagator => self.propagator = Some(value),
            Column::PropagateId => self.propagate_id = Some(value),
        }
        Ok(())
    }

    /// The row, when it names a file.
    pub(super) fn complete(self) -> Result<Self, Fault> {
        let has_nul = |path: &Path| path.as_os_str().as_encoded_bytes().contains(&0);
        let usable = !self.path.as_os_str().is_empty() && !has_nul(&self.path);
        let others = [&self.source, &self.output];
        if usable && !others.into_iter().flatten().any(|path| has_nul(path)) { Ok(self) } else { Err(Fault::Path) }
    }
}

/// Whether providers are named by their codes, as they have to be unless a plain name is allowed.
fn check_providers<const N: usize>(
    allow_name: bool,
    columns: [(Column, &Option<String>); N],
) -> Result<(), ValueFault> {
    for (column, value) in columns {
        if let Some(code) = value.as_deref().filter(|_| !allow_name) {
            ProviderCode::parse(code).map_err(|e| ValueFault::Provider(column.name(), code.to_owned(), e))?;
        }
    }
    Ok(())
}

/// A place below the output folder.
fn below(text: String) -> Result<PathBuf, ValueFault> {
    let mut path = PathBuf::new();
    for part in Path::new(&text).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            _ => return Err(ValueFault::Output(text)),
        }
    }
    // A name that ends in a slash is that of a folder.
    if path.as_os_str().is_empty() || text.ends_with('/') { Err(ValueFault::Output(text)) } else { Ok(path) }
}

/// Names separated by commas, as on the command line, or by `+`, as in reports.
fn layers(text: &str) -> Result<Vec<Layer>, Fault> {
    let one = |name: &str| Layer::parse(name.trim()).ok_or_else(|| Fault::Layer(name.trim().to_owned()));
    text.split([',', '+']).map(one).collect()
}

/// A yes or no as databases and spreadsheets write it.
fn flag(column: Column, text: String) -> Result<bool, ValueFault> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(ValueFault::Flag(column.name(), text)),
    }
}

const CORNERS: [(&str, CornerName); 4] = [
    ("bottom-right", CornerName::BottomRight),
    ("bottom-left", CornerName::BottomLeft),
    ("top-right", CornerName::TopRight),
    ("top-left", CornerName::TopLeft),
];

const POSITIONS: [(&str, PositionName); 4] = [
    ("start", PositionName::Start),
    ("middle", PositionName::Middle),
    ("end", PositionName::End),
    ("both", PositionName::Both),
];

/// One of some names.
fn named<T: Copy>(column: Column, all: &[(&str, T)], text: String) -> Result<T, ValueFault> {
    let found = all.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    let names = || all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| ValueFault::Choice(column.name(), text, names()))
}

impl From<CornerName> for Corner {
    fn from(name: CornerName) -> Self {
        match name {
            CornerName::BottomRight => Self::BottomRight,
            CornerName::BottomLeft => Self::BottomLeft,
            CornerName::TopRight => Self::TopRight,
            CornerName::TopLeft => Self::TopLeft,
        }
    }
}

impl From<PositionName> for Position {
    fn from(name: PositionName) -> Self {
        match name {
            PositionName::Start => Self::Start,
            PositionName::Middle => Self::Middle,
            PositionName::End => Self::End,
            PositionName::Both => Self::Both,
        }
    }
}
