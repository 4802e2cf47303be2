//! Many files that are labelled: where each goes, what its row says, what an earlier run did with it, and the run.

use std::borrow::Cow;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use biaoshi_metadata::sidecar::SUFFIX;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::history::{Announced, History, is_same};
use super::isolate::{self, Isolation};
use super::journal::{Beginning, Entry, Past, Source};
use super::manifest::Row;
use super::place::{Place, Taken};
use super::sources::{Origin, Originated, Sources};
use super::values::{Holder, Values};
use super::walk::{Item, Roots};
use super::{Event, FAILED, Kept, run, size_of, unless_panicking};
use crate::job::{Input, LabelOptions, Output, Wanted, clear, label, sweep};
use crate::report::LabelReport;
use crate::{Error, Original, Refusal};

/// What a run that labels works with.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// The inputs.
    pub roots: &'a Roots,
    /// Where outputs go.
    pub place: &'a Place,
    /// The options of all files.
    pub options: &'a LabelOptions,
    /// How files come to the labels of originals of their own.
    pub sources: Sources<'a>,
    /// What earlier runs did.
    pub history: &'a History,
    /// Which jobs are done in children.
    pub isolation: &'a Isolation,
    /// Threads.
    pub jobs: usize,
}

impl Labels<'_> {
    /// Labels every input and tells of each in the order of the inputs, on this thread. `told` makes of a report what is
    /// kept of it, where the work is done: on a thread, or in a child, which calls [`serve`] with the same options. `stop` is asked
    /// before each input.
    ///
    /// # Errors
    /// When threads cannot be started, or there is no room for a temporary file. Trouble with the journal stops the run and is told
    /// by [`History::close`].
    pub fn run<T: Kept + Serialize + DeserializeOwned + Send>(
        &self,
        told: impl Fn(LabelReport) -> T + Sync,
        stop: impl Fn() -> bool,
        mut emit: impl FnMut(Event<'_, T>),
    ) -> io::Result<()> {
        let Self { history, isolation, options, .. } = *self;
        let originated = Originated::new(options.limits);
        let tasks = Tasks::new(*self)?;
        run(
            self.jobs,
            Announced::new(tasks, history, Task::begins),
            Task::size,
            |task| (task.note(), task.work((options, &originated), isolation, &told)),
            |task, message| (task.note(), Done::New(told(task.failed(Error::Internal(message))))),
            || stop() || history.has_failed(),
            |(note, done)| match done {
                Done::Earlier(entry) => {
                    history.count_earlier();
                    emit(Event::Earlier(&entry));
                }
                Done::New(told) => {
                    emit(Event::New(&told));
                    if note.journalled {
                        // A file replaced in place is on the disk before its old bytes go.
                        let output = note.output.clone().filter(|_| told.wrote() && !options.durable);
                        history.finish(|| note.entry(&told), output.as_deref().as_slice());
                    }
                }
            },
        )
    }
}

/// The child's side of [`Labels::run`]: does jobs with the same options until there are no more.
///
/// # Errors
/// I/O, and a job that is none.
pub fn serve<T: Serialize>(
    options: &LabelOptions,
    told: impl Fn(LabelReport) -> T,
    jobs: impl BufRead,
    answers: impl Write,
) -> io::Result<()> {
    let originated = Originated::new(options.limits);
    isolate::serve(jobs, answers, |job: Job<'_>| told(job.run(options, &originated)))
}

/// How a task ended.
enum Done<T> {
    New(T),
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
    fn run(&self, options: &LabelOptions, originated: &Originated) -> LabelReport {
        let options = LabelOptions { mark: self.mark.clone(), ..options.clone() };
        unless_panicking(|| self.own.label(&self.input, &self.output, (&options, originated)))
            .unwrap_or_else(|message| self.own.says(LabelReport::new(&self.input.shown, Err(Error::Internal(message)))))
    }
}

/// One input, ready for a thread.
struct Task {
    input: Input,
    output: Output,
    own: Own,
    step: Step,
    /// Whether the output was not there before the first run with this journal.
    fresh: bool,
    /// The original as it is, for the journal.
    source: Option<Source>,
    /// The digest of its row.
    row: String,
    /// SHA-256 of the input, where it is needed when the input is replaced.
    content: Option<String>,
}

/// What is to be done.
enum Step {
    /// Label.
    Work,
    /// Nothing: it is refused unread.
    Refused(Refusal),
    /// Nothing: it is not there, or it cannot be told whether an earlier input has the id.
    Failed(io::Error),
    /// An earlier run did it.
    Earlier(Box<Entry>),
}

/// What differs for one file from what was said for all.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Own {
    row: Option<Row>,
    /// The original whose label it gets.
    origin: Option<Origin>,
    /// Whether an output that is there is an earlier run's.
    owned: bool,
    /// Whether an earlier run may have died of it.
    suspect: bool,
}

