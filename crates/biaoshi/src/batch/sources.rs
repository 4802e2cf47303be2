//! Where each file of a run gets its label from, when it is that of an original of its own.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use biaoshi_label::Label;
use serde::{Deserialize, Serialize};

use super::pairs::Originals;
use crate::job::{Input, original};
use crate::{Error, Limits, Result};

/// How the files of a run come to their originals.
#[derive(Debug, Clone, Copy)]
pub enum Sources<'a> {
    /// They have none of their own: labels are new, or all have one.
    None,
    /// Their rows in the manifest name them.
    Rows,
    /// By their names.
    Paired(&'a Originals),
}

/// The original of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// What people call it.
    #[serde(with = "crate::paths")]
    pub(super) shown: PathBuf,
    /// Where it is.
    #[serde(with = "crate::paths")]
    pub(super) path: PathBuf,
}

/// The most originals whose labels are remembered. Renditions of one mostly stand beside each other.
const REMEMBERED: usize = 4096;

/// The labels of originals. Each is read once while it is remembered, by whichever thread asks first.
#[derive(Debug)]
pub(super) struct Originated {
    limits: Limits,
    latest: Mutex<Latest>,
}

type Read = Arc<OnceLock<std::result::Result<Label, Arc<Error>>>>;

#[derive(Debug, Default)]
struct Latest {
    labels: HashMap<PathBuf, Read>,
    order: VecDeque<PathBuf>,
}

impl Originated {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, latest: Mutex::default() }
    }

    /// The label of an original.
    pub(super) fn label(&self, origin: &Origin) -> Result<Label> {
        let read = || original(&Input::new(origin.path.clone(), 0), self.limits).map_err(Arc::new);
        let of = self.of(&origin.path);
        of.get_or_init(read).clone().map_err(|error| Error::Source(origin.shown.clone(), error))
    }

    fn of(&self, path: &Path) -> Read {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = latest.labels.get(path) {
            return read.clone();
        }
        if latest.order.len() >= REMEMBERED
            && let Some(oldest) = latest.order.pop_front()
        {
            latest.labels.remove(&oldest);
        }
        latest.order.push_back(path.to_owned());
        latest.labels.entry(path.to_owned()).or_default().clone()
    }
}
