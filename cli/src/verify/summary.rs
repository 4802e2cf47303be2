//! The last line of `verify`: how many files have which verdict, and how much is wrong with them.

use biaoshi::judge::Verdict;
use biaoshi::label::Severity;
use biaoshi::report::{Lang, Report};
use serde::{Deserialize, Serialize};

/// What is counted of one file: out of its report, or out of the line of JSON that a journal kept of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Counted {
    bytes: u64,
    format: Option<String>,
    verdict: String,
    findings: Vec<Finding>,
    error: Option<Error>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Finding {
    severity: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Error {
    kind: String,
}

impl Counted {
    pub(super) fn of(report: &Report) -> Self {
        let findings = report.judgement.findings.iter();
        Self {
            bytes: report.bytes,
            format: report.format.map(|f| f.name.to_owned()),
            verdict: report.judgement.verdict.name().to_owned(),
            findings: findings.map(|f| Finding { severity: f.severity().name().to_owned() }).collect(),
            error: report.error.as_ref().map(|e| Error { kind: e.kind().to_owned() }),
        }
    }

    /// One finding more.
    pub(super) fn add(&mut self, severity: Severity) {
        self.findings.push(Finding { severity: severity.name().to_owned() });
    }

    /// Whether its format is none of ours. (What is not a file has no bytes.)
    fn is_unsupported(&self) -> bool {
        self.error.as_ref().is_some_and(|e| e.kind == "unsupported") && self.format.is_none() && self.bytes > 0
    }
}

/// The verdicts in the order of their strength.
const VERDICTS: [Verdict; 4] = [Verdict::Confirmed, Verdict::Possible, Verdict::Suspected, Verdict::None];

/// What all files come to.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// Of files that could be read.
    verdicts: [u64; VERDICTS.len()],
    unread: u64,
    unsupported: u64,
    errors: u64,
    warnings: u64,
    earlier: u64,
}

impl Summary {
    /// One file more.
    pub(super) fn add(&mut self, counted: &Counted) {
        let severe = |name: &str| counted.findings.iter().filter(|f| f.severity == name).count() as u64;
        self.errors += severe("error");
        self.warnings += severe("warning");
        match &counted.error {
            Some(_) if counted.is_unsupported() => return self.unsupported += 1,
            Some(_) => return self.unread += 1,
            None => {}
        }
        for (count, verdict) in self.verdicts.iter_mut().zip(VERDICTS) {
            *count += u64::from(verdict.name() == counted.verdict);
        }
    }

    /// One of them was an earlier run's.
    pub(super) fn count_earlier(&mut self) {
        self.earlier += 1;
    }

    pub(super) fn files(&self) -> u64 {
        self.verdicts.iter().sum::<u64>() + self.unread + self.unsupported
    }

    pub(super) fn line(&self, lang: Lang) -> String {
        let verdicts = self.verdicts.iter().zip(VERDICTS).map(|(count, verdict)| match lang {
            Lang::En => format!("{count} {}", verdict.word(lang)),
            Lang::Zh => format!("{} {count}", verdict.word(lang)),
        });
        let verdicts = verdicts.collect::<Vec<_>>().join(if lang == Lang::Zh { "," } else { ", " });
        let Self { unread, errors, warnings, earlier, .. } = self;
        let files = self.files();
        let unsupported = match (self.unsupported, lang) {
            (0, _) => String::new(),
            (n, Lang::En) => format!(", {n} unsupported"),
            (n, Lang::Zh) => format!(",不支持的格式 {n}"),
        };
        let by_earlier = match (earlier, lang) {
            (0, _) => String::new(),
            (n, Lang::En) => format!(" ({n} of them by an earlier run)"),
            (n, Lang::Zh) => format!("(其中 {n} 个由先前的运行核验)"),
        };
        match lang {
            Lang::En => format!(
                "{files} files: {verdicts}, {unread} could not be read{unsupported}; findings: {errors} errors, {warnings} warnings{by_earlier}"
            ),
            Lang::Zh => {
                format!(
                    "{files} 个文件:{verdicts},无法读取 {unread}{unsupported};问题:错误 {errors},警告 {warnings}{by_earlier}"
                )
            }
        }
    }
}
