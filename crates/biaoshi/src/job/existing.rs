//! An output that is there already: whether it is what would be written, by its metadata alone.

use std::path::Path;

use biaoshi_label::{Field, Label, Record, Severity, check};
use biaoshi_metadata::{Found, Head, Status, sniff};

use super::options::Wanted;
use super::task::Job;
use super::{Input, Opened, Stamp, digest, id, same_bytes, sidecar};
use crate::error::Existing;
use crate::plan::Layer;
use crate::report::Done;
use crate::{Error, Refusal, Result};

impl Job<'_> {
    /// Passes over an output that carries exactly one label, and this one: of the producer, or of the source.
    pub(super) fn existing(&mut self, output: &Path) -> Result<Done> {
        let metadata = std::fs::metadata(&self.input.path)?;
        self.report.bytes_in = metadata.len();
        self.report.input = Some(Stamp::from(&metadata));
        let refused = |why| Error::from(Refusal::NotOurs(output.to_owned(), why));
        let found = self.found_in(output).map_err(|e| refused(Existing::Unreadable(e.message())))?;
        if self.report.format.is_none() && self.options.copy_unknown && same_bytes(&self.input.path, output)? {
            // Copied by an earlier run.
            self.report.output = Some(output.to_owned());
            return Ok(Done::Unchanged);
        }
        let record = self.one_label(&found.records).map_err(refused)?;
        self.report.fields = Some(Label::preserving(record).fields().clone());
        self.report.layers.push(Layer::Metadata);
        self.report.output = Some(output.to_owned());
        Ok(Done::Unchanged)
    }

    /// What an output carries, in itself or beside it.
    fn found_in(&mut self, output: &Path) -> Result<Found> {
        let limits = &self.options.limits;
        let output = Input::new(output.to_owned(), self.input.index);
        let opened = Opened::open(&output, limits)?;
        let format = sniff(&Head::new(&opened.window, &output.extension())?);
        let mut found = Found::default();
        if let Some(format) = format {
            (format.read)(&opened.window, limits, &mut found)?;
        }
        if self.options.sidecar && format.is_none_or(|format| format.status == Status::Sidecar) {
            sidecar::read(&output, &opened.window, limits, &mut found)?;
        }
        if self.options.sha256 {
            self.report.sha256_before = Some(digest(self.input, limits)?);
            self.report.sha256 = Some(id::sha256(&opened.window)?);
        }
        self.report.format = format;
        self.report.bytes_out = opened.metadata.len();
        self.report.written = Some(Stamp::from(&opened.metadata));
        Ok(found)
    }

    /// The one label, when it is the one that would be written.
    fn one_label<'r>(&self, records: &'r [Record]) -> std::result::Result<&'r Record, Existing> {
        let record = match records {
            [] => return Err(Existing::Unlabelled),
            [record] => record,
            _ => return Err(Existing::Several),
        };
        let value = |field| record.get(field).unwrap_or_default();
        if record.broken || check(record).iter().any(|f| f.severity() >= Severity::Error) {
            return Err(Existing::Broken);
        }
        let own = match &self.options.wanted {
            Wanted::Carried(carried) if carried.equals(record) => return Ok(record),
            Wanted::Carried(_) => return Err(Existing::Other),
            Wanted::Propagated(how) if value(Field::ContentPropagator) == how.propagator => return Ok(record),
            Wanted::Propagated(_) => return Err(Existing::Other),
            Wanted::Own(own) => own,
        };
        if value(Field::ContentProducer) != own.producer {
            return Err(Existing::Foreign(value(Field::ContentProducer).to_owned()));
        }
        let asked = own.id.of_name(self.input).filter(|_| own.id.is_asked_for());
        let other = own.level.is_some_and(|level| record.level() != Some(level))
            || asked.is_some_and(|id| id != value(Field::ProduceID))
            || (own.asks_for_elements() && value(Field::ContentPropagator) != own.propagator());
        if other { Err(Existing::Other) } else { Ok(record) }
    }
}
