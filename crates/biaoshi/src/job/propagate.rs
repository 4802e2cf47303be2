//! What a platform does that spreads a file (Measures Art. 6): it looks what the file says of itself and what it shows, comes to a
//! verdict, and writes its own elements into the label.
//!
//! Of a label that is there, ContentPropagator, PropagateID and ReservedCode2 change and nothing else: its level too is its
//! producer's, however strong other evidence is. A file without one gets the level of the verdict. The producer is not known
//! then, and Annex E demands both production elements: they take the propagation elements, as on a first write the one pair
//! mirrors the other (Annex E note 1; our convention).

use std::mem::replace;

use biaoshi_container::{Kind, Patch, Source};
use biaoshi_label::{Code, Field, Fields, Label, Record};
use biaoshi_metadata::sidecar::PLACEMENT;
use biaoshi_metadata::{Format, Found, Status, Writer, finding};
use biaoshi_security::{Check, Party};

use super::decide::{Decided, Settled};
use super::finish::{Below, First};
use super::options::{Choose, OnSigned, Output, Propagation, no_longer_than};
use super::task::Job;
use super::verify::Gathered;
use super::{Opened, beside};
use crate::error::Obstacle;
use crate::judge::{Evidence, Judgement, Looked, Policy, Verdict, differing, fullest, is_scattered, judge, origin};
use crate::plan::{ASSUMED, Layer};
use crate::report::{Done, Left, Outcome, Report};
use crate::{Error, Refusal, Result};

/// Bytes that may be written in vain, where the output turns out to be there: fewer cost less than a look at each output.
const LITTLE: u64 = 1 << 20;

impl Job<'_> {
    /// Verifies the file and writes what follows.
    pub(super) fn propagate(&mut self, how: &Propagation, opened: &Opened) -> Result<Done> {
        let mut gathered = Gathered::new(&how.look);
        let read = gathered.read(opened, self.input, &how.look);
        self.report.format = gathered.format;
        self.look(&mut gathered, opened, how)?;
        let judgement = gathered.judge(&how.look, None);
        self.verdict = judgement.verdict;
        let done = self.spread(how, opened, &gathered.evidence.found, read).map_err(|error| match error {
            Error::Refused(Refusal::Exists(path)) => Obstacle::There(path).into(),
            error => error,
        });
        if done.is_ok() {
            self.report.outcome = Some(self.outcome(how, &mut gathered.evidence, &judgement));
        }
        let judged = gathered.report(self.input, &how.look, judgement, None);
        self.report.judged = Some(Box::new(Report { expected_id: how.look.expected_id.clone(), ..judged }));
        done
    }

    /// Writes what the file is to carry. `read`: what is needed to write there.
    fn spread(
        &mut self,
        how: &Propagation,
        opened: &Opened,
        found: &Found,
        read: Result<Option<Box<dyn Writer>>>,
    ) -> Result<Done> {
        // The rename looks once more, and alone where little is written in vain.
        if let Output::File(path) = self.output
            && !self.options.overwrite
            && (self.options.dry_run || opened.window.len() > LITTLE)
            && path.symlink_metadata().is_ok()
        {
            return Err(Obstacle::There(path.clone()).into());
        }
        let writer = match read {
            Err(Error::UnknownFormat) if self.options.sidecar => None,
            Err(Error::UnknownFormat) if self.options.copy_unknown => {
                self.store(&opened.window, opened, false)?;
                return Ok(Done::Copied);
            }
            read => read?,
        };
        let done = self.write_elements(how, opened, found, writer.as_deref())?;
        if done == Done::Labelled && self.report.old.is_none() {
            self.report.notes.push(ASSUMED.message());
        }
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
        let done = self.put_beside(opened, label, &Patch::new())?;
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
        let Some(level) = self.verdict.max(how.level.map_or(Verdict::None, Verdict::from)).level() else {
            return Ok(None);
        };
        let id = how.id.make(self.input, source)?;
        let label = how.label(level, &id, most).map_err(Refusal::Label)?;
        Ok(Some((label, None)))
    }

    /// How the output stands, as `verify` would say of it: by the read-back where there was one. `before`: what was found before, and
    /// what that came to.
    fn outcome(&mut self, how: &Propagation, before: &mut Evidence, judged: &Judgement) -> Outcome {
        let policy = &how.look.policy;
        let after = match self.read_back.take() {
            Some(after) => read_anew(after, &before.found, how),
            None if self.report.beside => beside_anew(&before.found, self.report.fields.clone()),
            None => return outcome(policy, judged, &before.found),
        };
        let signatures = kept_checks(before, &after.records);
        let (found, signatures) = (replace(&mut before.found, after), replace(&mut before.signatures, signatures));
        let outcome = outcome(policy, &judge(before, policy), &before.found);
        (before.found, before.signatures) = (found, signatures);
        outcome
    }
}

fn outcome(policy: &Policy, judgement: &Judgement, found: &Found) -> Outcome {
    let labelled = !found.records.is_empty();
    // Of a file in which nothing was found there is nothing to say.
    let silent = judgement.verdict == Verdict::None;
    Outcome { labelled, conforming: judgement.conforming(), fails: policy.fails(judgement, labelled || silent) }
}

/// What is found in a file that was written, with what the read-back cannot see.
fn read_anew(mut after: Found, before: &Found, how: &Propagation) -> Found {
    let kept = before.findings.iter().filter(|f| f.code == Code::Damaged || f.code == Code::Extension);
    after.findings.extend(kept.cloned());
    if !how.look.traces {
        after.traces.clear();
    }
    after
}

/// What is found in a file beside which a label was written.
fn beside_anew(before: &Found, label: Option<Fields>) -> Found {
    let inside = before.records.iter().filter(|record| !is_beside(record)).cloned();
    Found {
        records: inside.chain(label.map(beside::record)).collect(),
        beyond: before.beyond,
        traces: before.traces.clone(),
        findings: before.findings.clone(),
        blockers: before.blockers.clone(),
        ..Found::default()
    }
}

/// What the security data of each label after writing is worth, from that of the label before from which it follows. Data that
/// went is worth nothing any more, and of what was signed anew the read-back has seen that it is valid.
fn kept_checks(before: &Evidence, after: &[Record]) -> Vec<[Option<Check>; 2]> {
    let old = &before.found.records;
    let checks = |record: &Record| {
        let followed = origin(old, &record.fields)?;
        let at = old.iter().position(|of| std::ptr::eq(of, followed))?;
        let mut checks = before.signatures.get(at)?.clone();
        for (party, check) in Party::ALL.into_iter().zip(&mut checks) {
            check.take_if(|_| record.get(party.reserved()) != followed.get(party.reserved()));
        }
        Some(checks)
    };
    after.iter().map(|record| checks(record).unwrap_or_default()).collect()
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
    if noted(Code::SidecarBroken) || records().any(|record| record.broken) {
        return Err(Obstacle::Unreadable);
    }
    if records().any(Record::contradicts_itself) {
        return Err(Obstacle::SelfConflict);
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
