//! Many files on all cores, results in the order of the inputs, as a stream.

mod checks;
pub mod filter;
mod history;
mod ids;
pub mod isolate;
pub mod journal;
mod labels;
pub mod manifest;
pub mod pairs;
mod place;
mod queue;
mod registry;
mod sources;
mod values;
pub mod walk;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use serde_json::value::RawValue;

pub use checks::{Checks, serve as serve_checks};
pub use history::History;
pub use labels::{Labels, serve as serve_labels};
pub use place::Place;
pub use registry::registry;
pub use sources::Sources;

use journal::Entry;
use queue::Queue;
use walk::Arrivals;

use crate::job::abandon;
use crate::stamp::Stamp;
use crate::untold::{self, Untold};

/// The exit code of a file that could not be processed (docs/reference.md).
const FAILED: u8 = 3;

/// What happens in a batch, in the order of the inputs.
#[derive(Debug)]
pub enum Event<'a, T> {
    /// An earlier run finished the file, and it did not change since.
    Earlier(&'a Entry),
    /// It was worked on now.
    New(&'a T),
}

/// What is kept of one file's report: it is made where the work is done, comes back from a child as JSON, and its parts go into a
/// journal.
pub trait Kept {
    /// The line of JSON that the report makes.
    fn json(&self) -> Box<RawValue>;
    /// The exit code that this file alone would give.
    fn exit(&self) -> u8;
    /// When it was made, as RFC 3339 has it.
    fn time(&self) -> &str;
    /// The input as it was read.
    fn input(&self) -> Option<Stamp>;
    /// The output as it was written.
    fn written(&self) -> Option<Stamp>;
    /// Whether the output was written.
    fn wrote(&self) -> bool;
}

/// How many inputs are known, and announced in a journal, and have not started, at most: half of them in the queue, half
/// announced with one of those. After a kill each is a suspect, which costs a process of its own.
const UNSTARTED: usize = 256;

/// How many inputs may be ahead of the oldest unfinished one, for each worker.
const WINDOW: usize = 4;

/// How often the thread that waits for results looks whether the process is to stop.
const MOMENT: Duration = Duration::from_millis(20);

/// Runs `work` over `inputs` on `jobs` threads and hands the results to `emit` in input order, on this thread.
///
/// At most `4 x jobs` inputs are under way, so neither a slow file nor a slow reader of the results lets anything grow. With
/// several jobs the largest inputs in sight, by `size`, start first, half of those under way; what they give waits for its turn.
/// A panic in `work` is caught and becomes `caught(input, message)`: one file's failure never stops the others.
/// Where inputs arrive during the run, results do not wait for the next input.
/// `stop` is asked before each input; when it says so, the inputs under way are finished, in order, and the rest is left. After
/// [`stop_at_once`] nothing waits for its turn.
///
/// # Errors
/// When the threads cannot be started.
pub fn run<'a, I, T>(
    pace: impl Into<Pace<'a>>,
    inputs: impl Iterator<Item = I>,
    size: impl Fn(&I) -> u64,
    work: impl Fn(&I) -> T + Sync,
    caught: impl Fn(&I, String) -> T + Sync,
    stop: impl Fn() -> bool,
    mut emit: impl FnMut(T),
) -> std::io::Result<()>
where
    I: Send,
    T: Send,
{
    let Pace { jobs, arrivals } = pace.into();
    let run_one = |input: &I| unless_panicking(|| work(input)).unwrap_or_else(|message| caught(input, message));
    if jobs <= 1 && arrivals.is_none() {
        for input in inputs.take_while(|_| !stop()) {
            let result = run_one(&input);
            if let Some(_untold) = Untold::of_job() {
                emit(result);
            }
        }
        return Ok(());
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().map_err(std::io::Error::other)?;
    let (sender, receiver) = unbounded();
    pool.in_place_scope(|scope| {
        let mut order = Reorder { next: 0, waiting: BTreeMap::new(), emit };
        // Where the window is full, below, the input whose result is due is under way, so that waiting ends: were it not,
        // all that are under way would be ahead of their turn, and the queue gives no more of those than half the window.
        let mut queue = Queue::new(inputs, size, WINDOW * jobs / 2);
        let mut started = 0;
        while !stop() {
            let Some((number, input)) = queue.next() else {
                if arrivals.is_some_and(|arrivals| arrivals.wait(&receiver)) {
                    receiver.try_iter().for_each(|done| order.put(done));
                    continue;
                }
                break;
            };
            while started - order.next >= WINDOW * jobs && !stop() {
                order.wait(&receiver);
            }
            if stop() {
                break;
            }
            started += 1;
            let (sender, run_one) = (sender.clone(), &run_one);
            scope.spawn(move |_| {
                let result = run_one(&input);
                if let Some(untold) = Untold::of_job() {
                    let _ = sender.send((number, result, untold));
                }
            });
            receiver.try_iter().for_each(|done| order.put(done));
        }
        drop(sender);
        while order.wait(&receiver) {}
        // Behind inputs that were left.
        order.rest();
    });
    Ok(())
}

/// How a run goes: on how many threads, and whether it waits for its inputs.
#[derive(Debug, Clone, Copy)]
pub struct Pace<'a> {
    jobs: usize,
    arrivals: Option<&'a Arrivals>,
}

