//! From inputs to tasks: where each goes, what its row says, what an earlier run did with it.

use std::path::Path;

use biaoshi::batch::journal::{Entry, Past};
use biaoshi::job::{Input, LabelOptions, Output, sweep};
use biaoshi::metadata::sidecar::SUFFIX;

use super::place::{Place, Taken};
use crate::inputs::{Item, Roots};
use crate::resume::{History, is_same};

/// One input, ready for a thread.
pub(super) struct Task {
    pub(super) input: Input,
    pub(super) output: Output,
    pub(super) step: Step,
    /// Whether the output was not there before the first run with this journal.
    fresh: bool,
}

/// What is to be done.
pub(super) enum Step {
    /// Label, with options of its own where they differ from those of all.
    Work(Option<Box<LabelOptions>>),
    /// An earlier input has the output.
    Clash,
    /// An earlier run did it.
    Earlier(Box<Entry>),
}

/// What the journal keeps of a task.
pub(super) struct Note {
    pub(super) key: String,
    pub(super) index: u64,
    pub(super) fresh: bool,
    /// Whether the result goes into the journal. A clash does not: its line would hide that of the first input.
    pub(super) journalled: bool,
}

impl Task {
    /// What the journal keeps of it.
    pub(super) fn note(&self) -> Note {
        Note {
            key: Entry::key(&self.input.path),
            index: self.input.index,
            fresh: self.fresh,
            journalled: matches!(self.step, Step::Work(_)),
        }
    }
}

/// The tasks of a run, as a stream. With a journal, some inputs are looked at ahead and announced in it together.
pub(super) struct Tasks<'a> {
    walk: Box<dyn Iterator<Item = Item> + 'a>,
    ready: std::vec::IntoIter<Task>,
    place: &'a Place,
    options: &'a LabelOptions,
    history: &'a History,
    taken: Taken,
}

impl<'a> Tasks<'a> {
    pub(super) fn new(roots: &'a Roots, place: &'a Place, options: &'a LabelOptions, history: &'a History) -> Self {
        let taken = Taken::new(roots.may_clash());
        Self { walk: roots.walk(), ready: Vec::new().into_iter(), place, options, history, taken }
    }

    fn task(&mut self, item: Item) -> Task {
        let output = self.place.of(&item);
        let Item { input, row, .. } = item;
        if self.taken.clashes(&input, &output) {
            return Task { input, output, step: Step::Clash, fresh: false };
        }
        let past = self.history.past(&input.path);
        let owned = past.owns_output();
        if let Past::Finished(entry) = past
            && self.is_done(&entry, &input, &output)
        {
            return Task { input, output, step: Step::Earlier(entry), fresh: owned };
        }
        if self.history.is_resumed() {
            let path = if let Output::File(path) = &output { path } else { &input.path };
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            // What the killed run left goes even if this input cannot be labelled any more. No folder: nothing to sweep.
            let _ = sweep(folder, self.history.mark().as_str());
        }
        let fresh = owned || matches!(&output, Output::File(path) if self.is_free(path));
        // The row was checked with all others before any work; a row that changed since ends the walk.
        let own = row.and_then(|row| row.options(self.options).ok());
        let own = match (own, owned) {
            (own, true) => Some(LabelOptions { overwrite: true, ..own.unwrap_or_else(|| self.options.clone()) }),
            (own, false) => own,
        };
        Task { input, output, step: Step::Work(own.map(Box::new)), fresh }
    }

    /// Whether an earlier run finished this input, and neither it nor its output changed since. What failed is tried again.
    fn is_done(&self, entry: &Entry, input: &Input, output: &Output) -> bool {
        let counted = !self.options.id.counts() || entry.index == input.index;
        entry.exit == 0
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
        self.history.is_kept() && free(path) && (!self.options.sidecar || free(Path::new(&beside)))
    }
}

impl Iterator for Tasks<'_> {
    type Item = Task;

    fn next(&mut self) -> Option<Task> {
        if let Some(task) = self.ready.next() {
            return Some(task);
        }
        let mut tasks = Vec::new();
        for _ in 0..self.history.ahead() {
            let Some(item) = self.walk.next() else { break };
            tasks.push(self.task(item));
        }
        let begins = |t: &&Task| t.fresh && matches!((&t.step, &t.output), (Step::Work(_), Output::File(_)));
        self.history.begin(tasks.iter().filter(begins).map(|t| t.input.path.as_path()));
        self.ready = tasks.into_iter();
        self.ready.next()
    }
}
