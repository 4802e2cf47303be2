//! `label`.

mod options;
mod place;
mod printer;
mod stdin;
mod tasks;

use biaoshi::Error;
use biaoshi::Refusal;
use biaoshi::batch;
use biaoshi::batch::journal::Entry;
use biaoshi::batch::manifest::Columns;
use biaoshi::job::{LabelOptions, Output, label};
use biaoshi::report::LabelReport;

use crate::args::{Common, LabelArgs};
use crate::exit::{Exit, Stop};
use crate::inputs::Roots;
use crate::interruption::{self, Grace};
use crate::out;
use crate::progress::Progress;
use crate::resume::{History, raw};

use place::Place;
use printer::Printer;
use tasks::{Step, Task, Tasks};

/// Labels files.
pub(crate) fn run(args: &LabelArgs, common: &Common) -> Result<Exit, Stop> {
    let mut options = options::of(args, common)?;
    if args.paths.is_stdin() {
        return stdin::run(args, common, &options);
    }
    let place = Place::new(args)?;
    let interrupted = interruption::listen(Grace::FilesInHand)?;
    let roots = Roots::new(&args.paths, args.out.is_some(), Columns::Label, &|row| row.options(&options).map(drop))?;
    let history = History::open(&args.paths, &roots, &options::command(args, common))?;
    options.mark = history.mark();
    let mut printer = Printer::new(args, common)?;
    let mut progress = Progress::new(common, &roots);
    batch::run(
        common.jobs(),
        Tasks::new(&roots, &place, &options, &history),
        |task| (task.note(), work(task, &options)),
        |task, message| (task.note(), Done::New(failed(task, Error::Internal(message)))),
        || interrupted.is_set() || history.has_failed(),
        |(note, done)| match done {
            Done::Earlier(entry) => {
                progress.step(0, false);
                history.count_earlier();
                printer.repeat(&entry);
            }
            Done::New(report) => {
                progress.step(report.bytes_in, report.result.is_err());
                let json = report.to_json(common.lang());
                progress.around(|| printer.print(&report, &json));
                if note.journalled {
                    // A file replaced in place is on the disk before its old bytes go.
                    let synced = args.in_place || options.durable;
                    let output = report.output.as_deref().filter(|_| !synced);
                    history.finish(|| entry(note, &report, &json), output.as_slice());
                }
            }
        },
    )?;
    progress.finish();
    if let Some(trouble) = roots.trouble() {
        out::error(&trouble.to_string());
        printer.results.raise(Exit::Failed);
    }
    if interrupted.is_set() {
        printer.results.raise(Exit::Interrupted);
    }
    Ok(history.close().max(printer.finish()))
}

/// How a task ended.
enum Done {
    New(LabelReport),
    Earlier(Box<Entry>),
}

fn work(task: &Task, options: &LabelOptions) -> Done {
    match (&task.step, &task.output) {
        (Step::Earlier(entry), _) => Done::Earlier(entry.clone()),
        (Step::Clash, Output::File(path)) => Done::New(failed(task, Refusal::SameOutput(path.clone()).into())),
        (Step::Clash, Output::InPlace) => Done::New(failed(task, Refusal::SameOutput(task.input.path.clone()).into())),
        (Step::Work(own), output) => Done::New(label(&task.input, output, own.as_deref().unwrap_or(options))),
    }
}

fn failed(task: &Task, error: Error) -> LabelReport {
    LabelReport::new(&task.input.shown, Err(error))
}

/// What the journal keeps of a file.
fn entry(note: tasks::Note, report: &LabelReport, json: &str) -> Option<Entry> {
    Some(Entry {
        path: note.key,
        index: note.index,
        exit: printer::exit_of(report).code(),
        fresh: note.fresh,
        input: report.input,
        output: report.written,
        report: raw(json)?,
    })
}