impl Own {
    /// The options of this file. Its row was checked with all others before any work.
    fn options<'o>(&self, of_all: &'o LabelOptions) -> Cow<'o, LabelOptions> {
        let row = self.row.as_ref().filter(|row| row.check(of_all).is_ok()).map(|row| row.options(of_all));
        let mut options = row.map_or(Cow::Borrowed(of_all), Cow::Owned);
        if self.owned {
            options.to_mut().overwrite = true;
        }
        options
    }

    /// Labels the file, with the label of its original where it has one.
    fn label(
        &self,
        input: &Input,
        output: &Output,
        (options, originated): (&LabelOptions, &Originated),
    ) -> LabelReport {
        let mut options = self.options(options);
        let carried = self.origin.as_ref().map(|origin| originated.label(origin)).transpose();
        let report = match carried {
            Err(error) => LabelReport::new(&input.shown, Err(error)),
            Ok(None) => label(input, output, &options),
            Ok(Some(carried)) => {
                options.to_mut().wanted = Wanted::Carried(carried);
                label(input, output, &options)
            }
        };
        self.says(report)
    }

    /// The report with what the file's row adds to it.
    fn says(&self, report: LabelReport) -> LabelReport {
        let source = self.origin.as_ref().map(|origin| origin.shown.clone());
        let row = self.row.as_ref().map(|row| row.kept.clone());
        LabelReport { source: source.or(report.source), row: row.unwrap_or_default(), ..report }
    }
}

/// What the journal keeps of a task.
struct Note {
    key: String,
    index: u64,
    fresh: bool,
    row: String,
    content: Option<String>,
    /// Where the output is to be; `None` in place.
    output: Option<PathBuf>,
    /// The original as it was before the work.
    source: Option<Source>,
    /// Whether the result goes into the journal. That of a clash does not: its line would hide that of the first input.
    journalled: bool,
}

impl Task {
    /// What the journal keeps of it.
    fn note(&self) -> Note {
        Note {
            key: Entry::key(&self.input.path),
            index: self.input.index,
            fresh: self.fresh,
            row: self.row.clone(),
            content: self.content.clone(),
            output: if let Output::File(path) = &self.output { Some(path.clone()) } else { None },
            source: self.source.clone(),
            journalled: matches!(self.step, Step::Work),
        }
    }

    /// The folder in which temporary files of its work lie.
    fn folder(&self) -> &Path {
        let path = if let Output::File(path) = &self.output { path } else { &self.input.path };
        path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// What is told of it when it cannot be labelled.
    fn failed(&self, error: Error) -> LabelReport {
        self.own.says(LabelReport::new(&self.input.shown, Err(error)))
    }

    /// Labels the file, here or in a child.
    fn work<T: DeserializeOwned>(
        &self,
        (options, originated): (&LabelOptions, &Originated),
        isolation: &Isolation,
        told: &impl Fn(LabelReport) -> T,
    ) -> Done<T> {
        let (input, output, own) = (&self.input, &self.output, &self.own);
        match &self.step {
            Step::Earlier(entry) => return Done::Earlier(entry.clone()),
            Step::Refused(why) => return Done::New(told(self.failed(why.clone().into()))),
            Step::Failed(e) => return Done::New(told(self.failed(io::Error::new(e.kind(), e.to_string()).into()))),
            Step::Work => {}
        }
        if !isolation.covers(own.suspect) {
            return Done::New(told(own.label(input, output, (options, originated))));
        }
        let mark = isolation.mark(&options.mark);
        let job = Job { input: Cow::Borrowed(input), output: Cow::Borrowed(output), own: Cow::Borrowed(own), mark };
        Done::New(isolation.ask(&job).unwrap_or_else(|error| {
            clear(self.folder(), &job.mark);
            told(self.failed(error))
        }))
    }

    /// How much there is to read.
    fn size(&self) -> u64 {
        if matches!(self.step, Step::Work) { size_of(&self.input.path) } else { 0 }
    }

    /// What is announced before the work.
    fn begins(&self) -> Option<Beginning<'_>> {
        let beginning = Beginning { input: &self.input.path, fresh: self.fresh, content: self.content.as_deref() };
        matches!(self.step, Step::Work).then_some(beginning)
    }
}

impl Note {
    fn entry(self, told: &impl Kept) -> Entry {
        Entry {
            path: self.key,
            index: self.index,
            exit: told.exit(),
            fresh: self.fresh,
            source: self.source,
            row: self.row,
            content: self.content,
            input: told.input(),
            output: told.written(),
            time: told.time().to_owned(),
            report: told.json(),
        }
    }
}

/// The tasks of a run, as a stream.
struct Tasks<'a> {
    walk: Box<dyn Iterator<Item = Item> + 'a>,
    taken: Taken,
    values: Option<Values>,
    of: Labels<'a>,
}

