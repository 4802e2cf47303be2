//! Many files on all cores, results in the order of the inputs, as a stream.

pub mod isolate;
pub mod journal;
pub mod manifest;
mod registry;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

pub use registry::registry;

/// How many inputs may be ahead of the oldest unfinished one, for each worker.
const WINDOW: usize = 4;

/// Runs `work` over `inputs` on `jobs` threads and hands the results to `emit` in input order, on this thread.
///
/// At most `4 x jobs` inputs are under way, so neither a slow file nor a slow reader of the results lets anything grow.
/// A panic in `work` is caught and becomes `caught(input, message)`: one file's failure never stops the others.
/// `stop` is asked before each input; when it says so, the inputs under way are finished and the rest is left.
///
/// # Errors
/// When the threads cannot be started.
pub fn run<I, T>(
    jobs: usize,
    inputs: impl Iterator<Item = I>,
    work: impl Fn(&I) -> T + Sync,
    caught: impl Fn(&I, String) -> T + Sync,
    stop: impl Fn() -> bool,
    mut emit: impl FnMut(T),
) -> std::io::Result<()>
where
    I: Send,
    T: Send,
{
    let run_one = |input: &I| unless_panicking(|| work(input)).unwrap_or_else(|message| caught(input, message));
    if jobs <= 1 {
        inputs.take_while(|_| !stop()).for_each(|input| emit(run_one(&input)));
        return Ok(());
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().map_err(std::io::Error::other)?;
    let (sender, receiver) = mpsc::channel();
    pool.in_place_scope(|scope| {
        let mut order = Reorder { next: 0, waiting: BTreeMap::new() };
        for (number, input) in inputs.take_while(|_| !stop()).enumerate() {
            while number - order.next >= WINDOW * jobs {
                let Ok((done, result)) = receiver.recv() else { return };
                order.put(done, result, &mut emit);
            }
            let (sender, run_one) = (sender.clone(), &run_one);
            scope.spawn(move |_| {
                let _ = sender.send((number, run_one(&input)));
            });
            while let Ok((done, result)) = receiver.try_recv() {
                order.put(done, result, &mut emit);
            }
        }
        drop(sender);
        for (number, result) in &receiver {
            order.put(number, result, &mut emit);
        }
    });
    Ok(())
}

/// Does one job; a panic becomes its message.
///
/// # Errors
/// The message of a panic.
pub fn unless_panicking<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| panic_message(payload.as_ref()))
}

/// Results that wait for their turn.
struct Reorder<T> {
    next: usize,
    waiting: BTreeMap<usize, T>,
}

impl<T> Reorder<T> {
    fn put(&mut self, number: usize, result: T, emit: &mut impl FnMut(T)) {
        self.waiting.insert(number, result);
        while let Some(result) = self.waiting.remove(&self.next) {
            self.next += 1;
            emit(result);
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
    use std::cell::Cell;
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
            run(jobs, 0..200, work, |_, m| panic!("{m}"), || false, |n| seen.push(n)).unwrap();
            assert_eq!(seen, (0..200).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_is_one_result() {
        for jobs in [1, 3] {
            let mut seen = Vec::new();
            let work = |n: &usize| if *n == 3 { std::panic::panic_any("three") } else { format!("{n}") };
            run(jobs, 0..6, work, |n, m| format!("{n}:{m}"), || false, |s| seen.push(s)).unwrap();
            assert_eq!(seen, ["0", "1", "2", "3:three", "4", "5"]);
        }
    }

    #[test]
    fn stopping_finishes_what_is_under_way() {
        let count = Cell::new(0);
        let inputs = (0..1000).inspect(|_| count.set(count.get() + 1));
        let mut seen = 0;
        run(2, inputs, |n| *n, |_, m| panic!("{m}"), || count.get() > 50, |_| seen += 1).unwrap();
        assert_eq!(seen, count.get() - 1);
    }
}
