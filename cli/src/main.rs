//! The command `biaoshi`: arguments, walking, progress and exit codes. What it does to files is in the library.

mod args;
mod code;
mod exit;
mod formats;
mod inputs;
mod interruption;
mod label;
mod manual;
mod out;
mod progress;
mod reports;
mod results;
mod resume;
mod verify;

use clap::Parser;

use args::{Args, Command};
use exit::Exit;

fn main() -> std::process::ExitCode {
    // A panic inside a job is caught and becomes that file's one line; the hook would print a second, unreadable one.
    std::panic::set_hook(Box::new(|_| {}));
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(e) => {
            let _ = e.print();
            return if e.use_stderr() { Exit::Usage } else { Exit::Done }.into();
        }
    };
    let lang = args.common.lang();
    let result = match &args.command {
        Command::Label(label) => label::run(label, &args.common),
        Command::Verify(verify) => verify::run(verify, &args.common),
        Command::Inspect(inspect) => verify::inspect(inspect, &args.common),
        Command::Code(command) => code::run(command, &args.common),
        Command::Formats => formats::run(&args.common),
        Command::Completions { shell } => manual::completions(*shell),
        Command::Man { dir } => manual::pages(dir),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(usage) => {
            out::error(&usage.message(lang));
            usage.exit().into()
        }
    }
}
