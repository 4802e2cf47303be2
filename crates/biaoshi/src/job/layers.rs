//! The layers for which a file is decoded: the explicit label and the watermark.
//!
//! What a decoder stumbles over must not cost the file its label in the metadata: a layer that cannot be made is left out
//! with the reason, unless it was named.

use biaoshi_container::{Kind, Message, Patch, Patched, Source};
use biaoshi_label::{Code, Label, Record};
use biaoshi_media::{self as media, CODED, Explicit, Found, LOST, Outcome, Place};
use biaoshi_metadata::{Format, finding};
use biaoshi_watermark::{Effort, Payload};

use super::marking::{Marked, Means, Wanted, mark};
use super::task::Job;
use crate::judge::outlasts;
use crate::plan::{Layer, MARK_COVERS};
use crate::provenance::{ProviderTag, payload_of};
use crate::report::{Mark, Skipped};
use crate::{Error, Refusal, Result};

impl Job<'_> {
    /// Draws, sounds or writes the explicit label, unless it is there or cannot be: then nothing changes.
    pub(super) fn explicit(&mut self, source: &dyn Source, format: &Format) -> Result<Patch> {
        if !self.options.layers.has(Layer::Explicit) {
            return Ok(Patch::new());
        }
        let Some(layer) = media::explicit(format.name) else {
            return self.skip(Layer::Explicit, Layer::Explicit.missing(format.name));
        };
        let patch = match self.draw(source, layer) {
            // Nothing else was to stand for it.
            Ok(Outcome::Skip(reason)) if reason.code() == CODED.code && !self.options.layers.may(Layer::Explicit) => {
                return Err(Refusal::Layer(Layer::Explicit, reason).into());
            }
            Ok(Outcome::Skip(reason)) => return self.skip(Layer::Explicit, reason),
            Ok(Outcome::Already(found)) => {
                self.sounded = sounded(&found);
                Patch::new()
            }
            Ok(Outcome::Drawn(drawn)) => {
                self.sounded = sounded(&drawn.found);
                self.note(drawn.notes, drawn.damage);
                self.report.findings.extend(drawn.outlasts.map(|(label, content)| outlasts(label, content)));
                drawn.patch
            }
            Err(error) => return self.undecoded(Layer::Explicit, error.into()),
        };
        self.report.layers.push(Layer::Explicit);
        Ok(patch)
    }

    /// The change that shows the label, after the label was found in it.
    fn draw(&self, source: &dyn Source, layer: &Explicit) -> media::Result<Outcome> {
        let options = self.options;
        let outcome = {
            let _permit = options.permits.take(self.cost(source, layer));
            (layer.apply)(source, &options.explicit, &options.limits)?
        };
        if let Outcome::Drawn(drawn) = &outcome {
            let view = Patched::new(source, &drawn.patch);
            let shows = match &drawn.confirm {
                Some(confirm) => {
                    let _permit = options.permits.take(self.cost(source, layer));
                    confirm.shows(&view, &options.limits)?
                }
                None => self.shows(&view, layer)?,
            };
            if !shows {
                return Ok(Outcome::Skip(LOST.message()));
            }
        }
        Ok(outcome)
    }

    /// Bytes of memory that the layer takes.
    fn cost(&self, source: &dyn Source, layer: &Explicit) -> u64 {
        (layer.cost)(source, &self.options.limits).saturating_add(self.options.explicit.cost())
    }

    /// Decodes a source and says whether an explicit label is found in it.
    pub(super) fn shows(&self, view: &dyn Source, layer: &Explicit) -> media::Result<bool> {
        let options = self.options;
        let _permit = options.permits.take(self.cost(view, layer));
        Ok(!(layer.find)(view, &options.explicit, &options.limits)?.is_empty())
    }

    /// Marks the content as that of the label, unless it is marked so or cannot be: then nothing changes.
    pub(super) fn watermark(
        &mut self,
        view: &dyn Source,
        format: &'static Format,
        label: &Label,
        records: &[Record],
    ) -> Result<Patch> {
        let options = self.options;
        let means = Means { limits: &options.limits, permits: &options.permits };
        let payload = payload_of(label);
        // A scaled copy of a marked picture is marked too, and a faster one of a marked sound.
        let spare = std::mem::take(&mut self.sounded);
        let wanted = Wanted { payload, marker: &options.marker, effort: Effort::Normal, spare: &spare };
        let marked = match mark(view, format, &wanted, means) {
            Ok(marked) => marked,
            Err(error) => return self.undecoded(Layer::Watermark, error),
        };
        let patch = match marked {
            Marked::Skip(skip) => return self.skip(Layer::Watermark, skip),
            Marked::Already(there) => {
                if there != payload && !self.keeps(there, payload, records) {
                    let other = Refusal::OtherMark(there);
                    let may = options.layers.may(Layer::Watermark);
                    return if may { self.skip(Layer::Watermark, other.message()) } else { Err(other.into()) };
                }
                self.mark(there);
                if there != payload {
                    // Its ProduceID cannot be read from 40 bits.
                    self.report.fields = None;
                }
                Patch::new()
            }
            Marked::New { patch, notes, damage } => {
                let drawn = self.report.layers.contains(&Layer::Explicit);
                if let Some(layer) = media::explicit(format.name).filter(|_| drawn)
                    && !self.shows(&Patched::new(view, &patch), layer)?
                {
                    return self.skip(Layer::Watermark, MARK_COVERS.message());
                }
                self.mark(payload);
                self.note(notes, damage);
                patch
            }
        };
        self.report.layers.push(Layer::Watermark);
        Ok(patch)
    }

    /// Notes the mark that the content carries now.
    fn mark(&mut self, payload: Payload) {
        self.report.mark = Some(Mark { payload, key_id: self.options.marker.key_id() });
    }

    /// Whether a mark of this provider stays although its content tag is another one: nothing in the file says which
    /// content it is, nothing is to be written that would, and nobody asked for an id. So a rerun changes nothing.
    fn keeps(&self, there: Payload, payload: Payload, records: &[Record]) -> bool {
        let any = self.options.wanted.own().is_some_and(|own| !own.id.is_asked_for());
        let free = any && !self.options.layers.has(Layer::Metadata);
        free && records.is_empty() && ProviderTag::of(there) == ProviderTag::of(payload)
    }

    /// Leaves a layer out, unless it was named.
    pub(super) fn skip(&mut self, layer: Layer, reason: Message) -> Result<Patch> {
        self.leave(Skipped { layer, code: reason.code(), reason })
    }

    /// Leaves a layer out for an error, unless it was named.
    pub(super) fn try_without(&mut self, layer: Layer, error: &Error) -> Result<Patch> {
        self.leave(Skipped { layer, code: error.kind(), reason: error.message() })
    }

    fn leave(&mut self, skipped: Skipped) -> Result<Patch> {
        if self.options.layers.must(skipped.layer) {
            return Err(Refusal::Layer(skipped.layer, skipped.reason).into());
        }
        self.report.skipped.push(skipped);
        Ok(Patch::new())
    }

    /// Leaves a layer out whose decoder met damage or a limit, unless it was named: then that is the file's error.
    fn undecoded(&mut self, layer: Layer, error: Error) -> Result<Patch> {
        match error {
            Error::Container(trouble) if !self.options.layers.must(layer) && trouble.kind() != Kind::Io => {
                if trouble.kind() == Kind::Malformed {
                    self.damaged(trouble.message());
                }
                self.try_without(layer, &trouble.into())
            }
            error => Err(error),
        }
    }

    /// Keeps what a layer changed besides its label, and what it found broken.
    fn note(&mut self, notes: Vec<Message>, damage: Option<Message>) {
        if let Some(damage) = damage {
            self.damaged(damage);
        }
        self.report.notes.extend(notes);
    }

    /// Notes damage, once.
    fn damaged(&mut self, what: Message) {
        let finding = finding(Code::Damaged, "", what);
        if !self.report.findings.contains(&finding) {
            self.report.findings.push(finding);
        }
    }
}

/// Seconds beside the tones of a label that are silent.
const BESIDE: f64 = 0.1;

/// Seconds that a label takes in a sound, which are no content.
fn sounded(found: &Found) -> Vec<(f64, f64)> {
    match &found.place {
        Place::Sound(all) => all.iter().map(|tones| (tones.start - BESIDE, tones.end + BESIDE)).collect(),
        Place::Prompt(all) => all.iter().map(|at| (at.start, at.end)).collect(),
        Place::Picture { .. } | Place::Text { .. } => Vec::new(),
    }
}
