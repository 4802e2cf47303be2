//! Jobs in child processes: all of them with `--isolate`, and without it what an earlier run of the journal did not live
//! to finish.

use std::io::{stdin, stdout};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use biaoshi::batch::isolate::{self, Workers};
use biaoshi::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::exit::{Exit, Stop};
use crate::interruption::{self, Grace};

/// The children of a run.
pub(crate) struct Isolation {
    workers: Workers,
    all: bool,
    /// A part of the names of this run's temporary files, and the number of the next job.
    run: String,
    next: AtomicU64,
}

impl Isolation {
    /// `all`: every job gets a child. None is started before it is needed.
    pub(crate) fn new(all: bool) -> Self {
        // The very program that runs, also when its file was replaced meanwhile; with the same arguments, from which it
        // makes the same options.
        let command = || {
            let mut command = Command::new("/proc/self/exe");
            command.arg("--worker").args(std::env::args_os().skip(1));
            command
        };
        let run = format!("{:08x}", std::process::id());
        Self { workers: Workers::new(command), all, run, next: AtomicU64::new(0) }
    }

    /// Whether a job is done in a child. `suspect`: an earlier run may have died of it.
    pub(crate) fn covers(&self, suspect: bool) -> bool {
        self.all || suspect
    }

    /// What the temporary files of one job are called after `mark`, so that they can be told from all others.
    pub(crate) fn mark(&self, mark: &str) -> String {
        format!("{mark}{}-{}-", self.run, self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Lets a child do a job.
    pub(crate) fn ask<T: DeserializeOwned>(&self, job: &impl Serialize) -> Result<T> {
        let broken = |e: serde_json::Error| Error::Io(e.into());
        let answer = self.workers.ask(&serde_json::to_string(job).map_err(broken)?)?;
        serde_json::from_str(&answer).map_err(broken)
    }
}

/// The child's side.
pub(crate) fn serve<J: DeserializeOwned, T: Serialize>(work: impl Fn(J) -> T) -> std::result::Result<Exit, Stop> {
    interruption::listen(Grace::None)?;
    isolate::serve(stdin().lock(), stdout().lock(), |job| {
        Ok(serde_json::to_string(&work(serde_json::from_str(job)?))?)
    })?;
    Ok(Exit::Done)
}
