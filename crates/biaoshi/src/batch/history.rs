//! What a run with a journal knows of earlier ones, and tells later ones; without a journal, nothing.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

use super::journal::{AHEAD, Beginning, Entry, Journal, JournalError, Past};
use crate::stamp::Stamp;

/// The journal of a run, if it has one. Used by the main thread only.
#[derive(Debug)]
pub struct History {
    journal: Option<RefCell<Journal>>,
    error: RefCell<Option<std::io::Error>>,
    earlier: Cell<u64>,
    /// Whether all inputs were met.
    complete: Cell<bool>,
    /// Whether nothing more is noted.
    gave_up: Cell<bool>,
}

impl History {
    /// A run without a journal.
    pub fn none() -> Self {
        Self::of(None)
    }

    /// Opens the journal at a path, or makes it. `command` holds everything that decides what the run does.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open(path: &Path, command: &str) -> Result<Self, JournalError> {
        Journal::open(path, command).map(|journal| Self::of(Some(journal)))
    }

    fn of(journal: Option<Journal>) -> Self {
        let (error, earlier, complete) = (RefCell::new(None), Cell::new(0), Cell::new(false));
        Self { journal: journal.map(RefCell::new), error, earlier, complete, gave_up: Cell::new(false) }
    }

    /// Whether there is a journal.
    pub fn is_kept(&self) -> bool {
        self.journal.is_some()
    }

    /// A part of the names of temporary files; empty without a journal.
    pub fn mark(&self) -> String {
        self.journal.as_ref().map_or_else(String::new, |j| j.borrow().mark().to_owned())
    }

    /// Whether an earlier run began this work.
    pub fn is_resumed(&self) -> bool {
        self.journal.as_ref().is_some_and(|j| j.borrow().is_resumed())
    }

    /// How many inputs are looked at before work on the first of them begins.
    fn ahead(&self) -> usize {
        if self.is_kept() { AHEAD } else { 1 }
    }

    /// What earlier runs did with an input.
    pub fn past(&self, input: &Path) -> Past {
        let Some(journal) = &self.journal else { return Past::Nothing };
        let past = journal.borrow_mut().past(input);
        past.unwrap_or_else(|e| {
            self.fail(e);
            Past::Nothing
        })
    }

    /// Whether earlier runs finished an input.
    pub(super) fn is_finished(&self, input: &Path) -> bool {
        self.journal.as_ref().is_some_and(|j| j.borrow().is_finished(input))
    }

    /// Whether earlier runs finished an input whose row was another one.
    pub(super) fn is_finished_otherwise(&self, input: &Path, row: &str) -> bool {
        self.journal.as_ref().is_some_and(|j| j.borrow().is_finished_otherwise(input, row))
    }

    /// Tells of every file that earlier runs finished.
    pub(super) fn finished(&self, tell: impl FnMut(Entry) -> std::io::Result<()>) -> std::io::Result<()> {
        self.journal.as_ref().map_or(Ok(()), |j| j.borrow().finished(tell))
    }

    /// How many inputs earlier runs knew that are none any more, and the first of them; nothing where not all were met.
    pub fn gone(&self) -> (usize, Vec<PathBuf>) {
        let journal = self.journal.as_ref().filter(|_| self.complete.get());
        let gone = journal.map_or_else(|| Ok(Default::default()), |j| j.borrow().gone());
        gone.unwrap_or_else(|e| {
            self.fail(e);
            Default::default()
        })
    }

    /// Says that work begins on inputs.
    fn begin<'p>(&self, inputs: impl Iterator<Item = Beginning<'p>>) {
        if let Some(journal) = &self.journal
            && let Err(e) = journal.borrow().begin(inputs)
        {
            self.fail(e);
        }
    }

    /// Notes a finished file; `entry` is asked only when there is a journal.
    pub fn finish(&self, entry: impl FnOnce() -> Entry, outputs: &[&Path]) {
        if let Some(journal) = self.journal.as_ref().filter(|_| !self.gave_up.get())
            && let Err(e) = journal.borrow_mut().finish(&entry(), outputs)
        {
            self.fail(e);
        }
    }

    /// Counts a file that an earlier run finished.
    pub fn count_earlier(&self) {
        self.earlier.set(self.earlier.get() + 1);
    }

    /// How many files earlier runs finished.
    pub fn earlier(&self) -> u64 {
        self.earlier.get()
    }

    /// Whether nothing more can be noted: then there is no use in going on.
    pub fn has_failed(&self) -> bool {
        self.error.borrow().is_some()
    }

    /// Notes nothing more: what could not be recorded elsewhere is to be done again.
    pub fn give_up(&self) {
        self.gave_up.set(true);
    }

    fn fail(&self, error: std::io::Error) {
        self.error.borrow_mut().get_or_insert(error);
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// The first I/O error of the journal in this run.
    pub fn close(self) -> std::io::Result<()> {
        let closed = self.journal.map_or(Ok(()), |journal| journal.into_inner().close());
        self.error.into_inner().map_or(closed, Err)
    }
}

/// Tasks as a stream. With a journal, some are looked at ahead and announced in it together.
pub(super) struct Announced<'a, I: Iterator> {
    tasks: I,
    ready: std::vec::IntoIter<I::Item>,
    history: &'a History,
    begins: fn(&I::Item) -> Option<Beginning<'_>>,
}

impl<'a, I: Iterator> Announced<'a, I> {
    /// `begins`: what a task that is to be worked on begins.
    pub(super) fn new(tasks: I, history: &'a History, begins: fn(&I::Item) -> Option<Beginning<'_>>) -> Self {
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
        let next = self.ready.next();
        self.history.complete.set(next.is_none());
        next
    }
}

/// Whether a path names the file that it named before.
pub(super) fn is_same(path: &Path, before: Option<Stamp>) -> bool {
    before.is_some() && Stamp::of(path).ok() == before
}

#[cfg(test)]
mod tests {
    use super::super::UNSTARTED;
    use super::super::queue::Queue;
    use super::*;
    use std::path::PathBuf;

    /// Each input that was announced and did not start is a suspect after a kill.
    #[test]
    fn few_are_announced_that_have_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let history = History::open(&path, "label").unwrap();
        let tasks = (0..3 * UNSTARTED).map(|n| PathBuf::from(n.to_string()));
        fn begins(input: &PathBuf) -> Option<Beginning<'_>> {
            Some(Beginning { input, fresh: true, content: None })
        }
        let announced = Announced::new(tasks, &history, begins);
        let mut queue = Queue::new(announced, |path| path.as_os_str().len() as u64, 4);
        let mut most = 0;
        for started in 0.. {
            if queue.next().is_none() {
                break;
            }
            let begun = std::fs::read_to_string(&path).unwrap().lines().filter(|l| l.contains("\"begin\"")).count();
            assert!(begun > started);
            most = most.max(begun - started - 1);
        }
        assert!((1..=UNSTARTED).contains(&most), "{most}");
        history.close().unwrap();
    }
}
