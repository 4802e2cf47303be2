//! What one row says.

use std::path::{Path, PathBuf};

use biaoshi_label::Level;
use biaoshi_media::check_words;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Fault;
use crate::job::{Id, LabelOptions};
use crate::plan::Layer;

/// A column of a manifest, and a key of its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Path,
    Id,
    Level,
    Text,
    Layers,
    Declared,
    Source,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Id => "id",
            Self::Level => "level",
            Self::Text => "text",
            Self::Layers => "layers",
            Self::Declared => "declared",
            Self::Source => "source",
        }
    }
}

/// The columns that a verb knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// `path`, `id`, `level`, `text`, `layers`, `source`.
    Label,
    /// `path`, `source`, `text`, `layers`: the label is that of the original.
    Carry,
    /// `path`, `declared`.
    Verify,
}

impl Columns {
    fn all(self) -> &'static [Column] {
        match self {
            Self::Label => &[Column::Path, Column::Id, Column::Level, Column::Text, Column::Layers, Column::Source],
            Self::Carry => &[Column::Path, Column::Source, Column::Text, Column::Layers],
            Self::Verify => &[Column::Path, Column::Declared],
        }
    }

    pub(super) fn find(self, name: &str) -> Option<Column> {
        self.all().iter().copied().find(|c| c.name() == name)
    }

    /// Their names, for messages.
    pub(super) fn names(self) -> String {
        self.all().iter().map(|c| c.name()).collect::<Vec<_>>().join(", ")
    }
}

/// One row: a file, and what differs for it from what the command line says. An empty cell, a missing key and `null`
/// leave it as the command line says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Row {
    /// The line on which the row begins, from 1; a header is line 1.
    pub number: u64,
    /// The file.
    #[serde(with = "crate::paths")]
    pub path: PathBuf,
    /// Its ProduceID, verbatim.
    pub id: Option<String>,
    /// Its level.
    pub level: Option<Level>,
    /// The words on it, where it is a picture.
    pub text: Option<String>,
    /// Its layers.
    pub layers: Option<Vec<Layer>>,
    /// Whether its uploader says that it is AI-generated.
    pub declared: Option<bool>,
    /// The original whose content it is a rendition of. (A table holds text, so this is always UTF-8.)
    pub source: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    path: String,
    id: Option<String>,
    level: Option<Digit>,
    text: Option<String>,
    layers: Option<Names>,
    declared: Option<bool>,
    source: Option<String>,
}

/// `"1"` or `1`: databases hold both.
#[derive(Deserialize)]
#[serde(untagged)]
enum Digit {
    Text(String),
    Number(u64),
}

/// `"metadata,explicit"` or `["metadata", "explicit"]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    Text(String),
    List(Vec<String>),
}

impl Row {
    /// The options of this file: what its row says comes before what was said for all.
    ///
    /// # Errors
    /// Words that do not conform (clause 5.1), or an id that no label may hold (Annex E).
    pub fn options(&self, of_all: &LabelOptions) -> Result<LabelOptions, Fault> {
        let mut options = of_all.clone();
        options.level = self.level.or(options.level);
        if let Some(id) = &self.id {
            options.fresh_label(id).map_err(Fault::Label)?;
            options.id = Id::Given(id.clone());
        }
        if let Some(words) = &self.text {
            if check_words(words).is_err() {
                return Err(Fault::Words(words.clone()));
            }
            options.explicit.words.clone_from(words);
        }
        if let Some(wanted) = &self.layers {
            options.layers = options.layers.naming(wanted.clone());
        }
        Ok(options)
    }

    /// What of a row decides about its file's result, as 16 hexadecimal digits; the same for a row that says nothing and for
    /// none. Each column has its name here, so that whoever adds one decides whether it does.
    pub(in crate::batch) fn digest(row: Option<&Self>) -> String {
        let nothing = Self::default();
        let Self { number: _, path: _, id, level, text, layers, declared, source } = row.unwrap_or(&nothing);
        let decides = format!("{:?}", (id, level, text, layers, declared, source));
        Sha256::digest(decides).iter().take(8).map(|b| format!("{b:02x}")).collect()
    }

    pub(super) fn new(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    /// A line of JSON.
    pub(super) fn from_json(number: u64, line: &str, columns: Columns) -> Result<Self, Fault> {
        let json: Json = serde_json::from_str(line).map_err(|e| Fault::Json(e.to_string()))?;
        let level = json.level.map(|l| match l {
            Digit::Text(text) => text,
            Digit::Number(number) => number.to_string(),
        });
        let layers = json.layers.map(|l| match l {
            Names::Text(text) => text,
            Names::List(names) => names.join(","),
        });
        let values = [
            (Column::Path, Some(json.path)),
            (Column::Id, json.id),
            (Column::Level, level),
            (Column::Text, json.text),
            (Column::Layers, layers),
            (Column::Declared, json.declared.map(|d| d.to_string())),
            (Column::Source, json.source),
        ];
        let mut row = Self::new(number);
        for (column, value) in values {
            let Some(value) = value else { continue };
            if columns.find(column.name()).is_none() {
                return Err(Fault::Column(column.name().into(), columns.names()));
            }
            row.set(column, value)?;
        }
        row.complete()
    }

    /// Takes one value; an empty one says nothing.
    pub(super) fn set(&mut self, column: Column, value: String) -> Result<(), Fault> {
        if value.is_empty() {
            return Ok(());
        }
        match column {
            Column::Path => self.path = value.into(),
            Column::Id => self.id = Some(value),
            Column::Level => self.level = Some(Level::parse(&value).ok_or(Fault::Level(value))?),
            Column::Text => self.text = Some(value),
            Column::Layers => self.layers = Some(layers(&value)?),
            Column::Source => self.source = Some(value.into()),
            Column::Declared => self.declared = Some(flag(&value).ok_or(Fault::Declared(value))?),
        }
        Ok(())
    }

    /// The row, when it names a file.
    pub(super) fn complete(self) -> Result<Self, Fault> {
        let has_nul = |path: &Path| path.as_os_str().as_encoded_bytes().contains(&0);
        let usable = !self.path.as_os_str().is_empty() && !has_nul(&self.path);
        if usable && !self.source.as_deref().is_some_and(has_nul) { Ok(self) } else { Err(Fault::Path) }
    }
}

/// Names separated by commas, as on the command line, or by `+`, as in reports.
fn layers(text: &str) -> Result<Vec<Layer>, Fault> {
    let one = |name: &str| Layer::parse(name.trim()).ok_or_else(|| Fault::Layer(name.trim().to_owned()));
    text.split([',', '+']).map(one).collect()
}

/// A yes or no as databases and spreadsheets write it.
fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}
