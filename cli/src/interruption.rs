//! Ctrl-C and the signals to terminate.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use biaoshi::batch;
use biaoshi::report::{Lang, said};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::{Exit, Stop};
use crate::out;

/// How long what is finished may take to be told when the process stops at once. (A child is killed by its parent soon after.)
const TELLING: Duration = Duration::from_millis(800);

/// What a first signal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grace {
    /// The files in hand are finished, then the run ends: after a signal to terminate in this time at the latest.
    FilesInHand(Duration),
    /// The run ends at once.
    None,
}

/// Set by a first signal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interruption(&'static AtomicBool);

impl Interruption {
    pub(crate) fn is_set(self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Starts to listen. A second signal ends the run at once: temporary files go, what has its final name is whole and has its
/// line.
pub(crate) fn listen(grace: Grace) -> Result<Interruption, Stop> {
    static FLAG: AtomicBool = AtomicBool::new(false);
    let hangup = Some(SIGHUP).filter(|_| !is_ignored(SIGHUP));
    let mut signals = Signals::new([SIGINT, SIGTERM].into_iter().chain(hangup))?;
    let (sender, receiver) = mpsc::channel();
    let hear = move || signals.forever().try_for_each(|signal| sender.send(signal));
    std::thread::Builder::new().name("signals".into()).spawn(hear)?;
    let heed = move || {
        let Ok(first) = receiver.recv() else { return };
        FLAG.store(true, Ordering::Relaxed);
        match grace {
            // Who sits at the terminal may wait, or press again; who terminates a service kills it in the end.
            Grace::FilesInHand(_) if first == SIGINT => drop(receiver.recv()),
            Grace::FilesInHand(grace) => drop(receiver.recv_timeout(grace)),
            Grace::None => {}
        }
        stop(&receiver);
    };
    std::thread::Builder::new().name("stopping".into()).spawn(heed)?;
    Ok(Interruption(&FLAG))
}

/// Ends the process, as soon as what is finished is told. One more signal does not wait for that.
fn stop(signals: &Receiver<i32>) {
    let _stopped = batch::stop_at_once();
    let until = Instant::now() + TELLING;
    while !batch::all_is_told() && Instant::now() < until {
        if signals.recv_timeout(Duration::from_millis(1)) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    std::process::exit(Exit::Interrupted.code().into());
}

/// Whether whoever started the program wants it to live through a signal, as `nohup` does.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|l| u64::from_str_radix(l.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// One line about a run that was interrupted. `files`: how many it told of.
pub(crate) fn tell(files: u64, lang: Lang) {
    let line = said!(
        "interrupted; files that are done: {}; with --resume JOURNAL the same command goes on where it ended",
        "已中断;已完成 {} 个文件;带 --resume 的同一命令可从中断处继续",
        files
    );
    out::error(&line.tell(lang));
}