impl From<usize> for Pace<'_> {
    fn from(jobs: usize) -> Self {
        Self { jobs, arrivals: None }
    }
}

impl<'a> Pace<'a> {
    /// With the inputs of `roots`, which may arrive during the run.
    fn of(jobs: usize, roots: &'a walk::Roots) -> Self {
        Self { jobs, arrivals: roots.arrivals() }
    }
}

/// Stops this process's work at once: children end, temporary files go, and no file gets its final name any more. What is finished
/// is told meanwhile, by [`run`] on its own thread; [`all_is_told`] says when. The process shall exit with the value in hand.
pub fn stop_at_once() -> impl Sized {
    untold::stop();
    let children = isolate::end();
    abandon();
    children
}

/// Whether every result is told, and every file under its final name has one.
pub fn all_is_told() -> bool {
    untold::is_empty()
}

/// The size of a file, 0 where there is none: for the order of a batch, which needs no more.
pub fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |m| m.len())
}

/// Does one job; a panic becomes its message.
///
/// # Errors
/// The message of a panic.
pub fn unless_panicking<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| panic_message(payload.as_ref()))
}

/// The result of an input, by its number.
type Finished<T> = (usize, T, Untold);

/// Results that wait for their turn.
struct Reorder<T, E> {
    next: usize,
    waiting: BTreeMap<usize, (T, Untold)>,
    emit: E,
}

impl<T, E: FnMut(T)> Reorder<T, E> {
    /// Waits for a result, or for a moment, since nobody sends anything when the process is to stop; whether there may be more.
    fn wait(&mut self, results: &Receiver<Finished<T>>) -> bool {
        match results.recv_timeout(MOMENT) {
            Ok(done) => self.put(done),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        if untold::is_stopped() {
            self.rest();
        }
        true
    }

    fn put(&mut self, (number, result, untold): Finished<T>) {
        self.waiting.insert(number, (result, untold));
        while let Some((result, _untold)) = self.waiting.remove(&self.next) {
            self.next += 1;
            (self.emit)(result);
        }
    }

    /// All of them, although it is not their turn.
    fn rest(&mut self) {
        for (result, _untold) in std::mem::take(&mut self.waiting).into_values() {
            (self.emit)(result);
        }
    }
}

fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn order_is_kept_and_the_window_holds() {
        for jobs in [1, 2, 5] {
            let (mut seen, under_way) = (Vec::new(), AtomicUsize::new(0));
            let work = |n: &u64| {
                assert!(under_way.fetch_add(1, Ordering::SeqCst) < jobs);
                std::thread::sleep(std::time::Duration::from_micros(n * 7919 % 500));
                under_way.fetch_sub(1, Ordering::SeqCst);
                *n
            };
            run(jobs, 0..200, |n| n * 31 % 17, work, |_, m| panic!("{m}"), || false, |n| seen.push(n)).unwrap();
            assert_eq!(seen, (0..200).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_is_one_result() {
        for jobs in [1, 3] {
            let mut seen = Vec::new();
            let work = |n: &usize| if *n == 3 { std::panic::panic_any("three") } else { format!("{n}") };
            run(jobs, 0..6, |_| 0, work, |n, m| format!("{n}:{m}"), || false, |s| seen.push(s)).unwrap();
            assert_eq!(seen, ["0", "1", "2", "3:three", "4", "5"]);
        }
    }

    #[test]
    fn stopping_finishes_what_is_under_way_in_order() {
        for jobs in [1, 2, 5] {
            let (started, seen) = (AtomicUsize::new(0), RefCell::new(Vec::new()));
            let work = |n: &u64| {
                started.fetch_add(1, Ordering::SeqCst);
                *n
            };
            let stop = || seen.borrow().len() > 50;
            run(jobs, 0..1000, |n| n * 31 % 17, work, |_, m| panic!("{m}"), stop, |n| seen.borrow_mut().push(n))
                .unwrap();
            let seen = seen.into_inner();
            assert!(seen.is_sorted() && seen.len() == started.into_inner());
            assert!(seen.len() > 50 && seen.len() <= 51 + WINDOW * jobs, "{}", seen.len());
        }
    }

    #[test]
    fn a_large_input_does_not_start_last() {
        let (started, mut seen) = (Mutex::new(Vec::new()), Vec::new());
        let work = |n: &u64| {
            started.lock().unwrap().push(*n);
            *n
        };
        let size = |n: &u64| if *n == 99 { 1000 } else { 1 };
        run(2, 0..100, size, work, |_, m| panic!("{m}"), || false, |n| seen.push(n)).unwrap();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
        assert!(started.into_inner().unwrap()[..2].contains(&99));
    }
}
