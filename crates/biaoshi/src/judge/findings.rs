//! What is wrong with a file, whatever the verdict.

use std::collections::{BTreeMap, HashSet};

use biaoshi_container::said;
use biaoshi_label::{Code, Detail, Field, Finding, Level, Record, check};
use biaoshi_metadata::finding;

use super::records::{agreement, number};
use super::{Evidence, LISTED, Policy, Reason, Verdict, explicit, signature, watermark};
use crate::plan::Layer;

/// All findings that a policy lets stand, with the severity that it gives them: in file order, the whole file last.
pub(super) fn findings(evidence: &Evidence, reasons: &[Reason], policy: &Policy) -> Vec<Finding> {
    let found = &evidence.found;
    let mut all: Vec<Finding> = found.records.iter().flat_map(check).collect();
    all.extend(found.findings.iter().cloned());
    all.extend(found.blockers.iter().map(|b| finding(Code::Signed, b.placement.clone(), b.what)));
    all.extend(number(found));
    all.extend(agreement(&found.records));
    all.extend(level(&found.records, reasons));
    all.extend(signature::findings(evidence));
    all.extend(explicit::findings(evidence, policy));
    all.extend(watermark::findings(evidence, policy));
    all.extend(missing(evidence, policy));
    all.extend(unexpected(evidence, policy));
    let all: Vec<Finding> = all.into_iter().filter_map(|finding| policy.weigh(finding)).collect();
    let mut all = if all.len() > 1 { listed(once(all.into_iter())) } else { all };
    all.extend(unlisted(found.traces.len()).and_then(|finding| policy.weigh(finding)));
    all
}

/// Each finding once: a file may be signed in many parts of one kind, and is signed.
fn once(findings: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let said = |f: &Finding| (f.code, f.placement.clone(), f.english());
    findings.filter(|finding| seen.insert(said(finding))).collect()
}

/// The findings that are listed, and how many are not.
fn listed(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    findings.retain(|finding| {
        let count = counts.entry(finding.code).or_default();
        *count += 1;
        *count <= LISTED
    });
    let more = counts.into_iter().filter(|(_, n)| *n > LISTED);
    let left_out = |(code, n): (Code, usize)| Detail::term(format!("{} {}", n - LISTED, code.name()));
    findings.extend(more.map(|counted| Finding::new(Code::More, "", left_out(counted))));
    findings
}

/// How many traces of a report are not listed; see [`super::shorten`].
fn unlisted(traces: usize) -> Option<Finding> {
    let more = traces.checked_sub(LISTED).filter(|n| *n > 0)?;
    Some(finding(Code::More, "", said!("{} traces", "{} 条痕迹", more)))
}

/// Whether other evidence says more than the labels do: they stay as they are, the verdict is the stronger one.
fn level(records: &[Record], reasons: &[Reason]) -> Option<Finding> {
    // A value that is none of the three says as much as can be said.
    let strongest = |record: &Record| {
        record.stated(Field::Label).map(Level::parse).collect::<Option<Vec<Level>>>()?.into_iter().max()
    };
    let stated = records.iter().filter(|r| !r.broken).filter_map(|r| Some((r, strongest(r)?)));
    let (record, level) = stated.max_by_key(|(_, level)| *level)?;
    // The strongest reason is the first one.
    let stronger = reasons.first().filter(|reason| reason.verdict > Verdict::from(level))?;
    let what = said!("Label {}, while {}", "Label {},而{}", level.digit(), stronger.message.clone());
    Some(finding(Code::Level, record.placement.clone(), what))
}

/// A label in the metadata that a policy demands and that is not there.
fn missing(evidence: &Evidence, policy: &Policy) -> Option<Finding> {
    let missing = policy.requires(Layer::Metadata) && evidence.found.records.is_empty();
    missing.then(|| Finding::new(Code::NoLabel, "", Detail::default()))
}

/// Labels of another content, or of another producer, than somebody expects.
fn unexpected(evidence: &Evidence, policy: &Policy) -> Vec<Finding> {
    let readable = || evidence.found.records.iter().filter(|record| !record.broken);
    let other = |code, field, record: &Record, expected: &str| {
        let found = record.get(field).unwrap_or("-");
        finding(code, record.placement.clone(), said!("{}, expected {}", "{},应为 {}", found, expected))
    };
    let ids = readable().filter_map(|record| {
        let expected = evidence.expected_id.as_deref()?;
        (record.get(Field::ProduceID) != Some(expected))
            .then(|| other(Code::ExpectedId, Field::ProduceID, record, expected))
    });
    let producers = readable().filter(|record| {
        let known = |producer: &str| policy.producers.iter().any(|p| p == producer);
        !policy.producers.is_empty() && !record.get(Field::ContentProducer).is_some_and(known)
    });
    let all = policy.producers.join(", ");
    let producers = producers.map(|record| other(Code::ExpectedProducer, Field::ContentProducer, record, &all));
    ids.chain(producers).collect()
}
