//! `verify` and `inspect`.

use std::cell::Cell;
use std::sync::Arc;

use biaoshi::batch::journal::{Entry, Past};
use biaoshi::batch::manifest::Columns;
use biaoshi::job::{Input, VerifyOptions, verify};
use biaoshi::judge::judge;
use biaoshi::label::Severity;
use biaoshi::metadata::Found;
use biaoshi::report::{Lang, Report};
use biaoshi::{Error, batch};

use crate::args::{Common, InspectArgs, VerifyArgs};
use crate::exit::{Exit, Stop};
use crate::inputs::{self, Item, Roots};
use crate::interruption::{self, Grace};
use crate::keys;
use crate::out::{self, Out, verdict_style};
use crate::progress::Progress;
use crate::reports::VERIFY;
use crate::results::Results;
use crate::resume::{History, is_same, raw};

/// Checks files.
pub(crate) fn run(args: &VerifyArgs, common: &Common) -> Result<Exit, Stop> {
    let has = |layer: &str| args.layers.iter().any(|l| l == layer);
    let search = || keys::search(&args.marks, args.registry.as_deref()).map(Arc::new);
    let options = VerifyOptions {
        limits: common.limits(),
        traces: has("traces"),
        explicit: has("explicit"),
        watermarks: has("watermark").then(search).transpose()?,
        declared: args.declared,
        permits: Arc::new(common.permits()),
    };
    let paths = &args.paths;
    if paths.is_stdin() {
        return stdin(args, common, &options);
    }
    let interrupted = interruption::listen(Grace::FilesInHand)?;
    let roots = Roots::new(paths, false, Columns::Verify, &|_| Ok(()))?;
    let decides = (&args.layers, &options.watermarks, args.declared, args.allow_unlabelled);
    let command = ("verify", decides, common.limits());
    let history = History::open(paths, &roots, &command)?;
    let mut printer = Printer::new(args, common)?;
    let mut progress = Progress::new(common, &roots);
    let deaf = Cell::new(false);
    batch::run(
        common.jobs(),
        roots.walk().map(|item| task(item, &history)),
        |task: &Task| match &task.earlier {
            Some(entry) => (task.item.input.clone(), Checked::Earlier(entry.clone())),
            None => (task.item.input.clone(), Checked::New(Box::new(checked(&task.item, &options)))),
        },
        |task, message| {
            (task.item.input.clone(), Checked::New(Box::new(failed(&task.item.input, Error::Internal(message)))))
        },
        || interrupted.is_set() || history.has_failed() || deaf.get(),
        |(input, checked)| {
            match checked {
                Checked::Earlier(entry) => {
                    progress.step(0, false);
                    history.count_earlier();
                    printer.results.add(entry.report.get(), if entry.exit == 0 { Exit::Done } else { Exit::Findings });
                }
                Checked::New(report) => {
                    progress.step(report.bytes, report.error.is_some());
                    let json = report.to_json(common.lang());
                    let exit = progress.around(|| printer.print(&report, &json));
                    history.finish(|| entry(&input, exit, &report, &json), &[]);
                }
            }
            deaf.set(printer.results.nobody_listens() && !history.is_kept());
        },
    )?;
    progress.finish();
    printer.ending(&history);
    if let Some(trouble) = roots.trouble(common.lang()) {
        out::error(&trouble);
        printer.results.raise(Exit::Failed);
    }
    if interrupted.is_set() {
        printer.results.raise(Exit::Interrupted);
    }
    Ok(history.close().max(printer.results.finish()))
}

/// One file from standard input.
fn stdin(args: &VerifyArgs, common: &Common, options: &VerifyOptions) -> Result<Exit, Stop> {
    let paths = &args.paths;
    if paths.paths.len() > 1 || paths.files_from.is_some() {
        return Err(Stop::usage("- stands alone", "- 只能单独使用"));
    }
    inputs::no_resume(paths)?;
    interruption::listen(Grace::None)?;
    let (_scratch, input) = inputs::spool(common, paths.stdin_name.as_deref())?;
    let mut printer = Printer::new(args, common)?;
    let report = verify(&input, options);
    printer.print(&report, &report.to_json(common.lang()));
    Ok(printer.results.finish())
}

