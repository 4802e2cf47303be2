//! What people and scripts see of `label`.

use biaoshi::batch::journal::Entry;
use biaoshi::batch::manifest;
use biaoshi::label::Severity;
use biaoshi::ledger::Hash;
use biaoshi::plan::Layer;
use biaoshi::record;
use biaoshi::report::LabelReport;

use super::summary::{Counted, Summary};
use crate::args::{Common, Counts, Reports};
use crate::exit::{Exit, Stop};
use crate::out::{self, Tone};
use crate::reports;
use crate::results::Results;
use crate::told::{Told, now, raw};

/// Prints results and counts them.
pub(crate) struct Printer<'a> {
    pub(super) results: Results<'a>,
    verb: Verb,
    summary: Summary,
}

impl<'a> Printer<'a> {
    /// `kept`: the columns of a manifest that come back in reports.
    pub(crate) fn new(reports: &Reports, verb: Verb, kept: &[String], common: &'a Common) -> Result<Self, Stop> {
        Ok(Self { results: Results::new(reports, verb.cells(), kept, common)?, verb, summary: Summary::default() })
    }

    /// The same, with as much of it as is wanted.
    pub(crate) fn telling(self, counts: &Counts) -> Self {
        Self { results: self.results.telling(counts), ..self }
    }

    /// A file of this run.
    pub(crate) fn print(&mut self, told: &Told<Counted>) {
        self.summary.add(&told.counted);
        self.results.add_of(&told.time, told.json.get(), told.exit);
        match told.tone {
            // What went wrong belongs to standard error, where a redirected table does not swallow it.
            Tone::Wrong if self.results.common.json => told.rows.iter().for_each(|row| out::note(row)),
            Tone::Wrong => told.rows.iter().for_each(|row| out::error(row)),
            _ if self.results.common.quiet || !self.results.has_rows() => {}
            _ => self.results.show(|out| out.rows(told.tone, &told.rows)),
        }
    }

    /// A file of an earlier run: scripts get its line again, so that theirs are complete; people get the number.
    pub(super) fn repeat(&mut self, entry: &Entry) {
        let json = entry.report.get();
        if let Ok(counted) = serde_json::from_str(json) {
            self.summary.add(&counted);
        }
        self.summary.count_earlier();
        self.results.add_of(&entry.time, json, if entry.exit == 0 { Exit::Done } else { Exit::Findings });
    }

    /// How many files it told of.
    pub(super) fn files(&self) -> u64 {
        self.summary.files()
    }

    /// The last lines. That a label is missing which the law asks for is said in any case.
    pub(crate) fn finish(mut self) -> Exit {
        let common = self.results.common;
        let lang = common.lang();
        if common.quiet {
            self.summary.unlawful(lang).iter().for_each(|line| out::error(line));
        }
        if self.summary.files() == 0 {
            self.results.tell_none();
        }
        let lines = self.summary.lines(lang);
        if !self.results.count(|| self.summary.object(self.verb.name()), &lines) && self.summary.files() > 1 {
            self.results.conclude(&lines);
        }
        self.results.finish()
    }
}

/// The commands that write labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Label,
    Carry,
    Propagate,
}

impl Verb {
    /// The name of the command.
    fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Carry => "carry",
            Self::Propagate => "propagate",
        }
    }

    /// The columns of a manifest.
    pub(super) fn columns(self) -> manifest::Columns {
        match self {
            Self::Label => manifest::Columns::Label,
            Self::Carry => manifest::Columns::Carry,
            Self::Propagate => manifest::Columns::Propagate,
        }
    }

    /// The columns of a report in CSV.
    pub(super) fn cells(self) -> reports::Columns {
        if self == Self::Propagate { reports::PROPAGATE } else { reports::LABEL }
    }
}

/// How results count, and who takes them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// The command.
    pub(crate) verb: Verb,
    /// A file that lacks one of these layers in the end is not as it should be.
    pub(crate) required: &'a [Layer],
    /// A damaged file counts as failed.
    pub(crate) strict: bool,
    /// A file of an unknown format does not.
    pub(crate) lenient: bool,
    /// Somebody takes the line of JSON.
    pub(crate) json: bool,
    /// There is a ledger.
    pub(crate) recorded: bool,
    /// The policy of verdicts, where there are any.
    pub(crate) policy: Option<Hash>,
}

/// A result as it is printed.
pub(crate) fn told(report: &LabelReport, rules: Rules<'_>, common: &Common) -> Told<Counted> {
    let Rules { verb, required, strict, lenient, json, recorded, policy } = rules;
    let (lang, damaged) = (common.lang(), report.damaged());
    let failed = report.result.as_ref().is_err_and(|e| !(lenient && e.is_unknown_format()));
    let exit = match report.outcome {
        _ if failed || (strict && damaged) => Exit::Failed,
        Some(outcome) if outcome.fails => Exit::Findings,
        _ if required.iter().any(|layer| !report.layers.contains(layer)) => Exit::Findings,
        _ => Exit::Done,
    };
    let is_platform = verb == Verb::Propagate;
    let is_printed = failed || !(common.json || common.quiet);
    let rows = || if is_platform { report.to_propagate_rows(least(common), lang) } else { vec![report.to_row(lang)] };
    let line = || if is_platform { report.to_propagate_json(lang) } else { report.to_json(lang) };
    Told {
        json: raw(json, line),
        rows: if is_printed { rows() } else { Vec::new() },
        tone: if failed { Tone::Wrong } else { Tone::Well },
        exit,
        counted: Counted::of(report),
        time: now(),
        bytes: report.bytes_in,
        wrote: report.output.is_some(),
        record: recorded.then(|| record::labelled(report, policy)).flatten().map(Box::new),
        input: report.input,
        written: report.written,
    }
}

/// The least severity of findings that are told below a row.
fn least(common: &Common) -> Severity {
    match common.verbose {
        0 => Severity::Error,
        1 => Severity::Warning,
        _ => Severity::Info,
    }
}
