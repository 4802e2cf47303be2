//! From evidence to a verdict: what a platform must show (Labelling Measures Art. 6).

use std::collections::{BTreeMap, HashSet};

use biaoshi_container::{Message, said};
use biaoshi_label::{Code, Detail, Field, Fields, Finding, Level, Record, Severity, check};
use biaoshi_metadata::{Found, Strength, Trace, finding};

/// What a platform must tell the public about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing was found. It never means "authentic".
    None,
    /// 疑似: no label, no declaration, but an explicit label, a watermark or other traces.
    Suspected,
    /// 可能: declared by the uploader, or a label of level 2.
    Possible,
    /// 属于: a metadata label of level 1.
    Confirmed,
}

impl Verdict {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Suspected => "suspected",
            Self::Possible => "possible",
            Self::Confirmed => "confirmed",
        }
    }

    /// The level that a platform writes back; `None` where there is nothing to write.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::None => None,
            Self::Suspected => Some(Level::Suspected),
            Self::Possible => Some(Level::Possible),
            Self::Confirmed => Some(Level::Confirmed),
        }
    }
}

impl From<Level> for Verdict {
    fn from(level: Level) -> Self {
        match level {
            Level::Confirmed => Self::Confirmed,
            Level::Possible => Self::Possible,
            Level::Suspected => Self::Suspected,
        }
    }
}

/// A verdict and everything that was noticed on the way.
#[derive(Debug)]
pub struct Judgement {
    /// What to show.
    pub verdict: Verdict,
    /// What is wrong, in file order, the whole file last.
    pub findings: Vec<Finding>,
}

impl Judgement {
    /// Of a file in which nothing was found, since nobody could look.
    pub(crate) fn of_nothing() -> Self {
        judge(&Found::default(), false, false)
    }

    /// Whether no finding breaks a mandatory clause.
    pub fn conforming(&self) -> bool {
        self.findings.iter().all(|f| f.severity() < Severity::Error)
    }
}

/// Judges one file. `declared`: its uploader says that it is AI-generated; `marked`: a visible or audible label or a
/// watermark was found.
pub fn judge(found: &Found, marked: bool, declared: bool) -> Judgement {
    let mut findings: Vec<Finding> = found.records.iter().flat_map(check).collect();
    findings.extend(found.findings.iter().cloned());
    findings.extend(found.blockers.iter().map(|b| finding(Code::Signed, b.placement.clone(), b.what)));
    findings.extend(number(found));
    findings.extend(agreement(&found.records));
    let findings = listed(once(findings));
    let labelled = found.records.iter().map(verdict_of).max();
    let traced = marked || found.traces.iter().any(|t| t.strength == Strength::Strong);
    let verdict = match labelled {
        Some(verdict) => verdict,
        None if declared => Verdict::Possible,
        None if traced => Verdict::Suspected,
        None => Verdict::None,
    };
    Judgement { verdict, findings }
}

/// Each finding once: a file may be signed in many parts of one kind, and is signed.
fn once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let said = |f: &Finding| (f.code, f.placement.clone(), f.english());
    findings.into_iter().filter(|finding| seen.insert(said(finding))).collect()
}

/// Findings of one code, or traces, that a report lists: a small file can give cause for any number of them.
const LISTED: usize = 64;

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

/// Shortens the traces to those that are listed, strong ones first, and says how many are not.
pub(crate) fn shorten(traces: &mut Vec<Trace>) -> Option<Finding> {
    let more = traces.len().checked_sub(LISTED).filter(|n| *n > 0)?;
    traces.sort_by_key(|trace| std::cmp::Reverse(trace.strength));
    traces.truncate(LISTED);
    Some(finding(Code::More, "", said!("{} traces", "{} 条痕迹", more)))
}

/// What one record says. A readable value that is none of the three still says that the content is labelled.
fn verdict_of(record: &Record) -> Verdict {
    match record.level() {
        _ if record.broken => Verdict::Suspected,
        Some(level) => level.into(),
        None => Verdict::Confirmed,
    }
}

