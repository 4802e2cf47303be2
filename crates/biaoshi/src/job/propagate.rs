//! What a platform does that spreads a file (Measures Art. 6): it looks what the file says of itself and what it shows, comes to a
//! verdict, and writes its own elements into the label.
//!
//! Of a label that is there, ContentPropagator, PropagateID and ReservedCode2 change and nothing else: its level too is its
//! producer's, however strong other evidence is. A file without one gets the level of the verdict. The producer is not known
//! then, and Annex E demands both production elements: they take the propagation elements, as on a first write the one pair
//! mirrors the other (Annex E note 1; our convention).

use biaoshi_container::{Kind, Patch, Source};
use biaoshi_label::{Code, Field, Label, Record};
use biaoshi_metadata::sidecar::PLACEMENT;
use biaoshi_metadata::{Format, Found, Status, Writer, finding};
use biaoshi_security::Party;

use super::decide::{Decided, Settled};
use super::finish::{Below, First};
use super::options::{Choose, OnSigned, Output, Propagation, no_longer_than};
use super::task::Job;
use super::verify::Gathered;
use super::{Opened, beside};
use crate::error::Obstacle;
use crate::judge::{Evidence, Looked, Verdict, differing, fullest, is_scattered, judge, origin};
use crate::plan::{ASSUMED, Layer};
use crate::report::{Done, Left, Outcome, Report};
use crate::{Error, Refusal, Result};

