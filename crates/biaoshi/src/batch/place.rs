//! Where the labelled files go, and that no two go to one place.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use super::walk::Item;
use crate::job::{Input, Output};

/// Where outputs go.
#[derive(Debug, Clone)]
pub enum Place {
    /// Below a folder, with the folders that they have below their root.
    Folder(PathBuf),
    /// To one file.
    File(PathBuf),
    /// In the place of the inputs.
    Inputs,
}

impl Place {
    /// Whether outputs go below a folder.
    pub fn is_folder(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    /// The output of an item.
    pub(super) fn of(&self, item: &Item) -> Output {
        match self {
            Self::Folder(folder) => Output::File(folder.join(&item.relative)),
            Self::File(file) => Output::File(file.clone()),
            Self::Inputs => Output::InPlace,
        }
    }
}

/// Two inputs with one output: the first in order gets it, whatever the threads do, unless an earlier run made it for the other. What is kept of a
/// path is 16 bytes: two paths with the same are one path for every practical purpose.
pub(super) struct Taken {
    seen: HashSet<(u64, u64)>,
    /// The inputs that earlier runs finished, by output.
    kept: HashMap<(u64, u64), u64>,
    hashers: (RandomState, RandomState),
    watch: bool,
}

impl Taken {
    /// `watch`: outputs below a folder can clash. Inputs that are replaced always can, by a link or by a path that is
    /// given twice.
    pub(super) fn new(watch: bool) -> Self {
        Self { seen: HashSet::new(), kept: HashMap::new(), hashers: (RandomState::new(), RandomState::new()), watch }
    }

    /// An earlier run finished an input: the output is its own. The first one in order keeps it.
    pub(super) fn keep(&mut self, input: &Input, output: &Output) {
        if let Output::File(path) = output {
            let (output, input) = (self.hash(path), self.hashers.0.hash_one(&input.path));
            self.kept.entry(output).or_insert(input);
        }
    }

    /// Whether an earlier input has this output, or a finished one.
    pub(super) fn clashes(&mut self, input: &Input, output: &Output) -> bool {
        match output {
            Output::File(path) => {
                let owner = self.kept.get(&self.hash(path));
                let other = owner.is_some_and(|owner| *owner != self.hashers.0.hash_one(&input.path));
                self.watch && (other || !self.take(path))
            }
            // The file that is replaced, whatever links lead to it.
            Output::InPlace => std::fs::canonicalize(&input.path).is_ok_and(|file| !self.take(&file)),
        }
    }

    fn take(&mut self, path: &Path) -> bool {
        self.seen.insert(self.hash(path))
    }

    fn hash(&self, path: &Path) -> (u64, u64) {
        (self.hashers.0.hash_one(path), self.hashers.1.hash_one(path))
    }
}
