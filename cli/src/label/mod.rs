//! `label`.

mod options;
mod place;
mod printer;
mod stdin;
mod tasks;

use std::borrow::Cow;

use biaoshi::batch::journal::Entry;
use biaoshi::batch::manifest::Columns;
use biaoshi::job::{Input, LabelOptions, Output, clear, label};
use biaoshi::report::LabelReport;
use biaoshi::{Error, Refusal, batch};
use serde::{Deserialize, Serialize};

use crate::args::{Common, LabelArgs, Paths, Reports};
use crate::exit::{Exit, Stop};
use crate::inputs::Roots;
use crate::interruption::{self, Grace};
use crate::isolation::{self, Isolation};
use crate::out;
use crate::progress::Progress;
use crate::resume::{Announced, History};
use crate::told::Told;

pub(crate) use options::shared;
pub(crate) use place::Place;
pub(crate) use printer::{Printer, told};

use tasks::{Note, Own, Step, Task, Tasks};

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
    if common.worker {
        return isolation::serve(|job: Job<'_>| job.run(run, &options));
    }
    let interrupted = interruption::listen(Grace::FilesInHand)?;
    let columns = if options.carried.is_some() { Columns::Carry } else { Columns::Label };
    let roots = Roots::new(run.paths, run.place.is_folder(), columns, &|row| row.options(&options).map(drop))?;
    let history = History::open(run.paths, &roots, &(&run.command, common.limits()))?;
    options.mark = history.mark();
    let isolation = Isolation::new(run.paths.isolate);
    let mut printer = Printer::new(run.reports, common)?;
    let mut progress = Progress::new(common, &roots);
    batch::run(
        common.jobs(),
        Announced::new(Tasks::new(&roots, &run.place, &options, &history), &history, Task::begins),
        Task::size,
        |task| (task.note(), work(task, run, &options, &isolation)),
        |task, message| (task.note(), Done::New(run.failed(&task.input, Error::Internal(message)))),
        || interrupted.is_set() || history.has_failed(),
        |(note, done)| match done {
            Done::Earlier(entry) => {
                progress.step(0, false);
                history.count_earlier();
                printer.repeat(&entry);
            }
            Done::New(told) => {
                progress.step(told.bytes, told.exit == Exit::Failed);
                progress.around(|| printer.print(&told));
                if note.journalled {
                    // A file replaced in place is on the disk before its old bytes go.
                    let output = note.output.clone().filter(|_| told.wrote && !options.durable);
                    history.finish(|| entry(note, told), output.as_deref().as_slice());
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

impl Run<'_> {
    fn told(&self, report: LabelReport) -> Told {
        printer::told(&LabelReport { source: self.source.clone(), ..report }, self.strict, self.common)
    }

    fn failed(&self, input: &Input, error: Error) -> Told {
        self.told(LabelReport::new(&input.shown, Err(error)))
    }
}

/// How a task ended.
enum Done {
    New(Told),
    Earlier(Box<Entry>),
}

/// A task as a child process gets it.
#[derive(Debug, Serialize, Deserialize)]
struct Job<'a> {
    input: Cow<'a, Input>,
    output: Cow<'a, Output>,
    own: Cow<'a, Own>,
    mark: String,
}

impl Job<'_> {
    /// The child's side.
    fn run(&self, run: &Run<'_>, options: &LabelOptions) -> Told {
        let mut options = self.own.options(options).into_owned();
        options.mark.clone_from(&self.mark);
        let done = batch::unless_panicking(|| label(&self.input, &self.output, &options));
        done.map_or_else(|message| run.failed(&self.input, Error::Internal(message)), |report| run.told(report))
    }
}

fn work(task: &Task, run: &Run<'_>, options: &LabelOptions, isolation: &Isolation) -> Done {
    let (input, output) = (&task.input, &task.output);
    let own = match &task.step {
        Step::Earlier(entry) => return Done::Earlier(entry.clone()),
        Step::Clash => {
            let path = if let Output::File(path) = output { path } else { &input.path };
            return Done::New(run.failed(input, Refusal::SameOutput(path.clone()).into()));
        }
        Step::Work(own) => own,
    };
    if !isolation.covers(own.suspect) {
        return Done::New(run.told(label(input, output, &own.options(options))));
    }
    let mark = isolation.mark(&options.mark);
    let (input, output, own) = (Cow::Borrowed(input), Cow::Borrowed(output), Cow::Borrowed(own));
    let job = Job { input, output, own, mark };
    Done::New(isolation.ask(&job).unwrap_or_else(|error| {
        clear(task.folder(), &job.mark);
        run.failed(&task.input, error)
    }))
}

/// What the journal keeps of a file.
fn entry(note: Note, told: Told) -> Entry {
    Entry {
        path: note.key,
        index: note.index,
        exit: told.exit.code(),
        fresh: note.fresh,
        input: told.input,
        output: told.written,
        report: told.json,
    }
}
