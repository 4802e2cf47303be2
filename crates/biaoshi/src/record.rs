//! What the ledger is told of a file: from the report of a verb to an [`Entry`]. It is made where the work is done, and written where
//! results are told, in their order.

use std::collections::BTreeMap;
use std::path::Path;

use biaoshi_label::{Field, Fields, Record};
use biaoshi_ledger::{Action, Entry, Hash, Replaced};

use crate::job::Explicitness;
use crate::judge::Verdict;
use crate::paths;
use crate::provenance;
use crate::report::{Done, LabelReport, Lang, Report, notice};

/// What is recorded of a file that was labelled, or that carries its label already; of a platform's propagation the verdict too, also
/// where nothing was written. `None` where there is neither: it was refused, it failed, it was copied without a label, or the run
/// was dry. `policy`: that of the verdict.
pub fn labelled(report: &LabelReport, policy: Option<Hash>) -> Option<Entry> {
    if report.dry_run {
        return None;
    }
    let judged = report.judged.as_deref();
    let action = match report.result {
        Ok(Done::Labelled) if !report.replaced.is_empty() => Action::Replaced,
        Ok(Done::Labelled) if judged.is_some() => Action::Propagated,
        Ok(Done::Labelled) if report.source.is_some() => Action::Carried,
        Ok(Done::Labelled) => Action::Labelled,
        Ok(Done::Unchanged) => Action::Unchanged,
        Ok(Done::Copied) | Err(_) => {
            let error = report.result.as_ref().err().map(|error| error.kind().to_owned());
            return judged.map(|judged| Entry { error, ..verified(judged, policy) });
        }
    };
    let mut entry = Entry {
        output: report.output.as_deref().map(text),
        output_bytes: report.output.as_deref().and_then(paths::bytes),
        source: report.source.as_deref().map(text),
        sha256_before: hash(report.sha256_before.as_deref()),
        sha256_after: hash(report.sha256.as_deref()),
        layers: report.layers.iter().map(|layer| layer.name().to_owned()).collect(),
        watermarks: report.mark.iter().map(|mark| mark.payload.to_string()).collect(),
        replaced: report.replaced.iter().map(replaced).collect(),
        reason: report.reason.clone(),
        ..of(action, &report.path)
    };
    if let Some(fields) = &report.fields {
        name(&mut entry, fields);
    }
    if let Some(judged) = judged {
        judge(&mut entry, judged, policy);
    }
    Some(entry)
}

/// To whom a file without an explicit label is delivered, and on what ground (Measures Art. 9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The user who asked for it.
    pub recipient: String,
    /// The agreement by which the user has the duty to label.
    pub agreement: String,
}

/// What is recorded of a file that is delivered without an explicit label.
pub fn delivered(report: &LabelReport, looked: Explicitness, delivery: &Delivery) -> Entry {
    let explicit = match looked {
        Explicitness::Absent => "absent",
        Explicitness::Unchecked => "unchecked",
    };
    Entry {
        action: Action::DeliveredUnlabelled,
        recipient: Some(delivery.recipient.clone()),
        agreement: Some(delivery.agreement.clone()),
        explicit: Some(explicit.to_owned()),
        ..labelled(report, None).unwrap_or_else(|| of(Action::DeliveredUnlabelled, &report.path))
    }
}

/// What is recorded of a file that was judged. That of one which could not be read to its end says so.
pub fn verified(report: &Report, policy: Option<Hash>) -> Entry {
    let mut entry = Entry {
        sha256_before: hash(report.sha256.as_deref()),
        error: report.error.as_ref().map(|error| error.kind().to_owned()),
        ..of(Action::Verified, &report.path)
    };
    judge(&mut entry, report, policy);
    // Of several labels the first that can be read, as in tables.
    if let Some(record) = report.labels.iter().find(|record| !record.broken) {
        name(&mut entry, &record.fields);
    }
    entry
}

/// The verdict, what led to it, and what the public is to be told.
fn judge(entry: &mut Entry, report: &Report, policy: Option<Hash>) {
    let verdict = report.judgement.verdict;
    entry.verdict = Some(verdict.name().to_owned());
    entry.declared = Some(report.declared);
    entry.reasons = report.judgement.reasons.iter().map(|reason| reason.code.to_string()).collect();
    entry.notice = notices(verdict);
    entry.policy = policy;
    let found = report.watermarks.iter().flatten().map(|mark| mark.payload.to_string());
    entry.watermarks.extend(found);
}

fn of(action: Action, path: &Path) -> Entry {
    Entry {
        path: Some(text(path)),
        path_bytes: paths::bytes(path),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Entry::new(action)
    }
}

/// What a label says, and the payload that belongs to it.
fn name(entry: &mut Entry, fields: &Fields) {
    let value = |field: Field| field.of(fields).filter(|value| !value.is_empty()).map(str::to_owned);
    entry.level = value(Field::Label);
    entry.producer = value(Field::ContentProducer);
    entry.produce_id = value(Field::ProduceID);
    entry.propagator = value(Field::ContentPropagator);
    entry.propagate_id = value(Field::PropagateID);
    let named = entry.producer.as_deref().zip(entry.produce_id.as_deref());
    entry.payload = named.map(|(producer, id)| provenance::payload(producer, id).to_string());
}

/// What the public is to be told, in both languages.
fn notices(verdict: Verdict) -> BTreeMap<String, String> {
    let of = |name: &str, lang| notice(verdict, lang).map(|words| (name.to_owned(), words.to_owned()));
    [of("en", Lang::En), of("zh", Lang::Zh)].into_iter().flatten().collect()
}

/// A label that made way, whole (Measures Art. 10).
fn replaced(record: &Record) -> Replaced {
    let fields = Field::ALL.into_iter().map(|field| (field.key().to_owned(), record.get(field).map(str::to_owned)));
    Replaced { placement: record.placement.to_string(), fields: fields.collect(), raw: record.raw.clone() }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn hash(text: Option<&str>) -> Option<Hash> {
    text.and_then(|text| text.parse().ok())
}
