//! From inputs to tasks: where each goes, what its row says, what an earlier run did with it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use biaoshi::batch::journal::{Entry, Past};
use biaoshi::batch::manifest::Row;
use biaoshi::batch::size_of;
use biaoshi::job::{Input, LabelOptions, Output, sweep};
use biaoshi::metadata::sidecar::SUFFIX;
use serde::{Deserialize, Serialize};

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
    /// Label.
    Work(Own),
    /// An earlier input has the output.
    Clash,
    /// An earlier run did it.
    Earlier(Box<Entry>),
}

/// What differs for one file from what was said for all.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Own {
    row: Option<Row>,
    /// Whether an output that is there is an earlier run's.
    owned: bool,
    /// Whether an earlier run may have died of it.
    pub(super) suspect: bool,
}

impl Own {
    /// The options of this file. Its row was checked with all others before any work.
    pub(super) fn options<'o>(&self, of_all: &'o LabelOptions) -> Cow<'o, LabelOptions> {
        let row = self.row.as_ref().and_then(|row| row.options(of_all).ok());
        let mut options = row.map_or(Cow::Borrowed(of_all), Cow::Owned);
        if self.owned {
            options.to_mut().overwrite = true;
        }
        options
    }
}

/// What the journal keeps of a task.
pub(super) struct Note {
    pub(super) key: String,
    pub(super) index: u64,
    pub(super) fresh: bool,
    /// Where the output is to be; `None` in place.
    pub(super) output: Option<PathBuf>,
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
            output: if let Output::File(path) = &self.output { Some(path.clone()) } else { None },
            journalled: matches!(self.step, Step::Work(_)),
        }
    }

    /// The folder in which temporary files of its work lie.
    pub(super) fn folder(&self) -> &Path {
        let path = if let Output::File(path) = &self.output { path } else { &self.input.path };
        path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// How much there is to read.
    pub(super) fn size(&self) -> u64 {
        if matches!(self.step, Step::Work(_)) { size_of(&self.input.path) } else { 0 }
    }

    /// What is announced before the work.
    pub(super) fn begins(&self) -> Option<(&Path, bool)> {
        matches!(self.step, Step::Work(_)).then_some((&self.input.path, self.fresh))
    }
}

/// The tasks of a run, as a stream.
pub(super) struct Tasks<'a> {
    walk: Box<dyn Iterator<Item = Item> + 'a>,
    place: &'a Place,
    options: &'a LabelOptions,
    history: &'a History,
    taken: Taken,
}

impl<'a> Tasks<'a> {
    pub(super) fn new(roots: &'a Roots, place: &'a Place, options: &'a LabelOptions, history: &'a History) -> Self {
        let taken = Taken::new(roots.may_clash());
        Self { walk: roots.walk(), place, options, history, taken }
    }

    fn task(&mut self, item: Item) -> Task {
        let output = self.place.of(&item);
        let Item { input, row, .. } = item;
        if self.taken.clashes(&input, &output) {
            return Task { input, output, step: Step::Clash, fresh: false };
        }
        let past = self.history.past(&input.path);
        let (owned, suspect) = (past.owns_output(), past.is_suspect());
        if let Past::Finished(entry) = past
            && self.is_done(&entry, &input, &output)
        {
            return Task { input, output, step: Step::Earlier(entry), fresh: owned };
        }
        let fresh = owned || matches!(&output, Output::File(path) if self.is_free(path));
        let task = Task { input, output, step: Step::Work(Own { row, owned, suspect }), fresh };
        if self.history.is_resumed() {
            // What the killed run left goes even if this input cannot be labelled any more. No folder: nothing to sweep.
            let _ = sweep(task.folder(), self.history.mark().as_str());
        }
        task
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
        let item = self.walk.next()?;
        Some(self.task(item))
    }
}
