//! `--resume`: the journal of a run, and what becomes of its errors.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use biaoshi::batch::journal::{AHEAD, Entry, Journal, Past};
use biaoshi::job::Stamp;
use biaoshi::report::said;

use crate::args::Paths;
use crate::exit::{Exit, Stop};
use crate::inputs::Roots;
use crate::out;

/// The journal of a run, if it has one. Used by the main thread only.
pub(crate) struct History {
    journal: Option<RefCell<Journal>>,
    path: PathBuf,
    error: RefCell<Option<std::io::Error>>,
    earlier: Cell<u64>,
}

impl History {
    /// Opens the journal. `command` holds what decides about the result, beside the paths, their lists and the folder.
    pub(crate) fn open(paths: &Paths, roots: &Roots, command: &dyn Debug) -> Result<Self, Stop> {
        let Paths {
            paths: _, files_from: _, manifest, base, resume, isolate: _, stdin_name: _, hidden, follow, ..
        } = paths;
        let journal = match resume {
            None => None,
            Some(path) => {
                let place = std::env::current_dir()?;
                let version = env!("CARGO_PKG_VERSION");
                let encoding = paths.encoding();
                let inputs = (roots.digest()?, manifest.is_some(), encoding, base, hidden, follow);
                let command = format!("{version} {place:?} {inputs:?} {command:?}");
                let wrong = |e: biaoshi::batch::journal::JournalError| {
                    let path = path.display();
                    Stop::Usage(said!("--resume {}: {}", "--resume {}:{}", path, e.message()))
                };
                Some(RefCell::new(Journal::open(path, &command).map_err(wrong)?))
            }
        };
        let path = resume.clone().unwrap_or_default();
        Ok(Self { journal, path, error: RefCell::new(None), earlier: Cell::new(0) })
    }

    /// Whether there is a journal.
    pub(crate) fn is_kept(&self) -> bool {
        self.journal.is_some()
    }

    /// A part of the names of temporary files; empty without a journal.
    pub(crate) fn mark(&self) -> String {
        self.journal.as_ref().map_or_else(String::new, |j| j.borrow().mark().to_owned())
    }

    /// Whether an earlier run began this work.
    pub(crate) fn is_resumed(&self) -> bool {
        self.journal.as_ref().is_some_and(|j| j.borrow().is_resumed())
    }

    /// How many inputs are looked at before work on the first of them begins.
    fn ahead(&self) -> usize {
        if self.is_kept() { AHEAD } else { 1 }
    }

    /// What earlier runs did with an input.
    pub(crate) fn past(&self, input: &Path) -> Past {
        let Some(journal) = &self.journal else { return Past::Nothing };
        let past = journal.borrow().past(input);
        past.unwrap_or_else(|e| {
            self.fail(e);
            Past::Nothing
        })
    }

    /// Says that work begins on inputs, and whether the output of each is not there.
    fn begin<'p>(&self, inputs: impl Iterator<Item = (&'p Path, bool)>) {
        if let Some(journal) = &self.journal
            && let Err(e) = journal.borrow().begin(inputs)
        {
            self.fail(e);
        }
    }

    /// Notes a finished file; `entry` is asked only when there is a journal.
    pub(crate) fn finish(&self, entry: impl FnOnce() -> Entry, outputs: &[&Path]) {
        if let Some(journal) = &self.journal
            && let Err(e) = journal.borrow_mut().finish(&entry(), outputs)
        {
            self.fail(e);
        }
    }

    /// Counts a file that an earlier run finished.
    pub(crate) fn count_earlier(&self) {
        self.earlier.set(self.earlier.get() + 1);
    }

    /// How many files earlier runs finished.
    pub(crate) fn earlier(&self) -> u64 {
        self.earlier.get()
    }

    /// Whether nothing more can be noted: then there is no use in going on.
    pub(crate) fn has_failed(&self) -> bool {
        self.error.borrow().is_some()
    }

    fn fail(&self, error: std::io::Error) {
        self.error.borrow_mut().get_or_insert(error);
    }

    /// Writes what is left; an error is one line.
    pub(crate) fn close(self) -> Exit {
        let closed = self.journal.map_or(Ok(()), |journal| journal.into_inner().close());
        match self.error.into_inner().or(closed.err()) {
            None => Exit::Done,
            Some(e) => {
                out::error(&format!("--resume {}: {e}", self.path.display()));
                Exit::Failed
            }
        }
    }
}

/// Tasks as a stream. With a journal, some are looked at ahead and announced in it together.
pub(crate) struct Announced<'a, I: Iterator> {
    tasks: I,
    ready: std::vec::IntoIter<I::Item>,
    history: &'a History,
    begins: fn(&I::Item) -> Option<(&Path, bool)>,
}

impl<'a, I: Iterator> Announced<'a, I> {
    /// `begins`: the input of a task that is to be worked on, and whether its output is not there.
    pub(crate) fn new(tasks: I, history: &'a History, begins: fn(&I::Item) -> Option<(&Path, bool)>) -> Self {
        Self { tasks, ready: Vec::new().into_iter(), history, begins }
    }
}

impl<I: Iterator> Iterator for Announced<'_, I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        if let Some(task) = self.ready.next() {
            return Some(task);
        }
        let tasks: Vec<_> = self.tasks.by_ref().take(self.history.ahead()).collect();
        self.history.begin(tasks.iter().filter_map(self.begins));
        self.ready = tasks.into_iter();
        self.ready.next()
    }
}

/// Whether a path names the file that it named before.
pub(crate) fn is_same(path: &Path, before: Option<Stamp>) -> bool {
    before.is_some() && Stamp::of(path).ok() == before
}
