//! `--ledger`: what is done is recorded, and only then told.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;

use biaoshi::ledger::{Entry, Ledger, LedgerError, Options};
use biaoshi::report::{Lang, clean, said};

use crate::args::{Common, Recording};
use crate::exit::Stop;
use crate::ledger::{stop, tell_opened};
use crate::out;

/// The ledger of one run, if it has one.
pub(crate) struct Recorder {
    ledger: Option<(PathBuf, RefCell<Ledger>)>,
    /// A line could not be written: nothing is recorded any more.
    failed: Cell<bool>,
    lang: Lang,
}

impl Recorder {
    /// Opens the ledger. `durable`: each line is on the disk before its result is told; `dry`: nothing is done that could be recorded.
    pub(crate) fn open(recording: &Recording, (durable, dry): (bool, bool), common: &Common) -> Result<Self, Stop> {
        let lang = common.lang();
        let open = |path: &PathBuf| {
            let ledger = Ledger::open(path, Options { durable }).map_err(|error| named(stop(error)))?;
            tell_opened(&ledger, lang);
            Ok::<_, Stop>((path.clone(), RefCell::new(ledger)))
        };
        let ledger = recording.ledger.as_ref().filter(|_| !dry).map(open).transpose()?;
        Ok(Self { ledger, failed: Cell::new(false), lang })
    }

    /// Records a result, if there is something to record; whether it may be told.
    pub(crate) fn note(&self, record: Option<&Entry>) -> bool {
        let (Some((path, ledger)), Some(entry)) = (&self.ledger, record) else { return true };
        let Err(error) = ledger.borrow_mut().append(entry) else { return true };
        if !self.failed.replace(true) {
            let why = match &error {
                LedgerError::TooLong(_) => said!("{}: {}", "{}:{}", path.display(), error.message()),
                _ => error.message(),
            };
            out::error(&said!("--ledger {}; the run stops", "--ledger {};运行终止", why).tell(self.lang));
        }
        let file = clean(entry.output.as_deref().or(entry.path.as_deref()).unwrap_or("-"));
        out::error(&said!("{}: done, but not in the ledger", "{}:已处理,但未记入台账", file).tell(self.lang));
        false
    }

    /// Whether a line could not be written: then the run goes no further.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.get()
    }
}

/// The message with the option that it is about.
fn named(stop: Stop) -> Stop {
    let named = |message| said!("--ledger {}", "--ledger {}", message);
    match stop {
        Stop::Usage(message) => Stop::Usage(named(message)),
        Stop::Failed(message) => Stop::Failed(named(message)),
        other => other,
    }
}
