//! What people and scripts see of `label`.

use biaoshi::batch::journal::Entry;
use biaoshi::label::Code;
use biaoshi::report::{LabelReport, Lang};
use serde::Deserialize;

use crate::args::{Common, Reports};
use crate::exit::{Exit, Stop};
use crate::out::{self, Tone};
use crate::reports::LABEL;
use crate::results::Results;
use crate::told::{Told, raw};

/// Prints results and counts them.
pub(crate) struct Printer<'a> {
    pub(super) results: Results<'a>,
    /// Labelled, unchanged, refused, failed.
    counts: [u64; 4],
    /// How many of them are damaged.
    damaged: u64,
    /// How many of them are an earlier run's.
    earlier: u64,
}

/// The actions in the order of the counts.
const ACTIONS: [&str; 4] = ["labelled", "unchanged", "refused", "failed"];

impl<'a> Printer<'a> {
    pub(crate) fn new(reports: &Reports, common: &'a Common) -> Result<Self, Stop> {
        Ok(Self { results: Results::new(reports, LABEL, common)?, counts: [0; 4], damaged: 0, earlier: 0 })
    }

    /// A file of this run.
    pub(crate) fn print(&mut self, told: &Told) {
        self.count(&told.action);
        self.damaged += u64::from(told.damaged);
        self.results.add(told.json.get(), told.exit);
        match told.tone {
            // What went wrong belongs to standard error, where a redirected table does not swallow it.
            Tone::Wrong => told.rows.iter().for_each(|row| out::error(row)),
            _ if self.results.common.quiet => {}
            _ => self.results.show(|out| out.rows(told.tone, &told.rows)),
        }
    }

    /// A file of an earlier run: scripts get its line again, so that theirs are complete; people get the number.
    pub(super) fn repeat(&mut self, entry: &Entry) {
        #[derive(Deserialize)]
        struct Line<'a> {
            action: &'a str,
            findings: Vec<Finding<'a>>,
        }
        #[derive(Deserialize)]
        struct Finding<'a> {
            code: &'a str,
        }
        let json = entry.report.get();
        if let Ok(Line { action, findings }) = serde_json::from_str(json) {
            self.count(action);
            self.damaged += u64::from(findings.iter().any(|f| f.code == Code::Damaged.name()));
        }
        self.earlier += 1;
        self.results.add(json, Exit::Done);
    }

    fn count(&mut self, action: &str) {
        for (count, name) in self.counts.iter_mut().zip(ACTIONS) {
            *count += u64::from(name == action);
        }
    }

    /// The last line.
    pub(crate) fn finish(mut self) -> Exit {
        let [labelled, unchanged, refused, failed] = self.counts;
        let common = self.results.common;
        if !common.json && !common.quiet && labelled + unchanged + refused + failed > 1 {
            let earlier = match (self.earlier, common.lang()) {
                (0, _) => String::new(),
                (n, Lang::En) => format!(" ({n} of them by an earlier run)"),
                (n, Lang::Zh) => format!("(其中 {n} 个由先前的运行完成)"),
            };
            let line = match common.lang() {
                Lang::En => format!("{labelled} labelled, {unchanged} unchanged, {refused} refused, {failed} failed"),
                Lang::Zh => format!("已标识 {labelled},未改动 {unchanged},已拒绝 {refused},失败 {failed}"),
            };
            let damaged = match (self.damaged, common.lang()) {
                (0, _) => String::new(),
                (n, Lang::En) => format!(", {n} damaged"),
                (n, Lang::Zh) => format!(",其中已损坏 {n}"),
            };
            self.results.show(|out| out.line(&format!("{line}{damaged}{earlier}")));
        }
        self.results.finish()
    }
}

/// A result as it is printed. `strict`: a damaged file counts as failed for the exit code; `json`: somebody takes the line of JSON.
pub(crate) fn told(report: &LabelReport, (strict, json): (bool, bool), common: &Common) -> Told {
    let lang = common.lang();
    let (failed, damaged) = (report.result.is_err(), report.damaged());
    Told {
        json: raw(json, || report.to_json(lang)),
        rows: if common.json || (common.quiet && !failed) { Vec::new() } else { vec![report.to_row(lang)] },
        tone: if failed { Tone::Wrong } else { Tone::Well },
        exit: if failed || (strict && damaged) { Exit::Failed } else { Exit::Done },
        action: report.action().to_owned(),
        damaged,
        bytes: report.bytes_in,
        wrote: report.output.is_some(),
        input: report.input,
        written: report.written,
    }
}
