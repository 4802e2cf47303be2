//! `--resume`: which journal a run has.

use std::fmt::Debug;

use biaoshi::batch::History;
use biaoshi::batch::walk::Roots;
use biaoshi::report::{Lang, clean, said, trouble};

use crate::args::Paths;
use crate::exit::{Exit, Stop};
use crate::out;

/// Opens the journal of a run, if it has one. `command` holds what decides about the result, beside the inputs, which may come and
/// go, and the folder.
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
    // What is kept of a table stands in the lines that a journal repeats; its rows have digests of their own.
    let keep = &paths.table.naming().keep;
    let inputs = (manifest.is_some(), keep, base, hidden, follow, filters);
    let command = format!("{version} {place:?} {inputs:?} {command:?}");
    let history = History::open(path, &command)
        .map_err(|e| Stop::Usage(said!("--resume {}: {}", "--resume {}:{}", path.display(), e.message())))?;
    roots.check_finished(&history).map_err(|e| Stop::Usage(e.message()))?;
    Ok(history)
}

/// One line about files that earlier runs knew and this one did not meet.
pub(crate) fn tell_gone(paths: &Paths, history: &History, lang: Lang) {
    let (count, named) = history.gone();
    if count == 0 {
        return;
    }
    let path = paths.resume.clone().unwrap_or_default();
    let mut names = named.iter().map(|p| clean(&p.to_string_lossy())).collect::<Vec<_>>().join(", ");
    names.push_str(if count > named.len() { ", …" } else { "" });
    let line = said!(
        "--resume {}: {} of an earlier run's files are not among the inputs any more: {}",
        "--resume {}:先前运行的文件中有 {} 个已不在输入之列:{}",
        path.display(),
        count as u64,
        names
    );
    out::error(&line.tell(lang));
}

/// Writes what is left; an error is one line.
pub(crate) fn close(paths: &Paths, history: History, lang: Lang) -> Exit {
    let Err(e) = history.close() else { return Exit::Done };
    let path = paths.resume.clone().unwrap_or_default();
    out::error(&said!("--resume {}: {}", "--resume {}:{}", path.display(), trouble(&e)).tell(lang));
    Exit::Failed
}
