//! The last lines of `label` and `carry`: how many files ended how, which layers they carry, and why others lack one.

use std::collections::{BTreeMap, BTreeSet};

use biaoshi::judge::Verdict;
use biaoshi::label::Code;
use biaoshi::plan::{self, Layer};
use biaoshi::report::{LabelReport, Lang};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ends::ENDS;

/// What is counted of one file: out of its report, or out of the line of JSON that a journal kept of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Counted {
    action: String,
    /// Of a platform's propagation.
    verdict: Option<String>,
    format: Option<String>,
    #[serde(default)]
    layers: Vec<Layer>,
    #[serde(default)]
    skipped: Vec<Skipped>,
    findings: Vec<Finding>,
    bytes_in: u64,
    #[serde(default)]
    bytes_out: u64,
    #[serde(default)]
    dry_run: bool,
    error: Option<Error>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Error {
    kind: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Skipped {
    layer: Layer,
    code: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Finding {
    code: String,
}

impl Counted {
    pub(super) fn of(report: &LabelReport) -> Self {
        let verdict = report.verdict().map(|verdict| verdict.name().to_owned());
        let action = if report.judged.is_some() { report.propagation() } else { report.action() };
        Self {
            action: action.to_owned(),
            verdict,
            format: report.format.map(|f| f.name.to_owned()),
            layers: report.layers.clone(),
            skipped: report.skipped.iter().map(|s| Skipped { layer: s.layer, code: s.code.to_owned() }).collect(),
            findings: report.findings.iter().map(|f| Finding { code: f.code.name().to_owned() }).collect(),
            bytes_in: report.bytes_in,
            bytes_out: report.bytes_out,
            dry_run: report.dry_run,
            error: report.result.as_ref().err().map(|e| Error { kind: e.kind().to_owned() }),
        }
    }

    /// The action, or that the file's format is none of ours. (What is not a file has no bytes.)
    fn end(&self) -> &str {
        let unsupported = self.error.as_ref().is_some_and(|e| e.kind == "unsupported");
        if unsupported && self.format.is_none() && self.bytes_in > 0 { "unsupported" } else { &self.action }
    }

    /// Whether it was labelled as far as it could be.
    fn is_done(&self) -> bool {
        ["labelled", "propagated", "unchanged"].contains(&&*self.action)
    }

    /// Whether it was, and is damaged.
    fn is_damaged(&self) -> bool {
        self.is_done() && self.findings.iter().any(|f| f.code == Code::Damaged.name())
    }
}

/// Ends that are told only where there are any.
const RARE: [&str; 2] = ["copied", "unsupported"];

/// The verdicts, the strongest first.
const VERDICTS: [Verdict; 4] = [Verdict::Confirmed, Verdict::Possible, Verdict::Suspected, Verdict::None];

/// Reasons that are no rows: the kinds of errors that a decoder gives.
const KINDS: [(&str, &str, &str); 4] = [
    ("malformed", "the content is damaged", "内容已损坏"),
    ("limit", "a limit was reached; the line of the file names its option", "达到限额;该文件的结果行列出对应选项"),
    ("refused", "a rule forbids it; the line of the file says which", "规则不允许;见该文件的结果行"),
    ("unsupported", "a feature that cannot be handled", "含有无法处理的特性"),
];

/// How many reasons a layer is told for.
const REASONS: usize = 5;

/// The layers that the law asks for in every file (clause 5, clause 6.1).
const BY_LAW: [Layer; 2] = [Layer::Metadata, Layer::Explicit];

/// Files that ended in one way, and the layers that they carry.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    files: u64,
    layers: [u64; Layer::ALL.len()],
}

/// Files that lack a layer for one reason, and what they are.
#[derive(Debug, Default)]
struct Lack {
    files: u64,
    formats: BTreeSet<String>,
}

/// What all files come to.
#[derive(Debug, Default)]
pub(super) struct Summary {
    ends: [Tally; ENDS.len()],
    /// Of a platform's propagation.
    verdicts: [u64; VERDICTS.len()],
    damaged: u64,
    bytes_in: u64,
    bytes_out: u64,
    /// Whether nothing was written.
    dry_run: bool,
    earlier: u64,
    /// By layer and code of the reason.
    lacks: [BTreeMap<String, Lack>; Layer::ALL.len()],
}

impl Summary {
    /// That of one file.
    pub(super) fn of(report: &LabelReport) -> Self {
        let mut summary = Self::default();
        summary.add(&Counted::of(report));
        summary
    }

    /// One file more.
    pub(super) fn add(&mut self, counted: &Counted) {
        for (tally, _) in self.ends.iter_mut().zip(ENDS).filter(|(_, (name, ..))| *name == counted.end()) {
            tally.files += 1;
            for (count, layer) in tally.layers.iter_mut().zip(Layer::ALL) {
                *count += u64::from(counted.layers.contains(&layer));
            }
        }
        for (count, verdict) in self.verdicts.iter_mut().zip(VERDICTS) {
            *count += u64::from(counted.verdict.as_deref() == Some(verdict.name()));
        }
        self.dry_run |= counted.dry_run;
        self.bytes_in += counted.bytes_in;
        self.bytes_out += counted.bytes_out;
        self.damaged += u64::from(counted.is_damaged());
        for (lacks, layer) in self.lacks.iter_mut().zip(Layer::ALL) {
            for skipped in counted.skipped.iter().filter(|s| s.layer == layer && counted.is_done()) {
                let lack = lacks.entry(skipped.code.clone()).or_default();
                lack.files += 1;
                lack.formats.extend(counted.format.clone());
            }
        }
    }

    /// One of them was an earlier run's.
    pub(super) fn count_earlier(&mut self) {
        self.earlier += 1;
    }

    pub(super) fn files(&self) -> u64 {
        self.ends.iter().map(|tally| tally.files).sum()
    }

    /// How the files ended, and below it why layers are missing.
    pub(super) fn lines(&self, lang: Lang) -> Vec<String> {
        let lacks = self.lacks.iter().zip(Layer::ALL).filter(|(lacks, _)| !lacks.is_empty());
        let verdicts = self.verdicts.iter().any(|count| *count > 0).then(|| self.verdicts(lang));
        let ends = verdicts.into_iter().chain([self.line(lang)]);
        ends.chain(lacks.flat_map(|(lacks, layer)| missing(lacks, layer, lang))).collect()
    }

    /// How many files have which verdict.
    fn verdicts(&self, lang: Lang) -> String {
        let counts = self.verdicts.iter().zip(VERDICTS).map(|(count, verdict)| match lang {
            Lang::En => format!("{count} {}", verdict.word(lang)),
            Lang::Zh => format!("{} {count}", verdict.word(lang)),
        });
        counts.collect::<Vec<_>>().join(if lang == Lang::Zh { "," } else { ", " })
    }

    fn line(&self, lang: Lang) -> String {
        // Each command has its own word for what it wrote.
        let foreign = if self.verdicts.iter().any(|count| *count > 0) { "labelled" } else { "propagated" };
        let is_told = |tally: &Tally, name: &str| tally.files > 0 || !(RARE.contains(&name) || name == foreign);
        let told = self.ends.iter().zip(ENDS).filter(|(tally, (name, ..))| is_told(tally, name));
        let counts = told.map(|(tally, (_, en, zh))| match lang {
            Lang::En => format!("{} {en}{}", tally.files, tally.carried(lang)),
            Lang::Zh => format!("{zh} {}{}", tally.files, tally.carried(lang)),
        });
        let counts = counts.collect::<Vec<_>>().join(if lang == Lang::Zh { "," } else { ", " });
        let damaged = match (self.damaged, lang) {
            (0, _) => String::new(),
            (n, Lang::En) => format!(", {n} damaged"),
            (n, Lang::Zh) => format!(";已标识的文件中有 {n} 个已损坏"),
        };
        let earlier = match (self.earlier, lang) {
            (0, _) => String::new(),
            (n, Lang::En) => format!(" ({n} of them by an earlier run)"),
            (n, Lang::Zh) => format!("(其中 {n} 个由先前的运行完成)"),
        };
        let dry = match (self.dry_run, lang) {
            (false, _) => "",
            (true, Lang::En) => "nothing was written; it would be: ",
            (true, Lang::Zh) => "未写入任何内容;实际运行将为:",
        };
        format!("{dry}{counts}{damaged}{earlier}")
    }

    /// The same as an object (schema `biaoshi.stats/1`).
    pub(super) fn object(&self, command: &str) -> String {
        let verdicts = VERDICTS.iter().zip(self.verdicts).map(|(verdict, n)| (verdict.name(), n));
        let ends: BTreeMap<_, _> = self.ends.iter().zip(ENDS).map(|(tally, (name, ..))| (name, tally.files)).collect();
        let layer = |at: usize| {
            let lacks = self.lacks.get(at).into_iter().flatten().map(|(code, lack)| (code.clone(), lack.files.into()));
            let carried: u64 = self.ends.iter().filter_map(|tally| tally.layers.get(at)).sum();
            json!({ "carried": carried, "missing": lacks.collect::<serde_json::Map<String, Value>>() })
        };
        let layers = Layer::ALL.iter().enumerate().map(|(at, of)| (of.name().to_owned(), layer(at)));
        json!({
            "schema": "biaoshi.stats/1",
            "command": command,
            "files": self.files(),
            "earlier": self.earlier,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "dry_run": self.dry_run,
            "actions": ends,
            "verdicts": if command == "propagate" { json!(verdicts.collect::<BTreeMap<_, _>>()) } else { Value::Null },
            "damaged": self.damaged,
            "layers": layers.collect::<serde_json::Map<String, Value>>(),
        })
        .to_string()
    }

    /// What is said even where nothing else is: that files lack what the law asks for.
    pub(super) fn unlawful(&self, lang: Lang) -> Option<String> {
        let lacks =
            self.lacks.iter().zip(Layer::ALL).filter(|(lacks, layer)| !lacks.is_empty() && BY_LAW.contains(layer));
        let lacks: Vec<(u64, &str)> = lacks.map(|(lacks, layer)| (total(lacks), layer.word(lang))).collect();
        if lacks.is_empty() {
            return None;
        }
        let files = self.files();
        Some(match lang {
            Lang::En => {
                let each: Vec<_> = lacks.iter().map(|(n, layer)| format!("{layer} label missing in {n}")).collect();
                format!("{} of {files} files; without -q the reasons are told", each.join(", "))
            }
            Lang::Zh => {
                let each: Vec<_> = lacks.iter().map(|(n, layer)| format!("{n} 个没有{layer}标识")).collect();
                format!("{files} 个文件中,{};不加 -q 可查看原因", each.join(","))
            }
        })
    }
}

impl Tally {
    /// The layers of these files, in brackets.
    fn carried(&self, lang: Lang) -> String {
        let carried = self.layers.iter().zip(Layer::ALL).filter(|(count, _)| **count > 0);
        let carried: Vec<_> = carried.map(|(count, layer)| format!("{} {count}", layer.word(lang))).collect();
        match (carried.is_empty(), lang) {
            (true, _) => String::new(),
            (false, Lang::En) => format!(" ({})", carried.join(", ")),
            (false, Lang::Zh) => format!("({})", carried.join(",")),
        }
    }
}

fn total(lacks: &BTreeMap<String, Lack>) -> u64 {
    lacks.values().map(|lack| lack.files).sum()
}

/// In how many files a layer is missing, and for which reasons, the most frequent ones first.
fn missing(lacks: &BTreeMap<String, Lack>, layer: Layer, lang: Lang) -> Vec<String> {
    let (total, word) = (total(lacks), layer.word(lang));
    let mut lines = vec![match lang {
        Lang::En => format!("{word} label missing in {total}:"),
        Lang::Zh => format!("{total} 个文件没有{word}标识:"),
    }];
    let mut reasons: Vec<_> = lacks.iter().collect();
    reasons.sort_by_key(|(_, lack)| std::cmp::Reverse(lack.files));
    let (told, others) = reasons.split_at(REASONS.min(reasons.len()));
    lines.extend(told.iter().map(|(code, lack)| {
        let formats: Vec<&str> = lack.formats.iter().map(String::as_str).collect();
        let formats = if formats.is_empty() { String::new() } else { format!(" ({})", formats.join(", ")) };
        format!("{:>8}  {}{formats}", lack.files, words(code, lang))
    }));
    if !others.is_empty() {
        let files: u64 = others.iter().map(|(_, lack)| lack.files).sum();
        lines.push(match lang {
            Lang::En => format!("{files:>8}  for other reasons"),
            Lang::Zh => format!("{files:>8}  其他原因"),
        });
    }
    lines
}

/// The words of a reason; what differs from file to file is left open.
fn words(code: &str, lang: Lang) -> String {
    let row = plan::reasons().find(|row| row.code == code).map(|row| (row.en, row.zh));
    let kind = || KINDS.into_iter().find(|(name, ..)| *name == code).map(|(_, en, zh)| (en, zh));
    let (en, zh) = row.or_else(kind).unwrap_or((code, code));
    // Which formats they are stands behind it.
    if lang == Lang::Zh {
        zh.replace("{} 格式", "该格式").replace("{}", "…")
    } else {
        en.replace("{} files", "such files").replace("{}", "…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(format: &str, code: &str) -> Counted {
        let json = format!(
            r#"{{"action":"labelled","format":"{format}","layers":["metadata"],"bytes_in":3,"findings":[],"error":null,
                "skipped":[{{"layer":"explicit","code":"{code}","reason":"as long as it likes"}}]}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn reasons_are_grouped_by_code_and_the_rest_is_one_number() {
        let mut summary = Summary::default();
        let codes = ["malformed", "limit", "unsupported", "media.lost", "media.decoder", "no.such", "nor.such"];
        for (n, code) in codes.into_iter().enumerate() {
            (n..10).for_each(|_| summary.add(&line("webp", code)));
        }
        summary.add(&line("m4a", "explicit.format"));
        summary.add(&line("mp3", "explicit.format"));
        let lines = summary.lines(Lang::En);
        assert_eq!(lines[0], "51 labelled (metadata 51), 0 unchanged, 0 refused, 0 failed");
        assert_eq!(lines[1], "explicit label missing in 51:");
        assert_eq!(lines[2], "      10  the content is damaged (webp)");
        assert_eq!((lines.len(), &*lines[7]), (8, "      11  for other reasons"));
        assert!(summary.unlawful(Lang::Zh).unwrap().contains("51 个没有显式标识"));
        assert_eq!(words("explicit.format", Lang::En), "no explicit label for such files yet");
    }

    #[test]
    fn a_file_that_failed_lacks_nothing() {
        let mut summary = Summary::default();
        summary.add(&Counted { action: "failed".into(), layers: Vec::new(), ..line("m4a", "explicit.format") });
        assert_eq!(summary.lines(Lang::En), ["0 labelled, 0 unchanged, 0 refused, 1 failed"]);
    }

    #[test]
    fn a_watermark_is_nothing_that_the_law_asks_for() {
        let mut summary = Summary::default();
        let mut counted = line("gif", "watermark.format");
        counted.skipped[0].layer = Layer::Watermark;
        summary.add(&counted);
        assert!(summary.unlawful(Lang::En).is_none() && summary.lines(Lang::En).len() == 3);
    }
}
