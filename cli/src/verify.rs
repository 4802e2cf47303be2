//! `verify` and `inspect`.

use std::borrow::Cow;
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use biaoshi::batch::journal::{Entry, Past};
use biaoshi::batch::manifest::Columns;
use biaoshi::job::{Input, VerifyOptions, verify};
use biaoshi::judge::judge;
use biaoshi::label::Severity;
use biaoshi::metadata::Found;
use biaoshi::report::{Lang, Report};
use biaoshi::{Error, batch};
use serde::{Deserialize, Serialize};

use crate::args::{Common, InspectArgs, VerifyArgs, is_stdin};
use crate::exit::{Exit, Stop};
use crate::inputs::{self, Item, Roots};
use crate::interruption::{self, Grace};
use crate::isolation::{self, Isolation};
use crate::keys;
use crate::out::{self, Out};
use crate::progress::Progress;
use crate::reports::VERIFY;
use crate::results::Results;
use crate::resume::{Announced, History, is_same};
use crate::told::{Told, raw};

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
    if common.worker {
        return isolation::serve(|job: Job<'_>| told(&job.run(&options), args, common));
    }
    if args.paths.is_stdin() { stdin(args, common, &options) } else { each(args, common, &options) }
}

/// Every file below some paths.
fn each(args: &VerifyArgs, common: &Common, options: &VerifyOptions) -> Result<Exit, Stop> {
    let paths = &args.paths;
    let told = |report: &Report| told(report, args, common);
    let interrupted = interruption::listen(Grace::FilesInHand)?;
    let roots = Roots::new(paths, false, Columns::Verify, &|_| Ok(()))?;
    let decides = (&args.layers, &options.watermarks, args.declared, args.allow_unlabelled);
    let command = ("verify", decides, common.limits());
    let history = History::open(paths, &roots, &command)?;
    let isolation = Isolation::new(paths.isolate);
    let mut printer = Printer::new(args, common)?;
    let mut progress = Progress::new(common, &roots);
    let deaf = Cell::new(false);
    batch::run(
        common.jobs(),
        Announced::new(roots.walk().map(|item| task(item, &history)), &history, Task::begins),
        Task::size,
        |task| {
            let job = Job { input: Cow::Borrowed(&task.item.input), declared: task.declared() };
            let checked = match &task.earlier {
                Some(entry) => Checked::Earlier(entry.clone()),
                None if isolation.covers(task.suspect) => {
                    Checked::New(isolation.ask(&job).unwrap_or_else(|e| told(&failed(&job.input, e))))
                }
                None => Checked::New(told(&job.run(options))),
            };
            (task.item.input.clone(), checked)
        },
        |task, message| {
            let input = task.item.input.clone();
            let told = told(&failed(&input, Error::Internal(message)));
            (input, Checked::New(told))
        },
        || interrupted.is_set() || history.has_failed() || deaf.get(),
        |(input, checked)| {
            match checked {
                Checked::Earlier(entry) => {
                    progress.step(0, false);
                    history.count_earlier();
                    printer.results.add(entry.report.get(), if entry.exit == 0 { Exit::Done } else { Exit::Findings });
                }
                Checked::New(told) => {
                    progress.step(told.bytes, told.exit == Exit::Failed);
                    progress.around(|| printer.print(&told));
                    history.finish(|| entry(&input, told), &[]);
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
    inputs::no_batch(paths)?;
    interruption::listen(Grace::None)?;
    let (_scratch, input) = inputs::spool(common, paths.stdin_name.as_deref())?;
    let mut printer = Printer::new(args, common)?;
    let report = verify(&input, options);
    printer.print(&told(&report, args, common));
    Ok(printer.results.finish())
}

/// One input, and what an earlier run found in it.
struct Task {
    item: Item,
    earlier: Option<Box<Entry>>,
    suspect: bool,
}

impl Task {
    /// What its row says of its uploader.
    fn declared(&self) -> Option<bool> {
        self.item.row.as_ref().and_then(|row| row.declared)
    }

    /// How much there is to read.
    fn size(&self) -> u64 {
        if self.earlier.is_none() { batch::size_of(&self.item.input.path) } else { 0 }
    }

    /// What is announced before the work.
    fn begins(&self) -> Option<(&Path, bool)> {
        self.earlier.is_none().then_some((&self.item.input.path, false))
    }
}

enum Checked {
    New(Told),
    Earlier(Box<Entry>),
}

/// What could not be read is tried again, and what changed.
fn task(item: Item, history: &History) -> Task {
    let past = history.past(&item.input.path);
    let suspect = past.is_suspect();
    let earlier = match past {
        Past::Finished(entry) if entry.exit != Exit::Failed.code() && is_same(&item.input.path, entry.input) => {
            Some(entry)
        }
        _ => None,
    };
    Task { item, earlier, suspect }
}

/// What there is to do for one file.
#[derive(Debug, Serialize, Deserialize)]
struct Job<'a> {
    input: Cow<'a, Input>,
    /// What its row says; it counts for its file.
    declared: Option<bool>,
}

impl Job<'_> {
    fn run(&self, options: &VerifyOptions) -> Report {
        let declared = self.declared.unwrap_or(options.declared);
        let options = VerifyOptions { declared, ..options.clone() };
        batch::unless_panicking(|| verify(&self.input, &options))
            .unwrap_or_else(|message| failed(&self.input, Error::Internal(message)))
    }
}

fn entry(input: &Input, told: Told) -> Entry {
    Entry {
        path: Entry::key(&input.path),
        index: input.index,
        exit: told.exit.code(),
        fresh: false,
        input: told.input,
        output: None,
        report: told.json,
    }
}

/// Shows one file to people.
pub(crate) fn inspect(args: &InspectArgs, common: &Common) -> Result<Exit, Stop> {
    let spooled = if is_stdin(&args.file) {
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
}

impl<'a> Printer<'a> {
    fn new(args: &VerifyArgs, common: &'a Common) -> Result<Self, Stop> {
        let mut results = Results::new(&args.reports, VERIFY, common)?;
        if !common.json && !common.quiet {
            results.show(|out| out.line(&Report::heading(common.lang())));
        }
        Ok(Self { results })
    }

    fn print(&mut self, told: &Told) {
        self.results.add(told.json.get(), told.exit);
        if !self.results.common.quiet || told.exit != Exit::Done {
            self.results.show(|out| out.rows(told.tone, &told.rows));
        }
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

/// A result as it is printed: a row, and below it the watermarks and what is wrong.
fn told(report: &Report, args: &VerifyArgs, common: &Common) -> Told {
    let lang = common.lang();
    let least = match common.verbose {
        0 => Severity::Error,
        1 => Severity::Warning,
        _ => Severity::Info,
    };
    let below = || report.marks(lang).into_iter().chain(report.details(least, lang)).map(|l| format!("           {l}"));
    let rows = || std::iter::once(report.to_row(lang)).chain(below()).collect();
    let wrong = !report.judgement.conforming() || (report.labels.is_empty() && !args.allow_unlabelled);
    Told {
        json: raw(report.to_json(lang)),
        rows: if common.json { Vec::new() } else { rows() },
        tone: report.judgement.verdict.into(),
        exit: match &report.error {
            Some(_) => Exit::Failed,
            None if wrong => Exit::Findings,
            None => Exit::Done,
        },
        action: String::new(),
        damaged: false,
        bytes: report.bytes,
        wrote: false,
        input: report.input,
        written: None,
    }
}