impl Job<'_> {
    /// Verifies the file and writes what follows.
    pub(super) fn propagate(&mut self, how: &Propagation, opened: &Opened) -> Result<Done> {
        let mut gathered = Gathered::new(&how.look);
        let read = gathered.read(opened, self.input, &how.look);
        self.report.format = gathered.format;
        self.look(&mut gathered, opened, how)?;
        let before = essence(&gathered.evidence);
        let judged = gathered.report(self.input, &how.look, None);
        self.report.judged = Some(Box::new(Report { expected_id: how.look.expected_id.clone(), ..judged }));
        if let Output::File(path) = self.output
            && !self.options.overwrite
            && path.symlink_metadata().is_ok()
        {
            return Err(Obstacle::There(path.clone()).into());
        }
        let writer = match read {
            Err(Error::UnknownFormat) if self.options.sidecar => None,
            Err(Error::UnknownFormat) if self.options.copy_unknown => {
                self.store(&opened.window, opened, false)?;
                self.report.outcome = Some(self.outcome(before, how));
                return Ok(Done::Copied);
            }
            read => read?,
        };
        let done = self.write_elements(how, opened, &before.found, writer.as_deref())?;
        if done == Done::Labelled && self.report.old.is_none() {
            self.report.notes.push(ASSUMED.message());
        }
        self.report.outcome = Some(self.outcome(before, how));
        Ok(done)
    }

    /// Looks for the layers for which the file is decoded. What a decoder stumbles over is told, and does not cost the file its
    /// label.
    fn look(&mut self, gathered: &mut Gathered, opened: &Opened, how: &Propagation) -> Result<()> {
        match gathered.decode(opened, &how.look) {
            Err(Error::Container(trouble)) if trouble.kind() != Kind::Io => {
                let evidence = &mut gathered.evidence;
                if trouble.kind() == Kind::Malformed {
                    evidence.found.findings.push(finding(Code::Damaged, "", trouble.message()));
                }
                if how.look.explicit && evidence.explicit == Looked::Unasked {
                    evidence.explicit = Looked::Unable(trouble.message());
                }
                Ok(())
            }
            decoded => decoded,
        }
    }

    /// Writes the label that the file is to carry into it, or beside it.
    fn write_elements(
        &mut self,
        how: &Propagation,
        opened: &Opened,
        found: &Found,
        writer: Option<&dyn Writer>,
    ) -> Result<Done> {
        let Some((label, from)) = self.settle(found, &opened.window)? else {
            return self.pass_on(opened, Left::Nothing);
        };
        self.report.fields = Some(label.fields().clone());
        self.report.old = from.map(|record| record.fields.clone());
        let only = found.records.iter().filter(|record| !is_beside(record)).count() == 1;
        let place = self.report.format.filter(|format| format.status != Status::Sidecar).zip(writer);
        let (format, writer) = match (place, self.report.format) {
            _ if from.is_some() && found.records.iter().all(is_beside) => return self.write_beside(opened, &label),
            (Some(place), _) => place,
            // One beside it would contradict a label inside that cannot be written anew (clause 6.1 c).
            (None, _) if from.is_some() => return Err(Obstacle::Inside.into()),
            _ if self.options.sidecar => return self.write_beside(opened, &label),
            (None, Some(format)) => return Err(Refusal::NoSlot(format.name).into()),
            (None, None) => return Err(Refusal::UnknownFormat.into()),
        };
        let decided = Decided::following(label, from, only, format);
        if decided.same && self.options.signer.is_none() {
            return self.pass_on(opened, Left::Same);
        }
        if let Some(blocker) = found.blockers.first() {
            match how.on_signed {
                Some(OnSigned::Break) => {}
                Some(OnSigned::Notice) => {
                    self.report.fields = None;
                    return self.pass_on(opened, Left::Signed);
                }
                Some(OnSigned::Sidecar) if from.is_none() => return self.write_beside(opened, &decided.label),
                Some(OnSigned::Sidecar) => return Err(Obstacle::SignedLabel(blocker.what).into()),
                None => return Err(Obstacle::Signed(blocker.what).into()),
            }
        }
        if matches!(self.output, Output::InPlace) && found.records.iter().any(is_beside) {
            return Err(Obstacle::TwoPlaces.into());
        }
        self.write_inside(opened, format, &First { found, writer }, decided)
    }

    fn write_inside(
        &mut self,
        opened: &Opened,
        format: &'static Format,
        first: &First<'_>,
        decided: Decided,
    ) -> Result<Done> {
        let (label, is_new) = (decided.label.clone(), first.found.records.is_empty());
        self.report.layers.push(Layer::Metadata);
        let below = Below { drawn: Patch::new(), marked: Patch::new() };
        match self.finish(opened, format, first, Some(decided), &below) {
            // This very file has no place.
            Err(Error::Container(e)) if self.options.sidecar && is_new && e.kind() == Kind::Unsupported => {
                self.report.layers.clear();
                self.write_beside(opened, &label)
            }
            // It was signed before, by this key.
            Ok(Done::Unchanged) => {
                self.report.left = Some(Left::Same);
                Ok(Done::Unchanged)
            }
            done => done,
        }
    }

    fn write_beside(&mut self, opened: &Opened, label: &Label) -> Result<Done> {
        let done = self.put_beside(opened, label)?;
        self.report.left = (done == Done::Unchanged).then_some(Left::Same);
        self.report.beside = true;
        Ok(done)
    }

    /// Writes nothing into the file; an output of its own is a copy.
    fn pass_on(&mut self, opened: &Opened, why: Left) -> Result<Done> {
        self.store(&opened.window, opened, false)?;
        self.report.left = Some(why);
        Ok(Done::Unchanged)
    }

    /// The label that the file is to carry: that which is there with the platform's elements, or a new one where there is something
    /// to say; and the record that it follows from.
    pub(super) fn propagated<'f>(
        &mut self,
        how: &Propagation,
        found: &'f Found,
        source: &dyn Source,
    ) -> Result<Option<Settled<'f>>> {
        let most = self.options.limits.label;
        if let Some(record) = stands(how, found)? {
            // All values stay but null, which becomes "", and nested objects, which become their text; where that would break a
            // signature that verified, the read-back refuses the file (`keep_signatures`).
            let label = Label::preserving(record);
            let asked = how.id.of_name(self.input).filter(|_| how.id.is_asked_for());
            let there = label.get(Field::PropagateID);
            let ours = label.get(Field::ContentPropagator) == how.propagator && !there.is_empty();
            if ours && asked.is_none_or(|id| id == there) {
                return Ok(Some((label, Some(record))));
            }
            let id = how.id.make(self.input, source)?;
            let label = label.propagated(&how.propagator, &id, how.allow_name).map_err(Refusal::Label)?;
            no_longer_than(most, &label).map_err(Refusal::Label)?;
            return Ok(Some((label, Some(record))));
        }
        let verdict = self.report.judged.as_ref().map_or(Verdict::None, |judged| judged.judgement.verdict);
        let Some(level) = verdict.max(how.level.map_or(Verdict::None, Verdict::from)).level() else { return Ok(None) };
        let id = how.id.make(self.input, source)?;
        let label = how.label(level, &id, most).map_err(Refusal::Label)?;
        Ok(Some((label, None)))
    }

    /// How the output stands, as `verify` would say of it: by the read-back where there was one.
    fn outcome(&mut self, before: Evidence, how: &Propagation) -> Outcome {
        let old = before.found.records.clone();
        let found = match self.read_back.take() {
            Some(after) => {
                let kept =
                    before.found.findings.into_iter().filter(|f| f.code == Code::Damaged || f.code == Code::Extension);
                let findings = after.findings.iter().cloned().chain(kept).collect();
                Found { findings, ..after }
            }
            None => before.found,
        };
        let mut after = Evidence { found, ..before };
        if !how.look.traces {
            after.found.traces.clear();
        }
        if self.report.beside {
            after.found.records.retain(|record| !is_beside(record));
            after.found.records.extend(self.report.fields.clone().map(beside::record));
        }
        after.keep_checks(&old);
        let judgement = judge(&after, &how.look.policy);
        let labelled = !after.found.records.is_empty();
        // Of a file in which nothing was found there is nothing to say.
        let silent = judgement.verdict == Verdict::None;
        Outcome {
            labelled,
            conforming: judgement.conforming(),
            fails: how.look.policy.fails(&judgement, labelled || silent),
        }
    }
}

