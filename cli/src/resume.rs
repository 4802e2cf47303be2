//! `--resume`: which journal a run has.

use std::fmt::Debug;

use biaoshi::batch::History;
use biaoshi::batch::walk::Roots;
use biaoshi::report::{Lang, said, trouble};

use crate::args::Paths;
use crate::exit::{Exit, Stop};
use crate::out;

/// Opens the journal of a run, if it has one. `command` holds what decides about the result, beside the paths, their lists and
/// the folder.
pub(crate) fn open(paths: &Paths, roots: &Roots, command: &dyn Debug) -> Result<History, Stop> {
    let Paths {
        paths: _,
        files_from: _,
        manifest,
        base,
        resume,
        isolate: _,
        stdin_name: _,
        hidden,
        follow,
        filters,
        ..
    } = paths;
    let Some(path) = resume else { return Ok(History::none()) };
    let place = std::env::current_dir()?;
    let version = env!("CARGO_PKG_VERSION");
    // What is passed over decides about nothing; what is kept stands in the lines that a journal repeats.
    let naming = paths.table.naming();
    let table = (manifest.is_some(), paths.encoding(), paths.table.form(), &naming.map, &naming.keep);
    let inputs = (roots.digest()?, table, base, hidden, follow, filters);
    let command = format!("{version} {place:?} {inputs:?} {command:?}");
    History::open(path, &command)
        .map_err(|e| Stop::Usage(said!("--resume {}: {}", "--resume {}:{}", path.display(), e.message())))
}

/// Writes what is left; an error is one line.
pub(crate) fn close(paths: &Paths, history: History, lang: Lang) -> Exit {
    let Err(e) = history.close() else { return Exit::Done };
    let path = paths.resume.clone().unwrap_or_default();
    out::error(&said!("--resume {}: {}", "--resume {}:{}", path.display(), trouble(&e)).tell(lang));
    Exit::Failed
}
