//! `completions` and `man`: what the command line itself knows, for shells and for readers.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;
use crate::exit::{Exit, Stop};

/// Prints the completions of a shell.
pub(crate) fn completions(shell: Shell) -> Result<Exit, Stop> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "biaoshi", &mut bytes);
    std::io::Write::write_all(&mut std::io::stdout(), &bytes)?;
    Ok(Exit::Done)
}

/// Writes one page a command.
pub(crate) fn pages(dir: &Path) -> Result<Exit, Stop> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(Args::command(), dir)?;
    Ok(Exit::Done)
}
