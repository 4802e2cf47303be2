//! What somebody wants beyond the law: how much findings matter, and what makes a run fail.

use std::collections::{BTreeMap, BTreeSet};

use biaoshi_label::{Code, Finding, Severity};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Judgement, Verdict};
use crate::plan::Layer;

/// A policy. The default is the law: findings have the severity of their code, and what fails is an error, or a file that has
/// no label although nobody declared it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Findings that matter more or less than the law says.
    pub severities: BTreeMap<Code, Severity>,
    /// Findings that are neither listed nor counted. The verdict and its reasons stay.
    pub ignored: BTreeSet<Code>,
    /// What fails a file beside the law's reasons.
    pub fail_on: BTreeSet<Trigger>,
    /// The producers whose labels are expected; none: any.
    pub producers: Vec<String>,
    /// Layers that a file must have.
    pub required: BTreeSet<Layer>,
    /// Whether a file without a label is as it should be.
    pub allow_unlabelled: bool,
}

/// What fails a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trigger {
    /// This verdict.
    Verdict(Verdict),
    /// A finding that is at least as severe.
    Severity(Severity),
}

impl Trigger {
    /// All of them, in the order of messages.
    pub const ALL: [Self; 7] = [
        Self::Verdict(Verdict::Confirmed),
        Self::Verdict(Verdict::Possible),
        Self::Verdict(Verdict::Suspected),
        Self::Verdict(Verdict::None),
        Self::Severity(Severity::Error),
        Self::Severity(Severity::Warning),
        Self::Severity(Severity::Info),
    ];

    /// The name on the command line and in policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verdict(verdict) => verdict.name(),
            Self::Severity(severity) => severity.name(),
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.name() == name)
    }
}

/// A policy in its canonical form: names, sorted, so that two policies that say the same are the same text.
#[derive(Serialize)]
struct Canonical<'a> {
    allow_unlabelled: bool,
    expect_producer: BTreeSet<&'a str>,
    fail_on: BTreeSet<&'static str>,
    ignore: BTreeSet<&'static str>,
    require: BTreeSet<&'static str>,
    severity: BTreeMap<&'static str, &'static str>,
}

impl Policy {
    /// This policy with another one beside it, which is stronger where both speak of the same.
    #[must_use]
    pub fn with(mut self, stronger: Self) -> Self {
        let Self { severities, ignored, fail_on, producers, required, allow_unlabelled } = stronger;
        self.severities.extend(severities);
        self.ignored.extend(ignored);
        self.fail_on.extend(fail_on);
        self.required.extend(required);
        self.allow_unlabelled |= allow_unlabelled;
        if !producers.is_empty() {
            self.producers = producers;
        }
        self
    }

    /// Whether a file must have a layer.
    pub fn requires(&self, layer: Layer) -> bool {
        self.required.contains(&layer)
    }

    /// The finding with the severity that it has here; `None` where it is ignored.
    pub fn weigh(&self, finding: Finding) -> Option<Finding> {
        let code = finding.code;
        if self.ignored.contains(&code) {
            return None;
        }
        let named = self.severities.get(&code).copied();
        let required = self.layer_of(code).map(|_| Severity::Error);
        Some(match named.or(required) {
            Some(severity) => finding.with_severity(severity),
            None => finding,
        })
    }

    /// The required layer that a file has not, or cannot be seen to have, where a finding of this code is made.
    fn layer_of(&self, code: Code) -> Option<Layer> {
        let layer = match code {
            Code::NoExplicit
            | Code::ExplicitTooSmall
            | Code::ExplicitNotAtEdge
            | Code::ExplicitUnchecked
            | Code::RhythmCovered
            | Code::RhythmQuiet
            | Code::RhythmCut
            | Code::RhythmMorseL => Layer::Explicit,
            Code::WatermarkUnread => Layer::Watermark,
            _ => return None,
        };
        Some(layer).filter(|layer| self.requires(*layer))
    }

    /// Whether a file fails that could be read: by an error finding, by what this policy names, or because it has no label. A
    /// file that its uploader declared is as it may be without one: the platform labels it (Measures Art. 6 (2)).
    pub fn fails(&self, judgement: &Judgement, is_labelled: bool) -> bool {
        let unlabelled = !is_labelled && judgement.verdict != Verdict::Possible;
        let named = self.fail_on.contains(&Trigger::Verdict(judgement.verdict));
        named || self.fails_by(&judgement.findings) || (unlabelled && !self.allow_unlabelled)
    }

    /// Whether a file fails by one of these findings, whatever it carries.
    pub fn fails_by(&self, findings: &[Finding]) -> bool {
        let severities = self.fail_on.iter().filter_map(|trigger| match trigger {
            Trigger::Severity(severity) => Some(*severity),
            Trigger::Verdict(_) => None,
        });
        let least = severities.min().unwrap_or(Severity::Error);
        findings.iter().any(|finding| finding.severity() >= least)
    }

    /// Names the policy: SHA-256 of its canonical form, in lower-case hexadecimal. Policies that say the same have the same.
    pub fn id(&self) -> String {
        let canonical = Canonical {
            allow_unlabelled: self.allow_unlabelled,
            expect_producer: self.producers.iter().map(String::as_str).collect(),
            fail_on: self.fail_on.iter().map(|trigger| trigger.name()).collect(),
            ignore: self.ignored.iter().map(|code| code.name()).collect(),
            require: self.required.iter().map(|layer| layer.name()).collect(),
            severity: self.severities.iter().map(|(code, severity)| (code.name(), severity.name())).collect(),
        };
        let text = serde_json::to_string(&canonical).unwrap_or_default();
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
