//! Which label files are to get, and how it is written.

use std::path::PathBuf;
use std::sync::Arc;

use biaoshi_container::Limits;
use biaoshi_label::{Field, InvalidLabel, Label, Level};
use serde::{Deserialize, Serialize};

use super::marking::Marker;
use super::signing::Signer;
use super::{Id, VerifyOptions};
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
    /// Who signs the labels; `None` leaves their security fields as they are.
    pub signer: Option<Signer>,
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
    /// Say the SHA-256 of input and output.
    pub sha256: bool,
    /// What one file may cost.
    pub limits: Limits,
    /// Memory for decoded media.
    pub permits: Arc<Permits>,
    /// A part of the names of temporary files, by which a later run knows those of this one.
    pub mark: String,
}

impl LabelOptions {
    /// Whether a label may go into a sidecar.
    pub(crate) fn may_write_beside(&self) -> bool {
        self.sidecar || self.wanted.propagation().is_some_and(|how| how.on_signed == Some(OnSigned::Sidecar))
    }
}

/// Which label a file is to get.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// One of this producer.
    Own(Own),
    /// The label of an original, as it is.
    Carried(Label),
    /// That which is there, with the elements of a platform that spreads the file (Measures Art. 6).
    Propagated(Box<Propagation>),
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
    /// Where PropagateID comes from, when it is not ProduceID.
    pub propagate_id: Option<Id>,
}

/// What a platform writes that spreads files (Measures Art. 6).
#[derive(Debug, Clone, Default)]
pub struct Propagation {
    /// Code or name of the platform.
    pub propagator: String,
    /// Lets it be a plain name.
    pub allow_name: bool,
    /// Where PropagateID comes from.
    pub id: Id,
    /// The least level of files without a label: such a file gets one although nothing was found in it.
    pub level: Option<Level>,
    /// Which of several labels of one producer stays that contradict each other.
    pub choose: Option<Choose>,
    /// What becomes of signed files; `None`: they are refused.
    pub on_signed: Option<OnSigned>,
    /// What is looked for, and what the uploader says.
    pub look: VerifyOptions,
}

impl Propagation {
    /// The label of a file that has none: the production elements take the propagation elements.
    ///
    /// # Errors
    /// An empty element, a character that Annex E j) forbids, or a text that is too long.
    pub(crate) fn label(&self, level: Level, id: &str, most: usize) -> Result<Label, InvalidLabel> {
        let label = Label::new(level, &self.propagator, id, self.allow_name)?;
        no_longer_than(most, &label).map(|()| label)
    }
}

/// Which of several labels stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    /// That which stands first in the file.
    First,
    /// That which stands last.
    Last,
}

/// What becomes of a file that a signature covers, which a change would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnSigned {
    /// The label goes beside it.
    Sidecar,
    /// It is changed all the same.
    Break,
    /// It stays as it is; there is the notice to show.
    Notice,
}

impl Wanted {
    /// What a producer writes, where that is wanted.
    pub fn own(&self) -> Option<&Own> {
        match self {
            Self::Own(own) => Some(own),
            Self::Carried(_) | Self::Propagated(_) => None,
        }
    }

    /// What a platform writes, where that is wanted.
    pub fn propagation(&self) -> Option<&Propagation> {
        match self {
            Self::Propagated(how) => Some(how),
            Self::Own(_) | Self::Carried(_) => None,
        }
    }

    /// The producer of the label, where it is known before the file is read.
    pub(super) fn producer(&self) -> Option<&str> {
        match self {
            Self::Own(own) => Some(&own.producer),
            Self::Carried(label) => Some(label.get(Field::ContentProducer)),
            Self::Propagated(_) => None,
        }
    }

    /// The options from which new ids come.
    fn ids(&self) -> impl Iterator<Item = &Id> {
        let own = self.own().map(|own| [Some(&own.id), own.propagate_id.as_ref()]);
        own.into_iter().flatten().flatten().chain(self.propagation().map(|how| &how.id))
    }

    /// Whether an id depends on the file's number in the batch.
    pub(crate) fn counts(&self) -> bool {
        self.ids().any(Id::counts)
    }
}

impl Own {
    /// The label of a file that has none, with these ids; no PropagateID: ProduceID. `most`: the bytes that its text may have.
    ///
    /// # Errors
    /// An empty required field, a character that Annex E j) forbids, or a text that is too long.
    pub(crate) fn label(&self, id: &str, propagate_id: Option<&str>, most: usize) -> Result<Label, InvalidLabel> {
        let level = self.level.unwrap_or(Level::Confirmed);
        let propagator = (self.propagator(), propagate_id.unwrap_or(id));
        let label = Label::with_propagator(level, (&self.producer, id), propagator, self.allow_name)?;
        no_longer_than(most, &label).map(|()| label)
    }

    /// ContentPropagator: the producer's mirror, unless another is named (Annex E note 1).
    pub(super) fn propagator(&self) -> &str {
        self.propagator.as_deref().unwrap_or(&self.producer)
    }

    /// Whether propagation elements were named, so that those of a label that is there count.
    pub(super) fn asks_for_elements(&self) -> bool {
        self.propagator.is_some() || self.propagate_id.is_some()
    }

    /// Whether the propagation elements of an own label are to be written, and where PropagateID comes from then, if not from
    /// ProduceID. A generated id that is there stays: a second run changes nothing.
    pub(super) fn elements_due(&self, label: &Label) -> Option<Option<&Id>> {
        if !self.asks_for_elements() {
            return None;
        }
        let there = (label.get(Field::ContentPropagator), label.get(Field::PropagateID));
        if there.0 != self.propagator() || there.1.is_empty() {
            return Some(self.propagate_id.as_ref());
        }
        let id = self.propagate_id.as_ref()?;
        let is_mirror = there.1 == label.get(Field::ProduceID) && *id != self.id;
        (id.is_asked_for() || is_mirror).then_some(Some(id))
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