/// The evidence, without what reading the output once more will tell.
fn essence(evidence: &Evidence) -> Evidence {
    let Evidence { found, signatures, kind, explicit, watermarks, declared, expected_id } = evidence;
    let found = Found {
        records: found.records.clone(),
        beyond: found.beyond,
        traces: found.traces.clone(),
        findings: found.findings.clone(),
        blockers: found.blockers.clone(),
        ..found.again()
    };
    let (explicit, watermarks, expected_id) = (explicit.clone(), watermarks.clone(), expected_id.clone());
    let signatures = signatures.clone();
    Evidence { found, signatures, kind: *kind, explicit, watermarks, declared: *declared, expected_id }
}

impl Evidence {
    /// What the security data of each label after writing is worth, from that of the label before from which it follows. Data that
    /// went is worth nothing any more, and of what was signed anew the read-back has seen that it is valid.
    fn keep_checks(&mut self, old: &[Record]) {
        let before = std::mem::take(&mut self.signatures);
        let checks = |record: &Record| {
            let followed = origin(old, &record.fields)?;
            let at = old.iter().position(|of| std::ptr::eq(of, followed))?;
            let mut checks = before.get(at)?.clone();
            for (party, check) in Party::ALL.into_iter().zip(&mut checks) {
                check.take_if(|_| record.get(party.reserved()) != followed.get(party.reserved()));
            }
            Some(checks)
        };
        self.signatures = self.found.records.iter().map(|record| checks(record).unwrap_or_default()).collect();
    }
}

/// Whether a label stands in a sidecar.
fn is_beside(record: &Record) -> bool {
    record.placement == PLACEMENT
}

/// The record that says which label the file has; `None` where it has none.
fn stands<'f>(how: &Propagation, found: &'f Found) -> std::result::Result<Option<&'f Record>, Obstacle> {
    let noted = |code: Code| found.findings.iter().any(|f| f.code == code);
    // A sidecar that belongs to other bytes is the label of another content.
    let stale = noted(Code::SidecarHash);
    let inside = || found.records.iter().filter(|record| !is_beside(record));
    let records = || inside().chain(found.records.iter().filter(|record| is_beside(record) && !stale));
    if noted(Code::TooLong) || noted(Code::SidecarBroken) || records().any(|record| record.broken) {
        return Err(Obstacle::Unreadable);
    }
    let Some(first) = records().next() else {
        return if found.records.is_empty() { Ok(None) } else { Err(Obstacle::Stale) };
    };
    // A label that lacks what another one states cannot stand for both.
    if differing(records()).is_empty() && !is_scattered(records()) {
        return Ok(fullest(records()));
    }
    let producer = |record: &'f Record| record.get(Field::ContentProducer).filter(|producer| !producer.is_empty());
    let of_one = producer(first).is_some() && records().all(|record| producer(record) == producer(first));
    match how.choose {
        None => Err(Obstacle::Conflict),
        Some(_) if !of_one => Err(Obstacle::Producers),
        Some(Choose::First) => Ok(Some(first)),
        Some(Choose::Last) => Ok(records().last()),
    }
}
