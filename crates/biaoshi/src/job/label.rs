//! Labelling one file, from the first read to the output. Which label it is to carry is decided in [`super::decide`], the layers
//! for which it is decoded are made in [`super::layers`], and [`super::finish`] puts all together and writes it.

use std::path::PathBuf;

use biaoshi_container::{Kind as Fault, Patch, Patched, Source};
use biaoshi_label::Code;
use biaoshi_media as media;
use biaoshi_metadata::{Format, Found, Head, Status, sniff};

use super::decide::Decided;
use super::finish::{Below, First};
use super::options::{LabelOptions, Output, Wanted};
use super::task::Job;
use super::{Input, Opened, Stamp};
use crate::judge::Verdict;
use crate::plan::Layer;
use crate::report::{Done, LabelReport, Report};
use crate::{Error, Refusal, Result};

/// Labels one file. Never fails: what went wrong is in the report, and then nothing was written.
pub fn label(input: &Input, output: &Output, options: &LabelOptions) -> LabelReport {
    let mut report = LabelReport::new(&input.shown, Ok(Done::Unchanged));
    report.dry_run = options.dry_run;
    let (verdict, sounded) = (Verdict::None, Vec::new());
    report.result = Job { input, output, options, report: &mut report, verdict, sounded, read_back: None }.run();
    // Of a file that could not be opened, what its uploader says.
    if report.judged.is_none()
        && let Some(how) = options.wanted.propagation()
    {
        report.judged = Some(Box::new(Report::unread(&input.shown, how.look.declared)));
    }
    if report.result.is_err() {
        report.output = None;
        report.layers.clear();
        report.fields = None;
        report.mark = None;
        report.reason = None;
        report.replaced.clear();
        report.sha256_before = None;
        report.sha256 = None;
        report.bytes_out = 0;
        report.written = None;
    }
    report
}

impl Job<'_> {
    fn run(&mut self) -> Result<Done> {
        if let Some(output) = self.is_there()? {
            return self.existing(&output);
        }
        let limits = &self.options.limits;
        let opened = Opened::open(self.input, limits)?;
        let source = &opened.window;
        self.report.bytes_in = source.len();
        self.report.input = Some(Stamp::from(&opened.metadata));
        if let Wanted::Propagated(how) = &self.options.wanted {
            return self.propagate(how, &opened);
        }
        let format = sniff(&Head::new(source, &self.input.extension())?);
        self.report.format = format;
        let format = match format {
            Some(format) if format.status != Status::Sidecar => format,
            // Its metadata has no place, its content has one.
            Some(format) if !self.options.sidecar && self.shows_itself(format) => format,
            _ if self.options.sidecar => return self.beside(&opened),
            Some(format) => return Err(Refusal::NoSlot(format.name).into()),
            None if self.options.copy_unknown => {
                self.store(source, &opened, false)?;
                return Ok(Done::Copied);
            }
            None => return Err(Refusal::UnknownFormat.into()),
        };
        let mut found = Found::default();
        let writer = (format.read)(source, limits, &mut found)?;
        self.report.findings.extend(found.findings.iter().filter(|f| f.code == Code::Damaged).cloned());
        self.may_change(&found)?;
        let layers = &self.options.layers;
        let (metadata, watermark) = (layers.has(Layer::Metadata), layers.has(Layer::Watermark));
        // A watermark says which label it belongs to, so there is one to decide on also where none is to be written.
        let decided = if metadata || watermark { self.decided(&found, format, source)? } else { None };
        if metadata && decided.is_some() {
            self.report.layers.push(Layer::Metadata);
        }
        let drawn = self.explicit(source, format)?;
        let marked = match &decided {
            Some(Decided { label, .. }) if watermark => {
                self.watermark(&Patched::new(source, &drawn), format, label, &found.records)?
            }
            _ => Patch::new(),
        };
        let decided = decided.filter(|_| metadata);
        let first = First { found: &found, writer: writer.as_ref() };
        let below = Below { drawn, marked };
        match self.finish(&opened, format, &first, decided, &below) {
            // This very file has no place, as a sequence without picture items.
            Err(Error::Container(e)) if self.options.sidecar && e.kind() == Fault::Unsupported => {
                self.report.layers.clear();
                self.report.skipped.clear();
                self.report.mark = None;
                self.report.notes.clear();
                self.beside(&opened)
            }
            Err(Error::Container(e)) if layers.may(Layer::Metadata) && e.kind() == Fault::Unsupported => {
                self.report.layers.retain(|layer| *layer != Layer::Metadata);
                self.report.fields = self.report.fields.take().filter(|_| self.report.mark.is_some());
                self.try_without(Layer::Metadata, &e.into())?;
                self.finish(&opened, format, &first, None, &below)
            }
            done => done,
        }
    }

    /// Whether an explicit label is wanted that the format has a place for, and none in the metadata has to be.
    fn shows_itself(&self, format: &Format) -> bool {
        let layers = &self.options.layers;
        let without = !layers.has(Layer::Metadata) || layers.may(Layer::Metadata);
        without && layers.has(Layer::Explicit) && media::explicit(format.name).is_some()
    }

    /// Whether nothing covers the whole file that a change would break, or it may break.
    fn may_change(&self, found: &Found) -> Result<()> {
        let blocker = found.blockers.first().filter(|_| !self.options.break_signatures);
        blocker.map_or(Ok(()), |blocker| Err(Refusal::Signed(blocker.what).into()))
    }

    /// The output that is there and may be passed over. Without `overwrite` nothing is replaced; seen before any work. (A platform
    /// is told the verdict on every file, also where the output is there: it looks later.)
    fn is_there(&self) -> Result<Option<PathBuf>> {
        match self.output {
            _ if self.options.wanted.propagation().is_some() => Ok(None),
            Output::File(path) if !self.options.overwrite && path.symlink_metadata().is_ok() => {
                if self.options.skip_existing {
                    Ok(Some(path.clone()))
                } else {
                    Err(Refusal::Exists(path.clone()).into())
                }
            }
            _ => Ok(None),
        }
    }
}
