//! Jobs in child processes, so that a file that kills its process (a stack that overflows, memory that runs out) ends a
//! child and not the batch. A child does many jobs, one at a time, over its standard input and output, a line each way;
//! only a death costs a new one.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::untold::Untold;
use crate::{Error, Result};

/// How long a child may take to end when it is told to.
const PATIENCE: Duration = Duration::from_secs(1);

/// The children of this process. Whoever starts or buries one holds the outer lock for reading, so that who holds it for
/// writing knows them all, and no death after that is told.
static LIVE: RwLock<Mutex<BTreeSet<i32>>> = RwLock::new(Mutex::new(BTreeSet::new()));

/// The children of a run. Any thread may ask; there are as many children as threads that ask at once.
pub struct Workers {
    command: Box<dyn Fn() -> Command + Send + Sync>,
    idle: Mutex<Vec<Worker>>,
}

impl Workers {
    /// Children are started by `command`, when they are needed; each shall call [`serve`].
    pub fn new(command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        Self { command: Box::new(command), idle: Mutex::new(Vec::new()) }
    }

    /// Lets a child do one job; its answer. Neither may hold a line break.
    ///
    /// # Errors
    /// [`Error::Crashed`] when the child died of it, I/O when there is no child to be had.
    pub fn ask(&self, job: &str) -> Result<String> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut worker = waiting.map_or_else(|| Worker::start(&self.command), Ok)?;
        // While a child is at work it may give a file its final name.
        let mut untold = Untold::new();
        if worker.hand_over(job).is_err() {
            drop(untold);
            // It died while it waited for work: no fault of this job.
            worker.bury()?;
            worker = Worker::start(&self.command)?;
            untold = Untold::new();
            worker.hand_over(job)?;
        }
        match worker.answer() {
            Some(answer) => {
                untold.done();
                idle().push(worker);
                Ok(answer)
            }
            None => {
                drop(untold);
                Err(Error::Crashed(worker.bury()?.into()))
            }
        }
    }
}

/// Which jobs of a run are done in children: all of them, or what an earlier run of the journal did not live to finish.
#[derive(Debug)]
pub struct Isolation {
    workers: Workers,
    all: bool,
    /// A part of the names of this run's temporary files, and the number of the next job.
    run: String,
    next: AtomicU64,
}

impl Isolation {
    /// `all`: every job gets a child. None is started before it is needed, by `command`, as [`Workers::new`] has it.
    pub fn new(all: bool, command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        let run = format!("{:08x}", std::process::id());
        Self { workers: Workers::new(command), all, run, next: AtomicU64::new(0) }
    }

    /// Whether a job is done in a child. `suspect`: an earlier run may have died of it.
    pub(super) fn covers(&self, suspect: bool) -> bool {
        self.all || suspect
    }

    /// What the temporary files of one job are called after `mark`, so that they can be told from all others.
    pub(super) fn mark(&self, mark: &str) -> String {
        format!("{mark}{}-{}-", self.run, self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Lets a child do a job.
    pub(super) fn ask<T: DeserializeOwned>(&self, job: &impl Serialize) -> Result<T> {
        let broken = |e: serde_json::Error| Error::Io(e.into());
        let answer = self.workers.ask(&serde_json::to_string(job).map_err(broken)?)?;
        serde_json::from_str(&answer).map_err(broken)
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Workers").field(&self.idle).finish()
    }
}

/// One child that is ready for a job.
#[derive(Debug)]
struct Worker {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Worker {
    fn start(command: &dyn Fn() -> Command) -> io::Result<Self> {
        let live = LIVE.read().unwrap_or_else(PoisonError::into_inner);
        // In a process group of its own: a Ctrl-C in the terminal is for the parent, who lets files in hand be finished.
        let mut child =
            command().process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        live.lock().unwrap_or_else(PoisonError::into_inner).extend(i32::try_from(child.id()));
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let from = from.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, to, from: BufReader::new(from) })
    }

    fn hand_over(&mut self, job: &str) -> io::Result<()> {
        let to = self.to.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        to.write_all(format!("{job}\n").as_bytes())
    }

    /// A whole line, or nothing.
    fn answer(&mut self) -> Option<String> {
        let mut line = String::new();
        self.from.read_line(&mut line).ok()?;
        line.pop().filter(|end| *end == '\n').map(|_| line)
    }

    /// Waits for its end; without more work, or with a closed pipe, it ends by itself.
    fn bury(&mut self) -> io::Result<ExitStatus> {
        self.to = None;
        let live = LIVE.read().unwrap_or_else(PoisonError::into_inner);
        let status = self.child.wait();
        if let Ok(pid) = i32::try_from(self.child.id()) {
            live.lock().unwrap_or_else(PoisonError::into_inner).remove(&pid);
        }
        status
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.bury();
    }
}

/// While it lives, no child is started, and no death is told.
#[derive(Debug)]
pub(super) struct Ended {
    _all: RwLockWriteGuard<'static, Mutex<BTreeSet<i32>>>,
}

/// Ends every child of this process, for a process that ends at once; each takes its temporary files along, and answers what it
/// has finished.
pub(super) fn end() -> Ended {
    let mut all = LIVE.write().unwrap_or_else(PoisonError::into_inner);
    let pids: Vec<_> =
        all.get_mut().unwrap_or_else(PoisonError::into_inner).iter().filter_map(|pid| Pid::from_raw(*pid)).collect();
    for pid in &pids {
        let _ = rustix::process::kill_process(*pid, Signal::TERM);
    }
    let until = Instant::now() + PATIENCE;
    for pid in pids {
        // Left for whoever waits for it.
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        while let Ok(None) = rustix::process::waitid(WaitId::Pid(pid), look) {
            if Instant::now() > until {
                let _ = rustix::process::kill_process(pid, Signal::KILL);
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    Ended { _all: all }
}

/// The child's side: does jobs until there are no more. Should the parent die, SIGTERM comes.
///
/// # Errors
/// I/O, and a job that is none.
pub fn serve<J: DeserializeOwned, T: Serialize>(
    jobs: impl BufRead,
    mut answers: impl Write,
    work: impl Fn(J) -> T,
) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::TERM))?;
    for job in jobs.lines() {
        let answer = serde_json::to_string(&work(serde_json::from_str(&job?)?))?;
        let Some(_untold) = Untold::of_job() else { break };
        answers.write_all(format!("{answer}\n").as_bytes())?;
        answers.flush()?;
    }
    Ok(())
}
