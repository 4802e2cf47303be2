//! Putting a file together: the patches one over the other, the proof of offsets, the read-back, and the output.

use std::path::{Path, PathBuf};

use biaoshi_container::{Patch, Patched, Source, phrase};
use biaoshi_label::Label;
use biaoshi_media as media;
use biaoshi_metadata::{Format, Found, Kind, Writer};

use super::binding;
use super::decide::Decided;
use super::offsets::{self, Change};
use super::options::Output;
use super::task::Job;
use super::write::{Target, replace};
use super::{Opened, id};
use crate::plan::Layer;
use crate::report::Done;
use crate::{Error, Result};

/// What the layers change that are decoded, the second over the first; the label in the metadata comes over both.
pub(super) struct Below {
    /// By the explicit label.
    pub(super) drawn: Patch,
    /// By the watermark.
    pub(super) marked: Patch,
}

/// What the first read of the file gave.
pub(super) struct First<'a> {
    pub(super) found: &'a Found,
    pub(super) writer: &'a dyn Writer,
}

impl Job<'_> {
    /// Stacks the patches, reads the result back, and writes it.
    pub(super) fn finish(
        &mut self,
        opened: &Opened,
        format: &Format,
        first: &First<'_>,
        decided: Option<Decided>,
        below: &Below,
    ) -> Result<Done> {
        let limits = &self.options.limits;
        let Below { drawn, marked } = below;
        let source: &dyn Source = &opened.window;
        let drawn_view = Patched::new(source, drawn);
        let lower = Patched::new(&drawn_view, marked);
        let same = drawn.is_empty() && marked.is_empty();
        let plan = |label: &Label| -> Result<Patch> {
            Ok(match same {
                true => first.writer.plan(source, label, limits)?,
                false => (format.read)(&lower, limits, &mut first.found.again())?.plan(&lower, label, limits)?,
            })
        };
        let signed = decided.map(|decided| self.signed(decided, format, &lower, &plan)).transpose()?;
        let (decided, hashed) = signed.map_or((None, None), |signed| (Some(signed.decided), signed.hashed));
        let upper = match &decided {
            Some(Decided { label, same: false }) => plan(label)?,
            _ => Patch::new(),
        };
        if ![drawn, marked, &upper].into_iter().all(Patch::is_sound) {
            return Err(Error::ReadBack(phrase!("overlapping edits", "编辑重叠")));
        }
        let view = Patched::new(&lower, &upper);
        let changed = !same || !upper.is_empty();
        if changed {
            offsets::prove(format, &Change { base: &lower, patch: &upper, view: &view }, limits)?;
            let found = self.read_back(&view, format, first.found.again(), decided.as_ref().map(|d| &d.label))?;
            self.read_back = Some(found);
            if let Some(hashed) = &hashed {
                binding::prove(format, &lower, (&Patched::new(&lower, hashed), &view), limits)?;
            }
            if let Some(Decided { label, .. }) = &decided {
                self.keep_signatures(&first.found.records, label, format, (source, &view))?;
            }
            // A label in the metadata of a text is text too: it may take the place in which the line is looked for.
            let written = format.kind == Kind::Text && self.report.layers.contains(&Layer::Explicit);
            if let Some(layer) = media::explicit(format.name).filter(|_| written)
                && !self.shows(&view, layer)?
            {
                return Err(Error::ReadBack(phrase!(
                    "the explicit label is not seen beside the label in the metadata",
                    "写入元数据标识后检测不到显式标识"
                )));
            }
        }
        self.store(&view, opened, changed)?;
        Ok(if changed { Done::Labelled } else { Done::Unchanged })
    }

    /// The output, before a byte of it is written, must hold exactly the label that was promised. (Its pixels and samples
    /// were looked at when they were drawn; the metadata patch cannot touch them.) `found` knows what need not be read again.
    fn read_back(&self, view: &dyn Source, format: &Format, mut found: Found, label: Option<&Label>) -> Result<Found> {
        (format.read)(view, &self.options.limits, &mut found)?;
        if let Some(label) = label {
            let [record] = found.records.as_slice() else {
                return Err(Error::ReadBack(phrase!("not exactly one label", "标识不是恰好一个")));
            };
            if !label.equals(record) {
                return Err(Error::ReadBack(phrase!("other fields", "字段不同")));
            }
            if !record.dialects.is_empty() || record.placement != format.placement {
                return Err(Error::ReadBack(phrase!("another form or place", "形式或位置不同")));
            }
        }
        Ok(found)
    }

    pub(super) fn store(&mut self, view: &dyn Source, opened: &Opened, changed: bool) -> Result<()> {
        if self.options.dry_run {
            self.report.bytes_out = view.len();
            return Ok(());
        }
        if self.options.sha256 {
            let before = id::sha256(&opened.window)?;
            self.report.sha256 = Some(if changed { id::sha256(view)? } else { before.clone() });
            self.report.sha256_before = Some(before);
        }
        let input = &self.input.path;
        let target = self.target(input)?;
        // Without `overwrite` nothing is at the target, or the rename says so.
        let over_itself = self.options.overwrite && opened.is(&target);
        let in_place = matches!(self.output, Output::InPlace) || over_itself;
        self.report.written = self.report.input;
        if changed || !in_place {
            let target = Target {
                path: &target,
                overwrite: in_place || self.options.overwrite,
                in_place,
                durable: self.options.durable,
                preserve: self.options.preserve,
                backup: self.options.backup.as_deref().filter(|_| in_place),
                mark: &self.options.mark,
            };
            let like = (opened.window.file(), &opened.metadata);
            self.report.written = Some(replace(view, &target, like, || opened.unchanged(input))?);
        }
        self.report.bytes_out = view.len();
        self.report.output = Some(if matches!(self.output, Output::InPlace) { input.clone() } else { target });
        Ok(())
    }

    /// Where to write; for a symlink in place, the file that it names.
    pub(super) fn target(&self, input: &Path) -> Result<PathBuf> {
        Ok(match self.output {
            Output::File(path) => path.clone(),
            Output::InPlace if input.is_symlink() => std::fs::canonicalize(input)?,
            Output::InPlace => input.to_owned(),
        })
    }
}