/// Whether there are more labels than are kept.
fn number(found: &Found) -> Option<Finding> {
    let kept = found.records.len();
    (found.beyond > 0)
        .then(|| Finding::new(Code::TooMany, "", Detail::term(format!("{} > {kept}", kept + found.beyond))))
}

/// Whether several records say the same (clause 6.1 c: exactly one label in a file).
fn agreement(records: &[Record]) -> Option<Finding> {
    if records.len() < 2 {
        return None;
    }
    let different = differing(records);
    if different.is_empty() {
        return Some(Finding::new(Code::Duplicate, "", Detail::term(records.len().to_string())));
    }
    let keys = different.iter().map(|f| f.key()).collect::<Vec<_>>().join(", ");
    // Services label each version of a text anew and leave the labels of the earlier ones: none is another's content.
    let what = match of_one_producer(records) {
        true => said!("{} (stacked by one producer)", "{}(由同一服务提供者叠加)", keys),
        false => Message::term(keys),
    };
    Some(finding(Code::Conflict, "", what))
}

/// The fields in which records contradict each other. A field that a record lacks contradicts nothing: services write a
/// label of three fields beside one of seven.
pub(crate) fn differing<'r>(records: impl IntoIterator<Item = &'r Record>) -> Vec<Field> {
    let mut seen = Fields::default();
    let mut different = [false; Field::ALL.len()];
    for record in records {
        for (field, different) in Field::ALL.into_iter().zip(&mut different) {
            match (field.of(&seen), record.get(field)) {
                (Some(seen), Some(value)) => *different |= seen != value,
                (None, Some(value)) => field.set(&mut seen, Some(value.to_owned())),
                (_, None) => {}
            }
        }
    }
    Field::ALL.into_iter().zip(different).filter(|(_, d)| *d).map(|(f, _)| f).collect()
}

/// Of records that say the same, the first of those that say most.
pub(crate) fn fullest<'r>(records: impl IntoIterator<Item = &'r Record>) -> Option<&'r Record> {
    let fields = |r: &&Record| Field::ALL.iter().filter(|f| r.get(**f).is_some()).count();
    // `min_by_key` takes the first of equals.
    records.into_iter().min_by_key(|r| std::cmp::Reverse(fields(r)))
}

