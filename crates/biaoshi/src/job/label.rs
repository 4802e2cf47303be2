//! Labelling one file: which label it is to carry, the layers one over the other, read back and written. How the layers for
//! which a file is decoded are made (`explicit` and `watermark` of [`Job`]) is in [`super::layers`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use biaoshi_container::{Kind as Fault, Limits, Patch, Patched, Source, phrase};
use biaoshi_label::{Code, Field, InvalidLabel, Label, Level, Record};
use biaoshi_media as media;
use biaoshi_metadata::{Format, Found, Head, Kind, Status, Writer, sidecar as sidecar_format, sniff};
use serde::{Deserialize, Serialize};

use super::marking::Marker;
use super::offsets::{self, Change};
use super::write::{Target, replace, write_small};
use super::{Id, Input, Opened, Stamp, id, sidecar, too_many_labels};
use crate::judge::{differing, fullest};
use crate::plan::{ExplicitOptions, Layer, Layers, Permits};
use crate::report::{Done, LabelReport};
use crate::{Error, Refusal, Result};

/// What label to write, and how.
#[derive(Debug, Clone, Default)]
pub struct LabelOptions {
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
    /// The label of an original, to be written as it is; nothing above this line is asked then.
    pub carried: Option<Label>,
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

impl LabelOptions {
    /// The label of a file that has none, under this ProduceID.
    pub(crate) fn fresh_label(&self, produce_id: &str) -> std::result::Result<Label, InvalidLabel> {
        self.label_of(&self.producer, produce_id)
    }

    /// The same for a file of another producer.
    pub(crate) fn label_of(&self, producer: &str, produce_id: &str) -> std::result::Result<Label, InvalidLabel> {
        let propagator = self.propagator.as_deref().unwrap_or(producer);
        let propagate_id = self.propagate_id.as_deref().unwrap_or(produce_id);
        let level = self.level.unwrap_or(Level::Confirmed);
        let providers = ((producer, produce_id), (propagator, propagate_id));
        let label = Label::with_propagator(level, providers.0, providers.1, self.allow_name)?;
        // Its text is made only where it may be too long: an escape takes six bytes, keys and quotes less than 512.
        let most =
            Field::ALL.into_iter().map(|f| label.get(f).len()).sum::<usize>().saturating_mul(6).saturating_add(512);
        if most > self.limits.label && label.to_json().len() > self.limits.label {
            return Err(InvalidLabel::TooLong(self.limits.label));
        }
        Ok(label)
    }
}

/// Where the labelled file goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Output {
    /// To a path of its own.
    File(#[serde(with = "crate::paths")] PathBuf),
    /// Over the input.
    InPlace,
}

/// Labels one file. Never fails: what went wrong is in the report, and then nothing was written.
pub fn label(input: &Input, output: &Output, options: &LabelOptions) -> LabelReport {
    let mut report = LabelReport::new(&input.shown, Ok(Done::Unchanged));
    report.dry_run = options.dry_run;
    report.result = Job { input, output, options, report: &mut report }.run();
    if report.result.is_err() {
        report.output = None;
        report.layers.clear();
        report.fields = None;
        report.mark = None;
        report.reason = None;
        report.bytes_out = 0;
        report.written = None;
    }
    report
}

/// One file on its way; the layers that are decoded are in [`super::layers`].
pub(super) struct Job<'a> {
    pub(super) input: &'a Input,
    output: &'a Output,
    pub(super) options: &'a LabelOptions,
    pub(super) report: &'a mut LabelReport,
}

/// The label that the file is to carry.
struct Decided {
    label: Label,
    /// Whether it already does, in the prescribed form and place.
    same: bool,
}

/// What the layers change that are decoded, the second over the first; the label in the metadata comes over both.
struct Below {
    /// By the explicit label.
    drawn: Patch,
    /// By the watermark.
    marked: Patch,
}

