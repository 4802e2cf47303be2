//! `--isolate`: how a child of this program is started, and what it does.

use std::io::{BufRead, Write, stdin, stdout};
use std::process::Command;

use crate::exit::{Exit, Stop};
use crate::interruption::{self, Grace};

/// The very program that runs, also when its file was replaced meanwhile; with the same arguments, from which it makes the same
/// options.
pub(crate) fn child() -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg("--worker").args(std::env::args_os().skip(1));
    command
}

/// The child's side: jobs come on standard input, their answers go to standard output.
pub(crate) fn worker(
    serve: impl FnOnce(&mut dyn BufRead, &mut dyn Write) -> std::io::Result<()>,
) -> Result<Exit, Stop> {
    interruption::listen(Grace::None)?;
    serve(&mut stdin().lock(), &mut stdout().lock())?;
    Ok(Exit::Done)
}
