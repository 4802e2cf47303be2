use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use biaoshi_container::{Message, said, trouble};

use crate::fault::Fault;
use crate::line::LONGEST;

/// Result of what is done with a ledger.
pub type Result<T> = std::result::Result<T, LedgerError>;

/// Why a ledger cannot be used.
#[derive(Debug)]
pub enum LedgerError {
    /// The operating system, about a file or folder of the ledger.
    Io(PathBuf, io::Error),
    /// Another program writes to it.
    Locked(PathBuf),
    /// There is no such folder, or it holds no line.
    Empty(PathBuf),
    /// Something else than a folder has its name.
    NotAFolder(PathBuf),
    /// Something else than a regular file has the name of one of its files.
    NotAFile(PathBuf),
    /// A line (from 1; none: the last) that is none of ours.
    Damaged(PathBuf, Option<u64>),
    /// A line would be longer than lines may be: its bytes. Nothing was written.
    TooLong(u64),
    /// The chain does not hold, so nothing may be removed from it: the first fault.
    Broken(PathBuf, Fault),
    /// An earlier line could not be written, and nothing is written behind it.
    Stopped(PathBuf),
}

impl LedgerError {
    /// Makes an error of the operating system one of this path.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |error| Self::Io(path.to_owned(), error)
    }

    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::Io(path, e) => said!("{}: {}", "{}:{}", path.display(), trouble(e)),
            Self::Locked(path) => said!(
                "{}: another program is writing to this ledger; wait for its end, or name another folder",
                "{}:另一个程序正在写入此台账;请等它结束,或换一个文件夹",
                path.display()
            ),
            Self::Empty(path) => said!(
                "{}: there is no ledger here; expected a folder with files such as 2026-11-30.jsonl",
                "{}:此处没有台账;应为含有 2026-11-30.jsonl 之类文件的文件夹",
                path.display()
            ),
            Self::NotAFolder(path) => {
                said!("{}: not a folder; a ledger is a folder", "{}:不是文件夹;台账须为文件夹", path.display())
            }
            Self::NotAFile(path) => said!(
                "{}: not a regular file; move it out of the ledger",
                "{}:不是普通文件;请将其移出台账",
                path.display()
            ),
            Self::Damaged(path, None) => said!(
                "{}, the last line: expected an object with \"schema\":\"biaoshi.ledger/1\"; ledger verify says what is wrong",
                "{} 最后一行:应为含 \"schema\":\"biaoshi.ledger/1\" 的对象;可用 ledger verify 查明问题",
                path.display()
            ),
            Self::Damaged(path, Some(line)) => said!(
                "{}, line {}: expected an object with \"schema\":\"biaoshi.ledger/1\"; ledger verify says what is wrong",
                "{} 第 {} 行:应为含 \"schema\":\"biaoshi.ledger/1\" 的对象;可用 ledger verify 查明问题",
                path.display(),
                *line
            ),
            Self::TooLong(bytes) => said!(
                "the line would have {} bytes; a line of a ledger may have {}",
                "该行将有 {} 字节;台账每行最多 {} 字节",
                *bytes,
                LONGEST
            ),
            Self::Broken(path, fault) => said!(
                "{}: the chain does not hold, so nothing was removed: {}",
                "{}:链条不完整,未删除任何内容:{}",
                path.display(),
                fault.message()
            ),
            Self::Stopped(path) => said!(
                "{}: an earlier line could not be written, and none is written behind it",
                "{}:先前有一行无法写入,其后不再写入",
                path.display()
            ),
        }
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for LedgerError {}
