//! Many files that are checked.

use std::borrow::Cow;
use std::io::{self, BufRead, Write};
use std::path::Path;

use biaoshi_label::Finding;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::history::{Announced, History, is_same};
use super::ids::{Ids, Numbered};
use super::isolate::{self, Isolation};
use super::journal::{Beginning, Entry, Past};
use super::manifest::Row;
use super::walk::{Item, Roots};
use super::{Event, FAILED, Kept, Pace, run, size_of, unless_panicking};
use crate::Error;
use crate::job::{Input, VerifyOptions, verify};
use crate::paths::from_text;
use crate::report::Report;

/// What a run that checks works with.
#[derive(Debug, Clone, Copy)]
pub struct Checks<'a> {
    /// The inputs.
    pub roots: &'a Roots,
    /// The options of all files.
    pub options: &'a VerifyOptions,
    /// What earlier runs found.
    pub history: &'a History,
    /// Which jobs are done in children.
    pub isolation: &'a Isolation,
    /// Threads.
    pub jobs: usize,
}

impl Checks<'_> {
    /// Checks every input; all the rest as [`super::Labels::run`] has it.
    ///
    /// `told` makes a result where the work is done; `add` puts a finding into it that only the whole run can see, on the calling
    /// thread and in the order of the inputs.
    ///
    /// # Errors
    /// When threads cannot be started; I/O of the temporary file that keeps which file has which ProduceID. Trouble with the journal
    /// stops the run and is told by [`History::close`].
    pub fn run<T: Kept + Serialize + DeserializeOwned + Send>(
        &self,
        told: impl Fn(&Report) -> T + Sync,
        add: impl Fn(&mut T, &Path, Finding),
        stop: impl Fn() -> bool,
        mut emit: impl FnMut(Event<'_, T>),
    ) -> io::Result<()> {
        let Self { options, history, isolation, .. } = *self;
        let told = |report: &Report| Answer { ids: Numbered::of(&report.labels), told: told(report) };
        let (mut ids, mut trouble) = (Ids::default(), None);
        run(
            Pace::of(self.jobs, self.roots),
            Announced::new(self.roots.walk().map(|item| Task::new(item, history)), history, Task::begins),
            Task::size,
            |task| {
                let job = task.job();
                let checked = match &task.earlier {
                    Some(entry) => Checked::Earlier(entry.clone()),
                    None if isolation.covers(task.suspect) => {
                        let answer = isolation.ask(&job);
                        Checked::New(answer.unwrap_or_else(|e| told(&job.failed(e, options))))
                    }
                    None => Checked::New(told(&job.run(options))),
                };
                (task.note(), checked)
            },
            |task, message| {
                let failed = task.job().failed(Error::Internal(message), options);
                (task.note(), Checked::New(told(&failed)))
            },
            || stop() || history.has_failed(),
            |(note, checked)| match checked {
                Checked::Earlier(entry) => {
                    history.count_earlier();
                    let seen = ids.take(&from_text(entry.path.clone()), Numbered::in_line(entry.report.get()));
                    trouble = trouble.take().or(seen.err());
                    emit(Event::Earlier(&entry));
                }
                Checked::New(Answer { mut told, ids: own }) => {
                    let path = from_text(note.key.clone());
                    match ids.take(&path, own) {
                        Ok(findings) => {
                            let weighed = findings.into_iter().filter_map(|finding| options.policy.weigh(finding));
                            weighed.for_each(|finding| add(&mut told, &path, finding));
                        }
                        Err(e) => trouble = trouble.take().or(Some(e)),
                    }
                    emit(Event::New(&told));
                    history.finish(|| note.entry(&told), &[]);
                }
            },
        )?;
        trouble.map_or(Ok(()), Err)
    }
}

/// The child's side of [`Checks::run`]: does jobs with the same options until there are no more.
///
/// # Errors
/// I/O, and a job that is none.
pub fn serve<T: Serialize>(
    options: &VerifyOptions,
    told: impl Fn(&Report) -> T,
    jobs: impl BufRead,
    answers: impl Write,
) -> io::Result<()> {
    isolate::serve(jobs, answers, |job: Job<'_>| {
        let report = job.run(options);
        Answer { ids: Numbered::of(&report.labels), told: told(&report) }
    })
}

/// A result, and the ids in it, by which the run compares files.
#[derive(Debug, Serialize, Deserialize)]
struct Answer<T> {
    told: T,
    ids: Vec<Numbered>,
}

/// One input, and what an earlier run found in it.
struct Task {
    item: Item,
    earlier: Option<Box<Entry>>,
    suspect: bool,
}

impl Task {
    /// What could not be read is tried again, and what changed.
    fn new(item: Item, history: &History) -> Self {
        let past = history.past(&item.input.path);
        let suspect = past.is_suspect();
        let earlier = match past {
            Past::Finished(entry) if entry.exit != FAILED && is_same(&item.input.path, entry.input) => Some(entry),
            _ => None,
        };
        Self { item, earlier, suspect }
    }

    fn job(&self) -> Job<'_> {
        Job { input: Cow::Borrowed(&self.item.input), row: self.item.row.as_ref().map(Cow::Borrowed) }
    }

    /// What the journal keeps of it.
    fn note(&self) -> Note {
        let Item { input, row, .. } = &self.item;
        Note { key: Entry::key(&input.path), index: input.index, row: Row::digest(row.as_ref()) }
    }

    /// How much there is to read.
    fn size(&self) -> u64 {
        if self.earlier.is_none() { size_of(&self.item.input.path) } else { 0 }
    }

    /// What is announced before the work.
    fn begins(&self) -> Option<Beginning<'_>> {
        self.earlier.is_none().then_some(Beginning { input: &self.item.input.path, fresh: false, content: None })
    }
}

enum Checked<T> {
    New(Answer<T>),
    Earlier(Box<Entry>),
}

/// What there is to do for one file.
#[derive(Debug, Serialize, Deserialize)]
struct Job<'a> {
    input: Cow<'a, Input>,
    /// What its row says; it counts for its file.
    row: Option<Cow<'a, Row>>,
}

impl Job<'_> {
    fn run(&self, options: &VerifyOptions) -> Report {
        let checked = || match &self.row {
            None => verify(&self.input, options),
            Some(row) => {
                let (declared, expected_id) = (self.declared(options), row.id.clone());
                verify(&self.input, &VerifyOptions { declared, expected_id, ..options.clone() })
            }
        };
        unless_panicking(checked).map_or_else(|m| self.failed(Error::Internal(m), options), |report| self.says(report))
    }

    /// What is told of it when it cannot be looked at.
    fn failed(&self, error: Error, options: &VerifyOptions) -> Report {
        self.says(Report::failed(&self.input.shown, self.declared(options), error))
    }

    /// Whether its uploader says that it is AI-generated: what its row says counts.
    fn declared(&self, options: &VerifyOptions) -> bool {
        self.row.as_ref().and_then(|row| row.declared).unwrap_or(options.declared)
    }

    /// The report with what the file's row adds to it.
    fn says(&self, report: Report) -> Report {
        let Some(row) = &self.row else { return report };
        Report { expected_id: row.id.clone(), row: row.kept.clone(), ..report }
    }
}

/// What the journal keeps of a task.
struct Note {
    key: String,
    index: u64,
    row: String,
}

impl Note {
    fn entry(self, told: &impl Kept) -> Entry {
        Entry {
            path: self.key,
            index: self.index,
            exit: told.exit(),
            fresh: false,
            row: self.row,
            content: None,
            source: None,
            input: told.input(),
            output: None,
            time: told.time().to_owned(),
            report: told.json(),
        }
    }
}
