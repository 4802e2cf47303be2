//! Which label a file is to carry: the one that it has, or a new one; or why those that are there forbid it.

use biaoshi_container::Source;
use biaoshi_label::{Code, Field, Label, Record};
use biaoshi_metadata::{Format, Found};

use super::label::Job;
use super::options::{Own, Wanted, no_longer_than};
use super::too_many_labels;
use crate::judge::{differing, fullest};
use crate::plan::Layer;
use crate::{Error, Refusal, Result};

/// The label that the file is to carry.
pub(super) struct Decided {
    pub(super) label: Label,
    /// Whether it already does, in the prescribed form and place.
    pub(super) same: bool,
}

impl Decided {
    /// A label that follows from a record. `only`: there is no other.
    fn of(label: Label, record: &Record, only: bool, format: &Format) -> Self {
        let standard = only && record.dialects.is_empty() && record.placement == format.placement;
        let same = standard && label.equals(record);
        Self { label, same }
    }
}

impl Job<'_> {
    /// The label that the file is to carry; none where policy forbids it and what it is for is only tried.
    pub(super) fn decided(&mut self, found: &Found, format: &Format, source: &dyn Source) -> Result<Option<Decided>> {
        let layers = &self.options.layers;
        let mut carriers = [Layer::Metadata, Layer::Watermark].into_iter().filter(|layer| layers.has(*layer));
        match self.decide(found, format, source) {
            Err(error @ Error::Refused(_)) if carriers.all(|layer| layers.may(layer)) => {
                for layer in [Layer::Metadata, Layer::Watermark].into_iter().filter(|layer| layers.has(*layer)) {
                    self.try_without(layer, &error)?;
                }
                Ok(None)
            }
            decided => decided.map(Some),
        }
    }

    fn decide(&mut self, found: &Found, format: &Format, source: &dyn Source) -> Result<Decided> {
        let decided = match self.kept(found, source)? {
            Some(record) => Decided::of(Label::preserving(record), record, found.records.len() == 1, format),
            None => Decided { label: self.new_label(source)?, same: false },
        };
        self.report.fields = Some(decided.label.fields().clone());
        Ok(decided)
    }

    /// The own label that stays; with `--replace`, a label that forbids writing makes way.
    pub(super) fn kept<'f>(&mut self, found: &'f Found, source: &dyn Source) -> Result<Option<&'f Record>> {
        if found.beyond > 0 {
            return Err(too_many_labels(&self.options.limits));
        }
        let cut = found.findings.iter().any(|f| f.code == Code::TooLong);
        let kept = match &self.options.wanted {
            _ if cut => Err(Refusal::BrokenLabel),
            Wanted::Carried(carried) => same_as(&found.records, carried),
            Wanted::Own(own) => {
                let asked = own.id.is_asked_for().then(|| own.id.make(self.input, source)).transpose()?;
                kept(&found.records, own, asked.as_deref())
            }
        };
        match kept {
            Err(_) if self.options.replace => {
                self.report.reason.clone_from(&self.options.reason);
                Ok(None)
            }
            result => Ok(result?),
        }
    }

    /// A label for a file that has none, or whose label makes way.
    pub(super) fn new_label(&self, source: &dyn Source) -> Result<Label> {
        let most = self.options.limits.label;
        let label = match &self.options.wanted {
            Wanted::Carried(carried) => no_longer_than(most, carried).map(|()| carried.clone()),
            Wanted::Own(own) => own.label(&own.id.make(self.input, source)?, most),
        };
        Ok(label.map_err(Refusal::Label)?)
    }
}

/// The carried label, where the file has it already (`None`: it is due), or why the labels that are there forbid writing.
fn same_as<'r>(records: &'r [Record], carried: &Label) -> std::result::Result<Option<&'r Record>, Refusal> {
    if records.iter().any(|r| r.broken) {
        return Err(Refusal::BrokenLabel);
    }
    let first = fullest(records);
    match first.is_none_or(|r| Label::preserving(r) == *carried) && differing(records).is_empty() {
        true => Ok(first),
        false => Err(Refusal::NotCarried),
    }
}

/// The own label that stays (`None`: a new one is due), or why the labels that are there forbid writing.
/// `asked` is the ProduceID that the user wrote out, if any.
fn kept<'r>(records: &'r [Record], own: &Own, asked: Option<&str>) -> std::result::Result<Option<&'r Record>, Refusal> {
    let Some(first) = fullest(records) else { return Ok(None) };
    let value = |r: &'r Record, f: Field| r.get(f).unwrap_or_default();
    if records.iter().any(|r| r.broken || value(r, Field::ContentProducer).is_empty()) {
        return Err(Refusal::BrokenLabel);
    }
    if let Some(foreign) = records.iter().map(|r| value(r, Field::ContentProducer)).find(|p| *p != own.producer) {
        return Err(Refusal::ForeignLabel(foreign.to_owned()));
    }
    if !differing(records).is_empty() {
        return Err(Refusal::Conflict);
    }
    let Some(level) = first.level() else { return Err(Refusal::BrokenLabel) };
    let id = value(first, Field::ProduceID);
    if own.level.is_some_and(|l| l != level) || asked.is_some_and(|a| a != id) || id.is_empty() {
        return Err(Refusal::OtherLabel);
    }
    Ok(Some(first))
}
