//! `--log-file`: what standard error is told, and how a run ended, each line with the time. One for the process.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use biaoshi::report::{Lang, Message, said, trouble};

use crate::exit::Stop;

/// A file to which lines are appended, until one cannot be.
struct Log {
    path: PathBuf,
    lang: Lang,
    file: Mutex<Option<File>>,
}

static LOG: OnceLock<Log> = OnceLock::new();

/// Opens the log; what it holds stays.
pub(crate) fn open(path: &Path, lang: Lang) -> Result<(), Stop> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    let file = file.map_err(|e| Stop::Usage(failure(path, &e)))?;
    LOG.get_or_init(|| Log { path: path.to_owned(), lang, file: Mutex::new(Some(file)) });
    Ok(())
}

fn failure(path: &Path, error: &io::Error) -> Message {
    said!("--log-file {}: {}", "--log-file {}:{}", path.display(), trouble(error))
}

/// Appends a text, line by line. Where that fails for the first time, what is to be said of it: the work goes on.
pub(crate) fn note(text: &str) -> Option<String> {
    let log = LOG.get()?;
    let mut guard = log.file.lock().unwrap_or_else(PoisonError::into_inner);
    let error = append(guard.as_mut()?, text).err()?;
    *guard = None;
    Some(failure(&log.path, &error).tell(log.lang))
}

/// Each line in one write, so that two runs can share a log.
fn append(file: &mut File, text: &str) -> io::Result<()> {
    let time = humantime::format_rfc3339_millis(SystemTime::now());
    text.lines().try_for_each(|line| file.write_all(format!("{time} {line}\n").as_bytes()))
}
