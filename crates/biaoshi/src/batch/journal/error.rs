use std::fmt;
use std::io;

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
    /// The file is no journal.
    Foreign,
}

impl From<io::Error> for JournalError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl JournalError {
    /// The message in Chinese.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::Io(e) => format!("读写失败:{e}"),
            Self::Locked => "另一个运行正在使用此日志".into(),
            Self::Command => {
                "此日志属于另一条命令(或另一版本、另一文件夹、已改动的清单);请用原命令,或换一个日志".into()
            }
            Self::Damaged(line) => format!("第 {line} 行已损坏;请换一个日志"),
            Self::Foreign => "此文件不是日志,未作改动".into(),
        }
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(e) => e.fmt(f),
            Self::Locked => f.write_str("another run is using this journal"),
            Self::Command => f.write_str(
                "the journal belongs to another command line (or version, folder, changed list); repeat that one, or name another journal",
            ),
            Self::Damaged(line) => write!(f, "line {line} is damaged; name another journal"),
            Self::Foreign => f.write_str("this file is no journal; it was left as it is"),
        }
    }
}

impl std::error::Error for JournalError {}
