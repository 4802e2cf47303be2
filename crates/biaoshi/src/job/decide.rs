//! Which label a file is to carry: the one that it has, or a new one; or why those that are there forbid it.

use biaoshi_container::Source;
use biaoshi_label::{Code, Field, Label, Level, Record};
use biaoshi_metadata::{Format, Found};

use super::options::{Own, Wanted, no_longer_than};
use super::task::Job;
use super::{too_long_label, too_many_labels};
use crate::judge::{differing, fullest, is_scattered};
use crate::plan::Layer;
use crate::{Error, Refusal, Result};

/// The label that the file is to carry.
pub(super) struct Decided {
    pub(super) label: Label,
    /// Whether it already does, in the prescribed form and place.
    pub(super) same: bool,
}

/// A label, and the record that it follows from; `None` of a new one.
pub(super) type Settled<'f> = (Label, Option<&'f Record>);

impl Decided {
    /// A label that follows from a record. `only`: there is no other record.
    pub(super) fn following(label: Label, record: Option<&Record>, only: bool, format: &Format) -> Self {
        let stands = |record: &Record| record.dialects.is_empty() && record.placement == format.placement;
        let same = record.is_some_and(|record| only && stands(record) && label.equals(record));
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
            decided => decided,
        }
    }

    fn decide(&mut self, found: &Found, format: &Format, source: &dyn Source) -> Result<Option<Decided>> {
        let settled = self.settle(found, source)?;
        let only = found.records.len() == 1;
        let decided = settled.map(|(label, from)| Decided::following(label, from, only, format));
        self.report.fields = decided.as_ref().map(|decided| decided.label.fields().clone());
        Ok(decided)
    }

    /// The label that the file is to carry, and the record that it follows from; `None` where none is to be written.
    pub(super) fn settle<'f>(&mut self, found: &'f Found, source: &dyn Source) -> Result<Option<Settled<'f>>> {
        if found.beyond > 0 {
            return Err(too_many_labels(&self.options.limits));
        }
        // What was not read to its end can be neither kept nor recorded.
        if found.findings.iter().any(|f| f.code == Code::TooLong) {
            return Err(too_long_label(&self.options.limits));
        }
        let options = self.options;
        let most = options.limits.label;
        let settled = match &options.wanted {
            Wanted::Carried(carried) => {
                let kept = self.kept(found, carried.get(Field::ContentProducer), same_as(&found.records, carried))?;
                let new = || no_longer_than(most, carried).map(|()| carried.clone()).map_err(Refusal::Label);
                (kept.map_or_else(new, |record| Ok(Label::preserving(record)))?, kept)
            }
            Wanted::Own(own) => {
                let asked = own.id.is_asked_for().then(|| own.id.make(self.input, source)).transpose()?;
                let there = own_label(&found.records, own, asked.as_deref());
                match self.kept(found, &own.producer, there)? {
                    Some(record) => (self.with_elements(own, record, source)?, Some(record)),
                    None => {
                        let id = asked.map_or_else(|| own.id.make(self.input, source), Ok)?;
                        let propagate_id =
                            own.propagate_id.as_ref().map(|id| id.make(self.input, source)).transpose()?;
                        (own.label(&id, propagate_id.as_deref(), most).map_err(Refusal::Label)?, None)
                    }
                }
            }
            Wanted::Propagated(how) => return self.propagated(how, found, source),
        };
        Ok(Some(settled))
    }

    /// The label that stays; with `--replace`, labels that forbid writing make way, those of others than `producer` for a reason only
    /// (Measures Art. 10).
    fn kept<'f>(
        &mut self,
        found: &'f Found,
        producer: &str,
        there: std::result::Result<Option<&'f Record>, Refusal>,
    ) -> Result<Option<&'f Record>> {
        let refusal = match there {
            Ok(kept) => return Ok(kept),
            Err(refusal) => refusal,
        };
        if !self.options.replace {
            return Err(refusal.into());
        }
        let stranger = match &refusal {
            Refusal::Assumed => Some(producer),
            Refusal::OtherPropagator(platform) => Some(&**platform),
            // Of a label without a readable producer, the platform that it names.
            _ => [Field::ContentProducer, Field::ContentPropagator].into_iter().find_map(|field| {
                let unnamed = |r: &&Record| r.stated(Field::ContentProducer).all(str::is_empty);
                let of = found.records.iter().filter(|r| field == Field::ContentProducer || unnamed(r));
                of.flat_map(|r| r.stated(field)).find(|who| !["", producer].contains(who))
            }),
        };
        if let (Some(stranger), None) = (stranger, &self.options.reason) {
            return Err(Refusal::NoReason(stranger.to_owned()).into());
        }
        self.report.reason.clone_from(&self.options.reason);
        self.report.replaced.clone_from(&found.records);
        Ok(None)
    }

    /// An own label that is there, with the propagation elements that are asked for.
    fn with_elements(&self, own: &Own, record: &Record, source: &dyn Source) -> Result<Label> {
        let label = Label::preserving(record);
        let Some(due) = own.elements_due(&label) else { return Ok(label) };
        let id = match due {
            Some(id) => id.make(self.input, source)?,
            None => label.get(Field::ProduceID).to_owned(),
        };
        let label = label.propagated(own.propagator(), &id, own.allow_name).map_err(Refusal::Label)?;
        no_longer_than(self.options.limits.label, &label).map_err(Refusal::Label)?;
        Ok(label)
    }
}

