//! `completions` and `man`: what the command line itself knows, for shells and for readers.

use std::path::Path;

use biaoshi::report::{Lang, said, trouble};
use clap_complete::Shell;

use crate::exit::{Exit, Stop};
use crate::help;
use crate::out;

/// Prints the completions of a shell.
pub(crate) fn completions(shell: Shell, lang: Lang) -> Result<Exit, Stop> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut help::localize(help::command(), lang), "biaoshi", &mut bytes);
    std::io::Write::write_all(&mut std::io::stdout(), &bytes)?;
    Ok(Exit::Done)
}

/// Writes one page a command; without a folder, all of them as JSON to standard output.
pub(crate) fn pages(dir: Option<&Path>, lang: Lang) -> Result<Exit, Stop> {
    let pages = help::pages(lang);
    let Some(dir) = dir else {
        help::dump(&pages)?;
        return Ok(Exit::Done);
    };
    if dir.exists() && !dir.is_dir() {
        let dir = dir.display();
        return Err(Stop::Usage(said!(
            "{} is a file; name a folder for the pages",
            "{} 是文件;请给出存放手册页的文件夹",
            dir
        )));
    }
    let write = |page: &help::Page| {
        let path = dir.join(format!("{}.1", page.file()));
        std::fs::write(&path, help::manual(page, &pages, lang)).map_err(|e| (path, e))
    };
    let made = std::fs::create_dir_all(dir).map_err(|e| (dir.to_owned(), e));
    let Err((path, e)) = made.and_then(|()| pages.iter().try_for_each(write)) else { return Ok(Exit::Done) };
    out::error(&said!("{}: {}", "{}:{}", path.display(), trouble(&e)).tell(lang));
    Ok(Exit::Failed)
}
