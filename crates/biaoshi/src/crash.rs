//! The death of a child process, in words.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use biaoshi_container::{Message, said};

/// How a process ended that worked on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// By a signal.
    Signal(i32),
    /// By itself, with an exit code.
    Exit(i32),
}

impl Crash {
    /// What happened, in both languages.
    pub fn message(&self) -> Message {
        match *self {
            Self::Signal(n) => said!("was ended by signal {}{}", "被信号 {}{} 终止", i64::from(n), signal_name(n)),
            Self::Exit(code) => said!("ended with exit code {}", "以退出码 {} 结束", i64::from(code)),
        }
    }
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl From<ExitStatus> for Crash {
    fn from(status: ExitStatus) -> Self {
        status.signal().map_or_else(|| Self::Exit(status.code().unwrap_or(-1)), Self::Signal)
    }
}

/// The names of the signals that files cause.
fn signal_name(number: i32) -> &'static str {
    match number {
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        24 => " (SIGXCPU)",
        _ => "",
    }
}
