//! `completions` and `man`: what the command line itself knows, for shells and for readers.

use std::path::Path;

use biaoshi::report::Lang;
use clap_complete::Shell;

use crate::exit::{Exit, Stop};
use crate::help;

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
    std::fs::create_dir_all(dir)?;
    for page in &pages {
        std::fs::write(dir.join(format!("{}.1", page.file())), help::manual(page, &pages, lang))?;
    }
    Ok(Exit::Done)
}
