use std::fmt;
use std::io;

use biaoshi_container::{Message, said, trouble};

/// Why a journal cannot be used.
#[derive(Debug)]
pub enum JournalError {
    /// The operating system.
    Io(io::Error),
    /// Another run holds it.
    Locked,
    /// It belongs to another command, or another version of the program.
    Command,
    /// A line (from 1) in its middle cannot be read.
    Damaged(u64),
    /// It was written by an earlier version, under another schema.
    Old,
    /// The file is no journal.
    Foreign,
}

impl From<io::Error> for JournalError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl JournalError {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::Io(e) => trouble(e),
            Self::Locked => said!(
                "another run is using this journal; wait for its end, or name another journal",
                "另一个运行正在使用此日志;请等它结束,或换一个日志"
            ),
            Self::Command => said!(
                "the journal belongs to another command line (or version, or folder); repeat that one, or name another journal",
                "此日志属于另一条命令(或另一版本、另一文件夹);请用原命令,或换一个日志"
            ),
            Self::Damaged(line) => {
                said!("line {} is damaged; name another journal", "第 {} 行已损坏;请换一个日志", *line)
            }
            Self::Old => said!(
                "the journal is of an earlier version of the program; end its work with that version, or name another journal (--skip-existing passes over the outputs that are there)",
                "此日志由较早的版本写成;请用该版本完成其工作,或换一个日志(--skip-existing 可跳过已有的输出)"
            ),
            Self::Foreign => said!(
                "this file is no journal, and was left as it is; name another",
                "此文件不是日志,未作改动;请换一个名称"
            ),
        }
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for JournalError {}
