//! The command `biaoshi`: arguments, settings, printing, progress and exit codes. What it does to files is in the library.

mod args;
mod carry;
mod code;
mod complaint;
mod config;
mod deliver;
mod diff;
mod ends;
mod exit;
mod explain;
mod formats;
mod help;
mod inputs;
mod interruption;
mod isolation;
mod key;
mod keys;
mod label;
mod ledger;
mod log;
mod manual;
mod names;
mod notice;
mod out;
mod progress;
mod propagate;
mod recording;
mod reports;
mod results;
mod resume;
mod told;
mod verify;
mod watermark;

use biaoshi::report::Lang;

use args::Command;
use config::{Parsed, Wrong};
use exit::{Exit, Stop};

fn main() -> std::process::ExitCode {
    // A panic inside a job is caught and becomes that file's one line; the hook would print a second, unreadable one.
    std::panic::set_hook(Box::new(|_| {}));
    let args = match config::parse(std::env::args_os().collect()) {
        Ok(Parsed::Run(args)) => args,
        Ok(Parsed::Show(settings, common)) => return ended(config::show(&settings, &common), common.lang()),
        Err(Wrong::Shown(e)) => {
            let _ = e.print();
            return if e.use_stderr() { Exit::Usage } else { Exit::Done }.into();
        }
        Err(Wrong::Stop(stop, lang)) => return ended(Err(stop), lang),
    };
    let common = &args.common();
    let lang = common.lang();
    let result = match &args.command {
        Command::Label(label) => label::run(label, common),
        Command::Verify(verify) => verify::run(verify, common),
        Command::Inspect(inspect) => verify::inspect(inspect, common),
        Command::Carry(carry) => carry::run(carry, common),
        Command::Propagate(propagate) => propagate::run(propagate, common),
        Command::Diff(diff) => diff::run(diff, common),
        Command::Notice(notice) => notice::run(notice, common),
        Command::Code(command) => code::run(command, common),
        Command::Watermark(command) => watermark::run(command, common),
        Command::Key(command) => key::run(command, common),
        Command::Explain(args) => explain::run(args.code.as_deref(), common),
        Command::DeliverUnlabelled(deliver) => deliver::run(deliver, common),
        Command::Ledger(command) => ledger::run(command, common),
        Command::Formats(_) => formats::run(common),
        Command::Completions { shell } => manual::completions(*shell, lang),
        Command::Man { dir, .. } => manual::pages(dir.as_deref(), lang),
    };
    ended(result, lang)
}

/// The exit code, and the message of a run that could not begin or go on.
fn ended(result: Result<Exit, Stop>, lang: Lang) -> std::process::ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(stop) => {
            out::error(&stop.message(lang));
            stop.exit().into()
        }
    }
}