/// The carried label, where the file has it already (`None`: it is due), or why the labels that are there forbid writing.
fn same_as<'r>(records: &'r [Record], carried: &Label) -> std::result::Result<Option<&'r Record>, Refusal> {
    if records.iter().any(|r| r.broken) {
        return Err(Refusal::BrokenLabel);
    }
    if records.iter().any(Record::contradicts_itself) {
        return Err(Refusal::SelfConflict);
    }
    let first = fullest(records);
    match first.is_none_or(|r| Label::preserving(r) == *carried) && differing(records).is_empty() {
        true => Ok(first),
        false => Err(Refusal::NotCarried),
    }
}

/// The own label that stays (`None`: a new one is due), or why the labels that are there forbid writing.
/// `asked` is the ProduceID that the user wrote out, if any.
fn own_label<'r>(
    records: &'r [Record],
    own: &Own,
    asked: Option<&str>,
) -> std::result::Result<Option<&'r Record>, Refusal> {
    let Some(first) = fullest(records) else { return Ok(None) };
    let value = |r: &'r Record, f: Field| r.get(f).unwrap_or_default();
    if records.iter().any(|r| r.broken || value(r, Field::ContentProducer).is_empty()) {
        return Err(Refusal::BrokenLabel);
    }
    if records.iter().any(Record::contradicts_itself) {
        return Err(Refusal::SelfConflict);
    }
    if let Some(foreign) = records.iter().map(|r| value(r, Field::ContentProducer)).find(|p| *p != own.producer) {
        return Err(Refusal::ForeignLabel(foreign.to_owned()));
    }
    if !differing(records).is_empty() || is_scattered(records) {
        return Err(Refusal::Conflict);
    }
    let Some(level) = first.level() else { return Err(Refusal::BrokenLabel) };
    // Who asks for the very level knows what the label says; for all others a platform may have guessed it.
    if is_assumed(first) && own.level != Some(level) {
        return Err(Refusal::Assumed);
    }
    let id = value(first, Field::ProduceID);
    if own.level.is_some_and(|l| l != level) || asked.is_some_and(|a| a != id) || id.is_empty() {
        return Err(Refusal::OtherLabel);
    }
    if own.asks_for_elements() {
        let there = value(first, Field::ContentPropagator);
        if !["", &own.producer, own.propagator()].contains(&there) {
            return Err(Refusal::OtherPropagator(there.to_owned()));
        }
    }
    Ok(Some(first))
}

/// Whether a platform may have written the label without knowing the producer: the production elements are those of propagation
/// then, and the level is below 1 (our convention on Annex E note 1; see [`super::propagate`]).
fn is_assumed(record: &Record) -> bool {
    let one = record.get(Field::ContentProducer) == record.get(Field::ContentPropagator);
    one && matches!(record.level(), Some(Level::Possible | Level::Suspected))
}
