//! Exit codes: a contract with the scripts that call us (docs/reference.md).

use std::fmt;
use std::process::ExitCode;

use biaoshi::report::{Lang, Message, trouble};
use serde::{Deserialize, Serialize};

/// How a run ended. Later ones win over earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub(crate) enum Exit {
    /// 0: everything as asked.
    #[default]
    Done,
    /// 1: a file has an error finding or no label.
    Findings,
    /// 3: a file could not be processed, or was refused.
    Failed,
    /// 2: the command line is wrong; nothing was done.
    Usage,
    /// 130: interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Failed => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command could not begin, or not go on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The command line.
    Usage(Message),
    /// Something that the command needs cannot be read or written.
    Failed(Message),
    /// Standard input or output.
    Io(std::io::Error),
}

impl Stop {
    /// A wrong command line.
    pub(crate) fn usage(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::Usage(Message::pair(en, zh))
    }

    /// The message in a language.
    pub(crate) fn message(&self, lang: Lang) -> String {
        match self {
            Self::Usage(message) | Self::Failed(message) => message.tell(lang),
            Self::Io(e) => trouble(e).tell(lang),
        }
    }

    /// The exit code. A reader that closes the pipe has seen enough: that is no failure.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage(..) => Exit::Usage,
            Self::Io(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Failed(_) | Self::Io(_) => Exit::Failed,
        }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}
