//! From evidence to a verdict: what a platform must show (Labelling Measures Art. 6).

use biaoshi_label::{Code, Field, Finding, Level, Record, Severity, check};
use biaoshi_metadata::{Found, Strength};

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
    findings.extend(found.blockers.iter().map(|b| Finding::new(Code::Signed, b.placement.clone(), b.what)));
    findings.extend(agreement(&found.records));
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

/// What one record says. A readable value that is none of the three still says that the content is labelled.
fn verdict_of(record: &Record) -> Verdict {
    match record.level() {
        _ if record.broken => Verdict::Suspected,
        Some(level) => level.into(),
        None => Verdict::Confirmed,
    }
}

/// Whether several records say the same (clause 6.1 c: exactly one label in a file).
fn agreement(records: &[Record]) -> Option<Finding> {
    let (first, others) = records.split_first()?;
    if others.is_empty() {
        return None;
    }
    let value = |r: &Record, f: Field| r.get(f).unwrap_or_default().to_owned();
    let differs = |f: &Field| others.iter().any(|r| value(r, *f) != value(first, *f));
    let different: Vec<_> = Field::ALL.into_iter().filter(differs).map(Field::key).collect();
    Some(if different.is_empty() {
        Finding::new(Code::Duplicate, "", records.len().to_string())
    } else {
        Finding::new(Code::Conflict, "", different.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use biaoshi_metadata::Trace;

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
    fn several_records_are_compared() {
        let codes =
            |records| judge(&found(records), false, false).findings.into_iter().map(|f| f.code).collect::<Vec<_>>();
        assert!(codes(vec![record("1", "p", false), record("1", "p", false)]).contains(&Code::Duplicate));
        assert!(codes(vec![record("1", "p", false), record("1", "q", false)]).contains(&Code::Conflict));
    }
}