/// What the first read of the file gave.
struct First<'a> {
    found: &'a Found,
    writer: &'a dyn Writer,
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
        let format = sniff(&Head::new(source, &self.input.extension())?);
        self.report.format = format;
        let format = match format {
            Some(format) if format.status != Status::Sidecar => format,
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
        if let Some(blocker) = found.blockers.first().filter(|_| !self.options.break_signatures) {
            return Err(Refusal::Signed(blocker.what).into());
        }
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

    /// The output that is there and may be passed over. Without `overwrite` nothing is replaced; seen before any work.
    fn is_there(&self) -> Result<Option<PathBuf>> {
        match self.output {
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

    /// The label that the file is to carry; none where policy forbids it and what it is for is only tried.
    fn decided(&mut self, found: &Found, format: &Format, source: &dyn Source) -> Result<Option<Decided>> {
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
            Some(record) => {
                let standard =
                    found.records.len() == 1 && record.dialects.is_empty() && record.placement == format.placement;
                let label = Label::preserving(record);
                let same = standard && label.equals(record);
                Decided { label, same }
            }
            None => Decided { label: self.new_label(source)?, same: false },
        };
        self.report.fields = Some(decided.label.fields().clone());
        Ok(decided)
    }

    /// The own label that stays; with `--replace`, a label that forbids writing makes way.
    fn kept<'f>(&mut self, found: &'f Found, source: &dyn Source) -> Result<Option<&'f Record>> {
        if found.beyond > 0 {
            return Err(too_many_labels(&self.options.limits));
        }
        let id = &self.options.id;
        let asked = if id.is_asked_for() { Some(id.make(self.input, source)?) } else { None };
        let cut = found.findings.iter().any(|f| f.code == Code::TooLong);
        let kept = match &self.options.carried {
            _ if cut => Err(Refusal::BrokenLabel),
            Some(carried) => same_as(&found.records, carried),
            None => kept(&found.records, self.options, asked.as_deref()),
        };
        match kept {
            Err(_) if self.options.replace => {
                self.report.reason.clone_from(&self.options.reason);
                Ok(None)
            }
            result => Ok(result?),
        }
    }

    fn new_label(&self, source: &dyn Source) -> Result<Label> {
        let limit = self.options.limits.label;
        match &self.options.carried {
            Some(carried) if carried.to_json().len() > limit => {
                Err(Refusal::Label(InvalidLabel::TooLong(limit)).into())
            }
            Some(carried) => Ok(carried.clone()),
            None => {
                let produce_id = self.options.id.make(self.input, source)?;
                Ok(self.options.fresh_label(&produce_id).map_err(Refusal::Label)?)
            }
        }
    }

    /// Stacks the patches, reads the result back, and writes it.
    fn finish(
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
        let upper = match &decided {
            Some(Decided { label, same: false }) if same => first.writer.plan(source, label, limits)?,
            Some(Decided { label, same: false }) => {
                (format.read)(&lower, limits, &mut first.found.again())?.plan(&lower, label, limits)?
            }
            _ => Patch::new(),
        };
        if ![drawn, marked, &upper].into_iter().all(Patch::is_sound) {
            return Err(Error::ReadBack(phrase!("overlapping edits", "编辑重叠")));
        }
        let view = Patched::new(&lower, &upper);
        let changed = !same || !upper.is_empty();
        if changed {
            offsets::prove(format, &Change { base: &lower, patch: &upper, view: &view }, limits)?;
            self.read_back(&view, format, first.found.again(), decided.as_ref().map(|d| &d.label))?;
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
    fn read_back(&self, view: &dyn Source, format: &Format, mut found: Found, label: Option<&Label>) -> Result<()> {
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
        Ok(())
    }

    fn store(&mut self, view: &dyn Source, opened: &Opened, changed: bool) -> Result<()> {
        if self.options.dry_run {
            self.report.bytes_out = view.len();
            return Ok(());
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
    fn target(&self, input: &Path) -> Result<PathBuf> {
        Ok(match self.output {
            Output::File(path) => path.clone(),
            Output::InPlace if input.is_symlink() => std::fs::canonicalize(input)?,
            Output::InPlace => input.to_owned(),
        })
    }

    /// Labels a file that has no place for a label by a sidecar beside it.
    fn beside(&mut self, opened: &Opened) -> Result<Done> {
        let (options, source) = (self.options, &opened.window);
        for layer in [Layer::Explicit, Layer::Watermark] {
            if options.layers.has(layer) {
                self.skip(layer, layer.missing(self.report.format.map_or("unknown", |f| f.name)))?;
            }
        }
        let found = self.found_beside(opened)?;
        let label = match self.kept(&found, source)? {
            Some(record) => Label::preserving(record),
            None => self.new_label(source)?,
        };
        let target = self.target(&self.input.path)?;
        let name = target.file_name().map_or_else(|| self.input.file_name(), |n| n.to_string_lossy().into_owned());
        let text = sidecar_format::encode(&label, &name, &id::sha256(source)?);
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
        self.store(source, opened, false)?;
        if same {
            return Ok(Done::Unchanged);
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
            let carried = self.options.carried.as_ref().map(|l| l.get(Field::ContentProducer));
            let producer = carried.unwrap_or(&self.options.producer);
            let ours = |r: &Record| r.get(Field::ContentProducer) == Some(producer);
            found.records.retain(|r| r.placement != sidecar_format::PLACEMENT || !ours(r));
        }
        Ok(found)
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
fn kept<'r>(
    records: &'r [Record],
    options: &LabelOptions,
    asked: Option<&str>,
) -> std::result::Result<Option<&'r Record>, Refusal> {
    let Some(first) = fullest(records) else { return Ok(None) };
    let value = |r: &'r Record, f: Field| r.get(f).unwrap_or_default();
    if records.iter().any(|r| r.broken || value(r, Field::ContentProducer).is_empty()) {
        return Err(Refusal::BrokenLabel);
    }
    if let Some(foreign) = records.iter().map(|r| value(r, Field::ContentProducer)).find(|p| *p != options.producer) {
        return Err(Refusal::ForeignLabel(foreign.to_owned()));
    }
    if !differing(records).is_empty() {
        return Err(Refusal::Conflict);
    }
    let Some(level) = first.level() else { return Err(Refusal::BrokenLabel) };
    let id = value(first, Field::ProduceID);
    if options.level.is_some_and(|l| l != level) || asked.is_some_and(|a| a != id) || id.is_empty() {
        return Err(Refusal::OtherLabel);
    }
    Ok(Some(first))
}
