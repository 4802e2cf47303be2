//! Where the labelled files go, and that no two go to one place.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use biaoshi::job::{Input, Output};

use crate::args::{Paths, Target};
use crate::exit::Stop;
use crate::inputs::Item;

/// Where outputs go.
pub(crate) enum Place {
    Folder(PathBuf),
    File(PathBuf),
    Inputs,
}

impl Place {
    pub(crate) fn new(paths: &Paths, target: &Target) -> Result<Self, Stop> {
        match (&target.out, &target.output) {
            (Some(folder), _) => {
                if let Some(input) = paths.paths.iter().find(|p| contains(p, folder)) {
                    let (input, folder) = (input.display(), folder.display());
                    return Err(Stop::usage(
                        format!("--out {folder} lies inside the input {input}"),
                        format!("--out {folder} 位于输入 {input} 之内"),
                    ));
                }
                Ok(Self::Folder(folder.clone()))
            }
            (None, Some(file)) => match paths.paths.as_slice() {
                [one] if !one.is_dir() && paths.files_from.is_none() => Ok(Self::File(file.clone())),
                _ => Err(Stop::usage(
                    "-o takes exactly one input file; use --out DIR",
                    "-o 只接受一个输入文件;请用 --out DIR",
                )),
            },
            (None, None) if target.in_place => Ok(Self::Inputs),
            _ => Err(Stop::usage(
                "say where the labelled files go: --out DIR, -o FILE or --in-place",
                "请指明输出:--out DIR、-o FILE 或 --in-place",
            )),
        }
    }

    /// Whether outputs go below a folder.
    pub(super) fn is_folder(&self) -> bool {
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

/// Whether a folder lies inside (or is) the input folder `root`.
fn contains(root: &Path, folder: &Path) -> bool {
    let Ok(root) = std::fs::canonicalize(root) else { return false };
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let existing =
        folder.ancestors().find_map(|a| Some((std::fs::canonicalize(a).ok()?, folder.strip_prefix(a).ok()?)));
    root.is_dir() && existing.is_some_and(|(real, rest)| real.join(rest).starts_with(&root))
}

/// Two inputs with one output: the first in order gets it, whatever the threads do. What is kept of a path is 16 bytes:
/// two paths with the same are one path for every practical purpose.
pub(super) struct Taken {
    seen: HashSet<(u64, u64)>,
    hashers: (RandomState, RandomState),
    watch: bool,
}

impl Taken {
    /// `watch`: outputs below a folder can clash. Inputs that are replaced always can, by a link or by a path that is
    /// given twice.
    pub(super) fn new(watch: bool) -> Self {
        Self { seen: HashSet::new(), hashers: (RandomState::new(), RandomState::new()), watch }
    }

    /// Whether an earlier input has this output.
    pub(super) fn clashes(&mut self, input: &Input, output: &Output) -> bool {
        match output {
            Output::File(path) => self.watch && !self.take(path),
            // The file that is replaced, whatever links lead to it.
            Output::InPlace => std::fs::canonicalize(&input.path).is_ok_and(|file| !self.take(&file)),
        }
    }

    fn take(&mut self, path: &Path) -> bool {
        self.seen.insert((self.hashers.0.hash_one(path), self.hashers.1.hash_one(path)))
    }
}
