//! Which label files are to get, and how it is written.

use std::path::PathBuf;
use std::sync::Arc;

use biaoshi_container::Limits;
use biaoshi_label::{Field, InvalidLabel, Label, Level};
use serde::{Deserialize, Serialize};

use super::Id;
use super::marking::Marker;
use crate::plan::{ExplicitOptions, Layers, Permits};

/// What label to write, and how.
#[derive(Debug, Clone, Default)]
pub struct LabelOptions {
    /// Which label.
    pub wanted: Wanted,
    /// Which layers.
    pub layers: Layers,
    /// How the explicit label looks.
    pub explicit: ExplicitOptions,
    /// The key of the watermark.
    pub marker: Arc<Marker>,
    /// Replace a label of another producer, id or level.
    pub replace: bool,
    /// Why (Measures Art. 10).
    pub reason: Option<String>,
    /// Replace an output that is there.
    pub overwrite: bool,
    /// Pass over an output that is there and carries this label.
    pub skip_existing: bool,
    /// Change files although it breaks a signature over them.
    pub break_signatures: bool,
    /// Put the label beside files that have no place for one.
    pub sidecar: bool,
    /// Sync every output.
    pub durable: bool,
    /// Copy files of unknown formats as they are.
    pub copy_unknown: bool,
    /// Give outputs the time of their inputs.
    pub preserve: bool,
    /// What is put behind the name under which a file stays that is replaced in place.
    pub backup: Option<String>,
    /// Do everything but write.
    pub dry_run: bool,
    /// What one file may cost.
    pub limits: Limits,
    /// Memory for decoded media.
    pub permits: Arc<Permits>,
    /// A part of the names of temporary files, by which a later run knows those of this one.
    pub mark: String,
}

/// Which label a file is to get.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// One of this producer.
    Own(Own),
    /// The label of an original, as it is.
    Carried(Label),
}

impl Default for Wanted {
    fn default() -> Self {
        Self::Own(Own::default())
    }
}

/// The label that a producer writes.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// Code or name of the provider that generated the content.
    pub producer: String,
    /// Lets the provider fields hold a plain name.
    pub allow_name: bool,
    /// Where ProduceID comes from.
    pub id: Id,
    /// The level asked for; `None` is level 1, and keeps the level of an own label.
    pub level: Option<Level>,
    /// ContentPropagator, when it is not the producer.
    pub propagator: Option<String>,
    /// PropagateID, when it is not ProduceID.
    pub propagate_id: Option<String>,
}

impl Wanted {
    /// What a producer writes, where that is wanted.
    pub fn own(&self) -> Option<&Own> {
        match self {
            Self::Own(own) => Some(own),
            Self::Carried(_) => None,
        }
    }

    /// Whether an id depends on the file's number in the batch.
    pub(crate) fn counts(&self) -> bool {
        self.own().is_some_and(|own| own.id.counts())
    }
}

impl Own {
    /// The label of a file that has none, under this ProduceID. `most`: the bytes that its text may have.
    ///
    /// # Errors
    /// An empty required field, a character that Annex E j) forbids, or a text that is too long.
    pub(crate) fn label(&self, produce_id: &str, most: usize) -> Result<Label, InvalidLabel> {
        let propagator = self.propagator.as_deref().unwrap_or(&self.producer);
        let propagate_id = self.propagate_id.as_deref().unwrap_or(produce_id);
        let level = self.level.unwrap_or(Level::Confirmed);
        let providers = ((&*self.producer, produce_id), (propagator, propagate_id));
        let label = Label::with_propagator(level, providers.0, providers.1, self.allow_name)?;
        no_longer_than(most, &label).map(|()| label)
    }
}

/// Whether readers accept a label's text.
pub(super) fn no_longer_than(most: usize, label: &Label) -> Result<(), InvalidLabel> {
    // The text is made only where it may be too long: an escape takes six bytes, keys and quotes less than 512.
    let values = Field::ALL.into_iter().map(|f| label.get(f).len()).sum::<usize>();
    let may_be = values.saturating_mul(6).saturating_add(512) > most;
    if may_be && label.to_json().len() > most { Err(InvalidLabel::TooLong(most)) } else { Ok(()) }
}

/// Where the labelled file goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Output {
    /// To a path of its own.
    File(#[serde(with = "crate::paths")] PathBuf),
    /// Over the input.
    InPlace,
}
