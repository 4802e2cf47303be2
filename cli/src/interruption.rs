//! Ctrl-C and the signal to terminate.

use std::sync::atomic::{AtomicBool, Ordering};

use biaoshi::batch::isolate;
use biaoshi::job::abandon;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::{Exit, Stop};

/// What a first Ctrl-C does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grace {
    /// The files in hand are finished, then the run ends.
    FilesInHand,
    /// The run ends at once.
    None,
}

/// Set by a first Ctrl-C.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interruption(&'static AtomicBool);

impl Interruption {
    pub(crate) fn is_set(self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Starts to listen. A second Ctrl-C and SIGTERM end the run at once: temporary files go, what has its final name is
/// whole.
pub(crate) fn listen(grace: Grace) -> Result<Interruption, Stop> {
    static FLAG: AtomicBool = AtomicBool::new(false);
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let wait = move || {
        for signal in signals.forever() {
            if grace == Grace::FilesInHand && signal == SIGINT && !FLAG.swap(true, Ordering::Relaxed) {
                continue;
            }
            // Held to the end, so that no job has a new child or makes a new file.
            let _children = isolate::end();
            let _abandoned = abandon();
            std::process::exit(Exit::Interrupted.code().into());
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(wait)?;
    Ok(Interruption(&FLAG))
}
