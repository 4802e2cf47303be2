//! What can be wrong with the names of a table's columns, and with what was said of them.

use biaoshi_container::{Message, said};

/// What is wrong.
#[derive(Debug)]
pub enum NamingFault {
    /// A column of a manifest that is not known, and those that are.
    Unknown(String, String),
    /// A `--map` that is none.
    MapForm(String),
    /// A `--map` of a column that is not known, and those that are.
    MapColumn(String, String),
    /// A `--map` whose column, or whose name in the table, was mapped before.
    MapTwice(String),
    /// A column, and the name of `--map` for it that is not in the table.
    MapMissing(&'static str, String),
    /// A name of `--keep-columns` that is not in the table.
    KeepMissing(String),
    /// A name that is to be both kept and ignored.
    KeptAndIgnored(String),
    /// More names than this are to be kept.
    TooManyKept(usize),
    /// No column `path`.
    NoPath,
}

impl NamingFault {
    /// The message, in both languages.
    pub(super) fn message(&self) -> Message {
        let quoted = |text: &String| format!("{text:?}");
        match self {
            Self::Unknown(name, known) => said!(
                "unknown column {}; there are {}; --map says which of them it is, --ignore-columns passes over it, --keep-columns lets it come back in reports",
                "未知的列 {};可用:{};可用 --map 对应到其中一列,用 --ignore-columns 忽略,或用 --keep-columns 原样带入报告",
                quoted(name),
                known
            ),
            Self::MapForm(entry) => {
                said!(
                    "--map {} is not COLUMN=NAME; write such as id=post_id",
                    "--map {} 应写作 列=表中列名,如 id=post_id",
                    quoted(entry)
                )
            }
            Self::MapColumn(entry, known) => said!(
                "--map {}: before the = stands no column that can be mapped; there are {}",
                "--map {}:等号前不是可对应的列;可用:{}",
                quoted(entry),
                known
            ),
            Self::MapTwice(entry) => said!(
                "--map {}: another --map has the same column, or the same name in the table; leave one of them out",
                "--map {}:该列或该列名已在另一个 --map 中出现;请去掉其一",
                quoted(entry)
            ),
            Self::MapMissing(column, theirs) => said!(
                "--map {}: the table has no column {}; write it as the first row does",
                "--map {}:表中没有列 {};请按标题行填写",
                format!("{column}={theirs}"),
                quoted(theirs)
            ),
            Self::KeepMissing(name) => {
                said!(
                    "--keep-columns: the table has no column {}; write it as the first row does",
                    "--keep-columns:表中没有列 {};请按标题行填写",
                    quoted(name)
                )
            }
            Self::KeptAndIgnored(name) => said!(
                "the column {} cannot be both ignored and kept; take it out of --ignore-columns or --keep-columns",
                "列 {} 不能同时忽略和保留;请从 --ignore-columns 或 --keep-columns 中去掉",
                quoted(name)
            ),
            Self::TooManyKept(most) => said!(
                "more than {} columns would be kept; name those that are wanted with --keep-columns",
                "要保留的列超过 {} 个;请用 --keep-columns 指明需要的列",
                *most as u64
            ),
            Self::NoPath => said!(
                "there is no column path; --map path=NAME says what it is called",
                "标题行没有 path 列;可用 --map path=列名 指明"
            ),
        }
    }
}
