//! What is finished and not told yet: a process that stops at once waits for that and for nothing else, so that a file under its
//! final name has its line.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How many results are not told yet, with those that are on their way since their file got its final name.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Whether the process stops at once.
static STOPPED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// What the job on this thread did that has to be told.
    static DONE: Cell<Option<Untold>> = const { Cell::new(None) };
}

/// Something that has to be told. It counts until it is dropped.
#[derive(Debug)]
pub(crate) struct Untold(());

impl Untold {
    /// Counts what is about to be done. Dropped, it was not done.
    pub(crate) fn new() -> Self {
        COUNT.fetch_add(1, Ordering::SeqCst);
        Self(())
    }

    /// It is done: it counts until the result of this thread's job is told.
    pub(crate) fn done(self) {
        DONE.set(Some(self));
    }

    /// The job on this thread ended: what its result counts as. `None` when the process stops and nothing was done: such a result
    /// may be an effect of the stop, and is not told.
    pub(crate) fn of_job() -> Option<Self> {
        let done = DONE.take();
        // Counted before the look: who stops the process looks at the count later.
        let (is_done, untold) = (done.is_some(), done.unwrap_or_else(Self::new));
        (is_done || !is_stopped()).then_some(untold)
    }
}

impl Drop for Untold {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The process stops at once.
pub(crate) fn stop() {
    STOPPED.store(true, Ordering::SeqCst);
}

/// Whether the process stops at once: then results do not wait for their turn.
pub(crate) fn is_stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// Whether everything that is finished is told.
pub(crate) fn is_empty() -> bool {
    COUNT.load(Ordering::SeqCst) == 0
}
