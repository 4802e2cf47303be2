//! The last line of `verify`: how many files have which verdict, what was found, and how much is wrong with them.

use std::collections::BTreeMap;

use biaoshi::judge::Verdict;
use biaoshi::label::{self, Severity};
use biaoshi::report::{Lang, Report};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is counted of one file: out of its report, or out of the line of JSON that a journal kept of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Counted {
    bytes: u64,
    format: Option<String>,
    verdict: String,
    findings: Vec<Finding>,
    /// The visible or audible labels; none where nobody looked.
    explicit: Option<Vec<Thing>>,
    /// The watermarks; none where nobody looked.
    watermarks: Option<Vec<Thing>>,
    error: Option<Error>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Finding {
    code: String,
    severity: String,
}

impl Finding {
    fn of(finding: &label::Finding) -> Self {
        Self { code: finding.code.name().to_owned(), severity: finding.severity().name().to_owned() }
    }
}

/// That there is one is all that is counted.
#[derive(Debug, Serialize, Deserialize)]
struct Thing {}

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
            findings: findings.map(Finding::of).collect(),
            explicit: report.explicit.as_ref().map(|all| all.iter().map(|_| Thing {}).collect()),
            watermarks: report.watermarks.as_ref().map(|all| all.iter().map(|_| Thing {}).collect()),
            error: report.error.as_ref().map(|e| Error { kind: e.kind().to_owned() }),
        }
    }

    /// One finding more.
    pub(super) fn add(&mut self, finding: &label::Finding) {
        self.findings.push(Finding::of(finding));
    }

    /// Whether its format is none of ours. (What is not a file has no bytes.)
    fn is_unsupported(&self) -> bool {
        self.error.as_ref().is_some_and(|e| e.kind == "unsupported") && self.format.is_none() && self.bytes > 0
    }
}

/// The verdicts in the order of their strength.
const VERDICTS: [Verdict; 4] = [Verdict::Confirmed, Verdict::Possible, Verdict::Suspected, Verdict::None];

/// The severities, as messages list them.
const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

/// In how many files something was looked for, and in how many it was found.
#[derive(Debug, Default, Clone, Copy)]
struct Looked {
    files: u64,
    found: u64,
}

impl Looked {
    fn add(&mut self, things: Option<&Vec<Thing>>) {
        self.files += u64::from(things.is_some());
        self.found += u64::from(things.is_some_and(|things| !things.is_empty()));
    }

    /// `null` where nobody looked.
    fn object(self) -> Value {
        if self.files == 0 { Value::Null } else { json!({ "files": self.files, "found": self.found }) }
    }
}

/// What all files come to.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// Of files that could be read.
    verdicts: [u64; VERDICTS.len()],
    unread: u64,
    unsupported: u64,
    severities: [u64; SEVERITIES.len()],
    /// Findings by their code.
    codes: BTreeMap<String, u64>,
    explicit: Looked,
    watermarks: Looked,
    bytes: u64,
    earlier: u64,
}

impl Summary {
    /// One file more.
    pub(super) fn add(&mut self, counted: &Counted) {
        for finding in &counted.findings {
            for (count, severity) in self.severities.iter_mut().zip(SEVERITIES) {
                *count += u64::from(severity.name() == finding.severity);
            }
            *self.codes.entry(finding.code.clone()).or_default() += 1;
        }
        self.explicit.add(counted.explicit.as_ref());
        self.watermarks.add(counted.watermarks.as_ref());
        self.bytes += counted.bytes;
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
        let Self { unread, severities: [errors, warnings, infos], earlier, .. } = self;
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
        let found = self.found(lang);
        let infos = match (infos, lang) {
            (0, _) => String::new(),
            (1, Lang::En) => ", 1 info".to_owned(),
            (n, Lang::En) => format!(", {n} infos"),
            (n, Lang::Zh) => format!(",提示 {n}"),
        };
        match lang {
            Lang::En => format!(
                "{files} files: {verdicts}, {unread} could not be read{unsupported}{found}; findings: {errors} errors, {warnings} warnings{infos}{by_earlier}"
            ),
            Lang::Zh => {
                format!(
                    "{files} 个文件:{verdicts},无法读取 {unread}{unsupported}{found};问题:错误 {errors},警告 {warnings}{infos}{by_earlier}"
                )
            }
        }
    }

    /// In how many files there is an explicit label or a watermark, of those that were looked for.
    fn found(&self, lang: Lang) -> String {
        let sorts = [(self.explicit, "explicit label", "显式标识"), (self.watermarks, "watermark", "水印")];
        let told = sorts.into_iter().filter(|(looked, ..)| looked.files > 0).map(|(looked, en, zh)| match lang {
            Lang::En => format!("; {en} found in {} of {}", looked.found, looked.files),
            Lang::Zh => format!(";{zh}:{} 个中发现 {}", looked.files, looked.found),
        });
        told.collect()
    }

    /// The same as an object (schema `biaoshi.stats/1`).
    pub(super) fn object(&self) -> String {
        let verdicts = VERDICTS.iter().zip(self.verdicts).map(|(verdict, n)| (verdict.name(), n));
        let severities = SEVERITIES.iter().zip(self.severities).map(|(severity, n)| (severity.name(), n));
        json!({
            "schema": "biaoshi.stats/1",
            "command": "verify",
            "files": self.files(),
            "earlier": self.earlier,
            "bytes": self.bytes,
            "verdicts": verdicts.collect::<BTreeMap<_, _>>(),
            "unread": self.unread,
            "unsupported": self.unsupported,
            "explicit": self.explicit.object(),
            "watermarks": self.watermarks.object(),
            "findings": severities.collect::<BTreeMap<_, _>>(),
            "codes": self.codes,
        })
        .to_string()
    }
}