/// One input, and what an earlier run found in it.
struct Task {
    item: Item,
    earlier: Option<Box<Entry>>,
}

enum Checked {
    New(Box<Report>),
    Earlier(Box<Entry>),
}

/// What could not be read is tried again, and what changed.
fn task(item: Item, history: &History) -> Task {
    let earlier = match history.past(&item.input.path) {
        Past::Finished(entry) if entry.exit != Exit::Failed.code() && is_same(&item.input.path, entry.input) => {
            Some(entry)
        }
        _ => None,
    };
    Task { item, earlier }
}

/// The row's word counts for its file.
fn checked(item: &Item, options: &VerifyOptions) -> Report {
    let declared = item.row.as_ref().and_then(|row| row.declared).unwrap_or(options.declared);
    verify(&item.input, &VerifyOptions { declared, ..options.clone() })
}

fn entry(input: &Input, exit: Exit, report: &Report, json: &str) -> Option<Entry> {
    Some(Entry {
        path: Entry::key(&input.path),
        index: input.index,
        exit: exit.code(),
        fresh: false,
        input: report.input,
        output: None,
        report: raw(json)?,
    })
}

/// Shows one file to people.
pub(crate) fn inspect(args: &InspectArgs, common: &Common) -> Result<Exit, Stop> {
    let spooled = if inputs::is_stdin(&args.file) {
        interruption::listen(Grace::None)?;
        Some(inputs::spool(common, args.stdin_name.as_deref())?)
    } else {
        None
    };
    let input = spooled.as_ref().map_or_else(|| Input::new(args.file.clone(), 0), |(_, input)| input.clone());
    let options = VerifyOptions {
        limits: common.limits(),
        traces: true,
        explicit: true,
        watermarks: Some(Arc::new(keys::search(&args.marks, args.registry.as_deref())?)),
        permits: Arc::new(common.permits()),
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
        watermarks: None,
        traces: None,
        judgement: judge(&Found::default(), false, false),
        error: Some(error),
        input: None,
    }
}

struct Printer<'a> {
    results: Results<'a>,
    allow: bool,
}

impl<'a> Printer<'a> {
    fn new(args: &VerifyArgs, common: &'a Common) -> Result<Self, Stop> {
        let mut results = Results::new(&args.reports, VERIFY, common)?;
        if !common.json && !common.quiet {
            results.show(|out| out.line(&Report::heading(common.lang())));
        }
        Ok(Self { results, allow: args.allow_unlabelled })
    }

    /// One file, and its line of JSON; the exit code that it alone would give.
    fn print(&mut self, report: &Report, json: &str) -> Exit {
        let wrong = !report.judgement.conforming() || (report.labels.is_empty() && !self.allow);
        let exit = match &report.error {
            Some(_) => Exit::Failed,
            None if wrong => Exit::Findings,
            None => Exit::Done,
        };
        self.results.add(json, exit);
        let common = self.results.common;
        if !common.json && (!common.quiet || exit != Exit::Done) {
            self.results.show(|out| write(out, report, common));
        }
        exit
    }

    /// How many rows an earlier run printed.
    fn ending(&mut self, history: &History) {
        let (common, earlier) = (self.results.common, history.earlier());
        if !common.json && !common.quiet && earlier > 0 {
            let line = match common.lang() {
                Lang::En => format!("{earlier} more were checked by an earlier run"),
                Lang::Zh => format!("另有 {earlier} 个由先前的运行核验"),
            };
            self.results.show(|out| out.line(&line));
        }
    }
}

/// A row, and below it the watermarks and what is wrong.
fn write(out: &mut Out, report: &Report, common: &Common) -> std::io::Result<()> {
    let (lang, verdict) = (common.lang(), report.judgement.verdict);
    out.coloured(verdict_style(verdict), verdict.word(lang).len(), &report.to_row(lang))?;
    let least = match common.verbose {
        0 => Severity::Error,
        1 => Severity::Warning,
        _ => Severity::Info,
    };
    let mut lines = report.marks(lang).into_iter().chain(report.details(least, lang));
    lines.try_for_each(|line| out.line(&format!("           {line}")))
}
