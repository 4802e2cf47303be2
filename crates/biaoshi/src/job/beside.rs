//! Files that have no place for a label: it stands in a sidecar beside them.

use biaoshi_container::{Patch, Patched};
use biaoshi_label::{Code, Field, Fields, Label, Record};
use biaoshi_metadata::{Found, sidecar as format};

use super::options::Output;
use super::task::Job;
use super::write::{Target, write_small};
use super::{Opened, id, sidecar};
use crate::plan::Layer;
use crate::report::Done;
use crate::{Refusal, Result};

impl Job<'_> {
    /// Labels a file that has no place for a label by a sidecar beside it.
    pub(super) fn beside(&mut self, opened: &Opened) -> Result<Done> {
        let drawn = match self.report.format {
            Some(format) => self.explicit(&opened.window, format)?,
            None if self.options.layers.has(Layer::Explicit) => {
                self.skip(Layer::Explicit, Layer::Explicit.missing("unknown"))?
            }
            None => Patch::new(),
        };
        if self.options.layers.has(Layer::Watermark) {
            self.skip(Layer::Watermark, Layer::Watermark.missing(self.report.format.map_or("unknown", |f| f.name)))?;
        }
        let found = self.found_beside(opened)?;
        match self.settle(&found, &opened.window)? {
            Some((label, _)) => self.put_beside(opened, &label, &drawn),
            None => {
                self.store(&Patched::new(&opened.window, &drawn), opened, !drawn.is_empty())?;
                Ok(if drawn.is_empty() { Done::Unchanged } else { Done::Labelled })
            }
        }
    }

    /// Puts a label into the sidecar beside the output, which shows what is `drawn`.
    pub(super) fn put_beside(&mut self, opened: &Opened, label: &Label, drawn: &Patch) -> Result<Done> {
        let (options, source) = (self.options, &Patched::new(&opened.window, drawn));
        let label = &self.signed_beside(label)?;
        let target = self.target(&self.input.path)?;
        let name = target.file_name().map_or_else(|| self.input.file_name(), |n| n.to_string_lossy().into_owned());
        let text = format::encode(label, &name, &id::sha256(source)?);
        let path = sidecar::path_of(&target);
        let there = sidecar::bytes(&path, options.limits.label)?;
        let same = there.as_ref().is_some_and(|old| old == text.as_bytes());
        let in_place = matches!(self.output, Output::InPlace);
        let overwrite = options.overwrite || in_place;
        if path.symlink_metadata().is_ok() && !same && !overwrite {
            return Err(Refusal::Exists(path).into());
        }
        self.report.fields = Some(label.fields().clone());
        self.report.layers.push(Layer::Metadata);
        self.store(source, opened, !drawn.is_empty())?;
        if same {
            return Ok(if drawn.is_empty() { Done::Unchanged } else { Done::Labelled });
        }
        if options.dry_run {
            return Ok(Done::Labelled);
        }
        let durable = in_place || options.durable;
        let target = Target { overwrite, durable, mark: &options.mark, ..Target::new(&path) };
        write_small(text.as_bytes(), &target)?;
        Ok(Done::Labelled)
    }

    /// The labels in a file without a place for one (a text may hold one all the same), and in its sidecar. A sidecar
    /// of ours that belongs to other bytes does not count: its id is that of another content.
    fn found_beside(&self, opened: &Opened) -> Result<Found> {
        let limits = &self.options.limits;
        let mut found = Found::default();
        if let Some(format) = self.report.format {
            (format.read)(&opened.window, limits, &mut found)?;
        }
        sidecar::read(self.input, &opened.window, limits, &mut found)?;
        if found.findings.iter().any(|f| f.code == Code::SidecarHash) {
            let producer = self.options.wanted.producer();
            let ours = |r: &Record| producer.is_some() && r.get(Field::ContentProducer) == producer;
            found.records.retain(|r| r.placement != format::PLACEMENT || !ours(r));
        }
        Ok(found)
    }
}

/// A label as it stands in a sidecar.
pub(super) fn record(fields: Fields) -> Record {
    Record {
        placement: format::PLACEMENT.into(),
        span: 0..0,
        raw: String::new(),
        fields,
        misspelt: Vec::new(),
        repeated: Vec::new(),
        dialects: Vec::new(),
        broken: false,
    }
}
