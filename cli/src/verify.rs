//! `verify` and `inspect`.

use biaoshi::job::{Input, VerifyOptions, verify};
use biaoshi::judge::judge;
use biaoshi::label::Severity;
use biaoshi::metadata::Found;
use biaoshi::report::Report;
use biaoshi::{Error, batch};

use crate::args::{Common, InspectArgs, VerifyArgs};
use crate::exit::{Exit, Stop};
use crate::inputs::{self, Item, Roots};
use crate::out::{Out, verdict_style};
use crate::progress::Progress;
use crate::reports::Files;

/// Checks files.
pub(crate) fn run(args: &VerifyArgs, common: &Common) -> Result<Exit, Stop> {
    let has = |layer: &str| args.layers.iter().any(|l| l == layer);
    let options = VerifyOptions {
        limits: common.limits(),
        traces: has("traces"),
        explicit: has("explicit"),
        declared: args.declared,
        permits: common.permits(),
    };
    let from_stdin = args.paths.is_stdin();
    if from_stdin && (args.paths.paths.len() > 1 || args.paths.files_from.is_some()) {
        return Err(Stop::usage("- stands alone", "- 只能单独使用"));
    }
    let reports = Files::of_verify(&args.reports, common.lang())?;
    let mut printer =
        Printer { reports, out: Out::new(common), common, allow: args.allow_unlabelled, exit: Exit::Done, error: None };
    if !common.json && !common.quiet {
        printer.out.line(&Report::heading(common.lang()))?;
    }
    if from_stdin {
        let (_spooled, input) = inputs::spool(common, args.paths.stdin_name.as_deref())?;
        printer.print(&verify(&input, &options));
        return printer.finish();
    }
    let roots = Roots::new(&args.paths)?;
    let mut progress = Progress::new(common, &roots);
    let interrupted = crate::label::interruption();
    batch::run(
        common.jobs(),
        roots.walk(),
        |item: &Item| verify(&item.input, &options),
        |item, message| failed(&item.input, Error::Internal(message)),
        || interrupted.is_set(),
        |report| {
            progress.step(report.bytes, report.error.is_some());
            progress.around(|| printer.print(&report));
        },
    )?;
    progress.finish();
    if interrupted.is_set() {
        printer.exit = Exit::Interrupted;
    }
    printer.finish()
}

/// Shows one file to people.
pub(crate) fn inspect(args: &InspectArgs, common: &Common) -> Result<Exit, Stop> {
    let spooled =
        if inputs::is_stdin(&args.file) { Some(inputs::spool(common, args.stdin_name.as_deref())?) } else { None };
    let input = spooled.as_ref().map_or_else(|| Input::new(args.file.clone(), 0), |(_, input)| input.clone());
    let options = VerifyOptions {
        limits: common.limits(),
        traces: true,
        explicit: true,
        permits: common.permits(),
        ..VerifyOptions::default()
    };
    let report = verify(&input, &options);
    let mut out = Out::new(common);
    if common.json {
        out.line(&report.to_json(common.lang()))?;
    } else {
        out.line(report.to_page(common.lang()).trim_end())?;
    }
    out.flush()?;
    Ok(if report.error.is_some() { Exit::Failed } else { Exit::Done })
}

/// The report of a file whose job panicked.
pub(crate) fn failed(input: &Input, error: Error) -> Report {
    Report {
        path: input.shown.clone(),
        bytes: 0,
        format: None,
        labels: Vec::new(),
        explicit: None,
        traces: None,
        judgement: judge(&Found::default(), false, false),
        error: Some(error),
    }
}

struct Printer<'a> {
    reports: Files,
    out: Out,
    common: &'a Common,
    allow: bool,
    exit: Exit,
    error: Option<std::io::Error>,
}

impl Printer<'_> {
    fn print(&mut self, report: &Report) {
        let wrong = !report.judgement.conforming() || (report.labels.is_empty() && !self.allow);
        let exit = match &report.error {
            Some(_) => Exit::Failed,
            None if wrong => Exit::Findings,
            None => Exit::Done,
        };
        self.exit = self.exit.max(exit);
        if let Err(e) = self.reports.verified(report) {
            self.error.get_or_insert(e);
        }
        if self.common.quiet && !self.common.json && exit == Exit::Done {
            return;
        }
        if let Err(e) = self.write(report) {
            self.error.get_or_insert(e);
        }
    }

    fn write(&mut self, report: &Report) -> std::io::Result<()> {
        let lang = self.common.lang();
        if self.common.json {
            return self.out.line(&report.to_json(lang));
        }
        let verdict = report.judgement.verdict;
        self.out.coloured(verdict_style(verdict), verdict.word(lang).len(), &report.to_row(lang))?;
        let least = match self.common.verbose {
            0 => Severity::Error,
            1 => Severity::Warning,
            _ => Severity::Info,
        };
        for line in report.details(least, lang) {
            self.out.line(&format!("           {line}"))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Exit, Stop> {
        match self.error.take() {
            Some(e) => Err(e.into()),
            None => {
                self.reports.finish()?;
                self.out.flush()?;
                Ok(self.exit)
            }
        }
    }
}