impl<'a> Tasks<'a> {
    fn new(of: Labels<'a>) -> io::Result<Self> {
        let Labels { roots, place, options, history, .. } = of;
        let mut taken = Taken::new(roots.may_clash());
        if history.is_resumed() && roots.may_clash() {
            let finished = roots.walk().filter(|item| history.is_finished(&item.input.path));
            finished.for_each(|item| taken.keep(&item.input, &place.of(&item)));
        }
        Ok(Self { walk: roots.walk(), taken, values: Values::new(roots, place, options, history)?, of })
    }

    fn task(&mut self, item: Item) -> Task {
        let output = self.of.place.of(&item);
        let (origin, why) = match self.origin(&item) {
            Ok(origin) => (origin, None),
            Err(why) => (None, Some(why)),
        };
        let past = self.of.history.past(&item.input.path);
        let digest = Row::digest(item.row.as_ref());
        let clash = self.taken.clashes(&item.input, &output).then(|| {
            Refusal::SameOutput(if let Output::File(path) = &output { path.clone() } else { item.input.path.clone() })
        });
        let why = clash.or(why);
        let holder = self.values.as_ref().filter(|_| why.is_none());
        let holder = holder.and_then(|v| v.of(&item.input, item.row.as_ref(), &past, self.of.options));
        let Item { input, row, .. } = item;
        let own = Own { row, origin, owned: past.owns_output(), suspect: past.is_suspect() };
        let source = own.origin.as_ref().filter(|_| self.of.history.is_kept()).map(|o| Source::of(&o.path));
        let step = match (why, self.has_value(holder.as_ref()), past) {
            (Some(why), ..) => refused(why, &input),
            (None, _, Past::Finished(entry)) if entry.source == source && self.is_done(&entry, &input, &output) => {
                Step::Earlier(entry)
            }
            (None, Ok(Some(earlier)), _) => Step::Refused(Refusal::SameId(earlier)),
            (None, Ok(None), _) => Step::Work,
            (None, Err(e), _) => Step::Failed(e),
        };
        let is_work = matches!(step, Step::Work);
        let fresh = own.owned || (is_work && matches!(&output, Output::File(path) if self.is_free(path)));
        let content = holder.and_then(|h| h.content);
        let task = Task { input, output, own, step, fresh, source, row: digest, content };
        if is_work && self.of.history.is_resumed() {
            // What the killed run left goes even if this input cannot be labelled any more. No folder: nothing to sweep.
            let _ = sweep(task.folder(), self.of.history.mark().as_str());
        }
        task
    }

    /// The earlier file that has the value of this one, and is another content.
    fn has_value(&mut self, holder: Option<&Holder>) -> io::Result<Option<PathBuf>> {
        match (&mut self.values, holder) {
            (Some(values), Some(holder)) => values.take(holder, self.of.options),
            _ => Ok(None),
        }
    }

    /// The original of a file, where it has one of its own.
    fn origin(&self, item: &Item) -> Result<Option<Origin>, Refusal> {
        match self.of.sources {
            Sources::None => Ok(None),
            // Every row was checked, and the table may have changed since.
            Sources::Rows => item.source.clone().map(Some).ok_or(Refusal::Original(Original::Missing)),
            Sources::Paired(originals) => {
                let path = originals.path(originals.of(&item.relative)?);
                if path == item.input.path {
                    return Err(Refusal::Original(Original::Itself));
                }
                Ok(Some(Origin { shown: path.clone(), path }))
            }
        }
    }

    /// Whether an earlier run finished this input, and neither it nor its output changed since. What failed is tried again.
    fn is_done(&self, entry: &Entry, input: &Input, output: &Output) -> bool {
        let counted = !self.of.options.wanted.counts() || entry.index == input.index;
        entry.exit != FAILED
            && counted
            && match output {
                Output::File(path) => is_same(&input.path, entry.input) && is_same(path, entry.output),
                Output::InPlace => is_same(&input.path, entry.output),
            }
    }

    /// Whether nothing is at an output, nor at its sidecar.
    fn is_free(&self, path: &Path) -> bool {
        let free = |path: &Path| path.symlink_metadata().is_err();
        let mut beside = path.as_os_str().to_owned();
        beside.push(SUFFIX);
        self.of.history.is_kept() && free(path) && (!self.of.options.may_write_beside() || free(Path::new(&beside)))
    }
}

/// A file that is refused, unless it is not there: then nothing else is wrong with it.
fn refused(why: Refusal, input: &Input) -> Step {
    match input.path.symlink_metadata() {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Step::Failed(e),
        _ => Step::Refused(why),
    }
}

impl Iterator for Tasks<'_> {
    type Item = Task;

    fn next(&mut self) -> Option<Task> {
        let item = self.walk.next()?;
        Some(self.task(item))
    }
}
