//! Whether work grows with its input and not with the square of it, by the time of the processor.

use std::time::Duration;

use biaoshi::job::{Input, LabelOptions, Output, Own, VerifyOptions, Wanted, label, verify};
use rustix::time::{ClockId, clock_gettime};

use crate::{PRODUCER, scratch};

/// A time that is long enough to be measured.
const MEASURABLE: Duration = Duration::from_millis(100);
/// A file of this size that takes less time than that is no matter, whatever its shape.
const LARGEST: usize = 16 << 20;
/// What four times the input may take, as a multiple.
const MOST: u32 = 5;
/// How often a measurement that fails is repeated: other work on the machine disturbs caches and clocks.
const TRIES: usize = 4;

/// Asserts that verifying and labelling what `make` makes takes time in proportion to it: four times as much of it
/// takes at most five times as long. What a file holds too much of is to be refused or passed over in the same time.
///
/// `name` is that of the file; its extension counts. `make` is given how many of its parts to make.
pub fn scales(name: &str, make: impl Fn(usize) -> Vec<u8>) {
    let folder = scratch();
    let path = folder.path().join(name);
    let input = Input::new(path.clone(), 0);
    let options = LabelOptions {
        wanted: Wanted::Own(Own { producer: PRODUCER.into(), ..Own::default() }),
        replace: true,
        reason: Some("a test".into()),
        dry_run: true,
        ..LabelOptions::default()
    };
    let verifying =
        || drop(verify(&input, &VerifyOptions { traces: true, explicit: true, ..VerifyOptions::default() }));
    let labelling = || drop(label(&input, &Output::InPlace, &options));
    for (verb, work) in [("verify", &verifying as &dyn Fn()), ("label", &labelling)] {
        let timed = |size: usize| {
            let bytes = make(size);
            std::fs::write(&path, &bytes).unwrap();
            (time(work), bytes.len())
        };
        let mut size = 64;
        while let (took, bytes) = timed(size)
            && took < MEASURABLE
            && bytes < LARGEST
        {
            size *= 2;
        }
        // Below the size as well: above it, a limit may refuse what took too long before.
        for small in [size / 4, size] {
            grows_in_proportion(&format!("{verb} {name}"), |factor| timed(small * factor));
        }
    }
}

/// Asserts that `measure(4)` is at most five times `measure(1)`, but for what is too short to be measured. `measure`
/// gives the time and the bytes it was for.
fn grows_in_proportion(what: &str, measure: impl Fn(usize) -> (Duration, usize)) {
    let mut times = Vec::new();
    for _ in 0..TRIES {
        let ((small, _), (large, bytes)) = (measure(1), measure(4));
        // Memory of more than the allocator keeps costs page faults, which small inputs are spared: they may take what
        // is no matter for a file of that size.
        let faults = MEASURABLE.mul_f64((bytes as f64 / LARGEST as f64).max(1.0));
        if large <= small * MOST + faults {
            return;
        }
        times.push((small, large));
    }
    panic!("{what}: four times the input takes more than {MOST} times as long: {times:?}");
}

/// The time that the processor spends on some work of this thread.
pub fn time(work: impl FnOnce()) -> Duration {
    let now = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
    };
    let start = now();
    work();
    now().saturating_sub(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_in_proportion_passes() {
        grows_in_proportion("linear", |factor| (Duration::from_millis(150 * factor as u64), factor));
    }

    #[test]
    #[should_panic(expected = "four times the input")]
    fn the_square_is_seen() {
        grows_in_proportion("quadratic", |factor| (Duration::from_millis(150 * (factor * factor) as u64), LARGEST));
    }

    #[test]
    fn work_takes_time() {
        let spin = || {
            (0..1_000_000u64).for_each(|n| {
                std::hint::black_box(n);
            })
        };
        assert!(time(spin) > Duration::ZERO);
    }
}
