//! From evidence to a verdict: what a platform must show (Labelling Measures Art. 6). Pure: the same evidence and the same policy
//! give the same judgement, and nothing is read or written.

mod evidence;
mod explicit;
mod findings;
mod policy;
mod reason;
mod records;
mod signature;
#[cfg(test)]
mod tests;
mod verdict;
mod watermark;

use biaoshi_label::{Finding, Severity};
use biaoshi_metadata::Trace;

pub use evidence::{Evidence, Explicit, Looked, MarkPlace, Watermark};
pub(crate) use explicit::outlasts;
pub use policy::{Policy, Trigger};
pub use reason::{GROUNDS, Ground, Reason};
pub(crate) use records::{differing, fullest, is_scattered, origin};
pub use verdict::Verdict;

/// Findings of one code, traces and reasons that a report lists: a small file can give cause for any number of them.
const LISTED: usize = 64;

/// A verdict, what led to it, and everything that was noticed on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What to show.
    pub verdict: Verdict,
    /// What led to it, the strongest first: the first one alone would give the verdict. Empty for `none`.
    pub reasons: Vec<Reason>,
    /// What is wrong, in file order, the whole file last.
    pub findings: Vec<Finding>,
}

impl Judgement {
    /// Whether no finding breaks a mandatory clause, or is an error by policy.
    pub fn conforming(&self) -> bool {
        self.findings.iter().all(|f| f.severity() < Severity::Error)
    }
}

/// Judges one file. Each piece of evidence alone would give a verdict ([`GROUNDS`]), and the strongest decides; a policy changes
/// what findings weigh, and never the verdict.
pub fn judge(evidence: &Evidence, policy: &Policy) -> Judgement {
    let reasons = reason::reasons(evidence);
    let verdict = reasons.first().map_or(Verdict::None, |strongest| strongest.verdict);
    let findings = findings::findings(evidence, &reasons, policy);
    Judgement { verdict, reasons, findings }
}

/// Shortens the traces to those that are listed, strong ones first. That there are more is a finding.
pub(crate) fn shorten(traces: &mut Vec<Trace>) {
    if traces.len() > LISTED {
        traces.sort_by_key(|trace| std::cmp::Reverse(trace.strength));
        traces.truncate(LISTED);
    }
}
