//! `label`.

mod options;
mod place;
mod printer;
mod stdin;
mod tasks;

use std::path::PathBuf;

use biaoshi::Error;
use biaoshi::Refusal;
use biaoshi::batch;
use biaoshi::batch::journal::Entry;
use biaoshi::batch::manifest::Columns;
use biaoshi::job::{LabelOptions, Output, label};
use biaoshi::report::LabelReport;

use crate::args::{Common, LabelArgs, Paths, Reports};
use crate::exit::{Exit, Stop};
use crate::inputs::Roots;
use crate::interruption::{self, Grace};
use crate::out;
use crate::progress::Progress;
use crate::resume::{History, raw};

pub(crate) use options::shared;
pub(crate) use place::Place;
pub(crate) use printer::Printer;

use tasks::{Step, Task, Tasks};

/// Labels files.
pub(crate) fn run(args: &LabelArgs, common: &Common) -> Result<Exit, Stop> {
    let options = options::of(args, common)?;
    if args.paths.is_stdin() {
        return stdin::run(args, common, &options);
    }
    let place = Place::new(&args.paths, &args.target)?;
    let command = options::command(args, &options.marker);
    let LabelArgs { paths, reports, .. } = args;
    each(&Run { paths, place, reports, common, strict: args.writing.strict, source: None, command }, options)
}

/// What `label` and `carry` do with every file below some paths.
pub(crate) struct Run<'a> {
    pub(crate) paths: &'a Paths,
    pub(crate) place: Place,
    pub(crate) reports: &'a Reports,
    pub(crate) common: &'a Common,
    /// Whether damaged files count as failed.
    pub(crate) strict: bool,
    /// The original whose label is carried over.
    pub(crate) source: Option<String>,
    /// What decides about results, for the journal.
    pub(crate) command: String,
}

/// Labels every file below some paths.
pub(crate) fn each(run: &Run<'_>, mut options: LabelOptions) -> Result<Exit, Stop> {
    let common = run.common;
    let interrupted = interruption::listen(Grace::FilesInHand)?;
    let columns = if options.carried.is_some() { Columns::Carry } else { Columns::Label };
    let roots = Roots::new(run.paths, run.place.is_folder(), columns, &|row| row.options(&options).map(drop))?;
    let history = History::open(run.paths, &roots, &(&run.command, common.limits()))?;
    options.mark = history.mark();
    let mut printer = Printer::new(run.reports, run.strict, common)?;
    let mut progress = Progress::new(common, &roots);
    batch::run(
        common.jobs(),
        Tasks::new(&roots, &run.place, &options, &history),
        |task| (task.note(), work(task, &options)),
        |task, message| (task.note(), Done::New(Box::new(failed(task, Error::Internal(message))))),
        || interrupted.is_set() || history.has_failed(),
        |(note, done)| match done {
            Done::Earlier(entry) => {
                progress.step(0, false);
                history.count_earlier();
                printer.repeat(&entry);
            }
            Done::New(report) => {
                progress.step(report.bytes_in, report.result.is_err());
                let report = LabelReport { source: run.source.clone(), ..*report };
                let json = report.to_json(common.lang());
                progress.around(|| printer.print(&report, &json));
                if note.journalled {
                    // A file replaced in place is on the disk before its old bytes go.
                    let synced = matches!(run.place, Place::Inputs) || options.durable;
                    let output = report.output.as_deref().filter(|_| !synced);
                    let exit = printer.exit_of(&report);
                    history.finish(|| entry(note, &report, exit, &json), output.as_slice());
                }
            }
        },
    )?;
    progress.finish();
    if let Some(trouble) = roots.trouble(common.lang()) {
        out::error(&trouble);
        printer.results.raise(Exit::Failed);
    }
    if interrupted.is_set() {
        printer.results.raise(Exit::Interrupted);
    }
    Ok(history.close().max(printer.finish()))
}

/// How a task ended.
enum Done {
    New(Box<LabelReport>),
    Earlier(Box<Entry>),
}

fn work(task: &Task, options: &LabelOptions) -> Done {
    let clash = |path: &PathBuf| failed(task, Refusal::SameOutput(path.clone()).into());
    let report = match (&task.step, &task.output) {
        (Step::Earlier(entry), _) => return Done::Earlier(entry.clone()),
        (Step::Clash, Output::File(path)) => clash(path),
        (Step::Clash, Output::InPlace) => clash(&task.input.path),
        (Step::Work(own), output) => label(&task.input, output, own.as_deref().unwrap_or(options)),
    };
    Done::New(Box::new(report))
}

fn failed(task: &Task, error: Error) -> LabelReport {
    LabelReport::new(&task.input.shown, Err(error))
}

/// What the journal keeps of a file.
fn entry(note: tasks::Note, report: &LabelReport, exit: Exit, json: &str) -> Option<Entry> {
    Some(Entry {
        path: note.key,
        index: note.index,
        exit: exit.code(),
        fresh: note.fresh,
        input: report.input,
        output: report.written,
        report: raw(json)?,
    })
}