/// Whether all records name the same producer.
fn of_one_producer(records: &[Record]) -> bool {
    let mut producers = records.iter().map(|r| r.get(Field::ContentProducer).filter(|p| !p.is_empty()));
    let Some(Some(first)) = producers.next() else { return false };
    producers.all(|p| p == Some(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(label: &str, producer: &str, broken: bool) -> Record {
        let mut fields = biaoshi_label::Fields::default();
        Field::Label.set(&mut fields, Some(label.into()));
        Field::ContentProducer.set(&mut fields, Some(producer.into()));
        Record {
            placement: "x".into(),
            span: 0..0,
            raw: String::new(),
            fields,
            misspelt: vec![],
            dialects: vec![],
            broken,
        }
    }

    fn found(records: Vec<Record>) -> Found {
        Found { records, ..Found::default() }
    }

    #[test]
    fn the_table_of_article_6() {
        let trace = Trace { kind: "c2pa", placement: "x".into(), detail: String::new(), strength: Strength::Strong };
        let traced = || Found { traces: vec![trace.clone()], ..Found::default() };
        let weak = Found { traces: vec![Trace { strength: Strength::Weak, ..trace.clone() }], ..Found::default() };
        for (found, explicit, declared, verdict) in [
            (found(vec![record("1", "p", false)]), false, false, Verdict::Confirmed),
            (found(vec![record("2", "p", false)]), true, false, Verdict::Possible),
            (found(vec![record("3", "p", false)]), false, true, Verdict::Suspected),
            (found(vec![record("AIGC", "p", false)]), false, false, Verdict::Confirmed),
            (found(vec![record("1", "p", true)]), false, false, Verdict::Suspected),
            (found(vec![record("3", "p", false), record("1", "p", false)]), false, false, Verdict::Confirmed),
            (found(vec![]), false, true, Verdict::Possible),
            (found(vec![]), true, false, Verdict::Suspected),
            (traced(), false, false, Verdict::Suspected),
            (traced(), false, true, Verdict::Possible),
            (weak, false, false, Verdict::None),
            (found(vec![]), false, false, Verdict::None),
        ] {
            assert_eq!(judge(&found, explicit, declared).verdict, verdict, "{found:?}");
        }
    }

    #[test]
    fn a_report_is_no_flood_and_says_what_it_leaves_out() {
        let parts = (0..90_000).map(|n| Finding::new(Code::Part, "x", Detail::term(n.to_string())));
        let findings = parts.chain([Finding::new(Code::Damaged, "x", Detail::term("the end"))]).collect();
        let many = Found { findings, ..Found::default() };
        let judgement = judge(&many, false, false);
        assert_eq!(judgement.findings.len(), LISTED + 2);
        assert_eq!(judgement.findings.last().unwrap().english(), "left out of this report: 89936 file.part");
        assert!(!judgement.conforming());
        let trace = |strength| Trace { kind: "c2pa", placement: "x".into(), detail: String::new(), strength };
        let mut traces: Vec<_> =
            (0..100).map(|n| trace(if n < 99 { Strength::Weak } else { Strength::Strong })).collect();
        assert_eq!(shorten(&mut traces).unwrap().detail.chinese(), "36 条痕迹");
        assert_eq!((traces.len(), traces[0].strength), (LISTED, Strength::Strong));
        assert_eq!(shorten(&mut traces), None);
    }

    #[test]
    fn several_records_are_compared() {
        let codes =
            |records| judge(&found(records), false, false).findings.into_iter().map(|f| f.code).collect::<Vec<_>>();
        assert!(codes(vec![record("1", "p", false), record("1", "p", false)]).contains(&Code::Duplicate));
        assert!(codes(vec![record("1", "p", false), record("1", "q", false)]).contains(&Code::Conflict));
    }

    fn detail(records: Vec<Record>, code: Code) -> Option<String> {
        let findings = judge(&found(records), false, false).findings;
        findings.into_iter().find(|f| f.code == code).map(|f| f.detail.english().to_owned())
    }

    #[test]
    fn a_copy_with_fewer_fields_is_a_duplicate_unless_it_says_otherwise() {
        let with = |id: &str, rest: Option<&str>| {
            let mut record = record("1", "p", false);
            Field::ProduceID.set(&mut record.fields, Some(id.into()));
            Field::PropagateID.set(&mut record.fields, rest.map(str::to_owned));
            record
        };
        let (three, seven) = (with("a", None), with("a", Some("a")));
        assert_eq!(detail(vec![three.clone(), seven.clone()], Code::Duplicate).as_deref(), Some("2"));
        assert_eq!(fullest(&[three.clone(), seven.clone()]), Some(&seven));
        // The short copy agrees with both of the others, which do not agree with each other.
        let stacked = vec![three.clone(), seven, with("a", Some("b"))];
        assert_eq!(detail(stacked, Code::Conflict).as_deref(), Some("PropagateID (stacked by one producer)"));
        assert_eq!(
            detail(vec![three.clone(), record("1", "q", false)], Code::Conflict).as_deref(),
            Some("ContentProducer")
        );
        let unnamed = vec![record("1", "", false), record("2", "", false)];
        assert_eq!(detail(unnamed, Code::Conflict).as_deref(), Some("Label"));
    }

    #[test]
    fn labels_beyond_the_limit_are_counted() {
        let many = Found { beyond: 3, ..found(vec![record("1", "p", false); 2]) };
        let findings = judge(&many, false, false).findings;
        assert_eq!(findings.iter().find(|f| f.code == Code::TooMany).map(|f| f.detail.english()), Some("5 > 2"));
    }
}
